# Lives here: the elastic net with bounds: value, prox, conjugate, subgradient. Independent of: X, the loss, solvers.
#
# Of coordinate j the penalty is l1 |w| + l2 w^2 / 2 for lower <= w <= upper (0 within the bounds), else infinite.
# Solvers read no field of it; they call the functions below. A penalty to come offers the same functions:
#   value and prox          for coordinate descent,
#   threshold, side, signed_by, signed_correlation
#                           the correlation with the residual up to which w_j = 0 is optimal, for screening,
#   conjugate               for the duality gap,
#   is_smooth_at, l1_slope, curvature, end_of_piece
#                           on which interval around w the penalty is quadratic, for exact steps.
from libc.float cimport FLT_MAX
from libc.math cimport INFINITY, fabs, nextafterf


cdef struct Penalty:
    const double* l1_reg        # S * alpha * l1_ratio * v_j; 0 where unpenalised
    const double* l2_reg        # S * alpha * (1 - l1_ratio) * v_j; NULL for all zeros
    const double* lower         # NULL for all -inf
    const double* upper         # NULL for all inf; either both bounds are NULL or none


cdef inline Penalty make_penalty(
    const double* l1_reg, const double* l2_reg, const double* lower, const double* upper
) noexcept nogil:
    """A penalty over these vectors, which the caller keeps alive"""
    cdef Penalty penalty
    penalty.l1_reg, penalty.l2_reg, penalty.lower, penalty.upper = l1_reg, l2_reg, lower, upper
    return penalty


cdef inline void scale_penalty(
    Penalty* penalty, double l1_scale, double l2_scale, const double* l1_factor, const double* l2_factor,
    double* l1_reg, double* l2_reg, Py_ssize_t n_features
) noexcept nogil:
    """l1_reg <- l1_scale * l1_factor and l2_reg <- l2_scale * l2_factor: the penalty of another level"""
    cdef Py_ssize_t k
    for k in range(n_features):
        l1_reg[k] = l1_scale * l1_factor[k]
    for k in range(n_features if l2_scale > 0.0 else 0):
        l2_reg[k] = l2_scale * l2_factor[k]
    penalty.l1_reg = l1_reg
    penalty.l2_reg = l2_reg if l2_scale > 0.0 else NULL


cdef inline bint has_bounds(const Penalty* penalty) noexcept nogil:
    """Whether any coordinate may have bounds"""
    return penalty.lower != NULL


cdef inline bint has_curvature(const Penalty* penalty) noexcept nogil:
    """Whether any coordinate may have an l2 term"""
    return penalty.l2_reg != NULL


