# Lives here: the estimators against scikit-learn's. Independent of: kernels.
"""Lasso and ElasticNet: scikit-learn's conventions, parameters and attributes."""
import pickle
import warnings
from inspect import signature

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model as sk
from sklearn.base import clone
from sklearn.datasets import load_diabetes, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import lassocore
from lassocore import ElasticNet, Lasso, duality_gap


@parametrize_with_checks([
    Lasso(), ElasticNet(), Lasso(alpha=0.01, precompute=True), Lasso(positive=True, selection="shuffled"),
    ElasticNet(selection="random", warm_start=True), ElasticNet(standardize=True, precompute="auto"),
])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def data():
    X, y = load_diabetes(return_X_y=True)
    return np.asfortranarray(X + 0.3), y


def objective(X, y, model, alpha, l1_ratio, s=None):
    s = np.ones(len(y)) if s is None else s
    r = y - X @ model.coef_ - model.intercept_
    w = model.coef_
    return (s @ r**2) / (2 * s.sum()) + alpha * (l1_ratio * np.abs(w).sum() + 0.5 * (1 - l1_ratio) * (w @ w))


@pytest.mark.parametrize("l1_ratio", [1.0, 0.6, 0.0])
@pytest.mark.parametrize("options", [
    {}, {"positive": True}, {"fit_intercept": False}, {"selection": "random", "random_state": 3}, {"precompute": True},
    {"selection": "shuffled", "random_state": 3},
])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_matrix, sp.csr_array])
def test_agrees_with_scikit_learn_by_objective(data, l1_ratio, options, weighted, storage):
    X, y = data
    s = np.random.default_rng(0).random(len(y)) if weighted else None
    theirs = {k: v for k, v in options.items() if v != "shuffled"}
    kwargs = {"alpha": 0.05, "l1_ratio": l1_ratio, "tol": 1e-10, "max_iter": 200_000}
    ours = ElasticNet(**kwargs, **options).fit(storage(X), y, sample_weight=s)
    peer = sk.ElasticNet(**kwargs, **theirs).fit(X, y, sample_weight=s)
    start = (y - np.average(y, weights=s)) @ (y - np.average(y, weights=s)) / (2 * len(y))
    assert objective(X, y, ours, 0.05, l1_ratio, s) <= objective(X, y, peer, 0.05, l1_ratio, s) + 1e-9 * start
    np.testing.assert_allclose(ours.predict(X), peer.predict(X), rtol=1e-4)
    measured = duality_gap(X, y, ours.coef_, intercept=ours.intercept_, alpha=0.05, l1_ratio=l1_ratio, sample_weight=s,
                           fit_intercept=ours.fit_intercept, positive=ours.positive)
    assert measured <= 1e-9 * start
    assert ours.dual_gap_ <= 1e-9 * start


@pytest.mark.parametrize("model", [
    Lasso(), lassocore.LassoCV(), lassocore.ElasticNetCV(), lassocore.LassoIC(), lassocore.AdaptiveLasso(),
    lassocore.GroupLasso(groups=[0, 1] * 5), lassocore.GroupLassoCV(groups=[0, 1] * 5)], ids=lambda m: type(m).__name__)
def test_the_intercept_of_one_target_is_a_number(data, model):
    X, y = data
    model = clone(model).fit(X, y)
    assert isinstance(model.intercept_, float)
    assert model.intercept_ == pytest.approx(y.mean() - X.mean(axis=0) @ model.coef_)


def test_attributes(data):
    X, y = data
    model = Lasso(alpha=0.5).fit(X, y)
    assert model.coef_.shape == (10,) and isinstance(model.n_iter_, int) and model.n_iter_ > 0
    assert model.sparse_coef_.shape == (1, 10) and (model.sparse_coef_.toarray()[0] == model.coef_).all()
    assert np.ndim(model.intercept_) == 0 and model.dual_gap_ >= 0
    assert model.score(X, y) == pytest.approx(sk.Lasso(alpha=0.5).fit(X, y).score(X, y), abs=1e-3)
    single = Lasso(alpha=0.5).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32


