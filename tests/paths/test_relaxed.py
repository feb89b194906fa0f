# Lives here: relaxed paths against least squares in NumPy. Independent of: the refits' solver.
"""fit_path(relax=gamma)."""
import numpy as np
import pytest
import scipy.sparse as sp
from helpers.methods import as_returned, bits, make_wide
from oracles.reference import make_data, make_options, plain
from scipy.optimize import lsq_linear

from lassocore import fit_path
from lassocore.solvers import least_squares

OPTIONS = make_options(7, 40, 9)


def refit_of(X, y, coef, options):
    """Coefficients of least squares on the nonzero and the unpenalised features, within the bounds."""
    problem = plain(X, y, 0.0, **{k: v for k, v in options.items() if k != "l1_ratio"})
    factor = np.asarray(options.get("penalty_factor", np.ones(len(coef))))
    columns = np.flatnonzero((coef != 0) | (factor == 0))
    w = np.zeros(len(coef))
    if len(columns):
        Z, lower, upper = problem.Z[:, columns], problem.lower[columns], problem.upper[columns]
        free = np.linalg.lstsq(Z, problem.z, rcond=1e-12)[0]
        inside = (free >= lower).all() and (free <= upper).all()
        w[columns] = free if inside else lsq_linear(Z, problem.z, (lower, upper), method="bvls", tol=1e-14).x
    return w


def intercept_of(X, y, coef, options):
    if not options.get("fit_intercept", True):
        return 0.0
    rest = y - options.get("offset", 0.0) - np.asarray(X) @ coef
    return np.average(rest, weights=options.get("sample_weight"))


def r2_of(X, y, coef, intercept, options):
    s = options.get("sample_weight", np.ones(len(y)))
    target = y - options.get("offset", 0.0)
    return 1 - s @ (target - intercept - X @ coef) ** 2 / (s @ (target - np.average(target, weights=s)) ** 2)


@pytest.mark.parametrize("name", list(OPTIONS))
@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
def test_is_least_squares_on_the_support(name, storage):
    X, y, _ = make_data(11, 40, 9, density=0.7)
    options = OPTIONS[name]
    settings = {"alphas": [0.5, 0.2, 0.05, 0.01], "tol": 1e-12}
    penalised = fit_path(storage(X), y, **settings, **options)
    for gamma in (0.0, 0.3):
        relaxed = fit_path(storage(X), y, relax=gamma, **settings, **options)
        for k in range(4):
            refit = refit_of(X, y, penalised.coefs[:, k], options)
            expected = gamma * penalised.coefs[:, k] + (1 - gamma) * refit
            np.testing.assert_allclose(relaxed.coefs[:, k], expected, atol=1e-7)
            intercept = intercept_of(X, y, relaxed.coefs[:, k], options)
            assert relaxed.intercepts[k] == pytest.approx(intercept, abs=1e-10)
            assert relaxed.r2[k] == pytest.approx(r2_of(X, y, relaxed.coefs[:, k], intercept, options), abs=1e-10)
        np.testing.assert_array_equal(relaxed.dual_gaps, penalised.dual_gaps)
        np.testing.assert_array_equal(relaxed.n_iter, penalised.n_iter)
        assert relaxed.relax == gamma and (relaxed.refit_gaps <= 1e-12 * np.var(y)).all()
    assert penalised.relax is None and penalised.refit_gaps is None


@pytest.mark.parametrize("relax", [1.0, 1])
def test_gamma_of_1_is_the_penalised_path(relax):
    X, y, _ = make_data(1)
    path = fit_path(X, y, relax=relax)
    assert bits(path) == bits(fit_path(X, y)) and path.relax == 1.0 and path.refit_gaps is None


@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("distance", [0.0, 1e-9, 1e-6, 1e-4])
def test_collinear_supports_get_the_minimum_norm(storage, weighted, distance):
    """The unique solution for nearly equal columns, that of minimum norm for equal ones."""
    X, y, rng = make_data(4, 50, 8)
    X[:, 5] = X[:, 0] + distance * rng.standard_normal(50)
    X[:, 6] = 3.0 * (X[:, 1] - X[:, 2])
    options = {"sample_weight": rng.integers(0, 3, 50).astype(float)} if weighted else {}
    path = fit_path(storage(X), y, alphas=[0.02, 0.01], l1_ratio=0.5, relax=0.0, **options)
    problem = plain(X, y, 0.0, **options)
    for k in range(2):
        columns = np.flatnonzero(path.coefs[:, k])
        assert len(columns) == 8
        expected, _, rank, _ = np.linalg.lstsq(problem.Z, problem.z, rcond=1e-13)
        assert rank == (6 if distance == 0.0 else 7)
        if distance in (0.0, 1e-4):
            np.testing.assert_allclose(path.coefs[:, k], expected, atol=1e-6 * np.abs(expected).max())
        excess = problem.primal(path.coefs[:, k]) - problem.primal(expected)
        assert excess <= path.refit_gaps[k] + 1e-12 * problem.z @ problem.z


