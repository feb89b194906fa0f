# Lives here: squared error: a centred, weighted target. Independent of: X, penalties.
"""Squared error, sum_i s_i (y_i - eta_i)^2 / 2, as a loss and as the centred response of a problem.

With an intercept a problem holds y - offset about its mean. The compiled formulas are in
src_cython/lassocore/datafits/quadratic.pxd.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.datafits.base import Datafit
from lassocore.utils.powers_of_two import OVERFLOW, UNDERFLOW, OutOfRange


class Quadratic(Datafit):
    """f(eta) = (y - eta)^2 / 2."""

    __slots__ = ()

    def value(self, eta: np.ndarray) -> np.ndarray:
        """(y - eta)^2 / 2."""
        return 0.5 * (self.y - eta) ** 2

    def gradient(self, eta: np.ndarray) -> np.ndarray:
        """eta - y."""
        return eta - self.y

    def curvature(self, eta: np.ndarray) -> np.ndarray:
        """1."""
        return np.ones_like(eta)

    def conjugate(self, u: np.ndarray) -> np.ndarray:
        """u^2 / 2 + u y."""
        return u * (0.5 * u + self.y)

    def conjugate_domain(self) -> tuple[float, float]:
        """All numbers."""
        return -np.inf, np.inf

    def fenchel_gap(self, eta: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """(y - eta - theta)^2 / 2."""
        return 0.5 * (self.y - eta - theta) ** 2

    def deviance(self, eta: np.ndarray) -> np.ndarray:
        """(y - eta)^2."""
        return (self.y - eta) ** 2


class Response(NamedTuple):
    """y - offset, centred where there is an intercept."""

    target: np.ndarray                      # s y0; a row for each of several tasks
    sq_target: float
    sq_deviation: float
    mean: Any                               # 0 without an intercept; a number for each of several tasks


def without_offset(y: np.ndarray, offset: np.ndarray, name: str = "y") -> np.ndarray:
    """y - offset, or an error where it overflows."""
    with np.errstate(over="ignore"):
        rest = y - offset
    if not core.all_finite(rest.ravel()):
        raise OutOfRange(f"offset reaches {np.abs(offset).max():g} and {name} {np.abs(y).max():g}: {name} - offset is "
                         "beyond what a float holds; rescale both")
    return rest


def r2_of_sum(sq_residual: Any, sq_deviation: float) -> Any:
    """R2 of a sum of squares, or of an array of them; of a constant target 1 where it is fitted exactly, else 0."""
    return 1.0 - sq_residual / sq_deviation if sq_deviation > 0.0 else (sq_residual == 0.0) * 1.0


def r2_of_sums(sq_residuals: np.ndarray, sq_deviations: np.ndarray) -> np.ndarray:
    """`r2_of_sum` for arrays of sums, which broadcast."""
    varies = np.greater(sq_deviations, 0.0)
    return np.where(varies, 1.0 - sq_residuals / np.where(varies, sq_deviations, 1.0), np.equal(sq_residuals, 0.0))


def as_response(y, weights, fit_intercept: bool) -> Response:
    """y centred and weighted."""
    deviation, mean = centre(y, weights)
    sq_deviation = core.sq_norm(deviation, weights)
    y0, y_mean, sq_target = (
        (deviation, float(mean), sq_deviation) if fit_intercept else (y, 0.0, core.sq_norm(y, weights)))
    target = y0 if weights is None else weights * y0
    if not UNDERFLOW <= sq_target <= OVERFLOW and target.any():
        raise OutOfRange(f"y reaches {np.abs(y0).max():g}, whose square over- or underflows; rescale y")
    return Response(target=target, sq_target=sq_target, sq_deviation=sq_deviation, mean=y_mean)


def centre(y, weights):
    """(y minus its weighted mean, that mean); y may have a row for each target."""
    if y.ndim == 1:
        return core.centred(y, weights)
    return core.centred_rows(y, weights)
