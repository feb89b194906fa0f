# Lives here: every method on every option and storage, against the oracle. Independent of: how the methods work.
"""What test_path.py asks of the method that is chosen, asked of each: optimality, certificates, bounds, float32."""
from functools import cache

import numpy as np
import pytest
import scipy.sparse as sp
from helpers.methods import (
    METHODS,
    applies,
    assert_solved,
    by_descent,
    design_of,
    make_wide,
    solver_of,
    target_scale,
    with_storages,
)
from oracles.reference import make_data, make_options, plain

from lassocore import Lasso, fit_path
from lassocore.paths.fit_path import solve_path
from lassocore.problems.gram_problem import with_gram
from lassocore.problems.problem import as_problem
from lassocore.solvers.settings import Settings

ALPHAS = [0.8, 0.3, 0.1, 0.01]
N_SAMPLES, N_FEATURES = 37, 9       # enough samples for bounds on the columns outside a working set
OPTIONS = list(make_options(0))
METHOD = pytest.mark.parametrize("method", [*METHODS, "auto"])
NAME = pytest.mark.parametrize("name", OPTIONS)
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])


def with_long_indices(X):
    """CSC with int64 indices"""
    design = sp.csc_array(X)
    design.indices, design.indptr = design.indices.astype(np.int64), design.indptr.astype(np.int64)
    return design


STORAGES = {
    "F": np.asfortranarray, "C": np.ascontiguousarray, "int32": sp.csc_array, "int64": with_long_indices,
    "F float32": lambda X: np.asfortranarray(X, np.float32), "C float32": lambda X: np.ascontiguousarray(X, np.float32),
    "int32 float32": lambda X: sp.csc_array(X.astype(np.float32)),
    "int64 float32": lambda X: with_long_indices(X.astype(np.float32)),
}


@cache
def make_case(name, fit_intercept):
    """(X that float32 can hold, y, options, the oracle's objectives)"""
    X, y, _ = make_data(50, N_SAMPLES, N_FEATURES, density=0.6)
    X = X.astype(np.float32).astype(float)
    options = {**make_options(50, N_SAMPLES, N_FEATURES)[name], "fit_intercept": fit_intercept}
    problems = [plain(X, y, alpha, **options) for alpha in ALPHAS]
    return X, y, options, np.array([problem.primal(problem.solve()) for problem in problems])


@with_storages([*METHODS, "auto"], STORAGES)
@INTERCEPT
@NAME
def test_every_method_on_every_option(method, name, fit_intercept, storage, monkeypatch):
    X, y, options, best = make_case(name, fit_intercept)
    single = "float32" in storage
    solver = solver_of(method, monkeypatch)
    tol = 1e-5 if single else 1e-10
    if not applies(method, options, single):
        with pytest.raises(ValueError, match="solver="):
            fit_path(STORAGES[storage](X), y, alphas=ALPHAS, **options, solver=solver)
        return
    path = fit_path(STORAGES[storage](X), y, alphas=ALPHAS, tol=tol, **options, solver=solver)
    assert path.coefs.dtype == (np.float32 if single else np.float64)
    # float32 cannot hold what a finite bound keeps off a rounded one: 1e-7 of the bounds, and of the objective
    assert_solved(STORAGES[storage](X), y, options, path, best, slack=1e-7 if single else 1e-12)
    if method != "auto":
        assert set(path.info["method"]) == {method}


@INTERCEPT
@NAME
@METHOD
def test_kkt(method, name, fit_intercept, monkeypatch):
    """A proximal step on any coordinate descends by (X_j's step)^2 / 2 at most, and never by more than the gap."""
    X, y, options, _ = make_case(name, fit_intercept)
    if not applies(method, options, False):
        method = "gram"
    solver = solver_of(method, monkeypatch)
    path = fit_path(design_of(method, X), y, alphas=ALPHAS, tol=1e-12, **options, solver=solver)
    assert path.converged.all()
    for k, alpha in enumerate(ALPHAS):
        problem, w = plain(X, y, alpha, **options), path.coefs[:, k]
        sq_norms = (problem.Z**2).sum(0)
        q = problem.Z.T @ (problem.z - problem.Z @ w) + sq_norms * w
        best = np.sign(q) * np.maximum(np.abs(q) - problem.l1, 0) / np.where(sq_norms > 0, sq_norms + problem.l2, 1)
        step = np.clip(best, problem.lower, problem.upper) - w
        assert (0.5 * sq_norms * step**2 <= path.dual_gaps[k] + 1e-14 * target_scale(X, y, options)).all()
        assert ((w >= problem.lower) & (w <= problem.upper)).all()


@with_storages([*METHODS, "auto"], ["F", "C", "int32", "F float32"])
@NAME
def test_more_columns_than_rows(method, name, storage, monkeypatch):
    """Most columns stay outside a working set; against coordinate descent, not the oracle."""
    n, p = 40, 120
    X = make_data(51, n, p, density=0.3 if "int" in storage else 1.0)[0].astype(np.float32).astype(float)
    y = X[:, :9] @ np.linspace(-1, 2, 9) + np.random.default_rng(51).standard_normal(n)
    options, single = make_options(51, n, p)[name], "float32" in storage
    alphas = [2.0, 0.5, 0.2, 0.1]
    best, reference = by_descent(X, y, alphas, tol=1e-11, max_iter=100_000, **options)
    assert reference.converged.all()
    solver = solver_of(method, monkeypatch)
    if not applies(method, options, single):
        with pytest.raises(ValueError, match="solver="):
            fit_path(STORAGES[storage](X), y, alphas=alphas, **options, solver=solver)
        return
    path = fit_path(STORAGES[storage](X), y, alphas=alphas, tol=1e-5 if single else 1e-10, **options, solver=solver)
    # by_descent is itself up to its tolerance above the minimum, on the safe side here
    assert_solved(STORAGES[storage](X), y, options, path, best, slack=1e-6 if single else 1e-11)
    if method != "auto":
        assert set(path.info["method"]) == {method}


