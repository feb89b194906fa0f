# Lives here: fits of one alpha on Gram matrices of single precision. Independent of: when they are planned.
"""Solutions equal those of other methods, however rough the products are and whatever the sample says."""
import numpy as np
import pytest
from oracles.reference import make_data
from oracles.reference import objective as objective_of

from lassocore import fit_path
from lassocore.paths.alpha_grid import largest_alpha
from lassocore.problems.problem import as_problem
from lassocore.solvers import cost_model, rounded_gram, row_sample
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.cost_model import Stage
from lassocore.solvers.driver import run_stages
from lassocore.solvers.penalty_grid import penalty_grid
from lassocore.solvers.rounded_gram import fit_on_rounded_gram
from lassocore.solvers.settings import Settings

N, P = 500, 24
X, Y, RNG = make_data(3, N, P)
X = np.asfortranarray(X + RNG.standard_normal((N, 1)))
WEIGHTS = RNG.uniform(0.0, 2.0, N) * (RNG.random(N) < 0.8)
FEW_SAMPLED = np.where(np.arange(N) % 31 > 3, 1.0, 0.0)
OPTIONS = {
    "plain": {},
    "no intercept": {"fit_intercept": False},
    "weights": {"sample_weight": WEIGHTS},
    "weights on few of the sampled rows": {"sample_weight": FEW_SAMPLED},
    "penalty factors": {"penalty_factor": RNG.uniform(0.2, 3.0, P)},
    "excluded columns": {"penalty_factor": np.where(np.arange(P) % 5 == 1, np.inf, 1.0)},
    "bounds": {"bounds": (-0.05, 0.1)},
    "positive": {"positive": True},
    "standardize": {"standardize": True},
    "elastic net": {"l1_ratio": 0.7},
    "offset": {"offset": RNG.standard_normal(N)},
}
STAGES = [Stage("rounded_gram", 0, 1), Stage("gram", 0, 1)]


def fit(problem, share, l1_ratio=1.0, start=None, pool=None, **settings):
    """(what fit_on_rounded_gram returns, the descent) at a share of the largest alpha."""
    descent = CoordinateDescent(problem, l1_ratio, Settings(**{"tol": 1e-10, **settings}), start)
    largest = largest_alpha(problem, l1_ratio)
    grid = np.array([share * largest])
    levels = penalty_grid(problem, grid, 0, l1_ratio, largest)
    return fit_on_rounded_gram(descent, grid, levels, pool), descent


def run_at(problem, share):
    """The only level of the stages of STAGES."""
    descent, largest = CoordinateDescent(problem, 1.0, Settings(tol=1e-10)), largest_alpha(problem, 1.0)
    (batch,) = run_stages(descent, STAGES, np.array([share * largest]), largest, None)
    (point,) = batch
    return point


def coefficients_of(point):
    w = np.zeros(P)
    w[point.rows] = point.values
    return w


@pytest.mark.parametrize("most, rows", [(0.0, 1), (1.0, 1), (0.0, N)], ids=["all", "chosen", "all without a sample"])
@pytest.mark.parametrize("share", [0.7, 0.3, 0.01])
@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("order", "FC")
def test_solutions_equal_those_of_coordinate_descent(order, name, share, most, rows, monkeypatch):
    monkeypatch.setattr(rounded_gram, "MAX_CHOSEN", most)
    monkeypatch.setattr(rounded_gram, "MIN_ROWS_OF_COLUMN", rows)
    options = {**OPTIONS[name]}
    l1_ratio = options.pop("l1_ratio", 1.0)
    problem = as_problem(np.array(X, order=order), Y, **options)
    point, _ = fit(problem, share, l1_ratio)
    alpha = share * largest_alpha(problem, l1_ratio)
    other = fit_path(X, Y, alphas=[alpha], l1_ratio=l1_ratio, solver="cd", tol=1e-13, **options)
    assert point.converged and point.gap <= 1e-10 * problem.sq_target
    assert point.method == ("working_set" if most else "gram")
    assert len(point.rows) <= point.n_working and point.n_scanned % len(problem.features) == 0
    np.testing.assert_allclose(coefficients_of(point), other.coefs[:, 0], atol=1e-5 * np.abs(other.coefs).max())


def test_levels_on_chosen_columns_lead_to_the_alpha_in_one_round(monkeypatch):
    """However many they are: no residuals are wanted of those in between."""
    monkeypatch.setattr(rounded_gram, "choose_on_sample", lambda problem, *_: problem.features)
    monkeypatch.setattr(rounded_gram, "MAX_CHOSEN", 1.0)
    for dtype in (np.float64, np.float32):
        point, _ = fit(as_problem(X.astype(dtype), Y), 1e-4, tol=1e-5)
        assert point.converged and point.method == "working_set" and point.n_scanned == P


def test_corrections_reach_the_digits_of_x():
    """A tolerance far below the products' digits is met, in few rounds."""
    problem = as_problem(X, Y)
    rough, _ = fit(problem, 0.05, tol=1e-5)
    fine, _ = fit(problem, 0.05, tol=1e-14)
    assert rough.converged and fine.converged and rough.n_scanned < fine.n_scanned <= 4 * P
    assert 1e-14 * problem.sq_target < rough.gap <= 1e-5 * problem.sq_target


def test_float32_solutions_are_certified_as_rounded():
    problem = as_problem(X.astype(np.float32), Y)
    point, _ = fit(problem, 0.3, tol=1e-6)
    assert point.converged and (point.values == point.values.astype(np.float32)).all()


