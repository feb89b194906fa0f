# Lives here: the commands that fit: path, cv. Independent of: file formats, the core.
"""`lassocore path` and `lassocore cv`."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from lassocore.cli.options import (
    ChoiceOfAlpha,
    Ratios,
    column_options,
    data_options,
    fold_options,
    grid_options,
    preparation_options,
    problem_options,
    reading_options,
)
from lassocore.cli.running import (
    INPUT,
    OUTPUT,
    progress,
    require_distinct,
    require_picture,
    require_writable,
    warnings_as_lines,
)
from lassocore.cli.terminal import say
from lassocore.cli.text_reports import describe_cross_validation, describe_path
from lassocore.cli.training_data import TrainingData, read_data, window_of

if TYPE_CHECKING:
    from lassocore.results.path_result import PathResult

MODEL = click.option("--out", type=OUTPUT, metavar="MODEL.json", help="Write the model here.")


@click.command()
@click.argument("file", type=INPUT)
@data_options
@click.option("--l1-ratio", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="1 lasso, 0 ridge.")
@grid_options
@problem_options
@click.option("--selection", type=click.Choice(["cyclic", "shuffled", "random"]), default="cyclic", show_default=True,
              help="Order of the coordinates.")
@click.option("--seed", "rng", type=click.IntRange(0), help="For the shuffled and random selection.")
@click.option("--choose", type=ChoiceOfAlpha(), help="The alpha that `predict` and `coef` use: the best by an "
              "information criterion, or a number.")
@MODEL
@preparation_options
@column_options
@reading_options
def path(file: Path, target: str | None, weights: str | None, out: Path | None, **options: Any) -> None:
    """Fit a path on FILE and print it.

    FILE is .csv or .tsv (or these with .gz, .bz2, .xz), .parquet, .npz (arrays X and y, feature_names if you like) or
    .svm, .svmlight, .libsvm.

    Columns of numbers are features as they are; text and bool columns become one 0/1 feature for each category. A
    column that may be meant in two ways, such as numbers with a few odd cells, dates, or names of rows, is an error
    that names the options which settle it.

    \b
    Example:
      lassocore path salaries.csv --target salary --dates hired --missing drop-rows \\
        --choose bic --out model.json
    """
    require_writable(out, file)
    choose = options.pop("choose")
    _require_alphas(options)
    data = read_data(file, target, weights, options)
    result = fit_whole(data, options)
    chosen = None if choose is None else _choose(result, data.X, choose)
    if out is not None:
        save(out, data, result, chosen, {"target": target, "weights": weights, **options})
    say(*describe_path(result, data.X.shape, options["tol"]))
    if chosen is not None:
        say(f"Chosen{f' by {choose.upper()}' if isinstance(choose, str) else ''}: alpha {chosen:.5g}, "
            f"{int((result.coef_at(chosen) != 0).sum())} nonzeros.")
    if out is not None:
        say(f"Model written to {out}")


@click.command()
@click.argument("file", type=INPUT)
@data_options
@click.option("--rule", type=click.Choice(["min", "1se"]), default="min", show_default=True, help="Choose the alpha "
              "with the least held-out error, or the largest within one standard error of it: fewer features.")
@fold_options
@click.option("--l1-ratio", type=Ratios(), default=1.0, show_default=True, help="1 lasso, towards 0 ridge; of a list "
              "such as 0.5,0.9,1 the best is chosen.")
@grid_options
@problem_options
@MODEL
@click.option("--plot", type=OUTPUT, metavar="FILE.png", help="Draw the path and the held-out errors here (also .svg, "
              ".pdf).")
@click.option("--html", type=OUTPUT, metavar="FILE.html", help="Write a page here on which the path is explored.")
@preparation_options
@column_options
@reading_options
def cv(file: Path, target: str | None, weights: str | None, **options: Any) -> None:
    """Choose alpha by cross-validation on FILE, and fit all rows with it.

    Files and columns are read as by `lassocore path`. What is learnt from columns is learnt by each fold from its own
    training rows: standardisation, rare categories and flags, power transforms, groups of correlated columns. The
    model written keeps the path, the alpha chosen, the held-out errors, and what predict and monitor need.

    \b
    Example:
      lassocore cv salaries.csv --target salary --dates hired --missing drop-rows \\
        --standardize --rule 1se --out model.json --plot path.png
    """
    outputs = {f"--{name}": options.pop(name) for name in ("out", "plot", "html")}
    for option, out in outputs.items():
        require_writable(out, file, option=option)
    require_distinct(outputs)
    require_picture(outputs["--plot"], "--plot")
    rule, n_folds, seed, in_order = (options.pop(name) for name in ("rule", "folds", "seed", "in_order"))
    data = read_data(file, target, weights, options)
    result, model = cross_validated(data, Folds(n_folds, in_order, seed), rule, options)
    if outputs["--out"] is not None:
        save(outputs["--out"], data, result, float(model.alpha_), {"target": target, "weights": weights,
                                                                   "selection": "cyclic", **options}, model)
    if outputs["--plot"] is not None:
        from lassocore.cli.pictures import draw_cross_validation

        draw_cross_validation(outputs["--plot"], result, model, data)
    if outputs["--html"] is not None:
        write_page_of(outputs["--html"], data, result, model, target)
    kind = "consecutive" if in_order else f"random, seed {seed}"
    say(*describe_cross_validation(result, model, data.X, n_folds, kind))
    for option, kind in (("--out", "Model"), ("--plot", "Picture"), ("--html", "Page")):
        if outputs[option] is not None:
            say(f"{kind} written to {outputs[option]}")


class Folds(NamedTuple):
    """How rows are divided into folds."""

    n_folds: int
    in_order: bool = False
    seed: int = 0


def cross_validated(data: TrainingData, folds: Folds, rule: str, options: dict[str, Any]) -> tuple[PathResult, Any]:
    """(path of all rows at the alphas and the l1_ratio chosen, fitted model)."""
    from sklearn.model_selection import KFold

    from lassocore.cli.cross_validating import cross_validate

    _require_alphas(options)
    if folds.n_folds > len(data.table.y):
        raise click.ClickException(f"--folds {folds.n_folds} are more than the {len(data.table.y)} rows of the table")
    splitter = KFold(folds.n_folds, shuffle=not folds.in_order, random_state=None if folds.in_order else folds.seed)
    with warnings_as_lines():
        model = cross_validate(data, splitter, rule, options)
    alphas = model.alphas_ if model.alphas_.ndim == 1 else model.alphas_[
        list(model.l1_ratio).index(model.l1_ratio_)]
    used = {name: value for name, value in options.items() if name != "eps"}
    return fit_whole(data, {**used, "alphas": alphas, "l1_ratio": float(model.l1_ratio_)}), model


def _require_alphas(options: dict[str, Any]) -> None:
    """Refuse a ridge regression for which alphas would have to be found."""
    ratios = options["l1_ratio"]
    if 0.0 in (ratios if isinstance(ratios, list) else [ratios]) and isinstance(options["alphas"], int):
        raise click.ClickException(f"--alphas {options['alphas']} is a count, and without an L1 penalty (--l1-ratio 0) "
                                   "no alpha is the largest; give a list of alphas, such as --alphas 10,1,0.1")


def write_page_of(out: Path, data: TrainingData, result: PathResult, model: Any, target: str | None) -> None:
    """The page on which a path is explored."""
    from lassocore.explorer.page import write_page

    with warnings_as_lines():
        write_page(out, result, X=data.X, y=data.table.y, cv=model, title=f"Path of {target or 'y'}")


def fit_whole(data: TrainingData, options: dict[str, Any]) -> PathResult:
    """The path of all rows with the names of the features; warnings of the fit are printed as lines."""
    from dataclasses import replace

    from lassocore.paths.fit_path import fit_path

    with warnings_as_lines(), progress() as callback:
        result = fit_path(data.X, data.table.y, sample_weight=data.table.sample_weight, callback=callback, **options)
    return replace(result, feature_names=data.feature_names)


def _choose(result: PathResult, X: Any, choose: str | float) -> float:
    """The alpha with the least information criterion, or the given one if the path contains it."""
    if isinstance(choose, str):
        from dataclasses import replace

        unnamed = replace(result, feature_names=None)           # already matched by the reader
        return float(result.alphas[unnamed.information_criterion(choose, X=X).argmin()])
    from lassocore.results.prediction import END_TOL

    largest, smallest = float(result.alphas[0]), float(result.alphas[-1])
    if not smallest * (1 - END_TOL) <= choose <= largest * (1 + END_TOL):
        raise click.ClickException(f"--choose {choose:g} is outside the path [{smallest:.5g}, {largest:.5g}]; choose "
                                   "within it, or extend it with --eps or --alphas")
    return min(max(choose, smallest), largest)


def save(out: Path, data: TrainingData, result: PathResult, chosen_alpha: float | None, settings: dict[str, Any],
         cv: Any = None) -> None:
    """Write the model with the settings of its fit, and what the data tell of it."""
    from dataclasses import fields, replace

    from lassocore.models.model_file import Training, save_model
    from lassocore.models.save import model_of_path

    table = data.table
    unnamed = replace(result, feature_names=None)               # already matched by the reader
    model = model_of_path(unnamed, chosen_alpha, data.X, table.y, table.sample_weight, cv, window_of(table))
    known = {field.name for field in fields(Training)} & set(settings) - {"target"}
    target = settings["target"] or ("label" if table.first_index is not None else "y")
    training = Training(target=target, n_samples=data.X.shape[0], first_index=table.first_index,
                        **{name: settings[name] for name in known})
    save_model(out, replace(model, path=result, chosen_alpha=chosen_alpha, columns=table.columns, training=training,
                            reading=table.reading, preparation=data.preparation))
