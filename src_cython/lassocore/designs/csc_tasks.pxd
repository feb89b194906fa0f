# Lives here: compressed sparse columns with a block of targets. Independent of: penalties, solvers.
from lassocore.designs.csc cimport Csc, csc_is_full
from lassocore.designs.slots cimport Slots, add_scaled, load_slots, store_slots
from lassocore.designs.types cimport SLOTS


cdef inline void csc_task_axpy(
    const Csc* X, Py_ssize_t j, const double* step, double* R, double* offsets
) noexcept nogil:
    """s R += s (X_j - mean_j) step', touching only the nonzeros of X_j and the offsets"""
    cdef Slots a = load_slots(step)
    cdef double shift = X.means[j] if csc_is_full(X, j) else 0.0, value
    cdef Py_ssize_t k
    store_slots(offsets, add_scaled(load_slots(offsets), shift - X.means[j], a))
    for k in range(X.indptr[j], X.indptr[j + 1]):
        r = R + SLOTS * <Py_ssize_t>X.indices[k]
        value = (X.data[k] - shift) * (1.0 if X.weights == NULL else X.weights[X.indices[k]])
        store_slots(r, add_scaled(load_slots(r), value, a))
