# Lives here: data files in (CSV, Parquet, NPZ, svmlight) and whole files out. Must not know: fits, models, printing.
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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.columns import Features, FurtherTable, TableError, TrainingTable
from lassocore.columns import count as _count
from lassocore.columns import listing as _listing
from lassocore.frame_files import DECOMPRESSORS, SEPARATORS, plain_suffix
from lassocore.frame_tables import frame_features, frame_training
from lassocore.reading import Choice, Reading

FORMATS = {".csv": "CSV", ".tsv": "CSV", ".parquet": "Parquet", ".npz": "NPZ", ".svm": "svmlight",
           ".svmlight": "svmlight", ".libsvm": "svmlight"}
NAMED = ("CSV", "Parquet")
DEFAULT, ALL = Reading(), Choice()


def format_of(path: Path) -> str:
    """The format that the file's extension names."""
    suffix = plain_suffix(path)
    if suffix in SEPARATORS:
        return "CSV"
    if path.suffix.lower() not in FORMATS:
        raise TableError(f"{path} has the unknown extension {path.suffix!r}; use one of {', '.join(FORMATS)}; .csv and "
                         f".tsv also with {', '.join(DECOMPRESSORS)}")
    return FORMATS[path.suffix.lower()]


def read_training(
    path: Path, target: str | None, weights: str | None, reading: Reading = DEFAULT, choice: Choice = ALL
) -> TrainingTable:
    """Features, target and weights of a file; target and weights are column names, or keys of an NPZ file."""
    if target is not None and target == weights:
        raise TableError(f"--target and --weights are both {target!r}; name two columns")
    kind = format_of(path)
    if kind in NAMED:
        return frame_training(path, target, weights, reading, choice)
    _refuse_options(path, reading, choice)
    table = (_npz_training if kind == "NPZ" else _svmlight_training)(path, target, weights)
    if table.X.shape[0] == 0:
        raise TableError(f"{path} has no rows; give at least one")
    return table


def _refuse_options(path: Path, reading: Reading, choice: Choice) -> None:
    """Options for columns with names are not for plain matrices."""
    for given, usual in ((reading, DEFAULT), (choice, ALL)):
        for name, value in vars(given).items():
            if value != getattr(usual, name):
                raise TableError(f"--{name.replace('_', '-')} is for CSV and Parquet; leave it out for {path}")


def read_features(path: Path, wanted: Features, reading: Reading = DEFAULT, missing: str = "error") -> FurtherTable:
    """The matrix of a further file; rows that lack a value are refused or, with missing="nan", marked."""
    kind = format_of(path)
    named = wanted.columns is not None
    if (kind in NAMED) != named:
        raise TableError(f"{path} is {kind}, but the model was fitted on "
                         + ("named columns; give CSV or Parquet" if named else "plain matrices; give NPZ or svmlight"))
    if named:
        return frame_features(path, wanted, reading, missing)
    X = (_npz_features if kind == "NPZ" else _svmlight_features)(path, wanted)
    if X.shape[0] == 0:
        raise TableError(f"{path} has no rows; give at least one")
    return FurtherTable(X, [])


def _guarded(path: Path, read) -> Any:
    """What a foreign reader returns; whatever it raises becomes one line, since readers raise nearly anything."""
    try:
        return read()
    except (TableError, MemoryError):
        raise
    except Exception as error:
        raise TableError(f"{path} cannot be read as {format_of(path)}: {error}") from error


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


def _load_npz(path: Path) -> dict[str, Any]:
    """The arrays of an NPZ file, or the one matrix that scipy.sparse.save_npz wrote, as X."""
    def read():
        with np.load(path, allow_pickle=False) as held:
            if isinstance(held, np.ndarray):
                raise TableError(f"{path} holds a single array; write it with numpy.savez(path, X=..., y=...)")
            if "format" in held and "X" not in held:
                from scipy import sparse

                return {"X": sparse.csc_array(sparse.load_npz(path), dtype=np.float64)}
            return {key: held[key] for key in held}

    return _guarded(path, read)


