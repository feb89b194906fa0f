# Lives here: tests of groups as they are given. Independent of: how problems are solved.
"""Every form of a partition gives the same `Groups`; what is no partition is refused with the reason and a remedy."""
import pickle
import time

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lassocore.penalties.elastic_net import as_penalty_shape
from lassocore.penalties.groups import Groups, as_groups

P, NAMES = 6, ["a", "b", "c", "d", "e", "f"]
LABELS = [1, 0, 1, 2, 0, 1]                     # groups {b, e}, {a, c, f}, {d}
LISTS = [[1, 4], [0, 2, 5], [3]]


def groups_of(groups, group_weights=None, feature_l1_ratio=0.0, n_features=P, feature_names=NAMES):
    return as_groups(groups, group_weights, feature_l1_ratio, n_features, feature_names)


def letters():
    return [("x", "y", "z")[label] for label in LABELS]


FORMS = {
    "list": LABELS, "tuple": tuple(LABELS), "array": np.array(LABELS), "int8": np.array(LABELS, np.int8),
    "whole floats": np.array(LABELS, float), "objects": np.array(LABELS, object), "strided": np.repeat(LABELS, 2)[::2],
    "series": pd.Series(LABELS, index=range(P, 0, -1)), "polars": pl.Series(LABELS),
    "numpy items": list(np.array(LABELS)), "lists": LISTS, "other orders": [[4, 1], (5, 0, 2), np.array([3])],
    "arrays": [np.array(columns, np.int32) for columns in LISTS], "an array of lists": np.array(LISTS, dtype=object),
    "sets": [set(columns) for columns in LISTS], "by name": [["b", "e"], ["a", "c", "f"], ["d"]],
    "some by name": [["b", 4], ["a", 2, np.int64(5)], ["d"]],
    "index": [pd.Index([1, 4]), pd.Index(["a", "c", "f"]), [3]],
}


@pytest.mark.parametrize("groups", FORMS.values(), ids=FORMS)
def test_forms_without_names_of_groups(groups):
    found = groups_of(groups)
    assert found.labels.dtype == np.intp and found.labels.tolist() == LABELS
    assert found.names is None and found.n_groups == 3 and found.feature_l1_ratio == 0.0
    np.testing.assert_array_equal(found.weights, np.sqrt([2.0, 3.0, 1.0]))
    assert found.names_of([2, 0]) == [2, 0] and found.of_features(np.array([3, 1])) == [0, 2]


@pytest.mark.parametrize("groups, names", [
    (letters(), ("x", "y", "z")), (np.array(letters()), ("x", "y", "z")), (pd.Series(letters()), ("x", "y", "z")),
    (pd.Categorical(letters(), categories=["z", "y", "x"]), ("x", "y", "z")), (pl.Series(letters()), ("x", "y", "z")),
    ([7, -2, 7, 9, -2, 7], (-2, 7, 9)), ([1, 2**70, 1, 3, 2**70, 1], (1, 3, 2**70)),
    ({"x": [1, 4], "y": [0, 2, 5], "z": 3}, ("x", "y", "z")), ({5: ["b", "e"], 1: {0, 2, 5}, 8: "d"}, (5, 1, 8)),
])
def test_names_and_labels_are_kept(groups, names):
    found = groups_of(groups)
    assert found.names == names
    order = np.array([names.index(name) for name in found.names_of(found.labels)])
    assert len(set(zip(order.tolist(), LABELS, strict=True))) == 3       # the same partition
    np.testing.assert_array_equal(found.weights, np.sqrt(np.bincount(found.labels)))
    assert all(type(name) in (int, str) for name in found.names)


def test_slices_and_single_columns():
    found = groups_of({"rest": slice(-2, None), "first": slice(0, 3), "fourth": 3})
    assert found.labels.tolist() == [1, 1, 1, 2, 0, 0] and found.names == ("rest", "first", "fourth")
    assert groups_of([range(3), range(3, 6)]).labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_without_groups_each_feature_is_one():
    found = groups_of(None)
    assert found.labels.tolist() == list(range(P)) and found.names == tuple(NAMES) and (found.weights == 1.0).all()
    assert groups_of(None, feature_names=None).names is None


