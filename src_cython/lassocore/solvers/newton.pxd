# Lives here: exact steps on the support, docs/math.md section 10. Independent of: X, tolerances, certificates.
from libc.float cimport DBL_MIN
from libc.math cimport INFINITY, fabs

from lassocore.designs.gram cimport GramF64
from lassocore.penalties.elastic_net cimport (
    Penalty, curvature, end_of_piece, has_bounds, has_kink, is_smooth_at, l1_slope, threshold,
)
from lassocore.solvers.factor cimport Factor, append_member, delete_member, inner, solve_lower, solve_upper

# A slope below this fraction of the numbers that it is the sum of is rounding error.
cdef extern from *:
    """
    #define LASSOCORE_ROUNDING 1e-12
    """
    const double ROUNDING "LASSOCORE_ROUNDING"


cdef enum:
    MIN_LEAVING = 2             # members that a jump may set to 0 at first, in addition to one in 8
    DENSE_SHARE = 4             # a product that skips zeros costs as much as one that does not if 1 in 4 is not 0


cdef struct ActiveSet:
    # A problem on the Gram matrix of a working set. Its members are coordinates inside a piece of their penalty, or at
    # the end of one that they enter; with the Cholesky factor of their Hessian one solve minimises over all of them as
    # long as each stays on its piece.
    GramF64 G
    Penalty penalty
    double* w
    double* c                   # X'(s r) at every position
    Factor factor
    double* step
    double* moved               # change of w since c was correct, 0 except at the positions touched
    Py_ssize_t* touched         # some perhaps twice
    Py_ssize_t n_touched
    Py_ssize_t* near            # positions at 0 that may enter at this level
    Py_ssize_t n_near
    Py_ssize_t n_solves         # Newton steps so far


cdef inline bint is_free(const ActiveSet* active, Py_ssize_t k) noexcept nogil:
    """Whether the objective is smooth in w_k at its present value"""
    return is_smooth_at(&active.penalty, k, active.w[k])


cdef inline double l1_slope_at(const ActiveSet* active, Py_ssize_t k) noexcept nogil:
    """l1 sign(w_k); at w_k = 0 that of the piece into which c_k points"""
    return l1_slope(&active.penalty, k, active.w[k] if active.w[k] != 0.0 else active.c[k])


cdef inline double next_end(const ActiveSet* active, Py_ssize_t k, double step) noexcept nogil:
    """Where w_k next meets its kink or a bound in the direction of a step"""
    if active.w[k] == 0.0 and (step > 0.0) == (active.c[k] < 0.0) and has_kink(&active.penalty, k):
        return 0.0
    return end_of_piece(&active.penalty, k, active.w[k], step)


cdef inline void move(ActiveSet* active, Py_ssize_t k, double target) noexcept nogil:
    """w_k <- target; c is corrected later, from moved"""
    active.moved[k] += target - active.w[k]
    active.w[k] = target


cdef inline void watch(ActiveSet* active, Py_ssize_t k) noexcept nogil:
    """List a position that may enter at this level"""
    if active.n_near < active.G.n_features:
        active.near[active.n_near] = k
        active.n_near += 1


cdef inline double longest_step(const ActiveSet* active) noexcept nogil:
    """The largest multiple of the step, at most 1, that keeps every member on its piece"""
    cdef Py_ssize_t a, k
    cdef double length = 1.0, distance, step
    for a in range(active.factor.size):
        step, k = active.step[a], active.factor.members[a]
        if step == 0.0:
            continue
        distance = next_end(active, k, step) - active.w[k]
        if fabs(distance) < length * fabs(step):
            length = distance / step
    return length


cdef inline void take_step(ActiveSet* active, double length) noexcept nogil:
    """w += length * step; members that reach the end of their piece, or stay at it, are set to it and leave"""
    cdef Py_ssize_t a, k
    cdef double end, step
    for a in range(active.factor.size - 1, -1, -1):
        k, step = active.factor.members[a], active.step[a]
        end = next_end(active, k, step)
        if step == 0.0:
            if not is_free(active, k):
                delete_member(&active.factor, a)
        elif fabs(end - active.w[k]) <= length * fabs(step) * (1.0 + 1e-14) + DBL_MIN:
            move(active, k, end)
            delete_member(&active.factor, a)
        else:
            move(active, k, active.w[k] + length * step)


cdef inline void touch_members(ActiveSet* active, Py_ssize_t start) noexcept nogil:
    """List the members from index start on as positions that may move"""
    cdef Py_ssize_t a
    for a in range(start, active.factor.size):
        active.touched[active.n_touched] = active.factor.members[a]
        active.n_touched += 1


