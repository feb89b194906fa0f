# Lives here: the fast engine's way along a path, batch of levels by batch. Must not know: alpha, storage, formulas.
"""Speculative batches of levels, and lazy bounds on everything outside; docs/math.md, sections 9 to 11."""
from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import Run, ScanRequest
from lassocore.problems.problem import Problem
from lassocore.solvers.cd_working_set import DescentSet
from lassocore.solvers.levels import Level, Levels
from lassocore.solvers.working_set import ColumnSet, EveryColumn, WorkingSet, divided
from lassocore.utils import threads

INNER_SHARE = 0.5                   # of the tolerance, for the gap over the working set
PROMISING = 1.0                     # columns whose trend takes them to this share of l1 join before a batch
LEAST_ENTRANTS = 32                 # columns that may join at a time, and more for each member of the support
CROWD = 4                           # a working set of so many times the support sheds columns,
LEAST_CROWD = 64
LEAST_DIRECTION = 1e-6              # share of a residual's length below which what is new in it is too rounded to keep
NEAR = 0.9                          # but not those pulled to this share of l1
GROWTH = 0.25                       # share of the columns beyond their bounds that pays for another direction
FIRST_TRIAL = 128                   # members at which coordinate descent on the set is tried, and at each doubling
LATE_TRIAL = 1024                   # the same where coordinate descent has just been given up
ADVANTAGE = 0.7                     # it goes on where it costs less than this share of exact steps
MOST_MEMBERS = 5000                 # of a Cholesky factor
RANGE_FEATURES = 16_384             # features in one share of a look at their bounds


class Engine(ABC):
    """Solves falling levels of a problem on a set of columns, and certifies them for all."""

    set: ColumnSet | DescentSet
    seconds: float                  # that a level of the last batch took, by the model of its set
    depth: int                      # levels in the next batch
    most_depth: int

    def __init__(self, problem: Problem, levels: Levels, gap_tol: float, max_iter: int,
                 fall_back: Callable[[int, np.ndarray], tuple[Level, np.ndarray]]):
        self.problem, self.levels = problem, levels
        self.gap_tol, self.max_iter, self.fall_back = gap_tol, max_iter, fall_back
        self.n_scanned = 0
        self.seconds = np.inf

    def most_epochs(self) -> int:
        """For each level of the next batch."""
        return self.max_iter

    @abstractmethod
    def prepare(self, l1_scale: float) -> None:
        """The set is made ready for a batch whose last level is this."""

    @abstractmethod
    def look_outside(self, l1_scales: np.ndarray) -> Generator[ScanRequest, np.ndarray, np.ndarray]:
        """Bounds on the pulls of all columns outside the set over l1, at each level just solved."""

    @abstractmethod
    def react(self, accepted: int, n_levels: int) -> bool:
        """Whether something changed that lets the first level that failed be tried again."""

    @abstractmethod
    def take_over(self, w: np.ndarray) -> None:
        """Go on from these coefficients."""

    def run(self) -> Run:
        """Each level that was asked for, in turn, and the scans that it takes."""
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
            for level in solved:
                yield level._replace(n_scanned=level.n_scanned + n_scanned, seconds=seconds)
            position += accepted
            if accepted == batch.stop - batch.start:
                self.depth = min(2 * self.depth, self.most_depth)

    def solve(self, batch: slice) -> Generator[ScanRequest, np.ndarray, tuple[int, list[Level]]]:
        """(how many levels of the batch are done, those of them that were asked for)."""
        l1_scales, l2_scales = self.levels.l1_scales[batch], self.levels.l2_scales[batch]
        outcomes = self.set.solve(l1_scales, l2_scales, INNER_SHARE * self.gap_tol, self.most_epochs())
        n_levels = len(outcomes)
        l1_scales, l2_scales = l1_scales[:n_levels], l2_scales[:n_levels]
        others = yield from self.look_outside(l1_scales)
        certified = self.set.certify(l1_scales, l2_scales, others)
        self.seconds = self.set.work(outcomes)
        done = (certified[:, 0] <= self.gap_tol) | (self.levels.indices[batch][:n_levels] < 0)
        accepted = n_levels if done.all() else int(np.argmin(done))
        solved = self.collect(batch.start, accepted, outcomes, certified)
        if accepted < n_levels and not self.react(accepted, n_levels) and accepted == 0:
            return 1, [self.give_up(batch.start)]
        return accepted, solved

    def collect(self, first: int, n_levels: int, outcomes, certified) -> list[Level]:
        """The first levels of a batch, as they were solved."""
        solved = []
        indices = self.levels.indices
        for t in range(n_levels):
            if indices[first + t] < 0:
                continue
            columns, values = self.set.nonzeros(t)
            solved.append(Level(
                int(indices[first + t]), columns, values, certified[t, 0], certified[t, 1], True, self.set.method,
                int(outcomes[t, 2]), int(outcomes[t, 3]), len(self.set), 0, 0.0))
        return solved

    def give_up(self, position: int) -> Level:
        """The level that this engine cannot certify, by coordinate descent from where it came to; then go on there."""
        columns, values = self.set.nonzeros(0)
        w = np.zeros(self.problem.matrix.n_features)
        w[columns] = values
        level, w = self.fall_back(int(self.levels.indices[position]), w)
        self.take_over(w)
        return level


