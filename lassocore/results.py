# Lives here: what a fit returns, and how non-convergence is said. Must not know: the core.
"""Results of path fits."""
from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class PathResult:
    """A regularization path: one linear model and one certificate for each alpha.

    Coefficients are kept sparse; nothing of size n_features x n_alphas is built unless `coefs` is asked for.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,)
        Penalty strengths, falling.
    coefs_sparse : scipy.sparse.csc_array of shape (n_features, n_alphas)
        Coefficients, a column for each alpha.
    intercepts : ndarray of shape (n_alphas,)
    dual_gaps : ndarray of shape (n_alphas,)
        Certificate: the objective of column k is at most dual_gaps[k] above the minimum, in units of the objective.
    gap_tol : float
        What dual_gaps is compared with, in the same units: tol times the weighted mean square of the centred y.
    n_iter : ndarray of shape (n_alphas,)
        Epochs.
    converged : ndarray of bool of shape (n_alphas,)
    r2 : ndarray of shape (n_alphas,)
        Weighted coefficient of determination on the data of the fit.
    l1_ratio : float
    stopped : str
        Why the path ended: "" at its last alpha, else "callback", "max_active" or "time_limit".
    feature_names : tuple of str, or None
        Column names, where X was a data frame.
    """

    alphas: np.ndarray
    coefs_sparse: Any
    intercepts: np.ndarray
    dual_gaps: np.ndarray
    gap_tol: float
    n_iter: np.ndarray
    converged: np.ndarray
    r2: np.ndarray
    l1_ratio: float = 1.0
    stopped: str = ""
    feature_names: tuple[str, ...] | None = field(default=None)

    @cached_property
    def coefs(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_features, n_alphas), built at the first call."""
        return self.coefs_sparse.toarray(order="F")

    @property
    def n_nonzero(self) -> np.ndarray:
        """Nonzero coefficients at each alpha."""
        return np.diff(self.coefs_sparse.indptr)

    def coef_at(self, alpha: float) -> np.ndarray:
        """Coefficients at any alpha of the path's range, linear between the two neighbours on the grid.

        Parameters
        ----------
        alpha : float
            Between the smallest and the largest alpha of the path.

        Returns
        -------
        ndarray of shape (n_features,)
        """
        return self.coefs_sparse @ self._blend(alpha)

    def intercept_at(self, alpha: float) -> float:
        """Intercept at any alpha of the path's range, as in `coef_at`."""
        return float(self.intercepts @ self._blend(alpha))

    def predict(self, X, alpha: float | None = None, offset=None) -> np.ndarray:
        """Predictions at one alpha, or at all alphas of the path.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        alpha : float, optional
            As in `coef_at`; by default a column for each alpha of the path.
        offset : array-like of shape (n_samples,), optional
            Added to the predictions.

        Returns
        -------
        ndarray of shape (n_samples,), or (n_samples, n_alphas) without alpha
        """
        if not hasattr(X, "tocsr"):
            X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.coefs_sparse.shape[0]:
            raise ValueError(f"X has shape {X.shape}; the path was fitted on {self.coefs_sparse.shape[0]} features")
        offset = np.zeros(X.shape[0]) if offset is None else np.asarray(offset, dtype=np.float64)
        if offset.shape != (X.shape[0],):
            raise ValueError(f"offset has shape {offset.shape}; it needs one value for each of {X.shape[0]} rows of X")
        if alpha is not None:
            return X @ self.coef_at(alpha) + (self.intercept_at(alpha) + offset)
        fitted = X @ self.coefs_sparse
        fitted = fitted.toarray() if hasattr(fitted, "toarray") else np.asarray(fitted)
        return fitted + (self.intercepts + offset[:, None])

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, ready for JSON; coefficients as index and value lists for each alpha."""
        spans = list(zip(self.coefs_sparse.indptr[:-1], self.coefs_sparse.indptr[1:], strict=True))
        return {
            "n_features": int(self.coefs_sparse.shape[0]),
            "feature_names": None if self.feature_names is None else list(self.feature_names),
            "l1_ratio": float(self.l1_ratio),
            "alphas": self.alphas.tolist(),
            "intercepts": self.intercepts.tolist(),
            "indices": [self.coefs_sparse.indices[a:b].tolist() for a, b in spans],
            "values": [self.coefs_sparse.data[a:b].tolist() for a, b in spans],
            "dual_gaps": self.dual_gaps.tolist(),
            "gap_tol": float(self.gap_tol),
            "n_iter": self.n_iter.tolist(),
            "converged": self.converged.tolist(),
            "r2": self.r2.tolist(),
            "stopped": self.stopped,
        }

    def _blend(self, alpha: float) -> np.ndarray:
        """Weights of the grid's alphas, at most two of them not 0, that average to alpha."""
        alpha = float(alpha)
        if not self.alphas[-1] <= alpha <= self.alphas[0]:
            raise ValueError(f"alpha={alpha:g} is outside the path [{self.alphas[-1]:g}, {self.alphas[0]:g}]; "
                             "fit a path that reaches it")
        weights = np.zeros(len(self.alphas))
        k = int(np.searchsorted(-self.alphas, -alpha))
        if self.alphas[k] == alpha:
            weights[k] = 1.0
        else:
            weights[k] = (self.alphas[k - 1] - alpha) / (self.alphas[k - 1] - self.alphas[k])
            weights[k - 1] = 1.0 - weights[k]
        return weights


def warn_unconverged(result: PathResult, max_iter: int, stacklevel: int) -> None:
    """One warning for a path: how many alphas missed the tolerance, and the worst of them."""
    missed = np.flatnonzero(~result.converged)
    if len(missed) == 0:
        return
    from sklearn.exceptions import ConvergenceWarning

    worst = missed[np.argmax(result.dual_gaps[missed])]
    exhausted = result.n_iter[worst] >= max_iter
    remedy = ("increase max_iter or tol, or scale the features" if exhausted else
              "the precision of the numbers is exhausted: increase tol"
              + (", or pass float64 data" if result.coefs_sparse.dtype == np.float32 else ""))
    warnings.warn(
        f"Objective did not converge at {len(missed)} of {len(result.alphas)} alphas. Worst: duality gap "
        f"{result.dual_gaps[worst]:.3e}, tolerance {result.gap_tol:.3e}, at alpha={result.alphas[worst]:.6g} after "
        f"{result.n_iter[worst]} epochs; {remedy}. The results are kept, with converged=False.",
        ConvergenceWarning, stacklevel=stacklevel + 1)