def test_weights():
    assert groups_of(LABELS, [1, 0, np.inf]).weights.tolist() == [1.0, 0.0, np.inf]
    assert groups_of(LABELS, {2: 5}).weights.tolist() == [np.sqrt(2), np.sqrt(3), 5.0]
    assert groups_of(letters(), {"z": 0.5, "x": 0.0}).weights.tolist() == [0.0, np.sqrt(3), 0.5]
    assert groups_of(None, {"b": 3.0}).weights.tolist() == [1, 3, 1, 1, 1, 1]
    given = np.array([1.0, 2.0, 3.0])
    groups_of(LABELS, given).weights[0] = 9.0
    assert given[0] == 1.0


def test_inputs_are_not_changed_and_results_pickle():
    given = {"x": [4, 1], "y": np.array([5, 0, 2]), "z": [3]}
    found = pickle.loads(pickle.dumps(groups_of(given, {"x": 2.0}, 0.25)))
    assert given["x"] == [4, 1] and given["y"].tolist() == [5, 0, 2]
    assert type(found) is Groups and found.feature_l1_ratio == 0.25 and found.names == ("x", "y", "z")
    assert b"penalties" not in pickle.dumps(found)


REFUSED = {
    "short": ([0, 1], r"groups has 2 labels, but X has 6 features"),
    "sizes": ([2, 3, 1], r"sizes of successive groups, pass np.repeat\(np.arange\(len\(sizes\)\), sizes\)"),
    "one size": (2, r"groups=2 is no partition .* np.arange\(n_features\) // 2 labels successive groups of 2"),
    "text": ("abcdef", "'abcdef' is no partition"), "a set": ({1, 2}, "no partition"), "a flag": (True, "no partition"),
    "empty": ([], "has 0 labels"), "an empty dict": ({}, "groups is empty"),
    "two dimensions": (np.arange(6).reshape(3, 2), r"shape \(3, 2\).*list\(groups\)"),
    "mixed": ([[0, 1], 2, 3, 4, 5, 5], "both lists and single values"),
    "flags": ([True, False] * 3, r"groups\[0\]=True is no label"),
    "numpy flags": (np.array([True, False] * 3), r"groups\[0\]=True is no label"),
    "NaN": ([0, 1, np.nan, 0, 0, 0], r"groups\[2\]=nan is no label"),
    "None": (["a", None] * 3, r"groups\[1\]=None is no label"),
    "infinity": ([0.0, -np.inf, 0, 0, 0, 0], r"groups\[1\]=-inf is no label"),
    "fractions": ([0, 1.5, 0, 0, 0, 0], r"groups\[1\]=1.5 is no label"),
    "text and numbers": (["a", 1, 1, 1, 1, 1], "both text and numbers"),
    "missing": ([[0, 1], [3]], r"features in no group: feature 2 \('c'\), feature 4 \('e'\), feature 5.*of their own"),
    "overlapping": ({"x": [0, 1, 2], "y": [2, 3, 4, 5]},
                    r"feature 2 \('c'\) is in group 'x' and in group 'y'.*disjoint blocks.*repeat its column"),
    "twice": ([[0, 0, 1], [2, 3, 4, 5]], r"feature 0 \('a'\) is twice in group 0"),
    "no columns": ([[0, 1, 2, 3, 4, 5], []], "group 1 of groups has no features; leave it out"),
    "an empty slice": ({"x": slice(6), "y": slice(6, 9)}, "group 'y' of groups has no features"),
    "out of range": ([[0, 1, 2, 3, 4, 5, 6]], "group 0 of groups holds column 6; columns are numbered from 0 to 5"),
    "far out of range": ([[2**70], [0, 1, 2, 3, 4, 5]], "holds column 1180591620717411303424"),
    "negative": ([[0, 1, 2], [-1, -2, -3]], "group 1 of groups holds column -1"),
    "a mask": ([[True, False, True, False, True, False]], r"holds True.*np.flatnonzero\(mask\)"),
    "fractional columns": ([[0.0, 1.0], [2, 3, 4, 5]], "holds 0.0; columns are indices or names"),
    "an unknown name": ({"x": ["a", "q"], "y": [2, 3, 4, 5]}, "group 'x' of groups names column 'q', which X does not"),
    "a slice of names": ({"x": slice("a", "c")}, "slices are of integers"),
    "nothing": ({"x": None}, "group 'x' of groups is None; pass a list of its columns"),
    "nested too deep": ([[[0, 1], [2]], [3, 4, 5]], r"holds \[0, 1\]; columns are indices or names"),
    "a matrix": ([np.zeros((2, 3), int)], "(?s)group 0 of groups is .*pass a list of its columns"),
}


