# Lives here: the measurements of docs/performance.md that anybody can repeat. Independent of: asv, how they are shown.
"""Times to an equal measured gap, of tiny fits, further alphas and predictions; one thread, in turn.

    python tables.py                    # all, about ten minutes
    python tables.py path single        # some of: path, single, tiny, alphas, predict
    python tables.py --keep             # and keep them in measured.json, from which report.py makes tables and plots
"""
import argparse
import json
import platform
import time
from datetime import date
from functools import partial, reduce
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from benchmarks.problems import PROBLEMS, Problem, make_problem
from benchmarks.solvers import calibrate, fit
from report import TABLES as SHOWN
from threadpoolctl import threadpool_limits

SOLVERS = ["lassocore", "sklearn", "celer", "skglm"]
PACKAGES = ["lassocore", "numpy", "scipy", "scikit-learn", "celer", "skglm"]
KEPT = Path(__file__).with_name("measured.json")
ROUNDS = 5
SLOW = 1e3                              # milliseconds from which a call is not repeated
MANY = [100, 1_000, 3_000]              # alphas


def shortest_in_turn(calls: dict, rounds: int = ROUNDS) -> dict:
    """The shortest time of each call in milliseconds, the calls taking turns; slow ones are made once."""
    times: dict = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            if times[name] and times[name][0] > SLOW:
                continue
            start = time.perf_counter()
            call()
            times[name].append(1e3 * (time.perf_counter() - start))
    return {name: min(values) for name, values in times.items()}


def race(task: str) -> list[dict]:
    """For each problem, solver: milliseconds, the tolerance used and the gap measured at it."""
    rows = []
    for name in PROBLEMS:
        problem = make_problem(name)
        alphas = problem.alphas(task)
        found = {solver: calibrate(problem, alphas, solver) for solver in SOLVERS}
        found = {solver: accepted for solver, accepted in found.items() if accepted is not None}
        times = shortest_in_turn({
            solver: partial(fit, solver, problem, alphas, tol) for solver, (tol, _) in found.items()})
        rows.append({"problem": name, "shape": list(problem.X.shape), "solvers": {
            solver: {"ms": times[solver], "tol": tol, "gap": gap} for solver, (tol, gap) in found.items()}})
    return rows


def tiny() -> list[dict]:
    """Fits of 100 x 20, where Python is most of the time."""
    from sklearn.linear_model import Lasso as Peer

    from lassocore import Lasso, fit_path

    problem = make_problem("tiny")
    X, y, alpha = problem.X, problem.y, 0.1 * problem.alpha_max
    times = shortest_in_turn({
        "`fit_path(X, y)`, 100 alphas": lambda: fit_path(X, y),
        "`fit_path(X, y, alphas=[a])`": lambda: fit_path(X, y, alphas=[alpha]),
        "`Lasso(a).fit(X, y)`": lambda: Lasso(alpha).fit(X, y),
        "scikit-learn's `Lasso(a).fit(X, y)`": lambda: Peer(alpha).fit(X, y),
    }, 300)
    return [{"fit": name, "ms": milliseconds} for name, milliseconds in times.items()]


def further_alphas() -> list[dict]:
    """What another alpha costs on a finer grid between the same ends."""
    from lassocore import fit_path

    def path(problem: Problem, n_alphas: int):
        smallest = problem.alphas("path")[-1]
        alphas = np.geomspace(problem.alpha_max, smallest, n_alphas)
        return lambda: fit_path(problem.X, problem.y, alphas=alphas, fit_intercept=problem.fit_intercept)

    rows = []
    for name in ("tiny", "diabetes", "wide", "tall", "sparse_wide"):
        problem = make_problem(name)
        times = shortest_in_turn({n: path(problem, n) for n in MANY}, 3)
        rows.append({"problem": name, "shape": list(problem.X.shape), "ms": times})
    return rows


def predictions() -> list[dict]:
    """A model of 50 features, 10 of them active: one row, and a million rows in each storage; microseconds."""
    import scipy.sparse as sp
    from sklearn.linear_model import Lasso as Peer

    from lassocore.models import Predictor

    rng = np.random.default_rng(0)
    coef = np.zeros(50)
    coef[rng.choice(50, 10, replace=False)] = rng.standard_normal(10)
    peer, predictor = Peer(), Predictor(coef, 0.5, tuple(f"x{j}" for j in range(50)))
    peer.coef_, peer.intercept_, peer.n_features_in_ = coef, 0.5, 50
    X = rng.standard_normal((1_000_000, 50))
    sparse = sp.csr_array(np.where(rng.random(X.shape) < 0.05, X, 0.0))
    rows = {"as a vector": X[0], "as a dict": dict(zip(predictor.feature_names, X[0].tolist(), strict=True)),
            "as an array of 1 x 50": X[:1]}
    many = {"contiguous rows": X, "contiguous columns": np.asfortranarray(X), "float32": X.astype(np.float32),
            "CSR with 5 %": sparse, "CSC with 5 %": sparse.tocsc()}
    found = []
    for name, row in rows.items():
        calls = {"own": lambda row=row: reduce(lambda _, __: predictor(row), range(1000), None)}
        if np.ndim(row) == 2:
            calls["peer"] = lambda row=row: reduce(lambda _, __: peer.predict(row), range(1000), None)
        found.append({"what": f"one row, {name}", **shortest_in_turn(calls, 20)})
    for name, data in many.items():
        times = shortest_in_turn({"own": partial(predictor, data), "peer": partial(peer.predict, data)}, 8)
        found.append({"what": f"a million rows, {name}", **{who: 1e3 * ms for who, ms in times.items()}})
    return found


MEASURED = {"path": lambda: race("path"), "single": lambda: race("single"), "tiny": tiny, "alphas": further_alphas,
            "predict": predictions}


def environment() -> dict:
    """The machine and the versions of the packages that are installed."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {"date": date.today().isoformat(), "processor": processor(), "versions": versions}


def processor() -> str:
    """The name of the processor, where the system tells it."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
             ] if info.exists() else []
    return names[0] if names else platform.processor()


def main() -> None:
    """Measure what is named, or all; print the tables, and keep the measurements if that is wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURED))
    parser.add_argument("--keep", action="store_true", help=f"write them to {KEPT.name}")
    given = parser.parse_args()
    for name in given.names:
        if name not in MEASURED:
            parser.error(f"{name!r} is none of {', '.join(MEASURED)}")
    with threadpool_limits(1):
        for name in given.names or MEASURED:
            # as a file holds them: keys are words
            measured = json.loads(json.dumps({"environment": environment(), "rows": MEASURED[name]()}))
            print(f"### {name}\n\n{SHOWN[name](measured['rows'])}\n", flush=True)
            if given.keep:
                kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
                KEPT.write_text(json.dumps({**kept, name: measured}, indent=1) + "\n")


if __name__ == "__main__":
    main()
