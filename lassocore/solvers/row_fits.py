# Lives here: fits of one or a few alphas for several tasks, where X is small. Independent of: storage, kernels.
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
from lassocore.solvers.cost_model import MAX_SINGLE_FITS, choose_method, gram_seconds
from lassocore.solvers.penalty_grid import level_scales
from lassocore.solvers.settings import Settings


def fit_rows(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, start, pool) -> PathBatch | None:
    """The solutions at a few alphas; None where one call is not enough, and `BlockPathSolver` has to be asked."""
    if not is_one_call(problem, grid, l1_ratio, settings):
        return None
    if start is not None and not is_in_reach(problem, start):
        start = None
    clock, goal = time.perf_counter(), settings.goal * problem.sq_target
    gram = problem.design.gram_of_features(problem.features, pool) if problem.gram is None else problem.gram
    levels = level_scales(problem, grid, l1_ratio)
    rows, values, n_nonzero, certified, outcomes = core.fit_rows(
        block_solver(problem, settings), problem, gram if gram.strides[0] == gram.itemsize else np.asfortranarray(gram),
        levels, INNER_SHARE * goal, min(settings.max_iter, 2**62), start)
    numbers, steps = certified.tolist(), outcomes.tolist()
    n_levels = len(numbers)
    n_epochs, n_newton = [int(step[1]) for step in steps], [int(step[2]) for step in steps]
    if n_levels < len(grid) or any(gap > goal for gap, _ in numbers) and (
            len(grid) > 1 or n_epochs[0] + n_newton[0] < settings.max_iter):
        return None
    seconds, gap_tol = (time.perf_counter() - clock) / n_levels, settings.tol * problem.sq_target
    return PathBatch(
        0, rows, values, n_nonzero, [gap for gap, _ in numbers], [size for _, size in numbers],
        [gap <= gap_tol for gap, _ in numbers], ["gram"] * n_levels, n_epochs, n_newton,
        [len(problem.features)] * n_levels, [0] * n_levels, [seconds] * n_levels)


def is_one_call(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> bool:
    """Whether a fit is small, and has nothing that its solution has to be watched or corrected for."""
    return (
        problem.penalty.groups is None and len(grid) <= MAX_SINGLE_FITS and grid[-1] > 0.0
        and len(problem.unpenalised) == 0 and problem.dtype == np.float64
        and settings.recorder is None and not settings.may_end_early and settings.goal >= MIN_TOL_OF_PRODUCTS
        and problem.design.has_columns and gram_seconds(problem) <= MAX_SECONDS_OF_SINGLE_GRAM
        and choose_method(problem, len(grid), settings, l1_ratio) == "gram")
