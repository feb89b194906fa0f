# Lives here: what a multi-task path fit returns. Must not know: the core, how paths are solved.
"""Results of multi-task path fits."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lassocore.results import PathInfo, one_line
from lassocore.states import VersionedState


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


@dataclass(frozen=True, eq=False, repr=False)
class MultiTaskPathResult(VersionedState):
    """A path of multi-task models: one model and one certificate for each alpha.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,)
        Penalty strengths, falling.
    coefs_sparse : TaskRows
        Coefficients: the features with a nonzero row, and these rows, for each alpha.
    intercepts : ndarray of shape (n_tasks, n_alphas)
    dual_gaps : ndarray of shape (n_alphas,)
        Certificate: the objective at alpha k is at most dual_gaps[k] above the minimum, in units of the objective.
    gap_tol : float
        What dual_gaps is compared with: tol times the weighted mean of the squared norms of the centred rows of Y.
    n_iter : ndarray of shape (n_alphas,)
        Epochs.
    converged : ndarray of bool of shape (n_alphas,)
    r2 : ndarray of shape (n_alphas,)
        Weighted coefficient of determination on the data of the fit, of all tasks together.
    l1_ratio : float
    stopped : str
        Why the path ended: "" at its last alpha, else "callback", "max_active" or "time_limit".
    info : PathInfo
        How each alpha was solved.
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
    info: PathInfo | None = None

    def __repr__(self) -> str:
        return one_line(self)

    @cached_property
    def coefs(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_tasks, n_features, n_alphas), built at the first call."""
        return self.coefs_sparse.toarray()

    @property
    def n_nonzero(self) -> np.ndarray:
        """Features with a nonzero row at each alpha."""
        return np.array([len(features) for features in self.coefs_sparse.features])

    @property
    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(features, their rows) of the nonzeros of all alphas, one alpha after the other; how many each alpha has."""
        rows = self.coefs_sparse
        return np.concatenate(rows.features), np.concatenate(rows.values), self.n_nonzero

    def predict(self, X, k: int) -> np.ndarray:
        """Predictions at the k-th alpha.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        k : int
            Position in `alphas`.

        Returns
        -------
        ndarray of shape (n_samples, n_tasks)
        """
        if not hasattr(X, "tocsr"):
            X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.coefs_sparse.shape[1]:
            raise ValueError(f"X has shape {X.shape}; the path was fitted on {self.coefs_sparse.shape[1]} features")
        return X @ self.coefs_sparse.at(k).T + self.intercepts[:, k]
