# Lives here: arrays in, structs filled, kernels called without the GIL. Must not know: formulas, alpha, warnings.
"""The compiled core, built once per instruction set."""
import numpy as np

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int32_t, int64_t

from numpy.random cimport bitgen_t

from lassocore._design cimport Design, column_axpy, column_cost, column_dot, fold_offset, gather_column
from lassocore._design_csc cimport Csc, CscF32I32, CscF32I64, CscF64I32, CscF64I64
from lassocore._design_dense cimport Dense, DenseF32, DenseF64, GramF64
from lassocore._epoch cimport cd_epoch
from lassocore._gap cimport Scan, duality_gap
from lassocore._order cimport CYCLIC, RANDOM, SHUFFLED, fill_order
from lassocore._penalty cimport Penalty, as_single, conjugate, prox
from lassocore._prepass cimport ColumnStats, measure_column
from lassocore._screening cimport strongest_pull
from lassocore._solver cimport (
    CONVERGED, INTERRUPTED, MAX_ITER, STALLED, Outcome, Settings, Workspace, first_leverage, interrupted, restart,
    solve_level, view_scan,
)
from lassocore._types cimport Residual
from lassocore._unpenalised cimport Unpenalised

SELECTIONS = {"cyclic": CYCLIC, "shuffled": SHUFFLED, "random": RANDOM}
STATUSES = {CONVERGED: "converged", MAX_ITER: "max_iter", STALLED: "stalled"}

include "_matrix.pxi"
include "_solver.pxi"


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
