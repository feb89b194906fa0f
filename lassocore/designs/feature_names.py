# Lives here: feature names, stored and compared as in scikit-learn. Independent of: models, storage.
"""Column names of data frames: stored by a fit, compared at prediction, quoted in errors."""
from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from lassocore.designs.operator import refuse_operator
from lassocore.designs.prepared import PreparedDesign
from lassocore.utils.arguments import check_kind, shortened

NAMELESS = (np.ndarray, np.memmap, list, tuple)
CONVERSION = re.compile(                # how NumPy, SciPy and scikit-learn begin the messages that name no argument
    r"^(float\(\) argument|could not convert|setting an array element|Cannot cast|no supported conversion|"
    r"Input should have at least 1 dimension)")
REMEDY = ("encode text and categories as numbers, for instance by a OneHotEncoder in a ColumnTransformer of "
          "scikit-learn, or drop the column")


def names_of(X) -> tuple[str, ...] | None:
    """Column names of a data frame of any library that scikit-learn supports; None without names.

    Names of which only some are strings raise a TypeError, as in scikit-learn's estimators.
    """
    if _is_nameless(X):
        return None
    if type(X) is PreparedDesign:
        return X.feature_names
    reader = _reader("PathResult")()
    _validate(reader, X, reset=True)
    names = getattr(reader, "feature_names_in_", None)
    return None if names is None else tuple(map(str, names))


def target_names_of(Y) -> tuple[str, ...] | None:
    """Column names of the targets; None without names, or if some are not strings."""
    try:
        return names_of(Y)
    except TypeError:
        return None


def compare_names(X, names: tuple[str, ...] | None, owner: str) -> None:
    """Raise scikit-learn's error or warning if X has other column names than the fit.

    Other names, or another order, are a ValueError; names on one side only, a UserWarning.
    """
    if names is None and _is_nameless(X):
        return
    reader = _reader(owner)()
    if names is not None:
        reader.feature_names_in_ = np.array(names, dtype=object)
    _validate(reader, X, reset=False)


def require_features(X, names: Any, n_features: int | None, owner: str) -> None:
    """Require the features of a fit: their names, where both have names, and their number, where it is known."""
    if names is not None and names_of(X) is not None:
        compare_names(X, tuple(names), owner)
    shape = _shape_of(X)
    if n_features is not None and len(shape) == 2 and shape[1] != n_features:
        raise ValueError(f"X has shape {shape}; {owner} was fitted on {n_features} features")


@contextmanager
def naming_columns(X, y=None) -> Iterator[None]:
    """Refuse operators, masked entries and dates of X and y; make conversion errors name what is wrong, and a remedy.

    That is the first invalid column of X and one of its cells; or X or y as a whole, where NumPy's message has neither.
    """
    if X is None:
        raise ValueError("X is None; pass an array, a sparse matrix or a data frame of shape (n_samples, n_features)")
    refuse_operator(X)
    try:
        check_kind(X, "X")
        if y is not None:
            check_kind(y, "y")
        yield
    except (TypeError, ValueError) as error:
        found = _first_nonnumeric_cell(X)
        kind = ValueError if isinstance(error, ValueError) else TypeError
        if found is not None:
            column, cell = found
            raise kind(f"column {column!r} of X holds {shortened(cell)}, which is no number; {REMEDY} ({error})"
                       ) from None
        if not CONVERSION.search(str(error)):
            raise
        name, values = ("X", X) if y is None or not _is_numeric(X) else ("y", y)
        raise kind(f"{name}={shortened(values)} cannot be read as an array of numbers ({error})") from None


def _shape_of(X) -> tuple[int, ...]:
    """The shape of anything; empty for lists of different lengths, whose conversion is refused later."""
    try:
        return np.shape(X)
    except ValueError:
        return ()


def _is_numeric(X) -> bool:
    """Whether all of X is numbers."""
    try:
        np.asarray(X.data if hasattr(X, "tocsc") else X).astype(np.float64)
    except (TypeError, ValueError):
        return False
    return True


def _is_nameless(X) -> bool:
    """Whether X is a plain array, a list or a sparse matrix, which have no names."""
    return type(X) in NAMELESS or hasattr(X, "tocsc")


@cache
def _reader(owner: str) -> type:
    """An estimator class of this name, which begins scikit-learn's messages."""
    from sklearn.base import BaseEstimator

    return type(owner, (BaseEstimator,), {})


def _validate(reader: Any, X, reset: bool) -> None:
    from sklearn.utils.validation import validate_data

    validate_data(reader, X, reset=reset, skip_check_array=True)


def _first_nonnumeric_cell(X) -> tuple[Any, Any] | None:
    """(name or position of the column, cell) of the first cell that is not a number, or None."""
    try:
        cells = np.asarray(X)
        names = names_of(X)
    except (TypeError, ValueError):
        return None
    if cells.ndim != 2 or cells.dtype.kind not in "OSUMm":
        return None
    for j, column in enumerate(cells.astype(object).T):
        for cell in column:
            try:
                float(cell)
            except (TypeError, ValueError):
                return (j if names is None else names[j]), cell
    return None
