# Lives here: tests of TablePreparer. Independent of: models, files.
"""Prepared features against what NumPy, SciPy and scikit-learn compute by hand; nothing is learnt from other rows."""
from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import yeojohnson, yeojohnson_llf
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from lassocore import LassoCV
from lassocore.models import TablePreparer
from lassocore.tables.columns import TableError

pandas = pytest.importorskip("pandas", reason="makes the tables of these tests")
polars = pytest.importorskip("polars", reason="the reader of tables is the optional extra [cli]")
N = 300


def make_table():
    rng = np.random.default_rng(5)
    base = rng.standard_normal(N)
    return pandas.DataFrame({
        "a": base, "near_a": base + 0.1 * rng.standard_normal(N), "minus_a": 3 - 10 * base + rng.standard_normal(N),
        "income": np.exp(1.5 * rng.standard_normal(N)), "rare_1": 1 * (rng.random(N) < 0.02),
        "rare_2": rng.random(N) < 0.03, "often": 1 * (rng.random(N) < 0.5),
        "city": rng.choice(["oslo", "rome", "bern", "lima"], N, p=[0.6, 0.36, 0.02, 0.02])})


@pytest.fixture
def table():
    return make_table()


@parametrize_with_checks([TablePreparer(), TablePreparer(standardize=True, power="skewed", merge_correlated=0.9)])
def test_scikit_learns_conventions(estimator, check):
    check(estimator)


def column(preparer, X, name):
    features = np.asarray(preparer.transform(X))
    return features[:, list(preparer.get_feature_names_out()).index(name)]


def test_without_requests_columns_are_features_as_on_the_command_line(table, tmp_path):
    from lassocore.tables.read_table import read_training

    table.assign(y=1.5 * table.a).to_csv(tmp_path / "table.csv", index=False)
    expected = read_training(tmp_path / "table.csv", "y", None)
    preparer = TablePreparer()
    found = preparer.fit_transform(table)
    assert tuple(preparer.get_feature_names_out()) == expected.feature_names
    np.testing.assert_allclose(found, expected.X, rtol=1e-15)


@pytest.mark.parametrize("frequency", [15, 0.05])
def test_rare_categories_are_merged_and_unseen_values_with_them(table, frequency):
    preparer = TablePreparer(min_frequency=frequency).fit(table)
    names = [name for name in preparer.get_feature_names_out() if name.startswith("city")]
    assert names == ["city=oslo", "city=rome", "city=other"]
    np.testing.assert_array_equal(column(preparer, table, "city=other"), table.city.isin(["bern", "lima"]))
    with pytest.warns(UserWarning, match="column 'city' of X has 1 value not seen in training, first 'york' in row 3"):
        strange = column(preparer, table.assign(city=["oslo", "bern", "york", *table.city[3:]]), "city=other")
    assert strange[:3].tolist() == [0, 1, 1]


def test_rare_categories_may_be_dropped(table):
    preparer = TablePreparer(min_frequency=15, rare_categories="drop").fit(table)
    names = [name for name in preparer.get_feature_names_out() if name.startswith("city")]
    assert names == ["city=oslo", "city=rome"]
    both = column(preparer, table, "city=oslo") + column(preparer, table, "city=rome")
    np.testing.assert_array_equal(both == 0, table.city.isin(["bern", "lima"]))


def test_a_category_called_other_keeps_its_name():
    table = pandas.DataFrame({"t": ["other"] * 5 + ["u"] * 5 + ["v"]})
    assert list(TablePreparer(min_frequency=2).fit(table).get_feature_names_out()) == [
        "t=other", "t=u", "t=other (rare)"]


def test_rare_flags_become_one(table):
    preparer = TablePreparer(merge_rare=0.05).fit(table)
    names = list(preparer.get_feature_names_out())
    assert "any(rare_1, rare_2)" in names and "often" in names
    assert not {"rare_1", "rare_2", "rare_2=True", "rare_2=False"} & set(names)
    np.testing.assert_array_equal(column(preparer, table, "any(rare_1, rare_2)"), (table.rare_1 == 1) | table.rare_2)
    alone = TablePreparer(merge_rare=int(table.rare_1.sum()) + 1).fit(table.drop(columns="rare_2"))
    assert "rare_1" in alone.get_feature_names_out()


