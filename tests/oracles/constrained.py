# Lives here: least squares under a bound on the L1 norm, by projected gradients and SLSQP. Independent of: lassocore.
"""Oracles of the constrained lasso: FISTA with projection onto the weighted L1 ball, and SLSQP on w = a - b."""
from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def project(w: np.ndarray, v: np.ndarray, t: float, positive: bool = False) -> np.ndarray:
    """The nearest point with sum_j v_j |w_j| <= t, coordinates with v_j = 0 being free, by sorting."""
    size = np.maximum(w, 0.0) if positive else np.abs(w)
    if v @ size <= t:
        return size if positive else w
    ratios = np.divide(size, v, out=np.full(len(v), np.inf), where=v > 0)
    order = np.argsort(-ratios)             # coordinates leave the support in the reverse of this order
    order = order[v[order] > 0]
    shifts = (np.cumsum(v[order] * size[order]) - t) / np.cumsum(v[order] ** 2)
    high = shifts[np.flatnonzero(ratios[order] > shifts)[-1]]
    return np.sign(w) * np.maximum(size - high * v, 0.0)


def scaled_data(X, y, s, fit_intercept: bool):
    """(Z, z, means, mean of y) with 1/2 ||z - Z w||^2 the objective."""
    s = (np.ones(len(y)) if s is None else np.asarray(s, float)) / (len(y) if s is None else np.sum(s))
    means, mean = (s @ X, s @ y) if fit_intercept else (np.zeros(X.shape[1]), 0.0)
    root = np.sqrt(s)
    return root[:, None] * (X - means), root * (y - mean), means, mean


def projected_gradients(X, y, t, *, v=None, s=None, fit_intercept=True, positive=False, n_steps=2000):
    """(w, objective) of FISTA with restarts."""
    Z, z, _, _ = scaled_data(X, y, s, fit_intercept)
    v = np.ones(X.shape[1]) if v is None else np.asarray(v, float)
    length = np.linalg.norm(Z, 2) ** 2

    def value(w):
        return 0.5 * float(np.sum((z - Z @ w) ** 2))

    w = before = momentum = project(np.zeros(X.shape[1]), v, t, positive)
    factor, best = 1.0, value(w)
    for _ in range(n_steps):
        w = project(momentum + Z.T @ (z - Z @ momentum) / length, v, t, positive)
        now = value(w)
        if now >= best:
            if factor == 1.0:               # a plain step no longer descends
                break
            momentum, factor = before, 1.0  # restart
            continue
        following = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * factor**2))
        momentum, before, factor, best = w + (factor - 1.0) / following * (w - before), w, following, now
    return before, value(before)


def slsqp(X, y, t, *, s=None, fit_intercept=True):
    """(w, objective) of SLSQP over a, b >= 0 with w = a - b."""
    Z, z, _, _ = scaled_data(X, y, s, fit_intercept)
    p = X.shape[1]

    def value(ab):
        residual = z - Z @ (ab[:p] - ab[p:])
        return 0.5 * residual @ residual

    def gradient(ab):
        c = Z.T @ (Z @ (ab[:p] - ab[p:]) - z)
        return np.concatenate([c, -c])

    found = minimize(value, np.full(2 * p, t / (4 * p)), jac=gradient, method="SLSQP", bounds=[(0, None)] * (2 * p),
                     constraints=[{"type": "ineq", "fun": lambda ab: t - ab.sum(), "jac": lambda ab: -np.ones(2 * p)}],
                     options={"ftol": 1e-15, "maxiter": 1000})
    return found.x[:p] - found.x[p:], float(found.fun)
