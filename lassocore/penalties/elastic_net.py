# Lives here: the elastic net with penalty factors and bounds. Independent of: X, losses, solvers.
"""alpha v_j (l1_ratio |w_j| + (1 - l1_ratio)/2 w_j^2) subject to lower_j <= w_j <= upper_j.

`ElasticNetPenalty` has the factors, which all levels share. At a level l1_reg_j = l1_scale l1_factor_j and
l2_reg_j = l2_scale l2_factor_j: `ElasticNet` in NumPy, src_cython/lassocore/penalties/elastic_net.pxd in the core.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.penalties.base import Penalty
from lassocore.penalties.groups import Groups
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
    """Factors and bounds as given, before the moments of X are known."""

    factor: np.ndarray                      # penalty_factor
    lower: np.ndarray | None
    upper: np.ndarray | None
    standardize: bool
    uniform: bool = False                   # all factors are 1
    scaling: Scaling | None = None          # of the design
    groups: Groups | None = None            # whose weights are the factors


def as_penalty_shape(penalty_factor, bounds, positive: bool, standardize: bool, n_features: int, groups=None
                     ) -> PenaltyShape:
    """Factors and bounds, checked; groups are `Groups`, which take the place of both."""
    if positive is not False or standardize is not False:
        check_flag("positive", positive)
        check_flag("standardize", standardize)
    if groups is not None:
        if penalty_factor is not None or bounds is not None or positive:
            name = "penalty_factor" if penalty_factor is not None else "positive" if bounds is None else "bounds"
            raise ValueError(f"{name} does not apply to groups of features; pass group_weights, of which 0 leaves a "
                             "group unpenalised and inf excludes it")
        factor = groups.weights[groups.labels]
        return PenaltyShape(factor, None, None, standardize, groups=groups)
    factor = as_penalty_factor(penalty_factor, n_features)
    lower, upper = as_bounds(bounds, positive, n_features)
    return PenaltyShape(factor, lower, upper, standardize, penalty_factor is None)


class ElasticNet(Penalty):
    """l1_j |w_j| + l2_j w_j^2 / 2 for lower_j <= w_j <= upper_j: the penalty at one level."""

    __slots__ = ("l1_reg", "l2_reg", "lower", "upper")

    def __init__(self, l1_reg: np.ndarray, l2_reg: np.ndarray, lower: np.ndarray | float = -np.inf,
                 upper: np.ndarray | float = np.inf):
        self.l1_reg, self.l2_reg, self.lower, self.upper = l1_reg, l2_reg, lower, upper

    def value(self, w: np.ndarray) -> np.ndarray:
        """l1 |w| + l2 w^2 / 2; inf outside the bounds."""
        inside = (self.lower <= w) & (w <= self.upper)
        return np.where(inside, _nonzero(self.l1_reg, np.abs(w)) + 0.5 * _nonzero(self.l2_reg, w**2), np.inf)

    def prox(self, q: np.ndarray, sq_norms: np.ndarray) -> np.ndarray:
        """q shrunk by l1 towards 0, divided by sq_norm + l2, clipped to the bounds."""
        shrunk = np.sign(q) * np.maximum(np.abs(q) - self.l1_reg, 0.0)
        return np.clip(shrunk / (sq_norms + self.l2_reg), self.lower, self.upper)

    def conjugate(self, u: np.ndarray) -> np.ndarray:
        """excess w - l2 w^2 / 2, excess = |u| - l1 above 0 and |w| the smaller of excess / l2 and the bound."""
        excess = np.maximum(np.abs(u) - self.l1_reg, 0.0)
        bound = np.where(u > 0.0, self.upper, np.negative(self.lower))
        free = np.divide(excess, self.l2_reg, out=np.full(np.shape(excess), np.inf), where=self.l2_reg > 0.0)
        w = np.where(excess > 0.0, np.minimum(free, bound), 0.0)
        finite = np.where(np.isfinite(w), w, 0.0)
        return np.where(np.isfinite(w), excess * finite - 0.5 * _nonzero(self.l2_reg, finite**2), np.inf)

    def violation(self, w: np.ndarray, c: np.ndarray) -> np.ndarray:
        """How far c is below the left or above the right derivative; a bound makes one of them infinite."""
        middle = _nonzero(self.l2_reg, w) + _nonzero(self.l1_reg, np.sign(w))
        kink = np.where(w == 0.0, self.l1_reg, 0.0)
        below = np.where(w <= self.lower, -np.inf, middle - kink)
        above = np.where(w >= self.upper, np.inf, middle + kink)
        return np.maximum(np.maximum(below - c, c - above), 0.0)


def _nonzero(reg: np.ndarray, w: np.ndarray) -> np.ndarray:
    """reg w, 0 where w is: reg is infinite for excluded columns."""
    return np.multiply(reg, w, out=np.zeros(np.broadcast(reg, w).shape), where=w != 0.0)


class ElasticNetPenalty(NamedTuple):
    """The penalty of a problem's columns at any level, and their bounds."""

    l1_factor: np.ndarray                   # penalty_factor, times the standard deviation if standardised
    l2_factor: np.ndarray                   # the same with the variance
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    groups: Groups | None = None            # of features whose coefficients are 0 together

    def without_bounds(self, columns: np.ndarray | None = None) -> ElasticNetPenalty:
        """The penalty with no bounds on these columns, or on any."""
        if self.lower is None or self.upper is None:
            return self
        if columns is None:
            return self._replace(lower=None, upper=None)
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[columns], upper[columns] = -np.inf, np.inf
        if np.isinf(lower).all() and np.isinf(upper).all():
            return self._replace(lower=None, upper=None)
        return self._replace(lower=lower, upper=upper)

    def without_factors(self) -> ElasticNetPenalty:
        """The bounds alone: no column is penalised."""
        zeros = np.zeros(len(self.l1_factor))
        return self._replace(l1_factor=zeros, l2_factor=zeros)

    def without_columns(self, columns: np.ndarray) -> ElasticNetPenalty:
        """The penalty with infinite factors for these columns."""
        l1_factor, l2_factor = self.l1_factor.copy(), self.l2_factor.copy()
        l1_factor[columns] = l2_factor[columns] = np.inf
        return self._replace(l1_factor=l1_factor, l2_factor=l2_factor)

    def is_bounded(self, columns: np.ndarray) -> bool:
        """Whether one of these columns has a finite bound."""
        return self.lower is not None and self.upper is not None and bool(
            np.isfinite(self.lower[columns]).any() or np.isfinite(self.upper[columns]).any())

    def allows(self, columns: np.ndarray | slice, values: np.ndarray) -> bool:
        """Whether coefficients of these columns are within their bounds."""
        return self.lower is None or self.upper is None or bool(
            (values >= self.lower[columns]).all() and (values <= self.upper[columns]).all())

    def reaches_bound(self, columns: np.ndarray, values: np.ndarray) -> bool:
        """Whether one of the coefficients of these columns is at a bound, or beyond it."""
        return self.lower is not None and self.upper is not None and bool(
            ((values <= self.lower[columns]) | (values >= self.upper[columns])).any())

    def clip(self, w: np.ndarray) -> np.ndarray:
        """Coefficients of all columns, within the bounds."""
        return w if self.lower is None else np.clip(w, self.lower, self.upper)

    def excludes(self, columns: np.ndarray | slice) -> np.ndarray:
        """Which of these columns have an infinite factor."""
        return np.isinf(self.l1_factor[columns])

    def ratios(self, columns: np.ndarray, correlations: np.ndarray) -> np.ndarray:
        """|c_j| over the L1 factor: the L1 scale from which on w_j = 0 satisfies its optimality condition."""
        return np.abs(correlations) / self.l1_factor[columns]

    def signed_ratios(self, columns: np.ndarray, correlations: np.ndarray) -> np.ndarray:
        """The same, 0 where a bound of 0 keeps w_j from the side of c_j."""
        if self.lower is not None and self.upper is not None:
            correlations = np.where(np.where(correlations > 0.0, self.upper[columns], -self.lower[columns]) > 0.0,
                                    correlations, 0.0)
        return self.ratios(columns, correlations)

    def ridge(self, columns: np.ndarray, l2_scale: float) -> np.ndarray:
        """l2_reg of these columns."""
        return l2_scale * self.l2_factor[columns]

    def at(self, l1_scale: float, l2_scale: float, columns: np.ndarray | slice = slice(None)) -> ElasticNet:
        """The penalty of these columns at a level; at a scale of 0 excluded columns are not penalised either."""
        lower, upper = (infinite if bound is None else bound[columns] for bound, infinite in (
            (self.lower, -np.inf), (self.upper, np.inf)))
        l1_reg, l2_reg = core.scaled(self.l1_factor, l1_scale), core.scaled(self.l2_factor, l2_scale)
        return ElasticNet(l1_reg[columns], l2_reg[columns], lower, upper)