def test_skewed_columns_get_the_power_of_greatest_likelihood(table):
    preparer = TablePreparer(power="skewed").fit(table)
    assert [power.column for power in preparer.preparation_.power] == ["income"]
    found, exponent = column(preparer, table, "power(income)"), preparer.preparation_.power[0].exponent
    for other in (exponent - 0.02, exponent + 0.02):
        assert yeojohnson_llf(exponent, table.income) > yeojohnson_llf(other, table.income)
    by_hand = yeojohnson(table.income.to_numpy(), exponent)
    np.testing.assert_allclose(found, (by_hand - by_hand.mean()) / by_hand.std(), atol=1e-10)
    assert [power.column for power in TablePreparer(power=["a", "income"]).fit(table).preparation_.power] == [
        "a", "income"]


@pytest.mark.parametrize("rule", ["mean", "pc1"])
def test_correlated_columns_are_merged(table, rule):
    preparer = TablePreparer(merge_correlated=0.9, merge_to=rule).fit(table)
    assert list(preparer.get_feature_names_out())[:4] == [
        "income", "rare_1", "often", f"{rule}(a, near_a, minus_a)"]
    z = table[["a", "near_a", "minus_a"]].to_numpy()
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    if rule == "mean":
        expected = (z[:, 0] + z[:, 1] - z[:, 2]) / 3
    else:
        left, sizes, _ = np.linalg.svd(z, full_matrices=False)
        expected = left[:, 0] * sizes[0]
        expected *= np.sign(expected @ z[:, 0])
    np.testing.assert_allclose(column(preparer, table, f"{rule}(a, near_a, minus_a)"), expected, atol=1e-9)


def test_every_pair_of_a_group_is_correlated():
    """a - b - c is a chain: the ends are not correlated enough."""
    rng = np.random.default_rng(1)
    u, v = np.linalg.qr(rng.standard_normal((N, 2)))[0].T
    table = pandas.DataFrame({"left": u, "middle": u + v, "right": v})
    least = np.abs(table.corr().to_numpy()).min()
    names = TablePreparer(merge_correlated=0.6).fit(table).get_feature_names_out()
    assert least < 0.2 and len(names) == 2 and sum(name.startswith("mean(") for name in names) == 1


def test_standardisation_is_that_of_the_training_rows(table):
    train, new = table[:200], table[200:]
    plain, scaled = TablePreparer().fit(train), TablePreparer(standardize=True).fit(train)
    X, Z = plain.transform(train), scaled.transform(new)
    numeric = np.array(["=" not in name for name in plain.get_feature_names_out()])
    spread = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    np.testing.assert_allclose(Z, (plain.transform(new) - np.where(numeric, X.mean(axis=0), 0.0)) / spread, atol=1e-12)


EVERYTHING = {"min_frequency": 0.05, "merge_rare": 0.05, "power": "skewed", "merge_correlated": 0.9,
              "standardize": True}


def test_all_requests_together_give_features_of_unit_variance(table):
    preparer = TablePreparer(**EVERYTHING).fit(table)
    assert list(preparer.get_feature_names_out()) == [
        "power(income)", "often", "mean(a, near_a, minus_a)", "any(rare_1, rare_2)", "city=oslo", "city=rome",
        "city=other"]
    np.testing.assert_allclose(preparer.transform(table).std(axis=0), 1.0, rtol=1e-9)


@pytest.mark.parametrize("options", [{}, EVERYTHING, {"min_frequency": 3, "rare_categories": "drop"},
                                     {"text": ["often"], "drop": ["a"], "standardize": True, "merge_to": "pc1"}])
def test_plain_values_pickles_and_clones_transform_alike(table, options):
    preparer = TablePreparer(**options).fit(table)
    expected = preparer.transform(table[::-1])
    document = json.loads(json.dumps(preparer.to_dict(), allow_nan=False))
    for other in (TablePreparer.from_dict(document), pickle.loads(pickle.dumps(preparer)),
                  clone(preparer).fit(table)):
        np.testing.assert_array_equal(other.transform(table[::-1]), expected)
        assert list(other.get_feature_names_out()) == list(preparer.get_feature_names_out())
        assert other.get_params() == {name: list(value) if isinstance(value, tuple) and other.get_params()[name] == []
                                      else value for name, value in preparer.get_params().items()}


def edited(document, path, value):
    *parents, last = path
    copy = json.loads(json.dumps(document))
    place = copy
    for key in parents:
        place = place[key]
    place[last] = value
    return copy


