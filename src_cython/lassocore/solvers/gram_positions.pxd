# Lives here: the arrays of positions that exact steps work on, and their penalty. Independent of: X, columns, memory.
from lassocore.penalties.elastic_net cimport make_penalty, scale_penalty
from lassocore.solvers.gap cimport usual_accuracy
from lassocore.solvers.gram_level cimport GramLevel, forget_levels
from lassocore.solvers.segment cimport Segment

cdef enum:
    # Rows of the array of numbers that a set has for its positions.
    TARGET_PRODUCTS = 0         # X'(s y0)
    CORRELATIONS                # X'(s r)
    COEFS                       # the coefficients
    SQ_NORMS
    NORMS                       # their square roots
    L1_FACTOR
    L2_FACTOR
    LOWER
    UPPER
    N_OF_PROBLEM
    BEFORE = N_OF_PROBLEM       # the correlations at the level before the last
    N_SAVED_ROWS                # those above survive when the solver grows or sheds positions
    L1_REG = N_SAVED_ROWS       # of the level
    L2_REG
    CARRIED                     # scratch of the Newton steps, as the rows below
    STEP
    MOVED
    NEAR_C
    FACTOR_ROW
    DIRECTION                   # of a segment
    SLOPE
    N_NUMBER_ROWS

cdef enum:
    # Rows of its array of indices, each of one more than capacity.
    MEMBERS = 0                 # positions in the Cholesky factor
    MEMBER_INDEX                # where each position is among them, or -1
    N_SAVED_INDEX_ROWS
    TOUCHED = N_SAVED_INDEX_ROWS  # scratch
    ORDER
    NEAR
    POSITIONS                   # 0, 1, 2, ...
    N_INDEX_ROWS


cdef inline Py_ssize_t spread_stride(Py_ssize_t size) noexcept nogil:
    """From one column of a square matrix to the next: addresses differ by no multiple of a high power of two"""
    return ((size + 7) // 8 | 1) * 8


cdef inline void bind_indices(GramLevel* level, Py_ssize_t* indices, Py_ssize_t capacity) noexcept nogil:
    """Point at the rows of indices; no position is a member"""
    cdef Py_ssize_t k, row = capacity + 1
    for k in range(row):
        indices[MEMBER_INDEX * row + k] = -1
        indices[POSITIONS * row + k] = k
    level.active.factor.members, level.active.factor.member_index = indices, indices + MEMBER_INDEX * row
    level.active.touched, level.order = indices + TOUCHED * row, indices + ORDER * row
    level.active.near, level.positions = indices + NEAR * row, indices + POSITIONS * row


cdef inline void bind_numbers(
    GramLevel* level, Segment* segment, double* numbers, Py_ssize_t capacity, bint bounded
) noexcept nogil:
    """Point at the rows of numbers, which are 0 at first"""
    level.active.w, level.active.c = numbers + COEFS * capacity, numbers + CORRELATIONS * capacity
    level.residual.values, level.residual.target = level.active.c, numbers + TARGET_PRODUCTS * capacity
    level.residual.offset = 0.0
    level.sq_norms, level.norms = numbers + SQ_NORMS * capacity, numbers + NORMS * capacity
    level.active.penalty = make_penalty(
        numbers + L1_REG * capacity, NULL, numbers + LOWER * capacity if bounded else NULL,
        numbers + UPPER * capacity if bounded else NULL)
    level.active.step, level.active.moved = numbers + STEP * capacity, numbers + MOVED * capacity
    level.c_before, level.near_c = numbers + BEFORE * capacity, numbers + NEAR_C * capacity
    level.active.factor.row, level.active.factor.carried = numbers + FACTOR_ROW * capacity, numbers + CARRIED * capacity
    segment.direction, segment.slope = numbers + DIRECTION * capacity, numbers + SLOPE * capacity


cdef inline void begin_positions(GramLevel* level, double sq_target) noexcept nogil:
    """An empty set, before its first level"""
    level.active.G.weights, level.active.G.means = NULL, NULL
    level.residual.sq_target = sq_target
    level.accuracy = usual_accuracy()
    level.active.n_solves = level.active.n_touched = level.active.n_near = level.since_check = 0
    level.active.factor.work, level.active.factor.n_changes, level.active.factor.size = 0.0, 0, 0
    level.recorder.call = NULL
    forget_levels(level)


cdef inline void set_scales(
    GramLevel* level, double* numbers, Py_ssize_t capacity, double l1_scale, double l2_scale
) noexcept nogil:
    """The penalty of a level, for the positions in use"""
    level.l1_scale = l1_scale
    scale_penalty(
        &level.active.penalty, l1_scale, l2_scale, numbers + L1_FACTOR * capacity, numbers + L2_FACTOR * capacity,
        numbers + L1_REG * capacity, numbers + L2_REG * capacity, level.active.G.n_features)
