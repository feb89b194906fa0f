# Lives here: the engine's way along a path where it gets rough, and its fallback. Independent of: formulas.
"""Crowded, shedding and shrinking working sets, batches rolled back, odd alphas and starts, threads, failing levels."""
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from helpers.methods import (
    METHODS,
    assert_certified,
    assert_solved,
    bits,
    by_descent,
    design_of,
    make_wide,
    solver_of,
    with_storages,
)
from oracles.reference import make_data
from scipy.optimize import minimize_scalar
from sklearn.exceptions import ConvergenceWarning

from lassocore import alpha_max, fit_path
from lassocore._isa import core
from lassocore.designs import gram_matrix, scans
from lassocore.problems.problem import as_problem
from lassocore.solvers import active_set, cd_working_set
from lassocore.solvers.coordinate_descent import CoordinateDescent

METHOD = pytest.mark.parametrize("method", METHODS)
EXACT = pytest.mark.parametrize("method", ["gram", "working_set"])     # what falls back on coordinate descent
EVERY = pytest.mark.parametrize("method", [*METHODS, "auto"])


class Watch:
    """Counts calls of a class's method, which goes on as it was, and keeps its results."""

    def __init__(self, monkeypatch, owner, name):
        self.results = []
        original = getattr(owner, name)

        def watched(*args, **kwargs):
            self.results.append(original(*args, **kwargs))
            return self.results[-1]

        monkeypatch.setattr(owner, name, watched)

    def __len__(self):
        return len(self.results)


def change_policy(monkeypatch, **changes):
    """Let other columns join and leave working sets."""
    monkeypatch.setattr(active_set, "POLICY", active_set.POLICY._replace(**changes))


def change_sets(monkeypatch, **methods):
    """The class of all sets of columns from now on, with these methods in place of its own."""
    monkeypatch.setattr(core, "ColumnSet", type("ColumnSet", (core.ColumnSet,), methods))
    return core.ColumnSet


def assert_as_descent(X, y, path, tol=1e-11, **options):
    """Certified, and as good as coordinate descent at the same alphas."""
    best, reference = by_descent(X, y, path.alphas, tol=tol, max_iter=200_000, **options)
    assert reference.converged.all()
    assert_solved(X, y, options, path, best, slack=2 * tol)


# Working sets under stress

def test_more_violators_than_may_enter_at_once(monkeypatch):
    """A steep step down lets hundreds of columns violate; they enter by and by, the strongest first."""
    change_policy(monkeypatch, min_entrants=2)
    monkeypatch.setattr("lassocore.solvers.cost_model.FINE_SHARE", 0.0)     # long steps let many columns enter
    X, y = make_wide(0, 80, 400, n_strong=30)
    alphas = alpha_max(X, y) * np.array([0.9, 0.02])
    joins = Watch(monkeypatch, change_sets(monkeypatch), "extend")
    joined, original = [], active_set.WorkingSetPathSolver.accept

    def accept(self, n_solved, n_certified, can_retry, solutions):
        joined.append(can_retry)
        return original(self, n_solved, n_certified, can_retry, solutions)

    monkeypatch.setattr(active_set.WorkingSetPathSolver, "accept", accept)
    path = fit_path(X, y, alphas=alphas, tol=1e-9, solver="working_set")
    assert sum(joined) > 2 and len(joins) > 8
    assert set(path.info["method"]) == {"working_set"} and path.n_nonzero[-1] > 40
    assert_as_descent(X, y, path)


@pytest.mark.parametrize("storage", ["F", "C", "sparse"])
@pytest.mark.parametrize("crowd, least, entrants", [(1, 4, 2), (1, 4, 32), (0, 0, 8)])
def test_a_working_set_that_must_shed(crowd, least, entrants, storage, monkeypatch):
    change_policy(monkeypatch, shed_factor=crowd, min_shed_size=least, min_entrants=entrants, kept_share=1.0,
                  likely_share=0.5)                                         # columns come that nobody needs
    X, y = make_wide(1, 60, 250, n_strong=20)
    X = {"F": np.asfortranarray, "C": np.ascontiguousarray, "sparse": sp.csc_array}[storage](X)
    shed = Watch(monkeypatch, change_sets(monkeypatch), "keep")
    path = fit_path(X, y, alphas=40, eps=0.02, tol=1e-9, solver="working_set")
    assert len(shed) >= 2 and set(path.info["method"]) == {"working_set"}
    assert_as_descent(X, y, path)


