# Lives here: blocks of dense columns, for scans and Gram matrices. Independent of: penalties, solvers.
from libc.math cimport sqrt

from lassocore.designs.contiguous cimport contiguous_dot, is_contiguous
from lassocore.designs.dense cimport Dense, Rows, column_step, dense_dot, dense_gather, row_step
from lassocore.designs.types cimport SLOTS, Moments, Residual, fetch, one_row_at_a_time

cdef enum:
    TILE = 4                    # columns of a tile, whose sums fit in registers
    SCANNED_COLUMNS = 1024      # columns whose sums stay in cache during a pass over the rows
    ROWS_OF_COLUMNS = 2048      # rows whose residuals stay in cache during a pass over contiguous columns
    ROWS_OF_ROWS = 16           # contiguous rows of a tile; the rows after them are prefetched
    ROWS_OF_MOMENTS = 64        # rows of a partial sum of moments
    MIN_RUN = 4                 # columns that are read along the rows, at least,
    MAX_SPACING = 16            # if their average distance is smaller than this
    LINE = 8                    # entries of a row that are copied together: a cache line


cdef inline Py_ssize_t rows_per_block(const Dense* X) noexcept nogil:
    """How many rows a tile has"""
    if Dense in Rows:
        return ROWS_OF_ROWS
    else:
        return ROWS_OF_COLUMNS


cdef inline void accumulate_slots(const double* sums, double* out) noexcept nogil:
    """out += sums"""
    cdef Py_ssize_t slot
    for slot in range(SLOTS):
        out[slot] += sums[slot]


cdef inline void add_tile(
    const Dense* X, const Py_ssize_t* columns, Py_ssize_t n_columns, Py_ssize_t first_row, Py_ssize_t n_rows,
    const double* R, double* out
) noexcept nogil:
    """out += (X_columns - means)'R over some rows, for one to four columns; fewer than four repeat the last."""
    cdef double[SLOTS] a, b, c, d
    cdef Py_ssize_t i, slot, step = row_step(X), last = n_columns - 1
    cdef Py_ssize_t ja = columns[0], jb = columns[min(1, last)], jc = columns[min(2, last)], jd = columns[last]
    cdef double mean_a = X.means[ja], mean_b = X.means[jb], mean_c = X.means[jc], mean_d = X.means[jd]
    cdef double za, zb, zc, zd
    cdef Py_ssize_t ahead = ROWS_OF_ROWS * step
    cdef bint is_spread = jd - ja >= LINE
    x = X.data + first_row * step
    xa, xb, xc, xd = (x + ja * column_step(X), x + jb * column_step(X), x + jc * column_step(X),
                      x + jd * column_step(X))
    r = R + SLOTS * first_row
    for slot in range(SLOTS):
        a[slot] = b[slot] = c[slot] = d[slot] = 0.0
    for i in range(n_rows):
        one_row_at_a_time()
        if Dense in Rows:
            fetch(xa + ahead + i * step)
            if is_spread:
                fetch(xb + ahead + i * step)
                fetch(xc + ahead + i * step)
                fetch(xd + ahead + i * step)
        za, zb, zc, zd = (xa[i * step] - mean_a, xb[i * step] - mean_b, xc[i * step] - mean_c, xd[i * step] - mean_d)
        for slot in range(SLOTS):
            a[slot] += za * r[SLOTS * i + slot]
            b[slot] += zb * r[SLOTS * i + slot]
            c[slot] += zc * r[SLOTS * i + slot]
            d[slot] += zd * r[SLOTS * i + slot]
    accumulate_slots(a, out)
    if last > 0:
        accumulate_slots(b, out + SLOTS)
    if last > 1:
        accumulate_slots(c, out + 2 * SLOTS)
    if last > 2:
        accumulate_slots(d, out + 3 * SLOTS)


cdef inline void dense_scan(
    const Dense* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const double* R, double* out
) noexcept nogil:
    """out = (X_columns - means)'R, tile by tile, in one pass over X"""
    cdef Py_ssize_t k, row, first = 0, end, n_rows
    for k in range(SLOTS * n_columns):
        out[k] = 0.0
    while first < n_columns:
        end = min(first + SCANNED_COLUMNS, n_columns)
        row = 0
        while row < X.n_samples:
            n_rows = min(rows_per_block(X), X.n_samples - row)
            k = first
            while k < end:
                add_tile(X, columns + k, min(TILE, end - k), row, n_rows, R, out + SLOTS * k)
                k += TILE
            row += n_rows
        first = end


cdef inline void dense_scan_residual(
    const Dense* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const Residual* residual, double* out
) noexcept nogil:
    """out = (X_columns - means)'(s r), four contiguous columns at a time"""
    cdef const double* u = residual.values
    cdef double a, b, c, d, mean_a, mean_b, mean_c, mean_d
    cdef Py_ssize_t i, k = 0, last, ja, jb, jc, jd, step = row_step(X)
    while k < n_columns:
        last = n_columns - 1
        ja, jb, jc, jd = columns[k], columns[min(k + 1, last)], columns[min(k + 2, last)], columns[min(k + 3, last)]
        xa, xb, xc, xd = (X.data + ja * column_step(X), X.data + jb * column_step(X), X.data + jc * column_step(X),
                          X.data + jd * column_step(X))
        mean_a, mean_b, mean_c, mean_d = X.means[ja], X.means[jb], X.means[jc], X.means[jd]
        a = b = c = d = 0.0
        for i in range(X.n_samples):
            a += (xa[i * step] - mean_a) * u[i]
            b += (xb[i * step] - mean_b) * u[i]
            c += (xc[i * step] - mean_c) * u[i]
            d += (xd[i * step] - mean_d) * u[i]
        out[k], out[min(k + 1, last)], out[min(k + 2, last)], out[min(k + 3, last)] = a, b, c, d
        k += TILE


