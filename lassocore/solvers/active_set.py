# Lives here: exact steps along a path, one batch of levels after another. Independent of: alpha, storage, formulas.
"""Speculative batches of levels, and lazy bounds on the columns outside; docs/math.md, sections 9 to 11."""
from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import ScanRequest, scan
from lassocore.results.path_batch import PathBatch, batch_of
from lassocore.solvers.cd_working_set import CDWorkingSet
from lassocore.solvers.column_set import N_EPOCHS, N_NEWTON, every_column
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.penalty_grid import PenaltyGrid
from lassocore.utils.powers_of_two import MAX_FLOAT

WORSE_THAN_ZERO = 1.001             # a start with a squared residual above this times ||y0||^2 is replaced by zeros
IMPROVEMENT = 0.5                   # of the gap, from which another refinement pays
INNER_SHARE = 0.5                   # of the tolerance, for the gap over the working set
FIRST_TRIAL = 256                   # support size at which coordinate descent on the set is tried; again if it doubles
LATE_TRIAL = 1024                   # the same where coordinate descent on all columns was tried before
CD_COST_SHARE = 1.0                 # coordinate descent continues if it costs at most this share of exact steps
DESCENT_SHARE = 2.0                 # that a level by coordinate descent may cost before it is given up
SCANS_OF_A_BATCH = 8                # a batch of coordinate descent may take this times a scan of all columns
MAX_DEPTH = 64                      # levels in a batch, between at most core.N_SLOTS anchors
LIMITED_DEPTH = 16                  # the same for paths that may end early: levels beyond the end are solved in vain
MAX_MEMBERS = 5000                  # of a Cholesky factor


class SetPolicy(NamedTuple):
    """Which columns join a working set and leave it, as in `core.WorkingSet`."""

    likely_share: float = 0.98      # a column whose expected |c_j| reaches this share of l1_j joins before a batch
    kept_share: float = 0.9         # a column that is 0 and has |c_j| below this share of l1_j may leave
    growth_share: float = 0.25      # another direction pays if more than this share of the columns is not ruled out
    min_entrants: int = 32          # columns that may join at a time, in addition to the size of the support
    min_shed_size: int = 64         # columns leave a set of more than this plus
    shed_factor: int = 2            # this times the support
    range_width: int = 16_384       # columns outside whose bounds one thread checks at a time


POLICY = SetPolicy()