def test_a_set_that_sheds_under_bounds_and_unpenalised_columns(monkeypatch):
    change_policy(monkeypatch, shed_factor=1, min_shed_size=4, likely_share=0.4)
    X, y = make_wide(2, 60, 200, n_strong=20)
    factor = np.random.default_rng(2).uniform(0.5, 2.0, 200)
    factor[[5, 77]], factor[6] = 0.0, np.inf
    many = np.where(np.arange(200) % 30 == 4, 0.0, factor)             # some of them rest at 0
    for options in ({"penalty_factor": factor}, {"penalty_factor": factor, "bounds": (-0.1, 0.15)},
                    {"penalty_factor": many, "positive": True},
                    {"positive": True, "l1_ratio": 0.8}, {"standardize": True, "l1_ratio": 0.5}):
        with monkeypatch.context() as patch:
            shed = Watch(patch, change_sets(patch), "keep")
            path = fit_path(X, y, alphas=np.geomspace(2.0, 0.05, 25), tol=1e-9, **options, solver="working_set")
            assert len(shed) >= 1
        assert_as_descent(X, y, path, **options)


@pytest.mark.parametrize("storage", ["F", "C", "sparse"])
def test_a_basis_that_shrinks(storage, monkeypatch):
    """Another direction for every batch, many times more than there is room for."""
    change_policy(monkeypatch, growth_share=0.0)
    X, y = make_wide(3, 90, 260, n_strong=40)
    X = {"F": np.asfortranarray, "C": np.ascontiguousarray, "sparse": sp.csc_array}[storage](X)
    original, sizes = active_set.WorkingSetPathSolver.finish, []

    def finish(self, c):
        batch = original(self, c)
        sizes.append(self.working.bounds.n_directions)
        return batch

    monkeypatch.setattr(active_set.WorkingSetPathSolver, "finish", finish)
    path = fit_path(X, y, alphas=150, eps=0.005, tol=1e-9, solver="working_set")
    assert sizes.count(core.N_BASIS) >= 2 and (np.diff(sizes) < 0).sum() >= 2
    assert set(path.info["method"]) == {"working_set"}
    assert_as_descent(X, y, path)


def test_batches_that_are_rolled_back(monkeypatch):
    """Nothing is expected to enter, so that most batches fail in their middle; each level is given once, in order."""
    change_policy(monkeypatch, likely_share=1e9)
    X, y = make_wide(5, 80, 300, n_strong=25)
    original, accepted, seen = active_set.WorkingSetPathSolver.finish, [], []

    def finish(self, c):
        first = self.position
        batch = original(self, c)
        accepted.append(self.position - first)
        return batch

    monkeypatch.setattr(active_set.WorkingSetPathSolver, "finish", finish)
    path = fit_path(X, y, alphas=60, eps=0.02, tol=1e-9, callback=lambda info: seen.append(info.index),
                    solver="working_set")
    assert accepted.count(0) > 3 and max(accepted) > 1 and sum(accepted) == 60
    assert seen == list(range(60))
    assert_as_descent(X, y, path)


