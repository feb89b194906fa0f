# Lives here: many targets in turn on one Gram matrix. Independent of: X, alpha, which levels are asked for.
import numpy as np

from libc.math cimport ceil, log, pow
from libc.string cimport memcpy

from lassocore.solvers.factor cimport clear_members
from lassocore.solvers.gap cimport ResidualView
from lassocore.solvers.gram_level cimport GramLevel, forget_levels
from lassocore.solvers.newton cimport ActiveSet
from lassocore.solvers.screening cimport max_correlation_ratio
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, Outcome


cdef void begin_target(GramSolver solver, const double* q, const double* w, double sq_target) noexcept nogil:
    """Set the solver to the target with X'(s y0) = q, at the coefficients w; NULL for zeros."""
    cdef GramLevel* level = &solver.level
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t k, size = active.G.n_features
    level.residual.target, level.residual.sq_target = q, sq_target
    memcpy(active.c, q, size * sizeof(double))
    for k in range(size):
        active.w[k] = 0.0 if w == NULL else w[k]
        if active.w[k] != 0.0:
            tables.operations[GRAM_F64].axpy(&active.G, k, -active.w[k], &level.residual)
    clear_members(&active.factor)
    forget_levels(level)
    solver.l2_scale = -1.0


cdef void solve_next_level(GramSolver solver, double l1_scale, double l2_scale, Outcome* outcome) noexcept nogil:
    """Solve one level from the solution of the last."""
    solver.set_level(l1_scale, l2_scale)
    if l2_scale != solver.l2_scale:
        tables.gram.refactor(&solver.level)
    tables.gram.solve(&solver.level, outcome)
    solver.l2_scale = l2_scale


cdef void store_solution(GramSolver solver, bint single_precision, double* w, double* numbers) noexcept nogil:
    """Store w and (gap, ||r||_s^2) of the level just solved."""
    solver.fill_slot(0)
    if single_precision:
        solver.round_slot(0)
    numbers[0] = solver.gap_of_slot(0, 0.0, &numbers[1])
    memcpy(w, solver.first_w, solver.level.active.G.n_features * sizeof(double))


def solve_targets(GramSolver solver, tuple targets, tuple levels, Py_ssize_t max_iter, bint single_precision):
    """(w, (gap, ||r||_s^2, epochs, Newton steps)) of every level that has a row in the result.

    targets is (X'(s y0), coefficients to start from or None, ||y0||_s^2, tolerances of the gap), a row for each target.
    levels is (offsets of each target's levels, l1 scales, l2 scales, rows of the result or -1), target by target.
    """
    cdef const double[:, ::1] Q = targets[0]
    cdef const double[::1] sq_targets = targets[2], tolerances = targets[3]
    cdef const double[:, ::1] starts = targets[1]
    cdef const double* start = NULL if targets[1] is None else &starts[0, 0]
    cdef const Py_ssize_t[::1] spans = levels[0], rows = levels[3]
    cdef const double[::1] l1_scales = levels[1], l2_scales = levels[2]
    cdef Py_ssize_t t, k, row, before, size = solver.size
    cdef GramLevel* level = &solver.level
    cdef const double* q = level.residual.target
    cdef Outcome outcome
    coefs, outcomes = np.empty((levels[3].max() + 1, size)), np.empty((levels[3].max() + 1, 4))
    cdef double[:, ::1] W = coefs, numbers = outcomes
    outcome.status = CONVERGED
    level.max_iter = max_iter
    with nogil:
        for t in range(Q.shape[0]):
            begin_target(solver, &Q[t, 0], NULL if start == NULL else start + t * size, sq_targets[t])
            level.tolerance = tolerances[t]
            for k in range(spans[t], spans[t + 1]):
                row, before = rows[k], level.active.n_solves
                solve_next_level(solver, l1_scales[k], l2_scales[k], &outcome)
                if outcome.status == INTERRUPTED:
                    break
                if row >= 0:
                    store_solution(solver, single_precision, &W[row, 0], &numbers[row, 0])
                    numbers[row, 2], numbers[row, 3] = outcome.n_iter, level.active.n_solves - before
            if outcome.status == INTERRUPTED:
                break
    level.residual.target = q
    if outcome.status == INTERRUPTED:
        raise_pending()
    return coefs, outcomes


cdef double ratio_of_target(GramSolver solver, const double* c) noexcept nogil:
    """The smallest l1 scale at which w = 0 is optimal, given the correlations."""
    cdef ResidualView view
    view.columns, view.n_columns, view.c = solver.level.positions, solver.level.active.G.n_features, c
    return max_correlation_ratio(&solver.level.active.penalty, &view)


def max_ratios_of_targets(GramSolver solver, const double[:, ::1] C):
    """For each row of correlations the smallest l1 scale at which w = 0 is optimal."""
    ratios = np.empty(C.shape[0])
    cdef double[::1] out = ratios
    cdef Py_ssize_t t
    solver.set_level(1.0, 0.0)
    for t in range(C.shape[0]):
        out[t] = ratio_of_target(solver, &C[t, 0])
    return ratios


def solve_target(
    GramSolver solver, tuple target, double l1_scale, double l2_scale, double min_step_ratio, Py_ssize_t max_iter,
    bint single_precision
):
    """(w, gap, ||r||_s^2, epochs and Newton steps) of one target at one level.

    target is (X'(s y0), coefficients to start from or None, ||y0||_s^2, tolerance of the gap). A level below
    min_step_ratio times that of the start is reached by intermediate levels, as of `penalty_grid`.
    """
    cdef const double[::1] q = target[0]
    cdef const double[::1] start = target[1]
    cdef const double* first = NULL if target[1] is None else &start[0]
    cdef double sq_target = target[2]
    cdef GramLevel* level = &solver.level
    cdef const double* q_before = level.residual.target
    cdef Py_ssize_t k, n_steps = 1, before = level.active.n_solves, n_epochs = 0
    cdef double largest, share, scale
    cdef Outcome outcome
    w = empty(solver.size, cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(w)
    cdef double[2] numbers
    level.max_iter, level.tolerance = max_iter, target[3]
    with nogil:
        begin_target(solver, &q[0], first, sq_target)
        solver.set_level(1.0, 0.0)
        largest = ratio_of_target(solver, level.active.c)
        share = l1_scale / largest if largest > 0.0 else 1.0
        if 0.0 < share < min_step_ratio:        # 0 where the correlations overflow
            n_steps = <Py_ssize_t>ceil(log(share) / log(min_step_ratio))
        for k in range(1, n_steps + 1):
            scale = 1.0 if k == n_steps else pow(share, (<double>k - n_steps) / n_steps)
            solve_next_level(solver, scale * l1_scale, scale * l2_scale, &outcome)
            n_epochs += outcome.n_iter
            if outcome.status == INTERRUPTED:
                break
        if outcome.status != INTERRUPTED:
            store_solution(solver, single_precision, out, numbers)
    level.residual.target = q_before
    if outcome.status == INTERRUPTED:
        raise_pending()
    return w, numbers[0], numbers[1], n_epochs + level.active.n_solves - before
