# Lives here: the axis of alphas, counts above it, marked alphas. Independent of: what is drawn.
"""The horizontal axis of alphas, from large to small, and what is written above and along it."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, Locator, LogLocator, MaxNLocator, NullLocator

from lassocore.plots.style import SMALL, Colours, plain_number, readable

MANY_DECADES = 2.6                  # from here on powers of ten suffice as ticks
LAID_OUT = 0.85                     # of the width of new axes that a layout may leave them
COUNT_WIDTH = 3.4                   # of the number and the space around it, in font sizes


class AlphaLocator(Locator):
    """Ticks at round alphas, and at 0 where the axis reaches it."""

    def __init__(self, smallest: float, reaches_zero: bool):
        self.smallest, self.reaches_zero = smallest, reaches_zero

    def __call__(self) -> np.ndarray:
        """The ticks of the current view."""
        low, high = sorted(self.axis.get_view_interval())
        return self.tick_values(low, high)

    def tick_values(self, vmin: float, vmax: float) -> np.ndarray:
        """The ticks from vmin to vmax."""
        edge = max(vmin, self.smallest) if self.reaches_zero else vmin
        decades = np.log10(vmax / edge) if edge > 0.0 else 1.0
        if decades < 0.7:
            ticks = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(edge, vmax)
        else:
            subs = [1.0] if decades > MANY_DECADES else [1.0, 3.0] if decades > 1.5 else [1.0, 2.0, 5.0]
            ticks = LogLocator(subs=subs, numticks=9).tick_values(edge, vmax)
        ticks = ticks[(ticks >= edge) & (ticks <= vmax) & (ticks > 0.0)]
        return np.append(0.0, ticks) if self.reaches_zero and vmin <= 0.0 else ticks


def set_alpha_axis(ax: Any, alphas: np.ndarray) -> None:
    """Make the horizontal axis one of log alpha, the largest alpha at the left.

    Below the smallest alpha above 0 it is linear, where the path goes on to 0.
    """
    positive = alphas[alphas > 0.0]
    reaches_zero = bool(len(positive)) and alphas.min() == 0.0
    if not len(positive):
        set_limits(ax, 1.0, 0.0)
    elif reaches_zero:
        span = np.log10(positive.max() / positive.min())
        ax.set_xscale("symlog", linthresh=positive.min(), linscale=max(0.1 * span, 0.05))
        set_limits(ax, positive.max(), 0.0)
    else:
        ax.set_xscale("log")
        set_limits(ax, positive.max(), positive.min())
    if len(positive):
        ax.xaxis.set_major_locator(AlphaLocator(positive.min(), reaches_zero))
        ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(alpha_label))
    below = f", linear below {plain_number(positive.min())}" if reaches_zero else ""
    ax.set_xlabel(f"alpha (log scale{below})" if len(positive) else "alpha")


def alpha_label(value: float, _position: int | None = None) -> str:
    """The label of a tick."""
    return plain_number(value)


def set_limits(ax: Any, left: float, right: float) -> None:
    """Set the ends of the horizontal axis; a single point is in its middle."""
    if left == right:
        left, right = (left * 2.0, left / 2.0) if left > 0.0 else (left - 1.0, left + 1.0)
    ax.set_xlim(left, right)


class CountLocator(Locator):
    """Ticks at points of the path that are about evenly spread over the visible part of the axis."""

    def __init__(self, points: np.ndarray, counts: np.ndarray):
        self.points, self.counts = points, counts

    def __call__(self) -> np.ndarray:
        """The ticks of the current view."""
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> np.ndarray:
        """The ticks from vmin to vmax."""
        low, high = sorted((vmin, vmax))
        inside = np.flatnonzero((self.points >= low) & (self.points <= high))
        if not len(inside):
            return np.empty(0)
        to_axes = self.axis.get_transform()
        first, last = to_axes.transform(np.array([low, high], dtype=float))
        places = (to_axes.transform(self.points[inside]) - first) / ((last - first) or 1.0)
        size = self.axis.axes.xaxis.label.get_fontsize() * self.axis.figure.dpi / 72.0
        n_ticks = max(2, min(12, int(self.axis.axes.bbox.width / (COUNT_WIDTH * size))))
        wanted = np.linspace(0.0, 1.0, n_ticks)
        nearest = np.unique(np.abs(places[:, None] - wanted).argmin(axis=0))
        kept: list[int] = []
        for k in nearest[np.argsort(places[nearest], kind="stable")]:
            if not kept or abs(places[k] - places[kept[-1]]) > 0.6 / n_ticks:
                kept.append(int(k))
        return self.points[inside[kept]]

    def format(self, point: float, _position: int | None = None) -> str:
        """The count at a point."""
        return f"{self.counts[np.abs(self.points - point).argmin()]:g}"


def show_counts(ax: Any, points: np.ndarray, counts: np.ndarray, name: str) -> Any:
    """Write the counts above the axes, as labels of minor ticks, and behind them what is counted.

    Every count is that of a point of the path, not one between two of them.
    """
    locator = CountLocator(np.asarray(points, dtype=float), np.asarray(counts))
    ax.xaxis.remove_overlapping_locs = False
    ax.xaxis.set_minor_locator(locator if len(points) > 1 else FixedLocator(locator.points))
    ax.xaxis.set_minor_formatter(FuncFormatter(locator.format))
    ax.tick_params(axis="x", which="minor", top=True, labeltop=True, bottom=False, labelbottom=False, labelsize=SMALL,
                   length=3.0)
    factor = ax.yaxis.get_offset_text()         # such as 1e8: beside the first count, not over it
    factor.set_x(-0.02)
    factor.set_horizontalalignment("right")
    pad = 3.0 + ax.xaxis.get_tick_padding()
    right = max(12.0, 5.0 + 0.3 * ax.xaxis.label.get_fontsize() * len(locator.format(ax.get_xlim()[1])))
    return ax.annotate(name, (1.0, 1.0), (right, pad), xycoords="axes fraction", textcoords="offset points",
                       ha="left", va="bottom", fontsize=SMALL, annotation_clip=False)


def backing(colours: Colours) -> dict[str, Any]:
    """The box behind a text that stands among lines."""
    return {"facecolor": colours.background, "edgecolor": "none", "alpha": 0.8, "pad": 1.0}


def mark_alphas(ax: Any, places: Mapping[str, float], colours: Colours, shade: str | None = None
                ) -> tuple[list[Any], list[Any]]:
    """Vertical lines at these places of the horizontal axis, with a text each: (lines, texts).

    The texts stand at the top, one below the other, at the right of their lines, or at the left, or across
    them, where there is no room.
    """
    shade = shade or colours.text
    lines, texts = [], []
    ax.get_xlim()                       # sets limits that are not set yet
    order = sorted(places, key=lambda name: ax.transData.transform((places[name], 0.0))[0])
    fractions = [float(ax.transAxes.inverted().transform(ax.transData.transform((places[name], 0.0)))[0])
                 for name in order]
    for k, (name, fraction) in enumerate(zip(order, fractions, strict=True)):
        lines.append(ax.axvline(places[name], color=shade, linewidth=1.0, linestyle=(0, (4, 2)), zorder=2.5))
        text = ax.annotate(
            name, (places[name], 1.0), (4.0, -4.0 - 12.0 * k), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="left", va="top", fontsize=SMALL, parse_math=False, zorder=5.0,
            color=readable(shade, colours.background, colours.text), bbox=backing(colours))
        room, width = LAID_OUT * ax.bbox.width, text.get_window_extent().width + 4.0 * ax.figure.dpi / 72.0
        if fraction * room + width > room:
            fits = fraction * room >= width
            text.set_ha("right" if fits else "left")
            shift = -4.0 if fits else (room - width - fraction * room) * 72.0 / ax.figure.dpi
            text.xyann = (max(shift, -fraction * room * 72.0 / ax.figure.dpi), text.xyann[1])
        texts.append(text)
    return lines, texts
