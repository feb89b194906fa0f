# Lives here: problems brought into range by powers of two, and back. Independent of: how they are solved.
"""Problems whose squares over- or underflow are solved on a copy of X that is scaled by powers of two.

Scaling by a power of two is exact; only results beyond the range of a float lose digits. The transformation is derived
in docs/math.md, section 18.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lassocore.utils.powers_of_two import OutOfRange, Scaling, aligned, decimal_exponent, times_power, without_spare

MAX_EXPONENT = 400                  # columns from 2^-400 to 2^400 are not scaled
COLUMN_EXPONENT = 320               # larger and smaller columns are scaled to 2^320 and 2^-320, targets to 1
FACTOR_EXPONENT = 320               # of the largest penalty factor of a scaled column; its square is used too, and so
                                    # are factors times the inverse of a Gram matrix, about 2^(2 COLUMN_EXPONENT)
BLOCK_NUMBERS = 2_000_000           # in a block of columns of a dense X
DOUBLE_RANGE, SINGLE_RANGE = 1e270, 1e68  # largest ||y||^2 / ||x_j||^2, and the inverse of the smallest
USUAL_MIN, USUAL_MAX = 1e-20, 1e20  # squared norms of targets in range for all columns
MAX_LISTED = 50                     # numbers whose extremes are found faster in a list
NEGLIGIBLE = 1e-16                  # share of a target's norm below which a coefficient may underflow


def rescaled(X, y: np.ndarray, weights: np.ndarray | None, penalty: Any) -> tuple[Any, np.ndarray, Any, Any]:
    """(X, y, weights, penalty) of a problem in range; penalty is a `PenaltyShape`."""
    scaling = find_scaling(X, y, weights, penalty.standardize)
    return (scaling.of_X(X, weights), scaling.of_target(y, weights), weights,
            penalty._replace(scaling=scaling, uniform=False))


def check_coefficients(problem: Any) -> None:
    """Require coefficients about ||y0|| / ||x_j|| and their squares to be in the range of the problem's dtype."""
    if not (USUAL_MIN <= problem.sq_target <= USUAL_MAX and problem.dtype.itemsize == 8) and not (
            holds_coefficients(problem, problem.sq_target)):
        raise OutOfRange("squares of coefficients about ||y|| / ||x_j|| over- or underflow; rescale y or X")


def holds_coefficients(problem: Any, sq_target: float) -> bool:
    """Whether they are, for every target with this squared norm; see `check_coefficients`."""
    is_double, sq_norms = problem.dtype.itemsize == 8, problem.sq_norms
    if is_double and USUAL_MIN <= sq_target <= USUAL_MAX or sq_target == 0.0:
        return True
    share = 1.0 / (DOUBLE_RANGE if is_double else SINGLE_RANGE)
    sizes = sq_norms.tolist() if len(sq_norms) < MAX_LISTED else (sq_norms.min(), sq_norms.max())
    if share * max(sizes) < sq_target and share * sq_target < min(sizes):
        return True
    sq_norms = sq_norms[problem.features]           # without constant columns
    return bool((share * sq_norms < sq_target).all() and (share * sq_target < sq_norms).all())


def find_scaling(X, y: np.ndarray, weights: np.ndarray | None, standardize: bool) -> Scaling:
    """The powers of two for checked X and y."""
    roots = None if weights is None else half_exponents(weights)
    sizes = (dense_exponents if isinstance(X, np.ndarray) else sparse_exponents)(X, roots)
    columns = np.where(sizes > MAX_EXPONENT, sizes - COLUMN_EXPONENT,
                       np.where(sizes < -MAX_EXPONENT, sizes + COLUMN_EXPONENT, 0))
    columns[sizes == ABSENT] = 0
    target = int(largest_exponents(y.reshape(len(y), -1), roots).max())
    target = 0 if target == ABSENT else target
    least = int(columns.min())
    penalty = 0 if standardize else max(least, 0) + min(least + FACTOR_EXPONENT, 0)
    return Scaling(columns, target, penalty)


ABSENT = -5000                      # stands for the exponent of 0


