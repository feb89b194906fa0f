# Lives here: pictures that commands write. Independent of: what is drawn, which `plots` knows.
"""Figures of one or two displays, written to a file without a display."""
from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lassocore.cli.training_data import TrainingData
from lassocore.plots import CVDisplay, PathDisplay, StabilityDisplay
from lassocore.utils.atomic_files import write_atomically

DOTS_PER_INCH = 144


def draw_cross_validation(out: Path, result: Any, model: Any, data: TrainingData) -> None:
    """The path above, of standardised coefficients if these were penalised, and the held-out errors below."""
    figure, table = new_figure(7.5, 8.5), data.table
    above, below = figure.subplots(2, 1)
    PathDisplay.from_path(result, scaled=model.standardize, X=data.X if model.standardize else None,
                          alpha=float(model.alpha_), ax=above)
    CVDisplay.from_estimator(model, data.X, table.y, sample_weight=table.sample_weight, ax=below)
    write(figure, out)


def new_figure(width: float, height: float) -> Figure:
    """A figure that belongs to no window."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def write(figure: Figure, out: Path) -> None:
    """Write the figure in the format of the extension, whole or not at all."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=out.suffix[1:].lower(), dpi=DOTS_PER_INCH)
    write_atomically(out, buffer.getvalue())


def draw_path(out: Path, path: Any, alpha: float | None, x: str, labels: int) -> None:
    """The path alone."""
    figure = new_figure(8.0, 5.0)
    PathDisplay.from_path(path, alpha=alpha, x=x, labels=labels, ax=figure.subplots())
    write(figure, out)


def draw_stability(out: Path, selector: Any, labels: list[str]) -> None:
    """Selection frequencies along the path."""
    figure = new_figure(8.0, 5.0)
    StabilityDisplay.from_frequencies(
        selector.alphas_, selector.stability_path_, threshold=selector.threshold_, support=selector.get_support(),
        feature_names=labels, ax=figure.subplots())
    write(figure, out)
