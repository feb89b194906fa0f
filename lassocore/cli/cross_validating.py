# Lives here: cross-validation of a table whose preparation is part of what is validated. Independent of: commands.
"""Each fold learns what the preparation learns from its own training rows, so that held-out errors are honest.

Standardisation and categories are learnt from the training rows of a fold in any case: a fold is a set of weights over
the rows, and a category that its training rows do not have is a constant column there, whose coefficient is 0.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lassocore.cli.training_data import TrainingData
from lassocore.cross_validation.select import FoldResult
from lassocore.estimators.cv import ElasticNetCV
from lassocore.paths.fit_path import fit_path
from lassocore.results.path_result import PathResult

FIT = ("fit_intercept", "max_iter", "tol", "standardize", "positive")


class PreparedCV(ElasticNetCV):
    """ElasticNetCV over tables that each fold prepares by itself; attributes are those of ElasticNetCV."""

    def fit_table(self, data: TrainingData) -> PreparedCV:
        """Cross-validate, and keep the coefficients of the folds under the names of the features of all rows."""
        y, weights = data.table.y, data.table.sample_weight
        l1_ratios, options = self._checked_l1_ratios(), {name: getattr(self, name) for name in FIT}
        whole = [fit_path(data.X, y, sample_weight=weights, l1_ratio=l1_ratio, alphas=self.alphas, eps=self.eps,
                          **options) for l1_ratio in l1_ratios]
        grids = [path.alphas for path in whole]
        folds = [(train, test, *data.of_fold(train, test)) for train, test in self.cv.split(y)]
        results, names = [], data.labels
        for l1_ratio, grid in zip(l1_ratios, grids, strict=True):
            for train, test, X_train, X_test, _ in folds:
                path = fit_path(X_train, y[train], sample_weight=None if weights is None else weights[train],
                                l1_ratio=l1_ratio, alphas=grid, **options)
                results.append(FoldResult(path, held_out_errors(path, X_test, y[test], None if weights is None else
                                                                weights[test]), None))
        choice = self._set_choice(l1_ratios, grids, results, self._as_data(data.X, y, weights))
        n_folds = len(folds)
        kept = [_under_names(result.path, folds[k % n_folds][4], names) for k, result in enumerate(results)]
        by_ratio = [kept[k * n_folds:][:n_folds] for k in range(len(l1_ratios))]
        self.coef_path_: Any = by_ratio[0] if len(by_ratio) == 1 else by_ratio
        path = whole[choice.l1_ratio]
        self.coef_, self.intercept_ = path.coef_at(self.alpha_), path.intercept_at(self.alpha_)
        self.dual_gap_, self.n_iter_ = float(path.dual_gaps[choice.alpha]), int(path.n_iter[choice.alpha])
        self.n_features_in_, self.stopped_ = data.X.shape[1], ""
        return self


def held_out_errors(path: PathResult, X: Any, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """The weighted mean square error of each model of a path."""
    with np.errstate(over="ignore"):
        errors = np.average((y[:, None] - path.predict(X, path.alphas)) ** 2, axis=0, weights=weights)
    if not np.isfinite(errors).any():
        raise ValueError("the squares of the held-out errors are beyond what a float holds; rescale the target")
    return errors


def _under_names(path: PathResult, own: tuple[str, ...], names: list[str]) -> csr_array:
    """Coefficients of a fold, (n_alphas, n_features of all rows); features that only the fold has are left out."""
    place = {name: j for j, name in enumerate(names)}
    found = [(j, place[name]) for j, name in enumerate(own) if name in place]
    picked = csr_array((np.ones(len(found)), ([k for _, k in found], [j for j, _ in found])),
                       shape=(len(names), len(own)))
    return csr_array((picked @ path.coefs_sparse).T)


def cross_validate(data: TrainingData, folds: Any, rule: str, fit: dict[str, Any]) -> ElasticNetCV:
    """A fitted ElasticNetCV of the features of all rows, or one whose folds prepare the table by themselves."""
    options = {**fit, "cv": folds, "selection_rule": rule, "keep_coefs": "sparse"}
    if data.preparation is not None:
        return PreparedCV(**options).fit_table(data)
    return ElasticNetCV(**options).fit(data.X, data.table.y, sample_weight=data.table.sample_weight)
