# Lives here: paths of all folds, the choice of alpha. Independent of: storage, scikit-learn's conventions.
"""Cross-validation: jobs that share X, and the choice of alpha by their errors."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from lassocore.cross_validation.fold_gram import FoldSums, errors_of_sums, fold_sums, problem_of_all, problem_of_fold
from lassocore.cross_validation.fold_paths import Job, as_groups, solve_in_lockstep
from lassocore.cross_validation.folds import Data, Fold, dense_model_of, held_out_errors
from lassocore.paths.alpha_grid import as_alphas
from lassocore.paths.fit_multi_task_path import solve_multi_task_path
from lassocore.paths.fit_path import solve_path
from lassocore.problems.problem import Problem
from lassocore.problems.variants import has_block_bounds
from lassocore.progress import QUIET
from lassocore.solvers.cost_model import MAX_SINGLE_FITS, choose_method
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import is_one_of, is_whole
from lassocore.utils.threads import thread_pool

RULES = ("min", "1se")
ROUNDING = 1e-12  # relative to the best score; scores that differ by less count as equal


class FoldResult(NamedTuple):
    """One path of one fold with its errors."""

    path: Any                       # PathResult or MultiTaskPathResult
    errors: np.ndarray              # mean squares of the held-out residuals
    scores: np.ndarray | None       # of the scorer, if any


@dataclass(frozen=True)
class JobRunner:
    """Runs jobs of a cross-validation; sent to other processes, so it holds no objects of the core."""

    data: Data
    settings: Settings
    sums: FoldSums | None
    score: Callable[[Data, Fold, Any], np.ndarray] | None
    shares_scans: bool = False      # folds are solved in lockstep

    def groups(self, jobs: Sequence[Job], n_workers: int) -> list[list[int]]:
        """Groups of jobs, each solved by one call of `run_group`."""
        if not self.shares_scans:
            return [[k] for k in range(len(jobs))]
        return as_groups(jobs, self.data.X.shape, self.data.n_numbers, n_workers)

    def run_group(self, jobs: Sequence[Job]) -> list[FoldResult]:
        """Several paths and their held-out errors."""
        if not self.shares_scans:
            return [self.run(job.fold, job.l1_ratio, job.alphas, job.report) for job in jobs]
        solved = solve_in_lockstep(self.data, jobs, self.settings)
        return [self.evaluate(job.fold, *result) for job, result in zip(jobs, solved, strict=True)]

    def run(self, fold: Fold, l1_ratio: float, alphas: np.ndarray, report=QUIET) -> FoldResult:
        """The reported path of a fold and its held-out errors."""
        data, sums = self.data, self.sums
        problem = data.problem(fold.train_weights(data)) if sums is None else problem_of_fold(data, sums, fold)
        with report:
            path = solve_any_path(problem, alphas, l1_ratio, replace(self.settings, callback=report.on_level))
        return self.evaluate(fold, problem, path)

    def evaluate(self, fold: Fold, problem: Problem, path) -> FoldResult:
        """A path with its held-out errors and scores."""
        data, sums = self.data, self.sums
        errors = None if sums is None else errors_of_sums(sums, fold, problem, path)
        if errors is None:
            errors = held_out_errors(data, fold, problem, path)
        return FoldResult(path, errors, None if self.score is None else self.score(data, fold, path))


def prepare(data: Data, problem: Problem, folds: list[Fold], l1_ratios: Sequence[float], alphas, eps: float,
            settings: Settings, n_threads: int) -> tuple[Problem, list[np.ndarray], FoldSums | None]:
    """(problem of all rows, alphas of each l1_ratio, sums of the folds if these save time)."""
    grids = [as_alphas(problem, alphas, eps, l1_ratio) for l1_ratio in l1_ratios]
    if not uses_fold_sums(problem, grids[0], settings, l1_ratios[0]):
        return problem, grids, None
    with thread_pool(n_threads) as pool:
        sums = fold_sums(data, problem, folds, pool)
    return problem_of_all(data, problem, sums), grids, sums


def uses_fold_sums(problem: Problem, grid: np.ndarray, settings: Settings, l1_ratio: float) -> bool:
    """Whether to solve the folds on Gram matrices of all columns, from sums over rows."""
    if not problem.design.can_gather or problem.has_tasks or problem.has_blocks or has_block_bounds(problem):
        return False
    if len(grid) <= MAX_SINGLE_FITS or grid[-1] == 0.0:
        return False
    return choose_method(problem, len(grid), settings, l1_ratio) == "gram"


def solve_any_path(problem: Problem, alphas, l1_ratio: float, settings: Settings, start: np.ndarray | None = None):
    """A path of one target or of several tasks."""
    if problem.has_tasks:
        return solve_multi_task_path(problem, alphas, 1.0, l1_ratio, settings, start)
    return solve_path(problem, alphas, 1.0, l1_ratio, settings, start)


def in_order(groups: Sequence[Sequence[int]], results: Sequence[Sequence[FoldResult]]) -> list[FoldResult]:
    """The results of groups of jobs in the order of the jobs."""
    by_job = {k: result for group, solved in zip(groups, results, strict=True)
              for k, result in zip(group, solved, strict=True)}
    return [by_job[k] for k in range(len(by_job))]


def up_to_common_alpha(grids: list[np.ndarray], results: list[FoldResult]) -> tuple[list[np.ndarray], list[FoldResult]]:
    """Alphas, errors and scores up to the last alpha of the shortest path, as a callback may end some early."""
    n_alphas = min(len(result.errors) for result in results)
    if n_alphas == len(grids[0]):
        return grids, results
    return [grid[:n_alphas] for grid in grids], [
        result._replace(errors=result.errors[:n_alphas], scores=None if result.scores is None else
                        result.scores[:n_alphas]) for result in results]


def mean_coefs(paths: Sequence[Any], index: int, n_features: int) -> np.ndarray:
    """The mean of the folds' coefficients at one alpha: the start of the fit to all rows."""
    return np.mean([dense_model_of(path, index, n_features) for path in paths], axis=0)


