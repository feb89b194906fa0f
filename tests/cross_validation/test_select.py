# Lives here: cross-validated estimators against scikit-learn's and explicit loops. Independent of: solvers.
"""LassoCV, ElasticNetCV and their multi-task forms: paths of errors, choice, refit, routing."""
import pickle
import warnings
from inspect import signature

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn
import sklearn.linear_model as sk
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import make_scorer, max_error, mean_absolute_error
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, ShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import lassocore
from lassocore import ElasticNetCV, LassoCV, MultiTaskElasticNetCV, MultiTaskLassoCV, fit_path
from lassocore.cross_validation import select

SINGLE, MULTI = [LassoCV, ElasticNetCV], [MultiTaskLassoCV, MultiTaskElasticNetCV]
TIGHT = {"tol": 1e-13, "max_iter": 200_000}
STRICT = {"tol": 1e-12, "max_iter": 100_000}    # scikit-learn's checks compare predictions to 1e-7


@parametrize_with_checks([
    LassoCV(alphas=20), ElasticNetCV(alphas=10, l1_ratio=[0.5, 1.0]), MultiTaskLassoCV(alphas=5),
    MultiTaskElasticNetCV(alphas=5),
    LassoCV(alphas=5, selection_rule="1se", scoring="r2", keep_coefs=True, solver="cd", **STRICT),
])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


def make_problem(n_samples, n_features, n_tasks=0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) + rng.standard_normal((n_samples, 1)) + 1.0
    W = np.zeros((n_features, max(1, n_tasks)))
    W[:4] = rng.standard_normal((4, max(1, n_tasks))) + 2.0
    Y = X @ W + rng.standard_normal((n_samples, max(1, n_tasks))) + 3.0
    return np.asfortranarray(X), Y if n_tasks else Y[:, 0]


@pytest.fixture(scope="module")
def data():
    X, y = load_diabetes(return_X_y=True)
    return np.asfortranarray(X[:150] * 20 + 0.3), y[:150]


def peer(name, **options):
    """scikit-learn's estimator; before 1.7 a number of alphas was n_alphas."""
    estimator = getattr(sk, name)
    counted = signature(estimator).parameters.get("n_alphas")
    if counted is not None and counted.default == 100 and isinstance(options["alphas"], int):
        options["n_alphas"] = options.pop("alphas")
    return estimator(**options)


def assert_same(ours, theirs, rtol=1e-6):
    """Attributes that both estimators have are equal."""
    np.testing.assert_allclose(ours.mse_path_, theirs.mse_path_, rtol=rtol)
    np.testing.assert_allclose(ours.alphas_, theirs.alphas_, rtol=1e-10)
    assert ours.alpha_ == pytest.approx(theirs.alpha_, rel=1e-10)
    assert getattr(ours, "l1_ratio_", None) == getattr(theirs, "l1_ratio_", None)
    scale = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4 * scale)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-4, atol=1e-4)
    assert np.shape(ours.coef_) == np.shape(theirs.coef_) and np.shape(ours.intercept_) == np.shape(theirs.intercept_)


@pytest.mark.parametrize("shape", [(80, 12), (40, 90)])
@pytest.mark.parametrize("name, options", [
    ("LassoCV", {}), ("LassoCV", {"positive": True}), ("ElasticNetCV", {}),
    ("ElasticNetCV", {"l1_ratio": [0.3, 0.9, 1.0], "cv": 3}), ("LassoCV", {"cv": ShuffleSplit(4, random_state=1)}),
    ("LassoCV", {"alphas": [0.1, 1.0, 0.5, 0.1, 0.3]}), ("LassoCV", {"selection": "random", "random_state": 0}),
])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_agrees_with_scikit_learn(shape, name, options, fit_intercept, weighted):
    X, y = make_problem(*shape)
    s = np.random.default_rng(1).random(len(y)) if weighted else None
    options = {"alphas": 12, "eps": 0.02, "fit_intercept": fit_intercept, **TIGHT, **options}
    theirs = peer(name, **options).fit(X.copy(), y.copy(), sample_weight=s)     # may change its input
    assert_same(getattr(lassocore, name)(**options).fit(X, y, sample_weight=s), theirs)
    assert_same(getattr(lassocore, name)(solver="cd", **options).fit(X, y, sample_weight=s), theirs, rtol=1e-5)
    X = X * (np.random.default_rng(2).random(X.shape) < 0.4)
    theirs = peer(name, **options).fit(X.copy(), y.copy(), sample_weight=s)
    assert_same(getattr(lassocore, name)(**options).fit(sp.csr_array(X), y, sample_weight=s), theirs)
    assert_same(getattr(lassocore, name)(**options).fit(np.ascontiguousarray(X), y, sample_weight=s), theirs)


