# Lives here: what a fit returns, and how non-convergence is said. Must not know: the core.
"""Results of path fits."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from lassocore.settings import LevelInfo


class Columns:
    """Sparse coefficients as they were solved: the rising indices and the values of each alpha.

    They stand for a csc_array, which takes longer to build than a tiny problem to solve.
    """

    def __init__(self, rows: Sequence[np.ndarray], values: Sequence[np.ndarray], n_features: int, dtype: np.dtype):
        self.rows, self.values, self.n_features, self.dtype = rows, values, n_features, dtype

    def joined(self):
        """All columns as a csc_array."""
        from scipy.sparse import csc_array

        indptr = np.concatenate([[0], np.cumsum([len(rows) for rows in self.rows])])
        return csc_array((np.concatenate(self.values).astype(self.dtype), np.concatenate(self.rows), indptr),
                         shape=(self.n_features, len(self.rows)))

    def toarray(self, order: Any) -> np.ndarray:
        """All columns as a dense array."""
        dense = np.zeros((self.n_features, len(self.rows)), self.dtype, order)
        for k, (rows, values) in enumerate(zip(self.rows, self.values, strict=True)):
            dense[rows, k] = values
        return dense


@dataclass(frozen=True)
class PathInfo:
    """How a path was solved: a `LevelInfo` for each alpha, and why it ended ("" at its last alpha)."""

    levels: list[LevelInfo]
    stopped: str

    def __getitem__(self, name: str) -> np.ndarray:
        """One field of all levels: info["seconds"], info["n_scanned"], ..."""
        return np.array([getattr(level, name) for level in self.levels])

    def __str__(self) -> str:
        return "\n".join([*map(describe, self.levels), *([f"ended by {self.stopped}"] if self.stopped else [])])


def describe(level: LevelInfo) -> str:
    """One line of what was done for an alpha."""
    return (f"{level.index + 1}/{level.n_alphas} alpha={level.alpha:.6g} gap={level.dual_gap:.2e} "
            f"{'' if level.converged else 'NOT CONVERGED '}nonzeros={level.n_nonzero} {level.method} "
            f"epochs={level.n_epochs} newton={level.n_newton} working={level.n_working} "
            f"scanned={level.n_scanned} {1e3 * level.seconds:.2f} ms")


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
        Epochs and exact steps.
    converged : ndarray of bool of shape (n_alphas,)
    r2 : ndarray of shape (n_alphas,)
        Weighted coefficient of determination on the data of the fit.
    l1_ratio : float
    stopped : str
        Why the path ended: "" at its last alpha, else "callback", "max_active" or "time_limit".
    info : PathInfo
        How each alpha was solved: method, epochs, Newton steps, working set, columns scanned, time.
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
    info: PathInfo | None = field(default=None, repr=False)
    feature_names: tuple[str, ...] | None = field(default=None)

    @cached_property
    def coefs(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_features, n_alphas), built at the first call."""
        return self.__dict__["coefs_sparse"].toarray(order="C")

    @property
    def n_nonzero(self) -> np.ndarray:
        """Nonzero coefficients at each alpha."""
        return np.diff(self.coefs_sparse.indptr)

    @property
    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(features, values) of the nonzeros of all alphas, one alpha after the other; how many each alpha has."""
        return self.coefs_sparse.indices, self.coefs_sparse.data, self.n_nonzero

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


def _joined_once(result: PathResult):
    kept = result.__dict__["coefs_sparse"]
    if isinstance(kept, Columns):
        kept = result.__dict__["coefs_sparse"] = kept.joined()
    return kept


def _keep_coefs(result: PathResult, coefs) -> None:
    result.__dict__["coefs_sparse"] = coefs


# The field may be given as Columns, which are joined when they are first asked for.
PathResult.coefs_sparse = property(_joined_once, _keep_coefs)


def warn_unconverged(result: Any, max_iter: int, stacklevel: int) -> None:
    """One warning for a path, or for all of several: how many alphas missed the tolerance, and the worst of them."""
    paths = result if isinstance(result, list) else [result]
    n_alphas = sum(len(path.converged) for path in paths)
    n_missed = n_alphas - sum(np.count_nonzero(path.converged) for path in paths)
    if n_missed == 0:
        return
    from sklearn.exceptions import ConvergenceWarning

    result = max(paths, key=_worst_gap)
    worst = int(np.argmax(np.where(result.converged, -1.0, result.dual_gaps)))
    warnings.warn(
        f"{remedy(result.n_iter[worst] >= max_iter, result.coefs_sparse.dtype)} Worst of {n_missed} of {n_alphas} "
        f"alphas{_of(len(paths))}: duality gap {result.dual_gaps[worst]:.3e}, tolerance {result.gap_tol:.3e}, at "
        f"alpha={result.alphas[worst]:.6g} after {result.n_iter[worst]} epochs. The results are kept"
        f"{', with converged=False' * (len(paths) == 1)}.",
        ConvergenceWarning, stacklevel=stacklevel + 1)


def remedy(exhausted: bool, dtype: np.dtype) -> str:
    """That a gap misses its tolerance and what helps, beginning with the words that warning filters look for."""
    if exhausted:
        return ("Objective did not converge. You might want to increase the number of iterations (max_iter) or tol, or "
                "to scale the features.")
    return "Objective did not converge. The precision of the numbers is exhausted: increase tol" + (
        ", or pass float64 data." if dtype == np.float32 else ".")


def _worst_gap(path) -> float:
    return float(path.dual_gaps[~path.converged].max(initial=-1.0))


def _of(n_paths: int) -> str:
    return f" of {n_paths} paths" if n_paths > 1 else ""
