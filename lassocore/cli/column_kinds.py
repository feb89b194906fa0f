# Lives here: which columns of a frame are numbers, text or truth values, and doubts. Independent of: files, models.
"""Kinds of whole frames at once. A column that may be meant in two ways is refused with the options that settle it."""
from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.cli import cells
from lassocore.cli.columns import BOOL, MAX_QUOTED, NUMERIC, TEXT, TableError, count, listing, shown
from lassocore.cli.one_hot import distinct_cells
from lassocore.cli.reading import Reading

MIN_SHARE_ALIKE = 0.5       # this share of the distinct cells, or of all cells, must look alike to raise a doubt
MIN_SHARE_OF_NAMES = 0.9    # with this share of distinct cells a text column names rows
MIN_ROW_NAMES = 10          # tables with fewer categories are small anyway
ROW_ID = r"(?i:(.*[ _.-])?(id|ids|uid|uuid|identifier))|.*[a-z](Id|ID)"
ROW_NAME = (r"^(?:(?i:|unnamed: ?\d+|\.\.\.\d+|_?index|row|row[ _.-]?(names?|ids?|numbers?|num|no|nr)|no\.?|nr\.?|#)"
            rf"|{ROW_ID})$")


@dataclass(frozen=True)
class Doubt:
    """What is doubtful about a column, and the options that settle it."""

    what: str
    remedies: Sequence[str]


@dataclass(frozen=True)
class Asked:
    """What the user said of columns: taken as text, or taken whatever their numbers look like."""

    as_text: Sequence[str] = ()
    by_name: Sequence[str] = ()
    role: str = ""              # of a column that is no feature: "target" or "weights"


def decide_kinds(frame: Any, path: Path, reading: Reading, asked: Asked) -> tuple[Any, dict[str, str], Any]:
    """(frame with numbers spelled as text made numbers, kinds, distinct cells of the columns these were seen from)."""
    import polars

    kinds: dict[str, str] = {}
    doubts: dict[str, Doubt] = {}
    undecided, n_rows = [], frame.height
    for name, dtype, n_missing in zip(frame.columns, frame.dtypes, frame.null_count().row(0), strict=True):
        if name in asked.as_text:
            kinds[name] = TEXT
        elif n_missing == n_rows:
            doubts[name] = Doubt("has no values", [drop(name)])
        elif name in reading.dates or dtype.is_numeric():
            kinds[name] = NUMERIC
        elif dtype == polars.String:
            undecided.append(name)
        else:
            kinds[name] = _kind_of_dtype(name, dtype, doubts)
    distinct = distinct_cells(frame[:, undecided])
    frame, found, strange = _kinds_of_text(frame, distinct, reading)
    kinds.update(found)
    doubts.update(strange)
    for name in _row_names(frame.columns):
        taken = kinds.get(name) != NUMERIC or asked.role or name in asked.by_name or name in reading.dates
        if not taken and _numbers_rows(name, frame):
            doubts[name] = Doubt("numbers the rows or names them",
                                 [drop(name), f"--features with {shlex.quote(name)} among them to keep it"])
    if doubts:
        raise TableError(_complaint([name for name in frame.columns if name in doubts], doubts, path, asked.role))
    return frame, kinds, distinct


def drop(name: str) -> str:
    """How a column is left out."""
    return f"--drop {shlex.quote(name)} to leave it out"


def as_categories(name: str) -> str:
    """How a column is taken as text."""
    return f"--text {shlex.quote(name)} for a category of each value"


def _complaint(names: Sequence[str], doubts: dict[str, Doubt], path: Path, role: str) -> str:
    """The first doubt in full, and which other columns have one."""
    doubt = doubts[names[0]]
    remedies = [remedy for remedy in doubt.remedies
                if not (role and remedy.startswith(("--drop", "--text", "--features")))]
    needs = f"; give {', or '.join(remedies)}" if remedies else f"; the {role} must be numeric"
    also = f" (in doubt as well: {listing(names[1:])})" if names[1:] else ""
    return f"{f'the {role} ' if role else ''}column {names[0]!r} of {path} {doubt.what}{needs}{also}"


def _kind_of_dtype(name: str, dtype: Any, doubts: dict[str, Doubt]) -> str:
    """The kind of a column that is neither numeric nor text; a doubt where it has none."""
    import polars

    if dtype == polars.Boolean:
        return BOOL
    if isinstance(dtype, polars.Categorical | polars.Enum):
        return TEXT
    if dtype in (polars.Date, polars.Datetime):
        doubts[name] = Doubt("holds dates", [f"--dates {shlex.quote(name)} to make them days since 1970-01-01",
                                             as_categories(name), drop(name)])
    else:
        doubts[name] = Doubt(f"holds {dtype} values, neither numbers nor text", [drop(name)])
    return TEXT


