# Lives here: a multi-task problem's way from alpha to alpha, and who takes part. Independent of: storage.
"""Working sets for the group penalty; docs/math.md, section 13."""
from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.problems.multi_task import MultiTaskProblem
from lassocore.problems.variants import without_penalty
from lassocore.results.path_point import PathPoint
from lassocore.solvers.coordinate_descent import strong_threshold
from lassocore.solvers.cost_model import MAX_SINGLE_FITS, choose_method
from lassocore.solvers.driver import of_minimum_norm
from lassocore.solvers.multi_task_newton import MAX_UNKNOWNS, newton_rows
from lassocore.solvers.multi_task_working_set import CrossGram, GramWorkingSet, InPlaceWorkingSet
from lassocore.solvers.penalty_grid import level_scales, set_level
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_real

INNER_SHARE = 0.8                   # of the tolerance, for the gap over the set,
TIGHT_SHARE = 0.01                  # or, so that tight fits do not depend on the storage of X, much less
CROWDED_SHARE = 0.1                 # of the last gap, where not all that wanted to could join
MIN_ENTRANTS = 32                   # columns that may join at a time, and twice the support more
MIN_CROWD, CROWD = 64, 4            # a set beyond so many columns and so many times the support sheds some,
KEPT_RATIO = 0.9                    # but not those pulled to this share of l1
MIN_GRAM, GRAM_PER_ENTRY = 128, 0.5  # columns whose Gram matrix pays: so many, and per multiply-add of a product
FULL_PER_ENTRY = 2.25               # features, per multiply-add of a product, up to which one of all of them may pay
MIN_TOL_OF_PRODUCTS = 1e-9          # below, residuals are formed and scanned: products of columns round at 1e-15
TIGHTEST = 1e-6                     # share of the tolerance below which descent on the set has no more to give


