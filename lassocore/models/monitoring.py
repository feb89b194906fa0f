# Lives here: a model on new data. Independent of: files of data, the command line.
"""Whether new data, their errors and a refit differ from those of the fit."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri, stdtrit

from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.feature_names import compare_names
from lassocore.models.drift_findings import (
    DRIFT,
    STABLE,
    STATES,
    WATCH,
    ErrorDrift,
    FeatureDrift,
    RefitDrift,
    Thresholds,
)
from lassocore.models.drift_report import DriftReport
from lassocore.models.drift_statistics import Shift, shift_of
from lassocore.models.feature_profile import columns_of, moments_of
from lassocore.models.model import Model
from lassocore.models.raw_frames import features_of_frame, has_file_columns
from lassocore.models.records import error_record
from lassocore.results.active_product import active_product
from lassocore.results.prediction import as_new_offset
from lassocore.results.tables import feature_labels
from lassocore.utils.arguments import as_vector, check_flag, shortened

# Parameters with which a refit is not the same problem on other data.
NOT_REFITTED = ("groups", "group_weights", "penalty_factor", "bounds", "pilot")
BEYOND = (np.inf, np.inf)           # the interval of what no float holds


class NewData(NamedTuple):
    """New data as they were given, and what had to be left out."""

    X: Any                          # canonical; NaN where a value is missing
    kept: np.ndarray | None         # rows of what was given that X has; None for all
    n_samples: int                  # rows that were given
    unseen: dict[str, float]        # shares of the rows, by column
    missing: dict[str, float]


def monitor(
    model: Model | str | Path, X_new, y_new=None, *, refit: bool = False, alpha: float | None = None,
    sample_weight=None, offset=None, thresholds: Thresholds | None = None,
    unseen: Mapping[str, int] | None = None,
) -> DriftReport:
    """Compare new data with those of a model's fit: features, errors, and a refit.

    Each active feature is compared with its profile, kept in the model since it was saved with the data of the fit::

        mean shift      (mean_new - mean) / sd
        variance ratio  variance_new / variance
        PSI             sum_b (q_b - p_b) log(q_b / p_b)

    with p_b and q_b the shares of training and new rows in bin b; bins are the deciles of the training data, or the
    distinct values if there are at most ten, and half a row is added to each. A statistic counts where it exceeds both
    its threshold and what chance explains (Bonferroni over all features and statistics).

    Parameters
    ----------
    model : Model or path of a model file
        The model; it needs a profile: save it with X.
    X_new : array-like, sparse matrix or data frame of shape (n_samples, n_features)
        New rows. NaN is a missing value; infinite values are an error. A model of the command line also takes a frame
        with the columns of its file.
    y_new : array-like of shape (n_samples,), optional
        Their target, for the error: mean squared error with an interval, and its ratio to that of
        cross-validation, or to what that of the training data lets expect, with an interval by the delta method.
    refit : bool, default=False
        Whether to fit the new rows at the same alpha and compare supports and coefficients; needs y_new.
    alpha : float, optional
        Which model of a path; by default the one that was chosen.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the new rows.
    offset : float or array-like of shape (n_samples,), optional
        Offset of the new rows, where the fit had one.
    thresholds : Thresholds, optional
        What counts as drift; its documentation has the defaults and their sources.
    unseen : mapping of str to int, optional
        Rows with a category that was not seen in training, by column, where X_new has been encoded already.

    Returns
    -------
    DriftReport
        The comparison: ``drifted``, ``reasons``, ``to_frame()``, ``to_dict()``; printed, it is a table.

    Raises
    ------
    ValueError
        A model without a profile of its active features; X_new with other features, without rows, or infinite; y_new
        that is not finite; refit of a saved path, which does not tell the settings of its fit, or of a model with
        groups, bounds or penalties of single features.

    See Also
    --------
    load : Read a model file.

    References
    ----------
    * Rubin (2001), Using propensity scores to help design observational studies, Health Services and Outcomes Research
      Methodology 2(3), for shifts of means and variances.
    * Siddiqi (2006), Credit risk scorecards, Wiley, for the population stability index.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import lassocore
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((500, 4))
    >>> y = X[:, 0] + rng.standard_normal(500)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "model.json")
    ...     lassocore.Lasso(alpha=0.2).fit(X, y).save(file, X, y)
    ...     model = lassocore.load(file)
    >>> lassocore.monitor(model, rng.standard_normal((500, 4))).drifted
    False
    >>> report = lassocore.monitor(model, rng.standard_normal((500, 4)) + 1.0)
    >>> report.drifted, report.features[0].name, report.features[0].reasons
    (True, 'x0', ('mean shift', 'PSI'))
    """
    model = _as_model(model)
    check_flag("refit", refit)
    limits = Thresholds() if thresholds is None else thresholds
    if not isinstance(limits, Thresholds):
        raise ValueError(f"thresholds={shortened(thresholds)} must be a Thresholds of lassocore.models")
    if y_new is None and refit:
        raise ValueError("refit=True needs y_new, the target of the new rows")
    data = _new_data(model, X_new, unseen)
    s, y, shift = (_of_rows(values, name, data) for name, values in (
        ("sample_weight", sample_weight), ("y_new", y_new),
        ("offset", as_new_offset(offset, data.n_samples, model.path.has_offset and y_new is not None))))
    if s is not None:
        if s.min() < 0 or s.sum() == 0:
            raise ValueError("sample_weight must be at least 0, and above 0 somewhere")
        s = s / s.sum()
    coef, intercept = model.model_at(alpha)
    with np.errstate(over="ignore", invalid="ignore"):          # of numbers far beyond those of the training
        features = _features(model, data, coef, s, limits)
        error = None if y is None else _error(model, data, (coef, intercept), y, s, shift, limits, alpha)
    refitted = _refit(model, data, (coef, model.alpha if alpha is None else alpha), y, s, shift, limits
                      ) if refit else None
    n_trained = model.profile.n_samples if model.profile is not None else 0
    return DriftReport(data.n_samples, n_trained, features, data.unseen, data.missing, error, refitted, limits)


def _as_model(model: Any) -> Model:
    if isinstance(model, (str, Path)):
        from lassocore.models.model_file import load_model

        return load_model(model)
    if not isinstance(model, Model):
        raise ValueError(f"model={shortened(model)} must be a model of lassocore.load, or the path of a model file")
    return model


def _new_data(model: Model, X_new: Any, unseen: Mapping[str, int] | None) -> NewData:
    """The new rows as a canonical design; rows of a frame of a data file with missing values are left out."""
    kept, shares, missing = None, {}, {}
    if model.columns is not None and has_file_columns(X_new, model.columns, model.feature_names):
        encoded = features_of_frame(X_new, model.columns, model.reading, True, model.preparation)
        n_samples = len(encoded.kept)
        if n_samples and not encoded.kept.any():
            raise ValueError("every row of X_new has a missing value; there is nothing to compare")
        design, kept = as_canonical(encoded.X), encoded.kept
        shares, missing = ({name: count / n_samples for name, count in counts.items()}
                           for counts in (encoded.unseen, encoded.missing))
    else:
        compare_names(X_new, model.feature_names, "monitor")
        design = as_canonical(X_new)
        n_samples = design.shape[0]
    if design.shape[1] != model.n_features:
        raise ValueError(f"X_new has shape {design.shape}; the model has {model.n_features} features")
    check_not_empty(design)
    values = design if isinstance(design, np.ndarray) else design.data
    if np.isinf(values).any():
        raise ValueError("X_new has infinite values; remove or replace them")
    shares |= {name: count / n_samples for name, count in (unseen or {}).items() if count}
    return NewData(design, kept, n_samples, shares, missing)


def _of_rows(values: Any, name: str, data: NewData) -> np.ndarray | None:
    """A vector with one number for each row that is compared."""
    if values is None:
        return None
    if isinstance(values, float):
        values = np.full(data.n_samples, values)
    vector = as_vector(values, name, data.n_samples, "rows of X_new")
    return vector if data.kept is None else vector[data.kept]


def _features(model: Model, data: NewData, coef: np.ndarray, s: np.ndarray | None, limits: Thresholds
              ) -> tuple[FeatureDrift, ...]:
    """The active features, those of a worse state and of a larger PSI first."""
    profile, active = model.profile, np.flatnonzero(coef)
    positions = [None if profile is None else profile.position(j) for j in active.tolist()]
    if None in positions or profile is None:
        raise ValueError("the model has no profile of its active features; save it with the data of its fit: "
                         "save(file, X=X, y=y)")
    names, found = feature_labels(model.feature_names, active.tolist()), []
    level = limits.level / max(3 * len(active), 1)
    for j, name, k, column in zip(active.tolist(), names, positions, columns_of(data.X, active), strict=True):
        assert k is not None
        there = ~np.isnan(column)
        missing = 0.0 if there.all() else float(1.0 - (there.mean() if s is None else s[there].sum()))
        weights = s if s is None or there.all() or missing == 1.0 else s[there] / s[there].sum()
        if missing == 1.0:
            found.append(FeatureDrift(j, name, float(coef[j]), float(profile.means[k]), np.nan,
                                      float(profile.variances[k])**0.5, np.nan, np.nan, np.nan, missing, DRIFT,
                                      ("missing values",)))
            continue
        shift = shift_of(column[there], weights, float(profile.means[k]), float(profile.variances[k]),
                         profile.edges[k], profile.counts[k], level)
        state, reasons = _state_of(shift, missing, limits)
        found.append(FeatureDrift(
            j, name, float(coef[j]), float(profile.means[k]), shift.new_mean, float(profile.variances[k])**0.5,
            shift.mean_shift, shift.variance_ratio, shift.psi, missing, state, reasons))
    return tuple(sorted(found, key=lambda entry: (-STATES.index(entry.state), -np.nan_to_num(entry.psi, nan=np.inf))))


def _state_of(shift: Shift, missing: float, limits: Thresholds) -> tuple[str, tuple[str, ...]]:
    """(state, names of the statistics that made it so)."""
    ratio = abs(np.log(shift.variance_ratio)) if shift.variance_ratio > 0 else np.inf
    largest = float(np.log(max(limits.variance_ratio, 1.0)))
    found = {"mean shift": abs(shift.mean_shift), "variance ratio": ratio, "PSI": shift.psi, "missing values": missing}
    by_chance = dict(zip(found, (*shift.by_chance, 0.0), strict=True))
    for state, given in ((DRIFT, (limits.mean_shift, largest, limits.psi, limits.missing)),
                         (WATCH, (limits.watch_mean_shift, largest, limits.watch_psi, limits.missing))):
        reasons = tuple(name for name, limit in zip(found, given, strict=True)
                        if found[name] > max(limit, by_chance[name]))
        if reasons:
            return state, reasons
    return STABLE, ()


def _error(model: Model, data: NewData, at: tuple, y: np.ndarray, s: np.ndarray | None, offset: np.ndarray | None,
           limits: Thresholds, alpha: float | None) -> ErrorDrift:
    """The error on the rows whose active features are all there."""
    coef, intercept = at
    rows = complete_rows(data.X, np.flatnonzero(coef))
    if not rows.any() or s is not None and not s[rows].any():
        raise ValueError("every row of X_new lacks a value of an active feature, or has weight 0; there are no errors "
                         "to compare")
    design = data.X if rows.all() else data.X[rows]
    fitted = active_product(_without_missing(design), coef) + float(intercept)
    fitted = fitted if offset is None else fitted + offset[rows]
    weights = None if s is None else s[rows]
    record = error_record(y[rows], fitted, weights)
    z, t = float(ndtri(0.5 + limits.confidence / 2.0)), _student_quantile(weights, record.n_samples, limits.confidence)
    bias, spread = _mean_and_error(y[rows] - fitted, weights)
    mse = record.mean_squared_error
    margin, bias_margin = (t * size if np.isfinite(t) else np.inf for size in (record.standard_error, spread))
    reference, error, error_spread = _reference(model, alpha, int(np.count_nonzero(coef)))
    ratio = interval = None
    if error:
        ratio = mse / error
        width = float(np.hypot(margin / mse if mse else 0.0, z * error_spread / error))
        interval = ratio * float(np.exp(-width)), ratio * float(np.exp(width))
    around = max(mse - margin, 0.0), mse + margin
    if not np.isfinite(mse):                        # the squares overflow
        around, interval = BEYOND, None if ratio is None else BEYOND
    return ErrorDrift(
        record.n_samples, mse, around, bias, (bias - bias_margin, bias + bias_margin), reference, error, ratio,
        interval, ratio is not None and interval is not None and ratio > limits.error_ratio and interval[0] > 1.0)


def _student_quantile(weights: np.ndarray | None, n_samples: int, confidence: float) -> float:
    """The quantile of Student's t for an interval of a mean; infinite for one row, whose spread is unknown."""
    n = float(n_samples) if weights is None else float(weights.sum()**2 / (weights @ weights))
    return float(stdtrit(n - 1.0, 0.5 + confidence / 2.0)) if n > 1.0 + 1e-9 else np.inf