cdef inline void gather_moves(ActiveSet* active) noexcept nogil:
    """List each position that has moved once; step <- how far"""
    cdef Py_ssize_t t, k, n = 0
    for t in range(active.n_touched):
        k = active.touched[t]
        if active.moved[k] != 0.0:
            active.touched[n], active.step[n] = k, active.moved[k]
            active.moved[k] = 0.0
            n += 1
    active.n_touched = n
    for t in range(n):
        active.moved[active.touched[t]] = active.step[t]


cdef inline double present_correlation(const ActiveSet* active, Py_ssize_t k) noexcept nogil:
    """c_k less G_k'moved, after gather_moves"""
    cdef const double* column = active.G.data + k * active.G.column_stride
    cdef double change = 0.0
    cdef Py_ssize_t t
    if DENSE_SHARE * active.n_touched > active.G.n_features:
        return active.c[k] - inner(column, active.moved, active.G.n_features)
    for t in range(active.n_touched):
        change += active.step[t] * column[active.touched[t]]
    return active.c[k] - change


cdef inline void add_gram_products(
    const GramF64* G, const Py_ssize_t* positions, Py_ssize_t n_positions, const double* values, double factor,
    double* out
) noexcept nogil:
    """out += factor G_positions values, eight columns at a time"""
    cdef Py_ssize_t a = 0, b, i, size = G.n_features
    cdef const double* x[8]
    cdef double t[8]
    while a < n_positions:
        for b in range(8):
            t[b], x[b] = 0.0, G.data
            if a + b < n_positions:
                x[b] = G.data + positions[a + b] * G.column_stride
                t[b] = factor * values[a + b]
        for i in range(size):
            out[i] += ((t[0] * x[0][i] + t[1] * x[1][i]) + (t[2] * x[2][i] + t[3] * x[3][i])) + (
                (t[4] * x[4][i] + t[5] * x[5][i]) + (t[6] * x[6][i] + t[7] * x[7][i]))
        a += 8


cdef inline void correct_correlations(ActiveSet* active) noexcept nogil:
    """c -= G moved; nothing has moved any more"""
    cdef Py_ssize_t a
    gather_moves(active)
    active.factor.work += active.n_touched * active.G.n_features
    add_gram_products(&active.G, active.touched, active.n_touched, active.step, -1.0, active.c)
    for a in range(active.n_touched):
        active.moved[active.touched[a]] = 0.0
    active.n_touched = 0


cdef inline void begin_chain(ActiveSet* active) noexcept nogil:
    """factor.carried <- the gradient c - l1 sign(w) - l2 w of the members"""
    cdef Py_ssize_t a, k
    for a in range(active.factor.size):
        k = active.factor.members[a]
        active.factor.carried[a] = active.c[k] - l1_slope_at(active, k) - curvature(&active.penalty, k) * active.w[k]


cdef inline void newton_chain(ActiveSet* active, Py_ssize_t start) noexcept nogil:
    """Newton steps d = H^-1 g on the members, each shortened to where the first member reaches the end of its piece and
    leaves, until one has its full length, or underflows. factor.carried is g, 0 before index start.

    A step of length t multiplies g by 1 - t, so lower^-1 g is carried from step to step, and c need not be correct.
    """
    cdef Py_ssize_t a, size = active.factor.size + 1
    cdef double length = 0.0
    cdef Factor* factor = &active.factor
    touch_members(active, start)
    solve_lower(factor, factor.carried, start)
    while 0 < factor.size < size and length < 1.0:
        size = factor.size
        for a in range(factor.size):
            active.step[a] = factor.carried[a]
        solve_upper(factor, active.step)
        length = longest_step(active)
        for a in range(factor.size):
            factor.carried[a] *= 1.0 - length
        take_step(active, length)
        active.n_solves += 1


cdef inline bint leaves_piece(const ActiveSet* active, Py_ssize_t k, double target) noexcept nogil:
    """Whether w_k on its way to target meets its kink"""
    return has_kink(&active.penalty, k) and not l1_slope_at(active, k) * target > 0.0


cdef inline Py_ssize_t count_leaving(const ActiveSet* active) noexcept nogil:
    """How many members meet their kink on the way to active.step"""
    cdef Py_ssize_t a, n = 0
    for a in range(active.factor.size):
        n += leaves_piece(active, active.factor.members[a], active.step[a])
    return n


cdef inline void load_targets(ActiveSet* active, const double* q) noexcept nogil:
    """factor.carried <- what H w must equal: q - l1 sign(w) - G w of the coordinates that are not members"""
    cdef Py_ssize_t a, k, n_others = 0
    cdef const double* column
    for a in range(active.factor.size):
        k = active.factor.members[a]
        active.factor.carried[a] = q[k] - l1_slope_at(active, k)
        n_others -= active.w[k] != 0.0
    for k in range(active.G.n_features):
        n_others += active.w[k] != 0.0
    for k in range(active.G.n_features if n_others > 0 else 0):
        if active.w[k] != 0.0 and active.factor.member_index[k] < 0:
            column = active.G.data + k * active.G.column_stride
            for a in range(active.factor.size):
                active.factor.carried[a] -= active.w[k] * column[active.factor.members[a]]


