# Lives here: sums over the rows of folds, problems on their Gram matrices. Independent of: alpha, splitters.
"""Many rows, few columns: the Gram matrices of all folds from one pass over X; docs/math.md, section 14."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from lassocore.cross_validation.folds import Data, Fold
from lassocore.datafits.quadratic import as_response
from lassocore.designs.design import core_matrix, measure
from lassocore.designs.gram_matrix import centres_afterwards, row_blocks
from lassocore.problems.problem import Problem, problem_of_moments
from lassocore.problems.rescaling import in_problem_units
from lassocore.results.path_result import PathResult
from lassocore.results.tables import on_joint_support
from lassocore.utils import threads
from lassocore.utils.interruptible import inner_products

MAX_GRAM_NUMBERS = 8_000_000        # in the Gram matrices of all classes of rows,
MAX_OF_X = 1.0                      # or this share of those in X
MIN_RUN = 64                        # mean length of runs of rows of one class that are multiplied without a copy
MAX_PARTS = 4                       # partial sums, for any number of threads
MAX_CANCELLED = 1e4                 # maximum cancellation: a sum over the squared norm left after subtraction,
MAX_CANCELLED_ERROR = 1e4           # or over the sum of squared errors left


class Sums(NamedTuple):
    """Weighted sums over rows of z = x - reference and e = y - reference, with or without an axis of classes."""

    weight: Any
    z: np.ndarray
    e: Any
    ze: np.ndarray
    ee: Any
    zz: np.ndarray

    def combined(self, counts: np.ndarray) -> Sums:
        """The sum over classes, each multiplied by its count."""
        present = np.flatnonzero(counts)
        if len(present) == 1 and counts[present[0]] == 1.0:
            return Sums(*(part[present[0]] for part in self))
        return Sums(*((counts @ part.reshape(len(counts), -1)).reshape(part.shape[1:]) for part in self))


@dataclass(frozen=True)
class FoldSums:
    """Sums over classes of rows; a class consists of rows that occur equally often in each fold.

    With in_train None, all rows form one class, and a fold's sums are the total minus those of its complement.
    """

    reference: np.ndarray           # subtracted from the rows of X; zeros without an intercept
    y_reference: float
    classes: Sums
    in_train: np.ndarray | None     # (n_folds, n_classes): multiplicity of each class in the training set
    in_test: np.ndarray | None


def fold_sums(data: Data, problem: Problem, folds: list[Fold], pool=None) -> FoldSums:
    """The sums of all folds from one pass over a dense X; problem is that of all rows."""
    n_samples, n_features = data.X.shape
    in_train: np.ndarray | None
    in_test: np.ndarray | None
    labels, in_train, in_test = classes_of_rows(folds, n_samples)
    n_classes = in_train.shape[1]
    if n_classes * n_features**2 > max(MAX_GRAM_NUMBERS, MAX_OF_X * n_samples * n_features):
        labels, n_classes, in_train, in_test = np.zeros(n_samples, np.intp), 1, None, None
    in_runs = MIN_RUN * np.count_nonzero(np.diff(labels)) < n_samples
    uncentred = in_runs and centres_afterwards(problem.matrix, problem.sq_norms, problem.features)
    reference = np.zeros(n_features) if uncentred else problem.means
    sums = sum_rows(data, reference, problem.y_mean, labels, n_classes, pool)
    return FoldSums(reference, problem.y_mean, sums, in_train, in_test)


def classes_of_rows(folds: list[Fold], n_samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(class of each row, in_train, in_test): rows of a class occur equally often on every side of every fold.

    Rows are distinguished by sums of random 63-bit numbers.
    """
    rng = np.random.default_rng(0)
    keys = np.zeros(n_samples, np.uint64)
    for fold in folds:
        for rows in (fold.train, fold.test):
            number = rng.integers(2**63, dtype=np.uint64)
            keys += np.bincount(rows, minlength=n_samples).astype(np.uint64) * number
    _, firsts, labels = np.unique(keys, return_index=True, return_inverse=True)

    def multiplicities(sides):
        return np.stack([np.bincount(rows, minlength=n_samples)[firsts] for rows in sides]).astype(np.float64)

    return labels, multiplicities([fold.train for fold in folds]), multiplicities([fold.test for fold in folds])


