# Lives here: records of a fit, read from a model file. Independent of: what they record.
"""Settings, the window of the data, and errors from the parts of a JSON document."""
from __future__ import annotations

from dataclasses import fields

import numpy as np

from lassocore.models.json_parts import NULL, ModelFileError, Part
from lassocore.models.records import (
    CrossValidationRecord,
    DataWindow,
    ErrorRecord,
    EstimatorSettings,
    Training,
    plain_parameters,
)


def training_of(part: Part, may_be_unknown: bool) -> Training:
    """The settings of a fit; before version 3 all were known."""
    first_index = part["first_index"]
    part.require(first_index is None or type(first_index) is int and first_index in (0, 1), "first_index",
                 f"is {first_index!r:.40}, none of null, 0, 1")
    unknown = (NULL,) if may_be_unknown else ()

    def known(key: str) -> bool:
        return not (may_be_unknown and part[key] is None)

    return Training(
        target=part.scalar("target", str), weights=part.scalar("weights", str, NULL),
        n_samples=part.whole("n_samples", 1) if known("n_samples") else None,
        tol=part.number("tol", 0) if known("tol") else None,
        max_iter=part.whole("max_iter", 1) if known("max_iter") else None,
        fit_intercept=part.scalar("fit_intercept", bool, *unknown),
        standardize=part.scalar("standardize", bool, *unknown), positive=part.scalar("positive", bool, *unknown),
        selection=part.scalar("selection", str, *unknown), first_index=first_index)


def window_of(part: Part | None) -> DataWindow | None:
    """The window of the data."""
    if part is None:
        return None
    return DataWindow(*(part.scalar(field.name, str, NULL) for field in fields(DataWindow)))


def error_of(part: Part | None) -> ErrorRecord | None:
    """The error on the data of the fit."""
    if part is None:
        return None
    return ErrorRecord(part.whole("n_samples", 1), part.number("mean_squared_error", 0),
                       part.number("standard_error", 0))


def settings_of(part: Part | None) -> EstimatorSettings | None:
    """The class and the parameters of an estimator."""
    if part is None:
        return None
    parameters = part.scalar("parameters", dict)
    for name, value in parameters.items():
        plain = plain_parameters({name: value}) if type(value) is not dict else {}
        if name not in plain or plain[name] != value:
            raise ModelFileError(f"'{part.where}parameters' has an entry {name[:40]!r} that is no plain value")
    return EstimatorSettings(part.scalar("name", str), parameters, tuple(part.items("omitted", str, None)))


def cross_validation_of(part: Part | None) -> CrossValidationRecord | None:
    """The held-out errors."""
    if part is None:
        return None
    alphas = part.numbers("alphas", None)
    part.require(len(alphas) > 0, "alphas", "is empty")
    part.require(alphas.min() >= 0 and (np.diff(alphas) <= 0).all(), "alphas", "must fall and be at least 0")
    errors, spread = part.numbers("mean_error", len(alphas)), part.numbers("standard_error", len(alphas))
    part.require(errors.min() >= 0, "mean_error", f"has {errors.min():g}, below 0")
    part.require(spread.min() >= 0, "standard_error", f"has {spread.min():g}, below 0")
    chosen = part.whole("chosen", 0)
    part.require(chosen < len(alphas), "chosen", f"is {chosen}, and there are {len(alphas)} alphas")
    scores = None if part["mean_score"] is None else part.numbers("mean_score", len(alphas))
    return CrossValidationRecord(alphas, errors, spread, chosen, part.scalar("rule", str), part.whole("n_folds", 1),
                                 part.scalar("scoring", str, NULL), scores)
