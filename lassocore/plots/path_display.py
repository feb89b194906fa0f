# Lives here: PathDisplay. Independent of: how paths are fitted, colours, where labels are placed.
"""The picture of a regularization path."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from lassocore.designs.feature_names import require_features
from lassocore.plots.curves import (
    AXES,
    Curves,
    Finer,
    checked_alpha,
    curves_of,
    finer,
    place_of_alpha,
    places_of,
    standard_deviations,
    strongest,
)
from lassocore.plots.estimator_paths import fit_path_of, marks_of
from lassocore.plots.style import Colours, axes_for, colours_of, plain_number, set_y_label
from lassocore.results.path_output import PathOutput
from lassocore.utils.arguments import as_vector, check_flag, is_number
from lassocore.utils.docstrings import complete_docstring

SIZE = (7.0, 4.2)                   # of a new figure, inches
MANY = 60                           # from here on lines without a name are thinner
DASHES = (0, (3.0, 1.5))            # of refits
R2_LABEL = "explained variance, R\N{SUPERSCRIPT TWO} (share of 1)"


@complete_docstring(PathOutput.plot)
class PathDisplay:
    """Plot of the coefficients along a path of alphas, the strongest with their names.

    Make it by `from_path` or `from_estimator`. The horizontal axis goes from the largest alpha, at the left, to the
    smallest, as the path is fitted: features enter from left to right. The names of the strongest features are at the
    right ends of their lines; all other lines are grey. Numbers above the axes count the nonzero coefficients.

    Parameters
    ----------
    curves : Curves
        The lines: ``alphas`` (n_alphas,), falling; ``values`` (n_lines, n_alphas) of the features that are not 0
        everywhere; ``names`` and ``clusters`` (lines of a cluster share a colour) of the lines; ``counts`` and ``r2``
        of the alphas; in words ``what`` the values are, and what is ``counted``.
    marks : dict of str to float, default=None
        Alphas to mark, each with a text.
    refit : Curves, default=None
        The lines of a relaxed path, drawn dashed.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes with the path.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.
    lines_ : list of matplotlib.lines.Line2D
        The lines that have a name, the strongest first, from the last 0 before they leave it on. Between the alphas of
        the path they have further points where alphas are far apart, as coefficients are linear in alpha, not in its
        logarithm.
    other_lines_ : matplotlib.collections.LineCollection or None
        All other lines; None where there is none.
    refit_lines_ : matplotlib.collections.LineCollection or None
        The dashed lines of a refit; None without.
    label_texts_ : list of matplotlib.text.Text
        The names, in the order of lines_.
    mark_lines_ : list of matplotlib.lines.Line2D
        The vertical lines of marked alphas, from left to right.
    mark_texts_ : list of matplotlib.text.Text
        Their texts.

    See Also
    --------
    CVDisplay : Errors of cross-validation along a path.
    StabilityDisplay : Selection frequencies along a path.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import fit_path
    >>> from lassocore.plots import PathDisplay
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> display = PathDisplay.from_path(fit_path(X, y), alpha=1.0, labels=2)
    >>> [text.get_text() for text in display.label_texts_]
    ['bmi', 's5']
    >>> plt.close(display.figure_)
    """

    ax_: Any
    figure_: Any
    lines_: list[Any]
    other_lines_: Any
    refit_lines_: Any
    label_texts_: list[Any]
    mark_lines_: list[Any]
    mark_texts_: list[Any]

    def __init__(self, curves: Curves, *, marks: Mapping[str, float] | None = None, refit: Curves | None = None):
        self.curves = curves
        self.marks = dict(marks or {})
        self.refit = refit

    @classmethod
    @complete_docstring(PathOutput.plot)
    def from_path(
        cls, path, *, ax=None, x: str = "alpha", labels=10, alpha=None, scaled: bool = False, X=None,
        norms: bool | None = None, refit=None,
    ) -> Self:
        """Draw a path that was fitted.

        Parameters
        ----------
        path : PathResult or MultiTaskPathResult
            What `fit_path` or `fit_multi_task_path` returned, or a relaxed path.
        ax, x, labels, alpha, scaled, X, norms, refit

        Returns
        -------
        PathDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            An alpha that the path does not reach; scaled without X; norms of a path that has neither tasks nor groups;
            names that no line has.
        TypeError
            Another result than that of `fit_path` or `fit_multi_task_path`; an ax that is no axes of matplotlib.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import fit_path
        >>> from lassocore.plots import PathDisplay
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> PathDisplay.from_path(fit_path(X, y), refit=fit_path(X, y, relax=0.0)).ax_.get_ylabel()
        'coefficient (units of y per unit of x)'
        >>> plt.close("all")
        """
        check_path(path)
        curves, deviations = _drawn_of(path, norms, scaled, X)
        return cls(curves, marks=as_marks(curves, alpha), refit=_refit_of(refit, path, norms, deviations)).plot(
            ax, x=x, labels=labels)

    @classmethod
    @complete_docstring(PathOutput.plot)
    def from_estimator(
        cls, estimator, X, y, *, sample_weight=None, ax=None, x: str = "alpha", labels=10, scaled: bool = False,
        norms: bool | None = None,
    ) -> Self:
        """Fit the path of an estimator and draw it; the alpha of the estimator is marked.

        Parameters
        ----------
        estimator : estimator or Pipeline
            A lasso, elastic net, or a model with groups or several tasks, cross-validated or not, of lassocore or of
            scikit-learn; or a fitted pipeline that ends with one. A path is fitted with its parameters; a fitted
            cross-validated model determines the alphas and l1_ratio, and its ``alpha_`` is marked.
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The data of the fit.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Target values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        ax, x, labels
        scaled : bool, default=False
            Multiply coefficients by the standard deviations of their features.
        norms

        Returns
        -------
        PathDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        TypeError
            An estimator without such a path.
        NotFittedError
            A pipeline, or an adaptive lasso, that is not fitted.
        ValueError
            As in `fit_path` and `from_path`.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import LassoCV
        >>> from lassocore.plots import PathDisplay
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> display = PathDisplay.from_estimator(LassoCV(alphas=30).fit(X, y), X, y, scaled=True)
        >>> display.mark_texts_[0].get_text()
        'alpha_ = 0.00346'
        >>> plt.close(display.figure_)
        """
        axes_for_is_possible()
        path, model, X, names = fit_path_of(estimator, X, y, sample_weight)
        check_flag("scaled", scaled)
        deviations = standard_deviations(X, sample_weight) if scaled else None
        curves = curves_of(path, norms, deviations, names)
        return cls(curves, marks=marks_of(model, curves)).plot(ax, x=x, labels=labels)

    @complete_docstring(PathOutput.plot)
    def plot(self, ax=None, *, x: str = "alpha", labels=10) -> Self:
        """Draw the path.

        Parameters
        ----------
        ax, x, labels

        Returns
        -------
        Self
            The display.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            An unknown x; names that no line has.
        TypeError
            An ax that is no axes of matplotlib.
        """
        if x not in AXES:
            raise ValueError(f"x={x!r} is unknown; use 'alpha', 'l1_norm' or 'r2'")
        curves = self.curves
        points = finer(curves.alphas)
        places = places_of(curves, x, points)
        named = strongest(curves, next(iter(self.marks.values()), None), labels)
        self.ax_ = ax = axes_for(ax, SIZE)
        self.figure_ = ax.figure
        from lassocore.plots.lines import shades_of

        colours = colours_of(ax)
        shades = shades_of(named, curves.values[named, -1], colours, curves.clusters[named])
        self._draw_lines(places, points, named, shades, colours)
        self._draw_refit(x, shades, colours)
        count_text = self._label_axes(x, places, points)
        self._write(x, named, shades, colours, count_text)
        return self

    def _draw_lines(self, places: np.ndarray, points: Finer, named: np.ndarray, shades: dict[int, str],
                    colours: Colours) -> None:
        """Draw all lines, the named ones above the others, and the strongest of them on top."""
        from lassocore.plots.lines import active_part, collection_of

        values = points.of(self.curves.values)
        others = np.setdiff1d(np.arange(len(values)), named)
        width = 0.9 if len(others) < MANY else 0.5
        self.ax_.axhline(0.0, color=colours.text, linewidth=0.6, zorder=1.0)
        self.other_lines_ = collection_of(self.ax_, places, values[others], {
            "colors": colours.faint, "linewidths": width, "zorder": 1.5})
        single = {"marker": "o", "markersize": 4.0} if len(places) == 1 else {}
        self.lines_ = []
        for rank, k in enumerate(named):
            start, end = active_part(values[k])
            part = slice(start, end + 1)
            self.lines_ += self.ax_.plot(places[part], values[k, part], color=shades[int(k)], linewidth=1.6,
                                         label=self.curves.names[k], zorder=2.4 - 0.3 * rank / len(named), **single)
        self.ax_.autoscale_view()

    def _draw_refit(self, x: str, shades: dict[int, str], colours: Colours) -> None:
        """Draw the lines of a refit, at the places of their alphas on the path, in the colours of the path."""
        self.refit_lines_ = None
        if self.refit is None:
            return
        from lassocore.plots.lines import collection_of

        of_name = {self.curves.names[k]: shade for k, shade in shades.items()}
        points = finer(self.refit.alphas)
        alphas = points.of(self.refit.alphas)
        places = np.array([place_of_alpha(self.curves, x, alpha) for alpha in alphas])
        lines = [of_name.get(name, colours.faint) for name in self.refit.names]
        self.refit_lines_ = collection_of(self.ax_, places, points.of(self.refit.values), {
            "colors": lines, "linewidths": [1.2 if name in of_name else 0.6 for name in self.refit.names],
            "linestyles": [DASHES], "zorder": 1.8})
        self.ax_.autoscale_view()

    def _label_axes(self, x: str, places: np.ndarray, points: Finer) -> Any:
        """Set the axes, their labels, and the counts above them; the text beside these."""
        from lassocore.plots.alpha_axis import set_alpha_axis, set_limits, show_counts

        ax, curves = self.ax_, self.curves
        if x == "alpha":
            set_alpha_axis(ax, curves.alphas)
        else:
            set_limits(ax, float(places.min()), float(places.max()))
            what, _, unit = curves.what.partition(" (")
            summed = f"sum of the {what.replace('norm', 'norms', 1)}" if "norm" in what else f"L1 norm of the {what}s"
            ax.set_xlabel(f"{summed} ({unit}" if x == "l1_norm" else R2_LABEL)
        set_y_label(ax, curves.what)
        return show_counts(ax, places[points.share == 0.0], curves.counts, curves.counted)

    def _write(self, x: str, named: np.ndarray, shades: dict[int, str], colours: Colours,
               count_text: Any) -> None:
        """Write the names of lines, and mark alphas."""
        from lassocore.plots.alpha_axis import mark_alphas
        from lassocore.plots.end_labels import EndLabels

        places = {name: place_of_alpha(self.curves, x, alpha) for name, alpha in self.marks.items()}
        self.mark_lines_, self.mark_texts_ = mark_alphas(self.ax_, places, colours)
        labels = EndLabels(self.ax_, self.lines_, [self.curves.names[k] for k in named],
                           [shades[int(k)] for k in named], colours, [count_text])
        self.label_texts_ = labels.texts


def check_path(path: Any) -> None:
    """Require a path of one target or of several tasks."""
    if not isinstance(path, PathOutput):
        several = "; draw the path of one target, result[k]" if hasattr(path, "gap_tols") else ""
        raise TypeError(f"path is a {type(path).__name__}, not what fit_path or fit_multi_task_path returns{several}")


def axes_for_is_possible() -> None:
    """Raise now what would be raised after a long fit: that matplotlib is missing."""
    from lassocore.plots.style import load_pyplot

    load_pyplot()


def as_marks(curves: Curves, alpha: Any) -> dict[str, float]:
    """The alphas to mark by their texts."""
    if alpha is None:
        return {}
    if isinstance(alpha, Mapping):
        return {f"{name} = {plain_number(value)}": checked_alpha(curves, value, f"alpha[{name!r}]")
                for name, value in alpha.items()}
    if not is_number(alpha):
        raise ValueError(f"alpha={alpha!r} must be a number, or a dict of names and numbers")
    return {f"alpha = {plain_number(alpha)}": checked_alpha(curves, alpha, "alpha")}


def _drawn_of(path: Any, norms: bool | None, scaled: bool, X: Any) -> tuple[Curves, np.ndarray | None]:
    """(the lines of a path, the standard deviations that they are scaled by)."""
    check_flag("scaled", scaled)
    if norms is not None:
        check_flag("norms", norms)
    deviations = None
    if scaled:
        if X is None:
            raise ValueError("scaled=True needs X, the data of the fit, or the standard deviations of its columns as a "
                             "vector: pass X=")
        if np.ndim(X) == 1:
            deviations = as_vector(X, "X", path.n_features, "features")
        else:
            require_features(X, getattr(path, "feature_names", None), None, type(path).__name__)
            deviations = standard_deviations(X)
            as_vector(deviations, "X", path.n_features, "features")
    return curves_of(path, norms, deviations), deviations


def _refit_of(refit: Any, path: Any, norms: bool | None, deviations: np.ndarray | None) -> Curves | None:
    """The lines of a refit of a path, checked."""
    if refit is None:
        return None
    if type(refit) is not type(path) or refit.n_features != path.n_features:
        raise ValueError(f"refit={refit!r} must be a path of the same features: fit_path(X, y, relax=0.0)")
    return curves_of(refit, norms, deviations)
