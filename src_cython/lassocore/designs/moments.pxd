# Lives here: means, squared norms and correlations of columns, in one pass. Independent of: penalties, solvers.
from libc.float cimport DBL_EPSILON
from libc.math cimport isfinite

from lassocore.designs.design cimport Design, column_dot, column_mean, column_sq_norm
from lassocore.designs.scans cimport column_moments
from lassocore.designs.types cimport BLOCK_COLUMNS, Moments, Residual

cdef enum ColumnFault:
    SOUND = 0
    NOT_FINITE = 1              # NaN, infinity, or a squared norm that overflows
    VANISHING = 2               # not constant, but the squared norm underflows

# With squared norms between these the products of a fit neither overflow nor underflow.
cdef extern from *:
    """
    #define LASSOCORE_OVERFLOW 1e280
    #define LASSOCORE_UNDERFLOW 1e-280
    """
    const double OVERFLOW "LASSOCORE_OVERFLOW"
    const double UNDERFLOW "LASSOCORE_UNDERFLOW"


cdef struct ColumnStats:
    double* means               # written only if centred
    double* sq_norms            # about the mean if centred, else about 0
    double* correlations        # X_j'(s y0)
    bint centred


cdef inline bint is_constant(const Design* X, Py_ssize_t j, const Moments* moments, Py_ssize_t k) noexcept nogil:
    """Whether x_ij = shift in all rows of positive weight; a sum of squares of 0 may be underflow."""
    cdef double largest = 1.0
    if moments.sq_sums[k] == 0.0:
        column_sq_norm(X, j, moments.shifts[k], &largest)
    return largest == 0.0


cdef inline ColumnFault measure_column(
    const Design* X, Py_ssize_t j, const Residual* residual, ColumnStats* stats
) noexcept nogil:
    """Mean, squared norm and correlation of one column by accurate formulas; a constant column has norm 0 exactly."""
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


cdef inline bint accept_moments(
    double total_weight, double sum_residual, const Moments* moments, Py_ssize_t k, Py_ssize_t j, ColumnStats* stats
) noexcept nogil:
    """||x - mean||_s^2 = ||z||_s^2 - S mean_z^2, if at most four bits cancel; else column j needs measure_column."""
    cdef double mean_z = moments.sums[k] / total_weight if stats.centred else 0.0
    cdef double mean = moments.shifts[k] + mean_z
    cdef double sq_norm = moments.sq_sums[k] - total_weight * mean_z * mean_z
    cdef double correlation = moments.products[k] - mean_z * sum_residual
    cdef double rounding = 2.0 * DBL_EPSILON * mean
    if stats.centred:
        stats.means[j] = mean
    stats.sq_norms[j], stats.correlations[j] = sq_norm, correlation
    return (sq_norm > moments.sq_sums[k] / 16.0 and UNDERFLOW <= sq_norm < OVERFLOW
            and sq_norm > 2.0 * total_weight * rounding * rounding and isfinite(correlation))


cdef inline ColumnFault measure_columns(
    const Design* X, Py_ssize_t first, Py_ssize_t last, const Residual* residual, ColumnStats* stats,
    Py_ssize_t* unsound
) noexcept nogil:
    """Means, squared norms and correlations of the columns first to last - 1, read once; the first fault."""
    cdef Moments moments
    cdef double sum_residual = 0.0
    cdef Py_ssize_t i, j = first, k, n_columns
    cdef ColumnFault fault
    for i in range(X.n_samples):
        sum_residual += residual.values[i]
    while j < last:
        n_columns = min(BLOCK_COLUMNS, last - j)
        column_moments(X, j, n_columns, residual.values, stats.centred, &moments)
        for k in range(n_columns):
            if accept_moments(X.total_weight, sum_residual, &moments, k, j + k, stats):
                continue
            if is_constant(X, j + k, &moments, k):
                stats.sq_norms[j + k] = stats.correlations[j + k] = 0.0
            else:
                fault = measure_column(X, j + k, residual, stats)
                if fault != SOUND:
                    unsound[0] = j + k
                    return fault
        j += n_columns
    return SOUND
