# Lives here: a working set on which coordinate descent runs, over X itself. Independent of: other columns, alpha.
"""For supports so large, or columns so short, that a Gram matrix does not pay."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import divided
from lassocore.problems.problem import Problem
from lassocore.solvers.coordinate_descent import strong_threshold
from lassocore.solvers.penalty_grid import set_scales

SECONDS_PER_VISIT = 1e-8


class CDWorkingSet:
    """Some columns of a problem with the interface of a WorkingSet; residuals are kept, no Gram matrix is."""

    method = "descent"

    def __init__(self, problem: Problem, n_slots: int, columns: np.ndarray, w: np.ndarray, gap_tol: float):
        self.problem = problem
        self.columns = np.sort(columns)
        matrix = problem.matrix
        self.root_weights = None if matrix.weights is None else np.sqrt(matrix.weights)
        self.solver = core.Solver(problem)
        self.solver.set_features(self.columns)
        self.solver.set_settings(gap_tol, 1, "cyclic", None, problem.dtype == np.float32)
        self.gap_tol, self.last_scale = gap_tol, None
        self.slots: list[tuple[np.ndarray, np.ndarray]] = []
        self.slot_residuals = np.zeros((matrix.n_samples, n_slots))
        self.start_from(w[self.columns])

    def __len__(self):
        return len(self.columns)

    @property
    def n_support(self) -> int:
        """How many columns are not at 0."""
        return len(self.slots[-1][0]) if self.slots else int(np.count_nonzero(self.solver.w))

    @property
    def correlations(self) -> np.ndarray:
        """X'(s r) of the columns at the last level."""
        return self.solver.correlations[self.columns]

    def extend(self, columns: np.ndarray, w: np.ndarray | None = None) -> None:
        """Join columns, at 0."""
        columns = np.sort(columns)
        fresh = self.problem.matrix.scan_residual(columns, self.solver.residual)
        self.solver.correlations[columns] = fresh
        self.columns = np.sort(np.concatenate([self.columns, columns]))
        self.solver.set_features(self.columns)
        if w is not None and w.any():
            self.solver.w[columns] = w
            self.solver.refresh()

    def keep(self, kept: np.ndarray) -> None:
        """Only these positions stay, rising; they hold all nonzeros."""
        self.columns = self.columns[kept]
        self.solver.set_features(self.columns)

    def needed(self, pull: float) -> np.ndarray:
        """Which positions are not at 0, or pulled to this many times their factor."""
        l1_factor = self.problem.l1_factor[self.columns]
        return ((self.solver.w[self.columns] != 0.0) | (np.abs(self.correlations) >= pull * l1_factor)
                | (l1_factor == 0.0))

    def start_from(self, w: np.ndarray) -> None:
        """Go on from these coefficients of all positions."""
        self.solver.w[self.columns] = w
        self.solver.refresh()

    def coefficients(self) -> np.ndarray:
        """w of every column of X."""
        return self.solver.w.copy()

    def solve(self, l1_scales, l2_scales, tolerance: float, max_iter: int) -> np.ndarray:
        """Level after level: (gap, ||r||_s^2, epochs, 0) each, where no column outside is pulled beyond l1."""
        outcomes = np.zeros((len(l1_scales), 4))
        self.slots.clear()
        self.solver.set_settings(self.gap_tol, max_iter, "cyclic", None, self.problem.dtype == np.float32)
        for t, (l1_scale, l2_scale) in enumerate(zip(l1_scales, l2_scales, strict=True)):
            set_scales(self.solver, self.problem, l1_scale, l2_scale)
            threshold = strong_threshold(self.last_scale, l1_scale)
            outcomes[t, 0], outcomes[t, 1], outcomes[t, 2], _ = self.solver.solve_level(threshold)
            self.slots.append(self.solver.nonzeros())
            self.slot_residuals[:, t] = self.solver.residual
            self.last_scale = l1_scale
        self.outcomes = outcomes
        return outcomes

    def certify(self, l1_scales, l2_scales, outside_ratio) -> np.ndarray:
        """(gap, ||r||_s^2) of each slot; no gap where a column outside is pulled beyond l1."""
        certified = self.outcomes[:, :2].copy()
        certified[np.asarray(outside_ratio)[:len(certified)] > 1.0, 0] = np.inf
        return certified

    def nonzeros(self, slot: int) -> tuple[np.ndarray, np.ndarray]:
        """(rising columns, values) of the coefficients in a slot."""
        return self.slots[slot]

    def residuals(self, n_levels: int) -> tuple[np.ndarray, np.ndarray]:
        """As WorkingSet.residuals."""
        self.slot_residuals[:, n_levels:] = 0.0
        if self.root_weights is None:
            return self.slot_residuals, self.slot_residuals
        return divided(self.slot_residuals, self.root_weights[:, None]), self.slot_residuals

    def weighted(self, roots: np.ndarray) -> np.ndarray:
        """s r from sqrt(s) r."""
        return roots if self.root_weights is None else roots * self.root_weights

    def work(self, outcomes) -> float:
        """Seconds that a level took, about."""
        return outcomes[:, 2].mean() * self.n_support * self.seconds_per_visit()

    def seconds_per_visit(self) -> float:
        """Of one coordinate, a dot and an update."""
        matrix = self.problem.matrix
        return SECONDS_PER_VISIT + self.problem.design.seconds_per_entry_of_visit * matrix.cost_of(self.columns)