def penalty_of(shape: PenaltyShape, variances: np.ndarray | None) -> tuple[ElasticNetPenalty, np.ndarray]:
    """(the penalty of a problem's columns, their factors with inf for constant columns of standardised problems).

    variances are those of the columns, where shape.standardize asks for them.
    """
    factor = l1_factor = l2_factor = shape.factor
    if variances is not None:
        excluded = np.isinf(factor) | (variances == 0.0)
        factor = np.where(excluded, np.inf, factor)
        l1_factor, l2_factor = (np.where(excluded, np.inf, np.where(excluded, 0.0, factor) * scale)
                                for scale in (np.sqrt(variances), variances))
    lower, upper, scaling = shape.lower, shape.upper, shape.scaling
    if scaling is not None:
        lower, upper = scaling.bound(lower), scaling.bound(upper)
        l1_factor, l2_factor = scaling.factors(l1_factor, l2_factor, shape.standardize)
    return ElasticNetPenalty(l1_factor, l2_factor, lower, upper, shape.groups), factor


def check_l1_ratio(l1_ratio: float) -> None:
    """Require l1_ratio in [0, 1]."""
    if not (is_number(l1_ratio) and 0.0 <= l1_ratio <= 1.0):
        raise ValueError(f"l1_ratio={l1_ratio!r} must be between 0 and 1")
