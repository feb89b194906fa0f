# Lives here: the columns that take part in a multi-task fit. Independent of: alpha, paths.
"""Sets of columns for block coordinate descent: on their Gram matrix, or over X itself."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.problems.multi_task import MultiTaskProblem, in_blocks
from lassocore.solvers.penalty_grid import set_scales
from lassocore.solvers.working_set import FIRST_CAPACITY
from lassocore.utils.threads import ranges

PRODUCTS_PER_ENTRY = 0.3            # columns whose products are kept, per multiply-add of a product with X
MAX_PRODUCTS = 100_000_000          # numbers that may be kept
RANGE_WORK = 4_000_000              # multiply-adds of a scan between two chances to interrupt


class GramWorkingSet:
    """Columns of a problem in the order in which they joined, and their Gram matrix: descent never visits X."""

    def __init__(self, problem: MultiTaskProblem, how: tuple, full: np.ndarray | None):
        self.problem, self.how, self.full = problem, how, full
        self.method = "working_set" if full is None else "gram"
        self.columns = np.empty(0, np.intp)
        self.gram = np.zeros((FIRST_CAPACITY, FIRST_CAPACITY), order="F")
        n_gathered = problem.matrix.n_samples if problem.design.can_gather and full is None else 0
        self.gathered = np.empty((n_gathered, FIRST_CAPACITY), order="F")
        self._make_solver(np.zeros((0, problem.correlations.shape[1])))

    def _make_solver(self, W: np.ndarray) -> None:
        """A solver of the set as it is now, from these rows."""
        problem, size = self.problem, len(self.columns)
        self.scaled: Any = SimpleNamespace(l1_factor=problem.l1_factor[self.columns],
                                      l2_factor=problem.l2_factor[self.columns], lower=None, upper=None)
        gram = self.gram[:size, :size]
        target = in_blocks(problem.correlations[self.columns])
        self.solver = core.TaskSolver(core.Matrix.gram(gram, problem.total_weight), target,
                                      np.ascontiguousarray(gram.diagonal()), problem.sq_target)
        self.every = np.arange(size)
        self.solver.set_columns(self.every)
        self.solver.W[:] = W
        if len(problem.unpenalised) > 0:
            positions = np.flatnonzero(np.isin(self.columns, problem.unpenalised))
            rising = positions[self.columns[positions].argsort()]
            self.solver.set_unpenalised(rising, problem.block)

    def extend(self, columns: np.ndarray, W: np.ndarray) -> None:
        """Join columns with these rows: their products with all that are there, and each other."""
        size, new = len(self.columns), len(self.columns) + len(columns)
        if new > len(self.gram):
            room = max(2 * len(self.gram), new)
            gram, gathered = np.zeros((room, room), order="F"), np.empty((len(self.gathered), room), order="F")
            gram[:size, :size], gathered[:, :size] = self.gram[:size, :size], self.gathered[:, :size]
            self.gram, self.gathered = gram, gathered
        self.columns = np.concatenate([self.columns, columns])
        if self.full is None:
            self.problem.design.add_products(self.columns, size, self.gram, self.gathered)
        else:
            self.gram[:new, size:new] = self.full[np.ix_(self.columns, columns)]
            self.gram[size:new, :size] = self.gram[:size, size:new].T
        self._make_solver(np.concatenate([self.solver.W, W]))

    def keep(self, kept: np.ndarray) -> None:
        """Only these positions stay; they hold all nonzeros."""
        size = len(kept)
        self.gram[:size, :size] = self.gram[np.ix_(kept, kept)]
        self.gathered[:, :size] = self.gathered[:, kept]
        self.columns = self.columns[kept]
        self._make_solver(self.solver.W[kept])

    def solve(self, l1_scale: float, l2_scale: float, gap_tol: float, max_iter: int) -> tuple[int, str]:
        """(epochs, status) of descent until the gap over the set is met."""
        self.solver.set_settings(gap_tol, max_iter, *self.how)
        set_scales(self.solver, self.scaled, l1_scale, l2_scale)
        self.solver.refresh()
        return self.solver.solve_level()[1:]

    def settle(self, rounded: bool) -> np.ndarray:
        """Residuals and pulls of the set afresh from W, as float32 can hold it where rounded: the pulls."""
        solver, every = self.solver, self.every
        if rounded:
            solver.round()
        solver.refresh()
        solver.update_correlations(every)
        return solver.correlation_norms(every)

    def gap(self, outside_ratio: float) -> tuple[float, float]:
        """(gap, ||R||_s^2) at the last level, after `settle`; outside_ratio bounds ||C_j|| / l1 of other columns."""
        return self.solver.gap(self.every, outside_ratio)

    @property
    def W(self) -> np.ndarray:
        """A row for each column of the set."""
        return self.solver.W

    @W.setter
    def W(self, rows: np.ndarray) -> None:
        self.solver.W[:] = rows


class CrossGram:
    """The products of all columns with those of the support: C of any W without a visit to X."""

    def __init__(self, problem: MultiTaskProblem, full: np.ndarray | None):
        p = problem.matrix.n_features
        self.problem = problem
        self.kept = np.empty((p, 0), order="F") if full is None else full
        self.n_kept = self.kept.shape[1]
        self.places = np.full(p, -1) if full is None else np.arange(p)

    def pays(self, support: np.ndarray) -> bool:
        """Whether products of these columns cost less than scans of X."""
        if self.n_kept == len(self.places):
            return True
        n_columns = self.n_kept + np.count_nonzero(self.places[support] < 0)
        return (n_columns <= PRODUCTS_PER_ENTRY * self.problem.matrix.cost
                and n_columns * len(self.places) <= MAX_PRODUCTS)

    def correlations(self, support: np.ndarray, W: np.ndarray) -> np.ndarray:
        """X'(s R) of all columns, for rows W of the columns in the support."""
        self._extend(support[self.places[support] < 0])
        if 2 * len(support) < self.n_kept:
            return self.problem.correlations - self.kept[:, self.places[support]] @ W
        spread = np.zeros((self.n_kept, W.shape[1]))
        spread[self.places[support]] = W
        return self.problem.correlations - self.kept[:, :self.n_kept] @ spread

    def _extend(self, columns: np.ndarray) -> None:
        """Products of all columns with these, eight at a time."""
        if len(columns) == 0:
            return
        if self.n_kept + len(columns) > self.kept.shape[1]:
            kept = np.empty((len(self.kept), self.n_kept + max(len(columns), self.n_kept, FIRST_CAPACITY)), order="F")
            kept[:, :self.n_kept] = self.kept[:, :self.n_kept]
            self.kept = kept
        matrix, minus = self.problem.matrix, -np.ones(1)
        none, every = np.zeros(matrix.n_samples), np.arange(matrix.n_features)
        for first, last in ranges(len(columns), core.N_SLOTS):
            R = np.zeros((matrix.n_samples, core.N_SLOTS))
            for slot in range(last - first):
                R[:, slot] = core.residual_of(matrix, none, columns[first + slot:first + slot + 1], minus)
            for start, stop in ranges(len(every), 1 + RANGE_WORK // (1 + matrix.cost)):
                products = matrix.scan(every[start:stop], R)
                self.kept[start:stop, self.n_kept + first:self.n_kept + last] = products[:, :last - first]
        self.places[columns] = np.arange(self.n_kept, self.n_kept + len(columns))
        self.n_kept += len(columns)


class InPlaceWorkingSet:
    """Columns on which descent runs over X itself: the solver is that of the whole problem."""

    method = "cd"

    def __init__(self, problem: MultiTaskProblem, how: tuple, solver):
        self.problem, self.how, self.solver = problem, how, solver
        self.columns = np.empty(0, np.intp)

    def extend(self, columns: np.ndarray, W: np.ndarray) -> None:
        """Join columns with these rows."""
        self.columns = np.sort(np.concatenate([self.columns, columns]))
        self.solver.W[columns] = W
        self.solver.set_columns(self.columns)

    def keep(self, kept: np.ndarray) -> None:
        """Only these positions stay, rising; they hold all nonzeros."""
        self.columns = self.columns[kept]
        self.solver.set_columns(self.columns)

    def solve(self, l1_scale: float, l2_scale: float, gap_tol: float, max_iter: int) -> tuple[int, str]:
        """(epochs, status) of descent until the gap over the set is met."""
        self.solver.set_settings(gap_tol, max_iter, *self.how)
        set_scales(self.solver, self.problem, l1_scale, l2_scale)
        return self.solver.solve_level()[1:]

    @property
    def W(self) -> np.ndarray:
        """A row for each column of the set."""
        return self.solver.W[self.columns]

    @W.setter
    def W(self, rows: np.ndarray) -> None:
        self.solver.W[self.columns] = rows
