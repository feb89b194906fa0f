# Lives here: compressed sparse columns; the only file that reads indptr. Independent of: penalties, solvers.
from libc.math cimport fabs, sqrt
from libc.stdint cimport int32_t, int64_t

from lassocore.designs.types cimport SLOTS, Moments, Residual, one_row_at_a_time


cdef struct CscF64I32:
    const double* data
    const int32_t* indices
    const int32_t* indptr
    Py_ssize_t n_samples
    Py_ssize_t n_features
    const double* means         # weighted column means, zeros if X is not centred
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


ctypedef fused Index:
    int32_t
    int64_t


cdef inline bint csc_starts_rise(const Index* indptr, Py_ssize_t n_features) noexcept nogil:
    """Whether the first column starts at 0, and none before the one to its left"""
    cdef Py_ssize_t j, n_falls = 0
    for j in range(n_features):
        n_falls += indptr[j + 1] < indptr[j]
    return indptr[0] == 0 and n_falls == 0


cdef inline bint csc_is_canonical(
    const Index* indices, const Index* indptr, Py_ssize_t n_features, Py_ssize_t n_samples
) noexcept nogil:
    """Whether the row indices of each column strictly increase and lie in [0, n_samples). Descents are counted over all
    entries, then those between the last entry of a column and the first of the next are subtracted."""
    cdef Py_ssize_t j, k, n_falls = 0, n_outside = 0, last = -1
    for k in range(1, indptr[n_features]):
        n_falls += indices[k - 1] >= indices[k]
    for j in range(n_features):
        if indptr[j] == indptr[j + 1]:
            continue
        n_outside += indices[indptr[j]] < 0 or indices[indptr[j + 1] - 1] >= n_samples
        n_falls -= last >= 0 and indices[last] >= indices[indptr[j]]
        last = indptr[j + 1] - 1
    return n_falls == 0 and n_outside == 0


cdef inline bint csc_is_full(const Csc* X, Py_ssize_t j) noexcept nogil:
    """Whether column j has no zeros. Such a column is centred entry by entry, as a dense one, to avoid cancellation."""
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
    """Add the scalar offset to every entry of the residual."""
    cdef Py_ssize_t i
    if residual.offset != 0.0:
        for i in range(X.n_samples):
            residual.values[i] += residual.offset * (1.0 if X.weights == NULL else X.weights[i])
        residual.offset = 0.0


cdef inline double csc_shift(const Csc* X, Py_ssize_t j) noexcept nogil:
    """The value about which moments are taken: the first entry of positive weight if the column has no zeros, else 0"""
    cdef Py_ssize_t k = X.indptr[j]
    if not csc_is_full(X, j):
        return 0.0
    while k < X.indptr[j + 1] - 1 and X.weights != NULL and X.weights[X.indices[k]] == 0.0:
        k += 1
    return X.data[k]


cdef inline void csc_moments(
    const Csc* X, Py_ssize_t j, const double* u, Moments* moments, Py_ssize_t m
) noexcept nogil:
    """Store the moments of column j at position m"""
    cdef const double* s = X.weights
    cdef double shift = moments.shifts[m], total = 0.0, raw = 0.0, product = 0.0, z
    cdef Py_ssize_t k
    if s == NULL:
        for k in range(X.indptr[j], X.indptr[j + 1]):
            z = X.data[k] - shift
            total += z
            raw += z * z
            product += z * u[X.indices[k]]
    else:
        for k in range(X.indptr[j], X.indptr[j + 1]):
            z = X.data[k] - shift
            total += s[X.indices[k]] * z
            raw += s[X.indices[k]] * z * z
            product += z * u[X.indices[k]]
    moments.sums[m], moments.sq_sums[m], moments.products[m] = total, raw, product


cdef inline double csc_mean(const Csc* X, Py_ssize_t j) noexcept nogil:
    """Weighted mean, about the shift of csc_shift"""
    cdef double total = 0.0, shift = csc_shift(X, j)
    cdef Py_ssize_t k
    for k in range(X.indptr[j], X.indptr[j + 1]):
        total += (X.data[k] - shift) * (1.0 if X.weights == NULL else X.weights[X.indices[k]])
    return shift + total / X.total_weight


