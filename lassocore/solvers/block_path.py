# Lives here: paths of blocks, one batch of levels after another. Independent of: alpha, storage, formulas.
"""Batches of levels on a working set of blocks, and the scans that certify them; docs/math.md, section 13."""
from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import products_with
from lassocore.problems.blocks import blocks_of
from lassocore.problems.problem import Problem
from lassocore.problems.variants import without_penalty
from lassocore.results.path_batch import PathBatch, of_minimum_norm
from lassocore.solvers.block_arrays import NO_INDICES, Levels
from lassocore.solvers.block_bounds import MAX_DIRECTIONS, BlockBounds
from lassocore.solvers.block_columns import MIN_TOL_OF_PRODUCTS, BlockColumns
from lassocore.solvers.coordinate_descent import is_in_reach
from lassocore.solvers.cost_model import MAX_SINGLE_FITS, bounds_pay, choose_method, count_positive, gram_seconds
from lassocore.solvers.penalty_grid import PenaltyGrid, level_scales, penalty_grid
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_real

INNER_SHARE = 0.5                   # of the tolerance, for the gap over the working set
TIGHT_SHARE = 0.01                  # the same for small tolerances: tight fits then do not depend on the storage of X
LIKELY_SHARE = 0.97                 # a block whose expected dual ratio reaches this share of the level joins
MAX_SECONDS_OF_SINGLE_GRAM = 3e-4   # for which a few alphas are solved on the Gram matrix of all columns
LIMITED_SHARE = 0.1                 # share of the last gap that is enough where more blocks wait to enter
MIN_ENTRANTS = 32                   # blocks that may join at a time, in addition to the size of the support
MIN_SHED_SIZE = 64                  # a working set of more than this many blocks plus
SHED_FACTOR = 4                     # this times the support removes blocks that are 0,
KEPT_SHARE = 0.9                    # except those with a dual ratio above this share of the level
MAX_VAIN_BOUNDS = 3                 # batches in a row for which bounds rule out few columns, until they are given up
GROWTH_SHARE = 0.25                 # of the columns that bounds do not rule out, above which all are multiplied
MAX_DEPTH = 8                       # levels in a batch
GRAM_DEPTH = 128                    # the same on the Gram matrix of all columns,
MAX_NUMBERS_OF_A_BATCH = 4_000_000  # unless they are more than these coefficients and correlations
ROUNDING_OF_GAP = 1e-13             # over the squared norm of the targets
MIN_SHARE = 1e-6                    # of the tolerance, below which the gap cannot be brought down
FULL_GRAM_PER_ENTRY = 4.0           # features, per multiply-add of a product with X, whose Gram matrix may pay


