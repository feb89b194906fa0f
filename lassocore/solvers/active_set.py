# Lives here: exact steps along a path, one batch of levels after another. Independent of: alpha, storage, formulas.
"""Speculative batches of levels, and lazy bounds on the columns outside; docs/math.md, sections 9 to 11."""
from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import NamedTuple, cast

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import ScanRequest, scan
from lassocore.results.path_batch import PathBatch, batch_of
from lassocore.solvers.cd_working_set import CDWorkingSet
from lassocore.solvers.column_set import N_EPOCHS, N_NEWTON, every_column
from lassocore.solvers.coordinate_descent import CoordinateDescent
from lassocore.solvers.penalty_grid import PenaltyGrid
from lassocore.utils import threads

IMPROVEMENT = 0.5                   # of the gap, from which another refinement pays
INNER_SHARE = 0.5                   # of the tolerance, for the gap over the working set
PROMISING = 0.98                    # a column whose extrapolated |c_j| reaches this share of l1_j joins before a batch
MIN_ENTRANTS = 32                   # columns that may join at a time, in addition to the size of the support
SHED_FACTOR = 2                     # a working set of more than MIN_SHED_SIZE columns plus this times the support
MIN_SHED_SIZE = 64                  # removes columns that are 0,
KEPT_RATIO = 0.9                    # except those with |c_j| of at least this share of l1_j
BASIS_GROWTH_SHARE = 0.25           # another direction pays if more than this share of the columns is not ruled out
FIRST_TRIAL = 512                   # support size at which coordinate descent on the set is tried; again if it doubles
LATE_TRIAL = 1024                   # the same where coordinate descent on all columns was tried before
CD_COST_SHARE = 0.7                 # coordinate descent continues if it costs less than this share of exact steps
MAX_DEPTH = 64                      # levels in a batch, between at most core.N_SLOTS anchors
MAX_MEMBERS = 5000                  # of a Cholesky factor
RANGE_FEATURES = 16_384             # features whose bounds one thread checks at a time


