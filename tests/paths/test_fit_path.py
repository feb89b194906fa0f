# Lives here: properties of fit_path, checked by objective and gap. Independent of: the core.
"""Properties of any path: optimality, invariances, equivalent formulations, ends, warnings."""
import copy
import json
import pickle
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles.reference import dense, make_data, make_options, objective, plain
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Ridge, lasso_path

from lassocore import alpha_max, fit_many, fit_multi_task_path, fit_path

TIGHT = 1e-12
ALPHAS = [0.8, 0.3, 0.1, 0.01]
OPTIONS = list(make_options(0))
NAME = pytest.mark.parametrize("name", OPTIONS)
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
SPARSE = {
    "csc_array": sp.csc_array, "csr_array": sp.csr_array, "coo_array": sp.coo_array, "csc_matrix": sp.csc_matrix,
    "csr_matrix": sp.csr_matrix, "lil_array": sp.lil_array,
}


def p_zero(X, y, options):
    """P(0) with the best intercept, the scale of tolerances"""
    problem = plain(X, y, 0.0, **options)
    return 0.5 * problem.z @ problem.z


def assert_optimal(X, y, options, path, slack=1e-13):
    """At every alpha: converged, and within its gap of the oracle's minimum."""
    scale = p_zero(X, y, options)
    assert path.converged.all() and (path.dual_gaps <= path.gap_tol).all() and (path.dual_gaps >= 0).all()
    for k, alpha in enumerate(path.alphas):
        problem = plain(X, y, alpha, **options)
        value = objective(X, y, path.coefs[:, k], path.intercepts[k], alpha, **options)
        assert value <= problem.primal(problem.solve()) + path.dual_gaps[k] + slack * scale


def assert_as_good(X, y, options, path, coefs, intercepts, rtol=1e-10):
    """Coefficients from elsewhere reach the path's objective in the problem (X, y, options), at every alpha."""
    scale = p_zero(X, y, options)
    assert coefs.shape == path.coefs.shape
    for k, alpha in enumerate(path.alphas):
        values = [objective(X, y, coef, intercept, alpha, **options) for coef, intercept in
                  ((path.coefs[:, k], path.intercepts[k]), (coefs[:, k], intercepts[k]))]
        assert values[0] == pytest.approx(values[1], abs=rtol * scale)


def assert_same(X, y, options, path, other, rtol=1e-10):
    """Two paths are equally good."""
    np.testing.assert_array_equal(path.alphas, other.alphas)
    assert path.converged.all() and other.converged.all()
    assert_as_good(X, y, options, path, other.coefs, other.intercepts, rtol)


# Optimality

@pytest.mark.parametrize("storage", ["dense", "sparse"])
@INTERCEPT
@NAME
def test_kkt(name, fit_intercept, storage):
    """A proximal step on any coordinate lowers the objective by at most (X_j's step)^2 / 2, and at most by the gap."""
    X, y, _ = make_data(0, density=0.5)
    options = {**make_options(0)[name], "fit_intercept": fit_intercept}
    path = fit_path(X if storage == "dense" else sp.csc_array(X), y, alphas=ALPHAS, tol=TIGHT, **options)
    assert path.converged.all()
    for k, alpha in enumerate(ALPHAS):
        problem, w = plain(X, y, alpha, **options), path.coefs[:, k]
        sq_norms = (problem.Z**2).sum(0)
        q = problem.Z.T @ (problem.z - problem.Z @ w) + sq_norms * w
        best = np.sign(q) * np.maximum(np.abs(q) - problem.l1, 0) / np.where(sq_norms > 0, sq_norms + problem.l2, 1)
        step = np.clip(best, problem.lower, problem.upper) - w
        assert (0.5 * sq_norms * step**2 <= path.dual_gaps[k] + 1e-14 * p_zero(X, y, options)).all()
        assert ((w >= problem.lower) & (w <= problem.upper)).all()


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.data())
def test_small_integer_data(data):
    """Duplicate, constant, zero and collinear columns, ties in the correlations, n and p from 1."""
    n, p = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 6))
    X = data.draw(arrays(float, (n, p), elements=st.integers(-2, 2)))
    y = data.draw(arrays(float, n, elements=st.integers(-3, 3)))
    weight = data.draw(arrays(float, n, elements=st.integers(0, 3)).filter(np.any) | st.none())
    factor = data.draw(arrays(float, p, elements=st.sampled_from([0.0, 0.5, 1.0, np.inf])) | st.none())
    side = st.sampled_from([0.0, 0.25, 1.0, np.inf])
    sides = arrays(float, p, elements=side)
    bounds = data.draw(st.tuples(sides.map(np.negative), sides) | st.none())
    options = {
        "sample_weight": weight, "penalty_factor": factor, "bounds": bounds,
        "l1_ratio": data.draw(st.sampled_from([0.0, 0.5, 1.0])), "fit_intercept": data.draw(st.booleans()),
        "standardize": data.draw(st.booleans()), "positive": data.draw(st.booleans()),
    }
    path = fit_path(X, y, alphas=[1.0, 0.25, 0.03], tol=1e-9, max_iter=100_000, **options)
    assert_optimal(X, y, options, path)
    sparse = fit_path(sp.csr_array(X), y, alphas=[1.0, 0.25, 0.03], tol=1e-9, max_iter=100_000, **options)
    assert_same(X, y, options, path, sparse, rtol=4e-9)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 30), p=st.integers(4, 40), name=st.sampled_from(OPTIONS),
       fit_intercept=st.booleans(), density=st.sampled_from([0.2, 0.6, 1.0]))
def test_random_data_of_any_shape(seed, n, p, name, fit_intercept, density):
    X, y, _ = make_data(seed, n, p, density)
    options = {**make_options(seed, n, p)[name], "fit_intercept": fit_intercept}
    if not p_zero(X, y, options):
        return
    path, other = (fit_path(A, y, alphas=[0.5, 0.1, 0.05], tol=1e-8, **options) for A in (X, sp.csc_array(X)))
    assert_optimal(X, y, options, path)
    assert_same(X, y, options, path, other, rtol=4e-8)


