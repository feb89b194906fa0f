# Lives here: fits on columns that a sample of the rows chooses. Independent of: when they are planned.
"""One alpha of a tall X: solutions equal those of other methods whatever the sample says."""
import numpy as np
import pytest
from oracles.reference import make_data
from oracles.reference import objective as objective_of

from lassocore import fit_path
from lassocore.designs.gram_matrix import dense_gram
from lassocore.paths.alpha_grid import largest_alpha
from lassocore.problems.problem import as_problem
from lassocore.solvers import cost_model, row_sample
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.cost_model import Stage
from lassocore.solvers.driver import run_stages
from lassocore.solvers.penalty_grid import penalty_grid
from lassocore.solvers.row_sample import fit_chosen_columns, sampled_ranges, share_of, solve_on_sample
from lassocore.solvers.settings import Settings

N, P = 500, 24
RNG = np.random.default_rng(0)
X, Y, _ = make_data(3, N, P)
X = np.asfortranarray(X + RNG.standard_normal((N, 1)))
WEIGHTS = RNG.uniform(0.0, 2.0, N) * (RNG.random(N) < 0.8)
OPTIONS = {
    "plain": {},
    "no intercept": {"fit_intercept": False},
    "weights": {"sample_weight": WEIGHTS},
    "weights on few of the sampled rows": {"sample_weight": np.where(np.arange(N) % 31 > 3, 1.0, 0.0)},
    "penalty factors": {"penalty_factor": RNG.uniform(0.2, 3.0, P)},
    "excluded columns": {"penalty_factor": np.where(np.arange(P) % 5 == 1, np.inf, 1.0)},
    "bounds": {"bounds": (-0.05, 0.1)},
    "positive": {"positive": True},
    "standardize": {"standardize": True},
    "elastic net": {"l1_ratio": 0.7},
    "offset": {"offset": RNG.standard_normal(N)},
}


def fit(problem, share, l1_ratio=1.0, start=None, pool=None, **settings):
    """(what fit_chosen_columns returns, the descent) at a share of the largest alpha."""
    descent = CoordinateDescent(problem, l1_ratio, Settings(**{"tol": 1e-10, **settings}), start)
    largest = largest_alpha(problem, l1_ratio)
    grid = np.array([share * largest])
    levels = penalty_grid(problem, grid, 0, l1_ratio, largest)
    return fit_chosen_columns(descent, grid, levels, pool), descent


@pytest.mark.parametrize("share", [0.7, 0.3])
@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("order", "FC")
def test_solutions_equal_those_of_coordinate_descent(order, name, share, monkeypatch):
    monkeypatch.setattr(row_sample, "MAX_CHOSEN", 1.0)
    options = {**OPTIONS[name]}
    l1_ratio = options.pop("l1_ratio", 1.0)
    problem = as_problem(np.array(X, order=order), Y, **options)
    point, _ = fit(problem, share, l1_ratio)
    alpha = share * largest_alpha(problem, l1_ratio)
    other = fit_path(X, Y, alphas=[alpha], l1_ratio=l1_ratio, solver="cd", tol=1e-13, **options)
    assert point.converged and point.method == "working_set" and point.gap <= 1e-10 * problem.sq_target
    assert len(point.rows) <= point.n_working and point.n_scanned % len(problem.features) == 0
    found = np.zeros(P)
    found[point.rows] = point.values
    np.testing.assert_allclose(found, other.coefs[:, 0], atol=1e-5 * np.abs(other.coefs).max())


def test_float32_solutions_are_certified_as_rounded():
    problem = as_problem(X.astype(np.float32), Y)
    point, _ = fit(problem, 0.3, tol=1e-6)
    assert point.converged and (point.values == point.values.astype(np.float32)).all()


def test_columns_that_the_sample_misses_join(monkeypatch):
    """Rows sorted so that the sampled ones know nothing of the last feature; the solution does."""
    monkeypatch.setattr(row_sample, "MAX_CHOSEN", 1.0)
    rng = np.random.default_rng(2)
    A = rng.standard_normal((N, P))
    sampled = np.concatenate([np.arange(*rows) for rows in sampled_ranges(N)[0]])
    A[sampled, -1] = 1e-3 * rng.standard_normal(len(sampled))
    y = A[:, 0] + 2.0 * A[:, -1] + 0.1 * rng.standard_normal(N)
    point, _ = fit(as_problem(np.asfortranarray(A), y), 0.1)
    assert point.converged and {0, P - 1} <= set(point.rows.tolist()) and point.n_scanned > P


def test_a_sample_without_weight_is_left_out():
    weights = np.ones(N)
    for start, stop in sampled_ranges(N)[0]:
        weights[start:stop] = 0.0
    problem = as_problem(X, Y, sample_weight=weights)
    point, descent = fit(problem, 0.3)
    assert point is None and descent.problem is problem


def test_where_many_columns_matter_the_gram_matrix_is_completed():
    problem = as_problem(X, Y, sample_weight=WEIGHTS)
    point, descent = fit(problem, 1e-3)
    assert point is None and descent.problem is not problem
    exact = problem.design.gram_of_all(None)
    np.testing.assert_allclose(descent.problem.gram, exact, atol=1e-12 * np.abs(exact).max())
    stages = [Stage("sample", 0, 1), Stage("gram", 0, 1)]
    largest = largest_alpha(problem, 1.0)
    descent = CoordinateDescent(problem, 1.0, Settings(tol=1e-10))
    (level,) = [level for batch in run_stages(descent, stages, np.array([1e-3 * largest]), largest, None)
                for level in batch]
    assert level.converged and level.method == "gram"


