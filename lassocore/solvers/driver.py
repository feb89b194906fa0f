# Lives here: the stages of a path, run one after another. Independent of: storage, the choice and details of methods.
"""Solves the levels of a path as `cost_model.plan` decides."""
from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.problems.variants import within_bounds, without_block_bounds, without_bounds
from lassocore.results.path_batch import PathBatch, batch_of, of_minimum_norm
from lassocore.results.path_point import PathPoint
from lassocore.solvers.active_set import WORSE_THAN_ZERO, GramPathSolver, PathSolver, WorkingSetPathSolver
from lassocore.solvers.block_path import BlockPathSolver
from lassocore.solvers.coordinate_descent import CoordinateDescent, fit_easily, usable_start
from lassocore.solvers.cost_model import (
    Look,
    Stage,
    affords_exact,
    after_trial,
    bounds_pay,
    count_positive,
    folds_gain,
    further_epochs,
    knee_of,
    plan,
    starts_anew,
    target_gains,
)
from lassocore.solvers.newton_on_support import refine
from lassocore.solvers.penalty_grid import alpha_of_zero, level_scales, penalty_grid
from lassocore.solvers.rounded_gram import fit_on_rounded_gram
from lassocore.solvers.row_fits import fit_rows
from lassocore.solvers.settings import Settings

GRAM_DEPTH = 128                    # levels solved in one call on the Gram matrix of all columns
SHORT_DEPTH = 8                     # the same for paths that may end early


def solve_levels(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathBatch]:
    """The solution at every alpha of the grid, of minimum norm over the unpenalised columns.

    Bounds of unpenalised columns are left out until a solution breaks one (docs/math.md, section 7).
    """
    if problem.has_blocks:
        fitted = fit_rows(problem, grid, l1_ratio, settings, start, pool) if len(grid) == 1 else None
        if fitted is not None:
            yield fitted
            return
        yield from BlockPathSolver(problem, l1_ratio, settings, len(grid), start, pool).run(grid)
        return
    if problem.block is None and grid[-1] > 0.0:
        found, n_epochs = fit_easily(problem, grid, l1_ratio, settings) if start is None else (None, 0)
        if found is not None:
            yield found
            return
        if n_epochs:
            settings = replace(settings, max_iter=settings.max_iter - n_epochs)
        for batch in _solve(CoordinateDescent(problem, l1_ratio, settings, start), grid, pool, n_epochs > 0):
            yield _with_epochs(batch, n_epochs) if n_epochs else batch
        return
    n_done, n_positive = 0, count_positive(grid)
    for stop, free in ((n_positive, without_block_bounds(problem)), (len(grid), without_bounds(problem))):
        for candidate in (problem,) if free is None else (free, problem):
            first = n_done
            if settings.recorder is not None:
                settings.recorder.restart(first)
            for batch in _solve_block(candidate, grid[first:stop], l1_ratio, settings, start, pool):
                found = replace(batch, first=batch.first + first)
                n_within = len(found) if candidate is problem else count_within_bounds(problem, found)
                if n_within:
                    yield found[:n_within]
                    n_done += n_within
                    start = last_coefficients(found[:n_within], problem.matrix.n_features)
                if n_within < len(found):
                    break


def count_within_bounds(problem: Problem, batch: PathBatch) -> int:
    """How many solutions precede the first that breaks a bound."""
    for k, point in enumerate(batch):
        if not within_bounds(problem, point.rows, point.values):
            return k
    return len(batch)


def last_coefficients(batch: PathBatch, n_features: int) -> np.ndarray:
    """The coefficients of all features at the last alpha."""
    w = np.zeros(n_features)
    *_, last = batch
    w[last.rows] = last.values
    return w


def _solve_block(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathBatch]:
    """The solution at every alpha of a grid that may be empty; the start has coefficients of all features."""
    if len(grid) == 0:
        return
    if start is not None:
        start = usable_start(problem, start if problem.block is None else problem.block.reduced(start))
    descent = CoordinateDescent(problem, l1_ratio, settings, start)
    for batch in _solve(descent, grid, pool):
        yield of_minimum_norm(descent.problem, batch)


