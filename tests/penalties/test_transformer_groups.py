# Lives here: tests of groups made from scikit-learn's transformers. Independent of: how problems are solved.
"""One group for each input column, checked against the output names of scikit-learn and by changing one column."""
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
)

from lassocore import groups_from_transformer

rng = np.random.default_rng(0)
N = 80
FRAME = pd.DataFrame({
    "city": rng.choice(["Bern", "Lyon", "Graz", "Cork"], N, p=[0.4, 0.4, 0.15, 0.05]), "sex": rng.choice(["f", "m"], N),
    "age": rng.standard_normal(N), "size": rng.standard_normal(N), "kind": "same"})
TEXT = ["city", "sex"]


def encoded(**options):
    return ColumnTransformer([("cat", OneHotEncoder(**options), TEXT), ("num", StandardScaler(), ["age"])])


def check_partition(groups, n_columns):
    """Every output column is in one group."""
    assert sorted(column for columns in groups.values() for column in columns) == list(range(n_columns))


def test_one_hot_columns_of_a_column_are_a_group():
    transformer = encoded().fit(FRAME)
    groups = groups_from_transformer(transformer)
    assert groups == {"cat__city": [0, 1, 2, 3], "cat__sex": [4, 5], "num__age": [6]}
    for name, columns in groups.items():
        assert all(output.startswith(name) for output in transformer.get_feature_names_out()[columns])


@pytest.mark.parametrize("options, sizes", [
    ({"drop": "first"}, [3, 1]), ({"drop": "if_binary"}, [4, 1]), ({"min_frequency": 8}, [4, 2]),
    ({"max_categories": 3}, [3, 2]), ({"drop": ["Lyon", "f"], "max_categories": 3}, [2, 1]),
    ({"handle_unknown": "infrequent_if_exist", "min_frequency": 20, "sparse_output": False}, [3, 2]),
    ({"categories": [["Bern", "Lyon", "Graz", "Cork", "Rome"], ["f", "m"]]}, [5, 2]),
    ({"feature_name_combiner": lambda feature, category: f"{category} of {feature}"}, [4, 2]),
])
def test_options_of_the_encoder(options, sizes):
    transformer = encoded(**options).fit(FRAME)
    groups = groups_from_transformer(transformer)
    assert [len(columns) for columns in groups.values()] == [*sizes, 1]
    check_partition(groups, transformer.transform(FRAME).shape[1])


def test_what_is_left_of_no_column_has_no_group():
    transformer = make_column_transformer((OneHotEncoder(drop="first"), ["kind", "sex"])).fit(FRAME)
    assert groups_from_transformer(transformer) == {"onehotencoder__sex": [0]}


@pytest.mark.parametrize("naming, names", [
    (True, ["cat__city", "cat__sex", "num__age"]), (False, ["city", "sex", "age"]),
    ("{feature_name}@{transformer_name}", ["city@cat", "sex@cat", "age@num"]),
    (lambda transformer, feature: f"{feature[:3]}:{transformer}", ["cit:cat", "sex:cat", "age:num"]),
])
def test_names_are_those_of_scikit_learn(naming, names):
    assert list(groups_from_transformer(encoded().set_params(verbose_feature_names_out=naming).fit(FRAME))) == names


COLUMNS = {
    "names": TEXT, "indices": [0, 1], "negative indices": [-5, -4], "a slice": slice(0, 2),
    "a mask": [True, True, False, False, False], "a slice of names": slice("city", "sex"), "an array": np.array(TEXT),
    "a mask of NumPy": np.arange(5) < 2, "a selector": make_column_selector("city|sex"),
    "a function": lambda frame: frame.columns[:2]}


