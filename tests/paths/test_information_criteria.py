# Lives here: information criteria against NumPy, brute force and scikit-learn. Independent of: kernels.
"""Degrees of freedom, noise variances, AIC, BIC and EBIC of paths, and LassoIC."""
import itertools
import pickle
from math import comb

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import make_data
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LassoLarsIC, LinearRegression, lars_path
from sklearn.utils.estimator_checks import parametrize_with_checks

import lassocore.problems.problem
from lassocore import LassoIC, fit_path
from lassocore.designs import gram_matrix
from lassocore.designs import rank as rank_of_columns
from lassocore.models import path_json
from lassocore.paths import information_criteria


@parametrize_with_checks([
    LassoIC(), LassoIC("ebic", standardize=True), LassoIC("bic", l1_ratio=0.5, noise_variance=1.0),
    LassoIC("bic", noise_variance="profile", positive=True),
])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True)


@pytest.mark.parametrize("criterion", ["aic", "bic"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_agrees_with_scikit_learn_between_the_knots(diabetes, criterion, fit_intercept):
    """At a knot LARS may count a coefficient of the size of rounding; elsewhere df is the same."""
    X, y = diabetes
    peer = LassoLarsIC(criterion, fit_intercept=fit_intercept).fit(X, y)
    alphas = (peer.alphas_[1:] + peer.alphas_[:-1]) / 2
    ours = LassoIC(criterion, alphas=alphas, fit_intercept=fit_intercept, tol=1e-14).fit(X, y)
    coefs = lars_path(X, y - y.mean() if fit_intercept else y, method="lasso")[2]
    coefs = (coefs[:, 1:] + coefs[:, :-1]) / 2
    residuals = (y - y.mean() if fit_intercept else y)[:, None] - X @ coefs
    variance, df = peer.noise_variance_, np.count_nonzero(coefs, axis=0)
    df_cost = 2 if criterion == "aic" else np.log(len(y))
    expected = len(y) * np.log(2 * np.pi * variance) + (residuals**2).sum(0) / variance + df_cost * df
    np.testing.assert_allclose(ours.criterion_, expected, rtol=1e-8)
    assert ours.noise_variance_ == pytest.approx(variance, rel=1e-10) and (ours.df_path_ == df).all()
    assert ours.alpha_ == alphas[expected.argmin()] and ours.alphas_ is not peer.alphas_


def test_at_the_knots_of_scikit_learn_the_likelihood_is_the_same(diabetes):
    X, y = diabetes
    for criterion, df_cost in (("aic", 2.0), ("bic", np.log(len(y)))):
        peer = LassoLarsIC(criterion).fit(X, y)
        ours = LassoIC(criterion, alphas=peer.alphas_, tol=1e-14).fit(X, y)
        counted = (ours.criterion_ - peer.criterion_) / df_cost
        np.testing.assert_allclose(counted, counted.round(), atol=1e-6)
        assert (np.abs(counted.round()) <= 1).all() and np.count_nonzero(counted.round()) <= 2


def trace_of_fit(X, y, alpha, options, step=1e-3):
    """d fit / d y by differences, as the map from y to the fit is piecewise linear."""
    def fitted(y):
        path = fit_path(X, y, alphas=[alpha], tol=1e-15, **options)
        return path.predict(X)[:, 0]

    return sum((fitted(y + step * e) - fitted(y - step * e)) @ e for e in np.eye(len(y))) / (2 * step)


@pytest.mark.parametrize("options", [
    {}, {"l1_ratio": 0.5}, {"l1_ratio": 0.0}, {"standardize": True, "l1_ratio": 0.7}, {"positive": True},
    {"bounds": (-0.3, 0.4)}, {"penalty_factor": [0.0, 2.0, 1.0, np.inf, 1.0, 1.0, 1.0, 1.0, 1.0]},
    {"penalty_factor": [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], "bounds": (0.0, 0.3), "l1_ratio": 0.8},
    {"fit_intercept": False},
], ids=str)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("alpha", [0.02, 0.3])
def test_degrees_of_freedom_are_the_trace_of_the_map_from_y_to_the_fit(options, tied, alpha):
    """Stein: df is the expected divergence of the fit; here the divergence by brute force."""
    X, y, _ = make_data(3, 20, 9)
    if tied:                            # a duplicate, and a sum of two others
        X[:, 5], X[:, 7] = X[:, 0], X[:, 1] + X[:, 2]
    path = fit_path(X, y, alphas=[alpha], tol=1e-13, **options)
    problem = information_criteria.problem_of(path.sample, X, 9)
    found = information_criteria.degrees_of_freedom(path, problem)[0]
    divergence = trace_of_fit(X, y, alpha, options) - options.get("fit_intercept", True)
    assert found == pytest.approx(divergence, abs=1e-5)


def test_ties_count_once(monkeypatch):
    X, y, _ = make_data(0, 30, 5)
    doubled = np.hstack([X, X[:, :3], X[:, :1] - X[:, 1:2]])
    single, double = LassoIC("bic", alphas=[0.1, 0.01]).fit(X, y), LassoIC("bic", alphas=[0.1, 0.01]).fit(doubled, y)
    support = double.coef_ != 0
    assert support.sum() > np.linalg.matrix_rank(doubled[:, support] - doubled[:, support].mean(0))
    assert double.df_path_.max() <= 5 and (double.df_path_ == single.df_path_).all()
    without = fit_path(doubled, y, alphas=[0.1, 0.01]).information_criterion("bic", noise_variance=1.0)
    within = fit_path(doubled, y, alphas=[0.1, 0.01]).information_criterion("bic", noise_variance=1.0, X=doubled)
    assert (without > within + np.log(30) / 2).any()


@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
@pytest.mark.parametrize("distance", [0.0, 1e-9, 1e-5, 1.0])
def test_rank_of_columns_near_a_tie(storage, distance, monkeypatch):
    """From Gram matrices where these are decisive, else from columns; from Gram matrices again with many columns."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((40, 6)) * (rng.random((40, 6)) < 0.6)
    X[:, 5] = X[:, 0] + X[:, 1] + distance * rng.standard_normal(40)
    problem = lassocore.problems.problem.as_problem(storage(X), np.zeros(40))
    columns, ridge = np.arange(6), np.array([0.0, 0.0, 0.0, 1.0, 2.0, 0.0])
    rank = information_criteria.rank_of(problem, columns)
    assert rank == np.linalg.matrix_rank(X - X.mean(0)) == (5 if distance == 0.0 else 6)
    gram = problem.design.gram(columns)
    Z = X - X.mean(0)
    expected = np.trace(Z @ np.linalg.pinv(np.vstack([Z, np.diag(np.sqrt(ridge))]))[:, :40])
    assert rank_of_columns.effective_rank(problem.design, columns, gram, ridge) == pytest.approx(expected, abs=1e-6)
    monkeypatch.setattr(rank_of_columns, "MAX_BLOCK_ENTRIES", 10)
    monkeypatch.setattr(gram_matrix, "MAX_GATHERED", 80)
    if distance in (0.0, 1.0):
        assert information_criteria.rank_of(problem, columns) == rank
        np.testing.assert_allclose(problem.design.gram(columns), Z.T @ Z, atol=1e-12)
        found = rank_of_columns.effective_rank(problem.design, columns, gram, ridge)
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("shape", [(60, 8), (30, 80)])
@pytest.mark.parametrize("criterion", ["aic", "bic", "ebic"])
def test_formulas(shape, criterion):
    X, y, _ = make_data(5, *shape)
    model = LassoIC(criterion, gamma=0.5, tol=1e-10).fit(X, y)
    n, p = shape
    path = fit_path(X, y, tol=1e-10)
    rss = ((y[:, None] - path.predict(X)) ** 2).sum(0)
    df = path.n_nonzero
    if n > p:
        variance = ((y - LinearRegression().fit(X, y).predict(X)) ** 2).sum() / (n - p - 1)
    else:
        half = df <= n / 2
        best = np.argmin(rss[half] / (n - df[half] - 1) ** 2)
        variance = rss[best] / (n - df[best] - 1)
    models = np.array([2 * 0.5 * np.log(float(comb(p, k))) for k in df])
    expected = n * np.log(2 * np.pi * variance) + rss / variance + df * (2 if criterion == "aic" else np.log(n))
    expected = expected + (models if criterion == "ebic" else 0)
    assert model.noise_variance_ == pytest.approx(variance, rel=1e-6)
    np.testing.assert_allclose(model.criterion_, expected, rtol=1e-6)
    assert model.alpha_ == path.alphas[expected.argmin()]
    np.testing.assert_array_equal(model.coef_, path.coefs[:, expected.argmin()])
    np.testing.assert_allclose(model.predict(X), path.predict(X, alpha=model.alpha_))
    given = path.information_criterion(criterion, noise_variance=variance, gamma=0.5)
    np.testing.assert_allclose(given, expected, rtol=1e-6)
    np.testing.assert_array_equal(path.information_criterion(criterion, noise_variance=variance, gamma=0.5, X=X), given)
    profile = path.information_criterion(criterion, noise_variance="profile", gamma=0.5) - given
    np.testing.assert_allclose(profile, n * np.log(rss / n / variance) + n - rss / variance, rtol=1e-6, atol=1e-8)


def test_the_penalty_of_ebic_counts_models_of_penalised_features():
    X, y, _ = make_data(2, 40, 9)
    options = {"penalty_factor": [0.0, np.inf, *np.ones(7)], "tol": 1e-10}
    path = fit_path(X, y, **options)
    difference = [path.information_criterion("ebic", gamma=gamma, X=X) for gamma in (1.0, 0.0)]
    models = [sum(1 for _ in itertools.combinations(range(7), k - 1)) for k in path.n_nonzero]
    np.testing.assert_allclose(difference[0] - difference[1], 2 * np.log(models), atol=1e-9)
    np.testing.assert_array_equal(difference[1], path.information_criterion("bic", X=X))


@pytest.mark.parametrize("noise_variance", [None, 2.0, "profile"])
@pytest.mark.parametrize("shape", [(40, 6), (20, 30)])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.6])
def test_weights_are_repeated_rows_and_sparse_is_dense(noise_variance, shape, l1_ratio):
    X, y, rng = make_data(4, *shape, density=0.5)
    s = rng.integers(0, 4, len(y))
    options = {"criterion": "ebic", "noise_variance": noise_variance, "l1_ratio": l1_ratio, "tol": 1e-11}
    repeated = LassoIC(**options).fit(np.repeat(X, s, axis=0), np.repeat(y, s))
    for storage in (np.asfortranarray, np.ascontiguousarray, sp.csc_array, sp.csr_matrix):
        weighted = LassoIC(**options).fit(storage(X), y, sample_weight=s)
        for name in ("alphas_", "criterion_", "df_path_", "noise_variance_", "coef_", "intercept_"):
            np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-6, atol=1e-9)
        path = fit_path(storage(X), y, sample_weight=s, l1_ratio=l1_ratio, tol=1e-11)
        found = path.information_criterion("ebic", noise_variance=weighted.noise_variance_ if noise_variance is None
                                           else noise_variance, X=storage(X))
        np.testing.assert_allclose(found, repeated.criterion_, rtol=1e-6)


def test_the_noise_variance_of_more_features_than_samples_is_near_the_truth():
    """Means over data sets of variance 1; least squares would give 0."""
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((80, 200))
        found.append(LassoIC().fit(X, X[:, :4] @ [2.0, -1.0, 1.0, 2.0] + rng.standard_normal(80)).noise_variance_)
    assert 0.7 < np.mean(found) < 1.2


def test_perfect_fits_and_constant_targets_have_a_criterion():
    X, y, _ = make_data(0, 30, 4)
    exact = LassoIC(tol=1e-12).fit(X, X @ [1.0, 0.0, 2.0, 0.0])
    assert np.isfinite(exact.criterion_).all() and exact.alpha_ == exact.alphas_[-1]
    constant = LassoIC("bic", noise_variance="profile").fit(X, np.ones(30))
    assert np.isfinite(constant.criterion_).all() and not constant.coef_.any() and constant.intercept_ == 1.0


def test_float32_and_pickles(diabetes):
    X, y = diabetes
    single = LassoIC().fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32 and (single.df_path_ == LassoIC().fit(X, y).df_path_).all()
    path = pickle.loads(pickle.dumps(fit_path(X, y)))
    np.testing.assert_array_equal(path.information_criterion(X=X), fit_path(X, y).information_criterion(X=X))


def test_what_is_refused(diabetes):
    X, y = diabetes
    path = fit_path(X, y, alphas=5)
    for name, value in [("criterion", "cp"), ("noise_variance", 0.0), ("noise_variance", "ols"), ("gamma", 1.5)]:
        with pytest.raises(ValueError, match=f"{name}={value!r}"):
            path.information_criterion(**{name: value})
        with pytest.raises(ValueError, match=f"{name}={value!r}"):
            LassoIC(**{name: value}).fit(X, y)
    with pytest.raises(ValueError, match=r"X has shape \(10, 10\)"):
        path.information_criterion(X=X[:10])
    with pytest.raises(ValueError, match="l1_ratio=0.5 needs X"):
        fit_path(X, y, alphas=5, l1_ratio=0.5).information_criterion()
    with pytest.raises(ValueError, match="relax=0.5"):
        fit_path(X, y, alphas=5, relax=0.5).information_criterion()
    shares = np.full(len(y), 1 / len(y))
    for call in (LassoIC().fit, lambda X, y, sample_weight: fit_path(
            X, y, sample_weight=sample_weight).information_criterion()):
        with pytest.raises(ValueError, match="sums to 1 over 442 rows"):
            call(X, y, sample_weight=shares)
    with pytest.raises(ValueError, match="read from a file"):
        path_json.path_from_dict(path_json.path_to_dict(path)).information_criterion()
