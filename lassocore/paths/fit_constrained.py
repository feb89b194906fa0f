# Lives here: least squares under a bound on the L1 norm. Independent of: storage, kernels, the search along the path.
"""The constrained form of the lasso."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from lassocore.datafits.quadratic import r2_of_sum
from lassocore.designs.canonical import as_canonical
from lassocore.designs.feature_names import names_of
from lassocore.designs.prepared import weights_for
from lassocore.paths.constrained_path import Bounded, ConstrainedPath
from lassocore.paths.fit_history import in_objective_units
from lassocore.paths.fit_path import fit_path
from lassocore.problems.problem import Problem, as_problem
from lassocore.results.constrained_result import ConstrainedResult
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_real, is_number, n_dimensions, shortened
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.powers_of_two import times_power
from lassocore.utils.threads import single_threaded_blas, thread_pool
from lassocore.utils.unknown_keywords import with_hints


@with_hints
@complete_docstring(fit_path)
def fit_constrained(
    X, y, t: float | Sequence[float] | np.ndarray, *, fit_intercept: bool = True, standardize: bool = False,
    sample_weight=None, offset=None, penalty_factor=None, positive: bool = False, tol: float = 1e-9,
    max_iter: int = 10_000, n_threads: int = 1,
) -> ConstrainedResult:
    r"""Fit least squares under a bound on the L1 norm, the lasso in its constrained form.

    Minimises, for each t, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - offset_i - b0 - x_i'w)^2    subject to  sum_j v_j |w_j| <= t

    with s = sample_weight, S their sum, and v = penalty_factor, times the standard deviations of the columns with
    ``standardize=True``. The solution is found exactly, up to rounding: it lies on the lasso path, where w is linear
    between knots and its norm rises as alpha falls.

    Parameters
    ----------
    X, y
    t : float or array-like of shape (n_bounds,)
        The bound on the norm, at least 0, or several. From the norm of the end of the path on the constraint is not
        active, and the solution is that of least squares; where this is not unique, as with more features than
        samples, the one of least norm ``sum_j v_j |w_j|``.
    fit_intercept
    standardize : bool, default=False
        Bound the coefficients of the columns scaled to unit (weighted) variance. Coefficients stay on the scale of X;
        constant columns get 0.
    sample_weight, offset
    penalty_factor : array-like of shape (n_features,), optional
        Weights v of the norm, at least 0 and not rescaled: 0 leaves a feature out of the constraint, inf excludes it
        from the model.
    positive
    tol : float, default=1e-9
        A solution has converged when its duality gap is at most ``tol * sum_i s_i y0_i^2 / S``, where y0 = y - offset,
        centred if an intercept is fitted. Solutions are as exact as rounding lets them be, whatever tol.
    max_iter : int, default=10_000
        Limit of epochs for each alpha on the way.
    n_threads

    Returns
    -------
    ConstrainedResult
        Coefficients, intercept, multiplier and duality gap of each t.

    Raises
    ------
    ValueError
        t negative, NaN or of more than one dimension; as in `fit_path`.
    TypeError
        A data frame some of whose column names are text and some are not.

    Warns
    -----
    ConvergenceWarning
        Once, with the number of bounds whose gap misses the tolerance and the worst of the gaps.

    See Also
    --------
    fit_path : The penalised form; its alpha is the multiplier of the constraint.

    References
    ----------
    * Tibshirani (1996), Regression shrinkage and selection via the lasso, Journal of the Royal Statistical Society B
      58(1).
    * Osborne, Presnell, Turlach (2000), On the LASSO and its dual, Journal of Computational and Graphical Statistics
      9(2).
    * Jaggi (2013), Revisiting Frank-Wolfe: projection-free sparse convex optimization, ICML, for the duality gap.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_constrained
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> model = fit_constrained(X, np.array([3.0, 1.0, -3.0, -1.0]), t=3.0)
    >>> model.coef.round(6), round(model.alpha, 6)
    (array([2.5, 0.5]), 0.25)
    """
    bounds = checked_bounds(t)
    Settings(tol=tol, max_iter=max_iter, n_threads=n_threads)
    sample_weight = weights_for(X, sample_weight)
    names, X = names_of(X), as_canonical(X)
    problem = as_problem(
        X.astype(np.float64) if X.dtype == np.float32 else X, y, fit_intercept=fit_intercept, standardize=standardize,
        sample_weight=sample_weight, offset=offset, penalty_factor=penalty_factor, positive=positive,
        n_threads=n_threads)
    inner = bounds
    if problem.scaling is not None:
        inner = times_power(bounds, problem.scaling.penalty - problem.scaling.target)
    found: list[Any] = [None] * len(bounds)
    with single_threaded_blas(True), thread_pool(n_threads) as pool:
        path = ConstrainedPath(problem, tol, max_iter, pool)
        for position in np.argsort(inner, kind="stable"):
            found[position] = path.solution(float(inner[position]))
    result = result_of(problem, t if np.ndim(t) == 0 else bounds, found, tol)
    _warn_unconverged(result)
    return ConstrainedResult(**{**vars(result), "feature_names": names, "has_offset": offset is not None})


def checked_bounds(t: Any) -> np.ndarray:
    """The bounds as a vector."""
    if n_dimensions(t, "t") == 0 and not is_number(t):
        raise ValueError(f"t={shortened(t)} must be a number of at least 0, or a vector of such numbers")
    bounds = np.atleast_1d(as_real(t, "t"))
    if bounds.ndim != 1 or len(bounds) == 0:
        raise ValueError(f"t has shape {np.shape(t)}; pass a number, or a vector with at least one")
    if not (bounds >= 0.0).all():
        raise ValueError(f"t={shortened(t)} must be at least 0 and not NaN: it bounds the sum of the sizes of the "
                         "coefficients")
    return bounds


def result_of(problem: Problem, t: Any, found: list[Bounded], tol: float) -> ConstrainedResult:
    """The result in units of the given X and y; a number for each field if t is a number."""
    scaling, n_features = problem.scaling, problem.matrix.n_features
    W = np.zeros((n_features, len(found)))
    for k, solution in enumerate(found):
        rows = np.flatnonzero(solution.w)
        values = solution.w[rows]
        if problem.block is not None:
            rows, values = problem.block.expanded(rows, values)
        W[rows, k] = values
    intercepts = problem.y_mean - problem.means @ W if problem.fit_intercept else np.zeros(len(found))
    alphas = np.array([solution.scale for solution in found]) / problem.total_weight
    norms, gaps = (np.array([getattr(solution, name) for solution in found]) for name in ("norm", "gap"))
    converged = gaps <= tol * problem.sq_target
    r2 = r2_of_sum(np.array([solution.sq_residual for solution in found]), problem.sq_deviation)
    gap_tol = float(in_objective_units(problem, np.array(tol * problem.sq_target)))
    if scaling is not None:
        W, intercepts = scaling.outer(W), scaling.of_response(intercepts)
        alphas = np.array([scaling.alpha(alpha) for alpha in alphas])
        norms = times_power(norms, scaling.target - scaling.penalty)
    columns = [intercepts, alphas, norms, in_objective_units(problem, gaps), converged, r2]
    if np.ndim(t) == 0:
        intercept, alpha, norm, gap, met, r2 = (values[0].item() for values in columns)
        return ConstrainedResult(float(t), W[:, 0], intercept, alpha, norm, gap, gap_tol, met, r2)
    intercepts, alphas, norms, gaps, converged, r2 = columns
    return ConstrainedResult(t, W, intercepts, alphas, norms, gaps, gap_tol, converged, r2)


def _warn_unconverged(result: ConstrainedResult) -> None:
    missed = ~np.atleast_1d(result.converged)
    if missed.any():
        from sklearn.exceptions import ConvergenceWarning

        worst = float(np.atleast_1d(result.dual_gap)[missed].max())
        warnings.warn(
            f"Objective did not converge for {np.count_nonzero(missed)} of {len(missed)} bounds t: duality gap "
            f"{worst:.3e}, tolerance {result.gap_tol:.3e}. The precision of the numbers is exhausted: increase tol, or "
            "scale the features.", ConvergenceWarning, stacklevel=4)        # of with_hints, too
