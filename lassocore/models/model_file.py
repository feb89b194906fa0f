# Lives here: models as versioned JSON, validated when read. Independent of: data files, printing, the core.
"""Model files: a fitted path with all information needed to predict from a further table.

The file is JSON, not a pickle: loading one executes no code. Its keys are ``schema`` ("lassocore.path"),
``schema_version`` (2), ``library_version``, ``columns`` (input columns with kind and categories, null where features go
by position), ``path`` (`PathResult.to_dict`), ``training`` (`Training`), ``chosen_alpha`` (null where none was chosen)
and ``reading`` (how cells of CSV and Parquet files are understood, null where features go by position). Version 1 had
neither of these two, nor the path's ``has_offset``; they are read as null and false.
"""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from lassocore import __version__
from lassocore.results.path_result import PathResult
from lassocore.tables.columns import KINDS, NUMERIC, Column, TableError
from lassocore.tables.matrix_files import MAX_FEATURES
from lassocore.tables.reading import Reading
from lassocore.utils.atomic_files import write_atomically

SCHEMA, SCHEMA_VERSION, READABLE_VERSIONS = "lassocore.path", 2, (1, 2)
ROUNDING = 1e-9         # relative excess of a gap over its tolerance, and of R2 over 1
STOPS = ("", "callback", "max_active", "time_limit")
NULL = type(None)


class ModelFileError(ValueError):
    """A file that is not a valid model, with the reason in one line."""


@dataclass(frozen=True)
class Training:
    """The settings of a fit."""

    target: str
    weights: str | None
    n_samples: int
    tol: float
    max_iter: int
    fit_intercept: bool
    standardize: bool
    positive: bool
    selection: str
    first_index: int | None = None      # of svmlight files: 0 or 1


@dataclass(frozen=True)
class Model:
    """A path, its input columns (None: features by position), and the settings of the fit."""

    path: PathResult
    columns: tuple[Column, ...] | None
    training: Training
    library_version: str = __version__
    chosen_alpha: float | None = None       # default alpha of predictions
    reading: Reading | None = None          # format of cells in further CSV and Parquet files


