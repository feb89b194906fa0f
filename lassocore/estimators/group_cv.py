# Lives here: GroupLassoCV and SparseGroupLassoCV, and their documentation. Independent of: how they are fitted.
"""The group lasso and the sparse group lasso with alpha chosen by cross-validation."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.estimators.cv import ElasticNetCV, LassoCV
from lassocore.estimators.group import GroupLasso, SparseGroupLasso, groups_of
from lassocore.estimators.path_cv import PathCV
from lassocore.penalties.elastic_net import PenaltyShape, as_penalty_shape
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


class GroupPathCV(PathCV):
    """Cross-validation of paths with groups of features."""

    groups: Any
    group_weights: Any
    feature_l1_ratio: Any

    nonzero_groups_: list[Any]

    def _penalty_shape(self, n_features: int) -> PenaltyShape:
        """The penalty, before the moments of X are known."""
        return as_penalty_shape(None, None, False, self.standardize, n_features, groups_of(self, n_features))

    def _set_model(self, path) -> None:
        """Set the model of all rows."""
        super()._set_model(path)
        self.nonzero_groups_ = groups_of(self, len(self.coef_)).of_features(np.flatnonzero(self.coef_))


@named_in_package
@complete_docstring(LassoCV, ElasticNetCV, SparseGroupLasso)
class SparseGroupLassoCV(GroupPathCV):
    r"""Sparse group lasso with alpha, and l1_ratio, chosen by cross-validation.

    For each l1_ratio and each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2
        + alpha * (l1_ratio * (tau * ||w||_1 + (1 - tau) * sum_g v_g * ||w_g||_2)
                   + (1 - l1_ratio)/2 * sum_g v_g * ||w_g||_2^2)

    over the intercept b0 and the coefficients w, w_g those of group g, with s = sample_weight of the training rows, S
    their sum, v = group_weights and tau = feature_l1_ratio. The models are judged on the held-out rows, and all rows
    are fitted with the alpha and l1_ratio chosen. X is neither copied nor changed for a fold.

    Parameters
    ----------
    groups : array-like of shape (n_features,), list of lists, or dict, default=None
        Groups of features, as in `SparseGroupLasso`. Groups of rows, for splitters such as ``GroupKFold``, are passed
        to fit.
    group_weights, feature_l1_ratio
    l1_ratio : float in [0, 1] or list of float, default=1.0
        Share of the two norms, the rest is an L2 penalty; of several, the one with the best mean score at any alpha is
        chosen.
    eps, alphas, fit_intercept
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance on the training rows. Coefficients
        stay on the scale of X; constant columns get 0.
    max_iter : int, default=10_000
        Limit of epochs for each alpha; a ConvergenceWarning tells when it is reached.
    tol, cv, verbose, n_jobs, selection_rule, scoring, keep_coefs, refit, callback

    Attributes
    ----------
    alpha_, l1_ratio_, coef_, intercept_
    nonzero_groups_ : list
        The groups with a coefficient that is not 0, as in `SparseGroupLasso`; only with refit.
    mse_path_ : ndarray of shape (n_l1_ratio, n_alphas, n_folds)
        Weighted mean square errors of the held-out rows, in units of y squared; axes of length 1 are left out.
    mse_mean_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
    mse_se_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
    score_path_ : ndarray of shape (n_l1_ratio, n_alphas, n_folds)
        Scores of the held-out rows; axes of length 1 are left out. Only with scoring.
    score_mean_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
    score_se_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
    alphas_ : ndarray of shape (n_alphas,) or (n_l1_ratio, n_alphas)
        The alphas, falling; for several l1_ratio a row for each, unless alphas were given.
    alpha_min_, alpha_1se_, stopped_
    coef_path_ : ndarray of shape (n_folds, n_alphas, n_features) or list of csr_array
        Coefficients of all folds, only with keep_coefs; with an axis for l1_ratio in front where there are several.
        keep_coefs="sparse" gives lists of scipy.sparse.csr_array of shape (n_alphas, n_features).
    intercept_path_ : ndarray of shape (n_folds, n_alphas)
        Intercepts of all folds, only with keep_coefs; with an axis for l1_ratio in front where there are several.
    dual_gap_, n_iter_, n_features_in_, feature_names_in_

    See Also
    --------
    GroupLassoCV : Without the L1 norm of single coefficients.
    SparseGroupLasso : Given alpha.
    groups_from_transformer : Groups of one-hot columns.

    References
    ----------
    * Simon, Friedman, Hastie, Tibshirani (2013), A sparse-group lasso, Journal of Computational and Graphical
      Statistics 22(2).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import SparseGroupLassoCV
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> groups = {"person": ["age", "sex", "bmi", "bp"], "blood": ["s1", "s2", "s3", "s4", "s5", "s6"]}
    >>> SparseGroupLassoCV(groups=groups, alphas=20, cv=3).fit(X, y).nonzero_groups_
    ['person', 'blood']
    """

    def __init__(
        self, *, groups=None, group_weights=None, feature_l1_ratio=0.5, l1_ratio=1.0, eps=1e-3, alphas=100,
        fit_intercept=True, standardize=False, max_iter=10_000, tol=1e-4, cv=None, verbose=0, n_jobs=None,
        selection_rule="min", scoring=None, keep_coefs=False, refit=True, callback=None,
    ):
        super().__init__(
            eps=eps, alphas=alphas, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol, cv=cv, n_jobs=n_jobs,
            selection_rule=selection_rule, scoring=scoring, standardize=standardize, verbose=verbose, callback=callback)
        self.groups = groups
        self.group_weights = group_weights
        self.feature_l1_ratio = feature_l1_ratio
        self.l1_ratio = l1_ratio
        self.keep_coefs = keep_coefs
        self.refit = refit


@named_in_package
@complete_docstring(SparseGroupLassoCV, GroupLasso)
class GroupLassoCV(GroupPathCV):
    r"""Group lasso with alpha, and l1_ratio, chosen by cross-validation.

    For each l1_ratio and each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2
        + alpha * sum_g v_g * (l1_ratio * ||w_g||_2 + (1 - l1_ratio)/2 * ||w_g||_2^2)

    over the intercept b0 and the coefficients w, w_g those of group g, with s = sample_weight of the training rows, S
    their sum, and v = group_weights. The models are judged on the held-out rows, and all rows are fitted with the alpha
    and l1_ratio chosen. X is neither copied nor changed for a fold.

    Parameters
    ----------
    groups, group_weights
    l1_ratio : float in [0, 1] or list of float, default=1.0
        Share of the norms, the rest is an L2 penalty; of several, the one with the best mean score at any alpha is
        chosen.
    eps, alphas, fit_intercept, standardize, max_iter, tol, cv, verbose, n_jobs, selection_rule, scoring, keep_coefs,
    refit, callback

    Attributes
    ----------
    alpha_, l1_ratio_, coef_, intercept_, nonzero_groups_, mse_path_, mse_mean_, mse_se_, score_path_, score_mean_,
    score_se_, alphas_, alpha_min_, alpha_1se_, stopped_, coef_path_, intercept_path_, dual_gap_, n_iter_,
    n_features_in_, feature_names_in_

    See Also
    --------
    SparseGroupLassoCV : Selects features within groups as well.
    GroupLasso : Given alpha.
    MultiTaskLassoCV : Several targets; a group is a feature in all of them.
    groups_from_transformer : Groups of one-hot columns.

    References
    ----------
    * Yuan, Lin (2006), Model selection and estimation in regression with grouped variables, Journal of the Royal
      Statistical Society B 68(1).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import GroupLassoCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = GroupLassoCV(groups=["person"] * 4 + ["blood"] * 6, alphas=20, cv=3).fit(X, y)
    >>> model.mse_path_.shape, model.nonzero_groups_
    ((20, 3), ['blood', 'person'])
    """

    feature_l1_ratio = 0.0

    def __init__(
        self, *, groups=None, group_weights=None, l1_ratio=1.0, eps=1e-3, alphas=100, fit_intercept=True,
        standardize=False, max_iter=10_000, tol=1e-4, cv=None, verbose=0, n_jobs=None, selection_rule="min",
        scoring=None, keep_coefs=False, refit=True, callback=None,
    ):
        super().__init__(
            eps=eps, alphas=alphas, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol, cv=cv, n_jobs=n_jobs,
            selection_rule=selection_rule, scoring=scoring, standardize=standardize, verbose=verbose, callback=callback)
        self.groups = groups
        self.group_weights = group_weights
        self.l1_ratio = l1_ratio
        self.keep_coefs = keep_coefs
        self.refit = refit
