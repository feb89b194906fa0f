# Lives here: Gram matrices of dense columns, summed over blocks of rows. Independent of: storage, solvers.
from lassocore.designs.slots cimport (
    TILE, WIDTH, Slots, add_scaled, add_slots, load_slots, scaled_slots, store_slots, transpose_pair,
)
from lassocore.designs.types cimport SLOTS, fetch

# A block of rows is stored in panels of eight columns: a panel has the entries of the first row, then of the second.
# Columns beyond the last are zeros. Room for SPARE_PANELS more follows, whose products are not used.

cdef enum:
    SPARE_PANELS = 2            # the largest WIDTH of any instruction set: who allocates does not know which it is


cdef inline Py_ssize_t count_panels(Py_ssize_t n_columns) noexcept nogil:
    """How many panels hold so many columns"""
    return (n_columns + SLOTS - 1) // SLOTS


cdef inline void interleave(
    const double* Z, Py_ssize_t stride, Py_ssize_t n_rows, Py_ssize_t n_columns, double* panel
) noexcept nogil:
    """panel = at most eight columns Z, (n_rows, n_columns), `stride` apart; zeros in the others"""
    cdef const double* column[SLOTS]
    cdef Py_ssize_t i = 0, t
    if n_columns == SLOTS:
        while i + SLOTS <= n_rows:
            transpose_panel(Z + i, stride, panel + SLOTS * i, SLOTS)
            i += SLOTS
    for t in range(SLOTS):
        column[t] = Z + stride * min(t, n_columns - 1)
    for i in range(i, n_rows):
        for t in range(SLOTS):
            panel[SLOTS * i + t] = column[t][i] if t < n_columns else 0.0


cdef inline void add_tile(
    const double* left, const double* right, Py_ssize_t n_rows, bint is_first, double* out, Py_ssize_t stride
) noexcept nogil:
    """out[t] += the products of column t of a panel with all columns of the next WIDTH panels, for TILE columns; of the
    first block of rows they replace what is there"""
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
        if not is_first:
            sums[t] = add_slots(load_slots(out + stride * t), sums[t])
            if WIDTH == 2:
                more[t] = add_slots(load_slots(out + stride * t + SLOTS), more[t])
        store_slots(out + stride * t, sums[t])
        if WIDTH == 2:
            store_slots(out + stride * t + SLOTS, more[t])


cdef inline void interleave_columns(
    const double* Z, Py_ssize_t stride, Py_ssize_t n_rows, Py_ssize_t n_columns, double* panels
) noexcept nogil:
    """Panels of any number of columns Z, (n_rows, n_columns), `stride` apart"""
    cdef Py_ssize_t k = 0
    while k < n_columns:
        interleave(Z + stride * k, stride, n_rows, min(<Py_ssize_t>SLOTS, n_columns - k), panels + n_rows * k)
        k += SLOTS


cdef inline void add_products(
    const double* panels, Py_ssize_t n_rows, Py_ssize_t n_panels, Py_ssize_t panel, bint is_first, double* gram,
    Py_ssize_t stride
) noexcept nogil:
    """gram[a, b] += Z_a'Z_b for a block of rows, the columns a of a panel and all columns b from its first on, or = for
    the first block; rows of gram are `stride` apart, with room for SPARE_PANELS beyond the last."""
    cdef const double* left = panels + SLOTS * n_rows * panel
    cdef double* out = gram + SLOTS * panel * stride
    cdef Py_ssize_t other = panel, t
    while other < n_panels:
        if is_first and panel + 1 < n_panels:
            for t in range(SLOTS):
                fetch(out + (SLOTS + t) * stride + SLOTS * other)      # of the next panel
        t = 0
        while t < SLOTS:
            add_tile(
                left + t, panels + SLOTS * n_rows * other, n_rows, is_first, out + t * stride + SLOTS * other, stride)
            t += TILE
        other += WIDTH


cdef inline void transpose_panel(
    const double* source, Py_ssize_t source_step, double* out, Py_ssize_t step
) noexcept nogil:
    """out, eight rows of eight numbers, is the transpose of the source; the steps lead from row to row"""
    cdef Py_ssize_t a, b
    for a in range(0, SLOTS, 2):
        for b in range(0, SLOTS, 2):
            transpose_pair(source + a * source_step + b, source_step, out + b * step + a, step)


cdef inline void mirror(double* gram, Py_ssize_t size, Py_ssize_t stride) noexcept nogil:
    """Copy the entries above the diagonal below it, in 8 x 8 squares; gram has room for whole ones"""
    cdef Py_ssize_t first, start, a, b
    first = 0
    while first < size:
        start = 0
        while start < first:
            transpose_panel(gram + start * stride + first, stride, gram + first * stride + start, stride)
            start += SLOTS
        for a in range(first, min(first + SLOTS, size)):
            for b in range(first, a):
                gram[a * stride + b] = gram[b * stride + a]
        first += SLOTS