@pytest.mark.parametrize("tol", [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
def test_what_is_nearly_good_enough_is_solved_again(tol, monkeypatch):
    """Columns that violate a little leave gaps a little above the tolerance."""
    change_policy(monkeypatch, likely_share=1e9)
    for seed in range(3):
        X, y = make_wide(30 + seed, 60, 200, n_strong=25)
        path = fit_path(X, y, alphas=80, eps=0.02, tol=tol, solver="working_set")
        assert path.converged.all() and (path.dual_gaps <= path.gap_tol).all()
        assert_certified(X, y, {}, path, np.full(80, np.inf), is_tight=False)


def smallest_gap_along_the_residual(X, y, w, alpha, l1_ratio):
    """min over t of P(w) - D(t r) for an elastic net: no dual point that the residual gives is better."""
    n, Z, z = len(y), X - X.mean(0), y - y.mean()
    l1, l2 = n * alpha * l1_ratio, n * alpha * (1.0 - l1_ratio)
    residual = z - Z @ w
    c, primal = np.abs(Z.T @ residual), 0.5 * residual @ residual + l1 * np.abs(w).sum() + 0.5 * l2 * w @ w

    def gap(t):
        held = np.maximum(t * c - l1, 0.0)
        return primal - t * (residual @ z) + 0.5 * t * t * (residual @ residual) + held @ held / (2.0 * l2)

    return minimize_scalar(gap, bounds=(0.0, 20.0), method="bounded", options={"xatol": 1e-12}).fun / n


@pytest.mark.parametrize("l1_ratio", [0.3, 0.7])
def test_the_bounds_of_all_pieces_count(l1_ratio, monkeypatch):
    """The dual point of an elastic net is as long as the columns outside allow, whichever share they are in."""
    X, y = make_wide(33, 60, 400)
    shrink_pieces(monkeypatch)
    for tol in (1e-1, 1e-2, 1e-3, 1e-6):
        path = fit_path(X, y, alphas=40, eps=0.05, tol=tol, l1_ratio=l1_ratio, solver="working_set")
        least = [smallest_gap_along_the_residual(X, y, path.coefs[:, k], alpha, l1_ratio)
                 for k, alpha in enumerate(path.alphas)]
        assert (least <= path.dual_gaps + 1e-11 * np.var(y)).all() and path.converged.all()


@pytest.mark.parametrize("n_features_in_a_share", [7, 100, 10**6])
def test_what_the_engine_knows_of_the_columns_outside(n_features_in_a_share, monkeypatch):
    """Its bounds are above all their correlations over l1, at every level that it solved, told of or not."""
    X, y = make_wide(34, 60, 400)
    change_policy(monkeypatch, range_width=n_features_in_a_share)
    original, margins = core.ColumnSet.certify, []

    def certify(self, l1_scales, l2_scales, outside_ratio):
        levels = np.arange(len(l1_scales))
        roots = np.column_stack([self.residuals(slots)[0][:, :len(slots)].copy()
                                 for slots in np.split(levels, levels[core.N_SLOTS::core.N_SLOTS])])
        outside = np.setdiff1d(self.problem.features, self.columns)
        ratios = np.abs((X - X.mean(0))[:, outside].T @ roots) / l1_scales
        margins.extend(outside_ratio - ratios.max(axis=0))
        return original(self, l1_scales, l2_scales, outside_ratio)

    change_sets(monkeypatch, certify=certify)
    assert fit_path(X, y, alphas=60, eps=0.02, tol=1e-7, solver="working_set").converged.all()
    assert len(margins) >= 60 and min(margins) >= -1e-12 and np.median(margins) < 0.5


def test_descent_starts_from_the_line_through_its_last_solutions(monkeypatch):
    """Which takes fewer epochs on correlated sparse columns, and changes no solution."""
    rng = np.random.default_rng(35)
    X = sp.random(150, 400, 0.05, random_state=rng).toarray()
    X = sp.csc_array(X + 0.9 * np.roll(X, 1, axis=1))
    y = X @ np.where(np.arange(400) % 8 == 0, rng.standard_normal(400), 0.0) + 0.1 * rng.standard_normal(150)
    solver, epochs = solver_of("descent", monkeypatch), []
    monkeypatch.setattr(active_set, "CD_COST_SHARE", np.inf)
    for least in (cd_working_set.MIN_EPOCHS, 10**9):
        monkeypatch.setattr(cd_working_set, "MIN_EPOCHS", least)
        path = fit_path(X, y, alphas=80, eps=0.02, tol=1e-8, solver=solver)
        assert set(path.info["method"]) == {"descent"}
        assert_as_descent(X, y, path)
        epochs.append(path.info["n_epochs"].sum())
    assert epochs[0] < 0.9 * epochs[1]


def test_descent_starts_within_the_bounds(monkeypatch):
    """The line through two solutions leaves them, where coefficients grow."""
    monkeypatch.setattr(cd_working_set, "MIN_EPOCHS", 0)
    X, y = make_wide(36, 60, 80)
    problem = as_problem(sp.csc_array(X), y, bounds=(-0.2, 0.3))
    chosen = cd_working_set.CDWorkingSet(
        problem, core.N_SLOTS, problem.features, np.zeros(80), 1e-9 * problem.sq_target)
    l1_scales = np.abs(problem.correlations).max() * np.array([0.6, 0.5])
    chosen.solve(l1_scales, np.zeros(2), 0.0, 1000)
    before = chosen.solver.w.copy()
    chosen._extrapolate(0.02 * l1_scales[0])
    assert (chosen.solver.w != before).any() and (chosen.solver.w[before == 0.0] == 0.0).all()
    assert (chosen.solver.w >= -0.2).all() and (chosen.solver.w <= 0.3).all()


def test_the_bounds_are_used_and_columns_outside_stay_unseen():
    X, y = make_wide(6, 100, 2000, n_strong=6, correlation=0.0)
    path = fit_path(X, y, alphas=60, eps=0.05, tol=1e-6, solver="working_set")
    assert path.info["n_scanned"].sum() < 0.5 * 60 * 2000
    assert path.info["n_working"].max() < 600
    assert_as_descent(X, y, path, tol=1e-8)


# Alphas

@EVERY
def test_alphas_far_apart(method, monkeypatch):
    """The levels on the way are solved but not told of."""
    X, y = make_wide(7, 60, 120)
    largest = alpha_max(X, y)
    solver = solver_of(method, monkeypatch)
    seen = []
    alphas = largest * np.array([1.0, 0.5, 1e-2, 9e-3, 1e-4])
    path = fit_path(design_of(method, X), y, alphas=alphas, tol=1e-8, callback=seen.append, max_iter=100_000,
                    solver=solver)
    assert [info.index for info in seen] == [0, 1, 2, 3, 4] and len(path.info.levels) == 5
    assert path.alphas.tolist() == alphas.tolist() and path.converged.all()
    for k, alpha in enumerate(alphas):
        single = fit_path(design_of(method, X), y, alphas=[alpha], tol=1e-8, max_iter=100_000, solver=solver)
        assert len(single.alphas) == 1 and single.converged.all()
        np.testing.assert_allclose(path.predict(X)[:, k], single.predict(X)[:, 0], atol=5e-3)
    assert_certified(X, y, {}, path, np.full(5, np.inf))


@EVERY
def test_repeated_alphas_are_repeated(method, monkeypatch):
    X, y = make_wide(8, 50, 100)
    solver = solver_of(method, monkeypatch)
    alphas = np.repeat(alpha_max(X, y) * np.array([1.0, 0.3, 0.03]), [2, 11, 3])
    path = fit_path(design_of(method, X), y, alphas=alphas, tol=1e-12, solver=solver)
    assert path.alphas.tolist() == alphas.tolist() and path.converged.all()
    for group in (slice(0, 2), slice(2, 13), slice(13, 16)):
        np.testing.assert_allclose(path.coefs[:, group], path.coefs[:, [group.start]] + np.zeros(
            group.stop - group.start), atol=1e-8)
    assert_as_descent(X, y, path)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 1e-3])
