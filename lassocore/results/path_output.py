# Lives here: what a path is turned into: a picture, a page, a file, a report. Independent of: how models were fitted.
"""Methods of paths that draw, show, save and explain themselves; the work is done where each of these is at home."""
from __future__ import annotations

from pathlib import Path
from typing import Any


class PathOutput:
    """What paths of one target and of several tasks are turned into."""

    def plot(
        self, ax=None, *, x: str = "alpha", labels=10, alpha=None, scaled: bool = False, X=None,
        norms: bool | None = None, refit=None,
    ):
        """Draw the coefficients along the path; needs matplotlib (``pip install "lassocore[plot]"``).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.
        x : {"alpha", "l1_norm", "r2"}, default="alpha"
            The horizontal axis: alpha on a logarithmic scale, from the largest to the smallest; the L1 norm of the
            coefficients that are drawn; or the explained variance on the data of the fit.
        labels : int or list of str, default=10
            How many of the strongest lines are named, or which: those with the largest values at alpha, or without
            alpha at the end of the path. All other lines are grey.
        alpha : float or dict of str to float, optional
            An alpha to mark by a vertical line, or several with their names.
        scaled : bool, default=False
            Multiply coefficients by the standard deviations of their features, so that features of different units
            can be compared; needs X.
        X : array-like or sparse matrix of shape (n_samples, n_features), or array-like of shape (n_features,), optional
            The data of the fit, or the standard deviations of its columns, for scaled.
        norms : bool, optional
            With groups of features, whether to draw the Euclidean norm of each group in the place of its coefficients;
            with several tasks, the norm of each feature over the tasks, which is the default there.
        refit : PathResult, optional
            A relaxed path of the same data, ``fit_path(X, y, relax=0.0)``, whose coefficients are drawn dashed.

        Returns
        -------
        PathDisplay
            The display: ``ax_``, ``figure_``, ``lines_`` and the further artists are its attributes.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        ValueError
            An alpha that the path does not reach; scaled without X; norms of a path that has neither tasks nor groups;
            names that no line has.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import fit_path
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> display = fit_path(X, y).plot(alpha={"my choice": 1.0}, scaled=True, X=X)
        >>> display.mark_texts_[0].get_text(), display.label_texts_[0].get_text()
        ('my choice = 1', 'bmi')
        >>> plt.close(display.figure_)
        """
        from lassocore.plots.path_display import PathDisplay

        return PathDisplay.from_path(
            self, ax=ax, x=x, labels=labels, alpha=alpha, scaled=scaled, X=X, norms=norms, refit=refit)

    def to_html(self, file: str | Path, *, X=None, y=None, cv=None) -> None:
        """Write a page on which the path is explored in a browser; it needs no network."""
        from lassocore.explorer.page import write_page

        write_page(file, self, X=X, y=y, cv=cv)

    def save(self, file: str | Path, *, alpha: float | None = None, X=None, y=None, **record: Any) -> None:
        """Write the path as a model file, which `lassocore.load` reads."""
        from lassocore.models.save import save

        save(file, self, alpha=alpha, X=X, y=y, **record)

    def report(self, X=None, y=None) -> str:
        """Say in words how the fit ended, and where it missed its tolerance why, and what to do."""
        from lassocore.results.report import report_of

        return report_of(self, X, y)
