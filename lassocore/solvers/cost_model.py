# Lives here: the choice of methods and what they are expected to cost. Independent of: how methods work.
"""`plan` chooses the stages of a path by a small cost model; docs/performance.md has the measurements.

Nothing here runs a solver: the same arguments give the same answer.
"""
from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lassocore.designs.gram_matrix import MAX_SQUARED
from lassocore.problems.problem import Problem
from lassocore.problems.variants import without_block_bounds
from lassocore.results.path_point import PathPoint
from lassocore.solvers.penalty_grid import FINE_SHARE, level_scales
from lassocore.solvers.settings import Settings

MAX_GRAM_OF_TARGETS = 4000          # columns whose Gram matrix may pay for many targets on a working set
PASSES_OF_A_KEPT_GRAM = 100.0       # over X, that a Gram matrix may cost which further fits use
MAX_SINGLE_FITS = 3                 # alphas up to which coordinate descent alone may be cheapest,
MAX_SPARSE_FITS = 10                # where sparse columns are too many for a Gram matrix
FEW_LEVELS = 12                     # in fine steps that lead to them, up to which bounds cost more than scans
MIN_GRAM_COLUMNS = 600              # up to which a path is solved on the Gram matrix of all columns
SMALL_GRAM_COLUMNS = 512            # up to which one alpha is, where X is dense
SMALL_GRAM_SECONDS = 2.8e-4         # and the Gram matrix takes no longer
MAX_RIDGE_GRAM = 300                # columns of ridge regression on a Gram matrix: each alpha takes a factorisation
MAX_STRONG = 0.4                    # share of columns with |c_j| > l1_j from which most are expected to enter
TINY_SIZE = 20_000                  # entries of X below which preparing exact steps costs more than epochs
SMALL_SIZE = 300_000                # the same up to which exact steps cost less than hundreds of epochs
WIDE_DOWN_TO = 0.02                 # share of the largest alpha below which a lasso's do however large X is,
SQUARE_DOWN_TO = 0.006              # or where it has at most three times as many columns as rows
NEAR_SHARE = 0.05                   # of the largest alpha, from which it is tried whatever is expected
NEAR_SIZE = 50_000                  # where X has no more entries
SET_DOWN_TO = 0.015                 # down to which a working set costs less than a Gram matrix where p is at most 3 n
SURE_DOWN_TO = 0.03                 # down to which a trial on dense columns runs to its end without a look
FIRST_LOOK = 20                     # epochs of other trials before the first look at their progress
SAFETY = 1.5                        # times the epochs that the progress so far promises, that a trial may take
PASSES_AFTER_TRIAL = 4.0            # over X, of exact steps on a working set from the end of a trial
SETTLED_SHARE = 0.05                # of the nonzeros, that change between looks when exact steps from them pay
GRAM_SHARE = 0.6                    # of the time of a Gram matrix, that a trial of coordinate descent may take
SECONDS_TO_PREPARE = 1.5e-4         # for exact steps
PREPARING_PASSES = 1.0              # over X, in addition
SECONDS_PER_VISIT = 1e-8            # of a coordinate, in addition to its entries
NEAR_ENTRIES = 250_000              # of dense columns that stay near the processor from epoch to epoch;
FAR_VISIT = 1.7                     # times the time of a visit, where there are more
MIN_TRIAL_EPOCHS = 8
MIN_ROWS_TO_ROUND = 1               # rows for each column, from which a Gram matrix of single precision is close,
MIN_SECONDS_TO_ROUND = 1e-3         # where an exact one takes so long
MIN_ROUNDED, MAX_ROUNDED = 1e-20, 1e30  # squared norms of columns whose products single precision holds
ROWS_OF_TALL = 12                   # rows for each column, from which a sample of them tells much at little cost,
MAX_STRONG_OF_TALL = 0.05           # and coordinate descent is tried first up to this share of strong columns
MIN_SECONDS = 1e-4                  # that a trial of coordinate descent may take in any case,
SMALL_TRIAL_SECONDS = 8e-5          # or where the Gram matrix costs little
HOPELESS_GAP = 0.1                  # of ||y0||_s^2, above which a trial ends at the first look,
ROUGH_GAP = 0.01                    # and above which exact steps do not go on from its end
SECONDS_PER_GRAM_PRODUCT = 1.7e-11
PASSES_OF_A_SET = 30.0              # over X, for exact steps on a working set at one alpha
FEW_EPOCHS = 3                      # a smaller max_iter leaves the fit to coordinate descent
EXACT_SECONDS = 2e-3                # that exact steps after coordinate descent may take in any case
PASSES_OF_A_TARGET = 4.0            # over X, for a target on a working set
SHARED_DOWN_TO = 0.1                # share of the largest alpha down to which scans are most of a single fit
LARGE_SIZE_FOR_FOLDS = 3_000_000    # entries of X from which folds gain by shared scans
LARGE_SIZE = 10_000_000             # entries of X from which reading them is most of any fit