FAULTS = [
    (["preparation"], None), (["preparation", "rare"], []), (["preparation", "rare", "city"], ["paris"]),
    (["preparation", "rare"], {"a": []}), (["preparation", "rare_rule"], "keep"),
    (["preparation", "flags"], ["city"]), (["preparation", "flags"], ["rare_1"]),
    (["preparation", "power", 0, "scale"], 0), (["preparation", "power", 0, "exponent"], float("nan")),
    (["preparation", "power", 0, "column"], ["income"]), (["preparation", "power", 0, "more"], 1),
    (["preparation", "groups", 0, "weights"], [1.0]), (["preparation", "groups", 0, "columns"], ["a", "rare_1"]),
    (["preparation", "groups", 0, "columns"], ["a", "city", "near_a"]),
    (["preparation", "groups", 0, "rule"], "median"),
    (["preparation", "scales", 0], 0.0), (["preparation", "scales", 0], 10**400), (["preparation", "centers"], None),
    (["preparation", "scales", 0], True), (["columns", 0, "kind"], "number"), (["columns", 0, "name"], "near_a"),
    (["columns"], []), (["columns", 0, "categories"], ["u"]), (["columns", -1, "categories"], ["oslo", "oslo"]),
    (["parameters", "merge_to"], "median"), (["parameters", "decimal"], "x"), (["parameters", "speed"], 1),
    (["n_features_in"], 0), (["n_features_in"], 3), (["feature_names_in"], ["a"] * 8), (["feature_names_in"], None)]


@pytest.mark.parametrize("path, value", FAULTS, ids=lambda part: ".".join(map(str, part)) if isinstance(
    part, list) and part else None)
def test_edited_descriptions_are_refused(table, path, value):
    document = TablePreparer(**EVERYTHING).fit(table).to_dict()
    assert TablePreparer.from_dict(document).n_features_in_ == 8
    with pytest.raises(ValueError) as error:
        TablePreparer.from_dict(edited(document, path, value))
    assert "\n" not in str(error.value)


def test_frames_of_every_kind_give_the_same_features(table):
    preparer = TablePreparer(**EVERYTHING).fit(table)
    expected = preparer.transform(table)
    typed = table.astype({"city": "category", "often": "Int64", "rare_2": "boolean", "a": "Float64"})
    frames = [typed, table.astype({"city": object}), table.set_axis(range(7, 7 + N)),
              polars.DataFrame({name: table[name].to_list() for name in table})]
    frames.append(frames[-1].with_columns(polars.col("city").cast(polars.Categorical)))
    pyarrow = pytest.importorskip("pyarrow", reason="makes one of the frames")
    frames.append(pyarrow.table({name: table[name].to_list() for name in table}))
    for frame in frames:
        np.testing.assert_allclose(preparer.transform(frame), expected, atol=1e-13)
        other = TablePreparer(**EVERYTHING).fit(frame)
        assert list(other.get_feature_names_out()) == list(preparer.get_feature_names_out())
        np.testing.assert_allclose(other.transform(table), expected, atol=1e-9)


def test_dates_numbers_in_text_and_missing_marks():
    table = pandas.DataFrame({"when": ["01.02.2020", "03.02.2020"], "size": ["1,5 m", "2 m"], "n": ["7", "x"]})
    preparer = TablePreparer(dates=["when"], date_format="%d.%m.%Y", decimal=",", strip=[" m"], text=["n"])
    np.testing.assert_allclose(preparer.fit_transform(table), [[18293, 1.5, 1, 0], [18295, 2, 0, 1]])
    stamps = pandas.DataFrame({"when": pandas.to_datetime(["2020-02-01 00:00", "2020-02-03 12:00"])})
    np.testing.assert_allclose(TablePreparer(dates=["when"]).fit_transform(stamps), [[18293], [18295.5]])


def test_names_and_frames_out(table):
    preparer = TablePreparer(min_frequency=5).fit(table)
    out = clone(preparer).set_output(transform="pandas").fit(table).transform(table[::2])
    assert list(out.columns) == list(preparer.get_feature_names_out()) and list(out.index) == list(range(0, N, 2))
    np.testing.assert_array_equal(out.to_numpy(), preparer.transform(table[::2]))
    assert list(clone(preparer).set_output(transform="polars").fit_transform(table).columns) == list(out.columns)
    with pytest.raises(ValueError, match="feature_names_in_"):
        preparer.get_feature_names_out(["z"] * 8)


