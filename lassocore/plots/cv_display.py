# Lives here: CVDisplay. Independent of: how folds are fitted and judged.
"""The picture of a cross-validation."""
from __future__ import annotations

from typing import Any, Self

import numpy as np

from lassocore.plots.cv_curves import CVCurves, curves_of_errors, curves_of_model
from lassocore.plots.style import Colours, axes_for, colours_of, load_pyplot, mixed, plain_number, set_y_label
from lassocore.utils.arguments import check_flag
from lassocore.utils.docstrings import complete_docstring

SIZE = (7.0, 4.2)                   # of a new figure, inches


class CVDisplay:
    """Plot of the mean held-out error along a path, its standard error, and the alphas that it suggests.

    Make it by `from_estimator` or `from_errors`. The largest alpha is at the left. The band is one standard error wide
    on either side; a dotted line leads from the least error and its standard error to the largest alpha below both.

    Parameters
    ----------
    curves : CVCurves
        What is drawn: for each l1_ratio ``alphas``, ``counts`` and ``scores`` (n_alphas, n_folds); the ``l1_ratios``
        and the position ``chosen`` among them; ``alpha``, ``alpha_min`` and ``alpha_1se``; in words ``what`` the scores
        are and ``what_counts``; ``larger_is_better``.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes with the errors.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.
    lines_ : list of matplotlib.lines.Line2D
        The mean over folds for each l1_ratio.
    band_ : matplotlib.collections.Collection or None
        One standard error on either side, of the chosen l1_ratio.
    fold_lines_ : list of matplotlib.lines.Line2D
        The single folds of the chosen l1_ratio, if they were asked for.
    mark_lines_ : list of matplotlib.lines.Line2D
        The vertical lines of marked alphas, from left to right.
    mark_texts_ : list of matplotlib.text.Text
        Their texts.
    label_texts_ : list of matplotlib.text.Text
        The values of l1_ratio beside their lines, where there are several.

    See Also
    --------
    PathDisplay : Coefficients along a path.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import LassoCV
    >>> from lassocore.plots import CVDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> display = CVDisplay.from_estimator(LassoCV(keep_coefs=True).fit(X, y))
    >>> [text.get_text() for text in display.mark_texts_]
    ['1 SE: alpha 0.187, 6 nonzeros', 'min: alpha 0.00375, 10 nonzeros']
    >>> plt.close(display.figure_)
    """

    ax_: Any
    figure_: Any
    lines_: list[Any]
    band_: Any
    fold_lines_: list[Any]
    mark_lines_: list[Any]
    mark_texts_: list[Any]
    label_texts_: list[Any]

    def __init__(self, curves: CVCurves):
        self.curves = curves

    @classmethod
    def from_estimator(
        cls, estimator, X=None, y=None, *, sample_weight=None, ax=None, x: str = "alpha", folds: bool = False,
    ) -> Self:
        """Draw the cross-validation of a fitted estimator.

        Parameters
        ----------
        estimator : estimator or Pipeline
            Fitted: a cross-validated model of lassocore, or scikit-learn's ``LassoCV`` and the like; or a pipeline that
            ends with one. With scoring, the scores are drawn in the place of the mean squared errors.
        X : array-like or sparse matrix of shape (n_samples, n_features), optional
            The data of the fit. With X and y, nonzeros are those of the path of all rows, which is fitted for that;
            without them the means over folds, of a fit with keep_coefs.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks), optional
            Target values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.
        x : {"alpha", "n_nonzero"}, default="alpha"
            The horizontal axis: alpha on a logarithmic scale, from the largest to the smallest, or the number of
            nonzero coefficients.
        folds : bool, default=False
            Whether to draw a line for each fold as well.

        Returns
        -------
        CVDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        NotFittedError
            The estimator is not fitted.
        TypeError
            An estimator that does not cross-validate a path.
        ValueError
            The number of nonzeros without X and y, of a fit without keep_coefs.
        """
        load_pyplot()
        check_view(x, folds)
        return cls(curves_of_model(estimator, X, y, sample_weight)).plot(ax, x=x, folds=folds)

    @classmethod
    @complete_docstring(from_estimator.__func__)    # type: ignore[attr-defined]
    def from_errors(
        cls, alphas, errors, *, n_nonzero=None, ax=None, x: str = "alpha", folds: bool = False,
    ) -> Self:
        """Draw held-out errors that were computed elsewhere.

        Parameters
        ----------
        alphas : array-like of shape (n_alphas,)
            The alphas, in any order.
        errors : array-like of shape (n_alphas, n_folds)
            The mean squared error of each fold's held-out rows at each alpha.
        n_nonzero : array-like of shape (n_alphas,), optional
            The number of nonzero coefficients at each alpha.
        ax, x, folds

        Returns
        -------
        CVDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            Shapes that do not match; x="n_nonzero" without n_nonzero.
        TypeError
            An ax that is no axes of matplotlib.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> from lassocore.plots import CVDisplay
        >>> errors = [[5.0, 6.0, 7.0], [3.0, 4.0, 5.0], [2.9, 4.0, 4.8]]
        >>> display = CVDisplay.from_errors([1.0, 0.1, 0.01], errors)
        >>> display.lines_[0].get_ydata().round(1).tolist()
        [6.0, 4.0, 3.9]
        >>> plt.close(display.figure_)
        """
        load_pyplot()
        check_view(x, folds)
        return cls(curves_of_errors(alphas, errors, n_nonzero)).plot(ax, x=x, folds=folds)

    @complete_docstring(from_estimator.__func__)    # type: ignore[attr-defined]
    def plot(self, ax=None, *, x: str = "alpha", folds: bool = False) -> Self:
        """Draw the errors.

        Parameters
        ----------
        ax, x, folds

        Returns
        -------
        Self
            The display.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            The number of nonzeros, where it is not known.
        TypeError
            An ax that is no axes of matplotlib.
        """
        check_view(x, folds)
        curves = self.curves
        if x == "n_nonzero" and curves.counts is None:
            raise ValueError('x="n_nonzero" needs the coefficients: pass X and y, which fits the path of all rows, or '
                             "fit with keep_coefs=True")
        self.ax_ = ax = axes_for(ax, SIZE)
        self.figure_ = ax.figure
        colours = colours_of(ax)
        order = sorted(range(len(curves.alphas)), key=lambda k: k != curves.chosen)
        shades = [colours.palette[order.index(k) % len(colours.palette)] for k in range(len(order))]
        self._draw_lines(x, folds, shades, colours)
        count_text = self._label_axes(x)
        self._draw_marks(x, shades, colours)
        self._name_lines(shades, colours, count_text)
        return self

    def _places(self, x: str, k: int) -> np.ndarray:
        """The horizontal places of the alphas of one l1_ratio."""
        if x == "alpha":
            return self.curves.alphas[k]
        assert self.curves.counts is not None
        return self.curves.counts[k]

    def _draw_lines(self, x: str, folds: bool, shades: list[str], colours: Colours) -> None:
        """Draw the means of all l1_ratio, and the spread of the one that is chosen."""
        ax, curves, chosen = self.ax_, self.curves, self.curves.chosen
        self.lines_, self.fold_lines_ = [], []
        places, shade = self._places(x, chosen), shades[chosen]
        mean, spread = curves.mean_and_error(chosen)
        if folds:
            self.fold_lines_ = ax.plot(places, curves.scores[chosen], color=mixed(colours.background, shade, 0.45),
                                       linewidth=0.7, zorder=1.6)
        if x == "alpha" and len(places) > 1:
            self.band_ = ax.fill_between(places, mean - spread, mean + spread, color=shade, alpha=0.18, linewidth=0.0,
                                         zorder=1.4)
        else:
            self.band_ = ax.vlines(places, mean - spread, mean + spread, color=mixed(colours.background, shade, 0.4),
                                   linewidth=0.9, zorder=1.4)
        for k in range(len(curves.alphas)):
            there = self._places(x, k)
            marker = {"marker": "o", "markersize": 3.0} if x == "n_nonzero" or len(there) == 1 else {}
            self.lines_ += ax.plot(there, curves.mean_and_error(k)[0], color=shades[k],
                                   linewidth=1.8 if k == chosen else 1.1, zorder=2.3 if k == chosen else 2.0, **marker)

    def _label_axes(self, x: str) -> list[Any]:
        """Set the axes, their labels, and the counts above them; the text beside these."""
        from lassocore.plots.alpha_axis import set_alpha_axis, show_counts

        curves = self.curves
        set_y_label(self.ax_, curves.what)
        if x == "n_nonzero":
            self.ax_.set_xlabel(curves.what_counts)
            return []
        set_alpha_axis(self.ax_, np.concatenate(curves.alphas))
        if curves.counts is None:
            return []
        counts = curves.counts[curves.chosen].round()
        return [show_counts(self.ax_, curves.alphas[curves.chosen], counts, "nonzeros")]

    def _draw_marks(self, x: str, shades: list[str], colours: Colours) -> None:
        """Mark the alpha of the least error, the largest within one standard error of it, and the one chosen."""
        from lassocore.plots.alpha_axis import mark_alphas

        curves, chosen = self.curves, self.curves.chosen
        alphas, places = curves.alphas[chosen], self._places(x, chosen)
        mean, spread = curves.mean_and_error(chosen)
        at = {name: int(np.abs(alphas - alpha).argmin()) for name, alpha in curves.named_alphas()}
        texts = {}
        for name, k in at.items():
            count = "" if curves.counts is None else f", {curves.counts[chosen][k]:.0f} nonzeros"
            texts[f"{name}: alpha {plain_number(alphas[k])}{count}"] = float(places[k])
        self.mark_lines_, self.mark_texts_ = mark_alphas(self.ax_, texts, colours)
        if curves.alpha_1se is not None:
            best = int(np.abs(alphas - curves.alpha_min).argmin())
            one_se = int(np.abs(alphas - curves.alpha_1se).argmin())
            limit = mean[best] + (-spread[best] if curves.larger_is_better else spread[best])
            self.ax_.plot([places[one_se], places[best]], [limit, limit], color=colours.text, linewidth=1.0,
                          linestyle=":", zorder=2.2)
        marked = list(at.values())
        self.ax_.plot(places[marked], mean[marked], linestyle="none", marker="o", markersize=5.0, zorder=2.6,
                      color=shades[chosen], markeredgecolor=colours.background)

    def _name_lines(self, shades: list[str], colours: Colours, beside: list[Any]) -> None:
        """Write the values of l1_ratio beside their lines, where there are several."""
        from lassocore.plots.end_labels import EndLabels

        curves = self.curves
        order = sorted(range(len(self.lines_)), key=lambda k: k != curves.chosen) if len(self.lines_) > 1 else []
        self.label_texts_ = EndLabels(
            self.ax_, [self.lines_[k] for k in order], [f"l1_ratio {plain_number(curves.l1_ratios[k])}" for k in order],
            [shades[k] for k in order], colours, beside).texts


def check_view(x: str, folds: bool) -> None:
    """Require a known horizontal axis and a flag."""
    if x not in ("alpha", "n_nonzero"):
        raise ValueError(f"x={x!r} is unknown; use 'alpha' or 'n_nonzero'")
    check_flag("folds", folds)
