# Lives here: which method solves which levels: the cost model. Must not know: storage's layout, how methods work.
"""The choice between methods, by a small model of their cost; docs/performance.md has the measurements."""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lassocore._isa import core
from lassocore.descent import Descent
from lassocore.engine import GramEngine, WorkingSetEngine
from lassocore.levels import Level, as_levels, level_of_zero
from lassocore.settings import Settings
from lassocore.validation import Problem

MOST_CANCELLED = 1e4                # S mean^2 over the squared norm about the mean, of a sparse column
DEPTH = 64                          # levels that a Gram matrix of all columns solves in one call


def choose_method(problem: Problem, levels, settings: Settings, l1_ratio: float) -> str:
    """ "cd", "gram" or "working_set"."""
    matrix = problem.matrix
    n, p = matrix.n_samples, len(problem.features)
    if settings.solver == "cd" or p == 0 or problem.sq_target == 0.0 or len(levels) == 0:
        return "cd"
    if problem.dtype == np.float32 and len(problem.unpenalised) > 0:
        return "cd"
    if matrix.storage == "sparse" and loses_digits(problem):
        return "cd"
    if l1_ratio == 0.0:
        return "gram" if p <= 300 else "cd"
    if matrix.storage == "gram":
        return "gram"
    if p <= 4000 and (p <= 3 * n or p <= 600):
        return "gram"
    return "working_set"


def loses_digits(problem: Problem) -> bool:
    """Whether centring a Gram matrix of sparse columns after it is summed would cancel too much of it."""
    centred = problem.total_weight * problem.means[problem.features]**2
    return bool((centred > MOST_CANCELLED * problem.sq_norms[problem.features]).any())


def solve_levels(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[Level]:
    """The solution at every alpha of the grid."""
    descent = Descent(problem, l1_ratio, settings, start)
    largest = level_of_zero(descent.solver, problem, l1_ratio)
    positive = grid[grid > 0.0]
    levels = as_levels(problem, positive, l1_ratio, largest)
    method = choose_method(problem, levels, settings, l1_ratio)
    if method == "cd":
        yield from descent.run(grid)
        return

    def fall_back(index: int, w: np.ndarray) -> tuple[Level, np.ndarray]:
        descent.restart(w)
        return descent.solve(index, grid[index]), descent.solver.w

    solver = descent.solver
    if start is not None and not solver.gap()[1] <= problem.sq_target:
        solver = core.Solver(problem)       # a start worse than zeros would leave its rounding errors behind
    gap_tol = settings.tol * problem.sq_target
    if method == "gram":
        depth = 8 if settings.watched else DEPTH
        yield from GramEngine(problem, levels, gap_tol, settings.max_iter, fall_back, solver, depth, pool).run()
    else:
        scale = problem.total_weight * l1_ratio * largest
        yield from WorkingSetEngine(problem, levels, gap_tol, settings.max_iter, fall_back, solver, scale, pool).run()
    yield from descent.run(grid, len(positive))
