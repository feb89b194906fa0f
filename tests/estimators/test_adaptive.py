# Lives here: AdaptiveLasso against rescaled columns and plain loops. Independent of: how ridge is factorised.
"""The adaptive lasso: weights, initial estimates, cross-validation, scikit-learn's conventions."""
import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import make_data
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils.estimator_checks import parametrize_with_checks

import lassocore.cross_validation.ridge
import lassocore.estimators.adaptive
from lassocore import AdaptiveLasso, LassoCV, duality_gap, fit_path
from lassocore.cross_validation import adaptive_weights

SHAPES = [(60, 8), (24, 70)]


@parametrize_with_checks([
    AdaptiveLasso(cv=3, alphas=20, tol=1e-12), AdaptiveLasso(pilot="lasso", cv=3, alphas=20, standardize=True),
    AdaptiveLasso(alpha=0.1, cv=3, gamma=0.5, positive=True),
])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array, sp.csr_matrix])
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_is_the_lasso_on_rescaled_columns(storage, gamma):
    X, y, rng = make_data(1, 40, 8)
    s, pilot = rng.random(40), rng.standard_normal(8)
    pilot[[2, 5]] = 0.0
    model = AdaptiveLasso(0.05, pilot=pilot, gamma=gamma, tol=1e-12).fit(storage(X), y, sample_weight=s)
    scale = np.abs(pilot) ** gamma
    path = fit_path(np.asfortranarray(X * scale), y, alphas=[0.05], sample_weight=s, tol=1e-12)
    np.testing.assert_allclose(model.coef_, path.coefs[:, 0] * scale, atol=1e-6)
    assert model.intercept_ == pytest.approx(path.intercepts[0], abs=1e-6) and model.alpha_ == 0.05
    assert not model.coef_[[2, 5]].any() and np.isinf(model.penalty_factor_[[2, 5]]).all()
    gap = duality_gap(X, y, model.coef_, alpha=0.05, sample_weight=s, penalty_factor=model.penalty_factor_)
    assert gap == pytest.approx(model.dual_gap_, abs=1e-12)
    assert model.pilot_alpha_ is None and not hasattr(model, "mse_path_")


def cross_validated(X, y, s, folds, alphas, fit):
    """(mean held-out errors, models): fit(X, y, s, alpha) returns coefficients and intercept."""
    models = [[fit(X[train], y[train], s[train], alpha) for alpha in alphas] for train, _ in folds]
    errors = [[np.average((y[test] - X[test] @ w - b) ** 2, weights=s[test]) for w, b in fold]
              for (_, test), fold in zip(folds, models, strict=True)]
    return np.mean(errors, axis=0), models


def lasso(factor, standardize):
    def fit(X, y, s, alpha):
        path = fit_path(np.asfortranarray(X), y, alphas=[alpha], sample_weight=s, penalty_factor=factor, tol=1e-10,
                        standardize=standardize)
        return path.coefs[:, 0], path.intercepts[0]
    return fit


