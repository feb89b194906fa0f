# Lives here: steps along a direction of blocks, which end at 0 where they would pass it. Independent of: directions.
from libc.math cimport copysign, fabs, sqrt

from lassocore.penalties.blocks cimport block_norm
from lassocore.solvers.block_set cimport BlockSet, add_columns, load_block, move_block, store_block

cdef enum:
    MAX_TRIALS = 20             # of step lengths
    MAX_CORNERS = 100           # of a line

# A step is long enough where the slope at its end is at most this share of that at its start.
cdef extern from *:
    """
    #define LASSOCORE_SLOPE_SHARE 0.1
    #define LASSOCORE_SLOPE_ROUNDING 1e-15
    """
    const double SLOPE_SHARE "LASSOCORE_SLOPE_SHARE"
    const double SLOPE_ROUNDING "LASSOCORE_SLOPE_ROUNDING"


cdef struct Line:
    # The objective along W + step D of the active blocks; D is stored as W.
    const Py_ssize_t* active
    Py_ssize_t n_active
    double* D
    double* move                # the change of the state for a step of -1, (n_tasks, length)
    double slope                # of the loss at a step of 0
    double sq_fit               # ||X D||_s^2


cdef struct Zero:
    # What becomes 0 along a line.
    Py_ssize_t block            # -1 for nothing
    Py_ssize_t coefficient      # in the block, task by task; -1 for all of them


cdef inline void start_line(BlockSet* blocks, Line* line) noexcept nogil:
    """move of D"""
    cdef Py_ssize_t k, a, i, t, first, width
    for i in range(blocks.n_tasks * blocks.length):
        line.move[i] = 0.0
    for k in range(line.n_active):
        a = line.active[k]
        first, width = blocks.starts[a], blocks.starts[a + 1] - blocks.starts[a]
        for t in range(blocks.n_tasks):
            add_columns(blocks.columns + first * blocks.column_stride, blocks.column_stride, blocks.length, width,
                        line.D + t * blocks.capacity + first, line.move + t * blocks.length)


cdef inline void measure_line(BlockSet* blocks, Line* line) noexcept nogil:
    """slope and sq_fit at the present state"""
    cdef Py_ssize_t k, a, i, t
    cdef double d
    line.slope = line.sq_fit = 0.0
    if not blocks.has_gram:
        for t in range(blocks.n_tasks):
            for i in range(blocks.length):
                d = line.move[t * blocks.length + i]
                line.slope -= d * blocks.state[t * blocks.state_stride + i]
                line.sq_fit += d * d
        return
    for k in range(line.n_active):
        a = line.active[k]
        for t in range(blocks.n_tasks):
            for i in range(blocks.starts[a], blocks.starts[a + 1]):
                d = line.D[t * blocks.capacity + i]
                line.slope -= d * blocks.C[t * blocks.capacity + i]
                line.sq_fit += d * line.move[t * blocks.length + i]


cdef inline double slope_at(BlockSet* blocks, const Line* line, double step) noexcept nogil:
    """The derivative of the objective at this step, from the left where a block or a coefficient becomes 0"""
    cdef double total = line.slope + step * line.sq_fit, norm, d_norm, product, moved
    cdef Py_ssize_t k, a, i, n
    cdef double* w = blocks.scratch
    cdef double* d = w + blocks.scratch_size
    for k in range(line.n_active):
        a = line.active[k]
        n = load_block(blocks, blocks.W, a, w)
        load_block(blocks, line.D, a, d)
        norm = d_norm = product = 0.0
        for i in range(n):
            moved = w[i] + step * d[i]
            norm += moved * moved
            d_norm += d[i] * d[i]
            product += moved * d[i]
            if blocks.penalties[a].feature_l1 > 0.0:
                total += blocks.penalties[a].feature_l1 * d[i] * copysign(1.0, moved if moved != 0.0 else w[i])
        total += blocks.penalties[a].l2 * product
        if norm > 1e-28 * d_norm:
            total += blocks.penalties[a].l1 * product / sqrt(norm)
        else:
            total -= blocks.penalties[a].l1 * sqrt(d_norm)
    return total


