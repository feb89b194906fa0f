# Lives here: data files in, whole files out; NPZ and svmlight by matrix_files. Must not know: fits, models, printing.
"""Tables: a file becomes a numeric matrix, and the columns remember how, so that a later file becomes the same one.

CSV and Parquet files have columns with names and kinds: numeric columns are features as they are, text and bool columns
become one 0/1 feature for each of their categories. NPZ and svmlight files hold a matrix whose features are known by
position.
"""
from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.matrix_files import MatrixFile, MatrixFileError, read_npz, read_svmlight

NUMERIC, TEXT, BOOL = KINDS = ("numeric", "text", "bool")
FORMATS = {".csv": "CSV", ".parquet": "Parquet", ".npz": "NPZ", ".svm": "svmlight", ".svmlight": "svmlight",
           ".libsvm": "svmlight"}
NAMED = ("CSV", "Parquet")
MIN_SPARSE_LEVELS = 50      # with fewer 0/1 features a dense matrix is small anyway
MAX_SPARSE_DENSITY = 0.25


class TableError(ValueError):
    """A file that cannot be used, and why, in one line."""


@dataclass(frozen=True)
class Column:
    """An input column and how it becomes features."""

    name: str
    kind: str                               # one of KINDS
    categories: tuple[str, ...] = ()        # of text and bool columns: a feature each

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The name itself, or name=category."""
        return (self.name,) if self.kind == NUMERIC else tuple(f"{self.name}={c}" for c in self.categories)


@dataclass(frozen=True)
class TrainingTable:
    """What a path is fitted on, and what must be remembered to read further files alike."""

    X: Any
    y: np.ndarray
    sample_weight: np.ndarray | None
    columns: tuple[Column, ...] | None          # None: features are known by position
    feature_names: tuple[str, ...] | None
    first_index: int | None = None              # of svmlight files: 0 or 1


@dataclass(frozen=True)
class Features:
    """What a further file must bring."""

    n_features: int
    columns: tuple[Column, ...] | None
    feature_names: tuple[str, ...] | None
    first_index: int | None


def format_of(path: Path) -> str:
    """The format that the file's extension names."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise TableError(f"{path} has the unknown extension {path.suffix!r}; use one of {', '.join(FORMATS)}") from None


def read_training(path: Path, target: str | None, weights: str | None) -> TrainingTable:
    """Features, target and weights of a file; target and weights are column names, or keys of an NPZ file."""
    if target is not None and target == weights:
        raise TableError(f"--target and --weights are both {target!r}; name two columns")
    read = {"NPZ": _npz_training, "svmlight": _svmlight_training}.get(format_of(path), _frame_training)
    table = read(path, target, weights)
    if table.X.shape[0] == 0:
        raise TableError(f"{path} has no rows; give at least one")
    return table


def read_features(path: Path, wanted: Features) -> tuple[Any, list[str]]:
    """The matrix of a further file, and warnings for the reader of stderr."""
    kind = format_of(path)
    named = wanted.columns is not None
    if (kind in NAMED) != named:
        raise TableError(f"{path} is {kind}, but the model was fitted on "
                         + ("named columns; give CSV or Parquet" if named else "plain matrices; give NPZ or svmlight"))
    if wanted.columns is not None:
        text = [column.name for column in wanted.columns if column.kind == TEXT]
        X, notes = encode(_read_frame(path, text), wanted.columns, path)
    else:
        X, notes = (_npz_features if kind == "NPZ" else _svmlight_features)(path, wanted), []
    if X.shape[0] == 0:
        raise TableError(f"{path} has no rows; give at least one")
    return X, notes


def _guarded(path: Path, read) -> Any:
    """What a foreign reader returns; whatever it raises becomes one line, since readers raise nearly anything."""
    try:
        return read()
    except (TableError, MemoryError):
        raise
    except ImportError as error:
        raise TableError(f"{path}: reading {format_of(path)} needs pandas and pyarrow; "
                         'install them with pip install "lassocore[cli]"') from error
    except Exception as error:
        raise TableError(f"{path} cannot be read as {format_of(path)}: {error}") from error


def _read_frame(path: Path, text_columns: Sequence[str] = ()) -> Any:
    """A pandas frame with string names, text_columns read as they are spelled."""
    def read():
        import pandas

        if format_of(path) == "Parquet":
            return pandas.read_parquet(path)
        return pandas.read_csv(path, dtype=dict.fromkeys(text_columns, str), low_memory=False)

    frame = _guarded(path, read)
    frame.columns = [str(name) for name in frame.columns]
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise TableError(f"{path} has more than one column {twice!r}; rename them")
    if len(frame) == 0:
        raise TableError(f"{path} has no rows; give at least one")
    return frame


