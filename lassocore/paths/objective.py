# Lives here: the objective and the duality gap of any coefficients. Independent of: paths, methods, estimators.
"""Objective and duality gap at any coefficients, S-scaled, over all features; docs/math.md, sections 4 and 13."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import products_with
from lassocore.problems.blocks import blocks_of
from lassocore.problems.problem import Problem
from lassocore.solvers.block_arrays import Levels
from lassocore.solvers.block_columns import BlockColumns
from lassocore.solvers.penalty_grid import level_scales, set_level
from lassocore.solvers.settings import Settings
from lassocore.utils.index_ranges import ranges_of


class Objective:
    """The objective of a problem of one target, at one alpha after another.

    Without a penalty the problem is that of alpha = 0 (`without_penalty`).
    """

    def __init__(self, problem: Problem, l1_ratio: float):
        self.problem, self.l1_ratio = problem, l1_ratio
        self.plain = core.Solver(replace(problem, unpenalised=problem.unpenalised[:0], block=None))
        self.solver = core.Solver(problem) if len(problem.unpenalised) else None

    def measure(self, alpha: float, w: np.ndarray) -> tuple[float, float]:
        """(objective, gap) of coefficients of all features, with the best intercept. The gap includes the gain of
        solving for the unpenalised columns."""
        problem = self.problem
        start = np.zeros(len(w))
        w = w if problem.block is None else problem.block.reduced(w)
        start[problem.features] = w[problem.features]
        gap, sq_residual = self._gap(self.plain, alpha, start)
        penalty = problem.penalty.at(*level_scales(problem, alpha, self.l1_ratio), problem.features)
        objective = 0.5 * sq_residual + float(penalty.value(start[problem.features]).sum())
        if self.solver is not None:
            gap, sq_solved = self._gap(self.solver, alpha, start)
            gap += max(0.0, 0.5 * (sq_residual - sq_solved))
        return objective, gap

    def _gap(self, solver: core.Solver, alpha: float, start: np.ndarray) -> tuple[float, float]:
        """(gap, ||r||_s^2) of these coefficients, or after solving for the unpenalised columns of the solver."""
        solver.w[:] = start
        solver.refresh()
        set_level(solver, self.problem, alpha, self.l1_ratio)
        gap, sq_residual, _ = solver.gap()
        return gap, sq_residual


class BlockObjective:
    """The same of a problem of blocks: several tasks, or groups of features."""

    def __init__(self, problem: Problem, l1_ratio: float):
        self.problem, self.l1_ratio, self.blocks = problem, l1_ratio, blocks_of(problem)
        gram = None
        if not problem.design.has_columns:
            gram = problem.design.gram_of_features(problem.features, None) if problem.gram is None else problem.gram
        self.set = BlockColumns(problem, self.blocks, Settings(), gram)
        self.in_set: np.ndarray = np.zeros(len(self.blocks.factors), bool)
        if gram is not None:
            self.in_set[:] = True
        else:
            self._join((self.blocks.factors == 0.0).all(axis=1) | np.bool_(l1_ratio == 0.0))

    def _join(self, chosen: np.ndarray) -> None:
        members = np.flatnonzero(chosen & ~self.in_set)
        if len(members):
            self.set.extend(members)
            self.in_set[members] = True

    def measure(self, alpha: float, w: np.ndarray) -> tuple[float, float]:
        """(objective, gap) of coefficients of all features, (n_features, n_tasks) or a vector, with the best
        intercepts."""
        problem, blocks = self.problem, self.blocks
        w = w.reshape(len(w), -1)
        w = w if problem.block is None else problem.block.reduced(w)
        sizes = np.abs(w[blocks.columns] if blocks.units is None else (
            w[blocks.columns] * blocks.units[blocks.columns][:, None]))
        firsts = blocks.starts[:-1]
        norms = np.sqrt(np.add.reduceat(np.square(sizes).sum(axis=1), firsts))
        self._join(norms > 0.0)
        self.set.W[:] = 0.0
        self.set.W[:, :self.set.size] = self.set.positions_of(w)
        self.set.refresh()
        l1_scale, l2_scale = level_scales(problem, alpha, self.l1_ratio)
        gap, sq_residual = self._gap(l1_scale, l2_scale)
        if len(problem.unpenalised):
            self.set.settle()
            gap, sq_solved = self._gap(l1_scale, l2_scale)
            gap += max(0.0, 0.5 * (sq_residual - sq_solved))
        of_norm, of_features, of_square = blocks.factors.T
        penalty = l1_scale * (of_norm * norms + of_features * np.add.reduceat(sizes.sum(axis=1), firsts))
        return 0.5 * sq_residual + float((penalty + 0.5 * l2_scale * of_square * norms**2).sum()), gap

    def _gap(self, l1_scale: float, l2_scale: float) -> tuple[float, float]:
        """(gap, ||R||_s^2) of the coefficients in the set, for all blocks."""
        solved = Levels(np.stack([self.set.W, self.set.C])[None], np.zeros((1, 4)))
        outside = np.flatnonzero(~self.in_set)
        ratio = 0.0
        if len(outside):
            starts, widths = self.blocks.starts, np.diff(self.blocks.starts)[outside]
            columns = self.blocks.columns[ranges_of(starts[outside], widths)]
            _, residuals = self.set.residuals(solved.W)
            products = products_with(self.problem.matrix, columns, residuals)
            if self.blocks.units is not None:
                products = products / self.blocks.units[columns][:, None]
            ratios = core.dual_ratios(np.ascontiguousarray(products.T)[:, :, None], np.append(0, np.cumsum(widths)),
                                      self.blocks.factors[outside])
            largest = float(ratios.max())
            ratio = largest / l1_scale if l1_scale > 0.0 else np.inf if largest > 0.0 else 0.0
        l1, l2 = np.array([l1_scale]), np.array([l2_scale])
        certified = self.set.certify(solved, l1, l2, np.array([ratio]), self.problem.design.has_columns)
        return float(certified[0, 0]), float(certified[0, 1])
