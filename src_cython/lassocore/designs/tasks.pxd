# Lives here: the operations of a column on many targets, whatever the storage. Must not know: penalties, the solver.
from libc.string cimport memcpy

from lassocore.designs.csc cimport Csc
from lassocore.designs.csc_tasks cimport csc_task_axpy, csc_task_dots
from lassocore.designs.dense cimport Dense
from lassocore.designs.dense_tasks cimport dense_task_axpy, dense_task_dots
from lassocore.designs.design cimport Design
from lassocore.designs.gram cimport GramF64, gram_task_axpy
from lassocore.designs.slots cimport (
    Slots, add_product, add_scaled, add_slots, load_slots, no_slots, store_slots, sum_slots,
)
from lassocore.designs.types cimport SLOTS, TaskResidual


cdef inline void task_dots(
    const Design* X, Py_ssize_t j, const TaskResidual* residual, double* out
) noexcept nogil:
    """out = (X_j - mean_j)'(s R), a number for each slot"""
    cdef const double* R = residual.values
    cdef Py_ssize_t b
    for b in range(residual.n_blocks):
        if Design in Dense:
            dense_task_dots(X, j, R, out + SLOTS * b)
        elif Design is GramF64:
            memcpy(out + SLOTS * b, R + SLOTS * j, SLOTS * sizeof(double))
        else:
            csc_task_dots(X, j, R, residual.offsets + SLOTS * b, out + SLOTS * b)
        R += SLOTS * X.n_samples


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
    """Make the offsets 0 without changing what the residuals stand for; only sparse updates leave any"""
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


cdef inline void task_products(
    const Design* X, const double* W, const TaskResidual* residual, double* sq_residual, double* fit_product
) noexcept nogil:
    """||R||_s^2 and <R, Y0>_s of folded residuals, summed over the targets; W is (n_features, SLOTS n_blocks).

    From a Gram matrix they are ||Y0||_s^2 - <W, Q + C> and ||Y0||_s^2 - <W, Q>.
    """
    cdef const double* u = residual.values
    cdef const double* target = residual.target
    cdef Slots rr = no_slots(), ry = no_slots(), v
    cdef Py_ssize_t b, i, width = SLOTS * residual.n_blocks
    for b in range(residual.n_blocks):
        for i in range(X.n_samples):
            if Design is GramF64:
                v = load_slots(W + i * width + SLOTS * b)
                rr = add_product(rr, v, add_slots(load_slots(target + SLOTS * i), load_slots(u + SLOTS * i)))
                ry = add_product(ry, v, load_slots(target + SLOTS * i))
            elif X.weights == NULL or X.weights[i] > 0.0:
                v = load_slots(u + SLOTS * i)
                if X.weights != NULL:
                    v = add_scaled(no_slots(), 1.0 / X.weights[i], v)
                rr = add_product(rr, v, load_slots(u + SLOTS * i))
                ry = add_product(ry, v, load_slots(target + SLOTS * i))
        u += SLOTS * X.n_samples
        target += SLOTS * X.n_samples
    sq_residual[0], fit_product[0] = sum_slots(rr), sum_slots(ry)
    if Design is GramF64:
        sq_residual[0] = residual.sq_target - sq_residual[0]
        fit_product[0] = residual.sq_target - fit_product[0]
    sq_residual[0] = max(0.0, sq_residual[0])