def ridge(factor, standardize):
    """scikit-learn's ridge on columns scaled for their penalties; penalty 0 is a tiny one."""
    def fit(X, y, s, alpha):
        mean = np.average(X, weights=s, axis=0)
        sd = np.sqrt(np.average((X - mean) ** 2, weights=s, axis=0)) if standardize else 1.0
        root = np.sqrt(np.maximum(factor, 1e-10)) * sd
        model = Ridge(alpha=alpha * s.sum(), solver="svd").fit((X - mean) / root, y, sample_weight=s)
        return model.coef_ / root, model.intercept_ - mean @ (model.coef_ / root)
    return fit


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pilot", ["ridge", "lasso"])
@pytest.mark.parametrize("standardize", [False, True])
def test_is_what_plain_loops_find(shape, pilot, standardize):
    """Initial estimates by cross-validation, each fold's weights from its own, then alpha, then all rows."""
    X, y, rng = make_data(2, *shape)
    s = rng.uniform(0.5, 2.0, len(y))
    factor = np.where(np.arange(shape[1]) == 3, 0.0, rng.uniform(0.5, 2.0, shape[1]))
    folds = list(KFold(4).split(X))
    if standardize and pilot == "ridge" and shape[1] > shape[0]:
        s = np.ones(len(y))             # folds share the scale of all rows there
        folds = [(np.arange(len(y)), np.arange(len(y)))] * 2
    model = AdaptiveLasso(pilot=pilot, cv=folds, alphas=12, eps=0.01, tol=1e-10, standardize=standardize,
                          penalty_factor=factor, max_iter=100_000).fit(X, y, sample_weight=s)
    fit = ridge(factor, standardize) if pilot == "ridge" else lasso(factor, standardize)
    unit = 1.0 if pilot == "lasso" else adaptive_weights.ridge_alpha_unit(lassocore.problems.problem.as_problem(
        X, y, sample_weight=s, penalty_factor=factor, standardize=standardize))
    if pilot == "lasso":
        largest = lassocore.alpha_max(X, y, sample_weight=s, penalty_factor=factor, standardize=standardize)
        grid = np.geomspace(largest, 1e-3 * largest, adaptive_weights.N_ALPHAS)
    else:
        grid = unit * np.geomspace(*adaptive_weights.RIDGE_RANGE, adaptive_weights.N_ALPHAS)
    errors, models = cross_validated(X, y, s, folds, grid, fit)
    best = int(np.flatnonzero(np.isclose(grid, model.pilot_alpha_))[0])
    assert errors[best] <= errors.min() * (1 + 1e-5)
    coef = fit(X, y, s, grid[best])[0]
    np.testing.assert_allclose(model.pilot_coef_, coef, atol=1e-4 * np.abs(coef).max())

    def weights(X, s, coef):
        sd = np.sqrt(np.average((X - np.average(X, weights=s, axis=0)) ** 2, weights=s, axis=0))
        with np.errstate(divide="ignore"):
            v = factor / np.abs(coef * (sd if standardize else 1.0))
        return np.where(factor == 0, 0.0, v)

    expected = weights(X, s, model.pilot_coef_)
    np.testing.assert_allclose(np.minimum(model.penalty_factor_, 1e3), np.minimum(expected, 1e3))
    errors = np.zeros((12, len(folds)))
    for k, (train, test) in enumerate(folds):
        v = weights(X[train], s[train], models[k][best][0])
        path = fit_path(np.asfortranarray(X[train]), y[train], alphas=model.alphas_, sample_weight=s[train],
                        penalty_factor=v, standardize=standardize, tol=1e-10)
        errors[:, k] = s[test] @ (y[test, None] - path.predict(X[test])) ** 2 / s[test].sum()
    np.testing.assert_allclose(model.mse_path_, errors, rtol=2e-2 if pilot == "lasso" else 1e-3)
    assert model.alpha_ == model.alphas_[model.mse_path_.mean(1).argmin()]
    last = fit_path(X, y, alphas=[model.alpha_], sample_weight=s, penalty_factor=model.penalty_factor_,
                    standardize=standardize, tol=1e-10)
    np.testing.assert_allclose(model.coef_, last.coefs[:, 0], atol=1e-5)


@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
@pytest.mark.parametrize("shape", [*SHAPES, (40, 40)])
@pytest.mark.parametrize("options", [
    {}, {"fit_intercept": False}, {"penalty_factor": 2.0}, {"penalty_factor": 0.0}, {"positive": True}], ids=str)
def test_ridge_is_scikit_learns(storage, shape, options):
    """In the space of columns and of rows, with an unpenalised column and without."""
    X, y, rng = make_data(3, *shape, density=0.6)
    s = rng.integers(0, 3, len(y)).astype(float)
    factor = np.ones(shape[1])
    factor[4] = options.get("penalty_factor", 1.0)
    model = AdaptiveLasso(1.0, cv=3, **{**options, "penalty_factor": factor}).fit(storage(X), y, sample_weight=s)
    root = np.sqrt(np.maximum(factor, 1e-12))
    peer = Ridge(alpha=model.pilot_alpha_ * s.sum(), solver="svd", fit_intercept=options.get("fit_intercept", True))
    coef = peer.fit(X / root, y, sample_weight=s).coef_ / root
    np.testing.assert_allclose(model.pilot_coef_, coef, atol=2e-5 * np.abs(coef).max())


