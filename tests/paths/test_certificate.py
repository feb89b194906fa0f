# Lives here: the duality gap against P - D by brute force. Independent of: the core's formulas.
"""Every public gap is an upper bound of P(w) - P*, and the one that the theory specifies."""
import warnings
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import make_data, make_options, objective, plain

from lassocore import duality_gap, fit_path

OPTIONS = list(make_options(0))
STORAGES = {"dense": np.asfortranarray, "sparse": sp.csc_array}
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
STORAGE = pytest.mark.parametrize("storage", STORAGES)
NAME = pytest.mark.parametrize("name", OPTIONS)


def make_case(name, fit_intercept, storage, seed):
    """(X as stored, y, options, rng, alphas from near alpha_max to almost least squares)"""
    X, y, rng = make_data(seed, density=0.5 if storage == "sparse" else 1.0)
    options = {**make_options(seed)[name], "fit_intercept": fit_intercept}
    problem = plain(X, y, 1.0, **{**options, "l1_ratio": 1.0})
    penalised = problem.l1 > 0
    alpha_max = np.max(np.abs(problem.Z.T @ problem.z)[penalised] / problem.l1[penalised])
    return STORAGES[storage](X), y, options, rng, alpha_max * np.array([0.7, 0.1, 0.005])


def best_dual_of_family(problem, w):
    """The largest dual value over the scaled residuals t * r of w, by search instead of the core's formulas.

    Without finite bounds and l2, D is a parabola in t on an interval, and its maximum is taken. With finite bounds or
    l2, D is also bent in between, and the documented points are taken: the parabola's maximum and t = 1, each moved to
    the feasible interval, and for the elastic net without bounds those of the lasso on [Z; sqrt(l2) I].
    """
    residual = problem.z - problem.Z @ w
    bounded = np.isfinite(problem.lower) | np.isfinite(problem.upper)
    bounded &= problem.lower < problem.upper
    top = residual @ problem.z / (residual @ residual)
    reach = max(1.0, abs(top))
    low = 0.0 if bounded.any() else -feasible_reach(problem, -residual, reach)
    high = feasible_reach(problem, residual, reach)
    values = [problem.dual(np.clip(top, low, high) * residual)]
    if bounded.any() or problem.l2.any():
        values.append(problem.dual(min(1.0, high) * residual))
    if problem.l2.any() and not bounded.any() and (problem.l1[problem.l2 > 0] > 0).all():
        values.append(best_dual_of_family(*augmented(problem, w)))
    return max(values)


def augmented(problem, w):
    """The elastic net as a lasso with more rows"""
    rows = np.diag(np.sqrt(problem.l2))
    return replace(problem, Z=np.vstack([problem.Z, rows]), z=np.append(problem.z, 0 * w), l2=0 * problem.l2), w


def feasible_reach(problem, residual, reach):
    """The largest t in [0, reach] where D(t residual) is finite, by bisection on D itself."""
    if np.isfinite(problem.dual(reach * residual)):
        return reach
    inside, outside = 0.0, reach
    for _ in range(55):
        middle = 0.5 * (inside + outside)
        inside, outside = (middle, outside) if np.isfinite(problem.dual(middle * residual)) else (inside, middle)
    return inside


