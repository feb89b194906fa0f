# Lives here: commands, options, what is printed, exit codes. Independent of: file formats, the core.
"""The command line. Heavy imports stay inside the commands, so that --help and --version answer at once.

Exit codes: 0, also if alphas did not converge (with a line on stderr); 2 for unusable input, after one line
"Error: ..." on stderr; 130 after Ctrl-C.
"""
from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from lassocore import __version__
from lassocore.cli.options import (
    COLUMNS,
    READING,
    Alphas,
    ChoiceOfAlpha,
    column_options,
    reading_options,
    rereading_options,
    split_off,
)
from lassocore.cli.terminal import printable, say
from lassocore.cli.text_reports import coefficients_as, describe_path, describe_race

if TYPE_CHECKING:
    from lassocore.models.model_file import Model
    from lassocore.results.path_info import LevelInfo
    from lassocore.results.path_result import PathResult
    from lassocore.tables.read_table import TrainingTable

EXIT_BAD_INPUT, EXIT_INTERRUPTED = 2, 130
MAX_MESSAGE = 800
BAR_DELAY = 1.0         # seconds before a progress bar is shown
INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)


class CommandLine(click.Group):
    """A command group that reports every user error in one line with an exit code, without a traceback."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run, and exit."""
        try:
            status = super().main(args, prog_name or "lassocore", **{**extra, "standalone_mode": False})
        except click.Abort:
            sys.exit(EXIT_INTERRUPTED)
        except click.ClickException as error:
            self._fail(" ".join(error.format_message().split()))
        except MemoryError as error:
            self._fail(f"not enough memory: {error}; use fewer alphas, rows or columns")
        except (ValueError, OSError) as error:
            self._fail(str(error))
        sys.exit(status)

    @staticmethod
    def _fail(message: str) -> None:
        message = printable(message)
        if len(message) > MAX_MESSAGE:          # it quotes something that is not a name
            message = f"{message[:MAX_MESSAGE // 2]} [...] {message[-MAX_MESSAGE // 3:]}"
        say(f"Error: {message}", err=True)
        sys.exit(EXIT_BAD_INPUT)


