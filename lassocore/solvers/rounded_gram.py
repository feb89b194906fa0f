# Lives here: one alpha of a dense X on a Gram matrix of single precision. Independent of: when it is planned.
"""Exact steps on a rounded Gram matrix, which takes half of the time of an exact one; X corrects them."""
from __future__ import annotations

import time

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import dense_gram
from lassocore.problems.problem import Problem
from lassocore.results.path_point import PathPoint
from lassocore.solvers.active_set import IMPROVEMENT, INNER_SHARE
from lassocore.solvers.column_set import N_NEWTON
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.penalty_grid import PenaltyGrid
from lassocore.solvers.row_sample import choose, choose_on_sample, sampled_ranges

MIN_ROWS_OF_COLUMN = 2              # rows for each column, from which a sample of them tells which columns matter
MAX_CHOSEN = 0.45                   # share of the columns beyond which the Gram matrix of all is formed
MAX_ROUNDS = 6                      # in which columns that violate optimality join, and coefficients are corrected


def fit_on_rounded_gram(
    descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, pool
) -> PathPoint | None:
    """The solution at the only alpha of the grid; each round computes correlations with X, and the gap. None where the
    rounds do not lead there."""
    clock, problem, max_iter = time.perf_counter(), descent.problem, min(descent.settings.max_iter, 2**62)
    columns, n_newton, last_gap = chosen_columns(descent, levels, pool), 0, np.inf
    features, first = problem.features, len(levels) - 1 if columns.coefficients().any() else 0
    l1_scales, l2_scales = levels.l1_scales[first:], levels.l2_scales[first:]
    for n_rounds in range(1, MAX_ROUNDS + 1):
        columns.solve(l1_scales, l2_scales, INNER_SHARE * descent.goal, max_iter)
        n_newton += int(columns.outcomes[:, N_NEWTON].sum())
        descent.restart(columns.coefficients())
        point = descent.evaluate(0, grid[0], columns.method)
        if point.gap <= descent.goal:
            return point._replace(n_newton=n_newton, n_working=len(columns), n_scanned=n_rounds * len(features),
                                  converged=True, seconds=time.perf_counter() - clock)
        correlations = descent.solver.correlations
        beyond = features[problem.penalty.ratios(features, correlations[features]) > l1_scales[-1]]
        violators = np.setdiff1d(beyond, columns.columns, assume_unique=True)
        if len(violators) == 0 and not point.gap <= IMPROVEMENT * last_gap:
            break
        last_gap, l1_scales, l2_scales = point.gap, l1_scales[-1:], l2_scales[-1:]
        columns.extend(violators)
        columns.start_from(descent.solver.w[columns.columns], correlations[columns.columns])
    return None


def chosen_columns(descent: CoordinateDescent, levels: PenaltyGrid, pool) -> core.ColumnSet:
    """The columns that matter near the coefficients of the descent, with these, or on a sample of the rows; all where
    they are many."""
    problem, matrix, features = descent.problem, descent.problem.matrix, descent.problem.features
    w, most = descent.solver.w, MAX_CHOSEN * len(features)
    if w.any():
        near = choose(problem, w, descent.solver.correlations[features], levels.l1_scales[-1])
        if len(near) <= most:
            return rounded_set(problem, levels, near, w[near])
    if matrix.n_samples < MIN_ROWS_OF_COLUMN * len(features):
        gram = dense_gram(matrix, features, [(0, matrix.n_samples)], pool, single=True)
    else:
        sample, rest = sampled_ranges(matrix.n_samples)
        gram = dense_gram(matrix, features, sample, pool, single=True)
        chosen = choose_on_sample(problem, gram, sample, levels, descent.goal, most)
        if len(chosen) <= most:
            return rounded_set(problem, levels, chosen)
        gram += dense_gram(matrix, features, rest, pool, single=True)
    return core.ColumnSet(problem, len(levels), gram, levels.has_ridge)


def rounded_set(problem: Problem, levels: PenaltyGrid, chosen: np.ndarray, w: np.ndarray | None = None
                ) -> core.ColumnSet:
    """These columns, at zeros or with these coefficients, and their products of single precision."""
    columns = core.ColumnSet(problem, len(levels), None, levels.has_ridge, single=True)
    columns.extend(chosen, w)
    return columns
