# Lives here: the problem in extended precision, and its minimum by an interior-point method. Independent of: lassocore.
"""An oracle of nearly twenty digits: a primal-dual interior-point method in long double.

It knows no coordinates, supports, active sets or duality gaps of the lasso: absolute values become pairs of nonnegative
variables, and the quadratic program in them is solved along its central path. Every iterate obeys the bounds, so its
objective is never below the minimum.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LONG = np.longdouble
TOLERANCE = LONG(2e-19)         # of the complementarity and the relative dual residual; the target has norm 1
MAX_ITERATIONS = 80
REGULARISATION = LONG(1e-17)


@dataclass(frozen=True)
class ExtendedProblem:
    """min over lower <= w <= upper of ||z - Z w||^2 / 2 + sum_j l1_j |w_j| + l2_j w_j^2 / 2, in long double."""

    Z: np.ndarray
    z: np.ndarray
    l1: np.ndarray
    l2: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def minimum(self) -> np.longdouble:
        """The objective at the solution, from above."""
        norms, size = np.sqrt(np.sum(self.Z**2, axis=0) + self.l2), np.sqrt(self.z @ self.z)
        if size == 0:
            return size
        kept = (norms > 0) & (self.lower < self.upper)
        norms = norms[kept]
        unit = norms / size         # of 1/w
        scaled = ExtendedProblem(
            Z=self.Z[:, kept] / norms, z=self.z / size, l1=self.l1[kept] / (norms * size), l2=self.l2[kept] / norms**2,
            lower=self.lower[kept] * unit, upper=self.upper[kept] * unit)
        w = scaled.solve()
        residual = scaled.z - scaled.Z @ w
        value = residual @ residual / 2 + scaled.l1 @ np.abs(w) + scaled.l2 @ w**2 / 2
        return min(value, LONG(0.5)) * size**2

    def solve(self) -> np.ndarray:
        """The solution, for a target and curvatures of size 1."""
        pairs = self.l1 > 0
        single, positive, negative = (np.flatnonzero(which) for which in (
            ~pairs, pairs & (self.upper > 0), pairs & (self.lower < 0)))
        column = np.concatenate([single, positive, negative])
        sign = np.where(np.arange(len(column)) < len(single) + len(positive), LONG(1), LONG(-1))
        hessian = self.Z.T @ self.Z + np.diag(self.l2)
        program = QuadraticProgram(
            Q=sign[:, None] * hessian[np.ix_(column, column)] * sign,
            q=self.l1[column] - sign * (self.Z.T @ self.z)[column],
            lower=np.concatenate([self.lower[single], np.zeros(len(positive) + len(negative), dtype=LONG)]),
            upper=np.concatenate([self.upper[single], self.upper[positive], -self.lower[negative]]))
        w = np.zeros(len(self.l1), dtype=LONG)
        np.add.at(w, column, sign * program.solve())
        return w


@dataclass(frozen=True)
class QuadraticProgram:
    """min x'Qx / 2 + q'x over lower <= x <= upper, Q positive semidefinite."""

    Q: np.ndarray
    q: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def solve(self) -> np.ndarray:
        """The point with the smallest complementarity on a predictor-corrector path."""
        below, above = np.isfinite(self.lower), np.isfinite(self.upper)
        inside = np.minimum(1, (self.upper - self.lower) / 2)
        x = np.where(below, self.lower + inside, np.where(above, self.upper - inside, LONG(0)))
        slope = self.Q @ x + self.q
        state = State(
            x, np.where(below, x - self.lower, LONG(np.inf)), np.where(above, self.upper - x, LONG(np.inf)),
            np.where(below, np.maximum(slope, 0) + 1, 0), np.where(above, np.maximum(-slope, 0) + 1, 0))
        for _ in range(MAX_ITERATIONS):
            if max(state.complementarity().sum(), self.relative_residual(state)) <= TOLERANCE:
                break
            state = self.step(state)
        return state.x

    def dual_residual(self, state: State) -> np.ndarray:
        """The gradient of the Lagrange function."""
        return self.Q @ state.x + self.q - state.of_lower + state.of_upper

    def relative_residual(self, state: State) -> np.longdouble:
        """The gradient over the size of its terms."""
        size = 1 + np.abs(self.Q) @ np.abs(state.x) + np.abs(self.q) + state.of_lower + state.of_upper
        return (np.abs(self.dual_residual(state)) / size).max(initial=LONG(0))

    def step(self, state: State) -> State:
        """Mehrotra's predictor, and the corrector that it suggests."""
        barrier = state.of_lower / state.from_lower + state.of_upper / state.from_upper
        factor = LDL(self.Q + np.diag(REGULARISATION + barrier))
        residual, zero = self.dual_residual(state), LONG(0)
        n_bounds = np.isfinite(state.from_lower).sum() + np.isfinite(state.from_upper).sum()
        affine = state.direction(factor, residual, zero, zero, zero)
        if n_bounds == 0:
            return state.moved(affine, LONG(1))
        mean = state.complementarity().sum() / n_bounds
        ahead = state.moved(affine, state.reach(affine)).complementarity().sum() / n_bounds
        target = (ahead / mean) ** 3 * mean
        dx, d_lower, d_upper = affine
        corrected = state.direction(factor, residual, target, dx * d_lower, -dx * d_upper)
        return state.moved(corrected, min(LONG(1), LONG(0.995) * state.reach(corrected)))


