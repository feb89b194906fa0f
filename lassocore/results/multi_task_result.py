# Lives here: the result of a multi-task path fit. Independent of: the core, how paths are solved.
"""Results of multi-task path fits."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lassocore.problems.targets import as_columns
from lassocore.results.deferred import DeferredFields
from lassocore.results.history import History
from lassocore.results.path_info import PathInfo
from lassocore.results.path_result import PathResult
from lassocore.results.path_views import PathViews
from lassocore.utils.arguments import is_whole
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


@named_in_package
class TaskRows:
    """Coefficients as they were solved: for each alpha the rising features with a nonzero row, and their rows."""

    def __init__(self, features: Sequence[np.ndarray], values: Sequence[np.ndarray], shape: tuple[int, int],
                 dtype: np.dtype):
        self.features, self.values, self.shape, self.dtype = features, values, shape, dtype

    def at(self, k: int) -> np.ndarray:
        """Coefficients at one alpha, (n_tasks, n_features) in F order."""
        dense = np.zeros(self.shape, self.dtype, order="F")
        dense[:, self.features[k]] = self.values[k].T
        return dense

    def toarray(self) -> np.ndarray:
        """All of them, (n_tasks, n_features, n_alphas)."""
        dense = np.zeros((*self.shape, len(self.features)), self.dtype)
        for k in range(len(self.features)):
            dense[:, self.features[k], k] = self.values[k].T
        return dense

    def __matmul__(self, weights: np.ndarray) -> np.ndarray:
        """Weighted sums over the alphas: (n_tasks, n_features), or with an axis for each column of weights."""
        columns = weights[:, None] if weights.ndim == 1 else weights
        sums = np.zeros((*self.shape, columns.shape[1]), np.result_type(self.dtype, weights))
        for k, m in zip(*np.nonzero(columns), strict=True):
            sums[:, self.features[k], m] += columns[k, m] * self.values[k].T
        return sums[..., 0] if weights.ndim == 1 else sums


@named_in_package
@complete_docstring(PathResult)
@dataclass(frozen=True, eq=False, repr=False)
class MultiTaskPathResult(DeferredFields, PathViews[np.ndarray]):
    """A path of multi-task models: one model and one certificate for each alpha.

    It is a sequence: ``len(path)``, ``path[k]`` and ``for model in path`` give a `PathModel` for each alpha, slices a
    path of fewer alphas. Notebooks show it as a table.

    Attributes
    ----------
    alphas
    coefs_sparse : TaskRows
        Coefficients: the features with a nonzero row, and these rows, for each alpha.
    intercepts : ndarray of shape (n_tasks, n_alphas)
    dual_gaps : ndarray of shape (n_alphas,)
        Certificate: the objective at alpha k is at most dual_gaps[k] above the minimum, in units of the objective.
    gap_tol : float
        What dual_gaps is compared with: tol times the weighted mean of the squared norms of the centred rows of Y.
    n_iter : ndarray of shape (n_alphas,)
        Epochs.
    converged
    r2 : ndarray of shape (n_alphas,)
        Weighted coefficient of determination on the data of the fit, of all tasks together.
    l1_ratio : float
        Share of the L2,1 penalty: 1 is the multi-task lasso.
    stopped
    info : PathInfo
        How each alpha was solved.
    feature_names
    target_names : tuple of str, or None
        Column names of Y, where it was a data frame.
    unpenalised : ndarray of int, or None
        Features with penalty_factor 0.
    relative_gaps : ndarray of shape (n_alphas,), or None
        As in `PathResult`.
    history

    See Also
    --------
    fit_multi_task_path : Fits one.
    PathModel : The model at one alpha.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_multi_task_path
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> path = fit_multi_task_path(X, X @ [[3.0, 4.0], [0.3, 0.4]], alphas=[0.5, 0.125])
    >>> path
    <MultiTaskPathResult: 2 alphas from 0.5 to 0.125, all converged>
    >>> path.n_nonzero, path[1].coef.round(2)
    (array([1, 2]), array([[2.85, 0.15],
           [3.8 , 0.2 ]]))
    """

    alphas: np.ndarray
    coefs_sparse: TaskRows
    intercepts: np.ndarray
    dual_gaps: np.ndarray
    gap_tol: float
    n_iter: np.ndarray
    converged: np.ndarray
    r2: np.ndarray
    l1_ratio: float = 1.0
    stopped: str = ""
    info: PathInfo | None = field(default_factory=lambda: None)     # without a class attribute: deferred
    feature_names: tuple[str, ...] | None = None
    target_names: tuple[str, ...] | None = None
    unpenalised: np.ndarray | None = None
    relative_gaps: np.ndarray | None = None
    history: History | None = None

    @cached_property
    def coefs(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_tasks, n_features, n_alphas), built at the first call."""
        return self.coefs_sparse.toarray()

    @property
    def n_nonzero(self) -> np.ndarray:
        """Number of features with a nonzero row at each alpha, of shape (n_alphas,)."""
        return np.array([len(features) for features in self.coefs_sparse.features])

    @property
    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features and rows of the nonzeros of all alphas, one alpha after the other; how many each alpha has."""
        rows = self.coefs_sparse
        return np.concatenate(rows.features), np.concatenate(rows.values), self.n_nonzero

    @complete_docstring(PathViews.nonzeros)
    def nonzeros(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Get the nonzero coefficients of one alpha.

        Parameters
        ----------
        k

        Returns
        -------
        features : ndarray of int
            Rising indices of the features with a nonzero row.
        rows : ndarray of shape (n_nonzero, n_tasks)
            Their coefficients.

        Raises
        ------
        IndexError
            A position beyond the ends of the path.
        """
        return self.coefs_sparse.features[k], self.coefs_sparse.values[k]

    @complete_docstring(nonzeros)
    def coef_of(self, k: int) -> np.ndarray:
        """Get the coefficients of one alpha as a dense array.

        Parameters
        ----------
        k

        Returns
        -------
        ndarray of shape (n_tasks, n_features)
            The coefficients.
        """
        return self.coefs_sparse.at(k)

    @complete_docstring(PathViews.nonzeros, PathViews.score)
    def predict(self, X, k: int | None = None, *, alpha=None) -> np.ndarray:
        """Predict at one alpha, at several, or at all alphas of the path.

        Parameters
        ----------
        X, k
        alpha : float or array-like of shape (m,), optional
            As in `coef_at`, in the place of k; without either all alphas of the path.

        Returns
        -------
        ndarray of shape (n_samples, n_tasks)
            The predictions; with a last axis of m alphas, or of all, where it is not one.

        Raises
        ------
        ValueError
            NaN or infinity in X, another number of columns, other names or the same in another order; an alpha that the
            path does not reach.
        TypeError
            Both k and alpha.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_multi_task_path
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        >>> path = fit_multi_task_path(X, X @ [[3.0, 4.0], [0.3, 0.4]], alphas=[0.5, 0.125])
        >>> path.predict([[1.0, 0.0]], alpha=0.5).round(2), path.predict(X).shape
        (array([[2.4, 3.2]]), (4, 2, 2))
        """
        if k is None:
            return self._predict(X, None if alpha is None else self._weights_at(alpha), None)
        if alpha is not None or not is_whole(k):
            raise TypeError(f"predict got k={k!r} and alpha={alpha!r}; pass an integer position k or alpha=, not both")
        return self[k].predict(X)

    @property
    def n_features(self) -> int:
        """Number of columns of X."""
        return self.coefs_sparse.shape[1]

    def _unpenalised(self) -> np.ndarray:
        return np.empty(0, np.intp) if self.unpenalised is None else self.unpenalised

    def _product(self, design, weights: np.ndarray | None) -> np.ndarray:
        rows = self.coefs_sparse
        if weights is None:
            return np.stack([design @ rows.at(k).T for k in range(len(self))], axis=-1)
        if weights.ndim == 1:
            return design @ (rows @ weights).T
        return np.stack([design @ (rows @ column).T for column in weights.T], axis=-1)

    def _targets(self, Y, n_samples: int) -> np.ndarray:
        return as_columns(Y, "y", n_samples, self.coefs_sparse.shape[0])

    def _of_positions(self, positions: np.ndarray) -> MultiTaskPathResult:
        """The path of these alphas alone."""
        rows = self.coefs_sparse
        coefs = TaskRows([rows.features[k] for k in positions], [rows.values[k] for k in positions], rows.shape,
                         rows.dtype)
        return replace(self, coefs_sparse=coefs, **self._fields_at(positions))
