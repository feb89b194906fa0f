# Lives here: paths from X'X, X'y and y'y, without X and y. Independent of: how paths are solved.
"""Any data with these products have the same lasso, so a few are made that have, and fitted."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from lassocore.designs.feature_names import names_of
from lassocore.paths.fit_path import fit_path, solve_path
from lassocore.problems.problem import as_problem
from lassocore.results.convergence import warn_unconverged
from lassocore.results.path_info import LevelInfo
from lassocore.results.path_result import PathResult, Sample, with_fields
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_real, as_vector, is_number
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.unknown_keywords import with_hints

MAX_DEFECT, MAX_DEFECT_SINGLE = 1e-8, 1e-4      # of products over the norms of their factors, in float64 and float32


@with_hints
@complete_docstring(fit_path)
def fit_gram_path(
    gram, correlations, *, sq_target: float, n_samples: float,
    alphas: int | Sequence[float] | np.ndarray = 100, eps: float = 1e-3, l1_ratio: float = 1.0, penalty_factor=None,
    bounds=None, positive: bool = False, tol: float = 1e-4, max_iter: int = 10_000, coef_init=None,
    max_active: int | None = None, time_limit: float | None = None,
    callback: Callable[[LevelInfo], Any] | None = None, n_threads: int = 1,
) -> PathResult:
    r"""Fit a lasso or elastic-net path to X'X, X'y and y'y alone.

    Minimises, for each alpha, over the coefficients w::

        1/(2 n) * (y'y - 2 q'w + w'G w) + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)
        subject to lower_j <= w_j <= upper_j

    with G = gram, q = correlations, n = n_samples and v = penalty_factor: what `fit_path` minimises without an
    intercept. Sums over parts of the rows can be added, so data need not be in one place, or in memory.

    Parameters
    ----------
    gram : array-like of shape (n_features, n_features)
        The products X'X. For a model with an intercept, those of the columns minus their means; with sample weights,
        X'SX with the weighted means. A data frame with column names gives the features their names.
    correlations : array-like of shape (n_features,)
        The products X'y, of the same centred and weighted columns.
    sq_target : float
        The sum y'y, of the centred and weighted y.
    n_samples : float
        The number of rows, or the sum of the weights.
    alphas, eps, l1_ratio, penalty_factor, bounds, positive
    tol : float, default=1e-4
        An alpha has converged when its duality gap is at most ``tol * sq_target / n_samples``.
    max_iter, coef_init, max_active, time_limit, callback, n_threads

    Returns
    -------
    PathResult
        Intercepts are 0: with means m of the columns and m_y of y, that of the data is ``m_y - m @ coef``.

    Raises
    ------
    ValueError
        Products that no X and y can have: gram is not symmetric or not positive semidefinite, or correlations or
        sq_target do not fit to it; otherwise as in `fit_path`.

    Warns
    -----
    ConvergenceWarning
        As in `fit_path`.

    See Also
    --------
    fit_path : From X and y.

    Notes
    -----
    A pivoted Cholesky factor of the matrix of all products gives rows X and y that have them, at most n_features + 1;
    this also shows whether there are any. What is certified is the problem of these rows. A product of float64 numbers
    may be off by 1e-8 times the norms of its two factors, one of float32 numbers by 1e-4; correlation matrices that
    were estimated entry by entry often are further from positive semidefinite.

    References
    ----------
    Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent,
    section 2.2.
    Higham (2002), Accuracy and stability of numerical algorithms, section 10.3, on semidefinite matrices.

    Examples
    --------
    Rows that arrive in parts:

    >>> import numpy as np
    >>> from lassocore import fit_gram_path
    >>> rng = np.random.default_rng(0)
    >>> G, q, s, n = np.zeros((5, 5)), np.zeros(5), 0.0, 0
    >>> for _ in range(10):
    ...     X = rng.standard_normal((100, 5))
    ...     y = X[:, 1] - X[:, 4] + rng.standard_normal(100)
    ...     G, q, s, n = G + X.T @ X, q + X.T @ y, s + y @ y, n + len(y)
    >>> path = fit_gram_path(G, q, sq_target=s, n_samples=n, alphas=[0.2])
    >>> np.flatnonzero(path.coefs[:, 0])
    array([1, 4])
    """
    settings = Settings(tol=tol, max_iter=max_iter, max_active=max_active, time_limit=time_limit, callback=callback,
                        n_threads=n_threads)
    products = checked_products(gram, correlations, sq_target, n_samples)
    names = names_of(gram)
    X, y = rows_with_products(*products)
    size = np.sqrt(len(y) / n_samples)                  # the objective divides by the number of rows
    problem = as_problem(size * X, size * y, fit_intercept=False, penalty_factor=penalty_factor, bounds=bounds,
                         positive=positive, n_threads=n_threads)
    problem = replace(problem, sq_deviation=problem.sq_target)      # y is centred, as far as it should be
    result = solve_path(problem, alphas, eps, l1_ratio, settings, coef_init)
    warn_unconverged(result, max_iter, tol, stacklevel=3)         # of with_hints, too
    sample = cast(Sample, result.sample)
    sample = sample._replace(n_rows=round(n_samples), n_observations=float(n_samples),
                             sq_residuals=sample.sq_residuals * (n_samples / len(y)))
    return with_fields(result, {"feature_names": names, "sample": sample})


def checked_products(gram, correlations, sq_target, n_samples) -> tuple[np.ndarray, float]:
    """(the matrix of the products of all columns and y, how far its entries may be off)."""
    G = as_real(gram.to_numpy() if hasattr(gram, "to_numpy") else gram, "gram")
    is_single = getattr(gram, "dtype", None) == np.float32
    if G.ndim != 2 or G.shape[0] != G.shape[1] or len(G) == 0:
        raise ValueError(f"gram has shape {G.shape}; pass X'X, of shape (n_features, n_features)")
    q = as_vector(correlations, "correlations", len(G), "features")
    for name, value in (("sq_target", sq_target), ("n_samples", n_samples)):
        if not (is_number(value) and 0.0 <= value < np.inf) or name == "n_samples" and value == 0.0:
            raise ValueError(f"{name}={value!r} must be a finite number, {'above' if name[0] == 'n' else 'at least'} 0")
    if not np.isfinite(G).all():
        raise ValueError("Input gram contains NaN or infinity; it is the product X'X of a finite X")
    products = np.empty((len(G) + 1, len(G) + 1))
    products[:-1, :-1], products[:-1, -1], products[-1, :-1], products[-1, -1] = G, q, q, sq_target
    return products, MAX_DEFECT_SINGLE if is_single else MAX_DEFECT


def rows_with_products(products: np.ndarray, max_defect: float) -> tuple[np.ndarray, np.ndarray]:
    """(X, y), as few rows as possible, of which these are the products."""
    from scipy.linalg.lapack import dpstrf

    diagonal = np.diagonal(products)
    if (diagonal < 0.0).any():
        j = int(np.argmin(diagonal))
        raise ValueError(f"gram has {diagonal[j]:g} on its diagonal, at position {j}, and squared norms are at least 0")
    norms = np.sqrt(diagonal)
    scales = np.where(norms > 0.0, norms, 1.0)
    unit = products / scales / scales[:, None]
    factor, order, rank, _ = dpstrf(unit, tol=len(unit) * np.finfo(float).eps)
    upper = np.triu(factor)[:max(1, rank)]
    rows = np.empty((len(upper), len(unit)), order="F")
    rows[:, order - 1] = upper
    defects = np.abs(rows.T @ rows - unit)
    worst = np.unravel_index(int(np.argmax(defects)), defects.shape)
    if not defects[worst] <= max_defect:
        what = ["sq_target" if k == len(unit) - 1 else f"feature {k}" for k in worst]
        raise ValueError(
            f"gram, correlations and sq_target are not the products of any X and y: that of {' and '.join(what)} is "
            f"off by {defects[worst]:.1e} times their norms; gram must be symmetric and positive semidefinite, and all "
            "three computed from the same rows. Adding to the diagonal of an estimated gram makes it definite")
    rows *= scales
    return np.asfortranarray(rows[:, :-1]), np.ascontiguousarray(rows[:, -1])