cdef inline double next_zero(BlockSet* blocks, const Line* line, double end, Zero* zero) noexcept nogil:
    """The smallest step below end at which an active block, or a coefficient with an L1 term of its own, passes 0; end
    without any"""
    cdef double step = end, norm, product
    cdef Py_ssize_t k, a, i, n
    cdef double* w = blocks.scratch
    cdef double* d = w + blocks.scratch_size
    zero.block = -1
    for k in range(line.n_active):
        a = line.active[k]
        if blocks.penalties[a].l1 == 0.0 and blocks.penalties[a].feature_l1 == 0.0:
            continue
        n = load_block(blocks, blocks.W, a, w)
        load_block(blocks, line.D, a, d)
        norm = product = 0.0
        for i in range(n):
            norm += w[i] * w[i]
            product -= w[i] * d[i]
            if blocks.penalties[a].feature_l1 > 0.0 and w[i] * w[i] < -step * w[i] * d[i]:
                step, zero.block, zero.coefficient = w[i] / -d[i], a, i
        if norm < step * product:
            step, zero.block, zero.coefficient = norm / product, a, -1
    return step


cdef inline double best_step(BlockSet* blocks, const Line* line, double end, double first) noexcept nogil:
    """A step up to which the objective falls, of at most end; first is the slope at 0. Slopes that are rounding errors
    tell nothing: a step so short is taken as it is."""
    cdef double low = 0.0, high = end, at_low = first, at_high = slope_at(blocks, line, end), slope, step
    cdef int _trial
    if at_high <= SLOPE_SHARE * fabs(first) or -first <= SLOPE_ROUNDING * blocks.sq_target:
        return end
    for _trial in range(MAX_TRIALS):
        step = low + (high - low) * min(0.9, max(0.1, at_low / (at_low - at_high)))
        slope = slope_at(blocks, line, step)
        if slope > 0.0:
            high, at_high = step, slope
        else:
            low, at_low = step, slope
        if low > 0.0 and -at_low <= SLOPE_SHARE * fabs(first):
            break
    return low


cdef inline void advance(BlockSet* blocks, const Line* line, double step) noexcept nogil:
    """Move all active blocks by this step"""
    cdef Py_ssize_t k, a, i, n, t
    cdef double* w = blocks.scratch
    cdef double* d = w + blocks.scratch_size
    for k in range(line.n_active):
        a = line.active[k]
        n = load_block(blocks, blocks.W, a, w)
        load_block(blocks, line.D, a, d)
        for i in range(n):
            w[i] += step * d[i]
        store_block(blocks, a, w, blocks.W)
        blocks.norms[a] = block_norm(w, n)
    for t in range(blocks.n_tasks):
        for i in range(blocks.length):
            blocks.state[t * blocks.state_stride + i] -= step * line.move[t * blocks.length + i]


cdef inline void end_at_zero(BlockSet* blocks, Line* line, const Zero* zero) noexcept nogil:
    """What is almost 0 becomes 0, and stays there along the line"""
    cdef Py_ssize_t a = zero.block, i, n, t, first = blocks.starts[a], width = blocks.starts[a + 1] - first, at
    cdef double* w = blocks.scratch
    cdef double* d = w + blocks.scratch_size
    n = load_block(blocks, blocks.W, a, w)
    load_block(blocks, line.D, a, d)
    for i in range(n):
        if zero.coefficient >= 0 and i != zero.coefficient:
            w[i] = d[i] = 0.0
            continue
        at = (i // width) * blocks.capacity + first + i % width
        blocks.W[at] = line.D[at] = 0.0
        d[i] = -d[i]
    move_block(blocks, a, w)
    for t in range(blocks.n_tasks):
        add_columns(blocks.columns + first * blocks.column_stride, blocks.column_stride, blocks.length, width,
                    d + t * width, line.move + t * blocks.length)
    blocks.norms[a] = block_norm(w, load_block(blocks, blocks.W, a, w))


cdef inline double follow_line(BlockSet* blocks, Line* line) noexcept nogil:
    """Move along the line as far as the objective falls, around the corners where blocks become 0; returns the slope at
    the start, which is not negative where there is no way down"""
    cdef double start = 0.0, slope, end, step, remaining = 1.0
    cdef Zero zero
    cdef Py_ssize_t k
    start_line(blocks, line)
    for k in range(MAX_CORNERS):
        measure_line(blocks, line)
        slope = slope_at(blocks, line, 0.0)
        if k == 0:
            start = slope
        if not slope < 0.0:
            break
        end = next_zero(blocks, line, remaining, &zero)
        step = best_step(blocks, line, end, slope)
        if step == 0.0:
            return start if k > 0 else 0.0
        advance(blocks, line, step)
        remaining -= step
        if step < end or zero.block < 0 or remaining <= 0.0:
            break
        end_at_zero(blocks, line, &zero)
    return start
