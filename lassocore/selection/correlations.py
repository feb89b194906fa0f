# Lives here: correlations of selected features with all columns. Independent of: how features were selected.
"""Stand-ins and variance inflation factors, from one scan of X for every eight selected columns."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse

from lassocore._isa import core
from lassocore.cross_validation.folds import Data
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.design import core_matrix, measure
from lassocore.designs.scans import products_with
from lassocore.penalties.elastic_net import as_penalty_shape
from lassocore.utils.arguments import is_number, is_whole, n_dimensions, shortened

MIN_CORRELATION = 0.7
NULL_SHARE = 100.0 * np.finfo(float).eps    # times the size: eigenvalues of a correlation matrix that count as 0
IN_NULL_SPACE = 1e-7                        # component of a feature from which it is collinear with others


class StandIn(NamedTuple):
    """A feature that is strongly correlated with a selected one.

    Attributes
    ----------
    feature : int
        Its column.
    correlation : float
        Its correlation with the selected feature.

    See Also
    --------
    stand_ins : Finds them.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.selection import stand_ins
    >>> [[other]] = stand_ins(np.array([[1.0, 2.0], [2.0, 4.1], [3.0, 5.9]]), [0])
    >>> other.feature, round(other.correlation, 3)
    (1, 0.999)
    """

    feature: int
    correlation: float


@dataclass(frozen=True)
class Moments:
    """X with weights, measured about the means of its columns, whether or not a model has an intercept."""

    X: Any                          # canonical, scaled where squares are out of range
    weights: np.ndarray | None
    matrix: Any                     # core.Matrix
    sq_norms: np.ndarray

    @property
    def deviations(self) -> np.ndarray:
        """Standard deviations of the columns."""
        return np.sqrt(self.sq_norms / self.matrix.total_weight)

    def centred(self, features: Sequence[int] | np.ndarray) -> np.ndarray:
        """s (x - mean) of these columns, (n_features, n_samples); no other column becomes dense."""
        columns = self.X[:, np.asarray(features)]
        columns = (columns.toarray() if issparse(columns) else columns).T.astype(np.float64)
        columns -= self.matrix.means[np.asarray(features)][:, None]
        return columns if self.weights is None else columns * self.weights

    def correlations(self, features: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(some of the features, their correlations with all columns: a row each); 0 with constant columns."""
        every = np.arange(self.matrix.n_features)
        norms = np.sqrt(self.sq_norms)
        for first in range(0, len(features), core.N_SLOTS):
            block = features[first:first + core.N_SLOTS]
            products = products_with(self.matrix, every, self.centred(block)).T
            lengths = norms[block][:, None] * norms
            found = np.divide(products, lengths, out=np.zeros(products.shape), where=lengths > 0.0)
            yield block, np.clip(found, -1.0, 1.0)


def moments_of(X: Any, weights: np.ndarray | None) -> Moments:
    """The moments of a canonical X whose squares are in range."""
    matrix = core_matrix(X, weights)
    sq_norms, _ = measure(matrix, X, np.zeros(X.shape[0]), True)
    return Moments(X, weights, matrix, sq_norms)


def as_moments(X: Any, sample_weight: Any) -> Moments:
    """The moments of any X, copied and rescaled where squares over- or underflow."""
    X = as_canonical(X)
    n_samples = check_not_empty(X)
    weights = as_sample_weight(sample_weight, n_samples)
    shape = as_penalty_shape(None, None, False, False, X.shape[1])
    data, _ = Data(X, np.zeros(n_samples), weights, shape, True).in_range()
    return moments_of(data.X, weights)


def as_features(features: Any, n_features: int) -> np.ndarray:
    """Columns by number, or by a mask over all columns, as distinct numbers in the order given."""
    n_dimensions(features, "features")
    found = np.asarray(features)
    if found.dtype == bool and found.shape == (n_features,):
        return np.flatnonzero(found)
    if found.ndim != 1 or found.dtype.kind not in "iu" and found.size:
        raise ValueError(f"features={shortened(features)} must be column numbers, or a mask of shape ({n_features},)")
    found = found.astype(np.intp)
    wrong = found[(found < 0) | (found >= n_features)]
    if len(wrong):
        raise ValueError(f"features include {wrong[0]}; columns are numbered from 0 to {n_features - 1}")
    if len(np.unique(found)) < len(found):
        raise ValueError(f"features={shortened(features)} names a column twice")
    return found


