# Lives here: folds as weights over one X, their problems and held-out errors. Must not know: alpha, how paths are solved.
"""A fold is a weight for each row: how often its training set holds the row, times the sample weight."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.results import PathResult
from lassocore.validation import PenaltyShape, Problem, pose, wrap

BLOCK_NUMBERS = 500_000             # of held-out rows that are gathered at a time


class Data(NamedTuple):
    """What all folds share: nothing of it is copied or changed for one."""

    design: Any                     # as validation.as_design leaves it
    y: np.ndarray
    weights: np.ndarray | None
    penalty: PenaltyShape
    fit_intercept: bool

    def problem(self) -> Problem:
        """That of all rows."""
        return pose(self.design, self.y, self.weights, self.penalty, self.fit_intercept)


@dataclass(frozen=True)
class Fold:
    """Row numbers of one split, repeated where the splitter repeats them."""

    number: int
    train: np.ndarray
    test: np.ndarray

    def train_weights(self, data: Data) -> np.ndarray:
        """Weights of the training problem; 0 for rows that it does not hold."""
        return weights_of(self.train, data)

    def test_weights(self, data: Data) -> np.ndarray:
        """Weights of the held-out rows, in their order."""
        return np.ones(len(self.test)) if data.weights is None else data.weights[self.test]

    def problem(self, data: Data) -> Problem:
        """The training problem, from a pass over all of X."""
        return pose(data.design, data.y, self.train_weights(data), data.penalty, data.fit_intercept)


def weights_of(rows: np.ndarray, data: Data) -> np.ndarray:
    """Sample weights times how often these rows name each row."""
    counts = np.bincount(rows, minlength=len(data.y)).astype(np.float64)
    return counts if data.weights is None else counts * data.weights


def as_folds(splits: Iterable, data: Data) -> list[Fold]:
    """The splits of a cross-validation generator, checked: each side has rows with weight."""
    everything = np.arange(len(data.y))
    folds = [Fold(number, everything[train], everything[test]) for number, (train, test) in enumerate(splits)]
    if not folds:
        raise ValueError("cv yields no split; pass a splitter, a number of folds or an iterable with at least one")
    for fold in folds:
        for side, rows in (("training", fold.train), ("held-out", fold.test)):
            if len(rows) == 0:
                raise ValueError(f"fold {fold.number} of cv has no {side} rows")
            if data.weights is not None and not data.weights[rows].any():
                raise ValueError(f"sample_weight is zero for all {side} rows of fold {fold.number} of cv; give at least "
                                 "one of them a positive weight, or leave the fold out")
    return folds


def held_out_errors(data: Data, fold: Fold, problem: Problem, path: PathResult) -> np.ndarray:
    """Weighted mean square of the held-out residuals of each model of a fold's path."""
    weights = fold.test_weights(data)
    by_rows = errors_of_rows if problem.matrix.storage != "sparse" else errors_of_columns
    return by_rows(data, fold, problem, path) @ weights / weights.sum()


def errors_of_rows(data: Data, fold: Fold, problem: Problem, path: PathResult) -> np.ndarray:
    """(n_alphas, n_test) squares of y - y_mean - (x - means)'w, block of rows by block, over the joint support alone."""
    support, coefs = on_joint_support(path)
    means = problem.means[support]
    n_rows = max(1, BLOCK_NUMBERS // max(1, len(support)))
    squares = np.empty((len(path.alphas), len(fold.test)))
    for start in range(0, len(fold.test), n_rows):
        rows = fold.test[start:start + n_rows]
        fitted = (data.design[np.ix_(rows, support)] - means) @ coefs
        squares[:, start:start + n_rows] = ((data.y[rows] - problem.y_mean)[:, None] - fitted).T ** 2
    return squares


def errors_of_columns(data: Data, fold: Fold, problem: Problem, path: PathResult) -> np.ndarray:
    """The same from sparse columns: one residual over all rows for each model."""
    matrix = wrap(data.design, None)
    squares = np.empty((len(path.alphas), len(fold.test)))
    for k, (support, values) in enumerate(columns_of(path)):
        squares[k] = core.residual_of(matrix, data.y - path.intercepts[k], support, values)[fold.test] ** 2
    return squares


def on_joint_support(path: PathResult) -> tuple[np.ndarray, np.ndarray]:
    """(the features that are not 0 at every alpha, their coefficients with a column for each alpha)."""
    sparse = path.coefs_sparse
    support, positions = np.unique(sparse.indices, return_inverse=True)
    coefs = np.zeros((len(support), len(path.alphas)))
    coefs[positions, np.repeat(np.arange(len(path.alphas)), path.n_nonzero)] = sparse.data
    return support, coefs


def columns_of(path: PathResult) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rising indices, values) of the coefficients at each alpha."""
    coefs = path.coefs_sparse
    ends = np.cumsum(path.n_nonzero)[:-1]
    return zip(np.split(coefs.indices.astype(np.intp), ends), np.split(coefs.data.astype(np.float64), ends),
               strict=True)
