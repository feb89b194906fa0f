# Lives here: the columns that matter at an alpha, by a sample of the rows. Independent of: what is done with them.
"""A sample of the rows of a tall dense X tells which columns matter; its products are part of those of all rows."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.solvers.penalty_grid import PenaltyGrid
from lassocore.utils.threads import single_threaded_blas

ROWS_OF_A_SAMPLE = 8                # one row in so many is in the sample,
N_RANGES = 16                       # in so many ranges of adjacent rows,
MIN_ROWS_OF_RANGE = 64              # or fewer, of at least so many
CHOSEN_SHARE = 0.95                 # of l1_j, that |c_j| reaches in the sample where a column is chosen
MAX_SUPPORT = 0.3                   # nonzero coefficients for each row of a sample; noise enters where there are more
MAX_STEPS = 10_000                  # for a level on the sample


def choose(problem: Problem, w: np.ndarray, correlations: np.ndarray, l1_scale: float) -> np.ndarray:
    """The features whose coefficients are not 0, or whose correlations are near the bound; at least one."""
    ratios = problem.penalty.ratios(problem.features, correlations)
    return problem.features[(w[problem.features] != 0.0) | (ratios >= min(CHOSEN_SHARE * l1_scale, ratios.max()))]


def sampled_ranges(n_samples: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Ranges of rows, evenly spaced, that are the sample, and those between them."""
    n_ranges = max(1, min(N_RANGES, n_samples // (ROWS_OF_A_SAMPLE * MIN_ROWS_OF_RANGE)))
    starts = np.linspace(0, n_samples, n_ranges + 1).astype(int).tolist()
    stops = [start + -(-(after - start) // ROWS_OF_A_SAMPLE) for start, after in zip(starts, starts[1:], strict=False)]
    return list(zip(starts, stops, strict=False)), list(zip(stops, starts[1:], strict=True))


def share_of(matrix, ranges: list[tuple[int, int]]) -> float:
    """The share of these rows in the sum of the weights."""
    weights = [stop - start if matrix.weights is None else matrix.weights[start:stop].sum() for start, stop in ranges]
    return sum(weights) / matrix.total_weight


def choose_on_sample(problem: Problem, gram: np.ndarray, sample: list[tuple[int, int]], levels: PenaltyGrid,
                     gap_tol: float, most: float) -> np.ndarray:
    """The features that matter at the last level on the sample, which has this Gram matrix; all features where these
    are more than `most`, or where the sample is too small to tell."""
    share = share_of(problem.matrix, sample)
    if share == 0.0:
        return problem.features
    X, target = problem.matrix.arrays[0], problem.target
    with single_threaded_blas(True):
        q = sum(X[start:stop].T @ target[start:stop] for start, stop in sample)
    total = sum(target[start:stop].sum() for start, stop in sample)
    columns = core.ColumnSet(replace(problem, correlations=q - total * problem.means), 1, gram, levels.has_ridge)
    l1_scales, l2_scales = share * levels.l1_scales, share * levels.l2_scales
    largest = min(most, MAX_SUPPORT * sum(stop - start for start, stop in sample))
    for k in range(len(levels)):
        columns.solve(l1_scales[k:k + 1], l2_scales[k:k + 1], share * gap_tol, MAX_STEPS)
        w = columns.coefficients()
        if np.count_nonzero(w) > largest:
            return problem.features
    return choose(problem, w, columns.correlations, l1_scales[-1])