@METHOD
def test_the_same_numbers_in_all_storages(method, monkeypatch):
    X, y = make_wide(52, 45, 80)
    solver = solver_of(method, monkeypatch)
    paths = [fit_path(STORAGES[storage](X), y, alphas=30, eps=0.01, tol=1e-12, solver=solver) for storage in
             ("F", "C", "int32", "int64")]
    for path in paths:
        assert path.converged.all() and path.n_nonzero[-1] > 20
        np.testing.assert_allclose(path.coefs, paths[0].coefs, atol=1e-5)


@pytest.mark.parametrize("fit_intercept", [True, False])
@METHOD
def test_warm_is_cold(method, fit_intercept, monkeypatch):
    X, y = make_wide(53, 50, 90)
    X = design_of(method, X)
    solver = solver_of(method, monkeypatch)
    path = fit_path(X, y, alphas=12, eps=0.02, tol=1e-12, fit_intercept=fit_intercept, solver=solver)
    for k, alpha in enumerate(path.alphas):
        cold = fit_path(X, y, alphas=[alpha], tol=1e-12, fit_intercept=fit_intercept, solver=solver)
        np.testing.assert_allclose(path.coefs[:, k], cold.coefs[:, 0], atol=1e-5)


@pytest.mark.parametrize("method", ["gram", "working_set", "auto"])
def test_large_means_cost_no_digits(method, monkeypatch):
    X, y = make_wide(54, 50, 70)
    best, _ = by_descent(X, y, [0.5, 0.1, 0.02], tol=1e-12, max_iter=100_000)
    solver = solver_of(method, monkeypatch)
    for shift in (1e3, 1e6):
        moved = (X + shift)
        path = fit_path(moved, y, alphas=[0.5, 0.1, 0.02], tol=1e-9, solver=solver)
        assert_solved(moved, y, {}, path, best, slack=1e-9)
        assert method == "auto" or "cd" not in set(path.info["method"])
        # a Gram matrix that is centred after it is summed would lose these
        sparse = fit_path(sp.csc_array(moved), y, alphas=[0.5, 0.1, 0.02], tol=1e-9)
        assert_solved(sp.csc_array(moved), y, {}, sparse, best, slack=1e-9)
        assert set(sparse.info["method"]) == {"cd"}
        if method != "auto":
            with pytest.raises(ValueError, match="would lose digits"):
                fit_path(sp.csc_array(moved), y, alphas=[0.5], solver=solver)


@pytest.mark.parametrize("method", METHODS)
def test_unpenalised_columns_among_many(method, monkeypatch):
    """They are in the set from the first level on, solved to rounding, or no gap would be finite."""
    X, y = make_wide(55, 50, 100)
    factor = np.ones(100)
    factor[[3, 50, 51, 99]] = 0.0
    options = {"penalty_factor": factor}
    alphas = [50.0, 0.5, 0.1, 0.05]
    best, _ = by_descent(X, y, alphas, tol=1e-11, max_iter=100_000, **options)
    solver = solver_of(method, monkeypatch)
    path = fit_path(design_of(method, X), y, alphas=alphas, tol=1e-10, **options, solver=solver)
    assert_solved(X, y, options, path, best)
    assert np.flatnonzero(path.coefs[:, 0]).tolist() == [3, 50, 51, 99]
    assert set(path.info["method"]) == {method}


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "ridge"])
def test_a_gram_matrix_in_the_place_of_X(name):
    """precompute=True: "gram" on a matrix that is there already, all of its columns or the usable ones."""
    X, y, options, best = make_case(name, True)
    problem = with_gram(as_problem(X, y, **{key: value for key, value in options.items() if key != "l1_ratio"}), True,
                        True)
    is_free = len(problem.unpenalised) and problem.penalty.is_bounded(problem.unpenalised)
    assert problem.matrix.storage == ("dense" if is_free else "gram")
    path = solve_path(problem, ALPHAS, 1e-3, options.get("l1_ratio", 1.0), Settings(tol=1e-10))
    assert_solved(X, y, options, path, best)
    assert set(path.info["method"]) == {"gram"}


@pytest.mark.parametrize("precompute", [True, "matrix"])
def test_unpenalised_columns_with_bounds_are_solved_on_X_itself(precompute):
    """What is free without these bounds was computed from memory that nobody had written."""
    X, y, _ = make_data(3, N_SAMPLES, N_FEATURES)
    X = np.asfortranarray(X - X.mean(axis=0))
    gram = precompute if precompute is True else X.T @ X
    options = {"alpha": 0.1, "penalty_factor": np.r_[0.0, np.ones(N_FEATURES - 1)], "positive": True, "tol": 1e-10}
    found, expected = (Lasso(**options, precompute=given).fit(X, y) for given in (gram, False))
    np.testing.assert_array_equal(found.coef_, expected.coef_)
    assert found.dual_gap_ <= 1e-10 * np.square(y - y.mean()).mean()