class GramEngine(Engine):
    """On the Gram matrix of all columns: nothing is outside."""

    set: EveryColumn

    def __init__(self, problem, levels, gap_tol, max_iter, fall_back, start, depth: int, pool):
        super().__init__(problem, levels, gap_tol, max_iter, fall_back)
        self.depth = self.most_depth = depth
        self.set = EveryColumn(problem, min(depth, len(levels)), start.w, pool)

    def prepare(self, l1_scale: float) -> None:
        """All columns are there."""

    def look_outside(self, l1_scales):
        """Nothing is outside."""
        yield from ()
        return np.zeros(len(l1_scales))

    def react(self, accepted: int, n_levels: int) -> bool:
        """Nothing changes."""
        return False

    def take_over(self, w: np.ndarray) -> None:
        """Go on from these coefficients."""
        self.set.start_from(w[self.set.columns])


class WorkingSetEngine(Engine):
    """On a working set, with bounds on the correlations of all other columns."""

    set: WorkingSet | DescentSet

    def __init__(self, problem, levels, gap_tol, max_iter, fall_back, start, largest: float, pool, *,
                 bounds_pay: bool = True):
        super().__init__(problem, levels, gap_tol, max_iter, fall_back)
        self.depth, self.most_depth = 1, core.N_SLOTS
        self.pool = pool
        self.seen: Any = None
        self.next_trial, self.trying = LATE_TRIAL if start.w.any() else FIRST_TRIAL, False
        self.newton_seconds, self.newton_support = np.inf, 1
        self.reached = largest              # the l1 scale at which the correlations of the others are known
        self.set = WorkingSet(problem, core.N_SLOTS)
        self.screen = core.CorrelationBounds(problem)
        # Bounds cost as much as products with columns of a few nonzeros, and say nothing where columns are many times
        # longer than the basis has directions.
        self.bounded = (bounds_pay and problem.matrix.cost > 4 * core.N_BASIS
                        and problem.matrix.n_samples < len(problem.features))
        self.screen.last_correlation[:] = start.correlations
        self.screen.end(largest)
        if self.bounded:
            self._start_basis(start.residual, start.correlations)
        first = start.w.nonzero()[0]
        if len(problem.unpenalised):
            first = np.union1d(problem.unpenalised, first)
        self.join(first, start.w[first])

    def _start_basis(self, residual, correlations) -> None:
        """The first direction is the first residual, whose products with the columns are known."""
        self.basis = np.zeros((len(residual), core.N_BASIS), order="F")
        self.history = np.zeros((core.N_BASIS, core.N_BASIS))   # the residuals that it came from, in its directions
        root = residual if self.set.root_weights is None else divided(residual, self.set.root_weights)
        norm = np.sqrt(root @ root)
        if norm == 0.0:
            return
        self.basis[:, 0] = root / norm
        self.screen.products[:, 0] = correlations / norm
        self.history[0, 0] = 1.0
        self.screen.set_basis(1)

    def join(self, columns: np.ndarray, w: np.ndarray | None = None) -> None:
        """Columns enter the working set."""
        if len(columns):
            self.set.extend(columns, w)
            self.screen.in_set[columns] = 1

    def prepare(self, l1_scale: float) -> None:
        """Let columns go that are far from entering, and those join whose trend takes them in by the end of a batch."""
        self._choose_set()
        self._shed()
        screen = self.screen
        listed = screen.columns_likely_to_enter(l1_scale, PROMISING)
        if len(listed):
            expected = screen.last_correlation[listed] + screen.slope[listed] * (l1_scale - self.reached)
            self.join(self._strongest(listed, expected))

    def _strongest(self, columns: np.ndarray, c: np.ndarray) -> np.ndarray:
        """Of these columns not more than the support lets expect, those with the largest correlations."""
        limit = LEAST_ENTRANTS + self.set.n_support
        if len(columns) <= limit:
            return columns
        strength = np.abs(c) / self.problem.l1_factor[columns]
        return columns[np.argpartition(-strength, limit)[:limit]]

    def _choose_set(self) -> None:
        """Exact steps or coordinate descent on the working set, whichever the last batches show to be cheaper."""
        n_support = self.set.n_support
        if self.set.method == "working_set":
            if n_support < self.next_trial:
                return
            self.newton_seconds, self.newton_support = self.seconds, n_support
            self.next_trial = 2 * n_support
            self.trying, self.depth = True, 1
            self._use(DescentSet(self.problem, core.N_SLOTS, self.set.columns, self.set.coefficients(), self.gap_tol))
            return
        expected = self.newton_seconds * (n_support / max(1, self.newton_support))**2
        if self.seconds > ADVANTAGE * expected and n_support < MOST_MEMBERS:
            self._back_to_newton()
        self.trying = False

    def _back_to_newton(self) -> None:
        columns, w = self.set.columns, self.set.coefficients()
        self._use(WorkingSet(self.problem, core.N_SLOTS))
        self.set.extend(columns, w[columns])
        self.trying = False

    def _use(self, other: WorkingSet | DescentSet) -> None:
        self.set = other

    def most_epochs(self) -> int:
        """A trial of coordinate descent ends where it has cost more than exact steps would."""
        if not (self.trying and isinstance(self.set, DescentSet)):
            return self.max_iter
        epoch = max(1, self.newton_support) * self.set.seconds_per_visit()
        return int(max(2, min(self.max_iter, self.newton_seconds / epoch)))

    def _shed(self) -> None:
        size = len(self.set)
        if size <= LEAST_CROWD + CROWD * self.set.n_support:
            return
        kept = self.set.needed(NEAR * self.reached)
        if 2 * np.count_nonzero(kept) > size:
            return
        gone = self.set.columns[~kept]
        self.screen.in_set[gone] = 0
        self.screen.last_correlation[gone], self.screen.slope[gone] = self.set.correlations[~kept], 0.0
        self.set.keep(np.flatnonzero(kept))

    def look_outside(self, l1_scales):
        """Bounds on the pulls of all other columns over l1, at each level."""
        screen, n_levels = self.screen, len(l1_scales)
        roots, weighted = self.set.residuals(n_levels)
        screen.l1_scales[:n_levels] = l1_scales
        self._begin(roots, n_levels)
        strongest, listed = self._list()
        if self.bounded and len(listed) > GROWTH * len(self.problem.features):
            yield from self._extend_basis(roots[:, n_levels - 1])
            self._begin(roots, n_levels)
            strongest, listed = self._list()
        self.n_scanned += n_levels * len(listed)
        self.seen = None            # as large as what comes now
        c = yield ScanRequest(listed, weighted, n_levels)
        self.seen = listed, screen.check_violations(listed, c, strongest), c
        screen.end(l1_scales[-1])
        self.reached = l1_scales[-1]
        return strongest[:n_levels] / l1_scales

    def _list(self) -> tuple[np.ndarray, np.ndarray]:
        """(bounds on the pulls over factors of the columns that they keep at 0; the columns that need a look)."""
        pieces = threads.ranges(len(self.problem.features), RANGE_FEATURES)
        strongest = np.zeros((len(pieces), core.N_SLOTS))
        listed = threads.run(self.pool, lambda piece: self.screen.columns_not_ruled_out(
            piece[0], piece[1], strongest[piece[0] // RANGE_FEATURES]), pieces)
        return strongest.max(axis=0), np.concatenate(listed)

    def _begin(self, roots: np.ndarray, n_levels: int) -> None:
        """Tell the screen the residuals of a visit."""
        screen = self.screen
        if self.bounded:
            basis = self.basis[:, :screen.n_basis]
            coordinates = basis.T @ roots
            remainders = roots - basis @ coordinates
            screen.coordinates[:screen.n_basis] = coordinates
            screen.remainders[:] = np.sqrt(np.einsum("it,it->t", remainders, remainders))
            screen.roundings[:] = 4.0 * len(roots) * np.finfo(float).eps * np.sqrt(np.einsum("it,it->t", roots, roots))
        screen.begin(n_levels)

    def _extend_basis(self, root: np.ndarray):
        """One direction more: that of a residual, orthogonal to the others; its products with all columns."""
        screen, n_basis = self.screen, self.screen.n_basis
        if n_basis == core.N_BASIS:
            n_basis = self._shrink_basis()
        known = self.basis[:, :n_basis]
        direction = root.copy()
        for _ in range(2):
            direction -= known @ (known.T @ direction)
        norm = np.sqrt(direction @ direction)
        if norm > LEAST_DIRECTION * np.sqrt(root @ root):
            direction /= norm
            self.basis[:, n_basis] = direction
            self.history[:n_basis + 1, n_basis] = self.basis[:, :n_basis + 1].T @ root
            everything = np.arange(self.problem.matrix.n_features)
            weighted = np.zeros((len(root), core.N_SLOTS))
            weighted[:, 0] = self.set.weighted(direction)
            c = yield ScanRequest(everything, weighted, 1)
            screen.products[:, n_basis] = c[:, 0]
            n_basis += 1
            self.n_scanned += len(self.problem.features)
        screen.set_basis(n_basis)

    def _shrink_basis(self) -> int:
        """Keep the span of the latest half of the residuals."""
        half = core.N_BASIS // 2
        latest = np.linalg.qr(self.history[:, :half - 1:-1])[0]
        self.basis[:, :half] = self.basis @ latest
        self.screen.products[:, :half] = self.screen.products @ latest
        self.history[:half, :half] = latest.T @ self.history[:, half:]
        self.history[half:] = 0.0
        return half

    def react(self, accepted: int, n_levels: int) -> bool:
        """Columns that violate the first level that failed join; whether there are any."""
        listed, first, c = self.seen
        self.depth = max(1, accepted)
        violating = first <= accepted
        if self.trying and accepted == 0 and not violating.any():
            self._back_to_newton()
            return True
        self.join(self._strongest(listed[violating], c[violating, accepted]))
        return bool(violating.any())

    def take_over(self, w: np.ndarray) -> None:
        """Go on from these coefficients."""
        missing = np.flatnonzero((w != 0.0) & (self.screen.in_set == 0))
        self.join(missing)
        self.set.start_from(w[self.set.columns])