class Stage(NamedTuple):
    """A method and the alphas that it is to solve; those that an earlier stage has solved are skipped.

    "start" is the start itself, where it is the solution already. "trial" is coordinate descent with limited effort,
    which ends at the first alpha that it does not solve, unless it resumes. "rounded_gram" is exact steps on a Gram
    matrix of single precision, which X corrects, or nothing where that fails. "gram" and "working_set" are exact steps,
    "cd" is coordinate descent.
    """

    method: str
    first: int                      # positions in the grid of alphas
    stop: int
    max_epochs: int = 0             # of a trial, for each alpha, unless exact steps cost more
    min_visits: int = 0             # to coordinates, before a trial may end because exact steps are cheaper
    first_look: int = 0             # at its progress, after so many epochs; 0 for none
    resumes: bool = False           # whether a trial goes on after exact steps at an alpha that it does not solve


class Look(NamedTuple):
    """Where a trial was when its progress was last looked at."""

    n_epochs: int
    gap: float
    n_nonzero: int


START, ROUNDED_GRAM = Stage("start", 0, 1), Stage("rounded_gram", 0, 1)


def plan(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, *, correlations: np.ndarray,
         largest: float, is_warm: bool, is_tried: bool = False) -> list[Stage]:
    """The stages of a path over falling alphas.

    correlations are those of the columns with the residual of the start, which is the solution at the alpha `largest`;
    is_warm says whether it was given, is_tried whether some epochs of coordinate descent have failed.
    """
    n_positive = count_positive(grid)
    method, is_one = choose_method(problem, n_positive, settings, l1_ratio), n_positive == len(grid) == 1
    rounds = is_one and rounds_gram(problem, method, l1_ratio, settings)
    first = [START] if settings.exact and is_one else []
    then = [ROUNDED_GRAM] if rounds else []
    last = stages_of(method, n_positive, len(grid))
    is_sparse = method == "working_set" and not problem.design.can_gather
    if (settings.solver == "auto" and method != "cd" and n_positive <= (
            MAX_SPARSE_FITS if is_sparse else MAX_SINGLE_FITS) and not (
                method == "gram" and (keeps_gram(problem) or is_tried and has_small_gram(problem)))):
        least = grid[n_positive - 1]
        n_strong = count_strong(problem, correlations, level_scales(problem, least, l1_ratio)[0])
        if tries_descent(problem, method, l1_ratio, least, largest, n_strong) and (
                not (rounds and is_tall(problem)) or n_strong <= MAX_STRONG_OF_TALL * len(problem.features)):
            trial = plan_trial(problem, method, n_positive, n_strong, settings, is_warm)._replace(resumes=is_sparse)
            looks = problem.design.can_gather and least < SURE_DOWN_TO * largest and trial.max_epochs > FIRST_LOOK
            first.append(trial._replace(first_look=FIRST_LOOK) if looks else trial)
        if (method == "gram" and is_dense_and_wide(problem) and problem.gram is None
                and least >= SET_DOWN_TO * largest and not has_small_gram(problem)):
            last[0] = Stage("working_set", 0, n_positive)
    return first + then + last


def tries_descent(
    problem: Problem, method: str, l1_ratio: float, least: float, largest: float, n_strong: int
) -> bool:
    """Whether a few alphas down to `least` begin with a trial of coordinate descent."""
    if least >= NEAR_SHARE * largest and problem.matrix.cost * len(problem.features) <= NEAR_SIZE:
        return True
    return (method == "working_set" or expects_few_nonzeros(problem, n_strong)) and (
        least >= descent_down_to(problem, l1_ratio) * largest)


def stages_of(method: str, n_positive: int, n_levels: int) -> list[Stage]:
    """The positive alphas by a method, alpha = 0 by coordinate descent."""
    if method == "cd" or n_positive == 0:
        return [Stage("cd", 0, n_levels)]
    stages = [Stage(method, 0, n_positive)]
    if n_positive < n_levels:
        stages.append(Stage("cd", n_positive, n_levels))
    return stages


