# Lives here: one alpha of a tall dense X, with columns chosen on a sample of its rows. Independent of: storage order.
"""A sample of the rows tells which columns matter; their Gram matrix on all rows is a part of that of all columns."""
from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import dense_gram
from lassocore.problems.problem import Problem
from lassocore.results.path_point import PathPoint
from lassocore.solvers.active_set import INNER_SHARE
from lassocore.solvers.column_set import N_NEWTON
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.penalty_grid import PenaltyGrid

ROWS_OF_A_SAMPLE = 8                # one row in so many is in the sample,
N_RANGES = 16                       # in so many ranges of adjacent rows, or fewer
CHOSEN_SHARE = 0.85                 # of l1_j, that |c_j| reaches in the sample where a column is chosen
MAX_CHOSEN = 0.45                   # share of the columns beyond which the Gram matrix of all is formed
MAX_ROUNDS = 4                      # in which columns that violate optimality join
MAX_STEPS = 10_000                  # for a level on the sample


def fit_chosen_columns(descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, pool) -> PathPoint | None:
    """The solution at the only alpha of the grid. None where too many columns matter, or where columns go on joining;
    the Gram matrix of all, if it was formed, is in the problem of the descent then."""
    clock, problem = time.perf_counter(), descent.problem
    features, l1_scale, l2_scale = problem.features, levels.l1_scales[-1:], levels.l2_scales[-1:]
    most, w = MAX_CHOSEN * len(features), descent.solver.w
    chosen = choose(problem, w, descent.solver.correlations[features], l1_scale[0]) if descent.is_warm else None
    if chosen is None or len(chosen) > most:
        sample, rest = sampled_ranges(problem.matrix.n_samples)
        share = share_of(problem.matrix, sample)
        if share == 0.0:
            return None
        gram = dense_gram(problem.matrix, features, sample, pool)
        w, correlations = solve_on_sample(problem, gram, sample, levels, share, descent.goal)
        chosen = choose(problem, w, correlations, l1_scale[0])
        if len(chosen) > most:
            descent.problem = replace(problem, gram=gram + dense_gram(problem.matrix, features, rest, pool))
            return None
    columns, n_newton = core.ColumnSet(problem, 1, None, levels.has_ridge, False), 0
    for n_rounds in range(1, MAX_ROUNDS + 1):
        columns.extend(chosen, w[chosen])
        columns.solve(l1_scale, l2_scale, INNER_SHARE * descent.goal, min(descent.settings.max_iter, 2**62))
        n_newton += int(columns.outcomes[0, N_NEWTON])
        descent.restart(columns.coefficients())
        point = descent.evaluate(0, grid[0], columns.method)
        if point.gap <= descent.goal:
            return point._replace(n_newton=n_newton, n_working=len(columns), n_scanned=n_rounds * len(features),
                                  converged=True, seconds=time.perf_counter() - clock)
        beyond = features[problem.penalty.ratios(features, descent.solver.correlations[features]) > l1_scale]
        chosen = np.setdiff1d(beyond, columns.columns, assume_unique=True)
        if len(chosen) == 0:
            break
    return None


def choose(problem: Problem, w: np.ndarray, correlations: np.ndarray, l1_scale: float) -> np.ndarray:
    """The features whose coefficients are not 0, or whose correlations are near the bound; at least one."""
    ratios = problem.penalty.ratios(problem.features, correlations)
    return problem.features[(w[problem.features] != 0.0) | (ratios >= min(CHOSEN_SHARE * l1_scale, ratios.max()))]


def sampled_ranges(n_samples: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Ranges of rows, evenly spaced, that are the sample, and those between them."""
    starts = np.linspace(0, n_samples, min(N_RANGES, n_samples) + 1).astype(int).tolist()
    stops = [start + -(-(after - start) // ROWS_OF_A_SAMPLE) for start, after in zip(starts, starts[1:], strict=False)]
    return list(zip(starts, stops, strict=False)), list(zip(stops, starts[1:], strict=True))


def share_of(matrix, ranges: list[tuple[int, int]]) -> float:
    """The share of these rows in the sum of the weights."""
    weights = [stop - start if matrix.weights is None else matrix.weights[start:stop].sum() for start, stop in ranges]
    return sum(weights) / matrix.total_weight


def solve_on_sample(problem: Problem, gram: np.ndarray, sample: list[tuple[int, int]], levels: PenaltyGrid,
                    share: float, gap_tol: float) -> tuple[np.ndarray, np.ndarray]:
    """The solution on the sample, which has this share of the weight, and the correlations of the features there, as if
    it had all of the weight."""
    X, target = problem.matrix.arrays[0], problem.target
    q = sum(X[start:stop].T @ target[start:stop] for start, stop in sample)
    total = sum(target[start:stop].sum() for start, stop in sample)
    part = replace(problem, correlations=(q - total * problem.means) / share)
    columns = core.ColumnSet(part, len(levels), gram / share, levels.has_ridge)
    columns.solve(levels.l1_scales, levels.l2_scales, gap_tol, MAX_STEPS)
    return columns.coefficients(), columns.correlations
