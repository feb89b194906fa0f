# Lives here: the cross-validated multi-task estimators and their documentation. Independent of: how they are fitted.
"""MultiTaskLassoCV and MultiTaskElasticNetCV with scikit-learn's parameters, attributes and semantics."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lassocore.estimators.cv import ElasticNetCV, LassoCV
from lassocore.estimators.path_cv import MultiTaskPathCV
from lassocore.sklearn_compat.paths import enet_path, lasso_path
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


@named_in_package
@complete_docstring(MultiTaskPathCV, ElasticNetCV)
class MultiTaskElasticNetCV(MultiTaskPathCV):
    r"""Multi-task elastic net with alpha and l1_ratio chosen by cross-validation.

    For each l1_ratio and each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i ||Y_i - b0 - W x_i||^2
        + alpha * sum_j v_j * (l1_ratio * ||W_j|| + (1 - l1_ratio)/2 * ||W_j||^2)

    over the intercepts b0 and the coefficients W, W_j those of feature j in all tasks, with s = sample_weight of the
    training rows, S their sum, and v = penalty_factor. The models are judged on the held-out rows by square errors that
    are means over tasks, and all rows are fitted with the alpha and l1_ratio chosen. X is neither copied nor changed
    for a fold.

    Parameters
    ----------
    l1_ratio, eps, alphas, fit_intercept, max_iter, tol, cv, copy_X, verbose, n_jobs, random_state, selection,
    selection_rule, scoring, keep_coefs, refit, penalty_factor
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance on the training rows. Coefficients
        stay on the scale of X; constant columns get 0.
    callback

    Attributes
    ----------
    alpha_, l1_ratio_
    coef_ : ndarray of shape (n_tasks, n_features)
    intercept_ : ndarray of shape (n_tasks,) or float
    mse_path_, mse_mean_, mse_se_, score_path_, score_mean_, score_se_, alphas_, alpha_min_, alpha_1se_, stopped_
    coef_path_ : ndarray of shape (n_folds, n_alphas, n_tasks, n_features) or list of csr_array
        Coefficients of all folds, only with keep_coefs; with an axis for l1_ratio in front where there are several.
        keep_coefs="sparse" gives lists over alphas of scipy.sparse.csr_array of shape (n_tasks, n_features).
    intercept_path_ : ndarray of shape (n_folds, n_alphas, n_tasks)
    dual_gap_, n_iter_, n_features_in_, feature_names_in_

    See Also
    --------
    MultiTaskLassoCV : The same with l1_ratio = 1.
    MultiTaskElasticNet : Given alpha and l1_ratio.
    ElasticNetCV : One target.

    References
    ----------
    * Obozinski, Taskar, Jordan (2010), Joint covariate selection and joint subspace selection for multiple
      classification problems, Statistics and Computing 20(2).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import MultiTaskElasticNetCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = MultiTaskElasticNetCV(alphas=20).fit(X, np.column_stack([y, X[:, 2]]))
    >>> model.coef_.shape, model.mse_path_.shape
    ((2, 10), (20, 5))
    """

    path: Callable[..., Any] = staticmethod(enet_path)

    def __init__(
        self, *, l1_ratio=0.5, eps=1e-3, alphas=100, fit_intercept=True, max_iter=1000, tol=1e-4, cv=None, copy_X=True,
        verbose=0, n_jobs=None, random_state=None, selection="cyclic", selection_rule="min", scoring=None,
        keep_coefs=False, refit=True, penalty_factor=None, standardize=False, callback=None,
    ):
        super().__init__(
            eps=eps, alphas=alphas, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol, cv=cv, n_jobs=n_jobs,
            selection_rule=selection_rule, scoring=scoring, standardize=standardize, verbose=verbose,
            callback=callback)
        self.penalty_factor = penalty_factor
        self.l1_ratio = l1_ratio
        self.copy_X = copy_X
        self.random_state = random_state
        self.selection = selection
        self.keep_coefs = keep_coefs
        self.refit = refit


@named_in_package
@complete_docstring(MultiTaskPathCV, LassoCV, MultiTaskElasticNetCV)
class MultiTaskLassoCV(MultiTaskPathCV):
    r"""Multi-task lasso with alpha chosen by cross-validation.

    For each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i ||Y_i - b0 - W x_i||^2 + alpha * sum_j v_j * ||W_j||

    over the intercepts b0 and the coefficients W, W_j those of feature j in all tasks, with s = sample_weight of the
    training rows, S their sum, and v = penalty_factor. The models are judged on the held-out rows by square errors that
    are means over tasks, and all rows are fitted with the alpha chosen. X is neither copied nor changed for a fold.

    Parameters
    ----------
    eps, alphas, fit_intercept, max_iter, tol, copy_X, cv, verbose, n_jobs, random_state, selection, selection_rule,
    scoring, keep_coefs, refit, penalty_factor, standardize, callback

    Attributes
    ----------
    alpha_
    coef_ : ndarray of shape (n_tasks, n_features)
    intercept_ : ndarray of shape (n_tasks,) or float
    mse_path_, mse_mean_, mse_se_, score_path_, score_mean_, score_se_, alphas_, alpha_min_, alpha_1se_, stopped_
    coef_path_ : ndarray of shape (n_folds, n_alphas, n_tasks, n_features) or list of csr_array
        Coefficients of all folds, only with keep_coefs. keep_coefs="sparse" gives a list over alphas of
        scipy.sparse.csr_array of shape (n_tasks, n_features) for each fold.
    intercept_path_ : ndarray of shape (n_folds, n_alphas, n_tasks)
    dual_gap_, n_iter_, n_features_in_, feature_names_in_

    See Also
    --------
    MultiTaskElasticNetCV : Chooses l1_ratio as well.
    MultiTaskLasso : Given alpha.
    LassoCV : One target.

    References
    ----------
    * Obozinski, Taskar, Jordan (2010), Joint covariate selection and joint subspace selection for multiple
      classification problems, Statistics and Computing 20(2).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import MultiTaskLassoCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> MultiTaskLassoCV(alphas=20, cv=3).fit(X, np.column_stack([y, X[:, 2]])).mse_path_.shape
    (20, 3)
    """

    path: Callable[..., Any] = staticmethod(lasso_path)

    def __init__(
        self, *, eps=1e-3, alphas=100, fit_intercept=True, max_iter=1000, tol=1e-4, copy_X=True, cv=None,
        verbose=False, n_jobs=None, random_state=None, selection="cyclic", selection_rule="min", scoring=None,
        keep_coefs=False, refit=True, penalty_factor=None, standardize=False, callback=None,
    ):
        super().__init__(
            eps=eps, alphas=alphas, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol, cv=cv, n_jobs=n_jobs,
            selection_rule=selection_rule, scoring=scoring, standardize=standardize, verbose=verbose,
            callback=callback)
        self.penalty_factor = penalty_factor
        self.copy_X = copy_X
        self.random_state = random_state
        self.selection = selection
        self.keep_coefs = keep_coefs
        self.refit = refit
