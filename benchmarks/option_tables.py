# Lives here: what options, threads, folds and a signal cost. Independent of: how it is shown.
"""Each function returns the rows of a part of measured.json."""
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from functools import partial
from unittest.mock import patch

import numpy as np
import public_tables
from benchmarks.bench_path import PathVariants
from benchmarks.problems import Problem, make_dense, make_text
from joblib import cpu_count
from measure import shortest_in_turn


def variants(folder=None) -> list[dict]:
    """The range over the problems of PathVariants of the time of a variant over that of the plain one."""
    problems, names = PathVariants.params
    ratios: dict = {}
    for problem in problems:
        prepared = {}
        for variant in names:
            benchmark = PathVariants()
            try:
                benchmark.setup(problem, variant)
            except NotImplementedError:
                continue
            prepared[variant] = benchmark
        for fit in ("path", "single"):
            times = shortest_in_turn({variant: partial(getattr(benchmark, f"time_{fit}"), problem, variant)
                                      for variant, benchmark in prepared.items()})
            for variant in times.keys() - {"plain"}:
                ratios.setdefault((fit, variant), []).append(times[variant] / times["plain"])
    fits = {"path": "path of 100 alphas", "single": "single fit"}
    labels = {"weights": "weights", "intercept": "an intercept", "float32": "float32", "c_order": "C order"}
    return [{"fit": fits[fit], "variant": labels[variant], "least": min(found), "most": max(found)}
            for fit in fits for variant in labels for found in [ratios[fit, variant]]]


LARGE = (2_000, 31_250)                     # 500 MB


def threads(folder=None) -> list[dict]:
    """A path on 500 MB by one thread and by several, as many as there are processors, up to four; wall-clock time."""
    from lassocore import alpha_max, fit_path

    rng = np.random.default_rng(8)
    X = make_dense(rng, *LARGE, np.float64, 0.3)
    w = np.zeros(X.shape[1])
    w[rng.choice(X.shape[1], 100, replace=False)] = rng.standard_normal(100)
    y = X @ w
    y += y.std() * rng.standard_normal(len(y))
    counts = [n for n in (1, 2, 4) if n <= cpu_count()]
    rows = []
    for smallest, what in [(0.1, "29 alphas to 0.1 alpha_max, nearly all of it scans"),
                           (0.02, "29 alphas to 0.02 alpha_max, a third of it steps and epochs")]:
        alphas = alpha_max(X, y) * np.geomspace(1.0, smallest, 29)
        times = shortest_in_turn({n: partial(fit_path, X, y, alphas=alphas, n_threads=n) for n in counts}, 3,
                                 time.perf_counter)
        shape = f"{LARGE[0]:,} x {LARGE[1]:,} ({8e-6 * X.size:.0f} MB)"
        rows.append({"problem": f"generated, {shape}, {what}", "ms": times[1],
                     "ratios": {n: times[1] / times[n] for n in counts if n > 1}})
    return rows


