# Lives here: the formulas of drift. Independent of: models, reports, files.
"""Statistics that compare a feature of new data with its profile, and what chance alone makes of them."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import chdtri, ndtri

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

    With m training rows, n new ones (``1 / sum s^2`` with weights), ``sd`` the training standard deviation and kappa
    the kurtosis of the new data, chance alone exceeds, with a probability of about ``level`` each:

        |mean_shift|            z * sqrt(v_new / n + v / m) / sd
        |log(variance_ratio)|   z * sqrt((kappa - 1) * (1 / n + 1 / m))
        psi                     chi2 of B - 1 degrees of freedom, times (1 / n + 1 / m), with B bins

    The last is the limit of Yurdakul and Naranjo (2020), Statistical properties of the population stability index.
    """
    m, n = float(counts.sum()), float(len(column) if s is None else 1.0 / (s @ s))
    new_mean, new_variance = moments_of(column, s)
    sd = variance**0.5
    z = float(ndtri(1.0 - level / 2.0))
    psi = population_stability(counts, counts_in(edges, column, s) * n)
    by_chance_psi = float(chdtri(len(edges), level)) * (1.0 / n + 1.0 / m) if len(edges) else 0.0
    ratio = new_variance / variance if variance > 0 else _ratio_to_0(new_variance)
    return Shift(
        new_mean, _over(new_mean - mean, sd), ratio, psi,
        (z * _over((new_variance / n + variance / m)**0.5, sd),
         z * (max(_kurtosis(column, s, new_mean, new_variance) - 1.0, 0.0) * (1.0 / n + 1.0 / m))**0.5, by_chance_psi))


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