@EVERY
def test_alphas_above_the_largest(method, l1_ratio, monkeypatch):
    X, y = make_wide(9, 50, 100)
    largest = alpha_max(X, y, l1_ratio=l1_ratio)
    solver = solver_of(method, monkeypatch)
    alphas = largest * np.array([1e6, 10.0, 2.0, 1.0 + 1e-9, 0.9])
    path = fit_path(design_of(method, X), y, alphas=alphas, l1_ratio=l1_ratio, tol=1e-10, solver=solver)
    assert path.n_nonzero[:4].tolist() == [0, 0, 0, 0] and path.n_nonzero[4] > 0
    assert path.converged.all() and (path.dual_gaps[:4] <= 1e-9 * np.var(y)).all()
    above = fit_path(design_of(method, X), y, alphas=[3.0 * largest], l1_ratio=l1_ratio, solver=solver)
    assert above.n_nonzero.tolist() == [0] and above.converged.all()


@pytest.mark.parametrize("shape", [(60, 30), (40, 150)])
@EVERY
def test_alphas_down_to_a_millionth(method, shape, monkeypatch):
    X, y = make_wide(10, *shape)
    solver = solver_of(method, monkeypatch)
    path = fit_path(design_of(method, X), y, alphas=80, eps=1e-6, tol=1e-7, max_iter=100_000, solver=solver)
    assert path.converged.all()
    assert_certified(X, y, {}, path, np.full(80, np.inf))
    if shape[0] > shape[1]:
        assert_as_descent(X, y, path, tol=1e-10)
    else:
        assert path.r2[-1] > 1 - 1e-6 and path.n_nonzero[-1] <= (60 if method == "descent" else 40)
        scale = np.var(y)
        np.testing.assert_allclose(path.dual_gaps, np.clip(path.dual_gaps, 0, 1e-7 * scale))


