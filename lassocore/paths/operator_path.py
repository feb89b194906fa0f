# Lives here: paths over an operator, on a growing set of its columns. Independent of: how the set is solved, storage.
"""A working set of columns is solved as any problem in memory; all others are seen through X'r, once for each round."""
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.paths.alpha_grid import check_eps, geometric_alphas, given_alphas
from lassocore.paths.fit_path import GrowingPath
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.problems.operator_problem import HeldColumns, OperatorProblem, as_operator_problem
from lassocore.results.path_batch import PathBatch, batch_of, joined
from lassocore.results.path_point import PathPoint
from lassocore.results.path_result import PathResult, with_fields
from lassocore.solvers.active_set import INNER_SHARE
from lassocore.solvers.column_set import GAP, SQ_RESIDUAL
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_vector
from lassocore.utils.threads import single_threaded_blas

MIN_ENTRANTS = 10                   # columns that may join at a time, or more:
ENTRANT_SHARE, ENTRANT_SHARE_OF_PRODUCTS = 1.0, 0.25    # of the support; the second if each column costs a product
LIKELY_SHARE = 0.98                 # of the L1 level: columns expected to reach it join before a level is solved
METHODS = {"cd": "descent", "gram": "working_set"}      # of all held columns: a working set of all columns


def fit_operator_path(X, y, alphas: tuple[Any, float], l1_ratio: float, settings: Settings, coef_init,
                      relax: float | None, options: dict[str, Any]) -> PathResult:
    """The path of `fit_path` for an X that is known by its products, without warnings; alphas is (alphas, eps)."""
    check_l1_ratio(l1_ratio)
    if settings.recorder is not None:
        raise ValueError("history=True judges every iterate with all columns of X, which are not in memory; use "
                         "history=False, or a callback for each alpha")
    problem = as_operator_problem(X, y, **options)
    solver = OperatorPathSolver(problem, l1_ratio, settings, coef_init)
    grid = operator_alphas(solver, *alphas)
    path = OperatorPath(solver, settings, grid)
    path.extend(solver.run(grid))
    with single_threaded_blas(relax is not None):
        result = path.result(relax)
    return result if options["offset"] is None else with_fields(result, {"has_offset": True})


def operator_alphas(solver: OperatorPathSolver, alphas, eps: float) -> np.ndarray:
    """The given alphas in falling order, or the geometric grid from alpha_max; all above 0."""
    alphas = given_alphas(alphas)
    if isinstance(alphas, np.ndarray):
        check_memory(float(alphas[-1]), solver.l1_ratio)
        return alphas
    check_eps(eps)
    largest = solver.largest_alpha()
    check_largest(largest)
    return geometric_alphas(largest, 0.0, alphas, eps)


def check_largest(largest: float) -> None:
    """Require that some feature is penalised."""
    if not np.isfinite(largest):
        raise ValueError("penalty_factor is 0 for every usable feature, so alpha_max is not defined; pass alphas "
                         "explicitly")


def operator_alpha_max(X, y, l1_ratio: float, options: dict[str, Any]) -> float:
    """`alpha_max` of an X that is known by its products."""
    largest = OperatorPathSolver(as_operator_problem(X, y, **options), l1_ratio, Settings()).largest_alpha()
    check_largest(largest)
    return largest


def operator_gap(X, y, coef, alpha: float, intercept: float | None, l1_ratio: float, options: dict[str, Any]
                 ) -> float:
    """`duality_gap` for an X that is known by its products."""
    check_memory(alpha, l1_ratio)
    problem = as_operator_problem(X, y, **options)
    w, penalty = as_vector(coef, "coef", problem.n_features, "features"), problem.penalty
    if not penalty.allows(slice(None), w) or penalty.excludes(w != 0.0).any():
        return float("inf")
    solver = OperatorPathSolver(problem, l1_ratio, Settings(), w)
    held = solver.held
    gap, sq_solved = solver.certificate.measure(alpha)
    if len(problem.unpenalised):
        residual, weights = held.residual(w[held.indices]), problem.weights
        sq_residual = core.sq_norm(residual if weights is None else core.divided(residual, weights), weights)
        gap += max(0.0, 0.5 * (sq_residual - sq_solved))
    if problem.fit_intercept and intercept is not None:
        gap += 0.5 * problem.total_weight * (intercept - (problem.response.mean - held.means @ w)) ** 2
    return gap / problem.total_weight if not np.isnan(gap) else float("inf")


