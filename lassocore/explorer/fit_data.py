# Lives here: the data of a fit, residuals, scales, exact R2. Independent of: HTML, how paths are solved.
"""What X and y add to a path: standard deviations of the columns, residuals, R2 between the alphas."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.results.prediction import as_new_design, dense_product
from lassocore.results.tables import on_joint_support

BLOCK_NUMBERS = 4_000_000           # residuals computed at a time
SAME_R2 = 1e-3                      # difference at which X and y are not those of the fit


@dataclass(frozen=True)
class FitData:
    """The data of a fit and its residuals at any alphas."""

    path: Any
    X: Any                          # canonical
    Y: np.ndarray                   # (n_samples, n_tasks)
    weights: np.ndarray             # with the sum 1
    support: np.ndarray
    coefs: np.ndarray               # of the support, (n_support, n_tasks, n_alphas)

    @property
    def means(self) -> np.ndarray:
        """Weighted means of the columns."""
        return np.asarray(self.X.T @ self.weights).ravel()

    def standard_deviations(self) -> np.ndarray:
        """Weighted standard deviations of all columns."""
        means = self.means
        if isinstance(self.X, np.ndarray):
            variances = np.empty(len(means))
            step = max(1, BLOCK_NUMBERS // len(self.Y))
            for start in range(0, len(means), step):
                block = slice(start, start + step)
                variances[block] = self.weights @ (self.X[:, block].astype(float, copy=False) - means[block]) ** 2
        else:
            squares = np.asarray(self.X.astype(float).power(2).T @ self.weights).ravel()
            variances = np.maximum(squares - means ** 2, 0.0)
        return np.sqrt(variances)

    def residuals(self) -> Iterator[tuple[slice, np.ndarray]]:
        """(positions of a few alphas, their residuals of shape (n_samples, n_tasks, n)), one alpha shared by blocks."""
        n_alphas, n_tasks = self.coefs.shape[2], self.coefs.shape[1]
        step = max(2, BLOCK_NUMBERS // self.Y.size)
        columns = self.X[:, self.support]
        intercepts = np.reshape(self.path.intercepts, (n_tasks, n_alphas))
        for start in range(0, n_alphas, step - 1):
            block = slice(start, min(start + step, n_alphas))
            coefs = self.coefs[:, :, block]
            fitted = dense_product(columns, coefs.reshape(len(coefs), n_tasks * coefs.shape[2]))
            yield block, self.Y[:, :, None] - fitted.reshape(len(self.Y), *coefs.shape[1:]) - intercepts[:, block]
            if block.stop == n_alphas:
                return


def fit_data(path: Any, X: Any, y: Any) -> FitData:
    """X and y, checked against the path."""
    design = as_new_design(X, path.n_features, path.feature_names, type(path).__name__)
    n_samples = design.shape[0]
    sample = getattr(path, "sample", None)
    if sample is not None and sample.n_rows != n_samples:
        raise ValueError(f"X has {n_samples} rows, and the path was fitted on {sample.n_rows}; pass the X and y of the "
                         "fit, or neither")
    Y = np.asarray(path._targets(y, n_samples), float).reshape(n_samples, -1)
    weights = None if sample is None else sample.weights
    weights = np.full(n_samples, 1.0 / n_samples) if weights is None else weights / weights.sum()
    support, coefs = on_joint_support(path)
    coefs = coefs[:, None] if coefs.ndim == 2 else np.moveaxis(coefs, 2, 1)
    return FitData(path, design, Y, weights, support, coefs)


def exact_r2(data: FitData) -> np.ndarray:
    """c_k such that R2 is (1-t)^2 r2_k + 2 t (1-t) c_k + t^2 r2_(k+1) where coefficients are t of the way from k.

    Raises a ValueError where R2 at the alphas is not that of the path: X and y are not those of the fit.
    """
    n_alphas = data.coefs.shape[2]
    own, cross = np.empty(n_alphas), np.empty(max(n_alphas - 1, 0))
    for block, residuals in data.residuals():
        weighted = residuals * data.weights[:, None, None]
        own[block] = np.einsum("itk,itk->k", residuals, weighted)
        cross[block.start:block.stop - 1] = np.einsum("itk,itk->k", residuals[..., :-1], weighted[..., 1:])
    centred = data.Y - data.weights @ data.Y
    total = data.weights @ (centred ** 2).sum(axis=1)
    if total == 0.0:
        return np.ones_like(cross)
    difference = np.abs(1.0 - own / total - data.path.r2)
    k = int(np.argmax(difference))
    if difference[k] > SAME_R2 * max(1.0, abs(data.path.r2[k])):
        other = " minus the offset of the fit" if data.path.has_offset else ""
        if getattr(data.path, "sample", None) is None:
            other += " (a path that was read from a file does not tell the weights of its fit)"
        raise ValueError(f"X and y give R2 = {1.0 - own[k] / total:.4g} at alpha={data.path.alphas[k]:.4g}, and the "
                         f"path has {data.path.r2[k]:.4g}; pass the X and y{other} of the fit, or neither")
    return 1.0 - cross / total
