# Lives here: columns of a design in C order, kept contiguous for those who visit them often. Must not know: who does.
from lassocore._design_dense cimport DenseF32, DenseF64, Rows, RowsF32, RowsF64, dense_axpy, dense_dot
from lassocore._types cimport Residual

cdef enum:
    ROWS_OF_KEPT = 64           # copied before the next ones: columns side by side share lines of memory


cdef inline bint is_kept(const Rows* X, Py_ssize_t j) noexcept nogil:
    """Whether column j has a contiguous copy"""
    return X.kept != NULL and X.kept.places[j] >= 0


cdef inline DenseF64 kept_f64(const RowsF64* X, Py_ssize_t j) noexcept nogil:
    """The copy of column j as a design of this column alone"""
    cdef DenseF64 column
    column.data = <const double*>X.kept.values + X.kept.places[j] * X.n_samples
    column.n_samples, column.n_features, column.column_stride = X.n_samples, 1, X.n_samples
    column.means, column.weights, column.total_weight = X.means + j, X.weights, X.total_weight
    return column


cdef inline DenseF32 kept_f32(const RowsF32* X, Py_ssize_t j) noexcept nogil:
    """The same in single precision"""
    cdef DenseF32 column
    column.data = <const float*>X.kept.values + X.kept.places[j] * X.n_samples
    column.n_samples, column.n_features, column.column_stride = X.n_samples, 1, X.n_samples
    column.means, column.weights, column.total_weight = X.means + j, X.weights, X.total_weight
    return column


cdef inline double kept_dot(const Rows* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """(X_j - mean_j)'(s r) from the copy"""
    cdef DenseF64 double_column
    cdef DenseF32 single_column
    if Rows is RowsF64:
        double_column = kept_f64(X, j)
        return dense_dot(&double_column, 0, residual)
    else:
        single_column = kept_f32(X, j)
        return dense_dot(&single_column, 0, residual)


cdef inline void kept_axpy(const Rows* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """s r += a s (X_j - mean_j) from the copy"""
    cdef DenseF64 double_column
    cdef DenseF32 single_column
    if Rows is RowsF64:
        double_column = kept_f64(X, j)
        dense_axpy(&double_column, 0, a, residual)
    else:
        single_column = kept_f32(X, j)
        dense_axpy(&single_column, 0, a, residual)


cdef inline void copy_rows(
    const Rows* X, const Py_ssize_t* columns, Py_ssize_t n_columns, Py_ssize_t first_place, Py_ssize_t first_row
) noexcept nogil:
    """Some rows of the columns whose places are not before this one"""
    cdef Py_ssize_t i, k, j, place, n_rows = min(ROWS_OF_KEPT, X.n_samples - first_row), step = X.row_stride
    for k in range(n_columns):
        j, place = columns[k], X.kept.places[columns[k]]
        if place < first_place:
            continue
        x = X.data + first_row * step + j
        if Rows is RowsF64:
            wide = <double*>X.kept.values + place * X.n_samples + first_row
            for i in range(n_rows):
                wide[i] = x[i * step]
        else:
            single = <float*>X.kept.values + place * X.n_samples + first_row
            for i in range(n_rows):
                single[i] = x[i * step]


cdef inline void rows_keep(const Rows* X, const Py_ssize_t* columns, Py_ssize_t n_columns) noexcept nogil:
    """Copies of these columns, as many as there is room for; others are forgotten where it does not suffice."""
    cdef Py_ssize_t j, k, n_missing = 0, first_place, row = 0
    if X.kept == NULL:
        return
    n_columns = min(n_columns, X.kept.capacity)
    for k in range(n_columns):
        n_missing += X.kept.places[columns[k]] < 0
    if n_missing == 0:
        return
    if X.kept.n_kept + n_missing > X.kept.capacity:
        for j in range(X.n_features):
            X.kept.places[j] = -1
        X.kept.n_kept = 0
    first_place = X.kept.n_kept
    for k in range(n_columns):
        if X.kept.places[columns[k]] < 0:
            X.kept.places[columns[k]] = X.kept.n_kept
            X.kept.n_kept += 1
    while row < X.n_samples:
        copy_rows(X, columns, n_columns, first_place, row)
        row += ROWS_OF_KEPT
