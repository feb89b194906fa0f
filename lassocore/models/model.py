# Lives here: Model, a fitted model outside the process that fitted it. Independent of: JSON, the command line.
"""A path or a single model with what is known of its fit: it predicts, and can be saved, exported and watched."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lassocore import __version__
from lassocore.models.feature_profile import FeatureProfile
from lassocore.models.records import CrossValidationRecord, DataWindow, ErrorRecord, EstimatorSettings, Training
from lassocore.results.active_product import active_product
from lassocore.results.path_result import PathResult
from lassocore.results.prediction import END_TOL, add_offset, as_new_design, as_new_offset
from lassocore.results.tables import feature_labels
from lassocore.tables.columns import Column
from lassocore.tables.preparation import Preparation
from lassocore.tables.reading import Reading
from lassocore.utils.docstrings import complete_docstring

if TYPE_CHECKING:
    from lassocore.models.predictor import Predictor


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A fitted model as a model file holds it: `lassocore.load` returns one.

    Attributes
    ----------
    path : PathResult
        The path; of an estimator, the one model that it has.
    columns : tuple of Column, or None
        Of a model that the command line fitted to named columns: the columns of the file with their kinds and
        categories.
    training : Training
        The settings of the fit: target, weights, n_samples, tol, max_iter, fit_intercept, standardize, positive,
        selection; None for what a path does not tell.
    library_version : str
        The version of lassocore that wrote the file.
    chosen_alpha : float or None
        The alpha of predictions where none is given.
    reading : Reading or None
        Of the command line: the format of cells in further files.
    profile : FeatureProfile or None
        Mean, variance and histogram of each active feature in the training data.
    cross_validation : CrossValidationRecord or None
        The held-out errors from which alpha was chosen.
    window : DataWindow or None
        When the training data are from.
    settings : EstimatorSettings or None
        Class and parameters, if the model was an estimator.
    training_error : ErrorRecord or None
        The mean squared error on the training data, at `alpha`.
    written : str or None
        When the file was written, ISO 8601.
    preparation : Preparation or None
        Of the command line: how features are made from the columns of the file, where they are not simply their cells.

    See Also
    --------
    lassocore.load : Reads one.
    Predictor : Predictions without the checks.
    lassocore.monitor : Compares new data with those of the fit.

    Examples
    --------
    >>> import numpy as np
    >>> import tempfile, os
    >>> from lassocore import Lasso, load
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "model.json")
    ...     Lasso(alpha=0.5).fit(X, [3.0, 1.0, -3.0, -1.0]).save(file, X)
    ...     model = load(file)
    >>> model
    <Model: Lasso, alpha=0.5, 1 of 2 features>
    >>> model.predict([[1.0, 1.0]]), model.coef, model.profile.variances
    (array([2.]), array([2., 0.]), array([0.5]))
    """

    path: PathResult
    columns: tuple[Column, ...] | None
    training: Training
    library_version: str = __version__
    chosen_alpha: float | None = None       # default alpha of predictions
    reading: Reading | None = None          # format of cells in further CSV and Parquet files
    profile: FeatureProfile | None = None
    cross_validation: CrossValidationRecord | None = None
    window: DataWindow | None = None
    settings: EstimatorSettings | None = None
    training_error: ErrorRecord | None = None
    written: str | None = None
    preparation: Preparation | None = None

    @property
    def alpha(self) -> float:
        """The alpha of predictions where none is given: the chosen one, or the only one; else a ValueError."""
        return self._alpha_of(None)

    @property
    def coef(self) -> np.ndarray:
        """Coefficients at `alpha` as a dense array of shape (n_features,), on the scale of X."""
        return self.model_at(None)[0]

    @property
    def intercept(self) -> float:
        """Intercept at `alpha`, in units of y."""
        return float(self.model_at(None)[1])

    @property
    def n_features(self) -> int:
        """Number of columns of X."""
        return self.path.n_features

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the features, where the fit had some."""
        return self.path.feature_names

    @property
    def active_features(self) -> np.ndarray:
        """Rising indices of the features that are not 0 at `alpha`."""
        return np.flatnonzero(self.coef)

    @property
    def metadata(self) -> dict[str, Any]:
        """What is known of the fit, in plain values: version, date, settings, window, errors, certificate."""
        from dataclasses import asdict

        records = {name: getattr(self, name) for name in ("window", "settings", "cross_validation", "training_error")}
        return {
            "library_version": self.library_version, "written": self.written, "training": asdict(self.training),
            **{name: None if record is None else record.to_dict() for name, record in records.items()},
            "certificate": {
                "alphas": self.path.alphas.tolist(), "gaps": self.path.dual_gaps.tolist(),
                "tolerance": None if np.isnan(self.path.gap_tol) else float(self.path.gap_tol),
                "converged": self.path.converged.tolist()}}

    def __repr__(self) -> str:
        kind = "path" if self.settings is None else self.settings.name
        try:
            at = f"alpha={self.alpha:.6g}, {len(self.active_features)}"
        except ValueError:
            at = f"{len(self.path)} alphas from {self.path.alphas[0]:.6g} to {self.path.alphas[-1]:.6g}, any"
        return f"<Model: {kind}, {at} of {self.n_features} features>"

    def nonzero_names(self, alpha: float | None = None) -> list[str]:
        """Get the names of the features that are not 0.

        Parameters
        ----------
        alpha : float, optional
            Any alpha of the path; by default `alpha`.

        Returns
        -------
        list of str
            The names of the fit, in the order of the columns; x0, x1, ... without names.

        Raises
        ------
        ValueError
            An alpha that the path does not reach; no alpha, where the path has several and none was chosen.
        """
        return feature_labels(self.feature_names, np.flatnonzero(self.model_at(alpha)[0]).tolist())

    def model_at(self, alpha: float | None) -> tuple[np.ndarray, np.floating]:
        """Get coefficients and intercept at an alpha, in the type in which the saved object multiplied.

        Parameters
        ----------
        alpha : float or None
            Any alpha of the path, as in `PathResult.coef_at`; None for `alpha`.

        Returns
        -------
        coef : ndarray of shape (n_features,)
            Coefficients; of an estimator fitted in float32 in that type, else float64.
        intercept : numpy.floating
            The intercept, in the same type.

        Raises
        ------
        ValueError
            An alpha that the path does not reach; no alpha, where the path has several and none was chosen.
        """
        at = self._alpha_of(alpha)
        coef, intercept = self.path.coef_at(at), self.path.intercept_at(at)
        kind = self.path.coefs_sparse.dtype.type if self.settings is not None else np.float64
        return coef.astype(kind, copy=False), kind(intercept)

    @complete_docstring(model_at)
    def predict(self, X, alpha: float | None = None, offset=None) -> np.ndarray:
        """Predict, as the saved estimator or path does, to the last bit.

        Only the columns of active features are multiplied. X is checked in full: names, shape, finite numbers. For
        single rows and for batches without these checks see `predictor`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows to predict. Names of a data frame are compared with those of the fit. A model of the command line also
            takes a pandas or polars frame with the columns of its file, text included.
        alpha
        offset : float or array-like of shape (n_samples,), optional
            Added to the predictions; a path fitted with an offset needs one.

        Returns
        -------
        ndarray of shape (n_samples,)
            The predictions.

        Raises
        ------
        ValueError
            As in `PathResult.predict`.
        """
        coef, intercept = self.model_at(alpha)
        design = self.design_of(X)
        offset = as_new_offset(offset, design.shape[0], self.path.has_offset)
        return add_offset(active_product(design, coef) + intercept, offset)

    def design_of(self, X) -> Any:
        """Read X as the fit reads it; a frame with the columns of the file becomes the features of the model.

        Parameters
        ----------
        X : array-like, sparse matrix or data frame
            As in `predict`.

        Returns
        -------
        ndarray or csc_array of shape (n_samples, n_features)
            The features.

        Raises
        ------
        ValueError
            As in `predict`.
        """
        from lassocore.models.raw_frames import features_of_frame, has_file_columns

        if self.columns is not None and has_file_columns(X, self.columns, self.feature_names):
            return features_of_frame(X, self.columns, self.reading, preparation=self.preparation).X
        return as_new_design(X, self.n_features, self.feature_names, "Model")

    @complete_docstring(model_at)
    def predictor(self, alpha: float | None = None) -> Predictor:
        """Prepare predictions that touch the columns of active features only.

        Parameters
        ----------
        alpha

        Returns
        -------
        Predictor
            A function of one row or of many.

        Raises
        ------
        ValueError
            As in `nonzero_names`; a model whose fit had an offset.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from lassocore import Lasso, load
        >>> with TemporaryDirectory() as folder:
        ...     Lasso(alpha=0.5).fit([[1.0, 0.0], [-1.0, 0.0]], [3.0, -3.0]).save(f"{folder}/model.json")
        ...     predict = load(f"{folder}/model.json").predictor()
        >>> predict([1.0, 99.0])
        2.5
        """
        from lassocore.models.predictor import Predictor

        if self.path.has_offset:
            raise ValueError("the fit had an offset, which predictors do not take; use predict(X, offset=...)")
        return Predictor(*self.model_at(alpha), self.feature_names)

    @complete_docstring(model_at)
    def to_sklearn(self, alpha: float | None = None) -> Any:
        """Make the fitted scikit-learn object.

        Parameters
        ----------
        alpha

        Returns
        -------
        sklearn.linear_model.Lasso or sklearn.linear_model.ElasticNet
            Fitted: coef_, intercept_, n_features_in_, n_iter_, dual_gap_ and, with names, feature_names_in_. Of a model
            with the columns of a file, it takes the features of the model, one for each category.

        Raises
        ------
        ValueError
            The fit had an offset; no alpha, where one is needed.
        """
        from lassocore.models.sklearn_export import to_sklearn

        return to_sklearn(self, alpha)

    @complete_docstring(model_at)
    def to_onnx(self, file: str | Path, alpha: float | None = None) -> None:
        """Write the model as an ONNX graph; needs onnx (``pip install "lassocore[onnx]"``).

        The graph has one input "X" of shape (n_samples, n_features) and one output "prediction" of shape (n_samples,),
        both of the type of the coefficients: it gathers the active columns, multiplies and adds the intercept.

        Parameters
        ----------
        file : str or path
            Where to write.
        alpha

        Raises
        ------
        ImportError
            onnx is not installed.
        ValueError
            The fit had an offset; no alpha, where one is needed.
        """
        from lassocore.models.onnx_export import to_onnx

        to_onnx(self, file, alpha)

    def save(self, file: str | Path) -> None:
        """Write the model as a model file.

        Parameters
        ----------
        file : str or path
            Where to write; an existing file is replaced as a whole.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        from lassocore.models.model_file import save_model

        save_model(file, self)

    def _alpha_of(self, alpha: float | None) -> float:
        """The given alpha, the chosen one, or the only one."""
        if alpha is not None:
            return alpha
        if self.chosen_alpha is not None:
            return self.chosen_alpha
        alphas = self.path.alphas
        if len(alphas) > 1:
            raise ValueError(f"the model has {len(alphas)} alphas from {alphas[0]:.5g} to {alphas[-1]:.5g}, and none "
                             "was chosen; give alpha=, or save it with alpha=")
        return float(alphas[0])


def within_path(path: PathResult, alpha: float, name: str = "alpha") -> float:
    """An alpha of the path's range; one that is beyond it by rounding becomes its end."""
    largest, smallest = float(path.alphas[0]), float(path.alphas[-1])
    if not smallest * (1 - END_TOL) <= alpha <= largest * (1 + END_TOL):
        raise ValueError(f"{name}={alpha:g} is outside the path [{smallest:.5g}, {largest:.5g}]; choose within it")
    return min(max(float(alpha), smallest), largest)
