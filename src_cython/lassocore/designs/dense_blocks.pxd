# Lives here: blocks of dense columns, for scans and Gram matrices. Independent of: penalties, solvers.
from libc.math cimport sqrt

from lassocore.designs.contiguous cimport contiguous_dot, is_contiguous
from lassocore.designs.dense cimport Dense, Rows, RowsF64, column_step, dense_dot, dense_gather, row_step
from lassocore.designs.slots cimport (
    TILE, Slots, add_scaled, add_slots, load_floats, load_slots, no_slots, store_slots,
)
from lassocore.designs.types cimport SLOTS, Moments, Residual, fetch, one_row_at_a_time

cdef enum:
    CHUNK = 32                  # rows of a block that are read at a time
    SCANNED_COLUMNS = 1024      # columns whose sums stay in cache during a pass over the rows
    ROWS_OF_COLUMNS = 2048      # rows whose residuals stay in cache during a pass over contiguous columns
    ROWS_OF_ROWS = 32           # contiguous rows of a block; the rows after them are prefetched
    ROWS_OF_MOMENTS = 64        # rows of a partial sum of moments
    MIN_RUN = 4                 # columns that are read along the rows, at least,
    MAX_SPACING = 16            # if their average distance is smaller than this
    LINE = 8                    # entries of a cache line: columns, or rows, that are read together
    ROWS_OF_FIT = 1024          # rows whose residuals stay in cache while columns are subtracted


cdef inline Py_ssize_t rows_per_block(const Dense* X) noexcept nogil:
    """How many rows of a block are read before the next block"""
    if Dense in Rows:
        return ROWS_OF_ROWS
    else:
        return ROWS_OF_COLUMNS


cdef struct Block:
    # Columns that are scanned together; a last block of fewer repeats its last column.
    Slots[LINE] sums
    double[LINE * CHUNK] values  # some rows of X - means, contiguous in the direction in which X is read
    Py_ssize_t[LINE] columns
    Py_ssize_t[LINE] next_columns  # of the next block
    Py_ssize_t n_columns
    bint is_adjacent            # whether the columns are neighbours


cdef inline void begin_block(const Py_ssize_t* columns, Py_ssize_t n_columns, Block* block) noexcept nogil:
    """The block of the first of these columns, with sums of 0"""
    cdef Py_ssize_t t, last = n_columns - 1
    block.n_columns = min(LINE, n_columns)
    block.is_adjacent = True
    for t in range(LINE):
        block.columns[t], block.next_columns[t] = columns[min(t, last)], columns[min(t + LINE, last)]
        block.is_adjacent = block.is_adjacent and block.columns[t] == columns[0] + t
        block.sums[t] = no_slots()


