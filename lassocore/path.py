# Lives here: paths of alphas; the only place where alpha becomes l1_reg and l2_reg. Must not know: storage.
"""Regularization paths with a certificate at every alpha."""
from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.results import PathResult, warn_unconverged
from lassocore.validation import Problem, as_problem, as_vector, factor_unpenalised

SELECTIONS = ("cyclic", "shuffled", "random")
SOLVERS = ("auto", "cd")


@dataclass(frozen=True)
class LevelInfo:
    """What a callback is told after each alpha: position, alpha, epochs, gap, convergence, nonzeros."""

    index: int
    n_alphas: int
    alpha: float
    n_iter: int
    dual_gap: float
    converged: bool
    n_nonzero: int


@dataclass(frozen=True)
class Settings:
    """How a path is solved and when it ends."""

    solver: str = "auto"
    selection: str = "cyclic"
    rng: Any = None
    tol: float = 1e-4
    max_iter: int = 10_000
    max_active: int | None = None
    time_limit: float | None = None
    callback: Callable[[LevelInfo], Any] | None = None

    def __post_init__(self):
        for name, value, allowed in (("solver", self.solver, SOLVERS), ("selection", self.selection, SELECTIONS)):
            if value not in allowed:
                raise ValueError(f"{name}={value!r} is unknown; use one of {', '.join(map(repr, allowed))}")
        if not (isinstance(self.tol, Real) and np.isfinite(self.tol) and self.tol >= 0):
            raise ValueError(f"tol={self.tol!r} must be a number of at least 0")
        if not (isinstance(self.max_iter, Integral) and not isinstance(self.max_iter, bool) and self.max_iter >= 1):
            raise ValueError(f"max_iter={self.max_iter!r} must be an integer of at least 1")
        if not (self.max_active is None or isinstance(self.max_active, Integral) and self.max_active >= 0):
            raise ValueError(f"max_active={self.max_active!r} must be an integer of at least 0, or None")
        if not (self.time_limit is None or isinstance(self.time_limit, Real) and self.time_limit >= 0):
            raise ValueError(f"time_limit={self.time_limit!r} must be a number of seconds of at least 0, or None")
        if not (self.callback is None or callable(self.callback)):
            raise ValueError(f"callback={self.callback!r} must be callable, or None")