class Choice(NamedTuple):
    """Positions of the chosen l1_ratio and alpha."""

    l1_ratio: int
    alpha: int
    best: int                       # the best mean score at this l1_ratio
    one_se: int                     # the largest alpha within a standard error of it


def choose(rule: str | Callable[[np.ndarray, np.ndarray], int], grids: Sequence[np.ndarray],
           scores: np.ndarray) -> Choice:
    """The l1_ratio with the best mean score at any alpha, and the alpha that the rule selects for it.

    scores has shape (n_l1_ratio, n_alphas, n_folds), larger is better. Of equal scores, up to rounding, the first wins.
    """
    means, errors = mean_and_error(scores)
    means = np.where(np.isnan(means), -np.inf, means)
    l1_ratio = first_best(means.max(axis=1))
    best = first_best(means[l1_ratio])
    if means[l1_ratio, best] == -np.inf:
        raise ValueError("scoring gives NaN at every alpha in at least one fold; choose another scorer or other folds")
    one_se = first_best(means[l1_ratio], errors[l1_ratio, best])
    if callable(rule):
        alpha = as_position(rule(grids[l1_ratio].copy(), scores[l1_ratio].copy()), len(grids[l1_ratio]))
    else:
        alpha = {"min": best, "1se": one_se}[rule]
    return Choice(l1_ratio, alpha, best, one_se)


def first_best(scores: np.ndarray, margin: float = 0.0) -> int:
    """Position of the first score that is the largest, up to a margin and rounding."""
    best = scores.max()
    return int(np.argmax(scores >= (best - margin - ROUNDING * abs(best) if np.isfinite(best) else best)))


def mean_and_error(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over folds, the last axis, and their standard errors; 0 for a single fold."""
    n_folds = scores.shape[-1]
    if n_folds == 1:
        return scores[..., 0], np.zeros(scores.shape[:-1])
    exponent = int(np.frexp(np.abs(scores[np.isfinite(scores)]).max(initial=0.0))[1])   # their squares may overflow
    errors = np.ldexp(np.ldexp(scores, -exponent).std(axis=-1, ddof=1), exponent)
    return scores.mean(axis=-1), errors / np.sqrt(n_folds)


def as_position(index: Any, n_alphas: int) -> int:
    """The checked return value of a selection rule."""
    if not is_whole(index) or not 0 <= int(index) < n_alphas:
        raise ValueError(f"selection_rule returned {index!r}; it must return the position of an alpha, an integer from "
                         f"0 to {n_alphas - 1}")
    return int(index)


def check_rule(rule: Any) -> None:
    """Require "min", "1se" or a callable."""
    if not (callable(rule) or isinstance(rule, str) and rule in RULES):
        raise ValueError(f"selection_rule={rule!r} is unknown; use 'min', '1se' or a callable")


def check_choice(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """Require one of the allowed values."""
    value = bool(value) if isinstance(value, np.bool_) else value
    if not any(value is known or isinstance(known, str) and is_one_of(value, (known,)) for known in allowed):
        raise ValueError(f"{name}={value!r} is unknown; use one of {', '.join(map(repr, allowed))}")
