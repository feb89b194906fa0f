# Lives here: the product of a design with sparse coefficients. Independent of: models, how X is checked.
"""X @ w without the columns whose coefficients are 0."""
from __future__ import annotations

from typing import Any

import numpy as np

BLOCK_ROWS = 8192           # of a block that stays in cache
LINE = 8                    # numbers of a cache line: fewer active columns leave lines of a row unread
MIN_ROWS_BY_COLUMN = 512    # with fewer rows, the loop over columns costs more than a copy of them


def active_product(design: Any, coef: np.ndarray) -> np.ndarray:
    """design @ coef for a vector of coefficients; the entries of other columns than the active ones are not read.

    The design is dense or sparse and finite. Where most columns are active, or the rows of X lie in memory so that all
    of it is read anyway, it is one product with all columns. Which of the ways is taken depends on shapes, layout and
    the number of active columns alone, so equal arguments give equal bits.
    """
    if not isinstance(design, np.ndarray):
        return _sparse_product(design, coef)
    n_samples, n_features = design.shape
    active = np.flatnonzero(coef)
    by_columns = design.flags.f_contiguous and not design.flags.c_contiguous
    if len(active) * (2 if by_columns else LINE) >= n_features:
        return design @ coef
    values = coef[active]
    if by_columns and n_samples >= MIN_ROWS_BY_COLUMN:
        return _by_columns(design, active, values)
    product = np.zeros(n_samples, np.result_type(design, coef))
    for start in range(0, n_samples, BLOCK_ROWS):
        product[start:start + BLOCK_ROWS] = design[start:start + BLOCK_ROWS].take(active, axis=1) @ values
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