def fit_path(
    X, y, *, alphas: int | Sequence[float] | np.ndarray = 100, eps: float = 1e-3, l1_ratio: float = 1.0,
    fit_intercept: bool = True, standardize: bool = False, sample_weight=None, offset=None, penalty_factor=None,
    bounds=None, positive: bool = False, solver: str = "auto", selection: str = "cyclic", rng=None, tol: float = 1e-4,
    max_iter: int = 10_000, coef_init=None, max_active: int | None = None, time_limit: float | None = None,
    callback: Callable[[LevelInfo], Any] | None = None,
) -> PathResult:
    r"""Fit a lasso or elastic-net path, each alpha certified by its duality gap.

    Minimises, for each alpha, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - offset_i - b0 - x_i'w)^2
        + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)
        subject to lower_j <= w_j <= upper_j

    with s = sample_weight, S their sum, and v = penalty_factor.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        float64 and float32 arrays in Fortran order and canonical CSC matrices are used as they are, memory maps
        included; C order is copied once, CSR is converted to CSC once, anything else goes through scikit-learn's
        ``check_array``. X is never changed, centred or scaled in place.
    y : array-like of shape (n_samples,)
    alphas : int or array-like, default=100
        How many alphas, in geometric progression from `alpha_max` to ``eps * alpha_max``, or the alphas themselves;
        they are sorted falling, duplicates kept. 0 gives least squares, of minimum norm where it is not unique.
    eps : float, default=1e-3
        Smallest alpha over the largest, where alphas is a number.
    l1_ratio : float in [0, 1], default=1.0
        1 is the lasso, 0 ridge regression (needs explicit alphas).
    fit_intercept : bool, default=True
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance. Coefficients and bounds stay on the
        scale of X; constant columns get 0.
    sample_weight : array-like of shape (n_samples,), optional
        A weight of k counts as k repeated rows.
    offset : array-like of shape (n_samples,), optional
        A known part of the prediction.
    penalty_factor : array-like of shape (n_features,), optional
        Factors of the penalty, at least 0 and not rescaled: 0 leaves a feature unpenalised, inf excludes it.
    bounds : pair (lower, upper), optional
        Numbers or vectors of length n_features with lower <= 0 <= upper.
    positive : bool, default=False
        The same as lower = 0.
    solver : {"auto", "cd"}, default="auto"
        "cd" is coordinate descent; "auto" chooses, and now always chooses "cd".
    selection : {"cyclic", "shuffled", "random"}, default="cyclic"
        Order of the coordinates in an epoch: as they come, in a fresh permutation, or drawn with replacement.
    rng : None, int or numpy.random.Generator, optional
        For "shuffled" and "random".
    tol : float, default=1e-4
        An alpha has converged when its duality gap is at most ``tol * sum_i s_i y0_i^2 / S``, where y0 = y - offset,
        centred if an intercept is fitted.
    max_iter : int, default=10_000
        Epochs for each alpha. Where they do not suffice, one ConvergenceWarning tells and the results are kept.
    coef_init : array-like of shape (n_features,), optional
        Start of the first alpha, clipped to the bounds and 0 where excluded; each further alpha starts from the last.
    max_active : int, optional
        End the path after the first alpha with more nonzeros than this.
    time_limit : float, optional
        End the path after the first alpha that is done later than this many seconds.
    callback : callable, optional
        Called after each alpha with a `LevelInfo`; the path ends where it returns something true.

    Returns
    -------
    PathResult

    Raises
    ------
    ValueError
        NaN or infinity in the input, shapes that do not match, weights, factors or bounds out of range, columns whose
        squares over- or underflow.

    Warns
    -----
    ConvergenceWarning
        Once for a path, with the number of alphas that missed the tolerance and the gap of the worst.

    References
    ----------
    Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent.
    Ndiaye, Fercoq, Gramfort, Salmon (2017), Gap safe screening rules for sparsity enforcing penalties.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_path
    >>> X = np.asfortranarray([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> path = fit_path(X, np.array([3.0, 1.0, -3.0, -1.0]), alphas=[1.0, 0.1])
    >>> path.coefs.round(3)
    array([[1. , 2.8],
           [0. , 0.8]])
    >>> bool((path.dual_gaps <= path.gap_tol).all())
    True
    """
    settings = Settings(solver, selection, rng, tol, max_iter, max_active, time_limit, callback)
    problem = as_problem(
        X, y, fit_intercept=fit_intercept, standardize=standardize, sample_weight=sample_weight, offset=offset,
        penalty_factor=penalty_factor, bounds=bounds, positive=positive)
    result = solve_path(problem, alphas, eps, l1_ratio, settings, coef_init)
    warn_unconverged(result, max_iter, stacklevel=2)
    names = getattr(X, "columns", None)
    if names is not None and all(isinstance(name, str) for name in names):
        result = replace(result, feature_names=tuple(names))
    return result


def solve_path(problem: Problem, alphas, eps: float, l1_ratio: float, settings: Settings, coef_init=None) -> PathResult:
    """The path of a canonical problem; never warns."""
    check_l1_ratio(l1_ratio)
    grid = as_alphas(problem, alphas, eps, l1_ratio)
    solver = make_solver(problem, settings, coef_init)
    path = _Path(problem, l1_ratio, settings, len(grid))
    previous = level_of_zero(solver, problem, l1_ratio) if coef_init is None else None
    for alpha in grid:
        if alpha == 0.0 and len(problem.unpenalised) < len(problem.features):
            problem = without_penalty(problem)
            solver = make_solver(problem, settings, None)
        set_level(solver, problem, alpha, l1_ratio)
        path.add(alpha, solver, solver.solve(strong_threshold(previous, alpha)))
        previous = alpha
        if path.stopped:
            break
    return path.result()


