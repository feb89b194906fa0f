# Lives here: passes over many columns, in every storage, against NumPy. Independent of: paths, estimators.
"""Scans of eight residuals, blocks of rows, the first pass, arrays in C order, threads."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp

from lassocore._isa import core
from lassocore.designs.canonical import as_canonical
from lassocore.designs.design import core_matrix
from lassocore.designs.scans import ScanRequest
from lassocore.problems.problem import as_problem
from lassocore.solvers.lockstep import by_pieces, by_slots, in_lockstep

DENSE = ["F", "C", "F wide", "C wide"]
SPARSE = [np.int32, np.int64]
LARGE_MEAN = 1e8


def store(X, storage):
    """X as an array of this order, within a larger one for wide strides, or as CSC with indices of this type."""
    if storage not in DENSE:
        design = sp.csc_array(X)
        design.indices, design.indptr = design.indices.astype(storage), design.indptr.astype(storage)
        return design
    if "wide" not in storage:
        return np.array(X, order=storage)
    room = np.full((X.shape[0] + 3, X.shape[1] + 5), np.nan, X.dtype, order=storage[0])
    part = room[1:-2, 2:-3]
    part[:] = X
    return part


def make_X(n, p, dtype=np.float64, seed=0):
    """A matrix with zeros, and with full columns."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) * (rng.random((n, p)) < 0.3)
    X[:, ::5] = rng.standard_normal((n, len(range(0, p, 5)))) + 2.0
    return X.astype(dtype)


