# Lives here: tests of the estimators with groups of features. Independent of: how groups are solved.
"""GroupLasso, SparseGroupLasso and their CV forms: scikit-learn's conventions, parameters and attributes."""
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.estimator_checks import parametrize_with_checks

from lassocore import (
    ElasticNet,
    GroupLasso,
    GroupLassoCV,
    Lasso,
    LassoCV,
    SparseGroupLasso,
    SparseGroupLassoCV,
    fit_path,
    groups_from_transformer,
)

N, LABELS = 80, np.array([2, 0, 1, 2, 3, 2, 0, 1, 2, 4, 3, 2])
P, NAMES = len(LABELS), ["ash", "birch", "cedar", "elm", "fir"]

DRAWN = np.random.default_rng(7)         # for the constants alone
X = DRAWN.standard_normal((N, P)) + 0.3
Y = X[:, LABELS == 2] @ [1.0, -1.0, 0.5, 0.5, 1.0] + 2.0 * X[:, 9] + DRAWN.standard_normal(N)
FRAME = pd.DataFrame(X, columns=[f"{NAMES[g]}{j}" for j, g in enumerate(LABELS)])
BY_NAME = {name: [column for column in FRAME if column.startswith(name)] for name in NAMES}
SINGLE = pytest.mark.parametrize("kind", [GroupLasso, SparseGroupLasso])
CROSS = pytest.mark.parametrize("kind", [GroupLassoCV, SparseGroupLassoCV])


@parametrize_with_checks([
    GroupLasso(), SparseGroupLasso(), GroupLasso(alpha=0.01, l1_ratio=0.5, tol=1e-11),
    SparseGroupLasso(alpha=0.01, standardize=True, tol=1e-11), GroupLassoCV(alphas=10, cv=3, tol=1e-11),
    SparseGroupLassoCV(alphas=10, selection_rule="1se", l1_ratio=[0.5, 1.0], tol=1e-11),
])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@pytest.mark.parametrize("model, options", [
    (GroupLasso(0.2, groups=LABELS), {"groups": LABELS}),
    (GroupLasso(0.2, groups=LABELS, group_weights=[1, 0, 1, 2, np.inf]),
     {"groups": LABELS, "group_weights": [1, 0, 1, 2, np.inf]}),
    (SparseGroupLasso(0.2, groups=LABELS, l1_ratio=0.5, standardize=True),
     {"groups": LABELS, "feature_l1_ratio": 0.5, "l1_ratio": 0.5, "standardize": True}),
    (SparseGroupLasso(0.2, groups=LABELS, feature_l1_ratio=0.1, fit_intercept=False),
     {"groups": LABELS, "feature_l1_ratio": 0.1, "fit_intercept": False}),
])
@pytest.mark.parametrize("weights", [None, np.arange(N) % 3])
def test_fits_are_those_of_fit_path(model, options, weights):
    model.set_params(tol=1e-9).fit(X, Y, weights)
    path = fit_path(X, Y, alphas=[0.2], tol=1e-9, sample_weight=weights, **options)
    np.testing.assert_allclose(model.coef_, path.coefs[:, 0], atol=1e-6)
    np.testing.assert_allclose(model.intercept_, path.intercepts[0], atol=1e-6)
    np.testing.assert_allclose(model.predict(X), path.predict(X)[:, 0], atol=1e-6)
    assert model.dual_gap_ <= path.gap_tol and model.nonzero_groups_ == path.nonzero_groups()


@SINGLE
def test_attributes(kind):
    model = kind(0.3, groups=BY_NAME).fit(FRAME, Y)
    assert model.coef_.shape == (P,) and model.sparse_coef_.shape == (1, P) and np.ndim(model.intercept_) == 0
    assert model.nonzero_groups_ == ["cedar", "fir"] and isinstance(model.n_iter_, int) and model.n_iter_ > 0
    assert model.n_features_in_ == P and model.feature_names_in_.tolist() == list(FRAME)
    assert kind(0.3, groups=LABELS).fit(X, Y).nonzero_groups_ == [2, 4]
    assert kind(0.3, groups=10 * LABELS - 5).fit(X, Y).nonzero_groups_ == [15, 35]
    assert kind(100.0, groups=LABELS).fit(X, Y).nonzero_groups_ == []
    assert set(kind(0.3).fit(FRAME, Y).nonzero_groups_) <= set(FRAME)


