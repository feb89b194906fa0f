# Lives here: linearly dependent unpenalised columns, with and without bounds. Independent of: kernels.
"""Rounding does not count as rank: minimum norm, a true certificate, inactive bounds."""
import warnings
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.collinear import exact_objective, make_collinear
from scipy.optimize import lsq_linear

from lassocore import LassoCV, duality_gap, fit_many, fit_multi_task_path, fit_path
from lassocore.designs.rank import minimum_norm, ranked_factor
from lassocore.problems.problem import as_problem
from lassocore.problems.unpenalised import make_block

TOL = 1e-6
YEARS = np.random.default_rng(0).integers(1950, 2024, 60).astype(float)
CELSIUS = np.random.default_rng(1).normal(15.0, 8.0, 60)
UNIX = np.random.default_rng(2).integers(1.6e9, 1.7e9, 60).astype(float)
PAIRS = {
    "year and age": np.column_stack([YEARS, 2024 - YEARS]),
    "degrees": np.column_stack([CELSIUS, CELSIUS + 273.15, CELSIUS * 1.8 + 32.0]),
    "seconds and days": np.column_stack([UNIX, UNIX / 86400.0]),
    "shares of a whole": np.array([[a, b, 100.0 - a - b] for a, b in zip(YEARS % 40, YEARS % 7, strict=True)]),
}


def fit_both(problem, solver, alphas=4):
    """(path with the block as given, path with independent columns at the same alphas)"""
    X, factor = problem.independent()
    reference = fit_path(X, problem.y, penalty_factor=factor, sample_weight=problem.sample_weight, eps=0.01, tol=1e-13,
                         alphas=alphas if problem.V.shape[1] else [1.0])
    assert (reference.dual_gaps <= 1e4 * reference.gap_tol).all()
    with warnings.catch_warnings():         # rounding may keep a true gap above tol
        warnings.filterwarnings("ignore", message="Objective did not converge")
        path = fit_path(problem.X, problem.y, penalty_factor=problem.penalty_factor, alphas=reference.alphas,
                        sample_weight=problem.sample_weight, tol=TOL, solver=solver)
    return path, reference


@pytest.mark.parametrize("solver", ["auto", "cd"])
@pytest.mark.parametrize("seed", range(120))
def test_certificates_are_true_and_norms_small(seed, solver):
    problem = make_collinear(seed)
    path, reference = fit_both(problem, solver)
    X, factor = problem.independent()
    n_block = problem.U.shape[1]
    zero = exact_objective(X, problem.y, np.zeros(X.shape[1]), problem.sample_weight, 0.0, factor)
    for k, alpha in enumerate(path.alphas):
        value = exact_objective(problem.X, problem.y, path.coefs[:, k], problem.sample_weight, alpha,
                                problem.penalty_factor)
        best = exact_objective(X, problem.y, reference.coefs[:, k], problem.sample_weight, alpha, factor)
        assert value - best <= path.dual_gaps[k] + 1e-10 * zero
        assert np.isfinite(path.dual_gaps[k])
        least = np.linalg.norm(problem.minimum_norm(reference.coefs[:X.shape[1] - problem.V.shape[1], k]))
        assert np.linalg.norm(path.coefs[:n_block, k]) <= 10.0 * least
        assert np.linalg.norm(path.coefs[:n_block, k]) >= 0.9 * least or not path.converged[k]


@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
@pytest.mark.parametrize("name", PAIRS)
def test_duplicate_columns_share_the_coefficient(name, storage):
    U = PAIRS[name]
    V = np.random.default_rng(3).standard_normal((60, 100))
    y = U[:, 0] / U[:, 0].std() + V[:, 0] + np.random.default_rng(4).standard_normal(60)
    X = np.hstack([U, V])
    factor = np.r_[np.zeros(U.shape[1]), np.ones(100)]
    path = fit_path(storage(X), y, penalty_factor=factor, alphas=8, tol=1e-8)
    assert path.converged.all()
    Z = U - U.mean(axis=0)
    for k in range(8):
        w = path.coefs[:U.shape[1], k]
        rest = y - y.mean() - (V - V.mean(axis=0)) @ path.coefs[U.shape[1]:, k]
        expected = np.linalg.lstsq(Z, rest, rcond=1e-9)[0]
        np.testing.assert_allclose(w, expected, atol=1e-5 * np.abs(expected).max())