@pytest.mark.parametrize("pilot", ["ridge", "lasso"])
@pytest.mark.parametrize("shape", SHAPES)
def test_storage_threads_and_units_do_not_matter(pilot, shape):
    X, y, _ = make_data(5, *shape, density=0.7)
    model = AdaptiveLasso(pilot=pilot, cv=3, alphas=20, tol=1e-9).fit(X, y)
    twice = clone(model).set_params(n_jobs=2).fit(X, y)
    for name in ("mse_path_", "coef_", "pilot_coef_", "alpha_", "pilot_alpha_"):
        np.testing.assert_array_equal(getattr(model, name), getattr(twice, name))
    for storage in (np.ascontiguousarray, sp.csc_array, sp.coo_array):
        other = clone(model).fit(storage(X), y)
        np.testing.assert_allclose(other.mse_path_, model.mse_path_, rtol=1e-3)
        np.testing.assert_allclose(other.coef_, model.coef_, atol=1e-4)
    scaled = clone(model).fit(X, 1000.0 * y)
    np.testing.assert_allclose(scaled.pilot_coef_, 1000.0 * model.pilot_coef_, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(scaled.mse_path_, 1e6 * model.mse_path_, rtol=1e-2)


def test_weights_are_repeated_rows_and_groups_stay_together():
    X, y, rng = make_data(6, 40, 6)
    s, groups = rng.integers(1, 4, 40), np.arange(40) % 5
    weighted = AdaptiveLasso(cv=GroupKFold(5), tol=1e-10).fit(X, y, sample_weight=s, groups=groups)
    repeated = AdaptiveLasso(cv=GroupKFold(5), tol=1e-10).fit(*(np.repeat(a, s, axis=0) for a in (X, y)),
                                                            groups=np.repeat(groups, s))
    order = [np.argsort([fold.mean() for fold in model.mse_path_.T]) for model in (weighted, repeated)]
    np.testing.assert_allclose(weighted.mse_path_[:, order[0]], repeated.mse_path_[:, order[1]], rtol=1e-6)
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)


def test_finds_the_support_that_the_lasso_blurs():
    """Zou (2006), section 3: the lasso at the alpha of least error keeps noise, the adaptive lasso loses it."""
    found = {"lasso": [], "adaptive": []}
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((150, 12))
        y = X[:, :3] @ [3.0, 1.5, 2.0] + rng.standard_normal(150)
        found["adaptive"].append((AdaptiveLasso(selection_rule="1se").fit(X, y).coef_ != 0).sum())
        found["lasso"].append((LassoCV(selection_rule="1se").fit(X, y).coef_ != 0).sum())
    assert np.mean(found["adaptive"]) < np.mean(found["lasso"]) and min(found["adaptive"]) == 3


def test_what_is_refused_and_what_is_not(monkeypatch):
    X, y, _ = make_data(7, 30, 5)
    for name, value in [("alpha", -1.0), ("pilot", "ols"), ("gamma", 0.0), ("selection_rule", "2se"), ("cv", 1)]:
        with pytest.raises(ValueError, match="cv|k-fold" if name == "cv" else f"{name}={value!r}"):
            AdaptiveLasso(**{name: value}).fit(X, y)
    with pytest.raises(ValueError, match="pilot"):
        AdaptiveLasso(pilot=np.ones(4)).fit(X, y)
    with pytest.raises(ValueError, match="groups"):
        AdaptiveLasso().fit(X, y, weights=np.ones(30))
    nothing = AdaptiveLasso(pilot=np.zeros(5), cv=3).fit(X, y)
    assert not nothing.coef_.any() and nothing.intercept_ == pytest.approx(y.mean())
    assert not AdaptiveLasso(cv=3).fit(X, np.ones(30)).coef_.any()
    excluded = AdaptiveLasso(cv=3, penalty_factor=[np.inf] * 5).fit(X, y)
    assert not excluded.coef_.any() and not excluded.pilot_coef_.any()
    monkeypatch.setattr(lassocore.cross_validation.ridge, "MAX_COLUMNS", 4)
    with pytest.raises(ValueError, match="pilot='lasso'"):
        AdaptiveLasso(cv=3).fit(X, y)


def test_a_refused_fit_keeps_the_last_one():
    X, y = np.random.default_rng(0).standard_normal((30, 4)), np.arange(30.0)
    model = AdaptiveLasso(cv=3, alphas=5).fit(X, y)
    kept = model.mse_path_
    with pytest.raises(ValueError, match="gamma"):
        model.set_params(gamma=-1.0).fit(X, y)
    assert model.mse_path_ is kept and model.coef_.shape == (4,)
