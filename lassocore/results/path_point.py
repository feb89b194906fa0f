# Lives here: the solution at one alpha. Independent of: how it was found.
"""`PathPoint`: a solution with its certificate, in units of the objective times the sum of the weights."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lassocore.results.path_info import LevelInfo, PathInfo
from lassocore.utils.pickling import named_in_package
from lassocore.utils.powers_of_two import Scaling


@named_in_package
class PathPoint(NamedTuple):
    """The solution at one penalty level; gap and sq_residual are not divided by the sum of the weights."""

    index: int                      # type: ignore[assignment]
    rows: np.ndarray                # rising
    values: np.ndarray
    gap: float
    sq_residual: float
    converged: bool
    method: str
    n_epochs: int = 0
    n_newton: int = 0
    n_working: int = 0              # columns in the working set
    n_scanned: int = 0              # products of columns outside it with a residual
    seconds: float = 0.0

    def dual_gap(self, total_weight: float, scaling: Scaling | None) -> float:
        """The gap in units of the objective; scaling is that of the problem."""
        gap = self.gap / total_weight
        return float(gap if scaling is None else scaling.objective(gap))

    @property
    def n_iter(self) -> int:
        """Epochs and exact steps, at least 1 unless the start was the solution."""
        return 0 if self.method == "start" else max(1, self.n_epochs + self.n_newton)

    def info(self, grid: np.ndarray, dual_gap: float) -> LevelInfo:
        """The argument of callbacks; dual_gap is in units of the objective."""
        return LevelInfo(
            index=self.index, n_alphas=len(grid), alpha=float(grid[self.index]), n_iter=self.n_iter, dual_gap=dual_gap,
            converged=self.converged, n_nonzero=len(self.rows), method=self.method, n_epochs=self.n_epochs,
            n_newton=self.n_newton, n_working=self.n_working, n_scanned=self.n_scanned, seconds=self.seconds)


def path_info(
    points: Sequence[PathPoint], grid: np.ndarray, total_weight: float, scaling: Scaling | None, stopped: str
) -> PathInfo:
    """How the points of a path were solved, total_weight and scaling being those of their problem."""
    return PathInfo([point.info(grid, point.dual_gap(total_weight, scaling)) for point in points], stopped)
