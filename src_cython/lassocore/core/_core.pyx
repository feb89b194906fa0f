# Lives here: the compiled core: small functions on vectors; its classes are in the parts. Independent of: alpha, paths.
"""The compiled core, built once per instruction set."""
import numpy as np

cimport numpy as cnp
from cython cimport floating
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport INFINITY, isfinite
from numpy.random cimport bitgen_t

from lassocore.designs.csc cimport Index, csc_is_canonical
from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport Penalty, conjugate, make_penalty, prox
from lassocore.solvers.residual_basis cimport BASIS
from lassocore.solvers.gap cimport BlockAccuracy
from lassocore.solvers.order cimport CYCLIC, RANDOM, SHUFFLED, fill_order
from lassocore.solvers.state cimport CONVERGED, HANDED_OVER, MAX_ITER, STALLED

cnp.import_array()

SELECTIONS = {"cyclic": CYCLIC, "shuffled": SHUFFLED, "random": RANDOM}
N_SLOTS, N_BASIS = SLOTS, BASIS
UNPENALISED_TOL = 1e-11           # of unpenalised columns without a Block, as all columns at alpha = 0
STALLED_STATUS = STALLED
STATUSES = {CONVERGED: "converged", MAX_ITER: "max_iter", STALLED: "stalled", HANDED_OVER: "handed_over"}


cdef BlockAccuracy accuracy_of(block):
    """How accurately a `lassocore.problems.unpenalised.Block` can be solved; None for no block."""
    cdef BlockAccuracy accuracy
    accuracy.tol, accuracy.error, accuracy.reach = UNPENALISED_TOL, 0.0, INFINITY
    if block is not None:
        accuracy.tol, accuracy.error, accuracy.reach = block.tol, block.error, block.reach
    return accuracy


include "matrix.pxi"
include "recording.pxi"
include "solver.pxi"
include "products.pxi"
include "gram_solver.pxi"
include "column_set.pxi"
include "targets.pxi"
include "correlation_bounds.pxi"
include "working_set.pxi"
include "block_solver.pxi"
include "block_functions.pxi"


def all_finite(const double[::1] values):
    """Whether no value is infinite or NaN."""
    cdef Py_ssize_t i, n_finite = 0
    for i in range(values.shape[0]):
        n_finite += isfinite(values[i]) != 0
    return n_finite == values.shape[0]


def sq_norm(const double[::1] values, const double[::1] weights):
    """The sum of weights * values^2, infinity where it overflows; weights None for ones."""
    cdef Py_ssize_t i
    cdef double total = 0.0
    if weights is None:
        for i in range(values.shape[0]):
            total += values[i] * values[i]
    else:
        for i in range(values.shape[0]):
            total += weights[i] * values[i] * values[i]
    return total


cdef double centre_into(const double* values, const double* weights, Py_ssize_t n, double* out) noexcept:
    """out = values minus their weighted mean, which is returned; a constant gives zeros exactly"""
    cdef Py_ssize_t i, first = 0
    cdef double shift, total = 0.0, total_weight = n, mean
    cdef int _round
    if weights != NULL:
        total_weight = 0.0
        for i in range(n):
            total_weight += weights[i]
        while first < n - 1 and weights[first] == 0.0:
            first += 1
    shift = values[first]
    for i in range(n):
        out[i] = values[i] - shift
    for _round in range(2):         # the second round removes the rounding error of the first mean
        total = 0.0
        if weights == NULL:
            for i in range(n):
                total += out[i]
        else:
            for i in range(n):
                total += weights[i] * out[i]
        mean = total / total_weight
        shift += mean
        for i in range(n):
            out[i] -= mean
    return shift


def centred(const double[::1] values, weights):
    """(values minus their weighted mean, that mean); weights None for ones. A constant gives zeros exactly."""
    array = empty(values.shape[0], cnp.NPY_DOUBLE)
    cdef double mean = centre_into(
        &values[0], <const double*>address(weights), values.shape[0], <double*>address(array))
    return array, mean


