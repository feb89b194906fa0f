# Lives here: prepared predictions. Independent of: model files, scikit-learn.
"""Predictions that touch the columns of active features only, prepared for single rows and for many."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lassocore.results.active_product import active_product

NOT_ENCODED = "; a frame with the columns of a file, text included, is for the predict of a loaded model"


class Predictor:
    """The prediction ``intercept + sum_j x_j w_j`` over the features with w_j != 0.

    `Model.predictor` makes it. It checks less than `Model.predict`: shape, names, and that predictions are finite. The
    columns of inactive features are not read, and may hold anything.

    Parameters
    ----------
    coef : ndarray of shape (n_features,)
        Coefficients.
    intercept : float
        Intercept.
    feature_names : tuple of str, or None
        Names of the features, with which those of frames and mappings are compared.

    Attributes
    ----------
    features : ndarray of int of shape (n_active,)
        Rising indices of the active features.
    values : ndarray of shape (n_active,)
        Their coefficients.
    names : tuple of str, or None
        Their names.

    See Also
    --------
    Model.predictor : Makes one from a model file.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.models import Predictor
    >>> predict = Predictor(np.array([0.0, 2.0, 0.0]), 1.0, ("a", "b", "c"))
    >>> predict([9.0, 3.0, 9.0]), predict({"b": 3.0})
    (7.0, 7.0)
    >>> predict(np.array([[9.0, 3.0, 9.0], [9.0, 4.0, 9.0]]))
    array([7., 9.])
    """

    def __init__(self, coef: np.ndarray, intercept: Any, feature_names: tuple[str, ...] | None = None):
        coef = np.asarray(coef)
        self.coef = coef if coef.dtype == np.float32 else coef.astype(np.float64)
        self.intercept = self.coef.dtype.type(intercept)
        self.feature_names = feature_names
        self.features = np.flatnonzero(self.coef)
        self.values = self.coef[self.features]
        self.names = None if feature_names is None else tuple(feature_names[j] for j in self.features.tolist())
        self._n_features = len(self.coef)
        self._shift = float(self.intercept)

    def __repr__(self) -> str:
        return f"<Predictor: {len(self.features)} of {self._n_features} features>"

    def __call__(self, X: Any) -> Any:
        """Predict one row or several.

        Parameters
        ----------
        X : array-like of shape (n_features,) or (n_samples, n_features), sparse matrix, data frame or mapping
            One row as a vector, or as a mapping from names to values that has the active features at least; or several
            rows. A frame needs the active features, in any order and among other columns.

        Returns
        -------
        float, or ndarray of shape (n_samples,)
            The predictions.

        Raises
        ------
        ValueError
            Another number of features; a name that is missing; predictions that are not finite, as of NaN.
        """
        if type(X) is np.ndarray or type(X) is list:
            row = np.asarray(X)
            if row.ndim == 1:
                return self._of_row(row)
            return self._of_rows(row)
        if isinstance(X, Mapping):
            return self._of_mapping(X)
        if hasattr(X, "tocsc"):
            return self._of_rows(X)
        return self._of_rows(np.asarray(X)) if self.names is None or not hasattr(X, "columns") else self._of_frame(X)

    def _of_row(self, row: np.ndarray) -> float:
        if len(row) != self._n_features:
            raise ValueError(f"X has shape {row.shape}; a row has {self._n_features} features")
        prediction = float(row.take(self.features).dot(self.values)) + self._shift
        if not -np.inf < prediction < np.inf:
            raise ValueError(f"the prediction is {prediction}; an active feature is not finite, or it overflows")
        return prediction

    def _of_rows(self, X: Any) -> np.ndarray:
        if X.ndim != 2 or X.shape[1] != self._n_features:
            raise ValueError(f"X has shape {X.shape}; the model has {self._n_features} features")
        if X.dtype.kind not in "fiub":
            raise ValueError(f"X has dtype {X.dtype}; pass real numbers")
        if X.shape[0] == 1 and X.dtype == self.coef.dtype and isinstance(X, np.ndarray):
            return np.array([self._of_row(X[0])], X.dtype)
        if not isinstance(X, np.ndarray):
            from lassocore.designs.sparse_checks import check_sparse

            check_sparse(X)
            X = X if X.format in ("csc", "csr") else X.tocsr()
        elif X.dtype.kind != "f" or not (X.flags.c_contiguous or X.flags.f_contiguous):
            return self._finite(X[:, self.features].astype(np.float64) @ self.values + self.intercept)
        with np.errstate(invalid="ignore"):
            predictions = active_product(X, self.coef) + self.intercept
            if isinstance(X, np.ndarray) and not np.isfinite(predictions).all():    # inactive columns may hold NaN
                predictions = X[:, self.features] @ self.values + self.intercept
        return self._finite(predictions)

    def _of_mapping(self, row: Mapping[str, Any]) -> float:
        if self.names is None:
            raise ValueError("the model has no feature names; pass the row as a vector")
        try:
            values = [row[name] for name in self.names]
        except KeyError as error:
            raise ValueError(f"X has no feature {error.args[0]!r}, which is active in the model{NOT_ENCODED}") from None
        prediction = float(np.array(values, dtype=self.values.dtype).dot(self.values)) + self._shift
        if not -np.inf < prediction < np.inf:
            raise ValueError(f"the prediction is {prediction}; an active feature is not finite, or it overflows")
        return prediction

    def _of_frame(self, frame: Any) -> np.ndarray:
        """The active columns of a frame, found by name."""
        assert self.names is not None
        lacking = set(self.names) - set(frame.columns)
        if lacking:
            raise ValueError(f"X has no feature {min(lacking)!r}, which is active in the model{NOT_ENCODED}")
        product = np.zeros(len(frame), np.float64)
        for name, value in zip(self.names, self.values.tolist(), strict=True):
            column = frame[name].to_numpy()
            if column.dtype.kind not in "fiub":
                raise ValueError(f"column {name!r} of X has dtype {column.dtype}; pass real numbers")
            product += column * value
        return self._finite(product + self.intercept)

    @staticmethod
    def _finite(predictions: np.ndarray) -> np.ndarray:
        if not np.isfinite(predictions).all():
            row = int(np.isfinite(predictions).argmin())
            raise ValueError(f"the prediction of row {row} is {predictions[row]}; an active feature is not finite, or "
                             "it overflows")
        return predictions
