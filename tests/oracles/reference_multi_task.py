# Lives here: the multi-task problem, a plain solver and the dual in NumPy. Independent of: lassocore.
"""An oracle for tests of the group penalty: slow, dense, short."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from oracles.reference import dense, plain


@dataclass(frozen=True)
class PlainTasks:
    """min over W (n_features, n_tasks) of ||Y - Z W||^2 / 2 + sum_j l1_j ||W_j|| + l2_j ||W_j||^2 / 2."""

    Z: np.ndarray
    Y: np.ndarray
    l1: np.ndarray
    l2: np.ndarray

    def primal(self, W) -> float:
        """The objective."""
        norms = np.linalg.norm(W, axis=1)
        return 0.5 * ((self.Y - self.Z @ W)**2).sum() + self.l1 @ norms + 0.5 * self.l2 @ norms**2

    def dual(self, theta) -> float:
        """<theta, Y> - ||theta||^2 / 2 - sum_j h_j(Z_j'theta), with h_j by search over lengths along its argument."""
        total = (theta * self.Y).sum() - 0.5 * (theta**2).sum()
        reach = 1e-11 * np.linalg.norm(self.Z, axis=0) * np.linalg.norm(self.Y)
        for norm, l1, l2, small in zip(np.linalg.norm(self.Z.T @ theta, axis=1), self.l1, self.l2, reach, strict=True):
            if norm <= l1:
                continue
            if l2 == 0.0:
                total -= np.inf if norm > l1 + small else 0.0
                continue
            length = (norm - l1) / l2
            tried = np.append(np.linspace(0.0, 2.0 * length, 101), length)
            total -= (norm * tried - l1 * tried - 0.5 * l2 * tried**2).max()
        return total

    def solve(self, max_epochs=20_000) -> np.ndarray:
        """Cyclic block descent until a whole epoch moves Z W by less than 1e-13 ||Y||."""
        gram, C = self.Z.T @ self.Z, self.Z.T @ self.Y
        W = np.zeros_like(C)
        columns = np.flatnonzero((gram.diagonal() > 0) & np.isfinite(self.l1))
        for _ in range(max_epochs):
            moved = 0.0
            for j in columns:
                q = C[j] + gram[j, j] * W[j]
                norm = np.sqrt(q @ q)
                new = max(0.0, 1.0 - self.l1[j] / norm) * q / (gram[j, j] + self.l2[j]) if norm > 0 else 0 * q
                step = new - W[j]
                if step.any():
                    W[j] = new
                    C -= np.outer(gram[:, j], step)
                    moved += gram[j, j] * (step @ step)
            if moved <= 1e-26 * (self.Y**2).sum():
                break
        return W


def plain_tasks(X, Y, alpha, *, l1_ratio=1.0, fit_intercept=True, standardize=False, sample_weight=None,
                penalty_factor=None) -> PlainTasks:
    """The documented problem, with weights, intercept, standard deviations and exclusions absorbed into the arrays."""
    tasks = [plain(X, y, alpha, l1_ratio=l1_ratio, fit_intercept=fit_intercept, standardize=standardize,
                   sample_weight=sample_weight, penalty_factor=penalty_factor) for y in np.asarray(Y, dtype=float).T]
    first = tasks[0]
    usable = (first.lower < 0) | (first.upper > 0)
    return PlainTasks(Z=first.Z * usable, Y=np.column_stack([task.z for task in tasks]), l1=first.l1, l2=first.l2)


def task_objective(X, Y, coef, intercept, alpha, *, l1_ratio=1.0, sample_weight=None, penalty_factor=None) -> float:
    """The documented objective; coef is (n_tasks, n_features)."""
    X, coef = dense(X), np.asarray(coef, dtype=float)
    s = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    factor = np.ones(X.shape[1]) if penalty_factor is None else np.asarray(penalty_factor, dtype=float)
    norms = np.linalg.norm(coef, axis=0)
    if norms[np.isinf(factor)].any():
        return np.inf
    residual = Y - X @ coef.T - intercept
    factor = np.where(np.isinf(factor), 0.0, factor)
    return s @ (residual**2).sum(axis=1) / (2 * s.sum()) + alpha * factor @ (
        l1_ratio * norms + (1 - l1_ratio) / 2 * norms**2)


def make_tasks(seed, n_samples=25, n_features=7, n_tasks=3, density=1.0):
    """(X, Y, rng): correlated columns on different scales and means, tasks that share half of their support."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) + 0.5 * rng.standard_normal((n_samples, 1))
    X = X * rng.uniform(0.5, 2.0, n_features) + rng.standard_normal(n_features)
    X[rng.random(X.shape) >= density] = 0.0
    W = rng.standard_normal((n_features, n_tasks)) * (np.arange(n_features) <= n_features // 2)[:, None]
    Y = X @ W + rng.standard_normal((n_samples, n_tasks)) + rng.standard_normal(n_tasks)
    return np.asfortranarray(X), Y, rng


def make_task_options(seed, n_samples=25, n_features=7) -> dict[str, dict]:
    """Combinations of options by name."""
    rng = np.random.default_rng(seed)
    factor = rng.uniform(0.3, 2.0, n_features)
    factor[[0, 2]], factor[1] = 0.0, np.inf
    weight = rng.uniform(0.1, 3.0, n_samples)
    weight[[0, n_samples // 2]] = 0.0
    return {
        "lasso": {},
        "elastic net": {"l1_ratio": 0.5},
        "almost lasso": {"l1_ratio": 0.999},
        "ridge": {"l1_ratio": 0.0},
        "factors": {"penalty_factor": factor},
        "factors elastic net": {"penalty_factor": factor, "l1_ratio": 0.5},
        "ridge factors": {"penalty_factor": factor, "l1_ratio": 0.0},
        "weights": {"sample_weight": weight},
        "standardize": {"standardize": True, "sample_weight": weight},
        "everything": {"standardize": True, "l1_ratio": 0.5, "penalty_factor": factor, "sample_weight": weight},
    }