def test_residuals_recover_the_digits_lost_in_a_gram_matrix():
    X, y, rng = make_data(4, 50, 8)
    X[:, 5] = X[:, 0] + 1e-3 * rng.standard_normal(50)
    path = fit_path(X, y, alphas=[0.02], l1_ratio=0.5, relax=0.0)
    expected = refit_of(X, y, path.coefs[:, 0], {})
    np.testing.assert_allclose(path.coefs[:, 0], expected, atol=1e-11 * np.abs(expected).max())
    assert path.refit_gaps[0] <= 1e-26 * np.var(y)


def test_more_columns_than_rows_interpolate_with_the_minimum_norm():
    X, y, _ = make_data(8, 12, 40)
    path = fit_path(X, y, alphas=[1e-3], l1_ratio=0.1, relax=0.0)
    columns = np.flatnonzero(path.coefs[:, 0])
    Z, z = X[:, columns] - X[:, columns].mean(0), y - y.mean()
    assert len(columns) > 12 and path.r2[0] == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(path.coefs[columns, 0], np.linalg.pinv(Z) @ z, atol=1e-8)


@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csr_array])
def test_long_paths_with_and_without_working_sets(storage, monkeypatch):
    """Supports change along the path, and are refitted one by one where columns may not be copied."""
    X, y = make_wide(2, 60, 300)
    X[X < 0.3] = 0.0
    monkeypatch.setattr(least_squares, "MIN_SPARE", 8)
    path = fit_path(storage(X), y, relax=0.25, sample_weight=np.arange(1.0, 61.0))
    monkeypatch.setattr(least_squares.BatchedLeastSquares, "can_hold", staticmethod(lambda problem, n_columns: False))
    other = fit_path(storage(X), y, relax=0.25, sample_weight=np.arange(1.0, 61.0))
    np.testing.assert_allclose(path.coefs, other.coefs, atol=1e-8)
    np.testing.assert_allclose(path.r2, other.r2, atol=1e-10)
    assert max(path.refit_gaps.max(), other.refit_gaps.max()) <= 1e-14 * y.var()


def test_sparse_columns_with_large_means_keep_their_digits():
    X, y, _ = make_data(3, 60, 6)
    shifted = sp.csc_array(X + 1e5)
    path = fit_path(shifted, y, relax=0.0, alphas=5)
    np.testing.assert_allclose(path.coefs, fit_path(X, y, relax=0.0, alphas=path.alphas).coefs, atol=1e-8)


def test_no_number_of_threads_changes_a_bit():
    X, y = make_wide(5, 50, 400)
    assert bits(fit_path(X, y, relax=0.5)) == bits(fit_path(X, y, relax=0.5, n_threads=2))


def test_single_precision_and_paths_that_end_early():
    X, y, _ = make_data(6, 60, 9)
    path = fit_path(X.astype(np.float32), y, relax=0.0, max_active=3)
    assert path.coefs.dtype == np.float32 and path.stopped == "max_active" and len(path.refit_gaps) == len(path.alphas)
    k = len(path.alphas) - 1
    exact = refit_of(X.astype(np.float32), y, path.coefs[:, k], {})
    np.testing.assert_allclose(path.coefs[:, k], exact, rtol=1e-5)
    options = as_returned({"bounds": (-0.1, 0.3)}, np.float32)
    bounded = fit_path(X.astype(np.float32), y, relax=0.0, **options)
    assert bounded.coefs.min() >= np.float32(-0.1) and bounded.coefs.max() <= np.float32(0.3)


def test_a_constant_target_and_unpenalised_features_alone():
    X, y, _ = make_data(0)
    constant = fit_path(X, np.full(len(y), 3.0), alphas=[0.1], relax=0.0)
    assert not constant.coefs.any() and constant.intercepts[0] == 3.0
    free = fit_path(X, y, alphas=[1.0], penalty_factor=np.zeros(7), relax=0.0)
    np.testing.assert_allclose(free.coefs, fit_path(X, y, alphas=[0.0]).coefs, atol=1e-9)
    zero = fit_path(X, y, alphas=[1.0, 0.0], relax=0.5)
    np.testing.assert_allclose(zero.coefs[:, 1], fit_path(X, y, alphas=[0.0]).coefs[:, 0], atol=1e-9)


@pytest.mark.parametrize("relax", [-0.1, 1.5, np.nan, "yes", True])
def test_what_is_refused(relax):
    X, y, _ = make_data(0)
    with pytest.raises(ValueError, match="relax="):
        fit_path(X, y, relax=relax)
