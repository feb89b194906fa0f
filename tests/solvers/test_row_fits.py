# Lives here: fits of rows over tasks in one call, beside the solver of paths. Independent of: kernels, estimators.
import numpy as np
import pytest
import scipy.sparse as sp

from lassocore.problems.multi_task import as_multi_task_problem
from lassocore.solvers import cost_model
from lassocore.solvers.block_path import BlockPathSolver
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.row_fits import fit_rows
from lassocore.solvers.settings import Settings


def draw(seed, n=40, p=15, n_tasks=3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) @ (np.eye(p) + 0.3)
    W = rng.normal(size=(p, n_tasks)) * (rng.random((p, 1)) < 0.4)
    return X, X @ W + rng.normal(size=(n, n_tasks)), rng


def grid_of(problem, *shares):
    norms = np.linalg.norm(problem.correlations[problem.features], axis=1) / problem.l1_factor[problem.features]
    return np.array(shares) * norms.max() / problem.total_weight


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("options", [
    {}, {"fit_intercept": False}, {"standardize": True}, {"sample_weight": True}, {"penalty_factor": True}],
    ids=lambda options: "".join(options) or "plain")
@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
@pytest.mark.parametrize("seed", range(3))
def test_one_call_solves_what_the_path_solver_solves(seed, storage, options, l1_ratio):
    X, Y, rng = draw(seed)
    options = dict(options)
    if "sample_weight" in options:
        options["sample_weight"] = rng.integers(0, 3, len(X)) + 0.5
    if "penalty_factor" in options:
        options["penalty_factor"] = np.where(np.arange(X.shape[1]) == 2, np.inf, rng.uniform(0.5, 2.0, X.shape[1]))
    X[:, 5] = 1.0                           # excluded where there is an intercept
    problem = as_multi_task_problem(storage(X), Y, **options)
    settings = Settings(tol=1e-8)
    start = rng.normal(size=(X.shape[1], Y.shape[1])) * np.isin(np.arange(X.shape[1]), problem.features)[:, None]
    for share, given in ((0.5, None), (0.1, start), (0.02, None)):
        grid = grid_of(problem, share)
        batch = fit_rows(problem, grid, l1_ratio, settings, given, None)
        expected, = BlockPathSolver(problem, l1_ratio, settings, 1, given, None).run(grid)
        (point,), (other,) = batch, expected
        assert point.converged and point.gap <= 1e-8 * problem.sq_target and point.method == other.method == "gram"
        np.testing.assert_array_equal(point.rows, other.rows)
        np.testing.assert_allclose(point.values, other.values, rtol=1e-4, atol=1e-5)
        assert abs(point.sq_residual - other.sq_residual) <= 1e-5 * problem.sq_target


def test_an_alpha_beyond_the_largest_has_no_rows():
    problem = as_multi_task_problem(*draw(0)[:2])
    batch = fit_rows(problem, grid_of(problem, 1.01), 1.0, Settings(), None, None)
    assert list(batch.n_nonzero) == [0] and batch.gap == [0.0]


@pytest.mark.parametrize("change", [
    {"tol": 1e-10}, {"max_active": 3}, {"time_limit": 1.0}, {"callback": lambda level: False},
    {"selection": "random"}], ids="-".join)
def test_what_needs_more_than_a_call_is_left_to_the_path_solver(change):
    problem = as_multi_task_problem(*draw(0)[:2])
    assert fit_rows(problem, grid_of(problem, 0.1), 1.0, Settings(**change), None, None) is None


def test_other_problems_are_left_to_the_path_solver():
    X, Y, _ = draw(0)
    free = np.ones(X.shape[1])
    free[0] = 0.0
    for problem in (
            as_multi_task_problem(X, Y, penalty_factor=free), as_multi_task_problem(X.astype(np.float32), Y),
            as_multi_task_problem(*draw(0, n=30, p=400)[:2])):
        grid = np.array([problem.sq_target / problem.total_weight])
        assert fit_rows(problem, grid, 1.0, Settings(), None, None) is None


def test_a_fit_that_ends_at_max_iter_is_returned_with_its_gap(monkeypatch):
    monkeypatch.setattr(cost_model, "FEW_EPOCHS", 1)        # below which fits go another way
    problem, settings = as_multi_task_problem(*draw(0, n=60, p=40)[:2]), Settings(tol=1e-9, max_iter=1)
    batch = fit_rows(problem, grid_of(problem, 0.001), 1.0, settings, None, None)
    assert batch.converged == [False] and batch.n_epochs[0] + batch.n_newton[0] == 1 and batch.gap[0] > 0.0


def test_a_path_of_several_alphas_goes_on_from_level_to_level():
    problem = as_multi_task_problem(*draw(0)[:2])
    batches = list(solve_levels(problem, grid_of(problem, 0.5, 0.1), 1.0, Settings(), None, None))
    assert sum(map(len, batches)) == 2
