# Lives here: the epoch of block coordinate descent over tasks. Must not know: tolerances, the working set.
from libc.math cimport fabs, sqrt

from lassocore.designs.design cimport Design
from lassocore.designs.tasks cimport task_axpy, task_dots
from lassocore.designs.types cimport TaskResidual
from lassocore.penalties.elastic_net cimport Penalty, l2_of

cdef extern from *:
    """
    #define LASSOCORE_ROW_ROUNDING 4e-15
    """
    const double ROW_ROUNDING "LASSOCORE_ROW_ROUNDING"


cdef struct TaskCoefficients:
    double* W                   # (n_features, width), C order: a row for each feature; unused slots are 0
    Py_ssize_t width            # SLOTS for each block of targets
    double* scratch                # for 2 width numbers


cdef inline double row_norm(const double* row, Py_ssize_t width) noexcept nogil:
    """||row||, scaled where squares would over- or underflow"""
    cdef double total = 0.0, largest = 0.0
    cdef Py_ssize_t t
    for t in range(width):
        total += row[t] * row[t]
    if 1e-200 < total < 1e200:
        return sqrt(total)
    for t in range(width):
        if not fabs(row[t]) <= largest:         # a NaN stays visible
            largest = fabs(row[t])
    if largest == 0.0:
        return 0.0
    total = 0.0
    for t in range(width):
        total += (row[t] / largest) * (row[t] / largest)
    return largest * sqrt(total)


cdef inline double row_product(const double* left, const double* right, Py_ssize_t width) noexcept nogil:
    """left'right"""
    cdef double total = 0.0
    cdef Py_ssize_t t
    for t in range(width):
        total += left[t] * right[t]
    return total


cdef inline double shrinkage(const Penalty* penalty, Py_ssize_t j, double norm, double sq_norm) noexcept nogil:
    """What turns q of this norm into the minimiser of sq_norm ||w||^2 / 2 - q'w + l1 ||w|| + l2 ||w||^2 / 2

    A norm that is l1 but for rounding, as at alpha_max, leaves the row at 0.
    """
    if norm <= penalty.l1_reg[j] * (1.0 + ROW_ROUNDING):
        return 0.0
    return (1.0 - penalty.l1_reg[j] / norm) / (sq_norm + l2_of(penalty, j))


cdef inline double task_epoch(
    const Design* X, const Penalty* penalty, TaskCoefficients* w, TaskResidual* residual,
    const double* sq_norms, const Py_ssize_t* order, Py_ssize_t n_order,
) noexcept nogil:
    """For j in order: q <- X_j'R + ||x_j||^2 W_j, W_j <- shrinkage q, R -= x_j step'; returns the descent"""
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
        scale = shrinkage(penalty, j, row_norm(q, w.width), sq_norms[j])
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
