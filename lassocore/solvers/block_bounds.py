# Lives here: bounds on the dual ratios of blocks outside a working set. Independent of: storage, alpha, which blocks.
"""Lazy bounds: products with earlier residuals bound those with later ones; docs/math.md, section 13."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.problems.blocks import Blocks
from lassocore.problems.problem import Problem

MAX_DIRECTIONS = 8                  # of earlier residuals, for each task
MIN_NOVELTY = 1e-5                  # share of a residual outside the span of the earlier ones that is worth a direction
ROUNDING = 1e-13                    # of products, over the norms of column and residual
MAX_NUMBERS = 50_000_000            # of products with directions


class BlockBounds:
    """The span of some residuals, task by task, and the products of all columns with it.

    Residuals are roots, sqrt(s) R. A residual is a combination of directions, whose products are known, and a remainder
    E: its products with a block differ from the combination by at most ||X_a||_F ||E||.
    """

    def __init__(self, problem: Problem, blocks: Blocks, n_tasks: int):
        n, p = problem.matrix.n_samples, len(blocks.columns)
        self.blocks = blocks
        units = 1.0 if blocks.units is None else blocks.units[blocks.columns]
        sq_norms = problem.sq_norms[blocks.columns] / np.square(units)
        norms = np.sqrt(np.add.reduceat(sq_norms, blocks.starts[:-1])) if p else np.empty(0)
        l1_factor = blocks.factors[:, 0]
        self.reach = np.divide(norms, l1_factor, out=np.full(len(norms), np.inf), where=l1_factor > 0.0)
        self.max_directions = max(2, min(MAX_DIRECTIONS, MAX_NUMBERS // max(1, n_tasks * p)))
        self.directions = np.empty((n_tasks, self.max_directions, n))
        self.products = np.empty((n_tasks, p, self.max_directions))
        self.errors = np.empty((n_tasks, self.max_directions))      # of the products, over the norms of the columns
        self.size = 0

    def extend(self, root: np.ndarray, products: np.ndarray) -> None:
        """Add the direction of a residual, (n_tasks, n_samples), with the products of all columns, (n_tasks, p)."""
        norms = np.linalg.norm(root, axis=1)
        if self.size == self.max_directions:
            self.size = 0
        known = slice(0, self.size)
        rest, combination = self._remainder(root[:, :, None])
        left = np.linalg.norm(rest[:, :, 0], axis=1)
        if not (left > MIN_NOVELTY * norms).all():
            return
        self.directions[:, self.size] = rest[:, :, 0] / left[:, None]
        new = products - np.matmul(self.products[:, :, known], combination)[:, :, 0]
        self.products[:, :, self.size] = new / left[:, None]
        errors = ROUNDING * norms + np.einsum("tk,tk->t", self.errors[:, known], np.abs(combination[:, :, 0]))
        self.errors[:, self.size] = errors / left
        self.size += 1

    def _remainder(self, roots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(what is outside the span, combinations of the directions) of residuals (n_tasks, n_samples, n_levels)."""
        directions = self.directions[:, :self.size]
        combination = np.matmul(directions, roots)
        rest = roots - np.matmul(directions.transpose(0, 2, 1), combination)
        correction = np.matmul(directions, rest)
        rest -= np.matmul(directions.transpose(0, 2, 1), correction)
        return rest, combination + correction

    def ratios(self, roots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(estimates of the dual ratio of every block, their errors at most), each (n_blocks, n_levels), for residuals
        (n_tasks, n_samples, n_levels)."""
        rest, combination = self._remainder(roots)
        products = np.matmul(self.products[:, :, :self.size], combination)
        estimates = core.dual_ratios(products, self.blocks.starts, self.blocks.factors)
        rounding = ROUNDING * np.linalg.norm(roots, axis=(0, 1)) + np.einsum(
            "tk,tkl->l", self.errors[:, :self.size], np.abs(combination))
        return estimates, self.reach[:, None] * (np.linalg.norm(rest, axis=(0, 1)) + rounding)