def test_many_more_columns_than_rows():
    """Enough columns to exercise screening, thresholds and active sets; against scikit-learn instead of the oracle."""
    X, y, _ = make_data(5, 40, 2000)
    path = fit_path(X, y, alphas=20, eps=0.01, tol=1e-9)
    _, coefs, _ = lasso_path(X - X.mean(0), y - y.mean(), alphas=path.alphas, tol=1e-10, max_iter=100_000)
    assert path.converged.all() and path.n_nonzero[-1] > 10
    assert_as_good(X, y, {}, path, coefs, y.mean() - X.mean(0) @ coefs, rtol=1e-8)


# Storage

@pytest.mark.parametrize("kind", SPARSE)
@NAME
def test_sparse_is_dense(name, kind):
    X, y, _ = make_data(1, density=0.4)
    options = make_options(1)[name]
    path, other = (fit_path(A, y, alphas=ALPHAS, tol=TIGHT, **options) for A in (X, SPARSE[kind](X)))
    assert_same(X, y, options, path, other)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@INTERCEPT
def test_int32_indices_are_int64_indices(dtype, fit_intercept):
    X, y, _ = make_data(2, density=0.4)
    small, large = sp.csc_array(X.astype(dtype)), sp.csc_array(X.astype(dtype))
    large.indices, large.indptr = large.indices.astype(np.int64), large.indptr.astype(np.int64)
    assert small.indices.dtype == np.int32 and large.indices.dtype == np.int64
    a, b = (fit_path(A, y, alphas=ALPHAS, tol=1e-6, fit_intercept=fit_intercept) for A in (small, large))
    # Not to the last bit: the compiler orders sums differently.
    np.testing.assert_allclose(a.coefs, b.coefs, rtol=1e-6 if dtype == np.float32 else 1e-12)
    np.testing.assert_allclose(a.dual_gaps, b.dual_gaps, rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize("make", [np.asfortranarray, np.ascontiguousarray, sp.csc_array, sp.csr_array])
@NAME
def test_float32(name, make):
    """float32 X: float32 coefficients with a true certificate, and nearly the float64 objective."""
    X, y, _ = make_data(3, density=0.7)
    options = make_options(3)[name]
    single = make(X.astype(np.float32))
    path = fit_path(single, y, alphas=ALPHAS, tol=1e-5, **options)
    assert path.coefs.dtype == np.float32 and path.coefs_sparse.dtype == np.float32 and path.converged.all()
    assert path.intercepts.dtype == np.float64
    X = dense(single)
    double = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, **options)
    assert double.coefs.dtype == np.float64
    scale = p_zero(X, y, options)
    for k, alpha in enumerate(ALPHAS):
        w = path.coefs[:, k].astype(float)
        bounds = [np.asarray(b, dtype=np.float32) for b in options.get("bounds", (-np.inf, np.inf))]
        excess = objective(X, y, w, path.intercepts[k], alpha, **{**options, "bounds": bounds}) - objective(
            X, y, double.coefs[:, k], double.intercepts[k], alpha, **options)
        assert excess <= path.dual_gaps[k] + 1e-6 * scale


def test_float32_that_rounding_keeps_from_its_tolerance_ends():
    """It warns with the right remedy, instead of running to max_iter."""
    X, y, _ = make_data(3)
    single = X.astype(np.float32)
    with pytest.warns(ConvergenceWarning, match="precision.*float64"):
        path = fit_path(single, y, alphas=ALPHAS, tol=1e-13)
    assert (path.n_iter < 1000).all() and not path.converged.all()
    for k, alpha in enumerate(ALPHAS):
        problem = plain(single, y, alpha)
        assert problem.primal(path.coefs[:, k].astype(float)) <= problem.primal(problem.solve()) * (1 + 1e-9)


# Paths

@NAME
def test_warm_is_cold(name):
    X, y, _ = make_data(4)
    options = make_options(4)[name]
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, **options)
    for k, alpha in enumerate(ALPHAS):
        cold = fit_path(X, y, alphas=[alpha], tol=TIGHT, **options)
        a, b = (objective(X, y, one.coefs[:, m], one.intercepts[m], alpha, **options)
                for one, m in ((path, k), (cold, 0)))
        assert a == pytest.approx(b, abs=1e-11 * p_zero(X, y, options))


def test_alphas_fall_and_duplicates_stay():
    X, y, _ = make_data(5)
    path = fit_path(X, y, alphas=[0.1, 0.5, 0.1, 0.0, 0.5], tol=TIGHT)
    np.testing.assert_array_equal(path.alphas, [0.5, 0.5, 0.1, 0.1, 0.0])
    assert path.coefs.shape == (7, 5)
    np.testing.assert_allclose(path.coefs[:, [0, 2]], path.coefs[:, [1, 3]], atol=1e-9)


def test_automatic_alphas():
    X, y, _ = make_data(6)
    path = fit_path(X, y, alphas=30, eps=0.01)
    np.testing.assert_allclose(path.alphas, np.geomspace(1, 0.01, 30) * alpha_max(X, y), rtol=1e-13)
    assert path.n_nonzero[0] == 0 and path.n_nonzero[-1] > 0
    with pytest.raises(ValueError, match="l1_ratio=0"):
        fit_path(X, y, l1_ratio=0.0)


