# Lives here: working sets of multi-task fits. Independent of: alpha, paths.
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

PRODUCTS_PER_ENTRY = 0.3            # columns whose products may be stored, per multiply-add of a product with X
MAX_PRODUCTS = 100_000_000          # numbers stored
RANGE_WORK = 4_000_000              # multiply-adds of a scan between two checks for an interrupt


class GramWorkingSet:
    """Columns in the order in which they joined, and their Gram matrix, on which descent runs."""

    def __init__(self, problem: MultiTaskProblem, descent_settings: tuple, full_gram: np.ndarray | None):
        self.problem, self.descent_settings, self.full_gram = problem, descent_settings, full_gram
        self.method = "working_set" if full_gram is None else "gram"
        self.columns = np.empty(0, np.intp)
        self.gram = np.zeros((FIRST_CAPACITY, FIRST_CAPACITY), order="F")
        n_gathered = problem.matrix.n_samples if problem.design.can_gather and full_gram is None else 0
        self.gathered = np.empty((n_gathered, FIRST_CAPACITY), order="F")
        self._make_solver(np.zeros((0, problem.correlations.shape[1])))

    def _make_solver(self, W: np.ndarray) -> None:
        """Make the solver of the present columns, with these rows."""
        problem, size = self.problem, len(self.columns)
        self.factors: Any = SimpleNamespace(l1_factor=problem.l1_factor[self.columns],
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
        """Add columns with these rows; the Gram matrix grows by their products."""
        size, new = len(self.columns), len(self.columns) + len(columns)
        if new > len(self.gram):
            capacity = max(2 * len(self.gram), new)
            gram = np.zeros((capacity, capacity), order="F")
            gathered = np.empty((len(self.gathered), capacity), order="F")
            gram[:size, :size], gathered[:, :size] = self.gram[:size, :size], self.gathered[:, :size]
            self.gram, self.gathered = gram, gathered
        self.columns = np.concatenate([self.columns, columns])
        if self.full_gram is None:
            self.problem.design.add_products(self.columns, size, self.gram, self.gathered)
        else:
            self.gram[:new, size:new] = self.full_gram[np.ix_(self.columns, columns)]
            self.gram[size:new, :size] = self.gram[:size, size:new].T
        self._make_solver(np.concatenate([self.solver.W, W]))

    def keep(self, positions: np.ndarray) -> None:
        """Keep these positions only; among them are all nonzeros."""
        size = len(positions)
        self.gram[:size, :size] = self.gram[np.ix_(positions, positions)]
        self.gathered[:, :size] = self.gathered[:, positions]
        self.columns = self.columns[positions]
        self._make_solver(self.solver.W[positions])

    def solve(self, l1_scale: float, l2_scale: float, gap_tol: float, max_iter: int) -> tuple[int, str]:
        """(epochs, status) of descent until the gap over the set is met."""
        self.solver.set_settings(gap_tol, max_iter, *self.descent_settings)
        set_scales(self.solver, self.factors, l1_scale, l2_scale)
        self.solver.refresh()
        return self.solver.solve_level()[1:]

    def refresh_correlations(self, rounded: bool) -> np.ndarray:
        """Compute residuals and correlations anew from W, rounded to float32 on request; returns ||C_j|| of the set."""
        solver, every = self.solver, self.every
        if rounded:
            solver.round()
        solver.refresh()
        solver.update_correlations(every)
        return solver.correlation_norms(every)

    def gap(self, outside_ratio: float) -> tuple[float, float]:
        """(gap, ||R||_s^2) after `refresh_correlations`; outside_ratio bounds ||C_j|| / l1_j of the columns outside."""
        return self.solver.gap(self.every, outside_ratio)

    @property
    def W(self) -> np.ndarray:
        """A row for each column of the set."""
        return self.solver.W

    @W.setter
    def W(self, rows: np.ndarray) -> None:
        self.solver.W[:] = rows


class CrossGram:
    """Products of all columns with those of the support, from which X'(s R) follows without reading X."""

    def __init__(self, problem: MultiTaskProblem, full_gram: np.ndarray | None):
        p = problem.matrix.n_features
        self.problem = problem
        self.products = np.empty((p, 0), order="F") if full_gram is None else full_gram
        self.n_stored = self.products.shape[1]
        self.slot_of_column = np.full(p, -1) if full_gram is None else np.arange(p)

    def pays(self, support: np.ndarray) -> bool:
        """Whether products of these columns cost less than scans of X."""
        if self.n_stored == len(self.slot_of_column):
            return True
        n_columns = self.n_stored + np.count_nonzero(self.slot_of_column[support] < 0)
        return (n_columns <= PRODUCTS_PER_ENTRY * self.problem.matrix.cost
                and n_columns * len(self.slot_of_column) <= MAX_PRODUCTS)

    def correlations(self, support: np.ndarray, W: np.ndarray) -> np.ndarray:
        """X'(s R) of all columns, for rows W of the columns in the support."""
        self._extend(support[self.slot_of_column[support] < 0])
        if 2 * len(support) < self.n_stored:
            return self.problem.correlations - self.products[:, self.slot_of_column[support]] @ W
        W_of_slots = np.zeros((self.n_stored, W.shape[1]))
        W_of_slots[self.slot_of_column[support]] = W
        return self.problem.correlations - self.products[:, :self.n_stored] @ W_of_slots

    def _extend(self, columns: np.ndarray) -> None:
        """Store the products of all columns with these, eight at a time."""
        if len(columns) == 0:
            return
        if self.n_stored + len(columns) > self.products.shape[1]:
            capacity = self.n_stored + max(len(columns), self.n_stored, FIRST_CAPACITY)
            grown = np.empty((len(self.products), capacity), order="F")
            grown[:, :self.n_stored] = self.products[:, :self.n_stored]
            self.products = grown
        matrix, minus = self.problem.matrix, -np.ones(1)
        none, every = np.zeros(matrix.n_samples), np.arange(matrix.n_features)
        for first, last in ranges(len(columns), core.N_SLOTS):
            R = core.zero_rows(matrix.n_samples)
            for slot in range(last - first):
                R[:, slot] = core.residual_of(matrix, none, columns[first + slot:first + slot + 1], minus)
            for start, stop in ranges(len(every), 1 + RANGE_WORK // (1 + matrix.cost)):
                products = matrix.scan(every[start:stop], R)
                self.products[start:stop, self.n_stored + first:self.n_stored + last] = products[:, :last - first]
        self.slot_of_column[columns] = np.arange(self.n_stored, self.n_stored + len(columns))
        self.n_stored += len(columns)


class InPlaceWorkingSet:
    """Columns on which descent runs over X itself, with the solver of the whole problem."""

    method = "cd"

    def __init__(self, problem: MultiTaskProblem, descent_settings: tuple, solver):
        self.problem, self.descent_settings, self.solver = problem, descent_settings, solver
        self.columns = np.empty(0, np.intp)

    def extend(self, columns: np.ndarray, W: np.ndarray) -> None:
        """Add columns with these rows."""
        self.columns = np.sort(np.concatenate([self.columns, columns]))
        self.solver.W[columns] = W
        self.solver.set_columns(self.columns)

    def keep(self, positions: np.ndarray) -> None:
        """Keep these rising positions only; among them are all nonzeros."""
        self.columns = self.columns[positions]
        self.solver.set_columns(self.columns)

    def solve(self, l1_scale: float, l2_scale: float, gap_tol: float, max_iter: int) -> tuple[int, str]:
        """(epochs, status) of descent until the gap over the set is met."""
        self.solver.set_settings(gap_tol, max_iter, *self.descent_settings)
        set_scales(self.solver, self.problem, l1_scale, l2_scale)
        return self.solver.solve_level()[1:]

    @property
    def W(self) -> np.ndarray:
        """A row for each column of the set."""
        return self.solver.W[self.columns]

    @W.setter
    def W(self, rows: np.ndarray) -> None:
        self.solver.W[self.columns] = rows
