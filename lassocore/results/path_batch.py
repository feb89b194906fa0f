# Lives here: the solutions at successive alphas, in columns. Independent of: how they were found.
"""`PathBatch`: solutions with their certificates, in units of the objective times the sum of the weights."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.results.path_info import PathInfo
from lassocore.results.path_point import PathPoint
from lassocore.utils.pickling import named_in_package
from lassocore.utils.powers_of_two import Scaling


@named_in_package
@dataclass(slots=True)
class PathBatch:
    """Solutions at successive alphas: the fields of a `PathPoint`, in columns with an item for each alpha.

    rows and values hold the nonzero coefficients of the first alpha, then those of the next.
    """

    first: int                      # position of the first alpha in the path
    rows: np.ndarray
    values: np.ndarray
    n_nonzero: Sequence[int]
    gap: Sequence[float]
    sq_residual: Sequence[float]
    converged: Sequence[bool]
    method: Sequence[str]
    n_epochs: Sequence[int]
    n_newton: Sequence[int]
    n_working: Sequence[int]
    n_scanned: Sequence[int]
    seconds: Sequence[float]

    def __len__(self):
        return len(self.gap)

    def __iter__(self) -> Iterator[PathPoint]:
        stop, columns = 0, [getattr(self, name) for name in COLUMNS]
        for k, (size, numbers) in enumerate(zip(self.n_nonzero, zip(*columns, strict=True), strict=True)):
            start, stop = stop, stop + size
            yield PathPoint(self.first + k, self.rows[start:stop], self.values[start:stop], *numbers)

    def __getitem__(self, positions: slice) -> PathBatch:
        """The solutions at successive positions."""
        start, stop, _ = positions.indices(len(self))
        ends = self.ends
        span = slice(ends[start], ends[stop])
        return PathBatch(self.first + start, self.rows[span], self.values[span],
                         *(getattr(self, name)[start:stop] for name in ("n_nonzero", *COLUMNS)))

    @property
    def ends(self) -> np.ndarray:
        """Where the coefficients of each alpha start, and where the last end."""
        return core.running_totals(self.n_nonzero)

    @property
    def n_iter(self) -> np.ndarray:
        """Epochs and exact steps together, at least 1 unless the start was the solution."""
        return core.iterations(self.method, self.n_epochs, self.n_newton)

    def info(self, grid: np.ndarray, total_weight: float, scaling: Scaling | None, stopped: str,
             max_iter: int | None = None) -> PathInfo:
        """How the solutions were found, total_weight and scaling being those of the problem."""
        dual_gaps = np.array(self.gap) / total_weight
        return PathInfo({
            "index": np.arange(self.first, self.first + len(self)), "n_alphas": np.full(len(self), len(grid)),
            "alpha": grid[self.first:self.first + len(self)], "n_iter": self.n_iter,
            "dual_gap": dual_gaps if scaling is None else scaling.objective(dual_gaps),
            **{name: np.array(getattr(self, name)) for name in (
                "converged", "n_nonzero", "method", "n_epochs", "n_newton", "n_working", "n_scanned", "seconds")},
        }, stopped, max_iter)


COLUMNS = tuple(field.name for field in fields(PathBatch))[4:]      # those that are also fields of a PathPoint


def batch_of(*points: PathPoint) -> PathBatch:
    """The solutions at successive alphas, at least one."""
    if len(points) == 1:
        (first, rows, values, gap, sq_residual, converged, method, n_epochs, n_newton, n_working, n_scanned, seconds
         ), = points
        return PathBatch(first, rows, values, [len(rows)], [gap], [sq_residual], [converged], [method], [n_epochs],
                         [n_newton], [n_working], [n_scanned], [seconds])
    return joined([batch_of(point) for point in points])


def joined(batches: Sequence[PathBatch]) -> PathBatch:
    """All solutions of successive batches, at least one."""
    if len(batches) == 1:
        return batches[0]
    return PathBatch(
        batches[0].first, np.concatenate([batch.rows for batch in batches]),
        np.concatenate([batch.values for batch in batches]),
        *(list(chain.from_iterable(getattr(batch, name) for batch in batches)) for name in ("n_nonzero", *COLUMNS)))


def with_coefficients(batch: PathBatch, rows: Sequence[np.ndarray], values: Sequence[np.ndarray]) -> PathBatch:
    """The batch with other coefficients at each alpha."""
    return replace(batch, rows=np.concatenate(rows), values=np.concatenate(values), n_nonzero=list(map(len, rows)))


def of_minimum_norm(problem: Any, batch: PathBatch) -> PathBatch:
    """The batch with coefficients of minimum norm over the unpenalised columns, and the same fit."""
    if problem.block is None or not problem.block.leaves_a_choice:
        return batch
    rows, values = zip(*(problem.block.expanded(point.rows, point.values) for point in batch), strict=True)
    return with_coefficients(batch, rows, values)
