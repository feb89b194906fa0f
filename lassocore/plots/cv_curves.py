# Lives here: the results of a cross-validation as arrays. Independent of: matplotlib, how folds are fitted.
"""Held-out errors or scores along the paths of a fitted model, and the nonzeros at each alpha."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import sem

from lassocore.plots.estimator_paths import fit_path_of, last_step
from lassocore.utils.arguments import as_real, as_vector

SQUARED_ERROR = "held-out mean squared error\n(units of y\N{SUPERSCRIPT TWO})"


class CVCurves(NamedTuple):
    """What a display of a cross-validation draws; lists have an item for each l1_ratio."""

    alphas: list[np.ndarray]            # falling
    scores: list[np.ndarray]            # (n_alphas, n_folds): errors, or scores
    counts: list[np.ndarray] | None     # nonzeros at each alpha, where known
    l1_ratios: list[float]
    chosen: int                         # position of the l1_ratio of the model
    alpha: float | None                 # of the model, where it differs from both of these
    alpha_min: float
    alpha_1se: float | None
    what: str
    what_counts: str
    larger_is_better: bool = False

    def mean_and_error(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean over the folds, and its standard error, of the k-th l1_ratio; the error of a single fold is 0."""
        scores = self.scores[k]
        single = scores.shape[1] == 1
        return scores.mean(axis=1), np.zeros(len(scores)) if single else sem(scores, axis=1)

    def named_alphas(self) -> list[tuple[str, float]]:
        """The alphas to mark, by name."""
        if self.alpha_1se is None or self.alpha_1se == self.alpha_min:
            named = [("min" if self.alpha_1se is None else "min and 1 SE", self.alpha_min)]
        else:
            named = [("1 SE", self.alpha_1se), ("min", self.alpha_min)]
        if self.alpha is not None and self.alpha not in (self.alpha_min, self.alpha_1se):
            named.append(("chosen", self.alpha))
        return named


def best_alphas(alphas: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """(the alpha of the least mean error, the largest with a mean within one standard error of it)."""
    curves = CVCurves([alphas], [errors], None, [1.0], 0, None, 0.0, None, "", "")
    mean, spread = curves.mean_and_error(0)
    best = int(mean.argmin())
    return float(alphas[best]), float(alphas[np.argmax(mean <= mean[best] + spread[best])])


def curves_of_errors(alphas: Any, errors: Any, n_nonzero: Any) -> CVCurves:
    """Those of errors that were computed elsewhere."""
    errors = as_real(errors, "errors")
    if errors.ndim != 2 or 0 in errors.shape:
        raise ValueError(f"errors has shape {errors.shape}; pass (n_alphas, n_folds)")
    if not np.isfinite(errors).all():
        raise ValueError("errors holds NaN or infinity; leave out the alphas without an error")
    alphas = as_vector(alphas, "alphas", len(errors), "rows of errors")
    order = np.argsort(-alphas, kind="stable")
    counts = None if n_nonzero is None else [as_vector(n_nonzero, "n_nonzero", len(alphas), "alphas")[order]]
    best, one_se = best_alphas(alphas[order], errors[order])
    return CVCurves([alphas[order]], [errors[order]], counts, [1.0], 0, None, best, one_se,
                    SQUARED_ERROR, "nonzero coefficients")


def curves_of_model(estimator: Any, X: Any, y: Any, sample_weight: Any) -> CVCurves:
    """Those of a fitted cross-validated model, or of a pipeline that ends with one."""
    from sklearn.exceptions import NotFittedError
    from sklearn.pipeline import Pipeline

    model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not hasattr(model, "mse_path_"):
        if hasattr(model, "cv") and (not hasattr(model, "alpha") or model.alpha is None):
            raise NotFittedError(f"this {type(model).__name__} is not fitted; call fit before it is drawn")
        raise TypeError(f"estimator is a {type(model).__name__}, which has no errors of folds; pass a LassoCV or "
                        "another cross-validated model")
    if (X is None) != (y is None):
        raise ValueError("pass both X and y, or neither")
    scored = getattr(model, "scoring", None) is not None and hasattr(model, "score_path_")
    alphas, l1_ratios = np.asarray(model.alphas_), np.ravel(getattr(model, "l1_ratio", 1.0)).tolist()
    n_alphas = alphas.shape[-1]
    paths = model.score_path_ if scored else model.mse_path_
    scores = list(np.reshape(paths, (len(l1_ratios), n_alphas, -1)))
    grids = list(np.broadcast_to(alphas, (len(l1_ratios), n_alphas)))
    chosen = l1_ratios.index(model.l1_ratio_) if len(l1_ratios) > 1 else 0
    if hasattr(model, "alpha_min_"):
        best, one_se = float(model.alpha_min_), float(model.alpha_1se_)
    else:
        best, one_se = best_alphas(grids[chosen], scores[chosen])
    counts, of_what = None, "nonzero coefficients"
    if X is not None:
        model, X, _ = last_step(estimator, X)
        counts = [np.asarray(fit_path_of(model, X, y, sample_weight, grid, l1_ratio)[0].n_nonzero, dtype=float)
                  for grid, l1_ratio in zip(grids, l1_ratios, strict=True)]
    elif hasattr(model, "coef_path_"):
        paths = model.coef_path_ if len(l1_ratios) > 1 else [model.coef_path_]
        counts = [np.mean([nonzeros_of(fold) for fold in path], axis=0) for path in paths]
        of_what = "nonzero coefficients (mean over folds)"
    metric = f"{model.scoring} score" if isinstance(getattr(model, "scoring", None), str) else "score"
    what = f"held-out {metric}" if scored else SQUARED_ERROR
    return CVCurves(grids, scores, counts, l1_ratios, chosen, float(model.alpha_), best, one_se, what, of_what, scored)


def nonzeros_of(coefs: Any) -> np.ndarray:
    """Features with a nonzero coefficient at each alpha, of one fold; dense or sparse, of one target or several."""
    if isinstance(coefs, list):             # for each alpha a matrix, a row for each task
        return np.array([len(np.unique(matrix.nonzero()[1])) for matrix in coefs])
    if hasattr(coefs, "tocsr"):
        return np.bincount(coefs.nonzero()[0], minlength=coefs.shape[0])
    used = np.asarray(coefs) != 0.0
    return np.count_nonzero(used.any(axis=1) if used.ndim == 3 else used, axis=-1)
