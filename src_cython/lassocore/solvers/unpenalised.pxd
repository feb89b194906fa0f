# Lives here: the exact solution for unpenalised columns, docs/math.md section 7. Independent of: convergence.
from libc.math cimport sqrt

from lassocore.designs.design cimport Design, column_axpy, column_dot
from lassocore.designs.types cimport Residual
from lassocore.penalties.blocks cimport block_norm, is_penalised
from lassocore.penalties.elastic_net cimport Penalty, lower_bound, upper_bound
from lassocore.solvers.block_set cimport BlockSet, add_columns, load_block, update_positions
from lassocore.solvers.epoch cimport cd_epoch

cdef enum:
    REFINEMENTS = 3

# The accuracy of a pivot of a Gram matrix, relative to its diagonal.
cdef extern from *:
    """
    #define LASSOCORE_MIN_PIVOT 1e-13
    """
    const double MIN_PIVOT "LASSOCORE_MIN_PIVOT"


cdef struct Unpenalised:
    const Py_ssize_t* columns
    Py_ssize_t n_columns
    const double* root          # (n_columns, rank), C order: root root' is the inverse of the columns' Gram
    Py_ssize_t rank             # matrix; NULL where the block has bounds
    const double* gram          # (n_columns, n_columns), only with bounds; NULL: coordinate descent alone
    const double* min_pivots    # pivots of gram below these are rounding errors
    double* factor              # scratch: a Cholesky factor of gram
    double* step                # scratch: n_columns numbers
    double* rotated             # scratch: rank numbers
    Py_ssize_t* free            # scratch: n_columns positions


cdef inline void apply_inverse(const Unpenalised* block) noexcept nogil:
    """step <- root root' step"""
    cdef Py_ssize_t k, m
    for m in range(block.rank):
        block.rotated[m] = 0.0
    for k in range(block.n_columns):
        for m in range(block.rank):
            block.rotated[m] += block.root[k * block.rank + m] * block.step[k]
    for k in range(block.n_columns):
        block.step[k] = 0.0
        for m in range(block.rank):
            block.step[k] += block.root[k * block.rank + m] * block.rotated[m]


cdef inline void factor_free(const Unpenalised* block, Py_ssize_t n_free) noexcept nogil:
    """factor <- lower Cholesky factor of the free columns' Gram matrix; dependent columns get a zero pivot"""
    cdef Py_ssize_t a, b, e
    cdef double entry, diagonal, pivot
    for a in range(n_free):
        diagonal = block.gram[block.free[a] * block.n_columns + block.free[a]]
        for b in range(a + 1):
            entry = block.gram[block.free[a] * block.n_columns + block.free[b]]
            for e in range(b):
                entry -= block.factor[a * n_free + e] * block.factor[b * n_free + e]
            if b < a:
                pivot = block.factor[b * n_free + b]
                block.factor[a * n_free + b] = entry / pivot if pivot > 0.0 else 0.0
            else:
                block.factor[a * n_free + a] = (
                    sqrt(entry) if entry > max(MIN_PIVOT * diagonal, block.min_pivots[block.free[a]]) else 0.0)


cdef inline void solve_factored(const Unpenalised* block, Py_ssize_t n_free) noexcept nogil:
    """step <- (factor factor')^-1 step; 0 for columns with a zero pivot"""
    cdef Py_ssize_t a, b
    cdef double entry, pivot
    for a in range(n_free):
        entry, pivot = block.step[a], block.factor[a * n_free + a]
        for b in range(a):
            entry -= block.factor[a * n_free + b] * block.step[b]
        block.step[a] = entry / pivot if pivot > 0.0 else 0.0
    for a in range(n_free - 1, -1, -1):
        entry, pivot = block.step[a], block.factor[a * n_free + a]
        for b in range(a + 1, n_free):
            entry -= block.factor[b * n_free + a] * block.step[b]
        block.step[a] = entry / pivot if pivot > 0.0 else 0.0


cdef inline double distance_to_bound(const Penalty* penalty, Py_ssize_t j, double w, double step) noexcept nogil:
    """From w to the bound in the direction of a step, with its sign"""
    return (upper_bound(penalty, j) if step > 0.0 else lower_bound(penalty, j)) - w