def check_memory(alpha: float, l1_ratio: float) -> None:
    """Refuse the problems whose solutions use all columns."""
    if alpha == 0.0 or l1_ratio == 0.0:
        what = "alpha=0" if alpha == 0.0 else "l1_ratio=0"
        raise ValueError(f"{what} leaves no coefficient at 0, so it needs all columns of X in memory; use a positive "
                         "alpha and l1_ratio, or pass X as a matrix")


class OperatorPath(GrowingPath):
    """A path whose coefficients are of an operator's columns."""

    def __init__(self, solver: OperatorPathSolver, settings: Settings, grid: np.ndarray):
        super().__init__(solver.summary(), solver.l1_ratio, settings, grid)
        self.solver = solver

    def result(self, relax: float | None = None) -> PathResult:
        """The result for the solutions, or for their blends with refits on their supports if relax is given."""
        self.problem = self.solver.summary()
        return super().result(relax)

    def relaxed(self, solved: PathBatch, relax: float) -> tuple[PathBatch, np.ndarray]:
        """(the solutions blended with their refits, S-scaled gap of each refit), from the held columns."""
        from lassocore.paths.relaxed import relaxed

        columns, problem = self.solver.held.sorted_problem()
        blended, gaps = relaxed(problem, replace(solved, rows=np.searchsorted(columns, solved.rows)), self.grid, relax,
                                self.settings)
        return replace(blended, rows=columns[blended.rows]), gaps


