# Lives here: data whose squares over- or underflow, against data in range. Independent of: the scaling.
"""Scaling by a power of two changes only the exponents of a fit; results that a float cannot hold are refused."""
import warnings
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import make_data

from lassocore import (
    AdaptiveLasso,
    ElasticNet,
    Lasso,
    LassoCV,
    LassoIC,
    MultiTaskLasso,
    MultiTaskLassoCV,
    alpha_max,
    duality_gap,
    enet_path,
    fit_many,
    fit_multi_task_path,
    fit_path,
    lasso_path,
    patch_sklearn,
)

pytestmark = pytest.mark.filterwarnings("error")
FAR = (600, -600)
MAKE = {"F": np.asfortranarray, "C": np.ascontiguousarray, "csc": sp.csc_array, "csr": sp.csr_array}
OPTIONS = {
    "lasso": {}, "standardize": {"standardize": True}, "weights": {"sample_weight": np.linspace(0.0, 2.0, 30)},
    "no intercept": {"fit_intercept": False}, "unpenalised": {"penalty_factor": np.r_[0.0, 0.0, np.ones(6)]},
    "relaxed": {"relax": 0.3}, "descent": {"solver": "cd"},
    "wide weights": {"sample_weight": np.geomspace(1e-300, 1, 30)},
    "excluded": {"penalty_factor": np.r_[np.inf, 0.5, np.ones(6)], "positive": True},
    "offset": {"offset": np.linspace(-1, 1, 30)},
}


def assert_same(found, expected, exponent=0):
    np.testing.assert_array_equal(np.ldexp(found, -np.asarray(exponent)), expected)


def data(n_samples=30, n_features=8):
    X, y, _ = make_data(3, n_samples, n_features)
    return X, y, alpha_max(X, y) * np.geomspace(1.0, 0.05, 7)


@pytest.mark.parametrize("exponent", FAR)
@pytest.mark.parametrize("name", OPTIONS)
def test_any_scale_of_y(name, exponent):
    (X, y, alphas), options = data(), dict(OPTIONS[name])
    expected = fit_path(X, y, alphas=alphas, **options)
    if "offset" in options:
        options["offset"] = np.ldexp(options["offset"], exponent)
    path = fit_path(X, np.ldexp(y, exponent), alphas=np.ldexp(alphas, exponent), **options)
    assert_same(path.coefs, expected.coefs, exponent)
    assert_same(path.intercepts, expected.intercepts, exponent)
    assert_same(path.r2, expected.r2)
    assert path.converged.all() and (path.relative_gaps <= 1e-4).all() and expected.relative_gaps is None
    np.testing.assert_allclose(path.relative_gaps, expected.dual_gaps / expected.gap_tol * 1e-4, rtol=1e-12)


@pytest.mark.parametrize("exponent", FAR)
@pytest.mark.parametrize("make", MAKE)
@pytest.mark.parametrize("name", OPTIONS)
def test_any_scale_of_X(name, make, exponent):
    (X, y, alphas), options = data(), OPTIONS[name]
    expected = fit_path(MAKE[make](X), y, alphas=alphas, **options)
    kept = MAKE[make](np.ldexp(X, exponent))
    path = fit_path(kept, y, alphas=np.ldexp(alphas, 0 if name == "standardize" else exponent), **options)
    assert_same(path.coefs, expected.coefs, -exponent)
    for part in ("intercepts", "r2", "dual_gaps", "gap_tol", "converged", "n_iter"):
        assert_same(getattr(path, part), getattr(expected, part))
    assert_same(kept.toarray() if sp.issparse(kept) else kept, np.ldexp(X, exponent))


@pytest.mark.parametrize("make", MAKE)
def test_each_column_has_its_own_scale(make):
    """The penalty of a column on another scale is another penalty, of coefficients and of their squares."""
    X, y, alphas = data()
    exponents = np.array([0, 500, -500, 0, 480, -600, 700, 0])
    for options in ({}, {"standardize": True, "l1_ratio": 0.5}, {"bounds": (-0.3, 0.2)}):
        bounds = {k: tuple(np.ldexp(np.full(8, bound), -exponents) for bound in v) for k, v in options.items()
                  if k == "bounds"}
        factor = None if "standardize" in options else np.ldexp(1.0, exponents)
        path = fit_path(MAKE[make](np.ldexp(X, exponents)), y, alphas=alphas, penalty_factor=factor,
                        **{**options, **bounds})
        expected = fit_path(MAKE[make](X), y, alphas=alphas, **options)
        assert_same(path.coefs, expected.coefs, -exponents[:, None])