@INTERCEPT
@pytest.mark.parametrize("name", [n for n in OPTIONS if "ridge" not in n])
@pytest.mark.parametrize("storage", ["dense", "sparse"])
def test_alpha_max_is_where_the_first_coefficient_enters(name, fit_intercept, storage):
    X, y, _ = make_data(7, density=0.6)
    options = {**make_options(7)[name], "fit_intercept": fit_intercept}
    X = X if storage == "dense" else sp.csc_array(X)
    largest = alpha_max(X, y, **options)
    penalised = np.asarray(options.get("penalty_factor", np.ones(7))) > 0
    above, below = fit_path(X, y, alphas=[largest * (1 + 1e-9), largest * (1 - 1e-4)], tol=1e-14, **options).coefs.T
    assert (above[penalised] == 0).all() and (below[penalised] != 0).any()
    cold = fit_path(X, y, alphas=[largest * (1 - 1e-4)], tol=1e-14, **options).coefs[:, 0]
    assert (cold[penalised] != 0).any()


@NAME
def test_selections_reach_the_same_objective(name):
    X, y, _ = make_data(8)
    options = make_options(8)[name]
    options |= {"alphas": ALPHAS, "tol": 1e-11, "max_iter": 100_000}
    cyclic = fit_path(X, y, **options)
    for selection in ("shuffled", "random"):
        one, two, other = (fit_path(X, y, selection=selection, rng=rng, **options) for rng in (7, 7, 8))
        assert_same(X, y, make_options(8)[name], cyclic, one)
        assert_same(X, y, make_options(8)[name], cyclic, other)
        np.testing.assert_array_equal(one.coefs, two.coefs)


def test_rng_matters_and_may_be_a_generator():
    X, y, _ = make_data(9, 50, 30)
    runs = [fit_path(X, y, alphas=[0.01], solver="cd", selection="shuffled", rng=rng).coefs
            for rng in (1, np.random.default_rng(1), 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


# Equivalent formulations

@INTERCEPT
@NAME
def test_integer_weights_are_repeated_rows(name, fit_intercept):
    X, y, rng = make_data(10)
    counts = rng.integers(0, 4, len(y))
    options = {k: v for k, v in make_options(10)[name].items() if k != "sample_weight"}
    options["fit_intercept"] = fit_intercept
    repeated = {**options, "offset": np.repeat(options["offset"], counts)} if "offset" in options else options
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, sample_weight=counts, **options)
    other = fit_path(np.repeat(X, counts, axis=0), np.repeat(y, counts), alphas=ALPHAS, tol=TIGHT, **repeated)
    assert_same(X, y, {**options, "sample_weight": counts}, path, other)
    np.testing.assert_allclose(path.r2, other.r2, atol=1e-6)
    assert path.gap_tol == pytest.approx(other.gap_tol, rel=1e-12)


@pytest.mark.parametrize("storage", ["dense", "sparse"])
@INTERCEPT
def test_zero_weight_is_row_removed(fit_intercept, storage):
    """Also if the row of weight 0 holds huge numbers."""
    X, y, rng = make_data(11, density=0.5)
    weight = rng.uniform(0.5, 2.0, len(y))
    weight[[0, 3, 24]] = 0.0
    X[3], y[3] = 1e6, -1e6
    kept = weight > 0
    make = np.asfortranarray if storage == "dense" else sp.csc_array
    options = {"fit_intercept": fit_intercept, "standardize": True}
    path = fit_path(make(X), y, alphas=ALPHAS, tol=TIGHT, sample_weight=weight, **options)
    other = fit_path(make(X[kept]), y[kept], alphas=ALPHAS, tol=TIGHT, sample_weight=weight[kept], **options)
    assert_same(X[kept], y[kept], {**options, "sample_weight": weight[kept]}, path, other)


def test_scale_of_weights_does_not_matter():
    X, y, rng = make_data(12)
    weight = rng.uniform(0.5, 2.0, len(y))
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, sample_weight=weight)
    for factor in (1e-300, 1e-8, 3.0, 1e300):
        other = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, sample_weight=factor * weight)
        assert_same(X, y, {"sample_weight": weight}, path, other)
        assert path.gap_tol == pytest.approx(other.gap_tol, rel=1e-12)


@INTERCEPT
@NAME
def test_infinite_factor_is_column_removed(name, fit_intercept):
    X, y, _ = make_data(13)
    options = {**make_options(13)[name], "fit_intercept": fit_intercept}
    factor = np.array(options.get("penalty_factor", np.ones(7)))
    factor[[1, 5]] = np.inf
    kept = np.isfinite(factor)
    options["penalty_factor"] = factor
    fewer = {**options, "penalty_factor": factor[kept]}
    if "bounds" in options:
        fewer["bounds"] = tuple(b[kept] for b in options["bounds"])
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, **options)
    other = fit_path(X[:, kept], y, alphas=ALPHAS, tol=TIGHT, **fewer)
    assert (path.coefs[~kept] == 0).all()
    assert_as_good(X[:, kept], y, fewer, other, path.coefs[kept], path.intercepts)


@pytest.mark.parametrize("collinear", [False, True])
@pytest.mark.parametrize("storage", ["dense", "sparse"])
@INTERCEPT
def test_unpenalised_block_is_regressed_out_first(fit_intercept, storage, collinear):
    X, y, _ = make_data(14, density=0.7)
    if collinear:
        X[:, 2] = X[:, 0] - 2.0 * X[:, 1]
    free, rest = [0, 1, 2], [3, 4, 5, 6]
    factor = np.ones(7)
    factor[free] = 0.0
    options = {"penalty_factor": factor, "fit_intercept": fit_intercept}
    path = fit_path(X if storage == "dense" else sp.csc_array(X), y, alphas=ALPHAS, tol=TIGHT, **options)
    Q = scipy_basis(np.column_stack([X[:, free], np.ones(len(y))]) if fit_intercept else X[:, free])
    X_left, y_left = X[:, rest] - Q @ (Q.T @ X[:, rest]), y - Q @ (Q.T @ y)
    other = fit_path(X_left, y_left, alphas=ALPHAS, tol=TIGHT, fit_intercept=False)
    for k in range(len(ALPHAS)):
        residuals = [y - path.intercepts[k] - X @ path.coefs[:, k],
                     y_left - X_left @ other.coefs[:, k]]
        values = [r @ r / (2 * len(y)) + ALPHAS[k] * np.abs(w).sum() for r, w in
                  zip(residuals, (path.coefs[rest, k], other.coefs[:, k]), strict=True)]
        assert values[0] == pytest.approx(values[1], abs=1e-10 * p_zero(X, y, options))
        np.testing.assert_allclose(Q.T @ residuals[0], 0, atol=1e-8)