cdef inline void read_column(
    const Dense* X, Py_ssize_t j, Py_ssize_t following, Py_ssize_t first_row, Py_ssize_t n_rows, double* out
) noexcept nogil:
    """out = X_j - mean_j over some rows; prefetches those of the column that follows, if any."""
    cdef double mean = X.means[j]
    cdef Py_ssize_t i, step = row_step(X), line = 1 if Dense in Rows else LINE
    x = X.data + first_row * step
    if following >= 0:
        for i in range((n_rows + line - 1) // line):
            fetch(x + following * column_step(X) + line * i * step)
    for i in range(n_rows):
        out[i] = x[j * column_step(X) + i * step] - mean


cdef inline void read_columns(
    const Dense* X, Py_ssize_t first, Py_ssize_t first_row, Py_ssize_t n_rows, Block* block
) noexcept nogil:
    """Read some rows of TILE columns of a block, column by column, and prefetch those of the next block"""
    cdef Py_ssize_t t, following
    for t in range(TILE):
        one_row_at_a_time()
        following = block.next_columns[first + t]
        if Dense in Rows and t > 0 and following // LINE == block.next_columns[first + t - 1] // LINE:
            following = -1
        if n_rows == CHUNK:
            read_column(X, block.columns[first + t], following, first_row, CHUNK, block.values + CHUNK * t)
        else:
            read_column(X, block.columns[first + t], following, first_row, n_rows, block.values + CHUNK * t)


cdef inline void read_rows(const Rows* X, Py_ssize_t first_row, Py_ssize_t n_rows, Block* block) noexcept nogil:
    """Read some rows of adjacent columns, row by row, and prefetch those of the next block and the rows below"""
    cdef Py_ssize_t i
    cdef Slots row, means = load_slots(X.means + block.columns[0])
    first = X.data + first_row * X.row_stride
    for i in range(n_rows):
        x = first + i * X.row_stride
        fetch(x + block.next_columns[0])
        fetch(x + block.columns[0] + ROWS_OF_ROWS * X.row_stride)
        if Rows is RowsF64:
            row = load_slots(x + block.columns[0])
        else:
            row = load_floats(x + block.columns[0])
        store_slots(block.values + LINE * i, add_scaled(row, -1.0, means))


cdef inline void add_products(
    const double* x, Py_ssize_t column, Py_ssize_t step, const double* r, Py_ssize_t n_rows, Slots* sums
) noexcept nogil:
    """sums_t += x_t'r over some rows, for TILE columns"""
    cdef Slots row
    cdef Slots[TILE] a
    cdef Py_ssize_t i, t
    for t in range(TILE):
        a[t] = sums[t]
    for i in range(n_rows):
        row = load_slots(r + SLOTS * i)
        for t in range(TILE):
            a[t] = add_scaled(a[t], x[column * t + step * i], row)
    for t in range(TILE):
        sums[t] = a[t]


cdef inline void add_block(
    const Dense* X, const Py_ssize_t* columns, Py_ssize_t n_columns, Py_ssize_t first_row, Py_ssize_t n_rows,
    const double* R, double* out
) noexcept nogil:
    """out += (X_columns - means)'R over some rows, for the first LINE columns"""
    cdef Block block
    cdef Py_ssize_t row = first_row, stop = first_row + n_rows, m, t
    cdef bint by_rows
    begin_block(columns, n_columns, &block)
    by_rows = Dense in Rows and block.is_adjacent
    while row < stop:
        m = min(LINE if by_rows else CHUNK, stop - row)
        if Dense in Rows:
            if by_rows:
                read_rows(X, row, m, &block)
        t = 0
        while t < block.n_columns:
            if by_rows:
                add_products(block.values + t, 1, LINE, R + SLOTS * row, m, block.sums + t)
            else:
                read_columns(X, t, row, m, &block)
                add_products(block.values, CHUNK, 1, R + SLOTS * row, m, block.sums + t)
            t += TILE
        row += m
    for t in range(block.n_columns):
        store_slots(out + SLOTS * t, add_slots(load_slots(out + SLOTS * t), block.sums[t]))


cdef inline void dense_scan(
    const Dense* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const double* R, double* out
) noexcept nogil:
    """out = (X_columns - means)'R, block by block, in one pass over X"""
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
                add_block(X, columns + k, end - k, row, n_rows, R, out + SLOTS * k)
                k += LINE
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
        k += 4


cdef inline void add_columns(
    const Dense* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const double* w, Py_ssize_t first_row,
    Py_ssize_t n_rows, double* fitted
) noexcept nogil:
    """fitted += (X_columns - means) w_columns over some rows, four contiguous columns at a time"""
    cdef Py_ssize_t i, k = 0, last = n_columns - 1, ja, jb, jc, jd, step = row_step(X)
    cdef double a, b, c, d, mean_a, mean_b, mean_c, mean_d
    first = X.data + first_row * step
    while k < n_columns:
        ja, jb, jc, jd = columns[k], columns[min(k + 1, last)], columns[min(k + 2, last)], columns[min(k + 3, last)]
        xa, xb, xc, xd = (first + ja * column_step(X), first + jb * column_step(X), first + jc * column_step(X),
                          first + jd * column_step(X))
        mean_a, mean_b, mean_c, mean_d = X.means[ja], X.means[jb], X.means[jc], X.means[jd]
        a, b, c, d = w[ja], w[jb] if k < last else 0.0, w[jc] if k + 1 < last else 0.0, w[jd] if k + 2 < last else 0.0
        for i in range(n_rows):
            fitted[i] += ((a * (xa[i * step] - mean_a) + b * (xb[i * step] - mean_b))
                          + (c * (xc[i * step] - mean_c) + d * (xd[i * step] - mean_d)))
        k += 4


cdef inline void subtract_columns(
    const Dense* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const double* w, Py_ssize_t first_row,
    double* values
) noexcept nogil:
    """s r -= s (X_columns - means) w_columns over the next ROWS_OF_FIT rows; values are those of all rows"""
    cdef double[ROWS_OF_FIT] fitted
    cdef Py_ssize_t i, k, n_rows = min(<Py_ssize_t>ROWS_OF_FIT, X.n_samples - first_row)
    for i in range(n_rows):
        fitted[i] = 0.0
    if Dense in Rows:
        for i in range(n_rows):
            x = X.data + (first_row + i) * X.row_stride
            for k in range(n_columns):
                fitted[i] += w[columns[k]] * (x[columns[k]] - X.means[columns[k]])
    else:
        add_columns(X, columns, n_columns, w, first_row, n_rows, fitted)
    for i in range(n_rows):
        values[first_row + i] -= fitted[i] if X.weights == NULL else X.weights[first_row + i] * fitted[i]


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
