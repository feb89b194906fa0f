# Lives here: Gram matrices and residuals of sets of columns, against NumPy in extended precision. Must not know: paths.
"""dense_gram, sparse_gram, add_sparse_products, and the working set that they fill."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp

from lassocore._isa import core
from lassocore.problems.problem import as_problem
from lassocore.solvers import working_set
from lassocore.solvers.working_set import loses_digits

WEIGHTED = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
DTYPE = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def make_case(seed, n, p, *, storage="F", dtype=np.float64, weighted=False, fit_intercept=True, shift=0.0):
    """(problem, Z = sqrt(s) (X - means) in extended precision)"""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) * rng.uniform(0.5, 2.0, p) + rng.standard_normal(p) + shift
    sparse = storage not in "FC"
    if sparse:
        X[rng.random((n, p)) >= 0.15] = 0.0
        X[n // 2] = 0.0                                     # a row without entries
        X[n // 3] = rng.standard_normal(p)                  # and a full one
        X[0, X.any(axis=0) == 0] = 1.0
    X = X.astype(dtype)
    weights = rng.uniform(0.1, 2.0, n) if weighted else None
    if weighted:
        weights[2] = 0.0
    design = np.array(X, order=storage if not sparse else "F")
    if sparse:
        design = sp.csc_array(X)
        design.indices, design.indptr = design.indices.astype(storage), design.indptr.astype(storage)
    problem = as_problem(design, rng.standard_normal(n) + 1.0, sample_weight=weights, fit_intercept=fit_intercept)
    s = np.ones(n) if problem.matrix.weights is None else problem.matrix.weights
    exact, s = X.astype(np.longdouble), s.astype(np.longdouble)
    if fit_intercept:
        exact = exact - exact[0]
        exact = exact - (s @ exact) / s.sum()
    return problem, np.sqrt(s)[:, None] * exact


def assert_gram(found, Z, rtol=1e-13, columns=None):
    """Z'Z, to rounding of its own scale."""
    Z = Z if columns is None else Z[:, columns]
    exact = (Z.T @ Z).astype(float)
    norms = np.sqrt(exact.diagonal())
    np.testing.assert_allclose(found / np.outer(norms, norms), exact / np.outer(norms, norms), atol=rtol)


# Dense

@pytest.mark.parametrize("n, p", [(1, 1), (3, 5), (64, 7), (65, 7), (700, 11), (50, 60)])
@WEIGHTED
@INTERCEPT
@DTYPE
@pytest.mark.parametrize("storage", ["F", "C"])
def test_dense_gram(storage, dtype, fit_intercept, weighted, n, p, monkeypatch):
    """In one block, and in many blocks of many parts."""
    weighted = weighted and n > 2
    problem, Z = make_case(0, n, p, storage=storage, dtype=dtype, weighted=weighted, fit_intercept=fit_intercept)
    if n == 1 and fit_intercept:
        assert (working_set.dense_gram(problem, None) == 0.0).all()
        return
    assert_gram(working_set.dense_gram(problem, None), Z)
    monkeypatch.setattr(working_set, "BLOCK_NUMBERS", 1)
    found = working_set.dense_gram(problem, None)
    assert found.flags.f_contiguous
    assert_gram(found, Z)


def test_dense_gram_keeps_the_digits_of_large_means():
    problem, Z = make_case(1, 300, 8, shift=1e6)
    assert_gram(working_set.dense_gram(problem, None), Z, rtol=1e-9)


@pytest.mark.parametrize("most_parts", [1, 3, 8])
def test_dense_gram_does_not_depend_on_threads(most_parts, monkeypatch):
    monkeypatch.setattr(working_set, "MOST_PARTS", most_parts)
    monkeypatch.setattr(working_set, "BLOCK_NUMBERS", 900)
    problem, Z = make_case(2, 1000, 9, storage="C")
    found = []
    for n_threads in (None, 1, 2, 3):
        with ThreadPoolExecutor(n_threads or 1) as pool:
            found.append(working_set.dense_gram(problem, None if n_threads is None else pool).tobytes())
    assert len(set(found)) == 1
    assert_gram(working_set.dense_gram(problem, None), Z)


# Sparse

@pytest.mark.parametrize("limits", [None, (1, 1), (7, 7), (40, 60)])
@WEIGHTED
@INTERCEPT
@DTYPE
@pytest.mark.parametrize("storage", ["int32", "int64"])
def test_sparse_gram(storage, dtype, fit_intercept, weighted, limits, monkeypatch):
    """Of all columns and some, in blocks from one row to all of them."""
    if limits is not None:
        monkeypatch.setattr(working_set, "LEAST_ENTRIES", limits[0])
        monkeypatch.setattr(working_set, "MOST_ENTRIES", limits[1])
    for n, p in ((90, 23), (12, 30), (4, 1)):
        problem, Z = make_case(3, n, p, storage=storage, dtype=dtype, weighted=weighted, fit_intercept=fit_intercept)
        for columns in (np.arange(p), np.arange(p)[::3].copy(), np.array([p - 1]), np.arange(p)[::-1].copy()):
            found = working_set.sparse_gram(problem, columns)
            assert (found == found.T).all()
            assert_gram(found, Z, columns=columns, rtol=1e-12)


