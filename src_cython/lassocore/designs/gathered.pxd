# Lives here: residuals from gathered columns, eight at a time. Independent of: storage, penalties, solvers.
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
