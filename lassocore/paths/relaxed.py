# Lives here: relaxed fits, the blend of a path with least squares on its supports. Independent of: storage.
"""fit_path(relax=gamma): the refit of each support without a penalty, and the blend."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import divided
from lassocore.problems.problem import Problem
from lassocore.results.path_point import PathPoint
from lassocore.solvers.least_squares import BatchedLeastSquares, LeastSquares, Refit
from lassocore.solvers.settings import Settings
from lassocore.utils.threads import ranges


def relax_levels(
    problem: Problem, levels: Sequence[PathPoint], alphas: np.ndarray, gamma: float, settings: Settings
) -> tuple[list[PathPoint], np.ndarray]:
    """(levels with blended coefficients, S-scaled gap of each refit); docs/math.md, section 16.

    At alpha = 0 a solution is its own refit.
    """
    n_penalised = int(np.count_nonzero(alphas[:len(levels)] > 0.0))
    blended: list[PathPoint] = []
    gaps: list[float] = []
    if n_penalised > 0:
        blended, gaps = _relax_penalised(problem, levels[:n_penalised], gamma, settings)
    rest = levels[n_penalised:]
    return [*blended, *rest], np.array([*gaps, *(level.gap for level in rest)])


def _relax_penalised(problem, levels, gamma, settings) -> tuple[list[PathPoint], list[float]]:
    """The same for positive alphas."""
    unpenalised = problem.unpenalised if problem.block is None else problem.block.columns
    supports = [np.union1d(level.rows, unpenalised).astype(np.intp) for level in levels]
    if BatchedLeastSquares.can_hold(problem, max(map(len, supports))):
        return _relax_in_batches(problem, levels, supports, gamma, settings)
    least_squares = LeastSquares(problem, settings)
    blended, gaps = [], []
    for k, (level, columns) in enumerate(zip(levels, supports, strict=True)):
        if k == 0 or not np.array_equal(columns, supports[k - 1]):
            refit = least_squares.solve(columns)
        rows, values = _blend(level, refit, gamma, problem.dtype)
        residual, weights = core.residual_of(problem.matrix, problem.target, rows, values), problem.matrix.weights
        sq_residual = core.sq_norm(residual if weights is None else divided(residual, weights), weights)
        blended.append(level._replace(rows=rows, values=values, sq_residual=sq_residual))
        gaps.append(refit.gap)
    return blended, gaps


def _relax_in_batches(problem, levels, supports, gamma, settings) -> tuple[list[PathPoint], list[float]]:
    """The same, several supports at a time."""
    batch, blended, gaps = BatchedLeastSquares(problem, settings), [], []
    for start, stop in ranges(len(levels), batch.size):
        refits = batch.solve(supports[start:stop])
        pairs = [_blend(level, refit, gamma, problem.dtype)
                 for level, refit in zip(levels[start:stop], refits, strict=True)]
        sq_residuals = batch.sq_residuals([rows for rows, _ in pairs], [values for _, values in pairs])
        blended += [level._replace(rows=rows, values=values, sq_residual=float(sq_residual)) for
                    level, (rows, values), sq_residual in zip(levels[start:stop], pairs, sq_residuals, strict=True)]
        gaps += [refit.gap for refit in refits]
    return blended, gaps


def _blend(level: PathPoint, refit: Refit, gamma: float, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Ascending indices and values of gamma times the penalised coefficients plus 1 - gamma times the refit."""
    rows = np.union1d(level.rows, refit.rows)
    values = np.zeros(len(rows))
    values[np.searchsorted(rows, level.rows)] = gamma * level.values
    values[np.searchsorted(rows, refit.rows)] += (1.0 - gamma) * refit.values
    return rows, values.astype(dtype).astype(np.float64)