def strong_threshold(previous: float | None, alpha: float) -> float:
    """The sequential strong rule |c_j| >= 2 l1 - l1_previous as a multiple of l1 (Tibshirani et al. 2012)."""
    if previous is None or alpha == 0.0:
        return 1.0
    return min(1.0, max(0.0, 2.0 - previous / alpha))


def set_level(solver, problem: Problem, alpha: float, l1_ratio: float) -> None:
    """alpha, l1_ratio -> l1_reg, l2_reg of the S-scaled objective."""
    scale = problem.total_weight * alpha
    l1_reg = _times(problem.l1_factor, scale * l1_ratio)
    l2_reg = _times(problem.l2_factor, scale * (1.0 - l1_ratio)) if l1_ratio < 1.0 else None
    solver.set_penalty(l1_reg, l2_reg, problem.lower, problem.upper)


def _times(factor, scale: float):
    """factor * scale, where 0 times infinity is 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(factor > 0.0, factor * scale, 0.0) if scale > 0.0 else np.zeros(len(factor))


def without_penalty(problem: Problem) -> Problem:
    """The problem at alpha = 0: every column is unpenalised."""
    zeros = np.zeros(problem.matrix.n_features)
    root, gram = factor_unpenalised(problem.matrix, problem.features, problem.lower, problem.upper)
    return replace(problem, l1_factor=zeros, l2_factor=zeros, unpenalised=problem.features, unpenalised_root=root,
                   unpenalised_gram=gram)


def make_solver(problem: Problem, settings: Settings, coef_init):
    """The core's solver at the start of a path."""
    if len(problem.unpenalised) == len(problem.features):
        coef_init = None            # solved at once, from 0 for the minimum norm
    if coef_init is not None:
        w = as_vector(coef_init, "coef_init", problem.matrix.n_features, "features")
        if problem.lower is not None:
            w = np.clip(w, problem.lower, problem.upper)
        coef_init = np.zeros(len(w))
        coef_init[problem.features] = w[problem.features]
    solver = core.Solver(problem, coef_init)
    bit_generator = None
    if settings.selection != "cyclic":
        seed = np.random.default_rng(settings.rng).integers(2**63)
        bit_generator = np.random.PCG64(seed)
    solver.set_settings(settings.tol * problem.sq_target, min(settings.max_iter, 2**62), settings.selection,
                        bit_generator, problem.dtype == np.float32)
    return solver


def check_l1_ratio(l1_ratio: float) -> None:
    """l1_ratio is in [0, 1]."""
    if not (isinstance(l1_ratio, Real) and 0.0 <= l1_ratio <= 1.0):
        raise ValueError(f"l1_ratio={l1_ratio!r} must be between 0 and 1")


def check_alpha(alpha: float) -> None:
    """alpha is a finite number of at least 0."""
    if not (isinstance(alpha, Real) and np.isfinite(alpha) and alpha >= 0):
        raise ValueError(f"alpha={alpha!r} must be a finite number of at least 0")


def as_alphas(problem: Problem, alphas, eps: float, l1_ratio: float) -> np.ndarray:
    """The alphas given, sorted falling, or the geometric grid from alpha_max."""
    if not isinstance(alphas, Integral) or isinstance(alphas, bool):
        grid = np.atleast_1d(np.asarray(alphas))
        if grid.dtype.kind not in "fiu":
            raise ValueError(f"alphas has dtype {grid.dtype}; pass a number of alphas or a vector of real numbers")
        grid = grid.astype(np.float64)
        if grid.ndim != 1 or len(grid) == 0:
            raise ValueError(f"alphas has shape {grid.shape}; pass a number of alphas or a vector with at least one")
        if not np.isfinite(grid).all() or (grid < 0).any():
            raise ValueError("alphas must be finite and at least 0")
        return np.sort(grid)[::-1]
    if alphas < 1:
        raise ValueError(f"alphas={alphas!r} must be at least 1, or a vector of alphas")
    if not (isinstance(eps, Real) and 0 < eps <= 1):
        raise ValueError(f"eps={eps!r} must be a number above 0 and at most 1")
    largest = largest_alpha(problem, l1_ratio)
    if not np.isfinite(largest):
        raise ValueError("penalty_factor is 0 for every usable feature, so no alpha matters; pass alphas explicitly")
    if largest <= 1e-14 * _most_alpha(problem, l1_ratio):       # nothing but rounding errors correlates with y
        return np.full(alphas, np.finfo(np.float64).resolution)
    return np.geomspace(largest, largest * eps, alphas)


