# Lives here: what a model file keeps of the distribution of each active feature. Independent of: files, new data.
"""Mean, variance and a histogram of each active feature of the training data, with which later data are compared."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.models.json_parts import Part

N_BINS = 10                 # of a histogram: deciles of the training data
PROFILE_KEYS = ("n_samples", "features")
FEATURE_KEYS = ("feature", "mean", "variance", "edges", "counts")


@dataclass(frozen=True, eq=False)
class FeatureProfile:
    """The distribution of active features in the training data.

    Attributes
    ----------
    n_samples : int
        Rows of the training data.
    features : ndarray of int of shape (n_active,)
        Rising indices of the features.
    means : ndarray of shape (n_active,)
        Weighted means.
    variances : ndarray of shape (n_active,)
        Weighted variances about them, with the sum of the weights as the divisor.
    edges : tuple of ndarray
        For each feature the rising edges between its bins: bin 0 holds x <= edges[0], bin b holds
        edges[b - 1] < x <= edges[b], the last one what is above. A feature with at most ten distinct values has a bin
        for each of them; the edges of others are the deciles of the training data, without repetitions.
    counts : tuple of ndarray
        For each feature the rows in its bins; with weights, scaled so that they sum to n_samples.

    See Also
    --------
    profile_of : Makes one.
    lassocore.monitor : Compares new data with it.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.models import profile_of
    >>> profile = profile_of(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 5.0], [4.0, 5.0]]), [0])
    >>> profile.edges, profile.counts
    ((array([0., 2.]),), (array([1., 1., 2.]),))
    """

    n_samples: int
    features: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    edges: tuple[np.ndarray, ...]
    counts: tuple[np.ndarray, ...]

    def position(self, feature: int) -> int | None:
        """Find the place of a feature in the profile.

        Parameters
        ----------
        feature : int
            Index of the feature.

        Returns
        -------
        int or None
            Its position in the profile; None if it is not there.
        """
        k = int(np.searchsorted(self.features, feature))
        return k if k < len(self.features) and self.features[k] == feature else None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON.

        Returns
        -------
        dict
            The attributes by name.
        """
        features = [{
            "feature": int(self.features[k]), "mean": float(self.means[k]), "variance": float(self.variances[k]),
            "edges": self.edges[k].tolist(), "counts": self.counts[k].tolist()} for k in range(len(self.features))]
        return {"n_samples": self.n_samples, "features": features}


def profile_of(X: Any, features: Sequence[int] | np.ndarray, sample_weight: Any = None) -> FeatureProfile:
    """Summarise the distribution of features in training data.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The data of the fit.
    features : array-like of int
        Which columns: those with a nonzero coefficient.
    sample_weight : array-like of shape (n_samples,), optional
        The weights of the fit.

    Returns
    -------
    FeatureProfile
        Mean, variance and histogram of each of the columns.

    Raises
    ------
    ValueError
        A column that X does not have; NaN or infinity in one of the columns.

    See Also
    --------
    lassocore.monitor : Compares new data with such a profile.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.models import profile_of
    >>> profile = profile_of(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 5.0], [4.0, 5.0]]), [1])
    >>> profile.means, profile.variances, profile.edges, profile.counts
    (array([3.]), array([4.]), (array([1.]),), (array([2., 2.]),))
    """
    design = as_canonical(X)
    n_samples = check_not_empty(design)
    weights = as_sample_weight(sample_weight, n_samples)
    chosen = np.unique(np.asarray(features, dtype=np.int64))
    if len(chosen) and not 0 <= chosen[0] <= chosen[-1] < design.shape[1]:
        raise ValueError(f"features={chosen.tolist()!r:.60} must be columns of X, from 0 to {design.shape[1] - 1}")
    s = None if weights is None else weights / weights.sum()
    moments, edges, counts = np.empty((2, len(chosen))), [], []
    for k, column in enumerate(columns_of(design, chosen)):
        if not np.isfinite(column).all():
            raise ValueError(f"column {chosen[k]} of X has values that are not finite; remove or impute them")
        with np.errstate(over="ignore"):
            moments[:, k] = moments_of(column, s)
        if not np.isfinite(moments[:, k]).all():
            raise ValueError(f"the variance of column {chosen[k]} of X is more than a float holds; rescale the column")
        edges.append(_edges_of(column, s))
        counts.append(counts_in(edges[-1], column, s) * n_samples)
    return FeatureProfile(n_samples, chosen, moments[0], moments[1], tuple(edges), tuple(counts))


def columns_of(design: Any, features: np.ndarray) -> Iterator[np.ndarray]:
    """Some columns of a canonical design in float64, one after the other."""
    for j in features.tolist():
        column = design[:, j] if isinstance(design, np.ndarray) else design[:, [j]].toarray()[:, 0]
        yield np.asarray(column, np.float64)


def moments_of(column: np.ndarray, s: np.ndarray | None = None) -> tuple[float, float]:
    """Mean and variance, with weights that sum to 1."""
    mean = float(column.mean() if s is None else s @ column)
    deviations = column - mean
    return mean, float((deviations**2).mean() if s is None else s @ deviations**2)


def counts_in(edges: np.ndarray, column: np.ndarray, s: np.ndarray | None = None) -> np.ndarray:
    """The shares of the rows in the bins between edges."""
    bins = np.searchsorted(edges, column, side="left")
    shares = np.bincount(bins, weights=s, minlength=len(edges) + 1)
    return shares / len(column) if s is None else shares


def _edges_of(column: np.ndarray, s: np.ndarray | None) -> np.ndarray:
    """All distinct values but the largest, if there are few; else the deciles below the largest value."""
    values = column if s is None else column[s > 0.0]
    distinct = np.unique(values)
    if len(distinct) <= N_BINS:
        return distinct[:-1]
    levels = np.arange(1, N_BINS) / N_BINS
    deciles = np.unique(np.quantile(column, levels, method="inverted_cdf", weights=s))
    below = deciles[deciles < distinct[-1]]
    return below if len(below) else distinct[-2:-1]


def profile_from(part: Part | None, n_features: int) -> FeatureProfile | None:
    """The profile of a model file, validated."""
    if part is None:
        return None
    n_samples = part.whole("n_samples", 1)
    features, moments, edges, counts = [], [], [], []
    for entry in part.parts("features", FEATURE_KEYS):
        features.append(entry.whole("feature", 0))
        moments.append((entry.number("mean"), entry.number("variance", 0)))
        edges.append(entry.numbers("edges", None))
        entry.require((np.diff(edges[-1]) > 0).all(), "edges", "must rise strictly")
        counts.append(entry.numbers("counts", len(edges[-1]) + 1))
        entry.require(counts[-1].min() >= 0, "counts", f"has {counts[-1].min():g}, below 0")
        total = float(counts[-1].sum())
        entry.require(abs(total - n_samples) <= 1e-6 * n_samples, "counts",
                      f"sums to {total:g}, and the data had {n_samples} rows")
    chosen = np.array(features, dtype=np.int64)
    inside = len(chosen) == 0 or chosen[-1] < n_features
    part.require(inside and (np.diff(chosen) > 0).all(), "features",
                 f"must rise strictly within 0 and {n_features - 1}")
    means, variances = np.array(moments, dtype=np.float64).reshape(-1, 2).T
    return FeatureProfile(n_samples, chosen, means, variances, tuple(edges), tuple(counts))
