# Lives here: cells of columns of known kinds, parsed; missing and infinite values. Independent of: files, fits.
"""Numeric columns as one matrix, other columns as text, and errors that name the first odd cell."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.tables import cells
from lassocore.tables.column_kinds import first_non_number, remedies_for
from lassocore.tables.columns import BOOL, NUMERIC, Column, TableError, count, shown
from lassocore.tables.reading import Reading


@dataclass(frozen=True)
class Parsed:
    """Numeric columns as a matrix, NaN where a value is missing, and other columns as a polars frame of text."""

    numeric: Sequence[str]
    values: np.ndarray
    words: Any

    def others(self, columns: Sequence[Column]) -> Sequence[Column]:
        """Those of the columns that are not numeric, in the order of `words`."""
        return [column for column in columns if column.kind != NUMERIC]

    def missing(self) -> np.ndarray:
        """Rows with a missing value."""
        import polars

        lacking = np.isnan(self.values).any(axis=1)
        if self.words.width and sum(self.words.null_count().row(0)):
            lacking |= self.words.select(polars.any_horizontal(polars.all().is_null())).to_series().to_numpy()
        return lacking

    def refuse_missing(self, path: Path | str, remedy: str) -> None:
        """Raise an error that names the first column with missing values."""
        per_column = np.isnan(self.values).sum(axis=0)
        for k, name in enumerate(self.numeric):
            if per_column[k]:
                self._refuse(name, np.isnan(self.values[:, k]), path, remedy)
        for column in self.words:
            if column.null_count():
                self._refuse(column.name, column.is_null().to_numpy(), path, remedy)

    @staticmethod
    def _refuse(name: str, lacking: np.ndarray, path: Path | str, remedy: str) -> None:
        raise TableError(f"column {name!r} of {path} has {count(int(lacking.sum()), 'missing value')}, first in row "
                         f"{int(lacking.argmax()) + 1}; remove or impute them, {remedy}")

    def rows(self, selected: np.ndarray) -> Parsed:
        """The rows that a mask selects."""
        import polars

        words = self.words.filter(polars.Series(selected)) if self.words.width else self.words
        return Parsed(self.numeric, np.asfortranarray(self.values[selected]), words)

    def refuse_infinite(self, path: Path | str) -> None:
        """Raise an error that names the first column with an infinite value."""
        if np.isfinite(self.values).all():
            return
        rows, places = np.nonzero(np.isinf(self.values))
        if len(rows) == 0:                      # values are missing, none is infinite
            return
        k = int(places.min())
        rows = rows[places == k]
        raise TableError(f"column {self.numeric[k]!r} of {path} has {count(len(rows), 'infinite value')}, first in row "
                         f"{rows[0] + 1}; remove or replace them")


def parse(frame: Any, numeric: Sequence[str], others: dict[str, str], reading: Reading, path: Path | str) -> Parsed:
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


def _numeric_values(frame: Any, reading: Reading, path: Path | str) -> np.ndarray:
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


def _as_float(name: str, dtype: Any, reading: Reading, path: Path | str) -> Any:
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


def _refuse_unreadable(column: Any, reading: Reading, path: Path | str) -> None:
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
