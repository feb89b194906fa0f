# Lives here: a Cholesky factor that grows and shrinks by some coordinates. Independent of: X, kinks of the penalty.
from libc.math cimport sqrt

from lassocore.designs.gram cimport GramF64
from lassocore.designs.slots cimport Slots, add_scaled, load_slots, no_slots, store_slots
from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport Penalty, curvature

cdef enum:
    MIN_BLOCK = 2               # columns for which the triangular solve of a block pays

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
    double* block               # lower^-1 H_j of the columns of the last block, a row of slots for each member
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


cdef inline Slots eliminated(double* y, Py_ssize_t a, const double* column, Slots solved) noexcept nogil:
    """Row a of y, less column[a] solved"""
    return add_scaled(load_slots(y + SLOTS * a), -column[a], solved)


cdef inline Slots solved_row(double* y, Py_ssize_t a, const double* column) noexcept nogil:
    """Row a of y, divided by the diagonal element column[a], which is also stored"""
    cdef Slots v = add_scaled(no_slots(), 1.0 / column[a], load_slots(y + SLOTS * a))
    store_slots(y + SLOTS * a, v)
    return v


cdef inline void solve_lower_block(Factor* factor, double* X) noexcept nogil:
    """X <- lower^-1 X for eight columns, stored by rows of slots; four columns of the factor at a time"""
    cdef Py_ssize_t a, b = 0, size = factor.size
    cdef const double* l[4]
    cdef Slots x0, x1, x2, x3, v
    cdef double* y
    factor.work += 0.5 * SLOTS * size * size
    while b + 3 < size:
        point_to_columns(factor, b, l)
        y = X + SLOTS * b
        x0 = solved_row(y, 0, l[0])
        for a in range(1, 4):
            store_slots(y + SLOTS * a, eliminated(y, a, l[0], x0))
        x1 = solved_row(y, 1, l[1])
        for a in range(2, 4):
            store_slots(y + SLOTS * a, eliminated(y, a, l[1], x1))
        x2 = solved_row(y, 2, l[2])
        store_slots(y + SLOTS * 3, eliminated(y, 3, l[2], x2))
        x3 = solved_row(y, 3, l[3])
        for a in range(4, size - b):
            v = add_scaled(eliminated(y, a, l[0], x0), -l[1][a], x1)
            store_slots(y + SLOTS * a, add_scaled(add_scaled(v, -l[2][a], x2), -l[3][a], x3))
        b += 4
    while b < size:
        l[0], y = factor.lower + b * (factor.stride + 1), X + SLOTS * b
        x0 = solved_row(y, 0, l[0])
        for a in range(1, size - b):
            store_slots(y + SLOTS * a, eliminated(y, a, l[0], x0))
        b += 1


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


cdef inline void load_block(Factor* factor, const GramF64* G, const Py_ssize_t* positions, Py_ssize_t n) noexcept nogil:
    """The rows of the members in at most eight columns of G; slots beyond repeat the last column"""
    cdef Py_ssize_t a, t
    cdef const double* columns[SLOTS]
    for t in range(SLOTS):
        columns[t] = G.data + positions[min(t, n - 1)] * G.column_stride
    for a in range(factor.size):
        for t in range(SLOTS):
            factor.block[SLOTS * a + t] = columns[t][factor.members[a]]


cdef inline void block_products(const Factor* factor, double* products) noexcept nogil:
    """products <- block'block"""
    cdef Slots total[SLOTS]
    cdef Slots v
    cdef Py_ssize_t a, t
    for t in range(SLOTS):
        total[t] = no_slots()
    for a in range(factor.size):
        v = load_slots(factor.block + SLOTS * a)
        for t in range(SLOTS):
            total[t] = add_scaled(total[t], factor.block[SLOTS * a + t], v)
    for t in range(SLOTS):
        store_slots(products + SLOTS * t, total[t])


cdef inline void append_block(
    Factor* factor, const GramF64* G, const Penalty* penalty, const Py_ssize_t* positions, Py_ssize_t n
) noexcept nogil:
    """Make at most eight positions members, in turn, except those whose column lies in the span of the members"""
    cdef double products[SLOTS * SLOTS]
    cdef Py_ssize_t joined[SLOTS]
    cdef Py_ssize_t a, t, u, v, k, n_joined = 0, size = factor.size, stride = factor.stride
    cdef double* corner = factor.lower + size * (stride + 1)
    cdef double element, diagonal, pivot
    load_block(factor, G, positions, n)
    solve_lower_block(factor, factor.block)
    block_products(factor, products)
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
            factor.lower[size + u + a * stride] = factor.block[SLOTS * a + joined[u]]


cdef inline Py_ssize_t append_members(
    Factor* factor, const GramF64* G, const Penalty* penalty, const Py_ssize_t* positions, Py_ssize_t n
) noexcept nogil:
    """Make positions members, except those whose columns lie in the span of the members; how many joined"""
    cdef Py_ssize_t t = 0, before = factor.size
    while n - t >= MIN_BLOCK:
        append_block(factor, G, penalty, positions + t, min(n - t, SLOTS))
        t += SLOTS
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
