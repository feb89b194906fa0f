# Lives here: block coordinate descent with extrapolation on a set of blocks. Independent of: paths, allocation, X.
from libc.math cimport fabs
from libc.string cimport memcpy

from lassocore.core.signals cimport interrupted
from lassocore.datafits.quadratic cimport squared_error
from lassocore.penalties.blocks cimport (
    BlockPenalty, block_norm, block_prox, block_value, is_penalised, prox_of_row, root_of_squares, thresholded_norm,
    zero_is_optimal,
)
from lassocore.solvers.block_set cimport (
    BlockSet, load_block, move_and_update, residual_products_of_blocks, store_block, update_block,
)
from lassocore.solvers.extrapolation cimport DEPTH, combine, extrapolation_weights
from lassocore.solvers.order cimport CYCLIC, fill_order
from lassocore.solvers.state cimport Settings
from lassocore.solvers.unpenalised cimport UnpenalisedPositions, solve_unpenalised_positions

cdef enum:
    VISIT_OVERHEAD = 100        # multiply-adds that a visit costs in any case


cdef struct Descent:
    Py_ssize_t* active          # blocks that epochs visit
    Py_ssize_t n_active
    Py_ssize_t* order           # of the visits
    double* iterates            # DEPTH + 1 times the active blocks, then scratch for one more
    double* states              # DEPTH + 1 states
    double descent              # of the last epoch
    UnpenalisedPositions unpenalised
    Py_ssize_t work             # multiply-adds since the last signal check


cdef inline double minimise_row(BlockSet* blocks, Py_ssize_t a, bint* moved) noexcept nogil:
    """`minimise_block` for a block of one column with feature_l1 = 0, whose minimiser is a multiple of q"""
    cdef const BlockPenalty* penalty = &blocks.penalties[a]
    cdef Py_ssize_t i = blocks.starts[a], n = blocks.n_tasks, stride = blocks.capacity, t
    cdef double* q = blocks.scratch
    cdef double* w = blocks.W + i
    cdef double d = blocks.diagonal[i], descent = 0.0, distance = 0.0, sq_norm = 0.0, norm, share, new
    for t in range(n):
        q[t] = blocks.C[t * stride + i] + d * w[t * stride]
        sq_norm += q[t] * q[t]
    norm = root_of_squares(sq_norm, q, n)
    share = prox_of_row(penalty, norm, d)
    if share == 0.0 and blocks.norms[a] == 0.0:
        return 0.0
    blocks.norms[a] = share * norm
    for t in range(n):
        new = share * q[t]
        q[t] = w[t * stride] - new
        w[t * stride] = new
        descent += q[t] * q[t]
        distance += fabs(q[t])
    moved[0] = distance > 0.0
    return 0.5 * d * descent


cdef inline double minimise_block(BlockSet* blocks, Py_ssize_t a, bint* moved) noexcept nogil:
    """Minimise over block a, or a majorant where its columns are not orthogonal: W and its norm. scratch is minus the
    step, if it has moved; returns the descent, at least"""
    cdef double* q = blocks.scratch
    cdef double* new = q + blocks.scratch_size
    cdef const double* d = blocks.diagonal + blocks.starts[a]
    cdef double* w
    cdef Py_ssize_t first = blocks.starts[a], width = blocks.starts[a + 1] - first, n, i, t
    cdef double descent = 0.0, step
    n = load_block(blocks, blocks.C, a, q)
    if blocks.norms[a] == 0.0 and zero_is_optimal(&blocks.penalties[a], q, n) and is_penalised(&blocks.penalties[a]):
        return 0.0
    for t in range(blocks.n_tasks):
        for i in range(width):
            q[t * width + i] += d[i] * blocks.W[t * blocks.capacity + first + i]
    blocks.norms[a] = block_prox(
        &blocks.penalties[a], q, d, width, blocks.n_tasks, blocks.norms[a], new + blocks.scratch_size, new)
    for t in range(blocks.n_tasks):
        w = blocks.W + t * blocks.capacity + first
        for i in range(width):
            step = w[i] - new[t * width + i]
            w[i], q[t * width + i] = new[t * width + i], step
            descent += 0.5 * d[i] * step * step
            moved[0] |= step != 0.0
    return descent


cdef inline double visit_block(BlockSet* blocks, Py_ssize_t a, Py_ssize_t following) noexcept nogil:
    """Minimise over block a, whose C is up to date, and bring that of the following block, -1 for none, up to date;
    returns the descent, at least"""
    cdef bint moved = False
    cdef double descent
    if blocks.starts[a + 1] == blocks.starts[a] + 1 and blocks.penalties[a].feature_l1 == 0.0:
        descent = minimise_row(blocks, a, &moved)
    else:
        descent = minimise_block(blocks, a, &moved)
    if moved:
        move_and_update(blocks, a, blocks.scratch, following)
    else:
        update_block(blocks, following)
    return descent