cdef inline double length_within_bounds(
    const Unpenalised* block, const Penalty* penalty, const double* w, Py_ssize_t n_free
) noexcept nogil:
    """The largest multiple of the step, at most 1, that keeps every free coordinate within its bounds"""
    cdef Py_ssize_t a, j
    cdef double length = 1.0, distance
    for a in range(n_free):
        j = block.columns[block.free[a]]
        distance = distance_to_bound(penalty, j, w[j], block.step[a])
        if abs(distance) < length * abs(block.step[a]):
            length = distance / block.step[a]
    return length


cdef inline void step_free(
    const Design* X, const Unpenalised* block, const Penalty* penalty, double* w, Residual* residual
) noexcept nogil:
    """An exact least-squares step of the coordinates between their bounds, cut at the first bound that it meets"""
    cdef Py_ssize_t a, j, k, n_free = 0
    cdef double length, distance, step
    for k in range(block.n_columns):
        j = block.columns[k]
        if lower_bound(penalty, j) < w[j] < upper_bound(penalty, j):
            block.free[n_free] = k
            block.step[n_free] = column_dot(X, j, residual)
            n_free += 1
    factor_free(block, n_free)
    solve_factored(block, n_free)
    length = length_within_bounds(block, penalty, w, n_free)
    for a in range(n_free):
        j = block.columns[block.free[a]]
        step = length * block.step[a]
        distance = distance_to_bound(penalty, j, w[j], step)
        if abs(distance) <= abs(step) * (1.0 + 1e-15):
            step = distance
        w[j] += step
        column_axpy(X, j, -step, residual)


cdef inline void refine_unpenalised(
    const Design* X, const Unpenalised* block, double* w, Residual* residual
) noexcept nogil:
    """w_U += root root' X_U'r, r -= X_U of that; further rounds reduce the rounding error"""
    cdef Py_ssize_t k
    cdef int _round
    for _round in range(REFINEMENTS):
        for k in range(block.n_columns):
            block.step[k] = column_dot(X, block.columns[k], residual)
        apply_inverse(block)
        for k in range(block.n_columns):
            w[block.columns[k]] += block.step[k]
            column_axpy(X, block.columns[k], -block.step[k], residual)


cdef inline bint solve_unpenalised(
    const Design* X, const Unpenalised* block, const Penalty* penalty, double* w, Residual* residual,
    const double* sq_norms,
) noexcept nogil:
    """One round towards w_U = argmin ||r||_s^2 over the block within its bounds; whether the minimum is reached.

    Without bounds one round is enough. With bounds a round is an epoch of coordinate descent, which determines the
    coordinates at a bound, and an exact step of the others.
    """
    if block.n_columns == 0:
        return True
    if block.root != NULL:
        refine_unpenalised(X, block, w, residual)
        return True
    if cd_epoch(X, penalty, w, residual, sq_norms, block.columns, block.n_columns) <= 1e-30 * residual.sq_target:
        return True
    if block.gram != NULL:
        step_free(X, block, penalty, w, residual)
    return False


cdef struct UnpenalisedPositions:
    # The unpenalised columns of a set of blocks, each a block of one position.
    const Py_ssize_t* positions
    Py_ssize_t size
    const double* root          # (size, rank), C order, as of Unpenalised; NULL: coordinate descent alone
    Py_ssize_t rank
    double* rotated             # scratch: rank numbers, then size numbers


cdef inline void solve_unpenalised_positions(
    BlockSet* blocks, const UnpenalisedPositions* block, int n_rounds
) noexcept nogil:
    """Repeat: W_U += root root' C_U in every task, with C_U from the updated state"""
    cdef Py_ssize_t k, m, t, i, a
    cdef int _round
    cdef double* rotated = block.rotated
    cdef double step
    if block.root == NULL:
        return
    for _round in range(n_rounds):
        for k in range(block.size):
            update_positions(blocks, block.positions[k], 1)
        for t in range(blocks.n_tasks):
            for m in range(block.rank):
                rotated[m] = 0.0
                for k in range(block.size):
                    rotated[m] += block.root[k * block.rank + m] * blocks.C[t * blocks.capacity + block.positions[k]]
            for k in range(block.size):
                i, step = block.positions[k], 0.0
                for m in range(block.rank):
                    step -= block.root[k * block.rank + m] * rotated[m]
                blocks.W[t * blocks.capacity + i] -= step
                add_columns(blocks.columns + i * blocks.column_stride, 0, blocks.length, 1, &step,
                            blocks.state + t * blocks.state_stride)
    for a in range(blocks.n_blocks):
        if not is_penalised(&blocks.penalties[a]):
            blocks.norms[a] = block_norm(blocks.scratch, load_block(blocks, blocks.W, a, blocks.scratch))
