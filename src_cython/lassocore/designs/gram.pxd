# Lives here: a Gram matrix X'SX in the place of a design. Independent of: X, penalties, solvers.
from lassocore.designs.slots cimport Slots, add_scaled, load_slots, store_slots
from lassocore.designs.types cimport SLOTS, Residual


cdef struct GramF64:
    const double* data          # X'SX, symmetric: a design whose residual is X'(s r)
    Py_ssize_t n_samples        # length of the residual: n_features
    Py_ssize_t n_features
    Py_ssize_t column_stride
    const double* means
    const double* weights
    double total_weight


cdef inline double gram_dot(const GramF64* X, Py_ssize_t j, const Residual* residual) noexcept nogil:
    """X_j'(s r): an entry of the residual, which gram_axpy updates"""
    return residual.values[j]


cdef inline void gram_axpy(const GramF64* X, Py_ssize_t j, double a, Residual* residual) noexcept nogil:
    """X'(s r) += a X'S X_j"""
    cdef const double* column = X.data + j * X.column_stride
    cdef double* c = residual.values
    cdef Py_ssize_t i
    for i in range(X.n_features):
        c[i] += a * column[i]


cdef inline void gram_task_axpy(const GramF64* X, Py_ssize_t j, const double* step, double* R) noexcept nogil:
    """X'(s R) += X'S X_j step'"""
    cdef Slots a = load_slots(step)
    cdef const double* column = X.data + j * X.column_stride
    cdef Py_ssize_t i
    for i in range(X.n_features):
        store_slots(R + SLOTS * i, add_scaled(load_slots(R + SLOTS * i), column[i], a))