@METHOD
def test_alpha_0_after_the_engine(method, monkeypatch):
    X, y = make_wide(11, 40, 12)
    solver = solver_of(method, monkeypatch)
    path = fit_path(design_of(method, X), y, alphas=[1.0, 0.1, 0.0, 0.0], tol=1e-12, solver=solver)
    assert path.info["method"].tolist() == [method, method, "cd", "cd"] and path.converged.all()
    Z = X - X.mean(0)
    np.testing.assert_allclose(path.coefs[:, 3], np.linalg.lstsq(Z, y - y.mean())[0], atol=1e-8)


@METHOD
def test_no_signal_and_no_columns_go_to_descent(method, monkeypatch):
    X, y = make_wide(12, 30, 8)
    solver = solver_of(method, monkeypatch)
    for target, design in ((np.full(30, 2.0), X), (y, np.ones((30, 3)))):
        path = fit_path(design_of(method, design), target, alphas=[1.0, 0.1], solver=solver)
        assert path.n_nonzero.tolist() == [0, 0] and path.converged.all() and path.info["method"].tolist() == ["cd"] * 2


# Starts

@EVERY
def test_coef_init(method, monkeypatch):
    """Good, terrible, outside the bounds, denormal: never another answer, nor a worse certificate."""
    X, y = make_wide(13, 50, 90)
    rng = np.random.default_rng(13)
    alphas = alpha_max(X, y) * np.array([0.5, 0.2, 0.05])
    for options in ({}, {"bounds": (-0.3, 0.4)}, {"l1_ratio": 0.7, "positive": True}):
        best, reference = by_descent(X, y, alphas, tol=1e-11, max_iter=200_000, **options)
        starts = [reference.coefs[:, 0], reference.coefs[:, 2], rng.standard_normal(90), np.full(90, 1e10),
                  -1e6 * rng.random(90), np.full(90, 1e-310), 1e3 * np.eye(90)[7]]
        for start in starts:
            with monkeypatch.context() as patch:
                solver = solver_of(method, patch)
                path = fit_path(design_of(method, X), y, alphas=alphas, coef_init=start, tol=1e-10, **options,
                                solver=solver)
            assert_solved(X, y, options, path, best, slack=1e-11)


@METHOD
def test_a_good_start_is_used(method, monkeypatch):
    X, y = make_wide(14, 50, 90)
    alpha = 0.1 * alpha_max(X, y)
    solver = solver_of(method, monkeypatch)
    cold = fit_path(design_of(method, X), y, alphas=[alpha], tol=1e-10, solver=solver)
    warm = fit_path(design_of(method, X), y, alphas=[alpha], tol=1e-10, coef_init=cold.coefs[:, 0], solver=solver)
    assert warm.converged.all() and warm.info["n_epochs"][0] <= cold.info["n_epochs"][0]
    np.testing.assert_allclose(warm.coefs, cold.coefs, atol=1e-6)


# Threads and history