@click.group(cls=CommandLine, invoke_without_command=True)
@click.version_option(__version__, prog_name="lassocore")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """Lasso and elastic-net regularization paths, each certified by its duality gap."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@commands.command()
@click.argument("file", type=INPUT)
@click.option("--target", metavar="COL", help="Column to be explained. Needed for CSV and Parquet; the key of an NPZ "
              "file's target (default y); not for svmlight, where it is the label.")
@click.option("--weights", metavar="COL", help="Column (NPZ: key) of sample weights, at least 0.")
@click.option("--l1-ratio", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="1 lasso, 0 ridge.")
@click.option("--alphas", type=Alphas(), default=100, show_default=True,
              help="How many alphas, or a comma-separated list of them.")
@click.option("--eps", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=1e-3, show_default=True,
              help="Smallest alpha over the largest, where --alphas is a count.")
@click.option("--standardize", is_flag=True, help="Penalise columns as if they had unit variance.")
@click.option("--positive", is_flag=True, help="No negative coefficients.")
@click.option("--no-intercept", "fit_intercept", is_flag=True, flag_value=False, default=True, help="Fit no intercept.")
@click.option("--tol", type=click.FloatRange(0), default=1e-4, show_default=True,
              help="Largest duality gap, in mean squares of the centred target.")
@click.option("--max-iter", type=click.IntRange(1), default=10_000, show_default=True, help="Epochs for each alpha.")
@click.option("--selection", type=click.Choice(["cyclic", "shuffled", "random"]), default="cyclic", show_default=True,
              help="Order of the coordinates.")
@click.option("--seed", "rng", type=click.IntRange(0), help="For the shuffled and random selection.")
@click.option("--choose", type=ChoiceOfAlpha(), help="The alpha that `predict` and `coef` use: the best by an "
              "information criterion, or a number.")
@click.option("--out", type=OUTPUT, metavar="MODEL.json", help="Write the model here.")
@column_options
@reading_options
def path(file: Path, target: str | None, weights: str | None, out: Path | None, **options: Any) -> None:
    """Fit a path on FILE and print it.

    FILE is .csv or .tsv (or these with .gz, .bz2, .xz), .parquet, .npz (arrays X and y, feature_names if you like) or
    .svm, .svmlight, .libsvm.

    Columns of numbers are features as they are; text and bool columns become one 0/1 feature for each category. A
    column that may be meant in two ways, such as numbers with a few odd cells, dates, or names of rows, is an error
    that names the options which settle it.
    """
    from lassocore.tables.read_table import read_training
    from lassocore.tables.reading import ColumnChoice, Reading

    if out is not None:
        _require_writable(out, file)
    reading, choice, choose = split_off(options, READING), split_off(options, COLUMNS), options.pop("choose")
    table = read_training(file, target, weights, Reading(**reading), ColumnChoice(**choice))
    for note in table.notes:
        say(f"Note: {note}", err=True)
    result = _fit(table, options)
    chosen = None if choose is None else _choose(result, table, choose)
    if out is not None:
        _save(out, table, result, {"target": _target_name(table, target), "weights": weights, **options}, chosen)
    say(*describe_path(result, table.X.shape, options["tol"]))
    if chosen is not None:
        say(f"Chosen{f' by {choose.upper()}' if isinstance(choose, str) else ''}: alpha {chosen:.5g}, "
            f"{int((result.coef_at(chosen) != 0).sum())} nonzeros.")
    if out is not None:
        say(f"Model written to {out}")


ALPHA = click.option("--alpha", type=float, help="Any alpha within the path, coefficients interpolated between "
                     "neighbours. Needed unless the model has one alpha, or one that `path --choose` chose.")


@commands.command()
@click.argument("model", type=INPUT, metavar="MODEL.json")
@click.argument("file", type=INPUT)
@ALPHA
@click.option("--missing", type=click.Choice(["error", "nan"]), default="error", show_default=True,
              help="What becomes of rows in which a value is missing: an error, or the prediction NaN.")
@click.option("--out", type=OUTPUT, metavar="FILE.csv", help="Write the predictions here instead of to stdout.")
@rereading_options
def predict(model: Path, file: Path, alpha: float | None, missing: str, out: Path | None, **cells: Any) -> None:
    """Predict the rows of FILE with a model that `lassocore path --out` wrote.

    Prints CSV with the one column "prediction", a line for each row. Cells are read as at the fit, unless --na,
    --decimal, --sep or --encoding say otherwise.
    """
    from dataclasses import replace

    import numpy as np

    from lassocore.models.model_file import load_model
    from lassocore.tables.read_table import ModelFeatures, read_features
    from lassocore.tables.reading import Reading
    from lassocore.utils.atomic_files import write_atomically

    if out is not None:
        _require_writable(out, file, model)
    loaded = load_model(model)
    at = _alpha_of(loaded, model, alpha)
    result = loaded.path
    reading = replace(loaded.reading or Reading(), **split_off(cells, READING))
    X, notes, lacking = read_features(file, ModelFeatures(
        result.coefs_sparse.shape[0], loaded.columns, result.feature_names, loaded.training.first_index),
        reading, missing)
    result = replace(result, feature_names=None)        # already matched by the reader
    with np.errstate(all="ignore"):
        fitted = result.predict(X, at)
    if not np.isfinite(fitted).all():
        raise click.ClickException(f"{file} gives predictions that overflow; rescale its columns as in training")
    if lacking is not None:
        fitted[lacking] = np.nan
    _say_chosen(loaded, alpha)
    for note in notes:
        say(f"Warning: {note}", err=True)
    lines = ["prediction", *map(repr, fitted.tolist())]
    if out is None:
        say(*lines)
    else:
        write_atomically(out, "\n".join(lines) + "\n")


@commands.command()
@click.argument("model", type=INPUT, metavar="MODEL.json")
@ALPHA
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]),
              help="By default a table, and CSV with --out.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write the coefficients here instead of to stdout.")
def coef(model: Path, alpha: float | None, form: str | None, out: Path | None) -> None:
    """Print the coefficients of a model by name.

    The intercept comes first, then the coefficients that are not 0, the largest in size first. They are those of the
    columns as they are in the file, also with --standardize.
    """
    from lassocore.models.model_file import load_model
    from lassocore.utils.atomic_files import write_atomically

    if out is not None:
        _require_writable(out, model)
    loaded = load_model(model)
    lines = coefficients_as(form or ("table" if out is None else "csv"), loaded.path, _alpha_of(loaded, model, alpha))
    _say_chosen(loaded, alpha)
    if out is None:
        say(*lines)
    else:
        write_atomically(out, "\n".join(lines) + "\n")


@commands.command()
def demo() -> None:
    """Fit two example problems and race scikit-learn to the same tolerance."""
    from lassocore.cli.demo import examples, race

    for example in examples():
        say(f"== {example.title} ==")
        say(*describe_race(race(example)), "")


def _require_writable(out: Path, *inputs: Path) -> None:
    """Refuse an output file that cannot be written, or that is an input, before any work."""
    folder = out.resolve().parent
    if not folder.is_dir():
        raise click.ClickException(f"{out} cannot be written: the folder {folder} does not exist")
    if out.exists() and not out.is_file():
        raise click.ClickException(f"{out} cannot be written: it is not a regular file")
    if out.exists() and any(out.samefile(source) for source in inputs):
        raise click.ClickException(f"--out {out} is the input file; name another one")


def _fit(table: TrainingTable, options: dict[str, Any]) -> PathResult:
    """The path with the table's feature names; warnings of the fit are printed as lines."""
    from dataclasses import replace

    from lassocore.paths.fit_path import fit_path

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with progress(sys.stderr) as callback:
            result = fit_path(table.X, table.y, sample_weight=table.sample_weight, callback=callback, **options)
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        say(f"Warning: {' '.join(message.split())}", err=True)
    return replace(result, feature_names=table.feature_names)


