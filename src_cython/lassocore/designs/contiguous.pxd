# Lives here: contiguous copies of columns of a design in C order. Independent of: penalties, solvers.
from lassocore.designs.dense cimport DenseF32, DenseF64, Rows, RowsF32, RowsF64, dense_axpy, dense_dot
from lassocore.designs.types cimport ContiguousColumns, Residual

cdef enum:
    ROWS_OF_COPIES = 64         # copied at a time: adjacent columns share cache lines


cdef inline bint is_contiguous(const Rows* X, Py_ssize_t j) noexcept nogil:
    """Whether there is a copy of column j"""
    return X.contiguous != NULL and X.contiguous.slot_of_column[j] >= 0


cdef inline DenseF64 contiguous_f64(const RowsF64* X, Py_ssize_t j) noexcept nogil:
    """The copy of column j as a design of one column"""
    cdef DenseF64 column
    column.data = <const double*>X.contiguous.values + X.contiguous.slot_of_column[j] * X.n_samples
    column.n_samples, column.n_features, column.column_stride = X.n_samples, 1, X.n_samples
    column.means, column.weights, column.total_weight = X.means + j, X.weights, X.total_weight
    return column


cdef inline DenseF32 contiguous_f32(const RowsF32* X, Py_ssize_t j) noexcept nogil:
    """The same in single precision"""
    cdef DenseF32 column
    column.data = <const float*>X.contiguous.values + X.contiguous.slot_of_column[j] * X.n_samples
    column.n_samples, column.n_features, column.column_stride = X.n_samples, 1, X.n_samples
    column.means, column.weights, column.total_weight = X.means + j, X.weights, X.total_weight
    return column


cdef inline double contiguous_dot(const Rows* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """(X_j - mean_j)'(s r) from the copy"""
    cdef DenseF64 double_column
    cdef DenseF32 single_column
    if Rows is RowsF64:
        double_column = contiguous_f64(X, j)
        return dense_dot(&double_column, 0, residual)
    else:
        single_column = contiguous_f32(X, j)
        return dense_dot(&single_column, 0, residual)


cdef inline void contiguous_axpy(const Rows* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """s r += a s (X_j - mean_j) from the copy"""
    cdef DenseF64 double_column
    cdef DenseF32 single_column
    if Rows is RowsF64:
        double_column = contiguous_f64(X, j)
        dense_axpy(&double_column, 0, a, residual)
    else:
        single_column = contiguous_f32(X, j)
        dense_axpy(&single_column, 0, a, residual)


cdef inline void copy_rows(const Rows* X, Py_ssize_t n_misses, Py_ssize_t first_row) noexcept nogil:
    """Copy some rows of the missing columns into their slots"""
    cdef Py_ssize_t i, k, j, start, n_rows = min(ROWS_OF_COPIES, X.n_samples - first_row), step = X.row_stride
    for k in range(n_misses):
        j = X.contiguous.misses[k]
        x = X.data + first_row * step + j
        start = X.contiguous.slot_of_column[j] * X.n_samples + first_row
        if Rows is RowsF64:
            wide = <double*>X.contiguous.values + start
            for i in range(n_rows):
                wide[i] = x[i * step]
        else:
            single = <float*>X.contiguous.values + start
            for i in range(n_rows):
                single[i] = x[i * step]


cdef inline void evict_others(
    ContiguousColumns* contiguous, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """Free the slots of all but these columns"""
    cdef Py_ssize_t j, k, slot
    for k in range(n_columns):
        j = columns[k]
        if contiguous.slot_of_column[j] >= 0:
            contiguous.slot_of_column[j] = -2 - contiguous.slot_of_column[j]        # marks a column that stays
    for slot in range(contiguous.capacity):
        j = contiguous.column_of_slot[slot]
        if j < 0:
            continue
        if contiguous.slot_of_column[j] < -1:
            contiguous.slot_of_column[j] = slot
        else:
            contiguous.slot_of_column[j] = contiguous.column_of_slot[slot] = -1


cdef inline void copy_columns(const Rows* X, const Py_ssize_t* columns, Py_ssize_t n_columns) noexcept nogil:
    """Copy these columns, as many as the capacity allows; other copies are evicted where it is exhausted."""
    cdef ContiguousColumns* contiguous = X.contiguous
    cdef Py_ssize_t j, k, n_misses = 0, slot = 0, row = 0
    if contiguous == NULL:
        return
    n_columns = min(n_columns, contiguous.capacity)
    for k in range(n_columns):
        if contiguous.slot_of_column[columns[k]] < 0:
            contiguous.misses[n_misses] = columns[k]
            n_misses += 1
    if n_misses == 0:
        return
    if contiguous.n_used + n_misses > contiguous.capacity:
        evict_others(contiguous, columns, n_columns)
        contiguous.n_used = n_columns - n_misses
    for k in range(n_misses):
        while contiguous.column_of_slot[slot] >= 0:
            slot += 1
        j = contiguous.misses[k]
        contiguous.slot_of_column[j], contiguous.column_of_slot[slot] = slot, j
    contiguous.n_used += n_misses
    while row < X.n_samples:
        copy_rows(X, n_misses, row)
        row += ROWS_OF_COPIES
