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


def appended(known: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Both arrays, one after the other."""
    return np.concatenate([known, new])


def over_roots(values: np.ndarray, root_weights: np.ndarray | None) -> np.ndarray:
    """values over the roots of the weights, 0 where these are."""
    if root_weights is None:
        return values
    return np.divide(values, root_weights, out=np.zeros_like(values), where=root_weights > 0.0)
