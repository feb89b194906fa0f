# Lives here: rows of a further file as a table, with the target if it is there. Independent of: models, predictions.
"""New rows that are compared with those of a fit: missing values stay missing, so that they can be counted."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.tables.columns import NUMERIC, Column, ModelFeatures, TableError
from lassocore.tables.frame_files import read_frame
from lassocore.tables.frame_tables import number_columns, parse_features, require_columns
from lassocore.tables.parsed_cells import parse
from lassocore.tables.read_table import LABEL, NAMED, format_of, read_features, read_training
from lassocore.tables.reading import Reading


def read_new_rows(
    path: Path, wanted: ModelFeatures, reading: Reading, target: str | None
) -> tuple[Any, np.ndarray | None]:
    """(the columns of the model as a polars frame, or the matrix of a file without columns; the target or None)."""
    kind = format_of(path)
    if wanted.columns is None or kind not in NAMED:
        X = read_features(path, wanted, reading).X
        if target is None:
            return X, None
        if kind == "svmlight" and target != LABEL:
            raise TableError(f"--target {target!r} is not in {path}; svmlight files have the target {LABEL!r}")
        return X, read_training(path, None if kind == "svmlight" else target, None).y
    return _named_rows(path, wanted.columns, reading, target)


def _named_rows(
    path: Path, columns: Sequence[Column], reading: Reading, target: str | None
) -> tuple[Any, np.ndarray | None]:
    import polars

    kinds = {column.name: column.kind for column in columns}
    as_text = [name for name, kind in kinds.items() if kind != NUMERIC]
    frame = read_frame(path, reading, (*as_text, *reading.dates), lists=False)
    require_columns(frame, [*kinds, *([] if target is None else [target])], path)
    y = None
    if target is not None:
        known = parse(number_columns(frame, {target: "target"}, path, reading), [target], {}, reading, path)
        known.refuse_missing(path, "or leave out --target")
        known.refuse_infinite(path)
        y = known.values[:, 0].copy()
    parsed = parse_features(frame, kinds, reading, path)
    parsed.refuse_infinite(path)
    numbers = [polars.Series(name, parsed.values[:, k], nan_to_null=True) for k, name in enumerate(parsed.numeric)]
    return polars.DataFrame([*numbers, *parsed.words.get_columns()]), y
