# Lives here: exact steps after a descent, and fits that go on beyond tol. Independent of: scikit-learn's kernels.
"""`refine`, `newton_rows` and Settings(exact=True), against optimality conditions and descent to rounding."""
import numpy as np
import pytest
import scipy.sparse as sp

from lassocore.paths.fit_multi_task_path import solve_multi_task_path
from lassocore.paths.fit_path import solve_path
from lassocore.problems.gram_problem import gram_problem
from lassocore.problems.multi_task import as_multi_task_problem
from lassocore.problems.problem import as_problem
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.cost_model import affords_exact
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.newton_on_support import refine
from lassocore.solvers.penalty_grid import as_alpha, level_scales
from lassocore.solvers.settings import Settings


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    X = np.asfortranarray(rng.standard_normal((70, 40)) @ (np.eye(40) + 0.1 * rng.standard_normal((40, 40))) + 1.0)
    return X, X[:, :6] @ rng.standard_normal(6) + rng.standard_normal(70)


STORAGES = [np.asfortranarray, np.ascontiguousarray, sp.csc_array]


def settled(problem, alpha, l1_ratio):
    """Coordinate descent to rounding errors."""
    path = solve_path(problem, [alpha], 1.0, l1_ratio, Settings(solver="cd", tol=1e-15, max_iter=100_000))
    return path.coefs[:, 0]


def gradient_on_support(problem, level, alpha, l1_ratio):
    """The largest derivative of the objective on the support, as a share of the largest correlation."""
    Z = problem.matrix.gather(level.rows)
    l1, l2 = level_scales(problem, alpha, l1_ratio)
    l1, l2 = l1 * problem.l1_factor[level.rows], l2 * problem.l2_factor[level.rows]
    gradient = Z.T @ (Z @ level.values) - problem.correlations[level.rows] + l1 * np.sign(level.values) + (
        l2 * level.values)
    return np.abs(gradient).max() / np.abs(problem.correlations).max()


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
@pytest.mark.parametrize("options", [
    {}, {"positive": True}, {"sample_weight": np.linspace(0.0, 2.0, 70)}, {"standardize": True},
    {"penalty_factor": np.repeat([1.0, 0.0, np.inf, 2.0], 10)},
])
def test_a_refined_level_is_exact(data, storage, l1_ratio, options):
    problem = as_problem(storage(data[0]), data[1], **options)
    descent = CoordinateDescent(problem, l1_ratio, Settings(tol=1e-8))
    level = descent.solve(0, 0.08)
    refined = refine(descent, level, 0.08)
    assert gradient_on_support(problem, level, 0.08, l1_ratio) > 1e-9           # there was something to refine
    assert gradient_on_support(problem, refined, 0.08, l1_ratio) < 1e-11
    expected = settled(problem, 0.08, l1_ratio)
    np.testing.assert_allclose(refined.values, expected[refined.rows], atol=1e-7 * np.abs(expected).max())
    assert refined.gap <= 1e-12 * problem.sq_target and refined.converged and refined.n_newton == 1
    assert refined.n_epochs == level.n_epochs


def test_a_wrong_support_is_not_refined(data):
    """Signs that change, coefficients at a bound, a support that is too large: the level stays, and so does descent."""
    problem = as_problem(*data, bounds=(-0.2, 0.2))
    descent = CoordinateDescent(problem, 1.0, Settings(tol=1e-5))
    level = descent.solve(0, 0.08)
    assert (np.abs(level.values) == 0.2).any() and refine(descent, level, 0.08) is level
    problem = as_problem(*data)
    descent = CoordinateDescent(problem, 1.0, Settings(tol=1e-5))
    level = descent.solve(0, 0.08)
    wrong = level._replace(values=-level.values)
    assert refine(descent, wrong, 0.08) is wrong
    better = level._replace(gap=0.0)            # nothing is as good as that: back to where descent was
    assert refine(descent, better, 0.08) is better
    np.testing.assert_allclose(descent.solver.w[level.rows], level.values, rtol=1e-12)


