# Lives here: the kernels of the group penalty, one by one, and its certificate by brute force. Independent of: paths.
"""Every storage against NumPy; the gap against P - D."""
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import dense
from oracles.reference_multi_task import make_task_options, make_tasks, plain_tasks
from sklearn.exceptions import ConvergenceWarning

from lassocore import fit_multi_task_path
from lassocore._isa import core
from lassocore.problems.multi_task import as_multi_task_problem, in_blocks
from lassocore.solvers.multi_task_working_set import CrossGram
from lassocore.solvers.penalty_grid import set_level


def csc(dtype, index):
    def convert(X):
        X = sp.csc_array(X.astype(dtype))
        return sp.csc_array((X.data, X.indices.astype(index), X.indptr.astype(index)), shape=X.shape)
    return convert


STORAGES = {
    "columns": np.asfortranarray, "rows": np.ascontiguousarray,
    "columns f32": lambda X: np.asfortranarray(X, np.float32),
    "rows f32": lambda X: np.ascontiguousarray(X, np.float32),
    "csc": csc(np.float64, np.int32), "csc long": csc(np.float64, np.int64), "csc f32": csc(np.float32, np.int32),
    "csc f32 long": csc(np.float32, np.int64),
}
CASES = list(product(STORAGES, [1, 3, 11], [False, True], [True, False]))
CASE = pytest.mark.parametrize("storage, n_tasks, weighted, fit_intercept", CASES)


def make_case(storage, n_tasks, weighted, fit_intercept, seed=0):
    """(problem, centred X with rows scaled by sqrt(s), Y likewise)"""
    X, Y, rng = make_tasks(seed, n_samples=30, n_features=9, n_tasks=n_tasks, density=0.4)
    X[:, 3] = rng.standard_normal(30) + 5.0             # a full column in a sparse matrix
    s = rng.uniform(0.1, 2.0, 30) if weighted else np.ones(30)
    if weighted:
        s[[2, 7]] = 0.0
    X = STORAGES[storage](X)
    problem = as_multi_task_problem(X, Y, fit_intercept=fit_intercept, sample_weight=s)
    s = problem.matrix.weights if weighted else s
    X = dense(X)
    if fit_intercept:
        X, Y = X - s @ X / s.sum(), Y - s @ Y / s.sum()
    return problem, np.sqrt(s)[:, None] * X, np.sqrt(s)[:, None] * Y, rng


def solver_of(problem, W, columns=None):
    solver = core.TaskSolver(problem.matrix, problem.target, problem.sq_norms, problem.sq_target)
    solver.W[:, :W.shape[1]] = W
    solver.set_unpenalised(problem.unpenalised, problem.block)
    solver.set_columns(problem.features if columns is None else columns)
    solver.refresh()
    return solver


@CASE
def test_residuals_and_scans(storage, n_tasks, weighted, fit_intercept):
    problem, Z, Y, rng = make_case(storage, n_tasks, weighted, fit_intercept)
    W = rng.standard_normal((9, n_tasks)) * (rng.random(9) < 0.7)[:, None]
    solver = solver_of(problem, W)
    R = Y - Z @ W
    found = solver.residual.transpose(1, 0, 2).reshape(30, -1)      # tasks of all blocks side by side
    s = np.ones(30) if problem.matrix.weights is None else problem.matrix.weights
    np.testing.assert_allclose(found[:, :n_tasks], np.sqrt(s)[:, None] * R, atol=1e-12 * np.abs(R).max())
    assert not found[:, n_tasks:].any()
    solver.update_correlations(problem.features)
    np.testing.assert_allclose(solver.C[:, :n_tasks], Z.T @ R, atol=1e-11 * np.abs(Z.T @ Y).max())
    np.testing.assert_allclose(solver.correlation_norms(problem.features), np.linalg.norm(Z.T @ R, axis=1), atol=1e-9)
    sq_residual = solver.gap(problem.features, 0.0)[1]
    assert sq_residual == pytest.approx((R**2).sum(), rel=1e-10)
    np.testing.assert_allclose(problem.correlations[:, :n_tasks], Z.T @ Y, atol=1e-11 * np.abs(Z.T @ Y).max())


