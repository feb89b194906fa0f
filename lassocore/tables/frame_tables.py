# Lives here: data frames -> matrices of a fit or a prediction, missing values. Independent of: fits.
"""Columns of CSV and Parquet files as numbers, at the fit and in later files, which are read in the same way."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.tables.column_kinds import ColumnOptions, decide_kinds
from lassocore.tables.columns import (
    BOOL,
    NUMERIC,
    TEXT,
    Column,
    ModelFeatures,
    PredictionTable,
    TableError,
    TrainingTable,
    count,
    listing,
    shown,
)
from lassocore.tables.frame_files import read_frame
from lassocore.tables.one_hot import codes_of, distinct_cells, feature_matrix, feature_names_of
from lassocore.tables.parsed_cells import Parsed, parse
from lassocore.tables.reading import ColumnChoice, Reading, expand


def frame_training(
    path: Path, target: str | None, weights: str | None, reading: Reading, choice: ColumnChoice
) -> TrainingTable:
    """Features, target and weights of a file."""
    if target is None:
        raise TableError(f"--target is missing: name the column of {path} that is to be explained")
    frame = read_frame(path, reading, (*choice.text, *reading.dates))
    reading, choice = _by_name(reading, choice, frame.columns)
    roles = {name: role for name, role in ((target, "target"), (weights, "weights")) if name is not None}
    require_columns(frame, [*roles, *choice.features, *choice.drop, *choice.text, *reading.dates], path)
    features = _feature_columns(frame.columns, roles, choice, path)
    known = number_columns(frame, roles, path, reading)
    frame, kinds, distinct = decide_kinds(
        frame[:, features], path, reading, ColumnOptions(choice.text, choice.features))
    parts, notes = _complete([parse(known, list(roles), {}, reading, path),
                              parse_features(frame, kinds, reading, path)], path, choice.missing)
    for part in parts:
        part.refuse_infinite(path)
    distinct_valid = not notes and not reading.na             # otherwise distinct cells may have been removed
    columns = columns_of(parts[1], kinds, distinct if distinct_valid else distinct[:, []])
    names = feature_names_of(columns, path)
    X = feature_matrix(parts[1].values, codes_of(parts[1].words, parts[1].others(columns)), columns)
    y, *given = parts[0].values.T.copy()
    return TrainingTable(X, y, given[0] if given else None, columns, names, reading=reading, notes=notes,
                         cells=parts[1])


def _by_name(reading: Reading, choice: ColumnChoice, names: Sequence[str]) -> tuple[Reading, ColumnChoice]:
    """The options with their lists of columns expanded."""
    features, drop, text = (expand(given, names) for given in (choice.features, choice.drop, choice.text))
    return (replace(reading, dates=expand(reading.dates, names)),
            replace(choice, features=features, drop=drop, text=text))


def _feature_columns(names: Sequence[str], roles: dict[str, str], choice: ColumnChoice, path: Path) -> list[str]:
    for option, given in (("--features", choice.features), ("--drop", choice.drop), ("--text", choice.text)):
        for name in given:
            if name in roles:
                raise TableError(f"{option} {name!r} is the {roles[name]} column; leave it out there")
    left_out = {*roles, *choice.drop}
    features = [name for name in choice.features or names if name not in left_out]
    if not features:
        raise TableError(f"{path} has no columns besides {listing([*roles, *choice.drop])}; there is nothing to fit")
    return features


def number_columns(frame: Any, roles: dict[str, str], path: Path, reading: Reading) -> Any:
    """The target and the weights as a numeric frame."""
    import polars

    decided = {}
    for name, role in roles.items():
        column, kinds, _ = decide_kinds(frame[:, [name]], path, reading, ColumnOptions(role=role))
        if kinds[name] != NUMERIC:
            content = {TEXT: "text", BOOL: "true and false"}[kinds[name]]
            raise TableError(f"the {role} column {name!r} of {path} holds {content}; it must be numeric: name another "
                             "column, or write numbers in this one, such as 0 and 1 for two classes")
        decided[name] = column[name]
    return polars.DataFrame(decided)


def parse_features(frame: Any, kinds: dict[str, str], reading: Reading, path: Path | str) -> Parsed:
    """The cells of feature columns of known kinds."""
    return parse(frame, [name for name, kind in kinds.items() if kind == NUMERIC],
                 {name: kind for name, kind in kinds.items() if kind != NUMERIC}, reading, path)


def columns_of(parsed: Parsed, kinds: dict[str, str], distinct: Any) -> tuple[Column, ...]:
    """The columns with their categories, numeric ones first; distinct holds the categories of some columns already."""
    words = parsed.words
    known = {name: None for name in distinct.columns if kinds[name] == TEXT}
    found = distinct_cells(words[:, [name for name in words.columns if name not in known]])
    categories = {name: tuple(cells_of) for part in (distinct[:, [*known]], found) for row in part.rows()
                  for name, cells_of in zip(part.columns, row, strict=True)}
    return (*(Column(name, NUMERIC) for name in parsed.numeric),
            *(Column(name, kinds[name], categories[name]) for name in words.columns))


def _complete(parts: list[Parsed], path: Path, rule: str) -> tuple[list[Parsed], tuple[str, ...]]:
    """Rows without missing values in any part, by the rule of --missing, and a note."""
    lacking = np.logical_or.reduce([part.missing() for part in parts])
    n_lacking = int(lacking.sum())
    if n_lacking == 0:
        return parts, ()
    if rule == "error":
        for part in parts:
            part.refuse_missing(path, "or leave such rows out with --missing drop-rows")
    if n_lacking == len(lacking):
        raise TableError(f"every row of {path} has a missing value; leave columns out with --drop")
    note = f"{count(n_lacking, 'row')} of {len(lacking)} left out, having missing values"
    return [part.rows(~lacking) for part in parts], (note,)


def require_columns(frame: Any, names: Sequence[str], path: Path) -> None:
    have = set(frame.columns)
    missing = [name for name in names if name not in have]
    if missing:
        hint = "; name the separator with --sep" if frame.width == 1 else ""
        raise TableError(f"{path} has no column {listing(missing)}; it has {listing(frame.columns)}{hint}")


def frame_features(path: Path, wanted: ModelFeatures, reading: Reading, missing: str) -> PredictionTable:
    """The matrix of a further file, read in the same way as the training file."""
    columns: Sequence[Column] = wanted.columns or ()
    kinds = {column.name: column.kind for column in columns}
    as_text = [name for name, kind in kinds.items() if kind != NUMERIC]
    frame = read_frame(path, reading, (*as_text, *reading.dates), lists=False)
    require_columns(frame, [*kinds], path)
    parsed = parse_features(frame, kinds, reading, path)
    lacking = parsed.missing()
    if missing == "error" and lacking.any():
        parsed.refuse_missing(path, "or predict NaN for such rows with --missing nan")
    parsed = Parsed(parsed.numeric, np.where(lacking[:, None], 0.0, parsed.values) if lacking.any() else parsed.values,
                    parsed.words)
    parsed.refuse_infinite(path)
    if wanted.preparation is not None:
        X, codes = wanted.preparation.apply(parsed)
    else:
        codes = codes_of(parsed.words, parsed.others(columns))
        X = feature_matrix(parsed.values, codes, columns)
    pooled = () if wanted.preparation is None else wanted.preparation.pooled
    return PredictionTable(X, unseen_values(parsed.words, codes, path, pooled), lacking)


def unseen_values(words: Any, codes: np.ndarray, path: Path | str, pooled: Sequence[str] = ()) -> list[str]:
    """A note for each column with values that did not occur in training; those of pooled columns count as rare."""
    notes = []
    for k in np.flatnonzero((codes < 0).any(axis=0)):
        unseen = (codes[:, k] < 0) & words.to_series(int(k)).is_not_null().to_numpy()
        if unseen.any():
            first, name = int(unseen.argmax()), words.columns[k]
            notes.append(f"column {name!r} of {path} has {count(int(unseen.sum()), 'value')} not seen in training, "
                         f"first {shown(words.to_series(int(k))[first])} in row {first + 1}; "
                         + ("they count as rare ones" if name in pooled else "all its features are 0 there"))
    return notes
