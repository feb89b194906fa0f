# Lives here: models as versioned JSON, validated when read. Independent of: data files, printing, the core.
"""Model files: a fitted path with all information needed to predict from a further table.

The file is JSON, not a pickle: loading one executes no code. Its keys are ``schema`` ("lassocore.path"),
``schema_version`` (3) and ``schema_minor`` (0), ``ignorable`` (keys of later minor versions that earlier ones may
ignore), ``library_version``, ``written`` (ISO 8601), ``columns`` (input columns with kind and categories, null where
features go by position), ``path`` (`path_to_dict`), ``training`` (`Training`), ``chosen_alpha`` (null where none was
chosen), ``reading`` (how cells of CSV and Parquet files are understood, null where features go by position),
``preparation`` (how features are made from the columns, null where they are their cells), and the records ``profile``,
``cross_validation``, ``window``, ``settings`` and ``training_error``, each of which may be null.

Version 2 had none of the records, of ``written``, ``schema_minor`` and ``ignorable``, and of the path's ``dtype``,
``relax`` and ``groups``; version 1 had neither ``chosen_alpha`` and ``reading``, nor the path's ``has_offset``. They
are read as null, float64 and false.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lassocore import __version__
from lassocore.models.feature_profile import PROFILE_KEYS, profile_from
from lassocore.models.json_parts import (
    MAX_BYTES,
    MAX_VALUES,
    NULL,
    ModelFileError,
    Part,
    parse,
    read_limited,
    shown,
)
from lassocore.models.model import Model
from lassocore.models.path_json import compare_with_training, path_from_dict, path_to_dict
from lassocore.models.preparation_json import KEYS as PREPARATION_KEYS
from lassocore.models.preparation_json import columns_of, preparation_of
from lassocore.models.records import (
    ERROR_KEYS,
    CrossValidationRecord,
    DataWindow,
    EstimatorSettings,
    Training,
)
from lassocore.models.records_json import cross_validation_of, error_of, settings_of, training_of, window_of
from lassocore.tables.columns import TableError
from lassocore.tables.reading import Reading
from lassocore.utils.atomic_files import write_atomically

SCHEMA, SCHEMA_VERSION, SCHEMA_MINOR, READABLE_VERSIONS = "lassocore.path", 3, 0, (1, 2, 3)
MAX_MESSAGE = 300
KEYS = ("schema", "schema_version", "library_version", "columns", "path", "training")
RECORDS = {"profile": PROFILE_KEYS, "training_error": ERROR_KEYS} | {
    name: tuple(field.name for field in fields(kind)) for name, kind in (
        ("cross_validation", CrossValidationRecord), ("window", DataWindow), ("settings", EstimatorSettings))}
KEYS_OF_VERSION = {1: KEYS, 2: (*KEYS, "chosen_alpha", "reading"), 3: (
    *KEYS, "chosen_alpha", "reading", "schema_minor", "ignorable", "written", "preparation", *RECORDS)}
READERS: dict[str, Callable[[Part | None], Any]] = {
    "cross_validation": cross_validation_of, "window": window_of, "settings": settings_of, "training_error": error_of}


def save_model(path: str | Path, model: Model) -> None:
    """Write a model atomically."""
    try:
        text = json.dumps(_document_of(model), allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        raise ModelFileError(f"{path} cannot be written, for the model has numbers that are not finite ({error}); "
                             "scale X and y") from error
    if len(text) > MAX_BYTES or text.count(",") >= MAX_VALUES:
        raise ModelFileError(f"{path} would be larger than model files may be ({MAX_BYTES // 2**20} MB, {MAX_VALUES} "
                             "values); save fewer alphas, such as path[k:k + 1]")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:              # half of a surrogate pair in a name
        text = json.dumps(json.loads(text))
    write_atomically(Path(path), text + "\n")


def _document_of(model: Model) -> dict[str, Any]:
    records = {name: None if getattr(model, name) is None else getattr(model, name).to_dict() for name in RECORDS}
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "schema_minor": SCHEMA_MINOR,
        "ignorable": [],
        "library_version": model.library_version,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "columns": None if model.columns is None else [asdict(column) for column in model.columns],
        "path": path_to_dict(model.path),
        "training": asdict(model.training),
        "chosen_alpha": None if model.chosen_alpha is None else float(model.chosen_alpha),
        "reading": None if model.reading is None else model.reading.to_dict(),
        "preparation": None if model.preparation is None else model.preparation.to_dict(),
        **records,
    }


def load(file: str | Path) -> Model:
    """Read a model file, which ``save`` of an estimator or a path, or the command line, has written.

    Parameters
    ----------
    file : str or path
        A model file of any schema version up to 3. It is JSON: reading it executes no code.

    Returns
    -------
    Model
        The model; it predicts as the saved object does.

    Raises
    ------
    ModelFileError
        A ValueError: the file is not JSON, of another schema or a later version, or too large; or a part is missing,
        unknown, there twice, of the wrong type, length or range, or not finite; or parts contradict each other.
    OSError
        The file cannot be read.

    See Also
    --------
    monitor : Compare new data with those of the fit.

    Examples
    --------
    >>> import os, tempfile
    >>> import lassocore
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> path = lassocore.fit_path(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "model.json")
    ...     path.save(file, alpha=1.0)
    ...     model = lassocore.load(file)
    >>> model.nonzero_names(), bool((model.predict(X) == path.predict(X, alpha=1.0)).all())
    (['bmi', 'bp', 's5'], True)
    """
    return load_model(file)


def load_model(path: str | Path) -> Model:
    """Read and check a model; a `ModelFileError` states in one line what is wrong."""
    path = Path(path)
    try:
        return model_from_dict(parse(read_limited(path)))
    except ModelFileError as error:
        raise ModelFileError(f"{path} is not a valid model file: {_in_one_line(error)}") from error
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a model file, for it is not JSON: {_in_one_line(error)}") from error


def _in_one_line(error: Exception) -> str:
    """A message, which may quote something long."""
    text = " ".join(str(error).split())
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE - 100]} [...] {text[-80:]}"


def model_from_dict(document: Any) -> Model:
    """The model of a parsed file."""
    try:
        return _model_of(document)
    except ModelFileError as error:
        minor = document.get("schema_minor") if isinstance(document, dict) else None
        if type(minor) is not int or minor <= SCHEMA_MINOR or "unknown key" not in str(error):
            raise
        raise ModelFileError(f"{error}; schema version {SCHEMA_VERSION}.{minor:.6g} is later than {SCHEMA_VERSION}."
                             f"{SCHEMA_MINOR}, which this lassocore {__version__} reads; use the version that wrote it"
                             ) from error


def _model_of(document: Any) -> Model:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ModelFileError(f"'schema' is not {SCHEMA!r}; write models with `lassocore path --out` or with save()")
    version = document.get("schema_version")
    if type(version) is not int or version not in READABLE_VERSIONS:
        *others, last = map(str, READABLE_VERSIONS)
        raise ModelFileError(f"'schema_version' is {shown(version)}, this lassocore {__version__} reads "
                             f"{', '.join(others)} and {last}; use the version that wrote it")
    ignorable = _ignorable(document) if version > 2 else frozenset()
    part = Part.of(document, "", KEYS_OF_VERSION[version], ignorable)
    path = path_from_dict(part["path"], version, ignorable)
    columns = None if part["columns"] is None else columns_of(part)
    preparation = preparation_of(part.part_or_none("preparation", PREPARATION_KEYS), columns) if version > 2 else None
    if columns is not None:
        names = tuple(name for column in columns for name in column.feature_names) if preparation is None else (
            preparation.feature_names)
        if names != path.feature_names:
            raise ModelFileError("'columns' and 'path.feature_names' do not describe the same features")
    training = training_of(part.part("training", tuple(field.name for field in fields(Training))), version > 2)
    compare_with_training(path, training.fit_intercept, training.positive)
    chosen = part.number_or_none("chosen_alpha") if version > 1 else None
    if chosen is not None:
        part.require(path.alphas[-1] <= chosen <= path.alphas[0], "chosen_alpha",
                     f"is {chosen:g}, outside the path [{path.alphas[-1]:g}, {path.alphas[0]:g}]")
    records: dict[str, Any] = {}
    if version > 2:
        records = {name: read(part.part_or_none(name, RECORDS[name])) for name, read in READERS.items()}
        records["profile"] = profile_from(part.part_or_none("profile", RECORDS["profile"]), path.n_features)
        records["preparation"] = preparation
        records["written"] = part.scalar("written", str, NULL)
    return Model(path, columns, training, part.scalar("library_version", str), chosen,
                 _reading(part["reading"]) if version > 1 else None, **records)


def _ignorable(document: dict[str, Any]) -> frozenset[str]:
    """The keys that a later minor version allows to be ignored; none of files of this one."""
    part = Part("", document)
    for key in ("schema_minor", "ignorable"):
        if key not in document:
            raise ModelFileError(f"the file lacks the key {shown(key)}")
    minor, names = part.whole("schema_minor", 0), part.items("ignorable", str, None)
    return frozenset(names) if minor > SCHEMA_MINOR else frozenset()


def _reading(document: Any) -> Reading | None:
    try:
        return None if document is None else Reading.from_dict(document)
    except TableError as error:
        raise ModelFileError(f"'reading' {error}") from None



__all__ = ["Model", "ModelFileError", "Training", "load", "load_model", "model_from_dict", "path_from_dict",
           "save_model"]
