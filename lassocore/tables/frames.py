# Lives here: data frames of pandas, polars and pyarrow, and arrays -> polars frames. Independent of: files, kinds.
"""Tables in memory become polars frames whose cells are read as those of files."""
from __future__ import annotations

import sys
from typing import Any

import numpy as np

from lassocore.tables.columns import TableError, listing

ARRAY = "x"             # columns of arrays are x0, x1, ...


def as_polars(X: Any, owner: str) -> Any:
    """A polars frame with the columns of X by name; missing values are null.

    X is a frame of polars or pandas, a table of pyarrow, or an array of two dimensions.
    """
    try:
        import polars
    except ImportError as error:
        raise ImportError(f'{owner} reads tables with polars; install it with pip install "lassocore[cli]"') from error
    if isinstance(X, polars.DataFrame):
        return X.fill_nan(None)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(X, pandas.DataFrame):
        names = _checked_names([str(name) for name in X.columns], owner)
        return polars.DataFrame([_from_pandas(X.iloc[:, k], name) for k, name in enumerate(names)])
    if type(X).__module__.partition(".")[0] == "pyarrow" and hasattr(X, "column_names"):
        _checked_names(X.column_names, owner)
        return polars.from_arrow(X).fill_nan(None)
    if hasattr(X, "tocsc"):
        raise TypeError(f"{owner} got a sparse matrix, which has no columns to prepare; pass it to the model as it is")
    return _from_array(X, owner)


def _checked_names(names: list[str], owner: str) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise TableError(f"X given to {owner} has more than one column {listing(twice)}; rename them")
    return names


def _from_pandas(column: Any, name: str) -> Any:
    """A series of numbers, truth values, dates or text."""
    import polars
    from pandas.api import types

    dtype, lacking = column.dtype, column.isna().to_numpy()
    if types.is_bool_dtype(dtype):
        return _of_items([bool(cell) for cell in column.where(~lacking, False)], lacking, name)
    if types.is_complex_dtype(dtype):
        raise TableError(f"column {name!r} of X holds complex numbers; split them into real columns")
    if types.is_numeric_dtype(dtype):
        return polars.Series(name, column.to_numpy(dtype=np.float64, na_value=np.nan), nan_to_null=True)
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        return polars.Series(name, column.to_numpy().astype("datetime64[us]"))
    items = column.astype(object).to_list()
    present = [item for item, absent in zip(items, lacking, strict=True) if not absent]
    if types.is_datetime64_any_dtype(dtype) or present and all(hasattr(item, "isoformat") for item in present):
        return _of_items([None if absent else item.isoformat() for item, absent in zip(items, lacking, strict=True)],
                         lacking, name)
    if present and all(isinstance(item, (bool, np.bool_)) for item in present):
        return _of_items([bool(item) for item in items], lacking, name)
    return _of_items([str(item) for item in items], lacking, name)


def _of_items(items: list[Any], lacking: np.ndarray, name: str) -> Any:
    """A series of these items, null where they are lacking."""
    import polars

    return polars.Series(name, [None if absent else item for item, absent in zip(items, lacking, strict=True)])


def _from_array(X: Any, owner: str) -> Any:
    """Columns x0, x1, ... of an array of numbers or objects."""
    import polars

    array = np.asarray(X)
    if array.ndim != 2:
        raise ValueError(f"Expected 2D array, got {array.ndim}D array instead: X of {owner} is a table. Reshape your "
                         "data: one column by array.reshape(-1, 1), one row by array.reshape(1, -1)")
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: X of {owner} has dtype {array.dtype}")
    names = [f"{ARRAY}{k}" for k in range(array.shape[1])]
    if array.dtype.kind in "iufb":
        return polars.DataFrame([
            polars.Series(name, column if array.dtype.kind == "b" else column.astype(np.float64), nan_to_null=True)
            for name, column in zip(names, array.T, strict=True)])
    columns = []
    for name, column in zip(names, array.T, strict=True):
        items = column.tolist()
        lacking = np.array([item is None or item != item for item in items], dtype=bool)
        columns.append(_of_items([item if isinstance(item, bool) else str(item) for item in items], lacking, name)
                       if not _mixes_truth(items) else _of_items(list(map(str, items)), lacking, name))
    return polars.DataFrame(columns)


def _mixes_truth(items: list[Any]) -> bool:
    """Whether some items are truth values and others are not."""
    truths = [isinstance(item, bool) for item in items if item is not None]
    return any(truths) and not all(truths)