def scipy_basis(A):
    """An orthonormal basis of the column space"""
    U, sigma, _ = np.linalg.svd(A, full_matrices=False)
    return U[:, sigma > 1e-10 * sigma[0]]


@INTERCEPT
def test_offset_is_subtracted(fit_intercept):
    X, y, rng = make_data(15)
    offset = rng.standard_normal(len(y)) + 5
    a = fit_path(X, y, alphas=ALPHAS, offset=offset, fit_intercept=fit_intercept)
    b = fit_path(X, y - offset, alphas=ALPHAS, fit_intercept=fit_intercept)
    np.testing.assert_array_equal(a.coefs, b.coefs)
    np.testing.assert_array_equal(a.intercepts, b.intercepts)
    np.testing.assert_allclose(a.predict(X, offset=offset), a.predict(X, offset=0.0) + offset[:, None])


@NAME
def test_order_of_columns_and_rows_does_not_matter(name):
    X, y, rng = make_data(16)
    options = make_options(16)[name]
    columns, rows = rng.permutation(7), rng.permutation(len(y))
    moved = {key: (value[columns] if key == "penalty_factor" else
                   tuple(b[columns] for b in value) if key == "bounds" else
                   value[rows] if key in ("sample_weight", "offset") else value) for key, value in options.items()}
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, **options)
    other = fit_path(X[rows][:, columns], y[rows], alphas=ALPHAS, tol=TIGHT, **moved)
    assert_as_good(X, y, options, path, other.coefs[np.argsort(columns)], other.intercepts)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@INTERCEPT
def test_standardised_columns_may_have_any_scale(fit_intercept, l1_ratio):
    X, y, rng = make_data(17)
    scale = 10.0 ** rng.integers(-6, 7, 7)
    options = {"standardize": True, "fit_intercept": fit_intercept, "l1_ratio": l1_ratio}
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, **options)
    other = fit_path(X * scale, y, alphas=ALPHAS, tol=TIGHT, **options)
    assert_as_good(X, y, options, path, other.coefs * scale[:, None], other.intercepts)


@pytest.mark.parametrize("scale", [1e-100, 1e-6, -3.0, 1e100])
def test_scale_of_y(scale):
    X, y, _ = make_data(18)
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT)
    other = fit_path(X, scale * y, alphas=np.abs(scale) * np.array(ALPHAS), tol=TIGHT)
    assert other.converged.all()
    assert_as_good(X, y, {}, path, other.coefs / scale, other.intercepts / scale)
    np.testing.assert_allclose(other.gap_tol, path.gap_tol * scale**2, rtol=1e-10)
    np.testing.assert_allclose(other.r2, path.r2, atol=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("storage", ["dense", "sparse"])
@INTERCEPT
def test_standardize_is_scaling_by_hand(fit_intercept, storage, weighted):
    X, y, rng = make_data(19, density=0.6)
    weight = rng.uniform(0, 2, len(y)) if weighted else np.ones(len(y))
    sd = np.sqrt(np.average((X - np.average(X, axis=0, weights=weight)) ** 2, axis=0, weights=weight))
    options = {"fit_intercept": fit_intercept, "sample_weight": weight, "l1_ratio": 0.6}
    common = {"alphas": ALPHAS, "tol": TIGHT, **options}
    path = fit_path(X if storage == "dense" else sp.csc_array(X), y, standardize=True, **common)
    other = fit_path(X / sd, y, **common)
    assert_as_good(X / sd, y, options, other, path.coefs * sd[:, None], path.intercepts)


@pytest.mark.parametrize("weighted", [False, True])
@NAME
def test_intercept_is_centring_by_hand(name, weighted):
    X, y, rng = make_data(20)
    options = {k: v for k, v in make_options(20)[name].items() if k not in ("sample_weight", "offset")}
    weight = rng.uniform(0, 2, len(y)) if weighted else np.ones(len(y))
    X_mean, y_mean = np.average(X, axis=0, weights=weight), np.average(y, weights=weight)
    common = {"alphas": ALPHAS, "tol": TIGHT, "sample_weight": weight, **options}
    path = fit_path(X, y, **common)
    other = fit_path(X - X_mean, y - y_mean, fit_intercept=False, **common)
    assert (other.intercepts == 0).all()
    assert_as_good(X, y, {**options, "sample_weight": weight}, path, other.coefs, y_mean - X_mean @ other.coefs)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_positive_is_a_lower_bound_of_0(l1_ratio):
    X, y, _ = make_data(21)
    a = fit_path(X, y, alphas=ALPHAS, l1_ratio=l1_ratio, positive=True)
    b = fit_path(X, y, alphas=ALPHAS, l1_ratio=l1_ratio, bounds=(0, np.inf))
    c = fit_path(X, y, alphas=ALPHAS, l1_ratio=l1_ratio, bounds=(-1.0, np.inf), positive=True)
    np.testing.assert_array_equal(a.coefs, b.coefs)
    np.testing.assert_array_equal(a.coefs, c.coefs)
    assert (a.coefs >= 0).all() and (a.coefs == 0).any()


@INTERCEPT
def test_bounds_bind_and_are_kept_exactly(fit_intercept):
    X, y, _ = make_data(22)
    lower, upper = np.full(7, -0.02), np.full(7, 0.3)
    options = {"bounds": (lower, upper), "fit_intercept": fit_intercept}
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, **options)
    assert (path.coefs >= -0.02).all() and (path.coefs <= 0.3).all()
    assert (path.coefs == -0.02).any() and (path.coefs == 0.3).any()
    assert_optimal(X, y, options, path)
    both_zero = fit_path(X, y, alphas=ALPHAS, bounds=(0.0, 0.0))
    assert (both_zero.coefs == 0).all() and both_zero.converged.all()


