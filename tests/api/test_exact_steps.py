# Lives here: exact steps on a Gram matrix through the C interface. Independent of: compilers.
"""lassocore_fit with LASSOCORE_EXACT_STEPS equals solver="gram" of Python on the same Gram matrix."""
from dataclasses import replace

import numpy as np
import pytest
from helpers.c_api import design_of, gram_design, options_of, solve, table, workspace_for

from lassocore import fit_gram_path, fit_path
from lassocore._isa import core
from lassocore.designs.design import make_design
from lassocore.paths.fit_path import solve_path
from lassocore.penalties.elastic_net import ElasticNetPenalty
from lassocore.problems.gram_problem import gram_problem
from lassocore.solvers.settings import Settings

EXACT = 1


def products(n, p, seed=0):
    """(X'X, X'y, y'y, X, y) of centred columns."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + 0.5 * rng.standard_normal((n, 1))
    y = X @ np.where(rng.random(p) < 0.3, rng.standard_normal(p), 0.0) + rng.standard_normal(n)
    X, y = X - X.mean(axis=0), y - y.mean()
    return X.T @ X, X.T @ y, float(y @ y), X, y


def path_of_python(gram, q, sq_target, n, alphas, *, l1_ratio=1.0, solver="gram", lower=None, upper=None, factor=None,
                   tol=1e-4):
    """The path of a problem given by a Gram matrix."""
    problem = gram_problem(gram, q, sq_target, False, np.float64)
    v = np.ones(len(q)) if factor is None else factor
    usable = (problem.sq_norms > 0.0) & (v < np.inf)
    if lower is not None:
        usable &= (lower < 0.0) | (upper > 0.0)
    problem = replace(
        problem, design=make_design(core.Matrix.gram(np.asfortranarray(gram), float(n)), problem.sq_norms, True),
        penalty=ElasticNetPenalty(v, v, lower, upper), features=usable.nonzero()[0])
    return solve_path(problem, alphas, 1e-3, l1_ratio, Settings(solver=solver, tol=tol))


def check(found, path):
    assert found.status == 0 and path.converged.all() and not found.intercepts.any()
    assert found.coefs.T.tobytes() == path.coefs.tobytes(), np.abs(found.coefs.T - path.coefs).max()
    assert found.gaps.tobytes() == path.dual_gaps.tobytes() and found.gap_tol == path.gap_tol
    assert found.n_iter.tolist() == (path.info["n_epochs"] + path.info["n_newton"]).tolist()
    assert set(path.info["method"]) == {"gram"}


@pytest.mark.parametrize("n, p", [(80, 30), (200, 60), (25, 40), (5, 1), (300, 150)])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("n_alphas", [1, 7, 100])
def test_paths_equal_those_of_python(n, p, l1_ratio, n_alphas):
    gram, q, sq_target, _, _ = products(n, p)
    alphas = np.abs(q).max() / (n * l1_ratio) * np.geomspace(0.9, 1e-2, n_alphas)
    path = path_of_python(gram, q, sq_target, n, alphas, l1_ratio=l1_ratio)
    design, options = gram_design(gram, q, sq_target, n), options_of(method=EXACT, l1_ratio=l1_ratio)
    check(solve(design, None, alphas, options, workspace_for(design, options)), path)


def test_ridge_regression_equals_that_of_python():
    gram, q, sq_target, _, _ = products(60, 20)
    alphas = np.array([1.0, 0.1, 0.01])
    path = path_of_python(gram, q, sq_target, 60, alphas, l1_ratio=0.0)
    found = solve(gram_design(gram, q, sq_target, 60), None, alphas, options_of(method=EXACT, l1_ratio=0.0))
    check(found, path)


def test_bounds_factors_and_excluded_columns_equal_those_of_python():
    gram, q, sq_target, _, _ = products(120, 40, seed=1)
    rng = np.random.default_rng(2)
    lower, upper = -rng.uniform(0.0, 0.4, 40), np.where(rng.random(40) < 0.4, np.inf, rng.uniform(0.0, 0.4, 40))
    lower[3] = upper[3] = 0.0
    factor = rng.uniform(0.5, 2.0, 40)
    factor[[7, 8]] = np.inf
    alphas = np.geomspace(0.5, 0.01, 20)
    for given in {"lower": lower, "upper": upper}, {"penalty_factor": factor}, {
            "lower": lower, "upper": upper, "penalty_factor": factor}:
        path = path_of_python(gram, q, sq_target, 120, alphas, lower=given.get("lower"), upper=given.get("upper"),
                              factor=given.get("penalty_factor"))
        check(solve(gram_design(gram, q, sq_target, 120), None, alphas, options_of(method=EXACT, **given)), path)


def test_columns_without_a_norm_are_left_out():
    gram, q, sq_target, _, _ = products(50, 12)
    gram[4], gram[:, 4], q[4] = 0.0, 0.0, 0.0
    alphas = np.geomspace(0.5, 0.01, 9)
    path = path_of_python(gram, q, sq_target, 50, alphas)
    check(solve(gram_design(gram, q, sq_target, 50), None, alphas, options_of(method=EXACT)), path)


@pytest.mark.parametrize("method", [0, EXACT])
def test_a_weighted_gram_matrix_gives_what_the_weighted_columns_do(method):
    _, _, _, X, y = products(90, 15)
    s = np.random.default_rng(4).uniform(0.1, 3.0, 90)
    total, alphas = float(s.sum()), np.geomspace(0.5, 0.01, 10)
    gram, q, sq_target = X.T @ (s[:, None] * X), X.T @ (s * y), float(y @ (s * y))
    found = solve(gram_design(gram, q, sq_target, total), None, alphas, options_of(method=method, tol=1e-10))
    for path in (fit_path(X, y, alphas=alphas, sample_weight=s, fit_intercept=False, tol=1e-10),
                 fit_gram_path(gram, q, sq_target=sq_target, n_samples=total, alphas=alphas, tol=1e-10)):
        np.testing.assert_allclose(found.coefs.T, path.coefs, atol=1e-4)
        assert found.gap_tol == pytest.approx(path.gap_tol, rel=1e-9)
    assert found.status == 0


@pytest.mark.parametrize("tol", [1e-4, 1e-10])
def test_solutions_agree_with_descent_within_the_tolerance(tol):
    gram, q, sq_target, X, y = products(90, 50)
    alphas = np.geomspace(0.3, 0.005, 15)
    start = np.random.default_rng(3).standard_normal(50)
    reference = fit_path(X, y, alphas=alphas, fit_intercept=False, tol=1e-12)
    for given in {}, {"start": start}:
        found = solve(gram_design(gram, q, sq_target, 90), None, alphas, options_of(method=EXACT, tol=tol, **given))
        assert found.status == 0 and (found.gaps <= found.gap_tol).all()
        objectives = [np.sum((y - X @ w)**2) / 180 + alpha * np.abs(w).sum() for alpha, w in zip(
            alphas, found.coefs, strict=True)]
        least = [np.sum((y - X @ w)**2) / 180 + alpha * np.abs(w).sum() for alpha, w in zip(
            alphas, reference.coefs.T, strict=True)]
        assert (np.array(objectives) - least <= found.gaps + 1e-12).all()
        np.testing.assert_allclose(found.objectives, objectives, rtol=1e-10)


@pytest.mark.parametrize("tol, least_missed, most_missed", [(1e-15, 0, 0), (0.0, 9, 12)])   # a gap may be exactly 0
def test_what_exact_steps_do_not_certify_is_solved_by_descent(tol, least_missed, most_missed):
    """Columns that are equal up to rounding, and a tolerance near the rounding error of a Gram matrix, or none."""
    gram, q, sq_target, X, y = products(40, 12)
    X = np.hstack([X, X * (1.0 + 1e-9), X[:, :3] + 1e-8])
    gram, q = X.T @ X, X.T @ y
    alphas = np.geomspace(0.3, 1e-4, 12)
    found = solve(gram_design(gram, q, sq_target, 40), None, alphas, options_of(method=EXACT, tol=tol, max_iter=300))
    n_missed = (found.converged == 0).sum()
    assert found.status == int(n_missed > 0) and least_missed <= n_missed <= most_missed
    assert found.n_iter[-1] > 1         # the last alphas are on a linear piece, where exact steps take none
    assert ((found.gaps <= found.gap_tol) == found.converged.astype(bool)).all()
    reference = fit_path(X, y, alphas=alphas, fit_intercept=False, tol=1e-9)
    objectives = [np.sum((y - X @ w)**2) / 80 + alpha * np.abs(w).sum() for alpha, w in zip(
        alphas, found.coefs, strict=True)]
    least = [np.sum((y - X @ w)**2) / 80 + alpha * np.abs(w).sum() for alpha, w in zip(
        alphas, reference.coefs.T, strict=True)]
    assert (np.array(objectives) <= np.array(least) + 1e-6).all()


def test_problems_that_the_method_is_not_for():
    gram, q, sq_target, X, y = products(30, 6)
    alphas, factor = np.array([0.1]), np.ones(6)
    factor[2] = 0.0
    for stored in np.asfortranarray(X), np.ascontiguousarray(X):
        assert solve(design_of(stored), y, alphas, options_of(method=EXACT)).status == -23
    options = options_of(method=EXACT, penalty_factor=factor)
    assert solve(gram_design(gram, q, sq_target, 30), None, alphas, options).status == -23
    zero = solve(gram_design(gram, 0.0 * q, 0.0, 30), None, alphas, options_of(method=EXACT))
    assert zero.status == 0 and not zero.coefs.any()


def test_the_workspace_is_as_large_as_what_is_written():
    gram, q, sq_target, _, _ = products(60, 33)
    design, options, alphas = gram_design(gram, q, sq_target, 60), options_of(method=EXACT), np.geomspace(0.5, 1e-3, 80)
    size = table.workspace_size(design, options)
    assert size > table.workspace_size(design, options_of())
    guarded = np.full(size + 64, 7, np.uint8)
    found = solve(design, None, alphas, options, guarded[:size])
    assert found.status == 0 and (guarded[size:] == 7).all()
    again = solve(design, None, alphas, options, guarded[:size])
    assert again.coefs.tobytes() == found.coefs.tobytes()
    assert solve(design, None, alphas, options, guarded[:size - 1]).status == -3


def test_steps_whose_length_underflows_end():
    """Far above alpha_max, from a start within bounds, a step may be 1e300 times as long as the way to a bound."""
    alphas = np.array([1e300])
    for seed in range(40):
        gram, q, sq_target, _, _ = products(5, 7, seed)
        rng = np.random.default_rng(seed)
        options = options_of(method=EXACT, positive=1, upper=rng.uniform(0.2, 1.5, 7), max_iter=300, tol=1e-10,
                             start=rng.standard_normal(7) * 10.0 ** rng.integers(-160, 1, 7))
        found = solve(gram_design(gram, q, sq_target, 5), None, alphas, options)
        assert found.status == 0 and not found.coefs.any()
