# Lives here: the elastic net of rows of W, l1 ||W_j|| + l2 ||W_j||^2 / 2. Independent of: X, the loss, solvers.
from libc.math cimport fabs, sqrt

from lassocore.penalties.elastic_net cimport Penalty, curvature, threshold

cdef extern from *:
    """
    #define LASSOCORE_ROW_ROUNDING 4e-15
    """
    const double ROW_ROUNDING "LASSOCORE_ROW_ROUNDING"


cdef inline double row_norm(const double* row, Py_ssize_t width) noexcept nogil:
    """||row||, scaled where squares would over- or underflow"""
    cdef double total = 0.0, largest = 0.0
    cdef Py_ssize_t t
    for t in range(width):
        total += row[t] * row[t]
    if 1e-200 < total < 1e200:
        return sqrt(total)
    for t in range(width):
        if not fabs(row[t]) <= largest:         # NaN propagates
            largest = fabs(row[t])
    if largest == 0.0:
        return 0.0
    total = 0.0
    for t in range(width):
        total += (row[t] / largest) * (row[t] / largest)
    return largest * sqrt(total)


cdef inline double row_product(const double* left, const double* right, Py_ssize_t width) noexcept nogil:
    """left'right"""
    cdef double total = 0.0
    cdef Py_ssize_t t
    for t in range(width):
        total += left[t] * right[t]
    return total


cdef inline double row_shrinkage(const Penalty* penalty, Py_ssize_t j, double norm, double sq_norm) noexcept nogil:
    """The prox of a row: the factor that turns q, of this norm, into the minimiser of
    sq_norm ||w||^2 / 2 - q'w + l1 ||w|| + l2 ||w||^2 / 2

    A norm that equals l1 up to rounding, as at alpha_max, gives a row of zeros.
    """
    if norm <= threshold(penalty, j) * (1.0 + ROW_ROUNDING):
        return 0.0
    return (1.0 - threshold(penalty, j) / norm) / (sq_norm + curvature(penalty, j))


cdef inline double row_value(const Penalty* penalty, Py_ssize_t j, double norm) noexcept nogil:
    """l1 ||w|| + l2 ||w||^2 / 2 for a row of this norm"""
    return threshold(penalty, j) * norm + 0.5 * curvature(penalty, j) * norm * norm


cdef inline double row_conjugate(
    const Penalty* penalty, Py_ssize_t j, const double* c, Py_ssize_t width, double t
) noexcept nogil:
    """h_j(t c) = (||t c|| - l1)_+^2 / (2 l2); 0 without l2, where the dual scale keeps ||t c|| at l1"""
    cdef double l2 = curvature(penalty, j), excess
    if l2 > 0.0:
        excess = abs(t) * row_norm(c, width) - threshold(penalty, j)
        if not excess <= 0.0:
            return 0.5 * excess * excess / l2
    return 0.0