@pytest.mark.parametrize("groups, message", REFUSED.values(), ids=REFUSED)
def test_what_is_no_partition_is_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        groups_of(groups)


def test_names_need_a_frame_and_must_be_unique():
    with pytest.raises(ValueError, match="X has no column names; use indices"):
        groups_of([["a"], [1, 2, 3, 4, 5]], feature_names=None)
    with pytest.raises(ValueError, match="column 'a', of which X has several"):
        groups_of([["a"], [1, 2, 3, 4, 5]], feature_names=list("aabcde"))


@pytest.mark.parametrize("weights, message", [
    ([1.0, 2.0], r"shape \(2,\); it needs one value for each of 3 groups"), (1.0, r"shape \(\)"),
    ([1.0, -1.0, 1.0], "is -1.0 for group 'y'; weights are at least 0"), ([np.nan, 1.0, 1.0], "is nan for group 'x'"),
    ({"q": 1.0}, r"names 'q', which is no group; the groups are \['x', 'y', 'z'\]"), ({0: 1.0}, "names 0, which is no"),
    ({"x": -1.0}, "is -1.0 for group 'x'"), ("abc", "pass real numbers"), ({"x": "heavy"}, r"\['x'\]='heavy' must"),
    ({"x": [1.0, 2.0]}, r"group_weights\['x'\]=\[1.0, 2.0\] must be a number"),
])
def test_weights_out_of_range_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        groups_of(letters(), weights)


@pytest.mark.parametrize("feature_l1_ratio", [-0.1, 1.0, 1, 2.0, np.nan, "0.5", None, True])
def test_feature_l1_ratio_out_of_range_is_refused(feature_l1_ratio):
    with pytest.raises(ValueError, match="feature_l1_ratio=.*0 .the group lasso. to below 1"):
        groups_of(LABELS, None, feature_l1_ratio)


@pytest.mark.parametrize("options, message", [
    ((np.ones(P), None, False), "penalty_factor does not apply to groups.*pass group_weights"),
    ((None, (0.0, 1.0), False), "bounds does not apply to groups"),
    ((None, None, True), "positive.* does not apply to groups"), ((None, None, "no"), "must be True or False"),
])
def test_factors_and_bounds_do_not_apply_to_groups(options, message):
    with pytest.raises(ValueError, match=message):
        as_penalty_shape(*options, False, P, groups_of(LABELS))
    assert as_penalty_shape(None, None, False, False, P, groups_of(LABELS)).groups.labels.tolist() == LABELS


def test_many_features_take_little_time():
    n_features = 100_000
    labels = np.random.default_rng(0).integers(0, 5000, n_features)
    forms = [labels, labels.tolist(), np.char.add("g", labels.astype(str)), np.array_split(np.arange(n_features), 5000),
             {f"g{g}": slice(20 * g, 20 * g + 20) for g in range(5000)}]
    for groups in forms:
        start = time.process_time()
        found = groups_of(groups, n_features=n_features, feature_names=None)
        assert time.process_time() - start < 0.5        # about 0.02: ten times as long would still be a loop
        assert found.n_groups == 5000