def _npz_matrix(arrays: dict[str, Any], path: Path) -> tuple[Any, tuple[str, ...] | None]:
    """The finite matrix X and its feature names."""
    if "X" not in arrays:
        raise TableError(f"{path} has no array 'X'; it has {_listing(list(arrays)) or 'none'}")
    X, names = arrays["X"], arrays.get("feature_names")
    if X.ndim != 2 or X.dtype.kind not in "fiub":
        raise TableError(f"'X' of {path} has shape {X.shape} and dtype {X.dtype}; store a matrix of real numbers")
    if isinstance(X, np.ndarray):
        X = np.asfortranarray(X, dtype=np.float64)
    if names is not None:
        if names.shape != (X.shape[1],):
            raise TableError(f"'feature_names' of {path} has shape {names.shape}; X has {X.shape[1]} columns")
        names = tuple(str(name) for name in names)
    _require_finite(X, names, path)
    return X, names


def _npz_vector(arrays: dict[str, Any], key: str, option: str, path: Path, n_samples: int) -> np.ndarray:
    if key not in arrays:
        reason = "a sparse matrix only" if set(arrays) == {"X"} else _listing(list(arrays))
        raise TableError(f"{path} has no array {key!r} ({option}); it has {reason}")
    vector = arrays[key]
    if vector.dtype.kind not in "fiu" or vector.shape not in ((n_samples,), (n_samples, 1)):
        raise TableError(f"{key!r} of {path} has shape {vector.shape} and dtype {vector.dtype}; it must be numeric, "
                         f"one number for each of the {n_samples} rows of X")
    vector = vector.reshape(-1).astype(np.float64)
    _require_finite(vector[:, None], [key], path)
    return vector


def _npz_training(path: Path, target: str | None, weights: str | None) -> TrainingTable:
    arrays = _load_npz(path)
    X, names = _npz_matrix(arrays, path)
    y = _npz_vector(arrays, target or "y", "--target", path, X.shape[0])
    sample_weight = None if weights is None else _npz_vector(arrays, weights, "--weights", path, X.shape[0])
    return TrainingTable(X, y, sample_weight, None, names)


def _npz_features(path: Path, wanted: Features) -> Any:
    X, names = _npz_matrix(_load_npz(path), path)
    if X.shape[1] != wanted.n_features:
        raise TableError(f"{path} has {_count(X.shape[1], 'feature')}; the model was fitted on {wanted.n_features}")
    if names is not None and wanted.feature_names is not None and names != wanted.feature_names:
        have, need = next(pair for pair in zip(names, wanted.feature_names, strict=True) if pair[0] != pair[1])
        raise TableError(f"{path} has the feature {have!r} where the model has {need!r}; bring the columns of X into "
                         "the model's order")
    return X


def _load_svmlight(path: Path, first_index: int | None) -> tuple[Any, np.ndarray, int]:
    """(X, labels, index of the first feature); without a given first index, 1 unless an index 0 occurs."""
    from scipy.sparse import csr_array
    from sklearn.datasets import load_svmlight_file

    X, y = _guarded(path, partial(load_svmlight_file, str(path), zero_based=True))
    smallest = int(X.indices.min(initial=np.iinfo(np.int64).max))
    if first_index is None:
        first_index = int(smallest > 0)
    if smallest < first_index:
        raise TableError(f"{path} has a feature index {smallest}; the model's file counted features from {first_index}")
    X = csr_array((X.data, X.indices - first_index, X.indptr), shape=(X.shape[0], max(X.shape[1] - first_index, 0)))
    _require_finite(X, None, path)
    return X, y, first_index


def _svmlight_training(path: Path, target: str | None, weights: str | None) -> TrainingTable:
    if target is not None or weights is not None:
        option, value = ("--target", target) if target is not None else ("--weights", weights)
        raise TableError(f"{option} {value!r} is not for svmlight files, where the label is the target and no weights "
                         f"are kept; leave {option} out")
    X, y, first_index = _load_svmlight(path, None)
    _require_finite(y[:, None], ["label"], path)
    return TrainingTable(X.tocsc(), y, None, None, None, first_index)


def _svmlight_features(path: Path, wanted: Features) -> Any:
    """X padded with empty columns up to the model's features: trailing ones need not occur in a file."""
    from scipy.sparse import csr_array

    X, _, _ = _load_svmlight(path, wanted.first_index)
    if X.shape[1] > wanted.n_features:
        raise TableError(f"{path} has {_count(X.shape[1], 'feature')}; the model was fitted on {wanted.n_features}")
    return csr_array((X.data, X.indices, X.indptr), shape=(X.shape[0], wanted.n_features))


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
