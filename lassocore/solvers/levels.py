# Lives here: alphas -> penalty levels; the only place where alpha becomes l1_reg and l2_reg. Must not know: storage.
"""Grids of alphas and the levels of the S-scaled objective that they stand for."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.problems.rescaling import MOST, OutOfRange
from lassocore.problems.unpenalised import is_bounded, make_block
from lassocore.solvers.settings import BOOLEAN, is_number, is_whole, shortened

FLAGS = frozenset(BOOLEAN)
LONGEST_STEP = 0.6                  # a level below this share of the last is reached over levels in between


class Level(NamedTuple):
    """The solution at one penalty level, S-scaled numbers."""

    index: int                      # type: ignore[assignment]
    rows: np.ndarray                # rising
    values: np.ndarray
    gap: float
    sq_residual: float
    converged: bool
    method: str
    n_epochs: int
    n_newton: int
    n_working: int                  # columns that took part
    n_scanned: int                  # products of a column with a residual, for everything outside
    seconds: float


@dataclass(frozen=True)
class Levels:
    """Falling penalty levels: l1_reg and l2_reg of a column are these times its factors."""

    l1_scales: np.ndarray
    l2_scales: np.ndarray
    indices: np.ndarray             # in the path; -1 for levels on the way that nobody asked for

    def __len__(self):
        return len(self.indices)


def as_levels(problem: Problem, grid: np.ndarray, first: int, l1_ratio: float, largest: float) -> Levels:
    """The levels of positive alphas from position `first` on, with others between those that lie far apart; largest is
    the alpha where the path has come to."""
    steps: list[float] = []
    indices: list[int] = []
    last = largest if l1_ratio > 0.0 else 0.0
    for index, alpha in enumerate(grid[first:], first):
        share = alpha / last if last > 0.0 else 1.0
        if 0.0 < share < LONGEST_STEP:
            n_steps = int(np.ceil(np.log(share) / np.log(LONGEST_STEP)))
            steps.extend(last * share ** (k / n_steps) for k in range(1, n_steps))
            indices.extend([-1] * (n_steps - 1))
        steps.append(alpha)
        indices.append(index)
        last = alpha
    return Levels(*level_scales(problem, np.array(steps), l1_ratio), np.array(indices))


def levels_of_targets(total_weight: float, grids: np.ndarray, l1_ratio: float, largest: np.ndarray):
    """as_levels for many targets, a row of positive alphas and a largest one each.

    (where each target's levels start, and end; l1 scales; l2 scales; which number of grids each level is, or -1)
    """
    before = np.column_stack([largest, grids[:, :-1]]).ravel()
    after = grids.ravel()
    shares = np.divide(after, before, out=np.ones_like(after), where=before > 0.0)
    n_steps = np.ones(len(after), np.intp)
    far = shares < LONGEST_STEP
    n_steps[far] = np.ceil(np.log(shares[far]) / np.log(LONGEST_STEP))
    stops = np.cumsum(n_steps)
    owners = np.repeat(np.arange(len(after)), n_steps)
    steps = np.arange(stops[-1]) - (stops - n_steps)[owners] + 1
    alphas = before[owners] * shares[owners] ** (steps / n_steps[owners])
    alphas[stops - 1] = after
    indices = np.full(stops[-1], -1)
    indices[stops - 1] = np.arange(len(after))
    starts = np.concatenate([[0], stops[grids.shape[1] - 1::grids.shape[1]]])
    return starts, total_weight * alphas * l1_ratio, total_weight * alphas * (1.0 - l1_ratio), indices


def strong_threshold(previous: float | None, alpha: float) -> float:
    """The sequential strong rule |c_j| >= 2 l1 - l1_previous as a multiple of l1 (Tibshirani et al. 2012)."""
    if previous is None or alpha == 0.0:
        return 1.0
    return 0.0 if previous >= 2.0 * alpha else min(1.0, 2.0 - previous / alpha)


def set_level(solver, problem: Problem, alpha: float, l1_ratio: float) -> None:
    """alpha, l1_ratio -> l1_reg, l2_reg of the S-scaled objective."""
    set_scales(solver, problem, *level_scales(problem, alpha, l1_ratio))


def level_scales(problem: Problem, alpha: Any, l1_ratio: float) -> tuple[Any, Any]:
    """What the factors of l1_reg and l2_reg are multiplied with, at an alpha or at each of several."""
    if problem.scaling is not None:
        return problem.scaling.level_scales(alpha * l1_ratio, alpha * (1.0 - l1_ratio), problem.total_weight)
    scale = problem.total_weight * alpha
    return scale * l1_ratio, scale * (1.0 - l1_ratio)


def set_scales(solver, problem: Problem, l1_scale: float, l2_scale: float) -> None:
    """Tell a core.Solver the level at which l1_reg and l2_reg are these times their factors."""
    l2_reg = core.scaled(problem.l2_factor, l2_scale) if l2_scale > 0.0 else None
    solver.set_penalty(core.scaled(problem.l1_factor, l1_scale), l2_reg, problem.lower, problem.upper)


def ridge_of(problem: Problem, columns: np.ndarray, alpha: float, l1_ratio: float) -> np.ndarray:
    """l2_reg of these columns."""
    return level_scales(problem, alpha, l1_ratio)[1] * problem.l2_factor[columns]


def within_bounds(problem: Problem, rows: np.ndarray, values: np.ndarray) -> bool:
    """Whether no bound is broken by coefficients as they are returned."""
    if problem.lower is None or problem.upper is None:
        return True
    values = values.astype(problem.dtype)
    return bool((values >= problem.lower[rows]).all() and (values <= problem.upper[rows]).all())


def without_bounds(problem: Problem) -> Problem | None:
    """The problem with no bounds at all; None where it has none."""
    return None if problem.lower is None else problem._replace(lower=None, upper=None)


def without_block_bounds(problem: Problem) -> Problem | None:
    """The problem with no bounds on the unpenalised columns; None where they have none."""
    block, lower, upper = problem.block, problem.lower, problem.upper
    if block is None or lower is None or upper is None or not is_bounded(block.columns, lower, upper):
        return None
    lower, upper = lower.copy(), upper.copy()
    lower[block.columns], upper[block.columns] = -np.inf, np.inf
    if np.isinf(lower).all() and np.isinf(upper).all():
        lower = upper = None
    free = make_block(problem.matrix, block.columns, problem.sq_norms, None, None)
    if free is None:
        return None
    features = np.setdiff1d(problem.features, free.dependent, assume_unique=True)
    return problem._replace(features=features, unpenalised=free.basis, block=free, lower=lower, upper=upper)


def of_minimum_norm(problem: Problem, level: Level) -> Level:
    """The level with coefficients of minimum norm over the unpenalised columns, which fit the same."""
    if problem.block is None or not problem.block.leaves_a_choice:
        return level
    rows, values = problem.block.expanded(level.rows, level.values)
    return level._replace(rows=rows, values=values)


def without_penalty(problem: Problem) -> Problem:
    """The problem at alpha = 0: every column is unpenalised."""
    zeros = np.zeros(problem.matrix.n_features)
    features = problem.features if problem.block is None else np.union1d(problem.features, problem.block.columns)
    block = make_block(problem.matrix, features, problem.sq_norms, problem.lower, problem.upper)
    basis = features if block is None else block.basis
    return problem._replace(l1_factor=zeros, l2_factor=zeros, features=basis, unpenalised=basis, block=block)


def as_alpha(l1_scale: float, l2_scale: float, total_weight: float) -> tuple[float, float]:
    """(alpha, l1_ratio) of the level at which l1_reg and l2_reg are these times their factors."""
    scale = l1_scale + l2_scale
    return scale / total_weight, l1_scale / scale if scale > 0.0 else 1.0


def check_l1_ratio(l1_ratio: float) -> None:
    """l1_ratio is in [0, 1]."""
    if not (is_number(l1_ratio) and 0.0 <= l1_ratio <= 1.0):
        raise ValueError(f"l1_ratio={l1_ratio!r} must be between 0 and 1")


def check_relax(relax: float | None) -> None:
    """relax is None or in [0, 1]."""
    if relax is not None and not (is_number(relax) and 0.0 <= relax <= 1.0):
        raise ValueError(f"relax={relax!r} must be None or a number from 0 (the refit) to 1 (the penalised fit)")


def check_alpha(alpha: float) -> None:
    """alpha is a finite number of at least 0."""
    if not (is_number(alpha) and 0 <= alpha < np.inf):
        raise ValueError(f"alpha={alpha!r} must be a finite number of at least 0")


def given_alphas(alphas) -> int | np.ndarray:
    """How many alphas, which an integer tells, or the alphas that a vector holds, falling.

    A lone number that is no integer is neither: alphas=1 and alphas=1.0 must not mean different things.
    """
    if not isinstance(alphas, (np.ndarray, list, tuple)):
        if is_whole(alphas):
            if alphas < 1:
                raise ValueError(f"alphas={alphas!r} must be at least 1, or a vector of alphas")
            return int(alphas)
        if is_number(alphas):
            raise ValueError(f"alphas={float(alphas)!r} is neither an integer, how many alphas, nor a vector of "
                             f"alphas; for this one alpha pass alphas=[{float(alphas)!r}]")
    try:
        grid = np.array(alphas)
    except ValueError:              # nested lists of different lengths
        grid = np.array(None)
    if grid.ndim == 0 or grid.dtype.kind not in "fiu" and grid.size > 0 or (
            type(alphas) is not np.ndarray and not FLAGS.isdisjoint(map(type, alphas))):
        raise ValueError(f"alphas={shortened(alphas)} is neither an integer, how many alphas, nor a vector of real "
                         "numbers")
    if grid.ndim != 1 or len(grid) == 0:
        raise ValueError(f"alphas has shape {grid.shape}; pass a number of alphas or a vector with at least one")
    if grid.dtype != np.float64:
        grid = grid.astype(np.float64)
    if len(grid) > 1:
        grid.sort()                 # NaN comes last
    if not (grid[0] >= 0 and grid[-1] < np.inf):
        raise ValueError(f"alphas must be finite and at least 0, not {shortened(alphas)}")
    return grid[::-1]


def as_alphas(problem: Problem, alphas, eps: float, l1_ratio: float, largest_of=None) -> np.ndarray:
    """The alphas given, sorted falling, or the geometric grid from alpha_max, which largest_of knows."""
    alphas = given_alphas(alphas)
    if isinstance(alphas, np.ndarray):
        return alphas
    if not (is_number(eps) and 0 < eps <= 1):
        raise ValueError(f"eps={eps!r} must be a number above 0 and at most 1")
    largest = (largest_of or largest_alpha)(problem, l1_ratio)
    if not np.isfinite(largest):
        raise ValueError("penalty_factor is 0 for every usable feature, so no alpha matters; pass alphas explicitly")
    check_alphas_held(problem, l1_ratio, eps)
    if largest <= 1e-14 * _most_alpha(problem, l1_ratio):       # nothing but rounding errors correlates with y
        return np.full(alphas, np.finfo(np.float64).resolution)
    return np.geomspace(largest, largest * eps, alphas)


def _most_alpha(problem: Problem, l1_ratio: float) -> float:
    """What alpha_max would be for a y along the column that is penalised least: its unit of measure."""
    j = np.setdiff1d(problem.features, problem.unpenalised, assume_unique=True)
    lengths = np.sqrt(problem.sq_norms[j]) / problem.l1_factor[j]
    most = np.sqrt(problem.sq_target) * lengths.max(initial=0.0) / (problem.total_weight * l1_ratio)
    return most if problem.scaling is None else problem.scaling.alpha(most)


def check_alphas_held(problem: Problem, l1_ratio: float, eps: float = 1.0) -> None:
    """A float holds the alphas of a problem whose numbers are out of range."""
    if problem.scaling is None or problem.sq_target == 0.0:
        return
    most = _most_alpha(problem, l1_ratio)
    if not 0.0 < most * eps <= most < MOST:
        raise OutOfRange(
            f"alphas of these data, in units of X times y, are {'above 1e308' if most >= MOST else 'below 1e-323'}, "
            "which a float cannot hold; rescale y or X")


def largest_alpha(problem: Problem, l1_ratio: float) -> float:
    """alpha_max of a canonical problem; NaN where no feature is penalised."""
    if l1_ratio == 0.0:
        raise ValueError("Automatic alpha grid generation is not supported for l1_ratio=0. Please supply a grid by "
                         "providing your estimator with the appropriate `alphas=` argument.")
    if len(problem.features) and len(problem.unpenalised) == len(problem.features):
        return float("nan")
    return level_of_zero(core.Solver(problem), problem, l1_ratio)


def level_of_zero(solver, problem: Problem, l1_ratio: float) -> float:
    """The alpha from which on the penalised coefficients of the solver's residual are 0; inf for ridge regression."""
    if l1_ratio == 0.0:
        return np.inf
    if problem.scaling is None:
        set_level(solver, problem, 1.0, l1_ratio)
        return solver.max_ratio()
    set_scales(solver, problem, problem.total_weight * l1_ratio, 0.0)
    return problem.scaling.alpha(solver.max_ratio())
