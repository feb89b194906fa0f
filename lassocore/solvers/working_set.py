# Lives here: sets of columns, their Gram matrices and residuals. Independent of: alpha, columns outside.
"""Sets of columns on whose Gram matrix levels are solved: all columns, or a working set."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import divided
from lassocore.problems.problem import Problem

FIRST_CAPACITY = 64                 # columns for which memory is allocated at first
SECONDS_PER_PRODUCT = 6e-10         # of a multiply-add on a factor or a Gram matrix
GAP, SQ_RESIDUAL, N_EPOCHS, N_NEWTON, WORK = range(5)   # columns of the outcomes of levels; the first two, of certify


class ColumnSet:
    """Columns of a problem, in any order, with a solver on their Gram matrix."""

    method: str

    def __init__(self, problem: Problem, n_slots: int, capacity: int, gram=None):
        self.problem = problem
        self.columns = np.empty(0, np.intp)
        self.solver = core.GramSolver(capacity, n_slots, problem.sq_target, problem.lower is not None, gram)
        if problem.block is not None:
            self.solver.set_accuracy(problem.block)

    def __len__(self):
        return len(self.columns)

    def adopt(self, columns: np.ndarray, w: np.ndarray, products) -> None:
        """Add columns with these coefficients; products are those with the present columns, as already in gram."""
        problem, solver, size = self.problem, self.solver, len(self)
        span = slice(size, size + len(columns))
        solver.q[span] = problem.correlations[columns]
        solver.w[span] = w
        solver.sq_norms[span] = solver.gram.diagonal()[span]
        solver.l1_factor[span] = problem.l1_factor[columns]
        solver.l2_factor[span] = problem.l2_factor[columns]
        if problem.lower is not None and problem.upper is not None:
            solver.lower[span], solver.upper[span] = problem.lower[columns], problem.upper[columns]
        solver.size = span.stop
        self.columns = np.concatenate([self.columns, columns])
        if w.any():
            self.start_from(solver.w[:span.stop].copy())
        else:
            solver.c[span] = solver.q[span] if products is None else solver.q[span] - products @ solver.w[:size]

    def start_from(self, w: np.ndarray, correlations: np.ndarray | None = None) -> None:
        """Continue from these coefficients of all positions; correlations computed with X are more accurate."""
        solver, size = self.solver, len(self)
        support = np.flatnonzero(w)
        fitted = solver.gram[:size, support] @ w[support]
        if correlations is None:
            solver.c[:size] = solver.q[:size] - fitted
        else:
            solver.c[:size] = correlations
            solver.q[:size] = correlations + fitted
        solver.w[:size] = w
        solver.forget_factor()

    @property
    def n_support(self) -> int:
        """The number of columns in the Cholesky factor."""
        return self.solver.n_members

    @property
    def correlations(self) -> np.ndarray:
        """X'(s r) of the columns at the last level."""
        return self.solver.c[:len(self)]

    def solve(self, l1_scales, l2_scales, tolerance: float, max_iter: int) -> np.ndarray:
        """Solve the levels into the slots: (gap over the set, ||r||_s^2, epochs, Newton steps, multiply-adds) each."""
        outcomes = self.solver.solve_levels(l1_scales, l2_scales, tolerance, max_iter)
        if self.problem.dtype == np.float32:
            self.solver.round_slots(len(l1_scales))
        return outcomes

    def certify(self, l1_scales, l2_scales, outside_ratio) -> np.ndarray:
        """(gap, ||r||_s^2) of each slot; outside_ratio bounds |c_j| / l1_j of the columns outside."""
        return self.solver.certify(l1_scales, l2_scales, outside_ratio)

    def work(self, outcomes) -> float:
        """Estimated seconds for a level."""
        return SECONDS_PER_PRODUCT * float(outcomes[:, WORK].sum()) / len(outcomes)

    def needed(self, ratio: float) -> np.ndarray:
        """Which positions are nonzero, unpenalised, in the factor, or have |c_j| >= ratio * l1_factor_j."""
        solver, size = self.solver, len(self)
        l1_factor = solver.l1_factor[:size]
        needed = (solver.w[:size] != 0.0) | (np.abs(solver.c[:size]) >= ratio * l1_factor) | (l1_factor == 0.0)
        needed[solver.members] = True
        return needed

    def nonzeros(self, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """(columns, values, how many each slot has) of the coefficients in these slots, columns rising in each."""
        return self.solver.nonzeros(slots, self.columns.argsort(), self.columns)

    def coefficients(self) -> np.ndarray:
        """w of every column of X."""
        w = np.zeros(self.problem.matrix.n_features)
        w[self.columns] = self.solver.w[:len(self)]
        return w


class EveryColumn(ColumnSet):
    """All usable columns; their Gram matrix is formed in one pass over X."""

    method = "gram"

    def __init__(self, problem: Problem, n_slots: int, start: np.ndarray, pool):
        features = problem.features
        gram = problem.design.gram_of_features(features, pool) if problem.gram is None else problem.gram
        super().__init__(problem, n_slots, len(features), gram)
        self.adopt(features, start[features], None)


class WorkingSet(ColumnSet):
    """A changing subset of the columns and its Gram matrix; dense columns are copied."""

    method = "working_set"

    def __init__(self, problem: Problem, n_slots: int):
        super().__init__(problem, n_slots, FIRST_CAPACITY)
        matrix = problem.matrix
        self.root_weights = None if matrix.weights is None else np.sqrt(matrix.weights)
        self.target = problem.target if self.root_weights is None else divided(problem.target, self.root_weights)
        self.gathered = np.empty((matrix.n_samples if problem.design.can_gather else 0, FIRST_CAPACITY), order="F")

    def extend(self, columns: np.ndarray, w: np.ndarray | None = None) -> None:
        """Add columns, at 0 or with these coefficients; the Gram matrix grows by their products."""
        size, new = len(self), len(self) + len(columns)
        if new > self.solver.capacity:
            self.solver = self.solver.grow(max(2 * self.solver.capacity, new))
            gathered = np.empty((len(self.gathered), self.solver.capacity), order="F")
            gathered[:, :size] = self.gathered[:, :size]
            self.gathered = gathered
        gram = self.solver.gram
        self.problem.design.add_products(np.concatenate([self.columns, columns]), size, gram, self.gathered)
        products = gram[:new, size:new].T
        self.adopt(columns, np.zeros(len(columns)) if w is None else w, products[:, :size])

    def keep(self, positions: np.ndarray) -> None:
        """Keep these rising positions only; among them are all nonzeros and all columns of the factor."""
        self.gathered[:, :len(positions)] = self.gathered[:, positions]
        self.solver.keep(positions)
        self.columns = self.columns[positions]

    def residuals(self, n_levels: int) -> tuple[np.ndarray, np.ndarray]:
        """(sqrt(s) r, s r) of the levels solved last, each of shape (n_samples, n_slots), 0 in unused slots."""
        problem, size = self.problem, len(self)
        slot_w = self.solver.slot_w[:, :size]
        if problem.design.can_gather:
            roots = np.zeros((len(self.target), len(slot_w)))
            np.subtract(self.target[:, None], self.gathered[:, :size] @ slot_w[:n_levels].T, out=roots[:, :n_levels])
            return roots, roots if self.root_weights is None else roots * self.root_weights[:, None]
        weighted = np.zeros((problem.matrix.n_samples, len(slot_w)))
        for t in range(n_levels):
            weighted[:, t] = core.residual_of(problem.matrix, problem.target, self.columns, slot_w[t])
        return weighted if self.root_weights is None else divided(weighted, self.root_weights[:, None]), weighted

    def weighted(self, roots: np.ndarray) -> np.ndarray:
        """s r from sqrt(s) r."""
        return roots if self.root_weights is None else roots * self.root_weights
