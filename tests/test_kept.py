# Lives here: descent on X in C order, whose columns are kept contiguous. Must not know: other methods, estimators.
"""Solutions and certificates do not depend on whether a column has a copy, nor on how many fit."""
import numpy as np
import pytest

from lassocore import duality_gap
from lassocore.descent import Descent
from lassocore.levels import largest_alpha
from lassocore.settings import Settings
from lassocore.validation import as_problem


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
        descent = Descent(problem, 1.0, Settings(solver="cd", tol=tol, max_iter=100_000))
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