def test_without_groups_each_feature_is_a_group():
    rng = np.random.default_rng(8)
    for l1_ratio in (1.0, 0.5):
        expected = ElasticNet(0.1, l1_ratio=l1_ratio, tol=1e-9).fit(X, Y)
        for model in (GroupLasso(0.1, l1_ratio=l1_ratio, tol=1e-9), SparseGroupLasso(0.1, l1_ratio=l1_ratio, tol=1e-9)):
            np.testing.assert_allclose(model.fit(X, Y).coef_, expected.coef_, atol=1e-5)
    factors = rng.uniform(0.5, 2.0, P)
    weighted = GroupLasso(0.1, group_weights=factors, tol=1e-9).fit(X, Y)
    np.testing.assert_allclose(weighted.coef_, Lasso(0.1, penalty_factor=factors, tol=1e-9).fit(X, Y).coef_, atol=1e-5)


@SINGLE
@pytest.mark.parametrize("convert", [sp.csr_array, sp.csc_matrix, sp.coo_array, np.ndarray.tolist, np.asfortranarray,
                                     lambda X: X.astype(np.float32)])
def test_every_kind_of_x(kind, convert):
    given = np.where(abs(X) < 0.4, 0.0, X)
    model, expected = kind(0.2, groups=LABELS, tol=1e-6), kind(0.2, groups=LABELS, tol=1e-6).fit(given, Y)
    converted = convert(given)
    model.fit(converted, Y)
    np.testing.assert_allclose(model.coef_, expected.coef_, atol=0.02)
    assert model.coef_.dtype == (np.float32 if getattr(converted, "dtype", None) == np.float32 else np.float64)
    np.testing.assert_allclose(model.predict(converted), expected.predict(given), atol=0.05)


def test_sparse_groups_select_within_groups():
    group, sparse = GroupLasso(0.3, groups=LABELS).fit(X, Y), SparseGroupLasso(
        0.3, groups=LABELS, feature_l1_ratio=0.9).fit(X, Y)
    assert np.count_nonzero(group.coef_[LABELS == 2]) == 5 > np.count_nonzero(sparse.coef_[LABELS == 2]) > 0


def test_warm_starts():
    model = GroupLasso(0.3, groups=LABELS, warm_start=True, tol=1e-8).fit(X, Y)
    again = clone(model).set_params(alpha=0.29).fit(X, Y)
    np.testing.assert_allclose(model.set_params(alpha=0.29).fit(X, Y).coef_, again.coef_, atol=1e-4)
    assert model.fit(X, Y).n_iter_ <= again.n_iter_
    assert model.set_params(groups=None).fit(X[:, :3], Y).coef_.shape == (3,)


@pytest.mark.parametrize("model", [
    GroupLasso(groups=BY_NAME), SparseGroupLasso(groups=LABELS.tolist(), group_weights={2: 3.0}),
    GroupLassoCV(groups=[[0, 1], range(2, P)], alphas=5, cv=3), SparseGroupLassoCV(groups=LABELS, alphas=5, cv=3)])
def test_clones_and_pickles(model):
    fitted = clone(model).fit(FRAME, Y)
    for kept in (pickle.loads(pickle.dumps(fitted)), clone(fitted).fit(FRAME, Y)):
        np.testing.assert_array_equal(kept.coef_, fitted.coef_)
        assert kept.nonzero_groups_ == fitted.nonzero_groups_ and repr(kept) == repr(fitted)
    assert not hasattr(clone(fitted), "coef_")


def test_callbacks_see_the_fit():
    levels = []
    GroupLasso(0.3, groups=LABELS, callback=levels.append).fit(X, Y)
    assert [(level.task, level.n_alphas, level.alpha) for level in levels] == [("target 0", 1, 0.3)]
    assert levels[0].n_nonzero == 6
    levels.clear()
    GroupLassoCV(groups=LABELS, alphas=4, cv=3, callback=levels.append).fit(X, Y)
    assert {level.task for level in levels} == {"fold 0", "fold 1", "fold 2", "refit"} and len(levels) == 13
    with pytest.raises(ValueError, match="callback=3 must be callable"):
        GroupLasso(callback=3).fit(X, Y)


