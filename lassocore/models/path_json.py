# Lives here: paths as JSON objects. Independent of: files, what else a model file holds.
"""A `PathResult` as the object "path" of a model file, and back, validated in full."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.models.json_parts import BITS_DTYPES, NULL, ModelFileError, Part
from lassocore.penalties.groups import Groups
from lassocore.results.path_result import PathResult
from lassocore.tables.matrix_files import MAX_FEATURES

ROUNDING = 1e-9         # relative excess of a gap over its tolerance, and of R2 over 1
STOPS = ("", "callback", "max_active", "time_limit")
KEYS = ("n_features", "feature_names", "l1_ratio", "alphas", "intercepts", "indices", "values", "dual_gaps", "gap_tol",
        "n_iter", "converged", "r2", "stopped")
KEYS_OF_VERSION = {1: KEYS, 2: (*KEYS, "has_offset"), 3: (*KEYS, "has_offset", "dtype", "relax", "groups")}
GROUP_KEYS = ("labels", "weights", "feature_l1_ratio", "names")


def path_to_dict(path: PathResult) -> dict[str, Any]:
    """Plain values, ready for JSON; numbers that are not known (NaN) as null."""
    document = path.to_dict()
    if np.isnan(path.gap_tol):
        document["gap_tol"] = None
    if np.isnan(path.r2).all():
        document["r2"] = None
    groups = path.groups
    return {
        **document, "dtype": path.coefs_sparse.dtype.name, "relax": None if path.relax is None else float(path.relax),
        "groups": None if groups is None else {
            "labels": groups.labels.tolist(),
            "weights": [weight if np.isfinite(weight) else None for weight in groups.weights.tolist()],
            "feature_l1_ratio": float(groups.feature_l1_ratio),
            "names": None if groups.names is None else list(groups.names)}}


def path_from_dict(document: Any, version: int = 3, ignorable: frozenset[str] = frozenset()) -> PathResult:
    """The path of a file of this schema version, validated."""
    part = Part.of(document, "path", KEYS_OF_VERSION[version], ignorable)
    n_features = part.whole("n_features", 1)
    part.require(n_features <= MAX_FEATURES, "n_features", f"is {n_features}, above {MAX_FEATURES}")
    alphas = part.numbers("alphas", None)
    part.require(len(alphas) > 0, "alphas", "is empty")
    part.require(alphas.min() >= 0 and (np.diff(alphas) <= 0).all(), "alphas", "must fall and be at least 0")
    n_iter = part.numbers("n_iter", len(alphas), whole=True)
    part.require(n_iter.min() >= 0, "n_iter", "has a negative number")
    l1_ratio = _share(part, "l1_ratio")
    stopped = part.one_of("stopped", STOPS)
    dual_gaps, gap_tol, converged = _certificates(part, len(alphas), version)
    names = None if part["feature_names"] is None else tuple(part.items("feature_names", str, n_features))
    later = version > 2
    dtype = BITS_DTYPES[part.one_of("dtype", tuple(BITS_DTYPES))] if later else np.float64
    return PathResult(
        alphas=alphas, coefs_sparse=_coefs(part, n_features, len(alphas), dtype),
        intercepts=part.numbers("intercepts", len(alphas)), dual_gaps=dual_gaps, gap_tol=gap_tol, n_iter=n_iter,
        converged=converged, r2=_r2(part, len(alphas), version), l1_ratio=l1_ratio, stopped=stopped,
        feature_names=names, has_offset=version > 1 and part.scalar("has_offset", bool),
        relax=_share(part, "relax") if later and part["relax"] is not None else None,
        groups=_groups(part.part_or_none("groups", GROUP_KEYS), n_features) if later else None)


def _share(part: Part, key: str) -> float:
    value = part.number(key)
    part.require(0 <= value <= 1, key, f"is {value:g}, outside [0, 1]")
    return value


def _r2(part: Part, n_alphas: int, version: int) -> np.ndarray:
    if version > 2 and part["r2"] is None:
        return np.full(n_alphas, np.nan)
    r2 = part.numbers("r2", n_alphas)
    part.require(r2.max() <= 1 + ROUNDING, "r2", f"has {r2.max():.9g}, above 1")
    return r2


def _certificates(part: Part, n_alphas: int, version: int) -> tuple[np.ndarray, float, np.ndarray]:
    """(dual_gaps, gap_tol, converged); an alpha marked as converged must have a gap within the tolerance.

    The converse, a gap within its tolerance at an unmarked alpha, is not an error.
    """
    gaps = part.numbers("dual_gaps", n_alphas)
    gap_tol = np.nan if version > 2 and part["gap_tol"] is None else part.number("gap_tol", 0)
    part.require(gaps.min() >= 0, "dual_gaps", f"has {gaps.min():g}, below 0")
    converged = np.array(part.items("converged", bool, n_alphas), dtype=bool)
    false = np.flatnonzero(converged & ~(gaps <= gap_tol * (1 + ROUNDING)))
    part.require(len(false) == 0, "converged", f"claims alpha number {false[:1].sum() + 1}, whose gap "
                 f"{gaps[false[:1]].sum():g} is above 'gap_tol', {gap_tol:g}")
    return gaps, gap_tol, converged


def _coefs(part: Part, n_features: int, n_alphas: int, dtype: Any) -> Any:
    """The sparse coefficients, a column for each alpha."""
    from scipy.sparse import csc_array

    rows, values = [], []
    for k, (indices, numbers) in enumerate(zip(
            part.items("indices", list, n_alphas), part.items("values", list, n_alphas), strict=True)):
        level = Part("path.", {f"indices[{k}]": indices, f"values[{k}]": numbers})
        rows.append(level.numbers(f"indices[{k}]", None, whole=True))
        values.append(level.numbers(f"values[{k}]", len(indices), dtype=dtype))
        inside = len(rows[-1]) == 0 or (rows[-1][0] >= 0 and rows[-1][-1] < n_features)
        level.require(inside and (np.diff(rows[-1]) > 0).all(), f"indices[{k}]",
                      f"must rise strictly within 0 and {n_features - 1}")
    ends = np.concatenate([[0], np.cumsum([len(level) for level in rows])])
    return csc_array((np.concatenate(values), np.concatenate(rows), ends), shape=(n_features, n_alphas))


def _groups(part: Part | None, n_features: int) -> Groups | None:
    """The groups of features; a weight of null excludes the group."""
    if part is None:
        return None
    given = part.items("weights", (int, float, NULL), None)
    weights = Part(part.where, {"weights": [0.0 if weight is None else weight for weight in given]}).numbers(
        "weights", None)
    part.require(len(weights) > 0 and weights.min() >= 0, "weights", "must hold numbers of at least 0")
    weights[[weight is None for weight in given]] = np.inf
    labels = part.numbers("labels", n_features, whole=True)
    part.require(labels.min() >= 0 and labels.max() < len(weights), "labels",
                 f"must be numbers of groups, from 0 to {len(weights) - 1}")
    names = None if part["names"] is None else tuple(part.items("names", (str, int), len(weights)))
    return Groups(labels.astype(np.intp), weights, _share(part, "feature_l1_ratio"), names)


def compare_with_training(path: PathResult, fit_intercept: bool | None, positive: bool | None) -> None:
    """Check that the path agrees with the settings of the fit."""
    if fit_intercept is False and path.intercepts.any():
        raise ModelFileError("'path.intercepts' has one that is not 0, and 'training.fit_intercept' is false")
    if positive and (path.coefs_sparse.data < 0).any():
        raise ModelFileError("'path.values' has a negative one, and 'training.positive' is true")