class Labelled(np.ndarray):
    """An array of a library of its own."""


def moved_by_a_byte(values):
    """The same numbers at an odd address."""
    buffer = np.zeros(values.nbytes + 1, np.uint8)
    moved = buffer[1:].view(np.float64)[:values.size].reshape(values.shape)
    moved[...] = values
    return moved


def mapped(values, folder):
    """The same numbers in a file."""
    target = np.memmap(folder / str(len(list(folder.iterdir()))), np.float64, "w+", shape=values.shape, order="F")
    target[...] = values
    return target


@pytest.mark.parametrize("kind", [
    "plain", "C order", "subclass", "big endian", "read-only", "strided", "backwards", "odd address", "memory map",
    "list",
])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_every_kind_of_array_gives_the_same_fit(data, kind, fit_intercept, tmp_path):
    """Plain arrays pass scikit-learn's checks by; others must not go the same way by mistake."""
    X, y = data
    model = Lasso(alpha=0.1, fit_intercept=fit_intercept)
    expected = clone(model).fit(X, y)
    convert = {
        "plain": np.copy, "C order": np.ascontiguousarray, "subclass": lambda a: a.view(Labelled),
        "big endian": lambda a: a.astype(">f8"), "read-only": lambda a: np.frombuffer(a.tobytes()).reshape(a.shape),
        "strided": lambda a: np.repeat(a, 2, axis=0)[::2], "backwards": lambda a: a[::-1].copy()[::-1],
        "odd address": moved_by_a_byte, "memory map": lambda a: mapped(a, tmp_path), "list": np.ndarray.tolist,
    }[kind]
    for pair in ((convert(X), y), (X, convert(y)), (convert(X), convert(y))):
        found = clone(model).fit(*pair)
        np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-9)
        np.testing.assert_allclose(found.intercept_, expected.intercept_, rtol=1e-9)
        assert found.n_features_in_ == 10 and isinstance(found.coef_, np.ndarray) and found.coef_.dtype == np.float64
    path = lassocore.fit_path(convert(X), convert(y), alphas=[0.1], fit_intercept=fit_intercept)
    np.testing.assert_allclose(path.coefs[:, 0], expected.coef_, rtol=1e-9)


@pytest.mark.parametrize("X, y", [
    (np.ones((4, 2)), np.array([1.0, np.nan, 2.0, 3.0])), (np.ones((4, 2)), np.array([1.0, np.inf, 2.0, 3.0])),
    (np.ones((4, 2)), np.ones(3)), (np.ones((4, 2)), np.ones((4, 1, 1))), (np.ones((4, 2)), None),
    (np.ones((4, 2)), np.ones(4) * 1j), (np.ones((4, 2)) * 1j, np.ones(4)), (np.ones(4), np.ones(4)),
    (np.ones((0, 2)), np.ones(0)), (np.ones((4, 0)), np.ones(4)), (np.ones((4, 2, 1)), np.ones(4)),
    (np.full((4, 2), "a"), np.ones(4)), (np.matrix(np.ones((4, 2))), np.ones(4)),
])
def test_what_scikit_learn_refuses_is_refused_in_its_words(X, y):
    with pytest.raises((ValueError, TypeError)) as theirs:
        sk.Lasso().fit(X, y)
    with pytest.raises(type(theirs.value)) as ours:
        Lasso().fit(X, y)
    assert str(theirs.value) in str(ours.value)
    assert str(theirs.value) == str(ours.value) or "column 0 of X holds 'a'" in str(ours.value)


@pytest.mark.parametrize("place", [(0, 0), (441, 9)])
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("order", ["C", "F"])
def test_what_is_not_finite_in_X_is_refused(data, place, value, order):
    X, y = data
    X = X.copy(order=order)
    X[place] = value
    with pytest.raises(ValueError, match=f"Input X contains {'NaN' if np.isnan(value) else 'infinity'} in column"):
        Lasso().fit(X, y)


