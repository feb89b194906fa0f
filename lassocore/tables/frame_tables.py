# Lives here: data frames -> matrices of a fit or a prediction, missing values. Independent of: fits.
"""Columns of CSV and Parquet files as numbers, at the fit and in later files, which are read in the same way."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.tables import cells
from lassocore.tables.column_kinds import ColumnOptions, decide_kinds, first_non_number, remedies_for
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
from lassocore.tables.reading import ColumnChoice, Reading, expand


@dataclass(frozen=True)
class Parsed:
    """Numeric columns as a matrix, NaN where a value is missing, and other columns as a polars frame of text."""

    numeric: Sequence[str]
    values: np.ndarray
    words: Any

    def missing(self) -> np.ndarray:
        """Rows with a missing value."""
        import polars

        lacking = np.isnan(self.values).any(axis=1)
        if self.words.width and sum(self.words.null_count().row(0)):
            lacking |= self.words.select(polars.any_horizontal(polars.all().is_null())).to_series().to_numpy()
        return lacking

    def refuse_missing(self, path: Path, remedy: str) -> None:
        """Raise an error that names the first column with missing values."""
        per_column = np.isnan(self.values).sum(axis=0)
        for k, name in enumerate(self.numeric):
            if per_column[k]:
                self._refuse(name, np.isnan(self.values[:, k]), path, remedy)
        for column in self.words:
            if column.null_count():
                self._refuse(column.name, column.is_null().to_numpy(), path, remedy)

    @staticmethod
    def _refuse(name: str, lacking: np.ndarray, path: Path, remedy: str) -> None:
        raise TableError(f"column {name!r} of {path} has {count(int(lacking.sum()), 'missing value')}, first in row "
                         f"{int(lacking.argmax()) + 1}; remove or impute them, {remedy}")

    def rows(self, selected: np.ndarray) -> Parsed:
        """The selected rows."""
        import polars

        words = self.words.filter(polars.Series(selected)) if self.words.width else self.words
        return Parsed(self.numeric, np.asfortranarray(self.values[selected]), words)

    def refuse_infinite(self, path: Path) -> None:
        """Raise an error that names the first column with an infinite value."""
        if np.isfinite(self.values).all():
            return
        rows, places = np.nonzero(np.isinf(self.values))
        k = int(places.min())
        rows = rows[places == k]
        raise TableError(f"column {self.numeric[k]!r} of {path} has {count(len(rows), 'infinite value')}, first in row "
                         f"{rows[0] + 1}; remove or replace them")


def parse(frame: Any, numeric: Sequence[str], others: dict[str, str], reading: Reading, path: Path) -> Parsed:
    """The values of columns of known kinds; others maps the columns that are not numeric to their kinds."""
    import polars
    from polars import selectors

    values = _numeric_values(frame[:, numeric], reading, path) if numeric else np.empty((frame.height, 0))
    words = frame[:, [*others]].with_columns(
        cells.truths(selectors.boolean().cast(polars.String)),
        (~selectors.boolean() & ~selectors.string()).cast(polars.String))
    truths = [selectors.by_name(name) for name, kind in others.items() if kind == BOOL]
    if truths:
        words = words.with_columns([polars.coalesce(cells.truths(cell), cell) for cell in truths])
    return Parsed(numeric, values, words.with_columns(_without(polars.all(), reading.na)) if reading.na else words)


def _without(cell: Any, na: Sequence[str]) -> Any:
    import polars

    return polars.when(~cell.is_in(list(na))).then(cell) if na else cell


def _numeric_values(frame: Any, reading: Reading, path: Path) -> np.ndarray:
    """float64 in Fortran order; text that is not a number is refused."""
    import polars
    from polars import selectors

    schema = frame.select(~selectors.by_dtype(polars.Float64)).schema
    if schema:
        parsed = frame.with_columns([_as_float(name, dtype, reading, path) for name, dtype in schema.items()])
        lost = [name for name, before, after in zip(
            frame.columns, frame.null_count().row(0), parsed.null_count().row(0), strict=True) if after > before]
        if lost:
            _refuse_unreadable(frame[lost[0]].cast(polars.String), reading, path)
        frame = parsed
    values = np.asfortranarray(frame.to_numpy(order="fortran"), dtype=np.float64)
    absent = [float(cell) for cell in reading.na if _is_number(cell)]
    if absent and np.isin(values, absent).any():
        values = np.where(np.isin(values, absent), np.nan, values)
    return np.asfortranarray(values)


def _is_number(text: str) -> bool:
    try:
        return np.isfinite(float(text))
    except ValueError:
        return False


def _as_float(name: str, dtype: Any, reading: Reading, path: Path) -> Any:
    import polars

    column, is_date = polars.col(name), dtype in (polars.Date, polars.Datetime)
    if name in reading.dates:
        spelled = _without(column.cast(polars.String), reading.na)
        return (cells.days_of(column) if is_date else cells.days(spelled, reading)).alias(name)
    if dtype == polars.String:
        return cells.numbers(_without(column, reading.na), reading).alias(name)
    if dtype == polars.Null or dtype.is_numeric():
        return column.cast(polars.Float64)
    raise TableError(f"column {name!r} of {path} holds {dtype} values; the model was fitted on numbers there")


def _refuse_unreadable(column: Any, reading: Reading, path: Path) -> None:
    """Raise an error that names the first text cell that is not a number or a date."""
    import polars

    name = column.name
    spelled = column.to_frame().select(_without(polars.col(name), reading.na)).to_series()
    if name in reading.dates:
        found = spelled.to_frame().select(cells.days(polars.col(name), reading)).to_series()
        odd = spelled.is_not_null() & found.is_null()
        form = "an ISO 8601 date" if reading.date_format is None else f"a date of the format {reading.date_format!r}"
        raise TableError(f"column {name!r} of {path} has {shown(spelled[odd.arg_max()])} in row {odd.arg_max() + 1}, "
                         f"which is not {form}; give --date-format, such as %d.%m.%Y, or --na for missing dates")
    row, n_odd = first_non_number(spelled, reading)
    raise TableError(f"column {name!r} of {path} has {count(n_odd, 'cell')} that {'is' if n_odd == 1 else 'are'} no "
                     f"number, first {shown(spelled[row])} in row {row + 1}, and the model was fitted on numbers there;"
                     f" give {', or '.join(remedies_for(spelled[row], reading))}")


def frame_training(
    path: Path, target: str | None, weights: str | None, reading: Reading, choice: ColumnChoice
) -> TrainingTable:
    """Features, target and weights of a file."""
    if target is None:
        raise TableError(f"--target is missing: name the column of {path} that is to be explained")
    frame = read_frame(path, reading, (*choice.text, *reading.dates))
    reading, choice = _by_name(reading, choice, frame.columns)
    roles = {name: role for name, role in ((target, "target"), (weights, "weights")) if name is not None}
    _require_columns(frame, [*roles, *choice.features, *choice.drop, *choice.text, *reading.dates], path)
    features = _feature_columns(frame.columns, roles, choice, path)
    known = _number_columns(frame, roles, path, reading)
    frame, kinds, distinct = decide_kinds(
        frame[:, features], path, reading, ColumnOptions(choice.text, choice.features))
    numeric = [name for name, kind in kinds.items() if kind == NUMERIC]
    others = {name: kind for name, kind in kinds.items() if kind != NUMERIC}
    parts, notes = _complete([parse(known, list(roles), {}, reading, path),
                              parse(frame, numeric, others, reading, path)], path, choice.missing)
    for part in parts:
        part.refuse_infinite(path)
    distinct_valid = not notes and not reading.na             # otherwise distinct cells may have been removed
    categories = _categories(parts[1].words, kinds, distinct if distinct_valid else distinct[:, []])
    columns = (*(Column(name, NUMERIC) for name in numeric),
               *(Column(name, kinds[name], categories[name]) for name in others))
    names = feature_names_of(columns, path)
    X = feature_matrix(parts[1].values, codes_of(parts[1].words, columns[len(numeric):]), columns)
    y, *given = parts[0].values.T.copy()
    return TrainingTable(X, y, given[0] if given else None, columns, names, reading=reading, notes=notes)


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


def _number_columns(frame: Any, roles: dict[str, str], path: Path, reading: Reading) -> Any:
    """The target and the weights as a numeric frame."""
    import polars

    decided = {}
    for name, role in roles.items():
        column, kinds, _ = decide_kinds(frame[:, [name]], path, reading, ColumnOptions(role=role))
        if kinds[name] != NUMERIC:
            content = {TEXT: "text", BOOL: "true and false"}[kinds[name]]
            raise TableError(f"the {role} column {name!r} of {path} holds {content}; it must be numeric")
        decided[name] = column[name]
    return polars.DataFrame(decided)


def _categories(words: Any, kinds: dict[str, str], distinct: Any) -> dict[str, tuple[str, ...]]:
    """The categories of each text column; distinct holds those of some columns already."""
    known = {name: None for name in distinct.columns if kinds[name] == TEXT}
    found = distinct_cells(words[:, [name for name in words.columns if name not in known]])
    return {name: tuple(cells_of) for part in (distinct[:, [*known]], found) for row in part.rows()
            for name, cells_of in zip(part.columns, row, strict=True)}


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


def _require_columns(frame: Any, names: Sequence[str], path: Path) -> None:
    have = set(frame.columns)
    missing = [name for name in names if name not in have]
    if missing:
        hint = "; name the separator with --sep" if frame.width == 1 else ""
        raise TableError(f"{path} has no column {listing(missing)}; it has {listing(frame.columns)}{hint}")


def frame_features(path: Path, wanted: ModelFeatures, reading: Reading, missing: str) -> PredictionTable:
    """The matrix of a further file, read in the same way as the training file."""
    columns: Sequence[Column] = wanted.columns or ()
    others = {column.name: column.kind for column in columns if column.kind != NUMERIC}
    numeric = [column.name for column in columns if column.kind == NUMERIC]
    frame = read_frame(path, reading, (*others, *reading.dates), lists=False)
    _require_columns(frame, [column.name for column in columns], path)
    parsed = parse(frame, numeric, others, reading, path)
    lacking = parsed.missing()
    if missing == "error" and lacking.any():
        parsed.refuse_missing(path, "or predict NaN for such rows with --missing nan")
    parsed = Parsed(numeric, np.where(lacking[:, None], 0.0, parsed.values) if lacking.any() else parsed.values,
                    parsed.words)
    parsed.refuse_infinite(path)
    codes = codes_of(parsed.words, [column for column in columns if column.kind != NUMERIC])
    return PredictionTable(feature_matrix(parsed.values, codes, columns), _unseen(parsed.words, codes, path), lacking)


def _unseen(words: Any, codes: np.ndarray, path: Path) -> list[str]:
    """A note for each column with values that did not occur in training."""
    notes = []
    for k in np.flatnonzero((codes < 0).any(axis=0)):
        unseen = (codes[:, k] < 0) & words.to_series(int(k)).is_not_null().to_numpy()
        if unseen.any():
            first = int(unseen.argmax())
            notes.append(f"column {words.columns[k]!r} of {path} has {count(int(unseen.sum()), 'value')} not seen in "
                         f"training, first {shown(words.to_series(int(k))[first])} in row {first + 1}; all its "
                         "features are 0 there")
    return notes
