# Lives here: one fit of each family, over shared data. Independent of: what is tested of them.
"""Each family by name: a function of no arguments that fits and returns the numbers of its result as bytes."""
from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

import lassocore
from lassocore import selection

N, P = 60, 40
GROUPS = np.repeat(np.arange(P // 4), 4)


def shared_data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A read-only X, a target and several targets."""
    rng = np.random.default_rng(11)
    X = np.asfortranarray(rng.standard_normal((N, P)) + 0.5 * rng.standard_normal((N, 1)))
    Y = X[:, :3] @ np.array([[1.0, 0.5], [0.0, 1.0], [-1.0, 0.0]]) + rng.standard_normal((N, 2))
    y = np.ascontiguousarray(Y[:, 0])
    for values in (X, y, Y):
        values.flags.writeable = False
    return X, y, Y


def numbers_of(result: Any) -> bytes:
    """Coefficients, intercepts and gaps, bit for bit."""
    names = ("coefs", "coef", "coef_", "intercepts", "intercept", "intercept_", "dual_gaps", "dual_gap", "dual_gap_",
             "selection_frequencies_", "mse_path_", "alpha_")
    found = [np.asarray(getattr(result, name), dtype=float).tobytes() for name in names if hasattr(result, name)]
    assert found, "a result without numbers"
    return b"|".join(found)


def families(X, y, Y) -> dict[str, Callable[[], Any]]:
    """A fit of each family."""
    path, prepared = {"alphas": 8, "tol": 1e-7}, lassocore.prepare(X)
    solver = lassocore.LassoSolver(X)
    sparse = sp.csc_array(np.where(abs(X) > 0.7, X, 0.0))
    c_order = np.ascontiguousarray(X)
    products = X.T @ X, X.T @ y
    return {
        "path": lambda: lassocore.fit_path(X, y, **path),
        "path in C order": lambda: lassocore.fit_path(c_order, y, solver="working_set", **path),
        "path by descent": lambda: lassocore.fit_path(X, y, solver="cd", selection="shuffled", rng=3, **path),
        "sparse path": lambda: lassocore.fit_path(sparse, y, **path),
        "weighted path with bounds": lambda: lassocore.fit_path(
            X, y, sample_weight=np.arange(1.0, N + 1), bounds=(-0.5, 1.0), l1_ratio=0.7, **path),
        "relaxed path": lambda: lassocore.fit_path(X, y, relax=0.3, **path),
        "history": lambda: lassocore.fit_path(X, y, history=True, **path),
        "prepared": lambda: lassocore.fit_path(prepared, y, **path),
        "solver": lambda: solver.solve(y, 0.05),
        "many targets": lambda: lassocore.fit_many(X, Y, **path),
        "Gram matrix": lambda: lassocore.fit_gram_path(
            *products, sq_target=float(y @ y), n_samples=N, alphas=[0.5, 0.1]),
        "constrained": lambda: lassocore.fit_constrained(X, y, [0.2, 0.7]),
        "groups": lambda: lassocore.fit_path(X, y, groups=GROUPS, feature_l1_ratio=0.3, **path),
        "tasks": lambda: lassocore.fit_multi_task_path(X, Y, **path),
        "Lasso": lambda: lassocore.Lasso(0.05).fit(X, y),
        "LassoCV": lambda: lassocore.LassoCV(alphas=8, cv=3).fit(X, y),
        "ElasticNetCV, sparse": lambda: lassocore.ElasticNetCV(l1_ratio=[0.5, 1.0], alphas=5, cv=2).fit(sparse, y),
        "LassoIC": lambda: lassocore.LassoIC(alphas=8).fit(X, y),
        "AdaptiveLasso": lambda: lassocore.AdaptiveLasso(alphas=5, cv=2).fit(X, y),
        "MultiTaskElasticNetCV": lambda: lassocore.MultiTaskElasticNetCV(alphas=5, cv=2).fit(X, Y),
        "GroupLassoCV": lambda: lassocore.GroupLassoCV(groups=GROUPS, alphas=5, cv=2).fit(X, y),
        "stability selection": lambda: selection.StabilitySelection(n_subsamples=4, random_state=0).fit(X, y),
    }


def save_and_load(X, y) -> None:
    """A model file, written and read."""
    with tempfile.TemporaryDirectory() as folder:
        lassocore.Lasso(0.05).fit(X, y).save(Path(folder) / "model.json", X, y)
        lassocore.load(Path(folder) / "model.json").predict(X)
