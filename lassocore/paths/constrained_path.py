# Lives here: the lasso path as a function of the L1 norm. Independent of: arguments, results, storage.
"""The solution of a given L1 norm, between exact solutions of the path; docs/math.md, section 20."""
from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.paths.alpha_grid import largest_alpha
from lassocore.paths.objective import Objective
from lassocore.problems.problem import Problem
from lassocore.problems.variants import without_penalty
from lassocore.solvers.cost_model import choose_method
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.settings import Settings
from lassocore.utils.powers_of_two import MAX_FLOAT

EXACT_TOL = 1e-12                   # relative gap for which exact steps go on until no violation is left
STEP = 0.87                         # from one alpha to the next,
LATE_STEP = 0.5                     # and below this share of alpha_max
LATE = 1e-3
BATCH = 10                          # alphas solved in one call
LEAST = 1e-13                       # share of alpha_max at which the path is given up
END_TOL = 1e-10                     # share of alpha_max that the multiplier may have at the end of the path
SOLVED_TOL = 1e-18                  # relative gap below which nothing is left to find
PIECE_TOL = 1e-10                   # relative gap below which equal signs mean the same piece
MAX_ROUNDS = 60


class Point(NamedTuple):
    """A solution of the path, in units of the problem."""

    alpha: float
    norm: float
    w: np.ndarray


class Bounded(NamedTuple):
    """Coefficients under a bound on their L1 norm, in units of the problem, gap and squares S-scaled."""

    w: np.ndarray
    norm: float
    scale: float                    # the multiplier: largest |c_j| over the factor
    gap: float
    sq_residual: float


