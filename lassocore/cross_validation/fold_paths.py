# Lives here: paths of several folds, side by side over one X. Independent of: storage, errors, how levels are solved.
"""Folds whose scans of X are shared: each goes down its path by itself, and waits for the others at a scan."""
from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lassocore.cross_validation.folds import Data, Fold
from lassocore.designs.scans import ScanRequest
from lassocore.paths.fit_path import GrowingPath, solve_path
from lassocore.problems.multi_task import MultiTaskProblem
from lassocore.problems.problem import Problem
from lassocore.progress import QUIET
from lassocore.solvers.cost_model import folds_gain
from lassocore.solvers.driver import run_of_fold
from lassocore.solvers.lockstep import Run, advance, by_pieces, in_lockstep
from lassocore.solvers.settings import Settings

NUMBERS_OF_A_RUN = 25               # that it keeps for each column
MAX_RUN_NUMBERS = 50_000_000        # of all runs side by side, or as many as X has
MAX_BESIDE = 16                     # runs


class Job(NamedTuple):
    """One path of one fold."""

    fold: Fold
    l1_ratio: float
    alphas: np.ndarray              # as levels.as_alphas leaves them
    report: Any = QUIET


def share_scans(problem: Any, grids: Sequence[np.ndarray], l1_ratios: Sequence[float], settings: Settings) -> bool:
    """Whether folds of the problem of all rows gain by scans of X that they share."""
    if isinstance(problem, MultiTaskProblem):
        return False
    return any(folds_gain(problem, grid, l1_ratio, settings)
               for grid, l1_ratio in zip(grids, l1_ratios, strict=True))


def as_groups(jobs: Sequence[Any], shape: tuple[int, int], n_numbers: int, n_workers: int) -> list[list[int]]:
    """Which jobs go side by side, the same fold's together: a group for each worker, more where memory is short."""
    support = min(shape)
    of_a_run = NUMBERS_OF_A_RUN * shape[1] + support * (shape[0] + 2 * support)     # columns, Gram matrix, factor
    limit = max(MAX_RUN_NUMBERS, n_numbers) // (of_a_run * n_workers)
    most = int(max(1, min(MAX_BESIDE, limit)))
    order = sorted(range(len(jobs)), key=lambda k: jobs[k][0].number)
    n_groups = max(min(n_workers, len(jobs)), -(-len(jobs) // most))
    return [group.tolist() for group in np.array_split(order, n_groups)]


def solve_side_by_side(data: Data, jobs: Sequence[Job], settings: Settings) -> list[tuple[Problem, Any]]:
    """(the fold's problem, its path) of each job. Those that gain nothing by it are solved alone.

    What comes out of a job does not depend on the others, to the last bit.
    """
    problems: dict[int, Problem] = {}
    solved: list[Any] = [None] * len(jobs)
    runs: dict[int, Run] = {}
    paths: dict[int, GrowingPath] = {}
    for k, (fold, l1_ratio, alphas, report) in enumerate(jobs):
        if fold.number not in problems:
            problems[fold.number] = data.problem(fold.train_weights(data))
        problem, own = problems[fold.number], replace(settings, callback=report.on_level)
        run = run_of_fold(problem, alphas, l1_ratio, own)
        if run is None:
            with report:
                solved[k] = solve_path(problem, alphas, 1.0, l1_ratio, own)
        else:
            paths[k] = GrowingPath(problem, l1_ratio, own, alphas)
            runs[k] = grow(paths[k], run, report)
    views = {k: problems[jobs[k].fold.number].matrix for k in runs}
    try:
        for _ in in_lockstep(runs, views, by_pieces):
            pass
    finally:
        for run in runs.values():
            run.close()
    for k, path in paths.items():
        solved[k] = path.result()
    return [(problems[job.fold.number], path) for job, path in zip(jobs, solved, strict=True)]


def grow(path: GrowingPath, run: Run, report) -> Run:
    """The scans that a run requests, while its levels are added to the path and reported."""
    with report, closing(run):
        step = next(run, None)
        while step is not None:
            if isinstance(step, ScanRequest):
                step = advance(run, (yield step))
            else:
                path.add(step)
                step = None if path.stopped else next(run, None)
