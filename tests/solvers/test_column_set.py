# Lives here: Gram matrices and residuals of working sets, against NumPy in extended precision. Independent of: paths.
"""Working sets that grow, shrink and solve."""
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.gram import assert_gram, make_case

from lassocore._isa import core
from lassocore.problems.problem import as_problem
from lassocore.solvers.column_set import every_column

WEIGHTED = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
DTYPE = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@pytest.mark.parametrize("storage, n", [("F", 60), ("C", 60), ("int32", 60), ("int64", 60), ("F", 4000)])
@DTYPE
@WEIGHTED
def test_a_working_set_grows_and_shrinks(weighted, dtype, storage, n):
    """Its Gram matrix, correlations and residuals are those of its columns, through every change; few products of short
    columns, and many of long ones."""
    p, most = (600, 560) if n == 60 else (150, 130)
    problem, Z = make_case(5, n, p, storage=storage, dtype=dtype, weighted=weighted)
    rng = np.random.default_rng(0)
    chosen, columns = core.ColumnSet(problem, core.N_SLOTS), rng.permutation(p)
    capacity = chosen.solver.capacity
    exact_target = np.zeros(n)
    s = np.ones(n) if problem.matrix.weights is None else problem.matrix.weights
    exact_target[s > 0] = problem.target[s > 0] / np.sqrt(s[s > 0])
    for start, stop in ((0, 3), (3, 4), (4, 60), (60, most)):        # the last of 560 needs more room than there is
        w = rng.standard_normal(stop - start) if start != 3 else None
        chosen.extend(columns[start:stop], w)
        size = len(chosen)
        assert chosen.columns.tolist() == columns[:stop].tolist() and chosen.solver.size == size == stop
        assert_gram(chosen.solver.gram[:size, :size], Z, rtol=1e-12, columns=chosen.columns)
        c = (Z[:, chosen.columns].T @ (exact_target - Z[:, chosen.columns] @ chosen.solver.w[:size])).astype(float)
        np.testing.assert_allclose(chosen.solver.c[:size], c, atol=1e-9)
    assert chosen.solver.capacity == p and (capacity < most if n == 60 else capacity == p)
    w = np.where(rng.random(most) < 0.3, rng.standard_normal(most), 0.0)
    chosen.start_from(w)
    kept = np.flatnonzero((w != 0.0) | (rng.random(most) < 0.2))
    chosen.keep(kept)
    assert chosen.columns.tolist() == columns[kept].tolist() and (chosen.solver.w[:len(kept)] == w[kept]).all()
    assert_gram(chosen.solver.gram[:len(kept), :len(kept)], Z, rtol=1e-12, columns=chosen.columns)
    chosen.extend(columns[most:most + 10])
    size = len(chosen)
    assert_gram(chosen.solver.gram[:size, :size], Z, rtol=1e-12, columns=chosen.columns)
    full = chosen.coefficients()
    assert np.flatnonzero(full).tolist() == np.sort(columns[:most][w != 0.0]).tolist()
    assert (full[chosen.columns] == chosen.solver.w[:size]).all()


@pytest.mark.parametrize("storage", ["F", "C", "int32"])
@WEIGHTED
def test_residuals_of_the_slots(weighted, storage):
    n, p = 50, 30
    problem, Z = make_case(6, n, p, storage=storage, weighted=weighted)
    chosen = core.ColumnSet(problem, core.N_SLOTS)
    chosen.extend(np.random.default_rng(0).permutation(p)[:20])
    rng = np.random.default_rng(1)
    chosen.solver.slot_w[:, :20] = np.where(rng.random((core.N_SLOTS, 20)) < 0.5,
                                            rng.standard_normal((core.N_SLOTS, 20)), 0.0)
    s = np.ones(n) if problem.matrix.weights is None else problem.matrix.weights
    target = np.divide(problem.target, np.sqrt(s), out=np.zeros(n), where=s > 0)
    exact_roots = (target[:, None] - Z[:, chosen.columns] @ chosen.solver.slot_w[:, :20].T).astype(float)
    for slots in (np.arange(1), np.array([6, 0, 3]), np.arange(core.N_SLOTS)):
        roots, weighted_roots = chosen.residuals(slots)
        exact, n_levels = exact_roots[:, slots], len(slots)
        assert (roots[:, n_levels:] == 0.0).all() and (weighted_roots[:, n_levels:] == 0.0).all()
        np.testing.assert_allclose(roots[:, :n_levels], exact, atol=1e-11)
        np.testing.assert_allclose(weighted_roots[:, :n_levels], np.sqrt(s)[:, None] * exact, atol=1e-11)
        assert weighted_roots.flags.c_contiguous
        columns, values, n_nonzero = chosen.nonzeros(slots)
        assert len(n_nonzero) == len(slots) and sum(n_nonzero) == len(columns) == len(values)
        for slot, rows, coefs in zip(slots, np.split(columns, np.cumsum(n_nonzero)[:-1]),
                                     np.split(values, np.cumsum(n_nonzero)[:-1]), strict=True):
            assert (np.diff(rows) > 0).all()
            full = np.zeros(p)
            full[chosen.columns] = chosen.solver.slot_w[slot, :20]
            assert (full[rows] == coefs).all() and np.count_nonzero(full) == len(rows)


@pytest.mark.parametrize("storage", ["F", "C", "int64"])
def test_every_usable_column_is_in_the_complete_set(storage):
    n, p = 40, 12
    problem, Z = make_case(7, n, p, storage=storage)
    start = np.random.default_rng(0).standard_normal(p)
    some = np.array([0, 2, 3, 7, 11])
    for features in (np.arange(p), some):
        chosen = every_column(replace(problem, features=features), 4, start, None, True)
        size = len(features)
        assert chosen.columns.tolist() == features.tolist() and chosen.solver.capacity == size
        assert_gram(chosen.solver.gram, Z, rtol=1e-12, columns=features)
        c = (Z[:, features].T @ (problem.target - Z[:, features] @ start[features])).astype(float)
        np.testing.assert_allclose(chosen.solver.c, c, atol=1e-10)
        assert np.flatnonzero(chosen.coefficients()).tolist() == features.tolist()


@pytest.mark.parametrize("shift, loses", [(0.0, False), (1.0, False), (1e3, True)])
def test_sparse_columns_that_would_lose_digits_are_told(shift, loses):
    rng = np.random.default_rng(8)
    X = rng.standard_normal((50, 4)) + shift
    y = rng.standard_normal(50)
    columns = np.arange(4)
    assert as_problem(sp.csc_array(X), y).design.gram_loses_digits(columns) == loses
    assert not as_problem(sp.csc_array(X), y, fit_intercept=False).design.gram_loses_digits(columns)
