# Lives here: reading of data files by format. Independent of: fits, models, printing.
"""Tables: files become numeric matrices, and the columns record the conversion for later files.

CSV and Parquet files have columns with names and kinds: numeric columns are features, text and bool columns become one
0/1 feature for each category. NPZ and svmlight files hold a matrix whose features are identified by position.
"""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lassocore.tables.columns import ModelFeatures, PredictionTable, TableError, TrainingTable
from lassocore.tables.columns import count as _count
from lassocore.tables.frame_files import DECOMPRESSORS, SEPARATORS, plain_suffix
from lassocore.tables.frame_tables import frame_features, frame_training
from lassocore.tables.matrix_files import MatrixFile, MatrixFileError, read_npz, read_svmlight
from lassocore.tables.reading import ColumnChoice, Reading

FORMATS = {".csv": "CSV", ".tsv": "CSV", ".parquet": "Parquet", ".npz": "NPZ", ".svm": "svmlight",
           ".svmlight": "svmlight", ".libsvm": "svmlight"}
NAMED = ("CSV", "Parquet")
LABEL = "label"             # the target of svmlight files
DEFAULT, ALL = Reading(), ColumnChoice()


def format_of(path: Path) -> str:
    """The format indicated by the file's extension."""
    suffix = plain_suffix(path)
    if suffix in SEPARATORS:
        return "CSV"
    if path.suffix.lower() not in FORMATS:
        raise TableError(f"{path} has the unknown extension {path.suffix!r}; use one of {', '.join(FORMATS)}; .csv and "
                         f".tsv also with {', '.join(DECOMPRESSORS)}")
    return FORMATS[path.suffix.lower()]


def read_training(
    path: Path, target: str | None, weights: str | None, reading: Reading = DEFAULT, choice: ColumnChoice = ALL
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


def _refuse_options(path: Path, reading: Reading, choice: ColumnChoice) -> None:
    """Refuse options for named columns with plain matrices."""
    for given, usual in ((reading, DEFAULT), (choice, ALL)):
        for name, value in vars(given).items():
            if value != getattr(usual, name):
                raise TableError(f"--{name.replace('_', '-')} is for CSV and Parquet; leave it out for {path}")


def read_features(
    path: Path, wanted: ModelFeatures, reading: Reading = DEFAULT, missing: str = "error"
) -> PredictionTable:
    """The matrix of a further file; rows with a missing value are refused or, with missing="nan", marked."""
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
    return PredictionTable(X, [])


def _require_finite(X, names: Sequence[str] | None, path: Path) -> None:
    """Refuse NaN and infinity in a dense or sparse matrix, naming the first invalid column."""
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
    """The content of a matrix file, with finite X."""
    try:
        content = read(path, *arguments)
    except MatrixFileError as error:
        raise TableError(f"{path} {error}") from error
    _require_finite(content.X, content.feature_names, path)
    return content


def _npz_training(path: Path, target: str | None, weights: str | None) -> TrainingTable:
    names = (target or "y", *([] if weights is None else [weights]))
    X, feature_names, vectors, _ = _matrix(path, read_npz, names)
    for name, values in vectors.items():
        _require_finite(values[:, None], [name], path)
    return TrainingTable(X, vectors[names[0]], None if weights is None else vectors[weights], None, feature_names)


def _npz_features(path: Path, wanted: ModelFeatures) -> Any:
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
    _require_finite(vectors[LABEL][:, None], [LABEL], path)
    return TrainingTable(X.tocsc(), vectors[LABEL], None, None, None, first_index)


def _svmlight_features(path: Path, wanted: ModelFeatures) -> Any:
    return _matrix(path, read_svmlight, wanted.first_index, wanted.n_features).X
