# Lives here: GroupLasso and SparseGroupLasso. Independent of: how groups are read, storage, kernels.
"""The group lasso and the sparse group lasso as estimators of scikit-learn."""
from __future__ import annotations

from typing import Any, Self

import numpy as np

from lassocore.estimators.base import LinearModel, SparseCoefMixin, without_number
from lassocore.estimators.linear import ElasticNet
from lassocore.paths.alpha_grid import check_alpha
from lassocore.paths.fit_path import fit_path, solve_path
from lassocore.penalties.groups import Groups, as_groups
from lassocore.problems.problem import as_problem
from lassocore.progress import report_fit
from lassocore.results.convergence import warn_unconverged
from lassocore.results.path_result import PathResult
from lassocore.utils.arguments import check_flags
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


class GroupModel(SparseCoefMixin, LinearModel):
    """The fit of one alpha with groups of features."""

    alpha: Any
    groups: Any
    group_weights: Any
    feature_l1_ratio: Any
    l1_ratio: Any
    warm_start: Any

    nonzero_groups_: list[Any]

    @complete_docstring(ElasticNet.fit)
    def fit(self, X, y, sample_weight=None) -> Self:
        """Fit the model of alpha, certified by its duality gap.

        Parameters
        ----------
        X
        y : array-like of shape (n_samples,)
        sample_weight : float or array-like of shape (n_samples,), optional
            A weight of k counts as k repeated rows; a number is no weight.

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
        check_flags(self, "warm_start")
        sample_weight = without_number(sample_weight)
        X, y = self._checked(X, y)
        groups = groups_of(self, X.shape[1])
        problem = as_problem(X, y, fit_intercept=self.fit_intercept, standardize=self.standardize,
                             sample_weight=sample_weight, groups=groups)
        with report_fit(self, X, y, 1, sample_weight) as report:
            with report.task(0, "target 0", 1) as task:
                path = solve_path(
                    problem, [self.alpha], 1.0, self.l1_ratio, self._settings(task.on_level), self._start(X.shape[1]))
            warn_unconverged(path, self.max_iter, self.tol, stacklevel=2)
            self._set_model(path, groups)
            self._keep_record(path, 0, X.shape[0])
        return self

    def _start(self, n_features: int) -> np.ndarray | None:
        """Coefficients to start from: with warm_start those of the last fit, if there are as many."""
        if self.warm_start and hasattr(self, "coef_") and self.coef_.shape == (n_features,):
            return self.coef_
        return None

    def _set_model(self, path: PathResult, groups: Groups) -> None:
        """Set coefficients, intercept and certificate."""
        self.coef_ = path.coefs[:, 0]
        self.intercept_ = path.intercepts.astype(self.coef_.dtype)[0] if self.fit_intercept else 0.0
        self.dual_gap_, self.n_iter_ = path.dual_gaps[0], int(path.n_iter[0])
        self.history_ = path.history
        self.nonzero_groups_ = groups.of_features(np.flatnonzero(self.coef_))


def groups_of(estimator: Any, n_features: int) -> Groups:
    """The groups of an estimator, checked; its features have names after it has read X."""
    names = getattr(estimator, "feature_names_in_", None)
    return as_groups(estimator.groups, estimator.group_weights, estimator.feature_l1_ratio, n_features,
                     None if names is None else names.tolist())


@named_in_package
@complete_docstring(ElasticNet, fit_path)
class SparseGroupLasso(GroupModel):
    r"""Linear regression with a penalty that selects groups of features, and features within them.

    Minimises, over the intercept b0 and the coefficients w, where w_g holds those of group g::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2
        + alpha * (l1_ratio * (tau * ||w||_1 + (1 - tau) * sum_g v_g * ||w_g||_2)
                   + (1 - l1_ratio)/2 * sum_g v_g * ||w_g||_2^2)

    with s = sample_weight, S their sum, v = group_weights and tau = feature_l1_ratio.

    Parameters
    ----------
    alpha
    groups : array-like of shape (n_features,), list of lists, or dict, default=None
        A label for each feature (integers or text), lists of the columns of each group, or ``{name: columns}`` with
        columns by index, by name where X has names, or as a slice. Columns may be in any order, and each is in one
        group. `groups_from_transformer` makes groups of one-hot columns. By default each feature is a group.
    group_weights
    feature_l1_ratio : float in [0, 1), default=0.5
        Share of the L1 norm in the L1 part of the penalty: 0 is the group lasso.
    l1_ratio : float in [0, 1], default=1.0
        Share of the two norms; the rest is an L2 penalty.
    fit_intercept
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance. Coefficients stay on the scale of
        X; constant columns get 0.
    max_iter : int, default=10_000
        Limit of epochs; a ConvergenceWarning tells when it is reached, and the result is kept.
    tol, warm_start
    callback : callable, default=None
        Called with a `TaskLevelInfo` when the fit is done. scikit-learn's callbacks (1.9 and newer) are set by
        `set_callbacks`; they see one task.
    history : bool, default=False
        Record objective, duality gap, step and nonzeros after each epoch and exact step, in ``history_``. Each record
        takes a pass over X.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Coefficients, on the scale of X.
    sparse_coef_ : scipy.sparse.csr_array of shape (1, n_features)
        The same coefficients, sparse.
    intercept_ : float
        Intercept; 0.0 without fit_intercept.
    nonzero_groups_ : list
        The groups with a coefficient that is not 0, in the order of the groups: their names or labels; of groups given
        as lists of columns their positions, and without groups the names or positions of the features.
    n_iter_ : int
        Epochs and exact steps.
    dual_gap_ : float
        Certificate: the objective is at most this far above its minimum.
    history_
    n_features_in_, feature_names_in_

    See Also
    --------
    GroupLasso : Without the L1 norm of single coefficients.
    SparseGroupLassoCV : Chooses alpha by cross-validation.
    groups_from_transformer : Groups of one-hot columns.
    fit_path : All alphas of a path, with further options.

    References
    ----------
    * Simon, Friedman, Hastie, Tibshirani (2013), A sparse-group lasso, Journal of Computational and Graphical
      Statistics 22(2).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import SparseGroupLasso
    >>> X = np.vstack([np.eye(4), -np.eye(4)])
    >>> model = SparseGroupLasso(alpha=0.4, groups=["a", "a", "b", "b"]).fit(X, X @ [0.0, 1.0, 0.1, 4.0])
    >>> model.nonzero_groups_, np.flatnonzero(model.coef_)
    (['b'], array([3]))
    """

    def __init__(
        self, alpha=1.0, *, groups=None, group_weights=None, feature_l1_ratio=0.5, l1_ratio=1.0, fit_intercept=True,
        standardize=False, max_iter=10_000, tol=1e-4, warm_start=False, callback=None, history=False,
    ):
        self.alpha = alpha
        self.groups = groups
        self.group_weights = group_weights
        self.feature_l1_ratio = feature_l1_ratio
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.callback = callback
        self.history = history


@named_in_package
@complete_docstring(SparseGroupLasso)
class GroupLasso(GroupModel):
    r"""Linear regression with a penalty that selects groups of features.

    Minimises, over the intercept b0 and the coefficients w, where w_g holds those of group g::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2
        + alpha * sum_g v_g * (l1_ratio * ||w_g||_2 + (1 - l1_ratio)/2 * ||w_g||_2^2)

    with s = sample_weight, S their sum, and v = group_weights. All coefficients of a group are 0 or, but for
    coincidence, none is.

    Parameters
    ----------
    alpha, groups, group_weights
    l1_ratio : float in [0, 1], default=1.0
        Share of the norms; the rest is an L2 penalty.
    fit_intercept, standardize, max_iter, tol, warm_start, callback, history

    Attributes
    ----------
    coef_, sparse_coef_, intercept_, nonzero_groups_, n_iter_, dual_gap_, history_, n_features_in_, feature_names_in_

    See Also
    --------
    SparseGroupLasso : Selects features within groups as well.
    GroupLassoCV : Chooses alpha by cross-validation.
    MultiTaskLasso : Several targets; a group is a feature in all of them.
    groups_from_transformer : Groups of one-hot columns.
    fit_path : All alphas of a path, with further options.

    References
    ----------
    * Yuan, Lin (2006), Model selection and estimation in regression with grouped variables, Journal of the Royal
      Statistical Society B 68(1).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import GroupLasso
    >>> X = np.vstack([np.eye(4), -np.eye(4)])
    >>> model = GroupLasso(alpha=0.5, groups=[[0, 1], [2, 3]], group_weights=[1.0, 1.0])
    >>> model.fit(X, X @ [0.0, 1.0, 3.0, 4.0]).coef_.round(2)
    array([0. , 0. , 1.8, 2.4])
    >>> model.nonzero_groups_
    [1]
    """

    feature_l1_ratio = 0.0

    def __init__(
        self, alpha=1.0, *, groups=None, group_weights=None, l1_ratio=1.0, fit_intercept=True, standardize=False,
        max_iter=10_000, tol=1e-4, warm_start=False, callback=None, history=False,
    ):
        self.alpha = alpha
        self.groups = groups
        self.group_weights = group_weights
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.callback = callback
        self.history = history