@pytest.mark.parametrize("shape", [(60, 8), (30, 50)])
@pytest.mark.parametrize("options", [{}, {"l1_ratio": [0.4, 0.8]}, {"fit_intercept": False}])
@pytest.mark.parametrize("storage", [np.asfortranarray, sp.csc_matrix])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_tasks_agree_with_scikit_learn(shape, options, storage):
    X, Y = make_problem(*shape, n_tasks=3)
    options = {"alphas": 8, "eps": 0.05, "cv": 3, "tol": 1e-12, "max_iter": 100_000, **options}
    ours = MultiTaskElasticNetCV(**options, keep_coefs=True).fit(storage(X), Y)
    assert_same(ours, peer("MultiTaskElasticNetCV", **options).fit(X, Y), rtol=1e-5)
    n_l1_ratio = len(np.atleast_1d(options.get("l1_ratio", 0.5)))
    assert ours.coef_path_.shape == ((n_l1_ratio,) if n_l1_ratio > 1 else ()) + (3, 8, 3, X.shape[1])
    assert ours.intercept_path_.shape == ours.coef_path_.shape[:-1]


def by_hand(X, y, s, splits, alphas, **options):
    """(n_alphas, n_folds) weighted mean square errors of paths fitted to sliced rows."""
    columns = []
    for train, test in splits:
        path = fit_path(X[train], y[train], alphas=alphas, sample_weight=None if s is None else s[train], tol=1e-12,
                        **options)
        squares = (y[test, None] - path.predict(X[test])) ** 2
        columns.append(np.average(squares, axis=0, weights=None if s is None else s[test]))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("options", [
    {"penalty_factor": [0.0, 0.5, np.inf, 1.0, 2.0, 1.0, 1.0, 0.0, 1.0, 1.0]}, {"standardize": True},
    {"bounds": (-3.0, 8.0)}, {"positive": True, "standardize": True},
])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_penalties_agree_with_a_loop_over_sliced_rows(data, options, fit_intercept):
    X, y = data
    s = np.random.default_rng(3).integers(0, 3, len(y)).astype(float)
    splits = list(KFold(4, shuffle=True, random_state=0).split(X))
    model = LassoCV(alphas=15, cv=splits, tol=1e-12, fit_intercept=fit_intercept, **options).fit(X, y, sample_weight=s)
    expected = by_hand(X, y, s, splits, model.alphas_, fit_intercept=fit_intercept, **options)
    np.testing.assert_allclose(model.mse_path_, expected, rtol=1e-6)
    assert model.alphas_[0] == pytest.approx(lassocore.alpha_max(
        X, y, sample_weight=s, fit_intercept=fit_intercept, **options))


def test_rows_may_be_held_by_no_fold_or_by_several():
    X, y = make_problem(60, 10)
    rng = np.random.default_rng(0)
    splits = [(rng.integers(0, 50, 70), rng.integers(40, 60, 9)) for _ in range(4)]
    model = LassoCV(alphas=10, cv=splits, tol=1e-12).fit(X, y)
    np.testing.assert_allclose(model.mse_path_, by_hand(X, y, None, splits, model.alphas_), rtol=1e-6)