@pytest.mark.parametrize("l1_ratio, columns, target, unit", [
    (0.0, 500, 0, 1000), (0.0, -500, 0, -1000), (0.0, 0, 500, 0), (0.0, 0, -560, 0), (0.3, 500, 0, 500),
    (0.3, 500, 0, 1000), (0.3, -500, 0, -500), (0.3, -500, -500, -1000), (0.3, 0, 500, 500), (0.3, 0, 500, 0),
    (0.3, -1030, 100, -1000), (0.3, 664, 300, 964), (0.3, -700, 0, -700), (0.3, -1000, 300, -900)])
def test_elastic_net_and_ridge(l1_ratio, columns, target, unit):
    """An elastic net changes with the scale: its optimality conditions are checked in exact fractions."""
    X, y, _ = data()
    X, y, alpha = np.ldexp(X, columns), np.ldexp(y, target), float(np.ldexp(0.1, unit))
    path = fit_path(X, y, alphas=[alpha], l1_ratio=l1_ratio, tol=1e-12, fit_intercept=False)
    assert_optimal(X, y, path.coefs[:, 0], alpha, l1_ratio)


def assert_optimal(X, y, w, alpha, l1_ratio):
    """x_j'r/n - alpha (1 - l1_ratio) w_j is alpha l1_ratio sign(w_j), or at most that where w_j is 0."""
    exact = [[Fraction(value) for value in row] for row in X.tolist()]
    coefs = [Fraction(value) for value in w.tolist()]
    residual = [Fraction(target) - sum(a * b for a, b in zip(row, coefs, strict=True))
                for target, row in zip(y.tolist(), exact, strict=True)]
    for j, coef in enumerate(coefs):
        c = sum(row[j] * r for row, r in zip(exact, residual, strict=True)) / len(exact)
        size = sum(abs(row[j]) for row in exact) * max(abs(Fraction(value)) for value in y.tolist()) / len(exact)
        pull = c - Fraction(alpha) * Fraction(1.0 - l1_ratio) * coef
        l1 = Fraction(alpha) * Fraction(l1_ratio)
        off = abs(pull - (l1 if coef > 0 else -l1)) if coef else max(Fraction(0), abs(pull) - l1)
        assert float(off / size) < 1e-6


def test_gaps_in_units_of_the_objective():
    X, y, alphas = data()
    expected = fit_path(X, y, alphas=alphas, tol=1e-3)
    near = fit_path(X, np.ldexp(y, 480), alphas=np.ldexp(alphas, 480), tol=1e-3)
    assert_same(near.dual_gaps, expected.dual_gaps, 960)
    assert_same([level.dual_gap for level in near.info.levels], expected.dual_gaps, 960)
    above = fit_path(X, np.ldexp(y, 600), alphas=np.ldexp(alphas, 600), tol=1e-3)
    below = fit_path(X, np.ldexp(y, -600), alphas=np.ldexp(alphas, -600), tol=1e-3)
    positive = expected.dual_gaps > 0
    assert np.isinf(above.dual_gaps[positive]).all() and above.gap_tol == np.inf
    assert (below.dual_gaps[positive] == 5e-324).all() and below.gap_tol == 5e-324
    assert above.converged.all() and below.converged.all()
    with pytest.raises(ValueError, match="JSON.*rescale y"):
        above.to_dict()


def test_a_fit_that_has_not_converged_warns():
    X, y, _ = data(200, 150)
    with pytest.warns(UserWarning, match="did not converge"):
        path = fit_path(X, np.ldexp(y, 600), alphas=[np.ldexp(1e-4, 600)], tol=1e-14, max_iter=3, solver="cd")
    assert not path.converged.any() and path.relative_gaps[0] > 1e-14
    with pytest.warns(UserWarning, match="did not converge.*Worst of 1 of 2 targets: target 1"):
        fit_many(X, np.column_stack([np.zeros(200), np.ldexp(y, 600)]), alphas=[np.ldexp(1e-4, 600)], tol=1e-14,
                 max_iter=3, solver="cd")


