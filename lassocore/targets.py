# Lives here: many targets over one checked X -> what differs from target to target. Must not know: alpha, solvers.
"""X is checked and measured once, with the first target; what the others need is made block by block."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.validation import Problem, as_problem, as_real, as_vector, centre

MOST_NUMBERS = 4_000_000            # of the targets, correlations and coefficients in a block
MOST_TARGETS = 256                  # in a block


@dataclass(frozen=True)
class Targets:
    """Problems that differ in y alone."""

    base: Problem                   # of the first target; may stand on a Gram matrix
    matrix: Any                     # core.Matrix of X itself
    Y: np.ndarray                   # (n_samples, n_targets), offsets subtracted
    fit_intercept: bool

    def __len__(self):
        return self.Y.shape[1]

    def spans(self, n_alphas: int, n_threads: int) -> list[slice]:
        """All targets in turn, as many at a time as memory allows and leaves work for every thread."""
        numbers = len(self.Y) + self.matrix.n_features * (1 + n_alphas)
        most = max(1, min(MOST_TARGETS, MOST_NUMBERS // numbers, -(-len(self) // n_threads)))
        return [slice(first, min(first + most, len(self))) for first in range(0, len(self), most)]

    def block(self, span: slice) -> Block:
        """These targets, centred, and their correlations with all columns."""
        weights, base = self.matrix.weights, self.base
        y = np.ascontiguousarray(self.Y[:, span].T)
        deviations, means = centre(y, weights)
        sq_deviations = sq_norms(deviations, weights)
        y0, y_means, sq_targets = (deviations, means, sq_deviations) if self.fit_intercept else (
            y, np.zeros(len(y)), sq_norms(y, weights))
        weighted = y0 if weights is None else weights * y0
        for k in np.flatnonzero(~((sq_targets >= 1e-280) & (sq_targets <= 1e280))):
            if weighted[k].any():
                raise ValueError(f"target {span.start + k} reaches {np.abs(y0[k]).max():g}, whose square over- or "
                                 "underflows; rescale it")
        correlations = products(self.matrix, weighted)
        correlations[:, base.sq_norms == 0.0] = 0.0
        return Block(base, weighted, correlations, sq_targets, sq_deviations, y_means)


@dataclass(frozen=True)
class Block:
    """Some of the targets, a row for each."""

    base: Problem
    weighted: np.ndarray            # s y0
    correlations: np.ndarray        # X'(s y0)
    sq_targets: np.ndarray
    sq_deviations: np.ndarray
    y_means: np.ndarray

    def __len__(self):
        return len(self.sq_targets)

    def problem(self, k: int) -> Problem:
        """That of one target."""
        on_gram = self.base.matrix.storage == "gram"
        return self.base._replace(
            target=self.correlations[k] if on_gram else self.weighted[k],
            correlations=self.correlations[k], sq_target=float(self.sq_targets[k]),
            sq_deviation=float(self.sq_deviations[k]), y_mean=float(self.y_means[k]))


def as_targets(X, Y, *, fit_intercept=True, standardize=False, sample_weight=None, offset=None, penalty_factor=None,
               bounds=None, positive=False, columns_contiguous=False, n_threads=1, name="Y") -> Targets:
    """Check everything, and read X once; errors call the targets by this name."""
    n_samples = (X if hasattr(X, "shape") else np.asarray(X)).shape[0]
    Y = as_columns(Y, name, n_samples)
    if offset is not None:
        Y = Y - (as_columns(offset, "offset", n_samples, Y.shape[1]) if np.ndim(offset) == 2 else
                 as_vector(offset, "offset", n_samples, "samples")[:, None])
    base = as_problem(
        X, np.ascontiguousarray(Y[:, 0]), fit_intercept=fit_intercept, standardize=standardize,
        sample_weight=sample_weight, penalty_factor=penalty_factor, bounds=bounds, positive=positive,
        columns_contiguous=columns_contiguous, n_threads=n_threads)
    return Targets(base, base.matrix, Y, fit_intercept)


def as_columns(values, name: str, n_samples: int, n_targets: int | None = None) -> np.ndarray:
    """A finite float64 array with a row for each sample and a column for each target."""
    values = as_real(values.to_numpy() if hasattr(values, "to_numpy") else values, name)
    if values.ndim != 2:
        raise ValueError(f"{name} has shape {values.shape}; pass a column for each target, "
                         f"({n_samples}, n_targets), or one target to fit_path")
    if values.shape[0] != n_samples:
        raise ValueError(f"{name} has inconsistent length {values.shape[0]}; it needs a row for each of the "
                         f"{n_samples} samples")
    if values.shape[1] == 0:
        raise ValueError(f"{name} has shape {values.shape}: no target; pass at least one column")
    if n_targets not in (None, values.shape[1]):
        raise ValueError(f"{name} has shape {values.shape}; it needs a column for each of {n_targets} targets")
    finite = np.isfinite(values).all(axis=0)
    if not finite.all():
        column = int(np.argmin(finite))
        what = "NaN" if np.isnan(values[:, column]).any() else "infinity"
        raise ValueError(f"Input {name} contains {what} in column {column}; remove or impute it")
    return values


def sq_norms(rows: np.ndarray, weights) -> np.ndarray:
    """The sum of weights * values^2 of each row; infinity where it overflows."""
    return np.array([core.sq_norm(row, weights) for row in rows])


def products(matrix, weighted: np.ndarray) -> np.ndarray:
    """X'(s y0) of every row s y0; X is read once for every eight of them."""
    everything = np.arange(matrix.n_features)
    correlations = np.empty((len(weighted), matrix.n_features))
    residuals = np.zeros((matrix.n_samples, core.N_SLOTS))
    for first in range(0, len(weighted), core.N_SLOTS):
        rows = weighted[first:first + core.N_SLOTS]
        residuals[:, :len(rows)] = rows.T
        correlations[first:first + core.N_SLOTS] = matrix.scan(everything, residuals)[:, :len(rows)].T
    return correlations