def test_many_categories_are_sparse():
    rng = np.random.default_rng(2)
    table = pandas.DataFrame({"t": rng.choice([f"c{k}" for k in range(90)], N), "a": rng.standard_normal(N)})
    dense = TablePreparer(sparse_output=False, standardize=True).fit(table)
    loose = TablePreparer(standardize=True).fit(table)
    assert sparse.issparse(loose.transform(table)) and isinstance(dense.transform(table), np.ndarray)
    np.testing.assert_allclose(loose.transform(table).toarray(), dense.transform(table), atol=1e-14)
    with pytest.raises(ValueError, match="dense"):
        clone(loose).set_output(transform="pandas").fit(table).transform(table)


def test_a_pipeline_learns_from_its_training_rows(table):
    y = 2 * table.a + np.log(table.income) + np.random.default_rng(0).standard_normal(N)
    pipeline = make_pipeline(TablePreparer(**EVERYTHING), LassoCV(cv=3))
    scores = cross_val_score(pipeline, table, y, cv=3)
    assert scores.min() > 0.6
    pipeline.fit(table[:200], y[:200])
    alone = TablePreparer(**EVERYTHING).fit(table[:200])
    np.testing.assert_array_equal(pipeline[0].transform(table), alone.transform(table))


def test_the_table_is_not_changed(table):
    before = table.copy()
    TablePreparer(**EVERYTHING).fit(table).transform(table)
    pandas.testing.assert_frame_equal(table, before)


REFUSED = {
    "odd cell": ({}, {"odd": ["?", *map(str, range(N - 1))]}, r"'odd' of X holds numbers except.*na=\['\?'\]"),
    "dates": ({}, {"when": "2020-01-01"}, r"dates=\['when'\]"),
    "numbers of rows": ({}, {"id": range(N)}, r"drop=\['id'\]"),
    "missing": ({}, {"a": [np.nan] * N}, "column 'a' of X has no values"),
    "missing number": ({}, {"often": [np.nan, *[1.0] * (N - 1)]}, "column 'often' of X has 1 missing value.*Imputer"),
    "missing text": ({}, {"city": [None, *["u"] * (N - 1)]}, "column 'city' of X has 1 missing value"),
    "infinite": ({}, {"often": [np.inf, *[1.0] * (N - 1)]}, "column 'often' of X has 1 infinite value"),
    "frequency": ({"min_frequency": 0}, {}, "min_frequency=0 is neither"),
    "share": ({"merge_rare": 1.5}, {}, "merge_rare=1.5 is neither"),
    "rule": ({"rare_categories": "keep"}, {}, "rare_categories='keep'"),
    "merge": ({"merge_to": "sum"}, {}, "merge_to='sum'"),
    "correlation": ({"merge_correlated": 0}, {}, "merge_correlated=0"),
    "power": ({"power": "all"}, {}, "power='all'"),
    "power of text": ({"power": ["city"]}, {}, "power names 'city'"),
    "sparse": ({"sparse_output": "no"}, {}, "sparse_output='no'"),
    "one text": ({"text": "city"}, {}, r"text='city' is no list of texts; write text=\['city'\]"),
    "unknown column": ({"drop": ["z"]}, {}, "X has no column 'z'"),
    "mark": ({"decimal": "x"}, {}, "decimal"),
    "two names": ({"text": ["a"]}, {"a": ["u"] * N, "a=u": range(1, 2 * N, 2)}, "both give a feature 'a=u'"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_refusals_name_the_argument(table, fault):
    options, columns, message = REFUSED[fault]
    with pytest.raises((TableError, ValueError), match=message) as error:
        TablePreparer(**options).fit(table.assign(**columns))
    assert "--" not in str(error.value) and "\n" not in str(error.value)


def test_sparse_matrices_are_refused():
    with pytest.raises(TypeError, match="sparse matrix"):
        TablePreparer().fit(sparse.eye_array(4).tocsc())


def test_later_rows_are_read_alike(table):
    preparer = TablePreparer(text=["often"]).fit(table)
    with pytest.raises(TableError, match="column 'income' of X has 1 cell that is no number, first 'much' in row 2"):
        preparer.transform(table.assign(income=["1", "much", *["2"] * (N - 2)]))
    with pytest.raises(ValueError, match="feature names"):
        preparer.transform(table[sorted(table)])
