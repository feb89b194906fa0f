# Lives here: types and groups of command-line options. Independent of: commands.
"""Parameter types that click lacks, and options that several commands share."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

MAX_ALPHAS = 100_000
CRITERIA = ("aic", "bic", "ebic")
SPELLED_SEPARATORS = {"tab": "\t", r"\t": "\t", "comma": ",", "semicolon": ";", "space": " "}


class Alphas(click.ParamType):
    """A number of alphas, or a list of alphas."""

    name = "count|list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | list[float]:
        """An int, or floats from a comma-separated list; one number with a point or an exponent is a list of one."""
        try:
            count = int(value)
        except ValueError:
            count = None
        if count is not None and count > MAX_ALPHAS:
            self.fail(f"{count} alphas are too many; use at most {MAX_ALPHAS}", param, ctx)
        if count is not None:
            return count
        try:
            return [float(item) for item in value.removesuffix(",").split(",")]
        except ValueError:
            self.fail(f"{value!r} is neither a count such as 100 nor a list such as 1,0.1,0.01", param, ctx)


class ChoiceOfAlpha(click.ParamType):
    """An information criterion, or an alpha."""

    name = "aic|bic|ebic|ALPHA"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | float:
        """The criterion in lower case, or a float."""
        if value.lower() in CRITERIA:
            return value.lower()
        try:
            return float(value)
        except ValueError:
            self.fail(f"{value!r} is neither one of {', '.join(CRITERIA)} nor a number", param, ctx)


def options(*given: Callable[..., Any]) -> Callable[..., Any]:
    """Several options as one decorator, in the order of the help text."""
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(given):
            command = option(command)
        return command

    return decorate


def split_off(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Remove the options of these names from values and return those that were given."""
    taken = {name: values.pop(name) for name in names if name in values}
    return {name: value for name, value in taken.items() if value not in (None, ())}


def _separator(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    return value if value is None else SPELLED_SEPARATORS.get(value, value)


_NA = click.option("--na", multiple=True, metavar="TEXT", help="Cells that mean a missing value, besides empty ones; "
                   "may be repeated.")
_DECIMAL = click.option("--decimal", metavar="CHAR", help="Decimal mark: . or ,")
_SEP = click.option("--sep", metavar="CHAR", callback=_separator, help="Separator of CSV: a character, or tab. By "
                    "default a comma (.tsv: a tab), or what else splits the header.")
_ENCODING = click.option("--encoding", metavar="NAME", help="Encoding of CSV, such as latin-1; by default utf-8.")

rereading_options = options(_NA, _DECIMAL, _SEP, _ENCODING)
reading_options = options(
    _NA, _DECIMAL,
    click.option("--strip", multiple=True, metavar="TEXT", help="Removed from cells that are numbers without it: a "
                 "unit, a thousands separator; may be repeated."),
    click.option("--dates", multiple=True, metavar="COL", help="Columns of dates, which become days since 1970-01-01."),
    click.option("--date-format", metavar="FORMAT", help="How dates are spelled, such as %d.%m.%Y; by default as in "
                 "ISO 8601."),
    _SEP, _ENCODING)
column_options = options(
    click.option("--features", multiple=True, metavar="COL", help="Columns to use, by default all; a list with commas, "
                 "or repeated."),
    click.option("--drop", multiple=True, metavar="COL", help="Columns to leave out."),
    click.option("--text", multiple=True, metavar="COL", help="Columns that become a 0/1 feature for each value, even "
                 "of numbers or dates."),
    click.option("--missing", type=click.Choice(["error", "drop-rows"]), default="error", show_default=True,
                 help="What becomes of rows in which a value is missing."))
READING = ("na", "decimal", "strip", "dates", "date_format", "sep", "encoding")
COLUMNS = ("features", "drop", "text", "missing")
