# Lives here: what methods are expected to cost. Independent of: how methods work.
"""A small model of the cost of each method; docs/performance.md has the measurements."""
from __future__ import annotations

import numpy as np

from lassocore.problems.problem import Problem
from lassocore.problems.variants import without_block_bounds
from lassocore.results.path_point import PathPoint
from lassocore.solvers.settings import Settings

MAX_GRAM_OF_TARGETS = 4000          # columns whose Gram matrix may pay for many targets on a working set
MAX_SINGLE_FITS = 3                 # alphas that coordinate descent may be enough for
MAX_STRONG = 0.6                    # share of columns pulled beyond l1 from which most of them are expected to enter
NEAR_THE_TOP = 0.03                 # share of the largest alpha above which few columns are expected to enter
TINY_SIZE = 20_000                  # numbers of X below which preparing for exact steps costs more than epochs
GRAM_SHARE = 0.6                    # of the time of a Gram matrix, that coordinate descent may take before
SECONDS_TO_PREPARE = 1.5e-4         # for exact steps
SECONDS_PER_VISIT = 1e-8            # of a coordinate, beside its entries
MIN_SECONDS = 1e-4                  # that coordinate descent may take in any case
SPARSE_SUPPORT = 0.3                # of the columns: fewer are better taken by a working set
SECONDS_PER_GRAM_PRODUCT = 3e-11
FEW_EPOCHS = 3                      # to which max_iter limits a fit that is left to coordinate descent
EXACT_SECONDS = 2e-3                # that exact steps after a descent may take in any case
PASSES_OF_A_TARGET = 4.0            # over X, for a target on a working set
SHARED_DOWN_TO = 0.1                # share of the largest alpha down to which scans are most of a single fit
LARGE_SIZE_FOR_FOLDS = 3_000_000    # numbers of X from which folds gain by reading them together
LARGE_SIZE = 10_000_000             # numbers of X from which reading them is most of any fit


def choose_method(problem: Problem, n_levels: int, settings: Settings, l1_ratio: float) -> str:
    """ "cd", "gram" or "working_set"."""
    design = problem.design
    n, p = design.matrix.n_samples, len(problem.features)
    if settings.solver == "cd" or p == 0 or problem.sq_target == 0.0 or n_levels == 0 or settings.max_iter < FEW_EPOCHS:
        return "cd"
    if problem.block is not None and (problem.dtype == np.float32 or problem.block.is_delicate):
        return "cd"
    if design.gram_loses_digits(problem.features):
        return "cd"
    if l1_ratio == 0.0:
        return "gram" if p <= 300 else "cd"
    if not design.has_columns or p <= design.max_gram_columns and (p <= 3 * n or p <= 600):
        return "gram"
    return "working_set"


def choose_for_targets(problem: Problem, n_targets: int, n_levels: int, settings: Settings, l1_ratio: float) -> str:
    """As choose_method, for each of many targets on the same X, whatever the targets."""
    method = choose_method(problem._replace(sq_target=1.0), n_levels, settings, l1_ratio)
    if method == "working_set" and len(problem.features) <= MAX_GRAM_OF_TARGETS:
        pass_seconds = problem.matrix.cost * len(problem.features) * problem.design.seconds_per_entry
        if gram_seconds(problem) < n_targets * (MIN_SECONDS + PASSES_OF_A_TARGET * pass_seconds):
            return "gram"
    return method


def gains_beside(problem: Problem, grid: np.ndarray, largest: float) -> bool:
    """Whether a target on a working set gains by scans that it shares with other targets."""
    numbers = problem.matrix.cost * len(problem.features)
    return numbers > LARGE_SIZE or len(grid) <= MAX_SINGLE_FITS and bool(grid[-1] >= SHARED_DOWN_TO * largest)


def affords_exact(problem: Problem, level: PathPoint) -> bool:
    """Whether exact steps on the support of a solution cost no more than the descent to it."""
    matrix, size = problem.matrix, len(level.rows)
    seconds = size**2 * (matrix.cost + size) * SECONDS_PER_GRAM_PRODUCT
    visits = level.n_epochs * size + len(problem.features)
    return seconds <= max(EXACT_SECONDS, 2.0 * visits * matrix.cost * problem.design.seconds_per_entry)


def count_positive(grid: np.ndarray) -> int:
    """How many alphas of a falling grid are not 0."""
    return len(grid) if grid[-1] > 0.0 else int(np.count_nonzero(grid))


def count_strong(solver, problem: Problem, l1_scale: float) -> int:
    """How many columns are pulled beyond l1 before anything has entered; where X is tiny, all without a look."""
    features = problem.features
    if problem.matrix.cost * len(features) < TINY_SIZE:
        return len(features)
    return int(np.count_nonzero(np.abs(solver.correlations[features]) > l1_scale * problem.l1_factor[features]))


def expects_few(problem: Problem, alpha: float, largest: float, n_strong: int) -> bool:
    """Whether most columns are expected to stay at 0 at this alpha, `largest` being where all do, or X is tiny."""
    n, p = problem.matrix.n_samples, len(problem.features)
    return alpha > NEAR_THE_TOP * largest or n < p or n_strong < MAX_STRONG * p or problem.matrix.cost * p < TINY_SIZE


def gram_seconds(problem: Problem) -> float:
    """To form the Gram matrix of all columns."""
    return len(problem.features) ** 2 * problem.matrix.cost * SECONDS_PER_GRAM_PRODUCT


def most_epochs(problem: Problem, method: str, n_strong: int, least_seconds: float) -> int:
    """How many epochs coordinate descent may spend on finding the support of a single fit."""
    matrix = problem.matrix
    pass_seconds = matrix.cost * len(problem.features) * problem.design.seconds_per_entry
    passes = problem.design.passes_of_descent
    budget = max(least_seconds, GRAM_SHARE * gram_seconds(problem) if method == "gram" else passes * pass_seconds)
    n_visits = max(1, min(n_strong, matrix.n_samples // 2))
    return max(16, int(budget / (n_visits * matrix.cost * 2.0 * problem.design.seconds_per_entry)))


def visits_to_prepare(problem: Problem) -> int:
    """Visits to a coordinate that take as long as it takes to prepare for exact steps."""
    matrix = problem.matrix
    return max(1, int(SECONDS_TO_PREPARE / (SECONDS_PER_VISIT + 2.0 * matrix.cost * problem.design.seconds_per_entry)))


def folds_gain(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> bool:
    """Whether folds of a problem gain by going down their paths in lockstep."""
    n_positive = count_positive(grid)
    if n_positive <= MAX_SINGLE_FITS or choose_method(problem, n_positive, settings, l1_ratio) != "working_set":
        return False
    if without_block_bounds(problem) is not None:       # such folds are solved twice where a bound holds
        return False
    return problem.matrix.cost * len(problem.features) > LARGE_SIZE_FOR_FOLDS
