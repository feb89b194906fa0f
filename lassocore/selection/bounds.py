# Lives here: bounds on the number of false selections. Independent of: data, how features are selected on a subsample.
"""The bounds of stability selection, and the thresholds and numbers of features that meet them; docs/math.md,
section 21."""
from __future__ import annotations

from functools import lru_cache
from math import ceil, inf, sqrt

import numpy as np

from lassocore.utils.arguments import is_number, is_one_of, is_whole

PAIRED = ("unimodal", "r_concave")          # proved for complementary pairs
BOUNDS = ("meinshausen_buhlmann", *PAIRED)
ROUNDING = 1e-9                             # of a threshold times the number of subsamples
GOLDEN = 0.5 * (sqrt(5.0) - 1.0)
LOG_SHIFTS = (-20.0, 20.0)                  # range of log a, the shift of an extremal distribution
N_BISECTIONS, N_SECTIONS = 60, 60


def false_selection_bound(
    threshold: float, n_selected: float, n_features: int, *, n_subsamples: int = 100, bound: str = "unimodal",
) -> float:
    r"""Bound the expected number of features that stability selection selects falsely.

    With p features, q of them selected on a subsample on average, theta = q / p, the threshold tau and B pairs of
    subsamples the bounds are::

        meinshausen_buhlmann:  q^2 / ((2 tau - 1) p)
        unimodal:              C(tau, B) q^2 / p,   C = 1 / (2 (2 tau - 1 - 1/(2B)))            for tau <= 3/4
                                                    C = 4 (1 - tau + 1/(2B)) / (1 + 1/B)        for tau > 3/4
        r_concave:             min(D(theta^2, 2 tau - 1, B, -1/2), D(theta, tau, 2B, -1/4)) p

    where D(eta, t, B, r) is the largest probability of at least t under an r-concave distribution on 0, 1/B, ..., 1 of
    mean at most eta. In this order the bounds become tighter and assume more:

    * "meinshausen_buhlmann": with complementary pairs nothing, if a false selection is one of a feature that a
      subsample selects with probability at most theta. For any noise feature to be such a feature, whether the noise
      features are selected must be exchangeable, and no likelier than that of a feature drawn at random. Without pairs
      that is assumed, and infinitely many subsamples.
    * "unimodal": in addition, for each such feature, the number of pairs both halves of which select it has a unimodal
      distribution, and theta is at most 1/sqrt(3).
    * "r_concave": in addition this distribution is r-concave with r = -1/2, and that of the number of subsamples which
      select it with r = -1/4.

    Each bound is at most those before it, n_features and n_selected / threshold, which no set of features with such
    frequencies exceeds.

    Parameters
    ----------
    threshold : float
        Selection frequency from which on a feature is selected, above 0.5 and at most 1. Frequencies are multiples of
        1 / n_subsamples, and the threshold counts as the next of them.
    n_selected : float
        Features that are selected on a subsample, on average.
    n_features : int
        Features in all.
    n_subsamples : int, default=100
        Subsamples; two for each complementary pair.
    bound : {"meinshausen_buhlmann", "unimodal", "r_concave"}, default="unimodal"
        Which bound.

    Returns
    -------
    float
        The expected number of false selections is at most this.

    Raises
    ------
    ValueError
        An argument out of range; an odd number of subsamples for a bound that is proved for pairs.

    See Also
    --------
    StabilitySelection : Selects features under such a bound.

    References
    ----------
    * Meinshausen, Bühlmann (2010), Stability selection, Journal of the Royal Statistical Society B 72(4), theorem 1.
    * Shah, Samworth (2013), Variable selection with error control: another look at stability selection, Journal of the
      Royal Statistical Society B 75(1), theorems 1 to 3.

    Examples
    --------
    >>> from lassocore.selection import false_selection_bound
    >>> for bound in ("meinshausen_buhlmann", "unimodal", "r_concave"):
    ...     print(round(false_selection_bound(0.9, 50, 1000, bound=bound), 2))
    3.12
    1.08
    0.17
    """
    check_bound(bound, n_subsamples)
    if not (is_number(threshold) and 0.5 < threshold <= 1.0):
        raise ValueError(f"threshold={threshold!r} must be a number above 0.5 and at most 1")
    if not (is_whole(n_features) and n_features >= 1):
        raise ValueError(f"n_features={n_features!r} must be an integer of at least 1")
    if not (is_number(n_selected) and 0.0 <= n_selected <= n_features):
        raise ValueError(f"n_selected={n_selected!r} must be a number from 0 to n_features={n_features}")
    n_needed = ceil(threshold * n_subsamples - ROUNDING)
    return _bound(n_needed, float(n_selected), int(n_features), int(n_subsamples), bound)


def check_bound(bound: str, n_subsamples: int) -> None:
    """Require a known bound, and pairs where it needs them."""
    if not is_one_of(bound, BOUNDS):
        raise ValueError(f"bound={bound!r} is unknown; use one of {', '.join(map(repr, BOUNDS))}")
    if not (is_whole(n_subsamples) and n_subsamples >= 2):
        raise ValueError(f"n_subsamples={n_subsamples!r} must be an integer of at least 2")
    if bound in PAIRED and n_subsamples % 2:
        raise ValueError(f"n_subsamples={n_subsamples!r} is odd, and bound={bound!r} is proved for complementary pairs "
                         "of subsamples; use an even number")


