# Lives here: coordinate descent on a working set, over X itself. Independent of: columns outside, alpha.
"""For supports so large, or columns so short, that a Gram matrix does not pay."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.solvers.column_set import GAP, N_EPOCHS, SQ_RESIDUAL
from lassocore.solvers.penalty_grid import set_scales

SECONDS_PER_VISIT = 1e-8            # of a coordinate, in addition to its entries
MIN_EPOCHS = 10                     # at the last level, from which extrapolation pays


class CDWorkingSet:
    """A working set with the interface of `core.ColumnSet` that keeps residuals instead of a Gram matrix."""

    method = "descent"

    def __init__(self, problem: Problem, n_slots: int, columns: np.ndarray, w: np.ndarray, gap_tol: float,
                 steps: Any = None):
        self.problem, self.steps = problem, steps
        self.columns = np.sort(columns)
        matrix = problem.matrix
        self.root_weights = None if matrix.weights is None else np.sqrt(matrix.weights)
        self.solver = core.Solver(problem)
        if steps is not None:
            self.solver.set_recorder(steps)
        self.solver.set_features(self.columns)
        self.solver.set_settings(gap_tol, 1, "cyclic", None, problem.dtype == np.float32)
        self.gap_tol, self.last_scale, self.scale_before = gap_tol, None, None
        self.w_before, self.n_epochs = np.zeros(matrix.n_features), 0
        self.slots: list[tuple[np.ndarray, np.ndarray]] = []
        self.slot_residuals = np.empty((matrix.n_samples, n_slots), order="F")
        self.weighted = core.zero_rows(matrix.n_samples)        # the same, with the slots of a row side by side
        self.start_from(w[self.columns])

    def __len__(self):
        return len(self.columns)

    @property
    def anchors(self) -> np.ndarray:
        """The slots of the levels solved last."""
        return np.arange(len(self.slots))

    @property
    def n_support(self) -> int:
        """The number of nonzero coefficients."""
        return len(self.slots[-1][0]) if self.slots else int(np.count_nonzero(self.solver.w))

    @property
    def correlations(self) -> np.ndarray:
        """X'(s r) of the columns at the last level."""
        return self.solver.correlations[self.columns]

    def extend(self, columns: np.ndarray, w: np.ndarray | None = None) -> None:
        """Add columns, at 0 or with these coefficients."""
        columns = np.sort(columns)
        new = self.problem.matrix.scan_residual(columns, self.solver.residual)
        self.solver.correlations[columns] = new
        self.columns = np.sort(np.concatenate([self.columns, columns]))
        self.solver.set_features(self.columns)
        if w is not None and w.any():
            self.solver.w[columns] = w
            self.solver.refresh()

    def keep(self, positions: np.ndarray) -> None:
        """Keep these rising positions only; among them are all nonzeros."""
        self.columns = self.columns[positions]
        self.solver.set_features(self.columns)

    def needed(self, ratio: float) -> np.ndarray:
        """Which positions are nonzero, unpenalised, or have |c_j| >= ratio * l1_factor_j."""
        l1_factor = self.problem.l1_factor[self.columns]
        return ((self.solver.w[self.columns] != 0.0) | (np.abs(self.correlations) >= ratio * l1_factor)
                | (l1_factor == 0.0))

    def start_from(self, w: np.ndarray, correlations: np.ndarray | None = None) -> None:
        """Continue from these coefficients of all positions; correlations are computed anew."""
        self.solver.w[self.columns] = w
        self.solver.refresh()

    def coefficients(self) -> np.ndarray:
        """w of every column of X."""
        return self.solver.w.copy()

    def solve(self, l1_scales, l2_scales, tolerance: float, max_iter: int) -> int:
        """Solve the levels up to the first that does not converge, whose outcomes are valid if |c_j| <= l1_j for all
        columns outside; how many there are."""
        outcomes = np.zeros((len(l1_scales), 5))
        self.slots.clear()
        self.solver.set_settings(self.gap_tol, max_iter, "cyclic", None, self.problem.dtype == np.float32)
        for t, (l1_scale, l2_scale) in enumerate(zip(l1_scales, l2_scales, strict=True)):
            set_scales(self.solver, self.problem, l1_scale, l2_scale)
            threshold = core.strong_threshold(self.last_scale, l1_scale)
            self._extrapolate(l1_scale)
            if self.steps is not None:
                self.steps.level = t
            gap, sq_residual, n_epochs, status = self.solver.solve_level(threshold)
            outcomes[t, GAP], outcomes[t, SQ_RESIDUAL], outcomes[t, N_EPOCHS] = gap, sq_residual, n_epochs
            self.slots.append(self.solver.nonzeros())
            self.slot_residuals[:, t] = self.solver.residual
            self.scale_before, self.last_scale, self.n_epochs = self.last_scale, l1_scale, n_epochs
            if status != "converged":
                break               # later levels would start from it
        self.outcomes = outcomes[:len(self.slots)]
        return len(self.slots)

    def _extrapolate(self, l1_scale: float) -> None:
        """Start from the line through the last two solutions, within the bounds and as far as signs stay, where epochs
        are many."""
        w, before = self.solver.w[self.columns], self.w_before[self.columns]
        self.w_before[self.columns] = w
        if self.scale_before is None or self.scale_before == self.last_scale or self.n_epochs < MIN_EPOCHS:
            return
        expected = w + (l1_scale - self.last_scale) / (self.last_scale - self.scale_before) * (w - before)
        self.solver.w[self.columns] = np.where(expected * w > 0.0, expected, w)
        self.solver.w[:] = self.problem.penalty.clip(self.solver.w)
        self.solver.refresh()

    def certify(self, l1_scales, l2_scales, outside_ratio) -> np.ndarray:
        """(gap, ||r||_s^2) of each slot; the gap is inf where |c_j| > l1_j is possible for a column outside."""
        certified = self.outcomes[:, GAP:SQ_RESIDUAL + 1].copy()
        certified[np.asarray(outside_ratio)[:len(certified)] > 1.0, GAP] = np.inf
        return certified

    def nonzeros(self, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """(columns, values, how many each slot has) of the coefficients in these slots, columns rising in each."""
        chosen = [self.slots[k] for k in slots]
        rows, values = zip(*chosen, strict=True)
        return np.concatenate(rows), np.concatenate(values), list(map(len, rows))

    def residuals(self, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(sqrt(s) r, s r) as in `core.ColumnSet.residuals`."""
        weighted = self.weighted
        core.fill_slots(self.slot_residuals[:, :len(slots)], weighted)
        return weighted if self.root_weights is None else core.divided(weighted, self.root_weights[:, None]), weighted

    @property
    def seconds(self) -> float:
        """Estimated time for a level of those solved last."""
        return self.outcomes[:, N_EPOCHS].mean() * self.n_support * self.seconds_per_visit()

    def seconds_per_visit(self) -> float:
        """Estimated seconds for a coordinate: a dot product and an update."""
        matrix = self.problem.matrix
        return SECONDS_PER_VISIT + self.problem.design.seconds_per_entry_of_visit * matrix.cost_of(self.columns)
