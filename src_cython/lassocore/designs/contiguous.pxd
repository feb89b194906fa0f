# Lives here: columns of a design in C order, kept contiguous for those who visit them often. Must not know: who does.
from lassocore.designs.dense cimport DenseF32, DenseF64, Rows, RowsF32, RowsF64, dense_axpy, dense_dot
from lassocore.designs.types cimport KeptColumns, Residual

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


cdef inline void copy_rows(const Rows* X, Py_ssize_t n_fresh, Py_ssize_t first_row) noexcept nogil:
    """Some rows of the columns that have a place but no copy"""
    cdef Py_ssize_t i, k, j, start, n_rows = min(ROWS_OF_KEPT, X.n_samples - first_row), step = X.row_stride
    for k in range(n_fresh):
        j = X.kept.fresh[k]
        x = X.data + first_row * step + j
        start = X.kept.places[j] * X.n_samples + first_row
        if Rows is RowsF64:
            wide = <double*>X.kept.values + start
            for i in range(n_rows):
                wide[i] = x[i * step]
        else:
            single = <float*>X.kept.values + start
            for i in range(n_rows):
                single[i] = x[i * step]


cdef inline void forget_others(KeptColumns* kept, const Py_ssize_t* columns, Py_ssize_t n_columns) noexcept nogil:
    """Free the places of all but these columns"""
    cdef Py_ssize_t j, k, place
    for k in range(n_columns):
        j = columns[k]
        if kept.places[j] >= 0:
            kept.places[j] = -2 - kept.places[j]        # a mark
    for place in range(kept.capacity):
        j = kept.owners[place]
        if j < 0:
            continue
        if kept.places[j] < -1:
            kept.places[j] = place
        else:
            kept.places[j] = kept.owners[place] = -1


cdef inline void rows_keep(const Rows* X, const Py_ssize_t* columns, Py_ssize_t n_columns) noexcept nogil:
    """Copies of these columns, as many as there is room for; others give way where it does not suffice."""
    cdef KeptColumns* kept = X.kept
    cdef Py_ssize_t j, k, n_fresh = 0, place = 0, row = 0
    if kept == NULL:
        return
    n_columns = min(n_columns, kept.capacity)
    for k in range(n_columns):
        if kept.places[columns[k]] < 0:
            kept.fresh[n_fresh] = columns[k]
            n_fresh += 1
    if n_fresh == 0:
        return
    if kept.n_kept + n_fresh > kept.capacity:
        forget_others(kept, columns, n_columns)
        kept.n_kept = n_columns - n_fresh
    for k in range(n_fresh):
        while kept.owners[place] >= 0:
            place += 1
        j = kept.fresh[k]
        kept.places[j], kept.owners[place] = place, j
    kept.n_kept += n_fresh
    while row < X.n_samples:
        copy_rows(X, n_fresh, row)
        row += ROWS_OF_KEPT
