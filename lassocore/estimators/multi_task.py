# Lives here: MultiTaskLasso and MultiTaskElasticNet. Independent of: storage, kernels.
"""MultiTaskLasso and MultiTaskElasticNet with scikit-learn's parameters, attributes and semantics."""
from __future__ import annotations

from typing import Self

from lassocore.estimators.base import MultiTaskMixin
from lassocore.estimators.linear import ElasticNet
from lassocore.paths.alpha_grid import check_alpha
from lassocore.paths.fit_multi_task_path import fit_multi_task_path, solve_multi_task_path
from lassocore.problems.multi_task import as_multi_task_problem
from lassocore.progress import report_fit
from lassocore.results.convergence import warn_unconverged
from lassocore.results.multi_task_result import MultiTaskPathResult
from lassocore.utils.arguments import check_flags
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


@named_in_package
@complete_docstring(ElasticNet, fit_multi_task_path)
class MultiTaskElasticNet(MultiTaskMixin, ElasticNet):
    r"""Linear regression of several targets on the same features, with an L2,1 and an L2 penalty.

    Minimises, over the intercepts b0 and the coefficients W, W_j the coefficients of feature j in all tasks::

        1/(2 S) * sum_i s_i ||Y_i - b0 - W x_i||^2
        + alpha * sum_j v_j * (l1_ratio * ||W_j|| + (1 - l1_ratio)/2 * ||W_j||^2)

    with s = sample_weight, S their sum, v = penalty_factor. A feature takes part in all tasks or in none.

    Parameters
    ----------
    alpha
    l1_ratio : float in [0, 1], default=0.5
        Share of the L2,1 penalty: 1 is the multi-task lasso, 0 ridge regression.
    fit_intercept, copy_X, max_iter
    tol : float, default=1e-4
        Converged when the duality gap is at most tol times the (weighted) mean of the squared norms of the centred rows
        of Y.
    warm_start, random_state, selection, penalty_factor
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance. Coefficients stay on the scale of
        X; constant columns get 0.
    callback : callable, default=None
        Called with a `TaskLevelInfo` when the fit is done. scikit-learn's callbacks (1.9 and newer) are set by
        `set_callbacks`; they see one task.
    history

    Attributes
    ----------
    coef_ : ndarray of shape (n_tasks, n_features)
    sparse_coef_ : scipy.sparse.csr_array of shape (n_tasks, n_features)
    intercept_ : ndarray of shape (n_tasks,) or float
    n_iter_ : int
        Limit of epochs; a ConvergenceWarning tells when it is reached, and the result is kept.
    dual_gap_ : float
    history_
    eps_ : float
        The tolerance, as scikit-learn gives it: tol times the (weighted) sum of the squared norms of the centred rows
        of Y.
    n_features_in_, feature_names_in_

    See Also
    --------
    MultiTaskLasso : The same with l1_ratio = 1.
    MultiTaskElasticNetCV : Chooses alpha and l1_ratio by cross-validation.
    ElasticNet : Independent targets.
    fit_multi_task_path : All alphas of a path, with further options.

    References
    ----------
    * Obozinski, Taskar, Jordan (2010), Joint covariate selection and joint subspace selection for multiple
      classification problems, Statistics and Computing 20(2).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import MultiTaskElasticNet
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> Y = X @ np.array([[3.0, 4.0], [0.3, 0.4]])
    >>> MultiTaskElasticNet(alpha=0.5).fit(X, Y).coef_.round(4)
    array([[1.8, 0. ],
           [2.4, 0. ]])
    """

    def __init__(
        self, alpha=1.0, *, l1_ratio=0.5, fit_intercept=True, copy_X=True, max_iter=1000, tol=1e-4, warm_start=False,
        random_state=None, selection="cyclic", penalty_factor=None, standardize=False, callback=None,
        history=False,
    ):
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.random_state = random_state
        self.selection = selection
        self.penalty_factor = penalty_factor
        self.standardize = standardize
        self.callback = callback
        self.history = history

    @complete_docstring(ElasticNet.fit)
    def fit(self, X, y, sample_weight=None) -> Self:    # type: ignore[override]
        """Fit the model of alpha, certified by its duality gap.

        Parameters
        ----------
        X
        y : array-like of shape (n_samples, n_tasks)
        sample_weight

        Returns
        -------
        Self
            The fitted estimator.

        Raises
        ------
        ValueError
            As in `fit_multi_task_path`; parameters out of range.
        TypeError
            A data frame some of whose column names are text and some are not.

        Warns
        -----
        ConvergenceWarning
            Once, where the gap misses the tolerance.
        """
        check_alpha(self.alpha)
        check_flags(self, "copy_X", "warm_start")
        X, Y = self._checked(X, y)
        if Y.ndim == 1:
            raise ValueError(f"For mono-task outputs, use {type(self).__name__.removeprefix('MultiTask')}: y has shape "
                             f"{Y.shape}, not (n_samples, n_tasks)")
        with report_fit(self, X, Y, 1, sample_weight) as report:
            with report.task(0, "all targets", 1) as task:
                path = self._fit_tasks(X, Y, sample_weight, task.on_level)
            warn_unconverged(path, self.max_iter, self.tol, stacklevel=2)
            self._set_model(path, len(Y))
        return self

    def _fit_tasks(self, X, Y, sample_weight, on_level) -> MultiTaskPathResult:
        """The path of one alpha."""
        problem = as_multi_task_problem(
            X, Y, fit_intercept=self.fit_intercept, standardize=self.standardize, sample_weight=sample_weight,
            penalty_factor=self.penalty_factor)
        start = self._start(Y.shape[1], X.shape[1])
        return solve_multi_task_path(problem, [self.alpha], 1.0, self.l1_ratio, self._settings(on_level), start)

    def _set_model(self, path: MultiTaskPathResult, n_samples: int) -> None:
        """Set coefficients, intercepts and certificate."""
        self.coef_ = path.coefs_sparse.at(0)
        self.intercept_ = path.intercepts[:, 0].astype(self.coef_.dtype) if self.fit_intercept else 0.0
        self.dual_gap_, self.history_ = float(path.dual_gaps[0]), path.history
        self.eps_ = path.gap_tol * n_samples
        self.n_iter_ = int(path.n_iter[0])


