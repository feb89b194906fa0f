# Lives here: Gram matrices of dense and sparse columns, against NumPy in extended precision. Independent of: solvers.
"""dense_gram, sparse_gram, add_sparse_products."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from oracles.gram import assert_gram, make_case

from lassocore._isa import core
from lassocore.designs import gram_matrix

WEIGHTED = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
DTYPE = pytest.mark.parametrize("dtype", [np.float64, np.float32])



# Dense

@pytest.mark.parametrize("n, p", [(1, 1), (3, 5), (64, 7), (65, 7), (700, 11), (50, 60), (300, 16), (20, 41)])
@WEIGHTED
@INTERCEPT
@DTYPE
@pytest.mark.parametrize("storage", ["F", "C"])
def test_dense_gram(storage, dtype, fit_intercept, weighted, n, p):
    """In one block of rows, and in many blocks and parts; a part of a panel, whole panels, and more."""
    weighted = weighted and n > 2
    problem, Z = make_case(0, n, p, storage=storage, dtype=dtype, weighted=weighted, fit_intercept=fit_intercept)
    if n == 1 and fit_intercept:
        assert (problem.design.gram_of_all(None) == 0.0).all()
        return
    found = problem.design.gram_of_all(None)
    assert found.strides[0] == found.itemsize and (found == found.T).all()
    assert_gram(found, Z)


def test_dense_gram_keeps_the_digits_of_large_means():
    problem, Z = make_case(1, 300, 8, shift=1e6)
    assert_gram(problem.design.gram_of_all(None), Z, rtol=1e-9)


@pytest.mark.parametrize("most_parts", [1, 3, 8])
def test_dense_gram_does_not_depend_on_threads(most_parts, monkeypatch):
    monkeypatch.setattr(gram_matrix, "MAX_PARTS", most_parts)
    problem, Z = make_case(2, 1000, 9, storage="C")
    found = []
    for n_threads in (None, 1, 2, 3):
        with ThreadPoolExecutor(n_threads or 1) as pool:
            found.append(problem.design.gram_of_all(None if n_threads is None else pool).tobytes())
    assert len(set(found)) == 1
    assert_gram(problem.design.gram_of_all(None), Z)


@pytest.mark.parametrize("n, p", [(30, 25), (700, 25), (5, 12)])
@WEIGHTED
@DTYPE
@pytest.mark.parametrize("storage", ["F", "C"])
def test_dense_products_of_an_extension(storage, dtype, weighted, n, p):
    """New columns, in any order, with each other and with those before, within a Gram matrix of larger capacity."""
    problem, Z = make_case(6, n, p, storage=storage, dtype=dtype, weighted=weighted)
    columns = np.random.default_rng(0).permutation(p)
    exact = (Z[:, columns].T @ Z[:, columns]).astype(float)
    for first_new in (0, 1, p // 2, p - 1, p):
        gram = np.full((p + 3, p + 3), np.nan, order="F")
        gram[:first_new, :first_new] = exact[:first_new, :first_new]
        problem.design.add_products(columns, first_new, gram)
        assert_gram(gram[:p, :p], Z, columns=columns)
        assert (gram[:p, first_new:p] == gram[first_new:p, :p].T).all()
        assert np.isnan(gram[p:]).all() and np.isnan(gram[:, p:]).all()


def test_dense_gram_of_ranges_of_rows():
    """In one part, and in two."""
    ranges = [(3, 40), (41, 42), (150, 200)]
    rows = np.concatenate([np.arange(*part) for part in ranges])
    with ThreadPoolExecutor(2) as pool:
        for p in (11, 2):
            problem, Z = make_case(7, 200, p, weighted=True)
            columns = np.arange(p)[::-1].copy()
            found = [gram_matrix.dense_gram(problem.matrix, columns, ranges, each) for each in (None, pool)]
            assert found[0].tobytes() == found[1].tobytes()
            assert_gram(found[0], Z[rows], columns=columns)


@pytest.mark.parametrize("n, p", [(1, 1), (3, 5), (700, 11), (50, 60), (300, 16), (20, 41), (900, 33)])
@WEIGHTED
@DTYPE
@pytest.mark.parametrize("storage", ["F", "C"])
def test_dense_gram_of_single_precision(storage, dtype, weighted, n, p):
    """All products, and those of columns that are added; duplicates have the same products."""
    problem, Z = make_case(9, n, p, storage=storage, dtype=dtype, weighted=weighted and n > 2, fit_intercept=n > 1)
    columns = np.r_[np.arange(p)[::-1], p // 2]
    gram = gram_matrix.dense_gram(problem.matrix, columns, [(0, n // 3), (n // 3, n)], None, single=True)
    assert (gram == gram.T).all() and (gram[p] == gram[p - 1 - p // 2]).all()
    assert_gram(gram, Z, rtol=1e-6, columns=columns)
    for first_new in (0, p // 3, p):
        more = np.full((p + 3, p + 3), np.nan, order="F")
        more[:first_new, :first_new] = gram[:first_new, :first_new]
        core.add_dense_products(problem.matrix, columns, first_new, more, True)
        assert_gram(more[:p + 1, :p + 1], Z, rtol=1e-6, columns=columns)
        assert np.isnan(more[p + 1:]).all() and np.isnan(more[:, p + 1:]).all()


# Sparse

@pytest.mark.parametrize("limits", [None, (1, 1), (7, 7), (40, 60)])
@WEIGHTED
@INTERCEPT
@DTYPE
@pytest.mark.parametrize("storage", ["int32", "int64"])
def test_sparse_gram(storage, dtype, fit_intercept, weighted, limits, monkeypatch):
    """Of all columns and of some, in blocks from one row to all."""
    if limits is not None:
        monkeypatch.setattr(gram_matrix, "MIN_ENTRIES", limits[0])
        monkeypatch.setattr(gram_matrix, "MAX_ENTRIES", limits[1])
    for n, p in ((90, 23), (12, 30), (4, 1)):
        problem, Z = make_case(3, n, p, storage=storage, dtype=dtype, weighted=weighted, fit_intercept=fit_intercept)
        for columns in (np.arange(p), np.arange(p)[::3].copy(), np.array([p - 1]), np.arange(p)[::-1].copy()):
            found = gram_matrix.sparse_gram(problem.matrix, columns)
            assert (found == found.T).all()
            assert_gram(found, Z, columns=columns, rtol=1e-12)


@pytest.mark.parametrize("limits", [(1, 1), (25, 25), (10_000, 500_000)])
@WEIGHTED
@pytest.mark.parametrize("storage", ["int32", "int64"])
def test_sparse_products_of_an_extension(storage, weighted, limits, monkeypatch):
    """Only columns from first_new on are written, within a Gram matrix of larger capacity."""
    monkeypatch.setattr(gram_matrix, "MIN_ENTRIES", limits[0])
    monkeypatch.setattr(gram_matrix, "MAX_ENTRIES", limits[1])
    problem, Z = make_case(4, 70, 40, storage=storage, weighted=weighted)
    columns = np.random.default_rng(0).permutation(40)[:25]
    for first_new in (0, 1, 17, 24):
        gram = np.full((32, 32), np.nan, order="F")
        gram_matrix.add_sparse_products(problem.matrix, columns, first_new, gram)
        found = gram[:25, first_new:25]
        exact = (Z[:, columns].T @ Z[:, columns[first_new:]]).astype(float)
        np.testing.assert_allclose(found, exact, atol=1e-11)
        assert np.isnan(gram[25:]).all() and np.isnan(gram[:, :first_new]).all() and np.isnan(gram[:, 25:]).all()


# A Gram matrix in place of X

def test_products_from_a_gram_matrix():
    """Those of some columns, of an extension, and of all, are entries of the matrix given."""
    problem, Z = make_case(5, 50, 9)
    exact = (Z.T @ Z).astype(float)
    design = problem.design.as_gram(np.asfortranarray(exact), np.ascontiguousarray(exact.diagonal()))
    columns, found = np.array([7, 2, 4, 0]), np.full((6, 6), np.nan, order="F")
    found[:2, :2] = exact[np.ix_(columns[:2], columns[:2])]
    design.add_products(columns, 2, found)
    assert (found[:4, :4] == exact[np.ix_(columns, columns)]).all() and np.isnan(found[4:]).all()
    assert (design.gram(columns) == exact[np.ix_(columns, columns)]).all()
    assert (design.gram_of_features(np.arange(9), None) == exact).all()