@pytest.mark.parametrize("estimator", SINGLE + MULTI)
@pytest.mark.parametrize("shape", [(60, 8), (36, 60)])
@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_weights_count_as_repeated_rows(estimator, shape, storage, fit_intercept):
    X, y = make_problem(*shape, n_tasks=2 if estimator in MULTI else 0)
    s = np.random.default_rng(0).integers(0, 4, len(y))
    groups = np.arange(len(y)) % 3
    options = {"alphas": 8, "eps": 0.05, "tol": 1e-10, "max_iter": 100_000, "fit_intercept": fit_intercept}
    repeated = [np.repeat(values, s, axis=0) for values in (X, y, groups)]
    weighted = estimator(cv=list(LeaveOneGroupOut().split(X, groups=groups)), **options)
    weighted.fit(storage(X), y, sample_weight=s)
    other = estimator(cv=list(LeaveOneGroupOut().split(repeated[0], groups=repeated[2])), **options)
    other.fit(storage(repeated[0]), repeated[1])
    np.testing.assert_allclose(weighted.mse_path_, other.mse_path_, rtol=1e-6)
    np.testing.assert_allclose([weighted.alpha_, *weighted.alphas_], [other.alpha_, *other.alphas_])
    np.testing.assert_allclose(weighted.coef_, other.coef_, atol=1e-4 * np.abs(other.coef_).max())


@pytest.mark.parametrize("shape", [(90, 10), (40, 120), (2000, 6)])
@pytest.mark.parametrize("storage", [np.asfortranarray, sp.csc_array])
@pytest.mark.parametrize("estimator", [LassoCV, ElasticNetCV, MultiTaskLassoCV])
def test_results_do_not_depend_on_the_number_of_jobs(shape, storage, estimator):
    X, y = make_problem(*shape, n_tasks=2 if estimator in MULTI else 0)
    X = storage(X)
    models = [estimator(alphas=10, eps=0.02, n_jobs=n_jobs, keep_coefs=True).fit(X, y) for n_jobs in (None, 1, 2, 3)]
    for model in models[1:]:
        for name in ("mse_path_", "coef_path_", "intercept_path_", "coef_", "intercept_", "dual_gap_"):
            assert np.asarray(getattr(model, name)).tobytes() == np.asarray(getattr(models[0], name)).tobytes(), name


def test_the_rule_of_one_standard_error(data):
    X, y = data
    model = LassoCV(selection_rule="1se", cv=6, alphas=40).fit(X, y)
    means = model.mse_path_.mean(axis=1)
    best = means.argmin()
    error = np.sqrt(((model.mse_path_[best] - means[best]) ** 2).sum() / (6 * 5))
    allowed = model.alphas_[means <= means[best] + error]
    assert model.alpha_ == model.alpha_1se_ == allowed.max() > model.alpha_min_ == model.alphas_[best]
    np.testing.assert_allclose(model.mse_mean_, means)
    assert model.mse_se_[best] == pytest.approx(error)
    np.testing.assert_allclose(model.coef_, lassocore.Lasso(alpha=model.alpha_).fit(X, y).coef_, atol=0.5)
    assert LassoCV(cv=6, alphas=40).fit(X, y).alpha_ == model.alpha_min_
    one = LassoCV(cv=[(np.arange(100), np.arange(100, 150))], selection_rule="1se", alphas=40).fit(X, y)
    assert one.alpha_ == one.alpha_min_ and (one.mse_se_ == 0).all()


def test_a_callable_rule(data):
    X, y = data
    seen = []

    def rule(alphas, scores):
        seen.append((alphas, scores))
        return np.int64(7)

    model = ElasticNetCV(selection_rule=rule, l1_ratio=[0.2, 0.9], alphas=15).fit(X, y)
    (alphas, scores), = seen
    chosen = [0.2, 0.9].index(model.l1_ratio_)
    assert model.alpha_ == alphas[7] == model.alphas_[chosen, 7]
    np.testing.assert_array_equal(scores, -model.mse_path_[chosen])
    assert model.mse_mean_.shape == (2, 15) and model.mse_mean_[chosen].min() == model.mse_mean_.min()
    for wrong in (15, -1, 2.0, None, True):
        with pytest.raises(ValueError, match="selection_rule returned"):
            LassoCV(selection_rule=lambda alphas, scores, wrong=wrong: wrong, alphas=15).fit(X, y)


