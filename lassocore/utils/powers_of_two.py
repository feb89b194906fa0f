# Lives here: exact scaling by powers of two. Independent of: models, solvers.
"""Scaling of problems and their solutions; docs/math.md, section 18."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore.utils.pickling import named_in_package

UNDERFLOW, OVERFLOW = 1e-280, 1e280     # with squared norms between these, a fit neither under- nor overflows
MIN_NORMAL, MIN_FLOAT, MAX_FLOAT = np.finfo(float).tiny, np.nextafter(0.0, 1.0), np.finfo(float).max


class OutOfRange(ValueError):
    """Numbers whose squares over- or underflow, or results that a float cannot hold."""


@named_in_package
class Scaling(NamedTuple):
    """Column j of a problem is 2^-columns[j] times the given one, its target 2^-target times y."""

    columns: np.ndarray
    target: int
    penalty: int                    # factors are multiplied by 2^penalty (L1) and 2^(2 penalty) (L2)

    @property
    def penalty_exponents(self) -> tuple[int, int]:
        """Exponents of the scales of the L1 and L2 penalties, in addition to those of their factors."""
        return -self.target - self.penalty, -2 * self.penalty

    def level_scales(self, l1: Any, l2: Any, total_weight: float) -> tuple[Any, Any]:
        """S times the shares of alpha, in units of the L1 penalty and of the L2 penalty of the problem."""
        largest = 0.5 * MAX_FLOAT / total_weight
        l1_scale, l2_scale = (times_power(share, exponent, largest)[()] for share, exponent in zip(
            (l1, l2), self.penalty_exponents, strict=True))
        return total_weight * l1_scale, total_weight * l2_scale

    def alpha(self, largest: float) -> float:
        """alpha of a multiple of the problem's L1 penalty."""
        l1_exponent, _ = self.penalty_exponents
        return float(min(times_power(largest, -l1_exponent), MAX_FLOAT))

    def factors(self, l1_factor: np.ndarray, l2_factor: np.ndarray, standardized: bool
                ) -> tuple[np.ndarray, np.ndarray]:
        """Penalty factors of the problem's columns; 0, infinity and standard deviations are not scaled."""
        shift = np.zeros_like(self.columns) if standardized else self.penalty - self.columns
        return times_power(l1_factor, shift, MAX_FLOAT), times_power(l2_factor, 2 * shift, MAX_FLOAT)

    def bound(self, values: np.ndarray | None) -> np.ndarray | None:
        """Bounds of the problem's coefficients."""
        return None if values is None else times_power(values, self.columns - self.target)

    def given_bound(self, values: np.ndarray | None) -> np.ndarray | None:
        """The inverse of `bound`."""
        return None if values is None else times_power(values, self.target - self.columns)

    def inner(self, values: np.ndarray, columns: Any = slice(None)) -> np.ndarray:
        """Coefficients of the given columns -> of the problem's columns; further axes are tasks or alphas."""
        return times_power(values, aligned(self.columns[columns] - self.target, values))

    def start(self, values: np.ndarray) -> np.ndarray:
        """`inner` for starting coefficients; 0 where a float cannot hold them."""
        found = self.inner(values)
        return np.where(np.isfinite(found), found, 0.0)

    def outer(self, values: np.ndarray, columns: Any = slice(None)) -> np.ndarray:
        """Coefficients of the problem's columns -> of the given columns."""
        return times_power(values, aligned(self.target - self.columns[columns], values))

    def objective(self, values: Any) -> Any:
        """Values of the problem's objective in units of the given one; an upper bound remains one.

        Overflow gives infinity, underflow the smallest positive number.
        """
        found = times_power(values, 2 * self.target)
        return np.where((found == 0.0) & (np.asarray(values) > 0.0), MIN_FLOAT, found)[()]

    def of_response(self, values: np.ndarray) -> np.ndarray:
        """Intercepts of the problem in units of y."""
        found = times_power(values, self.target)
        if not np.isfinite(found).all():
            raise OutOfRange("an intercept is beyond what a float holds; rescale y, or centre the columns of X")
        return found

    def of_target(self, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """y of the problem; rows without weight are 0."""
        return times_power(y if weights is None else y * aligned(weights > 0.0, y), -self.target)

    def of_X(self, given, weights: np.ndarray | None):
        """The problem's X, a copy in float64; rows without weight are 0."""
        if isinstance(given, np.ndarray):
            X = np.array(given, np.float64, order="C" if given.flags.c_contiguous else "F")
            np.ldexp(X, -self.columns, out=X)
            if weights is not None:
                X[weights == 0.0] = 0.0
            return X
        X = without_spare(given)
        entries = X.tocoo(copy=False)
        X.data = times_power(X.data, -self.columns[entries.col])
        if weights is not None:
            X.data[weights[entries.row] == 0.0] = 0.0
        return X


def without_spare(X):
    """A copy of a sparse matrix without unused capacity in its arrays."""
    X = X.copy()
    X.prune()
    return X


def times_power(values: Any, exponents: Any, largest: float | None = None) -> Any:
    """values 2^exponents; with largest, finite positive values stay positive and at most that."""
    values = np.asarray(values, np.float64)
    with np.errstate(over="ignore", under="ignore"):
        found = np.ldexp(values, exponents)
    if largest is not None:
        found = np.where((values > 0.0) & (values < np.inf), np.clip(found, MIN_NORMAL, largest), found)
    return found


def aligned(numbers: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Numbers along the first axis of values, reshaped to broadcast with them."""
    return numbers.reshape(numbers.shape + (1,) * (np.ndim(values) - np.ndim(numbers)))


def decimal_exponent(values: Any, exponent: int) -> int:
    """The exponent to base 10 of the largest |value| 2^exponent."""
    return int(np.floor(np.log10(np.abs(values).max()) + exponent * np.log10(2.0)))
