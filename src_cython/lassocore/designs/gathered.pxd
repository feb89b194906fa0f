# Lives here: products and residuals of gathered columns, eight at a time. Independent of: storage, solvers.
from lassocore.designs.slots cimport TILE, Slots, add_scaled, load_slots, no_slots, store_slots
from lassocore.designs.types cimport SLOTS

cdef enum:
    ROWS_OF_RESIDUALS = 256     # rows of eight residuals that stay in cache while columns are subtracted


cdef inline void subtract_tile(
    const double* Z, Py_ssize_t n_samples, const Py_ssize_t* positions, Py_ssize_t n_positions, const double* W,
    Py_ssize_t first_row, Py_ssize_t last_row, double* R
) noexcept nogil:
    """R -= Z_positions W' on the rows first_row to last_row - 1, for the first TILE positions"""
    cdef const double* z[TILE]
    cdef Slots[TILE] steps
    cdef Slots row
    cdef Py_ssize_t i, t, last = n_positions - 1
    for t in range(TILE):
        z[t] = Z + positions[min(t, last)] * n_samples
        steps[t] = add_scaled(no_slots(), -1.0, load_slots(W + SLOTS * min(t, last))) if t <= last else no_slots()
    for i in range(first_row, last_row):
        row = load_slots(R + SLOTS * i)
        for t in range(TILE):
            row = add_scaled(row, z[t][i], steps[t])
        store_slots(R + SLOTS * i, row)


cdef inline void subtract_gathered(
    const double* Z, Py_ssize_t n_samples, const Py_ssize_t* positions, Py_ssize_t n_positions, const double* W,
    double* R
) noexcept nogil:
    """R -= Z_positions W' for eight residuals: R (n_samples, 8) and W (n_positions, 8) in C order, Z in F order"""
    cdef Py_ssize_t k, row = 0, stop
    while row < n_samples:
        stop = min(row + ROWS_OF_RESIDUALS, n_samples)
        k = 0
        while k < n_positions:
            subtract_tile(Z, n_samples, positions + k, n_positions - k, W + SLOTS * k, row, stop, R)
            k += TILE
        row = stop


cdef inline void multiply_tile(
    const double* Z, Py_ssize_t n_samples, Py_ssize_t n_columns, const double* R, double* out
) noexcept nogil:
    """out = Z'R, (n_columns, 8), for the first of these columns, at most TILE, and R (n_samples, 8) in C order"""
    cdef const double* z[TILE]
    cdef Slots[TILE] sums
    cdef Slots row
    cdef Py_ssize_t i, t
    for t in range(TILE):
        z[t], sums[t] = Z + min(t, n_columns - 1) * n_samples, no_slots()
    for i in range(n_samples):
        row = load_slots(R + SLOTS * i)
        for t in range(TILE):
            sums[t] = add_scaled(sums[t], z[t][i], row)
    for t in range(min(<Py_ssize_t>TILE, n_columns)):
        store_slots(out + SLOTS * t, sums[t])


cdef inline void fill_products(
    const double* Z, Py_ssize_t n_samples, Py_ssize_t first, Py_ssize_t stop, double* gram, Py_ssize_t stride, double* R
) noexcept nogil:
    """gram[a, b] = gram[b, a] = Z_a'Z_b for a < stop and b from first to stop - 1; R has room for eight columns and
    for SLOTS stop numbers"""
    cdef double* products = R + SLOTS * n_samples
    cdef Py_ssize_t a, i, k = first, t, width
    while k < stop:
        width = min(<Py_ssize_t>SLOTS, stop - k)
        for i in range(n_samples):
            for t in range(SLOTS):
                R[SLOTS * i + t] = Z[n_samples * (k + t) + i] if t < width else 0.0
        a = 0
        while a < k + width:
            multiply_tile(Z + n_samples * a, n_samples, k + width - a, R, products + SLOTS * a)
            a += TILE
        for a in range(k + width):
            for t in range(width):
                gram[a * stride + k + t] = products[SLOTS * a + t]
        for t in range(width):
            for a in range(k + width):
                gram[(k + t) * stride + a] = products[SLOTS * a + t]
        k += width


cdef inline void multiply_rows(const double* R, const double* factors, Py_ssize_t n, double* out) noexcept nogil:
    """out = the rows of R, (n, SLOTS), times these factors"""
    cdef Py_ssize_t i, t
    for i in range(n):
        for t in range(SLOTS):
            out[SLOTS * i + t] = factors[i] * R[SLOTS * i + t]


cdef inline void divide_rows(const double* R, const double* divisors, Py_ssize_t n, double* out) noexcept nogil:
    """out = the rows of R, (n, SLOTS), over these divisors; 0 where the divisor is 0"""
    cdef Py_ssize_t i, t
    for i in range(n):
        for t in range(SLOTS):
            out[SLOTS * i + t] = R[SLOTS * i + t] / divisors[i] if divisors[i] > 0.0 else 0.0
