# Lives here: one exact step on the support that coordinate descent found. Independent of: storage, paths.
"""The solution for given signs: cheap, and optimal where the support is right."""
from __future__ import annotations

import numpy as np

from lassocore.problems.problem import Problem
from lassocore.results.path_point import PathPoint
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.penalty_grid import level_scales
from lassocore.utils.threads import single_threaded_blas

EPS = np.finfo(float).eps
MAX_GATHERED = 4_000_000            # entries in a dense copy of the columns of the support


def refine(descent: CoordinateDescent, point: PathPoint, alpha: float) -> PathPoint:
    """The point with the solution of (Z'Z + l2) w = Z'y0 - l1 sign(w) on its support, and its gap.

    Coordinate descent continues from there. The point is returned unchanged where a sign changes, a coefficient is at
    a bound, or the gap would grow beyond rounding.
    """
    problem, support = descent.problem, point.rows
    w = solve_signs(problem, support, point.values, level_scales(problem, alpha, descent.l1_ratio))
    if w is None:
        return point
    full = np.zeros(problem.matrix.n_features)
    full[support] = w.astype(problem.dtype)
    descent.restart(full)
    refined = descent.evaluate(point.index, alpha, point.method)
    if not refined.gap <= max(point.gap, EPS * problem.sq_target):      # below that gaps are rounding errors
        full[support] = point.values
        descent.restart(full)
        return point
    return refined._replace(n_epochs=point.n_epochs, n_newton=1, n_working=point.n_working, n_scanned=point.n_scanned,
                            seconds=point.seconds)


def solve_signs(problem: Problem, support: np.ndarray, values: np.ndarray, scales: tuple[float, float]
                ) -> np.ndarray | None:
    """The coefficients on the support, or None where they do not have these signs or meet a bound."""
    (l1_scale, l2_scale), penalty, n_support = scales, problem.penalty, len(support)
    if n_support == 0 or n_support * len(problem.target) > MAX_GATHERED or penalty.reaches_bound(support, values):
        return None
    gram = problem.design.gram(support)
    gram[np.diag_indices(n_support)] += problem.penalty.ridge(support, l2_scale)
    signs = np.sign(values)
    try:
        with single_threaded_blas(True):
            w = np.linalg.solve(gram, problem.correlations[support] - l1_scale * problem.l1_factor[support] * signs)
    except np.linalg.LinAlgError:
        return None
    has_signs = ((np.sign(w) == signs) | (problem.l1_factor[support] == 0.0)).all()
    if not has_signs or penalty.reaches_bound(support, w):
        return None
    return w
