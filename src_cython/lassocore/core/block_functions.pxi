# Lives here: functions on blocks: dual ratios, nonzero rows, rotations. Independent of: how blocks are solved, X.
import numpy as np

from lassocore.penalties.blocks cimport BlockPenalty, block_conjugate, block_prox, dual_ratio
from lassocore.solvers.block_transforms cimport BlockProducts, Transforms


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


def dual_ratios(const double[:, :, :] products, starts, factors):
    """For each block and level, the smallest l1 scale at which the block may be 0: (n_blocks, n_levels).

    products, (n_tasks, n_columns, n_levels), are those of the columns, block after block, with residuals; factors are
    as in `lassocore.problems.blocks.Blocks`. Unpenalised blocks have infinity.
    """
    cdef const Py_ssize_t* first = <const Py_ssize_t*>address(starts)
    cdef Py_ssize_t a, largest = 1
    cdef BlockProducts blocks
    blocks.starts, blocks.factors, blocks.n_blocks = first, <const double*>address(factors), len(factors)
    blocks.n_tasks, blocks.n_levels = products.shape[0], products.shape[2]
    blocks.values = &products[0, 0, 0] if products.size else NULL
    for a in range(3):
        blocks.strides[a] = products.strides[a] // <Py_ssize_t>sizeof(double)
    for a in range(blocks.n_blocks):
        largest = max(largest, first[a + 1] - first[a])
    ratios, block = np.empty((blocks.n_blocks, blocks.n_levels)), empty(largest * blocks.n_tasks, cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(ratios)
    cdef double* scratch = <double*>address(block)
    with nogil:
        sets.blocks.dual_ratios(&blocks, scratch, out)
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


cdef Transforms transforms_of(values, offsets, columns, starts, Py_ssize_t n_tasks):
    cdef Transforms transforms
    transforms.values, transforms.offsets = <const double*>address(values), <const Py_ssize_t*>address(offsets)
    transforms.columns, transforms.starts = <const Py_ssize_t*>address(columns), <const Py_ssize_t*>address(starts)
    transforms.n_blocks, transforms.n_tasks = len(offsets), n_tasks
    transforms.n_columns, transforms.n_positions = columns[len(offsets)], starts[len(offsets)]
    return transforms


def expand_blocks(const double[:, ::1] W, values, offsets, columns, starts):
    """Coefficients of the columns, (n_tasks, n_columns), from those of the positions: T w in each block."""
    cdef Transforms transforms = transforms_of(values, offsets, columns, starts, W.shape[0])
    transforms.n_positions = W.shape[1]
    out = np.zeros((W.shape[0], transforms.n_columns))
    cdef double* w = <double*>address(out)
    if W.size:
        with nogil:
            sets.blocks.expand(&transforms, &W[0, 0], w)
    return out


def reduce_blocks(const double[:, ::1] C, values, offsets, columns, starts):
    """T'c in each block, (n_tasks, n_positions): products of the positions from those of the columns."""
    cdef Transforms transforms = transforms_of(values, offsets, columns, starts, C.shape[0])
    transforms.n_columns = C.shape[1]
    out = np.zeros((C.shape[0], transforms.n_positions))
    cdef double* c = <double*>address(out)
    if C.size:
        with nogil:
            sets.blocks.reduce(&transforms, &C[0, 0], c)
    return out
