# Lives here: Lasso and ElasticNet. Independent of: storage, kernels.
"""Lasso and ElasticNet with scikit-learn's parameters, attributes and semantics."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import MultiOutputMixin
from sklearn.utils import metadata_routing

from lassocore.estimators.base import FLOATS, LinearModel, SparseCoefMixin
from lassocore.paths.alpha_grid import check_alpha
from lassocore.paths.fit_many import solve_targets
from lassocore.paths.fit_path import fit_path, solve_path
from lassocore.problems.gram_problem import check_precompute, with_gram
from lassocore.problems.problem import as_problem, is_ready
from lassocore.problems.targets import as_targets
from lassocore.progress import QUIET, report_fit
from lassocore.results.convergence import warn_unconverged, warn_unconverged_targets
from lassocore.results.many_result import ManyResult
from lassocore.results.path_result import PathResult
from lassocore.sklearn_compat.paths import enet_path, lasso_path
from lassocore.utils.arguments import check_dense, check_flag, check_flags
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


@named_in_package
@complete_docstring(fit_path, enet_path)
class ElasticNet(SparseCoefMixin, MultiOutputMixin, LinearModel):
    r"""Linear regression with an L1 and an L2 penalty, certified by its duality gap.

    Minimises, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2
        + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)

    with s = sample_weight, S their sum, v = penalty_factor. Several targets are independent problems
    that share the work on X.

    Parameters
    ----------
    alpha : float, default=1.0
        Strength of the penalty, at least 0. 0 gives least squares, of minimum norm where it is not unique.
    l1_ratio : float in [0, 1], default=0.5
        Share of the L1 penalty: 1 is the lasso, 0 ridge regression.
    fit_intercept
    precompute : bool, "auto" or array-like of shape (n_features, n_features), default=False
        Whether to descend on the Gram matrix of a dense X, or that matrix itself: X'X, of centred columns if there is
        an intercept and with the sample weights scaled to sum to n_samples. It is checked against X, and not used where
        an unpenalised feature has bounds.
    max_iter : int, default=1000
        Limit of epochs; a ConvergenceWarning tells when it is reached, and the result is kept.
    copy_X
    tol : float, default=1e-4
        The fit has converged when its duality gap is at most tol times the (weighted) mean square of the centred y.
    warm_start : bool, default=False
        Start from the coefficients of the last call of fit, where their shape is right.
    positive, random_state, selection, penalty_factor, bounds, standardize, solver
    callback : callable, default=None
        Called after each target with a `TaskLevelInfo`, which names the target. scikit-learn's callbacks (1.9 and
        newer) are set by `set_callbacks`; they see a task for each target.
    history : bool, default=False
        Record objective, duality gap, step and nonzeros after each epoch and exact step, in ``history_``; of one target
        only. Each record takes a pass over X.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients, in units of y over those of their column.
    sparse_coef_ : scipy.sparse.csr_array of shape (1, n_features) or (n_targets, n_features)
        The same coefficients, sparse, a row for each target.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercepts; 0.0 without fit_intercept.
    n_iter_ : int or list of int
        Epochs and exact steps.
    dual_gap_ : float or ndarray of shape (n_targets,)
        Certificate: the objective is at most this far above its minimum, in units of y squared.
    history_ : History or None
        The course of the fit, with ``history=True``; as in `PathResult`.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in fit, where X had names that are all strings.

    See Also
    --------
    Lasso : The same with l1_ratio = 1.
    ElasticNetCV : Chooses alpha and l1_ratio by cross-validation.
    MultiTaskElasticNet : Several targets that share their features.
    fit_path : All alphas of a path, with further options.

    References
    ----------
    * Zou, Hastie (2005), Regularization and variable selection via the elastic net, Journal of the Royal Statistical
      Society B 67(2).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import ElasticNet
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> ElasticNet(alpha=0.5).fit(X, np.array([3.0, 1.0, -3.0, -1.0])).coef_.round(4)
    array([1.6667, 0.3333])
    """

    __metadata_request__fit = {"check_input": metadata_routing.UNUSED}
    path: Callable[..., Any] = staticmethod(enet_path)

    def __init__(
        self, alpha=1.0, *, l1_ratio=0.5, fit_intercept=True, precompute=False, max_iter=1000, copy_X=True, tol=1e-4,
        warm_start=False, positive=False, random_state=None, selection="cyclic", penalty_factor=None, bounds=None,
        standardize=False, solver="auto", callback=None, history=False,
    ):
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.copy_X = copy_X
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
        self.penalty_factor = penalty_factor
        self.bounds = bounds
        self.standardize = standardize
        self.solver = solver
        self.callback = callback
        self.history = history

    @complete_docstring(fit_path)
    def fit(self, X, y, sample_weight=None, check_input=True) -> Self:
        """Fit the model of alpha, certified by its duality gap.

        Parameters
        ----------
        X
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        sample_weight
        check_input : bool, default=True
            False skips scikit-learn's conversion of X and y.

        Returns
        -------
        Self
            The fitted estimator.

        Raises
        ------
        ValueError
            As in `fit_path`; parameters out of range.
        TypeError
            A data frame some of whose column names are text and some are not.

        Warns
        -----
        ConvergenceWarning
            Once, where the gap misses the tolerance.
        """
        check_alpha(self.alpha)
        if not (check_input is self.copy_X is True and self.warm_start is self.precompute is False):
            check_flag("check_input", check_input)
            check_flags(self, "copy_X", "warm_start")
            check_precompute(self.precompute)
        check_dense(y, "y")
        if check_input:
            X, y = self._checked(X, y)
        Y = np.asarray(y)
        Y = Y[:, None] if Y.ndim == 1 else Y
        n_targets, one_dimensional = Y.shape[1], np.ndim(y) == 1
        if n_targets != 1 and self.history is not False:
            raise ValueError(f"history={self.history!r} records the fit of one target, and y has {n_targets}; fit them "
                             "one by one, or leave it at False")
        report = report_fit(self, X, y, n_targets, sample_weight)
        if report is QUIET:             # a tiny fit has no time for contexts
            if n_targets == 1:
                self._fit_one(X, Y, sample_weight, one_dimensional, None)
            else:
                self._fit_several(X, Y, sample_weight, [])
            return self
        with report:
            tasks = [report.task(k, f"target {k}", 1) for k in range(n_targets)]
            if n_targets == 1:
                with tasks[0]:
                    self._fit_one(X, Y, sample_weight, one_dimensional, tasks[0].on_level)
            else:
                self._fit_several(X, Y, sample_weight, tasks)
        return self

    def _fit_one(self, X, Y, sample_weight, one_dimensional: bool, on_level) -> None:
        """Fit the only target; on_level is called with its solution."""
        start = self._start(1, X.shape[1])
        path = self._fit_target(X, Y[:, 0], sample_weight, None if start is None else start[0], on_level)
        warn_unconverged(path, self.max_iter, self.tol, stacklevel=3)
        self._set_attributes(path, one_dimensional)
        self._keep_record(path, 0, X.shape[0])

    def _fit_several(self, X, Y, sample_weight, tasks) -> None:
        """Fit all targets together; their tasks begin and end afterwards."""
        many = self._fit_targets(X, Y, sample_weight, self._start(Y.shape[1], X.shape[1]))
        for task, path in zip(tasks, many, strict=False):
            assert path.info is not None
            with task:
                task.on_level(path.info.levels[0])
        warn_unconverged_targets(many, self.max_iter, self.tol, stacklevel=3)
        self._set_attributes_of_targets(many)

    def _checked(self, X, y):
        """X and y as scikit-learn's checks return them; these take ten times as long as a tiny fit."""
        if is_ready(X, y):
            self.n_features_in_ = X.shape[1]
            if hasattr(self, "feature_names_in_"):      # of an earlier fit to a data frame
                del self.feature_names_in_
            return X, y
        return self._validated(X, y, False, {
            "accept_sparse": "csc", "dtype": FLOATS, "ensure_all_finite": False, "multi_output": True,
            "y_numeric": True})

    def _start(self, n_targets: int, n_features: int) -> np.ndarray | None:
        """Coefficients to start from: with warm_start those of the last fit, if their shape is right."""
        if self.warm_start and hasattr(self, "coef_") and np.atleast_2d(self.coef_).shape == (n_targets, n_features):
            return np.atleast_2d(self.coef_)
        return None

    def _fit_target(self, X, y, sample_weight, coef_init, on_level) -> PathResult:
        """The path of one alpha of one target."""
        problem = as_problem(X, y, sample_weight=sample_weight, **self._problem_options())
        if self.alpha > 0:
            problem = with_gram(problem, self.precompute, self.fit_intercept)
        return solve_path(problem, [self.alpha], 1.0, self.l1_ratio, self._settings(on_level), coef_init)

    def _fit_targets(self, X, Y, sample_weight, coef_init) -> ManyResult:
        """The paths of one alpha of several targets."""
        targets = as_targets(X, Y, name="y", sample_weight=sample_weight, **self._problem_options())
        if self.alpha > 0:
            targets = replace(targets, base=with_gram(targets.base, self.precompute, self.fit_intercept))
        return solve_targets(targets, [self.alpha], 1.0, self.l1_ratio, self._settings(), coef_init)

    def _set_attributes(self, path: PathResult, one_dimensional: bool) -> None:
        """Set coefficients, intercept and certificate of one target."""
        self.coef_ = path.coefs[:, 0]
        self.dual_gap_, self.history_ = path.dual_gaps[0], path.history
        self.n_iter_ = int(path.n_iter[0])
        intercepts = path.intercepts.astype(self.coef_.dtype)
        self.intercept_ = intercepts[0] if one_dimensional else intercepts
        if not self.fit_intercept:
            self.intercept_ = 0.0
        self.n_features_in_ = len(self.coef_)

    def _set_attributes_of_targets(self, many: ManyResult) -> None:
        """The same for several targets, a row or a number for each."""
        self.coef_ = many.coefs_sparse.toarray()
        self.dual_gap_, self.history_ = many.dual_gaps[:, 0], None
        self.n_iter_ = many.n_iter[:, 0].tolist()
        self.intercept_ = many.intercepts[:, 0].astype(self.coef_.dtype) if self.fit_intercept else 0.0
        self.n_features_in_ = self.coef_.shape[1]