@pytest.mark.parametrize("method", ["one call", "alone", "side by side"])
def test_each_target_has_its_own_scale(method):
    X, y, alphas = data(*((25, 700) if method == "side by side" else (30, 8)))
    Y = np.column_stack([y, y**2, np.sin(y), np.ones(len(y)), y[::-1]])
    exponents = np.array([600, 0, -590, 700, -700])
    options = {"solver": "cd"} if method == "alone" else {}
    expected = fit_many(X, Y, alphas=alphas[:3], tol=1e-9, **options)
    many = fit_many(X, np.ldexp(Y, exponents), alphas=np.ldexp(alphas[:3], exponents[:, None]), tol=1e-9, **options)
    found = np.ldexp(many.coefs, -exponents[:, None, None])
    np.testing.assert_allclose(found, expected.coefs, rtol=1e-4, atol=1e-4)
    assert_same(found[1], expected.coefs[1])
    assert many.converged.all() and (many.relative_gaps <= 1e-9).all() and expected.relative_gaps is None
    np.testing.assert_allclose(np.ldexp(many.intercepts, -exponents[:, None]), expected.intercepts, atol=1e-4)
    np.testing.assert_array_equal(many[0].coefs, many.coefs[0])
    np.testing.assert_array_equal(many[4].relative_gaps, many.relative_gaps[4])
    columns = fit_many(np.ldexp(X, 480), np.ldexp(Y, [300, 0, -300, 0, 0]), tol=1e-9, alphas=np.ldexp(
        alphas[:3], 480 + np.array([300, 0, -300, 0, 0])[:, None]), coef_init=np.ldexp(np.ones(X.shape[1]), -480))
    found = np.ldexp(columns.coefs, 480 - np.array([300, 0, -300, 0, 0])[:, None, None])
    np.testing.assert_allclose(found, expected.coefs, rtol=1e-4, atol=1e-4)


def test_float32_targets_beyond_float32():
    X, y, alphas = data()
    Y, scales = np.column_stack([y, y[::-1], y]), [1.0, 1e60, 1e-60]
    many = fit_many(X.astype("f4"), Y * scales, alphas=alphas * np.array(scales)[:, None], tol=1e-9)
    expected = fit_many(X.astype("f4").astype(float), Y, alphas=alphas, tol=1e-9)
    assert many.coefs.dtype == np.float64
    np.testing.assert_allclose(many.coefs / np.reshape(scales, (3, 1, 1)), expected.coefs, atol=1e-4)


@pytest.mark.parametrize("exponent", FAR)
def test_tasks(exponent):
    X, y, alphas = data()
    Y = np.column_stack([y, y[::-1], np.zeros(30)])
    expected = fit_multi_task_path(X, Y, alphas=alphas)
    path = fit_multi_task_path(X, np.ldexp(Y, exponent), alphas=np.ldexp(alphas, exponent))
    assert_same(path.coefs, expected.coefs, exponent)
    assert_same(path.intercepts, expected.intercepts, exponent)
    path = fit_multi_task_path(sp.csc_array(np.ldexp(X, exponent)), Y, alphas=np.ldexp(alphas, exponent),
                               coef_init=np.ldexp(np.ones((3, 8)), -exponent))
    np.testing.assert_allclose(np.ldexp(path.coefs, exponent), expected.coefs, atol=1e-3)
    assert path.converged.all() and (path.relative_gaps <= 1e-4).all()
    model = MultiTaskLasso(np.ldexp(0.1, exponent)).fit(X, np.ldexp(Y, exponent))
    assert_same(model.coef_, MultiTaskLasso(0.1).fit(X, Y).coef_, exponent)


@pytest.mark.parametrize("exponent", FAR)
@pytest.mark.parametrize("make", ["F", "csc"])
@pytest.mark.parametrize("options", [
    {}, {"solver": "cd"}, {"standardize": True, "selection_rule": "1se"}, {"keep_coefs": True, "alphas": 2}])
