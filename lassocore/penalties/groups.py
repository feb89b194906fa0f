# Lives here: groups of features as they are given. Independent of: X, losses, solvers.
"""A partition of the features into groups, read from labels, from lists of columns or from names with columns."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from lassocore.utils.arguments import BOOLEAN, as_real, is_number, is_whole, shortened
from lassocore.utils.pickling import named_in_package

COLLECTIONS = (list, tuple, range, slice, set, frozenset, np.ndarray)
FORMS = ("pass a label for each feature, a list of lists of columns, or a dict {name: columns}")
MAX_LISTED = 5                      # features in an error message


@named_in_package
class Groups(NamedTuple):
    """A partition of the features into groups, with a weight for each.

    Attributes
    ----------
    labels : ndarray of int of shape (n_features,)
        The number of the group of each feature, from 0.
    weights : ndarray of shape (n_groups,)
        The weight of each group; 0 leaves it unpenalised, inf excludes it.
    feature_l1_ratio : float
        The share of the L1 norm of single coefficients in the L1 part of the penalty.
    names : tuple or None
        The names or labels of the groups, where these are not their numbers.
    """

    labels: np.ndarray
    weights: np.ndarray
    feature_l1_ratio: float = 0.0
    names: tuple[Any, ...] | None = None

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return len(self.weights)

    def names_of(self, numbers: Iterable[int]) -> list[Any]:
        """The names or labels of these groups; their numbers if they have no others."""
        return [int(g) if self.names is None else self.names[g] for g in numbers]

    def of_features(self, features: np.ndarray) -> list[Any]:
        """The names of the groups with one of these features, in the order of the groups."""
        return self.names_of(np.unique(self.labels[features]).tolist())


def as_groups(groups, group_weights, feature_l1_ratio: float, n_features: int,
              feature_names: Sequence[str] | None = None) -> Groups:
    """The checked partition; without groups each feature is a group."""
    check_feature_l1_ratio(feature_l1_ratio)
    names: tuple[Any, ...] | None
    if groups is None:
        labels, names = np.arange(n_features), None if feature_names is None else tuple(feature_names)
    elif isinstance(groups, Mapping):
        names = tuple(groups)
        labels = _labels_of_lists(list(groups.values()), names, n_features, feature_names)
    else:
        items = _as_list(groups)
        kinds = set(map(type, items))
        nested = [kind for kind in kinds if _is_collection(kind)]
        if nested and len(nested) < len(kinds):
            raise ValueError(f"groups={shortened(groups)} holds both lists and single values; {FORMS}")
        if nested:
            labels, names = _labels_of_lists(items, None, n_features, feature_names), None
        else:
            labels, names = _labels_of_labels(items, kinds, n_features)
    sizes = np.bincount(labels)
    return Groups(labels, _as_weights(group_weights, sizes, names), float(feature_l1_ratio), names)


def check_feature_l1_ratio(feature_l1_ratio: float) -> None:
    """Require a number from 0 to below 1."""
    if not (is_number(feature_l1_ratio) and 0.0 <= feature_l1_ratio < 1.0):
        is_lasso = is_number(feature_l1_ratio) and feature_l1_ratio == 1
        lasso = "; 1 is the lasso, which needs no groups" if is_lasso else ""
        raise ValueError(f"feature_l1_ratio={feature_l1_ratio!r} must be a number from 0 (the group lasso) to below 1 "
                         f"(the sparse group lasso){lasso}")


def _is_collection(kind: type) -> bool:
    """Whether values of this type hold several columns."""
    return issubclass(kind, COLLECTIONS) or hasattr(kind, "tolist") and not issubclass(kind, np.generic)


def _as_list(values) -> list[Any]:
    """The items of a list, an array, or a column of a data frame."""
    if isinstance(values, (list, tuple, range)):
        return list(values)
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise ValueError(f"groups has shape {values.shape}; {FORMS}" + (
            ": list(groups), if each row holds the columns of a group" if values.ndim == 2 else ""))
    for convert in ("tolist", "to_list", "to_pylist"):
        if hasattr(values, convert) and not isinstance(values, np.generic):
            return getattr(values, convert)()
    sizes = ""
    if is_whole(values) and values > 0:
        sizes = f"; np.arange(n_features) // {values} labels successive groups of {values} features"
    raise ValueError(f"groups={shortened(values)} is no partition of the features; {FORMS}{sizes}")


def _labels_of_labels(items: list[Any], kinds: set[type], n_features: int) -> tuple[np.ndarray, tuple[Any, ...] | None]:
    """(numbers of the groups, rising with the sorted labels; the labels, if these are not the numbers)."""
    if len(items) != n_features:
        raise ValueError(f"groups has {len(items)} labels, but X has {n_features} features; {FORMS}"
                         f"{_if_sizes(items, kinds, n_features)}")
    if all(issubclass(kind, str) for kind in kinds):
        ordered = sorted(map(str, set(items)))
        number = {label: g for g, label in enumerate(ordered)}
        return np.fromiter(map(number.__getitem__, items), np.intp, n_features), tuple(ordered)
    for position, label in enumerate(items if not kinds <= {int} else []):
        whole = is_whole(label) or isinstance(label, (float, np.floating)) and label.is_integer()
        if not (whole or isinstance(label, str)):
            raise ValueError(f"groups[{position}]={shortened(label)} is no label; labels are integers or text, one for "
                             "each feature")
    if any(issubclass(kind, str) for kind in kinds):
        raise ValueError(f"groups={shortened(items)} holds both text and numbers; labels are all integers or all text")
    labels, numbers = np.unique(np.array(items), return_inverse=True)
    plain = labels[0] == 0 and labels[-1] == len(labels) - 1
    return numbers.astype(np.intp, copy=False), None if plain else tuple(int(label) for label in labels)


def _if_sizes(items: list[Any], kinds: set[type], n_features: int) -> str:
    """What to do if the labels are meant as sizes of successive groups."""
    if kinds <= {int} and items and min(items) > 0 and sum(items) == n_features:
        return "; if these are the sizes of successive groups, pass np.repeat(np.arange(len(sizes)), sizes)"
    return ""


def _labels_of_lists(lists: list[Any], names: tuple[Any, ...] | None, n_features: int,
                     feature_names: Sequence[str] | None) -> np.ndarray:
    """Numbers of the groups whose columns these are."""
    if not lists:
        raise ValueError(f"groups is empty; {FORMS}")
    parts = [_columns_of(columns, names, g, n_features) for g, columns in enumerate(lists)]
    sizes = np.fromiter(map(len, parts), np.intp, len(parts))
    if not sizes.all():
        raise ValueError(f"{_group(names, int(sizes.argmin()))} of groups has no features; leave it out")
    flat: Any = list(chain.from_iterable(parts))
    owners = np.repeat(np.arange(len(parts)), sizes)
    if set(map(type, flat)) != {int}:
        known = _positions(feature_names)
        flat = [_as_position(column, known, names, g) for column, g in zip(flat, owners.tolist(), strict=True)]
    try:
        columns = np.array(flat, dtype=np.intp)
    except OverflowError:
        columns = np.array([min(max(column, -1), n_features) for column in flat])
    wrong = np.flatnonzero((columns < 0) | (columns >= n_features))
    if len(wrong):
        raise ValueError(f"{_group(names, owners[wrong[0]])} of groups holds column {flat[wrong[0]]}; columns are "
                         f"numbered from 0 to {n_features - 1}")
    counts = np.bincount(columns, minlength=n_features)
    if (counts > 1).any():
        _refuse_repeated(int(counts.argmax()), columns, owners, names, feature_names)
    if not counts.all():
        missing = np.flatnonzero(counts == 0)
        more = f" and {len(missing) - MAX_LISTED} more" if len(missing) > MAX_LISTED else ""
        listed = ", ".join(_feature(feature_names, j) for j in missing[:MAX_LISTED])
        raise ValueError(f"features in no group: {listed}{more}; every feature belongs to one group, so give these "
                         "groups of their own, with group_weights of 0 if they are to be unpenalised")
    labels = np.empty(n_features, np.intp)
    labels[columns] = owners
    return labels


def _refuse_repeated(feature: int, columns: np.ndarray, owners: np.ndarray, names, feature_names) -> None:
    """Raise the error for a feature that is given twice."""
    first, second = owners[columns == feature][:2]
    what = _feature(feature_names, feature)
    if first == second:
        raise ValueError(f"{what} is twice in {_group(names, first)} of groups; name it once")
    raise ValueError(
        f"{what} is in {_group(names, first)} and in {_group(names, second)}; groups may not overlap, as the penalty "
        "would no longer be a sum over disjoint blocks of coefficients. To let a feature take part in two groups, "
        "repeat its column in X, once for each group, and add up the coefficients of the copies")


def _columns_of(columns, names, g: int, n_features: int) -> Sequence[Any]:
    """The columns of a group as a sequence of indices or names."""
    if type(columns) is list:
        return columns
    if type(columns) is np.ndarray and columns.ndim == 1:
        return columns.tolist()
    if isinstance(columns, slice):
        try:
            return range(*columns.indices(n_features))
        except TypeError:
            raise ValueError(f"{_group(names, g)} of groups is {columns!r}; slices are of integers") from None
    if isinstance(columns, str) or is_whole(columns):
        return [columns]
    if isinstance(columns, (tuple, range, set, frozenset)):
        return list(columns)
    if _is_collection(type(columns)) and np.ndim(columns) == 1:
        return columns.tolist()
    raise ValueError(f"{_group(names, g)} of groups is {shortened(columns)}; pass a list of its columns, by index or "
                     "by name, or a slice")


def _positions(feature_names: Sequence[str] | None) -> dict[str, int]:
    """The columns by name; -1 for a name of several."""
    known: dict[str, int] = {}
    for j, name in enumerate(feature_names or ()):
        known[name] = -1 if name in known else j
    return known


def _as_position(column: Any, known: Mapping[str, int], names, g: int) -> int:
    """The position of a column that is given by index or by name."""
    where = f"{_group(names, g)} of groups"
    if isinstance(column, str):
        if not known:
            raise ValueError(f"{where} names column {column!r}, but X has no column names; use indices, or pass X as "
                             "a data frame")
        if column not in known:
            raise ValueError(f"{where} names column {column!r}, which X does not have")
        if known[column] < 0:
            raise ValueError(f"{where} names column {column!r}, of which X has several; use indices")
        return known[column]
    if isinstance(column, BOOLEAN):
        raise ValueError(f"{where} holds {column!r}; columns are indices or names: np.flatnonzero(mask) gives those of "
                         "a mask")
    if not isinstance(column, Integral):
        raise ValueError(f"{where} holds {shortened(column)}; columns are indices or names")
    return int(column)


def _group(names: tuple[Any, ...] | None, g: int) -> str:
    """A group in an error message."""
    return f"group {g if names is None else repr(names[g])}"


def _feature(feature_names: Sequence[str] | None, j: int) -> str:
    """A feature in an error message."""
    return f"feature {j}" + ("" if feature_names is None else f" ({feature_names[j]!r})")


def _as_weights(group_weights, sizes: np.ndarray, names: tuple[Any, ...] | None) -> np.ndarray:
    """Weights of the groups, at least 0; by default the roots of the sizes."""
    roots = np.sqrt(sizes)
    if group_weights is None:
        return roots
    if isinstance(group_weights, Mapping):
        known = {name: g for g, name in enumerate(range(len(sizes)) if names is None else names)}
        unknown = [name for name in group_weights if name not in known]
        if unknown:
            raise ValueError(f"group_weights names {shortened(unknown[0])}, which is no group; the groups are "
                             f"{shortened(list(known))}")
        for name, weight in group_weights.items():
            if not is_number(weight):
                raise ValueError(f"group_weights[{name!r}]={shortened(weight)} must be a number of at least 0")
            roots[known[name]] = weight
        weights = roots
    else:
        weights = as_real(group_weights, "group_weights")
    if weights.shape != sizes.shape:
        raise ValueError(f"group_weights has shape {weights.shape}; it needs one value for each of {len(sizes)} groups")
    wrong = np.flatnonzero(~(weights >= 0.0))
    if len(wrong):
        raise ValueError(f"group_weights is {weights[wrong[0]]} for {_group(names, wrong[0])}; weights are at least 0, "
                         "0 leaves a group unpenalised, and inf excludes it")
    return weights