def test_targets_tasks_folds_and_duality_gap_agree():
    U, V = PAIRS["year and age"], np.random.default_rng(5).standard_normal((60, 30))
    X, factor = np.hstack([U, V]), np.r_[0.0, 0.0, np.ones(30)]
    Y = np.column_stack([0.1 * YEARS + V[:, 0], V[:, 1] - 0.05 * YEARS]) + 0.1 * V[:, 2:4]
    options = {"penalty_factor": factor, "alphas": [0.5, 0.1], "tol": 1e-8}
    many, tasks = fit_many(X, Y, **options), fit_multi_task_path(X, Y, **options)
    assert many.converged.all() and tasks.converged.all()
    for k in range(2):
        alone = fit_path(X, Y[:, k], **options)
        np.testing.assert_allclose(many[k].coefs, alone.coefs, atol=1e-6)
        np.testing.assert_allclose(alone.coefs[0], -alone.coefs[1], rtol=1e-9)
        np.testing.assert_allclose(tasks.coefs[k, 0], -tasks.coefs[k, 1], rtol=1e-9)
        huge = alone.coefs[:, 0] + np.r_[1e3, 1e3, np.zeros(30)]        # the same fit with a large norm
        assert duality_gap(X, Y[:, k], huge, alpha=0.5, penalty_factor=factor) <= 2e-8 * Y[:, k].var()
    model = LassoCV(penalty_factor=factor, cv=3).fit(X, Y[:, 0])
    np.testing.assert_allclose(model.coef_[0], -model.coef_[1], rtol=1e-9)


def test_refits_and_degrees_of_freedom_ignore_rounding():
    U, V = PAIRS["degrees"] + [1e6, 1e7, -1e6], np.random.default_rng(6).standard_normal((60, 20))
    X, factor = np.hstack([U, V]), np.r_[np.zeros(3), np.ones(20)]
    y = CELSIUS + 2.0 * V[:, 0] + np.random.default_rng(7).standard_normal(60)
    path = fit_path(X, y, penalty_factor=factor, alphas=6)
    np.testing.assert_allclose(path.information_criterion("bic", X=X), path.information_criterion("bic"))
    relaxed = fit_path(X, y, penalty_factor=factor, alphas=6, relax=0.0)
    assert np.abs(relaxed.coefs).max() < 10.0 and (relaxed.refit_gaps <= relaxed.gap_tol).all()


def test_columns_that_differ_by_more_than_rounding_count():
    rng = np.random.default_rng(8)
    x, small = rng.standard_normal(50), rng.standard_normal(50)
    X = np.column_stack([x, x + 1e-7 * small])
    path = fit_path(X, small, penalty_factor=[0.0, 0.0], alphas=[1.0], tol=1e-6)
    assert path.converged[0] and path.r2[0] > 0.99
    np.testing.assert_allclose(path.coefs[:, 0], [-1e7, 1e7], rtol=1e-5)


@pytest.mark.parametrize("bound", [1e4, 1e14, 1e20, 9.9e35, 1e300])
@pytest.mark.parametrize("solver", ["auto", "cd"])
def test_inactive_bounds_change_nothing(solver, bound):
    rng = np.random.default_rng(9)
    x = rng.standard_normal(40)
    X = np.column_stack([x, 2.0 * x + 1e3, rng.standard_normal((40, 30))])
    y = 3.0 * x + X[:, 2] + rng.standard_normal(40)
    for factor in (np.r_[0.0, 0.0, np.ones(30)], np.ones(32)):
        options = {"penalty_factor": factor, "tol": 1e-9, "solver": solver, "alphas": [0.5, 0.1, 0.02]}
        path = fit_path(X, y, bounds=(-bound, bound), **options)
        free = fit_path(X, y, **options)
        assert path.converged.all()
        np.testing.assert_allclose(path.coefs, free.coefs, atol=1e-4)