def largest_exponents(values: np.ndarray, roots: np.ndarray | None) -> np.ndarray:
    """e with 2^(e-1) <= largest |value| < 2^e of each column, rows scaled by the roots of the weights."""
    exponents = np.where(values == 0.0, ABSENT, np.frexp(values)[1])
    if roots is not None:
        exponents = np.where((values == 0.0) | (roots == ABSENT)[:, None], ABSENT, exponents + roots[:, None])
    return exponents.max(axis=0, initial=ABSENT)


def half_exponents(weights: np.ndarray) -> np.ndarray:
    """Exponents of the roots of the weights."""
    return np.where(weights == 0.0, ABSENT, np.frexp(weights)[1] // 2)


def target_exponents(rows: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """`largest_exponents` of targets, one per row; 0 for a zero target."""
    found = largest_exponents(rows.T, None if weights is None else half_exponents(weights))
    return np.where(found == ABSENT, 0, found)


def with_target(problem: Any, exponent: int) -> Any:
    """The problem whose target is 2^-exponent times the given one."""
    scaling, lower, upper = _bounds_with_target(problem, exponent)
    return replace(problem, scaling=scaling, penalty=problem.penalty._replace(lower=lower, upper=upper))


def sample_with_target(sample: Any, exponent: int) -> Any:
    """The same for a problem's `Sample`."""
    scaling, lower, upper = _bounds_with_target(sample, exponent)
    return sample._replace(scaling=scaling, lower=lower, upper=upper)


def _bounds_with_target(owner: Any, exponent: int) -> tuple[Scaling, np.ndarray | None, np.ndarray | None]:
    scaling = owner.scaling
    if scaling is None:
        scaling = Scaling(np.zeros(len(owner.l2_factor), np.intp), 0, 0)
    lower, upper = (scaling.given_bound(bound) for bound in (owner.lower, owner.upper))
    scaling = scaling._replace(target=exponent)
    return scaling, scaling.bound(lower), scaling.bound(upper)


def dense_exponents(X: np.ndarray, roots: np.ndarray | None) -> np.ndarray:
    """`largest_exponents` of all columns, in blocks."""
    width = max(1, BLOCK_NUMBERS // len(X))
    blocks = (X[:, start:start + width].astype(np.float64) for start in range(0, X.shape[1], width))
    return np.concatenate([largest_exponents(block, roots) for block in blocks])


def sparse_exponents(X, roots: np.ndarray | None) -> np.ndarray:
    """The same from the stored entries."""
    entries, found = without_spare(X).tocoo(copy=False), np.full(X.shape[1], ABSENT)
    exponents = np.where(entries.data == 0.0, ABSENT, np.frexp(entries.data.astype(np.float64))[1])
    if roots is not None:
        own = roots[entries.row]
        exponents = np.where((exponents == ABSENT) | (own == ABSENT), ABSENT, exponents + own)
    np.maximum.at(found, entries.col, exponents)
    return found


def given_values(problem: Any, solved: Any) -> np.ndarray:
    """Coefficients of a `PathBatch` in units of the given X and y; an error where a float cannot hold them."""
    scaling, rows = problem.scaling, solved.rows
    values = scaling.outer(solved.values, rows)
    lengths = np.abs(solved.values) * aligned(np.sqrt(problem.sq_norms[rows]), solved.values)
    lost = ~np.isfinite(values) | ((values == 0.0) & (lengths > NEGLIGIBLE * np.sqrt(problem.sq_target)))
    if lost.any():
        at = int(np.flatnonzero(lost.reshape(len(lost), -1).any(axis=1))[0])
        raise OutOfRange(
            f"the coefficient of column {rows[at]} of X is about "
            f"1e{decimal_exponent(solved.values[at], scaling.target - scaling.columns[rows[at]]):+d}, which a float "
            "cannot hold; rescale the column or y")
    return values


class Models(NamedTuple):
    """The parts of a path that held-out errors use."""

    alphas: np.ndarray
    intercepts: np.ndarray
    entries: tuple[np.ndarray, np.ndarray, np.ndarray]


def in_problem_units(path: Any, scaling: Scaling | None) -> Any:
    """The models of a path in units of the problem's columns and target."""
    if scaling is None:
        return path
    features, values, counts = path.entries
    return Models(path.alphas, times_power(path.intercepts, -scaling.target),
                  (features, scaling.inner(values, features), counts))
