# Lives here: which method solves which levels: the cost model. Independent of: storage's layout, how methods work.
"""The choice between methods, by a small model of their cost; docs/performance.md has the measurements."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.problems.variants import within_bounds, without_block_bounds, without_bounds
from lassocore.results.path_point import PathPoint
from lassocore.solvers.active_set import GramEngine, WorkingSetEngine
from lassocore.solvers.coordinate_descent import Descent, usable_start
from lassocore.solvers.cost_model import (
    MAX_SINGLE_FITS,
    MIN_SECONDS,
    SPARSE_SUPPORT,
    affords_exact,
    choose_method,
    count_positive,
    count_strong,
    expects_few,
    folds_gain,
    gains_beside,
    most_epochs,
    visits_to_prepare,
)
from lassocore.solvers.lockstep import Run, alone
from lassocore.solvers.newton_on_support import refine
from lassocore.solvers.penalty_grid import level_of_zero, level_scales, penalty_grid
from lassocore.solvers.settings import Settings

DEPTH = 64                          # levels that a Gram matrix of all columns solves in one call
WORSE_THAN_ZERO = 1.001             # times ||y0||^2: the squared residual of a start that is not worth starting from


def solve_levels(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathPoint]:
    """The solution at every alpha of the grid, of minimum norm over the unpenalised columns.

    Bounds of unpenalised columns are left out until a solution breaks one (docs/math.md, section 7).
    """
    if problem.block is None and grid[-1] > 0.0:
        yield from _run_method(Descent(problem, l1_ratio, settings, start), grid, l1_ratio, settings, start, pool)
        return
    n_done, n_positive = 0, count_positive(grid)
    for stop, free in ((n_positive, without_block_bounds(problem)), (len(grid), without_bounds(problem))):
        for candidate in (problem,) if free is None else (free, problem):
            first = n_done
            for level in _solve_block(candidate, grid[first:stop], l1_ratio, settings, start, pool):
                if candidate is not problem and not within_bounds(problem, level.rows, level.values):
                    break
                yield level._replace(index=level.index + first)
                n_done += 1
                start = np.zeros(problem.matrix.n_features)
                start[level.rows] = level.values


def _solve_block(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathPoint]:
    """The solution at every alpha of a grid that may be empty, from coefficients of all features."""
    if len(grid) == 0:
        return
    if start is not None:
        start = usable_start(problem, start if problem.block is None else problem.block.reduced(start))
    descent = Descent(problem, l1_ratio, settings, start)
    for level in _run_method(descent, grid, l1_ratio, settings, start, pool):
        yield of_minimum_norm(descent.problem, level)


def _run_method(
    descent: Descent, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathPoint]:
    """The solution at every alpha of the grid, by the method that is expected to be fastest."""
    problem = descent.problem
    largest = level_of_zero(descent.solver, problem, l1_ratio) if descent.previous is None else descent.previous
    n_positive = count_positive(grid)
    n_done, spent, method = 0, 0, choose_method(problem, n_positive, settings, l1_ratio)
    goal = settings.goal * problem.sq_target
    if settings.exact and n_positive == len(grid) == 1:
        level = descent.judge(0, grid[0], "cd" if start is None else "start")
        if level.gap <= goal:
            yield level
            return
    if method != "cd" and n_positive <= MAX_SINGLE_FITS:
        n_strong = count_strong(descent.solver, problem, level_scales(problem, grid[n_positive - 1], l1_ratio)[0])
        if method == "working_set" or expects_few(problem, grid[n_positive - 1], largest, n_strong):
            warm = settings.exact and start is not None     # near: exact steps soon pay
            budget = most_epochs(problem, method, n_strong, 0.0 if warm else MIN_SECONDS)
            while n_done < n_positive and budget > 0:
                level = descent.solve(
                    n_done, grid[n_done], min(settings.max_iter, budget), visits_to_prepare(problem))
                if settings.exact and level.converged and affords_exact(problem, level):
                    level = refine(descent, level, grid[n_done])
                if not level.converged or settings.exact and level.gap > goal and affords_exact(problem, level):
                    largest, spent = grid[n_done], level.n_epochs
                    break
                yield level
                n_done += 1
            if n_done == n_positive == len(grid):
                return
            if np.count_nonzero(descent.solver.w) < SPARSE_SUPPORT * len(problem.features) and (
                    problem.design.has_columns):
                method = "working_set"
    if method == "cd":
        yield from descent.run(grid, n_done)
    elif n_done < n_positive:
        bounds_pay = n_positive > MAX_SINGLE_FITS
        run = run_engine(descent, method, grid[:n_positive], n_done, largest, pool, bounds_pay=bounds_pay)
        for level in alone(run, problem.matrix, pool):
            yield level._replace(n_epochs=level.n_epochs + spent) if spent else level
            spent = 0
    if method != "cd":
        yield from descent.run(grid, n_positive)


def run_engine(
    descent: Descent, method: str, grid: np.ndarray, first: int, largest: float, pool, *, bounds_pay: bool = True
) -> Run:
    """The positive alphas from this position on, by exact steps, from where the descent has come to."""
    problem, settings, l1_ratio = descent.problem, descent.settings, descent.l1_ratio
    levels = penalty_grid(problem, grid, first, l1_ratio, largest)

    def fall_back(index: int, w: np.ndarray) -> tuple[PathPoint, np.ndarray]:
        descent.restart(w)
        level = descent.judge(index, grid[index], method)
        if not (settings.exact and level.converged):
            level = descent.solve(index, grid[index])
        return level, descent.solver.w

    solver = descent.solver
    if not solver.gap()[1] <= WORSE_THAN_ZERO * problem.sq_target:
        solver = core.Solver(problem)       # a start worse than zeros would leave its rounding errors behind
    gap_tol, max_iter = settings.goal * problem.sq_target, min(settings.max_iter, 2**62)
    if method == "gram":
        depth = 8 if settings.watched else DEPTH
        yield from GramEngine(problem, levels, gap_tol, max_iter, fall_back, solver, depth, pool).run()
    else:
        scale = level_scales(problem, largest, l1_ratio)[0]
        yield from WorkingSetEngine(
            problem, levels, gap_tol, max_iter, fall_back, solver, scale, pool, bounds_pay=bounds_pay).run()


def run_beside(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start) -> Run | None:
    """The solution at every alpha of a grid on a working set, for `scans.in_lockstep`; None where it gains nothing."""
    if without_block_bounds(problem) is not None:
        return None
    descent = Descent(problem, l1_ratio, settings, start)
    largest = level_of_zero(descent.solver, problem, l1_ratio)
    if problem.sq_target == 0.0 or not gains_beside(problem, grid, largest):
        return None
    return _on_working_set(descent, grid, largest)


def _on_working_set(descent: Descent, grid: np.ndarray, largest: float) -> Run:
    n_positive = count_positive(grid)
    bounds_pay = n_positive > MAX_SINGLE_FITS
    run = run_engine(descent, "working_set", grid[:n_positive], 0, largest, None, bounds_pay=bounds_pay)
    answer: Any = None
    with suppress(StopIteration):
        while True:
            item = run.send(answer)
            answer = yield of_minimum_norm(descent.problem, item) if isinstance(item, PathPoint) else item
    for level in descent.run(grid, n_positive):
        yield of_minimum_norm(descent.problem, level)


def run_of_fold(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> Run | None:
    """What solve_levels does on a working set, for `scans.in_lockstep`; None where it does something else, or where
    scans that are shared with other folds gain nothing."""
    if not folds_gain(problem, grid, l1_ratio, settings):
        return None
    descent = Descent(problem, l1_ratio, settings)
    return _on_working_set(descent, grid, level_of_zero(descent.solver, problem, l1_ratio))


def of_minimum_norm(problem: Problem, level: PathPoint) -> PathPoint:
    """The level with coefficients of minimum norm over the unpenalised columns, which fit the same."""
    if problem.block is None or not problem.block.leaves_a_choice:
        return level
    rows, values = problem.block.expanded(level.rows, level.values)
    return level._replace(rows=rows, values=values)
