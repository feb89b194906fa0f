# Lives here: the model of one alpha of a path. Must not know: how paths are stored or fitted.
"""What a position of a path holds."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.result_tables import feature_labels


@dataclass(frozen=True, eq=False, repr=False)
class PathModel:
    """The model of one alpha: ``path[k]``, and what ``for model in path`` goes through.

    Attributes
    ----------
    path : PathResult or MultiTaskPathResult
    position : int
        Of the alpha in the path.
    alpha : float
    coef : ndarray of shape (n_features,), or (n_tasks, n_features)
    intercept : float, or ndarray of shape (n_tasks,)
    n_nonzero : int
        Features with a coefficient that is not 0.
    dual_gap : float
        Certificate: the objective is at most this far above its minimum.
    converged : bool
    n_iter : int
        Epochs and exact steps.
    r2 : float
        On the data of the fit.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_path
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> path = fit_path(X, np.array([3.0, 1.0, -3.0, -1.0]), alphas=[1.0, 0.25])
    >>> len(path), path[-1]
    (2, <PathModel: alpha=0.25, 2 nonzero, gap 0.00e+00, converged>)
    >>> [model.n_nonzero for model in path]
    [1, 2]
    >>> path[1].coef.round(6), path[1].predict([[1.0, 1.0]]).round(6)
    (array([2.5, 0.5]), array([3.]))
    """

    path: Any
    position: int

    @property
    def alpha(self) -> float:
        """Penalty strength."""
        return float(self.path.alphas[self.position])

    @property
    def coef(self) -> np.ndarray:
        """Coefficients, dense."""
        return self.path.coef_of(self.position)

    @property
    def intercept(self):
        """Intercept, or one for each task."""
        intercept = self.path.intercepts[..., self.position]
        return intercept if np.ndim(intercept) else float(intercept)

    @property
    def n_nonzero(self) -> int:
        """Features with a coefficient that is not 0."""
        return len(self.path.nonzeros(self.position)[0])

    @property
    def dual_gap(self) -> float:
        """The objective is at most this far above its minimum."""
        return float(self.path.dual_gaps[self.position])

    @property
    def converged(self) -> bool:
        """Whether the gap meets the tolerance."""
        return bool(self.path.converged[self.position])

    @property
    def n_iter(self) -> int:
        """Epochs and exact steps."""
        return int(self.path.n_iter[self.position])

    @property
    def r2(self) -> float:
        """R2 on the data of the fit."""
        return float(self.path.r2[self.position])

    def __repr__(self) -> str:
        return (f"<PathModel: alpha={self.alpha:.6g}, {self.n_nonzero} nonzero, gap {self.dual_gap:.2e}, "
                f"{'converged' if self.converged else 'not converged'}>")

    def nonzero_names(self) -> list[str]:
        """Names of the features with a coefficient that is not 0, as `PathResult.nonzero_names` gives them."""
        return feature_labels(self.path.feature_names, self.path.nonzeros(self.position)[0].tolist())

    def predict(self, X, offset=None) -> np.ndarray:
        """Predictions.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        offset : float or array-like of shape (n_samples,), optional
            As in `PathResult.predict`.

        Returns
        -------
        ndarray of shape (n_samples,), or (n_samples, n_tasks)
        """
        return self.path._predict(X, self._weights(), offset)

    def score(self, X, y, sample_weight=None, offset=None) -> float:
        """R2 of the predictions, as in `PathResult.score`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_tasks)
        sample_weight : array-like of shape (n_samples,), optional
        offset : float or array-like of shape (n_samples,), optional

        Returns
        -------
        float
        """
        return self.path._score(X, y, sample_weight, self._weights(), offset)

    def _weights(self) -> np.ndarray:
        """Of the alphas of the path: all on this one."""
        weights = np.zeros(len(self.path))
        weights[self.position] = 1.0
        return weights
