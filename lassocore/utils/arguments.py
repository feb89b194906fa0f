# Lives here: validation of numbers, flags and vectors. Independent of: models, solvers.
"""Checks of arguments."""
from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, TypeGuard

import numpy as np

from lassocore._isa import core

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))

NUMBER, WHOLE = (float, int, Real), (int, Integral)     # plain types first: checks against abstract ones are slow
BOOLEAN = (bool, np.bool_)
MOMENTS = ("date", "time", "duration", "period")    # how names of types of dates and time spans begin


def is_number(value: object) -> TypeGuard[float]:
    """Whether the value is a real number; True and False are not."""
    return type(value) is float or isinstance(value, NUMBER) and not isinstance(value, BOOLEAN)


def is_one_of(value: object, options: Iterable[str]) -> bool:
    """Whether the value is one of these names; an array, whose comparison is no truth value, is none."""
    return isinstance(value, str) and value in options


def is_whole(value: object) -> TypeGuard[int]:
    """Whether the value is an integer; True and False are not."""
    return type(value) is int or isinstance(value, WHOLE) and not isinstance(value, BOOLEAN)


def shortened(value: Any) -> str:
    """The repr of a value for an error message, at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def check_flag(name: str, value: Any) -> None:
    """A flag is True or False: the string "False" would count as true, and a number may be a misplaced argument."""
    if value is not True and value is not False and not isinstance(value, np.bool_):
        raise ValueError(f"{name}={value!r} must be True or False")


def check_flags(owner: Any, *names: str) -> None:
    """Check those of these attributes of an estimator that exist."""
    for name in names:
        check_flag(name, getattr(owner, name, False))


def check_verbose(verbose: Any) -> None:
    """Require a flag or an integer of at least 0."""
    if verbose is not False and not (isinstance(verbose, BOOLEAN) or is_whole(verbose) and verbose >= 0):
        raise ValueError(f"verbose={verbose!r} must be True, False or an integer of at least 0")


def as_vector(values, name: str, n: int, of: str, hint: str = "") -> np.ndarray:
    """A finite, contiguous float64 vector of length n."""
    if type(values) is not np.ndarray or values.dtype != FLOATS[0]:
        check_kind(values, name)
        values = as_real(values.to_numpy() if hasattr(values, "to_numpy") else values, name)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"{name} has shape {values.shape}; pass a vector of shape ({n},){hint}")
    if len(values) != n:
        raise ValueError(f"{name} has inconsistent length {len(values)}; it needs one value for each of the {n} {of}")
    if not (values.flags.c_contiguous and values.flags.aligned):
        values = values.copy()
    if not core.all_finite(values):
        raise ValueError(f"Input {name} contains {not_finite(values)}; remove or impute it")
    return values


def check_dense(values, name: str) -> None:
    """Refuse sparse input: only X may be sparse."""
    if hasattr(values, "tocsc"):
        raise ValueError(f"{name} is a sparse {type(values).__name__}; pass a dense array, {name}.toarray()")


def check_kind(values: Any, name: str) -> None:
    """Refuse what NumPy turns into numbers without a word: masked entries, dates, time spans."""
    if type(values) is np.ndarray and values.dtype.kind in "fiubO":
        return
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(
            f"{name} has {np.ma.count_masked(values)} masked entries; impute them with {name}.filled(value), or drop "
            "their rows")
    dtypes: Any = getattr(values, "dtypes", getattr(values, "dtype", None))
    for dtype in dtypes if hasattr(dtypes, "__iter__") else (dtypes,):
        if str(dtype).lower().startswith(MOMENTS):
            raise ValueError(f"{name} has dtype {dtype}; pass numbers, for instance days since the first date")


def n_dimensions(values: Any, name: str) -> int:
    """The number of dimensions of anything that NumPy can make an array of."""
    try:
        return np.ndim(values)
    except ValueError as error:             # lists of different lengths
        raise ValueError(f"{name}={shortened(values)} is no array of numbers: {error}") from None


def as_real(values, name: str) -> np.ndarray:
    """Numbers of any real type as float64."""
    check_dense(values, name)
    check_kind(values, name)
    try:
        values = np.asarray(values)
    except ValueError as error:             # lists of different lengths
        raise ValueError(f"{name}={shortened(values)} is no array of numbers: {error}") from None
    if values.dtype.kind == "c":
        raise ValueError(f"{name} has dtype {values.dtype}: Complex data not supported")
    if values.dtype.kind not in "fiubO":
        raise ValueError(f"{name} has dtype {values.dtype}; pass real numbers")
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} does not hold real numbers: {error}") from None


def not_finite(values) -> str:
    """"NaN" or "infinity", whichever a non-finite array contains."""
    return "NaN" if np.isnan(values).any() else "infinity"
