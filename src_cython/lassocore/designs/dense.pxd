# Lives here: one dense column, float64 or float32. Independent of: penalties, solvers.
from libc.math cimport fabs, sqrt

from lassocore.designs.slots cimport (
    CHAINS, Slots, add_product, add_scaled, add_slots, equal_slots, load_floats, load_slots, no_slots, sum_slots,
)
from lassocore.designs.types cimport SLOTS, ContiguousColumns, Moments, Residual, fetch

cdef enum:
    ROWS_AHEAD = 512            # how far contiguous columns are prefetched by the first pass, across their ends


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


cdef struct MomentSlots:
    # Partial sums of the moments of a column.
    Slots sums
    Slots sq_sums
    Slots products


cdef inline void add_rows_of_moments(
    const Dense* X, Py_ssize_t start, Py_ssize_t i, const double* u, Slots shift, bint centred, bint weighted,
    MomentSlots* part
) noexcept nogil:
    """Add the moments of rows i to i + 7 of the column that starts there in X.data"""
    cdef Slots z, weighted_z
    fetch(X.data + start + i + ROWS_AHEAD)
    if Dense is DenseF64 or Dense is RowsF64:
        z = load_slots(X.data + start + i)
    else:
        z = load_floats(X.data + start + i)
    if centred:
        z = add_scaled(z, -1.0, shift)
    weighted_z = add_product(no_slots(), z, load_slots(X.weights + i)) if weighted else z
    if centred:
        part.sums = add_slots(part.sums, weighted_z)
    part.sq_sums = add_product(part.sq_sums, weighted_z, z)
    part.products = add_product(part.products, z, load_slots(u + i))


cdef inline void sum_moments(
    const Dense* X, Py_ssize_t j, const double* u, bint centred, bint weighted, Moments* moments, Py_ssize_t k
) noexcept nogil:
    """dense_moments of a contiguous column; centred and weighted are constants where this is inlined."""
    cdef double shift = moments.shifts[k], z, weighted_z
    cdef MomentSlots[CHAINS] parts
    cdef Slots shifts = equal_slots(shift)
    cdef Py_ssize_t i = 0, t, n = X.n_samples, start = j * column_step(X)
    for t in range(CHAINS):
        parts[t].sums = parts[t].sq_sums = parts[t].products = no_slots()
    while i + CHAINS * SLOTS <= n:
        for t in range(CHAINS):
            add_rows_of_moments(X, start, i + SLOTS * t, u, shifts, centred, weighted, &parts[t])
        i += CHAINS * SLOTS
    while i + SLOTS <= n:
        add_rows_of_moments(X, start, i, u, shifts, centred, weighted, &parts[0])
        i += SLOTS
    for t in range(1, CHAINS):
        parts[0].sums = add_slots(parts[0].sums, parts[t].sums)
        parts[0].sq_sums = add_slots(parts[0].sq_sums, parts[t].sq_sums)
        parts[0].products = add_slots(parts[0].products, parts[t].products)
    moments.sums[k] = sum_slots(parts[0].sums) if centred else 0.0
    moments.sq_sums[k] = sum_slots(parts[0].sq_sums)
    moments.products[k] = sum_slots(parts[0].products)
    for i in range(i, n):
        z = X.data[start + i] - shift
        weighted_z = X.weights[i] * z if weighted else z
        moments.sums[k] += weighted_z
        moments.sq_sums[k] += weighted_z * z
        moments.products[k] += z * u[i]


cdef inline void dense_moments(
    const Dense* X, Py_ssize_t j, const double* u, bint centred, Moments* moments, Py_ssize_t k
) noexcept nogil:
    """Store the moments of a contiguous column j at position k; its sum only if centred."""
    if centred and X.weights == NULL:
        sum_moments(X, j, u, True, False, moments, k)
    elif centred:
        sum_moments(X, j, u, True, True, moments, k)
    elif X.weights == NULL:
        sum_moments(X, j, u, False, False, moments, k)
    else:
        sum_moments(X, j, u, False, True, moments, k)


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