def test_cross_validation(options, make, exponent):
    X, y, alphas = data(60)
    options, weights = {"alphas": alphas, **options}, np.linspace(0.1, 2, 60)
    expected = LassoCV(**options).fit(MAKE[make](X), y, sample_weight=weights)

    def scaled(exponent):
        return options if np.ndim(options["alphas"]) == 0 else {**options, "alphas": np.ldexp(alphas, exponent)}

    model = LassoCV(**scaled(exponent)).fit(MAKE[make](X), np.ldexp(y, exponent), sample_weight=weights)
    np.testing.assert_allclose(np.ldexp(model.coef_, -exponent), expected.coef_, rtol=1e-9)
    assert np.isclose(model.alpha_, np.ldexp(expected.alpha_, exponent), rtol=1e-12)
    assert (model.mse_path_ == (np.inf if exponent > 0 else 5e-324)).all()
    if "standardize" not in options:
        model = LassoCV(**scaled(exponent)).fit(MAKE[make](np.ldexp(X, exponent)), y, sample_weight=weights)
        np.testing.assert_allclose(np.ldexp(model.coef_, exponent), expected.coef_, rtol=1e-9)
        np.testing.assert_allclose(model.mse_path_, expected.mse_path_, rtol=1e-9)


def test_standard_errors_of_large_errors():
    """y is in range, the squares of its squares are not."""
    X, y, _ = data(60)
    expected = LassoCV(selection_rule="1se").fit(X, y)
    model = LassoCV(selection_rule="1se").fit(X, np.ldexp(y, 400))
    np.testing.assert_allclose(np.ldexp(model.coef_, -400), expected.coef_, rtol=1e-9)
    np.testing.assert_allclose(np.ldexp(model.mse_se_, -800), expected.mse_se_, rtol=1e-9)


def test_scorers_receive_the_given_data():
    X, y, _ = data(60)
    expected = LassoCV(scoring="neg_median_absolute_error").fit(X, y)
    model = LassoCV(scoring="neg_median_absolute_error").fit(np.ldexp(X, 500), np.ldexp(y, 500))
    np.testing.assert_allclose(model.score_path_, np.ldexp(expected.score_path_, 500), rtol=1e-9)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)         # of scikit-learn's r2, whose squares overflow
        with pytest.raises(ValueError, match="scoring gives NaN"):
            LassoCV(scoring="r2").fit(X, np.ldexp(y, 600))


def test_cross_validation_of_tasks():
    X, y, _ = data(60)
    Y = np.column_stack([y, y[::-1]])
    expected = MultiTaskLassoCV(alphas=10).fit(X, Y)
    model = MultiTaskLassoCV(alphas=10).fit(X, np.ldexp(Y, 600))
    np.testing.assert_allclose(np.ldexp(model.coef_, -600), expected.coef_, rtol=1e-9)
    model = MultiTaskLassoCV(alphas=10).fit(np.ldexp(X, -600), Y)
    np.testing.assert_allclose(np.ldexp(model.coef_, -600), expected.coef_, rtol=1e-4)


@pytest.mark.parametrize("exponent", FAR)
def test_information_criteria(exponent):
    X, y, alphas = data(60)
    n = 60
    expected = LassoIC("bic", alphas=alphas).fit(X, y)
    model = LassoIC("bic", alphas=np.ldexp(alphas, exponent)).fit(X, np.ldexp(y, exponent))
    assert_same(model.coef_, expected.coef_, exponent)
    np.testing.assert_allclose(model.criterion_ - 2 * n * exponent * np.log(2), expected.criterion_, rtol=1e-9)
    model = LassoIC("bic", alphas=np.ldexp(alphas, exponent)).fit(np.ldexp(X, exponent), y)
    assert_same(model.coef_, expected.coef_, -exponent)
    bounds = np.array([0.0, 0.4])
    path = fit_path(X, np.ldexp(y, exponent), alphas=np.ldexp(alphas, exponent), bounds=np.ldexp(bounds, exponent))
    other = fit_path(X, y, alphas=alphas, bounds=bounds)
    large = fit_path(np.ldexp(X, 500), y, alphas=np.ldexp(alphas, 500), bounds=np.ldexp(bounds, -500))
    for options in ({}, {"X": X}, {"noise_variance": "profile"}):
        wanted = other.information_criterion("ebic", **options)
        found = path.information_criterion("ebic", **options)
        np.testing.assert_allclose(found - 2 * n * exponent * np.log(2), wanted, rtol=1e-9)
        if "X" in options:
            options = {"X": np.ldexp(X, 500)}
        np.testing.assert_allclose(large.information_criterion("ebic", **options), wanted, rtol=1e-9)
    with pytest.raises(ValueError, match="noise_variance=1.0 is no variance"):
        path.information_criterion("aic", noise_variance=1.0)


