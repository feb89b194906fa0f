# Lives here: the path that belongs to an estimator. Independent of: how it is drawn.
"""A path fitted with the parameters of an estimator of lassocore or scikit-learn."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.designs.feature_names import require_features
from lassocore.paths.fit_multi_task_path import fit_multi_task_path
from lassocore.paths.fit_path import fit_path
from lassocore.plots.curves import Curves, checked_alpha
from lassocore.plots.style import plain_number
from lassocore.utils.arguments import is_number

MODELS = {"Lasso", "ElasticNet", "LassoCV", "ElasticNetCV", "LassoIC", "AdaptiveLasso", "GroupLasso", "GroupLassoCV",
          "SparseGroupLasso", "SparseGroupLassoCV", "MultiTaskLasso", "MultiTaskElasticNet", "MultiTaskLassoCV",
          "MultiTaskElasticNetCV"}
SHARED = ("fit_intercept", "standardize", "tol", "max_iter")
OF_ONE_TARGET = ("positive", "bounds", "penalty_factor")
EPS = 1e-3                          # smallest alpha over the largest, for models of one alpha


def fit_path_of(estimator: Any, X: Any, y: Any, sample_weight: Any = None, alphas: Any = None,
                l1_ratio: float | None = None) -> tuple[Any, Any, Any, Any]:
    """(the path, the model at the end of a pipeline, X as the model sees it, names of its columns).

    The alphas and l1_ratio are those of the estimator, if none are given.
    """
    model, X, names = last_step(estimator, X)
    kinds = {kind.__name__ for kind in type(model).__mro__}
    if not kinds & MODELS:
        raise TypeError(f"estimator is a {type(model).__name__}, which has no path of alphas that lassocore fits; pass "
                        f"one of {', '.join(sorted(MODELS))}")
    require_features(X, getattr(model, "feature_names_in_", None), getattr(model, "n_features_in_", None),
                     type(model).__name__)
    tasks = any(kind.startswith("MultiTask") for kind in kinds & MODELS)
    target = y if tasks else np.asarray(y)
    if not tasks and target.ndim == 2 and target.shape[1] > 1:
        raise ValueError(f"y has shape {target.shape}; the targets of {type(model).__name__} have paths of their own: "
                         "draw one at a time, with y[:, k]")
    target = target if tasks else target.ravel()
    options = options_of(model, kinds, tasks, np.shape(X)[1])
    options |= {"sample_weight": None if is_number(sample_weight) else sample_weight,
                "l1_ratio": l1_ratio_of(model) if l1_ratio is None else l1_ratio}
    fit: Any = fit_multi_task_path if tasks else fit_path
    path = fit(X, target, **(alphas_of(model) if alphas is None else {"alphas": alphas}), **options)
    alpha = getattr(model, "alpha", None)
    if alphas is None and is_number(alpha) and 0.0 < alpha < path.alphas[-1]:
        path = fit(X, target, **options, alphas=np.geomspace(path.alphas[0], alpha, len(path)))
    if path.feature_names is not None or names is not None and len(names) != path.n_features:
        names = None
    return path, model, X, names


def options_of(model: Any, kinds: set[str], tasks: bool, n_features: int) -> dict[str, Any]:
    """The parameters of a model that its path shares."""
    options = {name: getattr(model, name) for name in SHARED if hasattr(model, name)}
    if tasks:
        options |= {"penalty_factor": getattr(model, "penalty_factor", None)}
    elif hasattr(model, "group_weights"):
        groups = np.arange(n_features) if model.groups is None else model.groups
        options |= {"groups": groups, "group_weights": model.group_weights, "feature_l1_ratio": model.feature_l1_ratio}
    else:
        options |= {name: getattr(model, name) for name in OF_ONE_TARGET if hasattr(model, name)}
        options |= adaptive_options(model, kinds)
    return options


def last_step(estimator: Any, X: Any) -> tuple[Any, Any, Any]:
    """(the model, X transformed by the steps of a pipeline before it, names of its columns where these are known)."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import check_is_fitted

    if not isinstance(estimator, Pipeline):
        return estimator, X, getattr(estimator, "feature_names_in_", None)
    check_is_fitted(estimator)
    names = None
    if len(estimator) > 1:
        X = estimator[:-1].transform(X)
        if hasattr(estimator[:-1], "get_feature_names_out"):
            names = estimator[:-1].get_feature_names_out()
    return estimator[-1], X, names


def l1_ratio_of(model: Any) -> float:
    """The share of the L1 penalty, that of the fit where there were several."""
    chosen = getattr(model, "l1_ratio_", getattr(model, "l1_ratio", 1.0))
    if np.ndim(chosen) > 0:
        if np.size(chosen) != 1:
            raise ValueError(f"l1_ratio={chosen!r} has several values; fit the estimator first, which chooses one")
        chosen = np.ravel(chosen)[0]
    return float(chosen)


def alphas_of(model: Any) -> dict[str, Any]:
    """The alphas of a fitted model, or the parameters that make them."""
    fitted = getattr(model, "alphas_", None)
    if fitted is not None and np.ndim(fitted) == 1:
        return {"alphas": fitted}
    if fitted is not None:              # a row for each l1_ratio
        return {"alphas": fitted[list(model.l1_ratio).index(model.l1_ratio_)]}
    alphas = getattr(model, "alphas", 100)
    alphas = 100 if isinstance(alphas, str) or alphas is None else alphas
    eps = getattr(model, "eps", EPS)
    return {"alphas": alphas, "eps": eps if is_number(eps) else EPS}


def adaptive_options(model: Any, kinds: set[str]) -> dict[str, Any]:
    """The factors of the penalty that an adaptive lasso has found."""
    if "AdaptiveLasso" not in kinds:
        return {}
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(model, "penalty_factor_")
    return {"penalty_factor": model.penalty_factor_}


def marks_of(model: Any, curves: Curves) -> dict[str, float]:
    """The alpha of the model, where the path reaches it, by its text."""
    name = "alpha_" if hasattr(model, "alpha_") else "alpha"
    alpha = getattr(model, name, None)
    if alpha is None or not is_number(alpha):
        return {}
    alpha = min(float(alpha), float(curves.alphas[0])) if alpha > curves.alphas[0] else float(alpha)
    if alpha < curves.alphas[-1] * (1.0 - 1e-4):
        return {}
    return {f"{name} = {plain_number(getattr(model, name))}": checked_alpha(curves, alpha, name)}
