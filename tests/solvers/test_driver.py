# Lives here: stages of any plan, run one after another. Independent of: how stages are chosen.
"""Plans written by hand: each alpha is solved once, in order, certified, by the right stage."""
import numpy as np
import pytest

from lassocore import fit_path
from lassocore.paths.alpha_grid import largest_alpha
from lassocore.problems.problem import as_problem
from lassocore.solvers import coordinate_descent, cost_model, driver
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.cost_model import Stage
from lassocore.solvers.driver import run_stages
from lassocore.solvers.settings import Settings


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((50, 20)) + rng.standard_normal((50, 1)))
    return as_problem(X, X[:, :5].sum(axis=1) + rng.standard_normal(50))


def run(problem, stages, shares, start=None, **settings):
    """The levels of a plan."""
    descent = CoordinateDescent(problem, 1.0, Settings(**{"tol": 1e-8, **settings}), start)
    largest = largest_alpha(problem, 1.0)
    batches = run_stages(descent, stages, largest * np.array(shares), largest, None)
    return [level for batch in batches for level in batch]


SHARES = [0.5, 0.1, 0.01]
FAILS, SOLVES = Stage("trial", 0, 3, 1), Stage("trial", 0, 3, 10_000)


@pytest.mark.parametrize("stages, shares, methods", [
    ([Stage("cd", 0, 3)], SHARES, ["cd"] * 3),
    ([Stage("gram", 0, 3)], SHARES, ["gram"] * 3),
    ([Stage("working_set", 0, 3)], SHARES, ["working_set"] * 3),
    ([Stage("gram", 0, 2), Stage("cd", 2, 3)], [0.5, 0.1, 0.0], ["gram", "gram", "cd"]),
    ([SOLVES, Stage("gram", 0, 3)], SHARES, ["cd"] * 3),
    ([SOLVES, Stage("gram", 0, 3), Stage("cd", 3, 4)], [*SHARES, 0.0], ["cd"] * 4),
    ([FAILS, Stage("working_set", 0, 3)], SHARES, ["working_set"] * 3),
    ([FAILS, Stage("working_set", 0, 3), Stage("cd", 3, 4)], [*SHARES, 0.0], ["working_set"] * 3 + ["cd"]),
    ([Stage("start", 0, 1), Stage("cd", 0, 1)], [0.5], ["cd"]),
    ([Stage("start", 0, 1), Stage("gram", 0, 1)], [2.0], ["cd"]),           # zeros are the solution
])
def test_each_alpha_is_solved_once_by_its_stage(problem, stages, shares, methods):
    levels = run(problem, stages, shares)
    assert [level.index for level in levels] == list(range(len(shares)))
    assert [level.method for level in levels] == methods
    assert all(level.converged and level.gap <= 1e-8 * problem.sq_target for level in levels)


def test_a_trial_that_fails_counts_its_epochs_and_hands_over_its_coefficients(problem):
    stages = [Stage("trial", 0, 2, 3), Stage("working_set", 0, 2)]
    levels = run(problem, stages, [0.9, 0.01], tol=1e-12)
    assert [level.method for level in levels] in (["cd", "working_set"], ["working_set"] * 2)
    alone_levels = run(problem, stages[1:], [0.9, 0.01], tol=1e-12)
    tried = next(k for k, level in enumerate(levels) if level.method == "working_set")
    assert levels[tried].n_epochs >= 3
    for level, expected in zip(levels, alone_levels, strict=True):
        np.testing.assert_array_equal(level.rows, expected.rows)
        np.testing.assert_allclose(level.values, expected.values, atol=1e-4)


def test_a_trial_resumes_after_exact_steps_at_an_alpha(problem):
    """It starts from their solution, which is that of the next alpha here; an end that fails is left to the next stage.
    """
    stages = [Stage("trial", 0, 4, 8, resumes=True), Stage("gram", 0, 4)]
    levels = run(problem, stages, [0.9, 0.1, 0.1, 0.01], tol=1e-6)
    assert [level.index for level in levels] == [0, 1, 2, 3] and all(level.converged for level in levels)
    assert [level.method for level in levels] == ["cd", "working_set", "cd", "gram"]
    assert levels[1].n_epochs == levels[3].n_epochs == 8 and levels[2].n_epochs == 1


def test_a_small_support_after_a_trial_is_left_to_a_working_set(problem, monkeypatch):
    """Below 0.3 of the columns, unless the Gram matrix of all columns costs little; else the planned Gram matrix."""
    assert run(problem, [Stage("trial", 0, 1, 1), Stage("gram", 0, 1)], [0.7], tol=1e-12)[0].method == "gram"
    monkeypatch.setattr(cost_model, "PASSES_OF_A_SET", 0.0)
    few, many = (run(problem, [Stage("trial", 0, 1, 1), Stage("gram", 0, 1)], [share], tol=1e-12)[0].method
                 for share in (0.7, 1e-3))
    assert (few, many) == ("working_set", "gram")


