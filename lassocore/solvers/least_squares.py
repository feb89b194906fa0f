# Lives here: least squares on subsets of columns, with certificates. Independent of: alpha, what it is for.
"""Refits without a penalty: one at a time, or several on the Gram matrix of a working set."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.designs.rank import inverse_root
from lassocore.problems.problem import Problem
from lassocore.problems.unpenalised import MAX_BLOCK_ENTRIES, Block, make_block
from lassocore.problems.variants import within_bounds, without_bounds
from lassocore.solvers.penalty_grid import set_scales
from lassocore.solvers.settings import Settings

MAX_SPARE = 2                       # a working set may have this times the columns needed, or MIN_SPARE if more;
MIN_SPARE = 256                     # beyond that, other columns are removed


class Refit(NamedTuple):
    """Least squares on some columns: rising indices, values, the S-scaled gap and ||r||_s^2."""

    rows: np.ndarray
    values: np.ndarray
    gap: float
    sq_residual: float


class LeastSquares:
    """Least squares on subsets of the columns, within the bounds, of minimum norm where it is not unique."""

    def __init__(self, problem: Problem, settings: Settings):
        self.problem = replace(problem, penalty=problem.penalty.without_factors(), block=None)
        self.settings = settings
        self.gap_tol = settings.tol * problem.sq_target

    def solve(self, columns: np.ndarray, gram: np.ndarray | None = None) -> Refit:
        """The coefficients of these rising columns, all other coefficients 0; gram is formed if not given."""
        problem = replace(self.problem, features=columns, unpenalised=columns)
        if len(columns) == 0:
            return Refit(columns, np.empty(0), 0.0, problem.sq_target)
        root = inverse_root(problem.design, columns, problem.design.gram(columns) if gram is None else gram)
        if root is not None:
            found = self._run(replace(
                problem, block=Block(columns, columns, root), penalty=problem.penalty.without_bounds()))
            if found.gap <= self.gap_tol and within_bounds(problem, found.rows, found.values):
                return found
        return self.solve_from_columns(columns)

    def solve_from_columns(self, columns: np.ndarray) -> Refit:
        """The same where a bound is active or the rank of the Gram matrix is uncertain."""
        for problem in (without_bounds(self.problem), self.problem):
            if problem is not None:
                block = make_block(problem.design, columns, problem.penalty)
                basis = columns if block is None else block.basis
                found = self._run(replace(problem, features=basis, unpenalised=basis, block=block))
                if within_bounds(self.problem, found.rows, found.values):
                    break
        return found

    def _run(self, problem: Problem) -> Refit:
        solver = core.Solver(problem)
        solver.set_settings(self.gap_tol, min(self.settings.max_iter, 2**62), "cyclic", None,
                            problem.dtype == np.float32)
        set_scales(solver, problem, 0.0, 0.0)
        gap, sq_residual, _, _ = solver.solve_level(1.0)
        rows, values = solver.nonzeros()
        if problem.block is not None:
            rows, values = problem.block.expanded(rows, values)
        return Refit(rows, values, gap, sq_residual)


class BatchedLeastSquares:
    """Least squares on a few supports at a time, on the Gram matrix of a working set that contains them."""

    size = core.N_SLOTS

    def __init__(self, problem: Problem, settings: Settings):
        self.problem = problem
        self.alone = LeastSquares(problem, settings)
        self.working_set = core.ColumnSet(problem, self.size)

    @staticmethod
    def can_hold(problem: Problem, n_columns: int) -> bool:
        """Whether a copy of so many dense columns fits in memory; whether products of sparse ones keep their digits."""
        if not problem.design.can_gather and problem.design.has_columns:
            return not problem.design.gram_loses_digits(problem.features)
        return problem.matrix.n_samples * n_columns * MAX_SPARE <= MAX_BLOCK_ENTRIES

    def solve(self, supports: Sequence[np.ndarray]) -> list[Refit]:
        """At most `size` refits."""
        self._move_to(np.unique(np.concatenate(supports)))
        positions = [self._positions(columns) for columns in supports]
        gram, q, design = self.working_set.solver.gram, self.working_set.solver.q, self.problem.design
        roots: list[np.ndarray | None] = []
        for k, (columns, at) in enumerate(zip(supports, positions, strict=True)):
            if k > 0 and np.array_equal(columns, supports[k - 1]):
                roots.append(roots[-1])
            else:
                roots.append(inverse_root(design, columns, gram[np.ix_(at, at)]) if len(at) else np.empty((0, 0)))
        values = [np.zeros(len(at)) if M is None else M @ (M.T @ q[at])
                  for at, M in zip(positions, roots, strict=True)]
        _, c = self._correlations(positions, values)        # one refinement recovers the digits lost in the Gram matrix
        values = [w if M is None else w + M @ (M.T @ c[at, k])
                  for k, (at, M, w) in enumerate(zip(positions, roots, values, strict=True))]
        sq_residuals, c = self._correlations(positions, values)
        gaps = [np.inf if M is None else 0.5 * float(np.sum((M.T @ c[at, k]) ** 2))
                for k, (at, M) in enumerate(zip(positions, roots, strict=True))]
        found = [Refit(*refit) for refit in zip(supports, values, gaps, sq_residuals, strict=True)]
        return [refit if refit.gap <= self.alone.gap_tol and within_bounds(self.problem, refit.rows, refit.values)
                else self.alone.solve_from_columns(refit.rows) for refit in found]

    def sq_residuals(self, supports: Sequence[np.ndarray], values: Sequence[np.ndarray]) -> np.ndarray:
        """||r||_s^2 of any coefficients on the supports solved last."""
        return self._residuals([self._positions(columns) for columns in supports], values)[0]

    def _move_to(self, needed: np.ndarray) -> None:
        """Add these columns to the working set; remove others where they have become many."""
        working_set = self.working_set
        if len(working_set) > max(MAX_SPARE * len(needed), MIN_SPARE):
            working_set.keep(np.flatnonzero(np.isin(working_set.columns, needed)))
        new = np.setdiff1d(needed, working_set.columns, assume_unique=True)
        if len(new):
            working_set.extend(new)
        self.order = np.argsort(working_set.columns)

    def _positions(self, columns: np.ndarray) -> np.ndarray:
        """Positions of the columns in the working set."""
        own_columns = self.working_set.columns
        return self.order[np.searchsorted(own_columns, columns, sorter=self.order)]

    def _residuals(self, positions, values) -> tuple[np.ndarray, np.ndarray]:
        """(||r||_s^2, sqrt(s) r) of these coefficients."""
        slot_w = self.working_set.solver.slot_w
        slot_w[:] = 0.0
        for k, (at, w) in enumerate(zip(positions, values, strict=True)):
            slot_w[k, at] = w
        roots, _ = self.working_set.residuals(np.arange(len(positions)))
        return np.einsum("ik,ik->k", roots, roots)[:len(positions)], roots

    def _correlations(self, positions, values) -> tuple[np.ndarray, np.ndarray]:
        """(||r||_s^2, correlations of the columns of the set) for each residual."""
        sq_residuals, roots = self._residuals(positions, values)
        weights = self.working_set.root_weights
        weighted = roots if weights is None else roots * weights[:, None]
        return sq_residuals, self.problem.matrix.scan(self.working_set.columns, np.ascontiguousarray(weighted))
