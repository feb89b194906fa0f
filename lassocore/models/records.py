# Lives here: what a model file records of a fit, beside the path. Independent of: files, how models are fitted.
"""Records of a fit: its settings, the window of its data, the errors of cross-validation and on the data of the fit."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import numpy as np

from lassocore.models.json_parts import NULL, ModelFileError, Part

ERROR_KEYS = ("n_samples", "mean_squared_error", "standard_error")
MAX_PLAIN = 100_000         # numbers of a parameter that is a list


@dataclass(frozen=True)
class Training:
    """The settings of a fit; None where a result does not tell.

    Attributes
    ----------
    target : str
        Name of the target.
    weights : str or None
        Name of the weights; None without.
    n_samples : int or None
        Rows.
    tol : float or None
        Tolerance of the gap, relative to the mean square of the centred target.
    max_iter : int or None
        Largest number of epochs.
    fit_intercept, standardize, positive : bool or None
        As in `fit_path`.
    selection : str or None
        Order of the coordinates.
    first_index : int or None
        Of svmlight files: 0 or 1.
    """

    target: str
    weights: str | None
    n_samples: int | None
    tol: float | None
    max_iter: int | None
    fit_intercept: bool | None
    standardize: bool | None
    positive: bool | None
    selection: str | None
    first_index: int | None = None


@dataclass(frozen=True)
class EstimatorSettings:
    """The class of an estimator, and those of its parameters that are plain values.

    Attributes
    ----------
    name : str
        Name of the class.
    parameters : dict
        Names and values: numbers, texts, true, false, None, and lists of numbers.
    omitted : tuple of str
        The parameters that were something else.
    """

    name: str
    parameters: Mapping[str, Any]
    omitted: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON.

        Returns
        -------
        dict
            The attributes by name.
        """
        return {"name": self.name, "parameters": dict(self.parameters), "omitted": list(self.omitted)}


@dataclass(frozen=True)
class DataWindow:
    """When the data of a fit are from.

    Attributes
    ----------
    first, last : str or None
        The first and the last value of a column of dates, as text (ISO 8601 of dates).
    note : str or None
        Free text.
    """

    first: str | None = None
    last: str | None = None
    note: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON.

        Returns
        -------
        dict
            The attributes by name.
        """
        return asdict(self)


@dataclass(frozen=True)
class ErrorRecord:
    """The mean squared error of predictions, and its standard error.

    Attributes
    ----------
    n_samples : int
        Rows.
    mean_squared_error : float
        The weighted mean of the squared residuals.
    standard_error : float
        Standard deviation of that mean over samples of rows: the root of
        ``sum_i s_i^2 (r_i^2 - mean)^2 / (sum_i s_i)^2``, times ``n / (n - 1)`` under the root.
    """

    n_samples: int
    mean_squared_error: float
    standard_error: float

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON.

        Returns
        -------
        dict
            The attributes by name.
        """
        return asdict(self)


