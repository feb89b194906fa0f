# Lives here: what estimators are turned into: pictures, files. Independent of: which model is fitted and how.
"""Methods of estimators that draw and save them; the work is done where each of these is at home."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from lassocore.results.path_output import PathOutput
from lassocore.utils.docstrings import complete_docstring


class ModelOutput:
    """What all estimators are turned into."""

    @complete_docstring(PathOutput.plot)
    def plot_path(
        self, X, y, *, sample_weight=None, ax=None, x: str = "alpha", labels=10, scaled: bool = False,
        norms: bool | None = None,
    ):
        """Fit the path with the parameters of the estimator and draw it; needs matplotlib (``lassocore[plot]``).

        The alpha of the estimator is marked. A fitted cross-validated estimator determines the alphas and l1_ratio of
        the path, and its ``alpha_`` is marked.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The data of the fit.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Target values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        ax, x, labels
        scaled : bool, default=False
            Multiply coefficients by the standard deviations of their features, so that features of different units
            can be compared.
        norms

        Returns
        -------
        PathDisplay
            The display: ``ax_``, ``figure_``, ``lines_`` and the further artists are its attributes.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        NotFittedError
            An adaptive lasso that is not fitted, whose penalties are unknown.
        ValueError
            As in `fit_path`; several values of l1_ratio before fit, which chooses one; names that no line has.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import Lasso
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> display = Lasso(alpha=0.5).plot_path(X, y, labels=3)
        >>> display.mark_texts_[0].get_text(), [text.get_text() for text in display.label_texts_]
        ('alpha = 0.5', ['bmi', 's5', 'bp'])
        >>> plt.close(display.figure_)
        """
        from lassocore.plots.path_display import PathDisplay

        return PathDisplay.from_estimator(self, X, y, sample_weight=sample_weight, ax=ax, x=x, labels=labels,
                                          scaled=scaled, norms=norms)

    def save(self, file: str | Path, X=None, y=None, *, sample_weight=None, window: Any = None) -> None:
        """Write the fitted model as a model file, versioned JSON that `lassocore.load` reads.

        It holds coefficients, intercept, alpha, names of the features, the parameters that are plain values, the
        certificate and, of cross-validated estimators, the held-out errors. With the data of the fit it also holds what
        `lassocore.monitor` compares later data with: mean, variance and histogram of each active feature, and the error
        on these data.

        Parameters
        ----------
        file : str or path
            Where to write; an existing file is replaced as a whole.
        X : array-like or sparse matrix of shape (n_samples, n_features), optional
            The data of the fit.
        y : array-like of shape (n_samples,), optional
            The target of the fit.
        sample_weight : array-like of shape (n_samples,), optional
            The weights of the fit.
        window : str or array-like of shape (n_samples,), optional
            When the data are from: free text, or the date of each row, of which the first and the last are kept.

        Raises
        ------
        NotFittedError
            Before fit, and after a cross-validated fit with refit=False.
        ValueError
            Several targets or tasks; data of another shape or with other names than those of the fit.
        OSError
            The file cannot be written.

        Examples
        --------
        >>> import os, tempfile
        >>> import lassocore
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> model = lassocore.LassoCV().fit(X, y)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = os.path.join(folder, "model.json")
        ...     model.save(file, X, y, window="study of 2004")
        ...     loaded = lassocore.load(file)
        >>> loaded.window.note, bool((loaded.predict(X) == model.predict(X)).all())
        ('study of 2004', True)
        """
        from lassocore.models.save import save_estimator

        save_estimator(file, self, X, y, sample_weight, window)
