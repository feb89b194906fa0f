# Lives here: the optimality conditions of a path, feature by feature. Independent of: HTML, how paths are solved.
"""How far the correlation of each feature with the residual is from its bound.

With S the sum of the weights s and r the residual, w is optimal where for each feature j::

    q_j = |x_j'(s r)/S - alpha (1 - l1_ratio) u_j w_j| / v_j <= alpha l1_ratio,  with equality where w_j is not 0

v_j is the penalty factor, times the standard deviation of the column where the fit standardised; u_j the penalty factor
times the variance. With several tasks w_j is a row and |.| its norm.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lassocore.explorer.fit_data import FitData

MAX_SHOWN = 300                     # features in the picture
TYPICAL_MISS = 0.1                  # relative distance of selected features from the bound that rejects the factors


class Factors(NamedTuple):
    """Factors of the penalty of all features: v_j and u_j; whether they contain the scale of the columns."""

    l1: np.ndarray
    l2: np.ndarray
    standardized: bool


class Optimality(NamedTuple):
    """q_j of some features at every alpha."""

    features: np.ndarray
    values: np.ndarray              # (n_shown, n_alphas)
    n_penalised: int                # how many features have a bound


def why_not(path: Any) -> str:
    """The reason why the conditions cannot be shown for this path; empty if they can."""
    sample = getattr(path, "sample", None)
    relax = getattr(path, "relax", None)
    if path.groups is not None:
        return "the path has groups of features, whose conditions are those of whole groups"
    if relax is not None and relax < 1.0:
        return "the path is relaxed: refitted coefficients do not obey the conditions of the lasso"
    if path.l1_ratio == 0.0:
        return "l1_ratio is 0: without an L1 penalty there is no bound"
    if sample is not None and (sample.lower is not None or sample.upper is not None):
        return "the coefficients have bounds, at which the conditions are others"
    if not (path.alphas > 0.0).any():
        return "alpha is 0: without a penalty there is no bound"
    return ""


def factors_of(data: FitData, scales: np.ndarray) -> Factors | None:
    """Factors of the fit, plain or those of a standardised fit, whichever the selected features obey; else None."""
    relax = getattr(data.path, "relax", None)
    if data.path.groups is not None or data.path.l1_ratio == 0.0 or relax is not None and relax < 1.0:
        return None
    candidates = list(candidate_factors(data, scales))
    misses = [typical_miss(data, factors) for factors in candidates]
    best = int(np.argmin(misses))
    if misses[best] > TYPICAL_MISS:
        return None
    told = getattr(data.path, "sample", None) is not None
    return candidates[best] if told or are_bounds_kept(data, candidates[best]) else None


def are_bounds_kept(data: FitData, factors: Factors) -> bool:
    """Whether no feature is far beyond its bound where the path converged, as one with bounds of its own may be."""
    penalised = np.flatnonzero((factors.l1 > 0.0) & np.isfinite(factors.l1))
    for block, q in conditions(data, factors, penalised):
        limits = (1.0 + TYPICAL_MISS) * data.path.l1_ratio * data.path.alphas[block]
        if (q > limits)[:, (limits > 0.0) & data.path.converged[block]].any():
            return False
    return True


def candidate_factors(data: FitData, scales: np.ndarray) -> Iterator[Factors]:
    """Factors that a path may have been fitted with, as it keeps those of the squared norm at most."""
    sample = getattr(data.path, "sample", None)
    variances = scales ** 2
    if sample is not None:
        l2 = sample.l2_factor
        yield Factors(l2, l2, False)
        yield Factors(np.divide(l2, scales, out=np.zeros_like(l2), where=scales > 0.0), l2, True)
        return
    ones = np.ones(len(scales))
    ones[data.path._unpenalised()] = 0.0
    yield Factors(ones, ones, False)
    yield Factors(ones * scales, ones * variances, True)


def typical_miss(data: FitData, factors: Factors) -> float:
    """The median of |q_j / (alpha l1_ratio) - 1| over the coefficients that are not 0."""
    misses = []
    for block, q in conditions(data, factors, data.support):
        selected = (data.coefs[:, :, block] != 0.0).any(axis=1) & (factors.l1[data.support] > 0.0)[:, None]
        bounds = data.path.l1_ratio * data.path.alphas[block]
        ratios = np.divide(q, bounds, out=np.ones_like(q), where=bounds > 0.0)
        misses.append(np.abs(ratios - 1.0)[selected])
    found = np.concatenate(misses) if misses else np.empty(0)
    return float(np.median(found)) if len(found) else 0.0


def conditions(data: FitData, factors: Factors, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """(positions of a few alphas, q_j of these features at them)."""
    path, columns = data.path, data.X[:, features]
    place = np.searchsorted(data.support, features)
    active = np.flatnonzero((place < len(data.support)) & np.isin(features, data.support))
    l1, l2 = factors.l1[features], factors.l2[features]
    for block, residuals in data.residuals():
        n_tasks, n_levels = residuals.shape[1:]
        weighted = (residuals * data.weights[:, None, None]).reshape(len(residuals), -1)
        products = np.asarray(columns.T @ weighted).reshape(len(features), n_tasks, n_levels)
        ridge = (1.0 - path.l1_ratio) * path.alphas[block]
        products[active] -= l2[active, None, None] * data.coefs[place[active]][:, :, block] * ridge
        norms = np.sqrt((products ** 2).sum(axis=1)) if n_tasks > 1 else np.abs(products[:, 0])
        with np.errstate(divide="ignore", invalid="ignore"):
            yield block, np.where(l1[:, None] > 0.0, norms / l1[:, None], 0.0)


def optimality_of(data: FitData, factors: Factors) -> Optimality:
    """q_j of the features that enter first, and of those that come closest to their bound."""
    alphas, l1_ratio = data.path.alphas, data.path.l1_ratio
    penalised = np.flatnonzero((factors.l1 > 0.0) & np.isfinite(factors.l1))
    closest = np.zeros(len(penalised))
    for block, q in conditions(data, factors, penalised):
        bounds = l1_ratio * alphas[block]
        ratios = q[:, bounds > 0.0] / bounds[bounds > 0.0]
        closest = np.maximum(closest, ratios.max(axis=1, initial=0.0))
    rank = closest.copy()
    entered = np.isin(penalised, data.support)
    first = np.argmax((data.coefs != 0.0).any(axis=1), axis=1)[np.searchsorted(data.support, penalised[entered])]
    rank[entered] = 3.0 + len(alphas) - first           # the first to enter come first, then the closest of the others
    shown = np.sort(penalised[np.argsort(-rank, kind="stable")[:MAX_SHOWN]])
    values = np.zeros((len(shown), len(alphas)))
    for block, q in conditions(data, factors, shown):
        values[:, block] = q
    return Optimality(shown, values, len(penalised))
