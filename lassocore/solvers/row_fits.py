# Lives here: fits of one alpha for several tasks, where X is small. Independent of: storage, kernels.
"""Rows over tasks on the Gram matrix of all columns, solved and certified in one call of the core."""
from __future__ import annotations

import time

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.results.path_batch import PathBatch
from lassocore.solvers.block_columns import MIN_TOL_OF_PRODUCTS, block_solver
from lassocore.solvers.block_path import INNER_SHARE, MAX_SECONDS_OF_SINGLE_GRAM
from lassocore.solvers.coordinate_descent import is_in_reach
from lassocore.solvers.cost_model import choose_method, gram_seconds
from lassocore.solvers.penalty_grid import level_scales
from lassocore.solvers.settings import Settings


def fit_rows(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool) -> PathBatch | None:
    """The solution at the one alpha of the grid; None where one call is not enough, and `BlockPathSolver` is asked."""
    if not is_one_call(problem, grid, l1_ratio, settings):
        return None
    if start is not None and not is_in_reach(problem, start):
        start = None
    clock, goal = time.perf_counter(), settings.goal * problem.sq_target
    gram = problem.design.gram_of_features(problem.features, pool) if problem.gram is None else problem.gram
    rows, values, n_nonzero, certified, outcomes = core.fit_rows(
        block_solver(problem, settings), problem, gram if gram.strides[0] == gram.itemsize else np.asfortranarray(gram),
        level_scales(problem, grid, l1_ratio), INNER_SHARE * goal, min(settings.max_iter, 2**62), start)
    (gap, sq_residual), = certified.tolist()
    (_, n_epochs, n_newton, _), = outcomes.tolist()
    if gap > goal and n_epochs + n_newton < settings.max_iter:
        return None
    return PathBatch(
        0, rows, values, n_nonzero, [gap], [sq_residual], [gap <= settings.tol * problem.sq_target], ["gram"],
        [int(n_epochs)], [int(n_newton)], [len(problem.features)], [0], [time.perf_counter() - clock])


def is_one_call(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> bool:
    """Whether a fit is small, and has nothing that its solution has to be watched or corrected for."""
    return (
        problem.penalty.groups is None and grid[0] > 0.0 and len(problem.unpenalised) == 0
        and problem.dtype == np.float64 and settings.selection == "cyclic" and settings.recorder is None
        and not settings.may_end_early and settings.goal >= MIN_TOL_OF_PRODUCTS
        and problem.design.has_columns and gram_seconds(problem) <= MAX_SECONDS_OF_SINGLE_GRAM
        and choose_method(problem, 1, settings, l1_ratio) == "gram")