def centred_rows(const double[:, ::1] rows, weights):
    """(each row minus its weighted mean, these means); weights None for ones."""
    cdef Py_ssize_t k, n = rows.shape[1]
    array, means = np.empty((rows.shape[0], n)), empty(rows.shape[0], cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(array)
    cdef double* mean = <double*>address(means)
    for k in range(rows.shape[0]):
        mean[k] = centre_into(&rows[k, 0], <const double*>address(weights), n, out + k * n)
    return array, means


def is_canonical(const Index[::1] rows, const Index[::1] starts, Py_ssize_t n_rows):
    """Whether the row indices of each sparse column strictly increase and lie in [0, n_rows)."""
    cdef bint canonical
    cdef Py_ssize_t n_columns = starts.shape[0] - 1
    if rows.shape[0] == 0:
        return True
    with nogil:
        canonical = csc_is_canonical(&rows[0], &starts[0], n_columns, n_rows)
    return canonical


def scaled(const double[::1] factor, double scale):
    """factor * scale, both at least 0, where 0 times infinity is 0."""
    cdef Py_ssize_t j
    product = zeros(factor.shape[0])
    cdef double* out = <double*>address(product)
    if scale > 0.0:
        for j in range(factor.shape[0]):
            if factor[j] > 0.0:
                out[j] = factor[j] * scale
    return product


def intercepts(
    const double[::1] values, const Py_ssize_t[::1] rows, const Py_ssize_t[::1] ends, const double[::1] means,
    double y_mean
):
    """y_mean - sum_i means[rows[i]] values[i] over i from ends[k] to ends[k + 1] - 1, for each k."""
    cdef Py_ssize_t i, k
    array = empty(ends.shape[0] - 1, cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(array)
    for k in range(ends.shape[0] - 1):
        out[k] = y_mean
        for i in range(ends[k], ends[k + 1]):
            out[k] -= means[rows[i]] * values[i]
    return array


def task_intercepts(
    const double[:, ::1] values, const Py_ssize_t[::1] rows, const Py_ssize_t[::1] ends, const double[::1] means,
    const double[::1] y_means
):
    """The same for coefficients with a column for each task: (n_alphas, n_tasks)."""
    cdef Py_ssize_t i, k, t, n_tasks = y_means.shape[0]
    array = np.empty((ends.shape[0] - 1, n_tasks))
    cdef double* out = <double*>address(array)
    for k in range(ends.shape[0] - 1):
        for t in range(n_tasks):
            out[k * n_tasks + t] = y_means[t]
        for i in range(ends[k], ends[k + 1]):
            for t in range(n_tasks):
                out[k * n_tasks + t] -= means[rows[i]] * values[i, t]
    return array


def doubles(values):
    """The numbers of a short sequence as a vector."""
    cdef Py_ssize_t k = 0
    cdef double value
    array = empty(len(values), cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(array)
    for value in values:
        out[k] = value
        k += 1
    return array


def iterations(methods, n_epochs, n_newton):
    """Epochs and exact steps together for each alpha, at least 1 unless the start was the solution."""
    cdef Py_ssize_t k = 0, epochs, newton
    array = empty(len(methods), cnp.NPY_INTP)
    cdef Py_ssize_t* out = <Py_ssize_t*>address(array)
    for method, epochs, newton in zip(methods, n_epochs, n_newton):
        out[k] = 0 if method == "start" else max(<Py_ssize_t>1, epochs + newton)
        k += 1
    return array


def running_totals(counts):
    """0 and the sums of the first 1, 2, ... counts."""
    cdef Py_ssize_t k = 0, total = 0, count
    array = empty(len(counts) + 1, cnp.NPY_INTP)
    cdef Py_ssize_t* out = <Py_ssize_t*>address(array)
    out[0] = 0
    for count in counts:
        total, k = total + count, k + 1
        out[k] = total
    return array


def scatter(
    floating[:, :] out, const Py_ssize_t[::1] rows, const double[::1] values, const Py_ssize_t[::1] ends
):
    """out[rows[i], k] = values[i] for i from ends[k] to ends[k + 1] - 1."""
    cdef Py_ssize_t i, k
    for k in range(ends.shape[0] - 1):
        for i in range(ends[k], ends[k + 1]):
            out[rows[i], k] = <floating>values[i]


def visiting_order(str selection, const Py_ssize_t[::1] active, bit_generator):
    """The order in which one epoch visits the active coordinates. For tests."""
    order = np.empty(len(active), np.intp)
    cdef bitgen_t* rng = <bitgen_t*>PyCapsule_GetPointer(bit_generator.capsule, "BitGenerator")
    fill_order(SELECTIONS[selection], &active[0], len(active), rng, <Py_ssize_t*>address(order))
    return order


def prox_and_conjugate(double l1, double l2, double lower, double upper, double q, double sq_norm):
    """(prox, conjugate) of one coordinate's penalty at q. For tests."""
    cdef Penalty penalty = make_penalty(&l1, &l2, &lower, &upper)
    return prox(&penalty, 0, q, sq_norm), conjugate(&penalty, 0, q)
