# Lives here: functions on blocks: dual ratios, nonzero rows, rotations. Independent of: how blocks are solved, X.
import numpy as np

from libc.math cimport sqrt

from lassocore.penalties.blocks cimport BlockPenalty, block_conjugate, block_prox, dual_ratio


def cache_lines(Py_ssize_t n_vectors, Py_ssize_t length):
    """Room for vectors of so many numbers, (n_vectors, length rounded up to SLOTS), whose last ones are 0.

    Each begins at the begin of a cache line, an odd number of lines after the one before: at a power of two, entries of
    several vectors with the same index would drive each other out of the cache.
    """
    cdef Py_ssize_t rounded = (length + SLOTS - 1) // SLOTS * SLOTS
    cdef Py_ssize_t stride = rounded + (SLOTS if rounded // SLOTS % 2 == 0 and n_vectors > 1 else 0)
    buffer = empty(n_vectors * stride + SLOTS, cnp.NPY_DOUBLE)
    cdef Py_ssize_t first = (-<size_t>address(buffer) % (SLOTS * sizeof(double))) // sizeof(double)
    vectors = buffer[first:first + n_vectors * stride].reshape(n_vectors, stride)
    if rounded < stride:
        vectors = vectors[:, :rounded]
    if length < rounded:
        vectors[:, length:] = 0.0
    return vectors


cdef double ratio_of_products(
    const BlockPenalty* penalty, const double[:, :, :] products, Py_ssize_t first, Py_ssize_t width, Py_ssize_t level,
    double* block
) noexcept nogil:
    """The dual ratio of a block at one level; block is scratch"""
    cdef Py_ssize_t i, t, n_tasks = products.shape[0]
    cdef double total = 0.0
    if penalty.feature_l1 == 0.0:           # most often, so without a copy
        for i in range(first, first + width):
            for t in range(n_tasks):
                total += products[t, i, level] * products[t, i, level]
        if 1e-200 < total < 1e200 and penalty.l1 > 0.0:
            return sqrt(total) / penalty.l1
    for t in range(n_tasks):
        for i in range(width):
            block[t * width + i] = products[t, first + i, level]
    return dual_ratio(penalty, block, width * n_tasks)


def dual_ratios(const double[:, :, :] products, starts, factors):
    """For each block and level, the smallest l1 scale at which the block may be 0: (n_blocks, n_levels).

    products, (n_tasks, n_columns, n_levels), are those of the columns, block after block, with residuals; factors are
    as in `lassocore.problems.blocks.Blocks`. Unpenalised blocks have infinity.
    """
    cdef const double* factor = <const double*>address(factors)
    cdef const Py_ssize_t* first = <const Py_ssize_t*>address(starts)
    cdef Py_ssize_t n_levels = products.shape[2], m = len(factors), a, k, largest = 1
    cdef BlockPenalty penalty
    for a in range(m):
        largest = max(largest, first[a + 1] - first[a])
    ratios, block = np.empty((m, n_levels)), empty(largest * products.shape[0], cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(ratios)
    cdef double* scratch = <double*>address(block)
    penalty.l2 = 0.0
    with nogil:
        for a in range(m):
            penalty.l1, penalty.feature_l1 = factor[3 * a], factor[3 * a + 1]
            for k in range(n_levels):
                out[a * n_levels + k] = ratio_of_products(
                    &penalty, products, first[a], first[a + 1] - first[a], k, scratch)
    return ratios


def nonzero_rows(const double[:, :, :] W, const Py_ssize_t[::1] columns, const Py_ssize_t[::1] order):
    """The nonzero rows over tasks of coefficients W, (n_levels, n_tasks, n_columns): (the columns of each level in this
    order, their rows, (n_rows, n_tasks), how many each level has)."""
    cdef Py_ssize_t n_tasks = W.shape[1], n_found = 0, n_before, i, k, t
    found = empty(W.shape[0] * len(order) + 1, cnp.NPY_INTP)     # with a spare one
    cdef Py_ssize_t* places = <Py_ssize_t*>address(found)
    cdef bint is_nonzero
    counts = []
    for k in range(W.shape[0]):
        n_before = n_found
        for i in range(order.shape[0]):
            is_nonzero = False
            for t in range(n_tasks):
                is_nonzero |= W[k, t, order[i]] != 0.0
            places[n_found] = order[i]
            n_found += is_nonzero
        counts.append(n_found - n_before)
    names, values = empty(n_found, cnp.NPY_INTP), np.empty((n_found, n_tasks))
    cdef Py_ssize_t* name = <Py_ssize_t*>address(names)
    cdef double* value = <double*>address(values)
    n_before = 0
    for k in range(W.shape[0]):
        for i in range(n_before, n_before + <Py_ssize_t>counts[k]):
            name[i] = columns[places[i]]
            for t in range(n_tasks):
                value[i * n_tasks + t] = W[k, t, places[i]]
        n_before += <Py_ssize_t>counts[k]
    return names, values, counts


def block_prox_and_conjugate(double l1, double feature_l1, double l2, const double[::1] q, const double[::1] d):
    """(prox at q with the diagonal d, conjugate at q, dual ratio of q) of a block's penalty. For tests."""
    cdef BlockPenalty penalty
    cdef Py_ssize_t n = len(q)
    out, scratch = np.empty(n), np.empty(n)
    penalty.l1, penalty.feature_l1, penalty.l2 = l1, feature_l1, l2
    block_prox(&penalty, &q[0], &d[0], n, 1, 0.0, <double*>address(scratch), <double*>address(out))
    return out, block_conjugate(&penalty, &q[0], n, 1.0), dual_ratio(&penalty, &q[0], n)


cdef struct Transforms:
    # For each block a matrix T, (width, rank) in C order: its columns are X_a T, its coefficients T w.
    const double* values
    const Py_ssize_t* offsets   # where the matrix of a block begins; -1 for the identity
    const Py_ssize_t* columns   # the first column of each block
    const Py_ssize_t* starts    # the first position of each block
    Py_ssize_t n_blocks


cdef Transforms transforms_of(values, offsets, columns, starts):
    cdef Transforms transforms
    transforms.values, transforms.offsets = <const double*>address(values), <const Py_ssize_t*>address(offsets)
    transforms.columns, transforms.starts = <const Py_ssize_t*>address(columns), <const Py_ssize_t*>address(starts)
    transforms.n_blocks = len(offsets)
    return transforms


def expand_blocks(const double[:, ::1] W, values, offsets, columns, starts):
    """Coefficients of the columns, (n_tasks, n_columns), from those of the positions: T w in each block."""
    cdef Transforms transforms = transforms_of(values, offsets, columns, starts)
    cdef Py_ssize_t n_tasks = W.shape[0], a, i, k, t, rank, width, first, position
    out = np.zeros((n_tasks, columns[transforms.n_blocks]))
    cdef double[:, ::1] w = out
    cdef const double* T
    cdef double total
    for a in range(transforms.n_blocks):
        first, width = transforms.columns[a], transforms.columns[a + 1] - transforms.columns[a]
        position, rank = transforms.starts[a], transforms.starts[a + 1] - transforms.starts[a]
        T = transforms.values + transforms.offsets[a]
        for t in range(n_tasks):
            for i in range(width):
                if transforms.offsets[a] < 0:
                    w[t, first + i] = W[t, position + i]
                    continue
                total = 0.0
                for k in range(rank):
                    total += T[i * rank + k] * W[t, position + k]
                w[t, first + i] = total
    return out


def reduce_blocks(const double[:, ::1] C, values, offsets, columns, starts):
    """T'c in each block, (n_tasks, n_positions): products of the positions from those of the columns."""
    cdef Transforms transforms = transforms_of(values, offsets, columns, starts)
    cdef Py_ssize_t n_tasks = C.shape[0], a, i, k, t, rank, width, first, position
    out = np.zeros((n_tasks, starts[transforms.n_blocks]))
    cdef double[:, ::1] c = out
    cdef const double* T
    for a in range(transforms.n_blocks):
        first, width = transforms.columns[a], transforms.columns[a + 1] - transforms.columns[a]
        position, rank = transforms.starts[a], transforms.starts[a + 1] - transforms.starts[a]
        T = transforms.values + transforms.offsets[a]
        for t in range(n_tasks):
            for i in range(width):
                if transforms.offsets[a] < 0:
                    c[t, position + i] = C[t, first + i]
                    continue
                for k in range(rank):
                    c[t, position + k] += T[i * rank + k] * C[t, first + i]
    return out