def keeps_gram(problem: Problem) -> bool:
    """Whether the Gram matrix of all columns is there, or is formed for the fits to come as well."""
    design, p = problem.design, len(problem.features)
    return design.kept_gram is not None or (
        design.keeps_gram and problem.matrix.cost * p >= TINY_SIZE
        and gram_seconds(problem) < PASSES_OF_A_KEPT_GRAM * pass_seconds(problem))


def rounds_gram(problem: Problem, method: str, l1_ratio: float, settings: Settings) -> bool:
    """Whether one alpha of a dense X with at least as many rows as columns first takes a Gram matrix of single
    precision."""
    design, sq_norms = problem.design, problem.sq_norms[problem.features]
    return (method == "gram" and settings.solver == "auto" and design.can_gather and not keeps_gram(problem)
            and problem.gram is None and problem.block is None and l1_ratio > 0.0 and settings.recorder is None
            and problem.matrix.n_samples >= MIN_ROWS_TO_ROUND * len(problem.features)
            and gram_seconds(problem) >= MIN_SECONDS_TO_ROUND
            and sq_norms.min() >= MIN_ROUNDED and sq_norms.max() <= MAX_ROUNDED)


def is_tall(problem: Problem) -> bool:
    """Whether X has many rows for each column."""
    return problem.matrix.n_samples >= ROWS_OF_TALL * len(problem.features)


def affords_gram(problem: Problem) -> bool:
    """Whether the Gram matrix of all columns is the method for any number of fits."""
    design, p = problem.design, len(problem.features)
    return (design.has_columns and 0 < p <= min(max(3 * design.matrix.n_samples, MIN_GRAM_COLUMNS),
                                                design.max_gram_columns)
            and not design.gram_loses_digits(problem.features)
            and not (problem.block is not None and (problem.dtype == np.float32 or problem.block.is_delicate)))


def after_trial(problem: Problem, method: str, n_nonzero: int) -> str:
    """The method that replaces the planned one after a trial that ended with so many nonzero coefficients."""
    if problem.gram is not None or not problem.design.has_columns:
        return method
    all_seconds = gram_seconds(problem)
    if method == "gram" and (2.0 * exact_seconds(problem, n_nonzero) > all_seconds
                             or all_seconds < PASSES_OF_A_SET * pass_seconds(problem)):
        return "gram"
    return "working_set"


def starts_anew(problem: Problem, point: PathPoint) -> bool:
    """Whether exact steps reach the solution sooner from zeros than from the end of a trial: where dense columns
    outnumber the rows, of coefficients that are far from it too many are nonzero."""
    return is_dense_and_wide(problem) and (
        len(point.rows) > problem.matrix.n_samples or point.gap > ROUGH_GAP * problem.sq_target)


def choose_method(problem: Problem, n_positive: int, settings: Settings, l1_ratio: float) -> str:
    """ "cd", "gram" or "working_set" for so many positive alphas; an error where settings.solver does not apply."""
    solver = settings.solver
    check_applies(problem, solver, l1_ratio)
    design, p = problem.design, len(problem.features)
    if solver == "cd" or p == 0 or problem.sq_target == 0.0 or n_positive == 0:
        return "cd"
    if problem.block is not None and (problem.dtype == np.float32 or problem.block.is_delicate):
        return "cd"
    if solver != "auto":
        return solver
    if settings.max_iter < FEW_EPOCHS or design.gram_loses_digits(problem.features):
        return "cd"
    if l1_ratio == 0.0:
        return "gram" if p <= MAX_RIDGE_GRAM else "cd"
    is_small = (p <= 3 * design.matrix.n_samples or p <= MIN_GRAM_COLUMNS and n_positive > MAX_SINGLE_FITS
                or has_small_gram(problem))
    return "gram" if not design.has_columns or is_small and p <= design.max_gram_columns else "working_set"


def check_applies(problem: Problem, solver: str, l1_ratio: float) -> None:
    """ "gram" and "working_set" are refused where their results would be wrong, or take too much memory."""
    if solver in ("auto", "cd"):
        return
    design = problem.design
    if solver == "working_set" and l1_ratio == 0.0:
        raise ValueError("solver='working_set' needs an L1 penalty, and l1_ratio=0 has none; use 'auto', 'gram' or "
                         "'cd', or a larger l1_ratio")
    if solver == "working_set" and not design.has_columns:
        raise ValueError("solver='working_set' takes columns of X, and a Gram matrix stands in the place of X; use "
                         "precompute=False, or solver='auto', 'gram' or 'cd'")
    if solver == "gram" and design.has_columns and design.matrix.n_features > MAX_SQUARED:
        raise ValueError(f"solver='gram' forms the Gram matrix of all columns, of which X has "
                         f"{design.matrix.n_features}; use at most {MAX_SQUARED} columns, or 'auto', 'working_set' or "
                         "'cd'")
    if problem.block is not None and problem.dtype == np.float32:
        raise ValueError(f"solver={solver!r} takes no unpenalised features in float32; convert X to float64, or use "
                         "'auto' or 'cd'")
    if design.gram_loses_digits(problem.features):
        raise ValueError(f"solver={solver!r} forms products of sparse columns, and centring them afterwards would lose "
                         "digits, as the means are too large beside the deviations; use 'auto' or 'cd', a dense X, or "
                         "fit_intercept=False")