def shrink_pieces(monkeypatch):
    """Several pieces of everything that threads share"""
    monkeypatch.setattr(scans, "RANGE_WORK", 5_000)
    change_policy(monkeypatch, range_width=100)
    monkeypatch.setattr(gram_matrix, "BLOCK_NUMBERS", 2_000)
    change_policy(monkeypatch, growth_share=0.05)


@with_storages(METHODS, ["F", "C", "F float32", "C float32", "sparse"])
def test_threads_change_no_bit(method, storage, monkeypatch):
    n, p = (500, 25) if method == "gram" else (60, 900)
    X, y = make_wide(15, n, p, n_strong=12)
    X = sp.csc_array(np.where(np.abs(X) > 1, X, 0.0)) if storage == "sparse" else np.array(
        X, np.float32 if "32" in storage else np.float64, order=storage[0])
    shrink_pieces(monkeypatch)
    solver = solver_of(method, monkeypatch)
    paths = [fit_path(X, y, alphas=25, eps=0.05, tol=1e-5, n_threads=n_threads, solver=solver)
             for n_threads in (1, 2, 3, -1)]
    assert paths[0].converged.all() and set(paths[0].info["method"]) == {method} and paths[0].n_nonzero[-1] > 8
    for path in paths[1:]:
        assert bits(path) == bits(paths[0])


@EVERY
def test_history_changes_no_bit(method, monkeypatch):
    """Neither another fit, nor one that ended early, nor the same."""
    X, y = make_wide(16, 50, 300)
    other, other_y = make_wide(17, 50, 300)
    solver = solver_of(method, monkeypatch)
    first = fit_path(design_of(method, X), y, alphas=30, eps=0.02, tol=1e-6, solver=solver)
    fit_path(design_of(method, other), other_y, alphas=30, eps=0.02, tol=1e-6, solver=solver)
    fit_path(design_of(method, X), y, alphas=30, eps=0.02, tol=1e-6, max_active=3, solver=solver)
    fit_path(design_of(method, X), y, alphas=30, eps=0.02, tol=1e-6, coef_init=np.full(300, 2.0), solver=solver)
    assert bits(fit_path(design_of(method, X), y, alphas=30, eps=0.02, tol=1e-6, solver=solver)) == bits(first)


@METHOD
def test_memory_that_held_nonsense_changes_no_bit(method, monkeypatch):
    """Room that is not in use yet is never read."""
    X, y = make_wide(18, 50, 200)
    solver = solver_of(method, monkeypatch)
    expected = bits(fit_path(design_of(method, X), y, alphas=20, eps=0.02, tol=1e-8, solver=solver))
    original = np.empty

    def poisoned(*args, **kwargs):
        array = original(*args, **kwargs)
        if array.dtype.kind == "f":
            array.fill(np.nan)
        elif array.dtype.kind == "i":
            array.fill(-7_777)
        return array

    monkeypatch.setattr(np, "empty", poisoned)
    assert bits(fit_path(design_of(method, X), y, alphas=20, eps=0.02, tol=1e-8, solver=solver)) == expected


# Falling back

def cripple(monkeypatch):
    """No column joins the support of a set, which alone is solved."""
    def solve(self, l1_scales, l2_scales, tolerance, max_iter):
        return original(self, l1_scales, l2_scales, 1e100, max_iter)

    original = core.ColumnSet.solve
    change_sets(monkeypatch, solve=solve)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.6])
@EXACT
def test_levels_that_the_engine_cannot_solve_go_to_descent(method, l1_ratio, monkeypatch):
    """And the path goes on from there, and is right."""
    X, y = make_wide(19, 60, 100, n_strong=30, correlation=0.8)
    alphas = alpha_max(X, y, l1_ratio=l1_ratio) * np.geomspace(0.7, 0.02, 12)
    best, _ = by_descent(X, y, alphas, tol=1e-11, max_iter=200_000, l1_ratio=l1_ratio)
    solver = solver_of(method, monkeypatch)
    cripple(monkeypatch)
    path = fit_path(design_of(method, X), y, alphas=alphas, tol=1e-9, l1_ratio=l1_ratio, max_iter=200_000,
                    solver=solver)
    methods = path.info["method"]
    assert np.count_nonzero(methods == "cd") >= 3 and set(methods) <= {"cd", method}
    assert_solved(X, y, {"l1_ratio": l1_ratio}, path, best)
    assert (path.info["n_epochs"][methods == "cd"] > 0).all()


