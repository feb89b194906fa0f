# Lives here: Gram matrices of dense columns, summed over blocks of rows. Independent of: storage, solvers.
from lassocore.designs.slots cimport (
    TILE, WIDTH, Floats, Slots, add_scaled, add_scaled_floats, add_slots, copy_floats, load_floats, load_slots,
    no_floats, no_slots, store_floats, store_slots, transpose_pair,
)
from lassocore.designs.types cimport SLOTS, fetch

# A block of rows is stored in panels of eight columns, or of sixteen in single precision: a panel has the entries of
# the first row, then of the second. Columns beyond the last are zeros.

cdef enum:
    FLOATS = 16                 # columns of a panel in single precision

ctypedef fused Row:
    Slots
    Floats


cdef inline Py_ssize_t panel_width(Row row) noexcept nogil:
    """How many columns the panels of such rows have"""
    if Row is Slots:
        return SLOTS
    else:
        return FLOATS


cdef inline Py_ssize_t count_panels(Py_ssize_t n_columns, Py_ssize_t width) noexcept nogil:
    """How many panels of this width hold so many columns"""
    return (n_columns + width - 1) // width


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


cdef inline void interleave_rounded(
    const double* Z, Py_ssize_t stride, Py_ssize_t n_rows, Py_ssize_t n_columns, float* panel
) noexcept nogil:
    """Half of a panel of single precision = at most eight columns Z, as interleave has them, or none"""
    cdef double[SLOTS * SLOTS] square
    cdef Py_ssize_t i = 0, k, t
    if n_columns == SLOTS:
        while i + SLOTS <= n_rows:
            transpose_panel(Z + i, stride, square, SLOTS)
            for k in range(SLOTS):
                store_floats(panel + FLOATS * (i + k), load_slots(square + SLOTS * k))
            i += SLOTS
    for i in range(i, n_rows):
        for t in range(SLOTS):
            panel[FLOATS * i + t] = <float>Z[stride * t + i] if t < n_columns else 0.0


cdef inline void add_row(Row row, bint is_first, double* out) noexcept nogil:
    """out += a row, or = where it is the first"""
    cdef float[FLOATS] values
    cdef Slots some
    cdef Py_ssize_t k = 0
    if Row is Floats:
        copy_floats(values, row)
    while k < panel_width(row):
        if Row is Floats:
            some = load_floats(values + k)
        else:
            some = row
        store_slots(out + k, some if is_first else add_slots(load_slots(out + k), some))
        k += SLOTS


cdef inline void add_tile(
    Row zero, const void* left, const void* right, bint is_pair, Py_ssize_t n_rows, bint is_first, double* out,
    Py_ssize_t stride
) noexcept nogil:
    """out[t] += the products of column t of a panel with all columns of another, or of a pair of panels, for TILE
    columns; of the first block of rows they replace what is there. is_pair is a constant where this is inlined."""
    cdef Row[TILE] sums
    cdef Row[TILE] more
    cdef Py_ssize_t i, t, width = panel_width(zero)
    for t in range(TILE):
        sums[t] = more[t] = zero
    if Row is Slots:
        a, b, c = <const double*>left, <const double*>right, <const double*>right + width * n_rows
    else:
        a, b, c = <const float*>left, <const float*>right, <const float*>right + width * n_rows
    for i in range(n_rows):
        for t in range(TILE):
            if Row is Slots:
                sums[t] = add_scaled(sums[t], a[width * i + t], load_slots(b + width * i))
                if is_pair:
                    more[t] = add_scaled(more[t], a[width * i + t], load_slots(c + width * i))
            else:
                sums[t] = add_scaled_floats(sums[t], a[width * i + t], b + width * i)
                if is_pair:
                    more[t] = add_scaled_floats(more[t], a[width * i + t], c + width * i)
    for t in range(TILE):
        add_row(sums[t], is_first, out + stride * t)
        if is_pair:
            add_row(more[t], is_first, out + stride * t + width)


cdef inline void interleave_columns(
    const double* Z, Py_ssize_t stride, Py_ssize_t n_rows, Py_ssize_t n_columns, double* panels
) noexcept nogil:
    """Panels of any number of columns Z, (n_rows, n_columns), `stride` apart"""
    cdef Py_ssize_t k = 0
    while k < n_columns:
        interleave(Z + stride * k, stride, n_rows, min(<Py_ssize_t>SLOTS, n_columns - k), panels + n_rows * k)
        k += SLOTS


cdef inline void add_products_of_panel(
    Row zero, const void* panels, Py_ssize_t n_rows, Py_ssize_t n_panels, Py_ssize_t panel, bint is_first, double* gram,
    Py_ssize_t stride
) noexcept nogil:
    """add_products for panels of either kind"""
    cdef Py_ssize_t other = panel, t, width = panel_width(zero)
    cdef bint is_pair
    cdef double* out = gram + width * panel * stride
    if Row is Slots:
        numbers = <const double*>panels
    else:
        numbers = <const float*>panels
    left = numbers + width * n_rows * panel
    while other < n_panels:
        if is_first and panel + 1 < n_panels:
            for t in range(width):
                fetch(out + (width + t) * stride + width * other)      # of the next panel
        t, right = 0, numbers + width * n_rows * other
        is_pair = WIDTH == 2 and other + 1 < n_panels
        while t < width:
            if is_pair:
                add_tile(zero, left + t, right, True, n_rows, is_first, out + t * stride + width * other, stride)
            else:
                add_tile(zero, left + t, right, False, n_rows, is_first, out + t * stride + width * other, stride)
            t += TILE
        other += 2 if is_pair else 1


cdef inline void add_products(
    const double* panels, Py_ssize_t n_rows, Py_ssize_t n_panels, Py_ssize_t panel, bint is_first, double* gram,
    Py_ssize_t stride
) noexcept nogil:
    """gram[a, b] += Z_a'Z_b for a block of rows, the columns a of a panel and all columns b from its first on, or = for
    the first block; rows of gram are `stride` apart, with room for whole panels."""
    add_products_of_panel(no_slots(), panels, n_rows, n_panels, panel, is_first, gram, stride)


cdef inline void add_float_products(
    const float* panels, Py_ssize_t n_rows, Py_ssize_t n_panels, Py_ssize_t panel, bint is_first, double* gram,
    Py_ssize_t stride
) noexcept nogil:
    """The same in single precision: of rounded columns, rounded sums over the block"""
    add_products_of_panel(no_floats(), panels, n_rows, n_panels, panel, is_first, gram, stride)


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
