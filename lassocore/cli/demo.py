# Lives here: two example problems and the race on them. Independent of: printing, files, the core.
"""The demonstration: a path on real and on generated data, timed beside scikit-learn's at an equal tolerance."""
from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lassocore.paths.certificate import duality_gap
from lassocore.paths.fit_path import fit_path
from lassocore.results.path_result import PathResult

TOL = 1e-4
MAX_ITER = 10_000
PEER_TOLS = tuple(10.0 ** (-3 - k / 4) for k in range(29))     # four per decade, including TOL
PEER_BUDGET = 20.0          # seconds for all runs of scikit-learn on one problem,
PEER_RATIO = 400.0          # or this many times the time of the path, if more
MAX_GROWTH = 3.0            # expected ratio of the times at consecutive tolerances, at most
TIMING_SPAN, TIMING_RUNS = 2.0, 5
MIN_TICK = 1e-6             # seconds; a clock may be too coarse for a tiny problem


@dataclass(frozen=True)
class Example:
    """A problem with centred columns and target."""

    title: str
    X: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Race:
    """A path, and scikit-learn's run whose gaps meet the path's tolerance, or do not if `reached` is False.

    Seconds are processor time, which excludes other work on the machine.
    """

    example: Example
    path: PathResult
    seconds: float
    gap: float
    peer_seconds: float
    peer_tol: float
    peer_gap: float
    reached: bool
    budget: float


def examples() -> Iterator[Example]:
    """scikit-learn's diabetes data, and 200 samples of 10,000 random features of which 20 matter."""
    from sklearn.datasets import load_diabetes

    yield centred("diabetes, 442 x 10", *load_diabetes(return_X_y=True))
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 10_000))
    yield centred("generated, 200 x 10,000", X, X[:, :20] @ rng.standard_normal(20) + rng.standard_normal(200))


def centred(title: str, X: np.ndarray, y: np.ndarray) -> Example:
    """An example with centred X and y, since scikit-learn's lasso_path fits no intercept."""
    return Example(title, np.asfortranarray(X - X.mean(axis=0)), y - y.mean())


def race(example: Example, budget: float | None = None) -> Race:
    """Fit the path, then tighten scikit-learn's tol until its gaps meet the path's tolerance, or time runs out."""
    from threadpoolctl import threadpool_limits

    X, y = example.X, example.y
    with warnings.catch_warnings(), threadpool_limits(1):       # one thread for both
        warnings.simplefilter("ignore")         # convergence is measured by gaps
        path, seconds = timed(lambda: fit_path(X, y, fit_intercept=False, tol=TOL, max_iter=MAX_ITER))
        gap = largest_gap(X, y, path.alphas, path.coefs)
        allowed = max(PEER_BUDGET, PEER_RATIO * seconds) if budget is None else budget
        of_peer = peer_to_gap(example, path.alphas, max(gap, path.gap_tol), allowed)
        return Race(example, path, seconds, gap, *of_peer, allowed)


def peer_to_gap(
    example: Example, alphas: np.ndarray, gap: float, budget: float
) -> tuple[float, float, float, bool]:
    """(seconds, tol, gap, whether the gap is met) of scikit-learn's first run within this gap, or of its last run."""
    from sklearn.linear_model import lasso_path

    X, y = example.X, example.y
    lasso_path(X[:, :2], y, alphas=alphas[:1])      # imports happen in the first call
    start = time.process_time()
    for tol in PEER_TOLS:
        run = partial(lasso_path, X, y, alphas=alphas, tol=tol, max_iter=MAX_ITER)
        (_, coefs, _), seconds = timed(run, span=0.0)
        found = largest_gap(X, y, alphas, coefs)
        if found <= gap:
            return (min(seconds, timed(run)[1]) if seconds < TIMING_SPAN else seconds), tol, found, True
        if time.process_time() - start + MAX_GROWTH * seconds > budget:
            break
    return seconds, tol, found, False


def timed(run: Callable[[], Any], span: float = TIMING_SPAN) -> tuple[Any, float]:
    """The result of run and its least processor time over several runs, as many as fit into span seconds."""
    times: list[float] = []
    while not times or (sum(times) < span and len(times) < TIMING_RUNS):
        start = time.process_time()
        outcome = run()
        times.append(max(time.process_time() - start, MIN_TICK))
    return outcome, min(times)


def largest_gap(X: np.ndarray, y: np.ndarray, alphas: np.ndarray, coefs: np.ndarray) -> float:
    """The largest duality gap over a path without intercept, measured from the coefficients alone."""
    return max(duality_gap(X, y, coefs[:, k], alpha=alpha, fit_intercept=False) for k, alpha in enumerate(alphas))