@EXACT
def test_the_engine_goes_on_from_where_descent_came_to(method, monkeypatch):
    """It finds no support of its own, but solves the same alpha again on the one it was given."""
    monkeypatch.setattr("lassocore.solvers.cost_model.FINE_SHARE", 0.0)     # few levels between the alphas
    X, y = make_wide(23, 60, 100)
    alphas = np.repeat(alpha_max(X, y) * np.array([0.7, 0.2, 0.03]), 2)
    solver = solver_of(method, monkeypatch)
    cripple(monkeypatch)
    path = fit_path(design_of(method, X), y, alphas=alphas, tol=1e-10, max_iter=200_000, solver=solver)
    assert path.info["method"].tolist() == ["cd", method] * 3 and path.converged.all()
    assert path.n_nonzero[-1] > 8
    np.testing.assert_allclose(path.coefs[:, 1::2], path.coefs[:, ::2], atol=1e-4)


SPOILT = [0, 1, 5, 6, 13]


def spoil_levels(monkeypatch, scales, factor):
    """Sets that certify no level at these scales and multiply its coefficients."""
    original = core.ColumnSet

    def is_spoilt(self):
        return np.isclose(self.l1_scales[:, None], scales, rtol=1e-9).any(axis=1)

    def solve(self, l1_scales, *others):
        n_levels = original.solve(self, l1_scales, *others)
        self.l1_scales = l1_scales[:n_levels]
        return n_levels

    def certify(self, *args):
        found = original.certify(self, *args)
        found[is_spoilt(self), 0] = np.inf
        return found

    def nonzeros(self, slots):
        columns, values, n_nonzero = original.nonzeros(self, slots)
        return columns, values * np.repeat(np.where(is_spoilt(self)[slots], factor, 1.0), n_nonzero), n_nonzero

    def solve_certified(self, l1_scales, l2_scales, indices, *others):
        found, (columns, values, n_nonzero) = original.solve_certified(self, l1_scales, l2_scales, indices, *others)
        self.l1_scales = l1_scales[:len(found)]
        found[is_spoilt(self), 0] = np.inf
        of_path = is_spoilt(self)[indices[:len(found)] >= 0]
        return found, (columns, values * np.repeat(np.where(of_path, factor, 1.0), n_nonzero), n_nonzero)

    change_sets(monkeypatch, solve=solve, certify=certify, nonzeros=nonzeros, solve_certified=solve_certified)


@pytest.mark.parametrize("storage", ["F", "C", "sparse", "F float32"])
@pytest.mark.parametrize("is_wrong", [False, True], ids=["right", "wrong"])
@EXACT
def test_a_level_whose_certificate_fails_is_certified_with_X_or_finished_by_descent(
        method, is_wrong, storage, monkeypatch):
    """The set's gap is spoilt at some levels: these are judged by X, and only if they are wrong solved by descent."""
    X, y = make_wide(20, 50, 120)
    X = {"F": np.asfortranarray, "C": np.ascontiguousarray, "sparse": sp.csc_array,
         "F float32": lambda X: X.astype(np.float32)}[storage](X)
    tol = 1e-5 if "32" in storage else 1e-10
    alphas = alpha_max(X, y) * np.geomspace(0.9, 0.05, 14)
    solver = solver_of(method, monkeypatch)
    spoil_levels(monkeypatch, 50 * alphas[SPOILT], 1.01 if is_wrong else 1.0)
    refined = Watch(monkeypatch, active_set.PathSolver, "solve_by_refinement")
    descents = Watch(monkeypatch, CoordinateDescent, "solve")
    path = fit_path(X, y, alphas=alphas, tol=tol, solver=solver)
    assert [batch.first for batch in refined.results] == SPOILT
    assert [point.index for point in descents.results] == (SPOILT if is_wrong else [])
    assert np.flatnonzero(path.info["method"] == "cd").tolist() == (SPOILT if is_wrong else [])
    assert set(np.delete(path.info["method"], SPOILT)) == {method}
    cold = fit_path(X, y, alphas=alphas[-1:], tol=tol, solver="cd")
    assert path.info["n_epochs"][13] < cold.n_iter[0]           # from the set's coefficients, not from 0
    best, _ = by_descent(X, y, alphas, tol=0.01 * tol, max_iter=200_000)
    assert_solved(X, y, {}, path, best, slack=1e-7 if "32" in storage else 1e-11)


