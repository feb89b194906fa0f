# Lives here: one dense column, float64 or float32. Independent of: penalties, solvers.
from libc.math cimport fabs, sqrt

from lassocore.designs.types cimport ContiguousColumns, Moments, Residual


cdef struct DenseF64:
    const double* data          # each column contiguous: x_ij is data[i + j * column_stride]
    Py_ssize_t n_samples
    Py_ssize_t n_features
    Py_ssize_t column_stride
    const double* means         # weighted column means, zeros if X is not centred
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


cdef struct RowsF64:
    const double* data          # each row contiguous: x_ij is data[i * row_stride + j]
    Py_ssize_t n_samples
    Py_ssize_t n_features
    Py_ssize_t row_stride
    const double* means
    const double* weights
    double total_weight
    ContiguousColumns* contiguous  # NULL for none


cdef struct RowsF32:
    const float* data
    Py_ssize_t n_samples
    Py_ssize_t n_features
    Py_ssize_t row_stride
    const double* means
    const double* weights
    double total_weight
    ContiguousColumns* contiguous  # NULL for none


ctypedef fused Dense:
    DenseF64
    DenseF32
    RowsF64
    RowsF32

ctypedef fused Rows:
    RowsF64
    RowsF32


cdef inline Py_ssize_t row_step(const Dense* X) noexcept nogil:
    """From x_ij to x_(i+1)j: the compile-time constant 1 where columns are contiguous"""
    if Dense in Rows:
        return X.row_stride
    else:
        return 1


cdef inline Py_ssize_t column_step(const Dense* X) noexcept nogil:
    """From x_ij to x_i(j+1)"""
    if Dense in Rows:
        return 1
    else:
        return X.column_stride


cdef inline double dense_dot(const Dense* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """(X_j - mean_j)'(s r), over four quarters of the rows at once: four sums hide the latency of additions, and four
    streams use more of the memory bandwidth than one."""
    x = X.data + j * column_step(X)
    cdef const double* u = residual.values
    cdef double mean = X.means[j]
    cdef double a = 0.0, b = 0.0, c = 0.0, d = 0.0
    cdef Py_ssize_t i, m = X.n_samples // 4, step = row_step(X)
    for i in range(m):
        a += (x[i * step] - mean) * u[i]
        b += (x[(m + i) * step] - mean) * u[m + i]
        c += (x[(2 * m + i) * step] - mean) * u[2 * m + i]
        d += (x[(3 * m + i) * step] - mean) * u[3 * m + i]
    for i in range(4 * m, X.n_samples):
        a += (x[i * step] - mean) * u[i]
    return (a + b) + (c + d)


cdef inline void dense_axpy(const Dense* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """s r += a s (X_j - mean_j)"""
    x = X.data + j * column_step(X)
    cdef double mean = X.means[j]
    cdef double* u = residual.values
    cdef Py_ssize_t i, step = row_step(X)
    if X.weights == NULL:
        for i in range(X.n_samples):
            u[i] += a * (x[i * step] - mean)
    else:
        for i in range(X.n_samples):
            u[i] += a * (x[i * step] - mean) * X.weights[i]


cdef inline double dense_shift(const Dense* X, Py_ssize_t j) noexcept nogil:
    """The first entry of positive weight: subtracting it makes a constant column 0 and avoids cancellation"""
    cdef Py_ssize_t i = 0
    while X.weights != NULL and i < X.n_samples - 1 and X.weights[i] == 0.0:
        i += 1
    return X.data[i * row_step(X) + j * column_step(X)]


cdef inline void dense_moments(
    const Dense* X, Py_ssize_t j, const double* u, Moments* moments, Py_ssize_t k
) noexcept nogil:
    """Store the moments of column j at position k, from two halves of the rows at once"""
    x = X.data + j * column_step(X)
    cdef const double* s = X.weights
    cdef double shift = moments.shifts[k], z, other
    cdef double total = 0.0, raw = 0.0, product = 0.0, total_other = 0.0, raw_other = 0.0, product_other = 0.0
    cdef Py_ssize_t i, step = row_step(X), n = X.n_samples, m = X.n_samples // 2
    if s == NULL:
        for i in range(m):
            z, other = x[i * step] - shift, x[(m + i) * step] - shift
            total += z
            raw += z * z
            product += z * u[i]
            total_other += other
            raw_other += other * other
            product_other += other * u[m + i]
    else:
        for i in range(m):
            z, other = x[i * step] - shift, x[(m + i) * step] - shift
            total += s[i] * z
            raw += s[i] * z * z
            product += z * u[i]
            total_other += s[m + i] * other
            raw_other += s[m + i] * other * other
            product_other += other * u[m + i]
    if 2 * m < n:
        z = x[(n - 1) * step] - shift
        total += z if s == NULL else s[n - 1] * z
        raw += z * z if s == NULL else s[n - 1] * z * z
        product += z * u[n - 1]
    moments.sums[k] = total + total_other
    moments.sq_sums[k] = raw + raw_other
    moments.products[k] = product + product_other


cdef inline double dense_mean(const Dense* X, Py_ssize_t j) noexcept nogil:
    """Weighted mean, about the shift of dense_shift"""
    x = X.data + j * column_step(X)
    cdef double total = 0.0, shift = dense_shift(X, j)
    cdef Py_ssize_t i, step = row_step(X)
    for i in range(X.n_samples):
        total += (x[i * step] - shift) * (1.0 if X.weights == NULL else X.weights[i])
    return shift + total / X.total_weight


cdef inline double dense_sq_norm(const Dense* X, Py_ssize_t j, double mean, double* largest) noexcept nogil:
    """sum_i s_i (x_ij - mean)^2; largest becomes max |x_ij - mean| over the rows of positive weight."""
    x = X.data + j * column_step(X)
    cdef Py_ssize_t i, step = row_step(X)
    cdef double total = 0.0, deviation, weight, top = 0.0
    for i in range(X.n_samples):
        weight = 1.0 if X.weights == NULL else X.weights[i]
        deviation = fabs(x[i * step] - mean) if weight > 0.0 else 0.0
        total += weight * deviation * deviation
        top = deviation if deviation > top else top
    largest[0] = top
    return total


cdef inline void dense_gather(
    const Dense* X, Py_ssize_t j, Py_ssize_t first_row, Py_ssize_t n_rows, double* out
) noexcept nogil:
    """out = sqrt(s) (X_j - mean_j) over some rows"""
    x = X.data + first_row * row_step(X) + j * column_step(X)
    cdef double mean = X.means[j]
    cdef Py_ssize_t i, step = row_step(X)
    for i in range(n_rows):
        out[i] = x[i * step] - mean
    if X.weights != NULL:
        for i in range(n_rows):
            out[i] *= sqrt(X.weights[first_row + i])
