# Lives here: descent on X in C order, whose columns are kept contiguous. Independent of: other methods, estimators.
"""Solutions and certificates do not depend on whether a column has a copy, nor on how many fit."""
import numpy as np
import pytest

from lassocore import duality_gap
from lassocore.paths.alpha_grid import largest_alpha
from lassocore.problems.problem import as_problem
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.settings import Settings


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n", "p", "n_relevant", "share"), [
    (300, 200, 20, 0.2),            # a small support, all of it kept
    (700, 60, 55, 1e-3),            # more columns than can be kept, to the end
    (150, 900, 100, 0.02),          # many more columns enter than stay
    (40, 4000, 10, 0.1),
    (30, 50, 5, 0.1),               # so small that nothing is kept
])
def test_descent_in_C_order_finds_the_solution_of_F_order(n, p, n_relevant, share, dtype, weighted):
    rng = np.random.default_rng(n + p)
    X = np.ascontiguousarray(rng.standard_normal((n, p)) + 3 * rng.standard_normal(p), dtype)
    y = X[:, :n_relevant].astype(np.float64) @ rng.standard_normal(n_relevant) + rng.standard_normal(n)
    weights = rng.random(n) if weighted else None
    tol = 1e-12 if dtype == np.float64 else 1e-6
    solutions = []
    for array in (X, np.asfortranarray(X)):
        problem = as_problem(array, y, sample_weight=weights)
        descent = CoordinateDescent(problem, 1.0, Settings(solver="cd", tol=tol, max_iter=100_000))
        for alpha in share * largest_alpha(problem, 1.0) * np.array([1.0, 0.6]):
            level = descent.solve(0, alpha)
            w = np.zeros(p)
            w[level.rows] = level.values
            assert level.converged
            own = duality_gap(np.asfortranarray(X, np.float64), y, w, alpha=alpha, sample_weight=weights)
            assert own <= 1.01 * tol * problem.sq_target / problem.total_weight + 1e-13
            solutions.append(w)
    by_rows, by_columns = solutions[:2], solutions[2:]
    scale = np.abs(by_columns).max()
    np.testing.assert_allclose(by_rows, by_columns, atol=(1e-4 if dtype == np.float64 else 0.05) * scale)


def make_problem(n, p, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    X = np.ascontiguousarray(rng.standard_normal((n, p)), dtype)
    return X, as_problem(X, X[:, :10].astype(np.float64).sum(axis=1) + rng.standard_normal(n), fit_intercept=False)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_columns_of_the_support_are_kept_as_they_are(dtype):
    X, problem = make_problem(500, 100, dtype)
    descent = CoordinateDescent(problem, 1.0, Settings(solver="cd", tol=1e-5))
    level = descent.solve(0, 0.2 * largest_alpha(problem, 1.0))
    kept = descent.solver.contiguous_columns()
    assert set(level.rows.tolist()) <= kept.keys() and len(kept) <= 51
    places = [place for place, _ in kept.values()]
    assert len(set(places)) == len(places)
    for j, (_, copy) in kept.items():
        assert copy.dtype == dtype
        np.testing.assert_array_equal(copy, X[:, j])


def test_columns_that_stay_keep_their_places_when_others_give_way():
    X, problem = make_problem(300, 300)
    descent = CoordinateDescent(problem, 1.0, Settings(solver="cd", tol=1e-8))
    alphas = np.array([0.15, 0.1, 0.02]) * largest_alpha(problem, 1.0)
    kept = []
    for alpha in alphas:
        descent.solve(0, alpha)
        kept.append({j: place for j, (place, _) in descent.solver.contiguous_columns().items()})
    first, second, last = kept
    assert first.keys() - second.keys() and second.keys() - first.keys()
    same = [first[j] == second[j] for j in first.keys() & second.keys()]
    assert sum(same) > 0.9 * len(same) > 50         # but for some that went and came back
    assert len(last) == 151                         # at 0.02 more columns than there is room for
    for j, (_, copy) in descent.solver.contiguous_columns().items():
        np.testing.assert_array_equal(copy, X[:, j])


@pytest.mark.parametrize(("n", "p", "keeps"), [(327, 100, False), (328, 100, True), (40_000, 1, True)])
def test_small_X_is_left_alone(n, p, keeps):
    X, problem = make_problem(n, max(p, 10))
    if p == 1:
        problem = as_problem(X[:, :1], X.sum(axis=1), fit_intercept=False)
    descent = CoordinateDescent(problem, 1.0, Settings(solver="cd"))
    descent.solve(0, 0.1 * largest_alpha(problem, 1.0))
    assert bool(descent.solver.contiguous_columns()) == keeps