@pytest.mark.parametrize("options", [{}, {"pilot": "lasso"}, {"standardize": True}, {"pilot": np.arange(8.0)}])
@pytest.mark.parametrize("exponent", [460, -460])
@pytest.mark.parametrize("shape", [(60, 8), (20, 8), (6, 8)])
def test_adaptive_lasso(options, exponent, shape):
    X, y, _ = data(*shape)
    options = {"cv": 3, "tol": 1e-10, **options}
    expected = AdaptiveLasso(**options).fit(X, y)
    model = AdaptiveLasso(**options).fit(X, np.ldexp(y, exponent))
    np.testing.assert_allclose(np.ldexp(model.coef_, -exponent), expected.coef_, rtol=1e-6, atol=1e-9)
    model = AdaptiveLasso(**options).fit(np.ldexp(X, exponent), y)
    np.testing.assert_allclose(np.ldexp(model.coef_, exponent), expected.coef_, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("exponent", [500, -500])
def test_precomputed_gram_matrices(exponent):
    X, y, _ = data()
    for precompute in (True, X.T @ X):
        expected = Lasso(0.1, precompute=precompute, fit_intercept=False).fit(X, y)
        model = Lasso(np.ldexp(0.1, exponent), precompute=precompute, fit_intercept=False).fit(X, np.ldexp(y, exponent))
        assert_same(model.coef_, expected.coef_, exponent)
    gram = np.ldexp(X.T @ X, 2 * exponent)
    model = Lasso(np.ldexp(0.1, exponent), precompute=gram, fit_intercept=False).fit(np.ldexp(X, exponent), y)
    assert_same(model.coef_, expected.coef_, -exponent)


@pytest.mark.parametrize("solver", ["auto", "gram", "working_set"])
@pytest.mark.parametrize("exponent", [-700, -730, -800, -1000])
def test_penalty_factors_of_tiny_columns(exponent, solver):
    """Exact steps multiply factors by the inverse of the Gram matrix, which must not overflow."""
    rng = np.random.default_rng(0)
    for _ in range(10):
        X = rng.standard_normal((40, 2))
        y = X[:, 0] * 2 + 0.3 * rng.standard_normal(40)
        expected = fit_path(X, y, alphas=5, solver=solver)
        path = fit_path(np.ldexp(X, exponent), y, alphas=5, solver=solver)
        np.testing.assert_allclose(np.ldexp(path.coefs, exponent), expected.coefs, rtol=1e-2, atol=1e-2)
        np.testing.assert_allclose(path.r2, expected.r2, atol=1e-3)


def test_path_functions_and_warm_starts():
    X, y, alphas = data()
    for function, options in ((lasso_path, {}), (enet_path, {"l1_ratio": 1.0})):
        coefs = function(X, np.ldexp(y, 600), alphas=np.ldexp(alphas, 600), **options)[1]
        assert_same(coefs, function(X, y, alphas=alphas, **options)[1], 600)
    model = ElasticNet(np.ldexp(0.1, 600), l1_ratio=1.0, warm_start=True, tol=1e-12).fit(X, np.ldexp(y, 600))
    first = model.coef_
    assert model.fit(X, np.ldexp(y, 600)).n_iter_ <= 1
    np.testing.assert_allclose(model.coef_, first, rtol=1e-6)


def test_under_the_patch():
    import sklearn.linear_model as sk

    X, y, _ = data()
    with patch_sklearn():
        from sklearn.linear_model import Lasso as Patched

        model = Patched(np.ldexp(0.1, 600)).fit(X, np.ldexp(y, 600))
        np.testing.assert_allclose(np.ldexp(model.coef_, -600), Patched(0.1).fit(X, y).coef_, rtol=1e-9)
    assert sk.Lasso is not Patched


def test_alpha_max_and_duality_gap():
    X, y, _ = data()
    assert_same(alpha_max(X, np.ldexp(y, 600)), alpha_max(X, y), 600)
    assert_same(alpha_max(np.ldexp(X, -600), y, standardize=True), alpha_max(X, y, standardize=True))
    w = np.linspace(-0.5, 0.5, 8)
    options = {"bounds": (-1.0, 0.4)}
    assert duality_gap(X, y, w, alpha=0.1, **options) == np.inf
    expected = duality_gap(X, y, w, alpha=0.1, intercept=0.3)
    assert_same(duality_gap(np.ldexp(X, 600), y, np.ldexp(w, -600), alpha=np.ldexp(0.1, 600), intercept=0.3), expected)
    found = duality_gap(X, np.ldexp(y, 480), np.ldexp(w, 480), alpha=np.ldexp(0.1, 480), intercept=np.ldexp(0.3, 480))
    assert_same(found, expected, 960)
    assert duality_gap(X, np.ldexp(y, -600), np.ldexp(w, -600), alpha=np.ldexp(0.1, -600)) == 5e-324
    with pytest.raises(ValueError, match=r"the gap is about 1e\+3\d\d, which a float cannot hold; rescale y"):
        duality_gap(X, np.ldexp(y, 600), np.ldexp(w, 600), alpha=np.ldexp(0.1, 600))
    for exponents in ((600, 600), (-600, -600)):
        with pytest.raises(ValueError, match="alphas of these data.*which a float cannot hold; rescale y or X"):
            alpha_max(np.ldexp(X, exponents[0]), np.ldexp(y, exponents[1]))


@pytest.mark.parametrize("exponents", [(600, 600), (-600, -600)])
def test_alphas_that_a_float_cannot_hold(exponents):
    X, y, _ = data()
    X, y = np.ldexp(X, exponents[0]), np.ldexp(y, exponents[1])
    for fit in (lambda: fit_path(X, y), lambda: LassoCV().fit(X, y), lambda: fit_many(X, y[:, None]),
                lambda: fit_multi_task_path(X, np.column_stack([y, y]))):
        with pytest.raises(ValueError, match="alphas of these data.*which a float cannot hold; rescale y or X"):
            fit()
    expected = fit_path(*data()[:2], alphas=[0.0])
    assert_same(fit_path(X, y, alphas=[0.0]).coefs, expected.coefs, exponents[1] - exponents[0])


def test_coefficients_that_a_float_cannot_hold():
    X, y, _ = data()
    for x, far in ((-600, 600), (600, -600)):
        with pytest.raises(ValueError, match="coefficient of column . of X is about 1e"):
            fit_path(np.ldexp(X, x), np.ldexp(y, far), alphas=[0.0])


def test_a_constant_y_or_column_of_any_size():
    X, y, alphas = data()
    for size in (1e300, 1e155, 1e-310):
        path = fit_path(X, np.full(30, size), alphas=3)
        assert not path.coefs.any() and np.allclose(path.intercepts / size, 1.0, rtol=1e-12)
        for make in (np.asfortranarray, sp.csc_array):
            wide = make(np.column_stack([X, np.full(30, size)]))
            found, expected = (fit_path(some, y, alphas=alphas, tol=1e-9).coefs for some in (wide, make(X)))
            np.testing.assert_allclose(found[:8], expected, rtol=1e-4, atol=1e-6)
            assert not found[8].any()
            model = LassoCV(alphas=alphas).fit(wide, y)
            np.testing.assert_allclose(model.coef_[:8], LassoCV(alphas=alphas).fit(make(X), y).coef_, atol=1e-3)


def test_the_largest_and_the_smallest_floats():
    X, y, _ = data()
    X, most = X / np.abs(X).max(), np.finfo(float).max
    path = fit_path(X * most, y * 1e50, alphas=[0.0])
    np.testing.assert_allclose(path.coefs * most / 1e50, fit_path(X, y, alphas=[0.0]).coefs, rtol=1e-9)
    signs = np.sign(X - np.median(X, axis=0))
    path = fit_path(signs * 5e-324, y * 1e-20, alphas=[1e-323])
    assert path.converged.all() and not path.coefs.any()
    path = fit_path(signs * 5e-324, y * 1e-20, alphas=[0.0])
    np.testing.assert_allclose(path.coefs * 5e-324 / 1e-20, fit_path(signs, y, alphas=[0.0]).coefs, rtol=1e-9)
