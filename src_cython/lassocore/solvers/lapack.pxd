# Lives here: the routines of BLAS and LAPACK that kernels call, and memory for them. Independent of: what is solved.
from libc.stdlib cimport realloc

# All matrices are stored by columns. Routines are those of scipy.linalg, found when they are first needed.
ctypedef void (*Potrf)(char*, int*, double*, int*, int*) noexcept nogil
ctypedef void (*Potri)(char*, int*, double*, int*, int*) noexcept nogil
ctypedef void (*Potrs)(char*, int*, int*, double*, int*, double*, int*, int*) noexcept nogil
ctypedef void (*Trsm)(char*, char*, char*, char*, int*, int*, double*, double*, int*, double*, int*) noexcept nogil
ctypedef void (*Syrk)(char*, char*, int*, int*, double*, double*, int*, double*, double*, int*) noexcept nogil
ctypedef void (*Gemm)(
    char*, char*, int*, int*, int*, double*, double*, int*, double*, int*, double*, double*, int*) noexcept nogil


cdef struct Lapack:
    Potrf potrf
    Potri potri
    Potrs potrs
    Trsm trsm
    Syrk syrk
    Gemm gemm


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


cdef inline bint invert_factor(const Lapack* lapack, double* A, Py_ssize_t size) noexcept nogil:
    """A <- the symmetric inverse of the matrix with this Cholesky factor"""
    cdef int n = <int>size, info = 0
    lapack.potri(b"L", &n, A, &n, &info)
    mirror_triangle(A, size)
    return info == 0


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


cdef inline void multiply(
    const Lapack* lapack, const double* A, Py_ssize_t size, const double* X, Py_ssize_t n_vectors, double* out
) noexcept nogil:
    """out = A X for a square A and so many vectors"""
    cdef int n = <int>size, m = <int>n_vectors
    cdef double one = 1.0, zero = 0.0
    lapack.gemm(b"N", b"N", &n, &m, &n, &one, <double*>A, &n, <double*>X, &n, &zero, out, &n)
