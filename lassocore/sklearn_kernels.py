# Lives here: scikit-learn's coordinate descent kernels, call for call, on this core. Must not know: estimators, patching.
"""What scikit-learn's kernels are asked, solved by lassocore: objectives that are not divided by n_samples, w in place.

Each function takes a kernel's arguments by name, writes w and returns (w, gap, scaled tolerance, iterations), or raises
`NotCovered` before it has touched w.
"""
from __future__ import annotations

import warnings
from operator import itemgetter

import numpy as np

from lassocore._isa import core
from lassocore.descent import as_start
from lassocore.gram import gram_problem
from lassocore.levels import as_alpha
from lassocore.methods import FEW_EPOCHS, solve_levels
from lassocore.results import remedy
from lassocore.settings import Settings, exact_goal
from lassocore.validation import FLOATS, Problem, as_problem

WHOLE_NUMBERS = (int, np.integer)
COMMON = itemgetter("w", "alpha", "beta", "max_iter", "tol")
GRAM = itemgetter("Q", "q", "y")
SPARSE = itemgetter("X_data", "X_indices", "X_indptr", "X_mean", "sample_weight", "y")


class NotCovered(Exception):
    """A call that is left to scikit-learn's own kernel, and why."""


def dense_kernel(given: dict):
    """1/2 ||y - X w||^2 + alpha ||w||_1 + beta/2 ||w||^2"""
    w, alpha, beta, max_iter, tol = checked(given)
    X, y = given["X"], given["y"]
    require(isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == len(w), "X is no array that fits w")
    require(isinstance(y, np.ndarray) and y.shape == X.shape[:1], "y is no vector that fits X")
    require(X.dtype == w.dtype == y.dtype and X.flags.f_contiguous, "mixed dtypes or not in Fortran order")
    problem = checked_problem(X, y, fit_intercept=False, positive=bool(given.get("positive", False)))
    return solve_problem(problem, w, (alpha, beta), Scale(1.0, problem.sq_target), settings_of(given, max_iter, tol))


def sparse_kernel(given: dict):
    """The same with X - X_mean for a sparse X, and with sample weights."""
    from scipy.sparse import csc_array

    w, alpha, beta, max_iter, tol = checked(given)
    data, indices, starts, means, weights, y = SPARSE(given)
    require(isinstance(data, np.ndarray) and data.dtype == w.dtype and isinstance(y, np.ndarray), "mixed dtypes")
    require(isinstance(means, np.ndarray) and means.shape == w.shape and len(starts) == len(w) + 1,
            "X_mean or X_indptr does not fit w")
    X = csc_array((data, indices, starts), shape=(len(y), len(w)), copy=False)
    centred = bool(means.any())
    problem = checked_problem(
        X, y, fit_intercept=centred, sample_weight=weights, positive=bool(given.get("positive", False)))
    loose = 1e-4 if data.dtype == np.float32 else 1e-7
    require(np.allclose(problem.means, means, rtol=loose, atol=loose * np.abs(means).max(initial=0.0)),
            "X_mean is not the weighted mean")
    total = len(y) if weights is None else float(weights.sum(dtype=np.float64))
    squares = np.square(y, dtype=np.float64)
    sq_target = float(squares.sum() if weights is None else squares @ weights)
    scale = Scale(total / problem.total_weight, sq_target)
    return solve_problem(problem, w, (alpha, beta), scale, settings_of(given, max_iter, tol))


def gram_kernel(given: dict):
    """1/2 w'Q w - q'w + y'y/2 + alpha ||w||_1 + beta/2 ||w||^2, by exact steps on the support.

    Graphical lasso asks for thousands of these, small ones: as little as possible is done beside the solution.
    """
    w, alpha, beta, max_iter, tol = checked(given)
    Q, q, y = GRAM(given)
    require(type(Q) is np.ndarray and Q.shape == (len(w), len(w)) and Q.dtype == w.dtype, "Q does not fit w")
    require(type(q) is np.ndarray and q.shape == w.shape and type(y) is np.ndarray, "q is no vector that fits w")
    require(alpha + beta > 0.0, "least squares on a Gram matrix")
    diagonal = Q.diagonal()
    sq_target, positive = float(np.dot(y, y)), bool(given.get("positive", False))
    require(0.0 <= sq_target < np.inf, "y is not finite")
    scaled_tol = tol * sq_target
    ready = w.dtype == FLOATS[0] and Q.flags.c_contiguous and diagonal.min(initial=1.0) > 0.0
    if not ready or alpha == 0.0 or max_iter < FEW_EPOCHS:
        problem = gram_problem(Q, q, sq_target, positive, w.dtype)
        return solve_problem(problem, w, (alpha, beta), Scale(1.0, sq_target), settings_of(given, max_iter, tol))
    solver = core.GramSolver(len(w), 1, sq_target, positive, Q.T)
    if positive:
        np.maximum(w, 0.0, out=w)
        solver.upper[:] = np.inf
    solver.q[:], solver.w[:], solver.sq_norms[:] = q, w, diagonal
    solver.l1_factor[:] = solver.l2_factor[:] = 1.0
    solver.c[:] = q - Q @ w
    solver.size = len(w)
    solver.forget_factor()
    gap, _, n_epochs, n_newton, _ = solver.solve(
        np.array([alpha]), np.array([beta]), exact_goal(tol) * sq_target, max_iter)[0].tolist()
    w[:] = solver.w
    if not gap <= scaled_tol:
        warn(gap, scaled_tol, n_epochs >= max_iter, w.dtype)
    return w, gap, scaled_tol, int(n_epochs + n_newton)


