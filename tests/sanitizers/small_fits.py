# Lives here: small fits of each kind, for a checker that makes them slow. Independent of: the checker.
"""A few fits of each family on every storage; what they return is printed, so that memcheck sees every number read."""
import sys

import numpy as np
import scipy.sparse as sp
from helpers.c_api import design_of, gram_design, options_of, solve, table, workspace_for

import lassocore as lc

ALPHAS = [0.5, 0.2, 0.05]


def storages(X):
    """(name, X) in every storage of the core."""
    for dtype in np.float64, np.float32:
        for name, stored in ("F", np.asfortranarray(X, dtype)), ("C", np.ascontiguousarray(X, dtype)), (
                "csc", sp.csc_array(np.where(abs(X) > 0.7, X, 0.0).astype(dtype))):
            yield f"{name} {np.dtype(dtype).name}", stored
    wide = sp.csc_array(np.where(abs(X) > 0.7, X, 0.0))
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    yield "csc int64", wide


def paths(X, y, Y):
    """(name, coefficients, gaps) of each family on one storage."""
    rng = np.random.default_rng(1)
    n, p = X.shape
    weights, factor = rng.integers(0, 3, n) * 1.0, rng.choice([0.0, 0.5, 1.0, np.inf], p, p=[0.1, 0.3, 0.5, 0.1])
    for solver in "cd", "gram", "working_set":
        yield solver, lc.fit_path(X, y, alphas=ALPHAS, solver=solver)
    yield "weighted", lc.fit_path(X, y, alphas=8, sample_weight=weights, penalty_factor=factor, l1_ratio=0.8)
    yield "bounded", lc.fit_path(X, y, alphas=4, bounds=(-0.1, 0.3), standardize=True, selection="random", rng=0)
    yield "threads", lc.fit_path(X, y, alphas=4, n_threads=2, fit_intercept=False)
    yield "groups", lc.fit_path(X, y, alphas=4, groups=np.arange(p) // 3, feature_l1_ratio=0.3)
    yield "tasks", lc.fit_multi_task_path(X, Y, alphas=4)
    yield "many", lc.fit_many(X, Y, alphas=4)
    yield "prepared", lc.fit_path(lc.prepare(X), y, alphas=ALPHAS)
    yield "solver", lc.LassoSolver(X).solve(y, 0.1)
    yield "constrained", lc.fit_constrained(X, y, 0.5)


def numbers_of(result):
    """The sums of all numbers of a result, which depend on every one."""
    for name in "coefs", "coef", "dual_gaps", "dual_gap", "intercepts", "intercept":
        if hasattr(result, name):
            yield float(np.nansum(getattr(result, name)))


def main() -> None:
    """Print what every fit gives."""
    rng = np.random.default_rng(0)
    for n, p in (23, 9), (17, 41):
        X = rng.standard_normal((n, p))
        y, Y = X[:, 0] - X[:, -1] + rng.standard_normal(n), rng.standard_normal((n, 11))
        for storage, stored in storages(X):
            for name, result in paths(stored, y, Y):
                print(storage, name, *numbers_of(result), flush=True)
            for given in {}, {"sample_weight": rng.uniform(0.5, 2.0, n), "standardize": 1, "positive": 1}:
                design, options = design_of(stored), options_of(**given)
                found = solve(design, y, np.array(ALPHAS), options, workspace_for(design, options))
                print(storage, "C interface", found.status, found.coefs.sum(), found.gaps.sum(), flush=True)
        centred = X - X.mean(axis=0)
        gram, q = centred.T @ centred, centred.T @ y
        path = lc.fit_gram_path(gram, q, sq_target=float(y @ y), n_samples=n, alphas=5)
        print("gram", *numbers_of(path), flush=True)
        design, options = gram_design(gram, q, float(y @ y), float(n)), options_of(method=1)
        found = solve(design, None, np.array(ALPHAS), options, workspace_for(design, options))
        print("gram", "C interface", found.status, found.coefs.sum(), found.gaps.sum(), flush=True)


if __name__ == "__main__":
    import plain_memory

    plain_memory.use()
    assert table.major == 1
    main()
    sys.exit(0)
