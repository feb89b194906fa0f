# Lives here: parts of predictions and scores. Independent of: how models were fitted, the kind of result.
"""X as fits read it, offsets, any alpha as a weighted mean of those of the grid, R2."""
from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import centre, r2_of_sums
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.feature_names import compare_names
from lassocore.designs.operator import Operator, is_operator
from lassocore.problems.targets import as_columns, sq_norms
from lassocore.utils.arguments import as_vector, is_number, not_finite, shortened
from lassocore.utils.powers_of_two import aligned, times_power

SQUARED_EXPONENT = 400  # numbers up to 2^400, and from 2^-400 on, are squared as they are
END_TOL = 1e-4          # largest relative distance of an alpha from an end of the path: tables print rounded alphas


def as_new_design(X, n_features: int, feature_names: tuple[str, ...] | None, owner: str, *, products: bool = False):
    """X read as fits read it, after a check of the number of columns and of their names, if both have names.

    With products it may be an operator, of which nothing but products is asked.
    """
    if feature_names is not None or type(X) is not np.ndarray:
        compare_names(X, feature_names, owner)
    design = Operator(X) if products and is_operator(X) else as_canonical(X)
    if design.shape[1] != n_features:
        raise ValueError(f"X has shape {design.shape}; {owner} was fitted on {n_features} features")
    check_not_empty(design)
    if type(design) is not Operator:        # it checks what it returns
        check_finite(design)
    return design


def check_finite(design) -> None:
    """Refuse NaN and infinity; the error names the column."""
    values = design if isinstance(design, np.ndarray) else design.data
    flat = values.ravel(order="K")
    if core.all_finite(flat) if flat.dtype == np.float64 else np.isfinite(flat).all():
        return
    if isinstance(design, np.ndarray):
        column = int(np.argmin(np.isfinite(design).all(axis=0)))
        values = design[:, column]
    else:
        entries = design.tocoo()
        column = int(entries.col[np.argmin(np.isfinite(entries.data))])
        values = entries.data[entries.col == column]
    raise ValueError(f"Input X contains {not_finite(values)} in column {column}; remove or impute it")


def as_new_offset(offset, n_samples: int, has_offset: bool, n_targets: int | None = None) -> Any:
    """A number, (n_samples,) or (n_samples, n_targets), to be added to predictions; None for none.

    A fit with an offset needs one for predictions: its coefficients do not explain the offset.
    """
    if offset is None:
        if has_offset:
            raise ValueError(
                "offset=None, but the fit had an offset, which is a part of every prediction; pass offset=, one value "
                f"for each of the {n_samples} rows of X, or offset=0.0 to predict without it")
        return None
    if isinstance(offset, Real):
        if not (is_number(offset) and np.isfinite(offset)):
            raise ValueError(f"offset={offset!r} must be a finite number, or one for each of the {n_samples} rows of X")
        return float(offset)
    if n_targets is not None and np.ndim(offset) == 2:
        return as_columns(offset, "offset", n_samples, n_targets)
    return as_vector(offset, "offset", n_samples, "rows of X")


def add_offset(fitted: np.ndarray, offset: Any) -> np.ndarray:
    """Predictions plus an offset; their further axes are alphas, after targets where the offset has these."""
    if offset is None:
        return fitted
    return fitted + (offset if np.ndim(offset) == 0 else offset.reshape(offset.shape + (1,) * (
        fitted.ndim - offset.ndim)))


def dense_product(design, coefs) -> np.ndarray:
    """design @ coefs as a dense array."""
    product = design @ coefs
    return product.toarray() if hasattr(product, "toarray") else np.asarray(product)


