# Lives here: the arrays of a set of blocks, and solutions at successive levels. Independent of: how they are solved.
"""Named tuples of arrays over positions, blocks and levels."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore._isa import core

NO_INDICES = np.empty(0, np.intp)


class BlockArrays(NamedTuple):
    """What a `core.BlockSolver` works on: vectors over positions for each task, and numbers of positions and blocks."""

    W: np.ndarray                   # coefficients, (n_tasks, capacity)
    before: np.ndarray              # W at the level before the last
    C: np.ndarray                   # X'(s R)
    Q: np.ndarray                   # X'(s Y0)
    sq_norms: np.ndarray            # of the positions; a majorant of the block without a rotation
    factors: np.ndarray             # (n_blocks, 3), as of Blocks
    norms: np.ndarray               # of the blocks of W


class Levels(NamedTuple):
    """Solutions at successive levels: coefficients and correlations of the positions, and what they took."""

    slots: np.ndarray               # (n_levels, 2, n_tasks, capacity): W and C
    outcomes: np.ndarray            # (n_levels, 4): gap over the set, epochs, Newton steps, status

    def __len__(self):
        return len(self.slots)

    @property
    def W(self) -> np.ndarray:
        """Coefficients."""
        return self.slots[:, 0]

    @property
    def n_epochs(self) -> np.ndarray:
        """Epochs of descent."""
        return self.outcomes[:, 1].astype(np.intp)

    @property
    def n_newton(self) -> np.ndarray:
        """Newton steps."""
        return self.outcomes[:, 2].astype(np.intp)

    @property
    def is_stalled(self) -> bool:
        """Whether the last level was not solved, as its gap does not come down any more."""
        return bool(self.outcomes[-1, 3] == core.STALLED_STATUS)


class PositionArrays:
    """Arrays over positions, which grow.

    Vectors begin at the begin of a cache line and have an odd number of lines: at a power of two, entries of several
    tasks for one position would drive each other out of the cache. Columns and residuals are padded with zeros.
    """

    n_tasks: int
    n_samples: int
    gathers: bool                       # whether columns are kept
    capacity: int
    W: np.ndarray
    before: np.ndarray                  # W at the level before the last
    C: np.ndarray
    Q: np.ndarray
    sq_norms: np.ndarray
    padded: np.ndarray                  # rotated columns of a dense X, scaled by the roots of the weights,
    gathered: np.ndarray                # the rows of samples in it
    gram: np.ndarray
    residual: np.ndarray | None = None  # (n_tasks, n_samples), where no Gram matrix is kept,
    state: np.ndarray                   # padded,
    padded_target: np.ndarray           # and the targets

    def _vectors(self, capacity: int) -> np.ndarray:
        """Zeros for W, before, C and Q, of so many numbers or a few more, (4, n_tasks, capacity)."""
        n_lines = -(-capacity // core.N_SLOTS) | 1
        vectors = core.cache_lines(4 * self.n_tasks, core.N_SLOTS * n_lines)
        vectors.fill(0.0)
        return vectors.reshape(4, self.n_tasks, -1)

    def _allocate(self, capacity: int, used: int = 0) -> None:
        """Make room for so many positions, and keep those in use."""
        n, vectors = self.n_samples if self.gathers else 0, self._vectors(capacity)
        self.capacity = capacity = vectors.shape[2]
        n_products = capacity if self.residual is None else 0
        W, before, C, Q = vectors
        grown = {"W": W, "before": before, "C": C, "Q": Q, "sq_norms": np.zeros(capacity),
                 "padded": core.cache_lines(capacity, n).T, "gram": core.cache_lines(n_products, n_products).T}
        for name, values in grown.items():
            if used and values.size and getattr(self, name).size:
                span = (slice(used), slice(used)) if name == "gram" else (..., slice(used))
                values[span] = getattr(self, name)[span]
            setattr(self, name, values)
        self.gathered = self.padded[:n]

    def _reserve(self, size: int, used: int) -> None:
        """Make room for so many positions, of which some are in use."""
        if size > self.capacity:
            self._allocate(max(2 * self.capacity, size), used)

    def _keep_residuals(self, target: np.ndarray) -> None:
        """Allocate residuals in place of the Gram matrix, and columns if there are none."""
        n = self.n_samples
        self.state, self.padded_target = core.cache_lines(self.n_tasks, n), core.cache_lines(self.n_tasks, n)
        self.residual, self.padded_target[:, :n] = self.state[:, :n], target
        self.gram = np.empty((0, 0), order="F")
        if len(self.gathered) == 0:
            self.padded = core.cache_lines(self.capacity, n).T
            self.gathered = self.padded[:n]


def appended(known: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Both arrays, one after the other."""
    return np.concatenate([known, new]) if len(known) else new


def over_roots(values: np.ndarray, root_weights: np.ndarray | None) -> np.ndarray:
    """values over the roots of the weights, 0 where these are."""
    if root_weights is None:
        return values
    return np.divide(values, root_weights, out=np.zeros_like(values), where=root_weights > 0.0)
