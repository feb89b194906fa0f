# Lives here: models as fitted objects of scikit-learn. Independent of: files.
"""A model as scikit-learn's own fitted `Lasso` or `ElasticNet`, which needs no lassocore to predict."""
from __future__ import annotations

from typing import Any

import numpy as np


def to_sklearn(model: Any, alpha: float | None) -> Any:
    """The fitted object; `Model.to_sklearn` documents it."""
    from sklearn.linear_model import ElasticNet, Lasso

    refuse_offset(model)
    at = model.alpha if alpha is None else float(alpha)
    coef, intercept = model.model_at(alpha)
    training = model.training
    options: dict[str, Any] = {
        "alpha": at, "fit_intercept": training.fit_intercept is not False, "positive": bool(training.positive)}
    options |= {name: value for name in ("tol", "max_iter") if (value := getattr(training, name)) is not None}
    l1_ratio = float(model.path.l1_ratio)
    fitted = Lasso(**options) if l1_ratio == 1.0 else ElasticNet(l1_ratio=l1_ratio, **options)
    fitted.coef_ = coef.copy()
    fitted.intercept_ = intercept if options["fit_intercept"] else 0.0
    fitted.n_features_in_ = model.n_features
    if model.feature_names is not None:
        fitted.feature_names_in_ = np.array(model.feature_names, dtype=object)
    k = int(np.abs(model.path.alphas - at).argmin())
    fitted.n_iter_, fitted.dual_gap_ = int(model.path.n_iter[k]), float(model.path.dual_gaps[k])
    return fitted


def refuse_offset(model: Any) -> None:
    """What is exported has no offset to add."""
    if model.path.has_offset:
        raise ValueError("the fit had an offset, which exported models cannot take; use predict(X, offset=...)")
