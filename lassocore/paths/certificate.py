# Lives here: alpha_max and the duality gap of any coefficients. Independent of: paths, estimators.
"""alpha_max and duality_gap, a criterion for any solver."""
from __future__ import annotations

import numpy as np

from lassocore.designs.operator import is_operator
from lassocore.paths.alpha_grid import check_alpha, check_alphas_held, largest_alpha
from lassocore.paths.fit_path import check_no_groups, fit_path, with_groups
from lassocore.paths.objective import Objective
from lassocore.paths.operator_path import check_largest, operator_alpha_max, operator_gap
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.problems.problem import Problem, as_problem
from lassocore.problems.variants import without_penalty
from lassocore.solvers.penalty_grid import level_scales
from lassocore.utils.arguments import as_real, as_vector, check_flag, is_number
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.powers_of_two import OutOfRange, decimal_exponent, times_power


@complete_docstring(fit_path)
def alpha_max(X, y, *, l1_ratio: float = 1.0, fit_intercept: bool = True, standardize: bool = False, sample_weight=None,
              offset=None, penalty_factor=None, bounds=None, positive: bool = False, groups=None, group_weights=None,
              feature_l1_ratio: float = 0.0) -> float:
    r"""Smallest alpha at which every penalised coefficient is 0, where paths begin.

    It is the largest ``|X_j'(s r)| / (S * l1_ratio * v_j)``, where r is the residual of the fit of the unpenalised
    features alone, over the signs of w_j that the bounds allow; with groups, the largest dual norm of a group.

    Parameters
    ----------
    X, y
    l1_ratio : float in (0, 1], default=1.0
        Share of the L1 penalty: 1 is the lasso.
    fit_intercept, standardize, sample_weight, offset, penalty_factor, bounds, positive
    groups, group_weights, feature_l1_ratio

    Returns
    -------
    float
        The alpha; of a lasso in units of y times those of a column (of y alone with standardize).

    Raises
    ------
    ValueError
        As in `fit_path`; l1_ratio = 0; no penalised feature.

    See Also
    --------
    fit_path : A path that begins at this alpha.
    duality_gap : How far any coefficients are from the minimum.

    Notes
    -----
    X may be an operator, as in `fit_path`.

    References
    ----------
    * Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent,
      Journal of Statistical Software 33(1), section 2.5.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import alpha_max
    >>> alpha_max(np.array([[1.0], [-1.0]]), np.array([3.0, -3.0]))
    3.0
    """
    check_l1_ratio(l1_ratio)
    if is_operator(X):
        check_no_groups(groups, group_weights, feature_l1_ratio)
        return operator_alpha_max(X, y, l1_ratio, {
            "fit_intercept": fit_intercept, "standardize": standardize, "sample_weight": sample_weight,
            "offset": offset, "penalty_factor": penalty_factor, "bounds": bounds, "positive": positive})
    X, partition = with_groups(X, groups, group_weights, feature_l1_ratio)
    problem = as_problem(
        X, y, fit_intercept=fit_intercept, standardize=standardize, sample_weight=sample_weight, offset=offset,
        penalty_factor=penalty_factor, bounds=bounds, positive=positive, groups=partition)
    largest = largest_alpha(problem, l1_ratio)
    check_largest(largest)
    check_alphas_held(problem, l1_ratio)
    return largest