def sum_rows(data: Data, reference: np.ndarray, y_reference: float, labels: np.ndarray, n_classes: int, pool) -> Sums:
    """Sums of each class, in parts whose number depends on the shape alone; rows with label -1 are left out."""
    n_samples, n_features = data.X.shape
    matrix = core_matrix(data.X, data.weights)
    matrix.means[:] = reference
    in_place = data.weights is None and data.X.dtype == np.float64 and not reference.any() and (
        MIN_RUN * np.count_nonzero(np.diff(labels)) < n_samples)
    part = sums_of_runs if in_place else sums_of_blocks
    n_parts = max(1, min(MAX_PARTS, n_samples // (16 * n_classes * n_features)))
    e = data.y - y_reference

    def sums_of_range(rows: tuple[int, int]) -> Sums:
        span = slice(*rows)
        sums = Sums(*(np.zeros((n_classes, *shape)) for shape in (
            (), (n_features,), (), (n_features,), (), (n_features, n_features))))
        part(matrix, rows, labels[span], e[span], sums)
        return sums

    first, *others = threads.run(pool, sums_of_range, threads.ranges(n_samples, -(-n_samples // n_parts)))
    for other in others:
        for total, more in zip(first, other, strict=True):
            total += more
    return first


def sums_of_runs(matrix, rows: tuple[int, int], labels: np.ndarray, e: np.ndarray, sums: Sums) -> None:
    """Add unweighted rows of X to sums; runs of rows of one class are multiplied without a copy."""
    X = matrix.arrays[0][slice(*rows)]
    ends = [*np.flatnonzero(np.diff(labels)) + 1, len(labels)]
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        if labels[start] >= 0:
            add_rows(sums, labels[start], X[start:end], np.ones(end - start), e[start:end])


def sums_of_blocks(matrix, rows: tuple[int, int], labels: np.ndarray, e: np.ndarray, sums: Sums) -> None:
    """Add rows of Z to sums, block by block, each block sorted by class."""
    first, stop = rows
    roots = np.ones(stop - first) if matrix.weights is None else np.sqrt(matrix.weights[first:stop])
    for start, Z in row_blocks(matrix, first, stop, labels >= 0):
        span = slice(start, start + len(Z))
        order = np.argsort(labels[span], kind="stable")
        order = order[labels[span][order] >= 0]
        classes = labels[span][order]
        if classes[0] != classes[-1] or len(order) < len(Z):
            Z = np.take(Z.T, order, axis=1).T
        cuts = [0, *np.flatnonzero(np.diff(classes)) + 1, len(classes)]
        for cut, end in zip(cuts[:-1], cuts[1:], strict=True):
            root = roots[span][order[cut:end]]
            add_rows(sums, classes[cut], Z[cut:end], root, root * e[span][order[cut:end]])


def add_rows(sums: Sums, label: int, z: np.ndarray, root: np.ndarray, e: np.ndarray) -> None:
    """Add rows z, root and e, scaled by the roots of their weights, to one class."""
    sums.weight[label] += root @ root
    sums.z[label] += root @ z
    sums.e[label] += root @ e
    sums.ze[label] += e @ z
    sums.ee[label] += e @ e
    sums.zz[label] += inner_products(z, z)


def problem_of_fold(data: Data, sums: FoldSums, fold: Fold) -> Problem:
    """The training problem on its Gram matrix, or on X where too many digits would cancel."""
    weights = fold.train_weights(data)
    if sums.in_train is not None:
        training = sums.classes.combined(sums.in_train[fold.number])
        scale = training.zz.diagonal()
    else:
        counts = np.bincount(fold.train, minlength=len(data.y))
        if counts.max() > 1 or 2 * np.count_nonzero(counts) < len(counts):
            return data.problem(weights)
        rest = sum_rows(data, sums.reference, sums.y_reference, -counts, 1, None)
        training = Sums(*(total[0] - part[0] for total, part in zip(sums.classes, rest, strict=True)))
        scale = sums.classes.zz[0].diagonal()
    return problem_of_sums(data, sums, training, scale, weights) or data.problem(weights)


def problem_of_all(data: Data, problem: Problem, sums: FoldSums) -> Problem:
    """The problem of all rows on its Gram matrix."""
    total = sums.classes.combined(np.ones(len(sums.classes.z)))
    return problem_of_sums(data, sums, total, total.zz.diagonal(), data.weights) or problem


def problem_of_sums(data: Data, about: FoldSums, sums: Sums, scale: np.ndarray, weights) -> Problem | None:
    """The problem on the Gram matrix, centred at the means of its rows; None if a column loses too many digits.

    scale holds the largest term in each squared norm.
    """
    zz, ze, shift = sums.zz, sums.ze, np.zeros(len(sums.z))
    if data.fit_intercept:
        shift = sums.z / sums.weight
        centre = np.outer(sums.z, shift)
        zz, ze = np.subtract(zz, centre, out=centre), ze - shift * sums.e
    matrix = core_matrix(data.X, weights)
    matrix.means[:] = about.reference + shift
    response = as_response(data.y, weights, data.fit_intercept)
    cancelled = np.flatnonzero(MAX_CANCELLED * zz.diagonal() <= scale)
    if len(cancelled):
        columns = np.asfortranarray(data.X[:, cancelled])
        columns_matrix = core_matrix(columns, weights)
        if measure(columns_matrix, columns, response.target, data.fit_intercept)[0].any():
            return None
        zz, ze = zz.copy(), ze.copy()
        zz[cancelled] = zz[:, cancelled] = ze[cancelled] = 0.0      # constant in the rows of the fold
        matrix.means[cancelled] = columns_matrix.means
    sq_norms = np.ascontiguousarray(zz.diagonal())
    problem = problem_of_moments(matrix, data.X, response, sq_norms, ze, data.penalty, data.fit_intercept)
    return replace(problem, design=problem.design.as_gram(zz.T, sq_norms), target=ze)


def errors_of_sums(about: FoldSums, fold: Fold, problem: Problem, path: PathResult) -> np.ndarray | None:
    """Weighted mean square of the held-out residuals of each model, from the sums; None if too much cancels.

    residual = e + d - z'w with d = reference of y - y_mean + (means - reference)'w.
    """
    support, w = on_joint_support(in_problem_units(path, problem.scaling))
    if about.in_test is None or len(fold.test) <= len(support):
        return None
    sums = about.classes.combined(about.in_test[fold.number])
    d = about.y_reference - problem.y_mean + (problem.means - about.reference)[support] @ w
    quadratic = (w * (sums.zz[np.ix_(support, support)] @ w)).sum(axis=0)
    squares = sums.ee + quadratic + sums.weight * d**2
    errors = squares - 2.0 * (sums.ze[support] @ w - d * (sums.e - sums.z[support] @ w))
    return None if (MAX_CANCELLED_ERROR * errors <= squares).any() else errors / sums.weight
