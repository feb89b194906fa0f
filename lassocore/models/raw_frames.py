# Lives here: frames with the columns of a data file -> features of a model. Independent of: files, fits.
"""Frames that have not been encoded: text and bool columns become the 0/1 features that the model knows."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lassocore.tables.columns import NUMERIC, Column, TableError, listing
from lassocore.tables.frame_tables import parse
from lassocore.tables.one_hot import codes_of, feature_matrix
from lassocore.tables.reading import Reading


class FrameFeatures(NamedTuple):
    """The features of a frame."""

    X: Any                          # NaN nowhere
    unseen: dict[str, int]          # rows with a category that the training data did not have, by column
    missing: dict[str, int]         # rows with a missing value, by column
    kept: np.ndarray                # rows without a missing value, which X has


def has_file_columns(X: Any, columns: Sequence[Column]) -> bool:
    """Whether X is a frame with the columns of the file, rather than with those of the encoded features."""
    if all(column.kind == NUMERIC for column in columns):
        return False                # both are the same
    return {column.name for column in columns} <= set(names_in(X))


def names_in(X: Any) -> list[str]:
    """Names of the columns of a pandas or polars frame; none of all else."""
    names = getattr(X, "columns", None)
    return [] if names is None or not hasattr(X, "dtypes") else [name for name in names if isinstance(name, str)]


def features_of_frame(frame: Any, columns: Sequence[Column], reading: Reading | None, allow_missing: bool = False
                      ) -> FrameFeatures:
    """The features of a pandas or polars frame; rows with missing values are refused or, if allowed, left out."""
    chosen, name = _as_polars(frame, columns), Path("X")          # as errors call the frame
    numeric = [column.name for column in columns if column.kind == NUMERIC]
    words = [column for column in columns if column.kind != NUMERIC]
    try:
        parsed = parse(chosen, numeric, {column.name: column.kind for column in words}, reading or Reading(), name)
        counts = np.isnan(parsed.values).sum(axis=0).tolist()
        counts += parsed.words.null_count().row(0) if parsed.words.width else []
        missing = {name: int(n) for name, n in zip([*numeric, *parsed.words.columns], counts, strict=True) if n}
        if missing and not allow_missing:
            parsed.refuse_missing(name, "or leave such rows out")
        kept = ~parsed.missing()
        if missing:
            parsed = parsed.rows(kept)
        parsed.refuse_infinite(name)
    except TableError as error:
        raise ValueError(str(error)) from None
    codes = codes_of(parsed.words, words)
    unseen = {column.name: int(n) for column, n in zip(words, (codes < 0).sum(axis=0), strict=True) if n}
    return FrameFeatures(feature_matrix(parsed.values, codes, columns), unseen, missing, kept)


def _as_polars(frame: Any, columns: Sequence[Column]) -> Any:
    """The columns of the model as a polars frame."""
    try:
        import polars
    except ImportError as error:
        raise ImportError("frames with text columns need polars, which is not installed; run python -m pip install "
                          "polars") from error
    names = names_in(frame)
    lacking = [column.name for column in columns if column.name not in names]
    if lacking:
        raise ValueError(f"X has no column {listing(lacking)}; it has {listing(names)}")
    if isinstance(frame, polars.DataFrame):
        return frame[:, [column.name for column in columns]]
    return polars.DataFrame([_series(polars, column, frame[column.name]) for column in columns])


def _series(polars: Any, column: Column, values: Any) -> Any:
    """A column of a pandas frame."""
    if column.kind == NUMERIC and values.dtype.kind in "fiub":
        return polars.Series(column.name, values.to_numpy(dtype=np.float64, na_value=np.nan))
    cells = [None if lacking else cell for cell, lacking in zip(values.tolist(), values.isna().tolist(), strict=True)]
    kinds = set(map(type, cells)) - {type(None)}
    if kinds <= {bool} or kinds <= {int, float, bool} and column.kind == NUMERIC:
        return polars.Series(column.name, cells)
    return polars.Series(column.name, [None if cell is None else str(cell) for cell in cells], dtype=polars.String)
