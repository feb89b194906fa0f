# Lives here: frames with the columns of a data file -> features of a model. Independent of: files, fits.
"""Frames that have not been encoded: text and bool columns become the 0/1 features that the model knows."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lassocore.tables.columns import Column, TableError, listing
from lassocore.tables.frame_tables import parse_features
from lassocore.tables.frames import as_polars
from lassocore.tables.one_hot import codes_of, feature_matrix
from lassocore.tables.preparation import Preparation
from lassocore.tables.reading import Reading


class FrameFeatures(NamedTuple):
    """The features of a frame."""

    X: Any                          # NaN nowhere
    unseen: dict[str, int]          # rows with a category that the training data did not have, by column
    missing: dict[str, int]         # rows with a missing value, by column
    kept: np.ndarray                # rows without a missing value, which X has


def has_file_columns(X: Any, columns: Sequence[Column], feature_names: Sequence[str] | None) -> bool:
    """Whether X is a frame with columns of the file, maybe not all of them, rather than with the encoded features."""
    names, features = set(names_in(X)), set(feature_names or ())
    file = {column.name for column in columns}
    if file == features:
        return False                # both are the same
    return file <= names or not features <= names and bool((file - features) & names)


def names_in(X: Any) -> list[str]:
    """Names of the columns of a pandas or polars frame; none of all else."""
    names = getattr(X, "columns", None)
    return [] if names is None or not hasattr(X, "dtypes") else [name for name in names if isinstance(name, str)]


def features_of_frame(frame: Any, columns: Sequence[Column], reading: Reading | None, allow_missing: bool = False,
                      preparation: Preparation | None = None) -> FrameFeatures:
    """The features of a pandas or polars frame; rows with missing values are refused or, if allowed, left out."""
    kept = _as_polars(frame, columns)
    try:
        parsed = parse_features(kept, {column.name: column.kind for column in columns}, reading or Reading(), "X")
        counts = np.isnan(parsed.values).sum(axis=0).tolist()
        counts += parsed.words.null_count().row(0) if parsed.words.width else []
        missing = {name: int(n) for name, n in zip([*parsed.numeric, *parsed.words.columns], counts, strict=True) if n}
        if missing and not allow_missing:
            parsed.refuse_missing("X", "or leave such rows out")
        kept = ~parsed.missing()
        if missing:
            parsed = parsed.rows(kept)
        parsed.refuse_infinite("X")
    except TableError as error:
        raise ValueError(str(error)) from None
    words = parsed.others(columns)
    if preparation is None:
        codes = codes_of(parsed.words, words)
        X = feature_matrix(parsed.values, codes, columns)
    else:
        X, codes = preparation.apply(parsed)
    unseen = {column.name: int(n) for column, n in zip(words, (codes < 0).sum(axis=0), strict=True) if n}
    return FrameFeatures(X, unseen, missing, kept)


def _as_polars(frame: Any, columns: Sequence[Column]) -> Any:
    """The columns of the model as a polars frame."""
    names = names_in(frame)
    lacking = [column.name for column in columns if column.name not in names]
    if lacking:
        raise ValueError(f"X has no column {listing(lacking)}; it has {listing(names)}")
    return as_polars(frame[[column.name for column in columns]], "a model with text columns")