@lru_cache(maxsize=4096)
def _bound(n_needed: int, q: float, p: int, n_subsamples: int, bound: str) -> float:
    """The bound for a threshold of n_needed subsamples."""
    if q == 0.0:
        return 0.0
    tau, theta = n_needed / n_subsamples, q / p
    found = [float(p), q / tau]
    if tau > 0.5:
        found.append(q * theta / (2.0 * tau - 1.0))
    if bound in PAIRED:
        n_pairs = n_subsamples // 2
        found.append(_unimodal_constant(n_needed, n_pairs, theta) * theta * q)
        if bound == "r_concave":
            found.append(p * min(largest_tail(theta**2, n_needed - n_pairs, n_pairs, -0.5),
                                 largest_tail(theta, n_needed, n_subsamples, -0.25)))
    return min(found)


def _unimodal_constant(n_needed: int, n_pairs: int, theta: float) -> float:
    """C(tau, B) of Shah & Samworth (2013), theorem 2; infinite where the theorem does not hold."""
    tau, half_step = n_needed / (2 * n_pairs), 0.5 / n_pairs
    if theta > 1.0 / sqrt(3.0) or n_needed < n_pairs + 2 or tau <= 0.5 + min(theta**2, half_step + 0.75 * theta**2):
        return inf
    if tau <= 0.75:
        return 0.5 / (2.0 * tau - 1.0 - half_step)
    return 4.0 * (1.0 - tau + half_step) / (1.0 + 2.0 * half_step)


@lru_cache(maxsize=4096)
def largest_tail(mean: float, position: int, n_steps: int, r: float) -> float:
    """D(eta, t, B, r): the largest P(X >= t) of r-concave X on {0, 1/B, ..., 1} with a mean of at most eta.

    B = n_steps, t = position / B, r < 0. The extremal densities are (a + i)^(1/r) on 0, ..., k, with less than that at
    k + 1 and nothing beyond; for each k the shift a is found by a search (docs/math.md, section 21). 1 where t is so
    near to the mean that an r-concave distribution may have all its mass there.
    """
    target = mean * n_steps
    if position <= ceil(2.0 * target):
        return 1.0
    if position > n_steps:
        return 0.0
    ends = np.arange(position - 1, n_steps + 1)
    shifts = _shifts_of_mean(target, ends, n_steps, 1.0 / r)
    whole = _tail(shifts[-1:], ends[-1:], target, position, n_steps, 1.0 / r)
    lower, upper = shifts[1:].copy(), shifts[:-1].copy()
    for _ in range(N_SECTIONS):     # golden section, for every k at once
        left, right = upper - GOLDEN * (upper - lower), lower + GOLDEN * (upper - lower)
        rises = (_tail(left, ends[:-1], target, position, n_steps, 1.0 / r)
                 < _tail(right, ends[:-1], target, position, n_steps, 1.0 / r))
        lower, upper = np.where(rises, left, lower), np.where(rises, upper, right)
    parts = _tail(0.5 * (lower + upper), ends[:-1], target, position, n_steps, 1.0 / r)
    return float(min(1.0, max(whole[0], parts.max(initial=0.0))))


def _shifts_of_mean(target: float, ends: np.ndarray, n_steps: int, power: float) -> np.ndarray:
    """log a for which (a + i)^power on 0, ..., k has this mean, for each k; the mean rises with a."""
    lower, upper = (np.full(len(ends), limit) for limit in LOG_SHIFTS)
    for _ in range(N_BISECTIONS):
        middle = 0.5 * (lower + upper)
        density = _densities(middle, ends, n_steps, power)
        is_high = density @ np.arange(n_steps + 1.0) > target * density.sum(axis=1)
        lower, upper = np.where(is_high, lower, middle), np.where(is_high, middle, upper)
    return 0.5 * (lower + upper)


def _densities(log_shifts: np.ndarray, ends: np.ndarray, n_steps: int, power: float) -> np.ndarray:
    """(1 + i/a)^power on 0, ..., k, not normalised: a row for each k."""
    i = np.arange(n_steps + 1.0)
    return np.where(i <= ends[:, None], (1.0 + i * np.exp(-log_shifts)[:, None]) ** power, 0.0)


def _tail(log_shifts: np.ndarray, ends: np.ndarray, target: float, position: int, n_steps: int, power: float
          ) -> np.ndarray:
    """P(X >= t) of the density with as much mass at k + 1 as the mean asks for."""
    density, i = _densities(log_shifts, ends, n_steps, power), np.arange(n_steps + 1.0)
    if len(ends) == 1 and ends[0] == n_steps:       # no k + 1 is left
        return density[:, position:].sum(axis=1) / density.sum(axis=1)
    scale = (ends + 1.0 - target) / ((ends[:, None] + 1.0 - i) * density).sum(axis=1)
    return 1.0 - scale * density[:, :position].sum(axis=1)


def least_threshold(max_false: float, n_selected: float, n_features: int, n_subsamples: int, bound: str
                    ) -> float | None:
    """The smallest threshold that meets the bound; None if none does."""
    first, last = n_subsamples // 2 + 1, n_subsamples
    if _bound(last, n_selected, n_features, n_subsamples, bound) > max_false:
        return None
    while first < last:             # the bounds fall
        middle = (first + last) // 2
        if _bound(middle, n_selected, n_features, n_subsamples, bound) <= max_false:
            last = middle
        else:
            first = middle + 1
    return first / n_subsamples


def most_features(max_false: float, threshold: float, n_features: int, n_subsamples: int, bound: str) -> int:
    """The largest number of features on a subsample that meets the bound; 0 if none does."""
    n_needed = ceil(threshold * n_subsamples - ROUNDING)
    fewest, most = 0, n_features    # the bounds rise
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if _bound(n_needed, float(middle), n_features, n_subsamples, bound) <= max_false:
            fewest = middle
        else:
            most = middle - 1
    return fewest
