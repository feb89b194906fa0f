# Lives here: what a fit of many targets returns. Must not know: the core, how targets are solved.
"""Results of many targets over one X."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lassocore.levels import Level
from lassocore.path import n_iter_of
from lassocore.results import Columns, PathInfo, PathResult, one_line, remedy
from lassocore.settings import LevelInfo
from lassocore.states import VersionedState
from lassocore.validation import Problem


class SolvedTarget(NamedTuple):
    """What is kept of one target."""

    grid: np.ndarray
    levels: list[Level]
    y_mean: float
    sq_target: float
    sq_deviation: float
    stopped: str


@dataclass(frozen=True, eq=False, repr=False)
class ManyResult(VersionedState, Sequence):
    """Paths of many targets: a sequence with a `PathResult` for each, and arrays over all of them.

    Where max_active ended a path early, the rest of its row is NaN, 0 or False, and its coefficients are 0.

    Attributes
    ----------
    alphas : ndarray of shape (n_targets, n_alphas)
        Penalty strengths of each target, falling.
    coefs_sparse : scipy.sparse.csr_array of shape (n_targets * n_alphas, n_features)
        Coefficients, the alphas of the first target in turn, then those of the next.
    intercepts : ndarray of shape (n_targets, n_alphas)
    dual_gaps : ndarray of shape (n_targets, n_alphas)
        Certificates: each objective is at most this far above its minimum, in units of the objective.
    gap_tols : ndarray of shape (n_targets,)
        What dual_gaps is compared with: tol times the weighted mean square of each centred target.
    n_iter : ndarray of shape (n_targets, n_alphas)
        Epochs and exact steps.
    converged : ndarray of bool of shape (n_targets, n_alphas)
    r2 : ndarray of shape (n_targets, n_alphas)
        Weighted coefficient of determination of each target on the data of the fit.
    l1_ratio : float
    feature_names : tuple of str, or None
    """

    alphas: np.ndarray
    coefs_sparse: Any
    intercepts: np.ndarray
    dual_gaps: np.ndarray
    gap_tols: np.ndarray
    n_iter: np.ndarray
    converged: np.ndarray
    r2: np.ndarray
    l1_ratio: float = 1.0
    feature_names: tuple[str, ...] | None = None
    targets: tuple[SolvedTarget, ...] = ()
    total_weight: float = 1.0

    def __len__(self) -> int:
        return len(self.alphas)

    def __repr__(self) -> str:
        return one_line(self)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        k = range(len(self))[index]
        target, scale = self.targets[k], self.total_weight
        levels, n = target.levels, len(target.levels)
        infos = [LevelInfo(level.index, len(target.grid), float(target.grid[level.index]), n_iter_of(level),
                           float(level.gap / scale), level.converged, len(level.rows), *level[6:]) for level in levels]
        return PathResult(
            alphas=self.alphas[k, :n], coefs_sparse=Columns(
                [level.rows for level in levels], [level.values for level in levels], self.coefs_sparse.shape[1],
                self.coefs_sparse.dtype),
            intercepts=self.intercepts[k, :n], dual_gaps=self.dual_gaps[k, :n], gap_tol=float(self.gap_tols[k]),
            n_iter=self.n_iter[k, :n], converged=self.converged[k, :n], r2=self.r2[k, :n], l1_ratio=self.l1_ratio,
            stopped=target.stopped, info=PathInfo(infos, target.stopped), feature_names=self.feature_names)

    @cached_property
    def coefs(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_targets, n_features, n_alphas), built at the first call."""
        n_targets, n_alphas = self.alphas.shape
        return self.coefs_sparse.toarray().reshape(n_targets, n_alphas, -1).transpose(0, 2, 1)

    @property
    def n_nonzero(self) -> np.ndarray:
        """Nonzero coefficients, (n_targets, n_alphas)."""
        n_nonzero = np.zeros(self.alphas.shape, np.intp)
        for row, target in zip(n_nonzero, self.targets, strict=True):
            row[:len(target.levels)] = [len(level.rows) for level in target.levels]
        return n_nonzero

    def predict(self, X) -> np.ndarray:
        """Predictions for every target at every alpha.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_targets, n_alphas)
        """
        if not hasattr(X, "tocsr"):
            X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.coefs_sparse.shape[1]:
            raise ValueError(f"X has shape {X.shape}; the targets were fitted on {self.coefs_sparse.shape[1]} features")
        fitted = X @ self.coefs_sparse.T
        fitted = fitted.toarray() if hasattr(fitted, "toarray") else np.asarray(fitted)
        return fitted.reshape(len(fitted), *self.alphas.shape) + self.intercepts


def stacked(base: Problem, solved: list[SolvedTarget], l1_ratio: float, tol: float) -> ManyResult:
    """The results of all targets of a problem."""
    n_alphas, scale = len(solved[0].grid), base.total_weight
    nothing = Level(0, np.empty(0, np.intp), np.empty(0), np.nan, np.nan, False, "", 0, 0, 0, 0, 0.0)
    full = [level for target in solved
            for level in [*target.levels, *[nothing] * (n_alphas - len(target.levels))]]
    shape = len(solved), n_alphas
    coefs = Columns([level.rows for level in full], [level.values for level in full], base.matrix.n_features,
                    base.dtype).joined().T
    numbers = np.array([(level.gap, level.sq_residual) for level in full]).reshape(*shape, 2)
    sq_targets, sq_deviations, y_means = (np.array([target[k] for target in solved]) for k in (3, 4, 2))
    known = ~np.isnan(numbers[..., 0])
    constant = sq_deviations == 0.0
    r2 = 1.0 - numbers[..., 1] / np.where(constant, 1.0, sq_deviations)[:, None]
    r2[constant] = numbers[constant, :, 1] == 0.0
    intercepts = y_means[:, None] - (coefs @ base.means).reshape(shape)
    for values in (r2, intercepts):
        values[~known] = np.nan
    return ManyResult(
        alphas=np.array([target.grid for target in solved]), coefs_sparse=coefs, intercepts=intercepts,
        dual_gaps=numbers[..., 0] / scale, gap_tols=tol * sq_targets / scale,
        n_iter=np.where(known, np.array([n_iter_of(level) for level in full]).reshape(shape), 0),
        converged=np.array([level.converged for level in full]).reshape(shape), r2=r2, l1_ratio=l1_ratio,
        targets=tuple(solved), total_weight=scale)


def warn_unconverged_targets(result: ManyResult, max_iter: int, stacklevel: int) -> None:
    """One warning for all targets: how many missed the tolerance, and the worst of them."""
    missed = ~result.converged & (result.n_iter > 0)
    if not missed.any():
        return
    from sklearn.exceptions import ConvergenceWarning

    gaps = np.where(missed, result.dual_gaps / np.maximum(result.gap_tols, np.finfo(float).tiny)[:, None], -np.inf)
    k, i = np.unravel_index(np.argmax(gaps), gaps.shape)
    warnings.warn(
        f"{remedy(result.n_iter[k, i] >= max_iter, result.coefs_sparse.dtype)} Worst of "
        f"{np.count_nonzero(missed.any(axis=1))} of {len(result)} targets: target {k}, duality gap "
        f"{result.dual_gaps[k, i]:.3e}, tolerance {result.gap_tols[k]:.3e}, at alpha={result.alphas[k, i]:.6g} after "
        f"{result.n_iter[k, i]} epochs. The results are kept, with converged=False.",
        ConvergenceWarning, stacklevel=stacklevel + 1)
