# Lives here: ridge regression by factorisation, with few rows or few columns. Independent of: the lasso.
"""Exact ridge paths on the Gram matrix of the columns, or of as many combinations of them as there are rows."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lassocore.cross_validation.fold_gram import FoldSums, fold_sums, problem_of_fold
from lassocore.cross_validation.folds import Data, Fold
from lassocore.designs.gram_matrix import gram_of_rows
from lassocore.paths.fit_path import path_of_batches
from lassocore.penalties.elastic_net import PenaltyShape
from lassocore.problems.problem import Problem
from lassocore.results.path_batch import PathBatch, batch_of, of_minimum_norm
from lassocore.results.path_info import LevelInfo
from lassocore.results.path_point import PathPoint
from lassocore.results.path_result import PathResult
from lassocore.solvers.penalty_grid import ridge_of
from lassocore.solvers.settings import Settings
from lassocore.utils.interruptible import run_interruptibly
from lassocore.utils.powers_of_two import times_power

MAX_COLUMNS = 6000                  # or rows, whichever are fewer, of a dense Gram matrix
PRECISION = 4 * np.finfo(float).eps


def ridge_path(problem: Problem, alphas: np.ndarray, callback: Callable[[LevelInfo], Any] | None = None) -> PathResult:
    """Minimises 1/(2 S) ||y0 - Xw||_s^2 + alpha/2 sum_j v_j w_j^2 for alphas above 0, without bounds or gaps."""
    return path_of_batches(problem, alphas, 0.0, Settings(callback=callback), ridge_levels(problem, alphas))


def ridge_levels(problem: Problem, alphas: np.ndarray) -> Iterator[PathBatch]:
    """The solutions at all alphas from one factorisation."""
    columns, unpenalised = problem.features, problem.unpenalised
    gram, q = problem.design.gram(columns), problem.correlations[columns]
    free = np.searchsorted(columns, unpenalised)
    others = np.setdiff1d(np.arange(len(columns)), free, assume_unique=True)
    with np.errstate(over="ignore"):            # infinite for a column whose coefficient is 0 to all digits
        roots = np.sqrt(ridge_of(problem, columns[others], 1.0, 0.0))
    inverse = run_interruptibly(
        partial(np.linalg.pinv, hermitian=True), gram[np.ix_(free, free)], n_products=float(len(free)) ** 3)
    inner = inverse @ np.column_stack([q[free], gram[np.ix_(free, others)]])
    reduced = gram[np.ix_(others, others)] - gram[np.ix_(others, free)] @ inner[:, 1:]
    squares, V = run_interruptibly(
        np.linalg.eigh, reduced / np.outer(roots, roots), n_products=float(len(roots)) ** 3)
    image = V.T @ ((q[others] - gram[np.ix_(others, free)] @ inner[:, 0]) / roots)
    for k, alpha in enumerate(alphas):
        w = np.empty(len(columns))
        w[others] = V @ (image / (np.maximum(squares, 0.0) + alpha)) / roots
        w[free] = inner[:, 0] - inner[:, 1:] @ w[others]
        sq_residual = max(0.0, float(problem.sq_target - w @ (2.0 * q - gram @ w)))
        point = PathPoint(index=k, rows=columns, values=w, gap=np.nan, sq_residual=sq_residual, converged=True,
                          method="ridge", n_newton=1, n_working=len(columns))
        yield of_minimum_norm(problem, batch_of(point))


@dataclass(frozen=True)
class RidgeData:
    """Data with at most as many columns as rows and the same ridge regression as the original data."""

    data: Data
    sums: FoldSums | None
    restored: Callable[[np.ndarray], np.ndarray]    # coefficients -> those of the original data

    def problem(self, fold: Fold | None) -> Problem:
        """The problem of a fold's training rows, or of all rows."""
        if fold is None:
            return self.data.problem(self.data.weights)
        if self.sums is None:
            return self.data.problem(fold.train_weights(self.data))
        return problem_of_fold(self.data, self.sums, fold)


def ridge_data(data: Data, problem: Problem, folds: Sequence[Fold], pool=None) -> RidgeData:
    """Data for ridge regression; problem is that of all rows."""
    n, p = data.X.shape
    if min(n, p) > MAX_COLUMNS:
        raise ValueError(f"pilot='ridge' needs the products of {min(n, p)} columns or rows with each other, more than "
                         f"{MAX_COLUMNS}; use pilot='lasso', or give the coefficients of a pilot")
    free = data.penalty._replace(lower=None, upper=None, uniform=False)
    if p > n:
        data, restored = with_few_columns(data, problem)
    else:
        data, restored = data._replace(penalty=free), np.asarray
    if not folds or not problem.design.has_rows and p <= n:
        return RidgeData(data, None, restored)
    return RidgeData(data, fold_sums(data, data.problem(data.weights), list(folds), pool), restored)


def with_few_columns(data: Data, problem: Problem) -> tuple[Data, Callable[[np.ndarray], np.ndarray]]:
    """Penalised columns Z D^(-1/2) = U S V', D the penalty factors, replaced by U S: ridge does not depend on V.

    Z is unweighted; docs/math.md, section 17.
    """
    n, p = data.X.shape
    plain = data._replace(penalty=PenaltyShape(np.ones(p), None, None, False)).problem(None)
    unpenalised = problem.unpenalised
    penalised = np.setdiff1d(problem.features, unpenalised, assume_unique=True)
    factor = problem.l2_factor[penalised]
    gram = gram_of_rows(plain.matrix, penalised, factor)
    squares, U = run_interruptibly(np.linalg.eigh, gram, n_products=float(n) ** 3)
    nonzero = squares > max(squares[-1], 0.0) * PRECISION * n
    roots, U = np.sqrt(squares[nonzero]), U[:, nonzero]
    X = np.asfortranarray(np.hstack([U * roots, plain.matrix.gather(unpenalised)]))
    scaling = data.scaling
    few = PenaltyShape(np.repeat([1.0, 0.0], [len(roots), len(unpenalised)]), None, None, False)
    if scaling is not None:
        few = few._replace(scaling=scaling._replace(columns=np.zeros(X.shape[1], np.intp)))

    def restored(theta: np.ndarray) -> np.ndarray:
        w = np.zeros(p)
        w[unpenalised] = theta[len(roots):]
        w[penalised] = plain.matrix.scan_residual(penalised, U @ (theta[:len(roots)] / roots)) / factor
        return w if scaling is None else times_power(w, -scaling.columns)

    return Data(X, data.y, data.weights, few, data.fit_intercept), restored
