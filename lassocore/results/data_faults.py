# Lives here: what in X and y makes a fit slow or trivial. Independent of: how models were fitted, duality gaps.
"""Columns of very different size, collinear and constant columns, a constant target; each finding is a sentence."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore.designs.design import core_matrix, measure
from lassocore.results.prediction import as_new_design
from lassocore.results.tables import feature_labels
from lassocore.utils.powers_of_two import OutOfRange

LARGE_RATIO = 1e3                   # of column norms
COLLINEAR = 0.999                   # correlation
DEPENDENT = 1e-6                    # smallest over largest eigenvalue of the correlations
TAKES_PART = 0.1                    # share of the largest coefficient of a combination
MAX_COLUMNS = 1000                  # whose correlations are computed
MAX_NAMED = 5
NEARLY_CONSTANT = 1e-9              # largest deviation over largest size


class Measured(NamedTuple):
    """X, and the norms of its columns about their means, or about 0 without an intercept; None out of range."""

    X: Any
    n_rows: int
    norms: np.ndarray | None
    weights: np.ndarray | None
    is_centred: bool


def measured(result: Any, X) -> Measured:
    """X of the fit, checked, and its column norms."""
    design = as_new_design(X, result.n_features, result.feature_names, type(result).__name__)
    sample, n_rows = getattr(result, "sample", None), design.shape[0]
    if sample is not None and sample.n_rows != n_rows:
        raise ValueError(f"X has {n_rows} rows and the fit had {sample.n_rows}; pass the X of the fit")
    weights = None if sample is None else sample.weights
    centred = bool(np.any(result.intercepts)) if sample is None else sample.fit_intercept
    try:
        sq_norms, _ = measure(core_matrix(design, weights), design, np.zeros(n_rows), centred)
    except OutOfRange:
        return Measured(design, n_rows, None, weights, centred)
    return Measured(design, n_rows, np.sqrt(sq_norms), weights, centred)


def named(result: Any, columns: Any) -> str:
    """The names of columns, the first few if they are many."""
    names = feature_labels(result.feature_names, list(columns)[:MAX_NAMED])
    more = len(columns) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def constant_target(result: Any, y) -> list[str]:
    """Whether the target does not vary."""
    if result.gap_tol == 0.0 and result.relative_gaps is None and not result.dual_gaps.any() and (
            not result.n_nonzero.any()):
        return ["The target is constant, or 0 without an intercept: all coefficients are 0 at every alpha. Check that "
                "y is the right column."]
    if y is None or result.has_offset:
        return []
    sample = getattr(result, "sample", None)
    values = result._targets(y, len(y) if sample is None else sample.n_rows)
    deviation, size = float(np.abs(values - values.mean(axis=0)).max()), float(np.abs(values).max())
    if 0.0 < deviation <= NEARLY_CONSTANT * size:
        return [f"The target is nearly constant: it deviates from its mean by at most {deviation:.1e}, where its size "
                f"is {size:.1e}, so that rounding errors of y are a part of what is fitted. Subtract a constant from y "
                "where y is computed."]
    return []


def constant_columns(result: Any, data: Measured) -> list[str]:
    """Which columns do not vary."""
    if data.norms is None:
        return []
    columns = np.flatnonzero(data.norms == 0.0)
    if len(columns) == 0:
        return []
    subject = "A column is" if len(columns) == 1 else f"{len(columns)} columns are"
    return [f"{subject} constant, or 0 without an intercept, and cannot enter the model: {named(result, columns)}."]


def large_and_small_columns(result: Any, data: Measured) -> list[str]:
    """Whether columns differ much in size."""
    if data.norms is None:
        return ["Columns of X are so large or so small that their squares are beyond what a float holds: scale the "
                "columns."]
    usable = np.flatnonzero(data.norms > 0.0)
    if len(usable) < 2:
        return []
    smallest, largest = usable[data.norms[usable].argmin()], usable[data.norms[usable].argmax()]
    ratio = data.norms[largest] / data.norms[smallest]
    if ratio < LARGE_RATIO:
        return []
    return [f"The columns of X differ in size: that of {named(result, [largest])} varies {ratio:.1e} times as much as "
            f"that of {named(result, [smallest])}, so that one penalty suits neither. Scale the columns, or pass "
            "standardize=True."]


def collinear_columns(result: Any, data: Measured, position: int) -> list[str]:
    """Which columns are collinear, of all or, where these are many, of the model at an alpha: pairs, or else a
    combination that nearly vanishes."""
    if data.norms is None:
        return []
    columns = np.arange(result.n_features)
    if len(columns) > MAX_COLUMNS:
        columns = result.nonzeros(position)[0]
    columns = columns[data.norms[columns] > 0.0][:MAX_COLUMNS]
    if len(columns) < 2:
        return []
    correlations = _correlations(data, columns)
    pairs = np.argwhere(np.triu(np.abs(correlations) >= COLLINEAR, 1))
    if len(pairs):
        texts = [f"{named(result, [columns[a]])} and {named(result, [columns[b]])} ({correlations[a, b]:+.5f})"
                 for a, b in pairs[:MAX_NAMED]]
        more = f", and {len(pairs) - MAX_NAMED} more pairs" if len(pairs) > MAX_NAMED else ""
        return [f"Columns of X are collinear (their correlation in brackets): {', '.join(texts)}{more}. Drop one "
                "of each pair, or add an L2 penalty with l1_ratio=0.9."]
    if len(columns) >= data.n_rows:
        return []                   # as many columns as samples are always dependent
    values, vectors = np.linalg.eigh(correlations)
    if values[0] > DEPENDENT * values[-1]:
        return []
    sizes = np.abs(vectors[:, 0])
    members = np.flatnonzero(sizes >= TAKES_PART * sizes.max())
    return [f"Columns of X are collinear: one of {named(result, columns[members])} is nearly a combination of "
            "the others. Drop one, or add an L2 penalty with l1_ratio=0.9."]


def _correlations(data: Measured, columns: np.ndarray) -> np.ndarray:
    """Cosines between columns about their means, or about 0 without an intercept."""
    chosen = data.X[:, columns]
    Z = np.asarray(chosen if isinstance(chosen, np.ndarray) else chosen.toarray(), np.float64)
    weights = np.ones(len(Z)) if data.weights is None else data.weights
    if data.is_centred:
        Z = Z - weights @ Z / weights.sum()
    Z = np.sqrt(weights)[:, None] * Z
    Z = Z / np.linalg.norm(Z, axis=0)
    return Z.T @ Z
