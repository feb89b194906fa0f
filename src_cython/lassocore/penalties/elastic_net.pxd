# Lives here: the penalty of one coordinate with its bounds, its prox and its conjugate. Must not know: X.
from libc.float cimport FLT_MAX
from libc.math cimport INFINITY, fabs, nextafterf


cdef struct Penalty:
    const double* l1_reg        # S * alpha * l1_ratio * v_j; 0 where unpenalised
    const double* l2_reg        # S * alpha * (1 - l1_ratio) * v_j; NULL for all zeros
    const double* lower         # NULL for all -inf
    const double* upper         # NULL for all inf


cdef inline double l2_of(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """l2_reg[j]"""
    return 0.0 if penalty.l2_reg == NULL else penalty.l2_reg[j]


cdef inline double lower_of(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """lower[j]"""
    return -INFINITY if penalty.lower == NULL else penalty.lower[j]


cdef inline double upper_of(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """upper[j]"""
    return INFINITY if penalty.upper == NULL else penalty.upper[j]


cdef inline double clip(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """The nearest point to w in [lower_j, upper_j]"""
    if penalty.upper != NULL and w > penalty.upper[j]:
        return penalty.upper[j]
    if penalty.lower != NULL and w < penalty.lower[j]:
        return penalty.lower[j]
    return w


cdef inline double as_single(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """The nearest float32 to w in [lower_j, upper_j]"""
    cdef float single = <float>max(-FLT_MAX, min(FLT_MAX, w))
    if clip(penalty, j, single) != single:
        single = nextafterf(single, 0.0)
    return single


cdef inline double prox(const Penalty* penalty, Py_ssize_t j, double q, double sq_norm) noexcept nogil:
    """argmin over lower <= w <= upper of sq_norm w^2 / 2 - q w + l1 |w| + l2 w^2 / 2"""
    cdef double l1 = penalty.l1_reg[j]
    if q > l1:
        return clip(penalty, j, (q - l1) / (sq_norm + l2_of(penalty, j)))
    if q < -l1:
        return clip(penalty, j, (q + l1) / (sq_norm + l2_of(penalty, j)))
    return 0.0


cdef inline double penalty_value(const Penalty* penalty, Py_ssize_t j, double w) noexcept nogil:
    """l1 |w| + l2 w^2 / 2"""
    return penalty.l1_reg[j] * fabs(w) + 0.5 * l2_of(penalty, j) * w * w if w != 0.0 else 0.0


cdef inline double signed_correlation(const Penalty* penalty, Py_ssize_t j, double c) noexcept nogil:
    """The correlation in the direction that w_j can leave 0: w_j = 0 is optimal where this is at most l1"""
    if penalty.lower == NULL or (penalty.lower[j] < 0.0 < penalty.upper[j]):
        return fabs(c)
    if penalty.upper[j] > 0.0:
        return c
    return -c if penalty.lower[j] < 0.0 else -INFINITY


cdef inline double conjugate(const Penalty* penalty, Py_ssize_t j, double u) noexcept nogil:
    """h_j(u) = max over lower <= w <= upper of u w - l1 |w| - l2 w^2 / 2, where that is finite; else 0.

    Infinite only without l2 beyond an infinite bound, where the dual scale holds u at l1 up to rounding.
    """
    cdef double excess = fabs(u) - penalty.l1_reg[j], l2 = l2_of(penalty, j), w
    if excess <= 0.0:
        return 0.0
    w = upper_of(penalty, j) if u > 0.0 else -lower_of(penalty, j)
    if l2 > 0.0 and excess < w * l2:
        w = excess / l2
    if w == INFINITY:
        return 0.0
    return excess * w - 0.5 * l2 * w * w
