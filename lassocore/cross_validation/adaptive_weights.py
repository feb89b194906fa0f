# Lives here: initial estimates, which weight the penalties of the adaptive lasso. Independent of: storage, kernels.
"""Ridge regression or the lasso, cross-validated over the folds that also choose the final alpha."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lassocore.cross_validation.fold_gram import errors_of_sums
from lassocore.cross_validation.folds import Data, Fold, held_out_errors
from lassocore.cross_validation.ridge import RidgeData, ridge_data, ridge_path
from lassocore.cross_validation.select import (
    FoldResult,
    JobRunner,
    choose,
    mean_coefs,
    prepare,
    solve_any_path,
    up_to_common_alpha,
)
from lassocore.datafits.quadratic import Response
from lassocore.penalties.elastic_net import PenaltyShape
from lassocore.problems.problem import Problem, problem_of_moments
from lassocore.progress import QUIET
from lassocore.results.path_result import PathResult
from lassocore.solvers.settings import Settings
from lassocore.utils.powers_of_two import MIN_NORMAL, OutOfRange, times_power

N_ALPHAS = 51
RIDGE_RANGE = (1e5, 1e-5)           # of the alphas of ridge regression, over the mean variance of the columns


class InitialEstimate(NamedTuple):
    """Coefficients from all rows and from the training rows of each fold, their alpha, and the paths behind them."""

    coef: np.ndarray
    fold_coefs: list[np.ndarray]
    alpha: float | None
    paths: list[PathResult]
    stopped: bool = False           # whether a callback ended the path of a fold


def lasso_estimate(data: Data, problem: Problem, folds: list[Fold], settings: Settings, run: Callable, report,
                   n_threads: int) -> InitialEstimate:
    """The lasso with the alpha of least held-out error; a fold's coefficients come from its own path.

    problem is that of all rows. run(work, jobs) runs the jobs; tasks 0 to len(folds) of the report are theirs and that
    of the fit to all rows.
    """
    problem, (grid,), sums = prepare(data, problem, folds, [1.0], N_ALPHAS, 1e-3, settings, n_threads)
    reports = reports_of_folds(report, folds, grid)
    results = run(JobRunner(data, settings, sums, None).run,
                  [(fold, 1.0, grid, task) for fold, task in zip(folds, reports, strict=True)])
    best = best_alpha(grid, results)
    paths = [result.path for result in results]
    start = mean_coefs(paths, best, data.X.shape[1])
    with report.task(len(folds), "pilot", 1) as task:
        final = solve_any_path(problem, [grid[best]], 1.0, replace(settings, callback=task.on_level), start)
    return InitialEstimate(
        final.coef_of(0), [path.coef_of(best) for path in paths], float(grid[best]), [*paths, final],
        any(path.stopped for path in paths))


def ridge_estimate(data: Data, problem: Problem, folds: list[Fold], settings: Settings, run: Callable, report,
                   n_threads: int) -> InitialEstimate:
    """The same by ridge regression, without the bounds."""
    ridge = ridge_data(data, problem, folds)
    grid = ridge_alpha_unit(problem) * np.geomspace(*RIDGE_RANGE, N_ALPHAS)
    reports = reports_of_folds(report, folds, grid)
    results = run(fold_ridge, [
        (ridge, fold, grid, task) for fold, task in zip(folds, reports, strict=True)])
    best = best_alpha(grid, results)
    with report.task(len(folds), "pilot", 1) as task:
        final = ridge_path(ridge.problem(None), grid[best:best + 1], task.on_level)
    return InitialEstimate(
        ridge.restored(final.coef_of(0)), [ridge.restored(result.path.coef_of(best)) for result in results],
        float(grid[best]), [], any(result.path.stopped for result in results))


def given_estimate(coef: np.ndarray, folds: list[Fold]) -> InitialEstimate:
    """The same coefficients for all rows and all folds."""
    return InitialEstimate(coef, [coef] * len(folds), None, [])


def reports_of_folds(report, folds: list[Fold], grid: np.ndarray) -> list[Any]:
    """The report of each fold's path."""
    return [report.task(k, f"pilot, fold {fold.number}", len(grid)) for k, fold in enumerate(folds)]


def fold_ridge(ridge: RidgeData, fold: Fold, grid: np.ndarray, report=QUIET) -> FoldResult:
    """The ridge path of a fold and its held-out errors."""
    problem = ridge.problem(fold)
    with report:
        path = ridge_path(problem, grid, report.on_level)
    errors = None if ridge.sums is None else errors_of_sums(ridge.sums, fold, problem, path)
    return FoldResult(path, held_out_errors(ridge.data, fold, problem, path) if errors is None else errors, None)


def ridge_alpha_unit(problem: Problem) -> float:
    """Mean variance of the penalised columns over their penalty factors; 1 if there are none."""
    columns = np.setdiff1d(problem.features, problem.unpenalised, assume_unique=True)
    if len(columns) == 0:
        return 1.0
    with np.errstate(over="ignore"):            # refused below
        unit = float((problem.sq_norms[columns] / problem.l2_factor[columns]).mean() / problem.total_weight)
    if problem.scaling is None:
        return unit
    _, l2_exponent = problem.scaling.penalty_exponents
    unit = float(times_power(unit, -l2_exponent))
    largest, smallest = RIDGE_RANGE
    if not MIN_NORMAL < unit * smallest < unit * largest < np.inf:
        raise OutOfRange("alphas of a ridge pilot, in units of the squares of X, are beyond what a float holds; "
                         "rescale the columns of X, or use pilot='lasso'")
    return unit


def best_alpha(grid: np.ndarray, results: list[FoldResult]) -> int:
    """Position of the alpha with the least mean held-out error, among those that all folds have reached."""
    grids, results = up_to_common_alpha([grid], results)
    return choose("min", grids, -np.array([result.errors for result in results]).T[None]).alpha


def with_penalty(problem: Problem, X, penalty: PenaltyShape) -> Problem:
    """The same data with another penalty; the norms and correlations of X are kept."""
    response = Response(problem.target, problem.sq_target, problem.sq_deviation, problem.y_mean)
    return replace(problem_of_moments(problem.matrix, X, response, problem.sq_norms, problem.correlations, penalty,
                              problem.fit_intercept), weight_unit=problem.weight_unit)


def adaptive_factor(factor: np.ndarray, coef: np.ndarray, gamma: float) -> np.ndarray:
    """factor / |coef|^gamma: inf where coef is 0, 0 where factor is 0."""
    with np.errstate(divide="ignore", over="ignore"):
        weight = np.abs(coef) ** -gamma
    return np.where(factor == 0.0, 0.0, factor * np.where(factor == 0.0, 1.0, weight))


def deviations(data: Data, fold: Fold | None) -> np.ndarray:
    """Standard deviations of the columns over all rows, or over a fold's training rows."""
    penalty, scaling = PenaltyShape(np.ones(data.X.shape[1]), None, None, True), data.scaling
    data = data._replace(penalty=penalty)
    problem = data.problem(data.weights if fold is None else fold.train_weights(data))
    found = np.where(np.isfinite(problem.l1_factor), problem.l1_factor, 0.0)
    return found if scaling is None else times_power(found, scaling.columns)
