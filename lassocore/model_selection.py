# Lives here: cross-validated estimators. Must not know: storage, kernels, how folds are solved.
"""LassoCV and ElasticNetCV with scikit-learn's parameters, attributes and semantics."""
from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from scipy.sparse import issparse
from sklearn import get_config
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import check_cv
from sklearn.utils import check_scalar, column_or_1d
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, get_routing_for_object, process_routing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_consistent_length, validate_data

from lassocore.cross_validation import (
    Choice, FoldResult, Task, check_choice, check_rule, choose, mean_and_error, mean_coefs, prepare, refit,
)
from lassocore.drop_in import as_seed
from lassocore.folds import Data, as_folds
from lassocore.linear_model import ElasticNet
from lassocore.results import PathResult, warn_unconverged
from lassocore.scoring import FoldScorer, as_scorer, takes_weights
from lassocore.settings import Settings
from lassocore.threads import single_threaded_blas
from lassocore.validation import (
    as_design, as_penalty_shape, as_sample_weight, as_vector, check_not_empty, check_sparse_indices,
)


class PathCV(RegressorMixin, BaseEstimator):
    """What all cross-validated estimators share: alpha, and l1_ratio, by the held-out errors of paths."""

    _exact = False          # as in ElasticNet

    def fit(self, X, y, sample_weight=None, **params):
        """Fit paths to all folds, choose alpha, and fit all rows with it.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Neither copied nor changed: a fold is a vector of weights.
        y : array-like of shape (n_samples,), or (n_samples, n_tasks) for the multi-task estimators
        sample_weight : float or array-like of shape (n_samples,), optional
            A weight of k counts as k repeated rows, in training and in the held-out errors; a number is no weight.
        **params : dict
            With scikit-learn's metadata routing: what the splitter and the scorer request. Without it: groups, for
            splitters that need them.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As in `fit_path`; folds whose rows all have weight 0; parameters out of range.

        Warns
        -----
        ConvergenceWarning
            Once, with the number of alphas that missed the tolerance and the gap of the worst.
        """
        check_rule(self.selection_rule)
        check_choice("keep_coefs", self.keep_coefs, (False, True, "sparse"))
        settings = Settings(
            solver=self.solver, selection=self.selection, rng=as_seed(self.random_state, self.selection), tol=self.tol,
            max_iter=self.max_iter, exact=self._exact)
        sample_weight = None if isinstance(sample_weight, Real) else sample_weight
        scorer = as_scorer(self.scoring)
        split_params, score_params = self._route(scorer, sample_weight, params)
        alphas = self._checked_alphas()
        X, y = self._checked(X, y)
        data = self._as_data(X, y, sample_weight)
        folds = as_folds(check_cv(self.cv).split(X, y, **split_params), data)
        l1_ratios = np.atleast_1d(getattr(self, "l1_ratio", 1.0)).tolist()
        with single_threaded_blas(True):
            problem, grids, sums = prepare(
                data, folds, l1_ratios, alphas, self.eps, settings, effective_n_jobs(self.n_jobs))
            task = Task(data, settings, sums, None if scorer is None else FoldScorer(scorer, score_params))
            results = Parallel(n_jobs=self.n_jobs, verbose=self.verbose, prefer="threads")(
                delayed(task.run)(fold, l1_ratio, grid)
                for l1_ratio, grid in zip(l1_ratios, grids, strict=True) for fold in folds)
            paths = [result.path for result in results]
            choice = self._set_choice(l1_ratios, grids, results, len(folds))
            if self.refit:
                start = mean_coefs(paths[choice.l1_ratio * len(folds):][:len(folds)], choice.alpha, X.shape[1])
                path = refit(problem, start, self.alpha_, l1_ratios[choice.l1_ratio], settings)
                self._set_model(path)
                paths.append(path)
        if self.keep_coefs:
            self._set_coef_paths(paths, len(l1_ratios), len(folds))
        warn_unconverged(paths, self.max_iter, stacklevel=2)
        return self

    def _route(self, scorer, sample_weight, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(what the splitter is given, what the scorer is given)."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", sample_weight=sample_weight, **params)
            return routed.splitter.split, {} if scorer is None else routed.scorer.score
        known = get_routing_for_object(check_cv(self.cv)).consumes("split", ["groups"])
        unknown = sorted(set(params) - set(known))
        if unknown:
            raise ValueError(
                f"fit got {', '.join(unknown)}, which is only supported if enable_metadata_routing=True: call "
                "sklearn.set_config(enable_metadata_routing=True). Without it fit passes groups on to splitters that "
                "need them, and nothing else")
        weighted = sample_weight is not None and scorer is not None and takes_weights(scorer)
        return params, {"sample_weight": sample_weight} if weighted else {}

    def get_metadata_routing(self):
        """What is routed where: parameters of fit to the splitter and to the scorer.

        Returns
        -------
        MetadataRouter
        """
        router = MetadataRouter(owner=self).add_self_request(self).add(
            splitter=check_cv(self.cv), method_mapping=MethodMapping().add(caller="fit", callee="split"))
        if self.scoring is not None:
            router.add(scorer=as_scorer(self.scoring),
                       method_mapping=MethodMapping().add(caller="fit", callee="score"))
        return router

    def _checked_alphas(self) -> int | np.ndarray:
        """How many alphas, or the alphas themselves."""
        if isinstance(self.alphas, Integral):
            return self.alphas
        for index, alpha in enumerate(self.alphas):
            check_scalar(alpha, f"alphas[{index}]", target_type=Real, min_val=0.0, include_boundaries="left")
        return np.asarray(self.alphas, dtype=np.float64)

    def _checked(self, X, y):
        """X and y as scikit-learn's checks leave them."""
        if issparse(X):
            check_sparse_indices(X)
        floats = [np.float64, np.float32]
        X, y = validate_data(self, X, y, validate_separately=(
            {"accept_sparse": "csc", "dtype": floats, "ensure_all_finite": False},
            {"dtype": floats, "ensure_2d": False}))
        check_consistent_length(X, y)
        return X, self._checked_target(y)

    def _checked_target(self, y):
        """One target as a vector."""
        if y.ndim > 1 and y.shape[1] > 1:
            raise ValueError(f"y has shape {y.shape}. For multi-task outputs, use MultiTask{type(self).__name__}")
        return column_or_1d(y, warn=True)

    def _as_data(self, X, y, sample_weight) -> Data:
        """What all folds share."""
        design = as_design(X, self.solver == "cd")
        n_samples = check_not_empty(design)
        penalty = as_penalty_shape(self.penalty_factor, self.bounds, self.positive, self.standardize, design.shape[1])
        return Data(design, as_vector(y, "y", n_samples, "samples"), as_sample_weight(sample_weight, n_samples),
                    penalty, self.fit_intercept)

    def _set_choice(self, l1_ratios: list[float], grids: list[np.ndarray], results: list[FoldResult],
                    n_folds: int) -> Choice:
        """Errors, scores, and what they choose."""
        def by_l1_ratio(values):
            return np.moveaxis(np.reshape(values, (len(l1_ratios), n_folds, -1)), 1, 2)

        errors = by_l1_ratio([result.errors for result in results])
        scores = -errors if self.scoring is None else by_l1_ratio([result.scores for result in results])
        choice = choose(self.selection_rule, grids, scores)
        self.mse_path_ = np.squeeze(errors)
        self.mse_mean_, self.mse_se_ = map(without_l1_ratio, mean_and_error(errors))
        if self.scoring is not None:
            self.score_path_ = np.squeeze(scores)
            self.score_mean_, self.score_se_ = map(without_l1_ratio, mean_and_error(scores))
        grid = grids[choice.l1_ratio]
        self.alpha_, self.alpha_min_, self.alpha_1se_ = grid[choice.alpha], grid[choice.best], grid[choice.one_se]
        self.alphas_ = without_l1_ratio(np.array(grids)) if isinstance(self.alphas, Integral) else grids[0].copy()
        if hasattr(self, "l1_ratio"):
            self.l1_ratio_ = l1_ratios[choice.l1_ratio]
        return choice

    def _set_model(self, path: PathResult) -> None:
        """The model of all rows."""
        self.coef_ = path.coefs[:, 0]
        self.intercept_ = path.intercepts.astype(path.coefs.dtype)[0] if self.fit_intercept else 0.0
        self.dual_gap_, self.n_iter_ = path.dual_gaps[0], int(path.n_iter[0])

    def _set_coef_paths(self, paths: list[PathResult], n_l1_ratios: int, n_folds: int) -> None:
        """The coefficients of all folds, alphas before features."""
        kept = [path.coefs_sparse.T if self.keep_coefs == "sparse" else path.coefs.T
                for path in paths[:n_l1_ratios * n_folds]]
        nested = [kept[k * n_folds:][:n_folds] for k in range(n_l1_ratios)]
        intercepts = np.array([path.intercepts for path in paths[:len(kept)]])
        self.intercept_path_ = without_l1_ratio(intercepts.reshape(n_l1_ratios, n_folds, -1))
        if self.keep_coefs == "sparse":
            self.coef_path_ = nested if n_l1_ratios > 1 else nested[0]
        else:
            self.coef_path_ = without_l1_ratio(np.array(nested))

    def predict(self, X):
        """Predictions of the linear model with the chosen alpha.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_tasks)

        Raises
        ------
        NotFittedError
            Before fit, or after a fit with refit=False.
        """
        if hasattr(self, "mse_path_") and not hasattr(self, "coef_"):
            raise NotFittedError("no model was fitted to all rows: refit=False; predict needs refit=True")
        return ElasticNet.predict(self, X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def without_l1_ratio(values: np.ndarray) -> np.ndarray:
    """Without the first axis where there is one l1_ratio."""
    return values[0] if len(values) == 1 else values


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
    verbose : bool or int, default=False
        As joblib's.
    n_jobs : int, default=None
        Paths of folds that are fitted at the same time, by threads. The results do not depend on it.
    positive : bool, default=False
    random_state : int, RandomState or None, default=None
        For selection "shuffled" and "random".
    selection : {"cyclic", "shuffled", "random"}, default="cyclic"
        Of ``solver="cd"``.
    selection_rule : {"min", "1se"} or callable, default="min"
        "min" takes the alpha with the best mean score; "1se" the largest alpha whose mean score is within one standard
        error of it, the standard error over folds at the best alpha (as ``lambda.1se`` of R's cv.glmnet). A callable
        is called once as ``rule(alphas, scores)``, with the falling alphas of the chosen l1_ratio and their scores of
        shape (n_alphas, n_folds), larger is better (minus the mean square error without scoring), and returns the
        position of an alpha.
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

    def __init__(
        self, *, l1_ratio=0.5, eps=1e-3, alphas=100, fit_intercept=True, precompute="auto", max_iter=1000, tol=1e-4,
        cv=None, copy_X=True, verbose=0, n_jobs=None, positive=False, random_state=None, selection="cyclic",
        selection_rule="min", scoring=None, keep_coefs=False, refit=True, penalty_factor=None, bounds=None,
        standardize=False, solver="auto",
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
        self.solver = solver


class LassoCV(PathCV):
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

    def __init__(
        self, *, eps=1e-3, alphas=100, fit_intercept=True, precompute="auto", max_iter=1000, tol=1e-4, copy_X=True,
        cv=None, verbose=False, n_jobs=None, positive=False, random_state=None, selection="cyclic",
        selection_rule="min", scoring=None, keep_coefs=False, refit=True, penalty_factor=None, bounds=None,
        standardize=False, solver="auto",
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
        self.solver = solver
