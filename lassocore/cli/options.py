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


class Frequency(click.ParamType):
    """A number of rows, or a share of them."""

    name = "rows|share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | float:
        """An int from 1, or a float between 0 and 1."""
        for kind in (int, float):
            try:
                number = kind(value)
            except ValueError:
                continue
            if number >= 1 if kind is int else 0 < number < 1:
                return number
            break
        return self.fail(f"{value!r} is neither a number of rows such as 10 nor a share of them such as 0.01", param,
                         ctx)


class Ratios(click.ParamType):
    """One number in [0, 1], or a list of them."""

    name = "number|list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | list[float]:
        """A float, or floats from a comma-separated list."""
        if isinstance(value, float):
            return value
        try:
            ratios = [float(item) for item in str(value).split(",")]
        except ValueError:
            ratios = [-1.0]
        if not all(0 <= ratio <= 1 for ratio in ratios):
            self.fail(f"{value!r} is neither a number in [0, 1] nor a list of them such as 0.5,0.9,1", param, ctx)
        return ratios[0] if len(ratios) == 1 else ratios


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


def check_governed(ctx: click.Context) -> None:
    """Refuse an option that does nothing because the one that it qualifies was not given."""
    for name, governor in GOVERNED.items():
        if (ctx.params.get(governor) in (None, ())
                and ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE):
            option, needed = (f"--{part.replace('_', '-')}" for part in (name, governor))
            raise click.UsageError(f"{option} {ctx.params[name]} has no effect without {needed}; give {needed}, or "
                                   f"leave {option} out", ctx)


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
    _SEP, _ENCODING,
    click.option("--transpose", is_flag=True, help="Features are in rows, samples in columns, as in tables of genes."),
    click.option("--id", "id_column", metavar="COL", help="Column that names the rows, which is no feature; with "
                 "--transpose that of the features, by default the first."))
column_options = options(
    click.option("--features", multiple=True, metavar="COL", help="Columns to use, by default all; a list with commas, "
                 "or repeated."),
    click.option("--drop", multiple=True, metavar="COL", help="Columns to leave out."),
    click.option("--text", multiple=True, metavar="COL", help="Columns that become a 0/1 feature for each value, even "
                 "of numbers or dates."),
    click.option("--missing", type=click.Choice(["error", "drop-rows"]), default="error", show_default=True,
                 help="What becomes of rows in which a value is missing."))
preparation_options = options(
    click.option("--min-frequency", type=Frequency(), help="Categories in fewer rows, or in a smaller share of them, "
                 "are rare."),
    click.option("--rare-categories", type=click.Choice(["merge", "drop"]), default="merge", show_default=True,
                 help="What replaces them: one feature COL=other, or none."),
    click.option("--merge-rare", type=Frequency(), help="0/1 columns that are true in fewer rows, or in a smaller "
                 "share of them, become one feature."),
    click.option("--power", multiple=True, metavar="COL|skewed", help="Columns to transform towards symmetry "
                 "(Yeo-Johnson): named, or all that are skewed; may be repeated."),
    click.option("--merge-correlated", type=click.FloatRange(0, 1, min_open=True), metavar="R",
                 help="Columns correlated at least so strongly, in pairs, become one feature."),
    click.option("--merge-to", type=click.Choice(["mean", "pc1"]), default="mean", show_default=True,
                 help="What replaces them: their mean or their first principal component."))
data_options = options(
    click.option("--target", metavar="COL", help="Column to be explained. Needed for CSV and Parquet; the key of an "
                 "NPZ file's target (default y); not for svmlight, where it is the label."),
    click.option("--weights", metavar="COL", help="Column (NPZ: key) of sample weights, at least 0."))
_ALPHAS = click.option("--alphas", type=Alphas(), default=100, show_default=True,
                       help="How many alphas, or a comma-separated list of them.")
_EPS = click.option("--eps", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=1e-3,
                    show_default=True, help="Smallest alpha over the largest, where --alphas is a count.")
_STANDARDIZE = click.option("--standardize", is_flag=True, help="Penalise columns as if they had unit variance, in "
                            "each fold that of its training rows.")
_TOL = click.option("--tol", type=click.FloatRange(0), default=1e-4, show_default=True,
                    help="Largest duality gap, in mean squares of the centred target.")
fold_options = options(
    click.option("--folds", type=click.IntRange(2), default=5, show_default=True, help="Number of folds."),
    click.option("--in-order", is_flag=True, help="Folds of consecutive rows instead of random ones."),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the random folds."))
grid_options = options(_ALPHAS, _EPS, _STANDARDIZE)
problem_options = options(
    click.option("--positive", is_flag=True, help="No negative coefficients."),
    click.option("--no-intercept", "fit_intercept", is_flag=True, flag_value=False, default=True,
                 help="Fit no intercept."),
    _TOL,
    click.option("--max-iter", type=click.IntRange(1), default=10_000, show_default=True,
                 help="Epochs for each alpha."))
PREPARATION = ("min_frequency", "rare_categories", "merge_rare", "power", "merge_correlated", "merge_to")
READING = ("na", "decimal", "strip", "dates", "date_format", "sep", "encoding", "transpose", "id_column")
COLUMNS = ("features", "drop", "text", "missing")
GOVERNED = {"date_format": "dates", "rare_categories": "min_frequency", "merge_to": "merge_correlated"}