def choose_for_targets(problem: Problem, n_targets: int, n_positive: int, settings: Settings, l1_ratio: float) -> str:
    """choose_method for many targets on the same X; the choice does not depend on their values."""
    method = choose_method(replace(problem, sq_target=1.0), n_positive, settings, l1_ratio)
    if method != "working_set" or settings.solver != "auto" or len(problem.features) > MAX_GRAM_OF_TARGETS:
        return method
    pays = gram_seconds(problem) < n_targets * (MIN_SECONDS + PASSES_OF_A_TARGET * pass_seconds(problem))
    return "gram" if pays else method


def target_gains(problem: Problem, grid: np.ndarray, largest: float) -> bool:
    """Whether a target on a working set gains by scans shared with other targets."""
    numbers = problem.matrix.cost * len(problem.features)
    return numbers > LARGE_SIZE or len(grid) <= MAX_SINGLE_FITS and bool(grid[-1] >= SHARED_DOWN_TO * largest)


def affords_exact(problem: Problem, point: PathPoint) -> bool:
    """Whether exact steps on the support of a solution cost no more than the coordinate descent that found it."""
    matrix, size = problem.matrix, len(point.rows)
    seconds = exact_seconds(problem, size)
    visits = point.n_epochs * size + len(problem.features)
    return seconds <= max(EXACT_SECONDS, 2.0 * visits * matrix.cost * problem.design.seconds_per_entry)


def count_positive(grid: np.ndarray) -> int:
    """The number of positive alphas of a falling grid."""
    return len(grid) if grid[-1] > 0.0 else int(np.count_nonzero(grid))


def count_strong(problem: Problem, correlations: np.ndarray, l1_scale: float) -> int:
    """The number of columns with |c_j| > l1_j; all of them where X is tiny."""
    features = problem.features
    if problem.matrix.cost * len(features) < TINY_SIZE:
        return len(features)
    return int(np.count_nonzero(np.abs(correlations[features]) > l1_scale * problem.l1_factor[features]))


def descent_down_to(problem: Problem, l1_ratio: float) -> float:
    """The share of the largest alpha down to which a few alphas may cost less by coordinate descent: it takes hundreds
    of epochs where dense columns outnumber the rows, so X must be large enough for its reading to cost more than exact
    steps."""
    n, p = problem.matrix.cost, len(problem.features)
    if not is_dense_and_wide(problem):
        return 0.0
    if has_small_gram(problem):
        return 1.0
    if n * p <= SMALL_SIZE:
        return SURE_DOWN_TO if p <= 3 * n else 1.0
    return 0.0 if l1_ratio < 1.0 else SQUARE_DOWN_TO if p <= 3 * n else WIDE_DOWN_TO


def expects_few_nonzeros(problem: Problem, n_strong: int) -> bool:
    """Whether X is tiny, or most coefficients are expected to be 0 at the last alpha."""
    n, p = problem.matrix.n_samples, len(problem.features)
    return n < p or n_strong < MAX_STRONG * p or problem.matrix.cost * p < TINY_SIZE


def has_small_gram(problem: Problem) -> bool:
    """Whether X is dense and its Gram matrix costs so little that even one alpha takes it, if it is not near the
    largest; there are no blocks."""
    return (problem.design.can_gather and not problem.has_blocks and len(problem.features) <= SMALL_GRAM_COLUMNS
            and gram_seconds(problem) <= SMALL_GRAM_SECONDS)


def is_dense_and_wide(problem: Problem) -> bool:
    """Whether X is dense with more columns than rows, to whose number supports grow."""
    return problem.design.can_gather and problem.matrix.n_samples < len(problem.features)


def knee_of(problem: Problem, method: str, l1_ratio: float, largest: float) -> float:
    """The alpha below which a lasso on a working set goes in fine steps, so that few columns join in vain; 0 for none.
    """
    has_knee = method == "working_set" and l1_ratio == 1.0 and is_dense_and_wide(problem)
    return FINE_SHARE * largest if has_knee else 0.0