def test_feature_names_are_those_of_the_last_fit(data):
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    X, y = data
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
    model = Lasso(alpha=0.1).fit(frame, y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"] and model.n_features_in_ == 3
    model.fit(X, y)
    assert not hasattr(model, "feature_names_in_") and model.n_features_in_ == 10
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(X)
    assert model.fit(frame, y).feature_names_in_.tolist() == ["a", "b", "c"]


def test_targets_are_fitted_as_if_alone(data):
    X, y = data
    Y = np.column_stack([y, -2 * y, X[:, 3]])
    model = Lasso(alpha=0.01, tol=1e-10, max_iter=50_000).fit(X, Y)
    assert model.coef_.shape == (3, 10) and model.intercept_.shape == (3,) and len(model.n_iter_) == 3
    assert model.dual_gap_.shape == (3,) and model.predict(X).shape == Y.shape
    for k in range(3):
        alone = Lasso(alpha=0.01, tol=1e-10, max_iter=50_000).fit(X, Y[:, k])
        np.testing.assert_allclose(model.coef_[k], alone.coef_, atol=1e-4 * np.abs(alone.coef_).max())
    column = Lasso(alpha=0.01).fit(X, y[:, None])
    assert column.coef_.shape == (10,) and column.intercept_.shape == (1,)


def test_warm_start_starts_from_the_last_fit(data):
    X, y = data
    model = Lasso(alpha=1e-3, warm_start=True, tol=1e-8, max_iter=10_000, solver="cd").fit(X, y)
    first = model.n_iter_
    assert first > 20 and model.fit(X, y).n_iter_ < first / 5
    assert clone(model).set_params(warm_start=False).fit(X, y).n_iter_ == first
    assert model.fit(X[:, :4], np.column_stack([y, y])).coef_.shape == (2, 4)       # another shape: a cold start


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_a_gram_matrix_gives_the_same_fit(data, fit_intercept, weighted):
    X, y = data
    s = np.random.default_rng(1).random(len(y)) if weighted else np.ones(len(y))
    if fit_intercept:
        X = np.asfortranarray(X - np.average(X, axis=0, weights=s))
    scaled = s * len(s) / s.sum()
    gram = X.T @ (scaled[:, None] * X)
    kwargs = {"alpha": 0.02, "tol": 1e-10, "max_iter": 50_000, "fit_intercept": fit_intercept}
    plain = Lasso(**kwargs).fit(X, y, sample_weight=s)
    for precompute in (gram, True, "auto", gram.tolist()):
        model = Lasso(precompute=precompute, **kwargs).fit(X, y, sample_weight=s)
        np.testing.assert_allclose(model.coef_, plain.coef_, rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(model.intercept_, plain.intercept_)


def test_a_gram_matrix_is_checked(data):
    X, y = data
    X = np.asfortranarray(X - X.mean(0))
    gram = X.T @ X
    wrong = gram.copy()
    wrong[5, 6] += 1.0
    spoilt = [gram.copy() for _ in range(3)]
    spoilt[0][0, 3], spoilt[1][3, 0], spoilt[2][9, 2] = np.inf, np.nan, 1e3
    for bad in (wrong, 2 * gram, gram + 0.1 * np.eye(10), *spoilt):
        with pytest.raises(ValueError, match="did not pass validation"):
            Lasso(precompute=bad).fit(X, y)
    with pytest.raises(ValueError, match="has shape"):
        Lasso(precompute=gram[:5, :5]).fit(X, y)
    with pytest.raises(ValueError, match="precompute='yes'"):
        Lasso(precompute="yes").fit(X, y)
    with pytest.warns(UserWarning, match="recomputing Gram"):
        model = Lasso(alpha=0.1, precompute=gram).fit(X + 1.0, y)
    np.testing.assert_allclose(model.coef_, Lasso(alpha=0.1).fit(X + 1.0, y).coef_, atol=0.1)


def test_penalty_factor_bounds_and_standardize_reach_the_problem(data):
    X, y = data
    options = {"penalty_factor": np.array([0.0, np.inf, *np.ones(8)]), "bounds": (-100.0, 300.0), "standardize": True}
    model = Lasso(alpha=1.0, tol=1e-9, max_iter=20_000, **options).fit(X, y)
    path = lassocore.fit_path(X, y, alphas=[1.0], tol=1e-9, **options)
    np.testing.assert_array_equal(model.coef_, path.coefs[:, 0])
    assert model.coef_[1] == 0 and model.coef_.min() >= -100.0 and model.coef_.max() == 300.0


def test_parameters_are_validated(data):
    X, y = data
    for name, value in [("alpha", -1.0), ("alpha", np.nan), ("alpha", "1"), ("l1_ratio", 1.5), ("tol", -1e-3),
                        ("max_iter", 0), ("max_iter", 2.5), ("selection", "greedy"), ("solver", "magic"),
                        ("penalty_factor", [1.0]), ("bounds", (1.0, 2.0))]:
        with pytest.raises(ValueError, match=name):
            ElasticNet(**{name: value}).fit(X, y)


def test_non_convergence_warns_once_and_keeps_the_result(data):
    X, y = data
    with pytest.warns(ConvergenceWarning, match=r"1 of 1 alphas.*gap.*tolerance.*alpha=0.0001") as caught:
        model = Lasso(alpha=1e-4, max_iter=3, tol=1e-12, solver="cd").fit(X, y)
    assert len(caught) == 1 and np.isfinite(model.coef_).all() and model.n_iter_ == 3
    assert caught[0].filename == __file__


def test_lives_in_the_ecosystem(data):
    X, y = data
    pipeline = make_pipeline(StandardScaler(), GridSearchCV(Lasso(), {"alpha": [0.1, 1.0, 10.0]}, cv=3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pipeline.fit(X, y).score(X, y) > 0.4
    loaded = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(loaded.predict(X), pipeline.predict(X))


@pytest.mark.parametrize("name", ["lasso_path", "enet_path"])
@pytest.mark.parametrize("shape", [(60, 20), (20, 60)])
def test_paths_return_what_scikit_learn_returns(name, shape):
    X, y = make_regression(*shape, noise=1.0, random_state=0)
    kwargs = {"alphas": 7, "tol": 1e-10, "max_iter": 100_000, "return_n_iter": True}
    ours = getattr(lassocore, name)(X, y, **kwargs)
    if signature(getattr(sk, name)).parameters["n_alphas"].default == 100:     # before 1.9 alphas is no number
        kwargs["n_alphas"] = kwargs.pop("alphas")
    theirs = getattr(sk, name)(X, y, **kwargs)
    assert len(ours) == len(theirs) == 4 and isinstance(ours[3], list)
    np.testing.assert_allclose(ours[0], theirs[0])
    np.testing.assert_allclose(ours[1], theirs[1], atol=1e-3 * np.abs(theirs[1]).max())
    assert (ours[2] <= 1e-10 * y @ y / len(y)).all()
    with pytest.warns(FutureWarning, match="n_alphas"):
        assert len(getattr(lassocore, name)(X, y, n_alphas=3)[0]) == 3
    assert getattr(lassocore, name)(X, np.column_stack([y, y]), alphas=3)[1].shape == (2, shape[1], 3)


def test_paths_honour_implicit_centring_of_sparse_columns():
    X = sp.random(80, 30, density=0.2, format="csc", random_state=0)
    y = np.asarray(X.sum(1)).ravel() + np.random.default_rng(0).standard_normal(80)
    y -= y.mean()
    means = np.asarray(X.mean(0)).ravel()
    kwargs = {"alphas": [0.05, 0.01], "tol": 1e-12, "max_iter": 10_000}
    _, coefs, _ = lassocore.lasso_path(X, y, X_offset=means, X_scale=np.ones(30), **kwargs)
    _, expected, _ = lassocore.lasso_path(X.toarray() - means, y, **kwargs)
    np.testing.assert_allclose(coefs, expected, atol=1e-7)
    with pytest.raises(ValueError, match="means"):
        lassocore.lasso_path(X, y, X_offset=means + 1.0, **kwargs)
