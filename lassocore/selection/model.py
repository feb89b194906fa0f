# Lives here: the model that a selection report is about, from whatever was fitted. Independent of: tables, subsamples.
"""An alpha, a path, an estimator or a `StabilitySelection` -> the options of one fit to all rows."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from lassocore.designs.feature_names import require_features
from lassocore.paths.alpha_grid import check_alpha
from lassocore.paths.certificate import duality_gap
from lassocore.paths.fit_path import fit_path
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.results.path_result import PathResult
from lassocore.selection.stability import StabilitySelection
from lassocore.utils.arguments import is_number, shortened

OPTIONS = ("fit_intercept", "standardize", "penalty_factor", "bounds", "positive")
SHARE_OF_ALPHA = 0.5                # of the alpha at which the last stable feature enters
MAX_RELATIVE_GAP = 1e-2             # of given coefficients: beyond it they are no solution of the problem


class ReportedModel(NamedTuple):
    """One fit to all rows, and what is known of it already."""

    alpha: float
    l1_ratio: float
    options: dict[str, Any]         # of `as_problem`
    coef: np.ndarray | None = None  # a start
    selector: StabilitySelection | None = None


def as_model(model: Any, X: Any, y: Any, alpha: Any, options: dict[str, Any], sample_weight: Any) -> ReportedModel:
    """The model of a report; options that are None are those of the model, or the defaults of `fit_path`."""
    given = {name: value for name, value in options.items() if value is not None}
    l1_ratio = given.pop("l1_ratio", None)
    if is_number(model):
        if alpha is not None:
            raise ValueError(f"alpha={alpha!r} is given twice: the model is an alpha, {model!r}, already")
        found = ReportedModel(float(model), 1.0, {})
    elif isinstance(model, PathResult):
        found = of_path(model, alpha)
    elif isinstance(model, StabilitySelection):
        found = of_selector(model, X, y, alpha, sample_weight)
    else:
        found = of_estimator(model, alpha)
    found = found._replace(l1_ratio=found.l1_ratio if l1_ratio is None else l1_ratio, options=found.options | given)
    check_alpha(found.alpha)
    check_l1_ratio(found.l1_ratio)
    return found


def check_features(model: Any, X: Any) -> None:
    """Require the features of the fit: their number, and their names where both have names."""
    if isinstance(model, PathResult):
        require_features(X, model.feature_names, model.n_features, "PathResult")
    else:
        require_features(X, getattr(model, "feature_names_in_", None), getattr(model, "n_features_in_", None),
                         type(model).__name__)


def of_path(path: PathResult, alpha: Any) -> ReportedModel:
    """A path at one of its alphas, or between two."""
    if alpha is None and len(path) > 1:
        raise ValueError(f"the path has {len(path)} alphas; pass alpha=, for instance one that cross-validation or "
                         "path.information_criterion chooses")
    if path.groups is not None or path.has_offset:
        raise ValueError(f"the path was fitted with {'an offset' if path.groups is None else 'groups of features'}, "
                         "which selection reports do not support")
    alpha = float(path.alphas[0] if alpha is None else alpha)
    return ReportedModel(alpha, path.l1_ratio, {}, path.coef_at(alpha))


def of_selector(selector: StabilitySelection, X: Any, y: Any, alpha: Any, sample_weight: Any) -> ReportedModel:
    """The lasso on all rows at half the largest alpha at which all stable features are selected.

    At that alpha itself the last of them has just entered, and without it nothing would change.
    """
    check_is_fitted(selector)
    options = {"fit_intercept": selector.fit_intercept, "standardize": selector.standardize}
    found = ReportedModel(0.0 if alpha is None else alpha, selector.l1_ratio, options, selector=selector)
    if alpha is not None:
        return found
    path = fit_path(X, y, alphas=selector.alphas_, l1_ratio=selector.l1_ratio, tol=selector.tol,
                    max_iter=selector.max_iter, sample_weight=sample_weight, **options)
    support = selector.get_support(indices=True)
    complete = [k for k in range(len(path)) if np.isin(support, path.nonzeros(k)[0]).all()]
    return found._replace(alpha=float(SHARE_OF_ALPHA * path.alphas[complete[0]] if complete else path.alphas[-1]))


def of_estimator(model: Any, alpha: Any) -> ReportedModel:
    """A fitted estimator of one target, of lassocore or of scikit-learn."""
    coef = getattr(model, "coef_", None)
    chosen = next((getattr(model, name) for name in ("alpha_", "alpha") if is_number(getattr(model, name, None))), None)
    if coef is None or chosen is None:
        raise TypeError(f"model={shortened(model)} must be an alpha, a PathResult, a fitted StabilitySelection, or a "
                        "fitted lasso or elastic net with coef_ and alpha_ or alpha")
    if np.ndim(coef) != 1:
        raise ValueError(f"coef_ of the model has shape {np.shape(coef)}; selection reports are of one target")
    if getattr(model, "groups", None) is not None:
        raise ValueError("the model has groups of features, which selection reports do not support")
    if alpha is not None and alpha != chosen:
        coef = None                 # of another alpha
    options = {name: getattr(model, name) for name in OPTIONS if getattr(model, name, None) is not None}
    if getattr(model, "penalty_factor_", None) is not None:
        options["penalty_factor"] = model.penalty_factor_
    ratio = next((getattr(model, name) for name in ("l1_ratio_", "l1_ratio") if is_number(getattr(model, name, None))),
                 1.0)
    return ReportedModel(float(chosen if alpha is None else alpha), float(ratio), options,
                         None if coef is None else np.asarray(coef, np.float64))


def check_start(model: ReportedModel, X: Any, y: Any, sample_weight: Any, mean_square: float) -> None:
    """Require that given coefficients are a solution for these data and options, up to a generous tolerance."""
    if model.coef is None or mean_square == 0.0:
        return
    gap = duality_gap(X, y, model.coef, alpha=model.alpha, l1_ratio=model.l1_ratio, sample_weight=sample_weight,
                      **model.options)
    if not gap <= MAX_RELATIVE_GAP * mean_square:
        raise ValueError(
            f"the coefficients given are no solution for X and y at alpha={model.alpha:.6g}: their duality gap is "
            f"{gap / mean_square:.3g} of the mean square of y. Pass the data of the fit and its options "
            "(l1_ratio, fit_intercept, standardize, penalty_factor, bounds, positive, sample_weight)")
