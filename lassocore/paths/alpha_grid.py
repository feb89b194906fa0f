# Lives here: the alphas of a path. Independent of: solutions, storage.
"""Grids of alphas: given, or geometric from the smallest alpha at which all coefficients are 0."""
from __future__ import annotations

import warnings

import numpy as np

from lassocore._isa import core
from lassocore.problems.multi_task import single_task
from lassocore.problems.problem import Problem
from lassocore.solvers.block_path import BlockPathSolver
from lassocore.solvers.penalty_grid import alpha_of_zero
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import BOOLEAN, check_kind, is_number, is_whole, shortened
from lassocore.utils.powers_of_two import MAX_FLOAT, OutOfRange

FLAGS = frozenset(BOOLEAN)
MAX_ALPHAS = 100_000_000


def check_relax(relax: float | None) -> None:
    """Require None or a number in [0, 1]."""
    if relax is not None and not (is_number(relax) and 0.0 <= relax <= 1.0):
        raise ValueError(f"relax={relax!r} must be None or a number from 0 (the refit) to 1 (the penalised fit)")


def check_alpha(alpha: float) -> None:
    """Require a finite number of at least 0."""
    if not (is_number(alpha) and 0 <= alpha < np.inf):
        raise ValueError(f"alpha={alpha!r} must be a finite number of at least 0")


def given_alphas(alphas) -> int | np.ndarray:
    """The number of alphas, for an integer, or the alphas of a vector in falling order.

    A single number that is not an integer is refused: alphas=1 and alphas=1.0 must not differ in meaning.
    """
    if not isinstance(alphas, (np.ndarray, list, tuple)):
        if is_whole(alphas):
            if alphas < 1:
                raise ValueError(f"alphas={alphas!r} must be at least 1, or a vector of alphas")
            if alphas > MAX_ALPHAS:
                raise ValueError(f"alphas={alphas!r} is more than the {MAX_ALPHAS:,} that memory could hold")
            return int(alphas)
        if is_number(alphas):
            raise ValueError(f"alphas={float(alphas)!r} is neither an integer, how many alphas, nor a vector of "
                             f"alphas; for this one alpha pass alphas=[{float(alphas)!r}]")
    if type(alphas) is not list:
        check_kind(alphas, "alphas")
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


def warn_of_one_alpha(alphas, stacklevel: int) -> None:
    """Warn where a count of 1 is probably meant as an alpha of 1."""
    if is_whole(alphas) and alphas == 1:
        warnings.warn(
            "alphas=1 is a path of one alpha, the largest, at which all penalised coefficients are 0; for alpha = 1 "
            "pass alphas=[1.0]", UserWarning, stacklevel=stacklevel + 1)


def as_alphas(problem: Problem, alphas, eps: float, l1_ratio: float) -> np.ndarray:
    """The given alphas in falling order, or the geometric grid from alpha_max."""
    alphas = given_alphas(alphas)
    if isinstance(alphas, np.ndarray):
        return alphas
    check_eps(eps)
    largest = largest_alpha(problem, l1_ratio)
    if not np.isfinite(largest):
        name, of = ("penalty_factor", "feature") if problem.penalty.groups is None else ("group_weights", "group")
        raise ValueError(f"{name} is 0 for every usable {of}, so no alpha matters; pass alphas explicitly")
    check_alphas_held(problem, l1_ratio, eps)
    return geometric_alphas(largest, 1e-14 * _alpha_bound(problem, l1_ratio), alphas, eps)


def check_eps(eps: float) -> None:
    """Require a number in (0, 1]."""
    if not (is_number(eps) and 0 < eps <= 1):
        raise ValueError(f"eps={eps!r} must be a number above 0 and at most 1")


def geometric_alphas(largest: float, rounding: float, n_alphas: int, eps: float) -> np.ndarray:
    """Alphas from the largest to eps times the largest; equal tiny ones where y is uncorrelated up to rounding."""
    if largest <= rounding:
        return np.full(n_alphas, np.finfo(np.float64).resolution)
    return largest * eps ** (np.arange(n_alphas) / max(1, n_alphas - 1))


def _alpha_bound(problem: Problem, l1_ratio: float) -> float:
    """alpha_max for a y along the least penalised column: an upper bound."""
    j = problem.features
    if len(problem.unpenalised):
        j = np.setdiff1d(j, problem.unpenalised, assume_unique=True)
    lengths = problem.penalty.ratios(j, np.sqrt(problem.sq_norms[j]))
    bound = np.sqrt(problem.sq_target) * lengths.max(initial=0.0) / (problem.total_weight * l1_ratio)
    return bound if problem.scaling is None else problem.scaling.alpha(bound)


def check_alphas_held(problem: Problem, l1_ratio: float, eps: float = 1.0) -> None:
    """Require that a float can hold the alphas of a rescaled problem."""
    if problem.scaling is None or problem.sq_target == 0.0:
        return
    bound = _alpha_bound(problem, l1_ratio)
    if not 0.0 < bound * eps <= bound < MAX_FLOAT:
        raise OutOfRange(
            f"alphas of these data, in units of X times y, are "
            f"{'above 1e308' if bound >= MAX_FLOAT else 'below 1e-323'}, which a float cannot hold; rescale y or X")


def largest_alpha(problem: Problem, l1_ratio: float) -> float:
    """alpha_max of a canonical problem; NaN if no feature is penalised."""
    if l1_ratio == 0.0:
        raise ValueError("Automatic alpha grid generation is not supported for l1_ratio=0. Please supply a grid by "
                         "providing your estimator with the appropriate `alphas=` argument.")
    if len(problem.features) and len(problem.unpenalised) == len(problem.features):
        return float("nan")
    if problem.has_tasks and not problem.has_blocks:
        problem = single_task(problem)
    if problem.has_blocks:
        return BlockPathSolver(problem, l1_ratio, Settings(solver="cd"), 1).alpha_of_zero
    return alpha_of_zero(core.Solver(problem), problem, l1_ratio)
