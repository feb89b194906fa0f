# Lives here: the commands that use a model file: predict, coef. Independent of: fits.
"""`lassocore predict` and `lassocore coef`."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lassocore.cli.options import READING, rereading_options, split_off
from lassocore.cli.running import INPUT, OUTPUT, require_writable, write_or_say
from lassocore.cli.terminal import say
from lassocore.cli.text_reports import coefficients_as

if TYPE_CHECKING:
    from lassocore.models.model import Model
    from lassocore.tables.columns import ModelFeatures

ALPHA = click.option("--alpha", type=float, help="Any alpha within the path, coefficients interpolated between "
                     "neighbours. Needed unless the model has one alpha, or one that was chosen at the fit.")


@click.command()
@click.argument("model", type=INPUT, metavar="MODEL.json")
@click.argument("file", type=INPUT)
@ALPHA
@click.option("--missing", type=click.Choice(["error", "nan"]), default="error", show_default=True,
              help="What becomes of rows in which a value is missing: an error, or the prediction NaN.")
@click.option("--out", type=OUTPUT, metavar="FILE.csv", help="Write the predictions here instead of to stdout.")
@rereading_options
def predict(model: Path, file: Path, alpha: float | None, missing: str, out: Path | None, **cells: Any) -> None:
    """Predict the rows of FILE with a model that --out of another command wrote.

    Prints CSV with the one column "prediction", a line for each row. Cells are read as at the fit, unless --na,
    --decimal, --sep or --encoding say otherwise.

    \b
    Example:
      lassocore predict model.json salaries_next_year.csv --missing nan --out fitted.csv
    """
    from dataclasses import replace

    import numpy as np

    from lassocore.models.model_file import load_model
    from lassocore.tables.read_table import read_features
    from lassocore.tables.reading import Reading

    require_writable(out, file, model)
    loaded = load_model(model)
    at = alpha_of(loaded, model, alpha)
    result = loaded.path
    reading = replace(loaded.reading or Reading(), **split_off(cells, READING))
    X, notes, lacking = read_features(file, features_of(loaded), reading, missing)
    result = replace(result, feature_names=None)        # already matched by the reader
    with np.errstate(all="ignore"):
        fitted = result.predict(X, at)
    if not np.isfinite(fitted).all():
        raise click.ClickException(f"{file} gives predictions that overflow; rescale its columns as in training")
    if lacking is not None:
        fitted[lacking] = np.nan
    say_chosen(loaded, alpha)
    for note in notes:
        say(f"Warning: {note}", err=True)
    write_or_say(["prediction", *map(repr, fitted.tolist())], out)


@click.command()
@click.argument("model", type=INPUT, metavar="MODEL.json")
@ALPHA
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]),
              help="By default a table, and CSV with --out.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write the coefficients here instead of to stdout.")
def coef(model: Path, alpha: float | None, form: str | None, out: Path | None) -> None:
    """Print the coefficients of a model by name.

    The intercept comes first, then the coefficients that are not 0, the largest in size first. They are those of the
    columns as they are in the file, also with --standardize.

    \b
    Example:
      lassocore coef model.json
    """
    from lassocore.models.model_file import load_model

    require_writable(out, model)
    loaded = load_model(model)
    lines = coefficients_as(form or ("table" if out is None else "csv"), loaded.path, alpha_of(loaded, model, alpha))
    say_chosen(loaded, alpha)
    write_or_say(lines, out)


def features_of(loaded: Model) -> ModelFeatures:
    """What a further file has to provide."""
    from lassocore.tables.columns import ModelFeatures

    path = loaded.path
    return ModelFeatures(path.coefs_sparse.shape[0], loaded.columns, path.feature_names, loaded.training.first_index,
                         loaded.preparation)


def alpha_of(loaded: Model, model: Path, alpha: float | None) -> float:
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


def say_chosen(loaded: Model, alpha: float | None) -> None:
    """A note that names the alpha where it was not given."""
    if alpha is None and loaded.chosen_alpha is not None:
        say(f"Note: alpha {loaded.chosen_alpha:.5g}, as chosen at the fit", err=True)
