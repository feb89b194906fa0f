# Lives here: what stability selection costs, and how many false selections it makes. Independent of: asv.
"""Stability selection against the same loop over scikit-learn's lasso_path, and against its own bounds.

    OPENBLAS_NUM_THREADS=1 python selection.py speed            # a minute
    OPENBLAS_NUM_THREADS=1 python selection.py errors           # 100 runs of each design, about ten minutes
    OPENBLAS_NUM_THREADS=1 python selection.py errors 20 1.0    # 20 runs, and one false selection allowed

speed: 100 subsamples of 200 x 5,000. The loop copies the rows of each subsample, centres them and calls lasso_path down
to the alpha at which lassocore's path of that subsample ends, at the loosest tolerance at which the one judge
(benchmarks/judge.py) finds gaps as small as it allows lassocore. Beside it: the loop over the whole grid, as a caller
who cannot end a path early has it.

errors: the number of noise features selected in each run, their mean, and in how many runs it is within the bound. The
bounds are on the mean; 2.5 are allowed, as in the examples of Meinshausen and Buehlmann (2010).
"""
import sys
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from benchmarks.judge import largest_gap
from benchmarks.problems import Problem
from shown import TABLES
from sklearn.linear_model import lasso_path
from threadpoolctl import threadpool_limits

from lassocore import fit_path
from lassocore.selection import StabilitySelection
from lassocore.selection.subsamples import draw_subsamples

N_SUBSAMPLES, ROUNDS, N_CALIBRATED = 100, 3, 5
TOL = 1e-4                              # of lassocore, in units of 2 P(0)
TOLERANCES = [1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6]
N_TRUE = 10


def generated(n_samples: int, n_features: int, design: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """N_TRUE features of equal strength at random columns first, noise features after them; R2 about 0.7.

    "independent" columns; "exchangeable": noise features that share a factor, equally correlated 0.5; "toeplitz":
    neighbours are correlated 0.6, and the true features are spread over all columns, moved to the front afterwards.
    """
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features))
    true = np.arange(N_TRUE)
    if design == "exchangeable":
        X[:, N_TRUE:] = np.sqrt(0.5) * (X[:, N_TRUE:] + rng.standard_normal((n_samples, 1)))
    if design == "toeplitz":
        for j in range(1, n_features):
            X[:, j] = 0.6 * X[:, j - 1] + 0.8 * X[:, j]
        true = rng.permutation(np.arange(5, n_features, 10))[:N_TRUE]
    signs = rng.choice([-1.0, 1.0], N_TRUE)
    signal = X[:, true] @ signs
    y = signal + np.sqrt(0.3 / 0.7) * signal.std() * rng.standard_normal(n_samples)
    rest = np.setdiff1d(np.arange(n_features), true)
    return np.asfortranarray(X[:, np.concatenate([true, rest])]), y


def loop(X: np.ndarray, y: np.ndarray, subsamples: list, grids: list[np.ndarray], tol: float) -> None:
    """The same paths by scikit-learn."""
    for subsample, grid in zip(subsamples, grids, strict=True):
        part, target = np.asfortranarray(X[subsample.rows]), y[subsample.rows]
        part -= part.mean(axis=0)
        lasso_path(part, target - target.mean(), alphas=grid, tol=tol, precompute=False, copy_X=False)


def judged(X: np.ndarray, y: np.ndarray, rows: np.ndarray, grid: np.ndarray, tol: float, by: str) -> float:
    """The largest gap of a subsample's path, in units of P(0)."""
    part, target = X[rows], y[rows]
    problem = Problem(part, target, True, float(grid[0]))
    if by == "lassocore":
        path = fit_path(part, target, alphas=grid, tol=tol)
        return largest_gap(problem, grid, path.coefs, path.intercepts)
    means = part.mean(axis=0)
    _, coefs, _ = lasso_path(part - means, target - target.mean(), alphas=grid, tol=tol, precompute=False)
    return largest_gap(problem, grid, coefs, target.mean() - means @ coefs)