def test_a_start_that_is_the_solution_takes_no_step(problem):
    solution = np.zeros(20)
    solved, = run(problem, [Stage("gram", 0, 1)], [0.1], tol=1e-12)
    solution[solved.rows] = solved.values
    again, = run(problem, [Stage("start", 0, 1), Stage("gram", 0, 1)], [0.1], start=solution)
    assert (again.method, again.n_epochs, again.n_newton) == ("start", 0, 0)
    np.testing.assert_array_equal(again.values, solved.values)


@pytest.mark.parametrize("options", [
    {}, {"fit_intercept": False}, {"l1_ratio": 0.5}, {"positive": True}, {"bounds": (-0.1, 0.3)}, {"standardize": True},
    {"sample_weight": np.arange(1.0, 31.0)}, {"penalty_factor": np.r_[np.inf, np.ones(7)]}],
    ids=lambda options: "".join(options) or "plain")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_alpha_of_a_tiny_problem_is_solved_by_a_few_epochs(options, dtype, monkeypatch):
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.normal(size=(30, 8)), dtype=dtype)
    y = X[:, :3] @ [1.0, -1.0, 0.5] + rng.normal(size=30)
    found = fit_path(X, y, alphas=[0.1], tol=1e-6, **options)
    assert found.converged.all() and 0 < found.info["n_epochs"][0] <= coordinate_descent.EASY_EPOCHS
    monkeypatch.setattr(coordinate_descent, "MAX_EASY_SIZE", 0)
    expected = fit_path(X, y, alphas=[0.1], tol=1e-6, **options)
    assert np.abs(found.coefs - expected.coefs).max() <= 1e-3
    assert found.dual_gaps[0] <= found.gap_tol and expected.dual_gaps[0] <= expected.gap_tol


def test_a_fit_that_a_few_epochs_do_not_solve_goes_another_way():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 30)) + 5.0 * rng.normal(size=(12, 1))
    y = X @ rng.normal(size=30)
    problem = as_problem(X, y)
    found, n_epochs = coordinate_descent.fit_easily(problem, np.array([1e-4]), 1.0, Settings(tol=1e-10))
    assert found is None and n_epochs == coordinate_descent.EASY_EPOCHS
    path = fit_path(X, y, alphas=[1e-4], tol=1e-10)
    assert path.converged.all() and path.info["n_epochs"][0] >= n_epochs        # which count
    for other in (Settings(tol=0.0), Settings(max_iter=40), Settings(solver="cd"), Settings(selection="random")):
        assert coordinate_descent.fit_easily(problem, np.array([1e-4]), 1.0, other) == (None, 0)


@pytest.mark.parametrize("n_rows, is_overfull", [(50, False), (10, True)])
def test_a_trial_that_is_looked_at_ends_where_its_progress_is_slow(n_rows, is_overfull, monkeypatch):
    """The solution is the same; the epochs of all parts are counted, and the path to it starts from the trial's end, or
    from zeros."""
    rng = np.random.default_rng(1)
    X = np.asfortranarray(rng.standard_normal((n_rows, 40)) + rng.standard_normal((n_rows, 1)))
    problem = as_problem(X, X[:, :5].sum(axis=1) + rng.standard_normal(n_rows))
    looks = []

    def counted(*arguments):
        looks.append(arguments[2].n_epochs)
        return further(*arguments)

    further = cost_model.further_epochs
    monkeypatch.setattr(driver, "further_epochs", counted)
    monkeypatch.setattr(cost_model, "HOPELESS_GAP", np.inf)
    monkeypatch.setattr(cost_model, "FIRST_LOOK", 2)
    monkeypatch.setattr(driver, "starts_anew", lambda *_: is_overfull)
    stages = [Stage("trial", 0, 1, 12, 10**9, first_look=2), Stage("gram", 0, 1)]
    (level,) = run(problem, stages, [0.01], tol=1e-12)
    assert level.converged and level.method in ("gram", "working_set")
    assert looks[0] == 2 and looks == sorted(set(looks)) and looks[-1] <= 12
    assert level.n_epochs >= looks[-1]
    alone = run(problem, stages[1:], [0.01], tol=1e-12)[0]
    assert level.rows.tolist() == alone.rows.tolist()
    np.testing.assert_allclose(level.values, alone.values, atol=1e-6)