def stand_ins(X, features, *, min_correlation: float = MIN_CORRELATION, max_stand_ins: int | None = None,
              sample_weight=None) -> list[list[StandIn]]:
    """Find the features that could stand in for selected ones: those strongly correlated with them.

    The lasso selects one of several correlated features, and which of them may be chance. X is read once for every
    eight features; sparse X stays sparse.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The data.
    features : array-like of int, or of bool of shape (n_features,)
        The selected features, by column number or as a mask.
    min_correlation : float in (0, 1], default=0.7
        Least absolute value of the (weighted) correlation.
    max_stand_ins : int, optional
        How many to list for each feature; by default all.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows.

    Returns
    -------
    list of list of StandIn
        For each of the features, in their order, its stand-ins by falling absolute correlation: pairs
        (feature, correlation). Other selected features are listed as well.

    Raises
    ------
    ValueError
        Features that X does not have or that are named twice; a correlation out of range; NaN or infinity in X.

    See Also
    --------
    variance_inflation : Collinearity among the selected features.
    selection_report : Both of them, in one table.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.selection import stand_ins
    >>> x = np.arange(6.0)
    >>> X = np.column_stack([x, x**2, [1, -1, 1, -1, 1, -1], -x])
    >>> [(other.feature, round(other.correlation, 2)) for other in stand_ins(X, [0])[0]]
    [(3, -1.0), (1, 0.96)]
    """
    check_min_correlation(min_correlation)
    if not (max_stand_ins is None or is_whole(max_stand_ins) and max_stand_ins >= 0):
        raise ValueError(f"max_stand_ins={max_stand_ins!r} must be an integer of at least 0, or None")
    moments = as_moments(X, sample_weight)
    found = related_features(moments, as_features(features, moments.matrix.n_features), min_correlation)[0]
    return [others[:max_stand_ins] for others in found]


def variance_inflation(X, features=None, *, sample_weight=None) -> np.ndarray:
    """Compute variance inflation factors: how much less precise collinearity makes each coefficient.

    The factor of feature j is ``1 / (1 - R_j^2)``, R_j^2 being that of the least-squares fit (with intercept) of column
    j on the other features given; above 5 or 10 it is commonly called large.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The data.
    features : array-like of int, or of bool of shape (n_features,), optional
        The features of the model, by column number or as a mask; by default all.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows.

    Returns
    -------
    ndarray of shape (number of features,)
        The factors in the order of the features: 1 where a feature is uncorrelated with the others, infinity where it
        is an exact combination of them, NaN for a constant column.

    Raises
    ------
    ValueError
        Features that X does not have or that are named twice; NaN or infinity in X.

    See Also
    --------
    stand_ins : Which features are strongly correlated with each of them.
    selection_report : Both of them, in one table.

    References
    ----------
    * Marquardt (1970), Generalized inverses, ridge regression, biased linear estimation, and nonlinear estimation,
      Technometrics 12(3).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.selection import variance_inflation
    >>> X = np.column_stack([np.arange(6.0), np.arange(6.0) ** 2, [1, -1, 1, -1, 1, -1]])
    >>> variance_inflation(X).round(2)
    array([12.81, 12.72,  1.09])
    """
    moments = as_moments(X, sample_weight)
    n_features = moments.matrix.n_features
    chosen = np.arange(n_features) if features is None else as_features(features, n_features)
    return related_features(moments, chosen, 1.0)[1]


def check_min_correlation(min_correlation: Any) -> None:
    """Require a number in (0, 1]."""
    if not (is_number(min_correlation) and 0.0 < min_correlation <= 1.0):
        raise ValueError(f"min_correlation={min_correlation!r} must be a number above 0 and at most 1")


def related_features(moments: Moments, features: np.ndarray, min_correlation: float
                     ) -> tuple[list[list[StandIn]], np.ndarray]:
    """(stand-ins of each feature, variance inflation factors of these features)."""
    others: list[list[StandIn]] = []
    among = np.empty((len(features), len(features)))
    for block, rows in moments.correlations(features):
        among[len(others):len(others) + len(block)] = rows[:, features]
        for feature, row in zip(block.tolist(), rows, strict=True):
            near = np.flatnonzero(np.abs(row) >= min_correlation)
            near = near[near != feature]
            near = near[np.argsort(-np.abs(row[near]), kind="stable")]
            others.append([StandIn(int(k), float(row[k])) for k in near])
    factors = np.full(len(features), np.nan)
    varies = moments.sq_norms[features] > 0.0
    factors[varies] = inflation_factors(among[np.ix_(varies, varies)])
    return others, factors


def inflation_factors(correlations: np.ndarray) -> np.ndarray:
    """The diagonal of the inverse of a correlation matrix; infinite for features in its null space."""
    if len(correlations) == 0:
        return np.empty(0)
    matrix = 0.5 * (correlations + correlations.T)
    np.fill_diagonal(matrix, 1.0)
    values, vectors = eigh(matrix)
    is_null = values <= NULL_SHARE * len(values) * values[-1]
    factors = (vectors[:, ~is_null] ** 2 / values[~is_null]).sum(axis=1)
    factors[(np.abs(vectors[:, is_null]) > IN_NULL_SPACE).any(axis=1)] = np.inf
    return np.maximum(factors, 1.0)
