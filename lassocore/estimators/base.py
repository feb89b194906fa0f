# Lives here: what all estimators share. Independent of: which model is fitted and how, storage, kernels.
"""The base of the estimators: scikit-learn's conventions for parameters, for reading X and y, and for prediction."""
from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.feature_names import naming_columns
from lassocore.designs.sparse_checks import check_sparse
from lassocore.estimators.output import ModelOutput
from lassocore.paths.fit_history import recorder_of
from lassocore.progress import CallbackSupportMixin
from lassocore.results.active_product import active_product
from lassocore.sklearn_compat.paths import as_seed
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import is_number, is_one_of
from lassocore.utils.docstrings import DOC_PAGES
from lassocore.utils.pickling import EstimatorState
from lassocore.utils.unknown_keywords import KeywordHints

FLOATS = [np.float64, np.float32]


class LinearModel(KeywordHints, ModelOutput, CallbackSupportMixin, RegressorMixin, EstimatorState, BaseEstimator):
    """Parameters, reading of X and y, and prediction of all estimators."""

    _doc_link_module = "lassocore"          # scikit-learn 1.9 shows descriptions of parameters beside a link
    _doc_link_template = DOC_PAGES
    _exact = False          # whether fits go on beyond tol, as scikit-learn's do

    fit_intercept: Any
    max_iter: Any
    tol: Any
    penalty_factor: Any
    standardize: Any
    callback: Any
    bounds: Any             # this and the following are not parameters of all
    positive: Any
    solver: Any

    coef_: np.ndarray
    intercept_: Any
    dual_gap_: Any
    n_iter_: Any

    def predict(self, X) -> np.ndarray:
        """Predict with the linear model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows to predict, with the features of the fit in the same order.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predictions, a column for each target or task.

        Raises
        ------
        NotFittedError
            Before fit, and after a cross-validated fit with refit=False.
        ValueError
            X with other features, or other names of them, than in fit.
        """
        self._check_has_model()
        X = self._validated(X, "no_validation", True, {
            "accept_sparse": ["csr", "csc", "coo"], "dtype": FLOATS, "reset": False})
        product = active_product(X, self.coef_) if self.coef_.ndim == 1 else X @ self.coef_.T
        return product + self.intercept_

    def _keep_record(self, path: Any, k: int, n_samples: int) -> None:
        """Keep what model files hold of a fit and no attribute tells, in plain values."""
        self._fit_record = {
            "alpha": float(path.alphas[k]), "l1_ratio": float(path.l1_ratio), "n_samples": n_samples,
            "gap_tol": float(path.gap_tol), "converged": bool(path.converged[k]), "r2": float(path.r2[k])}

    def _check_has_model(self) -> None:
        """Require a fitted estimator."""
        check_is_fitted(self)

    def _validated(self, X, y, csc_rows: bool, options: dict[str, Any]):
        """X, or X and y, as scikit-learn's `validate_data` returns them; errors of conversions name the column."""
        if issparse(X):
            check_sparse(X, csc_rows=csc_rows)
        with naming_columns(X, None if type(y) is str else y):
            return validate_data(self, X, y, **options)

    def _checked(self, X, y):
        """X and y of a fit, checked; they may have different dtypes."""
        X, y = self._validated(X, y, False, {"validate_separately": (
            {"accept_sparse": "csc", "dtype": FLOATS, "ensure_all_finite": False},
            {"dtype": FLOATS, "ensure_2d": False})})
        check_consistent_length(X, y)
        return X, self._checked_target(y)

    def _checked_target(self, y):
        """One target as a vector."""
        return column_or_1d(y, warn=True)

    def _settings(self, on_level=None) -> Settings:
        """The parameters of the solver, checked; not every estimator has all of them."""
        selection = getattr(self, "selection", "cyclic")
        rng = as_seed(getattr(self, "random_state", None), selection)
        return Settings(
            solver=getattr(self, "solver", "auto"), selection=selection, rng=rng, tol=self.tol, max_iter=self.max_iter,
            callback=on_level, exact=self._exact, recorder=recorder_of(getattr(self, "history", False)))

    def _problem_options(self) -> dict[str, Any]:
        """The parameters that `as_problem` checks."""
        return {
            "fit_intercept": self.fit_intercept, "standardize": self.standardize, "penalty_factor": self.penalty_factor,
            "bounds": self.bounds, "positive": self.positive, "columns_contiguous": is_one_of(self.solver, ("cd",))}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class SparseCoefMixin:
    """Coefficients in sparse form."""

    coef_: np.ndarray

    @property
    def sparse_coef_(self) -> csr_array:
        """Sparse form of coef_, of shape (n_targets, n_features); one row for one target."""
        return csr_array(np.atleast_2d(self.coef_))


class MultiTaskMixin:
    """Targets are tasks, in two dimensions."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()           # type: ignore[misc]
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags


def without_number(sample_weight: Any) -> Any:
    """Sample weights; a single number above 0, which scikit-learn allows, means none."""
    if not is_number(sample_weight):
        return sample_weight
    as_sample_weight(sample_weight, 1)
    return None
