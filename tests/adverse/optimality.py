# Lives here: the duality gap of coefficients in extended precision. Independent of: lassocore.
"""How far coefficients are from the minimum at most, for one target, several tasks and groups.

    1/(2 S) sum_i s_i ||Y_i - b0 - W'x_i||^2
    + alpha sum_g v_g (l1_ratio (tau ||W_g||_1 + (1 - tau) ||W_g||) + (1 - l1_ratio)/2 ||W_g||^2)

A group is a feature (with its coefficients in all tasks) unless labels name others, whose weights are the square roots
of their sizes.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LONG = np.longdouble
IS_EXTENDED = np.finfo(LONG).maxexp > 2000      # whether squares of all numbers of float64 are within range


@dataclass(frozen=True)
class Model:
    """Coefficients (n_features,) or (n_tasks, n_features), and the options of their objective."""

    coef: np.ndarray
    intercept: object
    alpha: float
    l1_ratio: float = 1.0
    tau: float = 0.0
    labels: np.ndarray | None = None
    factor: np.ndarray | None = None
    fit_intercept: bool = True


def suboptimality(X, y, model: Model, sample_weight=None) -> float:
    """The duality gap over the objective at 0; 0 where both are."""
    X, Y, W = (np.asarray(values, dtype=LONG) for values in (X, y, model.coef))
    Y, W = Y.reshape(len(X), -1), np.atleast_2d(W).T
    s = np.ones(len(X), dtype=LONG) if sample_weight is None else np.asarray(sample_weight, dtype=LONG)
    s = (s / s.max())[:, None]
    s /= s.sum()
    residual = Y - np.asarray(model.intercept, dtype=LONG) - X @ W
    if model.fit_intercept:
        X, Y = X - (s * X).sum(axis=0), Y - (s * Y).sum(axis=0)
        shift = (s * residual).sum(axis=0)
    else:
        shift = LONG(0)
    norm = (s * Y**2).sum() / 2
    penalty = Penalty(model, X.shape[1])
    primal = (s * residual**2).sum() / 2 + penalty.value(W)
    theta, is_free = residual - shift, penalty.is_lost((s * X**2).sum(axis=0), 2 * norm)
    for j in np.flatnonzero(is_free):               # the minimum without their penalty is a lower bound too
        x = X[:, j] / (np.sqrt((s[:, 0] * X[:, j]**2).sum()) or 1)
        X, Y, theta = (values - np.outer(x, (s[:, 0] * x) @ values) for values in (X, Y, theta))
    X[:, is_free] = 0
    correlations = X.T @ (s * theta)
    best, reach = (s * theta * Y).sum(), (s * theta**2).sum()
    dual = penalty.dual(correlations, best, reach)
    gap = primal - dual
    if norm == 0:
        return float(abs(gap) > 0)
    return float(gap / norm)


class Penalty:
    """The penalty and its conjugate, block by block."""

    def __init__(self, model: Model, n_features: int):
        self.labels = np.arange(n_features) if model.labels is None else np.unique(
            model.labels, return_inverse=True)[1]
        sizes = np.bincount(self.labels)
        v = np.sqrt(sizes.astype(LONG)) if model.labels is not None else np.ones(n_features, dtype=LONG)
        v = v if model.factor is None else np.asarray(model.factor, dtype=LONG)
        alpha, l1_ratio = LONG(model.alpha), LONG(model.l1_ratio)
        self.entry = np.full(n_features, alpha * l1_ratio * LONG(model.tau))
        self.block = alpha * l1_ratio * (1 - LONG(model.tau)) * v
        self.ridge = alpha * (1 - l1_ratio) * v if l1_ratio < 1 else np.zeros_like(v)

    def sums(self, values) -> np.ndarray:
        """The sum over the entries of each block."""
        total = np.zeros(len(self.block), dtype=LONG)
        np.add.at(total, self.labels, values.sum(axis=1))
        return total

    def value(self, W) -> np.longdouble:
        """The penalty; an excluded feature must have 0."""
        norms, entries = np.sqrt(self.sums(W**2)), self.entry @ abs(W).sum(axis=1)
        used = norms > 0
        return entries + self.block[used] @ norms[used] + self.ridge[used] @ norms[used] ** 2 / 2

    def excess(self, U) -> np.ndarray:
        """What the norms of the correlations of each block exceed its strength by."""
        inner = np.maximum(abs(U) - self.entry[:, None], 0) if self.entry.any() else U
        return np.maximum(np.sqrt(self.sums(inner**2)) - self.block, 0)

    def is_lost(self, sq_norms, sq_target) -> np.ndarray:
        """Features of blocks whose strength is below the rounding errors of their correlations."""
        lost, labels = np.zeros(len(self.block), dtype=bool), self.labels
        lost[labels[(self.block[labels] < 1e-15 * np.sqrt(sq_norms * sq_target)) & (
            self.ridge[labels] < 1e-15 * sq_norms)]] = True
        return lost[self.labels]

    def dual(self, U, best, reach) -> np.longdouble:
        """The largest dual objective, along theta, whose correlations are U."""
        if reach == 0:
            return LONG(0)
        scales = [self.feasible(U, best / reach)] + [LONG(1)] * bool(self.ridge.all())
        return max(scale * best - scale**2 * reach / 2 - self.conjugate(scale * U) for scale in scales)

    def feasible(self, U, scale) -> np.longdouble:
        """The largest factor up to `scale` with which U is feasible, without a ridge."""
        if not self.excess(scale * U).any():
            return scale
        low, high = LONG(0), scale
        for _ in range(70):
            middle = (low + high) / 2
            low, high = (middle, high) if not self.excess(middle * U).any() else (low, middle)
        return low

    def conjugate(self, U) -> np.longdouble:
        """The maximum of <U, W> - penalty(W), for a feasible U."""
        soft = self.ridge > 0
        return (self.excess(U)[soft] ** 2 / (2 * self.ridge[soft])).sum()
