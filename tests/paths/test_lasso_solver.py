# Lives here: single solutions over the same X are those of fit_path. Independent of: kernels.
"""`LassoSolver`: right, certified, the same whatever was solved before."""
import itertools
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

from lassocore import LassoSolver, duality_gap, fit_path, prepare

OPTIONS = [
    {}, {"fit_intercept": False}, {"standardize": True}, {"bounds": (-0.2, 0.4)}, {"positive": True}, {"l1_ratio": 0.3},
    {"penalty_factor": np.r_[np.inf, 2.0, np.ones(13)]}, {"penalty_factor": np.r_[0.0, 0.0, np.ones(13)]},
    {"l1_ratio": 0.0}]


def make(seed=0, n_samples=80, n_features=15):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) + 0.5
    X[:, 4] = X[:, 3] + 0.1 * rng.standard_normal(n_samples)
    return X, X[:, :4] @ [2.0, -1.0, 0.5, 1.0] + rng.standard_normal(n_samples), rng.uniform(0.1, 2.0, n_samples)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
@pytest.mark.parametrize("weighted", [False, True])
def test_solutions_are_those_of_fit_path(options, storage, weighted):
    X, y, s = make()
    X, s = storage(X), s if weighted else None
    solver = LassoSolver(X, sample_weight=s, tol=1e-12, **options)
    for alpha, target in itertools.product((2.0, 0.3, 0.01, 0.0), (y, -y[::-1])):
        found = solver.solve(target, alpha)
        path = fit_path(X, target, alphas=[alpha], sample_weight=s, tol=1e-12, **options)
        np.testing.assert_allclose(found.coef, path.coefs[:, 0], atol=1e-5)
        assert found.intercept == pytest.approx(path.intercepts[0], abs=1e-5)
        assert found.gap_tol == pytest.approx(path.gap_tol, rel=1e-12) and found.converged and found.alpha == alpha
        gap = duality_gap(X, target, found.coef, alpha=alpha, sample_weight=s, **options)
        assert gap <= found.dual_gap + 1e-10 * np.mean(target**2)


def test_solutions_do_not_depend_on_those_before():
    X, y, _ = make()
    solver, targets = LassoSolver(X), [np.roll(y, k) for k in range(6)]
    alone = [LassoSolver(X).solve(target, 0.1) for target in targets]
    for order in ([0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 2, 4, 4]):
        for k in order:
            solver.solve(targets[k], 1e-3)
            found = solver.solve(targets[k], 0.1)
            np.testing.assert_array_equal(found.coef, alone[k].coef)
            assert found[1:] == alone[k][1:]


def test_a_start_changes_the_way_not_the_end():
    X, y, _ = make()
    solver = LassoSolver(X, tol=1e-12)
    cold = solver.solve(y, 0.05)
    near = solver.solve(y + 0.001, 0.05, coef_init=cold.coef)
    np.testing.assert_allclose(near.coef, cold.coef, atol=1e-9)
    far = solver.solve(y, 0.05, coef_init=np.full(15, 1e3))
    np.testing.assert_allclose(far.coef, cold.coef, atol=1e-6)
    bounded = LassoSolver(X, bounds=(-0.1, 0.1)).solve(y, 0.05, coef_init=cold.coef)
    assert abs(bounded.coef).max() <= 0.1


def test_solvers_share_a_prepared_design_and_threads_have_their_own():
    X, y, _ = make()
    prepared = prepare(X)
    solvers = [LassoSolver(prepared) for _ in range(4)]
    assert all(solver.design is prepared for solver in solvers)
    expected = [solvers[0].solve(np.roll(y, k), 0.1).coef for k in range(40)]
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda first: [solvers[first].solve(np.roll(y, k), 0.1).coef for k in range(first, 40, 4)],
                         range(4))
        for first, coefs in enumerate(found):
            np.testing.assert_array_equal(coefs, expected[first::4])


def test_float32_and_wide_data():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((40, 200))
    y = X[:, 0] + rng.standard_normal(40)
    for data, tol, atol in ((X.astype(np.float32), 1e-4, 0.02), (np.hstack([X] * 5), 1e-10, None)):
        found, path = LassoSolver(data, tol=tol).solve(y, 0.1), fit_path(data, y, alphas=[0.1], tol=tol)
        assert found.coef.dtype == data.dtype and found.converged
        if atol:
            np.testing.assert_allclose(found.coef, path.coefs[:, 0], atol=atol)
        np.testing.assert_allclose(data @ found.coef, data @ path.coefs[:, 0], atol=0.05 if atol else 1e-3)


def test_targets_that_need_care():
    X, y, _ = make()
    solver = LassoSolver(X, tol=1e-12)
    constant = solver.solve(np.full(80, 3.0), 0.1)
    assert not constant.coef.any() and constant.intercept == pytest.approx(3.0) and constant.dual_gap == 0.0
    huge = solver.solve(np.ldexp(y, 600), 0.1 * 2.0**600)
    np.testing.assert_allclose(np.ldexp(huge.coef, -600), solver.solve(y, 0.1).coef, atol=1e-5)
    before = y.copy()
    solver.solve(y, 0.1)
    np.testing.assert_array_equal(y, before)


def test_a_solution_that_misses_the_tolerance_is_kept_with_a_warning():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((30, 20)) @ np.diag(np.logspace(0, -6, 20)) + 1.0
    y = rng.standard_normal(30)
    with pytest.warns(ConvergenceWarning, match="alpha=1e-08") as caught:
        found = LassoSolver(X, tol=1e-14, max_iter=2).solve(y, 1e-8)
    assert not found.converged and np.isfinite(found.coef).all() and caught[0].filename == __file__


def test_the_smallest_alpha_of_all_is_least_squares():
    """Its share of the largest underflows to 0, of which no number of intermediate levels can be made."""
    X, y, _ = make()
    with pytest.warns(ConvergenceWarning):      # a rounding error exceeds such a penalty
        found = LassoSolver(X, tol=1e-8).solve(1e6 * y, 5e-324)
    expected = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), 1e6 * y, rcond=None)[0]
    np.testing.assert_allclose(np.append(found.coef, found.intercept), expected, rtol=1e-6)


@pytest.mark.parametrize("arguments, words", [
    (("short", 0.1), "y has inconsistent length"), (("nan", 0.1), "NaN"), (("y", -1.0), "alpha=-1.0"),
    (("y", "0.1"), "alpha='0.1'"), (("y", 0.1, [1.0]), "coef_init has inconsistent length")])
def test_wrong_arguments_are_named(arguments, words):
    X, y, _ = make()
    target = {"short": y[:-1], "nan": np.where(np.arange(80) == 3, np.nan, y), "y": y}[arguments[0]]
    with pytest.raises(ValueError, match=words), warnings.catch_warnings():
        warnings.simplefilter("error")
        LassoSolver(X).solve(target, *arguments[1:])
