# Lives here: multi-task paths, and which columns are in the working set. Independent of: storage.
"""Working sets for the group penalty; docs/math.md, section 13."""
from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.problems.multi_task import MultiTaskProblem
from lassocore.problems.variants import without_penalty
from lassocore.results.path_batch import PathBatch, batch_of
from lassocore.results.path_point import PathPoint
from lassocore.solvers.coordinate_descent import strong_threshold
from lassocore.solvers.cost_model import MAX_SINGLE_FITS, choose_method
from lassocore.solvers.driver import of_minimum_norm
from lassocore.solvers.multi_task_newton import MAX_UNKNOWNS, newton_rows
from lassocore.solvers.multi_task_working_set import CrossGram, GramWorkingSet, InPlaceWorkingSet
from lassocore.solvers.penalty_grid import level_scales, set_level
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_real

INNER_SHARE = 0.8                   # of the tolerance, for the gap over the working set
TIGHT_SHARE = 0.01                  # the same for small tolerances: tight fits then do not depend on the storage of X
LIMITED_SHARE = 0.1                 # share of the last gap that is enough where the number of entrants was limited
MIN_ENTRANTS = 32                   # columns that may join at a time, in addition to twice the size of the support
SHED_FACTOR = 4                     # a working set of more than MIN_SHED_SIZE columns plus this times the support
MIN_SHED_SIZE = 64                  # removes columns that are 0,
KEPT_RATIO = 0.9                    # except those with ||C_j|| above this share of l1_j
MAX_GRAM_COLUMNS = 128              # in a working set with a Gram matrix,
GRAM_PER_ENTRY = 0.5                # and so many more per multiply-add of a product with X
FULL_GRAM_PER_ENTRY = 2.25          # features, per multiply-add of a product with X, whose Gram matrix may pay
MIN_TOL_OF_PRODUCTS = 1e-9          # below it gaps are computed from X, as products of columns have rounding errors
MIN_SHARE = 1e-6                    # share of the tolerance below which descent on the set cannot reduce the gap


