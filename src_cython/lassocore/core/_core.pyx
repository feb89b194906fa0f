# Lives here: the compiled core: small functions on vectors; its classes are in the parts. Independent of: alpha, paths.
"""The compiled core; `lassocore._isa` chooses its kernels for this processor."""
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
from lassocore.solvers.gap cimport BlockAccuracy, usual_accuracy
from lassocore.solvers.order cimport CYCLIC, RANDOM, SHUFFLED, fill_order
from lassocore.solvers.state cimport CONVERGED, HANDED_OVER, MAX_ITER, STALLED

cnp.import_array()

SELECTIONS = {"cyclic": CYCLIC, "shuffled": SHUFFLED, "random": RANDOM}
N_SLOTS, N_BASIS = SLOTS, BASIS
STALLED_STATUS = STALLED
STATUSES = {CONVERGED: "converged", MAX_ITER: "max_iter", STALLED: "stalled", HANDED_OVER: "handed_over"}


cdef BlockAccuracy accuracy_of(block):
    """How accurately a `lassocore.problems.unpenalised.Block` can be solved; None for no block."""
    cdef BlockAccuracy accuracy = usual_accuracy()
    if block is not None:
        accuracy.tol, accuracy.error, accuracy.reach = block.tol, block.error, block.reach
    return accuracy


include "cpu.pxi"
include "units.pxi"
include "scratch.pxi"
include "matrix.pxi"
include "vectors.pxi"
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
include "row_fits.pxi"


def all_finite(const double[::1] values):
    """Whether no value is infinite or NaN."""
    cdef Py_ssize_t i, n_finite = 0
    for i in range(values.shape[0]):
        n_finite += isfinite(values[i]) != 0
    return n_finite == values.shape[0]


def is_canonical(const Index[::1] rows, const Index[::1] starts, Py_ssize_t n_rows):
    """Whether the row indices of each sparse column strictly increase and lie in [0, n_rows)."""
    cdef bint canonical
    cdef Py_ssize_t n_columns = starts.shape[0] - 1
    if rows.shape[0] == 0:
        return True
    with nogil:
        canonical = csc_is_canonical(&rows[0], &starts[0], n_columns, n_rows)
    return canonical


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