@pytest.mark.parametrize("columns", COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("remainder", ["drop", "passthrough", StandardScaler(), FunctionTransformer(np.abs)])
def test_columns_in_any_way_and_the_remainder(columns, remainder):
    frame = FRAME[[*TEXT, "age", "size"]].assign(last=1.0)
    transformer = ColumnTransformer([("cat", OneHotEncoder(), columns)], remainder=remainder).fit(frame)
    rest = {} if remainder == "drop" else {f"remainder__{name}": [6 + k] for k, name in enumerate(frame.columns[2:])}
    assert groups_from_transformer(transformer) == {"cat__city": [0, 1, 2, 3], "cat__sex": [4, 5], **rest}


def test_order_of_the_outputs_counts():
    transformer = make_column_transformer(
        ("passthrough", ["size"]), (OneHotEncoder(), ["sex"]), ("drop", ["kind"]), (OneHotEncoder(), ["city"]),
        (StandardScaler(), []), verbose_feature_names_out=False).fit(FRAME)
    assert groups_from_transformer(transformer) == {"size": [0], "sex": [1, 2], "city": [3, 4, 5, 6]}


@pytest.mark.parametrize("given", ["frame", "array"])
def test_a_lone_encoder(given):
    X = FRAME[TEXT] if given == "frame" else FRAME[TEXT].to_numpy()
    names = TEXT if given == "frame" else ["x0", "x1"]
    encoder = OneHotEncoder().fit(X)
    combiner = encoder.feature_name_combiner
    assert groups_from_transformer(encoder) == {names[0]: [0, 1, 2, 3], names[1]: [4, 5]}
    assert encoder.feature_name_combiner is combiner == "concat"


def test_pipelines_are_followed():
    impute = SimpleImputer(strategy="most_frequent")
    expected = {"city": [0, 1, 2, 3], "sex": [4, 5]}
    assert groups_from_transformer(make_pipeline(impute, OneHotEncoder()).fit(FRAME[TEXT])) == expected
    assert groups_from_transformer(make_pipeline("passthrough", OneHotEncoder(), None).fit(FRAME[TEXT])) == expected
    inner = ColumnTransformer([("cat", make_pipeline(impute, OneHotEncoder()), TEXT), ("num", "passthrough", ["age"])])
    expected = {"cat__city": [0, 1, 2, 3], "cat__sex": [4, 5], "num__age": [6]}
    for pipeline in (make_pipeline(inner, StandardScaler(with_mean=False)), make_pipeline(inner, Ridge()),
                     Pipeline([("first", inner), ("none", "passthrough"), ("last", Ridge())])):
        assert groups_from_transformer(pipeline.fit(FRAME, FRAME["size"])) == expected
    scaled = make_pipeline(make_column_transformer((OneHotEncoder(sparse_output=False), TEXT)), StandardScaler())
    assert len(groups_from_transformer(scaled.set_output(transform="pandas").fit(FRAME))) == 2


def test_selected_columns_stay_in_their_groups():
    pipeline = make_pipeline(encoded(), VarianceThreshold(0.1)).fit(FRAME)
    groups = groups_from_transformer(pipeline)
    assert len(groups["cat__city"]) < 4 and len(groups["cat__sex"]) == 2
    check_partition(groups, pipeline.transform(FRAME).shape[1])


def test_other_bases_and_indicators():
    transformer = make_column_transformer(
        (KBinsDiscretizer([3, 4], strategy="uniform"), ["age", "size"]),
        (SplineTransformer(4, include_bias=False), ["age", "size"]), (PCA(1), ["age", "size"]),
        (SimpleImputer(add_indicator=True), ["gaps"])).fit(FRAME.assign(gaps=FRAME["age"].where(FRAME["age"] > 0.0)))
    assert groups_from_transformer(transformer) == {
        "kbinsdiscretizer__age": [0, 1, 2], "kbinsdiscretizer__size": [3, 4, 5, 6],
        "splinetransformer__age": [7, 8, 9, 10, 11], "splinetransformer__size": [12, 13, 14, 15, 16], "pca__pca0": [17],
        "simpleimputer__gaps": [18], "simpleimputer__missingindicator_gaps": [19]}


def test_unions():
    union = FeatureUnion([("all", OneHotEncoder()), ("none", "drop"), ("fewer", OneHotEncoder(drop="first"))])
    assert groups_from_transformer(union.fit(FRAME[TEXT])) == {
        "all__city": [0, 1, 2, 3], "all__sex": [4, 5], "fewer__city": [6, 7, 8], "fewer__sex": [9]}


def test_a_group_holds_the_columns_that_its_input_column_changes():
    transformer = encoded(sparse_output=False).fit(FRAME)
    X = transformer.transform(FRAME)
    for name, columns in groups_from_transformer(transformer).items():
        changed = FRAME.assign(**{name.partition("__")[2]: FRAME[name.partition("__")[2]].to_numpy()[::-1]})
        np.testing.assert_array_equal(np.flatnonzero((transformer.transform(changed) != X).any(axis=0)), columns)


@pytest.mark.parametrize("transformer, error, message", [
    (OneHotEncoder(), NotFittedError, "not fitted"), (Ridge(), TypeError, "is no transformer; pass a fitted"),
    (make_pipeline(OneHotEncoder()), NotFittedError, "not fitted"), ("onehot", TypeError, "is no transformer"),
    (make_column_transformer((FunctionTransformer(lambda X: np.hstack([X, X])), ["age"])).fit(FRAME), ValueError,
     "'functiontransformer' makes 2 columns .* get_feature_names_out"),
    (make_pipeline(FunctionTransformer(lambda X: np.hstack([X, X])), StandardScaler()).fit(FRAME[["age"]].to_numpy()),
     ValueError, "StandardScaler has 2 input columns, but 1 are known"),
    (make_column_transformer((OneHotEncoder(), ["city"]), (OrdinalEncoder(), ["city"]),
                             verbose_feature_names_out=False).fit(FRAME), ValueError,
     "two groups would be called 'city'; set verbose_feature_names_out=True"),
])
def test_what_tells_no_groups_is_refused(transformer, error, message):
    with pytest.raises(error, match=message):
        groups_from_transformer(transformer)
