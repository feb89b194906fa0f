# Lives here: exact steps along a path, one batch of levels after another. Independent of: alpha, storage, formulas.
"""Speculative batches of levels, and lazy bounds on the columns outside; docs/math.md, sections 9 to 11."""
from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import NamedTuple, cast

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import divided
from lassocore.designs.scans import ScanRequest
from lassocore.problems.problem import Problem
from lassocore.results.path_point import PathPoint
from lassocore.solvers.cd_working_set import CDWorkingSet
from lassocore.solvers.lockstep import Run
from lassocore.solvers.penalty_grid import PenaltyGrid
from lassocore.solvers.working_set import (
    GAP,
    N_EPOCHS,
    N_NEWTON,
    SQ_RESIDUAL,
    ColumnSet,
    EveryColumn,
    WorkingSet,
)
from lassocore.utils import threads

INNER_SHARE = 0.5                   # of the tolerance, for the gap over the working set
PROMISING = 1.0                     # a column whose extrapolated |c_j| reaches this share of l1_j joins before a batch
MIN_ENTRANTS = 32                   # columns that may join at a time, in addition to the size of the support
SHED_FACTOR = 4                     # a working set of more than MIN_SHED_SIZE columns plus this times the support
MIN_SHED_SIZE = 64                  # removes columns that are 0,
KEPT_RATIO = 0.9                    # except those with |c_j| of at least this share of l1_j
BASIS_GROWTH_SHARE = 0.25           # another direction pays if more than this share of the columns is not ruled out
FIRST_TRIAL = 128                   # support size at which coordinate descent on the set is tried; again if it doubles
LATE_TRIAL = 1024                   # the same where coordinate descent on all columns was tried before
CD_COST_SHARE = 0.7                 # coordinate descent continues if it costs less than this share of exact steps
MAX_MEMBERS = 5000                  # of a Cholesky factor
RANGE_FEATURES = 16_384             # features whose bounds one thread checks at a time


class PathSolver(ABC):
    """Solves falling levels on a set of columns and certifies them for all columns."""

    set: ColumnSet | CDWorkingSet
    seconds: float                  # for a level of the last batch, by the cost model of the set
    depth: int                      # levels in the next batch
    max_depth: int

    def __init__(self, problem: Problem, levels: PenaltyGrid, gap_tol: float, max_iter: int,
                 fall_back: Callable[[int, np.ndarray], tuple[PathPoint, np.ndarray]]):
        self.problem, self.levels = problem, levels
        self.gap_tol, self.max_iter, self.fall_back = gap_tol, max_iter, fall_back
        self.n_scanned = 0
        self.seconds = np.inf

    def max_epochs(self) -> int:
        """The limit for each level of the next batch."""
        return self.max_iter

    @abstractmethod
    def prepare(self, l1_scale: float) -> None:
        """Prepare the set for a batch that ends at this level."""

    @abstractmethod
    def screen_complement(self, l1_scales: np.ndarray) -> Generator[ScanRequest, np.ndarray, np.ndarray]:
        """Upper bounds on |c_j| / l1_j of the columns outside the set, at each level just solved."""

    @abstractmethod
    def add_violators(self, accepted: int, n_levels: int) -> bool:
        """Add columns that violate the first level that failed; whether it can be tried again."""

    @abstractmethod
    def warm_start(self, w: np.ndarray) -> None:
        """Continue from these coefficients."""

    def run(self) -> Run:
        """The solution at every level of the path, and requests for the scans that are needed."""
        position = 0
        while position < len(self.levels):
            clock, scanned = time.perf_counter(), self.n_scanned
            batch = slice(position, min(position + self.depth, len(self.levels)))
            self.prepare(self.levels.l1_scales[batch.stop - 1])
            accepted, solved = yield from self.solve(batch)
            if accepted == 0:
                continue
            seconds = (time.perf_counter() - clock) / accepted
            n_scanned = (self.n_scanned - scanned) // accepted
            for point in solved:
                yield point._replace(n_scanned=point.n_scanned + n_scanned, seconds=seconds)
            position += accepted
            if accepted == batch.stop - batch.start:
                self.depth = min(2 * self.depth, self.max_depth)

    def solve(self, batch: slice) -> Generator[ScanRequest, np.ndarray, tuple[int, list[PathPoint]]]:
        """Solve a batch: (number of levels certified, their solutions without those at intermediate levels)."""
        l1_scales, l2_scales = self.levels.l1_scales[batch], self.levels.l2_scales[batch]
        outcomes = self.set.solve(l1_scales, l2_scales, INNER_SHARE * self.gap_tol, self.max_epochs())
        n_levels = len(outcomes)
        l1_scales, l2_scales = l1_scales[:n_levels], l2_scales[:n_levels]
        outside_ratio = yield from self.screen_complement(l1_scales)
        certified = self.set.certify(l1_scales, l2_scales, outside_ratio)
        self.seconds = self.set.work(outcomes)
        done = (certified[:, GAP] <= self.gap_tol) | (self.levels.indices[batch][:n_levels] < 0)
        accepted = n_levels if done.all() else int(np.argmin(done))
        solved = self.collect(batch.start, accepted, outcomes, certified)
        if accepted < n_levels and not self.add_violators(accepted, n_levels) and accepted == 0:
            return 1, [self.solve_by_fall_back(batch.start)]
        return accepted, solved

    def collect(self, first: int, n_levels: int, outcomes, certified) -> list[PathPoint]:
        """The solutions at the first n_levels levels of a batch, without those at intermediate levels."""
        solved = []
        indices = self.levels.indices
        for t in range(n_levels):
            if indices[first + t] < 0:
                continue
            columns, values = self.set.nonzeros(t)
            solved.append(PathPoint(
                index=int(indices[first + t]), rows=columns, values=values, gap=certified[t, GAP],
                sq_residual=certified[t, SQ_RESIDUAL], converged=True, method=self.set.method,
                n_epochs=int(outcomes[t, N_EPOCHS]), n_newton=int(outcomes[t, N_NEWTON]), n_working=len(self.set)))
        return solved

    def solve_by_fall_back(self, position: int) -> PathPoint:
        """Solve by coordinate descent a level that exact steps cannot certify, and continue from there."""
        columns, values = self.set.nonzeros(0)
        w = np.zeros(self.problem.matrix.n_features)
        w[columns] = values
        point, w = self.fall_back(int(self.levels.indices[position]), w)
        self.warm_start(w)
        return point