def _most_alpha(problem: Problem, l1_ratio: float) -> float:
    """What alpha_max would be for a y along the column that is penalised least: its unit of measure."""
    j = np.setdiff1d(problem.features, problem.unpenalised, assume_unique=True)
    lengths = np.sqrt(problem.sq_norms[j]) / problem.l1_factor[j]
    return np.sqrt(problem.sq_target) * lengths.max(initial=0.0) / (problem.total_weight * l1_ratio)


def largest_alpha(problem: Problem, l1_ratio: float) -> float:
    """alpha_max of a canonical problem; NaN where no feature is penalised."""
    if l1_ratio == 0.0:
        raise ValueError("Automatic alpha grid generation is not supported for l1_ratio=0. Please supply a grid by "
                         "providing your alphas explicitly")
    if len(problem.features) and len(problem.unpenalised) == len(problem.features):
        return float("nan")
    return level_of_zero(core.Solver(problem), problem, l1_ratio)


def level_of_zero(solver, problem: Problem, l1_ratio: float) -> float:
    """The alpha from which on the penalised coefficients of the solver's residual are 0; inf for ridge regression."""
    if l1_ratio == 0.0:
        return np.inf
    set_level(solver, problem, 1.0, l1_ratio)
    return solver.level_of_zero()


class _Path:
    """A path as it grows, coefficients kept sparse."""

    def __init__(self, problem: Problem, l1_ratio: float, settings: Settings, n_alphas: int):
        self.problem, self.l1_ratio, self.settings, self.n_alphas = problem, l1_ratio, settings, n_alphas
        self.start = time.perf_counter()
        self.stopped = ""
        self.rows: list[np.ndarray] = []
        self.values: list[np.ndarray] = []
        self.levels: list[tuple] = []

    def add(self, alpha: float, solver, outcome) -> None:
        """Keep the solution of one alpha and decide whether the path goes on."""
        gap, sq_residual, n_iter, status = outcome
        rows, values = solver.nonzeros()
        self.rows.append(rows)
        self.values.append(values)
        self.levels.append((alpha, gap / self.problem.total_weight, sq_residual, n_iter, status == "converged"))
        settings = self.settings
        if settings.max_active is not None and len(rows) > settings.max_active:
            self.stopped = "max_active"
        if settings.time_limit is not None and time.perf_counter() - self.start > settings.time_limit:
            self.stopped = "time_limit"
        if settings.callback is not None and settings.callback(LevelInfo(
                len(self.levels) - 1, self.n_alphas, float(alpha), n_iter, self.levels[-1][1], status == "converged",
                len(rows))):
            self.stopped = "callback"

    def result(self) -> PathResult:
        """All that was solved."""
        from scipy.sparse import csc_array

        problem = self.problem
        alphas, gaps, sq_residuals, n_iter, converged = (np.array(column) for column in zip(*self.levels, strict=True))
        indptr = np.concatenate([[0], np.cumsum([len(rows) for rows in self.rows])])
        coefs = csc_array((np.concatenate(self.values).astype(problem.dtype), np.concatenate(self.rows), indptr),
                          shape=(problem.matrix.n_features, len(alphas)))
        intercepts = problem.y_mean - np.array([
            problem.means[rows] @ values for rows, values in zip(self.rows, self.values, strict=True)])
        sq_deviation = problem.sq_deviation
        r2 = 1.0 - sq_residuals / sq_deviation if sq_deviation > 0 else (sq_residuals == 0).astype(float)
        return PathResult(
            alphas=alphas, coefs_sparse=coefs, intercepts=intercepts, dual_gaps=gaps,
            gap_tol=self.settings.tol * problem.sq_target / problem.total_weight, n_iter=n_iter, converged=converged,
            r2=r2, l1_ratio=self.l1_ratio, stopped=self.stopped)