@complete_docstring(fit_path)
def duality_gap(X, y, coef, *, alpha: float, intercept: float | None = None, l1_ratio: float = 1.0,
                fit_intercept: bool = True, standardize: bool = False, sample_weight=None, offset=None,
                penalty_factor=None, bounds=None, positive: bool = False) -> float:
    r"""Duality gap of any coefficients: their objective is at most this far above the minimum.

    The objective is that of `fit_path`, with s = sample_weight, S their sum, and v = penalty_factor::

        1/(2 S) * sum_i s_i (y_i - offset_i - b0 - x_i'w)^2
        + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)
        subject to lower_j <= w_j <= upper_j

    The gap is the difference between it and the value of a dual problem, which is at most its minimum. So a small gap
    proves that the coefficients are a solution, whichever program found them.

    Parameters
    ----------
    X, y
    coef : array-like of shape (n_features,)
        The coefficients, on the scale of X.
    alpha : float
        Strength of the penalty, at least 0.
    intercept : float, optional
        By default the optimal one for these coefficients (0 without fit_intercept).
    l1_ratio : float in [0, 1], default=1.0
        Share of the L1 penalty: 1 is the lasso, 0 ridge regression.
    fit_intercept, standardize, sample_weight, offset, penalty_factor, bounds, positive

    Returns
    -------
    float
        In units of the objective, y squared; inf if coef violates the bounds or uses an excluded feature, or where no
        float holds the objective.

    Raises
    ------
    ValueError
        As in `fit_path`.

    See Also
    --------
    fit_path : Models whose gap is known to be small.
    alpha_max : Where all coefficients are 0.
    lassocore.reference.duality_gap : The same in a few lines, to read.

    Notes
    -----
    The dual point is the scaled residual, after the intercept and the unpenalised coefficients have been fitted to it;
    the improvement by that fit is part of the gap. docs/math.md, section 4, has the derivation.

    X may be an operator, as in `fit_path`.

    References
    ----------
    * Ndiaye, Fercoq, Gramfort, Salmon (2017), Gap safe screening rules for sparsity enforcing penalties, Journal of
      Machine Learning Research 18(128), section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import duality_gap
    >>> X, y = np.array([[1.0], [-1.0]]), np.array([3.0, -3.0])
    >>> duality_gap(X, y, [2.0], alpha=1.0)
    0.0
    >>> round(duality_gap(X, y, [0.0], alpha=1.0), 12)
    2.0

    How far scikit-learn's solution is from the minimum, in shares of the objective at 0:

    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Lasso
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = Lasso(alpha=0.1, tol=1e-2).fit(X, y)
    >>> gap = duality_gap(X, y, model.coef_, alpha=0.1, intercept=model.intercept_)
    >>> bool(0.0 < gap / (y.var() / 2) < 0.02)
    True
    """
    check_l1_ratio(l1_ratio)
    check_alpha(alpha)
    check_flag("fit_intercept", fit_intercept)
    if intercept is not None and not (is_number(intercept) and -np.inf < intercept < np.inf):
        raise ValueError(f"intercept={intercept!r} must be a finite number, or None for the best one")
    if not fit_intercept and intercept:
        n_samples = as_real(y, "y").size
        offset = float(intercept) + (np.zeros(n_samples) if offset is None else as_vector(
            offset, "offset", n_samples, "samples"))
    if is_operator(X):
        return operator_gap(X, y, coef, alpha, intercept, l1_ratio, {
            "fit_intercept": fit_intercept, "standardize": standardize, "sample_weight": sample_weight,
            "offset": offset, "penalty_factor": penalty_factor, "bounds": bounds, "positive": positive})
    problem = as_problem(
        X, y, fit_intercept=fit_intercept, standardize=standardize, sample_weight=sample_weight, offset=offset,
        penalty_factor=penalty_factor, bounds=bounds, positive=positive)
    w = as_vector(coef, "coef", problem.matrix.n_features, "features")
    if problem.scaling is not None:
        w = problem.scaling.inner(w)
        intercept = None if intercept is None else float(times_power(intercept, -problem.scaling.target))
        if not np.isfinite(w).all():
            raise OutOfRange("coef times X is beyond what a float holds; rescale y or coef")
    if not problem.penalty.allows(slice(None), w) or problem.penalty.excludes(w != 0.0).any():
        return float("inf")
    if alpha == 0.0:
        problem = without_penalty(problem)
    with np.errstate(over="ignore", invalid="ignore"):      # a gap of infinity is a result
        gap = Objective(problem, l1_ratio).measure(alpha, w)[1] + _penalty_of_others(problem, w, alpha, l1_ratio)
    if fit_intercept and intercept is not None:
        gap += 0.5 * problem.total_weight * (intercept - (problem.y_mean - problem.means @ w)) ** 2
    if np.isnan(gap):
        return float("inf")             # a difference of terms that have overflowed
    return objective_of(problem, gap / problem.total_weight)


def objective_of(problem: Problem, gap: float) -> float:
    """A gap of the problem in units of the given objective."""
    if problem.scaling is None:
        return float(gap)
    found = float(problem.scaling.objective(gap))
    if np.isinf(found) and np.isfinite(gap):
        raise OutOfRange(f"the gap is about 1e{decimal_exponent(gap, 2 * problem.scaling.target):+d}, which a float "
                         "cannot hold; rescale y")
    return found


def _penalty_of_others(problem: Problem, w, alpha: float, l1_ratio: float) -> float:
    """The penalty of the coefficients of constant columns, whose minimum is 0."""
    others = w != 0.0
    others[problem.features] = False
    if problem.block is not None:
        others[problem.block.columns] = False
    if not others.any():
        return 0.0
    penalty = problem.penalty.at(*level_scales(problem, alpha, l1_ratio), others)
    return float(penalty.value(w[others]).sum())