# Special penalties

@pytest.mark.parametrize("shape", [(30, 6), (6, 30), (10, 10)], ids=["tall", "wide", "square"])
@pytest.mark.parametrize("storage", ["dense", "sparse"])
@INTERCEPT
def test_alpha_0_is_least_squares_of_minimum_norm(shape, storage, fit_intercept):
    X, y, rng = make_data(23, *shape, density=0.6)
    weight = rng.uniform(0.5, 2, len(y))
    path = fit_path(X if storage == "dense" else sp.csc_array(X), y, alphas=[1.0, 0.0], sample_weight=weight,
                    fit_intercept=fit_intercept, tol=TIGHT)
    problem = plain(X, y, 0.0, sample_weight=weight, fit_intercept=fit_intercept)
    expected = np.linalg.lstsq(problem.Z, problem.z, rcond=1e-12)[0]
    np.testing.assert_allclose(path.coefs[:, 1], expected, atol=1e-8)
    assert path.converged.all() and path.dual_gaps[1] <= 1e-12


def test_alpha_0_with_repeated_columns_shares_the_weight():
    X, y, _ = make_data(24)
    X = np.column_stack([X, X[:, 0], X[:, 0]])
    path = fit_path(X, y, alphas=[0.0])
    np.testing.assert_allclose(path.coefs[[7, 8], 0], path.coefs[0, 0], rtol=1e-8)
    assert_optimal(X, y, {}, path)


@pytest.mark.parametrize("name", [n for n in OPTIONS if "box" in n or "half" in n or "positive" in n or "factors" in n])
@INTERCEPT
def test_alpha_0_with_bounds_and_factors(name, fit_intercept):
    X, y, _ = make_data(25)
    options = {**make_options(25)[name], "fit_intercept": fit_intercept}
    path = fit_path(X, y, alphas=[0.1, 0.0], tol=1e-10, **options)
    assert_optimal(X, y, options, path)


@INTERCEPT
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("shape", [(30, 6), (6, 30)], ids=["tall", "wide"])
def test_l1_ratio_0_is_ridge(shape, standardize, fit_intercept):
    X, y, rng = make_data(26, *shape)
    weight = rng.uniform(0.5, 2, len(y))
    options = {"l1_ratio": 0.0, "standardize": standardize, "sample_weight": weight, "fit_intercept": fit_intercept}
    path = fit_path(X, y, alphas=ALPHAS, tol=1e-13, **options)
    for k, alpha in enumerate(ALPHAS):
        problem = plain(X, y, alpha, **options)
        expected = np.linalg.solve(problem.Z.T @ problem.Z + np.diag(problem.l2), problem.Z.T @ problem.z)
        np.testing.assert_allclose(path.coefs[:, k], expected, atol=2e-4)
        assert problem.primal(path.coefs[:, k]) - problem.primal(expected) <= 1e-12 * p_zero(X, y, options)
    assert path.converged.all()
    if not standardize:
        ridge = Ridge(alpha=ALPHAS[-1] * weight.sum(), fit_intercept=fit_intercept).fit(X, y, sample_weight=weight)
        np.testing.assert_allclose(path.coefs[:, -1], ridge.coef_, atol=2e-5)


# Starts, ends, warnings

def test_max_iter_too_small():
    """Exactly one warning, with the count, the gap, the tolerance and the alpha; all results are kept."""
    X, y, _ = make_data(27, 30, 60)
    with pytest.warns(ConvergenceWarning) as caught:
        path = fit_path(X, y, alphas=[1e-3, 50.0, 1e-4], max_iter=2, tol=1e-10, solver="cd")
    assert len(caught) == 1 and Path(caught[0].filename).name == Path(__file__).name
    missed = ~path.converged
    np.testing.assert_array_equal(missed, [False, True, True])
    np.testing.assert_array_equal(missed, path.dual_gaps > path.gap_tol)
    worst = np.argmax(path.dual_gaps)
    message = str(caught[0].message)
    assert "2 of 3 alphas" in message and f"{path.dual_gaps[worst]:.3e}" in message
    assert f"{path.gap_tol:.3e}" in message and f"alpha={path.alphas[worst]:.6g}" in message
    assert path.coefs.shape == (60, 3) and (path.n_iter <= 2).all() and np.isfinite(path.dual_gaps).all()


@NAME
def test_no_warning_of_any_kind_where_all_converged(name):
    X, y, _ = make_data(28)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fit_path(X, y, alphas=[*ALPHAS, 0.0], tol=1e-8, **make_options(28)[name]).converged.all()


def test_unpenalised_columns_that_fit_everything():
    """The residual consists of rounding errors, whose scale must not affect the certificate."""
    for seed in range(10):
        X, y, _ = make_data(seed, 6, 30)
        factor = np.where(np.arange(30) < 20, 0.0, 1.0)
        path = fit_path(X, y, alphas=[1.0, 0.1], penalty_factor=factor, fit_intercept=seed % 2 == 0)
        assert path.converged.all() and (path.coefs[20:] == 0).all()


@NAME
def test_coef_init(name):
    """A start outside is clipped, set to 0 where excluded, and never changes the solution or the certificate."""
    X, y, rng = make_data(29)
    options = make_options(29)[name]
    starts = [rng.standard_normal(7), np.full(7, 1e10), -1e10 * rng.random(7), np.full(7, 1e-310), np.full(7, -0.0)]
    for start in starts:
        before = start.copy()
        path = fit_path(X, y, alphas=ALPHAS, coef_init=start, tol=1e-10, **options)
        np.testing.assert_array_equal(start, before)
        assert_optimal(X, y, options, path, slack=1e-12)


