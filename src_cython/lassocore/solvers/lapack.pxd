# Lives here: the routines of BLAS and LAPACK that kernels call, and memory for them. Independent of: what is solved.
from libc.stdlib cimport realloc

# All matrices are stored by columns. Routines are those of scipy.linalg, found when they are first needed.
ctypedef void (*Potrf)(char*, int*, double*, int*, int*) noexcept nogil
ctypedef void (*Potrs)(char*, int*, int*, double*, int*, double*, int*, int*) noexcept nogil
ctypedef void (*Trsm)(char*, char*, char*, char*, int*, int*, double*, double*, int*, double*, int*) noexcept nogil
ctypedef void (*Syrk)(char*, char*, int*, int*, double*, double*, int*, double*, double*, int*) noexcept nogil


cdef struct Lapack:
    Potrf potrf
    Potrs potrs
    Trsm trsm
    Syrk syrk


cdef struct Buffer:
    double* values
    Py_ssize_t size


cdef inline double* reserve(Buffer* buffer, Py_ssize_t size) noexcept nogil:
    """Room for so many numbers, with undefined contents; NULL where memory is short"""
    cdef void* values
    if size > buffer.size:
        values = realloc(buffer.values, size * sizeof(double))
        if values == NULL:
            return NULL
        buffer.values, buffer.size = <double*>values, size
    return buffer.values


cdef inline bint factorise(const Lapack* lapack, double* A, Py_ssize_t size) noexcept nogil:
    """The lower triangle of A <- its Cholesky factor; False where A is not positive definite"""
    cdef int n = <int>size, info = 0
    lapack.potrf(b"L", &n, A, &n, &info)
    return info == 0


cdef inline void mirror_triangle(double* A, Py_ssize_t size) noexcept nogil:
    """The upper triangle of A <- its lower triangle"""
    cdef Py_ssize_t a, b
    for b in range(size):
        for a in range(b + 1, size):
            A[a * size + b] = A[b * size + a]


cdef inline void solve_factored(
    const Lapack* lapack, const double* L, Py_ssize_t size, double* x, Py_ssize_t n_vectors
) noexcept nogil:
    """x <- (L L')^-1 x for so many vectors, one after the other"""
    cdef int n = <int>size, m = <int>n_vectors, info = 0
    lapack.potrs(b"L", &n, &m, <double*>L, &n, x, &n, &info)


cdef inline void solve_triangle(
    const Lapack* lapack, const double* L, Py_ssize_t size, double* x, Py_ssize_t n_vectors
) noexcept nogil:
    """x <- L^-1 x for so many vectors, one after the other"""
    cdef int n = <int>size, m = <int>n_vectors
    cdef double one = 1.0
    lapack.trsm(b"L", b"L", b"N", b"N", &n, &m, &one, <double*>L, &n, x, &n)


cdef inline void add_outer(
    const Lapack* lapack, const double* X, Py_ssize_t size, Py_ssize_t n_columns, double* A
) noexcept nogil:
    """The lower triangle of A += X X', X of shape (size, n_columns)"""
    cdef int n = <int>size, k = <int>n_columns
    cdef double one = 1.0
    lapack.syrk(b"L", b"N", &n, &k, &one, <double*>X, &n, &one, A, &n)


cdef inline void add_inner(
    const Lapack* lapack, const double* X, Py_ssize_t size, Py_ssize_t n_columns, double* A
) noexcept nogil:
    """The lower triangle of A += X'X, X of shape (size, n_columns)"""
    cdef int n = <int>n_columns, k = <int>size
    cdef double one = 1.0
    lapack.syrk(b"L", b"T", &n, &k, &one, <double*>X, &k, &one, A, &n)


cdef inline void subtract_inner(
    const Lapack* lapack, const double* X, Py_ssize_t size, Py_ssize_t n_columns, double* A
) noexcept nogil:
    """The lower triangle of A -= X'X, X of shape (size, n_columns)"""
    cdef int n = <int>n_columns, k = <int>size
    cdef double one = 1.0, minus_one = -1.0
    lapack.syrk(b"L", b"T", &n, &k, &minus_one, <double*>X, &k, &one, A, &n)


cdef inline void invert_factor(
    const Lapack* lapack, const double* L, Py_ssize_t size, double* inverse_of_factor, double* out
) noexcept nogil:
    """out = (L L')^-1 from the inverse of L; dpotri is not used, as OpenBLAS divides it among threads at any size"""
    cdef Py_ssize_t k
    for k in range(size * size):
        inverse_of_factor[k] = out[k] = 0.0
    for k in range(size):
        inverse_of_factor[k * size + k] = 1.0
    solve_triangle(lapack, L, size, inverse_of_factor, size)
    add_inner(lapack, inverse_of_factor, size, size, out)
    mirror_triangle(out, size)