class Scale:
    """From a problem's numbers to the kernel's: a factor of the objective, and y'y."""

    def __init__(self, factor: float, sq_target: float):
        self.factor, self.sq_target = factor, sq_target


def solve_problem(problem: Problem, w: np.ndarray, penalty: tuple[float, float], scale: Scale, settings: Settings):
    """One level from w, on whichever method suits it."""
    scaled_tol = settings.tol * scale.sq_target
    alpha, l1_ratio = as_alpha(*penalty, problem.total_weight * scale.factor)
    own = Settings(
        exact=True, selection=settings.selection, rng=settings.rng, max_iter=settings.max_iter,
        tol=scaled_tol / (scale.factor * problem.sq_target) if problem.sq_target > 0.0 else settings.tol)
    start = as_start(problem, w) if w.any() else None
    level = next(iter(solve_levels(problem, np.array([alpha]), l1_ratio, own, start, None)))
    w[:] = 0.0
    w[level.rows] = level.values
    gap = level.gap * scale.factor
    if not level.converged:
        warn(gap, scaled_tol, level.n_epochs >= settings.max_iter, w.dtype)
    return w, gap, scaled_tol, level.n_epochs + level.n_newton


def checked(given: dict):
    """The arguments that all kernels have, in the core's types."""
    w, alpha, beta, max_iter, tol = COMMON(given)
    require(type(w) is np.ndarray and w.ndim == 1 and w.dtype in FLOATS, "w is no vector of floats")
    require(w.flags.writeable and w.flags.c_contiguous, "w is read-only or strided")
    alpha, beta, tol = float(alpha), float(beta), float(tol)
    require(alpha >= 0.0 and beta >= 0.0 and tol >= 0.0, "a negative penalty or tolerance")
    require(alpha + beta + tol < np.inf, "a penalty or tolerance that is not finite")
    require(isinstance(max_iter, WHOLE_NUMBERS) and max_iter >= 1, "no iterations")
    return w, alpha, beta, int(max_iter), tol


def checked_problem(X, y, **options) -> Problem:
    """A canonical problem; what lassocore refuses is left to scikit-learn's kernel and what it says of it."""
    try:
        return as_problem(X, y, **options)
    except ValueError as error:
        raise NotCovered(str(error)) from None


def settings_of(given: dict, max_iter: int, tol: float) -> Settings:
    """Order of visits, tolerance and iterations."""
    if not given.get("random", False):
        return Settings(tol=tol, max_iter=max_iter)
    return Settings(tol=tol, max_iter=max_iter, selection="random", rng=int(given["rng"].randint(2**31 - 1)))


def require(covered: bool, reason: str) -> None:
    """Go on only where the call is covered."""
    if not covered:
        raise NotCovered(reason)


def warn(gap: float, scaled_tol: float, exhausted: bool, dtype: np.dtype) -> None:
    """The one warning of a kernel, at the line that called it."""
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(f"{remedy(exhausted, dtype)} Duality gap {gap:.3e}, tolerance {scaled_tol:.3e}.", ConvergenceWarning,
                  stacklevel=5)


# Name -> (what solves it, the arguments it must have).
KERNELS = {
    "enet_coordinate_descent": (dense_kernel, {"w", "alpha", "beta", "X", "y", "max_iter", "tol", "rng"}),
    "sparse_enet_coordinate_descent": (sparse_kernel, {
        "w", "alpha", "beta", "X_data", "X_indices", "X_indptr", "y", "sample_weight", "X_mean", "max_iter", "tol",
        "rng"}),
    "enet_coordinate_descent_gram": (gram_kernel, {"w", "alpha", "beta", "Q", "q", "y", "max_iter", "tol", "rng"}),
}