@dataclass(frozen=True)
class State:
    """x, its distances from the bounds (infinite without a bound) and the multipliers of these."""

    x: np.ndarray
    from_lower: np.ndarray
    from_upper: np.ndarray
    of_lower: np.ndarray
    of_upper: np.ndarray

    def complementarity(self) -> np.ndarray:
        """Distance times multiplier of each bound."""
        return np.concatenate([distance[there] * multiplier[there] for distance, multiplier in (
            (self.from_lower, self.of_lower), (self.from_upper, self.of_upper)) for there in [np.isfinite(distance)]])

    def direction(self, factor: LDL, residual, target, second_lower, second_upper) -> tuple:
        """Newton's direction (dx, d_lower, d_upper) towards products equal to target, less second-order terms."""
        wanted = [np.where(np.isfinite(distance), (target - second) / distance, 0) for distance, second in (
            (self.from_lower, second_lower), (self.from_upper, second_upper))]
        dx = factor.solve(wanted[0] - self.of_lower - wanted[1] + self.of_upper - residual)
        return (dx, wanted[0] - self.of_lower - self.of_lower * dx / self.from_lower,
                wanted[1] - self.of_upper + self.of_upper * dx / self.from_upper)

    def reach(self, direction) -> np.longdouble:
        """The longest step, at most 1, that leaves distances and multipliers nonnegative."""
        dx, d_lower, d_upper = direction
        longest = LONG(1)
        for value, change in ((self.from_lower, dx), (self.from_upper, -dx), (self.of_lower, d_lower),
                              (self.of_upper, d_upper)):
            falling = np.isfinite(value) & (change < 0)
            longest = min(longest, (-value[falling] / change[falling]).min(initial=LONG(1)))
        return longest

    def moved(self, direction, step) -> State:
        """The state a step further."""
        dx, d_lower, d_upper = direction
        return State(self.x + step * dx, self.from_lower + step * dx, self.from_upper - step * dx,
                     self.of_lower + step * d_lower, self.of_upper + step * d_upper)


class LDL:
    """M = L D L' in long double."""

    def __init__(self, matrix: np.ndarray):
        rest = matrix.copy()
        self.lower, self.pivots = np.eye(len(rest), dtype=LONG), rest.diagonal().copy()
        for k in range(len(rest)):
            self.pivots[k] = rest[k, k]
            below = rest[k + 1:, k] / self.pivots[k]
            self.lower[k + 1:, k] = below
            rest[k + 1:, k + 1:] -= below[:, None] * rest[k, k + 1:]

    def solve(self, b: np.ndarray) -> np.ndarray:
        """M^-1 b"""
        x = b.copy()
        for k in range(len(x)):
            x[k + 1:] -= self.lower[k + 1:, k] * x[k]
        x /= self.pivots
        for k in reversed(range(len(x))):
            x[:k] -= self.lower[k, :k] * x[k]
        return x