cdef inline Py_ssize_t visit_cost(const BlockSet* blocks, Py_ssize_t a) noexcept nogil:
    """Multiply-adds of a visit that moves block a"""
    cdef Py_ssize_t size = (blocks.starts[a + 1] - blocks.starts[a]) * blocks.n_tasks
    return VISIT_OVERHEAD + size * blocks.length * (2 - blocks.has_gram)


cdef inline bint sweep(
    BlockSet* blocks, Descent* descent, const Settings* settings, const Py_ssize_t* list, Py_ssize_t n_blocks
) noexcept nogil:
    """One epoch over these blocks; False when interrupted"""
    cdef const Py_ssize_t* order = list
    cdef Py_ssize_t k
    if settings.selection != CYCLIC:
        fill_order(settings.selection, list, n_blocks, settings.rng, descent.order)
        order = descent.order
    descent.descent = 0.0
    solve_unpenalised_positions(blocks, &descent.unpenalised, 1)
    update_block(blocks, order[0] if n_blocks > 0 else -1)
    for k in range(n_blocks):
        descent.descent += visit_block(blocks, order[k], order[k + 1] if k + 1 < n_blocks else -1)
        if interrupted(&descent.work, visit_cost(blocks, order[k])):
            return False
    return True


cdef inline void list_active(const BlockSet* blocks, Descent* descent) noexcept nogil:
    """active = the blocks that are nonzero or not penalised"""
    cdef Py_ssize_t a
    descent.n_active = 0
    for a in range(blocks.n_blocks):
        if blocks.norms[a] != 0.0 or not is_penalised(&blocks.penalties[a]):
            descent.active[descent.n_active] = a
            descent.n_active += 1


cdef inline void list_candidates(const BlockSet* blocks, Descent* descent, double share) noexcept nogil:
    """active = the same and the blocks that C, when last computed, let enter at this share of their thresholds"""
    cdef Py_ssize_t a, n
    cdef const BlockPenalty* penalty
    descent.n_active = 0
    for a in range(blocks.n_blocks):
        penalty = &blocks.penalties[a]
        if blocks.norms[a] == 0.0 and is_penalised(penalty):
            n = load_block(blocks, blocks.C, a, blocks.scratch)
            if thresholded_norm(penalty, blocks.scratch, n, 1.0) <= share * penalty.l1:
                continue
        descent.active[descent.n_active] = a
        descent.n_active += 1


cdef inline double block_objective(const BlockSet* blocks) noexcept nogil:
    """The loss + the penalty"""
    cdef double sq_residual, fit_product, total
    cdef Py_ssize_t a, n
    residual_products_of_blocks(blocks, &sq_residual, &fit_product)
    total = squared_error(sq_residual)
    for a in range(blocks.n_blocks):
        if blocks.norms[a] != 0.0:
            n = load_block(blocks, blocks.W, a, blocks.scratch)
            total += block_value(&blocks.penalties[a], blocks.scratch, n, blocks.norms[a])
    return total


cdef inline Py_ssize_t store_active(
    const BlockSet* blocks, const Descent* descent, double* iterate, double* state
) noexcept nogil:
    """Copy the active blocks and the state; how many coefficients"""
    cdef Py_ssize_t k, t, size = 0
    for k in range(descent.n_active):
        size += load_block(blocks, blocks.W, descent.active[k], iterate + size)
    for t in range(blocks.n_tasks):
        memcpy(state + t * blocks.length, blocks.state + t * blocks.state_stride, blocks.length * sizeof(double))
    return size


cdef inline void put_active(
    BlockSet* blocks, const Descent* descent, const double* iterate, const double* state
) noexcept nogil:
    """The active blocks and the state <- these"""
    cdef Py_ssize_t a, k, t, size = 0, n
    for k in range(descent.n_active):
        a = descent.active[k]
        n = (blocks.starts[a + 1] - blocks.starts[a]) * blocks.n_tasks
        blocks.norms[a] = block_norm(iterate + size, n)
        store_block(blocks, a, iterate + size, blocks.W)
        size += n
    for t in range(blocks.n_tasks):
        memcpy(blocks.state + t * blocks.state_stride, state + t * blocks.length, blocks.length * sizeof(double))


cdef inline bint extrapolate_blocks(BlockSet* blocks, Descent* descent, Py_ssize_t size) noexcept nogil:
    """Move to Anderson's combination of the stored iterates if that lowers the objective; the state is affine in W"""
    cdef double[DEPTH] weights
    cdef Py_ssize_t n_state = blocks.n_tasks * blocks.length
    cdef double* combined = descent.iterates + (DEPTH + 1) * size
    cdef double* state = descent.states + (DEPTH + 1) * n_state
    cdef double before
    if not extrapolation_weights(descent.iterates, NULL, size, weights):
        return False
    before = block_objective(blocks)
    combine(descent.iterates, weights, size, combined)
    combine(descent.states, weights, n_state, state)
    put_active(blocks, descent, combined, state)
    if block_objective(blocks) < before:
        return True
    put_active(blocks, descent, descent.iterates + DEPTH * size, descent.states + DEPTH * n_state)
    return False
