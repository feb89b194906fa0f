# Lives here: compressed sparse columns; the only file that knows indptr. Must not know: penalties, dense storage.
from libc.math cimport fabs, sqrt
from libc.stdint cimport int32_t, int64_t

from lassocore._types cimport Residual


cdef struct CscF64I32:
    const double* data
    const int32_t* indices
    const int32_t* indptr
    Py_ssize_t n_samples
    Py_ssize_t n_features
    const double* means         # weighted column means, zeros where nothing is centred
    const double* weights       # s, or NULL for all ones
    double total_weight         # S


cdef struct CscF64I64:
    const double* data
    const int64_t* indices
    const int64_t* indptr
    Py_ssize_t n_samples
    Py_ssize_t n_features
    const double* means
    const double* weights
    double total_weight


cdef struct CscF32I32:
    const float* data
    const int32_t* indices
    const int32_t* indptr
    Py_ssize_t n_samples
    Py_ssize_t n_features
    const double* means
    const double* weights
    double total_weight


cdef struct CscF32I64:
    const float* data
    const int64_t* indices
    const int64_t* indptr
    Py_ssize_t n_samples
    Py_ssize_t n_features
    const double* means
    const double* weights
    double total_weight


ctypedef fused Csc:
    CscF64I32
    CscF64I64
    CscF32I32
    CscF32I64


cdef inline bint csc_is_full(const Csc* X, Py_ssize_t j) noexcept nogil:
    """No zeros: such a column is centred entry by entry, as a dense one is, so that X + 1e8 keeps its digits"""
    return X.indptr[j + 1] - X.indptr[j] == X.n_samples


cdef inline double csc_dot(const Csc* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """(X_j - mean_j)'(s r) for a weighted residual of sum 0: X_j'values + offset * S * mean_j"""
    cdef const double* u = residual.values
    cdef double total = 0.0, mean = X.means[j]
    cdef Py_ssize_t k
    if csc_is_full(X, j):
        for k in range(X.indptr[j], X.indptr[j + 1]):
            total += (X.data[k] - mean) * u[X.indices[k]]
        return total
    total = residual.offset * mean * X.total_weight
    for k in range(X.indptr[j], X.indptr[j + 1]):
        total += X.data[k] * u[X.indices[k]]
    return total


cdef inline void csc_axpy(const Csc* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """s r += a s (X_j - mean_j), touching only the nonzeros of X_j and the scalar offset"""
    cdef double* u = residual.values
    cdef double shift = X.means[j] if csc_is_full(X, j) else 0.0
    cdef Py_ssize_t k
    if X.weights == NULL:
        for k in range(X.indptr[j], X.indptr[j + 1]):
            u[X.indices[k]] += a * (X.data[k] - shift)
    else:
        for k in range(X.indptr[j], X.indptr[j + 1]):
            u[X.indices[k]] += a * (X.data[k] - shift) * X.weights[X.indices[k]]
    residual.offset -= a * (X.means[j] - shift)


cdef inline void csc_fold_offset(const Csc* X, Residual* residual) noexcept nogil:
    """Spread the scalar offset over the residual, once before a full pass."""
    cdef Py_ssize_t i
    if residual.offset != 0.0:
        for i in range(X.n_samples):
            residual.values[i] += residual.offset * (1.0 if X.weights == NULL else X.weights[i])
        residual.offset = 0.0


cdef inline double csc_mean(const Csc* X, Py_ssize_t j) noexcept nogil:
    """Weighted mean; a column without zeros is averaged about its first entry, as a dense one is."""
    cdef Py_ssize_t k, start = X.indptr[j], end = X.indptr[j + 1]
    cdef double total = 0.0, shift = 0.0
    if csc_is_full(X, j):
        k = start
        while k < end - 1 and X.weights != NULL and X.weights[X.indices[k]] == 0.0:
            k += 1
        shift = X.data[k]
    for k in range(start, end):
        total += (X.data[k] - shift) * (1.0 if X.weights == NULL else X.weights[X.indices[k]])
    return shift + total / X.total_weight


cdef inline double csc_sq_norm(const Csc* X, Py_ssize_t j, double mean, double* largest) noexcept nogil:
    """sum_i s_i (x_ij - mean)^2; largest becomes max |x_ij - mean| over the rows with weight."""
    cdef Py_ssize_t k
    cdef double total = 0.0, stored_weight = 0.0, deviation, weight, top = 0.0, rest
    for k in range(X.indptr[j], X.indptr[j + 1]):
        weight = 1.0 if X.weights == NULL else X.weights[X.indices[k]]
        if weight > 0.0:
            deviation = fabs(X.data[k] - mean)
            total += weight * deviation * deviation
            stored_weight += weight
            top = deviation if deviation > top else top
    rest = X.total_weight - stored_weight
    if X.indptr[j + 1] - X.indptr[j] < X.n_samples and rest > 1e-14 * X.total_weight:
        total += rest * mean * mean
        top = fabs(mean) if fabs(mean) > top else top
    largest[0] = top
    return total


cdef inline void csc_gather(const Csc* X, Py_ssize_t j, double* out) noexcept nogil:
    """out = sqrt(s) (X_j - mean_j)"""
    cdef Py_ssize_t i, k
    for i in range(X.n_samples):
        out[i] = -X.means[j]
    for k in range(X.indptr[j], X.indptr[j + 1]):
        out[X.indices[k]] += X.data[k]
    if X.weights != NULL:
        for i in range(X.n_samples):
            out[i] *= sqrt(X.weights[i])
