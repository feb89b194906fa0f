# Lives here: what a model file records of a fit, beside the path. Independent of: files, how models are fitted.
"""Records of a fit: its settings, the window of its data, the errors of cross-validation and on the data of the fit."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import numpy as np

ERROR_KEYS = ("n_samples", "mean_squared_error", "standard_error")
MAX_PLAIN = 100_000         # numbers of a parameter that is a list


@dataclass(frozen=True)
class Training:
    """The settings of a fit, as a model file records them; None where a result does not tell.

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

    See Also
    --------
    Model : Has one as ``training``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.2, positive=True).fit(X, X[:, 0]).save(f"{folder}/model.json", X)
    ...     model = load(f"{folder}/model.json")
    >>> model.training.n_samples, model.training.tol, model.training.positive
    (200, 0.0001, True)
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

    See Also
    --------
    Model : Has one as ``settings``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     model = Lasso(alpha=0.2, callback=lambda info: False).fit(X, X[:, 0])
    ...     model.save(f"{folder}/model.json")
    ...     model = load(f"{folder}/model.json")
    >>> model.settings.name, model.settings.parameters["alpha"], model.settings.omitted
    ('Lasso', 0.2, ('callback',))
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

    See Also
    --------
    Model : Has one as ``window``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> dates = np.arange("2024-01-01", 200, dtype="M8[D]")
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.2).fit(X, X[:, 0]).save(f"{folder}/model.json", X, window=dates)
    ...     model = load(f"{folder}/model.json")
    >>> model.window.first, model.window.last
    ('2024-01-01', '2024-07-18')
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

    See Also
    --------
    Model : Has one as ``training_error``.
    ErrorDrift : The error of new data against it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.5).fit(X, X[:, 0]).save(f"{folder}/model.json", X, X[:, 0])
    ...     model = load(f"{folder}/model.json")
    >>> model.training_error.n_samples, round(model.training_error.mean_squared_error, 2)
    (200, 0.24)
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

    See Also
    --------
    Model : Has one as ``cross_validation``.
    LassoCV : Cross-validates.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import LassoCV
    >>> from lassocore.models import CrossValidationRecord
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = LassoCV(selection_rule="1se").fit(X, y)
    >>> record = CrossValidationRecord.of(model)
    >>> record.rule, record.n_folds, bool(record.alphas[record.chosen] == model.alpha_)
    ('1se', 5, True)
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
        """Mean error and its standard error at the alpha that was chosen, in units of y squared."""
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
