# Lives here: Ctrl-C in the middle of a fit. Independent of: how the core looks for signals.
"""A signal ends a fit that would run for days, and the process goes on working."""
import signal
import subprocess
import sys
import time

import pytest

HOPELESS = """
import signal
import sys
import numpy as np
import scipy.sparse as sp
from lassocore import (
    AdaptiveLasso, GroupLassoCV, Lasso, LassoCV, LassoSolver, fit_constrained, fit_many, fit_multi_task_path, fit_path)
from lassocore.selection import StabilitySelection

rng = np.random.default_rng(0)
X = np.asfortranarray(rng.standard_normal((400, 600)) + 3 * rng.standard_normal((400, 1)))
y = rng.standard_normal(400)
hopeless = {"tol": 0.0, "max_iter": 10**15, "selection": "random"}          # drawn at random, it never ends by itself
many = np.linspace(1, 1e-3, 10**6)
fits = {
    "dense": lambda: fit_path(X, y, alphas=[1e-5], **hopeless),
    "sparse": lambda: fit_path(sp.csc_array(np.where(X > 3, X, 0)), y, alphas=[1e-5], **hopeless),
    "gram": lambda: Lasso(1e-5, precompute=True, random_state=0, **hopeless).fit(X, y),
    "small": lambda: fit_path(X[:5, :3], y[:5], alphas=[1e-5], **hopeless),
    "bounds on unpenalised columns": lambda: [fit_path(
        X, y, alphas=10_000, tol=1e-15, bounds=(-1, 1), penalty_factor=np.arange(600) % 2) for _ in range(10**6)],
    "path": lambda: fit_path(X, y, alphas=many, tol=1e-14),
    "unpenalised block": lambda: [fit_path(    # factors of seconds each, over and over
        rng.standard_normal((2500, 1500)), rng.standard_normal(2500), alphas=2,
        penalty_factor=np.arange(1500) > 1490) for _ in range(10**6)],
    "ridge": lambda: AdaptiveLasso(alpha=1.0, cv=2).fit(rng.standard_normal((2500, 3000)), rng.standard_normal(2500)),
    "tasks on a Gram matrix": lambda: fit_multi_task_path(X, np.outer(y, [1, 2]) + X[:, :2], alphas=[1e-5], **hopeless),
    "tasks": lambda: fit_multi_task_path(
        sp.csc_array(X + 1e4), np.outer(y, [1, 2]) + X[:, :2], alphas=[1e-5], **hopeless),
    "groups": lambda: fit_path(X, y, alphas=[1e-5], groups=np.arange(600) // 3, **hopeless),
    "path of groups": lambda: fit_path(X, y, alphas=many, tol=1e-14, groups=np.arange(600) // 3),
    "many targets": lambda: fit_many(X, np.tile(y[:, None], 10**4), alphas=100, tol=1e-12, n_threads=2),
    "constrained": lambda: fit_constrained(X, y, np.linspace(0.001, 3.0, 10**5)),
    "solver": lambda: [solver.solve(y, 1e-4) for solver in [LassoSolver(X[:, :200])] for _ in range(10**7)],
    "folds": lambda: LassoCV(alphas=many, cv=5, tol=1e-14).fit(X, y),
    "folds in threads": lambda: LassoCV(alphas=many, cv=5, tol=1e-14, n_jobs=2).fit(X, y),
    "folds of groups": lambda: GroupLassoCV(groups=np.arange(600) // 3, alphas=many, tol=1e-14).fit(X, y),
    "stability selection": lambda: StabilitySelection(n_subsamples=10**6).fit(X, y),
    "path of tasks": lambda: fit_multi_task_path(X, np.outer(y, [1, 2]) + X[:, :2], alphas=many, tol=1e-14),
}
signal.signal(signal.SIGINT, signal.default_int_handler)    # a shell may start jobs that ignore it
print("ready", flush=True)
try:
    fits[sys.argv[1]]()
except KeyboardInterrupt:
    path = fit_path(X, y, alphas=10, eps=0.5)
    assert path.converged.all() and path.n_nonzero[-1] > 0
    print("interrupted, and fitted again", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals reach a Windows process in another way")
@pytest.mark.parametrize("name", ["dense", "sparse", "gram", "small", "bounds on unpenalised columns", "path",
                                  "unpenalised block", "ridge", "tasks on a Gram matrix", "tasks", "path of tasks",
                                  "groups", "path of groups", "many targets", "constrained", "solver", "folds",
                                  "folds in threads", "folds of groups", "stability selection"])
def test_interrupt(name):
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOPELESS, name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        assert process.poll() is None, "the fit ended before the signal"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert out == "interrupted, and fitted again\n" and process.returncode == 0, err