class MultiTaskDescent:
    """Block coordinate descent on a multi-task problem, warm-started from alpha to alpha."""

    rows: GramWorkingSet | InPlaceWorkingSet
    pulls: np.ndarray               # ||C_j|| of the features, as last judged

    def __init__(self, problem: MultiTaskProblem, l1_ratio: float, settings: Settings, n_levels: int, start=None,
                 pool=None):
        self.l1_ratio, self.settings, self.pool = l1_ratio, settings, pool
        self.gap_tol, self.goal = settings.tol * problem.sq_target, settings.goal * problem.sq_target
        bit_generator = None
        if settings.selection != "cyclic":
            bit_generator = np.random.PCG64(np.random.default_rng(settings.rng).integers(2**63))
        self.how = settings.selection, bit_generator, problem.dtype == np.float32
        self.method = choose_method(problem, n_levels, settings, l1_ratio)
        self.is_short = n_levels <= MAX_SINGLE_FITS     # a few scans of X cost less than what spares them
        if self.method == "gram" and (self.is_short or len(problem.features) > FULL_PER_ENTRY * problem.matrix.cost):
            self.method = "working_set"
        self._begin(problem, start)
        self.previous = None if start is not None or l1_ratio == 0.0 else self.level_of_zero()

    def _begin(self, problem: MultiTaskProblem, start: np.ndarray | None) -> None:
        """Solvers and sets for this problem, from these rows."""
        self.problem = problem
        self.whole = core.TaskSolver(problem.matrix, problem.target, problem.sq_norms, problem.sq_target)
        self.whole.set_unpenalised(problem.unpenalised, problem.block)
        self.in_set = np.zeros(problem.matrix.n_features, bool)
        self.factor = problem.l1_factor[problem.features]
        first = problem.unpenalised
        if start is not None:
            self.whole.W[:] = start
            first = np.union1d(first, np.flatnonzero(start.any(axis=1)))
        self._choose_rows()
        if self.method == "gram" and len(problem.features) <= MIN_CROWD:
            first = problem.features
        self._join(first)
        if start is None and len(problem.unpenalised) == 0:
            self.whole.C[:] = problem.correlations
            self.pulls = self.whole.correlation_norms(problem.features)
        else:
            self._look()

    def _choose_rows(self) -> None:
        if self.method == "cd":
            self.rows = InPlaceWorkingSet(self.problem, self.how, self.whole)
            return
        problem, full = self.problem, None
        if self.method == "gram":
            full = np.asfortranarray(problem.design.gram_of_all(problem.features, self.pool))
        self.rows = GramWorkingSet(self.problem, self.how, full)
        self.products = CrossGram(self.problem, full)

    def level_of_zero(self) -> float:
        """The alpha from which on the penalised rows are 0, the residuals being those of the unpenalised alone."""
        factor = self.factor
        pulls = np.divide(self.pulls, factor, out=np.zeros(len(factor)), where=factor > 0.0)
        largest = float(pulls.max(initial=0.0)) / (self.problem.total_weight * self.l1_ratio)
        return largest if self.problem.scaling is None else self.problem.scaling.alpha(largest)

    def solve(self, index: int, alpha: float) -> PathPoint:
        """The solution at one alpha, from the last."""
        clock = time.perf_counter()
        if alpha == 0.0 and len(self.problem.unpenalised) < len(self.problem.features):
            self.method = "cd"
            unpenalised: Any = without_penalty(self.problem)
            self._begin(unpenalised, None)
        problem, settings = self.problem, self.settings
        scales = level_scales(problem, alpha, self.l1_ratio)
        crowded = self._enter(scales[0], strong_threshold(self.previous, alpha))
        share = INNER_SHARE if settings.tol >= MIN_TOL_OF_PRODUCTS else TIGHT_SHARE
        n_epochs, gap, aim = 0, np.inf, self.gap_tol
        while True:
            goal = share * aim
            if crowded:
                goal = max(goal, CROWDED_SHARE * min(gap, problem.sq_target))
            n_done, status = self.rows.solve(*scales, goal, settings.max_iter - n_epochs)
            n_epochs += n_done
            gap, sq_residual = self._judge(alpha)
            if settings.exact and (gap <= aim or n_epochs >= settings.max_iter):
                gap, sq_residual = self._refine(alpha, gap, sq_residual)
            if gap <= self.goal or n_epochs >= settings.max_iter:
                break
            if gap <= aim:
                aim = self.goal         # what exact steps leave open is left to descent
            n_before = len(self.rows.columns)
            was_crowded, crowded = crowded, self._enter(scales[0], 1.0)
            if len(self.rows.columns) == n_before and not was_crowded:
                if status == "stalled" or share <= TIGHTEST:
                    break
                share *= 0.1
        self.previous = alpha
        return self._level(index, gap, sq_residual, n_epochs, time.perf_counter() - clock)

    def _judge(self, alpha: float) -> tuple[float, float]:
        """(gap over all features, ||R||_s^2) of what would be returned; the pulls of all columns."""
        problem = self.problem
        if isinstance(self.rows, GramWorkingSet) and self.settings.goal >= MIN_TOL_OF_PRODUCTS and (
                self.rows.full is not None or not self.is_short and self.products.pays(self._support())):
            return self._judge_by_products(self.rows, level_scales(problem, alpha, self.l1_ratio)[0])
        self._look()
        set_level(self.whole, problem, alpha, self.l1_ratio)
        gap, sq_residual = self.whole.gap(problem.features, 0.0)
        if problem.dtype == np.float32 and len(problem.unpenalised) > 0:
            gap += self._rounding_loss(sq_residual)
        return gap, sq_residual

    def _judge_by_products(self, rows: GramWorkingSet, l1_scale: float) -> tuple[float, float]:
        """The same from products of columns that are known, without a visit to X."""
        problem, features = self.problem, self.problem.features
        own = rows.settle(problem.dtype == np.float32)
        self.whole.W[rows.columns] = rows.W
        if len(rows.columns) == len(features):
            self.pulls[np.searchsorted(features, rows.columns)] = own
            return rows.gap(0.0)
        support = self._support()
        self.whole.C[:] = self.products.correlations(support, self.whole.W[support])
        self.pulls = self.whole.correlation_norms(features)
        self.pulls[np.searchsorted(features, rows.columns)] = own
        outside = ~self.in_set[features]
        return rows.gap(float(shares_of(self.pulls[outside], l1_scale * self.factor[outside]).max()))

    def _refine(self, alpha: float, gap: float, sq_residual: float) -> tuple[float, float]:
        """Exact steps on the support, kept where they do not enlarge the gap."""
        problem, before = self.problem, self.rows.W.copy()
        inside = before.any(axis=1)
        columns = self.rows.columns[inside]
        if not 0 < len(columns) * problem.n_tasks <= MAX_UNKNOWNS:
            return gap, sq_residual
        l1_scale, l2_scale = level_scales(problem, alpha, self.l1_ratio)
        columns_gathered = problem.matrix.gather(np.ascontiguousarray(columns))
        found = newton_rows(
            columns_gathered.T @ columns_gathered, problem.correlations[columns, :problem.n_tasks],
            before[inside, :problem.n_tasks], l1_scale * problem.l1_factor[columns],
            l2_scale * problem.l2_factor[columns])
        if found is None:
            return gap, sq_residual
        refined = before.copy()
        refined[inside, :problem.n_tasks] = found
        self.rows.W = refined
        judged = self._judge(alpha)
        if judged[0] <= max(gap, self.goal):
            return judged
        self.rows.W = before
        return self._judge(alpha)

    def _support(self) -> np.ndarray:
        """The columns with a nonzero row."""
        return self.rows.columns[self.rows.W.any(axis=1)]

    def _look(self) -> None:
        """Residuals from the rows as they are returned, the pulls of all columns."""
        columns, whole = self.rows.columns, self.whole
        if self.rows.solver is not whole:
            whole.W[columns] = self.rows.W
            whole.set_columns(np.sort(columns))
        if self.problem.dtype == np.float32:
            whole.round()
        whole.refresh()
        whole.update_correlations(self.problem.features)
        self.pulls = whole.correlation_norms(self.problem.features)

    def _rounding_loss(self, sq_residual: float) -> float:
        """What rounding the unpenalised rows, which are solved in double precision, to float32 adds to the objective"""
        problem, whole = self.problem, self.whole
        kept = whole.W[problem.unpenalised]
        whole.round()
        whole.set_unpenalised(problem.unpenalised[:0], None)
        whole.refresh()
        loss = 0.5 * (problem.task_sq_norm(whole.residual) - sq_residual)
        whole.set_unpenalised(problem.unpenalised, problem.block)
        whole.W[problem.unpenalised] = kept
        whole.refresh()
        return max(0.0, loss)

    def _enter(self, l1_scale: float, threshold: float) -> bool:
        """Columns pulled beyond this share of l1 join, the strongest first; whether some have to wait."""
        features = self.problem.features
        if len(self.rows.columns) == len(features) <= MIN_CROWD:
            return False
        share = shares_of(self.pulls, l1_scale * self.factor)
        wanted = np.flatnonzero((share > threshold) & ~self.in_set[features])
        n_support = int(np.count_nonzero(self.rows.W.any(axis=1)))
        self._shed(share, n_support)
        limit = MIN_ENTRANTS + 2 * n_support if l1_scale > 0.0 else len(wanted)
        if len(wanted) > limit:
            strongest = np.argpartition(-share[wanted], limit)[:limit]
            self._join(np.sort(features[wanted[strongest]]))
            return True
        self._join(features[wanted])
        return False

    def _join(self, columns: np.ndarray) -> None:
        """These columns enter the set, with the rows that they have."""
        new = columns[~self.in_set[columns]]
        if len(new) == 0:
            return
        n_columns = len(self.rows.columns) + len(new)
        if self.method == "working_set" and n_columns > MIN_GRAM + GRAM_PER_ENTRY * self.problem.matrix.cost:
            self.method = "cd"
            new = np.concatenate([self.rows.columns, new])
            self._choose_rows()
            self.rows.extend(new, self.whole.W[new])
            self.whole.refresh()        # judged by products, the rows have moved on from these residuals
        else:
            self.rows.extend(new, self.whole.W[new])
        self.in_set[new] = True

    def _shed(self, share: np.ndarray, n_support: int) -> None:
        """Let columns go that rest at 0 and are far from entering, where they crowd the set."""
        columns = self.rows.columns
        if len(columns) <= MIN_CROWD + CROWD * n_support:
            return
        shares = np.zeros(self.problem.matrix.n_features)
        shares[self.problem.features] = share
        kept = self.rows.W.any(axis=1) | (shares[columns] > KEPT_RATIO)
        if 2 * np.count_nonzero(kept) <= len(columns):
            self.in_set[columns[~kept]] = False
            self.rows.keep(np.flatnonzero(kept))

    def _level(self, index: int, gap: float, sq_residual: float, n_epochs: int, seconds: float) -> PathPoint:
        """What was found at one alpha."""
        W, problem = self.whole.W[:, :self.problem.n_tasks], self.problem
        columns = np.sort(self.rows.columns)
        columns = columns[W[columns].any(axis=1)]
        values = W[columns]
        level = PathPoint(index, columns, values, gap, sq_residual, gap <= self.gap_tol, self.rows.method, n_epochs, 0,
                      len(self.rows.columns), len(problem.features), seconds)
        return of_minimum_norm(problem, level)

    def run(self, grid: np.ndarray) -> Iterator[PathPoint]:
        """Every alpha of the grid."""
        for index, alpha in enumerate(grid.tolist()):
            yield self.solve(index, alpha)


def shares_of(pulls: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """pulls over reach, infinity where that is 0."""
    if reach.all():
        return pulls / reach
    return np.divide(pulls, reach, out=np.full(len(reach), np.inf), where=reach > 0.0)


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
        return None             # zeros are the solution, and nothing but they is within a tolerance of 0
    start = np.zeros(problem.correlations.shape)
    start[problem.features, :problem.n_tasks] = W.T[problem.features]
    if problem.scaling is not None:
        start = problem.scaling.start(start)
    return start

