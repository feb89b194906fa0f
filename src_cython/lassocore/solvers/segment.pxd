# Lives here: a linear piece of the lasso path on a working set, docs/math.md section 10. Independent of: X, alpha.
from libc.math cimport fabs

from lassocore.penalties.elastic_net cimport has_bounds, has_curvature, has_kink, threshold
from lassocore.solvers.factor cimport Factor, solve_lower, solve_upper
from lassocore.solvers.gram_level cimport GramLevel
from lassocore.solvers.newton cimport ActiveSet, add_gram_products, l1_slope_at

# A segment ends this fraction of its length before its knot, whose position is known up to rounding.
cdef extern from *:
    """
    #define LASSOCORE_SEGMENT_MARGIN 1e-6
    """
    const double SEGMENT_MARGIN "LASSOCORE_SEGMENT_MARGIN"


cdef struct Segment:
    # As the l1 scale falls by t, w grows by t direction, and c falls by t slope.
    double* direction
    double* slope
    double length               # how far the l1 scale may fall


cdef inline bint is_linear(const GramLevel* level) noexcept nogil:
    """Whether the path is linear in the l1 scale while the members stay the same"""
    cdef const ActiveSet* active = &level.active
    cdef Py_ssize_t k
    if has_bounds(&active.penalty) or has_curvature(&active.penalty):
        return False
    for k in range(active.G.n_features):
        if active.factor.member_index[k] < 0 and (active.w[k] != 0.0 or not has_kink(&active.penalty, k)):
            return False
    return active.factor.size > 0


cdef inline void find_direction(GramLevel* level, Segment* segment) noexcept nogil:
    """direction <- H^-1 (l1_factor sign(w)) on the members, slope <- G direction"""
    cdef ActiveSet* active = &level.active
    cdef Factor* factor = &active.factor
    cdef Py_ssize_t a, k
    for a in range(factor.size):
        factor.carried[a] = l1_slope_at(active, factor.members[a]) / level.l1_scale
    solve_lower(factor, factor.carried, 0)
    for a in range(factor.size):
        active.step[a] = factor.carried[a]
    solve_upper(factor, active.step)
    for k in range(active.G.n_features):
        segment.direction[k] = segment.slope[k] = 0.0
    for a in range(factor.size):
        segment.direction[factor.members[a]] = active.step[a]
    add_gram_products(&active.G, factor.members, factor.size, active.step, 1.0, segment.slope)
    factor.work += factor.size * active.G.n_features


cdef inline void find_length(const GramLevel* level, double delta, Segment* segment) noexcept nogil:
    """length <- to the first knot: where a member reaches 0, or the |c_j| of another position (1 + delta) l1_j"""
    cdef const ActiveSet* active = &level.active
    cdef double room, closing, length = level.l1_scale, l1_factor
    cdef Py_ssize_t k
    for k in range(active.G.n_features):
        if active.factor.member_index[k] >= 0:
            room, closing = fabs(active.w[k]), -segment.direction[k] if active.w[k] > 0.0 else segment.direction[k]
            if not has_kink(&active.penalty, k):
                continue
        else:
            l1_factor = (1.0 + delta) * threshold(&active.penalty, k) / level.l1_scale
            room = level.l1_scale * l1_factor - fabs(active.c[k])
            closing = l1_factor - (segment.slope[k] if active.c[k] > 0.0 else -segment.slope[k])
        if room < closing * length:
            length = room / closing
    segment.length = (1.0 - SEGMENT_MARGIN) * max(0.0, length)


cdef inline void find_segment(GramLevel* level, double delta, Segment* segment) noexcept nogil:
    """The linear piece of the path from the present solution on; of length 0 where there is none"""
    segment.length = 0.0
    if is_linear(level):
        find_direction(level, segment)
        find_length(level, delta, segment)


cdef inline void move_along(GramLevel* level, const Segment* segment, double fall) noexcept nogil:
    """The solution where the l1 scale has fallen by this"""
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t k
    for k in range(active.G.n_features):
        active.w[k] += fall * segment.direction[k]
        active.c[k] -= fall * segment.slope[k]
