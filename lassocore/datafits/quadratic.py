# Lives here: squared error: a centred, weighted target. Independent of: X, penalties.
"""Weighted least squares: 1/2 sum_i s_i (y_i - offset_i - f_i)^2."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.utils.powers_of_two import OutOfRange


class Response(NamedTuple):
    """y - offset as a problem sees it: centred where there is an intercept."""

    target: np.ndarray                      # s y0
    sq_target: float
    sq_deviation: float
    mean: float                             # 0 without an intercept


def without_offset(y: np.ndarray, offset: np.ndarray, name: str = "y") -> np.ndarray:
    """y - offset, which a float must hold."""
    with np.errstate(over="ignore"):
        rest = y - offset
    if not core.all_finite(rest.ravel()):
        raise OutOfRange(f"offset reaches {np.abs(offset).max():g} and {name} {np.abs(y).max():g}: {name} - offset is "
                         "beyond what a float holds; rescale both")
    return rest


def as_response(y, weights, fit_intercept: bool) -> Response:
    """y centred and weighted."""
    deviation, mean = centre(y, weights)
    sq_deviation = core.sq_norm(deviation, weights)
    y0, y_mean, sq_target = (
        (deviation, float(mean), sq_deviation) if fit_intercept else (y, 0.0, core.sq_norm(y, weights)))
    target = y0 if weights is None else weights * y0
    if not 1e-280 <= sq_target <= 1e280 and target.any():
        raise OutOfRange(f"y reaches {np.abs(y0).max():g}, whose square over- or underflows; rescale y")
    return Response(target, sq_target, sq_deviation, y_mean)


def centre(y, weights):
    """(y minus its weighted mean, that mean); y may have a row for each target."""
    if y.ndim == 1:
        return core.centred(y, weights)
    pairs = [core.centred(row, weights) for row in y]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