def _choose(result: PathResult, table: TrainingTable, choose: str | float) -> float:
    """The alpha with the least information criterion, or the given one if the path contains it."""
    if isinstance(choose, str):
        from dataclasses import replace

        unnamed = replace(result, feature_names=None)           # already matched by the reader
        return float(result.alphas[unnamed.information_criterion(choose, X=table.X).argmin()])
    from lassocore.results.prediction import END_TOL

    largest, smallest = float(result.alphas[0]), float(result.alphas[-1])
    if not smallest * (1 - END_TOL) <= choose <= largest * (1 + END_TOL):
        raise click.ClickException(f"--choose {choose:g} is outside the path [{smallest:.5g}, {largest:.5g}]; choose "
                                   "within it, or extend it with --eps or --alphas")
    return min(max(choose, smallest), largest)


def _alpha_of(loaded: Model, model: Path, alpha: float | None) -> float:
    """The given alpha, the one chosen at the fit, or the only one."""
    alphas = loaded.path.alphas
    if alpha is not None:
        return alpha
    if loaded.chosen_alpha is not None:
        return loaded.chosen_alpha
    if len(alphas) > 1:
        raise click.ClickException(
            f"{model} has {len(alphas)} alphas from {alphas[0]:.5g} to {alphas[-1]:.5g}, and none was chosen; "
            "give --alpha, or fit with --choose bic")
    return float(alphas[0])


def _say_chosen(loaded: Model, alpha: float | None) -> None:
    if alpha is None and loaded.chosen_alpha is not None:
        say(f"Note: alpha {loaded.chosen_alpha:.5g}, as chosen at the fit", err=True)


def _target_name(table: TrainingTable, target: str | None) -> str:
    return target or ("label" if table.first_index is not None else "y")


def _save(
    out: Path, table: TrainingTable, result: PathResult, metadata: dict[str, Any], chosen_alpha: float | None
) -> None:
    from dataclasses import fields

    from lassocore.models.model_file import Model, Training, save_model

    known = {field.name for field in fields(Training)} & set(metadata)
    training = Training(n_samples=table.X.shape[0], first_index=table.first_index,
                        **{name: metadata[name] for name in known})
    save_model(out, Model(result, table.columns, training, chosen_alpha=chosen_alpha, reading=table.reading))


@contextmanager
def progress(stream: TextIO, delay: float = BAR_DELAY) -> Iterator[Any]:
    """A callback for `fit_path` that draws a bar for long paths; None if stream is not a terminal."""
    if not stream.isatty():
        yield None
        return
    start = time.perf_counter()
    bars: list[Any] = []

    def callback(info: LevelInfo) -> None:
        if not bars and time.perf_counter() - start > delay:
            bars.append(click.progressbar(length=info.n_alphas, label="alphas", file=stream))
        for bar in bars:
            bar.update(info.index + 1 - bar.pos)

    try:
        yield callback
    finally:
        for bar in bars:
            bar.render_finish()


def main() -> None:
    """Entry of the console script."""
    commands.main()