class GramPathSolver(PathSolver):
    """Exact steps on the Gram matrix of all columns."""

    set: EveryColumn

    def __init__(self, problem, levels, gap_tol, max_iter, fall_back, start, depth: int, pool):
        super().__init__(problem, levels, gap_tol, max_iter, fall_back)
        self.depth = self.max_depth = depth
        self.set = EveryColumn(problem, min(depth, len(levels)), start.w, pool)

    def prepare(self, l1_scale: float) -> None:
        """All columns are in the set."""

    def screen_complement(self, l1_scales):
        """No column is outside."""
        yield from ()
        return np.zeros(len(l1_scales))

    def add_violators(self, accepted: int, n_levels: int) -> bool:
        """There are none."""
        return False

    def warm_start(self, w: np.ndarray) -> None:
        """Continue from these coefficients."""
        self.set.start_from(w[self.set.columns])


class _Scan(NamedTuple):
    """The scan of a batch over the columns that bounds did not rule out."""

    columns: np.ndarray
    first_violated: np.ndarray      # the first level of the batch that each column violates, or the number of levels
    c: np.ndarray                   # their correlations, (n_columns, n_slots)


class WorkingSetPathSolver(PathSolver):
    """Exact steps on a working set, with bounds on the correlations of the columns outside."""

    set: WorkingSet | CDWorkingSet

    def __init__(self, problem, levels, gap_tol, max_iter, fall_back, start, largest: float, pool, *,
                 bounds_pay: bool = True):
        super().__init__(problem, levels, gap_tol, max_iter, fall_back)
        self.depth, self.max_depth = 1, core.N_SLOTS
        self.pool = pool
        self.last_scan: _Scan | None = None
        self.next_trial, self.is_trial = LATE_TRIAL if start.w.any() else FIRST_TRIAL, False
        self.newton_seconds, self.newton_support = np.inf, 1
        self.last_scale = largest           # the l1 scale of the last known correlations of the columns outside
        self.set = WorkingSet(problem, core.N_SLOTS)
        self.screen = core.CorrelationBounds(problem)
        # Bounds cost as much as products with columns of a few nonzeros; they are loose where columns have many more
        # entries than the basis has directions.
        self.bounded = (bounds_pay and problem.matrix.cost > 4 * core.N_BASIS
                        and problem.matrix.n_samples < len(problem.features))
        self.screen.start(start.correlations, largest)
        if self.bounded:
            residual = start.residual
            root = residual if self.set.root_weights is None else divided(residual, self.set.root_weights)
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
        self._choose_set()
        self._shed()
        screen = self.screen
        listed = screen.columns_likely_to_enter(l1_scale, PROMISING)
        if len(listed):
            self.join(self._strongest_candidates(listed, screen.expected_correlations(listed, l1_scale)))

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
        if self.set.method == "working_set":
            if n_support < self.next_trial:
                return
            self.newton_seconds, self.newton_support = self.seconds, n_support
            self.next_trial = 2 * n_support
            self.is_trial, self.depth = True, 1
            self._use(CDWorkingSet(self.problem, core.N_SLOTS, self.set.columns, self.set.coefficients(), self.gap_tol))
            return
        expected = self.newton_seconds * (n_support / max(1, self.newton_support))**2
        if self.seconds > CD_COST_SHARE * expected and n_support < MAX_MEMBERS:
            self._back_to_newton()
        self.is_trial = False

    def _back_to_newton(self) -> None:
        columns, w = self.set.columns, self.set.coefficients()
        self._use(WorkingSet(self.problem, core.N_SLOTS))
        self.set.extend(columns, w[columns])
        self.is_trial = False

    def _use(self, other: WorkingSet | CDWorkingSet) -> None:
        self.set = other

    def max_epochs(self) -> int:
        """A trial of coordinate descent may cost as much as exact steps would."""
        if not (self.is_trial and isinstance(self.set, CDWorkingSet)):
            return self.max_iter
        epoch = max(1, self.newton_support) * self.set.seconds_per_visit()
        return int(max(2, min(self.max_iter, self.newton_seconds / epoch)))

    def _shed(self) -> None:
        size = len(self.set)
        if size <= MIN_SHED_SIZE + SHED_FACTOR * self.set.n_support:
            return
        needed = self.set.needed(KEPT_RATIO * self.last_scale)
        if 2 * np.count_nonzero(needed) > size:
            return
        gone = self.set.columns[~needed]
        self.screen.in_set[gone] = 0
        self.screen.set_correlations(gone, self.set.correlations[~needed])
        self.set.keep(np.flatnonzero(needed))

    def screen_complement(self, l1_scales):
        """Upper bounds on |c_j| / l1_j of the columns outside, at each level."""
        screen, n_levels = self.screen, len(l1_scales)
        roots, weighted = self.set.residuals(n_levels)
        screen.begin(l1_scales, roots if self.bounded else None)
        max_ratios, listed = self._columns_not_ruled_out()
        extends = self.bounded and len(listed) > BASIS_GROWTH_SHARE * len(self.problem.features)
        if extends:
            listed = self.problem.features
        self.n_scanned += n_levels * len(listed)
        self.last_scan = None       # frees the products of the last batch before the next arrive
        c = yield ScanRequest(listed, weighted, n_levels)
        if extends:
            screen.extend_basis(roots, n_levels - 1, c)
        self.last_scan = _Scan(listed, screen.check_violations(listed, c, max_ratios), c)
        screen.end()
        self.last_scale = l1_scales[-1]
        return max_ratios[:n_levels] / l1_scales

    def _columns_not_ruled_out(self) -> tuple[np.ndarray, np.ndarray]:
        """(the largest bound on |c_j| over the l1 factor among columns ruled out, at each level; all other columns)."""
        pieces = threads.ranges(len(self.problem.features), RANGE_FEATURES)
        max_bounds = np.zeros((len(pieces), core.N_SLOTS))

        def list_range(bounds: tuple[int, int]) -> np.ndarray:
            start, stop = bounds
            return self.screen.columns_not_ruled_out(start, stop, max_bounds[start // RANGE_FEATURES])

        listed = threads.run(self.pool, list_range, pieces)
        return max_bounds.max(axis=0), np.concatenate(listed)

    def add_violators(self, accepted: int, n_levels: int) -> bool:
        """Add columns that violate the first level that failed; whether there are any, or the method changed."""
        scan = cast(_Scan, self.last_scan)
        self.depth = max(1, accepted)
        violating = scan.first_violated <= accepted
        if self.is_trial and accepted == 0 and not violating.any():
            self._back_to_newton()
            return True
        self.join(self._strongest_candidates(scan.columns[violating], scan.c[violating, accepted]))
        return bool(violating.any())

    def warm_start(self, w: np.ndarray) -> None:
        """Continue from these coefficients."""
        missing = np.flatnonzero((w != 0.0) & (self.screen.in_set == 0))
        self.join(missing)
        self.set.start_from(w[self.set.columns])
