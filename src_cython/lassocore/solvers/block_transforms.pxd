# Lives here: dual ratios of blocks outside a working set, and rotations. Independent of: how blocks are solved, X.
from libc.math cimport sqrt

from lassocore.penalties.blocks cimport BlockPenalty, dual_ratio


cdef struct BlockProducts:
    # Products of columns, block after block, with residuals: (n_tasks, n_columns, n_levels), with any strides.
    const double* values
    Py_ssize_t[3] strides
    Py_ssize_t n_tasks
    Py_ssize_t n_levels
    const Py_ssize_t* starts    # the first column of each block
    const double* factors       # three for each block, as in lassocore.problems.blocks.Blocks
    Py_ssize_t n_blocks


cdef struct Transforms:
    # For each block a matrix T, (width, rank) in C order: its columns are X_a T, its coefficients T w.
    const double* values
    const Py_ssize_t* offsets   # where the matrix of a block begins; -1 for the identity
    const Py_ssize_t* columns   # the first column of each block
    const Py_ssize_t* starts    # the first position of each block
    Py_ssize_t n_blocks
    Py_ssize_t n_tasks
    Py_ssize_t n_columns
    Py_ssize_t n_positions


cdef inline double dual_ratio_of_products(
    const BlockPenalty* penalty, const BlockProducts* blocks, const double* first, Py_ssize_t width, double* block
) noexcept nogil:
    """The dual ratio of the block whose products begin at `first`, at one level; block is scratch"""
    cdef Py_ssize_t i, t, along = blocks.strides[1], across = blocks.strides[0]
    cdef double total = 0.0
    if penalty.feature_l1 == 0.0:           # most often, so without a copy
        for i in range(width):
            for t in range(blocks.n_tasks):
                total += first[i * along + t * across] * first[i * along + t * across]
        if 1e-200 < total < 1e200 and penalty.l1 > 0.0:
            return sqrt(total) / penalty.l1
    for t in range(blocks.n_tasks):
        for i in range(width):
            block[t * width + i] = first[i * along + t * across]
    return dual_ratio(penalty, block, width * blocks.n_tasks)


cdef inline void dual_ratios_of_products(const BlockProducts* blocks, double* scratch, double* out) noexcept nogil:
    """out, (n_blocks, n_levels): the smallest l1 scale at which a block may be 0, infinity for unpenalised ones"""
    cdef Py_ssize_t a, k, width
    cdef const double* first
    cdef BlockPenalty penalty
    penalty.l2 = 0.0
    for a in range(blocks.n_blocks):
        penalty.l1, penalty.feature_l1 = blocks.factors[3 * a], blocks.factors[3 * a + 1]
        first, width = blocks.values + blocks.starts[a] * blocks.strides[1], blocks.starts[a + 1] - blocks.starts[a]
        for k in range(blocks.n_levels):
            out[a * blocks.n_levels + k] = dual_ratio_of_products(
                &penalty, blocks, first + k * blocks.strides[2], width, scratch)


cdef inline void expand_blocks(const Transforms* transforms, const double* W, double* out) noexcept nogil:
    """out = coefficients of the columns, (n_tasks, n_columns), from those of the positions: T w in each block"""
    cdef Py_ssize_t a, t, i, k, rank, width
    cdef const double* T
    cdef const double* w
    cdef double* column
    for a in range(transforms.n_blocks):
        width = transforms.columns[a + 1] - transforms.columns[a]
        rank = transforms.starts[a + 1] - transforms.starts[a]
        T = transforms.values + transforms.offsets[a]
        for t in range(transforms.n_tasks):
            w = W + t * transforms.n_positions + transforms.starts[a]
            column = out + t * transforms.n_columns + transforms.columns[a]
            for i in range(width):
                if transforms.offsets[a] < 0:
                    column[i] = w[i]
                    continue
                column[i] = 0.0
                for k in range(rank):
                    column[i] += T[i * rank + k] * w[k]


cdef inline void reduce_blocks(const Transforms* transforms, const double* C, double* out) noexcept nogil:
    """out += T'c in each block, (n_tasks, n_positions): products of the positions from those of the columns"""
    cdef Py_ssize_t a, t, i, k, rank, width
    cdef const double* T
    cdef const double* c
    cdef double* position
    for a in range(transforms.n_blocks):
        width = transforms.columns[a + 1] - transforms.columns[a]
        rank = transforms.starts[a + 1] - transforms.starts[a]
        T = transforms.values + transforms.offsets[a]
        for t in range(transforms.n_tasks):
            c = C + t * transforms.n_columns + transforms.columns[a]
            position = out + t * transforms.n_positions + transforms.starts[a]
            for i in range(width):
                if transforms.offsets[a] < 0:
                    position[i] = c[i]
                    continue
                for k in range(rank):
                    position[k] += T[i * rank + k] * c[i]
