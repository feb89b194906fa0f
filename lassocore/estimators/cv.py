# Lives here: the cross-validated estimators and their documentation. Independent of: how they are fitted.
"""LassoCV and ElasticNetCV with scikit-learn's parameters, attributes and semantics."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lassocore.estimators.linear import ElasticNet
from lassocore.estimators.path_cv import PathCV
from lassocore.paths.fit_path import fit_path
from lassocore.sklearn_compat.paths import enet_path, lasso_path
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


@named_in_package
@complete_docstring(ElasticNet, fit_path)
class ElasticNetCV(PathCV):
    r"""Elastic net with alpha and l1_ratio chosen by cross-validation.

    For each l1_ratio and each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2
        + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)

    over the intercept b0 and the coefficients w, with s = sample_weight of the training rows, S their sum, and
    v = penalty_factor. The models are judged on the held-out rows, and all rows are fitted with the alpha and l1_ratio
    chosen. X is neither copied nor changed for a fold.

    Parameters
    ----------
    l1_ratio : float in [0, 1] or list of float, default=0.5
        Of several, the one with the best mean score at any alpha is chosen.
    eps
    alphas : int or array-like, default=100
        How many alphas, in geometric progression from the smallest that makes all coefficients 0 on all rows, or the
        alphas themselves: one alone is ``[2.5]``.
    fit_intercept
    precompute : bool, "auto" or array-like of shape (n_features, n_features), default="auto"
        Accepted for compatibility: the method is chosen by its cost.
    max_iter : int, default=1000
        Limit of epochs for each alpha; a ConvergenceWarning tells when it is reached.
    tol
    cv : int, splitter or iterable of (train, test), default=None
        The folds: how many, of successive rows; a splitter of scikit-learn, which sorted rows need, to be shuffled; or
        pairs of row numbers. None is 5 folds. Rows may be in no training set, or in one several times.
    copy_X
    verbose : int, default=0
        1 shows a progress bar on stderr, 2 also prints a line for each alpha.
    n_jobs : int, default=None
        Paths of folds that are fitted at the same time, by threads; -1 for as many as there are processors. The results
        do not depend on it.
    positive, random_state, selection
    selection_rule : {"min", "1se"} or callable, default="min"
        "min" takes the alpha with the best mean score (of scores equal up to rounding the largest alpha); "1se" the
        largest alpha whose mean score is within one standard error of it, the standard error over folds at the best
        alpha (as ``lambda.1se`` of R's cv.glmnet). A callable is called once as ``rule(alphas, scores)``, with the
        falling alphas (of the best l1_ratio) and their scores of shape (n_alphas, n_folds), larger is better (minus
        the mean square error without scoring), and returns the position of an alpha.
    scoring : str or callable, default=None
        A scorer of scikit-learn to be maximised: a name or a callable ``(estimator, X, y) -> float``. It gets a
        regressor with coef_, intercept_ and predict for each alpha, and the held-out rows. None minimises the mean
        square error. Without metadata routing sample_weight is passed to scorers that have such a parameter.
    keep_coefs : bool or "sparse", default=False
        Whether to keep the coefficients of all folds, as one array or as sparse matrices.
    refit : bool, default=True
        Whether to fit all rows with the alpha chosen. It starts from the mean of the folds' coefficients.
    penalty_factor, bounds
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance on the training rows. Coefficients
        and bounds stay on the scale of X; constant columns get 0.
    solver
    callback : callable, default=None
        Called after each alpha with a `TaskLevelInfo`, which names the path, such as "fold 2", "fold 2, l1_ratio=0.5"
        or "refit". The path ends where it returns something true, and the alphas that all paths have reached are
        judged. It ends one path at a time: end them all at about the same alpha. scikit-learn's callbacks (1.9 and
        newer) are set by `set_callbacks`.

    Attributes
    ----------
    alpha_ : float
        The alpha that selection_rule chooses.
    l1_ratio_ : float
        The l1_ratio with the best mean score at any alpha.
    coef_ : ndarray of shape (n_features,)
        Coefficients of the refit, in units of y over those of their column; only with refit.
    intercept_ : float
        Intercept of the refit; 0.0 without fit_intercept, only with refit.
    mse_path_ : ndarray of shape (n_l1_ratio, n_alphas, n_folds)
        Weighted mean square errors of the held-out rows, in units of y squared; axes of length 1 are left out. Infinite
        where the square of y overflows, which the choice of alpha does not depend on.
    mse_mean_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
        Means of mse_path_ over folds.
    mse_se_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
        Standard errors of mse_mean_.
    score_path_ : ndarray of shape (n_l1_ratio, n_alphas, n_folds)
        Scores of the held-out rows; axes of length 1 are left out. Only with scoring.
    score_mean_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
        Means of score_path_ over folds. Only with scoring.
    score_se_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
        Standard errors of score_mean_. Only with scoring.
    alphas_ : ndarray of shape (n_alphas,) or (n_l1_ratio, n_alphas)
        The alphas, falling; for several l1_ratio a row for each, unless alphas were given.
    alpha_min_ : float
        The alpha that the rule "min" chooses.
    alpha_1se_ : float
        The alpha that the rule "1se" chooses.
    stopped_ : str
        "callback" where a callback has ended paths, else "".
    coef_path_ : ndarray of shape (n_folds, n_alphas, n_features) or list of csr_array
        Coefficients of all folds, only with keep_coefs; with an axis for l1_ratio in front where there are several.
        keep_coefs="sparse" gives lists of scipy.sparse.csr_array of shape (n_alphas, n_features).
    intercept_path_ : ndarray of shape (n_folds, n_alphas)
        Intercepts of all folds, only with keep_coefs; with an axis for l1_ratio in front where there are several.
    dual_gap_ : float
        Certificate of the refit: its objective is at most this far above its minimum.
    n_iter_ : int
        Epochs and exact steps of the refit.
    n_features_in_, feature_names_in_

    See Also
    --------
    LassoCV : The same with l1_ratio = 1.
    ElasticNet : Given alpha and l1_ratio.
    LassoIC : Chooses alpha by an information criterion, from one path.
    MultiTaskElasticNetCV : Several targets that share their features.

    References
    ----------
    * Zou, Hastie (2005), Regularization and variable selection via the elastic net, Journal of the Royal Statistical
      Society B 67(2).
    * Breiman, Friedman, Olshen, Stone (1984), Classification and regression trees, Wadsworth, section 3.4.3, for the
      rule of one standard error.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import ElasticNetCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = ElasticNetCV(l1_ratio=[0.5, 0.9, 1.0], selection_rule="1se").fit(X, y)
    >>> float(model.l1_ratio_), model.mse_path_.shape, bool(model.alpha_ > model.alpha_min_)
    (1.0, (3, 100, 5), True)
    """

    path: Callable[..., Any] = staticmethod(enet_path)

    def __init__(
        self, *, l1_ratio=0.5, eps=1e-3, alphas=100, fit_intercept=True, precompute="auto", max_iter=1000, tol=1e-4,
        cv=None, copy_X=True, verbose=0, n_jobs=None, positive=False, random_state=None, selection="cyclic",
        selection_rule="min", scoring=None, keep_coefs=False, refit=True, penalty_factor=None, bounds=None,
        standardize=False, solver="auto", callback=None,
    ):
        super().__init__(
            eps=eps, alphas=alphas, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol, cv=cv, n_jobs=n_jobs,
            selection_rule=selection_rule, scoring=scoring, standardize=standardize, verbose=verbose,
            callback=callback)
        self.penalty_factor = penalty_factor
        self.l1_ratio = l1_ratio
        self.precompute = precompute
        self.copy_X = copy_X
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
        self.keep_coefs = keep_coefs
        self.refit = refit
        self.bounds = bounds
        self.solver = solver


@named_in_package
@complete_docstring(ElasticNetCV)
class LassoCV(PathCV):
    r"""Lasso with alpha chosen by cross-validation.

    For each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2 + alpha * sum_j v_j * |w_j|

    over the intercept b0 and the coefficients w, with s = sample_weight of the training rows, S their sum, and
    v = penalty_factor. The models are judged on the held-out rows, and all rows are fitted with the alpha chosen. X is
    neither copied nor changed for a fold.

    Parameters
    ----------
    eps, alphas, fit_intercept, precompute, max_iter, tol, copy_X, cv, verbose, n_jobs, positive, random_state,
    selection, selection_rule, scoring, keep_coefs, refit, penalty_factor, bounds, standardize, solver, callback

    Attributes
    ----------
    alpha_, coef_, intercept_
    mse_path_ : ndarray of shape (n_alphas, n_folds)
        Weighted mean square errors of the held-out rows, in units of y squared.
    mse_mean_ : ndarray of shape (n_alphas,)
    mse_se_ : ndarray of shape (n_alphas,)
    score_path_ : ndarray of shape (n_alphas, n_folds)
        Scores of the held-out rows. Only with scoring.
    score_mean_ : ndarray of shape (n_alphas,)
    score_se_ : ndarray of shape (n_alphas,)
    alphas_ : ndarray of shape (n_alphas,)
        The alphas, falling.
    alpha_min_, alpha_1se_, stopped_
    coef_path_ : ndarray of shape (n_folds, n_alphas, n_features) or list of csr_array
        Coefficients of all folds, only with keep_coefs. keep_coefs="sparse" gives a scipy.sparse.csr_array of shape
        (n_alphas, n_features) for each fold.
    intercept_path_ : ndarray of shape (n_folds, n_alphas)
        Intercepts of all folds, only with keep_coefs.
    dual_gap_, n_iter_, n_features_in_, feature_names_in_

    See Also
    --------
    ElasticNetCV : Chooses l1_ratio as well.
    Lasso : Given alpha.
    LassoIC : Chooses alpha by an information criterion, from one path.
    AdaptiveLasso : Penalties weighted by an initial estimate.
    MultiTaskLassoCV : Several targets that share their features.

    References
    ----------
    * Tibshirani (1996), Regression shrinkage and selection via the lasso, Journal of the Royal Statistical Society B
      58(1).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import LassoCV
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = LassoCV(cv=5, selection_rule="1se").fit(X, y)
    >>> model.feature_names_in_[model.coef_ != 0.0].tolist()
    ['sex', 'bmi', 'bp', 's3', 's5', 's6']
    >>> model.mse_path_.shape, bool(model.alpha_ > model.alpha_min_)
    ((100, 5), True)
    """

    path: Callable[..., Any] = staticmethod(lasso_path)

    def __init__(
        self, *, eps=1e-3, alphas=100, fit_intercept=True, precompute="auto", max_iter=1000, tol=1e-4, copy_X=True,
        cv=None, verbose=False, n_jobs=None, positive=False, random_state=None, selection="cyclic",
        selection_rule="min", scoring=None, keep_coefs=False, refit=True, penalty_factor=None, bounds=None,
        standardize=False, solver="auto", callback=None,
    ):
        super().__init__(
            eps=eps, alphas=alphas, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol, cv=cv, n_jobs=n_jobs,
            selection_rule=selection_rule, scoring=scoring, standardize=standardize, verbose=verbose,
            callback=callback)
        self.penalty_factor = penalty_factor
        self.precompute = precompute
        self.copy_X = copy_X
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
        self.keep_coefs = keep_coefs
        self.refit = refit
        self.bounds = bounds
        self.solver = solver
