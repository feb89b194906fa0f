# Lives here: the command that compares new data with those of a fit. Independent of: how they are compared.
"""`lassocore monitor`."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from lassocore.cli.commands.group import EXIT_DRIFT
from lassocore.cli.commands.using import features_of
from lassocore.cli.options import READING, rereading_options, split_off
from lassocore.cli.running import INPUT, OUTPUT, require_writable, warnings_as_lines, write_or_say
from lassocore.cli.text_reports import drift_lines

LIMITS = ("mean_shift", "variance_ratio", "psi", "error_ratio", "missing", "unseen")


@click.command()
@click.argument("model", type=INPUT, metavar="MODEL.json")
@click.argument("file", type=INPUT)
@click.option("--target", metavar="COL", help="Column with the target, to compare errors; the key of an NPZ file's "
              "target. Without it features alone are compared.")
@click.option("--alpha", type=float, help="Any alpha within the path, by default the one that was chosen at the fit.")
@click.option("--refit", is_flag=True, help="Fit the new rows at the same alpha, and compare the coefficients; needs "
              "the target.")
@click.option("--max-shift", "mean_shift", type=click.FloatRange(0), metavar="SD", help="Shift of a mean, in standard "
              "deviations of the training data, beyond which it is drift.")
@click.option("--max-variance-ratio", "variance_ratio", type=click.FloatRange(1), metavar="RATIO",
              help="Ratio of variances, either way, beyond which it is drift.")
@click.option("--max-psi", "psi", type=click.FloatRange(0), metavar="PSI", help="Population stability index beyond "
              "which it is drift.")
@click.option("--max-error-ratio", "error_ratio", type=click.FloatRange(1), metavar="RATIO", help="Mean squared error, "
              "over that of validation, beyond which it is drift.")
@click.option("--max-missing", "missing", type=click.FloatRange(0, 1), metavar="SHARE", help="Share of rows with a "
              "missing value beyond which it is drift.")
@click.option("--max-unseen", "unseen", type=click.FloatRange(0, 1), metavar="SHARE", help="Share of rows with a "
              "category not seen in training beyond which it is drift.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write the comparison here instead of to stdout.")
@rereading_options
def monitor(model: Path, file: Path, target: str | None, as_json: bool, out: Path | None, **options: Any) -> None:
    """Compare FILE with the data to which a model was fitted: exit code 1 where they have drifted apart.

    For each feature of the model: shift of the mean, ratio of the variances, population stability index; shares of
    missing values and of categories not seen in training; with --target the error beside that of validation. A
    statistic counts where it exceeds its threshold and what chance explains. The model is one that `lassocore cv` or
    `lassocore path` wrote, or `save(file, X=X, y=y)`.

    \b
    Example:
      lassocore monitor model.json salaries_next_year.csv --target salary
    """
    from dataclasses import replace

    from lassocore.models import Thresholds
    from lassocore.models.model_file import load_model
    from lassocore.models.monitoring import monitor as compare
    from lassocore.tables.new_rows import read_new_rows
    from lassocore.tables.reading import Reading

    require_writable(out, file, model)
    loaded = load_model(model)
    if options["refit"] and target is None:
        raise click.ClickException("--refit needs --target, the column that is explained")
    reading = replace(loaded.reading or Reading(), **split_off(options, READING))
    limits = Thresholds(**split_off(options, LIMITS))
    X, y = read_new_rows(file, features_of(loaded), reading, target)
    with warnings_as_lines():
        report = compare(loaded, X, y, refit=options["refit"], alpha=options["alpha"], thresholds=limits)
    lines = json.dumps(report.to_dict(), indent=1).split("\n") if as_json else drift_lines(report)
    write_or_say(lines, out)
    if report.drifted:
        sys.exit(EXIT_DRIFT)
