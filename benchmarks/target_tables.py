# Lives here: measurements of several tasks and of many targets. Independent of: how they are shown.
"""Each function returns the rows of a part of measured.json; folder is not used."""
import warnings
from collections.abc import Callable
from functools import partial
from unittest.mock import patch

import numpy as np
from benchmarks.block_solvers import MULTI_TASK
from benchmarks.problems import Problem
from fit_tables import calibrated
from measure import shortest_in_turn

# samples, features, tasks, correlation of all columns, alphas, the least over alpha_max
TASKS = [(50, 20, 3, 0.0, 1, 0.1), (50, 20, 3, 0.0, 1, 0.01), (60, 30, 3, 0.0, 1, 0.1), (100, 50, 2, 0.0, 1, 0.05),
         (300, 40, 10, 0.0, 1, 0.1), (2_000, 50, 3, 0.0, 1, 0.05), (200, 500, 5, 0.0, 1, 0.1),
         (200, 500, 5, 0.0, 1, 0.01), (200, 500, 5, 0.5, 1, 0.05), (1_000, 100, 5, 0.0, 1, 0.01),
         (100, 2_000, 5, 0.0, 1, 0.1), (50, 20, 3, 0.0, 100, 0.01), (500, 50, 4, 0.0, 100, 0.01),
         (200, 500, 5, 0.0, 50, 0.01)]
TASK_GAPS = {"to a gap of 1e-4": 1e-4, "1e-6": 1e-6}        # in units of P(0)
SIGNALS = 20                    # features of relevance
N_TARGETS = 2_000               # of the dictionary


def make_tasks(n_samples: int, n_features: int, n_tasks: int, correlation: float) -> Problem:
    """Normal columns with one correlation between all of them; the same 20 features are relevant in all tasks."""
    rng = np.random.default_rng(n_samples + n_features)
    X = rng.standard_normal((n_samples, n_features))
    if correlation:
        X = np.sqrt(1.0 - correlation) * X + np.sqrt(correlation) * rng.standard_normal((n_samples, 1))
    W = np.zeros((n_features, n_tasks))
    n_relevant = min(SIGNALS, n_features)
    W[rng.choice(n_features, n_relevant, replace=False)] = rng.standard_normal((n_relevant, n_tasks))
    Y = np.asfortranarray(X @ W + rng.standard_normal((n_samples, n_tasks)))
    alpha_max = np.linalg.norm((X - X.mean(axis=0)).T @ (Y - Y.mean(axis=0)), axis=1).max() / n_samples
    return Problem(np.asfortranarray(X), Y, True, float(alpha_max))


def tasks(folder=None) -> list[dict]:
    """scikit-learn's time over lassocore's, for several tasks: each at its loosest tolerance that does, in turn."""
    rows = []
    for n_samples, n_features, n_tasks, correlation, n_alphas, smallest in TASKS:
        problem = make_tasks(n_samples, n_features, n_tasks, correlation)
        alphas = problem.alpha_max * smallest ** (np.arange(1, n_alphas + 1) / n_alphas)
        ratios = {}
        for name, gap in TASK_GAPS.items():
            found = calibrated(MULTI_TASK, problem, alphas, ["lassocore", "sklearn"], gap)
            ratios[name] = found["sklearn"]["ms"] / found["lassocore"]["ms"] if "sklearn" in found else None
        coefs, _ = MULTI_TASK.fit("lassocore", problem, alphas, found["lassocore"]["tol"])
        rows.append({"shape": [n_samples, n_features], "tasks": n_tasks, "correlation": correlation,
                     "alphas": n_alphas, "smallest": smallest,
                     "nonzeros": int(np.any(coefs[:, :, -1], axis=1).sum()), "ratios": ratios, "solvers": found})
    return rows