def _kinds_of_text(frame: Any, distinct: Any, reading: Reading) -> tuple[Any, dict[str, str], dict[str, Doubt]]:
    """(frame with numbers made numbers, kinds, doubts) of text columns, whose distinct cells are given."""
    from polars import selectors

    if distinct.width == 0:
        return frame, {}, {}
    kinds, doubts = {}, {}
    n_rows, n_missing = frame.height, frame[:, distinct.columns].null_count().row(0)
    for summary, n_empty in zip(_summaries(distinct, reading), n_missing, strict=True):
        name, n_distinct = summary["column"], summary["distinct"]
        kinds[name] = NUMERIC if summary["number"] == n_distinct else BOOL if summary["truth"] == n_distinct else TEXT
        doubt = _doubt(frame, n_rows - n_empty, summary, reading) if kinds[name] == TEXT else None
        doubts.update({} if doubt is None else {name: doubt})
    numeric = [name for name in distinct.columns if kinds[name] == NUMERIC]
    return frame.with_columns(cells.numbers(selectors.by_name(numeric), reading)), kinds, doubts


def _summaries(distinct: Any, reading: Reading) -> list[dict[str, Any]]:
    """For each column how many distinct cells it has, and how many of them look like what."""
    import polars

    cell = polars.col("cell")
    distinct = distinct.unpivot(variable_name="column", value_name="cell").explode("cell").with_columns(
        **cells.shapes(cell, reading), truth=cells.truths(cell).is_not_null())
    units = distinct.filter((polars.col("unit") != "") & ~polars.col("date")).group_by("column", "unit").len().group_by(
        "column").agg(with_unit=polars.col("len").max())
    counted = distinct.group_by("column", maintain_order=True).agg(
        polars.len().alias("distinct"), polars.col("number", "date", "separated", "truth").sum())
    return counted.join(units, on="column", how="left", maintain_order="left").fill_null(0).to_dicts()


def _doubt(frame: Any, n_cells: int, summary: dict[str, Any], reading: Reading) -> Doubt | None:
    """What is doubtful about taking a text column, with n_cells not missing, as categories, if anything."""
    name, distinct = summary["column"], summary["distinct"]
    n_numbers = n_cells - first_odd(frame[name], reading)[1] if summary["number"] else 0
    if summary["date"] >= MIN_SHARE_ALIKE * distinct:
        days = (f"--dates {shlex.quote(name)} to make them days since 1970-01-01 (with --date-format unless they are "
                "ISO 8601)")
        return Doubt(f"holds dates, {first_cell(frame[name])}", [days, as_categories(name), drop(name)])
    like_numbers = summary["number"] + summary["separated"] + summary["with_unit"]
    if like_numbers >= MIN_SHARE_ALIKE * distinct or n_numbers >= MIN_SHARE_ALIKE * n_cells:
        column = frame[name]
        odd, n_odd = first_odd(column, reading)
        held = f"holds numbers except in {count(n_odd, 'cell')}" if n_numbers else "holds what look like numbers"
        return Doubt(f"{held}, first {shown(column[odd])} in row {odd + 1}",
                     [*remedies_for(column[odd], reading), as_categories(name), drop(name)])
    if distinct > MIN_ROW_NAMES and distinct >= MIN_SHARE_OF_NAMES * n_cells:
        return Doubt(f"has {distinct} different values in {n_cells} rows, as names of rows have, "
                     f"{first_cell(frame[name])}", [drop(name), as_categories(name)])
    return None


def first_cell(column: Any) -> str:
    """Where the first value is."""
    first = int((~column.is_null()).arg_max())
    return f"first {shown(column[first])} in row {first + 1}"


def first_odd(column: Any, reading: Reading) -> tuple[int, int]:
    """(position of the first text cell that is no number, how many there are)."""
    import polars

    odd = column.to_frame().select(
        polars.first().is_not_null() & cells.numbers(polars.first(), reading).is_null()).to_series()
    return odd.arg_max(), int(odd.sum())


def remedies_for(cell: str, reading: Reading) -> list[str]:
    """Options under which the cell is a number, or missing."""
    import polars

    text = polars.col("cell")
    look = polars.DataFrame({"cell": [cell]}).select(
        comma=text.str.contains(cells.COMMA), point=text.str.contains(cells.POINT),
        thousands=text.str.extract(cells.THOUSANDS), unit=cells.shapes(text, reading)["unit"]).row(0, named=True)
    remedies = []
    if look["comma"] and reading.decimal == ".":
        remedies.append("--decimal , if the comma is the decimal mark")
    if look["point"] and reading.decimal == ",":
        remedies.append("--decimal . if the point is the decimal mark")
    if look["thousands"]:
        remedies.append(f"--strip {shlex.quote(look['thousands'])} if that separates thousands")
    if look["unit"].strip():
        remedies.append(f"--strip {shlex.quote(look['unit'].strip())} if that is a unit")
    if not remedies:
        shown_option = shlex.quote(cell) if len(cell) <= MAX_QUOTED else "CELL"
        remedies.append(f"--na {shown_option} if that means a missing value")
    return remedies


def _row_names(names: Sequence[str]) -> list[str]:
    """Those names that columns have which only tell rows apart."""
    import polars

    known = polars.Series(names)
    return known.filter(known.str.contains(ROW_NAME)).to_list()


def _numbers_rows(name: str, frame: Any) -> bool:
    """Whether the name and the values say that the column only tells rows apart."""
    if frame.height <= 2:
        return False
    values = frame[name].to_numpy()
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        return False
    consecutive = bool((np.diff(values) == 1.0).all())
    return consecutive or re.fullmatch(ROW_ID, name) is not None and len(np.unique(values)) == len(values)
