# Lives here: StabilityDisplay. Independent of: how frequencies are found.
"""The picture of stability selection."""
from __future__ import annotations

from typing import Any, Self

import numpy as np

from lassocore.plots.style import SMALL, axes_for, colours_of, plain_number, set_y_label
from lassocore.results.tables import feature_labels
from lassocore.utils.arguments import as_real, as_vector, is_number

SIZE = (7.0, 4.2)                   # of a new figure, inches
MANY = 60                           # from here on lines of features that are not selected are thinner


class StabilityDisplay:
    """Plot of the selection frequency of each feature along the path, those selected with their names.

    Make it by `from_estimator` or `from_frequencies`. The largest alpha is at the left.

    Parameters
    ----------
    alphas : ndarray of shape (n_alphas,)
        The alphas, falling.
    stability_path : ndarray of shape (n_features, n_alphas)
        Share of the subsamples in which a feature is selected at an alpha.
    threshold : float, default=None
        Features whose frequency reaches it are selected.
    support : ndarray of bool of shape (n_features,), default=None
        Which features are selected; by default those that reach the threshold at any alpha.
    feature_names : sequence of str, default=None
        Names of the features; x0, x1, ... without.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes with the frequencies.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.
    lines_ : list of matplotlib.lines.Line2D
        The selected features, the one with the highest frequency first.
    other_lines_ : matplotlib.collections.LineCollection or None
        All other features that are selected in some subsample; None where there is none.
    threshold_line_ : matplotlib.lines.Line2D or None
        The threshold; None without.
    label_texts_ : list of matplotlib.text.Text
        The names of the selected features, in the order of lines_.

    See Also
    --------
    PathDisplay : Coefficients along a path.

    References
    ----------
    * Meinshausen, Bühlmann (2010), Stability selection, Journal of the Royal Statistical Society B 72(4).

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from lassocore.plots import StabilityDisplay
    >>> frequencies = np.array([[0.2, 0.7, 1.0], [0.0, 0.1, 0.3]])
    >>> display = StabilityDisplay.from_frequencies([1.0, 0.5, 0.1], frequencies, threshold=0.6)
    >>> [text.get_text() for text in display.label_texts_]
    ['x0']
    >>> plt.close(display.figure_)
    """

    ax_: Any
    figure_: Any
    lines_: list[Any]
    other_lines_: Any
    threshold_line_: Any
    label_texts_: list[Any]

    def __init__(self, alphas, stability_path, *, threshold: float | None = None, support=None, feature_names=None):
        self.alphas = alphas
        self.stability_path = stability_path
        self.threshold = threshold
        self.support = support
        self.feature_names = feature_names

    @classmethod
    def from_estimator(cls, estimator, *, ax=None) -> Self:
        """Draw a fitted stability selection.

        Parameters
        ----------
        estimator : StabilitySelection
            Fitted: it has ``alphas_``, ``stability_path_``, ``threshold_`` and ``get_support()``.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        StabilityDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        NotFittedError
            The estimator is not fitted.
        TypeError
            An estimator of another kind.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore.plots import StabilityDisplay
        >>> from lassocore.selection import StabilitySelection
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> selector = StabilitySelection(n_subsamples=20, random_state=0).fit(X, y)
        >>> display = StabilityDisplay.from_estimator(selector)
        >>> bool(len(display.label_texts_) == selector.get_support().sum())
        True
        >>> plt.close(display.figure_)
        """
        from sklearn.utils.validation import check_is_fitted

        if not hasattr(estimator, "get_support"):
            raise TypeError(f"estimator is a {type(estimator).__name__}; pass a fitted StabilitySelection")
        check_is_fitted(estimator, "stability_path_")
        names = getattr(estimator, "feature_names_in_", None)
        return cls(estimator.alphas_, estimator.stability_path_, threshold=estimator.threshold_,
                   support=estimator.get_support(), feature_names=names).plot(ax)

    @classmethod
    def from_frequencies(
        cls, alphas, stability_path, *, threshold: float | None = None, support=None, feature_names=None, ax=None,
    ) -> Self:
        """Draw frequencies that were counted elsewhere.

        Parameters
        ----------
        alphas : array-like of shape (n_alphas,)
            The alphas, in any order.
        stability_path : array-like of shape (n_features, n_alphas)
            Selection frequency of each feature at each alpha, from 0 to 1.
        threshold : float, optional
            From which frequency on a feature is selected.
        support : array-like of bool of shape (n_features,), optional
            Which features are selected; by default those that reach the threshold at any alpha.
        feature_names : sequence of str, optional
            Names of the features.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        StabilityDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            Shapes that do not match; frequencies or a threshold outside 0 to 1.
        TypeError
            An ax that is no axes of matplotlib.
        """
        frequencies = as_real(stability_path, "stability_path")
        if frequencies.ndim != 2:
            raise ValueError(f"stability_path has shape {frequencies.shape}; pass (n_features, n_alphas)")
        n_features, n_alphas = frequencies.shape
        alphas = as_vector(alphas, "alphas", n_alphas, "columns of stability_path")
        if not ((frequencies >= 0.0) & (frequencies <= 1.0)).all():
            raise ValueError("stability_path holds values outside 0 to 1, which are no frequencies; divide counts by "
                             "the number of subsamples")
        if threshold is not None and not (is_number(threshold) and 0.0 <= threshold <= 1.0):
            raise ValueError(f"threshold={threshold!r} must be a number from 0 to 1")
        if support is not None:
            support = as_vector(support, "support", n_features, "features") != 0.0
        if feature_names is not None and len(feature_names) != n_features:
            raise ValueError(f"feature_names has {len(feature_names)} names for {n_features} features")
        order = np.argsort(-alphas, kind="stable")
        return cls(alphas[order], frequencies[:, order], threshold=threshold, support=support,
                   feature_names=feature_names).plot(ax)

    def plot(self, ax=None) -> Self:
        """Draw the frequencies.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        Self
            The display.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        TypeError
            An ax that is no axes of matplotlib.
        """
        self.ax_ = ax = axes_for(ax, SIZE)
        self.figure_ = ax.figure
        from lassocore.plots.alpha_axis import backing, set_alpha_axis
        from lassocore.plots.end_labels import EndLabels
        from lassocore.plots.lines import active_part, collection_of, shades_of

        colours, paths = colours_of(ax), np.asarray(self.stability_path, dtype=float)
        selected = np.flatnonzero(self._support())
        selected = selected[np.lexsort((-paths[selected].mean(axis=1), -paths[selected].max(axis=1, initial=0.0)))]
        others = np.setdiff1d(np.flatnonzero(paths.any(axis=1)), selected)
        self.other_lines_ = collection_of(ax, self.alphas, paths[others], {
            "colors": colours.faint, "linewidths": 0.9 if len(others) < MANY else 0.5, "zorder": 1.5})
        shades = shades_of(selected, paths[selected, -1], colours)
        names = feature_labels(self.feature_names, selected.tolist())
        self.lines_ = []
        for k, name in zip(selected, names, strict=True):
            start, end = active_part(paths[k])
            part = slice(start, end + 1)
            self.lines_ += ax.plot(np.asarray(self.alphas)[part], paths[k, part], color=shades[int(k)], linewidth=1.6,
                                   label=name, zorder=2.2)
        ax.set_ylim(0.0, 1.02)
        set_alpha_axis(ax, np.asarray(self.alphas))
        set_y_label(ax, "selection frequency (share of subsamples)")
        self.threshold_line_ = None
        if self.threshold is not None:
            self.threshold_line_ = ax.axhline(self.threshold, color=colours.text, linewidth=1.0, linestyle=(0, (4, 2)))
            ax.annotate(f"threshold {plain_number(self.threshold)}", (0.0, self.threshold), (4.0, 3.0),
                        xycoords=ax.get_yaxis_transform(), textcoords="offset points", fontsize=SMALL, va="bottom",
                        color=colours.text, zorder=5.0, bbox=backing(colours))
        self.label_texts_ = EndLabels(ax, self.lines_, names, [shades[int(k)] for k in selected], colours).texts
        return self

    def _support(self) -> np.ndarray:
        """Which features are selected."""
        if self.support is not None:
            return np.asarray(self.support, dtype=bool)
        highest = np.asarray(self.stability_path).max(axis=1, initial=0.0)
        return np.zeros(len(highest), bool) if self.threshold is None else highest >= self.threshold