class OperatorPathSolver:
    """Solves falling alphas on the held columns, and certifies them for all columns of an operator."""

    def __init__(self, problem: OperatorProblem, l1_ratio: float, settings: Settings, coef_init=None):
        self.problem, self.l1_ratio, self.settings = problem, l1_ratio, settings
        self.inner = replace(settings, tol=INNER_SHARE * settings.tol, callback=None, verbose=False, max_active=None,
                             time_limit=None)
        self.gap_tol = settings.goal * problem.response.sq_target
        self.c = problem.correlations.copy()
        self.before: tuple[float, np.ndarray] | None = None     # (alpha, c) of the level before the last
        self.last_alpha: float | None = None
        self.w = np.empty(0)                                    # of the held columns
        self.held = HeldColumns(problem)
        start = np.zeros(problem.n_features)
        if coef_init is not None:
            start = as_vector(coef_init, "coef_init", problem.n_features, "features")
        self._begin(start)

    def _begin(self, start: np.ndarray) -> None:
        """Hold the unpenalised columns, those of the start and the first that would enter; X'r of the start."""
        problem = self.problem
        usable = np.zeros(problem.n_features)
        usable[problem.features] = problem.penalty.clip(start)[problem.features]
        first = np.union1d(problem.unpenalised, np.flatnonzero(usable))
        if len(first) == 0:
            first = np.array([np.argmax(self.ratios())])
        self.join(first)
        self.w, block = usable[self.held.indices], self.held.problem.block
        if block is not None:                   # its columns are solved for any penalty of the others
            self.w = np.array(core.Solver(self.held.problem, block.reduced(self.w)).w)
        if self.w.any():
            self.correlate()
        self.certificate = Certificate(self)

    def ratios(self) -> np.ndarray:
        """|c_j| over the L1 factor of all columns, 0 where no bound lets w_j leave 0 towards c_j or w_j is free."""
        problem, ratios = self.problem, np.zeros(self.problem.n_features)
        penalised = np.setdiff1d(problem.features, problem.unpenalised, assume_unique=True)
        ratios[penalised] = problem.penalty.signed_ratios(penalised, self.c[penalised])
        return ratios

    def largest_alpha(self) -> float:
        """alpha_max, from zeros; NaN if no feature is penalised."""
        problem = self.problem
        check_memory(1.0, self.l1_ratio)
        if len(problem.features) and len(problem.unpenalised) == len(problem.features):
            return float("nan")
        at_zero = np.isin(self.held.indices[self.w != 0.0], problem.unpenalised).all()
        solver = self if at_zero else OperatorPathSolver(problem, self.l1_ratio, self.settings)
        return float(solver.ratios().max()) / (problem.total_weight * self.l1_ratio)

    def run(self, grid: np.ndarray) -> Iterator[PathBatch]:
        """The solutions, one alpha at a time."""
        for index, alpha in enumerate(grid.tolist()):
            yield batch_of(self.solve(index, alpha))

    def solve(self, index: int, alpha: float) -> PathPoint:
        """The solution at one alpha: rounds of solving on the held columns, until the gap over all meets the tolerance
        or no column violates its optimality condition."""
        clock, n_epochs, n_newton, n_rounds = time.perf_counter(), 0, 0, 0
        self.join(self.likely(alpha))
        before = self.c
        while True:
            point = self.solve_held(alpha)
            n_epochs, n_newton, n_rounds = n_epochs + point.n_epochs, n_newton + point.n_newton, n_rounds + 1
            self.correlate()
            gap, sq_residual = self.certificate.measure(alpha)
            entrants = self.beyond(self.ratios(), self.problem.total_weight * alpha * self.l1_ratio)
            if gap <= self.gap_tol or len(entrants) == 0:
                break
            self.join(entrants)
        if self.last_alpha is not None:
            self.before = self.last_alpha, before
        self.last_alpha = alpha
        support = np.flatnonzero(self.w)
        support = support[np.argsort(self.held.indices[support])]
        return PathPoint(
            index=index, rows=self.held.indices[support], values=self.w[support], gap=gap, sq_residual=sq_residual,
            converged=bool(gap <= self.settings.tol * self.problem.response.sq_target),
            method=METHODS.get(point.method, point.method), n_epochs=n_epochs, n_newton=n_newton,
            n_working=len(self.held), n_scanned=n_rounds * self.problem.n_features,
            seconds=time.perf_counter() - clock)

    def solve_held(self, alpha: float) -> PathPoint:
        """Solve on the held columns, from the last coefficients."""
        start = self.w if self.w.any() else None
        batch = joined(list(solve_levels(
            self.held.problem, np.array([alpha]), self.l1_ratio, self.inner, start, None)))
        point, = batch
        self.w = np.zeros(len(self.held))
        self.w[point.rows] = point.values
        return point

    def correlate(self) -> None:
        """X'(s r) of all columns: one product of the operator, and the held columns themselves."""
        problem, held = self.problem, self.held
        residual = held.residual(self.w)
        self.c = problem.operator.correlations(residual)
        exact = held.products(residual)
        problem.operator.check_columns(held.indices, exact, self.c[held.indices],
                                       held.lengths * float(np.linalg.norm(residual)))
        self.c[held.indices] = exact

    def likely(self, alpha: float) -> np.ndarray:
        """Columns that are expected to enter at this alpha, from their correlations at the last two."""
        scale = self.problem.total_weight * self.l1_ratio
        if self.last_alpha is None or self.before is None:
            last = self.last_alpha
            return self.beyond(self.ratios(), scale * (alpha if last is None else max(2.0 * alpha - last, alpha / 2)))
        alpha_before, c_before = self.before
        c, step = self.c, alpha_before - self.last_alpha
        if step > 0.0:
            self.c = c + (self.last_alpha - alpha) / step * (c - c_before)
        ratios, self.c = self.ratios(), c
        return self.beyond(ratios, LIKELY_SHARE * scale * alpha)

    def beyond(self, ratios: np.ndarray, level: float) -> np.ndarray:
        """The columns outside with the largest ratios above a level, at most so many that a set can use."""
        found = np.flatnonzero((ratios > level) & ~self.held.is_held)
        share = ENTRANT_SHARE if self.problem.operator.has_columns else ENTRANT_SHARE_OF_PRODUCTS
        limit = max(MIN_ENTRANTS, int(share * np.count_nonzero(self.w)))
        if len(found) > limit:
            found = np.sort(found[np.argpartition(-ratios[found], limit - 1)[:limit]])
        return found

    def join(self, columns: np.ndarray) -> None:
        """Hold these columns as well, at 0."""
        self.held.join(columns)
        self.w = np.append(self.w, np.zeros(len(self.held) - len(self.w)))

    def basis(self) -> np.ndarray:
        """The features without unpenalised columns that are constant or depend on others, as in a `Problem`."""
        problem, block = self.problem, self.held.problem.block
        constant = self.held.indices[self.held.problem.sq_norms == 0.0]
        left_out = np.intersect1d(constant, problem.unpenalised)
        if block is not None:
            left_out = np.union1d(left_out, self.held.indices[block.dependent])
        return np.setdiff1d(problem.features, left_out, assume_unique=True)

    def summary(self) -> Any:
        """What a result takes from a `Problem`."""
        problem, response, block = self.problem, self.problem.response, self.held.problem.block
        return SimpleNamespace(
            has_blocks=False, scaling=None, dtype=np.dtype(np.float64), fit_intercept=problem.fit_intercept,
            total_weight=problem.total_weight, weight_unit=problem.weight_unit, sq_target=response.sq_target,
            sq_deviation=response.sq_deviation, y_mean=response.mean, means=self.held.means, features=self.basis(),
            l2_factor=problem.penalty.l2_factor, lower=problem.penalty.lower, upper=problem.penalty.upper,
            unpenalised=np.intersect1d(problem.unpenalised, self.basis()),
            block=None if block is None else SimpleNamespace(dependent=self.held.indices[block.dependent]),
            matrix=SimpleNamespace(n_samples=problem.operator.shape[0], n_features=problem.n_features,
                                   weights=problem.weights))


