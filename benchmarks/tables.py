# Lives here: the tables of docs/performance.md that anybody can measure again. Independent of: asv.
"""Markdown tables: times to an equal measured gap, of tiny fits, further alphas and predictions; one thread, in turn.

    python tables.py                    # all tables, about ten minutes
    python tables.py path single        # some of: path, single, tiny, alphas, predict
"""
import sys
import time
from functools import partial

import numpy as np
from benchmarks.problems import PROBLEMS, Problem, make_problem
from benchmarks.solvers import calibrate, fit
from threadpoolctl import threadpool_limits

SOLVERS = ["lassocore", "sklearn", "celer", "skglm"]
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


def race(task: str) -> None:
    """A table of the problems: lassocore, the best peer, their ratio; the geometric mean below it."""
    print("| problem | shape | lassocore | best peer | ratio |\n|---|---|---|---|---|")
    ratios = []
    for name in PROBLEMS:
        problem = make_problem(name)
        alphas = problem.alphas(task)
        found = {solver: calibrate(problem, alphas, solver) for solver in SOLVERS}
        times = shortest_in_turn({solver: partial(fit, solver, problem, alphas, tolerance[0])
                                  for solver, tolerance in found.items() if tolerance is not None})
        own = times.pop("lassocore")
        peer = min(times, key=times.__getitem__)
        ratios.append(times[peer] / own)
        shape = " x ".join(map(str, problem.X.shape))
        print(f"| {name} | {shape} | {own:.3g} ms | {peer}, {times[peer]:.3g} ms | {ratios[-1]:.1f} |", flush=True)
    print(f"\nGeometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.2f}, smallest {min(ratios):.2f}.\n")


def tiny() -> None:
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
    print("| fit of 100 x 20 | time |\n|---|---|")
    for name, milliseconds in times.items():
        print(f"| {name} | {milliseconds:.3f} ms |")
    print()


def further_alphas() -> None:
    """What another alpha costs on a finer grid between the same ends."""
    from lassocore import fit_path

    def path(problem: Problem, n_alphas: int):
        smallest = problem.alphas("path")[-1]
        alphas = np.geomspace(problem.alpha_max, smallest, n_alphas)
        return lambda: fit_path(problem.X, problem.y, alphas=alphas, fit_intercept=problem.fit_intercept)

    print("| problem | " + " | ".join(f"{n} alphas" for n in MANY) + " | each further alpha |\n"
          + "|---" * (len(MANY) + 2) + "|")
    for name in ("tiny", "diabetes", "wide", "tall", "sparse_wide"):
        problem = make_problem(name)
        times = list(shortest_in_turn({n: path(problem, n) for n in MANY}, 3).values())
        further = 1e3 * (times[-1] - times[0]) / (MANY[-1] - MANY[0])
        print(f"| {name} | " + " | ".join(f"{t:.3g} ms" for t in times) + f" | {further:.2g} µs |", flush=True)
    print()


def predictions() -> None:
    """A model of 50 features, 10 of them active: one row, and a million rows in each storage."""
    from functools import reduce

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
            "sparse CSR, 5 %": sparse, "sparse CSC, 5 %": sparse.tocsc()}
    print("| prediction | `model.predictor()` | scikit-learn's `predict` |\n|---|---|---|")
    for name, row in rows.items():
        calls = {"own": lambda row=row: reduce(lambda _, __: predictor(row), range(1000), None)}
        if np.ndim(row) == 2:
            calls["peer"] = lambda row=row: reduce(lambda _, __: peer.predict(row), range(1000), None)
        times = shortest_in_turn(calls, 20)
        peers = f"{times['peer']:.3g} µs" if "peer" in times else ""
        print(f"| one row, {name} | {times['own']:.2g} µs | {peers} |")
    for name, data in many.items():
        times = shortest_in_turn({"own": partial(predictor, data), "peer": partial(peer.predict, data)}, 8)
        print(f"| a million rows, {name} | {times['own']:.3g} ms | {times['peer']:.3g} ms |", flush=True)
    print()


TABLES = {"path": lambda: race("path"), "single": lambda: race("single"), "tiny": tiny, "alphas": further_alphas,
          "predict": predictions}


def main() -> None:
    """Print the tables named, or all."""
    with threadpool_limits(1):
        for name in sys.argv[1:] or TABLES:
            print(f"### {name}\n")
            TABLES[name]()


if __name__ == "__main__":
    main()
