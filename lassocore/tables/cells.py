# Lives here: numbers, dates and truth values in text cells. Independent of: files, columns.
"""Expressions over text cells, null where a cell does not match; patterns of cells that only resemble numbers."""
from __future__ import annotations

from typing import Any

from lassocore.tables.reading import Reading

TRUTH = {"true": "True", "false": "False"}
ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
               "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")
DAY_DIRECTIVES = ("%d", "%e", "%j", "%D", "%F", "%x", "%c", "%s", "%v", "%+", "%u", "%a", "%A")
SECONDS_PER_DAY = 86_400.0

MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATE = (r"(?i)^\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}[-/]\d{1,2}"
        rf"|\d{{4}}-?Q[1-4]|(?:\d{{1,2}}[\s.-]*)?{MONTH}[\s.,-]*(?:\d{{1,2}},?\s+)?\d{{4}}|\d{{1,2}}-{MONTH}-\d{{2}})"
        r"(?:[T\s,]+\d{1,2}:\d{2}.*)?\s*$|^\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?i:[ap]m)?\s*$")
THOUSANDS = r"^\s*[+-]?\d{1,3}(?:([,.' \x{a0}\x{202f}_])\d{3})(?:[,.' \x{a0}\x{202f}_]\d{3})*(?:[.,]\d+)?\s*$"
COMMA = r"^\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*$"
POINT = r"^\s*[+-]?\d*\.\d+(?:[eE][+-]?\d+)?\s*$"
NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?"
WITH_UNIT = rf"^\s*[+-]?([$€£¥₹<>≤≥~≈]?)\s*{NUMBER}(\s*[^\d\s,.;:/_+-][^\d]{{0,11}}?)?\s*$"


def numbers(cells: Any, reading: Reading) -> Any:
    """Text as float64, without surrounding spaces and the reading's units, with its decimal mark."""
    import polars

    for unit in reading.strip:
        cells = cells.str.replace_all(unit, "", literal=True)
    cells = cells.str.strip_chars()
    if reading.decimal == ",":              # then a point is not part of a number
        cells = cells.str.replace_all(".", "x", literal=True).str.replace_all(",", ".", literal=True)
    return cells.cast(polars.Float64, strict=False)


def days(cells: Any, reading: Reading) -> Any:
    """Text dates as days since 1970-01-01 in UTC; the time of day is a fraction."""
    import polars

    cells = cells.str.strip_chars()
    form = reading.date_format
    if form is not None and not any(directive in form for directive in DAY_DIRECTIVES):
        cells, form = cells + " 1", form + " %d"            # the first day of a month or year
    formats = ISO_FORMATS if form is None else (form,)
    found = [cells.str.to_datetime(form, strict=False, time_unit="us").dt.replace_time_zone(None) for form in formats]
    return days_of(polars.coalesce(found))


def days_of(dates: Any) -> Any:
    """Dates as days since 1970-01-01."""
    import polars

    return dates.cast(polars.Datetime("us")).dt.epoch("us").cast(polars.Float64) / (1e6 * SECONDS_PER_DAY)


def truths(cells: Any) -> Any:
    """ "True" and "False" in any spelling of upper and lower case."""
    import polars

    return cells.str.to_lowercase().replace_strict(TRUTH, default=None, return_dtype=polars.String)


def patterns(cells: Any, reading: Reading) -> dict[str, Any]:
    """Expressions that are true where a cell is a number, a date, a number with separators, or one with a unit."""
    other_mark = POINT if reading.decimal == "," else COMMA
    return {
        "number": numbers(cells, reading).is_not_null(),
        "date": cells.str.contains(DATE),
        "separated": cells.str.contains(THOUSANDS) | cells.str.contains(other_mark),
        "unit": cells.str.extract(WITH_UNIT, 1).fill_null("") + cells.str.extract(WITH_UNIT, 2).fill_null(""),
    }
