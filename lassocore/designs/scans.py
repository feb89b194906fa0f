# Lives here: scans of X on behalf of the runs that ask for them, alone or side by side. Independent of: why they ask.
"""Products of columns with residuals, for one run along a path or for several in lockstep."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.utils import threads

RANGE_WORK = 4_000_000              # numbers of X in one share of a scan
MIN_RANGE = 256                     # columns in one share


class ScanRequest(NamedTuple):
    """What a run waits for: products of columns with residuals."""

    columns: np.ndarray             # rising
    residuals: np.ndarray           # s r, (n_samples, n_slots) in C order, each of sum 0 where there is an intercept
    n_levels: int                   # the leading slots that are in use


def scan(matrix, request: ScanRequest, pool) -> np.ndarray:
    """Products with all residuals of one request, (n_columns, n_slots)."""
    columns, residuals, n_levels = request
    c = np.zeros((len(columns), core.N_SLOTS))
    residual = np.ascontiguousarray(residuals[:, 0])

    def scan_piece(piece: tuple[int, int]) -> None:
        span = slice(*piece)
        if n_levels == 1:
            c[span, 0] = matrix.scan_residual(columns[span], residual)
        else:
            c[span] = matrix.scan(columns[span], residuals)

    threads.run(pool, scan_piece, threads.ranges(len(columns), max(MIN_RANGE, RANGE_WORK // matrix.cost)))
    return c