def _frame_training(path: Path, target: str | None, weights: str | None) -> TrainingTable:
    if target is None:
        raise TableError(f"--target is missing: name the column of {path} that is to be explained")
    frame = _read_frame(path)
    y = _number_column(frame, target, "target", path)
    sample_weight = None if weights is None else _number_column(frame, weights, "weights", path)
    frame = frame.drop(columns=[name for name in (target, weights) if name is not None])
    if frame.shape[1] == 0:
        raise TableError(f"{path} has no columns besides {target!r}; there is nothing to fit")
    columns = learn_columns(frame, path)
    X, _ = encode(frame, columns, path)
    return TrainingTable(X, y, sample_weight, columns, tuple(n for c in columns for n in c.feature_names))


def _number_column(frame, name: str, role: str, path: Path) -> np.ndarray:
    _require_columns(frame, [name], path)
    if _kind_of(frame[name], path) != NUMERIC:
        raise TableError(f"the {role} column {name!r} of {path} holds {frame[name].dtype} values; it must be numeric")
    return _numbers(frame, [name], path)[:, 0]


def _require_columns(frame, names: Sequence[str], path: Path) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise TableError(f"{path} has no column {_listing(missing)}; it has {_listing(list(frame.columns))}")


def _listing(names: list[str], at_most: int = 8) -> str:
    shown = ", ".join(map(repr, names[:at_most]))
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"


def _kind_of(series, path: Path) -> str:
    """numeric, text or bool, by the column's type."""
    from pandas import CategoricalDtype
    from pandas.api import types

    dtype = series.dtype
    if types.is_bool_dtype(dtype) and not isinstance(dtype, CategoricalDtype):
        return BOOL
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return NUMERIC
    if isinstance(dtype, CategoricalDtype):
        return TEXT
    if types.is_string_dtype(dtype) or types.is_object_dtype(dtype):
        held = types.infer_dtype(series, skipna=True)
        if held in ("string", "boolean", "empty"):
            return BOOL if held == "boolean" else TEXT
        dtype = held
    raise TableError(f"column {series.name!r} of {path} holds {dtype} values; make it numbers or text, or drop it")


def learn_columns(frame, path: Path) -> tuple[Column, ...]:
    """The frame's columns, numeric ones first, with the categories that occur."""
    kinds = {name: _kind_of(frame[name], path) for name in frame.columns}
    numeric = [Column(name, NUMERIC) for name, kind in kinds.items() if kind == NUMERIC]
    return (*numeric, *(Column(name, kind, tuple(sorted(set(_texts(frame[name], path)))))
                        for name, kind in kinds.items() if kind != NUMERIC))


def encode(frame, columns: Sequence[Column], path: Path) -> tuple[Any, list[str]]:
    """The numeric matrix of the columns, sparse where 0/1 features abound, and a note for each unseen category."""
    _require_columns(frame, [column.name for column in columns], path)
    for column in columns:
        if column.kind == NUMERIC and _kind_of(frame[column.name], path) != NUMERIC:
            raise TableError(f"column {column.name!r} of {path} holds {frame[column.name].dtype} values; "
                             "the model was fitted on numbers there")
    numeric = [column.name for column in columns if column.kind == NUMERIC]
    one_hot = [column for column in columns if column.kind != NUMERIC]
    values = _numbers(frame, numeric, path) if numeric else np.empty((len(frame), 0))
    coded = [_codes(frame[column.name], column, path) for column in one_hot]
    sizes = [len(column.categories) for column in one_hot]
    n_features = len(numeric) + sum(sizes)
    starts = len(numeric) + np.cumsum([0, *sizes])
    sparse = sum(sizes) > MIN_SPARSE_LEVELS and len(columns) < MAX_SPARSE_DENSITY * n_features
    assemble = _assemble_sparse if sparse else _assemble_dense
    return assemble(values, [codes for codes, _ in coded], starts), [note for _, note in coded if note]


def _assemble_dense(values, coded: list[np.ndarray], starts: np.ndarray) -> np.ndarray:
    X = np.zeros((len(values), starts[-1]), order="F")
    X[:, :values.shape[1]] = values
    for codes, start in zip(coded, starts, strict=False):
        seen = np.flatnonzero(codes >= 0)
        X[seen, start + codes[seen]] = 1.0
    return X


def _assemble_sparse(values, coded: list[np.ndarray], starts: np.ndarray) -> Any:
    from scipy import sparse

    seen = [np.flatnonzero(codes >= 0) for codes in coded]
    rows = np.concatenate(seen)
    features = np.concatenate([start - values.shape[1] + codes[hit]
                               for codes, hit, start in zip(coded, seen, starts, strict=False)])
    indicators = sparse.csc_array((np.ones(len(rows)), (rows, features)),
                                  shape=(len(values), starts[-1] - values.shape[1]))
    return sparse.hstack([sparse.csc_array(values), indicators], format="csc")


