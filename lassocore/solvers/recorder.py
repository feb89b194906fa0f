# Lives here: the iterates of a path fit, as its solvers find them. Independent of: methods, objectives.
"""A `Recorder` turns the steps of the core into coefficients of the columns of X, each with its alpha."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lassocore._isa import core

if TYPE_CHECKING:
    from lassocore.solvers.block_columns import BlockColumns


class Iterate(NamedTuple):
    """The nonzero coefficients after an epoch or an exact step."""

    alpha_index: int
    kind: str                       # "epoch" or "exact step"
    rows: np.ndarray                # features, rising
    values: np.ndarray              # of one task; rows of values for several


class Recorder:
    """The iterates of one fit, in the order in which they were found."""

    def __init__(self) -> None:
        self.steps = core.StepRecorder()
        self.iterates: list[Iterate] = []
        self.first = 0              # position in the path of the alphas that are solved now

    def restart(self, first: int) -> None:
        """Forget the iterates of the alphas from this position on, which are solved anew or next."""
        self.iterates = [iterate for iterate in self.iterates if iterate.alpha_index < first]
        self.first = first

    def keep(self, goals: Sequence[int] | np.ndarray, columns: np.ndarray | None = None) -> None:
        """Keep the steps since the last call; goals has the alpha that each level leads to, columns the column of each
        position."""
        for level, kind, positions, values in self.steps.take():
            rows = positions if columns is None else columns[positions]
            order = rows.argsort()
            self.iterates.append(Iterate(self.first + int(goals[level]), kind, rows[order], values[order]))

    def keep_blocks(self, goals: np.ndarray, columns: BlockColumns) -> None:
        """The same on a set of blocks, whose positions are rotated columns."""
        for level, kind, positions, values in self.steps.take():
            W = np.zeros(columns.W.size)
            W[positions] = values
            rows, found, _ = columns.solutions(W.reshape(1, *columns.W.shape))
            self.iterates.append(Iterate(self.first + int(goals[level]), kind, rows, found))