class ConstrainedPath:
    """The path of a problem from alpha_max down, as far as it is needed."""

    def __init__(self, problem: Problem, tol: float, max_iter: int, pool=None):
        method = choose_method(problem, BATCH, Settings(), 1.0)
        if method == "gram" and problem.block is None and problem.gram is None:
            problem = replace(problem, gram=problem.design.gram_of_features(problem.features, pool))
        self.problem, self.tol, self.pool = problem, tol, pool
        self.penalised = problem.features[problem.l1_factor[problem.features] > 0.0]
        self.factor = problem.l1_factor[self.penalised]
        self.solver = core.Solver(problem)
        self.settings = Settings(method, tol=EXACT_TOL, max_iter=max_iter)
        largest = largest_alpha(problem, 1.0) if len(self.penalised) else 0.0
        zeros = Point(largest, 0.0, self.solver.w.copy())
        self.is_complete = self._measure(zeros.w)[1] <= self._rounding      # y is explained, or uncorrelated
        self.points = [zeros._replace(alpha=0.0) if self.is_complete else zeros]

    @property
    def _rounding(self) -> float:
        """The multiplier that y along the least penalised column would have, times the rounding error."""
        lengths = np.sqrt(self.problem.sq_norms[self.penalised]) / self.factor
        return 1e-14 * float(np.sqrt(self.problem.sq_target)) * float(lengths.max(initial=0.0))

    def _norm(self, w: np.ndarray) -> float:
        return float(self.factor @ np.abs(w[self.penalised]))

    def _measure(self, w: np.ndarray) -> tuple[np.ndarray, float]:
        """(X'(s r) of the penalised columns, multiplier) after solving for the unpenalised ones."""
        self.solver.w[:] = w
        self.solver.refresh()
        c = self.solver.correlations[self.penalised]
        signed = c if self.problem.lower is not None and len(c) and not (
            self.problem.lower[self.penalised] < 0.0).any() else np.abs(c)
        return c, float((signed / self.factor).max(initial=0.0))

    def judge(self, w: np.ndarray, t: float) -> Bounded:
        """The certificate of coefficients under the bound t, a number; docs/math.md, (20.4)."""
        c, scale = self._measure(w)
        w = self.solver.w.copy()
        _, sq_residual, _ = self.solver.gap()
        sizes, norm = self.factor * np.abs(w[self.penalised]), self._norm(w)
        with np.errstate(over="ignore"):        # of a very large t
            slack = np.maximum(scale * sizes - c * w[self.penalised], 0.0).sum() + scale * max(t - norm, 0.0)
        gap = slack - 0.5 * slack**2 / sq_residual if slack < sq_residual else 0.5 * sq_residual
        return Bounded(w, norm, scale, float(gap), sq_residual)

    def solution(self, t: float) -> Bounded:
        """The solution of least objective with an L1 norm of at most t."""
        while not self.is_complete and self.points[-1].norm < t:
            self._extend()
        last = self.points[-1]
        if last.norm <= t:
            return self._unconstrained(last, t) if self.is_complete else self.judge(last.w, t)
        position = next(k for k, point in enumerate(self.points) if point.norm > t)
        return self._between(self.points[position - 1], self.points[position], t)

    def _between(self, high: Point, low: Point, t: float) -> Bounded:
        """The solution of norm t between two of the path, which are brought together until nothing changes in
        between."""
        best, rounding = None, SOLVED_TOL * self.problem.sq_target
        for number in range(MAX_ROUNDS):
            share = (t - high.norm) / (low.norm - high.norm)
            found = self.judge((1.0 - share) * high.w + share * low.w, t)
            best = found if best is None or found.gap < best.gap else best
            on_piece = np.array_equal(np.sign(high.w), np.sign(low.w)) and (
                found.gap <= PIECE_TOL * self.problem.sq_target)
            if on_piece or found.gap <= rounding:
                return found
            alpha = high.alpha + (0.5 if number % 2 else share) * (low.alpha - high.alpha)
            if not low.alpha < alpha < high.alpha:
                break
            point = self._solve(np.array([alpha]), found.w)[0]
            self.points.append(point)
            self.points.sort(key=lambda point: -point.alpha)
            if not high.norm <= point.norm <= low.norm:         # rounding errors decide
                break
            high, low = (high, point) if point.norm > t else (point, low)
        assert best is not None
        return best

    def _unconstrained(self, last: Point, t: float) -> Bounded:
        """The end of the path, which minimises the objective without the constraint; where t is so large that its
        certificate is of no use, with that of least squares."""
        found = self.judge(last.w, min(t, MAX_FLOAT))._replace(scale=0.0)
        if found.gap <= self.tol * self.problem.sq_target:
            return found
        gap = Objective(without_penalty(self.problem), 1.0).measure(0.0, last.w)[1]
        return found._replace(gap=min(gap, found.gap))

    def _solve(self, alphas: np.ndarray, start: np.ndarray) -> list[Point]:
        """The solutions at falling alphas."""
        points = []
        for batch in solve_levels(self.problem, alphas, 1.0, self.settings, start, self.pool):
            for solution in batch:
                w = np.zeros(self.problem.matrix.n_features)
                w[solution.rows] = solution.values
                w = w if self.problem.block is None else self.problem.block.reduced(w)
                points.append(Point(float(alphas[solution.index]), self._norm(w), w))
        return points

    def _extend(self) -> None:
        """Go on along the path, to its end where the last piece reaches alpha = 0."""
        first, last = self.points[0], self.points[-1]
        step = STEP if last.alpha > LATE * first.alpha else LATE_STEP
        self.points += self._solve(last.alpha * step**np.arange(1, BATCH + 1), last.w)
        before, last = self.points[-2:]
        w = last.w + last.alpha / (before.alpha - last.alpha) * (last.w - before.w)
        keeps_signs = bool((w * last.w >= 0.0).all()) and np.array_equal(np.sign(before.w), np.sign(last.w))
        if keeps_signs and self._measure(w)[1] <= END_TOL * self._measure(first.w)[1]:
            self.points.append(Point(0.0, self._norm(w), w))
            self.is_complete = True
        elif last.alpha < LEAST * first.alpha:
            self.is_complete = True
