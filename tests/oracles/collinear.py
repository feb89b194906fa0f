# Lives here: problems with linearly dependent unpenalised columns, in exact form. Independent of: lassocore.
"""Collinear blocks as in data: sums and other units of a few quantities, far from 0, with uneven weights."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KINDS = ("integers", "rounded", "units")


@dataclass(frozen=True)
class Collinear:
    """U = centred @ mix + means up to rounding, V penalised columns."""

    U: np.ndarray
    V: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray | None
    centred: np.ndarray         # independent quantities
    mix: np.ndarray

    @property
    def X(self) -> np.ndarray:
        """Unpenalised columns first."""
        return np.asfortranarray(np.hstack([self.U, self.V]))

    @property
    def penalty_factor(self) -> np.ndarray:
        """0 for the block."""
        return np.r_[np.zeros(self.U.shape[1]), np.ones(self.V.shape[1])]

    def independent(self) -> tuple[np.ndarray, np.ndarray]:
        """(X, penalty factors) of the same problem with independent, centred columns in place of the block."""
        X = np.asfortranarray(np.hstack([self.centred, self.V]))
        return X, np.r_[np.zeros(self.centred.shape[1]), np.ones(self.V.shape[1])]

    def minimum_norm(self, w: np.ndarray) -> np.ndarray:
        """The coefficients of the block with minimum norm and the same fit as these of the independent columns."""
        return np.linalg.lstsq(self.mix, w, rcond=None)[0]


def make_collinear(seed: int, n_samples: int | None = None, n_penalised: int | None = None, weighted: bool = True
                   ) -> Collinear:
    """A random problem: means up to 1e8 standard deviations, weights over up to 12 decades."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([12, 30, 100, 500])) if n_samples is None else n_samples
    kind = KINDS[seed % len(KINDS)]
    rank = int(rng.integers(1, min(4, n // 4) + 1))
    size = rank + int(rng.integers(1, 4))
    means = np.round(10.0**rng.uniform(0, 8) * rng.uniform(0.5, 1, size) * rng.choice([-1, 1], size))
    centred = rng.integers(-50, 51, (n, rank)).astype(float) if kind == "integers" else rng.standard_normal((n, rank))
    mix = np.hstack([np.eye(rank), rng.integers(-3, 4, (rank, size - rank)).astype(float)])
    mix[0, ~mix.any(axis=0)] = -1.0
    base = centred + means[:rank]
    U = base @ mix + (means - means[:rank] @ mix)           # derived columns are rounded, as in a data file
    U[:, :rank] = base
    if kind != "integers":
        centred = (base.astype(np.longdouble) - means[:rank]).astype(float)
    if kind == "units":
        units = 10.0**rng.uniform(-6, 6, size)
        U, mix = U * units, mix * units
    V = rng.standard_normal((n, int(rng.choice([0, 5, 40])) if n_penalised is None else n_penalised))
    decades = rng.choice([0, 0, 4, 12]) if weighted else 0
    y = centred @ rng.standard_normal(rank) + V[:, :3].sum(axis=1) + rng.standard_normal(n) + rng.choice([0.0, 1e3])
    return Collinear(U, V, y, 10.0**rng.uniform(-decades, 0, n) if decades else None, centred, mix)


def exact_objective(X, y, w, sample_weight, alpha: float, penalty_factor) -> float:
    """The lasso objective with the best intercept, in extended precision."""
    s = np.ones(len(y)) if sample_weight is None else sample_weight
    s, X, w, y = (np.asarray(a, dtype=np.longdouble) for a in (s / np.sum(s), X, w, y))
    residual = y - X @ w
    residual = residual - s @ residual
    return float(s @ residual**2 / 2 + alpha * (penalty_factor * np.abs(w)).sum())