def _solve(descent: CoordinateDescent, grid: np.ndarray, pool, is_tried: bool = False) -> Iterator[PathBatch]:
    """The solution at every alpha of the grid, by the stages of `plan`."""
    largest = _alpha_of_start(descent)
    stages = plan(descent.problem, grid, descent.l1_ratio, descent.settings, correlations=descent.solver.correlations,
                  largest=largest, is_warm=descent.is_warm, is_tried=is_tried)
    return run_stages(descent, stages, grid, largest, pool)


def _alpha_of_start(descent: CoordinateDescent) -> float:
    """The smallest alpha at which the start is the solution."""
    if descent.previous is not None:
        return descent.previous
    return alpha_of_zero(descent.solver, descent.problem, descent.l1_ratio)


def run_stages(
    descent: CoordinateDescent, stages: list[Stage], grid: np.ndarray, largest: float, pool
) -> Iterator[PathBatch]:
    """The solution at every alpha of the grid, stage by stage."""
    n_done, unsolved, alpha_of_start = 0, None, largest
    for stage in stages:
        if stage.stop <= n_done:
            continue
        if stage.method == "start":
            point = descent.evaluate(0, grid[0], "start" if descent.is_warm else "cd")
            if point.gap > descent.goal:
                continue
            yield batch_of(point)
        elif stage.method == "trial":
            unsolved = yield from _try_descent(descent, stage, grid, pool)
            if unsolved is not None:
                n_done, largest = unsolved.index, grid[unsolved.index]
                if descent.status != "handed_over" and starts_anew(descent.problem, unsolved):
                    descent.restart(None)
                    largest = alpha_of_zero(descent.solver, descent.problem, descent.l1_ratio)
                continue
        elif stage.method == "rounded_gram":
            levels = penalty_grid(descent.problem, grid, 0, descent.l1_ratio, alpha_of_start)
            found = fit_on_rounded_gram(descent, grid, levels, pool)
            if found is None:
                continue
            yield _with_epochs(batch_of(found), 0 if unsolved is None else unsolved.n_epochs)
        elif stage.method == "cd":
            yield from descent.run(grid[:stage.stop], max(n_done, stage.first))
        else:
            method = stage.method
            if unsolved is not None:
                method = after_trial(descent.problem, method, int(np.count_nonzero(descent.solver.w)))
            knee = knee_of(descent.problem, method, descent.l1_ratio, largest)
            for batch in exact_steps(descent, method, grid[:stage.stop], n_done, largest, pool, knee).run():
                yield batch if unsolved is None else _with_epochs(batch, unsolved.n_epochs)
                unsolved = None
        n_done = stage.stop


def _try_descent(descent: CoordinateDescent, stage: Stage, grid: np.ndarray, pool
                 ) -> Generator[PathBatch, None, PathPoint | None]:
    """Solve alphas by coordinate descent with limited effort; returns the first point that missed the tolerance, or
    takes exact steps there and goes on, where the stage resumes and it is not the last."""
    problem, settings = descent.problem, descent.settings
    for index in range(stage.first, stage.stop):
        point = _descend(descent, stage, index, grid[index])
        if settings.exact and point.converged and affords_exact(problem, point):
            point = refine(descent, point, grid[index])
        if point.converged and not (settings.exact and point.gap > descent.goal and affords_exact(problem, point)):
            yield batch_of(point)
            continue
        if not stage.resumes or index == stage.stop - 1:
            return point
        for batch in exact_steps(descent, "working_set", grid[:index + 1], index, grid[index], pool).run():
            yield _with_epochs(batch, point.n_epochs)
        descent.restart(last_coefficients(batch, problem.matrix.n_features))
    return None


