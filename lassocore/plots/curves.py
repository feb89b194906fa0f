# Lives here: the lines of a path as arrays. Independent of: matplotlib, how paths are solved.
"""Coefficients, or norms of them, along a path, with points between the alphas where straight lines would not do."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore.designs.feature_names import naming_columns
from lassocore.designs.sparse_checks import check_sparse
from lassocore.results.tables import feature_labels, on_joint_support, target_labels
from lassocore.utils.arguments import as_vector, shortened

PIECES_PER_LOG = 12.0               # straight pieces for each factor of e between two alphas: at most 1e-3 off
AXES = ("alpha", "l1_norm", "r2")


class Curves(NamedTuple):
    """What a path display draws: a line for each coefficient, or each norm, that is not 0 everywhere."""

    alphas: np.ndarray              # (n_alphas,)
    values: np.ndarray              # (n_lines, n_alphas)
    names: list[str]                # of the lines
    clusters: np.ndarray            # (n_lines,): lines with one number have one colour
    counts: np.ndarray              # nonzeros of each alpha
    r2: np.ndarray                  # (n_alphas,)
    what: str                       # what the values are
    counted: str                    # what the counts are of


def curves_of(path: Any, norms: bool | None, deviations: np.ndarray | None, names: Any = None) -> Curves:
    """The lines of a path; scaled by standard deviations of the features, if there are any."""
    several, groups = np.ndim(path.intercepts) == 2, path.groups
    norms = several if norms is None else norms
    if norms and not several and groups is None:
        raise ValueError("norms=True needs a path of several tasks or of groups of features; leave it out")
    features, values = on_joint_support(path)
    if deviations is not None:
        values = values * deviations[features].reshape(-1, *[1] * (values.ndim - 1))
    labels = feature_labels(names if names is not None else path.feature_names, features.tolist())
    clusters, counts, counted = features, np.asarray(path.n_nonzero), "nonzeros"
    if several and norms:
        values = np.linalg.norm(values, axis=2)
    elif several:
        tasks = target_labels(path.target_names, values.shape[2])
        labels = [f"{name}, {task}" for name in labels for task in tasks]
        clusters = np.repeat(features, len(tasks))
        values = values.transpose(0, 2, 1).reshape(-1, values.shape[1])
    elif groups is not None:
        clusters = groups.labels[features]
        if norms:
            present, owner = np.unique(clusters, return_inverse=True)
            squares = np.zeros((len(present), values.shape[1]))
            np.add.at(squares, owner, values**2)
            values, clusters = np.sqrt(squares), present
            labels = list(map(str, groups.names_of(present.tolist())))
            counts, counted = np.count_nonzero(values, axis=0), "groups"
    unit = "standardised coefficient" if deviations is not None else "coefficient"
    what = f"norm of the {unit}s" if norms else unit
    what += " (units of y)" if deviations is not None else " (units of y per unit of x)"
    return Curves(path.alphas, values, labels, clusters, counts, np.asarray(path.r2), what, counted)


class Finer(NamedTuple):
    """Points of a path: its alphas, and others between them."""

    below: np.ndarray               # position of the alpha before each point
    above: np.ndarray               # position of the alpha after it
    share: np.ndarray               # of the latter

    def of(self, values: np.ndarray) -> np.ndarray:
        """Values that are linear in alpha between two alphas of the path, the last axis."""
        if not self.share.any():
            return values[..., self.below]
        return (1.0 - self.share) * values[..., self.below] + self.share * values[..., self.above]


def finer(alphas: np.ndarray) -> Finer:
    """Points at and between these falling alphas, more of them where two alphas are far apart."""
    first, last = alphas[:-1], alphas[1:]
    logs = np.where(last > 0.0, np.log(np.where(last > 0.0, first, 1.0) / np.where(last > 0.0, last, 1.0)), 0.0)
    pieces = np.maximum(1, np.ceil(PIECES_PER_LOG * logs - 0.5)).astype(int)
    below = np.append(np.repeat(np.arange(len(first)), pieces), len(alphas) - 1)
    starts = np.append(0, np.cumsum(pieces))
    steps = np.arange(len(below)) - starts[below]
    # Equal steps in log alpha, as shares of the step in alpha.
    share = np.zeros(len(below))
    inner = np.flatnonzero(steps > 0)
    k = below[inner]
    ratio = last[k] / first[k]
    share[inner] = (1.0 - ratio ** (steps[inner] / pieces[k])) / (1.0 - ratio)
    return Finer(below, np.minimum(below + 1, len(alphas) - 1), share)


def places_of(curves: Curves, x: str, points: Finer) -> np.ndarray:
    """Where the points are on the horizontal axis.

    Between two alphas of the path coefficients are linear in alpha, as `coef_at` takes them, and so R2 is linear in
    alpha^2: along a lasso path with no knot in between, the derivative of the loss is -alpha times that of the L1 norm.
    """
    if x == "alpha":
        return points.of(curves.alphas)
    if x == "l1_norm":
        return np.abs(points.of(curves.values)).sum(axis=0)
    if not np.isfinite(curves.r2).all():
        raise ValueError('x="r2" needs the explained variance, which this path does not have at every alpha; use '
                         'x="alpha"')
    squares, alphas = curves.alphas**2, points.of(curves.alphas)
    width = squares[points.below] - squares[points.above]
    share = np.divide(squares[points.below] - alphas**2, width, out=np.zeros(len(alphas)), where=width > 0.0)
    return (1.0 - share) * curves.r2[points.below] + share * curves.r2[points.above]


def place_of_alpha(curves: Curves, x: str, alpha: float) -> float:
    """Where an alpha is on the horizontal axis."""
    if x == "alpha":
        return float(alpha)
    points, last = finer(curves.alphas), len(curves.alphas) - 1
    nodes = points.of(curves.alphas)
    places = places_of(curves, x, points)
    if alpha >= nodes[0] or last == 0:
        return float(places[0])
    return float(np.interp(-alpha, -nodes, places))


def checked_alpha(curves: Curves, alpha: Any, name: str) -> float:
    """A number within the range of the path."""
    value = float(as_vector([alpha], name, 1, "alphas")[0])
    low, high = curves.alphas[-1], curves.alphas[0]
    if not low * (1.0 - 1e-4) <= value <= high * (1.0 + 1e-4):
        raise ValueError(f"{name}={value:g} is not on the path, whose alphas go from {high:g} to {low:g}; fit a path "
                         "that reaches it, or choose another")
    return min(max(value, low), high)


def strongest(curves: Curves, alpha: float | None, labels: Any) -> np.ndarray:
    """The lines to name, the strongest first: a number of them, or those of given names.

    Lines are compared at alpha, and those that are 0 there, or all without alpha, at the end of the path.
    """
    ends = np.abs(curves.values[:, -1])
    k = len(curves.alphas) - 1
    if alpha is not None:
        k = int(np.clip(np.searchsorted(-curves.alphas, -alpha, side="right") - 1, 0, k))
    by_size = np.lexsort((-ends, -np.abs(curves.values[:, k])))
    if isinstance(labels, (bool, np.bool_, str)) or labels is None:
        raise ValueError(f"labels={labels!r} must be a number of lines to name, or a list of their names")
    if np.ndim(labels) == 0:
        if int(labels) != labels or labels < 0:
            raise ValueError(f"labels={labels!r} must be a whole number of at least 0, or a list of names")
        return by_size[(curves.values[by_size][:, [k, -1]] != 0.0).any(axis=1)][:int(labels)]
    positions = {name: k for k, name in reversed(list(enumerate(curves.names)))}
    unknown = [name for name in labels if name not in positions]
    if unknown:
        raise ValueError(f"labels holds {shortened(unknown[0])}, which is no line of this path; the lines are "
                         f"{shortened(curves.names)}, all else is 0 at every alpha")
    return by_size[np.isin(by_size, [positions[name] for name in labels])]


def standard_deviations(X: Any, sample_weight: Any = None) -> np.ndarray:
    """Of the columns of X, dense or sparse, with weights if there are any."""
    from sklearn.utils import check_array
    from sklearn.utils.sparsefuncs import mean_variance_axis

    if hasattr(X, "tocsc"):
        check_sparse(X)
    with naming_columns(X):
        X = check_array(X, accept_sparse=["csc", "csr"], dtype=[np.float64, np.float32], input_name="X")
    weights = None if sample_weight is None or np.ndim(sample_weight) == 0 else as_vector(
        sample_weight, "sample_weight", X.shape[0], "samples")
    if hasattr(X, "tocsc"):
        return np.sqrt(mean_variance_axis(X, axis=0, weights=weights)[1])
    means = np.average(X, axis=0, weights=weights)
    return np.sqrt(np.average((X - means) ** 2, axis=0, weights=weights))
