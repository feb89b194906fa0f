# Lives here: enet_path and lasso_path. Independent of: storage, kernels.
"""scikit-learn's path functions with their signatures and returns: without an intercept, nothing centred."""
from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from lassocore.paths.alpha_grid import given_alphas
from lassocore.paths.fit_multi_task_path import solve_multi_task_path
from lassocore.paths.fit_path import fit_path, solve_path
from lassocore.problems.gram_problem import check_precompute, with_gram
from lassocore.problems.multi_task import as_multi_task_problem
from lassocore.problems.problem import as_problem
from lassocore.results.convergence import warn_unconverged
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import check_flag, check_verbose, is_one_of, n_dimensions
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.powers_of_two import times_power


@complete_docstring(fit_path)
def enet_path(
    X, y, *, l1_ratio: float = 0.5, eps: float = 1e-3, n_alphas="deprecated", alphas=100, precompute="auto", Xy=None,
    copy_X: bool = True, coef_init=None, verbose=False, return_n_iter: bool = False, positive: bool = False,
    check_input: bool = True, X_offset=None, X_scale=None, sample_weight=None, tol: float = 1e-4, max_iter: int = 1000,
    random_state=None, selection: str = "cyclic", do_screening: bool = True,
):
    r"""Elastic-net path as scikit-learn's ``enet_path`` computes it, without an intercept.

    Minimises for each alpha::

        1/(2 n_samples) * ||y - X w||^2 + alpha * (l1_ratio * ||w||_1 + (1 - l1_ratio)/2 * ||w||^2)

    Parameters
    ----------
    X
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Target values. Two dimensions mean several tasks with the group penalty of `MultiTaskElasticNet`: ``||W_j||`` in
        the place of ``|w_j|``, W_j the coefficients of feature j in all tasks.
    l1_ratio : float in [0, 1], default=0.5
        Share of the L1 penalty: 1 is the lasso, 0 ridge regression (needs explicit alphas).
    eps
    n_alphas : int, default="deprecated"
        Deprecated, as in scikit-learn 1.9; give ``alphas`` an integer.
    alphas : int or array-like, default=100
        How many alphas, in geometric progression from the smallest that makes all coefficients 0, or the alphas
        themselves; they are sorted falling.
    precompute : "auto", bool or array-like of shape (n_features, n_features), default="auto"
        Whether to descend on the Gram matrix; "auto" does where there are more samples than features. Sparse X: never.
    Xy : array-like of shape (n_features,) or (n_features, n_targets), optional
        Accepted for compatibility: X'y is computed in the first pass.
    copy_X : bool, default=True
        Accepted for compatibility: X is never changed.
    coef_init : array-like of shape (n_features,) or (n_targets, n_features), optional
        Start of the first alpha; each further alpha starts from the last.
    verbose : bool or int, default=False
        A dot on stderr for each alpha.
    return_n_iter : bool, default=False
        Whether to return the number of iterations as well.
    positive : bool, default=False
        Coefficients are at least 0; for one target only.
    check_input : bool, default=True
        Accepted for compatibility: X is always checked.
    X_offset : array-like of shape (n_features,), optional
        For sparse X: descend on columns minus ``X_offset / X_scale``, which must be their weighted means.
    X_scale : array-like of shape (n_features,), optional
        See X_offset; by default 1.
    sample_weight
    tol : float, default=1e-4
        An alpha has converged when its duality gap is at most tol times the (weighted) mean square of y.
    max_iter
    random_state : int, RandomState or None, default=None
        For selection "shuffled" and "random".
    selection
    do_screening : bool, default=True
        Accepted for compatibility: features are always screened.

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        The alphas, falling.
    coefs : ndarray of shape (n_features, n_alphas) or (n_targets, n_features, n_alphas)
        Coefficients along the path.
    dual_gaps : ndarray of shape (n_alphas,)
        Certificate: each objective is at most this far above its minimum.
    n_iters : list of int
        Epochs and exact steps for each alpha; only with return_n_iter.

    Raises
    ------
    ValueError
        As in `lassocore.fit_path`; positive with several targets.

    See Also
    --------
    fit_path : With an intercept, bounds and more, and a result with methods.
    lasso_path : The same with l1_ratio = 1.

    References
    ----------
    * Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent,
      Journal of Statistical Software 33(1).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import enet_path
    >>> alphas, coefs, gaps = enet_path(np.eye(2), np.array([4.0, 2.0]), l1_ratio=1.0, alphas=[1.0])
    >>> coefs
    array([[2.],
           [0.]])
    """
    if not isinstance(n_alphas, str):
        warnings.warn("'n_alphas' was deprecated in 1.9 and will be removed in 1.11 of scikit-learn; give 'alphas' an "
                      "integer", FutureWarning, stacklevel=2)
        alphas = n_alphas
    elif alphas is None:
        warnings.warn("'alphas=None' is deprecated and will be removed in 1.11 of scikit-learn; use alphas=100",
                      FutureWarning, stacklevel=2)
    alphas = 100 if alphas is None or (isinstance(alphas, str) and alphas == "warn") else alphas
    alphas = given_alphas(alphas)
    for name, flag in (("copy_X", copy_X), ("return_n_iter", return_n_iter), ("positive", positive),
                       ("check_input", check_input), ("do_screening", do_screening)):
        check_flag(name, flag)
    check_precompute(precompute)
    several = n_dimensions(y, "y") == 2
    if several and positive:
        raise ValueError("positive=True is not allowed for multi-output (y.ndim != 1); fit each target by itself")
    centred = X_offset is not None and hasattr(X, "tocsc") and bool(np.any(X_offset))
    check_verbose(verbose)
    settings = Settings(
        selection=selection, rng=as_seed(random_state, selection), tol=tol, max_iter=max_iter,
        callback=_print_dot if verbose else None)
    problem: Any
    if several:
        problem = as_multi_task_problem(X, y, fit_intercept=centred, sample_weight=sample_weight)
    else:
        problem = as_problem(X, y, fit_intercept=centred, sample_weight=sample_weight, positive=positive)
    means = problem.means if problem.scaling is None else times_power(problem.means, problem.scaling.columns)
    if centred and not np.allclose(means, np.asarray(X_offset) / (1.0 if X_scale is None else X_scale)):
        raise ValueError("X_offset / X_scale must be the weighted column means of X")
    if not several and not _has_zero(alphas):
        problem = with_gram(problem, precompute, fit_intercept=False)
    path = (solve_multi_task_path if several else solve_path)(problem, alphas, eps, l1_ratio, settings, coef_init)
    warn_unconverged(path, max_iter, tol, stacklevel=2)
    result = path.alphas, path.coefs, path.dual_gaps
    return (*result, path.n_iter.tolist()) if return_n_iter else result


