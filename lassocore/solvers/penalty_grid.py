# Lives here: alphas -> penalty levels of the S-scaled objective. Independent of: storage.
"""Falling penalty levels, with intermediate ones between alphas that are far apart."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem

MIN_STEP_RATIO = 0.6                # a level below this share of the last is reached by intermediate levels
FINE_STEP_RATIO = 0.93              # between these where many columns enter
FINE_SHARE = 0.3                    # of the largest level, below which they do on a working set


@dataclass(frozen=True)
class PenaltyGrid:
    """Falling penalty levels: l1_reg and l2_reg of a column are these times its factors."""

    l1_scales: np.ndarray
    l2_scales: np.ndarray
    indices: np.ndarray             # positions in the path; -1 for intermediate levels

    def __len__(self):
        return len(self.indices)

    @property
    def goals(self) -> np.ndarray:
        """The positions in the path that each level leads to; the last level belongs to the path."""
        return np.minimum.accumulate(np.where(self.indices < 0, self.indices.max(), self.indices)[::-1])[::-1]

    @property
    def has_ridge(self) -> bool:
        """Whether some level has an L2 penalty."""
        return bool(self.l2_scales[0] > 0.0)


def penalty_grid(problem: Problem, grid: np.ndarray, first: int, l1_ratio: float, largest: float, knee: float = 0.0
                 ) -> PenaltyGrid:
    """The levels of positive alphas from position `first` on, with intermediate levels between alphas that are far
    apart, in fine steps below the knee. largest is the alpha of the current coefficients."""
    last = largest if l1_ratio > 0.0 else 0.0
    wanted = grid[first:]
    if wanted[0] >= MIN_STEP_RATIO * last and bool((wanted[1:] >= MIN_STEP_RATIO * wanted[:-1]).all()):
        return PenaltyGrid(*level_scales(problem, wanted, l1_ratio), np.arange(first, len(grid)))
    steps: list[float] = []
    indices: list[int] = []
    for index, alpha in enumerate(wanted.tolist(), first):
        if last > 0.0 and 0.0 < alpha / last < MIN_STEP_RATIO:
            between = alphas_between(last, alpha, knee)
            steps.extend(between)
            indices.extend([-1] * len(between))
        steps.append(alpha)
        indices.append(index)
        last = alpha
    return PenaltyGrid(*level_scales(problem, np.array(steps), l1_ratio), np.array(indices))


def alphas_between(last: float, alpha: float, knee: float) -> list[float]:
    """Alphas that fall from last to alpha in steps of about MIN_STEP_RATIO, below the knee of FINE_STEP_RATIO."""
    steps: list[float] = []
    for stop, ratio in ((max(alpha, min(knee, last)), MIN_STEP_RATIO), (alpha, FINE_STEP_RATIO)):
        share = stop / last
        n_steps = math.ceil(math.log(share) / math.log(ratio))
        steps.extend(last * share ** (k / n_steps) for k in range(1, n_steps + 1))
        last = stop
    return steps[:-1]


def penalty_grids(total_weight: float, grids: np.ndarray, l1_ratio: float, largest: np.ndarray):
    """penalty_grid for many targets, with a row of positive alphas and a largest alpha for each.

    (offsets of the targets' levels; l1 scales; l2 scales; position of each level in grids.ravel(), or -1)
    """
    before = np.column_stack([largest, grids[:, :-1]]).ravel()
    after = grids.ravel()
    shares = np.divide(after, before, out=np.ones_like(after), where=before > 0.0)
    n_steps = np.ones(len(after), np.intp)
    far = shares < MIN_STEP_RATIO
    n_steps[far] = np.ceil(np.log(shares[far]) / np.log(MIN_STEP_RATIO))
    stops = np.cumsum(n_steps)
    owners = np.repeat(np.arange(len(after)), n_steps)
    steps = np.arange(stops[-1]) - (stops - n_steps)[owners] + 1
    alphas = before[owners] * shares[owners] ** (steps / n_steps[owners])
    alphas[stops - 1] = after
    indices = np.full(stops[-1], -1)
    indices[stops - 1] = np.arange(len(after))
    starts = np.concatenate([[0], stops[grids.shape[1] - 1::grids.shape[1]]])
    return starts, total_weight * alphas * l1_ratio, total_weight * alphas * (1.0 - l1_ratio), indices


def set_level(solver, problem: Problem, alpha: float, l1_ratio: float) -> None:
    """Set l1_reg and l2_reg of a core.Solver, those of the S-scaled objective."""
    set_scales(solver, problem, *level_scales(problem, alpha, l1_ratio))


def level_scales(problem: Problem, alpha: Any, l1_ratio: float) -> tuple[Any, Any]:
    """(l1, l2) by which the penalty factors are multiplied, at one alpha or an array of them."""
    if problem.scaling is not None:
        return problem.scaling.level_scales(alpha * l1_ratio, alpha * (1.0 - l1_ratio), problem.total_weight)
    scale = problem.total_weight * alpha
    return scale * l1_ratio, scale * (1.0 - l1_ratio)


def set_scales(solver, problem: Problem, l1_scale: float, l2_scale: float) -> None:
    """Set l1_reg and l2_reg of a core.Solver to these times the penalty factors."""
    l2_reg = core.scaled(problem.l2_factor, l2_scale) if l2_scale > 0.0 else None
    solver.set_penalty(core.scaled(problem.l1_factor, l1_scale), l2_reg, problem.lower, problem.upper)


def ridge_of(problem: Problem, columns: np.ndarray, alpha: float, l1_ratio: float) -> np.ndarray:
    """l2_reg of these columns."""
    return problem.penalty.ridge(columns, level_scales(problem, alpha, l1_ratio)[1])


def as_alpha(l1_scale: float, l2_scale: float, total_weight: float) -> tuple[float, float]:
    """(alpha, l1_ratio) of the level at which l1_reg and l2_reg are these times the penalty factors."""
    scale = l1_scale + l2_scale
    return scale / total_weight, l1_scale / scale if scale > 0.0 else 1.0


def alpha_of_zero(solver, problem: Problem, l1_ratio: float) -> float:
    """The smallest alpha at which zeros are optimal, from the solver's residual; inf for ridge regression."""
    if l1_ratio == 0.0:
        return np.inf
    if problem.scaling is None:
        set_level(solver, problem, 1.0, l1_ratio)
        return solver.max_ratio()
    set_scales(solver, problem, problem.total_weight * l1_ratio, 0.0)
    return problem.scaling.alpha(solver.max_ratio())
