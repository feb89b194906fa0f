# Lives here: the formulas of drift. Independent of: models, reports, files.
"""Statistics that compare a feature of new data with its profile, and what chance alone makes of them."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import chdtri, fdtri, ndtri

from lassocore.models.feature_profile import counts_in, moments_of

PSEUDO_COUNT = 0.5          # added to each bin, so that empty ones have a logarithm (Jeffreys)


class Shift(NamedTuple):
    """A feature of new data against its profile, and the largest value that chance explains of each statistic."""

    new_mean: float
    mean_shift: float
    variance_ratio: float
    psi: float
    by_chance: tuple[float, float, float]       # of |mean_shift|, of |log(variance_ratio)|, of psi


def shift_of(column: np.ndarray, s: np.ndarray | None, mean: float, variance: float, edges: np.ndarray,
             counts: np.ndarray, level: float) -> Shift:
    """The statistics of a column without missing values, with weights s that sum to 1.

    With m training rows, n new ones (``1 / sum s^2`` with weights), v the training variance and v_new the new one,
    chance alone exceeds, with a probability of about ``level`` each:

        |mean_shift|            z * sqrt((max(v, v_new) / n + v / m) / v)
        |log(variance_ratio)|   the larger of the logarithms of both quantiles of F with d(n) and d(m) degrees of
                                freedom, d(n) = 2 (n - 1) / (max(kurtosis, 3) - 1) (Box 1953, Non-normality and tests
                                on variances); no limit where the new values are equal, and n rows of the training
                                data would be so with this probability
        psi                     chi2 with B - 1 degrees of freedom, times (1 / n + 1 / m), with B bins

    The last is the limit of Yurdakul and Naranjo (2020), Statistical properties of the population stability index.
    """
    m, n = float(counts.sum()), float(len(column) if s is None else 1.0 / (s @ s))
    new_mean, new_variance = moments_of(column, s)
    sd, new_counts = variance**0.5, counts_in(edges, column, s) * n
    ratio = new_variance / variance if variance > 0 else _ratio_to_0(new_variance)
    if new_variance == 0 and ((counts / m)**n).sum() > level:
        of_variance = np.inf
    else:
        of_variance = _log_of_f(max(_kurtosis(column, s, new_mean, new_variance), 3.0), n, m, level)
    of_mean = float(ndtri(1.0 - level / 2.0)) * _over((max(new_variance, variance) / n + variance / m)**0.5, sd)
    of_psi = float(chdtri(len(edges), level)) * (1.0 / n + 1.0 / m) if len(edges) else 0.0
    return Shift(new_mean, _over(new_mean - mean, sd), ratio, population_stability(counts, new_counts),
                 (of_mean, of_variance, of_psi))


def _log_of_f(kurtosis: float, n: float, m: float, level: float) -> float:
    """The larger of the logarithms, in size, of the quantiles of F at level / 2 and 1 - level / 2."""
    free, free_m = (max(2.0 * (rows - 1.0) / (kurtosis - 1.0), 0.1) for rows in (n, m))
    return float(np.abs(np.log(fdtri(free, free_m, [level / 2.0, 1.0 - level / 2.0]))).max())


def population_stability(counts: np.ndarray, new_counts: np.ndarray) -> float:
    """``sum_b (q_b - p_b) log(q_b / p_b)``: p_b and q_b are the shares of the bins in the training and the new data.

    Half a row is added to each bin of both, so that an empty bin does not make the index infinite.
    """
    p, q = ((rows + PSEUDO_COUNT) / (rows.sum() + PSEUDO_COUNT * len(rows)) for rows in (counts, new_counts))
    return float(((q - p) * np.log(q / p)).sum())


def _over(difference: float, sd: float) -> float:
    """A difference in standard deviations; infinite where the training data were constant and the new ones differ."""
    return difference / sd if sd > 0 else float(np.sign(difference)) * np.inf if difference else 0.0


def _ratio_to_0(new_variance: float) -> float:
    """The ratio to a variance of 0: constant features that remain so have not changed."""
    return float("inf") if new_variance > 0 else 1.0


def _kurtosis(column: np.ndarray, s: np.ndarray | None, mean: float, variance: float) -> float:
    """The fourth central moment over the squared variance; that of a normal distribution for constants."""
    if variance == 0:
        return 3.0
    fourth = ((column - mean) / variance**0.5)**4
    return float(fourth.mean() if s is None else s @ fourth)