def save_model(path: str | Path, model: Model) -> None:
    """Write a model atomically."""
    document = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "library_version": model.library_version,
        "columns": None if model.columns is None else [asdict(column) for column in model.columns],
        "path": model.path.to_dict(),
        "training": asdict(model.training),
        "chosen_alpha": None if model.chosen_alpha is None else float(model.chosen_alpha),
        "reading": None if model.reading is None else model.reading.to_dict(),
    }
    write_atomically(Path(path), json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n")


def load_model(path: str | Path) -> Model:
    """Read and check a model.

    Raises
    ------
    ModelFileError
        The file is not JSON, of another schema or version; or a part is missing, unknown, there twice, of the wrong
        type, length or range, or not finite; or parts contradict each other.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant,
                              object_pairs_hook=_object_of_pairs)
        return model_from_dict(document)
    except ModelFileError as error:
        raise ModelFileError(f"{path} is not a valid model file: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a model file, for it is not JSON: {error}") from error


def model_from_dict(document: Any) -> Model:
    """The model of a parsed file."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ModelFileError(f"'schema' is not {SCHEMA!r}; write models with `lassocore path --out`")
    version = document.get("schema_version")
    if type(version) is not int or version not in READABLE_VERSIONS:
        raise ModelFileError(f"'schema_version' is {_shown(version)}, this lassocore {__version__} reads "
                             f"{' and '.join(map(str, READABLE_VERSIONS))}; use the version that wrote it")
    keys = ("schema", "schema_version", "library_version", "columns", "path", "training")
    part = _Part("", _as_object(document, "", keys if version == 1 else (*keys, "chosen_alpha", "reading")))
    path = path_from_dict(document["path"], version)
    columns = None if document["columns"] is None else _columns(document["columns"])
    if columns is not None:
        names = tuple(name for column in columns for name in column.feature_names)
        if names != path.feature_names:
            raise ModelFileError("'columns' and 'path.feature_names' do not describe the same features")
    chosen = None if version == 1 or part["chosen_alpha"] is None else part.number("chosen_alpha")
    if chosen is not None:
        part.require(path.alphas[-1] <= chosen <= path.alphas[0], "chosen_alpha",
                     f"is {chosen:g}, outside the path [{path.alphas[-1]:g}, {path.alphas[0]:g}]")
    training = _training(document["training"])
    _compare(path, training)
    reading = None if version == 1 else _reading(document["reading"])
    return Model(path, columns, training, part.scalar("library_version", str), chosen, reading)


def _reading(document: Any) -> Reading | None:
    try:
        return None if document is None else Reading.from_dict(document)
    except TableError as error:
        raise ModelFileError(f"'reading' {error}") from None


def path_from_dict(document: Any, version: int = SCHEMA_VERSION) -> PathResult:
    """The `PathResult` with this ``to_dict``, validated in full."""
    keys = ("n_features", "feature_names", "l1_ratio", "alphas", "intercepts", "indices", "values", "dual_gaps",
            "gap_tol", "n_iter", "converged", "r2", "stopped")
    part = _Part("path.", _as_object(document, "path", keys if version == 1 else (*keys, "has_offset")))
    n_features = part.whole("n_features", 1)
    part.require(n_features <= MAX_FEATURES, "n_features", f"is {n_features}, above {MAX_FEATURES}")
    alphas = part.numbers("alphas", None)
    part.require(len(alphas) > 0, "alphas", "is empty")
    part.require(alphas.min() >= 0 and (np.diff(alphas) <= 0).all(), "alphas", "must fall and be at least 0")
    n_iter = part.numbers("n_iter", len(alphas), whole=True)
    part.require(n_iter.min() >= 0, "n_iter", "has a negative number")
    l1_ratio = part.number("l1_ratio")
    part.require(0 <= l1_ratio <= 1, "l1_ratio", f"is {l1_ratio:g}, outside [0, 1]")
    stopped = part.scalar("stopped", str)
    part.require(stopped in STOPS, "stopped", f"is {_shown(stopped)}, none of {', '.join(map(repr, STOPS))}")
    dual_gaps, gap_tol, converged = _certificates(part, len(alphas))
    r2 = part.numbers("r2", len(alphas))
    part.require(r2.max() <= 1 + ROUNDING, "r2", f"has {r2.max():.9g}, above 1")
    names = None if part["feature_names"] is None else tuple(part.items("feature_names", str, n_features))
    return PathResult(
        alphas=alphas, coefs_sparse=_coefs(part, n_features, len(alphas)),
        intercepts=part.numbers("intercepts", len(alphas)), dual_gaps=dual_gaps, gap_tol=gap_tol, n_iter=n_iter,
        converged=converged, r2=r2, l1_ratio=l1_ratio, stopped=stopped, feature_names=names,
        has_offset=version > 1 and part.scalar("has_offset", bool))


def _certificates(part: _Part, n_alphas: int) -> tuple[np.ndarray, float, np.ndarray]:
    """(dual_gaps, gap_tol, converged); an alpha marked as converged must have a gap within the tolerance.

    The converse, a gap within its tolerance at an unmarked alpha, is not an error.
    """
    gaps, gap_tol = part.numbers("dual_gaps", n_alphas), part.number("gap_tol")
    part.require(gap_tol >= 0, "gap_tol", f"is {gap_tol:g}, below 0")
    part.require(gaps.min() >= 0, "dual_gaps", f"has {gaps.min():g}, below 0")
    converged = np.array(part.items("converged", bool, n_alphas), dtype=bool)
    false = np.flatnonzero(converged & (gaps > gap_tol * (1 + ROUNDING)))
    part.require(len(false) == 0, "converged", f"claims alpha number {false[:1].sum() + 1}, whose gap "
                 f"{gaps[false[:1]].sum():g} is above 'gap_tol', {gap_tol:g}")
    return gaps, gap_tol, converged


def _compare(path: PathResult, training: Training) -> None:
    """Check that the path agrees with the settings of the fit."""
    if not training.fit_intercept and path.intercepts.any():
        raise ModelFileError("'path.intercepts' has one that is not 0, and 'training.fit_intercept' is false")
    if training.positive and (path.coefs_sparse.data < 0).any():
        raise ModelFileError("'path.values' has a negative one, and 'training.positive' is true")


def _coefs(part: _Part, n_features: int, n_alphas: int) -> Any:
    """The sparse coefficients, a column for each alpha."""
    from scipy.sparse import csc_array

    rows, values = [], []
    for k, (indices, numbers) in enumerate(zip(
            part.items("indices", list, n_alphas), part.items("values", list, n_alphas), strict=True)):
        level = _Part("path.", {f"indices[{k}]": indices, f"values[{k}]": numbers})
        rows.append(level.numbers(f"indices[{k}]", None, whole=True))
        values.append(level.numbers(f"values[{k}]", len(indices)))
        inside = len(rows[-1]) == 0 or (rows[-1][0] >= 0 and rows[-1][-1] < n_features)
        level.require(inside and (np.diff(rows[-1]) > 0).all(), f"indices[{k}]",
                      f"must rise strictly within 0 and {n_features - 1}")
    indptr = np.concatenate([[0], np.cumsum([len(level) for level in rows])])
    return csc_array((np.concatenate(values), np.concatenate(rows), indptr), shape=(n_features, n_alphas))


def _columns(document: Any) -> tuple[Column, ...]:
    if not isinstance(document, list) or not document:
        raise ModelFileError("'columns' must be null or a list with at least one column")
    columns = []
    for k, entry in enumerate(document):
        part = _Part(f"columns[{k}].", _as_object(entry, f"columns[{k}]", ("name", "kind", "categories")))
        name, kind, categories = part.scalar("name", str), part.scalar("kind", str), part.items("categories", str, None)
        if kind not in KINDS:
            part.require(False, "kind", f"is {_shown(kind)}, none of {', '.join(map(repr, KINDS))}")
        part.require((kind == NUMERIC) == (not categories), "categories", "do not fit the kind")
        part.require(len(set(categories)) == len(categories), "categories", "has an entry twice")
        columns.append(Column(name, kind, tuple(categories)))
    if len({column.name for column in columns}) < len(columns):
        raise ModelFileError("'columns' has a name twice")
    numeric = [column.kind == NUMERIC for column in columns]
    if numeric != sorted(numeric, reverse=True):
        raise ModelFileError("'columns' must have the numeric columns first")
    return tuple(columns)


def _training(document: Any) -> Training:
    part = _Part("training.", _as_object(document, "training", tuple(f.name for f in fields(Training))))
    first_index = part["first_index"]
    part.require(first_index is None or type(first_index) is int and first_index in (0, 1), "first_index",
                 f"is {_shown(first_index)}, none of null, 0, 1")
    tol = part.number("tol")
    part.require(tol >= 0, "tol", f"is {tol:g}, below 0")
    return Training(
        target=part.scalar("target", str), weights=part.scalar("weights", str, NULL),
        n_samples=part.whole("n_samples", 1), tol=tol, max_iter=part.whole("max_iter", 1),
        fit_intercept=part.scalar("fit_intercept", bool), standardize=part.scalar("standardize", bool),
        positive=part.scalar("positive", bool), selection=part.scalar("selection", str), first_index=first_index)


@dataclass(frozen=True)
class _Part:
    """A JSON object, read with checks that name the invalid key."""

    where: str
    entries: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.entries[key]

    def require(self, holds: bool | np.bool_, key: str, message: str) -> None:
        if not holds:
            raise ModelFileError(f"'{self.where}{key}' {message}")

    def scalar(self, key: str, *types: type) -> Any:
        """A value of exactly one of the types: a bool is not an int here."""
        value = self.entries[key]
        if type(value) not in types:        # building the message costs more than the check
            self.require(False, key, f"is {_shown(value)}, not {_type_names(types)}")
        return value

    def number(self, key: str) -> float:
        return float(self._array(key, [self.scalar(key, int, float)], np.float64)[0])

    def whole(self, key: str, at_least: int) -> int:
        value = self.scalar(key, int)
        self._array(key, [value], np.int64)
        self.require(value >= at_least, key, f"is {value}, below {at_least}")
        return value

    def items(self, key: str, kind: type | tuple[type, ...], length: int | None) -> list[Any]:
        """A list of one type, of the given length."""
        kinds = kind if isinstance(kind, tuple) else (kind,)
        values = self.scalar(key, list)
        self.require(length is None or len(values) == length, key, f"has {len(values)} entries, not {length}")
        if not set(map(type, values)).issubset(kinds):
            odd = next(value for value in values if type(value) not in kinds)
            self.require(False, key, f"holds {_shown(odd)}, not {_type_names(kinds)}")
        return values

    def numbers(self, key: str, length: int | None, whole: bool = False) -> np.ndarray:
        """A vector of finite float64, or of int64."""
        kinds, dtype = ((int,), np.int64) if whole else ((int, float), np.float64)
        return self._array(key, self.items(key, kinds, length), dtype)

    def _array(self, key: str, values: list[Any], dtype: type) -> np.ndarray:
        try:
            array: np.ndarray = np.array(values, dtype=dtype)
        except OverflowError:
            raise ModelFileError(f"'{self.where}{key}' holds a number that is too large") from None
        self.require(bool(np.isfinite(array).all()), key, "holds a number that is not finite")
        return array


def _as_object(document: Any, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object with exactly these keys."""
    label = f"'{where}'" if where else "the file"
    if not isinstance(document, dict):
        raise ModelFileError(f"{label} is {_shown(document)}, not an object")
    if document.keys() == set(keys):
        return document
    for kind, odd in (("lacks the key", set(keys) - set(document)), ("has the unknown key", set(document) - set(keys))):
        if odd:
            raise ModelFileError(f"{label} {kind} {_shown(min(odd))}")
    return document


def _object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; repeated keys, of which JSON readers keep the last value silently, are refused."""
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ModelFileError(f"it has the key {_shown(next(key for key in keys if keys.count(key) > 1))} twice")
    return values


def _refuse_constant(token: str) -> float:
    raise ModelFileError(f"it holds {token}; numbers must be finite")


def _shown(value: Any) -> str:
    """A value in an error message, abbreviated if long."""
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _type_names(types: tuple[type, ...]) -> str:
    words = {str: "text", bool: "true or false", int: "an integer", float: "a number", list: "a list", NULL: "null"}
    return " or ".join(words[kind] for kind in types if not (kind is int and float in types))
