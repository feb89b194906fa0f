# Lives here: a Cholesky factor that grows and shrinks by some coordinates. Independent of: X, kinks of the penalty.
from libc.math cimport sqrt

from lassocore.designs.gram cimport GramF64
from lassocore.designs.slots cimport TILE, Slots, add_scaled, load_slots, no_slots, store_slots
from lassocore.designs.types cimport SLOTS, fetch
from lassocore.penalties.elastic_net cimport Penalty, curvature

cdef enum:
    MIN_BLOCK = 2               # columns for which the triangular solve of a block pays
    MAX_ELIMINATED = 192        # rows, whose elements of a tile of the factor stay in the fastest cache
    MAX_BLOCKS = 4              # of eight columns that are solved together, in one pass over the factor

# A column with a pivot below this fraction of its diagonal element counts as in the span of the members.
cdef extern from *:
    """
    #define LASSOCORE_PIVOT_TOL 1e-10
    """
    const double PIVOT_TOL "LASSOCORE_PIVOT_TOL"


cdef struct Factor:
    double* lower               # (a, b) at a + b * stride, a >= b: lower lower' = H = G + diag(l2) on the members
    Py_ssize_t stride
    Py_ssize_t capacity         # the largest number of members
    Py_ssize_t size
    Py_ssize_t* members         # positions in the working set
    Py_ssize_t* member_index    # index among the members of each position, or -1
    Py_ssize_t n_changes        # members that joined or left so far
    double work                 # multiply-adds so far
    double* row                 # lower^-1 H_j of the last append of one column, also if it failed
    double* blocks              # MAX_BLOCKS of them: lower^-1 H_j of eight columns, a row of slots for each member
    double* carried             # lower^-1 g for some g on the members; deletions keep it so


cdef inline void point_to_columns(const Factor* factor, Py_ssize_t b, const double** column) noexcept nogil:
    """column <- columns b to b + 3 of the factor, from their row b on"""
    cdef Py_ssize_t i
    for i in range(4):
        column[i] = factor.lower + (b + i) * factor.stride + b


cdef inline double inner(const double* x, const double* y, Py_ssize_t n) noexcept nogil:
    """x'y"""
    cdef double total = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        total += x[i] * y[i]
    return total


cdef inline void solve_lower(Factor* factor, double* x, Py_ssize_t start) noexcept nogil:
    """x <- lower^-1 x, four columns at a time; x is 0 before start"""
    cdef Py_ssize_t a, b = start, size = factor.size
    cdef const double* l[4]
    cdef double x0, x1, x2, x3
    cdef double* y
    factor.work += 0.5 * (size - start) * (size - start)
    while b + 3 < size:
        point_to_columns(factor, b, l)
        y = x + b
        x0 = y[0] / l[0][0]
        x1 = (y[1] - x0 * l[0][1]) / l[1][1]
        x2 = (y[2] - x0 * l[0][2] - x1 * l[1][2]) / l[2][2]
        x3 = (y[3] - x0 * l[0][3] - x1 * l[1][3] - x2 * l[2][3]) / l[3][3]
        y[0], y[1], y[2], y[3] = x0, x1, x2, x3
        for a in range(4, size - b):
            y[a] -= (x0 * l[0][a] + x1 * l[1][a]) + (x2 * l[2][a] + x3 * l[3][a])
        b += 4
    while b < size:
        l[0], y = factor.lower + b * (factor.stride + 1), x + b
        y[0] /= l[0][0]
        for a in range(1, size - b):
            y[a] -= y[0] * l[0][a]
        b += 1


