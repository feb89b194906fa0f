# Lives here: the penalty of a block, l1 ||w|| + feature_l1 ||w||_1 + l2 ||w||^2 / 2. Independent of: X, solvers.
#
# A block is a vector of coefficients that are 0 together: a row over tasks, a group of features, or a group over tasks.
from libc.math cimport INFINITY, copysign, fabs, frexp, isfinite, ldexp, sqrt

cdef enum:
    MAX_ROOT_STEPS = 60         # of Newton's method for a scalar root

# A norm that exceeds l1 by this share may be a rounding error; steps of Newton's method below the other share of the
# root end it.
cdef extern from *:
    """
    #define LASSOCORE_NORM_ROUNDING 4e-15
    #define LASSOCORE_ROOT_TOL 1e-7
    """
    const double NORM_ROUNDING "LASSOCORE_NORM_ROUNDING"
    const double ROOT_TOL "LASSOCORE_ROOT_TOL"


cdef struct BlockPenalty:
    double l1                   # of the norm
    double feature_l1           # of the absolute values
    double l2                   # of half the squared norm


cdef inline bint is_penalised(const BlockPenalty* penalty) noexcept nogil:
    """Whether some block other than 0 has a penalty"""
    return penalty.l1 > 0.0 or penalty.feature_l1 > 0.0 or penalty.l2 > 0.0


cdef inline double root_of_squares(double total, const double* w, Py_ssize_t n) noexcept nogil:
    """||w|| from the sum of its squares, summed again with a scale where they over- or underflow

    The scale is a power of two, applied by a function: a compiler that may reorder products divides after it squares.
    """
    cdef double largest = 0.0, scaled
    cdef Py_ssize_t i
    cdef int exponent
    if 1e-200 < total < 1e200:
        return sqrt(total)
    for i in range(n):
        if not fabs(w[i]) <= largest:           # NaN propagates
            largest = fabs(w[i])
    if not isfinite(largest):
        return largest
    frexp(largest, &exponent)
    total = 0.0
    for i in range(n):
        scaled = ldexp(w[i], -exponent)
        total += scaled * scaled
    return ldexp(sqrt(total), exponent)


cdef inline double block_norm(const double* w, Py_ssize_t n) noexcept nogil:
    """||w||"""
    cdef double total = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        total += w[i] * w[i]
    return root_of_squares(total, w, n)


cdef inline double soft_threshold(double q, double threshold) noexcept nogil:
    """sign(q) (|q| - threshold)_+"""
    return copysign(max(0.0, fabs(q) - threshold), q)


cdef inline double thresholded_norm(
    const BlockPenalty* penalty, const double* c, Py_ssize_t n, double t
) noexcept nogil:
    """||S(t c)||, S the soft threshold at feature_l1: 0 minimises the penalty less t c'w where it is at most l1"""
    cdef double total = 0.0, excess
    cdef Py_ssize_t i
    if penalty.feature_l1 == 0.0:
        return fabs(t) * block_norm(c, n)
    for i in range(n):
        excess = fabs(t * c[i]) - penalty.feature_l1
        if not excess <= 0.0:
            total += excess * excess
    return sqrt(total)


cdef inline bint zero_is_optimal(const BlockPenalty* penalty, const double* c, Py_ssize_t n) noexcept nogil:
    """Whether a block of zeros with these correlations is optimal, up to rounding"""
    return thresholded_norm(penalty, c, n, 1.0) <= penalty.l1 * (1.0 + NORM_ROUNDING)


cdef inline double length_of_prox(
    const BlockPenalty* penalty, const double* sq, const double* d, Py_ssize_t width, double norm, double guess
) noexcept nogil:
    """h with sum_i sq_i / ((d_i + l2) h + l1)^2 = 1, the length of the minimiser; norm, the root of the sum of sq, is
    above l1, and guess is close to h, or 0.

    Newton's method on the inverse of the root of this sum, a concave rising function: from above it falls below h, or
    at least to the first bound, and then rises to it.
    """
    cdef double largest = d[0], smallest = d[0], bound, h, total, slope, ratio, e, divisor, step
    cdef Py_ssize_t i, _step
    for i in range(1, width):
        largest, smallest = max(largest, d[i]), min(smallest, d[i])
    bound = (norm - penalty.l1) / (largest + penalty.l2)
    if smallest == largest:
        return bound
    h = max(bound, guess)
    for _step in range(MAX_ROOT_STEPS):
        total = slope = 0.0
        for i in range(width):
            e = d[i] + penalty.l2
            divisor = 1.0 / (e * h + penalty.l1)
            ratio = sq[i] * divisor * divisor
            total += ratio
            slope += ratio * e * divisor
        step = (sqrt(total) - 1.0) * total / slope
        h = max(bound, h + step)
        if not fabs(step) > ROOT_TOL * h:       # the error is about the square of the step
            break
    return h