@pytest.mark.parametrize("shape", [(30, 6), (20, 60)])
@pytest.mark.parametrize("solver", ["auto", "cd"])
@pytest.mark.parametrize("storage", [np.asfortranarray, sp.csc_array])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_start_is_ignored_where_y_is_constant(shape, solver, storage, l1_ratio, weighted):
    """Zeros are the solution, exactly; unpenalised columns would leave rounding errors of a start."""
    rng = np.random.default_rng(5)
    X, y = storage(rng.standard_normal(shape)), np.full(shape[0], 3.0)
    factor = np.where(np.arange(shape[1]) % 4 == 1, 0.0, 1.0)
    options = {"penalty_factor": factor, "l1_ratio": l1_ratio, "solver": solver,
               "coef_init": rng.standard_normal(shape[1]), "sample_weight": rng.random(shape[0]) if weighted else None}
    other = X @ rng.standard_normal(shape[1])
    for alphas in ([0.1], [0.0], [2.0, 1.0, 0.5, 0.25, 0.0]):
        paths = [fit_path(X, y, alphas=alphas, **options), fit_path(X, 0.0 * y, alphas=alphas, fit_intercept=False,
                                                                    **options)]
        many = fit_many(X, np.column_stack([y, other, y]), alphas=alphas, **options)
        for path in (*paths, many[0], many[2]):
            assert not path.coefs.any() and not path.dual_gaps.any() and path.converged.all() and path.gap_tol == 0.0
        assert many[1].coefs.any() and many[1].converged.all()


def test_coef_init_is_where_the_fit_begins():
    X, y, _ = make_data(30, 40, 30)
    cold = fit_path(X, y, alphas=[0.01], tol=1e-10)
    warm = fit_path(X, y, alphas=[0.01], tol=1e-10, coef_init=cold.coefs[:, 0])
    assert warm.n_iter[0] < cold.n_iter[0] and warm.converged.all()


@pytest.mark.parametrize("start", [np.zeros(6), np.full(7, np.nan), np.full(7, np.inf), np.zeros((7, 2))])
def test_bad_coef_init(start):
    X, y, _ = make_data(30)
    with pytest.raises(ValueError, match="coef_init"):
        fit_path(X, y, alphas=ALPHAS, coef_init=start)


@pytest.mark.parametrize("size", [1e20, 1e160, 1e308])
@pytest.mark.parametrize("name", ["cd", "gram", "working_set", "auto", "groups", "tasks", "many", "unpenalised"])
def test_a_coef_init_out_of_reach_is_replaced_by_zeros(name, size):
    """The squared residual of 1e160 overflows; that of 1e20 loses y in its rounding errors."""
    X, y, _ = make_data(30, 40, 12)
    start = np.ones(12)
    start[5] = size
    options = {"alphas": [0.3, 0.1], "tol": 1e-8}
    if name in ("tasks", "many"):
        fit, Y, coef_init = (fit_multi_task_path if name == "tasks" else fit_many), np.column_stack([y, -2.0 * y]), (
            np.stack([start, np.ones(12)]))
        cold, found = fit(X, Y, **options), fit(X, Y, coef_init=coef_init, **options)
    else:
        options |= {"groups": np.arange(12) // 3} if name == "groups" else {
            "penalty_factor": np.arange(12) % 6} if name == "unpenalised" else {"solver": name}
        cold, found = fit_path(X, y, **options), fit_path(X, y, coef_init=start, **options)
    assert np.all(found.converged)
    np.testing.assert_allclose(found.coefs, cold.coefs, atol=1e-3)


def assert_is_start_of(part, whole, n_alphas):
    """The same numbers up to rounding, as levels on a Gram matrix may be interpolated from another one."""
    assert len(part.alphas) == n_alphas
    for name in ("alphas", "converged", "n_nonzero"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:n_alphas])
    for name in ("intercepts", "dual_gaps", "r2"):
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[:n_alphas], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(part.coefs, whole.coefs[:, :n_alphas], rtol=1e-12, atol=1e-12)


def test_callback_is_called_at_every_alpha_and_ends_the_path():
    X, y, _ = make_data(31)
    seen = []
    whole = fit_path(X, y, alphas=20, callback=seen.append)
    assert whole.stopped == "" and [info.index for info in seen] == list(range(20))
    assert {info.n_alphas for info in seen} == {20}
    for name, attribute in (("alpha", "alphas"), ("n_iter", "n_iter"), ("dual_gap", "dual_gaps"),
                            ("converged", "converged"), ("n_nonzero", "n_nonzero")):
        np.testing.assert_array_equal([getattr(info, name) for info in seen], getattr(whole, attribute))
    part = fit_path(X, y, alphas=20, callback=lambda info: info.index == 4)
    assert part.stopped == "callback"
    assert_is_start_of(part, whole, 5)


def test_callback_may_raise():
    def refuse(info):
        raise RuntimeError("enough")

    X, y, _ = make_data(31)
    with pytest.raises(RuntimeError, match="enough"):
        fit_path(X, y, callback=refuse)


def test_max_active_ends_the_path():
    X, y, _ = make_data(32)
    whole = fit_path(X, y, alphas=50)
    part = fit_path(X, y, alphas=50, max_active=3)
    assert part.stopped == "max_active"
    assert (part.n_nonzero[:-1] <= 3).all() and part.n_nonzero[-1] > 3
    assert_is_start_of(part, whole, len(part.alphas))


def test_time_limit_ends_the_path():
    X, y, _ = make_data(33)
    whole = fit_path(X, y, alphas=10)
    part = fit_path(X, y, alphas=10, time_limit=0.0)
    assert part.stopped == "time_limit"
    assert_is_start_of(part, whole, 1)
    assert fit_path(X, y, alphas=10, time_limit=1000.0).stopped == ""