def _numbers(frame, names: list[str], path: Path) -> np.ndarray:
    """Finite float64 values of numeric columns, all at once."""
    values = frame[names].to_numpy(dtype=np.float64, na_value=np.nan)
    _require_finite(values, names, path)
    return values


def _texts(series, path: Path) -> list[str]:
    """Values as they are spelled; a missing one is an error."""
    missing = np.flatnonzero(series.isna())
    if len(missing):
        raise TableError(f"column {series.name!r} of {path} has {_count(len(missing), 'missing value')}, first in row "
                         f"{missing[0] + 1}; remove or impute them")
    return [str(value) for value in series]


def _codes(series, column: Column, path: Path) -> tuple[np.ndarray, str]:
    """Positions among the column's categories, -1 where unseen, and a note about those."""
    from pandas import Index

    codes = Index(column.categories, dtype=object).get_indexer(Index(_texts(series, path), dtype=object))
    unseen = np.flatnonzero(codes < 0)
    if len(unseen) == 0:
        return codes, ""
    return codes, (f"column {column.name!r} of {path} has {_count(len(unseen), 'value')} not seen in training, first "
                   f"{str(series.iloc[unseen[0]])!r} in row {unseen[0] + 1}; all its features are 0 there")


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"


def _require_finite(X, names: Sequence[str] | None, path: Path) -> None:
    """Refuse NaN and infinity in a dense or sparse matrix, naming the first column at fault."""
    if isinstance(X, np.ndarray):
        rows, columns = np.nonzero(~np.isfinite(X))
    else:
        entries = X.tocoo()
        faulty = ~np.isfinite(entries.data)
        rows, columns = entries.row[faulty], entries.col[faulty]
    if len(rows) == 0:
        return
    column = columns.min()
    rows = np.sort(rows[columns == column])
    what = "missing value" if np.isnan(X[rows[0], column]) else "infinite value"
    label = repr(names[column]) if names is not None else str(column)
    raise TableError(f"column {label} of {path} has a {what} (NaN or infinity in {_count(len(rows), 'row')}, first in "
                     f"row {rows[0] + 1}); remove or impute it")


def _matrix(path: Path, read, *arguments: Any) -> MatrixFile:
    """What a reader of matrix files finds, X finite."""
    try:
        held = read(path, *arguments)
    except MatrixFileError as error:
        raise TableError(f"{path} {error}") from error
    _require_finite(held.X, held.feature_names, path)
    return held


def _npz_training(path: Path, target: str | None, weights: str | None) -> TrainingTable:
    names = (target or "y", *([] if weights is None else [weights]))
    X, feature_names, vectors, _ = _matrix(path, read_npz, names)
    for name, values in vectors.items():
        _require_finite(values[:, None], [name], path)
    return TrainingTable(X, vectors[names[0]], None if weights is None else vectors[weights], None, feature_names)


def _npz_features(path: Path, wanted: Features) -> Any:
    X, names, _, _ = _matrix(path, read_npz)
    if X.shape[1] != wanted.n_features:
        raise TableError(f"{path} has {_count(X.shape[1], 'feature')}; the model was fitted on {wanted.n_features}")
    if names is not None and wanted.feature_names is not None and names != wanted.feature_names:
        have, need = next(pair for pair in zip(names, wanted.feature_names, strict=True) if pair[0] != pair[1])
        raise TableError(f"{path} has the feature {have!r} where the model has {need!r}; bring the columns of X into "
                         "the model's order")
    return X


def _svmlight_training(path: Path, target: str | None, weights: str | None) -> TrainingTable:
    if target is not None or weights is not None:
        option, value = ("--target", target) if target is not None else ("--weights", weights)
        raise TableError(f"{option} {value!r} is not for svmlight files, where the label is the target and no weights "
                         f"are kept; leave {option} out")
    X, _, vectors, first_index = _matrix(path, read_svmlight, None, None)
    _require_finite(vectors["label"][:, None], ["label"], path)
    return TrainingTable(X.tocsc(), vectors["label"], None, None, None, first_index)


def _svmlight_features(path: Path, wanted: Features) -> Any:
    return _matrix(path, read_svmlight, wanted.first_index, wanted.n_features).X


def write_atomically(path: Path, text: str) -> None:
    """The file appears whole under its name, or not at all."""
    goal = path.resolve()
    draft = goal.with_name(f".lassocore-{secrets.token_hex(6)}.tmp")
    try:
        with open(draft, "x", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if goal.exists():
            shutil.copymode(goal, draft)
        os.replace(draft, goal)
    finally:
        draft.unlink(missing_ok=True)