class Negative:
    """A scorer without the signature of scikit-learn's scorers."""

    def __call__(self, estimator, X, y):
        return -np.median(np.abs(estimator.predict(X) - y)) - 0 * estimator.coef_.sum()


@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error", "r2", Negative(), "neg_mean_squared_error"])
@pytest.mark.parametrize("storage", [np.asfortranarray, sp.csr_matrix])
def test_scorers_are_maximised(data, scoring, storage):
    X, y = data
    cv = KFold(3, shuffle=True, random_state=0)
    model = LassoCV(scoring=scoring, cv=cv, alphas=12, tol=1e-10, max_iter=50_000).fit(storage(X), y)
    assert model.score_path_.shape == model.mse_path_.shape == (12, 3)
    assert model.alpha_ == model.alphas_[model.score_path_.mean(axis=1).argmax()]
    for k in (2, 9):
        alone = lassocore.Lasso(alpha=model.alphas_[k], tol=1e-10, max_iter=50_000)
        expected = cross_val_score(alone, X, y, cv=cv, scoring=scoring)
        np.testing.assert_allclose(model.score_path_[k], expected, rtol=1e-5)
    if scoring == "neg_mean_squared_error":
        np.testing.assert_allclose(model.score_path_, -model.mse_path_, rtol=1e-8)


def test_scorers_receive_weights_if_they_accept_them(data):
    X, y = data
    s = np.random.default_rng(0).random(len(y))
    model = LassoCV(scoring="neg_mean_squared_error", alphas=8).fit(X, y, sample_weight=s)
    np.testing.assert_allclose(model.score_path_, -model.mse_path_, rtol=1e-8)
    unweighted = LassoCV(scoring=make_scorer(max_error), alphas=8).fit(X, y, sample_weight=s)      # no weights
    assert (unweighted.score_path_ > 0).all()
    with sklearn.config_context(enable_metadata_routing=True):
        asked = make_scorer(mean_absolute_error, greater_is_better=False).set_score_request(sample_weight=True)
        silent = make_scorer(mean_absolute_error, greater_is_better=False).set_score_request(sample_weight=False)
        paths = [LassoCV(scoring=scorer, alphas=8).set_fit_request(sample_weight=True).fit(
            X, y, sample_weight=s).score_path_ for scorer in (asked, silent)]
    assert np.abs(paths[0] / paths[1] - 1).max() > 1e-3
    with pytest.raises(ValueError, match="NaN at every alpha"):
        LassoCV(scoring=lambda estimator, X, y: np.nan, alphas=8).fit(X, y)


@pytest.mark.parametrize("n_samples", [60, 400, 3000])
@pytest.mark.parametrize("options", [{}, {"solver": "cd"}, {"scoring": "r2"}, {"positive": True}])
def test_equal_models_are_equal_however_their_errors_are_rounded(n_samples, options):
    """Sums over rows differ in their last bits between alphas, which must not affect the choice."""
    grid = [1.0, 0.5, 0.2, 0.1, 0.01]
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = np.abs(rng.standard_normal((n_samples, 8)))
        y = -X.sum(axis=1) + rng.standard_normal(n_samples)
        same = {"penalty_factor": [0.0] * 2 + [np.inf] * 6, **options}      # two free features, others excluded
        weights = n_samples * rng.dirichlet(np.ones(n_samples)) if seed % 2 else None
        model = LassoCV(alphas=grid, **same).fit(X, y, sample_weight=weights)
        several = ElasticNetCV(alphas=grid, l1_ratio=[0.3, 0.7, 1.0], **same).fit(X, y, sample_weight=weights)
        chosen = lassocore.LassoIC(alphas=grid, penalty_factor=same["penalty_factor"]).fit(X, y, sample_weight=weights)
        np.testing.assert_allclose(model.mse_mean_, model.mse_mean_[0], rtol=1e-13)
        assert model.alpha_ == several.alpha_ == chosen.alpha_ == model.alpha_1se_ == 1.0
        assert several.l1_ratio_ == 0.3


