# Lives here: measurements of fits on generated data and of predictions. Independent of: how they are shown.
"""Each function returns the rows of a part of measured.json; folder is not used."""
from functools import partial, reduce

import numpy as np
from benchmarks.bench_predict import CALLS, ONE_ROW, PREDICTORS, STORAGES, make_row, make_rows
from benchmarks.problems import PROBLEMS, Problem, make_problem
from benchmarks.race import GAP, Race, Unfit
from benchmarks.solvers import LASSO
from floor import GRAM_COLUMNS, GRAM_ROWS, bandwidth, gram_rate
from measure import shortest_in_turn

SOLVERS = ["lassocore", "sklearn", "celer", "skglm"]
MANY = [100, 1_000, 3_000]              # alphas
ON_FINE_GRIDS = ["tiny", "diabetes", "wide", "tall", "sparse_wide"]
N_ROWS = 1_000_000                      # of predictions


def floors(folder=None) -> list[dict]:
    """The rates of this machine."""
    return [{"what": "memory, sum over 256 MB", "per_second": bandwidth(), "unit": "B"},
            {"what": f"Gram matrix of {GRAM_ROWS:,} x {GRAM_COLUMNS}, BLAS", "per_second": gram_rate(),
             "unit": "multiply-adds"}]


def calibrated(race: Race, problem: Problem, alphas, solvers: list[str], target: float = GAP) -> dict:
    """For each solver that reaches the gap: its tolerance, the gap there, and its shortest time, in turn."""
    found = {}
    for solver in solvers:
        try:
            found[solver] = race.calibrate(solver, problem, alphas, target)
        except Unfit as reason:
            print(reason, flush=True)
    times = shortest_in_turn({
        solver: partial(race.fit, solver, problem, alphas, tol) for solver, (tol, _) in found.items()})
    return {solver: {"ms": times[solver], "tol": tol, "gap": gap} for solver, (tol, gap) in found.items()}


def _race(task: str) -> list[dict]:
    rows = []
    for name in PROBLEMS:
        problem = make_problem(name)
        rows.append({"problem": name, "shape": list(problem.X.shape),
                     "solvers": calibrated(LASSO, problem, problem.alphas(task), SOLVERS)})
    return rows


def paths(folder=None) -> list[dict]:
    """For each problem, solver: milliseconds, the tolerance used and the gap measured at it."""
    return _race("path")


def singles(folder=None) -> list[dict]:
    """The same for one alpha."""
    return _race("single")


def tiny(folder=None) -> list[dict]:
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


def further_alphas(folder=None) -> list[dict]:
    """What another alpha costs on a finer grid between the same ends."""
    from lassocore import fit_path

    def path(problem: Problem, n_alphas: int):
        smallest = problem.alphas("path")[-1]
        alphas = np.geomspace(problem.alpha_max, smallest, n_alphas)
        return lambda: fit_path(problem.X, problem.y, alphas=alphas, fit_intercept=problem.fit_intercept)

    rows = []
    for name in ON_FINE_GRIDS:
        problem = make_problem(name)
        times = shortest_in_turn({n: path(problem, n) for n in MANY}, 3)
        rows.append({"problem": name, "shape": list(problem.X.shape), "ms": times})
    return rows


def predictions(folder=None) -> list[dict]:
    """One row, and a million rows in each storage; microseconds."""
    predict = {"own": PREDICTORS["lassocore"](), "peer": PREDICTORS["sklearn"]()}

    def repeated(who, row):
        return lambda: reduce(lambda _, __: predict[who](row), range(CALLS), None)

    found = []
    for form in ONE_ROW:
        row = make_row(form)
        calls = {who: repeated(who, row) for who in (predict if np.ndim(row) == 2 else ["own"])}
        name = {"array of 1 x 50": "as an array of 1 x 50"}.get(form, f"as a {form}")
        found.append({"what": f"one row, {name}", **shortest_in_turn(calls, 20)})   # ms of a thousand, so microseconds
    for storage in STORAGES:
        X = make_rows(storage, N_ROWS)
        times = shortest_in_turn({who: partial(call, X) for who, call in predict.items()}, 8)
        found.append({"what": f"a million rows, {storage}", **{who: 1e3 * ms for who, ms in times.items()}})
    return found
