# Lives here: the columns that take part in a multi-task fit, and where descent runs on them. Must not know: alpha, paths.
"""Sets of columns for block coordinate descent: on their Gram matrix, or over X itself."""
from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from lassocore._isa import core
from lassocore.levels import set_scales
from lassocore.multi_task_problem import MultiTaskProblem, in_blocks
from lassocore.working_set import FIRST_ROOM, add_products, dense_gram, sparse_gram


class GramRows:
    """Columns of a problem in the order in which they joined, and their Gram matrix: descent never visits X."""

    method = "working_set"

    def __init__(self, problem: MultiTaskProblem, how: tuple):
        self.problem, self.how = problem, how
        self.columns = np.empty(0, np.intp)
        self.gram = np.zeros((FIRST_ROOM, FIRST_ROOM), order="F")
        n_gathered = problem.matrix.n_samples if problem.matrix.storage == "dense" else 0
        self.gathered = np.empty((n_gathered, FIRST_ROOM), order="F")
        self._make_solver(np.zeros((0, problem.correlations.shape[1])))

    def _make_solver(self, W: np.ndarray) -> None:
        """A solver of the set as it is now, from these rows."""
        problem, size = self.problem, len(self.columns)
        self.scaled = SimpleNamespace(l1_factor=problem.l1_factor[self.columns],
                                      l2_factor=problem.l2_factor[self.columns], lower=None, upper=None)
        gram = self.gram[:size, :size]
        target = in_blocks(problem.correlations[self.columns])
        self.solver = core.TaskSolver(core.Matrix.gram(gram, problem.total_weight), target,
                                      np.ascontiguousarray(gram.diagonal()), problem.sq_target)
        self.solver.set_columns(np.arange(size))
        self.solver.W[:] = W
        positions = np.flatnonzero(np.isin(self.columns, problem.unpenalised))
        rising = positions[self.columns[positions].argsort()]
        self.solver.set_unpenalised(rising, problem.unpenalised_root)

    def extend(self, columns: np.ndarray, W: np.ndarray) -> None:
        """Join columns with these rows: their products with all that are there, and each other."""
        size, new = len(self.columns), len(self.columns) + len(columns)
        if new > len(self.gram):
            room = max(2 * len(self.gram), new)
            gram, gathered = np.zeros((room, room), order="F"), np.empty((len(self.gathered), room), order="F")
            gram[:size, :size], gathered[:, :size] = self.gram[:size, :size], self.gathered[:, :size]
            self.gram, self.gathered = gram, gathered
        self.columns = np.concatenate([self.columns, columns])
        add_products(self.problem, self.columns, size, self.gram, self.gathered)
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
        return self.solver.solve()[1:]

    @property
    def W(self) -> np.ndarray:
        """A row for each column of the set."""
        return self.solver.W

    @W.setter
    def W(self, rows: np.ndarray) -> None:
        self.solver.W[:] = rows


class EveryGramRow(GramRows):
    """All usable columns, their Gram matrix formed in one pass over X."""

    method = "gram"

    def __init__(self, problem: MultiTaskProblem, how: tuple, pool):
        self.problem, self.how = problem, how
        self.columns = problem.features
        if problem.matrix.storage == "sparse":
            self.gram = sparse_gram(problem, self.columns)
        else:
            gram = dense_gram(problem, pool)
            every = len(self.columns) == problem.matrix.n_features
            self.gram = np.asfortranarray(gram if every else gram[np.ix_(self.columns, self.columns)])
        self._make_solver(np.zeros((len(self.columns), problem.correlations.shape[1])))


class RowsInPlace:
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
        return self.solver.solve()[1:]

    @property
    def W(self) -> np.ndarray:
        """A row for each column of the set."""
        return self.solver.W[self.columns]

    @W.setter
    def W(self, rows: np.ndarray) -> None:
        self.solver.W[self.columns] = rows
