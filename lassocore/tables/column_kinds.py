# Lives here: the kinds of a frame's columns: numbers, text or truth values. Independent of: files, models.
"""Kinds of all columns of a frame. An ambiguous column is refused with the options that resolve it."""
from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.tables import cells
from lassocore.tables.columns import BOOL, MAX_QUOTED, NUMERIC, TEXT, TableError, count, listing, shown
from lassocore.tables.one_hot import distinct_cells
from lassocore.tables.reading import Reading

MIN_SHARE_ALIKE = 0.5       # of distinct cells, or of all cells, of one pattern: the column is ambiguous
MIN_SHARE_OF_NAMES = 0.9    # of distinct cells in a text column that names rows
MIN_ROW_NAMES = 10          # categories; with fewer, a table is small anyway
ROW_ID = r"(?i:(.*[ _.-])?(id|ids|uid|uuid|identifier))|.*[a-z](Id|ID)"
ROW_NAME = (r"^(?:(?i:|unnamed: ?\d+|\.\.\.\d+|_?index|row|row[ _.-]?(names?|ids?|numbers?|num|no|nr)|no\.?|nr\.?|#)"
            rf"|{ROW_ID})$")


@dataclass(frozen=True)
class Ambiguity:
    """Why a column is ambiguous, and the options that resolve it."""

    reason: str
    remedies: Sequence[str]


@dataclass(frozen=True)
class ColumnOptions:
    """Columns that the user declared as text, or selected by name."""

    as_text: Sequence[str] = ()
    by_name: Sequence[str] = ()
    role: str = ""              # of a column that is no feature: "target" or "weights"


def decide_kinds(
    frame: Any, path: Path | str, reading: Reading, options: ColumnOptions
) -> tuple[Any, dict[str, str], Any]:
    """(frame with numeric text converted, kinds, distinct cells of the undecided text columns)."""
    import polars

    kinds: dict[str, str] = {}
    ambiguous: dict[str, Ambiguity] = {}
    undecided, n_rows = [], frame.height
    for name, dtype, n_missing in zip(frame.columns, frame.dtypes, frame.null_count().row(0), strict=True):
        if name in options.as_text:
            kinds[name] = TEXT
        elif n_missing == n_rows:
            ambiguous[name] = Ambiguity("has no values", [drop(name)])
        elif name in reading.dates or dtype.is_numeric():
            kinds[name] = NUMERIC
        elif dtype == polars.String:
            undecided.append(name)
        else:
            kinds[name] = _kind_of_dtype(name, dtype, ambiguous)
    distinct = distinct_cells(frame[:, undecided])
    frame, found, ambiguous_text = _kinds_of_text(frame, distinct, reading)
    kinds.update(found)
    ambiguous.update(ambiguous_text)
    for name in _row_names(frame.columns):
        taken = kinds.get(name) != NUMERIC or options.role or name in options.by_name or name in reading.dates
        if not taken and _numbers_rows(name, frame):
            ambiguous[name] = Ambiguity("numbers the rows or names them",
                                        [drop(name), f"--features with {shlex.quote(name)} among them to keep it"])
    if ambiguous:
        raise TableError(_message([name for name in frame.columns if name in ambiguous], ambiguous, path, options.role))
    return frame, kinds, distinct


def drop(name: str) -> str:
    """The option that leaves a column out."""
    return f"--drop {shlex.quote(name)} to leave it out"


def as_categories(name: str) -> str:
    """The option that reads a column as text."""
    return f"--text {shlex.quote(name)} for a category of each value"


def _message(names: Sequence[str], ambiguous: dict[str, Ambiguity], path: Path | str, role: str) -> str:
    """The first ambiguity in full, and the names of further ambiguous columns."""
    ambiguity = ambiguous[names[0]]
    remedies = [remedy for remedy in ambiguity.remedies
                if not (role and remedy.startswith(("--drop", "--text", "--features")))]
    needs = f"; give {', or '.join(remedies)}" if remedies else f"; the {role} must be numeric"
    also = f" (in doubt as well: {listing(names[1:])})" if names[1:] else ""
    return f"{f'the {role} ' if role else ''}column {names[0]!r} of {path} {ambiguity.reason}{needs}{also}"


def _kind_of_dtype(name: str, dtype: Any, ambiguous: dict[str, Ambiguity]) -> str:
    """The kind of a column that is neither numeric nor text; it may be ambiguous."""
    import polars

    if dtype == polars.Boolean:
        return BOOL
    if isinstance(dtype, polars.Categorical | polars.Enum):
        return TEXT
    if dtype in (polars.Date, polars.Datetime):
        ambiguous[name] = Ambiguity("holds dates", [f"--dates {shlex.quote(name)} to make them days since 1970-01-01",
                                                    as_categories(name), drop(name)])
    else:
        ambiguous[name] = Ambiguity(f"holds {dtype} values, neither numbers nor text", [drop(name)])
    return TEXT