@CASE
@pytest.mark.parametrize("on_gram", [False, True])
def test_one_epoch_is_the_block_step(storage, n_tasks, weighted, fit_intercept, on_gram):
    """From zeros, max_iter = 1: each column in turn is set to the minimiser of its block."""
    problem, Z, Y, _ = make_case(storage, n_tasks, weighted, fit_intercept)
    l1, l2 = np.linspace(0.5, 4.0, 9), np.linspace(2.0, 0.0, 9)
    W = np.zeros((9, n_tasks))
    for j in range(9):
        q = Z[:, j] @ (Y - Z @ W + np.outer(Z[:, j], W[j]))
        norm = np.linalg.norm(q)
        W[j] = max(0.0, 1 - l1[j] / norm) * q / (Z[:, j] @ Z[:, j] + l2[j])
    if on_gram:
        gram = np.asfortranarray(Z.T @ Z)
        solver = core.TaskSolver(core.Matrix.gram(gram, problem.total_weight), in_blocks(problem.correlations),
                                 problem.sq_norms, problem.sq_target)
    else:
        solver = core.TaskSolver(problem.matrix, problem.target, problem.sq_norms, problem.sq_target)
    solver.set_columns(np.arange(9))
    solver.set_penalty(l1, l2, None, None)
    solver.set_settings(0.0, 1, "cyclic", None, False)
    gap, n_iter, status = solver.solve_level()
    assert (n_iter, status) == (1, "max_iter")
    np.testing.assert_allclose(solver.W[:, :n_tasks], W, atol=1e-10 * np.abs(W).max())
    expected = in_blocks(Z.T @ (Y - Z @ W)) if on_gram else solver_of(problem, W).residual
    np.testing.assert_allclose(solver.residual, expected, atol=1e-9)
    assert gap >= 0.0


def test_rows_of_extreme_size_have_their_norm():
    problem, *_ = make_case("columns", 3, False, False)
    solver = core.TaskSolver(problem.matrix, problem.target, problem.sq_norms, problem.sq_target)
    for size in (0.0, 1e-300, 1e-160, 1.0, 1e160, 1e300):
        solver.C[:, :3] = np.array([3.0, 0.0, -4.0]) * size
        np.testing.assert_allclose(solver.correlation_norms(problem.features), 5.0 * size, rtol=1e-14)


def best_dual(problem, W):
    """The largest dual value over multiples of the residual, by a search, on the data and on [Z; sqrt(l2) I]."""
    residual = problem.Y - problem.Z @ W
    found = [largest_on_ray(problem.dual, residual)]
    if problem.l2.any() and (problem.l1[problem.l2 > 0] > 0).all():
        rows = np.sqrt(problem.l2)
        wide = type(problem)(np.vstack([problem.Z, np.diag(rows)]), np.vstack([problem.Y, 0 * W]), problem.l1,
                             0 * problem.l2)
        found.append(largest_on_ray(wide.dual, np.vstack([residual, -rows[:, None] * W])))
    return max(found)


def largest_on_ray(dual, direction):
    """max over t of D(t direction), concave: a grid, then thirds"""
    grid = np.concatenate([-np.geomspace(1e-6, 3, 60)[::-1], [0.0], np.geomspace(1e-6, 3, 240)])
    values = [dual(t * direction) for t in grid]
    k = int(np.argmax(values))
    low, high = grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)]
    for _ in range(60):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (a, high) if dual(a * direction) < dual(b * direction) else (low, b)
    return max(values[k], dual(0.5 * (low + high) * direction))