def dictionary_targets(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """A 64 x 256 dictionary of unit columns, and signals of five of them with a little noise, or noise alone."""
    rng = np.random.default_rng(5)
    D = rng.standard_normal((64, 256))
    D = np.asfortranarray(D / np.linalg.norm(D, axis=0))
    Y = rng.standard_normal((64, N_TARGETS))
    if kind == "five columns":
        Y *= 0.02
        for k in range(N_TARGETS):
            Y[:, k] += D[:, rng.choice(256, 5, replace=False)] @ rng.standard_normal(5)
    return D, np.asfortranarray(Y / np.abs(D.T @ Y).max(axis=0) * len(D))       # alpha_max is 1 for each


def targets(folder=None) -> list[dict]:
    """Times over that of fit_many: one alpha, equal tol, processor time."""
    from sklearn.decomposition import sparse_encode
    from sklearn.linear_model import Lasso

    from lassocore import fit_many, fit_path

    rows = []
    for kind, smallest in [("five columns", 0.5), ("five columns", 0.1), ("noise", 0.3), ("noise", 0.1)]:
        D, Y = dictionary_targets(kind)
        options = {"alphas": [smallest], "fit_intercept": False}
        peer = Lasso(smallest, fit_intercept=False, max_iter=10_000)
        coder = partial(sparse_encode, np.ascontiguousarray(Y.T), np.ascontiguousarray(D.T), algorithm="lasso_cd",
                        alpha=smallest * len(D), max_iter=10_000)
        calls = {"fit_many": lambda D=D, Y=Y, options=options: fit_many(D, Y, **options),
                 "loop": lambda D=D, Y=Y, options=options: [fit_path(D, y, **options) for y in Y.T],
                 "sparse_encode": coder, "sklearn": lambda D=D, Y=Y, peer=peer: peer.fit(D, Y),
                 "sklearn_loop": lambda D=D, Y=Y, peer=peer: [peer.fit(D, y) for y in Y.T]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = shortest_in_turn(calls, 3)
        own = found.pop("fit_many")
        rows.append({"targets": kind, "smallest": smallest, "ms": own,
                     "nonzeros": float(fit_many(D, Y, **options).n_nonzero.mean()),
                     "ratios": {name: ms / own for name, ms in found.items()}})
    return rows


def wide_targets(shape: tuple[int, int], density: float | None, order: str) -> tuple:
    """X, and 16 targets of 20 columns each and as much noise."""
    from scipy import sparse

    rng = np.random.default_rng(6)
    if density is not None:
        X = sparse.csc_array(sparse.random(*shape, density, format="csc", random_state=rng))
    else:
        X = np.asarray(rng.standard_normal(shape), order=order)
    signals = np.column_stack([X[:, rng.choice(shape[1], 20, replace=False)] @ rng.standard_normal(20)
                               for _ in range(16)])
    return X, np.asfortranarray(signals + signals.std(axis=0) * rng.standard_normal(signals.shape))


def scans_are_shared(many: Callable) -> bool:
    """Whether any target of that call is solved together with others."""
    from lassocore.solvers import cost_model, driver

    answers: list[bool] = []
    with patch.object(driver, "target_gains", lambda *given: answers.append(cost_model.target_gains(*given))
                      or answers[-1]):
        many()
    return any(answers)


def shared_targets(folder=None) -> list[dict]:
    """A loop over fit_path beside fit_many, and what scans side by side save of that; processor time."""
    from lassocore import alpha_max, fit_many, fit_path
    from lassocore.solvers import driver

    rows = []
    for X_name, shape, density, order, grids in WIDE:
        X, Y = wide_targets(shape, density, order)
        tops = np.array([alpha_max(X, y) for y in Y.T])
        for n_alphas, smallest in grids:
            alphas = tops[:, None] * np.geomspace(1.0 if n_alphas > 1 else smallest, smallest, n_alphas)
            many = partial(fit_many, X, Y, alphas=alphas)

            def alone(many=many):
                with patch.object(driver, "target_gains", lambda *_: False):
                    many()

            def loop(X=X, Y=Y, alphas=alphas):
                for y, grid in zip(Y.T, alphas, strict=True):
                    fit_path(X, y, alphas=grid)

            found = shortest_in_turn({"many": many, "alone": alone, "loop": loop}, 3)
            rows.append({"X": X_name, "alphas": n_alphas, "smallest": smallest, "ms": found["many"],
                         "loop": found["loop"] / found["many"],
                         "saved": 1.0 - found["many"] / found["alone"] if scans_are_shared(many) else None})
    return rows


WIDE = [("200 x 10,000, contiguous columns", (200, 10_000), None, "F", [(1, 0.3), (1, 0.1), (20, 0.1)]),
        ("200 x 10,000, contiguous rows", (200, 10_000), None, "C", [(1, 0.1)]),
        ("1,000 x 20,000 (160 MB)", (1_000, 20_000), None, "F", [(1, 0.3), (1, 0.1), (20, 0.1)]),
        ("11,000 x 19,000, 1 % dense", (11_000, 19_000), 0.01, "F", [(1, 0.3), (1, 0.1)])]