cdef inline double prox_of_row(const BlockPenalty* penalty, double norm, double d) noexcept nogil:
    """The share of q, whose norm is given, that minimises d ||w||^2 / 2 - q'w + the penalty of a block with
    feature_l1 = 0"""
    if norm <= penalty.l1 * (1.0 + NORM_ROUNDING) or not d + penalty.l2 > 0.0:
        return 0.0
    return (1.0 - penalty.l1 / norm) / (d + penalty.l2)


cdef inline double block_prox(
    const BlockPenalty* penalty, const double* q, const double* d, Py_ssize_t width, Py_ssize_t n_tasks, double guess,
    double* sq, double* out
) noexcept nogil:
    """out = the minimiser of sum_i d_i ||w_i||^2 / 2 - q'w + the penalty of a block of so many positions, task by task;
    returns its norm. guess is a norm close to it, or 0; sq is scratch, a number for each position. docs/math.md (13.3)
    """
    cdef double norm, h, total = 0.0
    cdef Py_ssize_t i, t
    for i in range(width):
        sq[i] = 0.0
    for t in range(n_tasks):
        for i in range(width):
            out[t * width + i] = q[t * width + i]
            if penalty.feature_l1 > 0.0:
                out[t * width + i] = soft_threshold(q[t * width + i], penalty.feature_l1)
            sq[i] += out[t * width + i] * out[t * width + i]
    for i in range(width):
        total += sq[i]
    norm = root_of_squares(total, out, width * n_tasks)
    if norm <= penalty.l1 * (1.0 + NORM_ROUNDING):
        for i in range(width * n_tasks):
            out[i] = 0.0
        return 0.0
    h = length_of_prox(penalty, sq, d, width, norm, guess) if penalty.l1 > 0.0 else 1.0
    for i in range(width):
        sq[i] = (d[i] + penalty.l2) * h + penalty.l1
        sq[i] = h / sq[i] if sq[i] > 0.0 else 0.0
    total = 0.0
    for t in range(n_tasks):
        for i in range(width):
            out[t * width + i] *= sq[i]
            total += out[t * width + i] * out[t * width + i]
    return root_of_squares(total, out, width * n_tasks)


cdef inline double block_value(
    const BlockPenalty* penalty, const double* w, Py_ssize_t n, double norm
) noexcept nogil:
    """The penalty of a block of this norm"""
    cdef double total = penalty.l1 * norm + 0.5 * penalty.l2 * norm * norm
    cdef Py_ssize_t i
    if penalty.feature_l1 > 0.0:
        for i in range(n):
            total += penalty.feature_l1 * fabs(w[i])
    return total


cdef inline double block_conjugate(
    const BlockPenalty* penalty, const double* c, Py_ssize_t n, double t
) noexcept nogil:
    """(||S(t c)|| - l1)_+^2 / (2 l2); 0 without l2, where the dual scale keeps ||S(t c)|| at l1"""
    cdef double excess
    if penalty.l2 > 0.0:
        excess = thresholded_norm(penalty, c, n, t) - penalty.l1
        if not excess <= 0.0:
            return 0.5 * excess * excess / penalty.l2
    return 0.0


cdef inline double dual_ratio(const BlockPenalty* penalty, const double* c, Py_ssize_t n) noexcept nogil:
    """The smallest kappa with ||S(c / kappa)|| <= l1: the dual norm of c over that of a feasible point.

    With feature_l1, Newton's method on ||S(c / kappa)|| kappa - l1 kappa, which is convex and falls in kappa.
    """
    cdef double kappa, total, sum_excess, excess, step
    cdef Py_ssize_t i, _step
    if penalty.feature_l1 == 0.0:
        return block_norm(c, n) / penalty.l1 if penalty.l1 > 0.0 else INFINITY
    kappa = 0.0
    for i in range(n):
        kappa = max(kappa, fabs(c[i]))
    if kappa == 0.0:
        return 0.0
    kappa /= penalty.feature_l1 + penalty.l1            # ||S(c / kappa)|| is at least its largest entry, l1
    for _step in range(MAX_ROOT_STEPS):
        total = sum_excess = 0.0
        for i in range(n):
            excess = fabs(c[i]) - kappa * penalty.feature_l1
            if not excess <= 0.0:
                total += excess * excess
                sum_excess += excess
        total = sqrt(total)
        if not total > 0.0:
            break
        step = (total - penalty.l1 * kappa) / (penalty.feature_l1 * sum_excess / total + penalty.l1)
        kappa += step
        if not step > 1e-15 * kappa:
            break
    return kappa * (1.0 + NORM_ROUNDING)