cdef inline void solve_upper(Factor* factor, double* x) noexcept nogil:
    """x <- lower'^-1 x, four columns at a time"""
    cdef Py_ssize_t a, b = factor.size, size = factor.size
    cdef const double* l[4]
    cdef double s0, s1, s2, s3
    cdef double* y
    factor.work += 0.5 * size * size
    while b % 4 > 0:
        b -= 1
        l[0], y = factor.lower + b * (factor.stride + 1), x + b
        y[0] = (y[0] - inner(l[0] + 1, y + 1, size - b - 1)) / l[0][0]
    while b > 0:
        b -= 4
        point_to_columns(factor, b, l)
        y = x + b
        s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
        for a in range(4, size - b):
            s0 += y[a] * l[0][a]
            s1 += y[a] * l[1][a]
            s2 += y[a] * l[2][a]
            s3 += y[a] * l[3][a]
        y[3] = (y[3] - s3) / l[3][3]
        y[2] = (y[2] - s2 - y[3] * l[2][3]) / l[2][2]
        y[1] = (y[1] - s1 - y[2] * l[1][2] - y[3] * l[1][3]) / l[1][1]
        y[0] = (y[0] - s0 - y[1] * l[0][1] - y[2] * l[0][2] - y[3] * l[0][3]) / l[0][0]


cdef inline void solve_row(
    const double* l, Py_ssize_t stride, Py_ssize_t n_solved, Py_ssize_t row, const double* X, double* y
) noexcept nogil:
    """Row y of slots, less its products with the rows X from n_solved up to it, and divided by the diagonal; l is the
    row of the factor"""
    cdef Slots total = no_slots()
    cdef Py_ssize_t b
    for b in range(n_solved, row):
        total = add_scaled(total, l[b * stride], load_slots(X + SLOTS * b))
    store_slots(y, add_scaled(no_slots(), 1.0 / l[row * stride], add_scaled(load_slots(y), -1.0, total)))


cdef inline void eliminate_tile(
    const double* l, Py_ssize_t stride, Py_ssize_t n_solved, const double* X, double* y
) noexcept nogil:
    """TILE rows y of slots, less the product of as many rows l of the factor with the n_solved rows X"""
    cdef Slots total[TILE]
    cdef Slots x
    cdef Py_ssize_t b, t
    for t in range(TILE):
        total[t] = no_slots()
    for b in range(n_solved):
        x = load_slots(X + SLOTS * b)
        for t in range(TILE):
            total[t] = add_scaled(total[t], l[b * stride + t], x)
    for t in range(TILE):
        store_slots(y + SLOTS * t, add_scaled(load_slots(y + SLOTS * t), -1.0, total[t]))


cdef inline void eliminate_rows(
    const Factor* factor, Py_ssize_t row, double* X, Py_ssize_t n_blocks
) noexcept nogil:
    """TILE rows of each block, less their products with the rows before, which are solved"""
    cdef Py_ssize_t _b, k, n, first = 0, distance = SLOTS * factor.capacity
    cdef const double* elements = factor.lower + row
    while first < row:
        n = min(<Py_ssize_t>MAX_ELIMINATED, row - first)
        for k in range(n_blocks):
            eliminate_tile(
                elements, factor.stride, n, X + k * distance + SLOTS * first, X + k * distance + SLOTS * row)
        for _b in range(n):
            fetch(elements + TILE)          # of the next rows
            elements += factor.stride
        first += n


cdef inline void solve_lower_blocks(Factor* factor, double* X, Py_ssize_t n_blocks, Py_ssize_t start) noexcept nogil:
    """X <- lower^-1 X for blocks of eight columns, each stored by rows of slots; those before start are solved already.
    """
    cdef Py_ssize_t a = start, k, t, n_rows, size = factor.size, stride = factor.stride
    cdef double* block
    factor.work += 0.5 * SLOTS * n_blocks * (size - start) * (size + start)
    while a < size:
        n_rows = TILE if (size - a) % TILE == 0 else 1      # tiles follow the single rows, which are short
        if n_rows == TILE:
            eliminate_rows(factor, a, X, n_blocks)
        for k in range(n_blocks):
            block = X + k * SLOTS * factor.capacity
            for t in range(a, a + n_rows):
                solve_row(factor.lower + t, stride, a if n_rows == TILE else 0, t, block, block + SLOTS * t)
        a += n_rows


