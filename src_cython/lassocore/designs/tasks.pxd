# Lives here: operations of a column with many targets, for every storage. Independent of: penalties, solvers.
from lassocore.designs.csc cimport Csc
from lassocore.designs.csc_tasks cimport csc_task_axpy
from lassocore.designs.dense cimport Dense
from lassocore.designs.dense_tasks cimport dense_task_axpy
from lassocore.designs.design cimport Design
from lassocore.designs.gram cimport GramF64, gram_task_axpy
from lassocore.designs.slots cimport Slots, add_scaled, load_slots, no_slots, store_slots
from lassocore.designs.types cimport SLOTS, TaskResidual


cdef inline void task_axpy(
    const Design* X, Py_ssize_t j, const double* step, TaskResidual* residual
) noexcept nogil:
    """s R += s (X_j - mean_j) step'"""
    cdef double* R = residual.values
    cdef Py_ssize_t b
    for b in range(residual.n_blocks):
        if Design in Dense:
            dense_task_axpy(X, j, step + SLOTS * b, R)
        elif Design is GramF64:
            gram_task_axpy(X, j, step + SLOTS * b, R)
        else:
            csc_task_axpy(X, j, step + SLOTS * b, R, residual.offsets + SLOTS * b)
        R += SLOTS * X.n_samples


cdef inline void fold_task_offsets(const Design* X, TaskResidual* residual) noexcept nogil:
    """Add the offsets of the residuals to their values, and set them to 0; only sparse updates produce any"""
    cdef double* R = residual.values
    cdef double* offsets
    cdef Py_ssize_t b, i
    cdef Slots v
    if Design in Csc:
        for b in range(residual.n_blocks):
            offsets = residual.offsets + SLOTS * b
            v = load_slots(offsets)
            for i in range(X.n_samples):
                store_slots(R + SLOTS * i, add_scaled(
                    load_slots(R + SLOTS * i), 1.0 if X.weights == NULL else X.weights[i], v))
            store_slots(offsets, no_slots())
            R += SLOTS * X.n_samples