def test_the_first_of_equals_is_chosen_and_the_better_of_unequals():
    first_best = select.first_best
    for scores, expected in [([1.0, 1.0 + 1e-13, 0.5], 0), ([1.0, 1.0 + 1e-9, 0.5], 1), ([-1e-20, -1e-30], 1),
                             ([-2.0, -np.inf, -1.0], 2), ([0.0, np.inf, np.inf], 1), ([-1e300, 0.0, 1e-300], 2)]:
        assert first_best(np.array(scores)) == expected
    assert first_best(np.array([1.0, 2.0, 3.0]), 1.0) == 1


def test_tasks_are_scored_together():
    X, Y = make_problem(50, 6, n_tasks=2)
    model = MultiTaskLassoCV(scoring="neg_mean_squared_error", alphas=6, cv=3, keep_coefs="sparse").fit(X, Y)
    np.testing.assert_allclose(model.score_path_, -model.mse_path_, rtol=1e-8)
    assert len(model.coef_path_) == 3 and len(model.coef_path_[0]) == 6 and model.coef_path_[0][0].shape == (2, 6)


@pytest.mark.parametrize("shape", [(50, 6), (30, 60)])
def test_a_single_task_is_a_single_target(shape):
    X, y = make_problem(*shape)
    one = MultiTaskElasticNetCV(l1_ratio=[0.4, 0.9], alphas=8, keep_coefs=True, scoring="r2").fit(X, y[:, None])
    same = ElasticNetCV(l1_ratio=[0.4, 0.9], alphas=8, keep_coefs=True, scoring="r2").fit(X, y)
    assert one.coef_.shape == (1, shape[1]) and one.intercept_.shape == (1,) and one.predict(X).shape == (shape[0], 1)
    assert one.coef_path_.shape == (2, 5, 8, 1, shape[1]) and one.intercept_path_.shape == (2, 5, 8, 1)
    for name in ("mse_path_", "score_path_", "coef_", "intercept_", "coef_path_", "intercept_path_", "alpha_"):
        np.testing.assert_array_equal(np.ravel(getattr(one, name)), np.ravel(getattr(same, name)))
    sparse = clone(one).set_params(keep_coefs="sparse").fit(X, y[:, None])
    np.testing.assert_array_equal(sparse.coef_path_[1][2][3].toarray(), one.coef_path_[1, 2, 3])


def test_coefficients_of_all_folds_are_kept_on_request(data):
    X, y = data
    splits = list(KFold(3).split(X))
    assert not hasattr(LassoCV(alphas=5).fit(X, y), "coef_path_")
    model = ElasticNetCV(l1_ratio=[0.5, 1.0], cv=splits, alphas=6, keep_coefs=True, tol=1e-10).fit(X, y)
    assert model.coef_path_.shape == (2, 3, 6, 10) and model.intercept_path_.shape == (2, 3, 6)
    for l1, l1_ratio in enumerate([0.5, 1.0]):
        for k, (train, test) in enumerate(splits):
            path = fit_path(X[train], y[train], alphas=model.alphas_[l1], l1_ratio=l1_ratio, tol=1e-10)
            np.testing.assert_allclose(model.coef_path_[l1, k], path.coefs.T, atol=1e-3)
            errors = ((y[test, None] - X[test] @ model.coef_path_[l1, k].T - model.intercept_path_[l1, k]) ** 2).mean(0)
            np.testing.assert_allclose(errors, model.mse_path_[l1, :, k])
    sparse = ElasticNetCV(l1_ratio=[0.5, 1.0], cv=splits, alphas=6, keep_coefs="sparse", tol=1e-10).fit(X, y)
    np.testing.assert_array_equal(sparse.coef_path_[1][2].toarray(), model.coef_path_[1, 2])
    with pytest.raises(ValueError, match="keep_coefs='yes'"):
        LassoCV(keep_coefs="yes").fit(X, y)


