# Lives here: scans of X: products of columns with residuals. Independent of: y, penalties, solvers.
"""Scans for one path or for several in lockstep."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.utils import threads

RANGE_WORK = 4_000_000              # numbers of X in one range of columns
MIN_RANGE = 256                     # columns


class ScanRequest(NamedTuple):
    """A scan that a path needs before it can continue."""

    columns: np.ndarray             # ascending
    residuals: np.ndarray           # s r, (n_samples, n_slots) in C order, each summing to 0 with an intercept
    n_levels: int                   # leading slots in use


def scan(matrix, request: ScanRequest, pool, out: np.ndarray | None = None) -> np.ndarray:
    """Products with the residuals of a request, (n_columns, n_slots), in the first rows of `out` if given."""
    columns, residuals = request.columns, request.residuals
    c = np.empty((len(columns), core.N_SLOTS)) if out is None else out[:len(columns)]
    if request.n_levels == 1:
        c[:, 1:] = 0.0
        residual = np.ascontiguousarray(residuals[:, 0])

    def scan_range(bounds: tuple[int, int]) -> None:
        span = slice(*bounds)
        if request.n_levels == 1:
            c[span, 0] = matrix.scan_residual(columns[span], residual)
        else:
            matrix.scan(columns[span], residuals, c[span])

    width = max(MIN_RANGE, RANGE_WORK // matrix.cost)
    if 0 < len(columns) <= width:
        scan_range((0, len(columns)))
    else:
        threads.run(pool, scan_range, threads.ranges(len(columns), width))
    return c


def products_with(matrix, columns: np.ndarray, vectors: np.ndarray, pool=None) -> np.ndarray:
    """Products of columns with any number of residuals s r, (n_vectors, n_samples), eight at a time:
    (n_columns, n_vectors), a view of a larger array."""
    if len(vectors) > 1 and 0 < len(columns) <= max(MIN_RANGE, RANGE_WORK // matrix.cost):      # without detours
        residuals, parts = core.zero_rows(matrix.n_samples), []
        for first in range(0, len(vectors), core.N_SLOTS):
            core.fill_slots(vectors[first:first + core.N_SLOTS].T, residuals)
            parts.append(matrix.scan(columns, residuals))
        return (parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1))[:, :len(vectors)]
    n_scans = -(-len(vectors) // core.N_SLOTS)
    products = np.empty((len(columns), n_scans, core.N_SLOTS))
    residuals, out = core.zero_rows(matrix.n_samples), np.empty((len(columns), core.N_SLOTS))
    for k in range(n_scans):
        chosen = vectors[core.N_SLOTS * k:core.N_SLOTS * (k + 1)]
        core.fill_slots(chosen.T, residuals)
        products[:, k] = scan(matrix, ScanRequest(columns, residuals, len(chosen)), pool, out)
    return products.reshape(len(columns), n_scans * core.N_SLOTS)[:, :len(vectors)]
