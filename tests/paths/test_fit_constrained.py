# Lives here: tests of fits under a bound on the L1 norm against two oracles. Independent of: how the path is solved.
"""Objective against projected gradients and SLSQP; the norm, the multiplier and the certificate are exact."""
import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.constrained import project, projected_gradients, slsqp
from sklearn.exceptions import ConvergenceWarning

from lassocore import alpha_max, fit_constrained, fit_path


def data(seed=0, n=40, p=6, n_true=3):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + 0.5
    return X, X[:, :n_true] @ (2.0 * rng.standard_normal(n_true)) + 0.5 * rng.standard_normal(n) + 3.0


def objective(X, y, w, intercept, s=None):
    s = np.ones(len(y)) if s is None else s
    return 0.5 * float(s @ (y - intercept - X @ w) ** 2) / s.sum()


OPTIONS = [
    {}, {"fit_intercept": False}, {"positive": True}, {"sample_weight": np.arange(40) % 4 + 0.5},
    {"penalty_factor": [1.0, 2.0, 0.5, 0.0, 1.0, 3.0]},
    {"penalty_factor": [1.0, 2.0, 0.5, 0.0, 1.0, 3.0], "positive": True, "sample_weight": np.arange(40) % 3},
    {"standardize": True}]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "plain")
@pytest.mark.parametrize("t", [0.05, 1.0, 2.3])
def test_the_objective_is_that_of_projected_gradients(options, t):
    X, y = data()
    model = fit_constrained(X, y, t, **options)
    s = options.get("sample_weight")
    v = np.array(options.get("penalty_factor", np.ones(6)))
    if "standardize" in options:
        v = v * X.std(axis=0)
    _, least = projected_gradients(X, y, t, v=v, s=s, positive="positive" in options,
                                   fit_intercept=options.get("fit_intercept", True))
    found = objective(X, y, model.coef, model.intercept, s)
    assert found <= least * (1.0 + 1e-12) and least - found < 1e-9
    assert v @ np.abs(model.coef) <= t * (1.0 + 1e-14) and model.l1_norm == pytest.approx(v @ np.abs(model.coef))
    assert model.converged and 0.0 <= model.dual_gap <= 1e-13 * y.var()
    assert ("positive" not in options) or (model.coef >= 0.0).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_the_solution_is_that_of_slsqp(seed, share):
    X, y = data(seed)
    t = share * float(np.abs(np.linalg.lstsq(np.column_stack([X, np.ones(40)]), y, rcond=None)[0][:-1]).sum())
    model = fit_constrained(X, y, t)
    w, least = slsqp(X, y, t)
    np.testing.assert_allclose(model.coef, w, atol=1e-5)
    assert objective(X, y, model.coef, model.intercept) <= least + 1e-12


@pytest.mark.parametrize("n, p", [(40, 6), (30, 80)])
@pytest.mark.parametrize("convert", [np.asarray, np.asfortranarray, sp.csc_array, sp.csr_matrix])
def test_the_multiplier_is_the_alpha_of_the_path(n, p, convert):
    X, y = data(1, n, p)
    X = np.where(np.abs(X) < 0.3, 0.0, X)
    ts = [0.0, 0.2, 0.6, 1.0, 1.3]
    model = fit_constrained(convert(X), y, ts)
    assert (np.diff(model.alpha) < 0.0).all() and model.alpha[0] == pytest.approx(alpha_max(X, y), rel=1e-12)
    path = fit_path(X, y, alphas=model.alpha, tol=1e-14)
    np.testing.assert_allclose(model.coef, path.coefs, atol=1e-9)
    np.testing.assert_allclose(model.intercept, path.intercepts, atol=1e-8)
    np.testing.assert_allclose(model.r2, path.r2, atol=1e-10)
    np.testing.assert_allclose(np.abs(model.coef).sum(axis=0), ts, rtol=1e-14, atol=1e-15)