@complete_docstring(enet_path)
def lasso_path(
    X, y, *, eps: float = 1e-3, n_alphas="deprecated", alphas=100, precompute="auto", Xy=None, copy_X: bool = True,
    coef_init=None, verbose=False, return_n_iter: bool = False, positive: bool = False, check_input: bool = True,
    X_offset=None, X_scale=None, sample_weight=None, tol: float = 1e-4, max_iter: int = 1000, random_state=None,
    selection: str = "cyclic", do_screening: bool = True,
):
    r"""Lasso path as scikit-learn's ``lasso_path`` computes it: `enet_path` with l1_ratio = 1.

    Minimises for each alpha ``1/(2 n_samples) * ||y - X w||^2 + alpha * ||w||_1``, without an intercept.

    Parameters
    ----------
    X, y, eps, n_alphas, alphas, precompute, Xy, copy_X, coef_init, verbose, return_n_iter, positive, check_input,
    X_offset, X_scale, sample_weight, tol, max_iter, random_state, selection, do_screening

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        The alphas, falling.
    coefs : ndarray of shape (n_features, n_alphas) or (n_targets, n_features, n_alphas)
        Coefficients along the path.
    dual_gaps : ndarray of shape (n_alphas,)
        Certificate: each objective is at most this far above its minimum.
    n_iters : list of int
        Epochs and exact steps for each alpha; only with return_n_iter.

    Raises
    ------
    ValueError
        As in `enet_path`.

    See Also
    --------
    fit_path : With an intercept, bounds and more, and a result with methods.
    enet_path : With an L2 penalty as well.

    References
    ----------
    * Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent,
      Journal of Statistical Software 33(1).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import lasso_path
    >>> lasso_path(np.eye(2), np.array([4.0, 2.0]), alphas=[1.0])[1]
    array([[2.],
           [0.]])
    """
    return enet_path(
        X, y, l1_ratio=1.0, eps=eps, n_alphas=n_alphas, alphas=alphas, precompute=precompute, Xy=Xy, copy_X=copy_X,
        coef_init=coef_init, verbose=verbose, return_n_iter=return_n_iter, positive=positive, check_input=check_input,
        X_offset=X_offset, X_scale=X_scale, sample_weight=sample_weight, tol=tol, max_iter=max_iter,
        random_state=random_state, selection=selection, do_screening=do_screening)


def as_seed(random_state, selection: str):
    """A seed drawn from scikit-learn's random_state; None for the cyclic order."""
    if is_one_of(selection, ("cyclic",)):
        return None
    from sklearn.utils import check_random_state

    return int(check_random_state(random_state).randint(2**31 - 1))


def _has_zero(alphas) -> bool:
    return bool(np.any(np.asarray(alphas) == 0))


def _print_dot(info) -> None:
    sys.stderr.write("." if info.index + 1 < info.n_alphas else ".\n")