def shortest(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The shortest processor time in seconds: one thread, on machines that are not quiet."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def speed() -> list[dict]:
    """The times of both, printed, and their ratios."""
    X, y = generated(200, 5_000, "independent", 0)
    selector = StabilitySelection(standardize=False, tol=TOL, random_state=0)
    selector.fit(X, y)
    subsamples = draw_subsamples(np.random.RandomState(0), np.arange(len(y)), N_SUBSAMPLES, True)
    entered = [fit_path(X[s.rows], y[s.rows], alphas=selector.alphas_, tol=TOL, max_active=selector.max_features_ - 1)
               for s in subsamples]
    grids = [path.alphas for path in entered]
    checked = list(zip(subsamples, grids, strict=True))[:N_CALIBRATED]
    ours = max(judged(X, y, s.rows, grid, TOL, "lassocore") for s, grid in checked)
    theirs = next(tol for tol in TOLERANCES if max(
        judged(X, y, s.rows, grid, tol, "sklearn") for s, grid in checked) <= 2.0 * TOL)
    gap = max(judged(X, y, s.rows, grid, theirs, "sklearn") for s, grid in checked)
    seconds = shortest(lambda: selector.fit(X, y))
    same = shortest(lambda: loop(X, y, subsamples, grids, theirs))
    grid = StabilitySelection(standardize=False, alphas=200, n_subsamples=2).fit(X, y).alphas_
    whole = shortest(lambda: loop(X, y, subsamples[:10], [grid] * 10, theirs), 1) * N_SUBSAMPLES / 10
    print(f"{X.shape[0]} x {X.shape[1]}, {N_SUBSAMPLES} subsamples, {selector.max_features_} features each, "
          f"{np.mean([len(grid) for grid in grids]):.0f} of {len(selector.alphas_)} alphas on average")
    print(f"largest gap over P(0), allowed {2.0 * TOL:.0e}: lassocore {ours:.1e}, lasso_path {gap:.1e} "
          f"(tol={theirs:g})")
    print(f"StabilitySelection.fit {seconds:.2f} s; loop over lasso_path, same alphas {same:.2f} s: "
          f"{same / seconds:.1f} times as long; all {len(grid)} alphas {whole:.1f} s: {whole / seconds:.0f} times")
    return [{"X": f"{X.shape[0]} x {X.shape[1]:,}", "subsamples": N_SUBSAMPLES, "features": int(selector.max_features_),
             "ratios": {"the same alphas": same / seconds, f"all {len(grid)} alphas": whole / seconds},
             "gaps": {"lassocore": ours, "lasso_path": gap}}]


def errors(n_runs: int = 100, max_false: float = 2.5) -> Iterator[dict]:
    """False and true selections of every design and bound."""
    for design in ("independent", "exchangeable", "toeplitz"):
        for n_features in (500, 1_000):
            for bound in ("meinshausen_buhlmann", "unimodal", "r_concave"):
                false, true, allowed = [], [], 0.0
                for run in range(n_runs):
                    X, y = generated(200, n_features, design, run)
                    selector = StabilitySelection(max_false_selections=max_false, bound=bound, random_state=run)
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        selector.fit(X, y)
                    support, allowed = selector.get_support(), selector.max_false_selections_
                    false.append(int(support[N_TRUE:].sum()))
                    true.append(int(support[:N_TRUE].sum()))
                yield {"design": design, "p": n_features, "bound": bound, "allowed": float(allowed),
                       "false": float(np.mean(false)), "most": max(false),
                       "within": float(np.mean(np.array(false) <= allowed)), "true": float(np.mean(true))}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        if sys.argv[1:2] == ["errors"]:
            print(TABLES["selections"](list(errors(*(
                kind(text) for kind, text in zip((int, float), sys.argv[2:], strict=False))))))
        else:
            speed()