cdef inline void add_member(Factor* factor, Py_ssize_t position, double pivot) noexcept nogil:
    """A position, whose row left of the diagonal is in the factor already, becomes a member"""
    factor.lower[factor.size * (factor.stride + 1)] = sqrt(pivot)
    factor.members[factor.size] = position
    factor.member_index[position] = factor.size
    factor.size += 1
    factor.n_changes += 1


cdef inline bint append_member(
    Factor* factor, const GramF64* G, const Penalty* penalty, Py_ssize_t position
) noexcept nogil:
    """Make a position a member; False where its column lies in the span of the members: factor.row tells how"""
    cdef const double* column = G.data + position * G.column_stride
    cdef double diagonal = column[position] + curvature(penalty, position), pivot
    cdef Py_ssize_t a, size = factor.size
    for a in range(size):
        factor.row[a] = column[factor.members[a]]
    solve_lower(factor, factor.row, 0)
    pivot = diagonal - inner(factor.row, factor.row, size)
    if not pivot > PIVOT_TOL * diagonal or size == factor.capacity:
        return False
    for a in range(size):
        factor.lower[size + a * factor.stride] = factor.row[a]
    add_member(factor, position, pivot)
    return True


cdef inline void load_block(
    const Factor* factor, const GramF64* G, const Py_ssize_t* positions, Py_ssize_t n, Py_ssize_t first, double* block
) noexcept nogil:
    """The rows of the members, from index first on, in at most eight columns of G; slots beyond repeat the last"""
    cdef Py_ssize_t a, t
    cdef const double* columns[SLOTS]
    for t in range(SLOTS):
        columns[t] = G.data + positions[min(t, n - 1)] * G.column_stride
    for a in range(first, factor.size):
        for t in range(SLOTS):
            block[SLOTS * a + t] = columns[t][factor.members[a]]


cdef inline void block_products(const double* block, Py_ssize_t size, double* products) noexcept nogil:
    """products <- block'block"""
    cdef Slots total[SLOTS]
    cdef Slots v
    cdef Py_ssize_t a, t
    for t in range(SLOTS):
        total[t] = no_slots()
    for a in range(size):
        v = load_slots(block + SLOTS * a)
        for t in range(SLOTS):
            total[t] = add_scaled(total[t], block[SLOTS * a + t], v)
    for t in range(SLOTS):
        store_slots(products + SLOTS * t, total[t])


cdef inline void append_block(
    Factor* factor, const GramF64* G, const Penalty* penalty, const Py_ssize_t* positions, Py_ssize_t n,
    const double* block
) noexcept nogil:
    """Make at most eight positions, whose rows left of the diagonal are solved in block, members in turn, except those
    whose column lies in the span of the members"""
    cdef double products[SLOTS * SLOTS]
    cdef Py_ssize_t joined[SLOTS]
    cdef Py_ssize_t a, t, u, v, k, n_joined = 0, size = factor.size, stride = factor.stride
    cdef double* corner = factor.lower + size * (stride + 1)
    cdef double element, diagonal, pivot
    block_products(block, size, products)
    factor.work += SLOTS * SLOTS * size
    for t in range(min(n, factor.capacity - size)):
        k = positions[t]
        diagonal = G.data[k * (G.column_stride + 1)] + curvature(penalty, k)
        pivot = diagonal - products[t * (SLOTS + 1)]
        for u in range(n_joined):
            element = G.data[k * G.column_stride + factor.members[size + u]] - products[SLOTS * t + joined[u]]
            for v in range(u):
                element -= corner[n_joined + v * stride] * corner[u + v * stride]
            element /= corner[u * (stride + 1)]
            corner[n_joined + u * stride] = element
            pivot -= element * element
        if pivot > PIVOT_TOL * diagonal:
            add_member(factor, k, pivot)
            joined[n_joined] = t
            n_joined += 1
    for a in range(size):
        for u in range(n_joined):
            factor.lower[size + u + a * stride] = block[SLOTS * a + joined[u]]