@pytest.mark.parametrize("solver", ["auto", "cd"])
@pytest.mark.parametrize("seed", range(40))
def test_collinear_columns_within_bounds(seed, solver):
    """Compared with SciPy's bounded least squares on independent columns."""
    rng = np.random.default_rng(seed + 1000)
    problem = make_collinear(seed, n_samples=30, n_penalised=0, weighted=False)
    if np.abs(problem.U).max() > 1e9:
        problem = make_collinear(seed - seed % 3, n_samples=30, n_penalised=0, weighted=False)
    size = problem.U.shape[1]
    scale = 1.0 / problem.U.std(axis=0)
    lower = -scale * 10.0**rng.choice([-1.0, 0.0, 4.0, 14.0, 35.0])
    upper = scale * 10.0**rng.choice([-1.0, 0.0, 4.0, 14.0, 35.0])
    y = problem.y - problem.y.mean()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Objective did not converge")
        path = fit_path(problem.X, y, penalty_factor=np.zeros(size), bounds=(lower, upper), alphas=[1.0], tol=TOL,
                        solver=solver)
    w = path.coefs[:, 0]
    assert (w >= lower).all() and (w <= upper).all()
    centred = problem.centred - problem.centred.mean(axis=0)
    best = lsq_linear((centred @ problem.mix) / problem.U.std(axis=0) / scale, y, method="bvls", max_iter=1000,
                      bounds=(np.maximum(lower, -1e8 * scale), np.minimum(upper, 1e8 * scale)), tol=1e-13).cost / 30
    value = exact_objective(problem.X, y, w, None, 0.0, np.zeros(size))
    assert value - best <= path.dual_gaps[0] + 1e-9 * y.var()
    assert np.abs(w / scale).max() < 1e3 * y.std()


@pytest.mark.parametrize("solver", ["auto", "cd"])
@pytest.mark.parametrize("alphas", [[1.0, 0.1, 0.01], [1.0, 0.1, 0.0]])
def test_rounding_beyond_a_bound_does_not_end_a_path(solver, alphas, monkeypatch):
    """A solution within the bounds is accepted even if its last bit lies outside."""
    def one_bit_larger(_, batch):
        return replace(batch, values=np.nextafter(batch.values, np.copysign(np.inf, batch.values)))

    rng = np.random.default_rng(11)
    X = rng.standard_normal((40, 6))
    y = 3.0 * X[:, 0] - 2.0 * X[:, 1] + X[:, 2] + 0.1 * rng.standard_normal(40)
    options = {"penalty_factor": np.r_[0.0, 0.0, np.ones(4)], "bounds": (-0.1, 0.1), "alphas": alphas, "solver": solver}
    expected = fit_path(X, y, **options)
    monkeypatch.setattr("lassocore.solvers.driver.of_minimum_norm", one_bit_larger)
    path = fit_path(X, y, **options)
    assert len(path) == len(alphas) and path.stopped == "" and path.converged.all()
    assert (path.coefs[0] > 0.1).all() and (path.coefs[1] < -0.1).all()
    np.testing.assert_allclose(path.coefs, expected.coefs, rtol=1e-12, atol=1e-12)


def test_pivots_count_in_roundings():
    R = np.diag([1.0, 1e-9, 1e-12])
    order, rank = ranked_factor(R / 1e-10, 5.0)[1:]
    assert rank == 2 and order[:2].tolist() == [0, 1]
    assert ranked_factor(R / [1e-10, 1e-10, 1e-14], 5.0)[2] == 3


