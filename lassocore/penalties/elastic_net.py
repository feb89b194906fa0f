# Lives here: factors and bounds of the elastic net. Independent of: X, losses, solvers.
"""alpha v_j (l1_ratio |w_j| + (1 - l1_ratio)/2 w_j^2) within bounds."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore.utils.arguments import as_real, check_flag, is_number
from lassocore.utils.powers_of_two import Scaling


def as_penalty_factor(penalty_factor, n_features: int) -> np.ndarray:
    """Penalty factors: at least 0, inf for excluded columns."""
    if penalty_factor is None:
        return np.ones(n_features)
    v = as_real(penalty_factor, "penalty_factor")
    if v.shape != (n_features,):
        raise ValueError(f"penalty_factor has shape {v.shape}; it needs one value for each of {n_features} features")
    if np.isnan(v).any() or (v < 0).any():
        raise ValueError("penalty_factor has a negative or NaN value; factors are at least 0, inf excludes a feature")
    return v


def as_bounds(bounds, positive: bool, n_features: int):
    """(lower, upper) as vectors that contain 0, or (None, None) where nothing is bounded."""
    if bounds is None and not positive:
        return None, None
    try:
        lower, upper = (-np.inf, np.inf) if bounds is None else bounds
        lower, upper = (
            np.array(np.broadcast_to(as_real(bound, "bounds"), (n_features,))) for bound in (lower, upper))
    except (TypeError, ValueError):
        raise ValueError(
            f"bounds must be a pair (lower, upper) of numbers or of vectors of length {n_features}") from None
    if not ((lower <= 0) & (upper >= 0)).all():
        raise ValueError("bounds must contain 0 for every feature (lower <= 0 <= upper, no NaN)")
    if positive:
        lower = np.maximum(lower, 0.0)
    if (lower == -np.inf).all() and (upper == np.inf).all():
        return None, None
    return lower, upper


class PenaltyShape(NamedTuple):
    """What of a penalty does not depend on the samples."""

    factor: np.ndarray                      # penalty_factor
    lower: np.ndarray | None
    upper: np.ndarray | None
    standardize: bool
    uniform: bool = False                   # all factors are 1
    scaling: Scaling | None = None          # of the design; factors and bounds are those of the columns given


def as_penalty_shape(penalty_factor, bounds, positive: bool, standardize: bool, n_features: int) -> PenaltyShape:
    """Factors and bounds, checked."""
    if positive is not False or standardize is not False:
        check_flag("positive", positive)
        check_flag("standardize", standardize)
    factor = as_penalty_factor(penalty_factor, n_features)
    lower, upper = as_bounds(bounds, positive, n_features)
    return PenaltyShape(factor, lower, upper, standardize, penalty_factor is None)


def check_l1_ratio(l1_ratio: float) -> None:
    """l1_ratio is in [0, 1]."""
    if not (is_number(l1_ratio) and 0.0 <= l1_ratio <= 1.0):
        raise ValueError(f"l1_ratio={l1_ratio!r} must be between 0 and 1")