@pytest.mark.parametrize("name", make_task_options(0))
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_gap_is_primal_minus_dual(name, fit_intercept):
    """Never below what the best multiple of the residual certifies, and not above what t = 1 or the lasso's t do."""
    X, Y, rng = make_tasks(3)
    options = {**make_task_options(3)[name], "fit_intercept": fit_intercept}
    l1_ratio = options.get("l1_ratio", 1.0)
    own = {key: value for key, value in options.items() if key != "l1_ratio"}
    problem = as_multi_task_problem(X, Y, **own)
    for alpha in (1.0, 0.1):
        oracle = plain_tasks(X, Y, alpha, **options)
        exact = oracle.solve()
        for distance in (1.0, 1e-2, 1e-5):
            W = exact + distance * rng.standard_normal(exact.shape) * (exact != 0)
            solver = solver_of(problem, W)
            W = solver.W[:, :3]                         # the unpenalised rows are solved
            solver.update_correlations(problem.features)
            set_level(solver, problem, alpha, l1_ratio)
            gap = solver.gap(problem.features, 0.0)[0] / problem.total_weight
            primal = oracle.primal(W)
            rounding = 1e-11 * primal
            assert gap >= primal - oracle.primal(exact) - rounding
            assert gap >= primal - best_dual(oracle, W) - 1e-6 * primal
            if name in ("lasso", "weights", "standardize"):
                assert gap == pytest.approx(primal - best_dual(oracle, W), rel=1e-5, abs=1e-9 * primal)
            if np.isfinite(at_one := oracle.dual(oracle.Y - oracle.Z @ W)):
                assert gap <= primal - at_one + rounding


def test_gap_of_columns_that_are_not_listed():
    """They are at 0, and what bounds their pull scales the dual point."""
    problem, *_ = make_case("columns", 3, False, True)
    solver = solver_of(problem, np.zeros((9, 3)))
    solver.update_correlations(problem.features)
    set_level(solver, problem, 0.5, 1.0)
    pulls = solver.correlation_norms(problem.features) / (0.5 * problem.total_weight)
    for listed in ([], [2, 5], list(range(9))):
        others = np.setdiff1d(np.arange(9), listed)
        found = solver.gap(np.array(listed, np.intp), pulls[others].max(initial=0.0))
        assert found == pytest.approx(solver.gap(problem.features, 0.0), rel=1e-12)


def test_bounds_are_refused():
    problem, *_ = make_case("columns", 3, False, True)
    solver = core.TaskSolver(problem.matrix, problem.target, problem.sq_norms, problem.sq_target)
    with pytest.raises(ValueError, match="bounds do not apply"):
        solver.set_penalty(np.ones(9), None, np.zeros(9), None)


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("weighted, fit_intercept", [(True, True), (False, False)])
@pytest.mark.parametrize("whole", [False, True])
def test_products_tell_what_a_scan_tells(storage, weighted, fit_intercept, whole):
    """X'(s R) from products of columns that are kept, as the support comes and goes."""
    problem, Z, Y, rng = make_case(storage, 11, weighted, fit_intercept)
    products = CrossGram(problem, problem.design.gram_of_all(None) if whole else None)
    for support in ([3], [0, 3, 8], [1, 2], list(range(9)), []):
        support = np.array(support, np.intp)
        W = np.zeros((9, 16))
        W[support, :11] = rng.standard_normal((len(support), 11))
        expected = Z.T @ (Y - Z @ W[:, :11])
        found = products.correlations(support, W[support])
        np.testing.assert_allclose(found[:, :11], expected, atol=1e-10 * np.abs(expected).max())
    assert products.pays(support)


def test_gap_of_single_precision_is_that_of_the_rounded_rows():
    X, Y, _ = make_tasks(6, 60, 20, 3)
    X = X.astype(np.float32)
    with pytest.warns(ConvergenceWarning, match="float64"):
        path = fit_multi_task_path(X, Y, alphas=[0.1], tol=1e-15)
    problem = as_multi_task_problem(X, Y)
    solver = solver_of(problem, path.coefs[:, :, 0].T)
    solver.update_correlations(problem.features)
    set_level(solver, problem, 0.1, 1.0)
    measured = solver.gap(problem.features, 0.0)[0] / problem.total_weight
    assert path.dual_gaps[0] == pytest.approx(measured, rel=1e-3) and measured > 1e3 * path.gap_tol