class MultiTaskDescent:
    """Block coordinate descent on a multi-task problem, warm-started from alpha to alpha."""

    working_set: GramWorkingSet | InPlaceWorkingSet
    correlation_norms: np.ndarray   # ||C_j|| of the features, when last computed

    def __init__(self, problem: MultiTaskProblem, l1_ratio: float, settings: Settings, n_levels: int, start=None,
                 pool=None):
        self.l1_ratio, self.settings, self.pool = l1_ratio, settings, pool
        self.gap_tol, self.goal = settings.tol * problem.sq_target, settings.goal * problem.sq_target
        bit_generator = None
        if settings.selection != "cyclic":
            bit_generator = np.random.PCG64(np.random.default_rng(settings.rng).integers(2**63))
        self.descent_settings = settings.selection, bit_generator, problem.dtype == np.float32
        self.method = choose_method(problem, n_levels, settings, l1_ratio)
        self.has_few_levels = n_levels <= MAX_SINGLE_FITS   # few scans of X cost less than products that save them
        is_large = len(problem.features) > FULL_GRAM_PER_ENTRY * problem.matrix.cost
        if self.method == "gram" and (self.has_few_levels or is_large):
            self.method = "working_set"
        self._begin(problem, start)
        self.previous = None if start is not None or l1_ratio == 0.0 else self.alpha_of_zero()

    def _begin(self, problem: MultiTaskProblem, start: np.ndarray | None) -> None:
        """Set up the solver and the working set of a problem; start has the rows to begin with."""
        self.problem = problem
        self.solver = core.TaskSolver(problem.matrix, problem.target, problem.sq_norms, problem.sq_target)
        self.solver.set_unpenalised(problem.unpenalised, problem.block)
        self.in_set = np.zeros(problem.matrix.n_features, bool)
        self.l1_factor = problem.l1_factor[problem.features]
        first = problem.unpenalised
        if start is not None:
            self.solver.W[:] = start
            first = np.union1d(first, np.flatnonzero(start.any(axis=1)))
        self._make_working_set()
        if self.method == "gram" and len(problem.features) <= MIN_SHED_SIZE:
            first = problem.features
        self._join(first)
        if start is None and len(problem.unpenalised) == 0:
            self.solver.C[:] = problem.correlations
            self.correlation_norms = self.solver.correlation_norms(problem.features)
        else:
            self._update_correlations()

    def _make_working_set(self) -> None:
        if self.method == "cd":
            self.working_set = InPlaceWorkingSet(self.problem, self.descent_settings, self.solver)
            return
        problem, full = self.problem, None
        if self.method == "gram":
            full = np.asfortranarray(problem.design.gram_of_all(self.pool))
        self.working_set = GramWorkingSet(self.problem, self.descent_settings, full)
        self.cross_gram = CrossGram(self.problem, full)

    def alpha_of_zero(self) -> float:
        """The smallest alpha at which all penalised rows are 0; residuals are those of the unpenalised rows alone."""
        factor = self.l1_factor
        ratios = np.divide(self.correlation_norms, factor, out=np.zeros(len(factor)), where=factor > 0.0)
        largest = float(ratios.max(initial=0.0)) / (self.problem.total_weight * self.l1_ratio)
        return largest if self.problem.scaling is None else self.problem.scaling.alpha(largest)

    def solve(self, index: int, alpha: float) -> PathBatch:
        """The solution at one alpha, from the last."""
        clock = time.perf_counter()
        if alpha == 0.0 and len(self.problem.unpenalised) < len(self.problem.features):
            self.method = "cd"
            unpenalised: Any = without_penalty(self.problem)
            self._begin(unpenalised, None)
        problem, settings = self.problem, self.settings
        l1_scale, l2_scale = level_scales(problem, alpha, self.l1_ratio)
        limited = self._add_violators(l1_scale, strong_threshold(self.previous, alpha))
        share = INNER_SHARE if settings.tol >= MIN_TOL_OF_PRODUCTS else TIGHT_SHARE
        n_epochs, gap, target_gap = 0, np.inf, self.gap_tol
        while True:
            inner_gap_tol = share * target_gap
            if limited:
                inner_gap_tol = max(inner_gap_tol, LIMITED_SHARE * min(gap, problem.sq_target))
            n_done, status = self.working_set.solve(l1_scale, l2_scale, inner_gap_tol, settings.max_iter - n_epochs)
            n_epochs += n_done
            gap, sq_residual = self._certify(alpha)
            if settings.exact and (gap <= target_gap or n_epochs >= settings.max_iter):
                gap, sq_residual = self._refine(alpha, gap, sq_residual)
            if gap <= self.goal or n_epochs >= settings.max_iter:
                break
            if gap <= target_gap:
                target_gap = self.goal      # descent continues where exact steps did not reach the goal
            n_before = len(self.working_set.columns)
            was_limited, limited = limited, self._add_violators(l1_scale, 1.0)
            if len(self.working_set.columns) == n_before and not was_limited:
                if status == "stalled" or share <= MIN_SHARE:
                    break
                share *= 0.1
        self.previous = alpha
        return self._point(index, gap, sq_residual, n_epochs, time.perf_counter() - clock)

    def _certify(self, alpha: float) -> tuple[float, float]:
        """(gap over all features, ||R||_s^2) of the rows as they would be returned; updates correlation_norms."""
        problem = self.problem
        if isinstance(self.working_set, GramWorkingSet) and self.settings.goal >= MIN_TOL_OF_PRODUCTS and (
                self.working_set.full_gram is not None
                or not self.has_few_levels and self.cross_gram.pays(self._support())):
            return self._certify_by_cross_gram(self.working_set, level_scales(problem, alpha, self.l1_ratio)[0])
        self._update_correlations()
        set_level(self.solver, problem, alpha, self.l1_ratio)
        gap, sq_residual = self.solver.gap(problem.features, 0.0)
        if problem.dtype == np.float32 and len(problem.unpenalised) > 0:
            gap += self._rounding_loss(sq_residual)
        return gap, sq_residual

    def _certify_by_cross_gram(self, working_set: GramWorkingSet, l1_scale: float) -> tuple[float, float]:
        """The same from stored products of columns, without reading X."""
        problem, features = self.problem, self.problem.features
        own = working_set.refresh_correlations(problem.dtype == np.float32)
        self.solver.W[working_set.columns] = working_set.W
        if len(working_set.columns) == len(features):
            self.correlation_norms[np.searchsorted(features, working_set.columns)] = own
            return working_set.gap(0.0)
        support = self._support()
        self.solver.C[:] = self.cross_gram.correlations(support, self.solver.W[support])
        self.correlation_norms = self.solver.correlation_norms(features)
        self.correlation_norms[np.searchsorted(features, working_set.columns)] = own
        outside = ~self.in_set[features]
        ratios = ratios_of(self.correlation_norms[outside], l1_scale * self.l1_factor[outside])
        return working_set.gap(float(ratios.max()))

    def _refine(self, alpha: float, gap: float, sq_residual: float) -> tuple[float, float]:
        """Exact steps on the support, kept where they do not enlarge the gap."""
        problem, before = self.problem, self.working_set.W.copy()
        inside = before.any(axis=1)
        columns = self.working_set.columns[inside]
        if not 0 < len(columns) * problem.n_tasks <= MAX_UNKNOWNS:
            return gap, sq_residual
        l1_scale, l2_scale = level_scales(problem, alpha, self.l1_ratio)
        columns_gathered = problem.matrix.gather(np.ascontiguousarray(columns))
        found = newton_rows(
            columns_gathered.T @ columns_gathered, problem.correlations[columns, :problem.n_tasks],
            before[inside, :problem.n_tasks], l1_scale * problem.l1_factor[columns],
            problem.penalty.ridge(columns, l2_scale))
        if found is None:
            return gap, sq_residual
        refined = before.copy()
        refined[inside, :problem.n_tasks] = found
        self.working_set.W = refined
        new_gap, new_sq_residual = self._certify(alpha)
        if new_gap <= max(gap, self.goal):
            return new_gap, new_sq_residual
        self.working_set.W = before
        return self._certify(alpha)

    def _support(self) -> np.ndarray:
        """The columns with a nonzero row."""
        return self.working_set.columns[self.working_set.W.any(axis=1)]

    def _update_correlations(self) -> None:
        """Compute residuals and the correlations of all columns from the rows as they would be returned."""
        columns, solver = self.working_set.columns, self.solver
        if self.working_set.solver is not solver:
            solver.W[columns] = self.working_set.W
            solver.set_columns(np.sort(columns))
        if self.problem.dtype == np.float32:
            solver.round()
        solver.refresh()
        solver.update_correlations(self.problem.features)
        self.correlation_norms = solver.correlation_norms(self.problem.features)

    def _rounding_loss(self, sq_residual: float) -> float:
        """The increase of the objective from rounding the unpenalised rows to float32."""
        problem, solver = self.problem, self.solver
        exact = solver.W[problem.unpenalised]
        solver.round()
        solver.set_unpenalised(problem.unpenalised[:0], None)
        solver.refresh()
        loss = 0.5 * (problem.task_sq_norm(solver.residual) - sq_residual)
        solver.set_unpenalised(problem.unpenalised, problem.block)
        solver.W[problem.unpenalised] = exact
        solver.refresh()
        return max(0.0, loss)

    def _add_violators(self, l1_scale: float, threshold: float) -> bool:
        """Add columns with ||C_j|| above this share of l1_j, the largest first; whether their number was limited."""
        features = self.problem.features
        if len(self.working_set.columns) == len(features) <= MIN_SHED_SIZE:
            return False
        share = ratios_of(self.correlation_norms, l1_scale * self.l1_factor)
        wanted = np.flatnonzero((share > threshold) & ~self.in_set[features])
        n_support = int(np.count_nonzero(self.working_set.W.any(axis=1)))
        self._shed(share, n_support)
        limit = MIN_ENTRANTS + 2 * n_support if l1_scale > 0.0 else len(wanted)
        if len(wanted) > limit:
            strongest = np.argpartition(-share[wanted], limit)[:limit]
            self._join(np.sort(features[wanted[strongest]]))
            return True
        self._join(features[wanted])
        return False

    def _join(self, columns: np.ndarray) -> None:
        """Add these columns to the working set, with their present rows."""
        new = columns[~self.in_set[columns]]
        if len(new) == 0:
            return
        n_columns = len(self.working_set.columns) + len(new)
        if self.method == "working_set" and n_columns > MAX_GRAM_COLUMNS + GRAM_PER_ENTRY * self.problem.matrix.cost:
            self.method = "cd"
            new = np.concatenate([self.working_set.columns, new])
            self._make_working_set()
            self.working_set.extend(new, self.solver.W[new])
            self.solver.refresh()       # after certificates by cross_gram, residuals are older than the rows
        else:
            self.working_set.extend(new, self.solver.W[new])
        self.in_set[new] = True

    def _shed(self, share: np.ndarray, n_support: int) -> None:
        """Remove columns that are 0 and far from entering, if the working set is large."""
        columns = self.working_set.columns
        if len(columns) <= MIN_SHED_SIZE + SHED_FACTOR * n_support:
            return
        shares = np.zeros(self.problem.matrix.n_features)
        shares[self.problem.features] = share
        needed = self.working_set.W.any(axis=1) | (shares[columns] > KEPT_RATIO)
        if 2 * np.count_nonzero(needed) <= len(columns):
            self.in_set[columns[~needed]] = False
            self.working_set.keep(np.flatnonzero(needed))

    def _point(self, index: int, gap: float, sq_residual: float, n_epochs: int, seconds: float) -> PathBatch:
        """The solution at one alpha."""
        W, problem = self.solver.W[:, :self.problem.n_tasks], self.problem
        columns = np.sort(self.working_set.columns)
        columns = columns[W[columns].any(axis=1)]
        values = W[columns]
        point = PathPoint(
            index=index, rows=columns, values=values, gap=gap, sq_residual=sq_residual, converged=gap <= self.gap_tol,
            method=self.working_set.method, n_epochs=n_epochs, n_working=len(self.working_set.columns),
            n_scanned=len(problem.features), seconds=seconds)
        return of_minimum_norm(problem, batch_of(point))

    def run(self, grid: np.ndarray) -> Iterator[PathBatch]:
        """Every alpha of the grid."""
        for index, alpha in enumerate(grid.tolist()):
            yield self.solve(index, alpha)


def ratios_of(correlation_norms: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """||C_j|| over the threshold of column j, infinity where that is 0."""
    if thresholds.all():
        return correlation_norms / thresholds
    return np.divide(correlation_norms, thresholds, out=np.full(len(thresholds), np.inf), where=thresholds > 0.0)


def as_task_start(problem: MultiTaskProblem, coef_init) -> np.ndarray | None:
    """Rows to start from, 0 where excluded; None for zeros."""
    if coef_init is None or len(problem.unpenalised) == len(problem.features):
        return None
    W = as_real(coef_init, "coef_init")
    expected = problem.n_tasks, problem.matrix.n_features
    if W.shape != expected:
        raise ValueError(f"coef_init has shape {W.shape}; it needs shape (n_tasks, n_features) = {expected}")
    if not np.isfinite(W).all():
        raise ValueError("coef_init contains NaN or infinity; pass finite coefficients, or None for zeros")
    if problem.sq_target == 0.0:
        return None             # zeros are the solution, and no other rows meet a tolerance of 0
    start = np.zeros(problem.correlations.shape)
    start[problem.features, :problem.n_tasks] = W.T[problem.features]
    if problem.scaling is not None:
        start = problem.scaling.start(start)
    return start

