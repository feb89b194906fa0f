# Lives here: what fitted estimators are turned into: a picture, a file. Independent of: how models are fitted.
"""Methods of estimators that draw and save themselves; the work is done where each of these is at home."""
from __future__ import annotations

from pathlib import Path
from typing import Any


class ModelOutput:
    """What fitted estimators are turned into."""

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