def _descend(descent: CoordinateDescent, stage: Stage, index: int, alpha: float) -> PathPoint:
    """Coordinate descent at one alpha, as long as it is expected to cost less than exact steps."""
    problem, max_iter = descent.problem, descent.settings.max_iter
    point = descent.solve(index, alpha, stage.first_look or stage.max_epochs, stage.min_visits)
    since = Look(0, 0.5 * problem.sq_target, 0)
    while not point.converged and descent.status == "max_iter" and point.n_epochs < max_iter:
        n_more = further_epochs(problem, stage, point, since, descent.settings.tol * problem.sq_target)
        if n_more <= 0:
            break
        since = Look(point.n_epochs, point.gap, len(point.rows))
        more = descent.solve(index, alpha, min(n_more, max_iter - point.n_epochs), stage.min_visits)
        point = more._replace(n_epochs=point.n_epochs + more.n_epochs, seconds=point.seconds + more.seconds)
    return point


def _with_epochs(batch: PathBatch, n_epochs: int) -> PathBatch:
    """The batch, with these epochs added to those of its first alpha."""
    return replace(batch, n_epochs=[batch.n_epochs[0] + n_epochs, *batch.n_epochs[1:]])


def exact_steps(
    descent: CoordinateDescent, method: str, grid: np.ndarray, first: int, largest: float, pool, knee: float = 0.0
) -> PathSolver:
    """A solver for the positive alphas of the grid from position `first` on, from the coefficients of the descent."""
    problem, settings, l1_ratio = descent.problem, descent.settings, descent.l1_ratio
    levels = penalty_grid(problem, grid, first, l1_ratio, largest, knee)

    solver = descent.solver
    _, sq_residual, _ = solver.gap()
    if not sq_residual <= WORSE_THAN_ZERO * problem.sq_target:
        solver = core.Solver(problem)       # discards the rounding errors of a large residual
    if method == "gram":
        depth = SHORT_DEPTH if settings.may_end_early else GRAM_DEPTH
        return GramPathSolver(descent, grid, levels, solver, depth, pool)
    scale = level_scales(problem, largest, l1_ratio)[0]
    n_fine = len(levels) if knee > 0.0 else 0
    return WorkingSetPathSolver(descent, grid, levels, solver, scale, pool, bounds_pay=bounds_pay(len(grid), n_fine))


class SharedRun(NamedTuple):
    """A path on a working set, whose scans other paths can share, and what coordinate descent solves afterwards."""

    solver: WorkingSetPathSolver
    descent: CoordinateDescent
    grid: np.ndarray

    def solved(self, batch: PathBatch) -> PathBatch:
        """A batch of the solver with coefficients of minimum norm over the unpenalised columns."""
        return of_minimum_norm(self.descent.problem, batch)

    def rest(self) -> Iterator[PathBatch]:
        """The solution at alpha = 0, if the grid ends there."""
        for batch in self.descent.run(self.grid, count_positive(self.grid)):
            yield of_minimum_norm(self.descent.problem, batch)


def run_of_target(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start) -> SharedRun | None:
    """A run of one target for `in_lockstep`; None where shared scans do not pay."""
    if without_block_bounds(problem) is not None:
        return None
    descent = CoordinateDescent(problem, l1_ratio, settings, start)
    largest = alpha_of_zero(descent.solver, problem, l1_ratio)
    if problem.sq_target == 0.0 or not target_gains(problem, grid, largest):
        return None
    return _shared_run(descent, grid, largest)


def run_of_fold(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> SharedRun | None:
    """A run of one fold for `in_lockstep`; None where solve_levels would take another method, or where folds gain
    nothing by shared scans."""
    if not folds_gain(problem, grid, l1_ratio, settings):
        return None
    descent = CoordinateDescent(problem, l1_ratio, settings)
    return _shared_run(descent, grid, alpha_of_zero(descent.solver, problem, l1_ratio))


def _shared_run(descent: CoordinateDescent, grid: np.ndarray, largest: float) -> SharedRun:
    solver = exact_steps(descent, "working_set", grid[:count_positive(grid)], 0, largest, None)
    return SharedRun(cast(WorkingSetPathSolver, solver), descent, grid)
