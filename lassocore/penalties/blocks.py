# Lives here: the elastic net of a block, with an L1 term for its features. Independent of: X, losses, solvers.
"""l1 ||w|| + feature_l1 ||w||_1 + l2 ||w||^2 / 2 for a block w, in NumPy.

src_cython/lassocore/penalties/blocks.pxd has the same in the core. docs/math.md, section 13, has the derivations.
"""
from __future__ import annotations

import numpy as np

from lassocore.penalties.base import BlockPenalty

MAX_ROOT_STEPS = 60                 # of bisection


class SparseGroupElasticNet(BlockPenalty):
    """l1 ||w|| + feature_l1 ||w||_1 + l2 ||w||^2 / 2: the penalty of a block at one level.

    l1 = 0 and feature_l1 = 0 leave the block without a kink, an infinite l1 excludes it.
    """

    __slots__ = ("l1", "feature_l1", "l2")

    def __init__(self, l1: float, feature_l1: float = 0.0, l2: float = 0.0):
        self.l1, self.feature_l1, self.l2 = l1, feature_l1, l2

    def thresholded(self, c: np.ndarray) -> np.ndarray:
        """S(c) = sign(c) (|c| - feature_l1)_+: what is left to the norm."""
        return np.sign(c) * np.maximum(np.abs(c) - self.feature_l1, 0.0)

    def value(self, w: np.ndarray) -> float:
        """The formula; inf where the block is excluded and not 0."""
        norm = float(np.linalg.norm(w))
        if norm == 0.0:
            return 0.0
        return self.l1 * norm + self.feature_l1 * float(np.abs(w).sum()) + 0.5 * self.l2 * norm**2

    def prox(self, q: np.ndarray, d: np.ndarray) -> np.ndarray:
        """h s_i / ((d_i + l2) h + l1), s = S(q), with h the norm of the minimiser; 0 where ||s|| <= l1."""
        s, divisor = self.thresholded(q), np.broadcast_to(d, np.shape(q)) + self.l2
        if not np.linalg.norm(s) > self.l1:
            return np.zeros(np.shape(q))
        if self.l1 == 0.0:
            return np.divide(s, divisor, out=np.zeros(np.shape(q)), where=divisor > 0.0)
        if np.linalg.norm(s[divisor == 0.0]) >= self.l1:
            raise ValueError("the step has no minimiser, as d + l2 is 0 where |q| is large; pass d above 0")
        h = self._length(s, divisor)
        return h * s / (divisor * h + self.l1)

    def _length(self, s: np.ndarray, divisor: np.ndarray) -> float:
        """h with ||s / (divisor h + l1)|| = 1, by bisection: the norm falls in h."""
        low = high = (float(np.linalg.norm(s)) - self.l1) / divisor.max()
        while np.linalg.norm(s / (divisor * high + self.l1)) > 1.0:
            low, high = high, 2.0 * high
        for _ in range(MAX_ROOT_STEPS):
            middle = 0.5 * (low + high)
            if np.linalg.norm(s / (divisor * middle + self.l1)) > 1.0:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)

    def violation(self, w: np.ndarray, c: np.ndarray) -> float:
        """At 0 the subdifferential is a box and a ball added up, elsewhere a point and a box of the zeros of w."""
        norm = float(np.linalg.norm(w))
        if norm > 0.0 and self.l1 == np.inf:
            return np.inf
        if norm == 0.0:
            return max(float(np.linalg.norm(self.thresholded(c))) - self.l1, 0.0)
        slope = (self.l1 / norm + self.l2) * w + self.feature_l1 * np.sign(w)
        return float(np.linalg.norm(np.where(w == 0.0, self.thresholded(c), c - slope)))

    def conjugate(self, u: np.ndarray) -> float:
        """(||S(u)|| - l1)_+^2 / (2 l2); without l2 it is 0 up to a norm of l1, and infinite beyond."""
        excess = max(float(np.linalg.norm(self.thresholded(u))) - self.l1, 0.0)
        if excess == 0.0:
            return 0.0
        return 0.5 * excess**2 / self.l2 if self.l2 > 0.0 else np.inf

    def dual_ratio(self, c: np.ndarray) -> float:
        """kappa with ||S(c / kappa)|| = l1: a root of a quadratic in the features that S leaves."""
        size = np.abs(np.ravel(c))
        if self.feature_l1 == 0.0:
            return float(np.linalg.norm(c)) / self.l1 if self.l1 > 0.0 else np.inf
        if not size.any() or self.l1 == np.inf:
            return 0.0
        left = np.linalg.norm(np.maximum(size - size[:, None], 0.0), axis=1)     # of S at the kappa where it drops one
        kept = size[left <= self.l1 / self.feature_l1 * size]
        total, squares, scale = float(kept.sum()), float(kept @ kept), self.feature_l1
        root = (scale * total)**2 - (len(kept) * scale**2 - self.l1**2) * squares
        return squares / (scale * total + np.sqrt(max(root, 0.0)))