@pytest.mark.parametrize("storage", [*STORAGES, "gram"])
@pytest.mark.parametrize("shape", [(70, 40), (30, 40)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fits_go_on_to_the_same_numbers(data, storage, shape, dtype):
    """At the default tolerance every storage gives the coefficients that descent to rounding gives."""
    X, y = data[0][:shape[0]], data[1][:shape[0]]
    X, y = X - X.mean(0), y - y.mean()
    expected = settled(as_problem(X, y, fit_intercept=False), 0.05, 0.7)
    if storage == "gram":
        problem = gram_problem(X.T @ X, X.T @ y, float(y @ y), False, dtype)
        alpha, l1_ratio = as_alpha(0.05 * 0.7 * len(y), 0.05 * 0.3 * len(y), 1.0)
    else:
        problem, alpha, l1_ratio = as_problem(storage(X.astype(dtype)), y, fit_intercept=False), 0.05, 0.7
    exact = Settings(tol=1e-4, exact=True)
    path = solve_path(problem, [alpha], 1.0, l1_ratio, exact)
    close = 1e-8 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(path.coefs[:, 0], expected, atol=close * np.abs(expected).max())
    assert path.converged.all() and path.n_iter[0] > 1
    again = solve_path(problem, [alpha], 1.0, l1_ratio, exact, path.coefs[:, 0])
    assert again.n_iter[0] == 0 and again.info.levels[0].method == "start" or dtype == np.float32
    np.testing.assert_allclose(again.coefs, path.coefs, atol=close)


def test_converged_is_what_meets_tol_even_where_the_goal_is_missed(data):
    problem = as_problem(*data)
    assert Settings(tol=1e-4, exact=True).goal == pytest.approx(1e-8) and Settings(tol=1e-4).goal == 1e-4
    assert Settings(tol=1e-9, exact=True).goal == 1e-13 and Settings(tol=1e-16, exact=True).goal == 1e-16
    few = Settings(tol=1e-3, max_iter=2, exact=True)           # left to descent: it stops on its way
    (level,), = solve_levels(problem, np.array([0.3]), 1.0, few, None, None)
    assert level.converged == (level.gap <= 1e-3 * problem.sq_target) and level.gap > 1e-8 * problem.sq_target
    assert level.n_epochs <= 2 and level.method == "cd"


def test_exact_steps_are_taken_where_they_cost_little(data):
    problem = as_problem(*data)
    level = CoordinateDescent(problem, 1.0, Settings()).solve(0, 0.1)
    assert affords_exact(problem, level)
    assert not affords_exact(problem, level._replace(rows=np.arange(20_000), n_epochs=3))


def stationarity(X, Y, W, l1, l2):
    """The gradient of the rows that are not 0."""
    lengths = np.linalg.norm(W, axis=1)[:, None]
    return X.T @ (X @ W - Y) + l1 * W / lengths + l2 * W


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_several_tasks_go_on_to_the_same_numbers(data, l1_ratio):
    X, y = data
    Y = np.column_stack([y, y[::-1], X[:, 0] * 2.0])
    paths = [solve_multi_task_path(as_multi_task_problem(storage(X), Y), [0.3], 1.0, l1_ratio,
                                   Settings(tol=1e-4, exact=True)) for storage in STORAGES]
    loose = solve_multi_task_path(as_multi_task_problem(X, Y), [0.3], 1.0, l1_ratio, Settings(tol=1e-4))
    W = paths[0].coefs[:, :, 0]
    scale = np.abs(W).max()
    for path in paths[1:]:
        np.testing.assert_allclose(path.coefs[:, :, 0], W, atol=1e-10 * scale)
    assert l1_ratio == 0.0 or np.abs(loose.coefs[:, :, 0] - W).max() > 1e-8 * scale
    support = W.any(axis=0)
    l1, l2 = level_scales(as_multi_task_problem(X, Y), 0.3, l1_ratio)
    gradient = stationarity((X - X.mean(0))[:, support], Y - Y.mean(0), W[:, support].T, l1, l2)
    assert np.abs(gradient).max() < 1e-9 * np.abs(X.T @ Y).max()
