# Lives here: the validation curve of the page. Independent of: HTML, the data of the fit.
"""Held-out errors of a path's alphas and how many folds select each feature, from a fitted model or computed here."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.cross_validation.select import choose, mean_and_error
from lassocore.explorer.optimality import Factors
from lassocore.utils.arguments import is_whole, shortened


@dataclass(frozen=True)
class Validation:
    """Held-out errors at falling alphas, their standard errors, and the positions of the two usual choices."""

    alphas: np.ndarray
    means: np.ndarray
    errors: np.ndarray
    best: int
    one_se: int
    n_folds: int
    label: str
    larger_is_better: bool
    shares: np.ndarray | None       # how many folds select each of the features, (n_features_shown, n_alphas)


def is_fitted_cv(cv: Any) -> bool:
    """Whether it is a cross-validated model rather than a number of folds or a splitter."""
    return hasattr(cv, "mse_path_") and hasattr(cv, "alphas_")


def validation_of(path: Any, cv: Any, features: np.ndarray) -> Validation:
    """The curve of a fitted LassoCV, ElasticNetCV or their kin for the l1_ratio of the path."""
    n_features = getattr(cv, "n_features_in_", path.n_features)
    if n_features != path.n_features:
        raise ValueError(f"cv was fitted on {n_features} features, the path on {path.n_features}; pass the model of "
                         "the same data")
    which = position_of_l1_ratio(path, cv)
    alphas, folds = np.asarray(cv.alphas_), np.asarray(cv.mse_path_)
    label, sign = "mean square error", 1.0
    if getattr(cv, "scoring", None) is not None and hasattr(cv, "score_path_"):
        folds, label, sign = np.asarray(cv.score_path_), f"score: {cv.scoring}", -1.0
    if which is not None:
        folds = folds.reshape(len(np.atleast_1d(cv.l1_ratio)), *folds.shape[-2:])[which]
        alphas = alphas if alphas.ndim == 1 else alphas[which]
    alphas = np.atleast_1d(alphas)[:max(1, folds.size)]
    folds = folds.reshape(len(alphas), -1)
    choice = choose("min", [alphas], -sign * folds[None])
    means, errors = mean_and_error(folds)
    return Validation(alphas, means, errors, choice.best, choice.one_se, folds.shape[1], label, sign < 0.0,
                      shares_of(cv, which, features))


def position_of_l1_ratio(path: Any, cv: Any) -> int | None:
    """Which of several l1_ratios of a model is the path's; None if it has one."""
    l1_ratios = np.atleast_1d(getattr(cv, "l1_ratio", 1.0)).astype(float)
    found = np.flatnonzero(np.isclose(l1_ratios, path.l1_ratio, rtol=1e-9, atol=1e-12))
    if len(found) == 0:
        raise ValueError(f"cv has l1_ratio={getattr(cv, 'l1_ratio', 1.0)}, the path has {path.l1_ratio:g}; pass a "
                         "model with the l1_ratio of the path")
    return int(found[0]) if np.ndim(getattr(cv, "l1_ratio", 1.0)) else None


def shares_of(cv: Any, which: int | None, features: np.ndarray) -> np.ndarray | None:
    """How many folds select each feature at each alpha; None if the model did not keep the folds' coefficients."""
    kept = getattr(cv, "coef_path_", None)
    if kept is None:
        return None
    folds = kept if which is None else kept[which]
    counts: Any = 0
    for coefs in folds:
        if isinstance(coefs, list):                     # of several tasks: a matrix for each alpha
            counts = counts + np.stack([(abs(level) > 0.0).max(axis=0).toarray().ravel()[features] for level in coefs])
        elif hasattr(coefs, "tocsc"):
            counts = counts + (coefs.tocsc()[:, features] != 0.0).toarray()
        else:
            selected = coefs != 0.0                     # (n_alphas, n_features), or with tasks before features
            counts = counts + (selected if selected.ndim == 2 else selected.any(axis=1))[:, features]
    return np.asarray(counts).astype(np.uint8 if len(folds) < 256 else np.uint32).T


def cross_validated(path: Any, X: Any, y: Any, cv: Any, factors: Factors | None, scales: np.ndarray) -> Any:
    """A model cross-validated over the alphas of the path, with the settings of its fit as far as the path tells."""
    if not (is_whole(cv) or hasattr(cv, "split") or np.iterable(cv)) or isinstance(cv, str):
        raise ValueError(f"cv={shortened(cv)} must be a fitted LassoCV or ElasticNetCV, a number of folds or a "
                         "splitter")
    relax = getattr(path, "relax", None)
    if relax is not None and relax < 1.0:
        raise ValueError(f"cv={shortened(cv)} with a relaxed path; cross-validation is of penalised fits: leave cv out")
    if factors is None:
        raise ValueError(f"cv={shortened(cv)}, but the path does not tell the settings of its fit; pass a LassoCV or "
                         "ElasticNetCV that was fitted with the same settings")
    sample = getattr(path, "sample", None)
    model = unfitted_cv(path, factors, scales)
    model.set_params(alphas=path.alphas, cv=cv, keep_coefs="sparse", refit=False, standardize=factors.standardized,
                     fit_intercept=bool(np.any(path.intercepts)) if sample is None else sample.fit_intercept)
    return model.fit(X, y, sample_weight=None if sample is None else sample.weights)


def unfitted_cv(path: Any, factors: Factors, scales: np.ndarray) -> Any:
    """The cross-validated estimator for a path of this kind."""
    from lassocore.estimators.cv import ElasticNetCV
    from lassocore.estimators.multi_task_cv import MultiTaskElasticNetCV

    divisor = np.where(scales > 0.0, scales, 1.0) if factors.standardized else 1.0
    penalty_factor = factors.l1 / divisor
    if path.intercepts.ndim == 2:
        return MultiTaskElasticNetCV(l1_ratio=path.l1_ratio, penalty_factor=penalty_factor)
    sample = path.sample
    bounds = None if sample is None or sample.lower is None else (sample.lower, sample.upper)
    return ElasticNetCV(l1_ratio=path.l1_ratio, penalty_factor=penalty_factor, bounds=bounds)