def stop_early(X, y, alpha, coef_init, options):
    """One epoch from a random start: a point far from the optimum that the path certifies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit_path(X, y, alphas=[alpha], coef_init=coef_init, max_iter=1, tol=1e-14, solver="cd", **options)


def test_oracle_conjugate_is_the_maximum_over_a_grid():
    rng = np.random.default_rng(0)
    for name, options in make_options(3).items():
        X, y, _ = make_data(3)
        problem = plain(X, y, 0.4, **options)
        w = np.linspace(-8, 8, 160_001)[:, None]
        u = rng.uniform(-1.5, 1.5, X.shape[1])
        h = problem.conjugate(u)
        value = u * w - problem.l1 * np.abs(w) - 0.5 * problem.l2 * w**2
        value[(w < problem.lower) | (w > problem.upper)] = -np.inf
        best = value.max(0)
        at_edge = np.abs(w[value.argmax(0), 0]) == 8.0          # still increasing at the end of the grid
        assert (h >= best - 1e-12).all() and (np.isinf(h) == at_edge & (problem.l2 == 0)).all(), name
        np.testing.assert_allclose(h[~at_edge], best[~at_edge], atol=1e-4, err_msg=name)


@INTERCEPT
@NAME
def test_oracle_solves_its_own_problem(name, fit_intercept):
    """Its primal meets a dual value, and the objective written out agrees with the plain form."""
    X, y, options, _, alphas = make_case(name, fit_intercept, "dense", 1)
    for alpha in alphas:
        problem = plain(X, y, alpha, **options)
        w = problem.solve()
        residual = problem.z - problem.Z @ w
        intercept = optimal_intercept(X, y, w, options)
        assert problem.primal(w) == pytest.approx(objective(X, y, w, intercept, alpha, **options), abs=1e-13)
        assert problem.primal(w) - problem.dual(residual * (1 - 1e-12)) <= 1e-10 * problem.z @ problem.z


def optimal_intercept(X, y, w, options):
    """The weighted mean of the residual of X w"""
    if not options["fit_intercept"]:
        return 0.0
    return np.average(y - options.get("offset", 0.0) - X @ w, weights=options.get("sample_weight"))


@STORAGE
@INTERCEPT
@NAME
def test_gap_bounds_the_suboptimality_along_a_path(name, fit_intercept, storage):
    X, y, options, _, alphas = make_case(name, fit_intercept, storage, 2)
    for tol in (1e-2, 1e-5, 1e-12):
        path = fit_path(X, y, alphas=alphas, tol=tol, **options)
        assert path.converged.all() and (path.dual_gaps >= 0).all() and (path.dual_gaps <= path.gap_tol).all()
        for k, alpha in enumerate(alphas):
            problem = plain(X, y, alpha, **options)
            p_zero = problem.primal(np.zeros(len(problem.l1)))
            value = objective(X, y, path.coefs[:, k], path.intercepts[k], alpha, **options)
            excess = value - problem.primal(problem.solve())
            assert -1e-13 * p_zero <= excess <= path.dual_gaps[k] + 1e-13 * p_zero
            assert path.gap_tol == pytest.approx(tol * 2 * p_zero, rel=1e-12)


@STORAGE
@INTERCEPT
@NAME
def test_gap_of_a_path_point_far_from_optimal(name, fit_intercept, storage):
    """An upper bound of the suboptimality, equal to P - D at the dual points of the theory."""
    n_far = 0
    for seed in range(2):
        X, y, options, rng, alphas = make_case(name, fit_intercept, storage, 10 + seed)
        for alpha in alphas:
            problem = plain(X, y, alpha, **options)
            p_zero = problem.primal(np.zeros(len(problem.l1)))
            path = stop_early(X, y, alpha, rng.standard_normal(X.shape[1]), options)
            w, gap = path.coefs[:, 0], path.dual_gaps[0]
            primal = problem.primal(w)
            assert np.isfinite(gap) and gap >= 0
            assert primal - problem.primal(problem.solve()) <= gap + 1e-13 * p_zero
            assert gap == pytest.approx(primal - best_dual_of_family(problem, w), abs=1e-10 * p_zero)
            n_far += gap > 1e-4 * p_zero
    assert n_far > 0


def allowed(problem, w):
    """The nearest coefficients within bounds and exclusions"""
    return np.clip(w, problem.lower, problem.upper)


def with_unpenalised_solved(problem, w):
    """w after fitting the unpenalised block to the residual of the others; None if that block has bounds."""
    free = (problem.l1 == 0) & (problem.l2 == 0) & (problem.lower < problem.upper)
    if (np.isfinite(problem.lower) | np.isfinite(problem.upper))[free].any():
        return None
    solved = w.copy()
    solved[free] = 0.0
    solved[free] = np.linalg.lstsq(problem.Z[:, free], problem.z - problem.Z @ solved)[0]
    return solved


@STORAGE
@INTERCEPT
@NAME
def test_duality_gap_of_any_coefficients(name, fit_intercept, storage):
    """At random, sparse, zero, huge and unshrunk w: an upper bound, and P(w) - D of the best dual point."""
    X, y, options, rng, alphas = make_case(name, fit_intercept, storage, 20)
    for alpha in alphas:
        problem = plain(X, y, alpha, **options)
        p_zero, p_best = problem.z @ problem.z / 2, problem.primal(problem.solve())
        sparse = np.where(rng.random(X.shape[1]) < 0.5, rng.standard_normal(X.shape[1]), 0.0)
        unshrunk = np.linalg.lstsq(problem.Z, problem.z)[0]         # its correlations are far below l1
        for w in (rng.standard_normal(X.shape[1]), sparse, 0 * sparse, 100 * sparse, unshrunk, 1.5 * unshrunk):
            w = allowed(problem, w)
            gap, primal = duality_gap(X, y, w, alpha=alpha, **options), problem.primal(w)
            scale = max(primal, p_zero)
            assert 0 <= gap < np.inf and primal - p_best <= gap + 1e-13 * scale
            solved = with_unpenalised_solved(problem, w)
            if solved is not None:
                assert gap == pytest.approx(primal - best_dual_of_family(problem, solved), abs=1e-10 * scale)


@pytest.mark.parametrize("spread", [1e-1, 1e-3, 1e-5])
def test_an_unpenalised_block_that_is_not_solved_has_no_finite_certificate(spread):
    """Coordinate descent is slow on bounded, nearly collinear, unpenalised columns, which the gap must show."""
    X, y, rng = make_data(25)
    X[:, 1] = X[:, 0] + spread * rng.standard_normal(len(y))
    options = {"penalty_factor": np.r_[0.0, 0.0, np.ones(5)], "bounds": (-np.inf, 1e6)}
    problem = plain(X, y, 0.5, **options)
    apart = np.column_stack([X[:, 0], (X[:, 1] - X[:, 0]) / spread, X[:, 2:]])
    best = plain(apart, y, 0.5, penalty_factor=options["penalty_factor"]).solve()
    best[:2] = best[0] - best[1] / spread, best[1] / spread
    path = stop_early(X, y, 0.5, np.zeros(7), options)
    public = duality_gap(X, y, np.zeros(7), alpha=0.5, **options)
    for w, gap in ((path.coefs[:, 0], path.dual_gaps[0]), (np.zeros(7), public)):
        assert problem.primal(w) - problem.primal(best) <= gap + 1e-13 * (problem.z @ problem.z)


@INTERCEPT
@NAME
def test_duality_gap_at_the_solution(name, fit_intercept):
    """Equal to the path's certificate, and tiny at the oracle's solution."""
    X, y, options, _, alphas = make_case(name, fit_intercept, "dense", 21)
    alphas = np.append(alphas, 0.0)
    path = fit_path(X, y, alphas=alphas, tol=1e-6, **options)
    for k, alpha in enumerate(alphas):
        problem = plain(X, y, alpha, **options)
        p_zero = problem.z @ problem.z / 2
        gap = duality_gap(X, y, path.coefs[:, k], alpha=alpha, intercept=path.intercepts[k], **options)
        assert gap == pytest.approx(path.dual_gaps[k], abs=1e-12 * p_zero)
        assert 0 <= duality_gap(X, y, allowed(problem, problem.solve()), alpha=alpha, **options) <= 1e-10 * p_zero


@NAME
def test_duality_gap_of_an_intercept(name):
    """The excess objective of a wrong intercept is part of the gap."""
    X, y, options, rng, alphas = make_case(name, True, "dense", 22)
    for alpha in alphas:
        problem = plain(X, y, alpha, **options)
        w = allowed(problem, rng.standard_normal(X.shape[1]))
        best = optimal_intercept(X, y, w, options)
        gaps = [duality_gap(X, y, w, alpha=alpha, intercept=b, **options) for b in (None, best, best + 0.5, best - 2.0)]
        np.testing.assert_allclose(np.array(gaps) - gaps[0], [0, 0, 0.125, 2.0], atol=1e-10 * gaps[0])
        excess = objective(X, y, w, best - 2.0, alpha, **options) - problem.primal(problem.solve())
        assert excess <= gaps[3] * (1 + 1e-12)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_duality_gap_is_infinite_outside_the_domain(alpha, l1_ratio):
    X, y, _ = make_data(23)
    X[:, 3] = 2.0
    common = {"alpha": alpha, "l1_ratio": l1_ratio}
    unit = np.eye(7)
    factor = np.where(np.arange(7) == 1, np.inf, 1.0)
    assert duality_gap(X, y, unit[1], penalty_factor=factor, **common) == np.inf
    assert duality_gap(X, y, unit[2], penalty_factor=factor, **common) < np.inf
    assert duality_gap(X, y, -unit[2], positive=True, **common) == np.inf
    assert duality_gap(X, y, unit[2], bounds=(-1, 0.9), **common) == np.inf
    assert duality_gap(X, y, unit[3], standardize=True, **common) == np.inf
    cost = alpha * (l1_ratio + (1 - l1_ratio) / 2)           # of a constant column, whose fit the intercept absorbs
    assert duality_gap(X, y, unit[3], **common) == pytest.approx(duality_gap(X, y, 0 * unit[3], **common) + cost)


def test_duality_gap_without_signal():
    """y = 0, X = 0, one sample: 0 is exact."""
    for X, y in ((np.ones((3, 2)), np.zeros(3)), (np.zeros((3, 2)), np.arange(3.0)), (np.ones((1, 2)), np.ones(1))):
        assert duality_gap(X, y, np.zeros(2), alpha=0.1) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("bad, match", [
    ({"alpha": -1.0}, "alpha"), ({"alpha": np.nan}, "alpha"), ({"alpha": np.inf}, "alpha"), ({"alpha": None}, "alpha"),
    ({"coef": np.zeros(6)}, "coef"), ({"coef": np.full(7, np.nan)}, "coef"), ({"l1_ratio": 2.0}, "l1_ratio"),
    ({"intercept": np.nan}, "intercept"), ({"intercept": np.inf}, "intercept"),
    ({"intercept": np.nan, "fit_intercept": False}, "intercept"),
])
def test_duality_gap_refuses(bad, match):
    X, y, _ = make_data(24)
    with pytest.raises(ValueError, match=match):
        duality_gap(X, y, **{"coef": np.zeros(7), "alpha": 0.1, **bad})


def test_an_objective_beyond_what_a_float_holds_is_infinitely_far_from_its_minimum():
    X, y = np.array([[-1.0, 2.0], [3.0, 0.5], [0.0, 1.0]]), np.array([1.0, -2.0, 0.5])
    for coef in ([0.0, -1e308], [1e308, 1e308], [1e200, -1e200]):
        assert duality_gap(X, y, coef, alpha=0.5) == np.inf
