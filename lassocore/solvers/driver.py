# Lives here: the stages of a path, run one after another. Independent of: storage, the choice and details of methods.
"""Solves the levels of a path as `cost_model.plan` decides."""
from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.problems.variants import within_bounds, without_block_bounds, without_bounds
from lassocore.results.path_point import PathPoint
from lassocore.solvers.active_set import GramPathSolver, WorkingSetPathSolver
from lassocore.solvers.coordinate_descent import CoordinateDescent, usable_start
from lassocore.solvers.cost_model import (
    Stage,
    affords_exact,
    after_trial,
    bounds_pay,
    count_positive,
    folds_gain,
    plan,
    stages_of,
    target_gains,
)
from lassocore.solvers.lockstep import Run, alone
from lassocore.solvers.newton_on_support import refine
from lassocore.solvers.penalty_grid import alpha_of_zero, level_scales, penalty_grid
from lassocore.solvers.settings import Settings

GRAM_DEPTH = 64                     # levels solved in one call on the Gram matrix of all columns
SHORT_DEPTH = 8                     # the same for paths that may end early
WORSE_THAN_ZERO = 1.001             # a start with a squared residual above this times ||y0||^2 is replaced by zeros


def solve_levels(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathPoint]:
    """The solution at every alpha of the grid, of minimum norm over the unpenalised columns.

    Bounds of unpenalised columns are left out until a solution breaks one (docs/math.md, section 7).
    """
    if problem.block is None and grid[-1] > 0.0:
        yield from _solve(CoordinateDescent(problem, l1_ratio, settings, start), grid, pool)
        return
    n_done, n_positive = 0, count_positive(grid)
    for stop, free in ((n_positive, without_block_bounds(problem)), (len(grid), without_bounds(problem))):
        for candidate in (problem,) if free is None else (free, problem):
            first = n_done
            for point in _solve_block(candidate, grid[first:stop], l1_ratio, settings, start, pool):
                if candidate is not problem and not within_bounds(problem, point.rows, point.values):
                    break
                yield point._replace(index=point.index + first)
                n_done += 1
                start = np.zeros(problem.matrix.n_features)
                start[point.rows] = point.values


def _solve_block(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathPoint]:
    """The solution at every alpha of a grid that may be empty; the start has coefficients of all features."""
    if len(grid) == 0:
        return
    if start is not None:
        start = usable_start(problem, start if problem.block is None else problem.block.reduced(start))
    descent = CoordinateDescent(problem, l1_ratio, settings, start)
    for point in _solve(descent, grid, pool):
        yield of_minimum_norm(descent.problem, point)


def _solve(descent: CoordinateDescent, grid: np.ndarray, pool) -> Iterator[PathPoint]:
    """The solution at every alpha of the grid, by the stages of `plan`."""
    largest = _alpha_of_start(descent)
    stages = plan(descent.problem, grid, descent.l1_ratio, descent.settings, largest=largest,
                  correlations=descent.solver.correlations, is_warm=descent.is_warm)
    return alone(run_stages(descent, stages, grid, largest, pool), descent.problem.matrix, pool)


def _alpha_of_start(descent: CoordinateDescent) -> float:
    """The smallest alpha at which the start is the solution."""
    if descent.previous is not None:
        return descent.previous
    return alpha_of_zero(descent.solver, descent.problem, descent.l1_ratio)


def run_stages(descent: CoordinateDescent, stages: list[Stage], grid: np.ndarray, largest: float, pool) -> Run:
    """The solution at every alpha of the grid, stage by stage, and requests for the scans that it needs."""
    n_done, unsolved = 0, None
    for stage in stages:
        if stage.stop <= n_done:
            continue
        if stage.method == "start":
            point = descent.evaluate(0, grid[0], "start" if descent.is_warm else "cd")
            if point.gap > descent.goal:
                continue
            yield point
        elif stage.method == "trial":
            unsolved = yield from _try_descent(descent, stage, grid)
            if unsolved is not None:
                n_done, largest = unsolved.index, grid[unsolved.index]
                continue
        elif stage.method == "cd":
            yield from descent.run(grid[:stage.stop], max(n_done, stage.first))
        elif unsolved is None:
            yield from run_exact_steps(descent, stage.method, grid[:stage.stop], n_done, largest, pool)
        else:
            method = after_trial(descent.problem, stage.method, int(np.count_nonzero(descent.solver.w)))
            run = run_exact_steps(descent, method, grid[:stage.stop], n_done, largest, pool)
            yield from _with_epochs(run, unsolved.n_epochs)
        n_done = stage.stop