cdef inline bint jump(ActiveSet* active, const double* q) noexcept nogil:
    """Move the members to the minimiser H^-1 (q - l1 sign(w)) of their quadratic; those that would cross their kink are
    set to 0 together, until none does. The objective may rise. False, and nothing is done, if they are many, or there
    are bounds."""
    cdef Py_ssize_t a, k, n_leaving = 0
    cdef Factor* factor = &active.factor
    if has_bounds(&active.penalty):
        return False
    load_targets(active, q)
    solve_lower(factor, factor.carried, 0)
    while True:
        for a in range(factor.size):
            active.step[a] = factor.carried[a]
        solve_upper(factor, active.step)
        active.n_solves += 1
        if n_leaving == 0:
            if count_leaving(active) > MIN_LEAVING + factor.size // 8:
                return False
            touch_members(active, 0)
        n_leaving = count_leaving(active)
        if n_leaving == 0:
            break
        for a in range(factor.size - 1, -1, -1):
            k = factor.members[a]
            if leaves_piece(active, k, active.step[a]):
                if active.w[k] != 0.0:      # foretold entrants are listed
                    watch(active, k)
                move(active, k, 0.0)
                delete_member(factor, a)
    for a in range(factor.size):
        move(active, factor.members[a], active.step[a])
    return True


cdef inline double smooth_slope(const ActiveSet* active, Py_ssize_t k) noexcept nogil:
    """The derivative of the objective in w_k, on its piece"""
    return l1_slope_at(active, k) + curvature(&active.penalty, k) * active.w[k] - active.c[k]


cdef inline double slope_along(ActiveSet* active, Py_ssize_t k, double* pivot) noexcept nogil:
    """The derivative of the objective along the direction in which w_k grows and the members move by -step, so that X w
    hardly changes. pivot <- the curvature along it, at which an append of k failed. 0 where nothing is gained.
    """
    cdef Py_ssize_t a, m, size = active.factor.size
    cdef double slope = smooth_slope(active, k), scale = fabs(l1_slope_at(active, k)) + fabs(active.c[k])
    cdef double diagonal = active.G.data[k * (active.G.column_stride + 1)] + curvature(&active.penalty, k)
    pivot[0] = diagonal - inner(active.factor.row, active.factor.row, size)
    if pivot[0] < 1e-14 * diagonal:
        pivot[0] = 0.0
    for a in range(size):
        active.step[a] = active.factor.row[a]
    solve_upper(&active.factor, active.step)
    for a in range(size):
        m = active.factor.members[a]
        slope -= active.step[a] * smooth_slope(active, m)
        scale += fabs(active.step[a]) * threshold(&active.penalty, m)
    if fabs(slope) > ROUNDING * scale:
        return slope
    return 0.0 if pivot[0] > 0.0 else l1_slope_at(active, k)        # an exact duplicate moves towards 0


cdef inline bint slide(ActiveSet* active, Py_ssize_t k) noexcept nogil:
    """Move w_k and the members downhill along the nearly flat direction of slope_along, to the minimum there or to the
    first end of a piece; whether a member's piece ended, so that k may now join."""
    cdef Py_ssize_t a, m, blocking = -1
    cdef double pivot = 0.0, direction, end, length, distance, slope = slope_along(active, k, &pivot)
    if slope == 0.0:
        return False
    direction = -1.0 if slope > 0.0 else 1.0
    end = next_end(active, k, direction)
    length = fabs(end - active.w[k])
    for a in range(active.factor.size):
        m = active.factor.members[a]
        active.step[a] *= -direction
        if fabs(active.step[a]) > ROUNDING:
            distance = next_end(active, m, active.step[a]) - active.w[m]
            if fabs(distance) < length * fabs(active.step[a]):
                length, blocking = distance / active.step[a], a
    if pivot > 0.0 and fabs(slope) < length * pivot:
        length, blocking, end = fabs(slope) / pivot, -1, active.w[k] + direction * fabs(slope) / pivot
    if length == INFINITY or (length == 0.0 and blocking < 0):
        return False
    touch_members(active, 0)
    active.touched[active.n_touched] = k
    active.n_touched += 1
    move(active, k, end if blocking < 0 else active.w[k] + length * direction)
    take_step(active, length)
    correct_correlations(active)
    return blocking >= 0


cdef inline void admit(ActiveSet* active, Py_ssize_t k) noexcept nogil:
    """Make a position a member; where its column lies in the members' span, slide until it can join or stops"""
    cdef int _try
    for _try in range(3):
        if append_member(&active.factor, &active.G, &active.penalty, k) or not slide(active, k):
            return