def bounds_pay(n_positive: int, n_fine: int = 0) -> bool:
    """Whether bounds on the columns outside a working set save more scans of X than they take; n_fine is the number of
    levels, if they go in fine steps."""
    return n_positive > MAX_SINGLE_FITS or n_fine > FEW_LEVELS


def gram_seconds(problem: Problem) -> float:
    """The time to form the Gram matrix of all columns."""
    return len(problem.features) ** 2 * problem.matrix.cost * SECONDS_PER_GRAM_PRODUCT


def pass_seconds(problem: Problem) -> float:
    """The time of one product with each column of X."""
    return problem.matrix.cost * len(problem.features) * problem.design.seconds_per_entry


def plan_trial(problem: Problem, method: str, n_positive: int, n_strong: int, settings: Settings, is_warm: bool
               ) -> Stage:
    """What coordinate descent may spend on a few alphas before the method takes over."""
    cost, seconds = problem.matrix.cost, problem.design.seconds_per_entry
    min_seconds = SMALL_TRIAL_SECONDS if has_small_gram(problem) else MIN_SECONDS
    if settings.exact and is_warm:      # near a solution exact steps pay soon
        min_seconds = 0.0
    budget = max(min_seconds, GRAM_SHARE * gram_seconds(problem) if method == "gram" else
                 problem.design.passes_of_descent * pass_seconds(problem))
    n_visits = max(1, min(n_strong, problem.matrix.n_samples // 2))
    max_epochs = max(MIN_TRIAL_EPOCHS, int(budget / (n_visits * cost * 2.0 * seconds)))
    seconds_to_prepare = SECONDS_TO_PREPARE + PREPARING_PASSES * pass_seconds(problem)
    min_visits = max(1, int(seconds_to_prepare / (SECONDS_PER_VISIT + 2.0 * cost * seconds)))
    return Stage("trial", 0, n_positive, min(settings.max_iter, max_epochs), min_visits)


def further_epochs(problem: Problem, stage: Stage, point: PathPoint, since: Look, goal: float) -> int:
    """How many epochs a trial goes on for that has not met the goal; 0 where exact steps are expected to cost less.

    since is the last look: gaps are expected to go on falling at the same rate.
    """
    size = len(point.rows)
    worth = exact_epochs(problem, size)
    if worth > stage.max_epochs:
        return worth - point.n_epochs
    left, limit = stage.max_epochs - point.n_epochs, min(since.gap, HOPELESS_GAP * problem.sq_target)
    if left <= 0 or not 0.0 < goal < point.gap < limit:
        return 0
    share = math.log(point.gap / goal) / math.log(since.gap / point.gap)
    expected = int(SAFETY * (point.n_epochs - since.n_epochs) * share)
    is_slow = is_dense_and_wide(problem) and expected * epoch_seconds(problem, size) > (
        exact_seconds(problem, size) + SECONDS_TO_PREPARE + PASSES_AFTER_TRIAL * pass_seconds(problem))
    if expected > left or is_slow and abs(size - since.n_nonzero) <= SETTLED_SHARE * size:
        return 0
    return min(left, FIRST_LOOK if is_slow else max(FIRST_LOOK, min(expected, point.n_epochs)))


def exact_epochs(problem: Problem, size: int) -> int:
    """How many epochs over so many columns cost as much as exact steps on them."""
    return int(exact_seconds(problem, size) / epoch_seconds(problem, max(1, size)))


def epoch_seconds(problem: Problem, size: int) -> float:
    """The time of an epoch over so many columns."""
    cost, design = problem.matrix.cost, problem.design
    is_far = design.can_gather and size * cost > NEAR_ENTRIES
    return size * (SECONDS_PER_VISIT + cost * design.seconds_per_entry_of_visit * (FAR_VISIT if is_far else 1.0))


def exact_seconds(problem: Problem, size: int) -> float:
    """The time of the Gram matrix of so many columns and its factor."""
    return size**2 * (problem.matrix.cost + size) * SECONDS_PER_GRAM_PRODUCT


def folds_gain(problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings) -> bool:
    """Whether folds of a problem gain by solving their paths in lockstep, with shared scans."""
    n_positive = count_positive(grid)
    if n_positive <= MAX_SINGLE_FITS or choose_method(problem, n_positive, settings, l1_ratio) != "working_set":
        return False
    if without_block_bounds(problem) is not None:       # such folds are solved twice where a bound is broken
        return False
    return problem.matrix.cost * len(problem.features) > LARGE_SIZE_FOR_FOLDS
