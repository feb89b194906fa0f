# Lives here: a Cholesky factor that grows and shrinks by one coordinate. Independent of: X, kinks of the penalty.
from libc.math cimport sqrt

from lassocore.designs.gram cimport GramF64
from lassocore.penalties.elastic_net cimport Penalty, curvature

# A column with a pivot below this fraction of its diagonal element counts as in the span of the members.
cdef extern from *:
    """
    #define LASSOCORE_PIVOT_TOL 1e-10
    """
    const double PIVOT_TOL "LASSOCORE_PIVOT_TOL"


cdef struct Factor:
    double* lower               # (a, b) at a + b * stride, a >= b: lower lower' = H = G + diag(l2) on the members
    Py_ssize_t stride           # the largest number of members
    Py_ssize_t size
    Py_ssize_t* members         # positions in the working set
    Py_ssize_t* member_index    # index among the members of each position, or -1
    double work                 # multiply-adds so far
    double* row                 # lower^-1 H_j of the last append, also if it failed


cdef inline double inner(const double* x, const double* y, Py_ssize_t n) noexcept nogil:
    """x'y, in four sums that hide the latency of additions"""
    cdef double a = 0.0, b = 0.0, c = 0.0, d = 0.0
    cdef Py_ssize_t i, m = n // 4
    for i in range(m):
        a += x[i] * y[i]
        b += x[m + i] * y[m + i]
        c += x[2 * m + i] * y[2 * m + i]
        d += x[3 * m + i] * y[3 * m + i]
    for i in range(4 * m, n):
        a += x[i] * y[i]
    return (a + b) + (c + d)


cdef inline void solve_lower(Factor* factor, double* x) noexcept nogil:
    """x <- lower^-1 x, two columns at a time"""
    cdef Py_ssize_t a, b = 0, size = factor.size
    cdef const double* first
    cdef const double* second
    cdef double u, v
    factor.work += 0.5 * size * size
    while b + 1 < size:
        first = factor.lower + b * factor.stride
        second = first + factor.stride
        u = x[b] / first[b]
        v = (x[b + 1] - u * first[b + 1]) / second[b + 1]
        x[b], x[b + 1] = u, v
        for a in range(b + 2, size):
            x[a] -= u * first[a] + v * second[a]
        b += 2
    if b < size:
        x[b] /= factor.lower[b + b * factor.stride]


cdef inline void solve_upper(Factor* factor, double* x) noexcept nogil:
    """x <- lower'^-1 x"""
    cdef Py_ssize_t b, size = factor.size
    cdef const double* column
    factor.work += 0.5 * size * size
    for b in range(size - 1, -1, -1):
        column = factor.lower + b * factor.stride
        x[b] = (x[b] - inner(column + b + 1, x + b + 1, size - b - 1)) / column[b]


cdef inline bint append_member(
    Factor* factor, const GramF64* G, const Penalty* penalty, Py_ssize_t position
) noexcept nogil:
    """Make a position a member; False where its column lies in the span of the members: factor.row tells how"""
    cdef const double* column = G.data + position * G.column_stride
    cdef double diagonal = column[position] + curvature(penalty, position), pivot
    cdef Py_ssize_t a, size = factor.size
    if size == factor.stride:
        return False
    for a in range(size):
        factor.row[a] = column[factor.members[a]]
    solve_lower(factor, factor.row)
    pivot = diagonal - inner(factor.row, factor.row, size)
    if not pivot > PIVOT_TOL * diagonal:
        return False
    for a in range(size):
        factor.lower[size + a * factor.stride] = factor.row[a]
    factor.lower[size + size * factor.stride] = sqrt(pivot)
    factor.members[size] = position
    factor.member_index[position] = size
    factor.size += 1
    return True


cdef inline void rotate_columns(double* left, double* right, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Givens rotation that eliminates the element of `right` in row start; `left` moves up by one row"""
    cdef double radius = sqrt(left[start] * left[start] + right[start] * right[start])
    cdef double cosine = left[start] / radius, sine = right[start] / radius, x, y
    cdef Py_ssize_t a
    for a in range(start, stop):
        x, y = left[a], right[a]
        left[a - 1] = cosine * x + sine * y
        right[a] = cosine * y - sine * x


cdef inline void delete_member(Factor* factor, Py_ssize_t index) noexcept nogil:
    """Remove a member: delete its row, and make the rest triangular again by rotations of adjacent columns"""
    cdef Py_ssize_t a, b, size = factor.size, stride = factor.stride
    factor.work += 2.0 * (size - index) * (size - index) + (size - index) * index
    for b in range(index):
        for a in range(index, size - 1):
            factor.lower[a + b * stride] = factor.lower[a + 1 + b * stride]
    for b in range(index, size - 1):
        rotate_columns(factor.lower + b * stride, factor.lower + (b + 1) * stride, b + 1, size)
    factor.member_index[factor.members[index]] = -1
    for a in range(index, size - 1):
        factor.members[a] = factor.members[a + 1]
        factor.member_index[factor.members[a]] = a
    factor.size -= 1


cdef inline void clear_members(Factor* factor) noexcept nogil:
    """Remove all members"""
    cdef Py_ssize_t a
    for a in range(factor.size):
        factor.member_index[factor.members[a]] = -1
    factor.size = 0
