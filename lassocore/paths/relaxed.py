# Lives here: relaxed fits, the blend of a path with least squares on its supports. Independent of: storage.
"""fit_path(relax=gamma): the refit of each support without a penalty, and the blend."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.results.path_batch import PathBatch, batch_of
from lassocore.results.path_point import PathPoint
from lassocore.solvers.least_squares import BatchedLeastSquares, LeastSquares, Refit
from lassocore.solvers.settings import Settings
from lassocore.utils.threads import ranges


def relaxed(
    problem: Problem, solved: PathBatch, alphas: np.ndarray, gamma: float, settings: Settings
) -> tuple[PathBatch, np.ndarray]:
    """(the solutions with blended coefficients, S-scaled gap of each refit); docs/math.md, section 16.

    At alpha = 0 a solution is its own refit.
    """
    points = list(solved)
    n_penalised = int(np.count_nonzero(alphas[:len(points)] > 0.0))
    blended: list[PathPoint] = []
    gaps: list[float] = []
    if n_penalised > 0:
        blended, gaps = _relax_penalised(problem, points[:n_penalised], gamma, settings)
    rest = points[n_penalised:]
    return batch_of(*blended, *rest), np.array([*gaps, *(point.gap for point in rest)])


def _relax_penalised(problem, points, gamma, settings) -> tuple[list[PathPoint], list[float]]:
    """The same for positive alphas."""
    unpenalised = problem.unpenalised if problem.block is None else problem.block.columns
    supports = [np.union1d(point.rows, unpenalised).astype(np.intp) for point in points]
    if BatchedLeastSquares.can_hold(problem, max(map(len, supports))):
        return _relax_in_batches(problem, points, supports, gamma, settings)
    least_squares = LeastSquares(problem, settings)
    blended, gaps = [], []
    for k, (point, columns) in enumerate(zip(points, supports, strict=True)):
        if k == 0 or not np.array_equal(columns, supports[k - 1]):
            refit = least_squares.solve(columns)
        rows, values = _blend(point, refit, gamma, problem.dtype)
        residual, weights = core.residual_of(problem.matrix, problem.target, rows, values), problem.matrix.weights
        sq_residual = core.sq_norm(residual if weights is None else core.divided(residual, weights), weights)
        blended.append(point._replace(rows=rows, values=values, sq_residual=sq_residual))
        gaps.append(refit.gap)
    return blended, gaps


def _relax_in_batches(problem, points, supports, gamma, settings) -> tuple[list[PathPoint], list[float]]:
    """The same, several supports at a time."""
    batch, blended, gaps = BatchedLeastSquares(problem, settings), [], []
    for start, stop in ranges(len(points), batch.size):
        refits = batch.solve(supports[start:stop])
        pairs = [_blend(point, refit, gamma, problem.dtype)
                 for point, refit in zip(points[start:stop], refits, strict=True)]
        sq_residuals = batch.sq_residuals([rows for rows, _ in pairs], [values for _, values in pairs])
        blended += [point._replace(rows=rows, values=values, sq_residual=float(sq_residual)) for
                    point, (rows, values), sq_residual in zip(points[start:stop], pairs, sq_residuals, strict=True)]
        gaps += [refit.gap for refit in refits]
    return blended, gaps


def _blend(point: PathPoint, refit: Refit, gamma: float, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Ascending indices and values of gamma times the penalised coefficients plus 1 - gamma times the refit."""
    rows = np.union1d(point.rows, refit.rows)
    values = np.zeros(len(rows))
    values[np.searchsorted(rows, point.rows)] = gamma * point.values
    values[np.searchsorted(rows, refit.rows)] += (1.0 - gamma) * refit.values
    return rows, values.astype(dtype).astype(np.float64)
