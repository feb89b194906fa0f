# Lives here: Gram matrices of dense columns, summed over blocks of rows. Independent of: storage, solvers.
from libc.string cimport memset

from lassocore.designs.slots cimport TILE, WIDTH, Slots, add_scaled, add_slots, load_slots, scaled_slots, store_slots
from lassocore.designs.types cimport SLOTS

# A block of rows is stored in panels of eight columns: a panel has the entries of the first row, then of the second.
# Columns beyond the last are zeros. Room for SPARE_PANELS more follows, whose products are not used.

cdef enum:
    SPARE_PANELS = 2            # the largest WIDTH of any instruction set: who allocates does not know which it is


cdef inline Py_ssize_t count_panels(Py_ssize_t n_columns) noexcept nogil:
    """How many panels hold so many columns"""
    return (n_columns + SLOTS - 1) // SLOTS


cdef inline void interleave(
    const double* Z, Py_ssize_t n_rows, Py_ssize_t n_columns, double* panel
) noexcept nogil:
    """panel = at most eight columns Z, (n_rows, n_columns) in F order; zeros in the others"""
    cdef const double* column[SLOTS]
    cdef Py_ssize_t i, t
    for t in range(SLOTS):
        column[t] = Z + n_rows * min(t, n_columns - 1)
    for i in range(n_rows):
        for t in range(SLOTS):
            panel[SLOTS * i + t] = column[t][i]
    for i in range(n_rows):
        for t in range(n_columns, SLOTS):
            panel[SLOTS * i + t] = 0.0


cdef inline void add_tile(
    const double* left, const double* right, Py_ssize_t n_rows, double* out, Py_ssize_t stride
) noexcept nogil:
    """out[t] += the products of column t of a panel with all columns of the next WIDTH panels, for TILE columns"""
    cdef Slots[TILE] sums
    cdef Slots[TILE] more
    cdef Slots row, second
    cdef Py_ssize_t i, t
    for t in range(TILE):
        sums[t] = scaled_slots(left[t], load_slots(right))
        if WIDTH == 2:
            more[t] = scaled_slots(left[t], load_slots(right + SLOTS * n_rows))
    for i in range(1, n_rows):
        row = load_slots(right + SLOTS * i)
        if WIDTH == 2:
            second = load_slots(right + SLOTS * (n_rows + i))
        for t in range(TILE):
            sums[t] = add_scaled(sums[t], left[SLOTS * i + t], row)
            if WIDTH == 2:
                more[t] = add_scaled(more[t], left[SLOTS * i + t], second)
    for t in range(TILE):
        store_slots(out + stride * t, add_slots(load_slots(out + stride * t), sums[t]))
        if WIDTH == 2:
            store_slots(out + stride * t + SLOTS, add_slots(load_slots(out + stride * t + SLOTS), more[t]))


cdef inline void add_products(
    const double* panels, Py_ssize_t n_rows, Py_ssize_t n_panels, Py_ssize_t panel, double* gram, Py_ssize_t stride
) noexcept nogil:
    """gram[a, b] += Z_a'Z_b for a block of rows, the columns a of a panel and all columns b from its first on; rows of
    gram are `stride` apart, with room for SPARE_PANELS beyond the last."""
    cdef const double* left = panels + SLOTS * n_rows * panel
    cdef double* out = gram + SLOTS * panel * stride
    cdef Py_ssize_t other = panel, t
    while other < n_panels:
        t = 0
        while t < SLOTS:
            add_tile(left + t, panels + SLOTS * n_rows * other, n_rows, out + t * stride + SLOTS * other, stride)
            t += TILE
        other += WIDTH


cdef inline void clear_panel(double* gram, Py_ssize_t n_panels, Py_ssize_t panel, Py_ssize_t stride) noexcept nogil:
    """Zeros in the rows of gram to which add_products adds"""
    cdef Py_ssize_t t
    for t in range(SLOTS):
        memset(gram + (SLOTS * panel + t) * stride + SLOTS * panel, 0,
               SLOTS * (n_panels + SPARE_PANELS - panel) * sizeof(double))


cdef inline void mirror(double* gram, Py_ssize_t size, Py_ssize_t stride) noexcept nogil:
    """Copy the entries above the diagonal below it, in squares of eight rows and columns"""
    cdef Py_ssize_t first, start, a, b
    first = 0
    while first < size:
        start = 0
        while start <= first:
            for a in range(first, min(first + SLOTS, size)):
                for b in range(start, min(start + SLOTS, a)):
                    gram[a * stride + b] = gram[b * stride + a]
            start += SLOTS
        first += SLOTS
