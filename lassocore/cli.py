# Lives here: commands, options, what is printed, exit codes. Must not know: file formats, the core.
"""The command line. Heavy imports stay inside the commands, so that --help and --version answer at once.

Exit codes: 0, also where alphas did not converge (a line on stderr tells); 2 for input that cannot be used, after one
line "Error: ..." on stderr; 130 after Ctrl-C.
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

if TYPE_CHECKING:
    from lassocore.demo import Race
    from lassocore.results import PathResult
    from lassocore.settings import LevelInfo
    from lassocore.tables import TrainingTable

EXIT_BAD_INPUT, EXIT_INTERRUPTED = 2, 130
SHOWN_ROWS = 20
MAX_ALPHAS = 100_000
BAR_DELAY = 1.0         # seconds before a progress bar is worth showing
INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)


class CommandLine(click.Group):
    """A group of commands in which every user error is one line and an exit code, never a traceback."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run, and exit."""
        try:
            status = super().main(args, prog_name or "lassocore", **{**extra, "standalone_mode": False})
        except click.Abort:
            sys.exit(EXIT_INTERRUPTED)
        except click.ClickException as error:
            self._fail(error.format_message())
        except MemoryError as error:
            self._fail(f"not enough memory: {error}; use fewer alphas, rows or columns")
        except (ValueError, OSError) as error:
            self._fail(str(error))
        sys.exit(status)

    @staticmethod
    def _fail(message: str) -> None:
        click.echo(f"Error: {' '.join(message.split())}", err=True)
        sys.exit(EXIT_BAD_INPUT)


class Alphas(click.ParamType):
    """How many alphas, or the alphas themselves."""

    name = "count|list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | list[float]:
        """An int, or floats from a comma-separated list; a lone number with a point or an exponent is a list of one."""
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
@click.option("--out", type=OUTPUT, metavar="MODEL.json", help="Write the model here.")
def path(file: Path, target: str | None, weights: str | None, out: Path | None, **options: Any) -> None:
    """Fit a path on FILE and print it.

    FILE is .csv, .parquet, .npz (arrays X and y, feature_names if you like) or .svm, .svmlight, .libsvm. Text and bool
    columns become one 0/1 feature for each category; a missing value is an error.
    """
    from lassocore.tables import read_training

    if out is not None:
        _require_writable(out, file)
    table = read_training(file, target, weights)
    result = _fit(table, options)
    if out is not None:
        _save(out, table, result, {"target": _target_name(table, target), "weights": weights, **options})
    click.echo("\n".join(describe_path(result, table.X.shape, options["tol"])))
    if out is not None:
        click.echo(f"Model written to {out}")


@commands.command()
@click.argument("model", type=INPUT, metavar="MODEL.json")
@click.argument("file", type=INPUT)
@click.option("--alpha", type=float, help="Any alpha within the path, coefficients interpolated between neighbours; by "
              "default the smallest of the path.")
@click.option("--out", type=OUTPUT, metavar="FILE.csv", help="Write the predictions here instead of to stdout.")
def predict(model: Path, file: Path, alpha: float | None, out: Path | None) -> None:
    """Predict the rows of FILE with a model that `lassocore path --out` wrote.

    Prints CSV with the one column "prediction", a line for each row.
    """
    from dataclasses import replace

    import numpy as np

    from lassocore.model_file import load_model
    from lassocore.tables import Features, read_features, write_atomically

    if out is not None:
        _require_writable(out, file, model)
    held = load_model(model)
    result = held.path
    X, notes = read_features(file, Features(
        result.coefs_sparse.shape[0], held.columns, result.feature_names, held.training.first_index))
    result = replace(result, feature_names=None)        # the reader has matched the names
    with np.errstate(all="ignore"):
        fitted = result.predict(X, float(result.alphas[-1]) if alpha is None else alpha)
    if not np.isfinite(fitted).all():
        raise click.ClickException(f"{file} gives predictions that overflow; rescale its columns as in training")
    for note in notes:
        click.echo(f"Warning: {note}", err=True)
    text = "\n".join(["prediction", *map(repr, fitted.tolist())]) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_atomically(out, text)


@commands.command()
def demo() -> None:
    """Fit two example problems and race scikit-learn to the same gap."""
    from lassocore.demo import examples, race

    for example in examples():
        click.echo(f"== {example.title} ==")
        click.echo("\n".join(describe_race(race(example))) + "\n")


