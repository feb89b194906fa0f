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

    def to_html(self, file: str | Path, *, X=None, y=None, cv=None, title: str | None = None) -> None:
        """Write a page on which the path is explored in a browser.

        The page shows the coefficients along the path, with a line for alpha that is dragged, the table of the selected
        features, R2, the certificates, and where features enter and leave. It is one file that needs no network: the
        numbers are in it as they are in the path, and its Content-Security-Policy forbids every connection.

        Parameters
        ----------
        file : str or Path
            Where to write it; an existing file is replaced.
        X : array-like or sparse matrix of shape (n_samples, n_features), optional
            The data of the fit. With X and y the page also shows coefficients on the standardised scale, R2 between the
            alphas, and how far each feature is from its optimality bound, ``|x_j'(s r)| / S <= alpha * l1_ratio``.
        y : array-like of shape (n_samples,) or, of several tasks, (n_samples, n_tasks), optional
            The target of the fit; with an offset, y minus the offset.
        cv : LassoCV, ElasticNetCV, int or splitter, optional
            A fitted model, whose held-out errors are shown with the alphas of the rules "min" and "1se", and with
            ``keep_coefs=True`` the share of folds that select each feature. A number of folds or a splitter of
            scikit-learn runs this cross-validation over the alphas of the path; it needs X and y.
        title : str, optional
            The heading; by default it names y if y is a column with a name.

        Raises
        ------
        ValueError
            X without y, or not those of the fit; a cv of other features or another l1_ratio, or one that must be run
            and cannot be, as the path does not tell the settings of its fit.
        OSError
            The file cannot be written.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import fit_path
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder) / "path.html"
        ...     fit_path(X, y).to_html(file, X=X, y=y, cv=5)
        ...     print("<title>Path of target</title>" in file.read_text(encoding="utf-8"))
        True
        """
        from lassocore.explorer.page import write_page

        write_page(file, self, X=X, y=y, cv=cv, title=title)

    def save(self, file: str | Path, *, alpha: float | None = None, X=None, y=None, sample_weight=None, cv=None,
             window: Any = None) -> None:
        """Write the path as a model file, versioned JSON that `lassocore.load` reads.

        It holds all models of the path with their certificates and, with the data of the fit, what `lassocore.monitor`
        compares later data with: mean, variance and histogram of each active feature, and the error on these data.

        Parameters
        ----------
        file : str or path
            Where to write; an existing file is replaced as a whole.
        alpha : float, optional
            The alpha at which the loaded model predicts unless told otherwise, within the path. Without it the features
            described are those that are active at any alpha.
        X : array-like or sparse matrix of shape (n_samples, n_features), optional
            The data of the fit.
        y : array-like of shape (n_samples,), optional
            The target of the fit.
        sample_weight : array-like of shape (n_samples,), optional
            The weights of the fit.
        cv : estimator, optional
            A fitted `LassoCV` or another cross-validated estimator, whose held-out errors are recorded.
        window : str or array-like of shape (n_samples,), optional
            When the data are from: free text, or the date of each row, of which the first and the last are kept.

        Raises
        ------
        ValueError
            Several tasks; an alpha outside the path; data of another shape or with other names than those of the fit.
        OSError
            The file cannot be written.

        Examples
        --------
        >>> import os, tempfile
        >>> import lassocore
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> path = lassocore.fit_path(X, y)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = os.path.join(folder, "model.json")
        ...     path.save(file, alpha=1.0, X=X, y=y)
        ...     model = lassocore.load(file)
        >>> model.alpha, len(model.path), model.profile.features
        (1.0, 100, array([2, 3, 8]))
        """
        from lassocore.models.save import save_path

        save_path(file, self, alpha, X, y, sample_weight, cv, window)

    def report(self, X=None, y=None) -> str:
        """Say in words how the fit ended, and where it missed its tolerance, why and what to do.

        Of a fit that converged: the worst duality gap beside its tolerance, the methods, the iterations and the time.
        Of one that did not: whether iterations ran out or digits, whether alpha is so small that the model fits noise,
        and with X which columns are of very different size or collinear. Constant columns, a constant target and a path
        that ended early are mentioned in any case.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features), optional
            The X of the fit.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks), optional
            The y of the fit.

        Returns
        -------
        str
            Sentences, and a list of causes with their remedies.

        Raises
        ------
        ValueError
            X of another shape or with other names than that of the fit; NaN or infinity in X or y.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_path
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        >>> path = fit_path(X, np.array([3.0, 1.0, -3.0, -1.0]), alphas=[1.0, 0.1])
        >>> print(path.report())    # doctest: +ELLIPSIS +NORMALIZE_WHITESPACE
        Converged. All 2 alphas meet the tolerance; the largest duality gap is ..., ... times the tolerance 5.00e-04.
        Solved by ..., in ... seconds.
        """
        from lassocore.results.report import report_of

        return report_of(self, X, y)