@named_in_package
@complete_docstring(MultiTaskElasticNet)
class MultiTaskLasso(MultiTaskElasticNet):
    r"""Linear regression of several targets on the same features, with an L2,1 penalty, certified by its duality gap.

    Minimises, over the intercepts b0 and the coefficients W, W_j the coefficients of feature j in all tasks::

        1/(2 S) * sum_i s_i ||Y_i - b0 - W x_i||^2 + alpha * sum_j v_j * ||W_j||

    with s = sample_weight, S their sum, v = penalty_factor. A feature takes part in all tasks or in none.

    Parameters
    ----------
    alpha, fit_intercept, copy_X, max_iter, tol, warm_start, random_state, selection, penalty_factor, standardize,
    callback, history

    Attributes
    ----------
    coef_, sparse_coef_, intercept_, n_iter_, dual_gap_, history_, eps_, n_features_in_, feature_names_in_

    See Also
    --------
    MultiTaskElasticNet : With an L2 penalty as well.
    MultiTaskLassoCV : Chooses alpha by cross-validation.
    Lasso : Independent targets.
    fit_multi_task_path : All alphas of a path, with further options.

    References
    ----------
    * Obozinski, Taskar, Jordan (2010), Joint covariate selection and joint subspace selection for multiple
      classification problems, Statistics and Computing 20(2).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import MultiTaskLasso
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> Y = X @ np.array([[3.0, 4.0], [0.3, 0.4]])
    >>> MultiTaskLasso(alpha=0.5).fit(X, Y).coef_.round(4)
    array([[2.4, 0. ],
           [3.2, 0. ]])
    """

    def __init__(
        self, alpha=1.0, *, fit_intercept=True, copy_X=True, max_iter=1000, tol=1e-4, warm_start=False,
        random_state=None, selection="cyclic", penalty_factor=None, standardize=False, callback=None,
        history=False,
    ):
        super().__init__(
            alpha=alpha, l1_ratio=1.0, fit_intercept=fit_intercept, copy_X=copy_X, max_iter=max_iter, tol=tol,
            warm_start=warm_start, random_state=random_state, selection=selection, penalty_factor=penalty_factor,
            standardize=standardize, callback=callback, history=history)
