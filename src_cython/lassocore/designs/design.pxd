# Lives here: the interface of all storages, resolved at compile time. Independent of: penalties, solvers.
from lassocore.designs.contiguous cimport contiguous_axpy, contiguous_dot, is_contiguous
from lassocore.designs.csc cimport (
    Csc, CscF32I32, CscF32I64, CscF64I32, CscF64I64, RowBlock, csc_axpy, csc_count_rows, csc_dot, csc_fill_rows,
    csc_fold_offset, csc_mean, csc_sq_norm,
)
from lassocore.designs.dense cimport (
    Dense, DenseF32, DenseF64, Rows, RowsF32, RowsF64, dense_axpy, dense_dot, dense_mean, dense_sq_norm,
)
from lassocore.designs.gram cimport GramF64, gram_axpy, gram_dot
from lassocore.designs.types cimport Residual

ctypedef fused Design:
    DenseF64
    DenseF32
    RowsF64
    RowsF32
    CscF64I32
    CscF64I64
    CscF32I32
    CscF32I64
    GramF64


cdef inline double column_dot(const Design* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """(X_j - mean_j)'(s r)"""
    if Design in Rows:
        if is_contiguous(X, j):
            return contiguous_dot(X, j, residual)
    if Design in Dense:
        return dense_dot(X, j, residual)
    elif Design is GramF64:
        return gram_dot(X, j, residual)
    else:
        return csc_dot(X, j, residual)


cdef inline void column_axpy(const Design* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """s r += a s (X_j - mean_j)"""
    if Design in Rows:
        if is_contiguous(X, j):
            contiguous_axpy(X, j, a, residual)
            return
    if Design in Dense:
        dense_axpy(X, j, a, residual)
    elif Design is GramF64:
        gram_axpy(X, j, a, residual)
    else:
        csc_axpy(X, j, a, residual)


cdef inline double column_mean(const Design* X, Py_ssize_t j) noexcept nogil:
    """sum_i s_i x_ij / S"""
    if Design in Dense:
        return dense_mean(X, j)
    elif Design is GramF64:
        return 0.0
    else:
        return csc_mean(X, j)


cdef inline double column_sq_norm(const Design* X, Py_ssize_t j, double mean, double* largest) noexcept nogil:
    """sum_i s_i (x_ij - mean)^2; largest becomes max |x_ij - mean| over the rows of positive weight."""
    if Design in Dense:
        return dense_sq_norm(X, j, mean, largest)
    elif Design is GramF64:
        largest[0] = X.data[j * X.column_stride + j]
        return largest[0]
    else:
        return csc_sq_norm(X, j, mean, largest)


cdef inline void fold_offset(const Design* X, Residual* residual) noexcept nogil:
    """Add the scalar offset of the residual to its values, and set it to 0."""
    if Design in Csc:
        csc_fold_offset(X, residual)


cdef inline Py_ssize_t column_cost(const Design* X) noexcept nogil:
    """Multiply-adds of one column_dot, on average: the unit of work between two signal checks."""
    if Design in Dense or Design is GramF64:
        return X.n_samples
    else:
        return 8 + X.indptr[X.n_features] // X.n_features


cdef inline void count_rows(
    const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns, Py_ssize_t* counts
) noexcept nogil:
    """counts_i += entries of the columns in row i; sparse storages only"""
    if Design in Csc:
        csc_count_rows(X, columns, n_columns, counts)


cdef inline void fill_rows(
    const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns, RowBlock* block
) noexcept nogil:
    """The entries of some rows of the columns in row order; sparse storages only"""
    if Design in Csc:
        csc_fill_rows(X, columns, n_columns, block)