@pytest.mark.parametrize("shape", [(90, 10), (40, 120)])
def test_the_refit_is_the_estimator_of_all_rows_and_may_be_left_out(shape):
    X, y = make_problem(*shape)
    model = LassoCV(alphas=20, eps=0.01, tol=1e-9).fit(X, y)
    alone = lassocore.Lasso(alpha=model.alpha_, tol=1e-9, max_iter=50_000).fit(X, y)
    np.testing.assert_allclose(model.coef_, alone.coef_, atol=1e-4)
    measured = lassocore.duality_gap(X, y, model.coef_, intercept=model.intercept_, alpha=model.alpha_)
    assert measured == pytest.approx(model.dual_gap_, abs=1e-12) and measured <= 1e-9 * np.var(y)
    without = clone(model).set_params(refit=False).fit(X, y)
    assert without.alpha_ == model.alpha_ and not hasattr(without, "coef_")
    with pytest.raises(NotFittedError, match="refit=False"):
        without.predict(X)
    with pytest.raises(NotFittedError):
        LassoCV().predict(X)


def test_a_second_fit_forgets_the_first(data):
    X, y = data
    model = LassoCV(alphas=6, keep_coefs=True, scoring="r2").fit(X, y)
    model.set_params(refit=False, keep_coefs=False, scoring=None).fit(X[:, :5], y)
    for name in ("coef_", "intercept_", "dual_gap_", "n_iter_", "coef_path_", "intercept_path_", "score_path_"):
        assert not hasattr(model, name), name


def test_a_refused_fit_keeps_the_model(data):
    X, y = data
    model = LassoCV(alphas=6).fit(X, y)
    expected = model.predict(X)
    for name, value in (("tol", -1.0), ("alphas", [-1.0]), ("cv", [(np.arange(5), np.arange(0))])):
        model.set_params(**{name: value})
        with pytest.raises(ValueError, match=name):
            model.fit(X, y)
        model.set_params(**{name: LassoCV(alphas=6).get_params()[name]})
        np.testing.assert_array_equal(model.predict(X), expected)


def test_splits_may_come_from_a_generator(data):
    """It can be consumed only once."""
    X, y = data
    splitter = KFold(4)
    expected = LassoCV(cv=splitter, alphas=10).fit(X, y).mse_path_
    for routing in (False, True):
        with sklearn.config_context(enable_metadata_routing=routing):
            model = LassoCV(cv=splitter.split(X), alphas=10).fit(X, y)
            np.testing.assert_array_equal(model.mse_path_, expected)
            adaptive = lassocore.AdaptiveLasso(cv=splitter.split(X), alphas=5).fit(X, y)
            assert adaptive.mse_path_.shape == (5, 4)


def test_groups_are_respected(data):
    X, y = data
    groups = np.arange(len(y)) // 7
    splits = list(GroupKFold(4).split(X, groups=groups))
    expected = LassoCV(cv=splits, alphas=10).fit(X, y).mse_path_
    np.testing.assert_array_equal(LassoCV(cv=GroupKFold(4), alphas=10).fit(X, y, groups=groups).mse_path_, expected)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = LassoCV(cv=GroupKFold(4), alphas=10).fit(X, y, groups=groups)
    np.testing.assert_array_equal(routed.mse_path_, expected)
    with pytest.raises(ValueError, match="groups.*enable_metadata_routing=True"):
        LassoCV(cv=4).fit(X, y, groups=groups)
    with pytest.raises(ValueError, match="colour.*enable_metadata_routing=True"):
        LassoCV(cv=GroupKFold(4)).fit(X, y, groups=groups, colour=groups)


def test_weights_that_are_all_zero_are_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="zero for all samples"):
        LassoCV().fit(X, y, sample_weight=np.zeros(len(y)))
    s = np.ones(len(y))
    s[30:60] = 0
    for estimator, target in ((LassoCV, y), (MultiTaskLassoCV, np.column_stack([y, y]))):
        with pytest.raises(ValueError, match="zero for all held-out rows of fold 1 "):
            estimator(cv=5).fit(X, target, sample_weight=s)
        with pytest.raises(ValueError, match="zero for all training rows of fold 0 "):
            estimator(cv=[(np.arange(30, 60), np.arange(30))]).fit(X, target, sample_weight=s)


def test_a_scalar_weight_is_ignored(data):
    X, y = data
    expected = LassoCV(alphas=8).fit(X, y)
    for s in (123.0, np.ones(len(y)), np.full(len(y), 8.0)):
        np.testing.assert_array_equal(LassoCV(alphas=8).fit(X, y, sample_weight=s).mse_path_, expected.mse_path_)