class BlockPathSolver:
    """Solves falling levels of a problem of blocks, batch by batch, and certifies them for all blocks."""

    def __init__(self, problem: Problem, l1_ratio: float, settings: Settings, n_levels: int, start=None, pool=None):
        self.problem, self.l1_ratio, self.settings, self.pool = problem, l1_ratio, settings, pool
        if start is not None:
            start = start.reshape(problem.matrix.n_features, problem.n_tasks)
            start = start if is_in_reach(problem, start) else None
        self.blocks, self.is_warm = blocks_of(problem), start is not None
        self.gap_tol, self.goal = settings.tol * problem.sq_target, settings.goal * problem.sq_target
        self.is_exact = settings.goal < MIN_TOL_OF_PRODUCTS and problem.design.has_columns
        self.set = self._make_set(n_levels)
        self.is_complete = self.set.method == "gram"        # all blocks are in the set
        self.in_set = np.zeros(len(self.blocks.factors), bool)
        self._begin(start)
        self.set.settle()
        self.bounds, self.n_vain_bounds = self._make_bounds(n_levels), 0
        self.ratios = np.empty(0) if self.is_complete else self._ratios_of_all()    # of blocks outside,
        self.trend: np.ndarray | None = None    # and their changes with the level
        self.depth, self.max_depth = 1, MAX_DEPTH
        if self.is_complete:
            if not settings.may_end_early:
                self.max_depth = max(MAX_DEPTH, min(GRAM_DEPTH, MAX_NUMBERS_OF_A_BATCH // max(1, 2 * self.set.W.size)))
            self.depth = self.max_depth
        self.inner_share = TIGHT_SHARE if self.is_exact else INNER_SHARE
        self.share = self.inner_share       # of the tolerance
        self.n_spent = 0, 0                 # epochs and Newton steps at this level
        self.is_limited = False             # whether more blocks wait to enter than may at a time
        self.last_gap = problem.sq_target   # of a level that was not certified
        self.n_scanned, self.clock = 0, time.perf_counter()

    def _make_set(self, n_levels: int) -> BlockColumns:
        """All blocks, where their Gram matrix pays, or none."""
        problem, gram = self.problem, None
        is_large = len(problem.features) > FULL_GRAM_PER_ENTRY * problem.matrix.cost
        method = choose_method(problem, n_levels, self.settings, self.l1_ratio)
        if n_levels <= MAX_SINGLE_FITS:
            is_large = gram_seconds(problem) > MAX_SECONDS_OF_SINGLE_GRAM
        if not problem.design.has_columns or method == "gram" and not is_large:
            gram = problem.gram
            if gram is None:
                gram = problem.design.gram_of_features(problem.features, self.pool)
        return BlockColumns(problem, self.blocks, self.settings, gram)

    def _make_bounds(self, n_levels: int) -> BlockBounds | None:
        """Bounds, where they cost less than the products that they save."""
        n, p = self.problem.matrix.n_samples, len(self.blocks.columns)
        cost = self.problem.matrix.cost
        if self.is_complete or not bounds_pay(n_levels) or cost <= 4 * MAX_DIRECTIONS or n >= p:
            return None
        return BlockBounds(self.problem, self.blocks, self.set.n_tasks)

    def _first_members(self, start) -> np.ndarray:
        """The blocks that have no L1 penalty, or are nonzero in the start."""
        if start is None and self.l1_ratio > 0.0 and len(self.problem.unpenalised) == 0:
            return NO_INDICES
        chosen = ~self.blocks.factors.any(axis=1) | (self.l1_ratio == 0.0)
        if start is not None:
            nonzero = start[self.blocks.columns].any(axis=1)
            chosen |= np.logical_or.reduceat(nonzero, self.blocks.starts[:-1])
        return np.flatnonzero(chosen)

    def _begin(self, start: np.ndarray | None) -> None:
        """Take the start, with the blocks that it needs."""
        if not self.is_complete:
            self._join(self._first_members(start), start)
            return
        self.in_set[:] = True
        if start is not None:
            self.set.W[:, :self.set.size] = self.set.positions_of(start)
            self.set.refresh()

    def _join(self, members: np.ndarray, start: np.ndarray | None = None) -> None:
        """Add blocks to the set."""
        if len(members):
            self.set.extend(members, start)
            self.in_set[members] = True

    def _ratios_of_all(self) -> np.ndarray:
        """The dual ratio of every block at the present coefficients: the l1 scale from which on it may be 0."""
        if self.is_complete:
            ratios = np.empty(len(self.blocks.factors))
            ratios[self.set.members] = self.set.solver.dual_ratios()
            return ratios
        columns = self.blocks.columns
        if self.set.norms.any():
            roots, vectors = self.set.residuals(self.set.W[None])
            products = products_with(self.problem.matrix, columns, vectors, self.pool)
        else:
            roots = self.set.target[None]
            products = self.problem.correlations[columns].reshape(len(columns), self.set.n_tasks)
        return self._ratios_with(roots, products)[:, 0]

    def _ratios_with(self, roots: np.ndarray, products: np.ndarray) -> np.ndarray:
        """The dual ratios of all blocks, (n_blocks, n_levels), from the products of all columns with residuals, a
        column for each level and task; the bounds learn from the first and the last level."""
        products = self._by_task(products, self.blocks.columns)
        if self.bounds is not None:
            for level in sorted({0, len(roots) - 1}, reverse=True):
                self.bounds.extend(roots[level], products[:, :, level])
        return core.dual_ratios(products, self.blocks.starts, self.blocks.factors)

    def _by_task(self, products: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(n_tasks, n_columns, n_levels) in units of the penalty, from (n_columns, n_levels * n_tasks)."""
        if self.blocks.units is not None:
            products = products / self.blocks.units[columns][:, None]
        n_levels = products.shape[1] // self.set.n_tasks
        return products.reshape(len(columns), n_levels, self.set.n_tasks).transpose(2, 0, 1)

    @property
    def alpha_of_zero(self) -> float:
        """The smallest alpha at which all penalised blocks are 0, before any level is solved."""
        if self.l1_ratio == 0.0:
            return np.inf
        ratios = self._ratios_of_all() if self.is_complete else self.ratios
        if len(self.problem.unpenalised):
            ratios = ratios[self.blocks.factors[:, :2].any(axis=1)]
        largest = float(ratios.max(initial=0.0)) / (self.problem.total_weight * self.l1_ratio)
        return largest if self.problem.scaling is None else self.problem.scaling.alpha(largest)

    def run(self, grid: np.ndarray) -> Iterator[PathBatch]:
        """The solutions at all alphas."""
        n_positive = count_positive(grid)
        if n_positive:
            is_short = self.is_complete and n_positive <= MAX_SINGLE_FITS   # its levels do not depend on the largest
            largest = grid[0] if self.is_warm or is_short else self.alpha_of_zero
            self.levels = self._levels(grid[:n_positive], largest)
            self.position, self.last_scale = 0, float(self.levels.l1_scales[0])
            if not is_short:
                self.last_scale = level_scales(self.problem, largest, self.l1_ratio)[0]
            while self.position < len(self.levels):
                batch = self._solve_batch()
                if batch is not None:
                    yield of_minimum_norm(self.problem, batch)
        for index in range(n_positive, len(grid)):
            yield self._least_squares(index)

    def _levels(self, grid: np.ndarray, largest: float) -> PenaltyGrid:
        """The levels of positive alphas; a path of several has levels between those that are far apart."""
        if len(grid) > MAX_SINGLE_FITS:
            return penalty_grid(self.problem, grid, 0, self.l1_ratio, largest)
        return PenaltyGrid(*level_scales(self.problem, grid, self.l1_ratio), np.arange(len(grid)))

    def _solve_batch(self) -> PathBatch | None:
        """Solve and certify a batch; None where no level of the path is certified."""
        span = slice(self.position, self.position + self.depth)
        l1_scales, l2_scales = self.levels.l1_scales[span], self.levels.l2_scales[span]
        if not self.is_complete:
            self._shed()
            self._join(self._likely_to_enter(l1_scales[-1]))
        solved = self.set.solve(l1_scales, l2_scales, self.inner_tol,
                                max(1, self.settings.max_iter - sum(self.n_spent)))
        self._keep_history(self.levels, self.position)
        n_levels = len(solved)
        l1_scales, l2_scales = l1_scales[:n_levels], l2_scales[:n_levels]
        outside, ratios, largest = self._scan(solved, l1_scales)
        certified = self.set.certify(solved, l1_scales, l2_scales, largest, self.is_exact)
        indices, numbers = self.levels.indices[span].tolist(), certified.tolist()
        n_certified = 0
        while n_certified < n_levels and (numbers[n_certified][0] <= self.goal or indices[n_certified] < 0):
            n_certified += 1
        self._learn(outside, ratios, l1_scales, min(n_certified, n_levels - 1))
        if n_certified < n_levels:
            self.set.restart(solved, n_certified, self.is_exact)
            if n_certified == 0:
                n_certified = self._retry(solved, numbers[0][0], outside, ratios[:, 0], l1_scales[0])
            self.depth = max(1, n_certified)
        else:
            self.depth = min(2 * self.depth, self.max_depth)
        if n_certified == 0:
            return None
        batch = self._collect(solved, numbers[:n_certified], indices)
        if n_certified < n_levels:          # the next level goes on from its own solution
            self.n_spent = int(solved.n_epochs[n_certified]), int(solved.n_newton[n_certified])
        return batch

    def _keep_history(self, levels: PenaltyGrid, first: int) -> None:
        """Keep the iterates of the levels solved last, the first of which is given, if a history is wanted."""
        if self.settings.recorder is not None:
            self.settings.recorder.keep_blocks(levels.goals[first:], self.set)

    @property
    def inner_tol(self) -> float:
        """The target for the gap over the set: a share of the goal, but no rounding error if the goal is none; a share
        of the last gap where more blocks wait to enter."""
        tol = max(self.share * self.goal, min(INNER_SHARE * self.goal, ROUNDING_OF_GAP * self.problem.sq_target))
        return max(tol, LIMITED_SHARE * self.last_gap) if self.is_limited and self.depth == 1 else tol

    def _scan(self, solved: Levels, l1_scales: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(blocks outside the set, their dual ratios at each level, a bound on the largest of these over each level)"""
        outside = NO_INDICES if self.is_complete else (~self.in_set).nonzero()[0]
        if len(outside) == 0:
            return outside, np.empty((0, len(solved))), np.zeros(len(solved))
        ratios, limits = self._ratios_outside(solved, l1_scales, outside)
        largest = limits.max(axis=0)
        return outside, ratios, np.divide(largest, l1_scales, out=np.zeros(len(solved)), where=l1_scales > 0.0)

    def _ratios_outside(self, solved: Levels, l1_scales: np.ndarray, outside: np.ndarray
                        ) -> tuple[np.ndarray, np.ndarray]:
        """(dual ratios of the blocks outside the set at each level, upper bounds of these).

        The products of blocks that bounds rule out are not computed; the products of all columns are where these are
        few, and the bounds learn from them.
        """
        roots, vectors = self.set.residuals(solved.W)
        listed = outside
        if self.bounds is not None:
            widths = self.blocks.widths
            estimates, errors = self.bounds.ratios(roots.transpose(1, 2, 0))
            limits = estimates + errors
            listed = outside[(limits[outside] > l1_scales).any(axis=1)]
            if widths[listed].sum() > GROWTH_SHARE * len(self.blocks.columns):
                products = products_with(self.problem.matrix, self.blocks.columns, vectors, self.pool)
                self.n_scanned += len(solved) * int(widths[outside].sum())
                ratios = self._ratios_with(roots, products)[outside]
                self.n_vain_bounds += 1
                if self.n_vain_bounds == MAX_VAIN_BOUNDS:
                    self.bounds = None
                return ratios, ratios
            self.n_vain_bounds = 0
        columns = self.blocks.columns_of(listed)
        self.n_scanned += len(solved) * len(columns)
        products = self._by_task(products_with(self.problem.matrix, columns, vectors, self.pool), columns)
        exact = core.dual_ratios(products, self.blocks.starts_of(listed), self.blocks.factors[listed])
        if self.bounds is None:
            return exact, exact
        estimates[listed] = limits[listed] = exact
        return estimates[outside], limits[outside]

    def _learn(self, outside: np.ndarray, ratios: np.ndarray, l1_scales: np.ndarray, last: int) -> None:
        """Note the dual ratios at a level, and how they change."""
        if len(outside):
            step = l1_scales[last] - self.last_scale
            if step != 0.0:
                if self.trend is None:
                    self.trend = np.zeros(len(self.ratios))
                self.trend[outside] = (ratios[:, last] - self.ratios[outside]) / step
            self.ratios[outside] = ratios[:, last]
        self.last_scale = float(l1_scales[last])

    def _likely_to_enter(self, l1_scale: float) -> np.ndarray:
        """Blocks outside whose dual ratio is expected to reach this level, the largest if they are many."""
        expected = self.ratios if self.trend is None else self.ratios + self.trend * (l1_scale - self.last_scale)
        threshold = LIKELY_SHARE * l1_scale
        return self._strongest(((expected >= threshold) & ~self.in_set).nonzero()[0], expected)

    def _strongest(self, members: np.ndarray, strengths: np.ndarray) -> np.ndarray:
        limit = MIN_ENTRANTS + 2 * int(np.count_nonzero(self.set.norms))
        self.is_limited = len(members) > limit
        if not self.is_limited:
            return members
        strongest = members[strengths[members].argpartition(-limit)[-limit:]]
        strongest.sort()
        return strongest

    def _retry(self, solved: Levels, gap: float, outside: np.ndarray, ratios: np.ndarray, l1_scale: float) -> int:
        """Let the blocks enter that violate optimality at a level, or aim at a smaller gap over the set; 1 where there
        is nothing left to try."""
        n_spent = self.n_spent[0] + int(solved.n_epochs[0]), self.n_spent[1] + int(solved.n_newton[0])
        if sum(n_spent) >= self.settings.max_iter:
            return 1
        self.ratios[outside] = ratios
        was_limited, self.last_gap = self.is_limited, min(gap, self.problem.sq_target)
        violating = self._strongest(outside[ratios > l1_scale], self.ratios)
        if len(violating) == 0 and not was_limited:
            is_good_enough = gap <= self.gap_tol and self.share < self.inner_share
            if solved.is_stalled or is_good_enough or self.share < MIN_SHARE:
                return 1
            self.share *= 0.1
        self._join(violating)
        self.n_spent = n_spent
        return 0

    def _collect(self, solved: Levels, numbers: list[list[float]], indices: list[int]) -> PathBatch | None:
        """The solutions of the first levels of the batch, with these gaps and squared residuals, without those that do
        not belong to the path, whose indices are negative."""
        n_levels, now, batch = len(numbers), time.perf_counter(), None
        chosen = [k for k in range(n_levels) if indices[k] >= 0]
        size = len(chosen)
        if size:
            rows, values, counts = self.set.solutions(solved.W[:n_levels] if size == n_levels else solved.W[chosen])
            outcomes, gaps = solved.outcomes[:n_levels].tolist(), [numbers[k][0] for k in chosen]
            n_epochs, n_newton = [int(outcomes[k][1]) for k in chosen], [int(outcomes[k][2]) for k in chosen]
            n_epochs[0], n_newton[0] = n_epochs[0] + self.n_spent[0], n_newton[0] + self.n_spent[1]
            batch = PathBatch(
                indices[chosen[0]], rows, values, counts, gaps, [numbers[k][1] for k in chosen],
                [gap <= self.gap_tol for gap in gaps], [self.set.method] * size, n_epochs, n_newton,
                [len(self.set.columns)] * size, [self.n_scanned // n_levels] * size,
                [(now - self.clock) / n_levels] * size)
        self.position += n_levels
        self.share, self.n_spent, self.n_scanned, self.clock = self.inner_share, (0, 0), 0, now
        self.last_gap = 0.0
        return batch

    def _shed(self) -> None:
        """Remove blocks that are 0 and far from entering, if the set is large."""
        members = self.set
        n_kept = MIN_SHED_SIZE + SHED_FACTOR * np.count_nonzero(members.norms)
        if self.l1_ratio == 0.0 or len(members.members) <= n_kept:
            return
        ratios = members.solver.dual_ratios()
        needed = (members.norms > 0.0) | (ratios > KEPT_SHARE * self.last_scale)
        if 2 * np.count_nonzero(needed) <= len(needed):
            gone = members.members[~needed]
            self.in_set[gone], self.ratios[gone] = False, ratios[~needed]
            members.keep(np.flatnonzero(needed))

    def _least_squares(self, index: int) -> PathBatch:
        """The solution at alpha = 0, of minimum norm."""
        if len(self.problem.unpenalised) == len(self.problem.features):
            solver = self
        else:
            solver = BlockPathSolver(without_penalty(self.problem), self.l1_ratio, self.settings, 1, None, self.pool)
        none = np.zeros(1)
        solved = solver.set.solve(none, none, solver.inner_tol, solver.settings.max_iter)
        solver.levels, solver.position = PenaltyGrid(none, none, np.array([index])), 0
        solver._keep_history(solver.levels, 0)
        certified = solver.set.certify(solved, none, none, none, True)
        batch = solver._collect(solved, certified.tolist(), [index])
        assert batch is not None
        return of_minimum_norm(solver.problem, batch)


def as_task_start(problem: Problem, coef_init) -> np.ndarray | None:
    """Rows to start from, (n_features, n_tasks), 0 where excluded; None for zeros."""
    if coef_init is None or len(problem.unpenalised) == len(problem.features):
        return None
    W = as_real(coef_init, "coef_init")
    expected = len(problem.target), problem.matrix.n_features
    if W.shape != expected:
        raise ValueError(f"coef_init has shape {W.shape}; it needs shape (n_tasks, n_features) = {expected}")
    if not np.isfinite(W).all():
        raise ValueError("coef_init contains NaN or infinity; pass finite coefficients, or None for zeros")
    if problem.sq_target == 0.0:
        return None             # zeros are the solution, and no other rows meet a tolerance of 0
    start = np.zeros(expected[::-1])
    start[problem.features] = W.T[problem.features]
    return start if problem.scaling is None else problem.scaling.start(start)
