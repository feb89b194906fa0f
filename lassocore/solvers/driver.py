# Lives here: which method solves which levels: the cost model. Must not know: storage's layout, how methods work.
"""The choice between methods, by a small model of their cost; docs/performance.md has the measurements."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import Run, alone
from lassocore.problems.problem import Problem
from lassocore.solvers.active_set import GramEngine, WorkingSetEngine
from lassocore.solvers.coordinate_descent import Descent, usable_start
from lassocore.solvers.levels import (
    Level,
    as_levels,
    level_of_zero,
    level_scales,
    of_minimum_norm,
    within_bounds,
    without_block_bounds,
    without_bounds,
)
from lassocore.solvers.newton_on_support import refine
from lassocore.solvers.settings import Settings
from lassocore.solvers.working_set import loses_digits

MOST_DENSE, MOST_SPARSE = 4000, 500     # columns whose Gram matrix is formed in one pass
FEW = 3                             # alphas that coordinate descent may be enough for
MOST_STRONG = 0.6                   # share of columns pulled beyond l1 from which most of them are expected to enter
NEAR_THE_TOP = 0.03                 # share of the largest alpha above which few columns are expected to enter
TINY = 20_000                       # numbers of X below which preparing for exact steps costs more than epochs
GRAM_SHARE = 0.6                    # of the time of a Gram matrix, that coordinate descent may take before
PASSES_OF_DESCENT = {"dense": 3.0, "sparse": 60.0, "gram": 3.0}     # or of passes over X
SECONDS_TO_PREPARE = 1.5e-4         # for exact steps
SECONDS_PER_VISIT = 1e-8            # of a coordinate, beside its entries
LEAST_SECONDS = 1e-4                # that coordinate descent may take in any case
SPARSE_SUPPORT = 0.3                # of the columns: fewer are better taken by a working set
SECONDS_PER_GRAM_PRODUCT = 3e-11
SECONDS_PER_ENTRY = {"dense": 1.5e-10, "sparse": 1e-9, "gram": 1.5e-10}
FEW_EPOCHS = 3                      # to which max_iter limits a fit that is left to coordinate descent
EXACT_SECONDS = 2e-3                # that exact steps after a descent may take in any case
DEPTH = 64                          # levels that a Gram matrix of all columns solves in one call
WORSE_THAN_ZERO = 1.001             # times ||y0||^2: the squared residual of a start that is not worth starting from
PASSES_OF_A_TARGET = 4.0            # over X, for a target on a working set
SHARED_DOWN_TO = 0.1                # share of the largest alpha down to which scans are most of a single fit
LARGE_FOR_FOLDS = 3_000_000         # numbers of X from which folds gain by reading them together
LARGE = 10_000_000                  # numbers of X from which reading them is most of any fit


def choose_method(problem: Problem, n_levels: int, settings: Settings, l1_ratio: float) -> str:
    """ "cd", "gram" or "working_set"."""
    matrix = problem.matrix
    n, p = matrix.n_samples, len(problem.features)
    if settings.solver == "cd" or p == 0 or problem.sq_target == 0.0 or n_levels == 0 or settings.max_iter < FEW_EPOCHS:
        return "cd"
    if problem.block is not None and (problem.dtype == np.float32 or problem.block.is_delicate):
        return "cd"
    if matrix.storage == "sparse" and loses_digits(problem):
        return "cd"
    if l1_ratio == 0.0:
        return "gram" if p <= 300 else "cd"
    if matrix.storage == "gram":
        return "gram"
    if p <= (MOST_DENSE if matrix.storage == "dense" else MOST_SPARSE) and (p <= 3 * n or p <= 600):
        return "gram"
    return "working_set"


def solve_levels(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[Level]:
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
) -> Iterator[Level]:
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
) -> Iterator[Level]:
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
    if method != "cd" and n_positive <= FEW:
        n_strong = count_strong(descent.solver, problem, level_scales(problem, grid[n_positive - 1], l1_ratio)[0])
        if method == "working_set" or expects_few(problem, grid[n_positive - 1], largest, n_strong):
            warm = settings.exact and start is not None     # near: exact steps soon pay
            budget = most_epochs(problem, method, n_strong, 0.0 if warm else LEAST_SECONDS)
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
                    problem.matrix.storage != "gram"):
                method = "working_set"
    if method == "cd":
        yield from descent.run(grid, n_done)
    elif n_done < n_positive:
        run = run_engine(descent, method, grid[:n_positive], n_done, largest, pool, bounds_pay=n_positive > FEW)
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
    levels = as_levels(problem, grid, first, l1_ratio, largest)

    def fall_back(index: int, w: np.ndarray) -> tuple[Level, np.ndarray]:
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


def choose_for_targets(problem: Problem, n_targets: int, n_levels: int, settings: Settings, l1_ratio: float) -> str:
    """As choose_method, for each of many targets on the same X, whatever the targets."""
    method = choose_method(problem._replace(sq_target=1.0), n_levels, settings, l1_ratio)
    if method == "working_set" and len(problem.features) <= MOST_DENSE:
        pass_seconds = problem.matrix.cost * len(problem.features) * SECONDS_PER_ENTRY[problem.matrix.storage]
        if gram_seconds(problem) < n_targets * (LEAST_SECONDS + PASSES_OF_A_TARGET * pass_seconds):
            return "gram"
    return method


def gains_beside(problem: Problem, grid: np.ndarray, largest: float) -> bool:
    """Whether a target on a working set gains by scans that it shares with other targets."""
    numbers = problem.matrix.cost * len(problem.features)
    return numbers > LARGE or len(grid) <= FEW and bool(grid[-1] >= SHARED_DOWN_TO * largest)


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
    run = run_engine(descent, "working_set", grid[:n_positive], 0, largest, None, bounds_pay=n_positive > FEW)
    answer: Any = None
    with suppress(StopIteration):
        while True:
            item = run.send(answer)
            answer = yield of_minimum_norm(descent.problem, item) if isinstance(item, Level) else item
    for level in descent.run(grid, n_positive):
        yield of_minimum_norm(descent.problem, level)


def affords_exact(problem: Problem, level: Level) -> bool:
    """Whether exact steps on the support of a solution cost no more than the descent to it."""
    matrix, size = problem.matrix, len(level.rows)
    seconds = size**2 * (matrix.cost + size) * SECONDS_PER_GRAM_PRODUCT
    visits = level.n_epochs * size + len(problem.features)
    return seconds <= max(EXACT_SECONDS, 2.0 * visits * matrix.cost * SECONDS_PER_ENTRY[matrix.storage])


def count_positive(grid: np.ndarray) -> int:
    """How many alphas of a falling grid are not 0."""
    return len(grid) if grid[-1] > 0.0 else int(np.count_nonzero(grid))


def count_strong(solver, problem: Problem, l1_scale: float) -> int:
    """How many columns are pulled beyond l1 before anything has entered; where X is tiny, all without a look."""
    features = problem.features
    if problem.matrix.cost * len(features) < TINY:
        return len(features)
    return int(np.count_nonzero(np.abs(solver.correlations[features]) > l1_scale * problem.l1_factor[features]))


def expects_few(problem: Problem, alpha: float, largest: float, n_strong: int) -> bool:
    """Whether most columns are expected to stay at 0 at this alpha, `largest` being where all do, or X is tiny."""
    n, p = problem.matrix.n_samples, len(problem.features)
    return alpha > NEAR_THE_TOP * largest or n < p or n_strong < MOST_STRONG * p or problem.matrix.cost * p < TINY


def gram_seconds(problem: Problem) -> float:
    """To form the Gram matrix of all columns."""
    return len(problem.features) ** 2 * problem.matrix.cost * SECONDS_PER_GRAM_PRODUCT


def most_epochs(problem: Problem, method: str, n_strong: int, least_seconds: float) -> int:
    """How many epochs coordinate descent may spend on finding the support of a single fit."""
    matrix = problem.matrix
    pass_seconds = matrix.cost * len(problem.features) * SECONDS_PER_ENTRY[matrix.storage]
    passes = PASSES_OF_DESCENT[matrix.storage]
    budget = max(least_seconds, GRAM_SHARE * gram_seconds(problem) if method == "gram" else passes * pass_seconds)
    n_visits = max(1, min(n_strong, matrix.n_samples // 2))
    return max(16, int(budget / (n_visits * matrix.cost * 2.0 * SECONDS_PER_ENTRY[matrix.storage])))


def visits_to_prepare(problem: Problem) -> int:
    """Visits to a coordinate that take as long as it takes to prepare for exact steps."""
    matrix = problem.matrix
    return max(1, int(SECONDS_TO_PREPARE / (SECONDS_PER_VISIT + 2.0 * matrix.cost * SECONDS_PER_ENTRY[matrix.storage])))


def run_of_fold(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> Run | None:
    """What solve_levels does on a working set, for `scans.in_lockstep`; None where it does something else, or where
    scans that are shared with other folds gain nothing."""
    if not folds_gain(problem, grid, l1_ratio, settings):
        return None
    descent = Descent(problem, l1_ratio, settings)
    return _on_working_set(descent, grid, level_of_zero(descent.solver, problem, l1_ratio))


def folds_gain(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> bool:
    """Whether folds of a problem gain by going down their paths in lockstep."""
    n_positive = count_positive(grid)
    if n_positive <= FEW or choose_method(problem, n_positive, settings, l1_ratio) != "working_set":
        return False
    if without_block_bounds(problem) is not None:       # such folds are solved twice where a bound holds
        return False
    return problem.matrix.cost * len(problem.features) > LARGE_FOR_FOLDS
