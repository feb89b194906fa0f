# Lives here: scikit-learn's coordinate descent kernels on this core. Independent of: their callers.
"""The problems of scikit-learn's kernels, solved by lassocore; their objectives are not divided by n_samples.

Each function takes a kernel's arguments by name, writes w in place and returns (w, gap, scaled tolerance, iterations),
or raises `NotCovered` before it has changed w.
"""
from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
from scipy.sparse import csc_array

from lassocore._isa import core
from lassocore.designs.sparse_checks import SparseFormatError, check_sparse
from lassocore.paths.fit_multi_task_path import solve_multi_task_path
from lassocore.problems.gram_problem import gram_problem
from lassocore.problems.multi_task import as_multi_task_problem
from lassocore.problems.problem import Problem, as_problem
from lassocore.results.convergence import remedy
from lassocore.solvers.coordinate_descent import as_start
from lassocore.solvers.cost_model import FEW_EPOCHS
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.penalty_grid import as_alpha
from lassocore.solvers.settings import Settings, exact_goal
from lassocore.utils.arguments import FLOATS

P = TypeVar("P", bound=Problem)
WHOLE_NUMBERS = (int, np.integer)
L1_NAME, L2_NAME = "l1_reg", "l2_reg"     # of the multi-task kernel before scikit-learn 1.9
COMMON = itemgetter("w", "alpha", "beta", "max_iter", "tol")
GRAM = itemgetter("Q", "q", "y")
SPARSE = itemgetter("X_data", "X_indices", "X_indptr", "X_mean", "sample_weight", "y")


class NotCovered(Exception):
    """A call that only scikit-learn's own kernel covers; the message is the reason."""


def dense_kernel(given: dict):
    """1/2 ||y - X w||^2 + alpha ||w||_1 + beta/2 ||w||^2."""
    w, alpha, beta, max_iter, tol = checked(given)
    X, y = checked_dense(given, w)
    problem = checked_problem(as_problem, X, y, fit_intercept=False, positive=bool(given.get("positive", False)))
    return solve_problem(problem, w, (alpha, beta), Scale(1.0, problem.sq_target), settings_of(given, max_iter, tol))


def sparse_kernel(given: dict):
    """The same with X - X_mean for a sparse X, and with sample weights."""
    w, alpha, beta, max_iter, tol = checked(given)
    problem, scale = sparse_problem(as_problem, given, w, positive=bool(given.get("positive", False)))
    return solve_problem(problem, w, (alpha, beta), scale, settings_of(given, max_iter, tol))


def multi_task_kernel(given: dict):
    """1/2 ||Y - X W'||^2 + alpha sum_j ||W_j|| + beta/2 ||W||^2, for a dense or a sparse X."""
    W, sparse = given["W"], bool(given.get("X_is_sparse", False))
    require(type(W) is np.ndarray and W.ndim == 2 and W.dtype in FLOATS and W.flags.writeable, "W is no floats")
    named = {**given, "w": W[0], "y": given["Y"], "alpha": given[L1_NAME if L1_NAME in given else "alpha"],
             "beta": given[L2_NAME if L2_NAME in given else "beta"]}
    if len(W) == 1 and W[0].flags.c_contiguous and given["Y"].flags.f_contiguous:
        named["y"] = given["Y"][:, 0]
        return (W, *(sparse_kernel if sparse else dense_kernel)(named)[1:])
    w, alpha, beta, max_iter, tol = checked({**named, "w": np.zeros(W.shape[1], W.dtype)})
    if sparse:
        problem, scale = sparse_problem(as_multi_task_problem, named, w)
    else:
        problem = checked_problem(as_multi_task_problem, *checked_dense(named, w), fit_intercept=False)
        scale = Scale(1.0, problem.sq_target)
    settings = scale.settings(settings_of(given, max_iter, tol), problem)
    alpha, l1_ratio = as_alpha(alpha, beta, problem.total_weight * scale.factor)
    path = solve_multi_task_path(problem, [alpha], 1.0, l1_ratio, settings, W if W.any() else None)
    W[...] = path.coefs_sparse.at(0)
    gap, scaled_tol = float(path.dual_gaps[0]) * problem.total_weight * scale.factor, tol * scale.sq_target
    if not path.converged[0]:
        warn(gap, scaled_tol, path.n_iter[0] >= max_iter, W.dtype)
    return W, gap, scaled_tol, int(path.n_iter[0])