def test_bounds_may_be_knots_and_in_any_order():
    """At a knot the pieces on both sides have other supports."""
    X, y = data(2)
    grid = fit_path(X, y, alphas=4000, eps=1e-2, tol=1e-14)
    knots = [float(np.abs(grid.coefs[:, k]).sum()) for k in np.flatnonzero(np.diff(grid.n_nonzero))]
    alphas = [grid.alphas[k] for k in np.flatnonzero(np.diff(grid.n_nonzero))]
    order = np.random.default_rng(0).permutation(len(knots))
    model = fit_constrained(X, y, np.array(knots)[order])
    np.testing.assert_allclose(model.alpha, np.array(alphas)[order], rtol=1e-9)
    np.testing.assert_array_equal(model.t, np.array(knots)[order])


def test_beyond_the_norm_of_least_squares_the_constraint_is_not_active():
    X, y = data(3)
    least = np.linalg.lstsq(np.column_stack([X, np.ones(40)]), y, rcond=None)[0]
    norm = float(np.abs(least[:-1]).sum())
    model = fit_constrained(X, y, [0.999 * norm, 1.001 * norm, 1e9, np.inf])
    assert model.alpha[0] > 0.0 and not model.alpha[1:].any() and model.converged.all()
    np.testing.assert_allclose(model.coef[:, 1:], np.repeat(least[:-1, None], 3, axis=1), rtol=1e-9)
    np.testing.assert_allclose(model.l1_norm[1:], norm, rtol=1e-10)


def test_with_more_features_than_samples_the_end_is_the_interpolation_of_least_norm():
    from scipy.optimize import linprog

    X, y = data(4, 15, 40)
    model = fit_constrained(X, y, 1e6, fit_intercept=False)
    np.testing.assert_allclose(X @ model.coef, y, atol=1e-9)
    least = linprog(np.ones(80), A_eq=np.hstack([X, -X]), b_eq=y, bounds=(0, None)).fun
    assert model.l1_norm == pytest.approx(least, rel=1e-9) and model.alpha == 0.0 and model.converged
    below = fit_constrained(X, y, 0.99 * least, fit_intercept=False)
    assert below.alpha > 0.0 and below.l1_norm == pytest.approx(0.99 * least, rel=1e-13)


def test_the_certificate_bounds_the_suboptimality_of_any_coefficients():
    """Its value at coefficients that are not optimal is at least what the optimum is below them."""
    from lassocore.paths.constrained_path import ConstrainedPath
    from lassocore.problems.problem import as_problem

    X, y = data(5)
    path = ConstrainedPath(as_problem(X, y), 1e-9, 1000)
    _, least = projected_gradients(X, y, 1.5)
    rng = np.random.default_rng(0)
    for size in (1e-3, 0.1, 3.0):
        w = project(path.solution(1.5).w + size * rng.standard_normal(6), np.ones(6), 1.5)
        above = objective(X, y, w, y.mean() - X.mean(axis=0) @ w) - least
        gap = path.judge(w, 1.5).gap / len(y)
        assert 0.0 < above <= gap * (1.0 + 1e-9)


@pytest.mark.parametrize("X, y", [
    (np.ones((10, 3)), np.arange(10.0)), (np.random.default_rng(0).standard_normal((10, 3)), np.ones(10)),
    (np.ones((1, 2)), np.ones(1)), (np.zeros((5, 1)), np.zeros(5))])
def test_data_without_a_signal_give_zeros(X, y):
    model = fit_constrained(X, y, [0.0, 1.0])
    assert not model.coef.any() and not model.alpha.any() and model.converged.all()


def test_duplicated_columns_and_single_precision():
    X, y = data(6)
    single, double = fit_constrained(X, y, 1.5), fit_constrained(np.hstack([X, X]), y, 1.5)
    assert double.converged and double.alpha == pytest.approx(single.alpha, rel=1e-12)
    assert objective(np.hstack([X, X]), y, double.coef, double.intercept) == pytest.approx(
        objective(X, y, single.coef, single.intercept), rel=1e-13)
    rounded = fit_constrained(X.astype(np.float32), y, 1.5)
    assert rounded.coef.dtype == np.float64 and rounded.dual_gap < 1e-14
    np.testing.assert_allclose(rounded.coef, single.coef, atol=1e-5)


