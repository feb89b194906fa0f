# Lives here: paths of several folds in lockstep over one X. Independent of: storage, held-out errors.
"""Folds that share scans of X: their paths are independent, but each waits for the others at a scan."""
from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lassocore.cross_validation.folds import Data, Fold
from lassocore.paths.fit_path import GrowingPath, solve_path
from lassocore.problems.problem import Problem
from lassocore.progress import QUIET
from lassocore.solvers.cost_model import folds_gain
from lassocore.solvers.driver import SharedRun, run_of_fold
from lassocore.solvers.lockstep import by_pieces, in_lockstep
from lassocore.solvers.settings import Settings

NUMBERS_PER_COLUMN = 25             # that a path stores for each column
MAX_RUN_NUMBERS = 50_000_000        # of all paths in lockstep, or as many as X has
MAX_LOCKSTEP = 16                   # paths in lockstep


class Job(NamedTuple):
    """One path of one fold."""

    fold: Fold
    l1_ratio: float
    alphas: np.ndarray              # falling
    report: Any = QUIET


def share_scans(problem: Any, grids: Sequence[np.ndarray], l1_ratios: Sequence[float], settings: Settings) -> bool:
    """Whether folds gain by sharing scans of X; problem is that of all rows."""
    if problem.has_tasks or problem.has_blocks:
        return False
    return any(folds_gain(problem, grid, l1_ratio, settings)
               for grid, l1_ratio in zip(grids, l1_ratios, strict=True))


def as_groups(jobs: Sequence[Job], shape: tuple[int, int], n_numbers: int, n_workers: int) -> list[list[int]]:
    """Jobs to be solved together, those of a fold in one group: a group for each worker, more if memory is short."""
    support = min(shape)            # columns, Gram matrix, factor
    numbers_of_run = NUMBERS_PER_COLUMN * shape[1] + support * (shape[0] + 2 * support)
    limit = max(MAX_RUN_NUMBERS, n_numbers) // (numbers_of_run * n_workers)
    group_size = int(max(1, min(MAX_LOCKSTEP, limit)))
    order = sorted(range(len(jobs)), key=lambda k: jobs[k].fold.number)
    n_groups = max(min(n_workers, len(jobs)), -(-len(jobs) // group_size))
    return [group.tolist() for group in np.array_split(order, n_groups)]


def solve_in_lockstep(data: Data, jobs: Sequence[Job], settings: Settings) -> list[tuple[Problem, Any]]:
    """(problem of the fold, path) of each job; jobs that do not gain by lockstep are solved alone.

    The result of a job does not depend on the others, to the last bit.
    """
    problems: dict[int, Problem] = {}
    solved: list[Any] = [None] * len(jobs)
    runs: dict[int, SharedRun] = {}
    paths: dict[int, GrowingPath] = {}
    for k, job in enumerate(jobs):
        fold, report = job.fold, job.report
        if fold.number not in problems:
            problems[fold.number] = data.problem(fold.train_weights(data))
        problem, own_settings = problems[fold.number], replace(settings, callback=report.on_level)
        run = run_of_fold(problem, job.alphas, job.l1_ratio, own_settings)
        if run is None:
            with report:
                solved[k] = solve_path(problem, job.alphas, 1.0, job.l1_ratio, own_settings)
        else:
            paths[k], runs[k] = GrowingPath(problem, job.l1_ratio, own_settings, job.alphas), run
    extend_in_lockstep(paths, runs, {k: jobs[k].report for k in runs})
    for k, path in paths.items():
        solved[k] = path.result()
    return [(problems[job.fold.number], path) for job, path in zip(jobs, solved, strict=True)]


def extend_in_lockstep(paths: dict[int, GrowingPath], runs: dict[int, SharedRun], reports: dict[int, Any]) -> None:
    """Solve the paths in lockstep, each within its report; those that end early stop."""
    solvers = {k: run.solver for k, run in runs.items()}
    with ExitStack() as stack:
        contexts = {k: stack.enter_context(ExitStack()) for k in runs}
        for k, context in contexts.items():
            context.enter_context(reports[k])
        for k, batch in in_lockstep(solvers, by_pieces):
            paths[k].add(runs[k].solved(batch))
            if paths[k].stopped:
                solvers.pop(k, None)
            elif k not in solvers:
                paths[k].extend(runs[k].rest())
            if k not in solvers:
                contexts[k].close()
                del runs[k]         # and with it the working set