def gram_kernel(given: dict):
    """1/2 w'Q w - q'w + y'y/2 + alpha ||w||_1 + beta/2 ||w||^2, by exact steps on the support.

    Graphical lasso calls it thousands of times on small problems, so little is done beside the solution.
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
    solver.q[:], solver.w[:], solver.sq_norms[:], solver.norms[:] = q, w, diagonal, np.sqrt(diagonal)
    solver.l1_factor[:] = solver.l2_factor[:] = 1.0
    solver.c[:] = q - Q @ w
    solver.size = len(w)
    solver.forget_factor()
    scales = np.array([alpha]), np.array([beta])
    _, _, n_epochs, n_newton, _ = solver.solve_levels(*scales, exact_goal(tol) * sq_target, max_iter)[0].tolist()
    gap = float(solver.certify(*scales, np.zeros(1))[0, 0])
    w[:] = solver.w
    if not gap <= scaled_tol:
        warn(gap, scaled_tol, n_epochs >= max_iter, w.dtype)
    return w, gap, scaled_tol, int(n_epochs + n_newton)


class Scale:
    """From a problem's units to the kernel's: a factor of the objective, and y'y."""

    def __init__(self, factor: float, sq_target: float):
        self.factor, self.sq_target = factor, sq_target

    def settings(self, given: Settings, problem: Problem) -> Settings:
        """The tolerance relative to the problem's own squared target, and exact steps where they cost little."""
        share = self.sq_target / (self.factor * problem.sq_target) if problem.sq_target > 0.0 else 1.0
        return replace(given, tol=given.tol * share, exact=True)


def solve_problem(problem: Problem, w: np.ndarray, penalty: tuple[float, float], scale: Scale, settings: Settings):
    """Solve for one penalty, starting from w."""
    alpha, l1_ratio = as_alpha(*penalty, problem.total_weight * scale.factor)
    start = as_start(problem, w) if w.any() else None
    (level,), = solve_levels(problem, np.array([alpha]), l1_ratio, scale.settings(settings, problem), start, None)
    w[:] = 0.0
    w[level.rows] = level.values
    gap, scaled_tol = float(level.gap * scale.factor), settings.tol * scale.sq_target
    if not level.converged:
        warn(gap, scaled_tol, level.n_epochs >= settings.max_iter, w.dtype)
    return w, gap, scaled_tol, level.n_epochs + level.n_newton


def checked_dense(given: dict, w: np.ndarray):
    """X and y, or Y, in the storage that scikit-learn's kernels require."""
    X, y = given["X"], given["y"]
    require(type(X) is np.ndarray and X.ndim == 2 and X.shape[1] == len(w), "X is no array that fits w")
    require(isinstance(y, np.ndarray) and len(y) == len(X), "y is no array that fits X")
    require(X.dtype == w.dtype == y.dtype and X.flags.f_contiguous, "mixed dtypes, or X is not in Fortran order")
    return X, y