@pytest.mark.parametrize("limits", [(1, 1), (25, 25), (10_000, 500_000)])
@WEIGHTED
@pytest.mark.parametrize("storage", ["int32", "int64"])
def test_sparse_products_of_an_extension(storage, weighted, limits, monkeypatch):
    """Only columns from first_new on are written, whatever was there; within a Gram matrix of more room."""
    monkeypatch.setattr(working_set, "LEAST_ENTRIES", limits[0])
    monkeypatch.setattr(working_set, "MOST_ENTRIES", limits[1])
    problem, Z = make_case(4, 70, 40, storage=storage, weighted=weighted)
    columns = np.random.default_rng(0).permutation(40)[:25]
    for first_new in (0, 1, 17, 24):
        gram = np.full((32, 32), np.nan, order="F")
        working_set.add_sparse_products(problem, columns, first_new, gram)
        found = gram[:25, first_new:25]
        exact = (Z[:, columns].T @ Z[:, columns[first_new:]]).astype(float)
        np.testing.assert_allclose(found, exact, atol=1e-11)
        assert np.isnan(gram[25:]).all() and np.isnan(gram[:, :first_new]).all() and np.isnan(gram[:, 25:]).all()


# Working sets

@pytest.mark.parametrize("storage", ["F", "C", "int32", "int64"])
@DTYPE
@WEIGHTED
def test_a_working_set_grows_and_shrinks(weighted, dtype, storage):
    """Its Gram matrix, correlations and residuals are those of its columns, through every change."""
    n, p = 60, 150
    problem, Z = make_case(5, n, p, storage=storage, dtype=dtype, weighted=weighted)
    rng = np.random.default_rng(0)
    chosen, columns = working_set.WorkingSet(problem, core.N_SLOTS), rng.permutation(p)
    exact_target = np.zeros(n)
    s = np.ones(n) if problem.matrix.weights is None else problem.matrix.weights
    exact_target[s > 0] = problem.target[s > 0] / np.sqrt(s[s > 0])
    for start, stop in ((0, 3), (3, 4), (4, 60), (60, 130)):         # the last needs more room than there is
        w = rng.standard_normal(stop - start) if start != 3 else None
        chosen.extend(columns[start:stop], w)
        size = len(chosen)
        assert chosen.columns.tolist() == columns[:stop].tolist() and chosen.solver.size == size == stop
        assert_gram(chosen.solver.gram[:size, :size], Z, rtol=1e-12, columns=chosen.columns)
        c = (Z[:, chosen.columns].T @ (exact_target - Z[:, chosen.columns] @ chosen.solver.w[:size])).astype(float)
        np.testing.assert_allclose(chosen.solver.c[:size], c, atol=1e-9)
    assert chosen.solver.capacity >= 130 > working_set.FIRST_ROOM
    w = np.where(rng.random(130) < 0.3, rng.standard_normal(130), 0.0)
    chosen.start_from(w)
    kept = np.flatnonzero((w != 0.0) | (rng.random(130) < 0.2))
    chosen.keep(kept)
    assert chosen.columns.tolist() == columns[kept].tolist() and (chosen.solver.w[:len(kept)] == w[kept]).all()
    assert_gram(chosen.solver.gram[:len(kept), :len(kept)], Z, rtol=1e-12, columns=chosen.columns)
    chosen.extend(columns[130:140])
    size = len(chosen)
    assert_gram(chosen.solver.gram[:size, :size], Z, rtol=1e-12, columns=chosen.columns)
    full = chosen.coefficients()
    assert np.flatnonzero(full).tolist() == np.sort(columns[:130][w != 0.0]).tolist()
    assert (full[chosen.columns] == chosen.solver.w[:size]).all()


@pytest.mark.parametrize("storage", ["F", "C", "int32"])
@WEIGHTED
def test_residuals_of_the_slots(weighted, storage):
    n, p = 50, 30
    problem, Z = make_case(6, n, p, storage=storage, weighted=weighted)
    chosen = working_set.WorkingSet(problem, core.N_SLOTS)
    chosen.extend(np.random.default_rng(0).permutation(p)[:20])
    rng = np.random.default_rng(1)
    chosen.solver.slot_w[:, :20] = np.where(rng.random((core.N_SLOTS, 20)) < 0.5,
                                            rng.standard_normal((core.N_SLOTS, 20)), 0.0)
    s = np.ones(n) if problem.matrix.weights is None else problem.matrix.weights
    target = np.divide(problem.target, np.sqrt(s), out=np.zeros(n), where=s > 0)
    for n_levels in (1, 3, core.N_SLOTS):
        roots, weighted_roots = chosen.residuals(n_levels)
        exact = (target[:, None] - Z[:, chosen.columns] @ chosen.solver.slot_w[:, :20].T).astype(float)
        assert (roots[:, n_levels:] == 0.0).all() and (weighted_roots[:, n_levels:] == 0.0).all()
        np.testing.assert_allclose(roots[:, :n_levels], exact[:, :n_levels], atol=1e-11)
        np.testing.assert_allclose(weighted_roots[:, :n_levels], (np.sqrt(s)[:, None] * exact)[:, :n_levels],
                                   atol=1e-11)
        assert weighted_roots.flags.c_contiguous
        columns, values = chosen.nonzeros(0)
        assert (np.diff(columns) > 0).all()
        full = np.zeros(p)
        full[chosen.columns] = chosen.solver.slot_w[0, :20]
        assert (full[columns] == values).all() and np.count_nonzero(full) == len(columns)


@pytest.mark.parametrize("storage", ["F", "C", "int64"])
def test_every_usable_column_is_in_the_complete_set(storage):
    n, p = 40, 12
    problem, Z = make_case(7, n, p, storage=storage)
    start = np.random.default_rng(0).standard_normal(p)
    some = np.array([0, 2, 3, 7, 11])
    for features in (np.arange(p), some):
        chosen = working_set.EveryColumn(problem._replace(features=features), 4, start, None)
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
    assert loses_digits(as_problem(sp.csc_array(X), y)) == loses
    assert not loses_digits(as_problem(sp.csc_array(X), y, fit_intercept=False))