def complete_rows(X: Any, features: np.ndarray) -> np.ndarray:
    """Rows in which these features have a value."""
    rows = np.ones(X.shape[0], dtype=bool)
    for column in columns_of(X, features):
        rows &= ~np.isnan(column)
    return rows


def _without_missing(design: Any) -> Any:
    """The design with 0 in the place of NaN, which only columns of inactive features still have."""
    if isinstance(design, np.ndarray):
        return np.nan_to_num(design) if np.isnan(design).any() else design
    cleared = design.copy()
    cleared.data[np.isnan(cleared.data)] = 0.0
    return cleared


def _mean_and_error(values: np.ndarray, weights: np.ndarray | None) -> tuple[float, float]:
    """A weighted mean and its standard error."""
    s = np.full(len(values), 1.0 / len(values)) if weights is None else weights / weights.sum()
    mean, n = float(s @ values), len(values)
    return mean, float((s**2 @ (values - mean)**2) * (n / (n - 1) if n > 1 else 0.0))**0.5


def _reference(model: Model, alpha: float | None, n_active: int) -> tuple[str | None, float | None, float]:
    """(kind, mean squared error, its standard error) of validation, else of training, at the same alpha.

    That of training is what it lets expect of new rows of the same distribution; `ErrorDrift` has the formula.
    """
    at = model.alpha if alpha is None else alpha
    record = model.cross_validation
    if record is not None and record.alphas[record.chosen] == at:
        return "validation", *record.chosen_error
    known = model.training_error
    d = n_active + (model.training.fit_intercept is not False)
    if known is not None and at == model.alpha and known.n_samples > d + 1:
        n = known.n_samples
        factor = (n + 1) * max(n - 2, 1) / ((n - d) * (n - d - 1))
        return "training", factor * known.mean_squared_error, factor * known.standard_error
    return None, None, 0.0


