# Lives here: arrays in, structs filled, kernels called without the GIL. Must not know: formulas, alpha, warnings.
"""The compiled core, built once per instruction set."""
import numpy as np

cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport INFINITY, isfinite
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from numpy.random cimport bitgen_t

from lassocore._bounds cimport BASIS, Visit, judge_listed, list_promising, list_unbounded, rest_of
from lassocore._design cimport (
    Design, column_axpy, column_cost, column_dot, count_rows, fill_rows, fold_offset,
)
from lassocore._design_csc cimport (
    Csc, CscF32I32, CscF32I64, CscF64I32, CscF64I64, Index, RowBlock, add_row_products, csc_is_canonical,
)
from lassocore._design_dense cimport Dense, DenseF32, DenseF64, GramF64, Rows, RowsF32, RowsF64
from lassocore._design_tasks cimport fold_task_offsets, task_axpy, task_dots
from lassocore._epoch cimport cd_epoch
from lassocore._extrapolation cimport LEAST_HISTORY, ROWS_OF_HISTORY, History
from lassocore._gap cimport BlockAccuracy, Scan, duality_gap
from lassocore._factor cimport clear_members
from lassocore._gram_level cimport GramLevel, gap_of_set, refactor, solve_gram_level
from lassocore._anderson cimport DEPTH
from lassocore._multi_epoch cimport row_norm
from lassocore._multi_gap cimport TaskScan, strongest_row, task_gap
from lassocore._multi_solver cimport (
    TaskWorkspace, UnpenalisedRows, restart_rows, round_rows, solve_task_level, view_rows,
)
from lassocore._newton cimport ActiveSet
from lassocore._order cimport CYCLIC, RANDOM, SHUFFLED, fill_order
from lassocore._penalty cimport Penalty, as_single, conjugate, prox
from lassocore._prepass cimport SOUND, ColumnStats, measure_columns
from lassocore._scan cimport gather_columns, gather_rows, scan_columns, scan_residual
from lassocore._screening cimport strongest_pull
from lassocore._signals cimport interrupted
from lassocore._solver cimport solve_level
from lassocore._state cimport (
    CONVERGED, HANDED_OVER, INTERRUPTED, MAX_ITER, STALLED, Outcome, Settings, Workspace, first_leverage, restart,
    view_scan,
)
from lassocore._types cimport BLOCK_COLUMNS, SLOTS, KeptColumns, Residual, TaskResidual
from lassocore._unpenalised cimport Unpenalised

cnp.import_array()

SELECTIONS = {"cyclic": CYCLIC, "shuffled": SHUFFLED, "random": RANDOM}
N_SLOTS, N_BASIS = SLOTS, BASIS
SOLVED_TOL = 1e-11           # of columns that become unpenalised at alpha = 0 and have no block
STATUSES = {CONVERGED: "converged", MAX_ITER: "max_iter", STALLED: "stalled", HANDED_OVER: "handed_over"}


cdef BlockAccuracy accuracy_of(block):
    """How exactly rounding lets a `lassocore.problems.unpenalised.Block` be solved; None for no block."""
    cdef BlockAccuracy accuracy
    accuracy.tol, accuracy.error, accuracy.reach = SOLVED_TOL, 0.0, INFINITY
    if block is not None:
        accuracy.tol, accuracy.error, accuracy.reach = block.tol, block.error, block.reach
    return accuracy


include "_matrix.pxi"
include "_solver.pxi"
include "_products.pxi"
include "_gram_solver.pxi"
include "_targets.pxi"
include "_screen.pxi"
include "_multi_task.pxi"


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


def centred(const double[::1] values, const double[::1] weights):
    """(values minus their weighted mean, that mean); weights None for ones. A constant gives zeros exactly."""
    cdef Py_ssize_t i, n = values.shape[0], first = 0
    cdef double shift, total = 0.0, total_weight = n, mean
    cdef int _round
    array = room(n, cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(array)
    if weights is not None:
        total_weight = 0.0
        for i in range(n):
            total_weight += weights[i]
        while first < n - 1 and weights[first] == 0.0:
            first += 1
    shift = values[first]
    for i in range(n):
        out[i] = values[i] - shift
    for _round in range(2):         # a long sum rounds: what is left of the mean is taken away as well
        total = 0.0
        for i in range(n):
            total += out[i] if weights is None else weights[i] * out[i]
        mean = total / total_weight
        shift += mean
        for i in range(n):
            out[i] -= mean
    return array, shift


def is_canonical(const Index[::1] rows, const Index[::1] starts, Py_ssize_t n_rows):
    """Whether the row indices of each sparse column rise, each once, within [0, n_rows)."""
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


def visiting_order(str selection, const Py_ssize_t[::1] active, bit_generator):
    """One epoch's order of the active coordinates. For tests of one kernel."""
    order = np.empty(len(active), np.intp)
    cdef bitgen_t* rng = <bitgen_t*>PyCapsule_GetPointer(bit_generator.capsule, "BitGenerator")
    fill_order(SELECTIONS[selection], &active[0], len(active), rng, <Py_ssize_t*>address(order))
    return order


def prox_and_conjugate(double l1, double l2, double lower, double upper, double q, double sq_norm):
    """(prox, conjugate) of one coordinate's penalty at q. For tests of one kernel."""
    cdef Penalty penalty
    penalty.l1_reg, penalty.l2_reg, penalty.lower, penalty.upper = &l1, &l2, &lower, &upper
    return prox(&penalty, 0, q, sq_norm), conjugate(&penalty, 0, q)