@pytest.mark.parametrize("seed", range(12))
def test_large_blocks_stay_in_the_row_space(seed, monkeypatch):
    """Many dependent columns are not pivoted; objective and norm equal those of the basis."""
    problem = make_collinear(seed)
    expected, _ = fit_both(problem, "auto")
    monkeypatch.setattr("lassocore.problems.unpenalised.LONG_PRODUCTS", 0.0)
    path, _ = fit_both(problem, "auto")
    block = slice(problem.U.shape[1])
    assert np.linalg.norm(path.coefs[block]) <= 1.2 * np.linalg.norm(expected.coefs[block])
    values = [exact_objective(problem.X, problem.y, p.coefs[:, -1], problem.sample_weight, p.alphas[-1],
                              problem.penalty_factor) for p in (path, expected)]
    assert abs(values[0] - values[1]) <= path.dual_gaps[-1] + expected.dual_gaps[-1]


def test_a_large_block_is_left_to_descent(monkeypatch):
    monkeypatch.setattr("lassocore.problems.unpenalised.MAX_BLOCK_ENTRIES", 10)
    X = np.asfortranarray(np.random.default_rng(10).standard_normal((20, 3)))
    problem = as_problem(X, X[:, 0], penalty_factor=[0.0, 0.0, 1.0])
    block = make_block(problem.design, problem.unpenalised, problem.penalty)
    assert block.root is None and block.basis.tolist() == [0, 1]
    assert fit_path(X, X[:, 0], penalty_factor=[0.0, 0.0, 1.0], alphas=[0.1]).converged.all()


@pytest.mark.parametrize("long_products", [0.0, 1e8], ids=["large", "small"])
@pytest.mark.parametrize("size", [1e-100, 1e-16, 1e-14, 1e3, 1e14, 1e16, 1e100])
def test_dependent_columns_of_any_size_fit_the_same(size, long_products, monkeypatch):
    monkeypatch.setattr("lassocore.problems.unpenalised.LONG_PRODUCTS", long_products)
    rng = np.random.default_rng(5)
    X, factor = rng.normal(size=(40, 6)), np.r_[0.0, 0.0, 0.0, np.ones(3), 0.0, 0.0]
    y = X @ rng.normal(size=6) + rng.normal(size=40)
    expected = fit_path(X, y, penalty_factor=factor[:6], alphas=5, tol=1e-10)
    X = np.column_stack([X, size * X[:, 0], (X[:, 1] + X[:, 2]) / size])
    path = fit_path(X, y, penalty_factor=factor, alphas=5, tol=1e-10)
    np.testing.assert_allclose(path.predict(X), expected.predict(X[:, :6]), rtol=0, atol=1e-8)


def test_minimum_norm_is_the_pseudo_inverse():
    combine = np.random.default_rng(6).normal(size=(4, 9))
    combine[:, [1, 3, 4, 8]] = np.eye(4)
    np.testing.assert_allclose(minimum_norm(combine, np.array([1, 3, 4, 8])), np.linalg.pinv(combine), atol=1e-13)


@pytest.mark.parametrize("seed, shape", [(215, (12, 55)), (276, (10, 51)), (390, (10, 42))])
@pytest.mark.parametrize("solver", ["auto", "cd", "gram", "working_set"])
def test_as_many_free_columns_as_samples_leave_finite_coefficients(seed, shape, solver):
    """The residual is rounding error, and exact steps at an alpha of its size may end in NaN."""
    rng = np.random.default_rng(seed)
    rng.integers(4, 14), rng.integers(15, 60)
    X = rng.standard_normal(shape)
    y, factor = X[:, 0] + rng.standard_normal(shape[0]), np.ones(shape[1])
    factor[:shape[0] - 1] = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = fit_path(X, y, alphas=[1e-14, 1e-15, 1e-16], solver=solver, l1_ratio=0.5, penalty_factor=factor,
                        tol=1e-7, max_iter=300)
    assert np.isfinite(path.coefs).all() and np.isfinite(path.dual_gaps).all()