def sparse_problem(make: Callable[..., P], given: dict, w: np.ndarray, **options) -> tuple[P, Scale]:
    """The problem of a sparse X minus X_mean, which must hold the weighted means."""
    data, indices, starts, means, weights, y = SPARSE(given)
    require(isinstance(data, np.ndarray) and data.dtype == w.dtype and isinstance(y, np.ndarray), "mixed dtypes")
    require(isinstance(means, np.ndarray) and means.shape == w.shape, "X_mean does not fit w")
    shape = len(y), len(w)
    check_sparse(SimpleNamespace(format="csc", shape=shape, data=data, indices=indices, indptr=starts), csc_rows=False)
    X = csc_array((data, indices, starts), shape=shape, copy=False)
    problem = checked_problem(make, X, y, fit_intercept=bool(means.any()), sample_weight=weights, **options)
    loose = 1e-4 if data.dtype == np.float32 else 1e-7
    require(np.allclose(problem.means, means, rtol=loose, atol=loose * np.abs(means).max(initial=0.0)),
            "X_mean is not the weighted mean")
    squares = np.square(y, dtype=np.float64).reshape(len(y), -1).sum(axis=1)
    if weights is None:
        return problem, Scale(1.0, float(squares.sum()))
    total = float(weights.sum(dtype=np.float64))
    return problem, Scale(total / problem.total_weight, float(squares @ weights))


def checked(given: dict):
    """The arguments that all kernels have in common, in the types of the core."""
    w, alpha, beta, max_iter, tol = COMMON(given)
    require(type(w) is np.ndarray and w.ndim == 1 and w.dtype in FLOATS, "w is no vector of floats")
    require(w.flags.writeable and w.flags.c_contiguous, "w is read-only or strided")
    alpha, beta, tol = float(alpha), float(beta), float(tol)
    require(alpha >= 0.0 and beta >= 0.0 and tol >= 0.0, "a negative penalty or tolerance")
    require(alpha + beta + tol < np.inf, "a penalty or tolerance that is not finite")
    require(isinstance(max_iter, WHOLE_NUMBERS) and max_iter >= 1, "no iterations")
    return w, alpha, beta, int(max_iter), tol


def checked_problem(make: Callable[..., P], X, y, **options) -> P:
    """A canonical problem; input that lassocore refuses goes to scikit-learn's kernel, for its own error.

    Sparse matrices whose indices lead out of memory are refused here: scikit-learn's kernel does not check them.
    """
    try:
        problem = make(X, y, **options)
    except SparseFormatError:
        raise
    except ValueError as error:
        raise NotCovered(str(error)) from None
    require(problem.scaling is None, "squares of X or y over- or underflow")
    return problem


def settings_of(given: dict, max_iter: int, tol: float) -> Settings:
    """The order of features, the tolerance and the number of epochs."""
    if not given.get("random", False):
        return Settings(tol=tol, max_iter=max_iter)
    return Settings(tol=tol, max_iter=max_iter, selection="random", rng=int(given["rng"].randint(2**31 - 1)))


def require(covered: bool | np.bool_, reason: str) -> None:
    """Raise `NotCovered` unless the call is covered."""
    if not covered:
        raise NotCovered(reason)


def warn(gap: float, scaled_tol: float, exhausted: bool, dtype: np.dtype) -> None:
    """The warning of non-convergence, at the line that called the kernel."""
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(f"{remedy(exhausted, dtype)} Duality gap {gap:.3e}, tolerance {scaled_tol:.3e}.", ConvergenceWarning,
                  stacklevel=5)


# Name -> (the function, the arguments that scikit-learn's kernel must have).
KERNELS = {
    "enet_coordinate_descent": (dense_kernel, {"w", "alpha", "beta", "X", "y", "max_iter", "tol", "rng"}),
    "sparse_enet_coordinate_descent": (sparse_kernel, {
        "w", "alpha", "beta", "X_data", "X_indices", "X_indptr", "y", "sample_weight", "X_mean", "max_iter", "tol",
        "rng"}),
    "enet_coordinate_descent_gram": (gram_kernel, {"w", "alpha", "beta", "Q", "q", "y", "max_iter", "tol", "rng"}),
    "enet_coordinate_descent_multi_task": (multi_task_kernel, {"W", "X", "Y", "max_iter", "tol", "rng"}),
}
