# Lives here: ConvergenceDisplay. Independent of: how histories are recorded.
"""The picture of how a fit converged."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from lassocore.plots.style import SMALL, Colours, axes_for, colours_of, load_pyplot, mixed, plain_number, set_y_label
from lassocore.utils.arguments import as_vector
from lassocore.utils.docstrings import complete_docstring

WIDTH, PANEL = 7.0, 1.9             # of a new figure, and the height of a panel, inches
PANELS = ("objective", "gap", "n_nonzero")
Y_LABELS = {"objective": "objective \N{MINUS SIGN} minimum (y\N{SUPERSCRIPT TWO})",
            "gap": "duality gap (y\N{SUPERSCRIPT TWO})", "n_nonzero": "nonzeros"}
MARKERS = ("o", "D", "s", "^", "v", "P")    # kinds of iterations
MANY = 150                          # from here on points have no markers


class History(NamedTuple):
    """What a fit has recorded, an entry for each iteration."""

    alpha_index: np.ndarray
    iteration: np.ndarray
    objective: np.ndarray
    gap: np.ndarray
    n_nonzero: np.ndarray
    kind: np.ndarray


class ConvergenceDisplay:
    """Plot of objective, duality gap and nonzeros, iteration by iteration.

    Make it by `from_path`, from a fit with ``history=True``. Each quantity has a panel. The objective is drawn above
    the least that was recorded at its alpha, which is 0 there and absent from the logarithmic scale; the gap with its
    tolerance. Of several alphas, the iterations of one follow those of the alpha before it.

    Parameters
    ----------
    alphas : ndarray of shape (n_alphas,)
        The alphas of the path.
    history : namedtuple
        Arrays of equal length, with an entry for each iteration: ``alpha_index``, ``iteration``, ``objective``,
        ``gap``, ``n_nonzero``, and ``kind``, which names the kind of iteration.
    gap_tol : float, default=None
        The tolerance of the gap.
    shown : sequence of int, default=None
        Positions of the alphas to draw; all by default.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The first panel.
    axes_ : ndarray of matplotlib.axes.Axes of shape (n_panels,)
        All panels.
    figure_ : matplotlib.figure.Figure
        The figure of the panels.
    lines_ : dict of str to list of matplotlib.lines.Line2D
        For each panel, "objective", "gap" or "n_nonzero", a line for each alpha.
    tolerance_line_ : matplotlib.lines.Line2D or None
        The tolerance in the panel of the gap; None where there is none.

    See Also
    --------
    PathDisplay : Coefficients along a path.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from lassocore.plots import ConvergenceDisplay
    >>> history = SimpleNamespace(
    ...     alpha_index=np.zeros(3, int), iteration=np.arange(1, 4), objective=np.array([3.0, 2.1, 2.0]),
    ...     gap=np.array([1.5, 0.3, 0.001]), n_nonzero=np.array([9, 4, 3]), kind=np.array(["epoch"] * 3))
    >>> display = ConvergenceDisplay(np.array([0.1]), history, gap_tol=0.01).plot()
    >>> display.lines_["gap"][0].get_ydata().tolist()
    [1.5, 0.3, 0.001]
    >>> plt.close(display.figure_)
    """

    ax_: Any
    axes_: np.ndarray
    figure_: Any
    lines_: dict[str, list[Any]]
    tolerance_line_: Any

    def __init__(self, alphas, history, *, gap_tol: float | None = None, shown: Sequence[int] | None = None):
        self.alphas = alphas
        self.history = history
        self.gap_tol = gap_tol
        self.shown = shown

    @classmethod
    def from_path(cls, path, *, alpha: float | None = None, ax=None, panels: Sequence[str] = PANELS) -> Self:
        """Draw the history of a path.

        Parameters
        ----------
        path : PathResult or MultiTaskPathResult
            Fitted with ``history=True``.
        alpha : float, optional
            The alpha of the path whose iterations are drawn; by default all are, one after the other.
        ax : matplotlib.axes.Axes or array-like of them, optional
            Where to draw: axes that are divided into the panels, or one for each panel; by default in a new figure.
        panels : sequence of str, default=("objective", "gap", "n_nonzero")
            Which quantities are drawn, from top to bottom.

        Returns
        -------
        ConvergenceDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            A path without a history; an alpha that is not one of the path; unknown panels; another number of axes.
        TypeError
            An ax that is no axes of matplotlib.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import fit_path
        >>> from lassocore.plots import ConvergenceDisplay
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> path = fit_path(X, y, alphas=[0.1], solver="cd", history=True)
        >>> display = ConvergenceDisplay.from_path(path, panels=["objective", "gap"])
        >>> [ax.get_yscale() for ax in display.axes_], len(display.lines_["gap"])
        (['log', 'log'], 1)
        >>> plt.close(display.figure_)
        """
        load_pyplot()
        history = getattr(path, "history", None)
        if history is None:
            raise ValueError(f"path={path!r} has no history; fit it with history=True")
        shown = None
        if alpha is not None:
            value = as_vector([alpha], "alpha", 1, "alphas")[0]
            nearest = int(np.abs(path.alphas - value).argmin())
            if abs(path.alphas[nearest] - value) > 1e-4 * abs(value):
                raise ValueError(f"alpha={plain_number(value)} is not an alpha of the path; the nearest is "
                                 f"{path.alphas[nearest]!r}")
            shown = [nearest]
        return cls(path.alphas, history, gap_tol=path.gap_tol, shown=shown).plot(ax, panels=panels)

    @complete_docstring(from_path.__func__)     # type: ignore[attr-defined]
    def plot(self, ax=None, *, panels: Sequence[str] = PANELS) -> Self:
        """Draw the iterations.

        Parameters
        ----------
        ax, panels

        Returns
        -------
        Self
            The display.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            Unknown panels; another number of axes; no iteration that was recorded.
        TypeError
            An ax that is no axes of matplotlib.
        """
        panels = [panels] if isinstance(panels, str) else list(panels)
        unknown = [panel for panel in panels if panel not in PANELS]
        if unknown or not panels:
            raise ValueError(f"panels={panels!r} must be some of {', '.join(map(repr, PANELS))}")
        history = self._shown_history()
        self.axes_ = panel_axes(ax, len(panels))
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        self.lines_, self.tolerance_line_ = {}, None
        single = len(np.unique(history.alpha_index)) == 1
        x = history.iteration if single else 1 + np.arange(len(history.iteration))
        for axes, panel in zip(self.axes_, panels, strict=True):
            colours = colours_of(axes)
            if not single:
                shade_alphas(axes, history.alpha_index, colours)
            self._draw_panel(axes, panel, x, history, colours)
        kinds = np.unique(history.kind)
        bottom = self.axes_[-1]
        bottom.set_xlabel(f"iteration ({kinds[0]})" if len(kinds) == 1 else f"iteration ({', '.join(kinds)})")
        bottom.xaxis.get_major_locator().set_params(integer=True)
        for axes in self.axes_[:-1]:
            axes.tick_params(labelbottom=False)
        self._say_alphas(history, single)
        return self

    def _shown_history(self) -> History:
        """The iterations to draw."""
        names = History._fields
        fields = {name: np.asarray(getattr(self.history, name)) for name in names}
        if self.shown is not None:
            kept = np.isin(fields["alpha_index"], self.shown)
            fields = {name: values[kept] for name, values in fields.items()}
        if not len(fields["iteration"]):
            raise ValueError("the history holds no iteration of these alphas; they were solved by the ones before them")
        fields["kind"] = fields["kind"].astype(str)
        return History(**fields)

    def _draw_panel(self, axes: Any, panel: str, x: np.ndarray, history: History, colours: Colours) -> None:
        """Draw one quantity, a line for each alpha and a kind of marker for each kind of iteration."""
        from lassocore.plots.alpha_axis import backing

        shade = colours.palette[PANELS.index(panel)]
        values = np.array(getattr(history, panel), dtype=float)
        if panel == "objective":
            values -= least_of(values, history.alpha_index)
        logarithmic = panel != "n_nonzero" and bool((values > 0.0).any())
        self.lines_[panel] = []
        for k in np.unique(history.alpha_index):
            own = np.flatnonzero(history.alpha_index == k)
            y = values[own]
            if logarithmic:
                y = np.where(y > 0.0, y, np.nan)
            self.lines_[panel] += axes.plot(x[own], y, color=shade, linewidth=1.2,
                                            drawstyle="steps-mid" if panel == "n_nonzero" else "default")
            for kind, marker in zip(np.unique(history.kind), MARKERS, strict=False):
                these = history.kind[own] == kind
                if len(x) < MANY or these.sum() == 1 == len(own):
                    axes.plot(x[own][these], y[these], linestyle="none", marker=marker, markersize=3.5, color=shade,
                              label=kind if not axes.get_legend_handles_labels()[1].count(kind) else "_")
        if logarithmic:
            axes.set_yscale("log")
        if panel == "n_nonzero":
            axes.yaxis.get_major_locator().set_params(integer=True)
        if panel == "gap" and self.gap_tol is not None and 0.0 < self.gap_tol < np.inf:
            self.tolerance_line_ = axes.axhline(self.gap_tol, color=colours.text, linewidth=1.0, linestyle=(0, (4, 2)))
            axes.annotate(f"tolerance {plain_number(self.gap_tol)}", (0.0, self.gap_tol), (4.0, -3.0),
                          xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="left", va="top",
                          fontsize=SMALL, color=colours.text, zorder=5.0, bbox=backing(colours))
        set_y_label(axes, Y_LABELS[panel], SMALL)
        axes.margins(x=0.02)
        if len(np.unique(history.kind)) > 1 and panel == next(iter(self.lines_)) and len(x) < MANY:
            axes.legend(fontsize=SMALL, frameon=False, loc="best")

    def _say_alphas(self, history: History, single: bool) -> None:
        """Write above the panels which alphas they show."""
        shown = np.asarray(self.alphas)[np.unique(history.alpha_index)]
        text = f"alpha = {plain_number(shown[0])}" if single else (
            f"{len(shown)} alphas from {plain_number(shown.max())} to {plain_number(shown.min())}")
        self.ax_.set_title(text, fontsize=SMALL, loc="left")


def least_of(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """For each value the least of those with the same owner."""
    least = np.full(int(owner.max()) + 1, np.inf)
    np.minimum.at(least, owner, values)
    return least[owner]


def panel_axes(ax: Any, n_panels: int) -> np.ndarray:
    """Axes one below the other: new ones, those that were given, or parts of the axes that were given."""
    if ax is None:
        load_pyplot()
        return np.atleast_1d(load_pyplot().subplots(
            n_panels, 1, sharex=True, layout="constrained", figsize=(WIDTH, 0.7 + PANEL * n_panels))[1])
    if np.ndim(np.asarray(ax, dtype=object)) > 0:
        given = np.asarray(ax, dtype=object).ravel()
        if len(given) != n_panels:
            raise ValueError(f"ax holds {len(given)} axes for {n_panels} panels; pass one for each")
        return np.array([axes_for(one) for one in given], dtype=object)
    ax = axes_for(ax)
    if n_panels == 1:
        return np.array([ax], dtype=object)
    if ax.get_subplotspec() is None:
        raise ValueError("ax was placed by hand and cannot be divided; pass one axes for each panel, or choose "
                         "one panel")
    ax.set_axis_off()
    grid = ax.get_subplotspec().subgridspec(n_panels, 1, hspace=0.12)
    panels = [ax.figure.add_subplot(grid[0])]
    panels += [ax.figure.add_subplot(grid[k], sharex=panels[0]) for k in range(1, n_panels)]
    return np.array(panels, dtype=object)


def shade_alphas(axes: Any, alpha_index: np.ndarray, colours: Colours) -> None:
    """Shade the background of every second alpha."""
    changes = np.flatnonzero(np.diff(alpha_index)) + 1
    edges = np.concatenate([[0], changes, [len(alpha_index)]]) + 0.5
    for first, last in list(zip(edges[:-1], edges[1:], strict=True))[1::2]:
        axes.axvspan(first, last, color=mixed(colours.background, colours.text, 0.07), linewidth=0.0, zorder=0.0)