def generated(shape: tuple[int, int], rho: float = 0.0) -> Problem:
    """A dense problem of that shape, or a sparse one for rho None."""
    rng = np.random.default_rng(9)
    X = make_text(rng, *shape, np.float64) if rho is None else make_dense(rng, *shape, np.float64, rho)
    w = np.zeros(shape[1])
    n_relevant = min(50, shape[1] // 2)
    w[rng.choice(min(shape[1], 2_000), n_relevant, replace=False)] = rng.standard_normal(n_relevant)
    signal_ = X @ w
    y = signal_ + signal_.std() * rng.standard_normal(shape[0])
    return Problem(X, y, True, float(np.abs(X.T @ (y - y.mean())).max() / len(y)))


# name, shape, correlation of neighbours or None for sparse
GENERATED = [("generated, uncorrelated", (200, 10_000), 0.0), ("generated, uncorrelated", (1_000, 2_000), 0.0),
             ("generated", (5_000, 50_000), None), ("generated", (50_000, 200), 0.5),
             ("generated, correlated", (10_000, 500), 0.95)]


def cross_validation(folder=None) -> list[dict]:
    """LassoCV of both at tol=1e-4, five folds and 100 alphas."""
    from sklearn.linear_model import LassoCV as Peer

    from lassocore import LassoCV

    def problems():
        for name in ("leukemia", "riboflavin", "gasoline", "reuters_uni", "usps", "communities") if folder else ():
            problem = public_tables.load(folder, name)
            yield public_tables.PUBLIC[name][0], public_tables.shape_text(problem.X), problem
        for name, shape, rho in GENERATED:
            yield name, " x ".join(f"{n:,}" for n in shape) + (", sparse" if rho is None else ""), generated(shape, rho)

    rows = []
    for name, text, problem in problems():
        options = {"cv": 5, "tol": 1e-4, "max_iter": 10_000}        # of both 100 alphas are the default
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            times = shortest_in_turn({
                "lassocore": partial(LassoCV(**options).fit, problem.X, problem.y),
                "sklearn": partial(Peer(**options).fit, problem.X, problem.y)}, 3)
        rows.append({"problem": name, "shape_text": text, "ms": times})
    return rows


FOLDS = [("200 x 20,000 (32 MB)", (200, 20_000), "F", 1.0),
         ("400 x 50,000 (160 MB), contiguous columns", (400, 50_000), "F", 1.0),
         ("400 x 50,000 (160 MB), three values of l1_ratio", (400, 50_000), "F", [0.5, 0.9, 1.0]),
         ("400 x 50,000 (160 MB), contiguous rows", (400, 50_000), "C", 1.0),
         ("1,000 x 20,000 (160 MB)", (1_000, 20_000), "F", 1.0)]


def shared_folds(folder=None) -> list[dict]:
    """What folds of LassoCV save that read X together: the least and the most of three turns."""
    from lassocore import ElasticNetCV
    from lassocore.solvers import cost_model

    rows = []
    for name, shape, order, l1_ratio in FOLDS:
        problem = generated(shape)
        problem = replace(problem, X=np.asarray(problem.X, order=order))
        fit = partial(ElasticNetCV(l1_ratio=l1_ratio, cv=5).fit, problem.X, problem.y)

        def alone(fit=fit):
            with patch.object(cost_model, "LARGE_SIZE_FOR_FOLDS", np.inf):
                fit()

        saved = []
        for _ in range(3):
            times = shortest_in_turn({"together": fit, "alone": alone}, 1)
            saved.append(1.0 - times["together"] / times["alone"])
        rows.append({"X": name, "saved": [min(saved), max(saved)]})
    return rows


# what is fitted, before and after the line that says that it begins
INTERRUPTED = {
    "Gram matrix of 12,000 x 3000": ("X, y = data(12_000, 3_000)", "fit_path(X, y, solver='gram')"),
    "`LassoCV`, 40,000 x 1000": ("X, y = data(40_000, 1_000)", "LassoCV().fit(X, y)"),
    "initial ridge estimate of `AdaptiveLasso`, 3000 x 4000": ("X, y = data(3_000, 4_000)",
                                                               "AdaptiveLasso(alpha=0.1).fit(X, y)"),
    "relaxed fit, 5000 x 4000": ("X, y = data(5_000, 4_000)", "fit_path(X, y, relax=0.0)"),
    "unpenalised block, 100,000 x 430": ("X, y = data(100_000, 430)", "fit_path(X, y, penalty_factor=factors(430))"),
    "unpenalised block, 3680 x 3590": ("X, y = data(3_680, 3_590)", "fit_path(X, y, penalty_factor=factors(3_590))"),
}
PROGRAM = """
import sys, time
import numpy as np
from lassocore import AdaptiveLasso, LassoCV, fit_path
def data(n, p):
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    return X, X[:, :20].sum(axis=1) + rng.standard_normal(n)
def factors(p):
    return np.where(np.arange(p) < p - 5, 0.0, 1.0)
{before}
print("begins", flush=True)
try:
    {fit}
    print("ended", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
DELAYS = (0.2, 0.5, 1.0)                    # seconds after the start of the fit


def interrupts(folder=None) -> list[dict]:
    """Seconds from SIGINT to KeyboardInterrupt, the longest of several."""
    rows = []
    for name, (before, fit) in INTERRUPTED.items():
        waits = []
        for delay in DELAYS:
            process = subprocess.Popen([sys.executable, "-c", PROGRAM.format(before=before, fit=fit)], text=True,
                                       stdout=subprocess.PIPE)
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            start = time.perf_counter()
            if process.stdout.readline() == "interrupted\n":
                waits.append(time.perf_counter() - start)
            process.communicate()
        rows.append({"fit": name, "seconds": [max(waits)] if waits else []})
    return rows
