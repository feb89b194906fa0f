# Lives here: numbers and categories -> one matrix, dense or sparse. Independent of: files, formats of cells.
"""One-hot encoding: numeric columns as they are, then a 0/1 feature for each category of each further column."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lassocore.tables.columns import NUMERIC, Column, TableError

MIN_SPARSE_FEATURES = 50      # 0/1; with fewer, a dense matrix is small anyway
MAX_SPARSE_DENSITY = 0.25


def distinct_cells(words: Any) -> Any:
    """The sorted distinct values of each text column, as a frame with one row of lists."""
    import polars

    cells = polars.all().drop_nulls() if any(map(any, words.null_count().rows())) else polars.all()
    return words.select(cells.unique().sort().implode())


def codes_of(words: Any, columns: Sequence[Column]) -> np.ndarray:
    """Positions among the categories of each column, -1 for other values; (n_rows, n_columns)."""
    import polars
    from polars import selectors

    if not columns:
        return np.empty((words.height, 0), dtype=np.int32)
    alike: dict[tuple[str, ...], list[str]] = {}
    for column in columns:
        alike.setdefault(column.categories, []).append(column.name)
    coded = words.select([selectors.by_name(names).cast(polars.Enum(categories), strict=False).to_physical()
                          for categories, names in alike.items()])
    codes = coded[:, [column.name for column in columns]].to_numpy(order="fortran")
    if codes.dtype.kind == "f":             # polars returns NaN for missing values
        codes = np.where(np.isnan(codes), -1, codes)
    return codes.astype(np.int32)


def feature_matrix(values: np.ndarray, codes: np.ndarray, columns: Sequence[Column]) -> Any:
    """The matrix of numeric values and coded categories: Fortran order, or CSC with many 0/1 features."""
    sizes = [len(column.categories) for column in columns if column.kind != NUMERIC]
    n_samples, n_numeric = values.shape
    if not sizes:
        return values
    starts = n_numeric + np.cumsum([0, *sizes])
    n_features = int(starts[-1])
    seen = codes >= 0
    if sum(sizes) > MIN_SPARSE_FEATURES and len(columns) < MAX_SPARSE_DENSITY * n_features:
        from scipy import sparse

        features = (codes + (starts[:-1] - n_numeric))[seen]        # row by row, so that only SciPy's one pass sorts
        row_ends = np.concatenate([[0], np.cumsum(seen.sum(axis=1))])
        indicators = sparse.csr_array((np.ones(len(features)), features, row_ends),
                                      shape=(n_samples, n_features - n_numeric))
        return sparse.hstack([sparse.csc_array(values), indicators.tocsc()], format="csc")
    X = np.zeros((n_samples, n_features), order="F")
    X[:, :n_numeric] = values
    places, rows = np.nonzero(seen.T)
    X[rows, starts[places] + codes[rows, places]] = 1.0
    return X


def feature_names_of(columns: Sequence[Column], path: Any) -> tuple[str, ...]:
    """The names of all features; an error unless they are distinct."""
    maker: dict[str, str] = {}
    for column in columns:
        for name in column.feature_names:
            if name in maker:
                raise TableError(f"columns {maker[name]!r} and {column.name!r} of {path} both give a feature {name!r}; "
                                 "rename one of them")
            maker[name] = column.name
    return tuple(maker)
