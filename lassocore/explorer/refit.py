# Lives here: how an estimator fits a model of the path again. Independent of: HTML, how paths are solved.
"""The options of the estimator whose fit to X and y is a model of the path, where the path tells them all."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.explorer.optimality import Factors


def refit_options(path: Any, factors: Factors | None, scales: np.ndarray) -> dict[str, bool] | None:
    """What differs from the defaults; None where no estimator with these options gives the models of the path."""
    relax = getattr(path, "relax", None)
    if factors is None or not is_plain(factors, scales) or path.groups is not None or relax is not None:
        return None
    sample = getattr(path, "sample", None)
    options = {"standardize": factors.standardized, "fit_intercept": bool(np.any(path.intercepts)), "positive": False,
               "weighted": False}
    if sample is None:                  # several tasks, which have no bounds, or a file, which does not tell its bounds
        return options if path.intercepts.ndim == 2 else None
    if sample.lower is not None or sample.upper is not None:
        if not is_nonnegative(sample):
            return None
        options["positive"] = True
    return options | {"fit_intercept": bool(sample.fit_intercept), "weighted": sample.weights is not None}


def is_plain(factors: Factors, scales: np.ndarray) -> bool:
    """Whether all penalty factors are 1."""
    varying = scales > 0.0
    expected = scales[varying] if factors.standardized else 1.0
    return bool(np.allclose(factors.l1[varying], expected, rtol=1e-6, atol=0.0))


def is_nonnegative(sample: Any) -> bool:
    """Whether the bounds of the fit are those of positive=True."""
    return (sample.lower is not None and bool(np.all(sample.lower == 0.0))
            and (sample.upper is None or bool(np.all(np.isposinf(sample.upper)))))