def _kinds_of_text(frame: Any, distinct: Any, reading: Reading) -> tuple[Any, dict[str, str], dict[str, Ambiguity]]:
    """(frame with numeric text converted, kinds, ambiguities) of text columns with given distinct cells."""
    from polars import selectors

    if distinct.width == 0:
        return frame, {}, {}
    kinds, ambiguous = {}, {}
    n_rows, n_missing = frame.height, frame[:, distinct.columns].null_count().row(0)
    for summary, n_empty in zip(_summaries(distinct, reading), n_missing, strict=True):
        name, n_distinct = summary["column"], summary["distinct"]
        kinds[name] = NUMERIC if summary["number"] == n_distinct else BOOL if summary["truth"] == n_distinct else TEXT
        ambiguity = _ambiguity(frame, n_rows - n_empty, summary, reading) if kinds[name] == TEXT else None
        ambiguous.update({} if ambiguity is None else {name: ambiguity})
    numeric = [name for name in distinct.columns if kinds[name] == NUMERIC]
    return frame.with_columns(cells.numbers(selectors.by_name(numeric), reading)), kinds, ambiguous


def _summaries(distinct: Any, reading: Reading) -> list[dict[str, Any]]:
    """For each column, the number of distinct cells and how many of them match each pattern."""
    import polars

    cell = polars.col("cell")
    distinct = distinct.unpivot(variable_name="column", value_name="cell").explode("cell").with_columns(
        **cells.patterns(cell, reading), truth=cells.truths(cell).is_not_null())
    units = distinct.filter((polars.col("unit") != "") & ~polars.col("date")).group_by("column", "unit").len().group_by(
        "column").agg(with_unit=polars.col("len").max())
    counted = distinct.group_by("column", maintain_order=True).agg(
        polars.len().alias("distinct"), polars.col("number", "date", "separated", "truth").sum())
    return counted.join(units, on="column", how="left", maintain_order="left").fill_null(0).to_dicts()


def _ambiguity(frame: Any, n_cells: int, summary: dict[str, Any], reading: Reading) -> Ambiguity | None:
    """Why a text column with n_cells present cells may not consist of categories, if so."""
    name, distinct = summary["column"], summary["distinct"]
    n_numbers = n_cells - first_non_number(frame[name], reading)[1] if summary["number"] else 0
    if summary["date"] >= MIN_SHARE_ALIKE * distinct:
        days = (f"--dates {shlex.quote(name)} to make them days since 1970-01-01 (with --date-format unless they are "
                "ISO 8601)")
        return Ambiguity(f"holds dates, {first_cell(frame[name])}", [days, as_categories(name), drop(name)])
    like_numbers = summary["number"] + summary["separated"] + summary["with_unit"]
    if like_numbers >= MIN_SHARE_ALIKE * distinct or n_numbers >= MIN_SHARE_ALIKE * n_cells:
        column = frame[name]
        odd, n_odd = first_non_number(column, reading)
        held = f"holds numbers except in {count(n_odd, 'cell')}" if n_numbers else "holds what look like numbers"
        return Ambiguity(f"{held}, first {shown(column[odd])} in row {odd + 1}",
                     [*remedies_for(column[odd], reading), as_categories(name), drop(name)])
    if distinct > MIN_ROW_NAMES and distinct >= MIN_SHARE_OF_NAMES * n_cells:
        return Ambiguity(f"has {distinct} different values in {n_cells} rows, as names of rows have, "
                     f"{first_cell(frame[name])}", [drop(name), as_categories(name)])
    return None


def first_cell(column: Any) -> str:
    """The first value and its row."""
    first = int((~column.is_null()).arg_max())
    return f"first {shown(column[first])} in row {first + 1}"


def first_non_number(column: Any, reading: Reading) -> tuple[int, int]:
    """(position of the first text cell that is not a number, number of such cells)."""
    import polars

    odd = column.to_frame().select(
        polars.first().is_not_null() & cells.numbers(polars.first(), reading).is_null()).to_series()
    return odd.arg_max(), int(odd.sum())


def remedies_for(cell: str, reading: Reading) -> list[str]:
    """Options by which the cell is read as a number or as missing."""
    import polars

    text = polars.col("cell")
    matches = polars.DataFrame({"cell": [cell]}).select(
        comma=text.str.contains(cells.COMMA), point=text.str.contains(cells.POINT),
        thousands=text.str.extract(cells.THOUSANDS), unit=cells.patterns(text, reading)["unit"]).row(0, named=True)
    remedies = []
    if matches["comma"] and reading.decimal == ".":
        remedies.append("--decimal , if the comma is the decimal mark")
    if matches["point"] and reading.decimal == ",":
        remedies.append("--decimal . if the point is the decimal mark")
    if matches["thousands"]:
        remedies.append(f"--strip {shlex.quote(matches['thousands'])} if that separates thousands")
    if matches["unit"].strip():
        remedies.append(f"--strip {shlex.quote(matches['unit'].strip())} if that is a unit")
    if not remedies:
        shown_option = shlex.quote(cell) if len(cell) <= MAX_QUOTED else "CELL"
        remedies.append(f"--na {shown_option} if that means a missing value")
    return remedies


def _row_names(names: Sequence[str]) -> list[str]:
    """Column names that usually identify rows."""
    import polars

    known = polars.Series(names)
    return known.filter(known.str.contains(ROW_NAME)).to_list()


def _numbers_rows(name: str, frame: Any) -> bool:
    """Whether the name and the values indicate that the column only identifies rows."""
    if frame.height <= 2:
        return False
    values = frame[name].to_numpy()
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        return False
    consecutive = bool((np.diff(values) == 1.0).all())
    return consecutive or re.fullmatch(ROW_ID, name) is not None and len(np.unique(values)) == len(values)