@pytest.mark.parametrize("make", [np.asfortranarray, np.ascontiguousarray, sp.csc_array, sp.csr_array])
def test_inputs_are_not_changed(make):
    X, y, rng = make_data(34, density=0.7)
    X = make(X)
    inputs = {
        "sample_weight": rng.uniform(0.5, 4, 25), "offset": rng.standard_normal(25), "coef_init": np.full(7, 9.0),
        "penalty_factor": np.array([0, 1, np.inf, 2, 1, 1, 1.0]), "alphas": np.array([0.1, 1.0, 0.0]),
        "bounds": (np.full(7, -0.2), np.full(7, 0.5)),
    }
    buffers = [y, *(v for v in inputs.values() if not isinstance(v, tuple)), *inputs["bounds"]]
    buffers += [X.data, X.indices, X.indptr] if sp.issparse(X) else [X]
    before = [b.copy() for b in buffers]
    for b in buffers:
        b.flags.writeable = False
    fit_path(X, y, standardize=True, **inputs)
    for b, old in zip(buffers, before, strict=True):
        np.testing.assert_array_equal(b, old)


@pytest.mark.parametrize("bad, match", [
    ({"tol": -1.0}, "tol"), ({"tol": np.nan}, "tol"), ({"max_iter": 0}, "max_iter"), ({"max_iter": 2.5}, "max_iter"),
    ({"selection": "greedy"}, "selection"), ({"solver": "lars"}, "solver"), ({"l1_ratio": 1.5}, "l1_ratio"),
    ({"l1_ratio": np.nan}, "l1_ratio"), ({"alphas": []}, "alphas"), ({"alphas": [[1.0, 2.0]]}, "alphas"),
    ({"alphas": 0}, "alphas"), ({"alphas": -3}, "alphas"), ({"alphas": [np.nan]}, "alphas"), ({"eps": 0.0}, "eps"),
    ({"eps": np.nan}, "eps"), ({"max_iter": None}, "max_iter"), ({"tol": None}, "tol"), ({"alphas": None}, "alphas"),
    ({"alphas": "many"}, "alphas"), ({"l1_ratio": None}, "l1_ratio"), ({"tol": "1e-4"}, "tol"), ({"eps": None}, "eps"),
    ({"alphas": [1 + 2j]}, "alphas"), ({"l1_ratio": "lasso"}, "l1_ratio"), ({"time_limit": np.nan}, "time_limit"),
    ({"max_active": -1}, "max_active"), ({"max_active": 2.5}, "max_active"), ({"time_limit": "1s"}, "time_limit"),
    ({"callback": 3}, "callback"), ({"alphas": True}, "alphas"), ({"max_iter": True}, "max_iter"),
])
def test_bad_arguments_are_named(bad, match):
    X, y, _ = make_data(35)
    with pytest.raises((ValueError, TypeError), match=match):
        fit_path(X, y, **bad)


# Results

def test_path_result_between_and_beyond_its_alphas():
    X, y, _ = make_data(36)
    path = fit_path(X, y, alphas=[1.0, 0.5, 0.1], tol=1e-10)
    np.testing.assert_array_equal(path.coef_at(0.5), path.coefs[:, 1])
    np.testing.assert_allclose(path.coef_at(0.2), 0.25 * path.coefs[:, 1] + 0.75 * path.coefs[:, 2], atol=1e-14)
    assert path.intercept_at(0.2) == pytest.approx(0.25 * path.intercepts[1] + 0.75 * path.intercepts[2])
    for alpha in (1.01, 0.05, np.nan):
        with pytest.raises(ValueError, match="alpha"):
            path.coef_at(alpha)
    repeated = fit_path(X, y, alphas=[0.5, 0.5, 0.1], tol=1e-10)
    np.testing.assert_array_equal(repeated.coef_at(0.5), repeated.coefs[:, 0])


@pytest.mark.parametrize("make", [np.asarray, sp.csr_array, sp.csc_matrix, np.ndarray.tolist])
def test_predict(make):
    X, y, rng = make_data(37)
    offset = rng.standard_normal(len(y))
    path = fit_path(X, y, alphas=[1.0, 0.5, 0.1])
    expected = X @ path.coefs + path.intercepts
    np.testing.assert_allclose(path.predict(make(X)), expected, atol=1e-12)
    np.testing.assert_allclose(path.predict(make(X), 0.5), expected[:, 1], atol=1e-12)
    np.testing.assert_allclose(path.predict(make(X), 0.5, offset=offset), expected[:, 1] + offset, atol=1e-12)
    np.testing.assert_allclose(path.predict(make(X), offset=offset), expected + offset[:, None], atol=1e-12)
    with pytest.raises(ValueError, match="features"):
        path.predict(make(X[:, :5]))


def test_sparse_and_dense_coefficients_agree():
    X, y, _ = make_data(38)
    path = fit_path(X, y, alphas=10)
    assert path.coefs_sparse.shape == (7, 10) and path.coefs_sparse.format == "csc"
    np.testing.assert_array_equal(path.coefs_sparse.toarray(), path.coefs)
    np.testing.assert_array_equal(path.n_nonzero, (path.coefs != 0).sum(0))
    with pytest.raises(AttributeError):
        path.alphas = None
    residual = y[:, None] - path.predict(X)
    np.testing.assert_allclose(path.r2, 1 - (residual**2).sum(0) / ((y - y.mean()) ** 2).sum(), atol=1e-12)


