# Lives here: what a path is turned into: a picture, a page, a file, a report. Independent of: how models were fitted.
"""Methods of paths that draw, show, save and explain themselves; the work is done where each of these is at home."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lassocore.plots.path_display import PathDisplay


class PathOutput:
    """What paths of one target and of several tasks are turned into."""

    def plot(self, ax=None, **options: Any) -> PathDisplay:
        """Draw the coefficients along the path; needs matplotlib (``pip install "lassocore[plot]"``)."""
        from lassocore.plots.path_display import PathDisplay

        return PathDisplay.from_path(self).plot(ax, **options)

    def to_html(self, file: str | Path, *, X=None, y=None, cv=None) -> None:
        """Write a page on which the path is explored in a browser; it needs no network."""
        from lassocore.explorer.page import write_page

        write_page(file, self, X=X, y=y, cv=cv)

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