def _require_writable(out: Path, *inputs: Path) -> None:
    """Refuse early what could not be written after the work, and any file that is being read."""
    folder = out.resolve().parent
    if not folder.is_dir():
        raise click.ClickException(f"{out} cannot be written: the folder {folder} does not exist")
    if out.exists() and not out.is_file():
        raise click.ClickException(f"{out} cannot be written: it is not a regular file")
    if out.exists() and any(out.samefile(source) for source in inputs):
        raise click.ClickException(f"--out {out} is the input file; name another one")


def _fit(table: TrainingTable, options: dict[str, Any]) -> PathResult:
    """The path with the table's feature names; a warning of the fit becomes a line."""
    from dataclasses import replace

    from lassocore.path import fit_path

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with progress(sys.stderr) as callback:
            result = fit_path(table.X, table.y, sample_weight=table.sample_weight, callback=callback, **options)
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        click.echo(f"Warning: {' '.join(message.split())}", err=True)
    return replace(result, feature_names=table.feature_names)


def _target_name(table: TrainingTable, target: str | None) -> str:
    return target or ("label" if table.first_index is not None else "y")


def _save(out: Path, table: TrainingTable, result: PathResult, metadata: dict[str, Any]) -> None:
    from dataclasses import fields

    from lassocore.model_file import Model, Training, save_model

    known = {field.name for field in fields(Training)} & set(metadata)
    training = Training(n_samples=table.X.shape[0], first_index=table.first_index,
                        **{name: metadata[name] for name in known})
    save_model(out, Model(result, table.columns, training))


@contextmanager
def progress(stream: TextIO, delay: float = BAR_DELAY) -> Iterator[Any]:
    """A callback for `fit_path` that draws a bar once the path has taken a while; None where nobody watches."""
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


def describe_path(result: PathResult, shape: tuple[int, int], tol: float) -> list[str]:
    """What was fitted, a table of its alphas, and the tolerance."""
    import numpy as np

    n_alphas, n_missed = len(result.alphas), int(np.sum(~result.converged))
    lines = [f"{shape[0]} rows, {shape[1]} features, {n_alphas} alphas, l1_ratio {result.l1_ratio:g}", ""]
    lines += path_table(result)
    lines.append("")
    if n_alphas > SHOWN_ROWS:
        lines.append(f"{SHOWN_ROWS} of {n_alphas} alphas shown.")
    lines.append(f"Tolerance: gap <= {result.gap_tol:.3g} (tol={tol:g}); "
                 + (f"{n_missed} of {n_alphas} alphas, marked *, did not converge."
                    if n_missed else f"all {n_alphas} alphas converged."))
    return lines


def path_table(result: PathResult) -> list[str]:
    """Aligned rows, at most SHOWN_ROWS of them, spread evenly from the first to the last alpha."""
    import numpy as np

    shown = np.unique(np.linspace(0, len(result.alphas) - 1, min(SHOWN_ROWS, len(result.alphas))).round().astype(int))
    rows = [("alpha", "nonzeros", "R2", "gap", "epochs", "")]
    rows += [(f"{result.alphas[k]:.5g}", str(result.n_nonzero[k]), f"{result.r2[k]:z.4f}", f"{result.dual_gaps[k]:.2e}",
              str(result.n_iter[k]), "" if result.converged[k] else "*") for k in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def describe_race(outcome: Race) -> list[str]:
    """The path of a race, and both times at the same largest gap."""
    from lassocore.demo import TOL

    lines = [*describe_path(outcome.path, outcome.example.X.shape, TOL), "",
             f"lassocore fit_path      {outcome.seconds:8.4f} s   largest measured gap {outcome.gap:.3e}"]
    if outcome.peer_seconds is None:
        return [*lines, f"scikit-learn lasso_path did not reach that gap in time: {outcome.peer_gap:.3e} "
                        f"at tol={outcome.peer_tol:.3g}; no ratio"]
    ratio = outcome.peer_seconds / outcome.seconds
    return [*lines,
            f"scikit-learn lasso_path {outcome.peer_seconds:8.4f} s   largest measured gap {outcome.peer_gap:.3e} "
            f"(tol={outcome.peer_tol:.3g}, the loosest tried that meets it)",
            f"scikit-learn took {ratio:.2f} times as long"]


def main() -> None:
    """Entry of the console script."""
    commands.main()