cdef inline double threshold(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """l1: w_j = 0 is optimal where the signed correlation is at most this"""
    return penalty.l1_reg[j]


cdef inline bint has_kink(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """Whether the penalty is not differentiable at w_j = 0"""
    return penalty.l1_reg[j] > 0.0


cdef inline double curvature(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """l2: the second derivative away from 0 and from the bounds"""
    return 0.0 if penalty.l2_reg == NULL else penalty.l2_reg[j]


cdef inline double lower_bound(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """lower"""
    return -INFINITY if penalty.lower == NULL else penalty.lower[j]


cdef inline double upper_bound(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """upper"""
    return INFINITY if penalty.upper == NULL else penalty.upper[j]


cdef inline bint is_unpenalised(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """l1 = l2 = 0"""
    return penalty.l1_reg[j] == 0.0 and curvature(penalty, j) == 0.0


cdef inline bint is_within_bounds(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """lower < w < upper"""
    return lower_bound(penalty, j) < w < upper_bound(penalty, j)


cdef inline double clip(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """The nearest point to w in [lower, upper]"""
    if penalty.upper != NULL and w > penalty.upper[j]:
        return penalty.upper[j]
    if penalty.lower != NULL and w < penalty.lower[j]:
        return penalty.lower[j]
    return w


cdef inline double as_single(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """The nearest float32 to w in [lower, upper]"""
    cdef float single = <float>max(-FLT_MAX, min(FLT_MAX, w))
    if clip(penalty, j, single) != single:
        single = nextafterf(single, 0.0)
    return single


cdef inline double prox(const Penalty* penalty, Py_ssize_t j, double q, double sq_norm) noexcept nogil:
    """argmin over lower <= w <= upper of sq_norm w^2 / 2 - q w + l1 |w| + l2 w^2 / 2"""
    cdef double l1 = penalty.l1_reg[j]
    if q > l1:
        return clip(penalty, j, (q - l1) / (sq_norm + curvature(penalty, j)))
    if q < -l1:
        return clip(penalty, j, (q + l1) / (sq_norm + curvature(penalty, j)))
    return 0.0


cdef inline double penalty_value(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """l1 |w| + l2 w^2 / 2"""
    return penalty.l1_reg[j] * fabs(w) + 0.5 * curvature(penalty, j) * w * w if w != 0.0 else 0.0


cdef inline double conjugate(const Penalty* penalty, Py_ssize_t j, double u) noexcept nogil:
    """h_j(u) = max over lower <= w <= upper of u w - l1 |w| - l2 w^2 / 2, where that is finite; else 0.

    It is infinite only without l2 and beyond an infinite bound, where the dual scale keeps u at l1 up to rounding.
    """
    cdef double excess = fabs(u) - penalty.l1_reg[j], l2 = curvature(penalty, j), w
    if excess <= 0.0:
        return 0.0
    w = upper_bound(penalty, j) if u > 0.0 else -lower_bound(penalty, j)
    if l2 > 0.0 and excess < w * l2:
        w = excess / l2
    if w == INFINITY:
        return 0.0
    return excess * w - 0.5 * l2 * w * w


cdef inline double side(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """0 if w_j may leave 0 in both directions, 1 if only upward, -1 if only downward"""
    if penalty.lower == NULL or (penalty.lower[j] < 0.0 < penalty.upper[j]):
        return 0.0
    return 1.0 if penalty.upper[j] > 0.0 else -1.0


cdef inline double signed_by(double side, double c) noexcept nogil:
    """The signed correlation of a coordinate with this side"""
    return fabs(c) if side == 0.0 else side * c


cdef inline double signed_correlation(const Penalty* penalty, Py_ssize_t j, double c) noexcept nogil:
    """The correlation in the direction in which w_j can leave 0: |c| without bounds, c for lower = 0, -c for upper = 0

    The distance of c from the subdifferential at w_j = 0 is what this exceeds the threshold by.
    """
    if has_bounds(penalty) and penalty.lower[j] == penalty.upper[j]:
        return -INFINITY
    return signed_by(side(penalty, j), c)


cdef inline double distance_to_subdifferential(const Penalty* penalty, Py_ssize_t j, double w, double c) noexcept nogil:
    """How far the correlation c is from those for which w is optimal"""
    cdef double g
    if w == 0.0 and penalty.l1_reg[j] > 0.0:
        return max(0.0, signed_correlation(penalty, j, c) - penalty.l1_reg[j])
    g = c - l1_slope(penalty, j, w) - curvature(penalty, j) * w
    return fabs(g) if w != (upper_bound(penalty, j) if g > 0.0 else lower_bound(penalty, j)) else 0.0


# Pieces: the intervals between lower, 0 (where the l1 term has its kink) and upper, on which the penalty is quadratic.

cdef inline bint is_smooth_at(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """Whether w lies inside a piece: between the bounds, and not at the kink of an l1 term"""
    if w == 0.0 and penalty.l1_reg[j] > 0.0:
        return False
    return is_within_bounds(penalty, j, w)


cdef inline double l1_slope(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """l1 sign(w); with l2 w the derivative of the penalty inside a piece"""
    cdef double l1 = penalty.l1_reg[j]
    return l1 if w > 0.0 else -l1 if w < 0.0 else 0.0


cdef inline double end_of_piece(const Penalty* penalty, Py_ssize_t j, double w, double step) noexcept nogil:
    """Where w next meets the kink or a bound in the direction of a step"""
    cdef double end
    cdef bint kinked = penalty.l1_reg[j] > 0.0
    if step > 0.0:
        end = upper_bound(penalty, j)
        return 0.0 if kinked and w < 0.0 and end > 0.0 else end
    end = lower_bound(penalty, j)
    return 0.0 if kinked and w > 0.0 and end < 0.0 else end