def test_columns_that_the_sample_misses_join(monkeypatch):
    """Rows sorted so that the sampled ones know nothing of the last feature; the solution does."""
    monkeypatch.setattr(rounded_gram, "MAX_CHOSEN", 1.0)
    rng = np.random.default_rng(2)
    A = rng.standard_normal((N, P))
    sampled = np.concatenate([np.arange(*rows) for rows in row_sample.sampled_ranges(N)[0]])
    A[sampled, -1] = 1e-3 * rng.standard_normal(len(sampled))
    y = A[:, 0] + 2.0 * A[:, -1] + 0.1 * rng.standard_normal(N)
    point, _ = fit(as_problem(np.asfortranarray(A), y), 0.1)
    assert point.converged and {0, P - 1} <= set(point.rows.tolist()) and point.n_scanned > P


def test_a_sample_without_weight_leaves_all_columns():
    weights = np.ones(N)
    for start, stop in row_sample.sampled_ranges(N)[0]:
        weights[start:stop] = 0.0
    problem = as_problem(X, Y, sample_weight=weights)
    point, _ = fit(problem, 0.3)
    other = fit_path(X, Y, alphas=[0.3 * largest_alpha(problem, 1.0)], sample_weight=weights, solver="cd", tol=1e-13)
    assert point.converged and point.method == "gram"
    np.testing.assert_allclose(coefficients_of(point), other.coefs[:, 0], atol=1e-5)


@pytest.mark.parametrize("close", [1e-3, 1e-5, 1e-7, 1e-9, 0.0])
def test_nearly_collinear_columns_end_in_the_exact_gram_matrix_at_worst(close):
    """Single precision cannot tell the columns of a pair apart below 1e-4."""
    rng = np.random.default_rng(4)
    A = X.copy(order="F")
    A[:, P // 2:] = A[:, :P // 2] * (1.0 + close * rng.standard_normal((N, P // 2)))
    problem = as_problem(A, Y)
    for share in (0.3, 0.01):
        point = run_at(problem, share)
        alpha = share * largest_alpha(problem, 1.0)
        other = fit_path(A, Y, alphas=[alpha], solver="gram", tol=1e-13).coefs[:, 0]
        assert point.converged and point.gap <= 1e-10 * problem.sq_target
        least, value = (objective_of(A, Y, w, np.mean(Y - A @ w), alpha) for w in (other, coefficients_of(point)))
        assert value - least <= 1.1e-10 * np.var(Y)


def test_rounds_that_do_not_end_leave_the_rest_to_the_next_stage(monkeypatch):
    """No columns join in time; products of which nothing is left."""
    problem = as_problem(X, Y)
    with monkeypatch.context() as patch:
        patch.setattr(rounded_gram, "MAX_ROUNDS", 1)
        patch.setattr(rounded_gram, "choose_on_sample", lambda *_: np.array([3]))
        assert fit(problem, 0.1)[0] is None
        point = run_at(problem, 0.1)
        assert point.converged and point.method == "gram"
    for spoil in (0.0, 1e-3, -1.0, np.nan):
        with monkeypatch.context() as patch:
            exact = rounded_gram.dense_gram
            patch.setattr(rounded_gram, "dense_gram", lambda *args, exact=exact, spoil=spoil, **kinds: (
                spoil * exact(*args, **kinds)))
            patch.setattr(rounded_gram, "choose_on_sample", lambda problem, *_: problem.features)
            point = run_at(problem, 0.1)
            assert point.converged and point.method == "gram", spoil


def test_a_start_near_the_solution_takes_the_place_of_the_sample(monkeypatch):
    monkeypatch.setattr(rounded_gram, "MAX_CHOSEN", 1.0)
    problem = as_problem(X, Y)
    point, _ = fit(problem, 0.31)
    monkeypatch.setattr(rounded_gram, "choose_on_sample", None)
    warm, _ = fit(problem, 0.3, start=coefficients_of(point))
    assert warm.converged and warm.n_scanned <= 2 * P and warm.n_newton <= 5


def test_a_far_start_leaves_the_choice_to_the_sample():
    """Nearly all its correlations are large."""
    problem = as_problem(X, Y)
    point, _ = fit(problem, 0.6, start=np.full(P, 3.0))
    cold, _ = fit(problem, 0.6)
    assert point.converged and point.rows.tolist() == cold.rows.tolist()
    np.testing.assert_allclose(point.values, cold.values, atol=1e-6)


@pytest.mark.parametrize("share", [0.2, 0.001])
@pytest.mark.parametrize("options", [{}, {"sample_weight": WEIGHTS[np.arange(8000) % N]}], ids=["plain", "weights"])
def test_from_the_public_function(options, share):
    """Objective, certificate, and the same bits for any number of threads."""
    rng = np.random.default_rng(1)
    A = np.asfortranarray(rng.standard_normal((8000, 100)))
    y = A[:, :6].sum(axis=1) + rng.standard_normal(8000)
    problem = as_problem(A, y, **options)
    alpha = share * largest_alpha(problem, 1.0)
    assert cost_model.rounds_gram(problem, "gram", 1.0, Settings())
    paths = [fit_path(A, y, alphas=[alpha], tol=1e-10, n_threads=n, **options) for n in (1, 2)]
    path, other = paths[0], fit_path(A, y, alphas=[alpha], tol=1e-12, solver="gram", **options)
    assert path.info["n_scanned"][0] > 0 and path.info["converged"][0]
    assert path.info["method"][0] == ("working_set" if share == 0.2 else "gram")
    assert path.coefs.tobytes() == paths[1].coefs.tobytes()
    assert path.intercepts.tobytes() == paths[1].intercepts.tobytes()
    least, value = (objective_of(A, y, each.coefs[:, 0], each.intercepts[0], alpha, **options)
                    for each in (other, path))
    assert value - least <= 1.01e-10 * np.average((y - y.mean()) ** 2)
    np.testing.assert_allclose(path.coefs, other.coefs, atol=1e-4)