@METHOD
def test_what_nobody_can_solve_is_told_and_the_path_goes_on(method, monkeypatch):
    """max_iter = 1 for a hard problem at a tolerance out of reach, with no way back from descent on the set."""
    monkeypatch.setattr(active_set, "MAX_MEMBERS", 0)
    X, y = make_wide(21, 40, 150, n_strong=40, correlation=0.95)
    solver = solver_of(method, monkeypatch)
    cripple(monkeypatch)
    alphas = alpha_max(X, y) * np.geomspace(0.9, 1e-3, 10)
    with pytest.warns(ConvergenceWarning) as caught:
        path = fit_path(design_of(method, X), y, alphas=alphas, tol=1e-16, max_iter=1, solver=solver)
    assert len(caught) == 1 and len(path.alphas) == 10 and not path.converged.all()
    np.testing.assert_array_equal(path.converged, path.dual_gaps <= path.gap_tol)
    assert np.isfinite(path.coefs).all() and np.isfinite(path.dual_gaps).all() and np.isfinite(path.r2).all()
    assert (path.info["method"][~path.converged] == "cd").all()
    assert_certified(X, y, {}, path, np.full(10, np.inf))
    best, _ = by_descent(X, y, alphas, tol=1e-10, max_iter=500_000)
    assert_certified(X, y, {}, path, best, slack=1e-9)


def test_exact_steps_go_on_where_descent_on_the_set_has_cost_as_much(monkeypatch):
    """A level at which descent on the set is slow, after others that it solved, goes back to exact steps."""
    X, y = make_wide(21, 200, 300, n_strong=40, correlation=0.0)
    monkeypatch.setattr(active_set, "FIRST_TRIAL", 5)
    monkeypatch.setattr(active_set, "CD_COST_SHARE", np.inf)
    monkeypatch.setattr(active_set.CDWorkingSet, "seconds_per_visit", lambda self: 1e-15)       # trials succeed
    back = Watch(monkeypatch, active_set.WorkingSetPathSolver, "_back_to_newton")
    alphas = alpha_max(X, y) * np.geomspace(0.9, 0.05, 30)
    best, _ = by_descent(X, y, alphas, tol=1e-12, max_iter=500_000)
    counts = []
    for share in (1e9, 1e-12):
        monkeypatch.setattr(active_set, "DESCENT_SHARE", share)
        path = fit_path(design_of("descent", X), y, alphas=alphas, tol=1e-6, solver="working_set")
        counts.append(len(back.results))
        assert_solved(X, y, {}, path, best, slack=1e-5)
    assert counts[0] == 0 < counts[1]


@METHOD
def test_hidden_levels_that_fail_are_no_reason_to_fall_back(method, monkeypatch):
    X, y, _ = make_data(22, 60, 12)
    alphas = alpha_max(X, y) * np.array([0.99, 1e-4])
    solver = solver_of(method, monkeypatch)
    told = Watch(monkeypatch, active_set.PathSolver, "solve_by_refinement")
    original = active_set.PathSolver.collect

    def collect(self, *args):
        assert (self.levels.indices >= 0).sum() == 2 < len(self.levels)
        return original(self, *args)

    monkeypatch.setattr(active_set.PathSolver, "collect", collect)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = fit_path(design_of(method, X), y, alphas=alphas, tol=1e-9, solver=solver)
    assert len(told) == 0 and path.converged.all() and path.info["index"].tolist() == [0, 1]