class PathSolver(ABC):
    """Solves falling levels on a set of columns, batch by batch, and certifies them for all columns."""

    depth: int                      # levels in the next batch
    max_depth: int

    def __init__(self, descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, pool=None):
        self.descent, self.problem, self.grid, self.levels, self.pool = descent, descent.problem, grid, levels, pool
        self.gap_tol, self.max_iter = descent.goal, min(descent.settings.max_iter, 2**62)
        self.position = 0           # of the first level that is not solved yet
        self.n_scanned, self.clock = 0, time.perf_counter()     # since the last level that was certified
        self.n_between: Sequence[int] = 0, 0    # epochs and exact steps since the last level of the path
        self.recorder = descent.settings.recorder

    @property
    @abstractmethod
    def set(self) -> core.ColumnSet | CDWorkingSet:
        """The columns on which levels are solved, and their solution."""

    @property
    def is_done(self) -> bool:
        """Whether all levels are solved."""
        return self.position == len(self.levels)

    @abstractmethod
    def run(self) -> Iterator[PathBatch]:
        """The solutions at all levels of the path."""

    @abstractmethod
    def warm_start(self, w: np.ndarray, correlations: np.ndarray) -> None:
        """Continue from these coefficients, with their correlations of all columns."""

    def keep_history(self) -> None:
        """Keep the iterates of the levels solved last, if a history is wanted."""
        if self.recorder is not None:
            columns = self.set.columns if isinstance(self.set, core.ColumnSet) else None
            self.recorder.keep(self.levels.goals[self.position:], columns)

    def batch(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(l1 scales, l2 scales, positions in the path) of the next levels."""
        span, levels = slice(self.position, self.position + self.depth), self.levels
        return levels.l1_scales[span], levels.l2_scales[span], levels.indices[span]

    def accept(self, n_solved: int, n_certified: int, can_retry: bool, solutions: Sequence) -> PathBatch | None:
        """The certified solutions of the batch; can_retry says whether the next level can be solved on the set now."""
        n_wanted = min(self.depth, len(self.levels) - self.position)
        if n_certified == n_solved == n_wanted:
            self.depth = min(2 * self.depth, self.max_depth)
        elif n_certified == n_solved and len(self.set.anchors) == core.N_SLOTS:
            self.depth = n_solved
        if n_certified == 0 and not can_retry:
            return self.solve_by_refinement()
        return self.collect(n_certified, *solutions) if n_certified else None

    def collect(self, n_levels: int, rows: np.ndarray, values: np.ndarray, n_nonzero: list[int],
                *numbers: list) -> PathBatch | None:
        """The solutions of the first n_levels levels of the batch, without those that do not belong to the path."""
        now, size, batch = time.perf_counter(), len(n_nonzero), None
        if size:
            indices = self.levels.indices[self.position:self.position + n_levels]
            gaps, sq_residuals, n_epochs, n_newton, after = numbers
            n_epochs[0], n_newton[0] = n_epochs[0] + self.n_between[0], n_newton[0] + self.n_between[1]
            batch = PathBatch(
                int(indices.max()) - size + 1, rows, values, n_nonzero, gaps, sq_residuals, [True] * size,
                [self.set.method] * size, n_epochs, n_newton, [len(self.set)] * size,
                [self.n_scanned // n_levels] * size, [(now - self.clock) / n_levels] * size)
            self.n_between = after
        else:
            self.n_between = self.n_between[0] + numbers[-1][0], self.n_between[1] + numbers[-1][1]
        self.position += n_levels
        self.n_scanned, self.clock = 0, now
        return batch

    def solve_by_refinement(self) -> PathBatch:
        """Solve a level that is not certified on the set by correlations computed with X, at last by descent on X."""
        descent, index, best = self.descent, int(self.levels.indices[self.position]), np.inf
        n_epochs, n_newton = self.set.outcomes[0, N_EPOCHS:N_NEWTON + 1].astype(np.intp) + self.n_between
        self.n_between = 0, 0
        w = self._coefficients_of_first_slot()
        descent.restart(w)
        point = descent.evaluate(index, self.grid[index], self.set.method)
        while self.gap_tol < point.gap <= IMPROVEMENT * best:
            best = min(point.gap, MAX_FLOAT)        # an infinite gap is refined once
            self.warm_start(w, descent.solver.correlations)
            l1_scales, l2_scales, _ = self.batch()
            self.set.solve(l1_scales[:1], l2_scales[:1], INNER_SHARE * self.gap_tol, self.max_iter)
            self.keep_history()
            n_newton += int(self.set.outcomes[0, N_NEWTON])
            w = self._coefficients_of_first_slot()
            descent.restart(w)
            point = descent.evaluate(index, self.grid[index], self.set.method)
        if point.gap > self.gap_tol:
            if not point.sq_residual <= WORSE_THAN_ZERO * self.problem.sq_target:
                descent.restart(np.zeros_like(w))       # exact steps have diverged
            point = descent.solve(index, self.grid[index])
            n_epochs += point.n_epochs
        self.warm_start(descent.solver.w, descent.solver.correlations)
        self.position += 1
        seconds, self.clock = time.perf_counter() - self.clock, time.perf_counter()
        n_scanned, self.n_scanned = point.n_scanned + self.n_scanned, 0
        return batch_of(point._replace(n_epochs=int(n_epochs), n_newton=int(n_newton), n_working=len(self.set),
                                       n_scanned=n_scanned, seconds=seconds))

    def _coefficients_of_first_slot(self) -> np.ndarray:
        w = np.zeros(self.problem.matrix.n_features)
        columns, values, _ = self.set.nonzeros(np.zeros(1, np.intp))
        w[columns] = values
        return w


class GramPathSolver(PathSolver):
    """Exact steps on the Gram matrix of all columns."""

    def __init__(self, descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, start, depth: int, pool):
        super().__init__(descent, grid, levels, pool)
        self.depth = self.max_depth = depth
        self.columns = every_column(self.problem, min(depth, len(levels)), start.w, pool, levels.has_ridge)
        if self.recorder is not None:
            self.columns.solver.set_recorder(self.recorder.steps)

    @property
    def set(self) -> core.ColumnSet:
        """All columns."""
        return self.columns

    def run(self) -> Iterator[PathBatch]:
        """The solutions at all levels of the path."""
        while not self.is_done:
            l1_scales, l2_scales, indices = self.batch()
            certified, nonzeros = self.set.solve_certified(
                l1_scales, l2_scales, indices, INNER_SHARE * self.gap_tol, self.max_iter)
            self.keep_history()
            n_certified, solutions = core.certified_levels(self.set, certified, self.gap_tol, indices, nonzeros)
            batch = self.accept(len(certified), n_certified, False, solutions)
            if batch is not None:
                yield batch

    def warm_start(self, w: np.ndarray, correlations: np.ndarray) -> None:
        """Continue from these coefficients, with their correlations of all columns."""
        self.set.start_from(w[self.set.columns], correlations[self.set.columns])


class WorkingSetPathSolver(PathSolver):
    """Exact steps on a working set, with bounds on the correlations of the columns outside."""

    def __init__(self, descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, start, largest: float, pool,
                 *, bounds_pay: bool = True):
        super().__init__(descent, grid, levels, pool)
        problem = self.problem
        max_depth = LIMITED_DEPTH if descent.settings.may_end_early else MAX_DEPTH
        self.depth, self.max_depth = 1, max_depth if problem.dtype == np.float64 else core.N_SLOTS
        self.next_trial, self.is_trial = LATE_TRIAL if start.w.any() else FIRST_TRIAL, False
        self.newton_seconds, self.newton_support = np.inf, 1
        self.scan_seconds = problem.matrix.cost * len(problem.features) * problem.design.seconds_per_entry
        # Bounds cost as much as products with columns of a few nonzeros; they are loose where columns have many more
        # entries than the basis has directions.
        has_basis = (bounds_pay and problem.matrix.cost > 4 * core.N_BASIS
                     and problem.matrix.n_samples < len(problem.features))
        columns = core.ColumnSet(problem, self.max_depth, None, levels.has_ridge)
        if self.recorder is not None:
            columns.solver.set_recorder(self.recorder.steps)
        self.working = core.WorkingSet(problem, columns, POLICY, has_basis)
        self.working.start(start.residual, start.correlations, largest)
        first = start.w.nonzero()[0]
        if len(problem.unpenalised):
            first = np.union1d(problem.unpenalised, first)
        # The smallest are likely to leave, which costs least at the end of the factor.
        first = first[np.argsort(-np.abs(start.w[first]) * np.sqrt(problem.sq_norms[first]), kind="stable")]
        self.working.join(first, start.w[first])

    @property
    def set(self) -> core.ColumnSet | CDWorkingSet:
        """The columns of the working set."""
        return self.working.set

    def run(self) -> Iterator[PathBatch]:
        """The solutions at all levels of the path."""
        products = np.empty((len(self.problem.features), core.N_SLOTS))     # reused by every scan
        while not self.is_done:
            batch = self.finish(scan(self.problem.matrix, self.begin(), self.pool, products))
            if batch is not None:
                yield batch

    def begin(self) -> ScanRequest:
        """Solve a batch of levels on the set; the columns outside that may violate optimality there, and residuals."""
        if not self.problem.design.can_gather:
            self._choose_set()
        l1_scales, l2_scales, _ = self.batch()
        self.request = ScanRequest(*self.working.begin(
            l1_scales, l2_scales, INNER_SHARE * self.gap_tol, self.max_epochs(), self.pool))
        self.keep_history()
        return self.request

    def finish(self, c: np.ndarray) -> PathBatch | None:
        """Certify the batch, given the products of the request; None where no solution of the path is certified."""
        self.n_scanned += self.request.n_levels * len(self.request.columns)
        n_certified, n_joined, solutions = self.working.finish(c, self.gap_tol, self.batch()[2])
        n_solved, can_retry = len(self.set.outcomes), n_joined > 0
        if n_certified == 0 and not can_retry and isinstance(self.set, CDWorkingSet) and (
                self.set.n_support < MAX_MEMBERS):
            self._back_to_newton()
            can_retry = True
        batch = self.accept(n_solved, n_certified, can_retry, solutions)
        if n_certified < n_solved:
            self.depth, self.has_failed = max(1, n_certified), True
        return batch

    def _choose_set(self) -> None:
        """Switch between exact steps and coordinate descent on the working set by their measured costs."""
        columns, n_support = self.set, self.set.n_support
        if isinstance(columns, core.ColumnSet):
            if n_support >= self.next_trial:
                self.newton_seconds, self.newton_support = columns.seconds, n_support
                self.next_trial = 2 * n_support
                self.is_trial, self.depth, self.max_depth, self.exact_set = True, 1, core.N_SLOTS, columns
                self.has_failed = False
                self.working.set = CDWorkingSet(
                    self.problem, core.N_SLOTS, columns.columns, columns.coefficients(), self.gap_tol,
                    None if self.recorder is None else self.recorder.steps)
            return
        if self.has_failed:         # levels beyond the first that fails are solved in vain
            self.max_depth = max(1, min(core.N_SLOTS, int(SCANS_OF_A_BATCH * self.scan_seconds / columns.seconds)))
            self.depth = min(self.depth, self.max_depth)
        if columns.seconds > CD_COST_SHARE * self._expected_seconds() and n_support < MAX_MEMBERS:
            self._back_to_newton()
        self.is_trial = False

    def _back_to_newton(self) -> None:
        """Continue on the Gram matrix as it was before coordinate descent, with the columns that have joined since."""
        w, known = self.set.coefficients(), self.exact_set.columns
        missing = np.setdiff1d(self.set.columns, known, assume_unique=True)
        self.working.set, self.is_trial, self.max_depth = self.exact_set, False, self.exact_set.n_slots
        self.working.bounds.in_set[known] = 1
        self.working.join(missing)
        self.set.start_from(w[self.set.columns])

    def max_epochs(self) -> int:
        """A level by coordinate descent may cost as much as exact steps would on a trial, later twice as much."""
        columns = self.set
        if not isinstance(columns, CDWorkingSet) or columns.n_support >= MAX_MEMBERS:
            return self.max_iter
        seconds = self.newton_seconds if self.is_trial else DESCENT_SHARE * self._expected_seconds()
        epoch = max(1, columns.n_support) * columns.seconds_per_visit()
        return int(max(2, min(self.max_iter, seconds / epoch)))

    def _expected_seconds(self) -> float:
        """Of exact steps on the support of now, by its square and their time before coordinate descent."""
        return self.newton_seconds * (self.set.n_support / max(1, self.newton_support))**2

    def warm_start(self, w: np.ndarray, correlations: np.ndarray) -> None:
        """Continue from these coefficients, with their correlations of all columns; violators join the set."""
        l1_scale, features = self.levels.l1_scales[self.position], self.problem.features
        beyond = self.problem.penalty.ratios(features, correlations[features]) > l1_scale
        wanted = w != 0.0
        wanted[features[beyond]] = True
        self.working.join(np.flatnonzero(wanted & (self.working.bounds.in_set == 0)))
        self.set.start_from(w[self.set.columns], correlations[self.set.columns])
