# Lives here: dense columns, float64 or float32, and the Gram matrix. Must not know: penalties, sparse storage.
from libc.math cimport fabs, sqrt

from lassocore._types cimport Residual, real

cdef struct DenseF64:
    const double* data          # column j starts at data + j * column_stride
    Py_ssize_t n_samples
    Py_ssize_t n_features
    Py_ssize_t column_stride
    const double* means         # weighted column means, zeros where nothing is centred
    const double* weights       # s, or NULL for all ones
    double total_weight         # S


cdef struct DenseF32:
    const float* data
    Py_ssize_t n_samples
    Py_ssize_t n_features
    Py_ssize_t column_stride
    const double* means
    const double* weights
    double total_weight


cdef struct GramF64:
    const double* data          # X'SX, symmetric; stands for a design whose residual is X'(s r)
    Py_ssize_t n_samples        # length of the residual: n_features
    Py_ssize_t n_features
    Py_ssize_t column_stride
    const double* means
    const double* weights
    double total_weight


ctypedef fused Dense:
    DenseF64
    DenseF32


cdef inline double shifted_dot(const real* x, double shift, const double* u, Py_ssize_t n) noexcept nogil:
    """sum_i (x_i - shift) u_i, over the four quarters at once: four sums hide the latency of an addition, and four
    streams keep more of memory's bandwidth busy than one."""
    cdef Py_ssize_t i, m = n // 4
    cdef double a = 0.0, b = 0.0, c = 0.0, d = 0.0
    for i in range(m):
        a += (x[i] - shift) * u[i]
        b += (x[m + i] - shift) * u[m + i]
        c += (x[2 * m + i] - shift) * u[2 * m + i]
        d += (x[3 * m + i] - shift) * u[3 * m + i]
    for i in range(4 * m, n):
        a += (x[i] - shift) * u[i]
    return (a + b) + (c + d)


cdef inline double dense_dot(const Dense* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """(X_j - mean_j)'(s r)"""
    return shifted_dot(X.data + j * X.column_stride, X.means[j], residual.values, X.n_samples)


cdef inline void dense_axpy(const Dense* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """s r += a s (X_j - mean_j)"""
    x = X.data + j * X.column_stride
    cdef double mean = X.means[j]
    cdef double* u = residual.values
    cdef Py_ssize_t i
    if X.weights == NULL:
        for i in range(X.n_samples):
            u[i] += a * (x[i] - mean)
    else:
        for i in range(X.n_samples):
            u[i] += a * (x[i] - mean) * X.weights[i]


cdef inline double dense_mean(const Dense* X, Py_ssize_t j) noexcept nogil:
    """Weighted mean about a shift, so that a constant column gives its constant and X + 1e8 keeps its digits."""
    x = X.data + j * X.column_stride
    cdef Py_ssize_t i, first = 0
    cdef double total = 0.0, shift
    if X.weights == NULL:
        shift = x[0]
        for i in range(X.n_samples):
            total += x[i] - shift
    else:
        while first < X.n_samples - 1 and X.weights[first] == 0.0:
            first += 1
        shift = x[first]
        for i in range(X.n_samples):
            total += X.weights[i] * (x[i] - shift)
    return shift + total / X.total_weight


cdef inline double dense_sq_norm(const Dense* X, Py_ssize_t j, double mean, double* largest) noexcept nogil:
    """sum_i s_i (x_ij - mean)^2; largest becomes max |x_ij - mean| over the rows with weight."""
    x = X.data + j * X.column_stride
    cdef Py_ssize_t i
    cdef double total = 0.0, deviation, top = 0.0
    if X.weights == NULL:
        for i in range(X.n_samples):
            deviation = fabs(x[i] - mean)
            total += deviation * deviation
            top = deviation if deviation > top else top
    else:
        for i in range(X.n_samples):
            deviation = fabs(x[i] - mean) if X.weights[i] > 0.0 else 0.0
            total += X.weights[i] * deviation * deviation
            top = deviation if deviation > top else top
    largest[0] = top
    return total


cdef inline void dense_gather(const Dense* X, Py_ssize_t j, double* out) noexcept nogil:
    """out = sqrt(s) (X_j - mean_j)"""
    x = X.data + j * X.column_stride
    cdef Py_ssize_t i
    for i in range(X.n_samples):
        out[i] = x[i] - X.means[j]
        if X.weights != NULL:
            out[i] *= sqrt(X.weights[i])


cdef inline double gram_dot(const GramF64* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """X_j'(s r), kept up to date by gram_axpy"""
    return residual.values[j]


cdef inline void gram_axpy(const GramF64* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """X'(s r) += a X'S X_j"""
    cdef const double* column = X.data + j * X.column_stride
    cdef double* c = residual.values
    cdef Py_ssize_t i
    for i in range(X.n_features):
        c[i] += a * column[i]
