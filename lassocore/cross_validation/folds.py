# Lives here: folds as row weights of one X, their problems and held-out errors. Independent of: solvers.
"""A fold is a weight for each row: its multiplicity in the training set times its sample weight."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import check_cv

from lassocore._isa import core
from lassocore.datafits.quadratic import Quadratic
from lassocore.designs.design import core_matrix
from lassocore.penalties.elastic_net import PenaltyShape
from lassocore.problems.multi_task import make_multi_task_problem
from lassocore.problems.problem import Problem, make_problem
from lassocore.problems.rescaling import check_coefficients, in_problem_units, rescaled
from lassocore.results.tables import on_joint_support
from lassocore.utils.arguments import is_number, shortened
from lassocore.utils.powers_of_two import OutOfRange, Scaling

BLOCK_NUMBERS = 500_000             # in a block of held-out rows


class Data(NamedTuple):
    """Data that all folds share, without copies."""

    X: Any                          # canonical, as `as_canonical` returns it
    y: np.ndarray                   # (n_samples,), or (n_samples, n_tasks)
    weights: np.ndarray | None
    penalty: PenaltyShape
    fit_intercept: bool
    given: tuple[Any, np.ndarray] | None = None     # the given (X, y), if this is a scaled copy

    @property
    def n_numbers(self) -> int:
        """Numbers stored in X."""
        return self.X.size

    def problem(self, weights: np.ndarray | None) -> Problem:
        """The problem with these weights, from one pass over X."""
        make = make_problem if self.y.ndim == 1 else make_multi_task_problem
        return make(self.X, self.y, weights, self.penalty, self.fit_intercept)

    def in_range(self) -> tuple[Data, Problem]:
        """(the data, scaled by powers of two where squares over- or underflow; their problem)."""
        try:
            problem = self.problem(self.weights)
            check_coefficients(problem)
            return self, problem
        except OutOfRange:
            X, y, weights, penalty = rescaled(self.X, self.y, self.weights, self.penalty)
            data = self._replace(X=X, y=y, penalty=penalty, given=(self.X, self.y))
            return data, data.problem(weights)

    @property
    def scaling(self) -> Scaling | None:
        """The scaling of X and y."""
        return self.penalty.scaling


@dataclass(frozen=True)
class Fold:
    """Row numbers of one split, repeated as the splitter repeats them."""

    number: int
    train: np.ndarray
    test: np.ndarray

    def train_weights(self, data: Data) -> np.ndarray:
        """Weights of the training problem; 0 for other rows."""
        return weights_of(self.train, data)

    def test_weights(self, data: Data) -> np.ndarray:
        """Weights of the held-out rows, in their order."""
        return np.ones(len(self.test)) if data.weights is None else data.weights[self.test]


def weights_of(rows: np.ndarray, data: Data) -> np.ndarray:
    """Sample weights times the multiplicity of each row among these rows."""
    counts = np.bincount(rows, minlength=len(data.y)).astype(np.float64)
    return counts if data.weights is None else counts * data.weights


def as_splitter(cv: Any) -> Any:
    """scikit-learn's splitter for cv; the number of the fold of each row, glmnet's foldid, is none."""
    if cv is not None and not is_number(cv) and (isinstance(cv, type) or not hasattr(cv, "split") or isinstance(
            cv, str | bytes)):
        cv = _pairs(cv)
    return check_cv(cv)


def _pairs(cv: Any) -> list[tuple[Any, Any]]:
    """The pairs of an iterable."""
    if isinstance(cv, str | bytes | type) or not hasattr(cv, "__iter__"):
        raise ValueError(f"cv={shortened(cv)} must be a number of folds, a splitter or an iterable of (training rows, "
                         "held-out rows)")
    found = list(cv)
    if found and is_number(found[0]):
        raise ValueError("cv holds numbers, not pairs (training rows, held-out rows); if they are the folds of rows, "
                         "pass PredefinedSplit(cv) of sklearn.model_selection")
    return [_pair(number, split) for number, split in enumerate(found)]


def _pair(number: int, split: Any) -> tuple[Any, Any]:
    """(training rows, held-out rows)"""
    try:
        train, test = split
    except (TypeError, ValueError):
        raise ValueError(f"fold {number} of cv is {shortened(split)}, not a pair (training rows, held-out rows)"
                         ) from None
    return train, test


def as_folds(splits: Iterable, data: Data) -> list[Fold]:
    """The splits of a cross-validation generator, checked: each side has rows with weight."""
    folds = [as_fold(number, split, len(data.y)) for number, split in enumerate(splits)]
    if not folds:
        raise ValueError("cv yields no split; pass a splitter, a number of folds or an iterable with at least one")
    for fold in folds:
        for side, rows in (("training", fold.train), ("held-out", fold.test)):
            if len(rows) == 0:
                raise ValueError(f"fold {fold.number} of cv has no {side} rows")
            if data.weights is not None and not data.weights[rows].any():
                raise ValueError(f"sample_weight is zero for all {side} rows of fold {fold.number} of cv; give one of "
                                 "them a positive weight, or leave the fold out")
    return folds


def as_fold(number: int, split: Any, n_samples: int) -> Fold:
    """One split, checked."""
    train, test = _pair(number, split)
    return Fold(number, as_rows(train, f"training rows of fold {number} of cv", n_samples),
                as_rows(test, f"held-out rows of fold {number} of cv", n_samples))


def as_rows(rows: Any, name: str, n_samples: int) -> np.ndarray:
    """Row numbers from row numbers, a mask of all rows, or a slice."""
    if not isinstance(rows, slice):
        rows = np.asarray(rows)
        is_mask = rows.dtype == bool and rows.shape == (n_samples,)
        if not (is_mask or rows.ndim == 1 and (rows.dtype.kind in "iu" or rows.size == 0)):
            raise ValueError(f"{name} have dtype {rows.dtype} and shape {rows.shape}; pass a vector of row numbers, or "
                             f"a mask of shape ({n_samples},)")
        wrong = rows[:0] if is_mask else rows[(rows < -n_samples) | (rows >= n_samples)]
        if len(wrong):
            raise ValueError(f"{name} include {wrong[0]}; rows are numbered from 0 to {n_samples - 1}, or from the end "
                             "by negative numbers")
        rows = rows if is_mask else rows.astype(np.intp)
    return np.arange(n_samples)[rows]


def held_out_errors(data: Data, fold: Fold, problem: Problem, path) -> np.ndarray:
    """Weighted mean square of the held-out residuals of each model, averaged over tasks, in units of the data's y."""
    path = in_problem_units(path, data.scaling)
    weights = fold.test_weights(data)
    squares = (errors_of_rows if problem.design.has_rows else errors_of_columns)(data, fold, problem, path)
    means = weights @ squares.reshape(len(weights), -1) / weights.sum()
    return means.reshape(len(path.alphas), -1).mean(axis=1)