cdef inline void add_run(
    const Rows* X, Py_ssize_t first, Py_ssize_t n_columns, const double* u, double* out
) noexcept nogil:
    """out += (X_run - means)'u for adjacent columns, along the rows"""
    cdef const double* mean = X.means + first
    cdef double ui
    cdef Py_ssize_t i, k
    for i in range(X.n_samples):
        one_row_at_a_time()
        ui = u[i]
        x = X.data + i * X.row_stride + first
        for k in range(n_columns):
            out[k] += (x[k] - mean[k]) * ui


cdef inline Py_ssize_t count_close(const Py_ssize_t* columns, Py_ssize_t n_columns) noexcept nogil:
    """How many of these increasing columns, from the first on, are close enough to be read along the rows"""
    cdef Py_ssize_t n_close, reach = SCANNED_COLUMNS
    while reach >= MIN_RUN:
        n_close = 1
        while (n_close < n_columns and columns[n_close] - columns[0] < reach
               and columns[n_close] > columns[n_close - 1]):
            n_close += 1
        if n_close < MIN_RUN:
            return 1
        if columns[n_close - 1] - columns[0] < MAX_SPACING * n_close:
            return n_close
        reach //= 2
    return 1


cdef inline void rows_scan_residual(
    const Rows* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const Residual* residual, double* out
) noexcept nogil:
    """out = (X_columns - means)'(s r); columns close together are read along the rows, with those between them"""
    cdef double[SCANNED_COLUMNS] products
    cdef Py_ssize_t k = 0, m, n_close, width
    while k < n_columns:
        n_close = 1 if is_contiguous(X, columns[k]) else count_close(columns + k, n_columns - k)
        if is_contiguous(X, columns[k]):
            out[k] = contiguous_dot(X, columns[k], residual)
        elif n_close == 1:
            out[k] = dense_dot(X, columns[k], residual)
        else:
            width = columns[k + n_close - 1] - columns[k] + 1
            for m in range(width):
                products[m] = 0.0
            add_run(X, columns[k], width, residual.values, products)
            for m in range(n_close):
                out[k + m] = products[columns[k + m] - columns[k]]
        k += n_close


cdef inline void add_moments(
    const Rows* X, Py_ssize_t first, Py_ssize_t n_columns, Py_ssize_t first_row, const double* u, Moments* moments
) noexcept nogil:
    """Add the moments of adjacent columns over some rows"""
    cdef Moments part
    cdef double weight = 1.0, ui, z
    cdef Py_ssize_t i, k
    for k in range(n_columns):
        part.sums[k] = part.sq_sums[k] = part.products[k] = 0.0
    for i in range(first_row, min(first_row + ROWS_OF_MOMENTS, X.n_samples)):
        one_row_at_a_time()
        if X.weights != NULL:
            weight = X.weights[i]
        ui = u[i]
        x = X.data + i * X.row_stride + first
        for k in range(n_columns):
            z = x[k] - moments.shifts[k]
            part.sums[k] += weight * z
            part.sq_sums[k] += weight * z * z
            part.products[k] += z * ui
    for k in range(n_columns):
        moments.sums[k] += part.sums[k]
        moments.sq_sums[k] += part.sq_sums[k]
        moments.products[k] += part.products[k]


cdef inline void rows_moments(
    const Rows* X, Py_ssize_t first, Py_ssize_t n_columns, const double* u, Moments* moments
) noexcept nogil:
    """Moments of adjacent columns, along the rows; partial sums reduce the rounding error."""
    cdef Py_ssize_t k, row = 0
    for k in range(n_columns):
        moments.sums[k] = moments.sq_sums[k] = moments.products[k] = 0.0
    while row < X.n_samples:
        add_moments(X, first, n_columns, row, u, moments)
        row += ROWS_OF_MOMENTS


cdef inline void rows_gather(const Rows* X, Py_ssize_t first_row, Py_ssize_t n_rows, double* out) noexcept nogil:
    """out[i + j * n_rows] = sqrt(s_i) (x_ij - mean_j), a cache line of each row at a time"""
    cdef Py_ssize_t i, j = 0, k
    cdef double root = 1.0
    while j + LINE <= X.n_features:
        for i in range(n_rows):
            if X.weights != NULL:
                root = sqrt(X.weights[first_row + i])
            x = X.data + (first_row + i) * X.row_stride + j
            for k in range(LINE):
                out[(j + k) * n_rows + i] = root * (x[k] - X.means[j + k])
        j += LINE
    while j < X.n_features:
        dense_gather(X, j, first_row, n_rows, out + j * n_rows)
        j += 1