def grid_weights(alphas: np.ndarray, alpha, is_null: Callable[[], bool], stopped: str = "") -> np.ndarray:
    """Weights of the alphas of a grid, at most two of them not 0, whose weighted mean is the given alpha.

    A vector for a number, a column for each of several. is_null returns whether all penalised coefficients are 0 at the
    largest alpha, and so at any larger one.
    """
    if is_number(alpha):
        return _weights(alphas, float(alpha), is_null, stopped)
    asked: Any = None
    if not isinstance(alpha, (str, bytes, dict, bool, np.bool_)):
        try:
            asked = np.array(alpha)
        except ValueError:          # nested lists of different lengths
            asked = None
    if asked is None or asked.ndim > 1 or asked.size == 0 or asked.dtype.kind not in "fiu":
        raise ValueError(f"alpha={shortened(alpha)} must be a number, or a vector with at least one")
    if asked.ndim == 0:
        return _weights(alphas, float(asked), is_null, stopped)
    return np.column_stack([_weights(alphas, value, is_null, stopped) for value in asked.astype(np.float64).tolist()])


def _weights(alphas: np.ndarray, alpha: float, is_null: Callable[[], bool], stopped: str) -> np.ndarray:
    weights = np.zeros(len(alphas))
    k = int(np.searchsorted(-alphas, -alpha)) if alphas[-1] <= alpha <= alphas[0] else -1
    if k >= 0 and alphas[k] == alpha:
        weights[k] = 1.0
    elif k >= 0:
        weights[k] = (alphas[k - 1] - alpha) / (alphas[k - 1] - alphas[k])
        weights[k - 1] = 1.0 - weights[k]
    elif alphas[0] < alpha < np.inf and (alpha <= alphas[0] * (1.0 + END_TOL) or is_null()):
        weights[0] = 1.0
    elif 0.0 <= alpha < alphas[-1] and alpha >= alphas[-1] * (1.0 - END_TOL):
        weights[-1] = 1.0
    else:
        raise ValueError(_outside(alphas, alpha, stopped))
    return weights


def _outside(alphas: np.ndarray, alpha: float, stopped: str) -> str:
    """Why there is no model at this alpha, and how to get one."""
    where = f"alpha={alpha:g} is outside the path [{alphas[-1]:g}, {alphas[0]:g}]"
    if not 0.0 <= alpha < np.inf:
        return f"{where}; it must be a finite number of at least 0"
    if alpha > alphas[0]:
        return f"{where}, and not all coefficients are 0 at its beginning; fit one that begins there: " \
               f"alphas=[{alpha:g}, ...]"
    ended = f", and a larger limit than the {stopped} that ended this one" if stopped else ""
    return f"{where}; fit one that goes down to it: alphas=[..., {alpha:g}], or a smaller eps{ended}"


def r2_of(y: np.ndarray, fitted: np.ndarray, sample_weight, offset: Any, tasks_together: bool = False) -> np.ndarray:
    """Weighted R2 of predictions of y, as `PathResult.r2` defines it: of y - offset about its mean.

    y has shape (n_samples,) or (n_samples, n_targets); further axes of fitted are alphas, and remain.
    """
    weights = as_sample_weight(sample_weight, len(y))
    s = np.ones(len(y)) if weights is None else weights
    residuals = y.reshape(y.shape + (1,) * (fitted.ndim - y.ndim)) - fitted
    known = y if offset is None else y - (offset if np.ndim(offset) in (0, y.ndim) else offset[:, None])
    deviations, _ = centre(np.ascontiguousarray(known.T), weights)
    deviations = np.atleast_2d(deviations)
    exponents = np.frexp(np.abs(deviations).max(axis=None if tasks_together else 1))[1]
    if np.abs(exponents).max() > SQUARED_EXPONENT:          # R2 is the same at any scale
        deviations = times_power(deviations, -exponents[..., None])
        residuals = times_power(residuals, -aligned(np.broadcast_to(exponents, len(deviations)), residuals[0])
                                if y.ndim == 2 else -int(exponents.max()))
    rest = np.tensordot(s, residuals ** 2, 1)
    total = sq_norms(deviations, weights).reshape(y.shape[1:])
    if tasks_together and y.ndim == 2:
        rest, total = rest.sum(axis=0), total.sum()
    return r2_of_sums(rest, total.reshape(total.shape + (1,) * (np.ndim(rest) - total.ndim)))
