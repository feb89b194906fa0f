# Lives here: the commands that show a path: plot, explore. Independent of: how it is drawn.
"""`lassocore plot` and `lassocore explore`."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lassocore.cli.commands.fitting import Folds, cross_validated, write_page_of
from lassocore.cli.options import (
    Ratios,
    column_options,
    data_options,
    fold_options,
    grid_options,
    preparation_options,
    problem_options,
    reading_options,
)
from lassocore.cli.running import INPUT, OUTPUT, require_picture, require_writable
from lassocore.cli.terminal import say
from lassocore.cli.training_data import read_data

MODEL_SUFFIX = ".json"


@click.command()
@click.argument("model", type=INPUT, metavar="MODEL.json")
@click.option("--x", type=click.Choice(["alpha", "l1_norm", "r2"]), default="alpha", show_default=True,
              help="The horizontal axis.")
@click.option("--labels", type=click.IntRange(0), default=10, show_default=True, help="How many features are named.")
@click.option("--out", type=OUTPUT, metavar="FILE.png", required=True, help="Draw here (also .svg, .pdf).")
def plot(model: Path, x: str, labels: int, out: Path) -> None:
    """Draw the coefficients along the path of a model.

    The alpha that was chosen at the fit is marked. `lassocore cv --plot` draws the held-out errors as well.

    \b
    Example:
      lassocore plot model.json --out path.png
    """
    require_writable(out, model)
    require_picture(out, "--out")
    from lassocore.cli.pictures import draw_path
    from lassocore.models.model_file import load_model

    loaded = load_model(model)
    draw_path(out, loaded.path, loaded.chosen_alpha, x, labels)
    say(f"Picture written to {out}")


@click.command()
@click.argument("file", type=INPUT, metavar="FILE|MODEL.json")
@data_options
@fold_options
@click.option("--l1-ratio", type=Ratios(), default=1.0, show_default=True, help="1 lasso, towards 0 ridge; of a list "
              "the best is chosen.")
@grid_options
@problem_options
@click.option("--out", type=OUTPUT, metavar="FILE.html", required=True, help="Write the page here.")
@preparation_options
@column_options
@reading_options
def explore(file: Path, target: str | None, weights: str | None, out: Path, **options: Any) -> None:
    """Write a page on which a path is explored in a browser: one file that needs no network.

    FILE is a table, as for `lassocore cv`, whose path is fitted and cross-validated with the same options; or a model
    file, whose path is shown without what only the data tell.

    \b
    Example:
      lassocore explore salaries.csv --target salary --dates hired --missing drop-rows \\
        --standardize --out path.html
    """
    require_writable(out, file)
    if file.suffix.lower() == MODEL_SUFFIX:
        _refuse_options_of_fits(file)
        from lassocore.explorer.page import write_page
        from lassocore.models.model_file import load_model

        loaded = load_model(file)
        write_page(out, loaded.path, title=f"Path of {loaded.training.target}")
    else:
        folds = Folds(*(options.pop(name) for name in ("folds", "in_order", "seed")))
        data = read_data(file, target, weights, options)
        result, model = cross_validated(data, folds, "min", options)
        write_page_of(out, data, result, model, target)
    say(f"Page written to {out}")


def _refuse_options_of_fits(file: Path) -> None:
    """Refuse options that a model file settles."""
    from click.core import ParameterSource

    ctx = click.get_current_context()
    for parameter in ctx.command.params:
        given = ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and isinstance(parameter, click.Option) and parameter.name != "out":
            raise click.ClickException(f"{parameter.opts[0]} is for tables; leave it out for the model file {file}")
