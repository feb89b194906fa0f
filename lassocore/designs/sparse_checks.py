# Lives here: consistency checks of sparse matrices. Independent of: files, solvers.
"""Checks of sparse matrices before their indices are followed: SciPy's conversions and products have none."""
from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np


class SparseFormatError(ValueError):
    """The arrays of a sparse matrix contradict each other or its shape."""


def check_sparse(X: Any, name: str = "X", *, csc_rows: bool = True) -> None:
    """Refuse a sparse matrix, of any format, whose arrays contradict each other or its shape.

    Parameters
    ----------
    X : sparse matrix
        Or an object with its attributes: format, shape, data, and indices, indptr, coords or offsets.
    name : str
        Name of the matrix in errors.
    csc_rows : bool
        False leaves the row indices of CSC to `core.is_canonical`, which reads all of them anyway.

    Raises
    ------
    SparseFormatError
    """
    if len(X.shape) != 2 or min(X.shape) < 0:
        raise SparseFormatError(f"{name} has shape {X.shape}; pass a 2-d matrix")
    kind = getattr(getattr(X, "data", None), "dtype", np.dtype(float)).kind
    if kind not in "fiubc" and X.format not in ("lil", "dok"):
        raise SparseFormatError(f"{name}, a sparse {X.format} matrix, has dtype {X.data.dtype}; pass numbers")
    check = _CHECKS.get(X.format)
    fault = "an unknown format" if check is None else check(X)
    if not fault and csc_rows and X.format == "csc":
        fault = _range_fault(X.indices[:X.indptr[-1]], X.shape[0], "indices (rows)")
    if fault:
        raise SparseFormatError(f"{name}, a sparse {X.format} matrix of shape {X.shape}, has {fault}; rebuild it")


def _described(array: Any) -> str:
    return f"shape {array.shape}" if isinstance(array, np.ndarray) else f"type {type(array).__name__}"


def _array_fault(array: Any, n_dimensions: int, name: str = "data") -> str:
    right = isinstance(array, np.ndarray) and array.ndim == n_dimensions
    return "" if right else f"{name} of {_described(array)} in place of {n_dimensions} dimension(s)"


def _index_fault(array: Any, name: str) -> str:
    """Why an array is not a vector of integers; empty if it is."""
    return _array_fault(array, 1, name) or (
        "" if array.dtype.kind in "iu" else f"{name} of dtype {array.dtype} in place of integers")


def _range_fault(indices: np.ndarray, n: int, name: str) -> str:
    """An index outside [0, n), or an empty string."""
    if len(indices) == 0:
        return ""
    smallest, largest = int(indices.min()), int(indices.max())
    if smallest >= 0 and largest < n:
        return ""
    return f"{name} outside [0, {n}): {smallest if smallest < 0 else largest}"


def _list_range_fault(indices: list[Any], n: int, name: str) -> str:
    """`_range_fault` for indices in a list of any objects."""
    if not all(issubclass(kind, (int, np.integer)) for kind in {*map(type, indices)}):
        return f"{name} that are no integers"
    # object arrays hold Python integers of any size
    return _range_fault(np.array(indices, dtype=object), n, name)


def _pointer_fault(X: Any, n_vectors: int) -> str:
    """Faults of indptr for n_vectors rows or columns, and of the lengths of indices and data."""
    indptr = X.indptr
    fault = _index_fault(X.indices, "indices") or _index_fault(indptr, "indptr")
    if fault:
        return fault
    if len(X.data) != len(X.indices):
        return f"indices of length {len(X.indices)} and data of length {len(X.data)}"
    if len(indptr) != n_vectors + 1:
        return f"an indptr of length {len(indptr)} in place of {n_vectors + 1}"
    if indptr[0] != 0:
        return f"an indptr that starts at {indptr[0]}, not at 0"
    if indptr[-1] > len(X.indices):
        return f"an indptr that ends at {indptr[-1]}, beyond the {len(X.indices)} indices"
    return "an indptr that falls" if (indptr[1:] < indptr[:-1]).any() else ""


def _csc(X: Any) -> str:
    return _array_fault(X.data, 1) or _pointer_fault(X, X.shape[1])


def _csr(X: Any) -> str:
    return _array_fault(X.data, 1) or _pointer_fault(X, X.shape[0]) or _range_fault(
        X.indices[:X.indptr[-1]], X.shape[1], "indices (columns)")


def _bsr(X: Any) -> str:
    fault = _array_fault(X.data, 3)
    if fault:
        return fault
    block = X.data.shape[1:]
    if min(block) < 1 or any(n % size for n, size in zip(X.shape, block, strict=True)):
        return f"blocks of shape {block}, which do not divide its shape"
    return _pointer_fault(X, X.shape[0] // block[0]) or _range_fault(
        X.indices[:X.indptr[-1]], X.shape[1] // block[1], "indices (block columns)")


def _coo(X: Any) -> str:
    fault = _array_fault(X.data, 1)
    if fault or len(X.coords) != 2:
        return fault or f"{len(X.coords)} vectors of indices in place of 2"
    for indices, n, name in zip(X.coords, X.shape, ("row indices", "column indices"), strict=True):
        fault = _index_fault(indices, name)
        if not fault and len(indices) != len(X.data):
            fault = f"{name} of length {len(indices)} and data of length {len(X.data)}"
        fault = fault or _range_fault(indices, n, name)
        if fault:
            return fault
    return ""


def _dia(X: Any) -> str:
    offsets = X.offsets
    fault = _array_fault(X.data, 2) or _index_fault(offsets, "offsets")
    if fault:
        return fault
    if len(X.data) != len(offsets):
        return f"{len(offsets)} offsets and {len(X.data)} diagonals"
    if len(np.unique(offsets)) < len(offsets):
        return "an entry of offsets twice"
    if len(offsets) and min(X.shape) and not -X.shape[0] < int(offsets.min()) <= int(offsets.max()) < X.shape[1]:
        return f"offsets outside ({-X.shape[0]}, {X.shape[1]}): indices of diagonals that it does not have"
    return ""


def _lil(X: Any) -> str:
    for values, name in ((X.rows, "rows"), (X.data, "data")):
        if not isinstance(values, np.ndarray) or values.shape != (X.shape[0],):
            return f"{name} of {_described(values)} in place of a list for each row"
        if any(type(entry) is not list for entry in values):
            return f"an entry of {name} that is no list"
    if [*map(len, X.rows)] != [*map(len, X.data)]:
        return "rows with other numbers of indices than of values"
    return _list_range_fault(list(chain.from_iterable(X.rows)), X.shape[1], "column indices")


def _dok(X: Any) -> str:
    keys = list(X.keys())
    if any(type(key) is not tuple or len(key) != 2 for key in keys):
        return "a key that is no pair of indices"
    return _list_range_fault([key[0] for key in keys], X.shape[0], "row indices") or _list_range_fault(
        [key[1] for key in keys], X.shape[1], "column indices")


_CHECKS: dict[str, Callable[[Any], str]] = {
    "csc": _csc, "csr": _csr, "bsr": _bsr, "coo": _coo, "dia": _dia, "lil": _lil, "dok": _dok}
