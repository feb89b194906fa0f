# Lives here: kernels one by one, against NumPy. Independent of: paths, estimators.
"""Columns of every storage, prox, conjugate, visiting orders and one epoch, each against an independent oracle."""
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize_scalar

from lassocore._isa import core
from lassocore.designs.canonical import as_canonical
from lassocore.designs.design import core_matrix
from lassocore.problems.gram_problem import with_gram
from lassocore.problems.problem import as_problem

STORAGES = ["dense_f64", "dense_f32", "dense_strided", "rows_f64", "rows_f32", "rows_strided", "csc_f64_i32",
            "csc_f64_i64", "csc_f32_i32", "csc_f32_i64"]


def make_dense(n, p, seed, storage):
    """A matrix with zeros, a constant, an empty and a full column, as the storage's precision holds it."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) * (rng.random((n, p)) < 0.4)
    X[:, 0] = 0.0
    X[:, 1] = 2.5
    X[:, -1] = rng.standard_normal(n) + 3.0
    return X.astype(np.float32 if "f32" in storage else np.float64)


def store(X, storage):
    """X in this storage."""
    if storage.endswith("strided"):
        wide = np.zeros((X.shape[0] + 3, X.shape[1] + 4), order="C" if storage.startswith("rows") else "F")
        wide[2:-1, 1:-3] = X
        return wide[2:-1, 1:-3]
    if storage.startswith("rows"):
        return np.ascontiguousarray(X)
    if storage.startswith("dense"):
        return np.asfortranarray(X)
    sparse = sp.csc_array(X)
    index = np.int64 if storage.endswith("i64") else np.int32
    sparse.indices, sparse.indptr = sparse.indices.astype(index), sparse.indptr.astype(index)
    return sparse


def make_weights(n, weighted):
    if not weighted:
        return None
    weights = np.random.default_rng(n).random(n) + 0.5
    weights[n // 2] = 0.0
    return weights


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 31, 64, 130])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("storage", STORAGES)
def test_column_primitives_match_numpy(storage, centred, weighted, n):
    if weighted and n == 1:
        weights = np.array([1.5])
    else:
        weights = make_weights(n, weighted)
    X = make_dense(n, 6, n, storage)
    s = np.ones(n) if weights is None else weights
    matrix = core_matrix(as_canonical(store(X, storage)), weights)
    rng = np.random.default_rng(5)
    target = s * rng.standard_normal(n)
    if centred:
        target -= s * target.sum() / s.sum()
    sq_norms, correlations, column, fault = matrix.measure(target, centred)
    assert (column, fault) == (-1, 0)
    means = (s @ X.astype(float)) / s.sum() if centred else np.zeros(6)
    Z = X.astype(float) - means
    np.testing.assert_allclose(matrix.means, means, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(sq_norms, s @ Z**2, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(correlations, Z.T @ target, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(matrix.gather(np.arange(6)), np.sqrt(s)[:, None] * Z, rtol=1e-12, atol=1e-12)
    for j in range(6):
        values = target.copy()
        assert matrix.column_dot(j, values) == pytest.approx(Z[:, j] @ target, rel=1e-10, abs=1e-11)
        assert matrix.column_axpy(j, -0.7, values) == 0.0
        np.testing.assert_allclose(values, target - 0.7 * s * Z[:, j], rtol=1e-10, atol=1e-11)


def test_a_gram_matrix_has_no_columns_to_gather():
    with pytest.raises(ValueError, match="no columns to gather"):
        core.Matrix.gram(np.eye(3, order="F"), 3.0).gather(np.arange(2))


def make_residuals(n, s, centred, seed):
    """Eight weighted residuals, each of sum 0 if centred."""
    R = s[:, None] * np.random.default_rng(seed).standard_normal((n, 8))
    return R - s[:, None] * R.sum(0) / s.sum() if centred else R


def dense_copy(storage, n, p, mean, seed):
    """(X as stored, the same numbers in float64); half of the entries of sparse X are 0."""
    X = np.random.default_rng(seed).standard_normal((n, p)) + mean
    if storage.startswith("csc"):
        X *= np.random.default_rng(seed + 1).random((n, p)) < 0.5
    X = X.astype(np.float32 if "f32" in storage else np.float64)
    return as_canonical(store(X, storage)), X.astype(float)


@pytest.mark.parametrize("n", [*range(2, 41), 520, 1041])
@pytest.mark.parametrize("mean", [0.0, 1e6])
@pytest.mark.parametrize("storage", ["dense_f64", "dense_f32", "dense_strided", "rows_f64", "rows_f32"])
def test_moments_match_numpy(storage, mean, n):
    design, X = dense_copy(storage, n, 3, mean, n)
    for weighted, centred in [(False, True), (n > 2, True), (False, False), (True, False)]:
        weights = make_weights(n, weighted)
        s = np.ones(n) if weights is None else weights
        matrix = core_matrix(design, weights)
        target = make_residuals(n, s, centred, n)[:, 0].copy()
        sq_norms, correlations, column, fault = matrix.measure(target, centred)
        means = X[0] + s @ (X - X[0]) / s.sum() if centred else np.zeros(3)
        Z = X - means
        assert (column, fault) == (-1, 0)
        np.testing.assert_allclose(matrix.means, means, rtol=1e-14, atol=1e-14)
        np.testing.assert_allclose(sq_norms, s @ Z**2, rtol=1e-9)
        np.testing.assert_allclose(correlations, Z.T @ target, rtol=1e-9, atol=1e-13 * n * np.abs(Z).max())


@pytest.mark.parametrize("p", [1, 2, 3, 5, 8, 9, 17, 40])
@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 31, 32, 33, 40, 2081])
@pytest.mark.parametrize("mean", [0.0, 1e6])
@pytest.mark.parametrize("storage", STORAGES)
def test_scan_matches_numpy(storage, mean, n, p):
    design, X = dense_copy(storage, n, p, mean, n + p)
    for weighted, centred in [(False, True), (n > 1, True), (False, False)]:
        weights = make_weights(n, weighted)
        s = np.ones(n) if weights is None else weights
        matrix = core_matrix(design, weights)
        matrix.measure(np.zeros(n), centred)
        Z = X - matrix.means
        R = make_residuals(n, s, centred, p)
        atol = 1e-14 * n * np.abs(X if storage.startswith("csc") else Z).max()     # dense columns keep their digits
        for columns in (np.arange(p), np.arange(0, p, 2), np.arange(p)[::-1].copy()):
            out = matrix.scan(columns, R)
            np.testing.assert_allclose(out, Z[:, columns].T @ R, rtol=1e-9, atol=atol)
            assert (out == matrix.scan(columns, R)).all()


@pytest.mark.parametrize("n", [1, 2, 7, 1000])
def test_zero_rows_are_cache_lines(n):
    rows = core.zero_rows(n)
    assert rows.shape == (n, 8) and rows.flags.c_contiguous and not rows.any() and rows.ctypes.data % 64 == 0
    assert core.zero_rows(0).shape == (0, 8)


@pytest.mark.parametrize("p", [1, 2, 3, 7, 8, 9, 23, 40])
@pytest.mark.parametrize("n", [1, 2, 5, 8, 33, 256, 300])
def test_gathered_columns_are_subtracted(n, p):
    rng = np.random.default_rng(n + p)
    Z, R = np.asfortranarray(rng.standard_normal((n, p)) + 1e3), rng.standard_normal((n, 8))
    for positions in (np.arange(p), rng.permutation(p)[:max(1, p // 2)]):
        W, found = rng.standard_normal((len(positions), 8)), R.copy()
        core.subtract_gathered(Z, positions, W, found)
        np.testing.assert_allclose(found, R - Z[:, positions] @ W, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("p", [1, 2, 3, 9, 40])
@pytest.mark.parametrize("n", [2, 3, 8, 31, 40])
@pytest.mark.parametrize("mean", [0.0, 1e6])
@pytest.mark.parametrize("storage", STORAGES)
def test_columns_are_subtracted_from_eight_residuals(storage, mean, n, p):
    design, X = dense_copy(storage, n, p, mean, n + p)
    if storage.startswith("csc"):
        X[:, -1] = np.arange(1.0, n + 1.0)                  # without zeros, centred entry by entry
        design = as_canonical(store(X.astype(np.float32 if "f32" in storage else float), storage))
    rng = np.random.default_rng(p)
    for weighted, centred in [(False, True), (True, True), (False, False)]:
        weights = make_weights(n, weighted)
        s = np.ones(n) if weights is None else weights
        matrix = core_matrix(design, weights)
        matrix.measure(np.zeros(n), centred)
        Z, R, columns = X - matrix.means, make_residuals(n, s, centred, p), rng.permutation(p)[:max(1, p // 2)]
        W, found = rng.standard_normal((len(columns), 8)), R.copy()
        matrix.subtract_columns(columns, W, found)
        atol = 1e-14 * p * np.abs(X if storage.startswith("csc") else Z).max()
        np.testing.assert_allclose(found, R - s[:, None] * (Z[:, columns] @ W), rtol=1e-9, atol=atol)


def test_columns_of_a_gram_matrix_are_subtracted():
    rng = np.random.default_rng(0)
    X, W, C = rng.standard_normal((20, 9)), rng.standard_normal((4, 8)), rng.standard_normal((9, 8))
    gram, columns = np.asfortranarray(X.T @ X), np.array([7, 0, 3, 8])
    found = C.copy()
    core.Matrix.gram(gram, 20.0).subtract_columns(columns, W, found)
    np.testing.assert_allclose(found, C - gram[:, columns] @ W, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("storage", ["csc_f64_i32", "csc_f32_i64"])
def test_sparse_offset_stands_for_the_centring(storage):
    X = make_dense(20, 5, 0, storage)
    matrix = core_matrix(as_canonical(store(X, storage)), None)
    target = np.random.default_rng(1).standard_normal(20)
    target -= target.mean()
    matrix.measure(target, True)
    lazy, folded = target.copy(), target.copy()
    offset = matrix.column_axpy(3, 0.3, lazy, fold=False)
    matrix.column_axpy(3, 0.3, folded)
    assert offset == pytest.approx(-0.3 * X[:, 3].mean(dtype=float))
    untouched = X[:, 3] == 0
    assert untouched.any() and (lazy[untouched] == target[untouched]).all()
    assert matrix.column_axpy(4, 0.3, target.copy(), fold=False) == 0.0     # a full column is centred as it is added
    for j in range(5):
        assert matrix.column_dot(j, lazy, offset) == pytest.approx(matrix.column_dot(j, folded), abs=1e-12)


def test_constant_columns_have_norm_zero_exactly():
    X = np.asfortranarray(np.full((7, 3), [0.1, 1e8 + 0.1, -3e-5]))
    for design in (X, sp.csc_array(X)):
        sq_norms = core_matrix(as_canonical(design), None).measure(np.zeros(7), True)[0]
        assert (sq_norms == 0.0).all()


def test_large_means_keep_their_digits():
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((500, 4)))
    u = rng.standard_normal(500)
    u -= u.mean()
    shifted = np.asfortranarray(X + 1e8)
    exact = (shifted - shifted.mean(0)).T @ u
    matrix = core_matrix(shifted, None)
    sq_norms, correlations, *_ = matrix.measure(u, True)
    np.testing.assert_allclose(correlations, exact, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(sq_norms, ((X - X.mean(0)) ** 2).sum(0), rtol=1e-6)


def brute_prox(l1, l2, lower, upper, q, sq_norm):
    """The minimiser of one coordinate's objective by golden section inside a box that must contain it."""
    def objective(w):
        return 0.5 * sq_norm * w * w - q * w + l1 * abs(w) + 0.5 * l2 * w * w

    reach = (abs(q) + 1.0) / sq_norm
    low, high = max(lower, -reach), min(upper, reach)
    found = minimize_scalar(objective, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    return min([found, 0.0, low, high], key=objective)


def brute_conjugate(l1, l2, lower, upper, u):
    """max u w - l1 |w| - l2 w^2 / 2 over a fine grid of the box."""
    w = np.concatenate([np.linspace(max(lower, -60.0), min(upper, 60.0), 400_001), [0.0]])
    return (u * w - l1 * np.abs(w) - 0.5 * l2 * w * w).max()


PENALTIES = [
    (0.7, 0.0, -np.inf, np.inf), (0.7, 0.4, -np.inf, np.inf), (0.0, 0.5, -np.inf, np.inf), (0.7, 0.0, 0.0, np.inf),
    (0.7, 0.4, 0.0, np.inf), (0.7, 0.0, -0.3, 0.5), (0.7, 0.4, -0.3, 0.5), (0.0, 0.0, -0.3, 0.5), (0.7, 0.4, -0.3, 0.0),
    (0.7, 0.4, -np.inf, 0.5), (0.7, 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize("q", [-5.0, -0.9, -0.7, -0.1, 0.0, 0.2, 0.7, 0.8, 4.0])
@pytest.mark.parametrize("penalty", PENALTIES)
def test_prox_and_conjugate_match_brute_force(penalty, q):
    l1, l2, lower, upper = penalty
    prox, conjugate = core.prox_and_conjugate(l1, l2, lower, upper, q, 2.0)
    assert prox == pytest.approx(brute_prox(l1, l2, lower, upper, q, 2.0), abs=1e-6)
    finite = l2 > 0 or (upper if q > 0 else -lower) < np.inf or abs(q) <= l1
    expected = brute_conjugate(l1, l2, lower, upper, q) if finite else 0.0
    assert conjugate == pytest.approx(expected, abs=1e-6)


def test_orders():
    active = np.array([3, 5, 8, 13, 21, 34], dtype=np.intp)
    assert core.visiting_order("cyclic", active, np.random.PCG64(0)).tolist() == active.tolist()
    rng = np.random.PCG64(0)
    shuffled = np.array([core.visiting_order("shuffled", active, rng) for _ in range(3000)])
    assert (np.sort(shuffled, axis=1) == active).all()
    assert len(np.unique(shuffled, axis=0)) > 680
    counts = (shuffled[:, 0, None] == active).sum(0)
    assert abs(counts - 500).max() < 110
    drawn = np.array([core.visiting_order("random", active, rng) for _ in range(3000)])
    assert np.isin(drawn, active).all()
    assert abs((drawn[..., None] == active).sum((0, 1)) - 3000).max() < 300
    assert any(len(np.unique(row)) < 6 for row in drawn)


@pytest.mark.parametrize("selection", ["cyclic", "shuffled", "random"])
@pytest.mark.parametrize("storage", STORAGES)
def test_one_epoch_matches_numpy(storage, selection):
    X = make_dense(40, 8, 3, storage)
    rng = np.random.default_rng(4)
    y, s = rng.standard_normal(40), make_weights(40, True)
    problem = as_problem(store(X, storage), y, sample_weight=s, bounds=(-0.05, 0.3))
    solver = core.Solver(problem)
    l1_reg, l2_reg = np.full(8, 0.4), np.full(8, 0.2)
    solver.set_penalty(l1_reg, l2_reg, problem.lower, problem.upper)
    order = core.visiting_order(selection, problem.features, np.random.PCG64(7))

    scale = problem.total_weight / s.sum()
    Z = X.astype(float) - (s @ X.astype(float)) / s.sum()
    r = y - (s @ y) / s.sum()
    s = s * scale
    w, descent = np.zeros(8), 0.0
    for j in order:
        sq_norm = s @ Z[:, j] ** 2
        q = Z[:, j] @ (s * r) + sq_norm * w[j]
        new = np.clip(np.sign(q) * max(abs(q) - 0.4, 0.0) / (sq_norm + 0.2), -0.05, 0.3)
        r -= (new - w[j]) * Z[:, j]
        descent += 0.5 * sq_norm * (new - w[j]) ** 2
        w[j] = new
    assert solver.epoch(order) == pytest.approx(descent, rel=1e-9)
    np.testing.assert_allclose(solver.w, w, rtol=1e-9, atol=1e-12)
    assert np.count_nonzero(w) >= 2


def test_descent_is_handed_over_once_exact_steps_are_cheaper():
    rng = np.random.default_rng(5)
    X = rng.standard_normal((60, 8)) + 20.0 * rng.standard_normal((60, 1))     # nearly one direction: descent crawls
    problem = as_problem(X, X @ np.arange(8.0), fit_intercept=False)
    l1 = np.full(8, 1e-3 * abs(problem.correlations).max())
    outcomes = {}
    for min_visits in (0, 100, 400):
        solver = core.Solver(problem)
        solver.set_penalty(l1, None, None, None)
        solver.set_settings(1e-9 * problem.sq_target, 50_000, "cyclic", None, False, min_visits)
        gap, _, n_iter, status = solver.solve_level(1.0)
        outcomes[min_visits] = gap, n_iter, status
        residual = problem.target - X @ solver.w
        np.testing.assert_allclose(solver.residual, residual, atol=1e-9 * np.abs(problem.target).max())
        np.testing.assert_allclose(solver.correlations, X.T @ residual, atol=1e-8 * abs(problem.correlations).max())
    assert outcomes[0][2] == "converged"
    assert outcomes[100][2] == "handed_over" and 100 / 8 < outcomes[100][1] < 130   # of one active column at least
    assert outcomes[400][2] == "handed_over" and 400 / 8 < outcomes[400][1] < outcomes[0][1]
    assert outcomes[0][0] < outcomes[400][0] < outcomes[100][0]


@pytest.mark.parametrize("bounds", [None, (-0.7, 0.7)])
@pytest.mark.parametrize("storage", ["dense_f64", "csc_f64_i32"])
def test_extrapolation_saves_epochs(storage, bounds):
    rng = np.random.default_rng(9)
    X = np.asfortranarray(rng.standard_normal((80, 12)) + 3.0 * rng.standard_normal((80, 1)))
    y, l1 = X @ rng.uniform(-1.0, 1.0, 12) + 0.1 * rng.standard_normal(80), 2.0
    problem = as_problem(store(X, storage), y, fit_intercept=False, bounds=bounds)
    solver = core.Solver(problem)
    solver.set_penalty(np.full(12, l1), None, problem.lower, problem.upper)
    solver.set_settings(1e-10 * problem.sq_target, 5000, "cyclic", None, False)
    *_, n_iter, status = solver.solve_level(1.0)
    assert status == "converged"
    reached = 0.5 * np.sum((y - X @ solver.w) ** 2) + l1 * np.abs(solver.w).sum()
    lower, upper = (-np.inf, np.inf) if bounds is None else bounds
    w, r, n_plain = np.zeros(12), y.copy(), 0
    while 0.5 * r @ r + l1 * np.abs(w).sum() > reached + 1e-10 * problem.sq_target:
        for j in range(12):
            q, sq_norm = X[:, j] @ r + (X[:, j] @ X[:, j]) * w[j], X[:, j] @ X[:, j]
            new = np.clip(np.sign(q) * max(abs(q) - l1, 0.0) / sq_norm, lower, upper)
            r -= (new - w[j]) * X[:, j]
            w[j] = new
        n_plain += 1
    np.testing.assert_allclose(solver.w, w, atol=1e-3)
    assert n_iter < 0.6 * n_plain


@pytest.mark.parametrize(("n", "limit"), [(400, 100), (1200, 300)])
def test_not_many_more_columns_enter_than_can_be_told_apart(n, limit):
    rng = np.random.default_rng(6)
    problem = as_problem(rng.standard_normal((n, 3000)), rng.standard_normal(n), fit_intercept=False)
    solver = core.Solver(problem)
    pulls = np.sort(np.abs(problem.correlations))[::-1]
    solver.set_penalty(np.full(3000, pulls[999]), None, None, None)
    solver.set_settings(0.0, 1, "cyclic", None, False)
    solver.solve_level(1.0)
    assert 0.5 * limit < np.count_nonzero(solver.w) <= limit + 10


# what Python asks of vectors

@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("storage", [*STORAGES, "gram"])
def test_a_residual_that_is_not_a_number_is_none(storage, weighted):
    """Not 0: solvers start anew from zeros where the squared residual is above that of zeros, or NaN."""
    X, y = make_dense(12, 5, 3, storage), np.random.default_rng(3).standard_normal(12)
    problem = as_problem(store(X, "dense_f64" if storage == "gram" else storage), y, sample_weight=make_weights(
        12, weighted), fit_intercept=False)
    if storage == "gram":
        problem = with_gram(problem, True, False)
    solver = core.Solver(problem)
    assert solver.gap()[1] == pytest.approx(problem.sq_target)
    solver.w[:] = np.nan
    solver.refresh()
    gap, sq_residual, _ = solver.gap()
    assert gap == np.inf and np.isnan(sq_residual)


def test_scaled_knows_infinite_factors_and_overflow():
    factor = np.array([0.0, np.inf, 1e300, 2.0])
    assert core.scaled(factor, 1e10).tolist() == [0.0, np.inf, np.inf, 2e10]
    assert core.scaled(factor, np.inf).tolist() == [0.0, np.inf, np.inf, np.inf]
    assert core.scaled(factor, 0.0).tolist() == [0.0] * 4


@pytest.mark.parametrize("n", [1, 7, 64, 1001])
def test_all_finite_finds_every_place(n):
    values = np.full(n, np.finfo(float).max)        # whose sum is not finite
    assert core.all_finite(values) and core.all_finite(values[:0])
    for place in {0, n // 2, n - 1}:
        for fault in (np.nan, np.inf, -np.inf):
            spoilt = values.copy()
            spoilt[place] = fault
            assert not core.all_finite(spoilt)


@pytest.mark.parametrize("n", [1, 7, 1001])
def test_sq_norm(n):
    rng = np.random.default_rng(n)
    values, weights = rng.standard_normal(n), rng.random(n)
    assert core.sq_norm(values, None) == pytest.approx(values @ values, rel=1e-13)
    assert core.sq_norm(values, weights) == pytest.approx(weights @ values**2, rel=1e-13)
    assert core.sq_norm(values * 1e200, None) == np.inf


def test_nonzeros_are_those_of_w():
    rng = np.random.default_rng(0)
    problem = as_problem(rng.standard_normal((20, 9)), rng.standard_normal(20))
    w = np.array([0.0, 1.5, 0.0, -2.0, 1e-300, 0.0, 0.0, 0.0, 3.0])
    rows, values = core.Solver(problem, w).nonzeros()
    assert rows.tolist() == [1, 3, 4, 8] and rows.dtype == np.intp and values.tolist() == [1.5, -2.0, 1e-300, 3.0]
    rows, values = core.Solver(problem).nonzeros()
    assert len(rows) == len(values) == 0