class Certificate:
    """The duality gap over all features, from coefficients and correlations.

    `core.GramSolver` has the formula for positions with given correlations; nothing is solved on this one.
    """

    def __init__(self, owner: OperatorPathSolver):
        self.owner, problem, held = owner, owner.problem, owner.held
        self.features = owner.basis()
        n, penalty = len(self.features), problem.penalty
        self.solver = core.GramSolver(
            n, 1, problem.response.sq_target, penalty.lower is not None, np.empty((1, 1), order="F"), max_members=1)
        self.solver.l1_factor[:] = penalty.l1_factor[self.features]
        self.solver.l2_factor[:] = penalty.l2_factor[self.features]
        if penalty.lower is not None and penalty.upper is not None:
            self.solver.lower[:], self.solver.upper[:] = penalty.lower[self.features], penalty.upper[self.features]
        if held.problem.block is not None:
            self.solver.set_accuracy(held.problem.block)
        self.solver.size = n
        self.target_products = problem.correlations.copy()
        self.n_known = 0

    def measure(self, alpha: float) -> tuple[float, float]:
        """(gap, ||r||_s^2) of the current coefficients, S-scaled."""
        owner, solver = self.owner, self.solver
        held, block = owner.held, owner.held.problem.block
        if len(held) > self.n_known:            # more exact than those of the operator
            self.target_products[held.indices] = held.problem.correlations
            solver.q[:] = self.target_products[self.features]
            solver.sq_norms[:] = held.sq_norms[self.features]
            solver.norms[:] = np.sqrt(solver.sq_norms)
            self.n_known = len(held)
        w = np.zeros(owner.problem.n_features)
        w[held.indices] = owner.w if block is None else block.reduced(owner.w)
        solver.slot_w[0], solver.slot_c[0] = w[self.features], owner.c[self.features]
        scale = owner.problem.total_weight * alpha
        certified = solver.certify(np.array([scale * owner.l1_ratio]), np.array([scale * (1.0 - owner.l1_ratio)]),
                                   np.zeros(1))[0]
        return float(certified[GAP]), float(certified[SQ_RESIDUAL])