def test_input_may_be_read_only_and_is_not_changed(data):
    for X, y in (data, make_problem(40, 90)):
        s, splits = np.random.default_rng(0).random(len(y)), list(KFold(3).split(X))
        copies = [X.copy(order="F"), y.copy(), s.copy(), *(rows.copy() for split in splits for rows in split)]
        frozen = [X, y, s, *(rows for split in splits for rows in split)]
        for values in frozen:
            values.flags.writeable = False
        LassoCV(cv=splits, alphas=8).fit(X, y, sample_weight=s)
        for values, copy in zip(frozen, copies, strict=True):
            np.testing.assert_array_equal(values, copy)
        for values in frozen:
            values.flags.writeable = True


def test_non_convergence_warns_once_and_keeps_results(data):
    X, y = data
    for options in ({"solver": "cd"}, {"cv": 3, "n_jobs": 2, "solver": "cd"}):
        with pytest.warns(ConvergenceWarning, match=r"of \d+ alphas of \d paths") as caught:
            model = LassoCV(max_iter=2, tol=1e-14, alphas=10, **options).fit(X, y)
        assert len(caught) == 1 and np.isfinite(model.mse_path_).all() and np.isfinite(model.coef_).all()
        assert caught[0].filename == __file__


@pytest.mark.parametrize("estimator", SINGLE + MULTI)
def test_parameters_are_validated(data, estimator):
    X, y = data
    y = np.column_stack([y, y]) if estimator in MULTI else y
    cases = [("tol", -1e-3), ("max_iter", 0), ("eps", 0.0), ("alphas", 0), ("alphas", [1.0, -1.0]), ("alphas", []),
             ("alphas", [True]), ("alphas", np.array([True])), ("selection", "greedy"), ("selection_rule", "2se"),
             ("penalty_factor", [1.0]), ("cv", "five")]
    for name, value in cases:
        with pytest.raises(ValueError, match="cv" if name == "cv" else name):
            estimator(**{name: value}).fit(X, y)
    for alphas in (None, 0.5, "a", np.array(0.5), True, False, np.True_):
        with pytest.raises(ValueError, match="alphas="):
            estimator(alphas=alphas).fit(X, y)
    if estimator in (ElasticNetCV, MultiTaskElasticNetCV):
        for l1_ratio in (None, "a", [], np.nan, [0.5, np.nan], [0.5, 2.0], [[0.5]]):
            with pytest.raises(ValueError, match="l1_ratio="):
                estimator(l1_ratio=l1_ratio).fit(X, y)
    if estimator in SINGLE:
        with pytest.raises(ValueError, match="precompute='yes'"):
            estimator(precompute="yes").fit(X, y)
    with pytest.raises(ValueError, match="scoring"):
        estimator(scoring=3).fit(X, y)
    with pytest.raises(TypeError, match=r"alphas\[1\]"):
        estimator(alphas=[1.0, "a"]).fit(X, y)
    with pytest.raises(ValueError, match="use MultiTask|use LassoCV|use ElasticNetCV"):
        estimator().fit(X, y[:, 0] if estimator in MULTI else np.column_stack([y, y]))


def test_float32_stays_float32(data):
    X, y = data
    model = LassoCV(alphas=10, keep_coefs=True).fit(X.astype(np.float32), y)
    assert model.coef_.dtype == model.coef_path_.dtype == np.float32 and model.mse_path_.dtype == np.float64
    np.testing.assert_allclose(model.mse_path_, LassoCV(alphas=10).fit(X, y).mse_path_, rtol=1e-4)


def test_pickle_clone_and_processes(data):
    X, y = data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline = make_pipeline(StandardScaler(), LassoCV(alphas=10)).fit(X, y)
    loaded = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(loaded.predict(X), pipeline.predict(X))
    runner = select.JobRunner(None, None, None, None)      # is pickled for other processes
    assert pickle.loads(pickle.dumps(runner)) == runner


def test_names_of_features_are_kept(data):
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    X, y = data
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
    model = LassoCV(alphas=5).fit(frame, y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"] and model.n_features_in_ == 3
