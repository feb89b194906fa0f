# Lives here: scikit-learn's scorers on the models of a fold. Independent of: solvers.
"""Any scorer of scikit-learn, on held-out rows."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import get_scorer

from lassocore.cross_validation.folds import Data, Fold, dense_models_of


class FoldModel(RegressorMixin, BaseEstimator):
    """The model of one alpha of one fold, passed to a scorer."""

    def __init__(self, coef_=None, intercept_=0.0):
        self.coef_ = coef_
        self.intercept_ = intercept_

    def predict(self, X):
        """X coef_ + intercept_."""
        return X @ self.coef_.T + self.intercept_


@dataclass(frozen=True)
class FoldScorer:
    """A scorer and the metadata routed to it."""

    scorer: Any
    params: Mapping[str, Any]

    def __call__(self, data: Data, fold: Fold, path) -> np.ndarray:
        """The score of each model of a path on the held-out rows, copied unless they are contiguous."""
        rows = as_slice(fold.test)
        X, y = (values[rows] for values in data.given or (data.X, data.y))
        params = {name: of_rows(value, fold.test, len(data.y)) for name, value in self.params.items()}
        models = zip(dense_models_of(path, X.shape[1]), np.moveaxis(path.intercepts, -1, 0), strict=True)
        return np.array([self.scorer(FoldModel(*model), X, y, **params) for model in models], dtype=np.float64)


def as_slice(rows: np.ndarray) -> slice | np.ndarray:
    """Contiguous rows as a slice, which needs no copy."""
    if len(rows) > 0 and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def of_rows(value: Any, rows: np.ndarray, n_samples: int) -> Any:
    """Per-sample values restricted to these rows; other values unchanged."""
    values = np.asarray(value)
    return values[rows] if values.shape[:1] == (n_samples,) else value


def as_scorer(scoring: Any) -> Any:
    """A scorer for scoring; None for None."""
    if scoring is None:
        return None
    if not (isinstance(scoring, str) or callable(scoring)):
        raise ValueError(f"scoring={scoring!r} is no scorer; pass None, a name that scikit-learn knows or a callable "
                         "(estimator, X, y) -> float")
    return get_scorer(scoring)


def takes_weights(scorer: Any) -> bool:
    """Whether the scorer, or its metric, has a parameter sample_weight."""
    return "sample_weight" in signature(getattr(scorer, "_score_func", scorer)).parameters
