# Lives here: the problem, a plain solver and the dual in NumPy, test data. Independent of: lassocore.
"""An oracle for tests: slow, dense, short, and derived from the documented objective only."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Plain:
    """min over lower <= w <= upper of ||z - Z w||^2 / 2 + sum_j l1_j |w_j| + l2_j w_j^2 / 2, with every option."""

    Z: np.ndarray
    z: np.ndarray
    l1: np.ndarray
    l2: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def primal(self, w) -> float:
        """The objective; infinite outside the bounds."""
        if (w < self.lower).any() or (w > self.upper).any():
            return np.inf
        residual = self.z - self.Z @ w
        return 0.5 * residual @ residual + self.l1 @ np.abs(w) + 0.5 * self.l2 @ w**2

    def dual(self, theta) -> float:
        """The Fenchel dual <theta, z> - ||theta||^2 / 2 - sum_j h_j(Z_j'theta); minus infinity where infeasible."""
        return theta @ self.z - 0.5 * theta @ theta - self.conjugate(self.Z.T @ theta).sum()

    def conjugate(self, u) -> np.ndarray:
        """h_j(u_j) = max over the bounds of u w - l1 |w| - l2 w^2 / 2: tried at 0, the bounds and stationary points."""
        ridge = np.where(self.l2 > 0, self.l2, np.inf)
        ends = [np.where(np.isfinite(end), end, 0.0) for end in (self.lower, self.upper)]
        inner = [np.clip((u - sign * self.l1) / ridge, self.lower, self.upper) for sign in (1, -1)]
        best = np.max([u * w - self.l1 * np.abs(w) - 0.5 * self.l2 * w**2 for w in (0 * u, *ends, *inner)], axis=0)
        reach = self.l1 + 1e-12 * np.linalg.norm(self.Z, axis=0) * np.linalg.norm(self.z)   # beyond rounding
        rises = ((u > reach) & (self.upper == np.inf)) | ((u < -reach) & (self.lower == -np.inf))
        return np.where(rises & (self.l2 == 0), np.inf, best)

    def solve(self, max_epochs=100_000) -> np.ndarray:
        """Cyclic coordinate descent until a whole epoch moves Z w by less than 1e-13 ||z||."""
        gram, c = self.Z.T @ self.Z, self.Z.T @ self.z
        w = np.zeros(len(c))
        numbers = np.column_stack([gram.diagonal(), self.l1, self.l2, self.lower, self.upper]).tolist()
        coordinates = [(j, *numbers[j], gram[j])
                       for j in np.flatnonzero((gram.diagonal() > 0) & (self.lower < self.upper))]
        for _ in range(max_epochs):
            moved = 0.0
            for j, sq_norm, l1, l2, lower, upper, column in coordinates:
                old = w.item(j)
                q = c.item(j) + sq_norm * old
                new = (q - l1 if q > l1 else q + l1 if q < -l1 else 0.0) / (sq_norm + l2)
                step = min(max(new, lower), upper) - old
                if step != 0.0:
                    w[j] = old + step
                    c -= step * column
                    moved += step * step * sq_norm
            if moved <= 1e-26 * (self.z @ self.z):
                break
        return w


def plain(X, y, alpha, *, l1_ratio=1.0, fit_intercept=True, standardize=False, sample_weight=None, offset=None,
          penalty_factor=None, bounds=None, positive=False) -> Plain:
    """The documented problem, with weights, intercept, standard deviations and exclusions absorbed into the arrays."""
    X, y = dense(X), np.asarray(y, dtype=float) - (0.0 if offset is None else offset)
    s = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    s = s / s.sum()
    factor = np.ones(X.shape[1]) if penalty_factor is None else np.asarray(penalty_factor, dtype=float)
    deviations = X - s @ X
    deviations -= s @ deviations
    unit = np.sqrt(s @ deviations**2) if standardize else np.ones(X.shape[1])
    excluded = np.isinf(factor) | (standardize & (np.ptp(X[s > 0], axis=0) == 0))
    factor = np.where(excluded, 0.0, factor)
    lower, upper = (np.where(excluded, 0.0, bound) for bound in ((-np.inf, np.inf) if bounds is None else bounds))
    y = y - s @ y if fit_intercept else y
    return Plain(
        Z=np.sqrt(s)[:, None] * (deviations if fit_intercept else X),
        z=np.sqrt(s) * (y - s @ y if fit_intercept else y),
        l1=alpha * l1_ratio * factor * unit, l2=alpha * (1.0 - l1_ratio) * factor * unit**2,
        lower=np.maximum(lower, 0.0) if positive else lower, upper=upper)


def objective(X, y, coef, intercept, alpha, *, l1_ratio=1.0, fit_intercept=True, standardize=False, sample_weight=None,
              offset=None, penalty_factor=None, bounds=None, positive=False) -> float:
    """The documented objective; infinite where a constraint is violated."""
    X, coef = dense(X), np.asarray(coef, dtype=float)
    s = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    factor = np.ones(len(coef)) if penalty_factor is None else np.asarray(penalty_factor, dtype=float)
    lower, upper = (-np.inf, np.inf) if bounds is None else bounds
    mean = (s @ X) / s.sum()
    sd = np.sqrt(s @ (X - mean) ** 2 / s.sum()) if standardize else np.ones(len(coef))
    excluded = np.isinf(factor) | (standardize & (np.ptp(X[s > 0], axis=0) == 0))
    broken = (coef < lower) | (coef > upper) | (excluded & (coef != 0)) | (positive & (coef < 0))
    if broken.any() or (intercept != 0 and not fit_intercept):
        return np.inf
    residual = np.asarray(y, dtype=float) - (0.0 if offset is None else offset) - intercept - X @ coef
    penalty = np.where(excluded, 0.0, factor) * (l1_ratio * np.abs(sd * coef) + (1 - l1_ratio) / 2 * (sd * coef) ** 2)
    return s @ residual**2 / (2 * s.sum()) + alpha * penalty.sum()


def dense(X) -> np.ndarray:
    """X as a float64 array."""
    return np.array(X.toarray() if hasattr(X, "toarray") else X, dtype=float)


def make_data(seed, n_samples=25, n_features=7, density=1.0):
    """(X, y, rng): correlated columns on different scales and means, y with signal, noise and a mean."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) + 0.5 * rng.standard_normal((n_samples, 1))
    X = X * rng.uniform(0.5, 2.0, n_features) + rng.standard_normal(n_features)
    X[rng.random(X.shape) >= density] = 0.0
    y = X[:, : n_features // 2 + 1].sum(1) - 0.5 * X[:, -1] + rng.standard_normal(n_samples) + 1.0
    return np.asfortranarray(X), y, rng


def make_options(seed, n_samples=25, n_features=7) -> dict[str, dict]:
    """Combinations of options by name, for data of this shape (at least 4 features)."""
    rng = np.random.default_rng(seed)
    lower, upper = -rng.uniform(0.05, 0.5, n_features), rng.uniform(0.05, 0.5, n_features)
    j = np.arange(n_features)
    half_open = (np.where(j % 2, -np.inf, lower), np.where(j % 3, upper, np.inf))
    factor = rng.uniform(0.3, 2.0, n_features)
    factor[[0, 2]], factor[1] = 0.0, np.inf
    weight = rng.uniform(0.1, 3.0, n_samples)
    weight[[0, n_samples // 2]] = 0.0
    offset = rng.standard_normal(n_samples)
    rows = {"sample_weight": weight, "offset": offset}
    return {
        "lasso": {},
        "elastic net": {"l1_ratio": 0.5},
        "almost lasso": {"l1_ratio": 0.999},
        "ridge": {"l1_ratio": 0.0},
        "positive": {"positive": True},
        "positive elastic net": {"positive": True, "l1_ratio": 0.7},
        "box": {"bounds": (lower, upper)},
        "box elastic net": {"bounds": (lower, upper), "l1_ratio": 0.6},
        "box ridge": {"bounds": (lower, upper), "l1_ratio": 0.0},
        "half open": {"bounds": half_open},
        "half open elastic net": {"bounds": half_open, "l1_ratio": 0.8},
        "factors": {"penalty_factor": factor},
        "factors elastic net": {"penalty_factor": factor, "l1_ratio": 0.5},
        "ridge factors": {"penalty_factor": factor, "l1_ratio": 0.0},
        "positive factors": {"penalty_factor": factor, "positive": True},
        "box factors": {"penalty_factor": factor, "bounds": (lower, upper)},
        "half open factors elastic net": {"penalty_factor": factor, "bounds": half_open, "l1_ratio": 0.5},
        "weights and offset": rows,
        "standardize": {"standardize": True, "sample_weight": weight},
        "standardize elastic net": {"standardize": True, "l1_ratio": 0.4, "penalty_factor": factor},
        "everything": {"standardize": True, "l1_ratio": 0.5, "penalty_factor": factor, "bounds": half_open, **rows},
    }
