# Lives here: the product of a design with sparse coefficients. Independent of: models, how X is checked.
"""X @ w without the columns whose coefficients are 0."""
from __future__ import annotations

from typing import Any

import numpy as np

BLOCK_ROWS = 8192           # of a block that stays in cache
LINE = 8                    # numbers of a cache line: fewer active columns leave lines of a row unread
MIN_ROWS_BY_COLUMN = 512    # with fewer rows, the loop over columns costs more than a copy of them


def active_product(design: Any, coef: np.ndarray) -> np.ndarray:
    """design @ coef for a vector of coefficients and a finite design, dense or sparse.

    Only active columns are read and converted. Where most are active, or rows are contiguous and so few that all cache
    lines are read anyway, it is one product with all columns. The choice depends on shapes, layout and the number of
    active columns alone, so equal arguments give equal bits.
    """
    if not isinstance(design, np.ndarray):
        return _sparse_product(design, coef)
    n_samples, n_features = design.shape
    active = np.flatnonzero(coef)
    values, dtype = coef[active], np.result_type(design, coef)
    by_columns = design.flags.f_contiguous and not design.flags.c_contiguous
    is_converted = design.dtype != dtype        # entries that are not read need no conversion either
    gathers = len(active) * (2 if by_columns or is_converted else LINE) < n_features
    if gathers and by_columns and n_samples >= MIN_ROWS_BY_COLUMN:
        return _by_columns(design, active, values)
    if not gathers and not is_converted:
        return design @ coef
    product = np.zeros(n_samples, dtype)
    for start in range(0, n_samples, BLOCK_ROWS):
        block = design[start:start + BLOCK_ROWS]
        product[start:start + BLOCK_ROWS] = block.take(active, axis=1) @ values if gathers else block @ coef
    return product


def _by_columns(design: np.ndarray, active: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The sum of the columns, one after the other, in blocks of rows."""
    product = np.zeros(len(design), np.result_type(design, values))
    for start in range(0, len(design), BLOCK_ROWS):
        block, total = design[start:start + BLOCK_ROWS], product[start:start + BLOCK_ROWS]
        for j, value in zip(active.tolist(), values, strict=True):
            total += block[:, j] * value
    return product


def _sparse_product(design: Any, coef: np.ndarray) -> np.ndarray:
    """Of CSC, only the active columns are read; adding products with 0 would not change a bit."""
    active = np.flatnonzero(coef)
    if design.format == "csc" and 2 * len(active) < design.shape[1]:
        design, coef = design[:, active], coef[active]
    return np.asarray(design @ coef)