@pytest.mark.parametrize("of_X, of_y", [(1e-170, 1.0), (1e160, 1e100), (1.0, 1e150)])
def test_data_whose_squares_are_out_of_range(of_X, of_y):
    X, y = data(7)
    plain, scaled = fit_constrained(X, y, 1.5), fit_constrained(of_X * X, of_y * y, 1.5 * of_y / of_X)
    np.testing.assert_allclose(scaled.coef * of_X / of_y, plain.coef, rtol=1e-9)
    assert scaled.alpha / of_y / of_X == pytest.approx(plain.alpha, rel=1e-9) and scaled.converged


def test_no_bound_at_all_raises_no_warning():
    """The multiplier at the end of the path is a rounding error, which an infinite bound magnifies beyond floats."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 12)) * 10.0 ** rng.uniform(-6, 6, 12)
    y = X @ rng.standard_normal(12) + rng.standard_normal(20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fit_constrained(X, y, np.inf)
    assert model.converged and model.r2 == pytest.approx(1.0, abs=1e-9)


def test_collinear_columns_beyond_rounding_are_reported():
    X, y = data(8)
    X[:, 1] = X[:, 0] + 1e-11 * X[:, 1]
    with pytest.warns(ConvergenceWarning, match="1 of 2 bounds t: duality gap .*, tolerance .*precision"):
        model = fit_constrained(X, y, [1.0, 1e12])
    assert model.converged.tolist() == [True, False] and np.isfinite(model.coef).all()


def test_results():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    X, y = data(9)
    frame, offset = pd.DataFrame(X, columns=list("abcdef")), np.linspace(0.0, 1.0, 40)
    one, several = fit_constrained(frame, y, 1.0), fit_constrained(frame, y, [1.0, 2.0], offset=offset)
    assert isinstance(one.alpha, float) and one.coef.shape == (6,) and one.converged is True and one.t == 1.0
    assert several.coef.shape == (6, 2) and several.alpha.shape == several.n_nonzero.shape == (2,)
    assert one.nonzero_names() == [name for name, w in zip("abcdef", one.coef, strict=True) if w != 0.0]
    np.testing.assert_allclose(one.predict(frame), X @ one.coef + one.intercept)
    np.testing.assert_allclose(several.predict(frame, offset),
                               X @ several.coef + several.intercept + offset[:, None])
    assert several.has_offset and "2 bounds, 6 features, converged" in repr(several)
    assert "t=1, alpha=" in repr(one) and repr(pickle.loads(pickle.dumps(one))) == repr(one)
    with pytest.raises(ValueError, match="offset=None, but the fit had an offset"):
        several.predict(frame)
    with pytest.raises(ValueError, match="feature names|columns"):
        one.predict(frame.iloc[:, :5])


@pytest.mark.parametrize("t, message", [
    (-1.0, "t=-1.0 must be at least 0"), (np.nan, "t=nan must be at least 0 and not NaN"), (True, "t=True must be"),
    ([1.0, -2.0], "at least 0"), ("1", "t='1' must be a number"), ([[1.0]], "t has shape"), ([], "t has shape"),
    (None, "t=None must be a number"), ([1j], "Complex")])
def test_bounds_are_checked(t, message):
    X, y = data()
    with pytest.raises(ValueError, match=message):
        fit_constrained(X, y, t)


@pytest.mark.parametrize("options, message", [
    ({"tol": -1.0}, "tol=-1.0"), ({"max_iter": 0}, "max_iter=0"), ({"n_threads": 0}, "n_threads=0"),
    ({"penalty_factor": [1.0]}, "penalty_factor has shape"), ({"positive": 2}, "positive=2")])
def test_options_are_checked(options, message):
    X, y = data()
    with pytest.raises(ValueError, match=message):
        fit_constrained(X, y, 1.0, **options)


def test_inputs_are_not_changed():
    X, y = data()
    given = X.copy(), y.copy()
    X.flags.writeable = y.flags.writeable = False
    fit_constrained(X, y, np.array([2.0, 1.0]))
    np.testing.assert_array_equal(X, given[0])
    np.testing.assert_array_equal(y, given[1])
