# Lives here: one epoch of coordinate descent. Independent of: storage, penalty, tolerances, order of visits.
from lassocore.designs.design cimport Design, column_axpy, column_dot
from lassocore.designs.types cimport Residual
from lassocore.penalties.elastic_net cimport Penalty, prox


cdef inline double cd_epoch(
    const Design* X, const Penalty* penalty, double* w, Residual* residual,
    const double* sq_norms, const Py_ssize_t* order, Py_ssize_t n_order,
) noexcept nogil:
    """For j in order: w_j <- prox_j(X_j'r + ||x_j||^2 w_j), r -= step x_j; returns sum ||x_j||^2 step^2 / 2."""
    cdef Py_ssize_t j, k
    cdef double step, old, descent = 0.0
    for k in range(n_order):
        j = order[k]
        old = w[j]
        w[j] = prox(penalty, j, column_dot(X, j, residual) + sq_norms[j] * old, sq_norms[j])
        step = w[j] - old
        if step != 0.0:
            column_axpy(X, j, -step, residual)
            descent += 0.5 * sq_norms[j] * step * step
    return descent
