# Lives here: ridge regression by factorisation, with few rows or few columns. Independent of: why it is wanted.
"""Exact ridge paths: on the Gram matrix of the columns, or of as many combinations of them as there are rows."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lassocore.cross_validation.fold_gram import FoldSums, fold_sums, problem_of_fold
from lassocore.cross_validation.folds import Data, Fold
from lassocore.paths.fit_path import path_of_levels
from lassocore.penalties.elastic_net import PenaltyShape
from lassocore.problems.problem import Problem
from lassocore.results.path_info import LevelInfo
from lassocore.results.path_point import PathPoint
from lassocore.results.path_result import PathResult
from lassocore.solvers.driver import of_minimum_norm
from lassocore.solvers.penalty_grid import ridge_of
from lassocore.solvers.settings import Settings
from lassocore.utils.interruptible import inner_products, run_interruptibly
from lassocore.utils.powers_of_two import times_power

MAX_COLUMNS = 6000                  # or rows, whichever are fewer: their products and a factor are dense
BLOCK_NUMBERS = 20_000_000          # of gathered columns
PRECISION = 4 * np.finfo(float).eps


def ridge_path(problem: Problem, alphas: np.ndarray, callback: Callable[[LevelInfo], Any] | None = None) -> PathResult:
    """Minimises 1/(2 S) ||y0 - Xw||_s^2 + alpha/2 sum_j v_j w_j^2 at every alpha above 0, bounds aside; no gaps."""
    return path_of_levels(problem, alphas, 0.0, Settings(callback=callback), ridge_levels(problem, alphas))


def ridge_levels(problem: Problem, alphas: np.ndarray) -> Iterator[PathPoint]:
    """All alphas from one factorisation."""
    columns, always = problem.features, problem.unpenalised
    gram, q = problem.design.gram(columns), problem.correlations[columns]
    at = np.searchsorted(columns, always)
    others = np.setdiff1d(np.arange(len(columns)), at, assume_unique=True)
    roots = np.sqrt(ridge_of(problem, columns[others], 1.0, 0.0))
    inverse = run_interruptibly(
        partial(np.linalg.pinv, hermitian=True), gram[np.ix_(at, at)], n_products=float(len(at)) ** 3)
    inner = inverse @ np.column_stack([q[at], gram[np.ix_(at, others)]])
    reduced = gram[np.ix_(others, others)] - gram[np.ix_(others, at)] @ inner[:, 1:]
    squares, V = run_interruptibly(
        np.linalg.eigh, reduced / np.outer(roots, roots), n_products=float(len(roots)) ** 3)
    image = V.T @ ((q[others] - gram[np.ix_(others, at)] @ inner[:, 0]) / roots)
    for k, alpha in enumerate(alphas):
        w = np.empty(len(columns))
        w[others] = V @ (image / (np.maximum(squares, 0.0) + alpha)) / roots
        w[at] = inner[:, 0] - inner[:, 1:] @ w[others]
        sq_residual = max(0.0, float(problem.sq_target - w @ (2.0 * q - gram @ w)))
        level = PathPoint(k, columns, w, np.nan, sq_residual, True, "ridge", 0, 1, len(columns), 0, 0.0)
        yield of_minimum_norm(problem, level)


@dataclass(frozen=True)
class RidgeData:
    """Data with as few columns as rows, on which ridge regression is what it is on the data themselves."""

    data: Data
    sums: FoldSums | None
    restored: Callable[[np.ndarray], np.ndarray]    # coefficients on these data -> on the data themselves

    def problem(self, fold: Fold | None) -> Problem:
        """That of a fold's training rows, or of all rows."""
        if fold is None:
            return self.data.problem(self.data.weights)
        if self.sums is None:
            return self.data.problem(fold.train_weights(self.data))
        return problem_of_fold(self.data, self.sums, fold)


def ridge_data(data: Data, problem: Problem, folds: Sequence[Fold], pool=None) -> RidgeData:
    """Data for ridge regression, problem being that of all rows."""
    n, p = data.design.shape
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
    """Penalised columns Z D^(-1/2) = U S V', D the penalty factors, replaced by U S: V is what ridge need not know.

    Z is gathered without weights, a block of columns at a time. docs/math.md, section 17.
    """
    n, p = data.design.shape
    plain = data._replace(penalty=PenaltyShape(np.ones(p), None, None, False)).problem(None)
    always = problem.unpenalised
    penalised = np.setdiff1d(problem.features, always, assume_unique=True)
    factor, products = problem.l2_factor[penalised], np.zeros((n, n))
    width = max(1, BLOCK_NUMBERS // n)
    for start in range(0, len(penalised), width):
        Z = plain.matrix.gather(penalised[start:start + width]) / np.sqrt(factor[start:start + width])
        products += inner_products(Z.T, Z.T)
    squares, U = run_interruptibly(np.linalg.eigh, products, n_products=float(n) ** 3)
    kept = squares > max(squares[-1], 0.0) * PRECISION * n
    roots, U = np.sqrt(squares[kept]), U[:, kept]
    design = np.asfortranarray(np.hstack([U * roots, plain.matrix.gather(always)]))
    scaling = data.scaling
    few = PenaltyShape(np.repeat([1.0, 0.0], [len(roots), len(always)]), None, None, False)
    if scaling is not None:
        few = few._replace(scaling=scaling._replace(columns=np.zeros(design.shape[1], np.intp)))

    def restored(theta: np.ndarray) -> np.ndarray:
        w = np.zeros(p)
        w[always] = theta[len(roots):]
        w[penalised] = plain.matrix.scan_residual(penalised, U @ (theta[:len(roots)] / roots)) / factor
        return w if scaling is None else times_power(w, -scaling.columns)

    return Data(design, data.y, data.weights, few, data.fit_intercept), restored