cdef inline void append_blocks(
    Factor* factor, const GramF64* G, const Penalty* penalty, const Py_ssize_t* positions, Py_ssize_t n
) noexcept nogil:
    """append_block for as many positions as MAX_BLOCKS hold, which are solved with the members so far together; later
    blocks then with those that have joined from earlier ones"""
    cdef Py_ssize_t k, first, start = factor.size, n_blocks = (n + SLOTS - 1) // SLOTS
    cdef double* block = factor.blocks
    for k in range(n_blocks):
        load_block(factor, G, positions + SLOTS * k, n - SLOTS * k, 0, block + k * SLOTS * factor.capacity)
    solve_lower_blocks(factor, block, n_blocks, 0)
    for k in range(n_blocks):
        if factor.size > start:
            first = max(<Py_ssize_t>0, factor.size - (factor.size - start + TILE - 1) // TILE * TILE)    # whole tiles
            load_block(factor, G, positions + SLOTS * k, n - SLOTS * k, first, block)
            solve_lower_blocks(factor, block, 1, first)
        append_block(factor, G, penalty, positions + SLOTS * k, min(<Py_ssize_t>SLOTS, n - SLOTS * k), block)
        block += SLOTS * factor.capacity


cdef inline Py_ssize_t append_members(
    Factor* factor, const GramF64* G, const Penalty* penalty, const Py_ssize_t* positions, Py_ssize_t n
) noexcept nogil:
    """Make positions members, except those whose columns lie in the span of the members; how many joined"""
    cdef Py_ssize_t t = 0, before = factor.size, size
    while n - t >= MIN_BLOCK:
        size = min(n - t, <Py_ssize_t>(MAX_BLOCKS * SLOTS))
        if size % SLOTS < MIN_BLOCK:
            size -= size % SLOTS
        append_blocks(factor, G, penalty, positions + t, size)
        t += size
    while t < n:
        append_member(factor, G, penalty, positions[t])
        t += 1
    return factor.size - before


cdef inline void rotate_columns(
    double* left, double* right, Py_ssize_t start, Py_ssize_t stop, double* z
) noexcept nogil:
    """Givens rotation that eliminates the element of `right` in row start; `left` moves up by one row. z, of two
    elements, rotates with them."""
    cdef double radius = sqrt(left[start] * left[start] + right[start] * right[start])
    cdef double cosine = left[start] / radius, sine = right[start] / radius, x, y
    cdef Py_ssize_t a
    for a in range(start, stop):
        x, y = left[a], right[a]
        left[a - 1] = cosine * x + sine * y
        right[a] = cosine * y - sine * x
    z[0], z[1] = cosine * z[0] + sine * z[1], cosine * z[1] - sine * z[0]


cdef inline void delete_member(Factor* factor, Py_ssize_t index) noexcept nogil:
    """Remove a member: delete its row, and make the rest triangular again by rotations of adjacent columns"""
    cdef Py_ssize_t a, b, size = factor.size, stride = factor.stride
    factor.work += 2.0 * (size - index) * (size - index) + (size - index) * index
    for b in range(index):
        for a in range(index, size - 1):
            factor.lower[a + b * stride] = factor.lower[a + 1 + b * stride]
    for b in range(index, size - 1):
        rotate_columns(
            factor.lower + b * stride, factor.lower + (b + 1) * stride, b + 1, size, factor.carried + b)
    factor.member_index[factor.members[index]] = -1
    for a in range(index, size - 1):
        factor.members[a] = factor.members[a + 1]
        factor.member_index[factor.members[a]] = a
    factor.size -= 1
    factor.n_changes += 1


cdef inline void clear_members(Factor* factor) noexcept nogil:
    """Remove all members"""
    cdef Py_ssize_t a
    for a in range(factor.size):
        factor.member_index[factor.members[a]] = -1
    factor.size = 0
    factor.n_changes += 1
