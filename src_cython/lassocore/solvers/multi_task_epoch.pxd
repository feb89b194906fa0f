# Lives here: one epoch of block coordinate descent over rows. Independent of: storage, tolerances, working sets.
from libc.math cimport fabs, sqrt

from lassocore.designs.design cimport Design
from lassocore.designs.tasks cimport task_axpy, task_dots
from lassocore.designs.types cimport TaskResidual
from lassocore.penalties.elastic_net cimport Penalty
from lassocore.penalties.l21 cimport row_norm, row_shrinkage


cdef struct TaskCoefficients:
    double* W                   # (n_features, width), C order; unused slots are 0
    Py_ssize_t width            # SLOTS for each block of targets
    double* scratch             # 2 width numbers


cdef inline double task_epoch(
    const Design* X, const Penalty* penalty, TaskCoefficients* w, TaskResidual* residual,
    const double* sq_norms, const Py_ssize_t* order, Py_ssize_t n_order,
) noexcept nogil:
    """For j in order: q <- X_j'R + ||x_j||^2 W_j, W_j <- prox_j(q), R -= x_j step'; returns the descent"""
    cdef double* q = w.scratch
    cdef double* step = w.scratch + w.width
    cdef double* row
    cdef double scale, sq_step, descent = 0.0
    cdef Py_ssize_t j, k, t
    cdef bint moved
    for k in range(n_order):
        j = order[k]
        row = w.W + j * w.width
        task_dots(X, j, residual, q)
        for t in range(w.width):
            q[t] += sq_norms[j] * row[t]
        scale = row_shrinkage(penalty, j, row_norm(q, w.width), sq_norms[j])
        sq_step, moved = 0.0, False
        for t in range(w.width):
            step[t] = row[t] - scale * q[t]
            row[t] = scale * q[t]
            sq_step += step[t] * step[t]
            moved |= step[t] != 0.0
        if moved:
            task_axpy(X, j, step, residual)
            descent += 0.5 * sq_norms[j] * sq_step
    return descent
