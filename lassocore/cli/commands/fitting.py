# Lives here: the commands that fit: path. Independent of: file formats, the core.
"""`lassocore path`."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lassocore.cli.options import (
    COLUMNS,
    READING,
    Alphas,
    ChoiceOfAlpha,
    column_options,
    reading_options,
    split_off,
)
from lassocore.cli.running import INPUT, OUTPUT, progress, require_writable, warnings_as_lines
from lassocore.cli.terminal import say
from lassocore.cli.text_reports import describe_path

if TYPE_CHECKING:
    from lassocore.results.path_result import PathResult
    from lassocore.tables.read_table import TrainingTable


@click.command()
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

    require_writable(out, file)
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


def _fit(table: TrainingTable, options: dict[str, Any]) -> PathResult:
    """The path with the table's feature names; warnings of the fit are printed as lines."""
    from dataclasses import replace

    from lassocore.paths.fit_path import fit_path

    with warnings_as_lines(), progress() as callback:
        result = fit_path(table.X, table.y, sample_weight=table.sample_weight, callback=callback, **options)
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
