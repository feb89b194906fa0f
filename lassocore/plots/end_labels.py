# Lives here: names at the right ends of lines, placed without overlap. Independent of: what the lines are.
"""Labels beside the axes, each level with the end of its line or joined to it by a leader."""
from __future__ import annotations

from collections.abc import Sequence
from os.path import commonprefix
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox, ScaledTranslation
from scipy.optimize import isotonic_regression

from lassocore.plots.style import SMALL, Colours, readable

LEADER = 10.0                       # length of the leaders, points
GAP = 2.0                           # from a leader to its label, points
MAX_SHARE = 0.3                     # of the width of the figure that a label takes at most
DOTS = "\N{HORIZONTAL ELLIPSIS}"
MIN_CHARACTERS = 8                  # to which names are shortened at most
MIN_AXES_SHARE = 0.35               # of the width of the axes that is left when labels are given room


def spread(anchors: np.ndarray, distance: float, low: float, high: float) -> np.ndarray:
    """Positions from low to high, in the order of the anchors, at least a distance apart, as near to them as possible.

    They minimise the sum of squared displacements: isotonic regression of the anchors less the least offsets, and then
    clipped to the bounds. There must be room for all.
    """
    order = np.argsort(anchors, kind="stable")
    offsets = distance * np.arange(len(anchors))
    fitted = isotonic_regression(anchors[order] - offsets).x
    positions = np.empty(len(anchors))
    positions[order] = np.clip(fitted, low, high - offsets[-1]) + offsets
    return positions


class EndLabels(Artist):
    """Names of lines beside the right edge of their axes.

    It is drawn before all else of the axes, and places its labels then: so they keep apart when the figure changes its
    size. Where there is no room for all, the last ones are not shown.
    """

    def __init__(self, ax: Any, lines: Sequence[Line2D], names: Sequence[str], shades: Sequence[str], colours: Colours,
                 beside: Sequence[Any] = ()):
        super().__init__()
        self.lines = lines
        self.beside = list(beside)      # further texts at the right, that need room
        dpi = ax.figure.dpi_scale_trans
        beside = ax.transAxes + ScaledTranslation((LEADER + GAP) / 72.0, 0.0, dpi)
        self.texts = [ax.text(
            1.0, 0.5, name, color=readable(shade, colours.background, colours.text),
            fontsize=SMALL, va="center_baseline", ha="left", transform=beside, parse_math=False, clip_on=False)
            for name, shade in zip(map(one_line, names), shades, strict=True)]
        self.leaders = [Line2D([1.0, 1.0], [0.5, 0.5], color=shade, linewidth=0.8, transform=ax.transAxes,
                               clip_on=False, in_layout=False) for shade in shades]
        for leader in self.leaders:
            ax.add_artist(leader)
        self.set_zorder(-1e6)
        self.set_in_layout(False)
        ax.add_artist(self)
        self.shorten(MAX_SHARE * ax.figure.bbox.width)
        if ax.get_axes_locator() is None:
            ax.set_axes_locator(self)
        self.place()

    def draw(self, renderer: Any) -> None:
        """Place the labels, which are drawn after this."""
        self.place(renderer)

    def place(self, renderer: Any = None) -> None:
        """Move the labels apart."""
        ax, box = self.axes, self.axes.bbox
        if not self.texts or box.height <= 0.0 or box.width <= 0.0:
            return
        extents = [text.get_window_extent(renderer) for text in self.texts]
        height = 1.05 * max(extent.height for extent in extents)
        n_shown = min(len(self.texts), 1 + int(box.height // height))
        ends = np.array([self.end_of(line) for line in self.lines[:n_shown]])
        heights = np.clip(ends[:, 1], box.y0, box.y1)
        # Of lines that end at one height, the first has the uppermost label.
        places = spread(heights - 1e-6 * np.arange(n_shown), height, box.y0, box.y1)
        pixel = ax.figure.dpi / 72.0
        for k, (text, leader) in enumerate(zip(self.texts, self.leaders, strict=True)):
            text.set_visible(k < n_shown)
            leader.set_visible(k < n_shown)
            if k < n_shown:
                start, end = (heights[k] - box.y0) / box.height, (places[k] - box.y0) / box.height
                text.set_y(end)
                leader.set_data([min(1.0, (ends[k, 0] - box.x0) / box.width), 1.0, 1.0 + LEADER * pixel / box.width],
                                [start, start, end])

    def end_of(self, line: Line2D) -> np.ndarray:
        """The last point of a line that is within the axes, in pixels."""
        points = self.axes.transData.transform(np.column_stack(line.get_data(orig=False)))
        inside = np.flatnonzero((points[:, 0] >= self.axes.bbox.x0 - 1.0) & (points[:, 0] <= self.axes.bbox.x1 + 1.0))
        return points[inside[-1] if len(inside) else -1]

    def shorten(self, widest: float) -> None:
        """Shorten the names until all are at most so wide, in pixels."""
        names = [text.get_text() for text in self.texts]
        n_kept = max(map(len, names), default=0)
        while self.width() > widest and n_kept > MIN_CHARACTERS:
            n_kept = max(MIN_CHARACTERS, min(n_kept - 1, int(n_kept * widest / self.width())))
            for text, name in zip(self.texts, shortened_names(names, n_kept), strict=True):
                text.set_text(name)

    def width(self, renderer: Any = None) -> float:
        """Of the widest label, in pixels."""
        return max((text.get_window_extent(renderer).width for text in self.texts + self.beside), default=0.0)

    def get_subplotspec(self) -> Any:
        """The place in the grid of the figure, which tight_layout asks what locates axes for."""
        return self.axes.get_subplotspec()

    def __call__(self, ax: Any, renderer: Any) -> Bbox:
        """Where the axes are: they leave room for the labels, unless the layout of the figure sees to that."""
        position = ax.get_position(original=True)
        figure = ax.figure
        if figure.canvas.figure.get_layout_engine() is not None or not self.texts + self.beside:
            return position
        width = self.width(renderer) + (LEADER + GAP) * figure.dpi / 72.0
        taken = min(width / figure.bbox.width, (1.0 - MIN_AXES_SHARE) * position.width)
        return Bbox.from_bounds(position.x0, position.y0, position.width - taken, position.height)


def one_line(name: Any) -> str:
    """A name as one line of text."""
    return " ".join(str(name).split()) or "(no name)"


def shortened_names(names: Sequence[str], n_kept: int) -> list[str]:
    """Names of at most so many characters; ellipses stand for the middle, or for what all begin with.

    Names that differ still differ, unless what they differ in is too long.
    """
    def cut(name: str) -> str:
        tail = (n_kept - 1) // 2
        return name if len(name) <= n_kept else f"{name[:n_kept - 1 - tail]}{DOTS}{name[len(name) - tail:]}"

    short = [cut(name) for name in names]
    if len(set(short)) == len(set(names)):
        return short
    prefix = commonprefix(sorted(set(names)))
    common = len(prefix)
    while common > max(0, len(prefix) - 6) and prefix[common - 1].isalnum():
        common -= 1                     # to the beginning of a word, unless it is far
    rest = [DOTS + name[common:] for name in names]
    return [name if len(name) <= n_kept else name[:n_kept - 1] + DOTS for name in rest]
