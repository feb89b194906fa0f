# Lives here: inequalities and pieces of docs/math.md against solutions. Independent of: how they are found.
"""What sections 5, 10 and 11 say of paths, computed from X and y alone."""
import numpy as np
import pytest

from lassocore import duality_gap, fit_path

OPTIONS = [{}, {"l1_ratio": 0.4}, {"positive": True}, {"bounds": (-0.2, 0.6), "l1_ratio": 0.9}]


def weighted(seed):
    """X, y, s, and Z and the target: centred and scaled by the roots of the weights s, which sum to the rows."""
    rng = np.random.default_rng(seed)
    X, s = rng.standard_normal((50, 16)) + 1.0, rng.uniform(0.2, 2.0, 50)
    X[:, 8:] += X[:, :8]
    s *= len(s) / s.sum()
    y = X[:, :4] @ [2.0, -1.0, 1.0, 0.5] + rng.standard_normal(50)
    centred = [a - s @ a / s.sum() for a in (X, y)]
    return X, y, s, np.sqrt(s)[:, None] * centred[0], np.sqrt(s) * centred[1]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "lasso")
@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0])
def test_a_gap_bounds_the_distance_of_fits_and_correlations(options, size):
    """(5.3): ||r - r*||_s^2 <= 2 gap, and |c_j - c*_j| <= ||X_j||_s (2 gap)^(1/2)."""
    X, y, s, Z, _ = weighted(0)
    rng = np.random.default_rng(1)
    exact = fit_path(X, y, sample_weight=s, alphas=[0.1], tol=1e-13, **options).coefs[:, 0]
    for _ in range(20):
        w = exact + size * rng.standard_normal(16) * (rng.random(16) < 0.5)
        w = np.clip(w, *options.get("bounds", (0.0 if "positive" in options else -np.inf, np.inf)))
        gap = len(y) * duality_gap(X, y, w, alpha=0.1, sample_weight=s, **options)
        moved = Z @ (w - exact)
        assert moved @ moved <= 2.0 * gap * (1.0 + 1e-9)
        assert (np.abs(Z.T @ moved) <= np.linalg.norm(Z, axis=0) * np.sqrt(2.0 * gap) * (1.0 + 1e-9)).all()


@pytest.mark.parametrize("n_excluded", [1, 3, 6])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.6])
def test_a_violation_costs_no_more_than_is_allowed_for(n_excluded, l1_ratio):
    """(10.4): the gap of a solution on some columns, given the largest violation delta of the others."""
    X, y, s, Z, target = weighted(2)
    alpha, n_kept = 0.02, 16 - n_excluded
    w = np.zeros(16)
    w[:n_kept] = fit_path(
        X[:, :n_kept], y, sample_weight=s, alphas=[alpha], l1_ratio=l1_ratio, tol=1e-14).coefs[:, 0]
    l1, l2, u = len(y) * alpha * l1_ratio, len(y) * alpha * (1.0 - l1_ratio), target - Z @ w
    delta = np.abs(Z.T @ u)[n_kept:].max() / l1 - 1.0
    square, norm = u @ u + l2 * (w @ w), l1 * np.abs(w).sum()
    bound, gap = 0.5 * delta**2 * square + delta * norm, len(y) * duality_gap(
        X, y, w, alpha=alpha, sample_weight=s, l1_ratio=l1_ratio)
    assert delta > 0.01 and gap <= bound * (1.0 + 1e-9)
    assert l1_ratio < 1.0 or gap >= bound / (1.0 + delta)**2
    assert 2.0 * bound / (norm + np.sqrt(norm**2 + 2.0 * square * bound)) == pytest.approx(delta, rel=1e-12)


@pytest.mark.parametrize("solver", ["cd", "gram", "working_set"])
def test_between_two_knots_a_path_is_linear_in_alpha(solver):
    """(11.1) for coefficients and correlations."""
    X, y, s, Z, target = weighted(3)
    alphas = np.geomspace(0.5, 1e-3, 40)
    coefs = fit_path(X, y, sample_weight=s, alphas=alphas, tol=1e-14, solver=solver).coefs
    n_pieces = 0
    for k in range(1, 39):
        signs = np.sign(coefs[:, k - 1:k + 2])
        if (signs != signs[:, :1]).any():
            continue
        A, fall = np.flatnonzero(signs[:, 0]), len(y) * (alphas[k] - alphas[k + 1])
        direction = np.linalg.solve(Z[:, A].T @ Z[:, A], signs[A, 0])
        c = Z.T @ (target[:, None] - Z @ coefs)
        np.testing.assert_allclose(coefs[A, k + 1] - coefs[A, k], fall * direction, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(c[:, k + 1] - c[:, k], -fall * (Z.T @ (Z[:, A] @ direction)), rtol=1e-5, atol=1e-5)
        n_pieces += 1
    assert n_pieces > 10