def make_weights(n, weighted):
    if not weighted:
        return None
    weights = np.random.default_rng(n).random(n) + 0.5
    weights[n // 3] = 0.0
    return weights


def make_residuals(n, weights, n_slots=8):
    """Weighted residuals that sum to 0, one row for each sample."""
    R = np.random.default_rng(n + 1).standard_normal((n, n_slots))
    s = np.ones(n) if weights is None else weights
    return np.ascontiguousarray(s[:, None] * (R - (s @ R) / s.sum()))


def column_lists(p):
    """All columns, one to five of them, runs with gaps."""
    yield np.arange(p)
    for size in range(1, min(p, 5) + 1):
        yield np.sort(np.random.default_rng(size).choice(p, size, replace=False))
    yield np.flatnonzero(np.arange(p) % 7 != 3)


def exact_moments(X, s, u):
    """(means, squared norms, correlations) in extended precision, computed about a shift."""
    X, s = X.astype(np.longdouble), s.astype(np.longdouble)
    Z = X - X[0]
    Z -= (s @ Z) / s.sum()
    return (s @ (X - X[0])) / s.sum() + X[0], s @ Z**2, Z.T @ u.astype(np.longdouble)


@pytest.mark.parametrize("n, p", [(1, 3), (2, 9), (17, 6), (33, 70), (2100, 5), (5, 1100)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("storage", DENSE + SPARSE)
def test_scans_match_numpy(storage, dtype, n, p):
    X, weights = make_X(n, p, dtype), make_weights(n, n > 2)
    matrix = core_matrix(as_canonical(store(X, storage)), weights)
    R = make_residuals(n, weights)
    matrix.measure(np.ascontiguousarray(R[:, 0]), True)
    Z = X.astype(float) - matrix.means
    for columns in column_lists(p):
        np.testing.assert_allclose(matrix.scan(columns, R), Z[:, columns].T @ R, rtol=1e-11, atol=1e-11)
        u = np.ascontiguousarray(R[:, 3])
        np.testing.assert_allclose(matrix.scan_residual(columns, u), Z[:, columns].T @ u, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("storage", DENSE + SPARSE)
def test_uncentred_scans_take_any_residual(storage):
    X = make_X(40, 11)
    matrix = core_matrix(as_canonical(store(X, storage)), None)
    R = np.random.default_rng(0).standard_normal((40, 8)) + 1.0
    columns = np.arange(11)
    np.testing.assert_allclose(matrix.scan(columns, R), X.T @ R, rtol=1e-12, atol=1e-12)
    u = np.ascontiguousarray(R[:, 0])
    np.testing.assert_allclose(matrix.scan_residual(columns, u), X.T @ u, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("storage", DENSE + SPARSE)
def test_scans_and_first_pass_keep_the_digits_of_large_means(storage):
    X = np.random.default_rng(0).standard_normal((300, 9)) + LARGE_MEAN * np.arange(1, 10)
    weights = make_weights(300, True)
    R = make_residuals(300, weights)
    matrix = core_matrix(as_canonical(store(X, storage)), weights)
    sq_norms, correlations, *_ = matrix.measure(np.ascontiguousarray(R[:, 0]), True)
    means, exact_sq_norms, exact_correlations = exact_moments(X, weights, R[:, 0])
    np.testing.assert_allclose(matrix.means, means.astype(float), rtol=4e-16)
    np.testing.assert_allclose(sq_norms, exact_sq_norms.astype(float), rtol=1e-12)
    np.testing.assert_allclose(correlations, exact_correlations.astype(float), atol=1e-10)
    Z = X.astype(np.longdouble) - matrix.means
    exact = (Z.T @ R.astype(np.longdouble)).astype(float)
    np.testing.assert_allclose(matrix.scan(np.arange(9), R), exact, atol=1e-11)
    np.testing.assert_allclose(matrix.scan_residual(np.arange(9), R[:, 5].copy()), exact[:, 5], atol=1e-11)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("storage", DENSE + SPARSE)
def test_columns_with_an_extreme_first_entry(storage, weighted):
    """Computed about its first entry, such a column's squared norm would lose half of its digits."""
    X = np.random.default_rng(1).standard_normal((1000, 3))
    X[0] = [1e5, -1e6, 30.0]
    weights = make_weights(1000, weighted)
    s = np.ones(1000) if weights is None else weights
    u = np.ascontiguousarray(make_residuals(1000, weights)[:, 0])
    sq_norms, correlations, *_ = core_matrix(as_canonical(store(X, storage)), weights).measure(u, True)
    _, exact_sq_norms, exact_correlations = exact_moments(X, s, u)
    np.testing.assert_allclose(sq_norms, exact_sq_norms.astype(float), rtol=1e-14)
    np.testing.assert_allclose(correlations, exact_correlations.astype(float), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("storage", DENSE + SPARSE)
def test_first_pass_finds_constant_and_invalid_columns(storage, dtype):
    n, p = 50, 600
    X = make_X(n, p, dtype, seed=3)
    X[:, 7], X[:, 511], X[:, 512], X[:, 599] = 0.1, 1e8 + 0.1, 0.0, -3e-5
    u = np.ascontiguousarray(make_residuals(n, None)[:, 0])
    matrix = core_matrix(as_canonical(store(X, storage)), None)
    sq_norms, correlations, column, fault = matrix.measure(u, True)
    constant = [7, 511, 512, 599]
    assert (column, fault) == (-1, 0)
    assert np.flatnonzero(sq_norms == 0.0).tolist() == constant and (correlations[constant] == 0.0).all()
    X[3, 580] = np.inf
    assert core_matrix(as_canonical(store(X, storage)), None).measure(u, True)[2:] == (580, 1)
    X[9, 560] = np.nan
    assert core_matrix(as_canonical(store(X, storage)), make_weights(n, True)).measure(u, False)[2:] == (560, 1)
    X[:, 20] = 0.0
    X[4, 20] = 1e-44 if dtype is np.float32 else 1e-170
    vanishing = dtype is not np.float32                     # squares of float32 numbers do not underflow
    matrix = core_matrix(as_canonical(store(X, storage)), None)
    assert matrix.measure(u, True)[2:] == ((20, 2) if vanishing else (560, 1))


def test_columns_that_differ_by_rounding_count_as_constant():
    X = np.full((64, 2), 0.1)
    X[::2, 0] = np.nextafter(0.1, 1.0)
    X[::2, 1] = 0.1 * (1 + 1e-14)
    for order in "FC":
        sq_norms = core_matrix(np.array(X, order=order), None).measure(np.zeros(64), True)[0]
        assert sq_norms[0] == 0.0 and sq_norms[1] == pytest.approx(64 * (0.05e-14) ** 2, rel=0.1)


def rows_of(matrix, first, n_rows):
    """A range of rows of sqrt(s) (X - means)"""
    out = np.zeros((n_rows, matrix.n_features), order="F")
    matrix.gather_rows(first, out)
    return out


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("storage", DENSE)
def test_blocks_of_rows_make_the_gram_matrix(storage, dtype, weighted):
    n, p = 61, 19
    X, weights = make_X(n, p, dtype) + dtype(3), make_weights(n, weighted)
    s = np.ones(n) if weights is None else weights
    matrix = core_matrix(as_canonical(store(X, storage)), weights)
    matrix.measure(np.zeros(n), True)
    Z = np.sqrt(s)[:, None] * (X.astype(float) - matrix.means)
    for first, n_rows in [(0, 61), (0, 8), (17, 16), (60, 1)]:
        np.testing.assert_allclose(rows_of(matrix, first, n_rows), Z[first:first + n_rows], rtol=1e-13, atol=1e-13)


def test_only_dense_designs_have_blocks_of_rows():
    matrix = core_matrix(as_canonical(sp.csc_array(make_X(9, 4))), None)
    assert not rows_of(matrix, 0, 9).any()


def test_scans_of_a_gram_matrix_select_entries():
    gram = np.asfortranarray(np.eye(6))
    C = np.random.default_rng(0).standard_normal((6, 8))
    columns = np.array([1, 4, 5])
    matrix = core.Matrix.gram(gram, 6.0)
    assert (matrix.scan(columns, C) == C[columns]).all()
    assert (matrix.scan_residual(columns, C[:, 2].copy()) == C[columns, 2]).all()


@pytest.mark.parametrize("storage", ["F", "C", np.int32])
def test_threads_change_no_bit(storage):
    n, p = 3000, 3001
    X = np.zeros((n, p), order="C" if storage == "C" else "F")
    rng = np.random.default_rng(0)
    X[:, :40] = rng.standard_normal((n, 40))
    X[rng.integers(0, n, 20 * p), rng.integers(0, p, 20 * p)] = rng.standard_normal(20 * p)
    R = make_residuals(n, None)
    design, columns = as_canonical(store(X, storage) if storage is np.int32 else X), np.arange(p)
    results = []
    for n_threads in (0, 1, 3):
        matrix = core_matrix(design, None)
        with ThreadPoolExecutor(max(1, n_threads)) as pool:
            measured = matrix.measure(R[:, 0].copy(), True, pool if n_threads else None)
            parts = pool.map(lambda part, matrix=matrix: matrix.scan(part, R), np.split(columns, [512, 1024, 2048]))
            results.append((*measured[:2], matrix.means, np.concatenate(list(parts))))
    for result in results[1:]:
        for found, expected in zip(result, results[0], strict=True):
            assert (found == expected).all()
    Z = X - X.mean(0)
    np.testing.assert_allclose(results[0][0], (Z**2).sum(0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(results[0][3], Z.T @ R, rtol=1e-10, atol=1e-10)


def test_threads_name_the_first_invalid_column():
    X = np.random.default_rng(0).standard_normal((2000, 3000))
    X[5, 2900], X[7, 1500] = np.nan, np.inf
    with ThreadPoolExecutor(2) as pool:
        assert core_matrix(X, None).measure(np.zeros(2000), True, pool)[2:] == (1500, 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arrays_in_C_order_are_copied_only_on_demand(dtype):
    X = np.random.default_rng(0).standard_normal((30, 8)).astype(dtype)
    for rows in (X, X[::2], X[3:, 2:5], X[::-1], X[:, 3:4], X[4:5]):
        assert np.shares_memory(as_canonical(rows), X)
    copied = as_canonical(X, columns_contiguous=True)
    assert copied.flags.f_contiguous and not np.shares_memory(copied, X) and (copied == X).all()
    assert as_canonical(X[:, ::2]).flags.f_contiguous                          # neither rows nor columns are contiguous
    assert np.shares_memory(as_problem(X, np.arange(30.0)).matrix.arrays[0], X)
    problem = as_problem(X, np.arange(30.0), columns_contiguous=True)
    assert problem.matrix.arrays[0].flags.f_contiguous


@pytest.mark.parametrize("as_given", [list, lambda X: X.astype(int).tolist(), lambda X: X.astype(">f8")])
def test_converted_input_keeps_its_values(as_given):
    X = np.round(10 * np.random.default_rng(0).standard_normal((12, 5)))
    for columns_contiguous in (False, True):
        design = as_canonical(as_given(X), columns_contiguous)
        assert (design == X).all() and design.dtype == np.float64
        assert design.flags.f_contiguous or not columns_contiguous


class Run:
    """A run that makes these requests and checks the answers."""

    def __init__(self, problem, *requests):
        self.problem, self.requests = problem, list(requests)

    @property
    def is_done(self):
        return not self.requests

    def begin(self):
        return self.requests[0]

    def finish(self, products):
        columns, residuals, _ = self.requests.pop(0)
        expected = self.problem.matrix.scan_residual(columns, residuals[:, 0].copy())
        np.testing.assert_allclose(products[:, 0], expected)
        return len(columns)


def make_requests():
    """(problem, a request for few columns, one for all)"""
    problem = as_problem(np.random.default_rng(3).standard_normal((20, 40)), np.arange(20.0))
    residuals = np.zeros((20, core.N_SLOTS))
    residuals[0, 0], residuals[1, 0] = 1.0, -1.0
    return problem, *(ScanRequest(np.arange(n), residuals, 1) for n in (4, 40))


@pytest.mark.parametrize("way", [by_pieces, by_slots])
def test_short_requests_do_not_wait_for_long_ones(way):
    problem, short, long = make_requests()
    shared = []

    def share(matrices, waiting):
        assert matrices == dict.fromkeys(waiting, problem.matrix)
        shared.append(sorted(waiting))
        return way(matrices, waiting)

    runs = {0: Run(problem, short, short, short, long), 1: Run(problem, long, short), 2: Run(problem, short)}
    assert list(in_lockstep(runs, share)) == [(0, 4), (0, 4), (0, 4), (2, 4), (0, 40), (1, 40), (1, 4)]
    assert shared == [[0, 1]] and not runs


@pytest.mark.parametrize("way", [by_pieces, by_slots])
def test_runs_that_are_removed_get_no_further_scans(way):
    problem, short, long = make_requests()
    runs = {key: Run(problem, *[long] * 3) for key in range(3)} | {3: Run(problem, *[short] * 3)}
    answers = []
    for key, _ in in_lockstep(runs, way):
        answers.append(key)
        if key == 1:
            del runs[1], runs[2]            # 2 waits for its first answer
        if key == 3:
            del runs[3]
    assert answers == [3, 0, 1, 0, 0]


@pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("storage", [*DENSE, *SPARSE])
def test_residuals_of_a_start(storage, dtype, weighted, fit_intercept):
    """Of any number of nonzeros, over less than a block of rows and over more."""
    for n, p in ((7, 12), (2100, 12)):
        X, s, rng = make_X(n, p, dtype), make_weights(n, weighted), np.random.default_rng(p)
        problem = as_problem(store(X, storage), rng.standard_normal(n), sample_weight=s, fit_intercept=fit_intercept)
        weights = np.ones(n) if problem.matrix.weights is None else problem.matrix.weights
        Z = X.astype(np.longdouble) - problem.means
        for n_nonzero in (0, 1, 2, 3, 4, 5, 11, 12):
            w = np.zeros(p)
            w[rng.permutation(p)[:n_nonzero]] = rng.standard_normal(n_nonzero)
            solver = core.Solver(problem, w)
            exact = problem.target - weights * (Z @ w)
            np.testing.assert_allclose(solver.residual, exact.astype(float), atol=1e-12)
            np.testing.assert_allclose(solver.correlations, (Z.T @ exact).astype(float), atol=1e-10 * n)