@pytest.mark.parametrize("first", ["coefs", "coefs_sparse", "predict", "copies"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_coefficients_do_not_depend_on_the_order_of_access(first, dtype):
    """They are joined at first access."""
    X, y, _ = make_data(38)
    X = X.astype(dtype)
    path, expected = (fit_path(X, y, alphas=[9.0, 0.3, 0.1, 0.0]) for _ in range(2))
    sparse = expected.coefs_sparse
    copies = [path]
    if first == "copies":
        copies = [pickle.loads(pickle.dumps(path)), copy.deepcopy(path), replace(path, stopped="callback"), path]
    elif first == "predict":
        path.predict(X)
    else:
        getattr(path, first)
    for found in copies:
        assert found.coefs.dtype == found.coefs_sparse.dtype == sparse.dtype == dtype
        assert found.coefs.flags.c_contiguous and found.coefs_sparse is found.coefs_sparse
        assert found.coefs_sparse.indices.dtype == sparse.indices.dtype and found.coefs_sparse.format == "csc"
        np.testing.assert_array_equal(found.coefs, expected.coefs)
        np.testing.assert_array_equal(found.coefs_sparse.toarray(), sparse.toarray())
        np.testing.assert_array_equal(found.n_nonzero, expected.n_nonzero)
        assert found.to_dict()["values"] == expected.to_dict()["values"]
    with pytest.raises(AttributeError):
        path.coefs_sparse = None


@pytest.mark.parametrize("alphas", [[np.nan], [0.1, np.nan, 0.2], [np.inf], [-1.0], [0.1, -np.inf]])
def test_alphas_out_of_range(alphas):
    X, y, _ = make_data(38)
    with pytest.raises(ValueError, match="alphas must be finite and at least 0"):
        fit_path(X, y, alphas=alphas)


def test_the_alphas_given_are_not_sorted_in_place():
    X, y, _ = make_data(38)
    given = np.array([0.1, 0.3, 0.2])
    path = fit_path(X, y, alphas=given)
    assert path.alphas.tolist() == [0.3, 0.2, 0.1] and given.tolist() == [0.1, 0.3, 0.2]


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("scale", [1e160, 1e-160])
def test_targets_whose_square_underflows_are_fitted_without_warnings(weighted, fit_intercept, scale):
    X, y, rng = make_data(38)
    options = {"sample_weight": rng.random(len(y)) if weighted else None, "fit_intercept": fit_intercept}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = fit_path(X, y * scale, **options)
    np.testing.assert_allclose(path.coefs / scale, fit_path(X, y, **options).coefs, rtol=1e-6, atol=1e-9)
    assert path.converged.all() and (path.relative_gaps <= 1e-4).all()


def test_to_dict_survives_json():
    X, y, _ = make_data(39)
    path = fit_path(X, y, alphas=[1.0, 0.5, 0.1], l1_ratio=0.9)
    stored = json.loads(json.dumps(path.to_dict()))
    coefs = np.zeros((stored["n_features"], 3))
    for k, (rows, values) in enumerate(zip(stored["indices"], stored["values"], strict=True)):
        coefs[rows, k] = values
    np.testing.assert_array_equal(coefs, path.coefs)
    assert stored["l1_ratio"] == 0.9 and stored["stopped"] == "" and stored["gap_tol"] == path.gap_tol
    for name in ("alphas", "intercepts", "dual_gaps", "n_iter", "converged", "r2"):
        np.testing.assert_array_equal(stored[name], getattr(path, name))


# scikit-learn

@pytest.mark.parametrize("positive", [False, True])
def test_as_good_as_sklearn_lasso_path(positive):
    X, y, _ = make_data(40, 30, 50)
    alphas, coefs, _ = lasso_path(X - X.mean(0), y - y.mean(), tol=1e-12, max_iter=100_000, positive=positive)
    path = fit_path(X, y, alphas=alphas, tol=1e-10, positive=positive)
    assert_as_good(X, y, {"positive": positive}, path, coefs, y.mean() - X.mean(0) @ coefs, rtol=1e-9)


@INTERCEPT
@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
def test_as_good_as_sklearn_elastic_net_with_weights(l1_ratio, fit_intercept):
    X, y, rng = make_data(41)
    weight = rng.uniform(0, 3, len(y))
    options = {"l1_ratio": l1_ratio, "fit_intercept": fit_intercept}
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, sample_weight=weight, **options)
    peers = [ElasticNet(alpha=alpha, tol=1e-13, max_iter=100_000, **options).fit(X, y, sample_weight=weight)
             for alpha in ALPHAS]
    assert_as_good(X, y, {**options, "sample_weight": weight}, path,
                   np.array([m.coef_ for m in peers]).T, [m.intercept_ for m in peers])


@pytest.mark.parametrize("scale", [1e-20, 1e-8, 1e8])
def test_the_grid_follows_the_scale_of_the_data(scale):
    X, y, _ = make_data(31)
    plain_path, scaled = fit_path(X, y, alphas=5), fit_path(X, scale * y, alphas=5)
    np.testing.assert_allclose(scaled.alphas, scale * plain_path.alphas)
    assert (scaled.n_nonzero == plain_path.n_nonzero)[1:].all()         # at alpha_max rounding decides


def test_a_target_without_signal_gets_a_grid_that_keeps_all_at_0():
    X, y, _ = make_data(32)
    for target in (np.full(len(y), 3.0), np.zeros(len(y))):
        assert fit_path(X, target, alphas=3).n_nonzero.tolist() == [0, 0, 0]


def test_minimum_norm_does_not_depend_on_the_start():
    X, y, _ = make_data(33, 6, 15)
    cold = fit_path(X, y, alphas=[0.0])
    warm = fit_path(X, y, alphas=[0.0], coef_init=np.full(15, 3.0), penalty_factor=np.zeros(15))
    np.testing.assert_allclose(warm.coefs, cold.coefs, atol=1e-12)


def test_predictions_take_one_offset_for_each_row():
    X, y, _ = make_data(34)
    path = fit_path(X, y, alphas=3)
    offset = np.arange(len(y), dtype=float)
    np.testing.assert_allclose(path.predict(X, offset=offset), path.predict(X) + offset[:, None])
    np.testing.assert_allclose(path.predict(X, path.alphas[1], offset), path.predict(X, path.alphas[1]) + offset)
    np.testing.assert_allclose(path.predict(X, offset=offset[:, None]), path.predict(X, offset=offset))
    np.testing.assert_allclose(path.predict(X, offset=2.5), path.predict(X) + 2.5)
    for bad in (offset[:-1], np.column_stack([offset, offset]), np.nan, "none", True, np.full(len(y), np.inf)):
        with pytest.raises(ValueError, match="offset"):
            path.predict(X, offset=bad)