@SINGLE
@pytest.mark.parametrize("options, message", [
    ({"groups": LABELS[:-1]}, "11 labels, but X has 12 features"), ({"alpha": -1.0}, "alpha=-1.0"),
    ({"groups": [[0, 1], [1, 2]]}, "feature 1 is in group 0 and in group 1"), ({"l1_ratio": 2.0}, "l1_ratio=2.0"),
    ({"groups": {"a": ["ash"]}}, "X has no column names"), ({"group_weights": [1.0]}, "group_weights has shape"),
    ({"warm_start": "no"}, "warm_start='no' must be True or False"), ({"max_iter": 0}, "max_iter"),
    ({"standardize": None}, "standardize=None"), ({"fit_intercept": 2}, "fit_intercept=2"),
])
def test_parameters_out_of_range(kind, options, message):
    with pytest.raises(ValueError, match=message):
        kind(**options).fit(X, Y)


def test_other_errors_and_warnings():
    with pytest.raises(ValueError, match="feature_l1_ratio=1.0"):
        SparseGroupLasso(feature_l1_ratio=1.0).fit(X, Y)
    with pytest.raises(NotFittedError):
        GroupLasso().predict(X)
    with pytest.raises(ValueError, match="1d array"):
        GroupLasso().fit(X, np.column_stack([Y, Y]))
    with pytest.warns(ConvergenceWarning) as caught:
        GroupLasso(0.01, groups=LABELS, max_iter=1, tol=1e-14).fit(X, Y)
    assert len(caught) == 1


def test_one_hot_columns_in_a_pipeline():
    rng = np.random.default_rng(9)
    people = pd.DataFrame({"city": rng.choice(list("abcd"), N), "sex": rng.choice(["f", "m"], N), "age": X[:, 0]})
    y = (people["city"] == "a") * 3.0 + rng.standard_normal(N)
    encoder = make_column_transformer((OneHotEncoder(), ["city", "sex"]), remainder="passthrough",
                                      verbose_feature_names_out=False)
    groups = groups_from_transformer(encoder.fit(people))
    for model in (GroupLasso(0.2, groups=groups), GroupLassoCV(groups=groups, alphas=10, selection_rule="1se")):
        pipeline = make_pipeline(encoder, model).fit(people, y)
        assert pipeline[-1].nonzero_groups_ == ["city"] and pipeline.predict(people).shape == (N,)
    search = GridSearchCV(make_pipeline(encoder, GroupLasso(groups=groups)), {"grouplasso__alpha": [10.0, 0.1]}, cv=3)
    assert search.fit(people, y).best_params_ == {"grouplasso__alpha": 0.1}


@CROSS
def test_cross_validation_chooses_alpha(kind):
    model = kind(groups=BY_NAME, alphas=15, cv=4).fit(FRAME, Y)
    assert model.mse_path_.shape == (15, 4) and model.alpha_ == model.alphas_[model.mse_mean_.argmin()]
    single = (GroupLasso if kind is GroupLassoCV else SparseGroupLasso)(model.alpha_, groups=BY_NAME).fit(FRAME, Y)
    np.testing.assert_allclose(model.predict(FRAME), single.predict(FRAME), atol=0.1)
    assert model.nonzero_groups_ == single.nonzero_groups_ and "cedar" in model.nonzero_groups_
    errors = []
    for train, test in KFold(4).split(X):
        tau = getattr(model, "feature_l1_ratio", 0.0)
        path = fit_path(X[train], Y[train], alphas=model.alphas_, groups=LABELS, feature_l1_ratio=tau)
        errors.append(((Y[test][:, None] - path.predict(X[test])) ** 2).mean(axis=0))
    np.testing.assert_allclose(model.mse_path_, np.transpose(errors), rtol=0.02)


