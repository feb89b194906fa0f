# Lives here: coordinate descent from level to level. Independent of: storage, working sets.
"""solver="cd", and the fallback of the other methods."""
from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.problems.variants import without_penalty
from lassocore.results.path_batch import PathBatch, batch_of
from lassocore.results.path_point import PathPoint
from lassocore.solvers.penalty_grid import alpha_of_zero, set_level
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_vector

MAX_EASY_SIZE = 2500                # entries of X, up to which one alpha is tried
EASY_EPOCHS = 30                    # with so few epochs
MAX_START = 1e16                    # times ||y0||: beyond it the residual of a start is rounding error


def as_start(problem: Problem, coef_init) -> np.ndarray | None:
    """coef_init, checked, as coefficients of the problem's columns; None for zeros."""
    if coef_init is None:
        return None
    w = as_vector(coef_init, "coef_init", problem.matrix.n_features, "features")
    return usable_start(problem, w if problem.scaling is None else problem.scaling.start(w))


def usable_start(problem: Problem, w: np.ndarray) -> np.ndarray | None:
    """Coefficients clipped to the bounds, 0 where excluded; None for zeros."""
    if len(problem.unpenalised) == len(problem.features):
        return None                 # without a penalty zeros lead to the solution of minimum norm
    start = np.zeros(len(w))
    start[problem.features] = problem.penalty.clip(w)[problem.features]
    return start


def is_in_reach(problem: Problem, start: np.ndarray) -> bool:
    """Whether no column times its coefficients is so long that other coefficients are lost in the residual."""
    w = start[problem.features]
    with np.errstate(over="ignore"):
        squares = w * w if w.ndim == 1 else (w * w).sum(axis=1)
        return bool((squares * problem.sq_norms[problem.features] <= MAX_START**2 * problem.sq_target).all())


class CoordinateDescent:
    """Coordinate descent on a problem, warm-started from alpha to alpha."""

    def __init__(self, problem: Problem, l1_ratio: float, settings: Settings, start: np.ndarray | None = None):
        self.problem, self.l1_ratio, self.settings = problem, l1_ratio, settings
        self.goal = settings.goal * problem.sq_target
        self.bit_generator, self.status = None, ""
        if start is not None and problem.sq_target > 0.0 and not is_in_reach(problem, start):
            start = None
        self.is_warm = start is not None
        if problem.sq_target == 0.0:
            start = None        # zeros are the solution, and no other coefficients meet a tolerance of 0
        if settings.selection != "cyclic":
            seed = np.random.default_rng(settings.rng).integers(2**63)
            self.bit_generator = np.random.PCG64(seed)
        self.solver = self._make_solver(start)
        self.previous = alpha_of_zero(self.solver, problem, l1_ratio) if start is None else None

    def _make_solver(self, start):
        solver = core.Solver(self.problem, start)
        self._set_epochs(solver, self.settings.max_iter)
        if self.settings.recorder is not None:
            solver.set_recorder(self.settings.recorder.steps)
        return solver

    def _set_epochs(self, solver, max_iter: int, min_visits: int = 0) -> None:
        solver.set_settings(self.settings.tol * self.problem.sq_target, min(max_iter, 2**62), self.settings.selection,
                            self.bit_generator, self.problem.dtype == np.float32, min_visits)

    def restart(self, w: np.ndarray | None) -> None:
        """Continue from these coefficients; None for zeros."""
        self.solver = self._make_solver(w)
        self.previous = None

    def solve(self, index: int, alpha: float, max_iter: int | None = None, min_visits: int = 0) -> PathPoint:
        """The solution at one alpha, started from the last; max_iter replaces that of the settings.

        With min_visits it ends unconverged once exact steps on the support are cheaper than more epochs.
        """
        clock = time.perf_counter()
        self._set_epochs(self.solver, max_iter or self.settings.max_iter, min_visits)
        if alpha == 0.0 and len(self.problem.unpenalised) < len(self.problem.features):
            self.problem = without_penalty(self.problem)
            self.solver = self._make_solver(None)
        set_level(self.solver, self.problem, alpha, self.l1_ratio)
        gap, sq_residual, n_epochs, status = self.solver.solve_level(core.strong_threshold(self.previous, alpha))
        self.previous, self.status = alpha, status
        if self.settings.recorder is not None:
            self.settings.recorder.keep([index])
        rows, values = self.solver.nonzeros()
        n_features = len(self.problem.features)
        return PathPoint(
            index=index, rows=rows, values=values, gap=gap, sq_residual=sq_residual, converged=status == "converged",
            method="cd", n_epochs=n_epochs, n_working=n_features, n_scanned=n_features,
            seconds=time.perf_counter() - clock)

    def evaluate(self, index: int, alpha: float, method: str) -> PathPoint:
        """The current coefficients, which came from this method, with their gap at this alpha."""
        set_level(self.solver, self.problem, alpha, self.l1_ratio)
        gap, sq_residual, _ = self.solver.gap()
        rows, values = self.solver.nonzeros()
        converged = gap <= self.settings.tol * self.problem.sq_target
        return PathPoint(index=index, rows=rows, values=values, gap=gap, sq_residual=sq_residual, converged=converged,
                         method=method, n_working=len(rows))

    def run(self, grid: np.ndarray, first: int = 0) -> Iterator[PathBatch]:
        """The solution at every alpha from this position on."""
        for index in range(first, len(grid)):
            yield batch_of(self.solve(index, grid[index]))


def fit_easily(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings
) -> tuple[PathBatch | None, int]:
    """(the solution at one alpha, started from zeros, if X is tiny and a few epochs are enough, else None; the epochs).

    It skips what decides between methods, which takes longer than such a fit.
    """
    size = problem.matrix.cost * len(problem.features)
    if (len(grid) > 1 or grid[0] == 0.0 or not 0 < size <= MAX_EASY_SIZE or l1_ratio == 0.0
            or settings.solver != "auto" or settings.selection != "cyclic" or settings.exact
            or settings.recorder is not None or settings.max_iter < 2 * EASY_EPOCHS or settings.tol == 0.0
            or problem.sq_target == 0.0):
        return None, 0
    clock, solver = time.perf_counter(), core.Solver(problem)
    solver.set_settings(
        settings.tol * problem.sq_target, EASY_EPOCHS, "cyclic", None, problem.dtype == np.float32, 0)
    set_level(solver, problem, grid[0], l1_ratio)
    gap, sq_residual, n_epochs, status = solver.solve_level(core.strong_threshold(None, grid[0]))
    if status != "converged":
        return None, n_epochs
    rows, values = solver.nonzeros()
    n_features = len(problem.features)
    return PathBatch(0, rows, values, [len(rows)], [gap], [sq_residual], [True], ["cd"], [n_epochs], [0], [n_features],
                     [n_features], [time.perf_counter() - clock]), n_epochs
