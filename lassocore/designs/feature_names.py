# Lives here: names of features, as scikit-learn keeps and compares them. Independent of: models, storage.
"""Names of the columns of a data frame: what a fit keeps, what a prediction is compared with, what errors call them."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from lassocore.utils.arguments import shortened

NAMELESS = (np.ndarray, np.memmap, list, tuple)
REMEDY = ("encode text and categories as numbers, for instance by a OneHotEncoder in a ColumnTransformer of "
          "scikit-learn, or drop the column")


def names_of(X) -> tuple[str, ...] | None:
    """Column names of a data frame of any library that scikit-learn knows; None where there are none.

    Names of which some are text and some are not are a TypeError, as for scikit-learn's estimators.
    """
    if _is_nameless(X):
        return None
    reader = _reader("PathResult")()
    _validate(reader, X, reset=True)
    names = getattr(reader, "feature_names_in_", None)
    return None if names is None else tuple(map(str, names))


def target_names_of(Y) -> tuple[str, ...] | None:
    """Column names of the targets; None where there are none, or some are not text."""
    try:
        return names_of(Y)
    except TypeError:
        return None


def compare_names(X, names: tuple[str, ...] | None, owner: str) -> None:
    """The error or the warning of scikit-learn's estimators where X has other names than the fit had.

    Other names, or the same in another order, are a ValueError; names on one side alone are a UserWarning.
    """
    if names is None and _is_nameless(X):
        return
    reader = _reader(owner)()
    if names is not None:
        reader.feature_names_in_ = np.array(names, dtype=object)
    _validate(reader, X, reset=False)


@contextmanager
def naming_columns(X) -> Iterator[None]:
    """Errors of conversions of X to numbers name the first column at fault, one of its cells, and what helps."""
    try:
        yield
    except (TypeError, ValueError) as error:
        found = _first_odd_cell(X)
        if found is None:
            raise
        column, cell = found
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"column {column!r} of X holds {shortened(cell)}, which is no number; {REMEDY} ({error})") from None


def _is_nameless(X) -> bool:
    """Whether X needs no look: plain arrays, lists and sparse matrices have no names."""
    return type(X) in NAMELESS or hasattr(X, "tocsc")


@cache
def _reader(owner: str) -> type:
    """An estimator of this name, for messages that begin with it; scikit-learn does all the rest."""
    from sklearn.base import BaseEstimator

    return type(owner, (BaseEstimator,), {})


def _validate(reader: Any, X, reset: bool) -> None:
    from sklearn.utils.validation import validate_data

    validate_data(reader, X, reset=reset, skip_check_array=True)


def _first_odd_cell(X) -> tuple[Any, Any] | None:
    """(name or position of its column, the first cell that is no number); None where all are numbers."""
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