@CROSS
def test_options_of_cross_validation(kind):
    options = {"groups": LABELS, "alphas": 6, "cv": 3}
    model = kind(**options).fit(X, Y)
    for other in (kind(**options, n_jobs=2), kind(**options, verbose=0, keep_coefs=True)):
        np.testing.assert_array_equal(other.fit(X, Y).mse_path_, model.mse_path_)
    assert kind(**options, keep_coefs=True).fit(X, Y).coef_path_.shape == (3, 6, P)
    assert kind(**options, keep_coefs="sparse").fit(X, Y).coef_path_[0].shape == (6, P)
    assert kind(**options, selection_rule="1se").fit(X, Y).alpha_ >= model.alpha_
    assert kind(**options, scoring="r2").fit(X, Y).score_path_.shape == (6, 3)
    assert kind(**options, l1_ratio=[0.5, 1.0]).fit(X, Y).mse_path_.shape == (2, 6, 3)
    assert kind(**options, refit=False).fit(X, Y).alpha_ == model.alpha_
    refit = kind(**options).fit(X, Y).set_params(refit=False).fit(X, Y)
    assert not hasattr(refit, "coef_") and not hasattr(refit, "nonzero_groups_")
    rows = kind(groups=LABELS, alphas=6, cv=GroupKFold(3)).fit(X, Y, groups=np.arange(N) // 8)     # groups of rows
    assert rows.mse_path_.shape == (6, 3)
    stopped = kind(**options, callback=lambda level: level.task != "refit" and level.index >= 2).fit(X, Y)
    assert stopped.stopped_ == "callback" and stopped.mse_path_.shape == (3, 3)


@CROSS
@pytest.mark.parametrize("storage", [np.asfortranarray, sp.csc_array, lambda X: X.astype(np.float32)])
@pytest.mark.parametrize("options", [{}, {"standardize": True}, {"fit_intercept": False}])
def test_folds_are_weights(kind, storage, options):
    """Weights that are counts give what repeated rows give."""
    given, counts = np.where(abs(X) < 0.4, 0.0, X), np.arange(N) % 3
    rows, tol = np.repeat(np.arange(N), counts), 1e-6
    splits = [(np.flatnonzero(np.arange(N) % 4 != k), np.flatnonzero(np.arange(N) % 4 == k)) for k in range(4)]
    repeated = [tuple(np.flatnonzero(np.isin(rows, side)) for side in split) for split in splits]
    model = kind(groups=LABELS, alphas=[0.5, 0.1], tol=tol, cv=splits, **options).fit(storage(given), Y, counts)
    other = kind(groups=LABELS, alphas=[0.5, 0.1], tol=tol, cv=repeated, **options).fit(given[rows], Y[rows])
    np.testing.assert_allclose(model.mse_path_, other.mse_path_, rtol=0.01)


@pytest.mark.parametrize("shape", [(200, 10), (40, 60)])
def test_groups_of_one_give_the_cross_validation_of_the_lasso(shape):
    rng = np.random.default_rng(10)
    data = rng.standard_normal(shape)
    y = data[:, :3].sum(axis=1) + rng.standard_normal(len(data))
    lasso = LassoCV(alphas=20, cv=4, tol=1e-7).fit(data, y)
    model = GroupLassoCV(alphas=20, cv=4, tol=1e-7).fit(data, y)
    np.testing.assert_allclose(model.alphas_, lasso.alphas_, rtol=1e-8)
    np.testing.assert_allclose(model.mse_path_, lasso.mse_path_, rtol=1e-3)
    assert model.alpha_ == pytest.approx(lasso.alpha_)


def test_huge_numbers():
    model = GroupLassoCV(groups=LABELS, alphas=5, cv=3).fit(X, 1e200 * Y)
    plain = GroupLassoCV(groups=LABELS, alphas=5, cv=3).fit(X, Y)
    np.testing.assert_allclose(model.coef_ / 1e200, plain.coef_, atol=1e-6)
    np.testing.assert_allclose(GroupLasso(1e199, groups=LABELS).fit(X, 1e200 * Y).coef_ / 1e200,
                               GroupLasso(0.1, groups=LABELS).fit(X, Y).coef_, atol=1e-6)