def _refit(model: Model, data: NewData, at: tuple, y: np.ndarray | None, s: np.ndarray | None,
           offset: np.ndarray | None, limits: Thresholds) -> RefitDrift:
    """The fit of the complete new rows at the same alpha."""
    from lassocore.paths.fit_path import fit_path

    _check_refit(model)
    assert y is not None
    coef, alpha = at
    rows = complete_rows(data.X, np.arange(data.X.shape[1]))
    if not rows.any():
        raise ValueError("every row of X_new has a missing value; there is nothing to refit")
    X, training = data.X[rows] if not rows.all() else data.X, model.training
    path = fit_path(
        X, y[rows], alphas=[float(alpha)], l1_ratio=float(model.path.l1_ratio), tol=training.tol or 1e-4,
        max_iter=training.max_iter or 10_000, fit_intercept=training.fit_intercept is not False,
        standardize=bool(training.standardize), positive=bool(training.positive),
        sample_weight=None if s is None else s[rows], offset=None if offset is None else offset[rows])
    new, old = path.coef_of(0).astype(np.float64), coef.astype(np.float64)
    either = np.flatnonzero((new != 0) | (old != 0))
    weights = None if s is None else s[rows] / s[rows].sum()
    sds = np.array([moments_of(column, weights)[1]**0.5 for column in columns_of(X, either)])
    size = float(np.linalg.norm(sds * old[either]))
    change = float(np.linalg.norm(sds * (new - old)[either]))
    relative = change / size if size > 0 else np.inf if change > 0 else 0.0
    label = dict(zip(either.tolist(), feature_labels(model.feature_names, either.tolist()), strict=True))

    def names(chosen: np.ndarray) -> tuple[str, ...]:
        return tuple(label[j] for j in np.flatnonzero(chosen).tolist())

    both = int(((new != 0) & (old != 0)).sum())
    return RefitDrift(
        float(alpha), names((new != 0) & (old == 0)), names((new == 0) & (old != 0)), names(new * old < 0),
        both / len(either) if len(either) else 1.0, relative,
        {label[j]: (float(old[j]), float(new[j])) for j in either.tolist()}, bool(path.converged[0]),
        relative > limits.coef_change)


def _check_refit(model: Model) -> None:
    """Refuse what the file does not hold: groups, bounds, penalties of single features, blends with refits."""
    settings = model.settings
    if model.training.standardize is None:
        raise ValueError("refit=True: a saved path does not tell standardize, positive and the penalties of its fit, "
                         "so that it cannot be refitted; save an estimator fitted at this alpha, or fit the new data "
                         "with your own code, and compare")
    name = "path" if settings is None else settings.name
    odd = [] if settings is None else [
        key for key in NOT_REFITTED if settings.parameters.get(key) is not None or key in settings.omitted]
    if odd or model.path.groups is not None or model.path.relax is not None or name.startswith(
            ("Adaptive", "Group", "SparseGroup")):
        raise ValueError(f"a {name} with {odd[0] if odd else 'its penalty'} cannot be refitted from a model file; fit "
                         "the new data with your own code, and compare")