def _try_descent(descent: CoordinateDescent, stage: Stage, grid: np.ndarray
                 ) -> Generator[PathPoint, None, PathPoint | None]:
    """Solve alphas by coordinate descent with limited effort; returns the first point that missed the tolerance."""
    problem, settings = descent.problem, descent.settings
    for index in range(stage.first, stage.stop):
        point = descent.solve(index, grid[index], stage.max_epochs, stage.min_visits)
        if settings.exact and point.converged and affords_exact(problem, point):
            point = refine(descent, point, grid[index])
        if not point.converged or settings.exact and point.gap > descent.goal and affords_exact(problem, point):
            return point
        yield point
    return None


def _with_epochs(run: Run, n_epochs: int) -> Run:
    """The run, with these epochs added to those of its first point."""
    answer: Any = None
    with suppress(StopIteration):
        while True:
            item = run.send(answer)
            answer = None
            if isinstance(item, PathPoint):
                yield item._replace(n_epochs=item.n_epochs + n_epochs)
                yield from run
                return
            answer = yield item


def run_exact_steps(
    descent: CoordinateDescent, method: str, grid: np.ndarray, first: int, largest: float, pool
) -> Run:
    """The positive alphas of the grid from position `first` on, from the coefficients of the descent."""
    problem, settings, l1_ratio = descent.problem, descent.settings, descent.l1_ratio
    levels = penalty_grid(problem, grid, first, l1_ratio, largest)

    def fall_back(index: int, w: np.ndarray) -> tuple[PathPoint, np.ndarray]:
        descent.restart(w)
        point = descent.evaluate(index, grid[index], method)
        if not (settings.exact and point.converged):
            point = descent.solve(index, grid[index])
        return point, descent.solver.w

    solver = descent.solver
    _, sq_residual, _ = solver.gap()
    if not sq_residual <= WORSE_THAN_ZERO * problem.sq_target:
        solver = core.Solver(problem)       # discards the rounding errors of a large residual
    gap_tol, max_iter = descent.goal, min(settings.max_iter, 2**62)
    if method == "gram":
        depth = SHORT_DEPTH if settings.may_end_early else GRAM_DEPTH
        yield from GramPathSolver(problem, levels, gap_tol, max_iter, fall_back, solver, depth, pool).run()
    else:
        scale = level_scales(problem, largest, l1_ratio)[0]
        yield from WorkingSetPathSolver(problem, levels, gap_tol, max_iter, fall_back, solver, scale, pool,
                                        bounds_pay=bounds_pay(len(grid))).run()


def run_of_target(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start) -> Run | None:
    """The solution at every alpha of a grid on a working set, for `in_lockstep`; None where shared scans do not pay."""
    if without_block_bounds(problem) is not None:
        return None
    descent = CoordinateDescent(problem, l1_ratio, settings, start)
    largest = alpha_of_zero(descent.solver, problem, l1_ratio)
    if problem.sq_target == 0.0 or not target_gains(problem, grid, largest):
        return None
    return _on_working_set(descent, grid, largest)


def run_of_fold(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> Run | None:
    """What solve_levels does on a working set, for `in_lockstep`; None where it would take another method, or where
    folds gain nothing by shared scans."""
    if not folds_gain(problem, grid, l1_ratio, settings):
        return None
    descent = CoordinateDescent(problem, l1_ratio, settings)
    return _on_working_set(descent, grid, alpha_of_zero(descent.solver, problem, l1_ratio))


def _on_working_set(descent: CoordinateDescent, grid: np.ndarray, largest: float) -> Run:
    run = run_stages(descent, stages_of("working_set", count_positive(grid), len(grid)), grid, largest, None)
    answer: Any = None
    with suppress(StopIteration):
        while True:
            item = run.send(answer)
            answer = yield of_minimum_norm(descent.problem, item) if isinstance(item, PathPoint) else item


def of_minimum_norm(problem: Problem, point: PathPoint) -> PathPoint:
    """The point with coefficients of minimum norm over the unpenalised columns, and the same fit."""
    if problem.block is None or not problem.block.leaves_a_choice:
        return point
    rows, values = problem.block.expanded(point.rows, point.values)
    return point._replace(rows=rows, values=values)
