# Lives here: what one pass over X must tell before a fit. Must not know: penalties.
from libc.float cimport DBL_EPSILON
from libc.math cimport isfinite

from lassocore._design cimport Design, column_dot, column_mean, column_sq_norm
from lassocore._types cimport Residual

cdef enum ColumnFault:
    SOUND = 0
    NOT_FINITE = 1              # NaN, infinity, or a squared norm that overflows
    VANISHING = 2               # not constant, but the squared norm underflows

# Squared norms between these leave room for the products of a fit.
cdef extern from *:
    """
    #define LASSOCORE_OVERFLOW 1e280
    #define LASSOCORE_UNDERFLOW 1e-280
    """
    const double OVERFLOW "LASSOCORE_OVERFLOW"
    const double UNDERFLOW "LASSOCORE_UNDERFLOW"


cdef struct ColumnStats:
    double* means               # written only where centred
    double* sq_norms            # about the mean where centred, else about 0
    double* correlations        # X_j'(s y0)
    bint centred


cdef inline ColumnFault measure_column(
    const Design* X, Py_ssize_t j, const Residual* residual, ColumnStats* stats
) noexcept nogil:
    """Mean, squared norm and correlation of one column while it is in cache; a constant column gets norm 0 exactly."""
    cdef double mean = column_mean(X, j) if stats.centred else 0.0
    cdef double largest = 0.0
    cdef double sq_norm = column_sq_norm(X, j, mean, &largest)
    if stats.centred:
        stats.means[j] = mean
    stats.correlations[j] = column_dot(X, j, residual)
    if not (isfinite(mean) and isfinite(stats.correlations[j]) and sq_norm < OVERFLOW):
        return NOT_FINITE
    if largest <= 2.0 * DBL_EPSILON * abs(mean):     # constant, up to the rounding of its mean
        sq_norm = 0.0
    elif sq_norm < UNDERFLOW:
        return VANISHING
    stats.sq_norms[j] = sq_norm
    if sq_norm == 0.0:
        stats.correlations[j] = 0.0
    return SOUND
