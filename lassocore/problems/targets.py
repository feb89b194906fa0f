# Lives here: validation of many targets over one X, their moments in blocks. Independent of: alpha, solvers.
"""X is validated once, with the first target; the moments of the others are computed in blocks."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import centre, without_offset
from lassocore.designs.canonical import as_canonical
from lassocore.designs.prepared import weights_for
from lassocore.problems.problem import Problem, as_problem
from lassocore.problems.rescaling import holds_coefficients, target_exponents, with_target
from lassocore.problems.variants import without_features
from lassocore.utils.arguments import as_real, as_vector, check_kind, n_dimensions, shortened
from lassocore.utils.powers_of_two import OVERFLOW, UNDERFLOW, OutOfRange, times_power

MAX_BLOCK_NUMBERS = 4_000_000       # in the targets, correlations and coefficients of a block
MAX_BLOCK_TARGETS = 256             # in a block


@dataclass(frozen=True)
class Targets:
    """Problems that differ in y alone."""

    base: Problem                   # of the first target, possibly on a Gram matrix
    matrix: Any                     # core.Matrix of X itself
    Y: np.ndarray                   # (n_samples, n_targets), offsets subtracted
    fit_intercept: bool
    excluded: list[np.ndarray] | None = None        # columns that each target must not use

    def __len__(self):
        return self.Y.shape[1]

    def spans(self, n_alphas: int, n_threads: int) -> list[slice]:
        """Consecutive slices of all targets, as long as memory allows while every thread has work."""
        numbers = len(self.Y) + self.matrix.n_features * (1 + n_alphas)
        length = max(1, min(MAX_BLOCK_TARGETS, MAX_BLOCK_NUMBERS // numbers, -(-len(self) // n_threads)))
        return [slice(first, min(first + length, len(self))) for first in range(0, len(self), length)]

    def block(self, span: slice) -> TargetBlock:
        """These targets, centred, and their correlations with all columns."""
        y = np.ascontiguousarray(self.Y[:, span].T)
        weights, base, exponents = self.matrix.weights, self.base, None
        centred = self._centred(y)
        extreme = np.array([not holds_coefficients(base, size) for size in centred.sq_norms])
        extreme |= ~((centred.sq_norms >= UNDERFLOW) & (centred.sq_norms <= OVERFLOW))
        weighted = centred.y0 if weights is None else weights * centred.y0
        extreme &= weighted.any(axis=1)
        if base.scaling is not None or extreme.any():
            y = y if weights is None else y * (weights > 0.0)
            exponents = np.where(extreme, target_exponents(y, weights), 0)
            centred = self._centred(times_power(y, -exponents[:, None]))
            weighted = centred.y0 if weights is None else weights * centred.y0
            usable = (centred.sq_norms >= UNDERFLOW) & (centred.sq_norms <= OVERFLOW)
            for k in np.flatnonzero(~usable & weighted.any(axis=1)):
                raise OutOfRange(f"target {span.start + k} varies in rows of vanishing weight alone; rescale "
                                 "sample_weight")
        correlations = correlations_of(self.matrix, weighted)
        correlations[:, base.sq_norms == 0.0] = 0.0
        return TargetBlock(
            base=base, weighted=weighted, correlations=correlations, sq_targets=centred.sq_norms,
            sq_deviations=centred.sq_deviations, y_means=centred.means, exponents=exponents,
            excluded=None if self.excluded is None else self.excluded[span])

    def _centred(self, y: np.ndarray) -> CentredTargets:
        """Targets, one per row, about their means if there is an intercept."""
        weights = self.matrix.weights
        deviations, means = centre(y, weights)
        sq_deviations = sq_norms(deviations, weights)
        if self.fit_intercept:
            return CentredTargets(y0=deviations, means=means, sq_norms=sq_deviations, sq_deviations=sq_deviations)
        return CentredTargets(
            y0=y, means=np.zeros(len(y)), sq_norms=sq_norms(y, weights), sq_deviations=sq_deviations)


class CentredTargets(NamedTuple):
    """Targets, one per row, with their moments."""

    y0: np.ndarray
    means: np.ndarray
    sq_norms: np.ndarray            # ||y0||_s^2
    sq_deviations: np.ndarray       # the same about the weighted mean


@dataclass(frozen=True)
class TargetBlock:
    """Some of the targets, one per row."""

    base: Problem
    weighted: np.ndarray            # s y0
    correlations: np.ndarray        # X'(s y0)
    sq_targets: np.ndarray
    sq_deviations: np.ndarray
    y_means: np.ndarray
    exponents: np.ndarray | None = None     # given targets are 2^exponents times these; None if not scaled
    excluded: list[np.ndarray] | None = None

    def __len__(self):
        return len(self.sq_targets)

    @property
    def in_range(self) -> np.ndarray:
        """Positions of the targets that are not scaled."""
        if self.exponents is None:
            return np.arange(len(self))
        return np.flatnonzero(self.exponents == 0) if self.base.scaling is None else np.arange(0)

    def only(self, rows: np.ndarray) -> TargetBlock:
        """The block of the targets at these positions."""
        if len(rows) == len(self):
            return self
        return TargetBlock(
            base=self.base, weighted=self.weighted[rows], correlations=self.correlations[rows],
            sq_targets=self.sq_targets[rows], sq_deviations=self.sq_deviations[rows], y_means=self.y_means[rows],
            excluded=None if self.excluded is None else [self.excluded[k] for k in rows])

    def problem(self, k: int) -> Problem:
        """The problem of target k of the block."""
        on_gram = not self.base.design.has_columns
        base = self.base if self.exponents is None else with_target(self.base, int(self.exponents[k]))
        if self.excluded is not None and len(self.excluded[k]):
            base = without_features(base, self.excluded[k])
        return replace(base, target=self.correlations[k] if on_gram else self.weighted[k],
            correlations=self.correlations[k], sq_target=float(self.sq_targets[k]),
            sq_deviation=float(self.sq_deviations[k]), y_mean=float(self.y_means[k]))


def as_targets(X, Y, *, fit_intercept=True, standardize=False, sample_weight=None, offset=None, penalty_factor=None,
               bounds=None, positive=False, columns_contiguous=False, n_threads=1, exclude=None, name="Y") -> Targets:
    """Validate everything, with one pass over X; errors call the targets `name`."""
    if len(getattr(X, "shape", ())) != 2:
        X = as_canonical(X, columns_contiguous)         # or its error
    n_samples = X.shape[0]
    Y = as_columns(Y, name, n_samples)
    if offset is not None:
        is_matrix = n_dimensions(offset, "offset") == 2
        Y = without_offset(Y, as_columns(offset, "offset", n_samples, Y.shape[1]) if is_matrix else
                           as_vector(offset, "offset", n_samples, "samples")[:, None], name)
    options: dict[str, Any] = {
        "fit_intercept": fit_intercept, "standardize": standardize, "sample_weight": sample_weight,
        "penalty_factor": penalty_factor, "bounds": bounds, "positive": positive,
        "columns_contiguous": columns_contiguous, "n_threads": n_threads}
    base = as_problem(X, np.ascontiguousarray(Y[:, 0]), **options)
    is_single = base.dtype == np.float32 or base.scaling is not None and as_canonical(X).dtype == np.float32
    if is_single and (base.scaling is not None or not holds_all(base, Y)):
        options["sample_weight"] = weights_for(X, sample_weight)
        X = as_canonical(X).astype(np.float64)
        base = as_problem(X, np.ascontiguousarray(Y[:, 0]), **options)
    if base.scaling is not None:        # of the columns alone: each target has an exponent of its own
        base = as_problem(X, np.zeros(n_samples), **options)
    excluded = None if exclude is None else as_excluded(exclude, Y.shape[1], base.matrix.n_features)
    return Targets(base, base.matrix, Y, fit_intercept, excluded)


def as_excluded(exclude, n_targets: int, n_features: int) -> list[np.ndarray]:
    """Rising columns for each target, from one column for each or a list of columns for each."""
    entries = list(exclude) if np.iterable(exclude) and not isinstance(exclude, (str, bytes, dict)) else []
    if len(entries) != n_targets:
        raise ValueError(f"exclude={shortened(exclude)} must have an entry for each of {n_targets} targets: the column "
                         "of X that the target must not use, or a list of columns")
    found = []
    for k, entry in enumerate(entries):
        columns = np.atleast_1d(np.asarray(entry if np.ndim(entry) else [entry]))
        if columns.size == 0:
            columns = np.empty(0, np.intp)
        if columns.ndim != 1 or columns.dtype.kind not in "iu" or ((columns < 0) | (columns >= n_features)).any():
            raise ValueError(f"exclude[{k}]={shortened(entry)} must be a column of X, an integer from 0 to "
                             f"{n_features - 1}, or a list of such")
        found.append(np.unique(columns).astype(np.intp))
    return found


def holds_all(base: Problem, Y: np.ndarray) -> bool:
    """Whether the problem's dtype can hold the coefficients of all targets."""
    with np.errstate(over="ignore"):
        sizes = len(Y) * np.abs(Y - Y.mean(axis=0)).max(axis=0) ** 2
    return all(holds_coefficients(base, size) for size in (sizes.min(initial=1.0, where=sizes > 0.0), sizes.max()))


def as_columns(values, name: str, n_samples: int, n_targets: int | None = None) -> np.ndarray:
    """A finite float64 array with one row for each sample and one column for each target."""
    check_kind(values, name)
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
    """The sum of weights * values^2 of each row; inf where it overflows."""
    return np.array([core.sq_norm(row, weights) for row in rows])


def correlations_of(matrix, weighted: np.ndarray) -> np.ndarray:
    """X'(s y0) of each row s y0, with one pass over X for every N_SLOTS rows."""
    columns = np.arange(matrix.n_features)
    correlations = np.empty((len(weighted), matrix.n_features))
    residuals = core.zero_rows(matrix.n_samples)
    for first in range(0, len(weighted), core.N_SLOTS):
        rows = weighted[first:first + core.N_SLOTS]
        residuals[:, :len(rows)] = rows.T
        correlations[first:first + core.N_SLOTS] = matrix.scan(columns, residuals)[:, :len(rows)].T
    return correlations
