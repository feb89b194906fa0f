# Lives here: the cross-validated estimators and their documentation. Must not know: how they are fitted.
"""LassoCV, ElasticNetCV and their multi-task forms with scikit-learn's parameters, attributes and semantics."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lassocore.callbacks import CallbackSupportMixin
from lassocore.drop_in import enet_path, lasso_path
from lassocore.path_cv import MultiTaskPathCV, PathCV


class ElasticNetCV(CallbackSupportMixin, PathCV):
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
    eps : float, default=1e-3
        Smallest alpha over the largest, where alphas is a number.
    alphas : int or array-like, default=100
        How many alphas, in geometric progression from the smallest that makes all coefficients 0 on all rows, or the
        alphas themselves.
    fit_intercept : bool, default=True
    precompute : bool, "auto" or array-like, default="auto"
        Accepted for compatibility: the method is chosen by its cost.
    max_iter : int, default=1000
        Epochs for each alpha.
    tol : float, default=1e-4
        Converged when the duality gap is at most tol times the (weighted) mean square of the centred training y.
    cv : int, splitter or iterable of (train, test), default=None
        None is 5 folds. Rows may be in no training set, or in one several times.
    copy_X : bool, default=True
        Accepted for compatibility.
    verbose : int, default=0
        1 shows a bar over folds and alphas on stderr, 2 also prints a line for each alpha.
    n_jobs : int, default=None
        Paths of folds that are fitted at the same time, by threads. The results do not depend on it.
    positive : bool, default=False
    random_state : int, RandomState or None, default=None
        For selection "shuffled" and "random".
    selection : {"cyclic", "shuffled", "random"}, default="cyclic"
        Of ``solver="cd"``.
    selection_rule : {"min", "1se"} or callable, default="min"
        "min" takes the alpha with the best mean score (of scores equal up to rounding the largest alpha); "1se" the
        largest alpha whose mean score is within one standard error of it, the standard error over folds at the best
        alpha (as ``lambda.1se`` of R's cv.glmnet). A callable is called once as ``rule(alphas, scores)``, with the
        falling alphas of the chosen l1_ratio and their scores of shape (n_alphas, n_folds), larger is better (minus the
        mean square error without scoring), and returns the position of an alpha.
    scoring : str or callable, default=None
        A scorer of scikit-learn to be maximised: a name or a callable ``(estimator, X, y) -> float``. It gets a
        regressor with coef_, intercept_ and predict for each alpha, and the held-out rows. None minimises the mean
        square error. Without metadata routing sample_weight is passed to scorers that have such a parameter.
    keep_coefs : bool or "sparse", default=False
        Whether to keep the coefficients of all folds, as one array or as sparse matrices.
    refit : bool, default=True
        Whether to fit all rows with the alpha chosen. It starts from the mean of the folds' coefficients.
    penalty_factor : array-like of shape (n_features,), default=None
        0 leaves a feature unpenalised, inf excludes it.
    bounds : pair (lower, upper), default=None
        Numbers or vectors of length n_features that contain 0.
    standardize : bool, default=False
        Penalise the coefficients of columns scaled to unit variance on the training rows; coefficients stay on the
        scale of X.
    solver : {"auto", "cd"}, default="auto"
    callback : callable, default=None
        Called after each alpha with a `LevelInfo` that also names the path: "fold 2" ("fold 2, l1_ratio=0.5" of
        several), or "refit" (`task`, `task_index`, `n_tasks`). The path ends where it returns something true, and the
        alphas that all paths have reached are judged. Paths are ended one by one: end them all at about the same alpha.
        scikit-learn's callbacks (1.9 and newer) are set by `set_callbacks`.

    Attributes
    ----------
    alpha_ : float
    l1_ratio_ : float
    coef_ : ndarray of shape (n_features,)
    intercept_ : float
    mse_path_ : ndarray of shape (n_l1_ratio, n_alphas, n_folds)
        Weighted mean square errors of the held-out rows; axes of length 1 are left out.
    mse_mean_, mse_se_ : ndarray of shape (n_l1_ratio, n_alphas) or (n_alphas,)
        Their means over folds and the standard errors of those.
    score_path_, score_mean_, score_se_ : ndarray
        The same of the scorer, with scoring.
    alphas_ : ndarray of shape (n_alphas,) or (n_l1_ratio, n_alphas)
        Falling; for several l1_ratio a row for each, unless alphas were given.
    alpha_min_, alpha_1se_ : float
        What the rules "min" and "1se" choose.
    stopped_ : str
        "callback" where a callback has ended paths, else "".
    coef_path_, intercept_path_ : ndarray of shape (n_folds, n_alphas, n_features) and (n_folds, n_alphas)
        With keep_coefs; with an axis for l1_ratio in front where there are several. Sparse: lists of
        scipy.sparse.csr_array of shape (n_alphas, n_features).
    dual_gap_ : float
        Certificate of the refit: its objective is at most this far above its minimum.
    n_iter_ : int
        Epochs and exact steps of the refit.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Where X has feature names.

    References
    ----------
    Zou, Hastie (2005), Regularization and variable selection via the elastic net.
    Breiman, Friedman, Olshen, Stone (1984), Classification and regression trees, section 3.4.3, for the rule of one
    standard error.

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
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
        self.selection_rule = selection_rule
        self.scoring = scoring
        self.keep_coefs = keep_coefs
        self.refit = refit
        self.penalty_factor = penalty_factor
        self.bounds = bounds
        self.standardize = standardize
        self.callback = callback
        self.solver = solver


class LassoCV(CallbackSupportMixin, PathCV):
    r"""Lasso with alpha chosen by cross-validation.

    For each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2 + alpha * sum_j v_j * |w_j|

    over the intercept b0 and the coefficients w, with s = sample_weight of the training rows, S their sum, and
    v = penalty_factor. Parameters and attributes are those of `ElasticNetCV`, without l1_ratio.

    References
    ----------
    Tibshirani (1996), Regression shrinkage and selection via the lasso.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import LassoCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = LassoCV(cv=3).fit(X, y)
    >>> model.mse_path_.shape, bool(model.alpha_ == model.alphas_[model.mse_mean_.argmin()])
    ((100, 3), True)
    """

    path: Callable[..., Any] = staticmethod(lasso_path)

    def __init__(
        self, *, eps=1e-3, alphas=100, fit_intercept=True, precompute="auto", max_iter=1000, tol=1e-4, copy_X=True,
        cv=None, verbose=False, n_jobs=None, positive=False, random_state=None, selection="cyclic",
        selection_rule="min", scoring=None, keep_coefs=False, refit=True, penalty_factor=None, bounds=None,
        standardize=False, solver="auto", callback=None,
    ):
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
        self.selection_rule = selection_rule
        self.scoring = scoring
        self.keep_coefs = keep_coefs
        self.refit = refit
        self.penalty_factor = penalty_factor
        self.bounds = bounds
        self.standardize = standardize
        self.callback = callback
        self.solver = solver


class MultiTaskElasticNetCV(CallbackSupportMixin, MultiTaskPathCV):
    r"""Multi-task elastic net with alpha and l1_ratio chosen by cross-validation.

    For each l1_ratio and each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i ||Y_i - b0 - W x_i||^2
        + alpha * sum_j v_j * (l1_ratio * ||W_j|| + (1 - l1_ratio)/2 * ||W_j||^2)

    over the intercepts b0 and the coefficients W, W_j those of feature j in all tasks, with s = sample_weight of the
    training rows, S their sum, and v = penalty_factor. Held-out square errors are means over tasks. Parameters and
    attributes are those of `ElasticNetCV`, without precompute, positive, bounds and solver; coef_ has shape
    (n_tasks, n_features), intercept_ (n_tasks,), coef_path_ and intercept_path_ an axis of tasks after that of alphas.

    References
    ----------
    Obozinski, Taskar, Jordan (2010), Joint covariate selection and joint subspace selection for multiple classification
    problems.

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
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.selection = selection
        self.selection_rule = selection_rule
        self.scoring = scoring
        self.keep_coefs = keep_coefs
        self.refit = refit
        self.penalty_factor = penalty_factor
        self.standardize = standardize
        self.callback = callback


class MultiTaskLassoCV(CallbackSupportMixin, MultiTaskPathCV):
    r"""Multi-task lasso with alpha chosen by cross-validation.

    For each fold the path over the same alphas is fitted to the training rows, minimising::

        1/(2 S) * sum_i s_i ||Y_i - b0 - W x_i||^2 + alpha * sum_j v_j * ||W_j||

    over the intercepts b0 and the coefficients W, W_j those of feature j in all tasks, with s = sample_weight of the
    training rows, S their sum, and v = penalty_factor. Parameters and attributes are those of `MultiTaskElasticNetCV`,
    without l1_ratio.

    References
    ----------
    Obozinski, Taskar, Jordan (2010), Joint covariate selection and joint subspace selection for multiple classification
    problems.

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
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.selection = selection
        self.selection_rule = selection_rule
        self.scoring = scoring
        self.keep_coefs = keep_coefs
        self.refit = refit
        self.penalty_factor = penalty_factor
        self.standardize = standardize
        self.callback = callback
