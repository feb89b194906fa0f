# Lives here: methods by name, and what must hold of any path. Independent of: how the methods work.
"""Helpers for tests of solvers and paths."""
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import dense, objective, plain

from lassocore import duality_gap, fit_path
from lassocore.solvers import active_set

METHODS = ["gram", "working_set", "descent"]


def solver_of(method, monkeypatch):
    """The solver= whose levels this method solves; for "descent" a working set tries coordinate descent at once."""
    if method != "descent":
        return method
    for trial in ("FIRST_TRIAL", "LATE_TRIAL"):
        monkeypatch.setattr(active_set, trial, 0)
    return "working_set"


def design_of(method, X):
    """X in a storage for this method: a working set tries coordinate descent on sparse columns only."""
    return sp.csc_array(X) if method == "descent" and not sp.issparse(X) else X


def with_storages(methods, storages):
    """Parameters "method" and "storage", where each method solves levels."""
    pairs = [(method, storage) for method in methods for storage in storages]
    return pytest.mark.parametrize("method, storage", [
        (method, storage) for method, storage in pairs
        if method != "descent" or storage.startswith(("sparse", "int"))])


def applies(method, options, single):
    """Whether solver= accepts these options: neither unpenalised columns in float32, nor ridge on a working set."""
    if method in ("auto", "cd"):
        return True
    if single and (np.asarray(options.get("penalty_factor", 1.0)) == 0.0).any():
        return False
    return method == "gram" or options.get("l1_ratio") != 0.0


def target_scale(X, y, options):
    """P(0) with the best intercept."""
    problem = plain(X, y, 0.0, **options)
    return 0.5 * problem.z @ problem.z


def as_returned(options, dtype):
    """The options with bounds as coefficients of this type can meet them."""
    if "bounds" not in options:
        return options
    return {**options, "bounds": tuple(np.broadcast_to(bound, np.shape(bound)).astype(dtype).astype(float)
                                       for bound in options["bounds"])}


def objectives(X, y, path, options):
    """The documented objective at every alpha."""
    options = as_returned(options, path.coefs_sparse.dtype)
    return np.array([objective(X, y, path.coefs[:, k], path.intercepts[k], alpha, **options)
                     for k, alpha in enumerate(path.alphas)])


def assert_certified(X, y, options, path, best, slack=1e-12, is_tight=True):
    """Each gap bounds the distance to the best objective known, and is that of the coefficients returned.

    If not is_tight it may be larger: columns outside that violate at the end of a linear piece count at all its levels.
    """
    scale = target_scale(dense(X), y, options)
    values = objectives(X, y, path, options)
    assert np.isfinite(values).all() and (path.dual_gaps >= 0).all()
    assert (values - best <= path.dual_gaps + slack * scale).all(), (values - best - path.dual_gaps) / scale
    judged = np.array([duality_gap(X, y, path.coefs[:, k], alpha=alpha, intercept=path.intercepts[k], **options)
                       for k, alpha in enumerate(path.alphas)])
    excess = judged - path.dual_gaps
    assert (excess <= slack * scale).all(), excess
    exact = path.info["method"] != "descent"        # which takes the columns outside to be pulled by l1 itself
    assert not is_tight or (excess[exact] >= -slack * scale).all(), excess


def assert_solved(X, y, options, path, best, slack=1e-12):
    """The same, and every alpha has converged."""
    assert path.converged.all() and (path.dual_gaps <= path.gap_tol).all()
    assert_certified(X, y, options, path, best, slack)


def by_descent(X, y, alphas, **options):
    """Objectives of coordinate descent alone, and where they are trusted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = fit_path(X, y, alphas=alphas, solver="cd", **options)
    kept = {k: v for k, v in options.items() if k not in ("tol", "max_iter")}
    return objectives(X, y, path, kept), path


def bits(path):
    """Everything of a path that must not depend on threads or history."""
    return (path.coefs.tobytes(), path.intercepts.tobytes(), path.dual_gaps.tobytes(), path.r2.tobytes(),
            path.n_iter.tolist(), path.info["method"].tolist(), path.info["n_scanned"].tolist())


def make_wide(seed, n_samples=60, n_features=300, n_strong=8, correlation=0.5, dtype=float):
    """(X, y): neighbouring columns correlated, a few coefficients, noise."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features))
    for j in range(1, n_features):
        X[:, j] = correlation * X[:, j - 1] + np.sqrt(1 - correlation**2) * X[:, j]
    w = np.zeros(n_features)
    w[rng.choice(n_features, n_strong, replace=False)] = rng.standard_normal(n_strong) + 1.0
    return np.asfortranarray(X.astype(dtype)), X @ w + 0.5 * rng.standard_normal(n_samples) + 2.0