@dataclass(frozen=True, eq=False)
class CrossValidationRecord:
    """The held-out errors from which alpha was chosen.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,)
        The alphas, falling.
    mean_error : ndarray of shape (n_alphas,)
        Mean over the folds of the mean squared error of the held-out rows.
    standard_error : ndarray of shape (n_alphas,)
        Its standard error over folds.
    chosen : int
        Position of the alpha that was chosen.
    rule : str
        "min", "1se", or the name of a function.
    n_folds : int
        Folds.
    scoring : str or None
        The score that was maximised; None for the mean squared error.
    mean_score : ndarray of shape (n_alphas,), or None
        Mean of that score over the folds.
    """

    alphas: np.ndarray
    mean_error: np.ndarray
    standard_error: np.ndarray
    chosen: int
    rule: str
    n_folds: int
    scoring: str | None = None
    mean_score: np.ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON.

        Returns
        -------
        dict
            The attributes by name.
        """
        return {field.name: value.tolist() if isinstance(value := getattr(self, field.name), np.ndarray) else value
                for field in fields(self)}

    @classmethod
    def of(cls, estimator: Any) -> CrossValidationRecord:
        """Take the record of a cross-validated estimator.

        Parameters
        ----------
        estimator : LassoCV or another cross-validated estimator
            Fitted to one target; of several l1_ratio the errors of the best are taken.

        Returns
        -------
        CrossValidationRecord
            Its held-out errors.
        """
        alphas, errors = np.asarray(estimator.alphas_), np.asarray(estimator.mse_mean_)
        spread, scores = np.asarray(estimator.mse_se_), getattr(estimator, "score_mean_", None)
        if errors.ndim == 2:                # a row for each l1_ratio
            k = np.atleast_1d(estimator.l1_ratio).tolist().index(estimator.l1_ratio_)
            alphas, errors, spread = alphas[k] if alphas.ndim == 2 else alphas, errors[k], spread[k]
            scores = None if scores is None else scores[k]
        n_reached = errors.shape[0]         # callbacks may end the paths
        alphas = alphas[:n_reached]
        return cls(
            alphas, errors, spread, int(np.flatnonzero(alphas == estimator.alpha_)[0]),
            _name_of(estimator.selection_rule), _n_folds(estimator, n_reached),
            None if estimator.scoring is None else _name_of(estimator.scoring), scores)

    @property
    def chosen_error(self) -> tuple[float, float]:
        """Mean error and standard error at the alpha that was chosen."""
        return float(self.mean_error[self.chosen]), float(self.standard_error[self.chosen])


def _n_folds(estimator: Any, n_alphas: int) -> int:
    n_ratios = np.shape(estimator.mse_mean_)[0] if np.ndim(estimator.mse_mean_) == 2 else 1
    return np.size(estimator.mse_path_) // (n_alphas * n_ratios)


def _name_of(choice: Any) -> str:
    return choice if isinstance(choice, str) else str(getattr(choice, "__name__", type(choice).__name__))


def error_record(y: np.ndarray, fitted: np.ndarray, sample_weight: np.ndarray | None) -> ErrorRecord:
    """The error of these predictions, as `ErrorRecord` defines it."""
    squares = (np.asarray(y, np.float64) - fitted) ** 2
    s = np.ones(len(squares)) if sample_weight is None else np.asarray(sample_weight, np.float64)
    s = s / s.sum()
    mean, n = float(s @ squares), len(squares)
    variance = float(s**2 @ (squares - mean) ** 2) * (n / (n - 1) if n > 1 else 0.0)
    return ErrorRecord(n, mean, variance**0.5)


def as_window(window: Any, n_samples: int | None = None) -> DataWindow | None:
    """A window given as a `DataWindow`, as free text, or as one date for each row, of which the ends are kept."""
    if window is None or isinstance(window, DataWindow):
        return window
    if isinstance(window, str):
        return DataWindow(note=window)
    values = window.to_numpy() if hasattr(window, "to_numpy") else np.asarray(window)
    if values.ndim != 1 or len(values) == 0 or n_samples is not None and len(values) != n_samples:
        wanted = "one date for each row" if n_samples is None else f"one date for each of the {n_samples} rows"
        raise ValueError(f"window has shape {values.shape}; pass text, or {wanted}")
    known = [value for value in values if value is not None and value == value]        # neither None, NaN nor NaT
    if not known:
        return None
    ends: list[Any] = [min(known), max(known)]
    if values.dtype.kind == "M":
        unit: Any = "D" if all(end == end.astype("M8[D]") for end in ends) else "s"
        return DataWindow(*(str(np.datetime_as_string(end, unit=unit)) for end in ends))
    return DataWindow(*(end.isoformat() if isinstance(end, (date, datetime)) else str(end) for end in ends))


def plain_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those parameters that are plain values, sorted by name; lists and arrays of finite numbers as lists."""
    plain: dict[str, Any] = {}
    for name, value in sorted(parameters.items()):
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, (np.ndarray, list, tuple)):
            value = _as_numbers(value)
            if value is None:
                continue
        elif not (value is None or isinstance(value, (bool, int, str))
                  or isinstance(value, float) and np.isfinite(value)):
            continue
        plain[name] = value
    return plain


def _as_numbers(values: Any) -> list[Any] | None:
    """Numbers as nested lists; None for all else, and for more than MAX_PLAIN."""
    try:
        array = np.asarray(values)
    except ValueError:
        return None
    if array.dtype.kind not in "fiu" or array.size > MAX_PLAIN or array.ndim > 2 or not np.isfinite(array).all():
        return None
    return array.tolist()


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