@named_in_package
@complete_docstring(ElasticNet)
class Lasso(ElasticNet):
    r"""Linear regression with an L1 penalty, certified by its duality gap.

    Minimises, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2 + alpha * sum_j v_j * |w_j|

    with s = sample_weight, S their sum, v = penalty_factor. Several targets are independent problems that share the
    work on X.

    Parameters
    ----------
    alpha, fit_intercept, precompute, copy_X, max_iter, tol, warm_start, positive, random_state, selection,
    penalty_factor, bounds, standardize, solver, callback, history

    Attributes
    ----------
    coef_, sparse_coef_, intercept_, n_iter_, dual_gap_, history_, n_features_in_, feature_names_in_

    See Also
    --------
    ElasticNet : With an L2 penalty as well.
    LassoCV : Chooses alpha by cross-validation.
    LassoIC : Chooses alpha by an information criterion.
    AdaptiveLasso : Penalties weighted by an initial estimate.
    MultiTaskLasso : Several targets that share their features.
    fit_path : All alphas of a path, with further options.

    References
    ----------
    * Tibshirani (1996), Regression shrinkage and selection via the lasso, Journal of the Royal Statistical Society B
      58(1).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import Lasso
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> Lasso(alpha=0.5).fit(X, np.array([3.0, 1.0, -3.0, -1.0])).coef_
    array([2., 0.])

    Names of the features that are selected, and R2:

    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = Lasso(alpha=1.0).fit(X, y)
    >>> model.feature_names_in_[model.coef_ != 0.0].tolist(), round(model.score(X, y), 2)
    (['bmi', 'bp', 's5'], 0.36)
    """

    path: Callable[..., Any] = staticmethod(lasso_path)

    def __init__(
        self, alpha=1.0, *, fit_intercept=True, precompute=False, copy_X=True, max_iter=1000, tol=1e-4,
        warm_start=False, positive=False, random_state=None, selection="cyclic", penalty_factor=None, bounds=None,
        standardize=False, solver="auto", callback=None, history=False,
    ):
        super().__init__(
            alpha=alpha, l1_ratio=1.0, fit_intercept=fit_intercept, precompute=precompute, copy_X=copy_X,
            max_iter=max_iter, tol=tol, warm_start=warm_start, positive=positive, random_state=random_state,
            selection=selection, penalty_factor=penalty_factor, bounds=bounds, standardize=standardize, solver=solver,
            callback=callback, history=history)
