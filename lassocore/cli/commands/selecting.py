# Lives here: the command that reports which features are selected, and how surely. Independent of: how they are.
"""`lassocore select`."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lassocore.cli.options import column_options, data_options, preparation_options, reading_options
from lassocore.cli.running import (
    INPUT,
    OUTPUT,
    require_distinct,
    require_picture,
    require_writable,
    warnings_as_lines,
    write_or_say,
)
from lassocore.cli.terminal import say
from lassocore.cli.text_reports import selection_as
from lassocore.cli.training_data import read_data

SELECTION = ("max_false_selections", "threshold", "max_features", "n_subsamples", "weakness", "l1_ratio",
             "fit_intercept", "standardize", "tol", "max_iter")


@click.command()
@click.argument("file", type=INPUT)
@data_options
@click.option("--max-false", "max_false_selections", type=click.FloatRange(0, min_open=True), metavar="NUMBER",
              help="Expected number of false selections that is allowed, by default 1.")
@click.option("--threshold", type=click.FloatRange(0.5, 1, min_open=True), metavar="SHARE", help="Share of the "
              "subsamples that have to select a feature, by default the least that keeps to --max-false.")
@click.option("--max-features", type=click.IntRange(1), metavar="NUMBER", help="Features that a subsample selects, by "
              "default as many as --max-false allows.")
@click.option("--subsamples", "n_subsamples", type=click.IntRange(2), default=100, show_default=True,
              help="Random halves of the rows, in pairs.")
@click.option("--weakness", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True,
              help="Below 1 penalties are varied at random; 0.5 helps with correlated features.")
@click.option("--l1-ratio", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True,
              help="1 lasso, below it the elastic net.")
@click.option("--standardize/--no-standardize", default=True, show_default=True, help="Penalise columns as if they had "
              "unit variance on each subsample.")
@click.option("--no-intercept", "fit_intercept", is_flag=True, flag_value=False, default=True, help="Fit no intercept.")
@click.option("--tol", type=click.FloatRange(0), default=1e-4, show_default=True,
              help="Largest duality gap, in mean squares of the centred target.")
@click.option("--max-iter", type=click.IntRange(1), default=10_000, show_default=True, help="Epochs for each alpha.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the subsamples.")
@click.option("--min-correlation", type=click.FloatRange(0, 1, min_open=True), default=0.7, show_default=True,
              help="From which on another feature is listed as a stand-in.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]),
              help="By default a table, and CSV with --out.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write the report here instead of to stdout.")
@click.option("--plot", type=OUTPUT, metavar="FILE.png", help="Draw the selection frequencies here (also .svg, .pdf).")
@preparation_options
@column_options
@reading_options
def select(file: Path, target: str | None, weights: str | None, **options: Any) -> None:
    """Report which features of FILE are selected on most random halves of its rows.

    For each of them: its coefficient in the least-squares fit of all of them, also for a change of one standard
    deviation; how often it is selected, and with the same sign; its variance inflation factor; the features that could
    stand in for it; what is lost without it, and what then enters. Files and columns are read as by `lassocore path`;
    what the preparation learns, from the features alone, is learnt from all rows.

    \b
    Example:
      lassocore select salaries.csv --target salary --dates hired --missing drop-rows \\
        --plot stability.png
    """
    out, picture, form = (options.pop(name) for name in ("out", "plot", "form"))
    for option, file_out in (("--out", out), ("--plot", picture)):
        require_writable(file_out, file, option=option)
    require_distinct({"--out": out, "--plot": picture})
    require_picture(picture, "--plot")
    seed, least = options.pop("seed"), options.pop("min_correlation")
    from dataclasses import replace

    from lassocore.selection import StabilitySelection, selection_report

    data = read_data(file, target, weights, options)
    y, s = data.table.y, data.table.sample_weight
    with warnings_as_lines():
        selector = StabilitySelection(random_state=seed, **{name: options[name] for name in SELECTION})
        selector.fit(data.X, y, s)
        report = None
        if selector.get_support().any():
            report = selection_report(selector, data.X, y, sample_weight=s, min_correlation=least, random_state=seed)
            report = replace(report, all_feature_names=data.labels)
    if picture is not None:
        from lassocore.cli.pictures import draw_stability

        draw_stability(picture, selector, data.labels)
    write_or_say(selection_as(form or ("table" if out is None else "csv"), selector, report, data.labels), out)
    for kind, written in (("Report", out), ("Picture", picture)):
        if written is not None:
            say(f"{kind} written to {written}", err=out is None)
