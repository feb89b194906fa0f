# Lives here: numbers and categories -> one matrix, dense or sparse. Independent of: files, what cells looked like.
"""One-hot encoding: numeric columns as they are, then a 0/1 feature for each category of each further column."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lassocore.cli.columns import NUMERIC, Column, TableError

MIN_SPARSE_LEVELS = 50      # with fewer 0/1 features a dense matrix is small anyway
MAX_SPARSE_DENSITY = 0.25


def categories_of(words: Any) -> dict[str, tuple[str, ...]]:
    """The sorted distinct values of each text column of a polars frame."""
    import polars

    if words.width == 0:
        return {}
    found = words.select(polars.all().drop_nulls().unique().sort().implode())
    return {name: tuple(held[0]) for name, held in found.to_dict(as_series=False).items()}


def codes_of(words: Any, columns: Sequence[Column]) -> np.ndarray:
    """Positions among the categories of each column, -1 where a value is none of them; (n_rows, n_columns)."""
    import polars

    codes = np.empty((words.height, len(columns)), dtype=np.int32, order="F")
    if not columns:
        return codes
    levels = {held: polars.Enum(held) for held in {column.categories for column in columns}}
    coded = words.select([polars.col(column.name).cast(levels[column.categories], strict=False).to_physical()
                          for column in columns])
    for k, column in enumerate(coded):
        codes[:, k] = (column.cast(polars.Int64).fill_null(-1) if column.null_count() else column).to_numpy()
    return codes


def assemble(values: np.ndarray, codes: np.ndarray, columns: Sequence[Column]) -> Any:
    """The matrix of numeric values and coded categories: Fortran order, or CSC where 0/1 features abound."""
    sizes = [len(column.categories) for column in columns if column.kind != NUMERIC]
    n_samples, n_numeric = values.shape
    if not sizes:
        return values
    starts = n_numeric + np.cumsum([0, *sizes])
    n_features = int(starts[-1])
    seen = codes >= 0
    if sum(sizes) > MIN_SPARSE_LEVELS and len(columns) < MAX_SPARSE_DENSITY * n_features:
        from scipy import sparse

        features = (codes + (starts[:-1] - n_numeric))[seen]        # row by row, so that only SciPy's one pass sorts
        row_ends = np.concatenate([[0], np.cumsum(seen.sum(axis=1))])
        indicators = sparse.csr_array((np.ones(len(features)), features, row_ends),
                                      shape=(n_samples, n_features - n_numeric))
        return sparse.hstack([sparse.csc_array(values), indicators.tocsc()], format="csc")
    X = np.zeros((n_samples, n_features), order="F")
    X[:, :n_numeric] = values
    rows, places = np.nonzero(seen)
    X[rows, starts[places] + codes[rows, places]] = 1.0
    return X


def feature_names_of(columns: Sequence[Column], path: Any) -> tuple[str, ...]:
    """The names of all features, which must be distinct."""
    maker: dict[str, str] = {}
    for column in columns:
        for name in column.feature_names:
            if name in maker:
                raise TableError(f"columns {maker[name]!r} and {column.name!r} of {path} both give a feature {name!r}; "
                                 "rename one of them")
            maker[name] = column.name
    return tuple(maker)
