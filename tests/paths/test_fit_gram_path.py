# Lives here: paths from products are those from the data. Independent of: how rows are made of products.
"""`fit_gram_path`: equal to `fit_path` on the data; products that no data have are refused."""
import numpy as np
import pandas as pd
import pytest

from lassocore import LassoIC, fit_gram_path, fit_path


def make(seed=0, n_samples=60, n_features=10):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) * rng.uniform(0.01, 100.0, n_features) + 1.0
    y = X[:, :3] @ np.array([1.0, -0.1, 0.3])[:n_features] + rng.standard_normal(n_samples)
    return X, y, rng.uniform(0.1, 3.0, n_samples)


def products(X, y, s=None):
    """Arguments for the data about their means."""
    s = np.ones(len(y)) if s is None else s
    X, y = X - s @ X / s.sum(), y - s @ y / s.sum()
    return (X.T @ (s[:, None] * X), X.T @ (s * y)), {"sq_target": float(s @ y**2), "n_samples": float(s.sum())}


@pytest.mark.parametrize("shape", [(60, 10), (12, 40), (200, 100), (3, 1)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", [{}, {"l1_ratio": 0.4}, {"bounds": (-0.05, 0.2)}, {"positive": True}])
def test_paths_are_those_of_the_data(shape, weighted, options):
    X, y, s = make(1, *shape)
    s = s if weighted else None
    expected = fit_path(X, y, alphas=15, sample_weight=s, tol=1e-10, **options)
    arguments, sums = products(X, y, s)
    found = fit_gram_path(*arguments, **sums, alphas=15, tol=1e-10, **options)
    np.testing.assert_allclose(found.alphas, expected.alphas, rtol=1e-9)
    scaled = X.std(axis=0)[:, None] * expected.coefs
    np.testing.assert_allclose(X.std(axis=0)[:, None] * found.coefs, scaled, atol=1e-4 * abs(scaled).max())
    np.testing.assert_allclose(found.r2, expected.r2, atol=1e-8)
    assert found.converged.all() and found.gap_tol == pytest.approx(expected.gap_tol, rel=1e-9)
    intercepts = y.mean() - X.mean(axis=0) @ found.coefs if s is None else (s @ y - s @ X @ found.coefs) / s.sum()
    np.testing.assert_allclose(intercepts, expected.intercepts, atol=1e-3 * abs(y).max())


def test_penalty_factors_and_unpenalised_features():
    X, y, _ = make()
    factor = np.r_[0.0, 0.0, np.inf, 2.0, np.ones(6)]
    arguments, sums = products(X, y)
    found = fit_gram_path(*arguments, **sums, alphas=[0.3, 0.0], penalty_factor=factor, tol=1e-10)
    expected = fit_path(X, y, alphas=[0.3, 0.0], penalty_factor=factor, tol=1e-10)
    np.testing.assert_allclose(found.coefs, expected.coefs, rtol=1e-5, atol=1e-9)


def test_criteria_count_the_rows_of_the_data():
    X, y, _ = make()
    arguments, sums = products(X, y)
    path = fit_gram_path(*arguments, **sums, tol=1e-10)
    own = fit_path(X - X.mean(axis=0), y - y.mean(), fit_intercept=False, tol=1e-10)
    np.testing.assert_allclose(path.information_criterion("bic"), own.information_criterion("bic"), rtol=1e-6)
    assert LassoIC("bic", fit_intercept=False, tol=1e-10).fit(X - X.mean(axis=0), y - y.mean()).alpha_ == pytest.approx(
        path.alphas[path.information_criterion("bic").argmin()], rel=1e-9)


def test_sums_of_parts_are_the_products_of_the_whole():
    X, y, _ = make(n_samples=90)
    X, y = X - X.mean(axis=0), y - y.mean()
    G = sum(X[k:k + 30].T @ X[k:k + 30] for k in (0, 30, 60))
    found = fit_gram_path(G, X.T @ y, sq_target=y @ y, n_samples=90, alphas=[0.1], tol=1e-12)
    expected = fit_path(X, y, alphas=[0.1], fit_intercept=False, tol=1e-12)
    np.testing.assert_allclose(found.coefs, expected.coefs, rtol=1e-5, atol=1e-9)


def test_names_come_from_a_data_frame_and_input_is_not_changed():
    X, y, _ = make()
    (G, q), sums = products(X, y)
    names = [f"f{j}" for j in range(10)]
    frame = pd.DataFrame(G, columns=names, index=names)
    before = frame.copy(), q.copy()
    assert fit_gram_path(frame, q, **sums, alphas=3).feature_names == tuple(names)
    pd.testing.assert_frame_equal(frame, before[0])
    np.testing.assert_array_equal(q, before[1])


def test_singular_products_and_those_of_single_precision():
    X, y, _ = make()
    X = np.hstack([X, X[:, :4], np.zeros((60, 1))])
    (G, q), sums = products(X, y)
    found, expected = fit_gram_path(G, q, **sums, alphas=6, tol=1e-10), fit_path(X, y, alphas=6, tol=1e-10)
    np.testing.assert_allclose(found.r2, expected.r2, atol=1e-6)
    assert found.converged.all() and not found.coefs[-1].any()
    single = fit_gram_path(G.astype(np.float32), q, **sums, alphas=[1.0])
    assert single.converged.all()


@pytest.mark.parametrize("change, words", [
    (lambda G, q, s, n: (G - 2.0 * np.diag(np.diagonal(G)), q, s, n), "on its diagonal, at position"),
    (lambda G, q, s, n: (np.triu(G), q, s, n), "is off by"), (lambda G, q, s, n: (G, 10.0 * q, s, n), "sq_target"),
    (lambda G, q, s, n: (G, q, 0.001 * s, n), "not the products of any X and y"),
    (lambda G, q, s, n: (G[:-1], q, s, n), "gram has shape"), (lambda G, q, s, n: (G, q[1:], s, n), "correlations"),
    (lambda G, q, s, n: (np.full_like(G, np.nan), q, s, n), "NaN"),
    (lambda G, q, s, n: (G, q, -1.0, n), "sq_target=-1.0"),
    (lambda G, q, s, n: (G, q, s, 0), "n_samples=0"), (lambda G, q, s, n: (G + 1j, q, s, n), "(?i)complex"),
    (lambda G, q, s, n: (np.empty((0, 0)), q[:0], s, n), "gram has shape")])
def test_products_that_no_data_have_are_refused(change, words):
    X, y, _ = make()
    (G, q), sums = products(X, y)
    G, q, s, n = change(G, q, sums["sq_target"], sums["n_samples"])
    with pytest.raises(ValueError, match=words):
        fit_gram_path(G, q, sq_target=s, n_samples=n)
