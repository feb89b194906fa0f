# Lives here: paths and estimators as models. Independent of: JSON, prediction.
"""What the methods ``save`` of paths and estimators write."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lassocore.models.feature_profile import profile_of
from lassocore.models.model import Model, within_path
from lassocore.models.model_file import save_model
from lassocore.models.records import (
    CrossValidationRecord,
    DataWindow,
    ErrorRecord,
    EstimatorSettings,
    Training,
    as_window,
    error_record,
    plain_parameters,
)
from lassocore.results.path_result import PathResult
from lassocore.results.prediction import as_new_design
from lassocore.utils.arguments import as_vector, check_dense, is_number, shortened

SAME_R2 = 1e-3                  # largest difference between R2 of the fit and of the data given as those of the fit
FIT_RECORD = "_fit_record"      # attribute of estimators: what their fit knows beside the documented attributes


def save_path(file: str | Path, path: Any, alpha: float | None, X: Any, y: Any, sample_weight: Any, cv: Any,
              window: Any) -> None:
    """Write a path as a model file; X, y and the weights are those of the fit."""
    save_model(file, model_of_path(path, alpha, X, y, sample_weight, cv, window))


def save_estimator(file: str | Path, estimator: Any, X: Any, y: Any, sample_weight: Any, window: Any) -> None:
    """Write a fitted estimator as a model file; X, y and the weights are those of the fit."""
    save_model(file, model_of_estimator(estimator, X, y, sample_weight, window))


def model_of_path(path: Any, alpha: float | None = None, X: Any = None, y: Any = None, sample_weight: Any = None,
                  cv: Any = None, window: Any = None) -> Model:
    """The model of a path of one target."""
    if not isinstance(path, PathResult):
        raise ValueError(f"{type(path).__name__} has several targets; model files hold one: fit each target by itself, "
                         "as fit_many does, and save the path of each")
    chosen = float(path.alphas[0]) if alpha is None and len(path) == 1 else None
    if alpha is not None:
        if not is_number(alpha):
            raise ValueError(f"alpha={shortened(alpha)} must be one number")
        chosen = within_path(path, alpha)
    sample = path.sample
    training = Training(
        target=_target_name(y), weights=None if sample_weight is None else "sample_weight",
        n_samples=None if sample is None else int(sample.n_rows), tol=None, max_iter=None,
        fit_intercept=None if sample is None else bool(sample.fit_intercept), standardize=None, positive=None,
        selection=None)
    model = Model(path, None, training, chosen_alpha=chosen,
                  cross_validation=None if cv is None else _validation_of(cv))
    return _with_data(model, X, y, sample_weight, window)


def model_of_estimator(estimator: Any, X: Any = None, y: Any = None, sample_weight: Any = None,
                       window: Any = None) -> Model:
    """The model of a fitted estimator of one target."""
    estimator._check_has_model()
    coef = np.asarray(estimator.coef_)
    if coef.ndim > 1:
        raise ValueError(f"{type(estimator).__name__} was fitted to {len(coef)} targets; model files hold one: fit and "
                         "save a model for each target")
    known = getattr(estimator, FIT_RECORD, {})
    given = estimator.get_params(deep=False)
    parameters = plain_parameters(given)
    training = Training(
        target=_target_name(y), weights=None if sample_weight is None else "sample_weight",
        n_samples=known.get("n_samples"), tol=float(estimator.tol), max_iter=int(estimator.max_iter),
        fit_intercept=bool(estimator.fit_intercept), standardize=bool(estimator.standardize),
        positive=bool(getattr(estimator, "positive", False)), selection=getattr(estimator, "selection", "cyclic"))
    path = _path_of(estimator, coef, known)
    omitted = tuple(sorted(given.keys() - parameters.keys()))
    model = Model(path, None, training, chosen_alpha=float(path.alphas[0]),
                  settings=EstimatorSettings(type(estimator).__name__, parameters, omitted),
                  cross_validation=CrossValidationRecord.of(estimator) if hasattr(estimator, "mse_mean_") else None)
    return _with_data(model, X, y, sample_weight, window)


def _path_of(estimator: Any, coef: np.ndarray, known: dict[str, Any]) -> PathResult:
    """The path of the one alpha of an estimator."""
    from scipy.sparse import csc_array

    rows = np.flatnonzero(coef)
    coefs = csc_array((coef[rows], rows, np.array([0, len(rows)])), shape=(len(coef), 1))
    names = getattr(estimator, "feature_names_in_", None)
    alpha, l1_ratio = (known[key] if key in known else getattr(estimator, f"{key}_", getattr(estimator, key, 1.0))
                       for key in ("alpha", "l1_ratio"))       # estimators of earlier pickles have no record
    return PathResult(
        alphas=np.array([alpha], dtype=np.float64),
        coefs_sparse=coefs, intercepts=np.array([estimator.intercept_], dtype=np.float64).reshape(1),
        dual_gaps=np.array([estimator.dual_gap_], dtype=np.float64),
        gap_tol=known.get("gap_tol", np.nan), n_iter=np.array([estimator.n_iter_]),
        converged=np.array([known.get("converged", False)]), r2=np.array([known.get("r2", np.nan)]),
        l1_ratio=float(l1_ratio),
        feature_names=None if names is None else tuple(map(str, names)))


def _with_data(model: Model, X: Any, y: Any, sample_weight: Any, window: Any) -> Model:
    """The model with what the data of its fit tell: profile, error, shape, window."""
    from dataclasses import replace

    if X is None:
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(f"{name} is given without X; pass the X of the fit as well")
        return replace(model, window=as_window(window, model.training.n_samples))
    path = model.path
    design = as_new_design(X, path.n_features, path.feature_names, "save")
    n_samples = design.shape[0]
    if model.training.n_samples not in (None, n_samples):
        raise ValueError(f"X has {n_samples} rows, but the fit had {model.training.n_samples}; pass the X of the fit")
    active = np.unique(path.entries[0]) if model.chosen_alpha is None else model.active_features
    return replace(
        model, training=replace(model.training, n_samples=n_samples), window=as_window(window, n_samples),
        profile=profile_of(design, active, sample_weight),
        training_error=None if y is None else _error_of(model, design, y, sample_weight))


def _error_of(model: Model, design: Any, y: Any, sample_weight: Any) -> ErrorRecord | None:
    """The error on the data of the fit; None without a chosen alpha, or where predictions need an offset."""
    check_dense(y, "y")
    y = as_vector(y, "y", design.shape[0], "samples")
    if model.chosen_alpha is None or model.path.has_offset:
        return None
    from dataclasses import replace

    unnamed = replace(model, path=replace(model.path, feature_names=None))
    weights = None if sample_weight is None or is_number(sample_weight) else as_vector(
        sample_weight, "sample_weight", design.shape[0], "samples")
    record = error_record(y, unnamed.predict(design), weights)
    with np.errstate(over="ignore", invalid="ignore"):
        _check_r2(model, record.mean_squared_error, float(np.cov(y, aweights=weights, bias=True)))
    return record


def _check_r2(model: Model, error: float, variance: float) -> None:
    """Require R2 of the fit, where it is known at the chosen alpha, of the data given as those of the fit."""
    known = model.path.r2[model.path.alphas == model.chosen_alpha]
    if len(known) == 0 or not (np.isfinite([known[0], error, variance]).all() and variance > 0.0):
        return
    r2 = 1.0 - error / variance
    if abs(r2 - known[0]) > SAME_R2 * max(1.0, abs(known[0])):
        raise ValueError(f"X and y give R2 = {r2:.4g} at alpha={model.chosen_alpha:.4g}, and the fit had "
                         f"{known[0]:.4g}; pass the X, y and sample_weight of the fit, or none of them")


def _validation_of(cv: Any) -> CrossValidationRecord:
    """The record of a cross-validated estimator."""
    if isinstance(cv, CrossValidationRecord):
        return cv
    if not hasattr(cv, "mse_mean_") or np.ndim(getattr(cv, "coef_", 0.0)) > 1:
        raise ValueError(f"cv={shortened(cv)} must be a fitted LassoCV or another cross-validated estimator of one "
                         "target")
    return CrossValidationRecord.of(cv)


def _target_name(y: Any) -> str:
    """The name of a series, or "y"."""
    name = getattr(y, "name", None)
    return name if isinstance(name, str) else "y"


__all__ = ["DataWindow", "model_of_estimator", "model_of_path", "save_estimator", "save_path"]