class PathSolver(ABC):
    """Solves falling levels on a set of columns, batch by batch, and certifies them for all columns."""

    set: core.ColumnSet | CDWorkingSet
    depth: int                      # levels in the next batch
    max_depth: int

    def __init__(self, descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, pool=None):
        self.descent, self.problem, self.grid, self.levels, self.pool = descent, descent.problem, grid, levels, pool
        self.gap_tol, self.max_iter = descent.goal, min(descent.settings.max_iter, 2**62)
        self.position = 0           # of the first level that is not solved yet
        self.n_scanned, self.clock = 0, time.perf_counter()     # since the last level that was certified
        self.seconds = np.inf       # for a level of the last batch, by the cost model of the set

    @property
    def is_done(self) -> bool:
        """Whether all levels are solved."""
        return self.position == len(self.levels)

    @abstractmethod
    def run(self) -> Iterator[PathBatch]:
        """The solutions at all levels of the path."""

    @abstractmethod
    def add_violators(self, accepted: int) -> bool:
        """Add columns that violate the first level that failed; whether it can be tried again."""

    @abstractmethod
    def warm_start(self, w: np.ndarray, correlations: np.ndarray) -> None:
        """Continue from these coefficients, with their correlations of all columns."""

    def solve(self, max_iter: int, depth: int) -> np.ndarray:
        """Solve the next levels on the set, perhaps fewer; the l1 scales of the anchors."""
        levels, start = self.levels, self.position
        l1_scales, l2_scales = levels.l1_scales[start:start + depth], levels.l2_scales[start:start + depth]
        self.outcomes = self.set.solve(l1_scales, l2_scales, INNER_SHARE * self.gap_tol, max_iter)
        n_levels = len(self.outcomes)
        self.is_cut = n_levels < len(l1_scales)
        self.scales = (l1_scales[:n_levels], l2_scales[:n_levels]) if self.is_cut else (l1_scales, l2_scales)
        self.seconds = self.set.work(self.outcomes)
        self.anchors = self.set.anchors
        return l1_scales if len(self.anchors) == len(l1_scales) else l1_scales[self.anchors]

    def certify(self, outside_ratio: np.ndarray) -> PathBatch | None:
        """The solutions up to the first that is not certified; outside_ratio bounds |c_j| / l1_j of other columns."""
        certified, start = self.set.certify(*self.scales, outside_ratio), self.position
        n_levels = len(certified)
        accepted, *found = core.certified_levels(
            certified, self.outcomes, self.gap_tol, self.levels.indices[start:start + n_levels])
        batch = self.collect(accepted, *found) if accepted else None     # before other columns join
        if accepted < n_levels:
            if not self.add_violators(accepted) and accepted == 0:
                return self.solve_by_refinement()
        elif not self.is_cut:
            self.depth = min(2 * self.depth, self.max_depth)
        elif len(self.anchors) == core.N_SLOTS:
            self.depth = n_levels
        return batch

    def collect(self, n_levels: int, slots: np.ndarray, gaps: list[float], sq_residuals: list[float],
                n_epochs: list[int], n_newton: list[int]) -> PathBatch | None:
        """The solutions of the first n_levels levels of the batch, of which those in these slots belong to the path."""
        now, size, batch = time.perf_counter(), len(slots), None
        if size:
            first = int(self.levels.indices[self.position + slots[0]])
            batch = PathBatch(
                first, *self.set.nonzeros(slots), gaps, sq_residuals, [True] * size, [self.set.method] * size, n_epochs,
                n_newton, [len(self.set)] * size, [self.n_scanned // n_levels] * size,
                [(now - self.clock) / n_levels] * size)
        self.position += n_levels
        self.n_scanned, self.clock = 0, now
        return batch

    def solve_by_refinement(self) -> PathBatch:
        """Solve a level that is not certified on the set by correlations computed with X, at last by descent on X."""
        descent, index, best = self.descent, int(self.levels.indices[self.position]), np.inf
        n_epochs, n_newton = self.outcomes[0, N_EPOCHS:N_NEWTON + 1].astype(np.intp).tolist()
        w = self._coefficients_of_first_slot()
        descent.restart(w)
        point = descent.evaluate(index, self.grid[index], self.set.method)
        while self.gap_tol < point.gap <= IMPROVEMENT * best:
            best = point.gap
            self.warm_start(w, descent.solver.correlations)
            self.solve(self.max_iter, 1)
            n_newton += int(self.outcomes[0, N_NEWTON])
            w = self._coefficients_of_first_slot()
            descent.restart(w)
            point = descent.evaluate(index, self.grid[index], self.set.method)
        if point.gap > self.gap_tol:
            point = descent.solve(index, self.grid[index])
            n_epochs += point.n_epochs
        self.warm_start(descent.solver.w, descent.solver.correlations)
        self.position += 1
        seconds, self.clock = time.perf_counter() - self.clock, time.perf_counter()
        n_scanned, self.n_scanned = point.n_scanned + self.n_scanned, 0
        return batch_of(point._replace(n_epochs=n_epochs, n_newton=n_newton, n_working=len(self.set),
                                       n_scanned=n_scanned, seconds=seconds))

    def _coefficients_of_first_slot(self) -> np.ndarray:
        w = np.zeros(self.problem.matrix.n_features)
        columns, values, _ = self.set.nonzeros(np.zeros(1, np.intp))
        w[columns] = values
        return w


class GramPathSolver(PathSolver):
    """Exact steps on the Gram matrix of all columns."""

    set: core.ColumnSet

    def __init__(self, descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, start, depth: int, pool):
        super().__init__(descent, grid, levels, pool)
        self.depth = self.max_depth = depth
        self.set = every_column(self.problem, min(depth, len(levels)), start.w, pool, levels.has_ridge)

    def run(self) -> Iterator[PathBatch]:
        """The solutions at all levels of the path."""
        while not self.is_done:
            self.solve(self.max_iter, self.depth)
            batch = self.certify(np.zeros(len(self.outcomes)))
            if batch is not None:
                yield batch

    def add_violators(self, accepted: int) -> bool:
        """There are none, as all columns are in the set."""
        return False

    def warm_start(self, w: np.ndarray, correlations: np.ndarray) -> None:
        """Continue from these coefficients, with their correlations of all columns."""
        self.set.start_from(w[self.set.columns], correlations[self.set.columns])


class _Scan(NamedTuple):
    """The scan of a batch over the columns that bounds did not rule out."""

    columns: np.ndarray
    first_violated: np.ndarray      # the first anchor of the batch that each column violates, or the number of anchors
    c: np.ndarray                   # their correlations, (n_columns, n_slots)


class WorkingSetPathSolver(PathSolver):
    """Exact steps on a working set, with bounds on the correlations of the columns outside."""

    set: core.ColumnSet | CDWorkingSet

    def __init__(self, descent: CoordinateDescent, grid: np.ndarray, levels: PenaltyGrid, start, largest: float, pool,
                 *, bounds_pay: bool = True):
        super().__init__(descent, grid, levels, pool)
        problem = self.problem
        self.depth, self.max_depth = 1, MAX_DEPTH if problem.dtype == np.float64 else core.N_SLOTS
        self.last_scan: _Scan | None = None
        self.next_trial, self.is_trial = LATE_TRIAL if start.w.any() else FIRST_TRIAL, False
        self.newton_seconds, self.newton_support = np.inf, 1
        self.last_scale = largest           # the l1 scale of the last known correlations of the columns outside
        self.set = core.ColumnSet(problem, self.max_depth, None, levels.has_ridge)
        self.screen = core.CorrelationBounds(problem)
        # Bounds cost as much as products with columns of a few nonzeros; they are loose where columns have many more
        # entries than the basis has directions.
        self.bounded = (bounds_pay and problem.matrix.cost > 4 * core.N_BASIS
                        and problem.matrix.n_samples < len(problem.features))
        self.screen.start(start.correlations, largest)
        if self.bounded:
            residual = start.residual
            root = residual if self.set.root_weights is None else core.divided(residual, self.set.root_weights)
            self.screen.extend_basis(root[:, None], 0, start.correlations[problem.features][:, None])
        first = start.w.nonzero()[0]
        if len(problem.unpenalised):
            first = np.union1d(problem.unpenalised, first)
        self.join(first, start.w[first])

    def join(self, columns: np.ndarray, w: np.ndarray | None = None) -> None:
        """Add columns to the working set."""
        if len(columns):
            self.set.extend(columns, w)
            self.screen.in_set[columns] = 1

    def prepare(self, l1_scale: float) -> None:
        """Remove columns far from entering, add those expected to enter by the end of the batch."""
        if not self.problem.design.can_gather:
            self._choose_set()
        if len(self.set) > MIN_SHED_SIZE + SHED_FACTOR * self.set.n_support:
            self._shed()
        listed = self.screen.columns_likely_to_enter(l1_scale, PROMISING)
        if len(listed) > MIN_ENTRANTS + self.set.n_support:
            listed = self._strongest_candidates(listed, self.screen.expected_correlations(listed, l1_scale))
        self.join(listed)

    def _strongest_candidates(self, columns: np.ndarray, c: np.ndarray) -> np.ndarray:
        """The strongest candidates, at most the support size plus MIN_ENTRANTS."""
        limit = MIN_ENTRANTS + self.set.n_support
        if len(columns) <= limit:
            return columns
        strength = self.problem.penalty.ratios(columns, c)
        return columns[np.argpartition(-strength, limit)[:limit]]

    def _choose_set(self) -> None:
        """Switch between exact steps and coordinate descent on the working set by their measured costs."""
        n_support = self.set.n_support
        if isinstance(self.set, core.ColumnSet):
            if n_support >= self.next_trial:
                self.newton_seconds, self.newton_support = self.seconds, n_support
                self.next_trial = 2 * n_support
                self.is_trial, self.depth, self.max_depth, self.exact_set = True, 1, core.N_SLOTS, self.set
                self.set = CDWorkingSet(self.problem, core.N_SLOTS, self.set.columns, self.set.coefficients(),
                                        self.gap_tol)
            return
        expected = self.newton_seconds * (n_support / max(1, self.newton_support))**2
        if self.seconds > CD_COST_SHARE * expected and n_support < MAX_MEMBERS:
            self._back_to_newton()
        self.is_trial = False

    def _back_to_newton(self) -> None:
        """Continue on the Gram matrix as it was before coordinate descent, with the columns that have joined since."""
        w, known = self.set.coefficients(), self.exact_set.columns
        missing = np.setdiff1d(self.set.columns, known, assume_unique=True)
        self.set, self.is_trial, self.max_depth = self.exact_set, False, self.exact_set.n_slots
        self.screen.in_set[known] = 1
        if len(missing):
            self.set.extend(missing)
        self.set.start_from(w[self.set.columns])

    def max_epochs(self) -> int:
        """A trial of coordinate descent may cost as much as exact steps would."""
        if not (self.is_trial and isinstance(self.set, CDWorkingSet)):
            return self.max_iter
        epoch = max(1, self.newton_support) * self.set.seconds_per_visit()
        return int(max(2, min(self.max_iter, self.newton_seconds / epoch)))

    def _shed(self) -> None:
        needed = self.set.needed(KEPT_RATIO * self.last_scale)
        if 2 * np.count_nonzero(needed) > len(needed):
            return
        gone = self.set.columns[~needed]
        self.screen.in_set[gone] = 0
        self.screen.set_correlations(gone, self.set.correlations[~needed])
        self.set.keep(np.flatnonzero(needed))

    def run(self) -> Iterator[PathBatch]:
        """The solutions at all levels of the path."""
        products = np.empty((len(self.problem.features), core.N_SLOTS))     # reused by every scan
        while not self.is_done:
            batch = self.finish(scan(self.problem.matrix, self.begin(), self.pool, products))
            if batch is not None:
                yield batch

    def begin(self) -> ScanRequest:
        """Solve a batch of levels on the set; the columns outside that may violate optimality there, and residuals."""
        self.prepare(self.levels.l1_scales[min(self.position + self.depth, len(self.levels)) - 1])
        l1_scales = self.solve(self.max_epochs(), self.depth)
        self.roots, weighted = self.set.residuals(self.anchors)
        self.screen.begin(l1_scales, self.roots if self.bounded else None)
        self.max_ratios, listed = self._columns_not_ruled_out()
        self.extends = self.bounded and len(listed) > BASIS_GROWTH_SHARE * len(self.problem.features)
        if self.extends:
            listed = self.problem.features
        self.last_scan = None       # frees the products of the last batch before the next arrive
        self.request = ScanRequest(listed, weighted, len(l1_scales))
        return self.request

    def finish(self, c: np.ndarray) -> PathBatch | None:
        """Certify the batch, given the products of the request; None where no solution of the path is certified."""
        l1_scales, listed, screen = self.scales[0], self.request.columns, self.screen
        n_anchors = len(self.anchors)
        self.n_scanned += n_anchors * len(listed)
        if self.extends:
            screen.extend_basis(self.roots, n_anchors - 1, c)
        self.last_scan = _Scan(listed, screen.finish(listed, c, self.max_ratios), c)
        self.last_scale = l1_scales[-1]
        return self.certify(core.outside_ratios(self.max_ratios, self.anchors, l1_scales))

    def _columns_not_ruled_out(self) -> tuple[np.ndarray, np.ndarray]:
        """(the largest bound on |c_j| over the l1 factor among columns ruled out, at each level; all other columns)."""
        n_features = len(self.problem.features)
        if self.pool is None or n_features <= RANGE_FEATURES:
            max_ratio = np.zeros(core.N_SLOTS)
            return max_ratio, self.screen.columns_not_ruled_out(0, n_features, max_ratio)
        pieces = threads.ranges(n_features, RANGE_FEATURES)
        max_ratios = np.zeros((len(pieces), core.N_SLOTS))

        def list_range(bounds: tuple[int, int]) -> np.ndarray:
            start, stop = bounds
            return self.screen.columns_not_ruled_out(start, stop, max_ratios[start // RANGE_FEATURES])

        listed = threads.run(self.pool, list_range, pieces)
        return max_ratios.max(axis=0), np.concatenate(listed)

    def add_violators(self, accepted: int) -> bool:
        """Add columns that violate the first level that failed; whether there are any, or the method changed."""
        scan = cast(_Scan, self.last_scan)
        self.depth = max(1, accepted)
        anchor = int(self.anchors.searchsorted(accepted))
        violating = scan.first_violated <= anchor
        if self.is_trial and accepted == 0 and not violating.any():
            self._back_to_newton()
            return True
        self.join(self._strongest_candidates(scan.columns[violating], scan.c[violating, anchor]))
        return bool(violating.any())

    def warm_start(self, w: np.ndarray, correlations: np.ndarray) -> None:
        """Continue from these coefficients, with their correlations of all columns; violators join the set."""
        l1_scale = self.levels.l1_scales[self.position]
        beyond = self.problem.penalty.ratios(self.problem.features, correlations[self.problem.features]) > l1_scale
        wanted = w != 0.0
        wanted[self.problem.features[beyond]] = True
        self.join(np.flatnonzero(wanted & (self.screen.in_set == 0)))
        self.set.start_from(w[self.set.columns], correlations[self.set.columns])
