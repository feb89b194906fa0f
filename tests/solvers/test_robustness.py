# Lives here: data that are hard for exact steps on Gram matrices. Independent of: how the methods work.
"""Certified, or honestly not converged: a warning, converged False, finite numbers, and a gap that is one."""
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from helpers.methods import (
    METHODS,
    applies,
    assert_certified,
    by_descent,
    design_of,
    make_wide,
    objectives,
    solver_of,
    with_storages,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles.reference import plain
from sklearn.exceptions import ConvergenceWarning

from lassocore import alpha_max, duality_gap, fit_path

EVERY = pytest.mark.parametrize("method", [*METHODS, "auto"])
STORAGES = {"F": np.asfortranarray, "C": np.ascontiguousarray, "sparse": sp.csc_array}
EVERY_WITH_STORAGE = with_storages([*METHODS, "auto"], STORAGES)


def honest_fit(X, y, **options):
    """A path that says what it missed, with nothing but finite numbers in it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        path = fit_path(X, y, **options)
    np.testing.assert_array_equal(path.converged, path.dual_gaps <= path.gap_tol)
    assert {w.category for w in caught} == (set() if path.converged.all() else {ConvergenceWarning})
    for numbers in (path.coefs, path.intercepts, path.r2, path.dual_gaps):
        assert np.isfinite(numbers).all()
    return path


def check(X, y, method, monkeypatch, *, converges=True, slack=1e-11, **options):
    """A path of the method, certified against the best of coordinate descent."""
    problem = {k: v for k, v in options.items() if k not in ("alphas", "eps", "tol", "max_iter")}
    with monkeypatch.context() as patch:
        path = honest_fit(design_of(method, X), y, **options, solver=solver_of(method, patch))
    assert path.converged.all() or not converges
    best, reference = by_descent(X, y, path.alphas, tol=0.1 * options["tol"], max_iter=20_000, **problem)
    assert_certified(X, y, problem, path, best, slack)
    both = path.converged & reference.converged
    np.testing.assert_allclose(path.r2[both], reference.r2[both], atol=50 * np.sqrt(options["tol"]))
    return path


@pytest.mark.parametrize("method", METHODS)
@settings(derandomize=True, deadline=None, max_examples=40)
@given(data=st.data())
def test_small_integer_data(method, data):
    """Duplicate, constant, zero and collinear columns, ties in the correlations, n and p from 1."""
    n, p = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 6))
    X = data.draw(arrays(float, (n, p), elements=st.integers(-2, 2)))
    y = data.draw(arrays(float, n, elements=st.integers(-3, 3)))
    sides = arrays(float, p, elements=st.sampled_from([0.0, 0.25, 1.0, np.inf]))
    options = {
        "sample_weight": data.draw(arrays(float, n, elements=st.integers(0, 3)).filter(np.any) | st.none()),
        "penalty_factor": data.draw(arrays(float, p, elements=st.sampled_from([0.0, 0.5, 1.0, np.inf])) | st.none()),
        "bounds": data.draw(st.tuples(sides.map(np.negative), sides) | st.none()) or (-np.inf, np.inf),
        "l1_ratio": data.draw(st.sampled_from([0.0, 0.5, 1.0])), "fit_intercept": data.draw(st.booleans()),
        "standardize": data.draw(st.booleans()), "positive": data.draw(st.booleans()),
    }
    assume(applies(method, options, False))
    alphas = [1.0, 0.25, 0.03]
    problems = [plain(X, y, alpha, **options) for alpha in alphas]
    best = [problem.primal(problem.solve()) for problem in problems]
    with pytest.MonkeyPatch.context() as patch:
        solver = solver_of(method, patch)
        for design in (X, sp.csc_array(X)):
            path = honest_fit(design, y, alphas=alphas, tol=1e-9, max_iter=100_000, **options, solver=solver)
            assert path.converged.all()
            values = objectives(X, y, path, options)
            slack = 1e-13 * problems[0].z @ problems[0].z
            assert (values <= best + path.dual_gaps + slack).all()


@EVERY_WITH_STORAGE
def test_exact_duplicates(method, storage, monkeypatch):
    """Of columns that enter, in both signs, and many of them."""
    X, y = make_wide(0, 50, 40)
    X = np.column_stack([X, X[:, :20], -X[:, 10:30], np.repeat(X[:, [3]], 10, axis=1)])
    X = X[:, np.random.default_rng(0).permutation(X.shape[1])]
    for l1_ratio in (1.0, 0.5):
        path = check(STORAGES[storage](X), y, method, monkeypatch, alphas=15, eps=1e-3, tol=1e-9, l1_ratio=l1_ratio)
        assert method == "auto" or set(path.info["method"]) == {method}


@EVERY
def test_duplicates_of_unpenalised_and_bounded_columns(method, monkeypatch):
    X, y = make_wide(1, 40, 12)
    X = np.column_stack([X, X])
    factor = np.ones(24)
    factor[[0, 12]] = 0.0
    check(X, y, method, monkeypatch, alphas=[1.0, 0.1, 0.01], tol=1e-9, penalty_factor=factor)
    check(X, y, method, monkeypatch, alphas=[1.0, 0.1, 0.01], tol=1e-9, bounds=(-0.1, 0.2))
    check(X, y, method, monkeypatch, alphas=[1.0, 0.1, 0.01], tol=1e-9, positive=True)


@pytest.mark.parametrize("rank", [1, 2, 5])
@EVERY
def test_few_directions_and_many_columns(method, rank, monkeypatch):
    """Every set of more than `rank` columns is collinear."""
    rng = np.random.default_rng(rank)
    X = rng.standard_normal((60, rank)) @ rng.standard_normal((rank, 80))
    y = X[:, :4].sum(1) + rng.standard_normal(60)
    path = check(X, y, method, monkeypatch, alphas=25, eps=1e-4, tol=1e-8, fit_intercept=False)
    assert path.n_nonzero.max() < 40


@EVERY_WITH_STORAGE
def test_constant_and_empty_columns(method, storage, monkeypatch):
    X, y = make_wide(2, 50, 60)
    X[:, ::3] = np.array([0.0, 0.1, 1e8, -3e-5])[np.arange(20) % 4]
    for fit_intercept in (True, False):
        for standardize in (True, False):
            if not fit_intercept:
                X[:, ::3] = np.minimum(X[:, ::3], 1.0)
            path = check(STORAGES[storage](X), y, method, monkeypatch, alphas=15, eps=1e-2, tol=1e-8,
                         fit_intercept=fit_intercept, standardize=standardize)
            assert not fit_intercept or (path.coefs[::3] == 0.0).all()


@EVERY
def test_twenty_thousand_sparse_columns(method, monkeypatch):
    """"gram" gets fewer, whose Gram matrix does not take 3 GB."""
    p = 20_000 if method != "gram" else 1500
    rng = np.random.default_rng(3)
    X = sp.random_array((200, p), density=0.01, format="csc", random_state=rng)
    y = X @ np.where(rng.random(p) < 30 / p, 3.0, 0.0) + 0.1 * rng.standard_normal(200)
    reference = fit_path(X, y, alphas=30, eps=0.02, tol=1e-9, solver="cd")
    solver = solver_of(method, monkeypatch)
    path = honest_fit(X, y, alphas=30, eps=0.02, tol=1e-7, solver=solver)
    assert path.converged.all() and path.n_nonzero[-1] > 20 and "cd" not in set(path.info["method"])
    values = [((y[:, None] - one.predict(X)) ** 2).sum(0) / 400 + one.alphas * np.abs(one.coefs).sum(0)
              for one in (path, reference)]
    assert (values[0] - values[1] <= path.dual_gaps + 1e-12).all()
    for k in range(0, 30, 5):
        judged = duality_gap(X, y, path.coefs[:, k], alpha=path.alphas[k], intercept=path.intercepts[k])
        assert judged == pytest.approx(path.dual_gaps[k], abs=1e-12 * np.var(y))


@pytest.mark.parametrize("shape", [(50, 20), (30, 100)])
@EVERY
def test_exact_fit(method, shape, monkeypatch):
    """y = X w: the residual goes to 0 with alpha, and the gap's own scale with it."""
    rng = np.random.default_rng(4)
    X = rng.standard_normal(shape)
    w = np.where(np.arange(shape[1]) < 5, [1.0, -2.0, 0.5, 3.0, -1.0] + [0.0] * (shape[1] - 5), 0.0)
    for fit_intercept in (True, False):
        path = check(X, X @ w, method, monkeypatch, alphas=60, eps=1e-6, tol=1e-9, fit_intercept=fit_intercept)
        assert path.r2[-1] > 1 - 1e-9
        np.testing.assert_allclose(path.coefs[:, -1], w, atol=1e-3)


@EVERY
def test_a_target_in_the_span_of_two_columns(method, monkeypatch):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((40, 60))
    X[:, 7] = X[:, 3] + 1e-3 * rng.standard_normal(40)
    path = check(X, X[:, 3] - 0.5 * X[:, 7], method, monkeypatch, alphas=40, eps=1e-5, tol=1e-8)
    assert path.n_nonzero[0] <= 1
    one = check(X, 2.0 * X[:, 3] + 1.0, method, monkeypatch, alphas=40, eps=1e-5, tol=1e-8)
    assert (one.n_nonzero[1:10] >= 1).all() and one.r2[-1] > 1 - 1e-8


@pytest.mark.parametrize("correlation", [0.0, 0.9])
@EVERY
def test_supports_that_reach_n(method, correlation, monkeypatch):
    """alpha down to 1e-6 alpha_max with p > n: as many members as there are dimensions, and not more."""
    X, y = make_wide(6, 25, 80, correlation=correlation)
    path = check(X, y, method, monkeypatch, alphas=70, eps=1e-6, tol=1e-8, converges=False)
    assert np.count_nonzero(path.converged) >= 65
    assert 20 <= path.n_nonzero[path.converged].max() <= 26 and path.r2[-1] > 1 - 1e-6


@pytest.mark.parametrize("n, p", [(1, 1), (1, 5), (2, 1), (2, 7), (3, 3), (5, 1), (40, 1)])
@EVERY_WITH_STORAGE
def test_tiny_shapes(method, storage, n, p, monkeypatch):
    rng = np.random.default_rng(7)
    X, y = rng.standard_normal((n, p)), rng.standard_normal(n) + 2.0
    for fit_intercept in (True, False):
        largest = alpha_max(X, y, fit_intercept=fit_intercept) or 1.0
        for l1_ratio in (1.0, 0.5):
            path = check(STORAGES[storage](X), y, method, monkeypatch, alphas=largest * np.geomspace(2, 1e-4, 12),
                         tol=1e-9, fit_intercept=fit_intercept, l1_ratio=l1_ratio)
            assert path.coefs.shape == (p, 12)


@pytest.mark.parametrize("standardize", [True, False])
@EVERY
def test_a_column_much_larger_than_the_others(method, standardize, monkeypatch):
    X, y = make_wide(8, 50, 70)
    X[:, 4] *= 1e8
    X[:, 5] *= 1e-8
    # the large column's correlation is rounded by 1e-16 ||X_j|| ||y||, up to 1e-7 of l1, which any gap feels
    path = check(X, y, method, monkeypatch, alphas=40, eps=1e-9, tol=1e-7, converges=False, standardize=standardize,
                 slack=1e-11 if standardize else 1e-7)
    assert np.count_nonzero(path.converged) >= 38 and path.n_nonzero[-1] > 20
    assert method in ("auto", "descent") or np.count_nonzero(path.info["method"] == method) >= 38


@EVERY
def test_columns_that_differ_in_the_last_digits(method, monkeypatch):
    """From far enough apart to be two columns to near enough to be one."""
    X, y = make_wide(9, 40, 30)
    rng = np.random.default_rng(9)
    for spread in 10.0 ** -np.arange(1, 15, 2):
        nearly = np.column_stack([X, X[:, :15] + spread * rng.standard_normal((40, 15))])
        path = check(nearly, y, method, monkeypatch, alphas=20, eps=1e-2, tol=1e-4)
        assert path.converged.all()


@EVERY
def test_a_staircase_of_correlated_columns(method, monkeypatch):
    """Cumulative sums: the fused lasso as a lasso, where supports change often and columns are nearly collinear."""
    rng = np.random.default_rng(10)
    n = 100
    X = np.tril(np.ones((n, n)))[:, 1:]
    y = np.repeat([0.0, 3.0, 1.0, 5.0], n // 4) + 0.5 * rng.standard_normal(n)
    path = check(X, y, method, monkeypatch, alphas=60, eps=1e-4, tol=1e-8)
    assert path.n_nonzero.max() > 60


@EVERY
def test_polynomials(method, monkeypatch):
    """Powers of one variable, a condition number beyond double precision."""
    t = np.linspace(-1, 1, 60)
    X = t[:, None] ** np.arange(1, 25)
    y = np.exp(t) + 0.05 * np.random.default_rng(11).standard_normal(60)
    path = check(X, y, method, monkeypatch, alphas=40, eps=1e-5, tol=1e-7, converges=False)
    assert np.count_nonzero(path.converged) >= 30


@EVERY
def test_rows_that_repeat_and_weights_that_vanish(method, monkeypatch):
    X, y = make_wide(12, 20, 50)
    X, y = np.repeat(X, 3, axis=0), np.repeat(y, 3)
    weight = np.where(np.arange(60) % 3 == 0, 1.0, 1e-12)
    check(X, y, method, monkeypatch, alphas=20, eps=1e-2, tol=1e-8, sample_weight=weight)
    weight[5:] = 0.0
    check(X, y, method, monkeypatch, alphas=20, eps=1e-2, tol=1e-8, sample_weight=weight)


@pytest.mark.parametrize("scale", [1e-60, 1e60])
@EVERY
def test_scales_of_data(method, scale, monkeypatch):
    X, y = make_wide(13, 40, 60)
    for column_scale, target_scale in ((scale, 1.0), (1.0, scale), (scale, scale)):
        path = check(column_scale * X, target_scale * y, method, monkeypatch, alphas=15, eps=1e-2, tol=1e-8)
        assert path.n_nonzero[-1] > 10 and (method == "auto" or set(path.info["method"]) == {method})


@pytest.mark.parametrize("seed", [0, 11])
def test_an_unpenalised_column_beside_collinear_ones(seed):
    """Exact steps may diverge and leave an infinite gap: they are not repeated for ever, and descent starts anew."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((12, 16)) + 100.0 * rng.standard_normal((12, 1)), rng.standard_normal(12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        path = fit_path(X, y, alphas=20, eps=1e-14, tol=1e-12, penalty_factor=np.arange(16) > 0, fit_intercept=False,
                        max_iter=100)
    residuals = y[:, None] - X @ path.coefs
    assert (np.square(residuals).sum(axis=0) <= y @ y).all() and np.abs(path.coefs).max() < 1e3