cdef inline double csc_sq_norm(const Csc* X, Py_ssize_t j, double mean, double* largest) noexcept nogil:
    """sum_i s_i (x_ij - mean)^2; largest becomes max |x_ij - mean| over the rows of positive weight."""
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


cdef inline void csc_scan_column(const Csc* X, Py_ssize_t j, const double* R, double* out) noexcept nogil:
    """out = (X_j - mean_j)'R for slots that sum to 0, for which the mean matters in full columns alone. Two nonzeros at
    a time hide the latency of additions."""
    cdef double[SLOTS] even, odd
    cdef double shift = X.means[j] if csc_is_full(X, j) else 0.0, a, b
    cdef Py_ssize_t k = X.indptr[j], end = X.indptr[j + 1], slot
    for slot in range(SLOTS):
        even[slot] = odd[slot] = 0.0
    while k < end - 1:
        one_row_at_a_time()
        r, t = R + SLOTS * <Py_ssize_t>X.indices[k], R + SLOTS * <Py_ssize_t>X.indices[k + 1]
        a, b = X.data[k] - shift, X.data[k + 1] - shift
        for slot in range(SLOTS):
            even[slot] += a * r[slot]
            odd[slot] += b * t[slot]
        k += 2
    if k < end:
        r, a = R + SLOTS * <Py_ssize_t>X.indices[k], X.data[k] - shift
        for slot in range(SLOTS):
            even[slot] += a * r[slot]
    for slot in range(SLOTS):
        out[slot] = even[slot] + odd[slot]


cdef struct RowBlock:
    # Some rows of some columns in row order, from which the Gram matrix of sparse columns is summed.
    Py_ssize_t* cursors         # the next entry of each column
    Py_ssize_t* starts          # where each row of the block starts; after filling, where it ends
    Py_ssize_t first_row
    Py_ssize_t stop_row
    int32_t* positions          # which of the columns an entry belongs to, increasing within a row
    double* values              # sqrt(s_i) x_ij


cdef inline void csc_count_rows(
    const Csc* X, const Py_ssize_t* columns, Py_ssize_t n_columns, Py_ssize_t* counts
) noexcept nogil:
    """counts_i += entries of the columns in row i"""
    cdef Py_ssize_t k, entry
    for k in range(n_columns):
        for entry in range(X.indptr[columns[k]], X.indptr[columns[k] + 1]):
            counts[X.indices[entry]] += 1


cdef inline void csc_fill_rows(
    const Csc* X, const Py_ssize_t* columns, Py_ssize_t n_columns, RowBlock* block
) noexcept nogil:
    """Append the block's entries of each column to the rows of the block"""
    cdef Py_ssize_t i, k, entry, stop, place
    for k in range(n_columns):
        entry, stop = block.cursors[k], X.indptr[columns[k] + 1]
        while entry < stop and X.indices[entry] < block.stop_row:
            i = X.indices[entry]
            place = block.starts[i - block.first_row]
            block.starts[i - block.first_row] = place + 1
            block.positions[place] = <int32_t>k
            block.values[place] = X.data[entry] * (1.0 if X.weights == NULL else sqrt(X.weights[i]))
            entry += 1
        block.cursors[k] = entry


cdef inline void add_row_products(
    const RowBlock* block, Py_ssize_t first_new, double* gram, Py_ssize_t stride
) noexcept nogil:
    """gram[a, b] += sum of the block's products of columns a <= b, for b >= first_new; gram is column-major"""
    cdef Py_ssize_t i, start = 0, left, right
    cdef double value
    cdef double* column
    for i in range(block.stop_row - block.first_row):
        right = block.starts[i] - 1
        while right >= start and block.positions[right] >= first_new:
            value, column = block.values[right], gram + block.positions[right] * stride
            for left in range(start, right + 1):
                column[block.positions[left]] += value * block.values[left]
            right -= 1
        start = block.starts[i]