def test_rounds_that_do_not_end_leave_the_rest_to_the_next_stage(monkeypatch):
    monkeypatch.setattr(row_sample, "MAX_ROUNDS", 1)
    monkeypatch.setattr(row_sample, "CHOSEN_SHARE", np.inf)
    monkeypatch.setattr(row_sample, "solve_on_sample", lambda *_: (np.zeros(P), np.arange(P) / P))
    problem = as_problem(X, Y)
    assert fit(problem, 0.1)[0] is None
    descent, largest = CoordinateDescent(problem, 1.0, Settings(tol=1e-10)), largest_alpha(problem, 1.0)
    stages = [Stage("sample", 0, 1), Stage("gram", 0, 1)]
    (batch,) = run_stages(descent, stages, np.array([0.1 * largest]), largest, None)
    assert batch.converged == [True] and batch.method == ["gram"]


def test_a_start_near_the_solution_takes_the_place_of_the_sample(monkeypatch):
    monkeypatch.setattr(row_sample, "MAX_CHOSEN", 1.0)
    problem = as_problem(X, Y)
    point, _ = fit(problem, 0.31)
    start = np.zeros(P)
    start[point.rows] = point.values
    monkeypatch.setattr(row_sample, "solve_on_sample", None)
    warm, _ = fit(problem, 0.3, start=start)
    assert warm.converged and warm.n_scanned <= 2 * P


def test_a_far_start_leaves_the_choice_to_the_sample():
    """Nearly all its correlations are large."""
    problem = as_problem(X, Y)
    point, _ = fit(problem, 0.6, start=np.full(P, 3.0))
    cold, _ = fit(problem, 0.6)
    assert point.converged and point.rows.tolist() == cold.rows.tolist()
    np.testing.assert_allclose(point.values, cold.values, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("order", "FC")
def test_a_sample_is_solved_about_the_means_of_all_rows(order, weighted):
    """On all rows: the solution, and its correlations; on some, the optimum of their sums."""
    A, weights = np.array(X + 5.0, order=order), WEIGHTS if weighted else None
    problem = as_problem(A, Y, sample_weight=weights)
    largest = largest_alpha(problem, 1.0)
    levels = penalty_grid(problem, np.array([0.2 * largest]), 0, 1.0, largest)
    for sample in ([(0, N)], [(10, 200), (300, 420)]):
        gram, share = dense_gram(problem.matrix, problem.features, sample, None), share_of(problem.matrix, sample)
        w, correlations = solve_on_sample(problem, gram, sample, levels, share, 1e-12 * problem.sq_target)
        rows = np.concatenate([np.arange(*part) for part in sample])
        residual = problem.target[rows] - (
            1.0 if problem.matrix.weights is None else problem.matrix.weights[rows]) * ((A - problem.means)[rows] @ w)
        exact = (A - problem.means)[rows].T @ residual / share
        np.testing.assert_allclose(correlations, exact, atol=1e-8 * levels.l1_scales[-1])
        assert (np.abs(exact) <= levels.l1_scales[-1] * (1.0 + 1e-6)).all() and w.any()
        np.testing.assert_allclose(exact[w != 0.0], levels.l1_scales[-1] * np.sign(w[w != 0.0]), rtol=1e-6)


def test_samples_are_spread_over_all_rows():
    for n in (1, 5, 16, 17, 500, 12_345):
        sample, rest = sampled_ranges(n)
        rows = np.concatenate([np.arange(*part) for part in sample + rest])
        assert (np.sort(rows) == np.arange(n)).all()
        assert all(start < stop for start, stop in sample) and len(sample) == min(n, row_sample.N_RANGES)
        n_sampled = sum(stop - start for start, stop in sample)
        assert n / row_sample.ROWS_OF_A_SAMPLE <= n_sampled <= n / row_sample.ROWS_OF_A_SAMPLE + len(sample)
    assert share_of(as_problem(X, Y).matrix, [(0, 100), (200, 250)]) == 0.3


@pytest.mark.parametrize("options", [{}, {"sample_weight": WEIGHTS[np.arange(8000) % N]}], ids=["plain", "weights"])
def test_plans_of_one_alpha_take_a_sample(options):
    """From the public function: objective, certificate, and the same bits for any number of threads."""
    rng = np.random.default_rng(1)
    A = np.asfortranarray(rng.standard_normal((8000, 100)))
    y = A[:, :6].sum(axis=1) + rng.standard_normal(8000)
    problem = as_problem(A, y, **options)
    alpha = 0.2 * largest_alpha(problem, 1.0)
    assert cost_model.samples_rows(problem, "gram", 1.0, Settings())
    paths = [fit_path(A, y, alphas=[alpha], tol=1e-10, n_threads=n, **options) for n in (1, 2)]
    path, other = paths[0], fit_path(A, y, alphas=[alpha], tol=1e-12, solver="gram", **options)
    assert path.info["method"][0] == "working_set" and path.info["converged"][0]
    assert path.coefs.tobytes() == paths[1].coefs.tobytes()
    assert path.intercepts.tobytes() == paths[1].intercepts.tobytes()
    least, value = (objective_of(A, y, each.coefs[:, 0], each.intercepts[0], alpha, **options)
                    for each in (other, path))
    assert value - least <= 1.01e-10 * np.average((y - y.mean()) ** 2)
    np.testing.assert_allclose(path.coefs, other.coefs, atol=1e-4)