def errors_of_rows(data: Data, fold: Fold, problem: Problem, path) -> np.ndarray:
    """Squares of y - y_mean - (x - means)'w, from blocks of rows of the joint support.

    The shape is (n_test, n_alphas), with a further axis for several tasks.
    """
    support, coefs = on_joint_support(path)
    n_models = int(np.prod(coefs.shape[1:]))
    means, flat = problem.means[support], coefs.reshape(len(support), n_models)
    n_rows = max(1, BLOCK_NUMBERS // max(len(support), n_models))
    squares = np.empty((len(fold.test), *coefs.shape[1:]))
    for start in range(0, len(fold.test), n_rows):
        rows = fold.test[start:start + n_rows]
        fitted = (data.X[np.ix_(rows, support)] - means) @ flat
        loss = Quadratic((data.y[rows] - problem.y_mean)[:, None])
        squares[start:start + n_rows] = loss.deviance(fitted.reshape(len(rows), *coefs.shape[1:]))
    return squares


def errors_of_columns(data: Data, fold: Fold, problem: Problem, path) -> np.ndarray:
    """The same from sparse columns: one residual over all rows for each model and task."""
    matrix = core_matrix(data.X, None)
    targets = data.y.reshape(len(data.y), -1)
    squares = np.empty((len(fold.test), len(path.alphas), targets.shape[1]))
    for k, (support, values) in enumerate(models_of(path)):
        tasks = zip(targets.T, np.ravel(path.intercepts[..., k]), values.reshape(len(support), targets.shape[1]).T,
                    strict=True)
        for task, (y, intercept, w) in enumerate(tasks):
            residual = core.residual_of(matrix, y - intercept, support, np.ascontiguousarray(w))
            squares[:, k, task] = residual[fold.test] ** 2
    return squares


def models_of(path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(ascending features, values) of the nonzero coefficients at each alpha."""
    features, values, counts = path.entries
    features, values, ends = features.astype(np.intp), values.astype(np.float64), np.cumsum(counts).tolist()
    return ((features[start:end], values[start:end]) for start, end in zip([0, *ends], ends, strict=False))


def dense_models_of(path, n_features: int) -> Iterator[np.ndarray]:
    """Float64 coefficients at each alpha: (n_features,), or (n_tasks, n_features)."""
    for model in models_of(path):
        yield as_dense(*model, n_features)


def dense_model_of(path, index: int, n_features: int) -> np.ndarray:
    """The same at one alpha."""
    return as_dense(*next(islice(models_of(path), index, None)), n_features)


def as_dense(support: np.ndarray, values: np.ndarray, n_features: int) -> np.ndarray:
    """The dense coefficients of a model."""
    coefs = np.zeros((n_features, *values.shape[1:]))
    coefs[support] = values
    return coefs.T
