# Lives here: problems with norms of blocks in extended precision, and their minimum. Independent of: lassocore.
"""An oracle of nearly twenty digits for blocks: Newton's method on smoothed norms and their duals, in long double.

It knows no supports, active blocks or duality gaps: every norm ||v|| becomes sqrt(||v||^2 + m^2), and m falls to 0
while the dual direction of each block is a variable of its own (Chan, Golub, Mulet 1999, A nonlinear primal-dual method
for total variation-based image restoration). A single entry is a block too, so that blocks overlap where groups are
sparse.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from certificates.interior_point import LDL, LONG, REGULARISATION

ZERO = LONG(0)
SMALLEST = LONG(1e-21)      # m, where columns and target have norm 1
FALL = LONG(0.2)            # of m from one level to the next
MAX_STEPS = 8               # at a level


@dataclass(frozen=True)
class Norms:
    """sum_k reg_k ||w_B_k|| over a partition of the entries: `labels` has k of each entry."""

    labels: np.ndarray
    reg: np.ndarray

    def over(self, spread) -> Norms:
        """The norms of w / spread, where spread is the same for all entries of a block."""
        unit = np.ones_like(self.reg)
        unit[self.labels] = spread
        return Norms(self.labels, self.reg / unit)

    def sums(self, values) -> np.ndarray:
        """The sum of the values of each block."""
        total = np.zeros(len(self.reg), dtype=LONG)
        np.add.at(total, self.labels, values)
        return total

    def smoothed(self, w, m) -> np.ndarray:
        """sqrt(||w_B_k||^2 + m^2); where m = 0, the norms."""
        return np.sqrt(self.sums(w**2) + m**2)

    def value(self, w, m=ZERO) -> np.longdouble:
        """sum_k reg_k sqrt(||w_B_k||^2 + m^2)"""
        return self.reg @ self.smoothed(w, m)

    def slope(self, w, m) -> np.ndarray:
        """The gradient of `value`."""
        return (self.reg / self.smoothed(w, m))[self.labels] * w

    def curvature(self, w, u, m) -> np.ndarray:
        """Second derivatives, with the dual direction u in the place of one factor w / sqrt(||w||^2 + m^2)."""
        size, reg = self.smoothed(w, m)[self.labels], self.reg[self.labels]
        product = np.outer(u, w / size)
        together = self.labels[:, None] == self.labels
        return np.diag(reg / size) - np.where(together, (product + product.T) / 2, 0) / size

    def next_direction(self, w, u, step, m) -> np.ndarray:
        """u after Newton's step of w, shortened to norms of at most reg."""
        size = self.smoothed(w, m)
        along = self.sums(w * step) / size
        aim = ((self.reg / size)[self.labels] * (w + step)) - (along / size)[self.labels] * u
        norm = np.sqrt(self.sums(aim**2))
        return aim * np.minimum(1, np.divide(self.reg, norm, out=np.ones_like(norm), where=norm > 0))[self.labels]


@dataclass(frozen=True)
class ExtendedBlocks:
    """min ||z - Z w||^2 / 2 + l2'w^2 / 2 + sum of norms, in long double; several tasks are a Kronecker product."""

    Z: np.ndarray
    z: np.ndarray
    l2: np.ndarray
    norms: tuple[Norms, ...]

    def value(self, w, m=ZERO) -> np.longdouble:
        """The objective, with norms smoothed by m."""
        residual = self.z - self.Z @ w
        return (residual @ residual + self.l2 @ w**2) / 2 + sum(norms.value(w, m) for norms in self.norms)

    def minimum(self) -> np.longdouble:
        """The objective at the solution, from above."""
        size = np.sqrt(self.z @ self.z)
        if size == 0:
            return size
        scaled = self.scaled(size)
        return min(scaled.value(w) for w in (scaled.solve(), np.zeros_like(self.l2))) * size**2

    def scaled(self, size) -> ExtendedBlocks:
        """The problem of a target over size, and of columns over the largest norm in their group."""
        groups = self.norms[0].labels
        largest = np.zeros(groups.max() + 1, dtype=LONG)
        np.maximum.at(largest, groups, np.sqrt((self.Z**2).sum(axis=0) + self.l2))
        spread = np.where(largest > 0, largest, 1)[groups]
        return ExtendedBlocks(self.Z / spread, self.z / size, self.l2 / spread**2, tuple(
            norms.over(size * spread) for norms in self.norms))

    def solve(self) -> np.ndarray:
        """The solution, for a target and columns of norm at most 1."""
        gram, w = self.Z.T @ self.Z + np.diag(self.l2 + REGULARISATION), np.zeros_like(self.l2)
        duals, m, best = [np.zeros_like(w) for _ in self.norms], LONG(1), w
        while m > SMALLEST:
            for _ in range(MAX_STEPS):
                gradient = self.l2 * w - self.Z.T @ (self.z - self.Z @ w) + sum(
                    norms.slope(w, m) for norms in self.norms)
                hessian = gram + sum(norms.curvature(w, u, m) for norms, u in zip(self.norms, duals, strict=True))
                step = LDL(hessian).solve(-gradient)
                duals = [norms.next_direction(w, u, step, m) for norms, u in zip(self.norms, duals, strict=True)]
                length = self.length(w, step, m)
                w = w + length * step
                if -gradient @ step <= m * LONG(1e-3) or length == 0:
                    break
            best = min(best, w, key=self.value)
            m *= FALL
        return best

    def length(self, w, step, m) -> np.longdouble:
        """The first of 1, 1/2, 1/4, ... that lowers the smoothed objective, or 0."""
        value = self.value(w, m)
        return next((length for length in LONG(0.5) ** np.arange(30) if self.value(w + length * step, m) < value),
                    ZERO)
