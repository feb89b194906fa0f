# Lives here: operations on many columns at once, for every storage. Independent of: penalties, solvers.
from lassocore.designs.contiguous cimport copy_columns
from lassocore.designs.csc cimport Csc, csc_gather, csc_moments, csc_scan_column, csc_shift
from lassocore.designs.dense cimport Dense, Rows, dense_gather, dense_moments, dense_shift
from lassocore.designs.dense_blocks cimport (
    dense_scan, dense_scan_residual, rows_gather, rows_moments, rows_scan_residual,
)
from lassocore.designs.design cimport Design, column_dot
from lassocore.designs.gram cimport GramF64
from lassocore.designs.row_products cimport FLOATS, count_panels, interleave, interleave_rounded
from lassocore.designs.types cimport SLOTS, Moments, Residual

cdef enum:
    ROWS_OF_GATHERED = 64       # rows gathered at a time: adjacent columns share cache lines


cdef inline void scan_columns(
    const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const double* R, double* out
) noexcept nogil:
    """out = (X_columns - means)'R for eight weighted residuals, (n_samples, 8) -> (n_columns, 8), both C order.

    If the design is centred each slot of R must sum to 0, which sparse columns rely on; unused slots are 0. For a Gram
    matrix R are eight vectors X'(s r), of which out are entries.
    """
    cdef Py_ssize_t k, slot
    if Design in Dense:
        dense_scan(X, columns, n_columns, R, out)
    elif Design is GramF64:
        for k in range(n_columns):
            for slot in range(SLOTS):
                out[SLOTS * k + slot] = R[SLOTS * columns[k] + slot]
    else:
        for k in range(n_columns):
            csc_scan_column(X, columns[k], R, out + SLOTS * k)


cdef inline void scan_residual(
    const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const Residual* residual, double* out
) noexcept nogil:
    """out = (X_columns - means)'(s r) for increasing columns"""
    cdef Py_ssize_t k
    if Design in Rows:
        rows_scan_residual(X, columns, n_columns, residual, out)
    elif Design in Dense:
        dense_scan_residual(X, columns, n_columns, residual, out)
    else:
        for k in range(n_columns):
            out[k] = column_dot(X, columns[k], residual)


cdef inline void gather_columns(
    const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns, double* out
) noexcept nogil:
    """out = sqrt(s) (X_columns - means), dense in F order; does nothing for a Gram matrix."""
    cdef Py_ssize_t k, n_rows, row = 0
    if Design in Dense:
        n_rows = ROWS_OF_GATHERED if Design in Rows else X.n_samples
        while row < X.n_samples:
            for k in range(n_columns):
                dense_gather(X, columns[k], row, min(n_rows, X.n_samples - row), out + k * X.n_samples + row)
            row += n_rows
    elif Design in Csc:
        for k in range(n_columns):
            csc_gather(X, columns[k], out + k * X.n_samples)


cdef inline void make_contiguous(const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns) noexcept nogil:
    """Copy these columns where the storage is slow to visit single columns: rows in C order."""
    if Design in Rows:
        copy_columns(X, columns, n_columns)


cdef inline Py_ssize_t max_contiguous(const Design* X) noexcept nogil:
    """How many columns can be visited repeatedly at full speed"""
    if Design in Rows:
        if X.contiguous != NULL:
            return X.contiguous.capacity
    return X.n_features


cdef inline void gather_rows(const Design* X, Py_ssize_t first_row, Py_ssize_t n_rows, double* out) noexcept nogil:
    """out = sqrt(s) (X - means) over some rows, (n_rows, n_features) in F order; dense designs only."""
    cdef Py_ssize_t j
    if Design in Rows:
        rows_gather(X, first_row, n_rows, out)
    elif Design in Dense:
        for j in range(X.n_features):
            dense_gather(X, j, first_row, n_rows, out + j * n_rows)


cdef inline void fill_panels(
    const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns, Py_ssize_t first_row, Py_ssize_t n_rows,
    double* scratch, bint single, void* panels
) noexcept nogil:
    """Panels of sqrt(s) (X_columns - means) over some rows, as in row_products.pxd; dense designs only. scratch has
    room for eight columns."""
    cdef Py_ssize_t k = 0, t, width, stop = n_columns
    if single:
        stop = FLOATS * count_panels(n_columns, FLOATS)
    while k < stop:
        width = max(<Py_ssize_t>0, min(<Py_ssize_t>SLOTS, n_columns - k))
        for t in range(width):
            if Design in Dense:
                dense_gather(X, columns[k + t], first_row, n_rows, scratch + t * n_rows)
        if single:
            interleave_rounded(
                scratch, n_rows, n_rows, width, <float*>panels + n_rows * (k - k % FLOATS) + k % FLOATS)
        else:
            interleave(scratch, n_rows, n_rows, width, <double*>panels + n_rows * k)
        k += SLOTS


cdef inline void column_moments(
    const Design* X, Py_ssize_t first, Py_ssize_t n_columns, const double* u, bint centred, Moments* moments
) noexcept nogil:
    """Moments of a block of adjacent columns, about a shift if centred, else about 0"""
    cdef Py_ssize_t k
    for k in range(n_columns):
        moments.shifts[k] = 0.0
        if Design in Dense:
            moments.shifts[k] = dense_shift(X, first + k) if centred else 0.0
        elif Design is not GramF64:
            moments.shifts[k] = csc_shift(X, first + k) if centred else 0.0
    if Design in Rows:
        rows_moments(X, first, n_columns, u, moments)
    else:
        for k in range(n_columns):
            if Design in Dense:
                dense_moments(X, first + k, u, centred, moments, k)
            elif Design is GramF64:
                moments.sums[k] = 0.0
                moments.sq_sums[k] = X.data[(first + k) * (X.column_stride + 1)]
                moments.products[k] = u[first + k]
            else:
                csc_moments(X, first + k, u, moments, k)
