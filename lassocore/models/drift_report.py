# Lives here: what monitoring found, as numbers, as a table, as text. Independent of: how it is computed.
"""Reports on new data: features, unseen categories, missing values, errors, a refit."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

STABLE, WATCH, DRIFT = STATES = ("stable", "watch", "drift")
MAX_ROWS = 30               # of the table in the text
LARGE = 1e5                 # from here on shifts and ratios are shown with an exponent


@dataclass(frozen=True)
class Thresholds:
    """What counts as drift. Shifts of features count only where they exceed what chance explains as well.

    Parameters
    ----------
    mean_shift : float, default=0.25
        Standardised mean difference, in size. 0.25 after Rubin (2001) and Stuart (2010).
    watch_mean_shift : float, default=0.1
        From here on "watch": 0.1 after Austin (2009).
    variance_ratio : float, default=2.0
        Ratio of the variances, or its inverse. 2 after Rubin (2001).
    psi : float, default=0.25
        Population stability index. 0.25 after Lewis (1994) and Siddiqi (2006).
    watch_psi : float, default=0.1
        From here on "watch": 0.1 after the same.
    missing : float, default=0.05
        Share of the rows without a value.
    unseen : float, default=0.05
        Share of the rows with a category that the training data did not have.
    error_ratio : float, default=1.25
        Mean squared error over that of validation or training; counts if the interval is above 1 as well.
    coef_change : float, default=0.5
        Relative change of the standardised coefficients on a refit.
    level : float, default=0.01
        Probability of a false alarm by chance over all comparisons of features together (Bonferroni).
    confidence : float, default=0.95
        Of the intervals of errors.

    Notes
    -----
    The limits of missing, unseen, error_ratio, coef_change, level and confidence are choices of this library.

    References
    ----------
    Rubin (2001), Using propensity scores to help design observational studies.
    Stuart (2010), Matching methods for causal inference.
    Austin (2009), Balance diagnostics for comparing the distribution of baseline covariates.
    Lewis (1994), An introduction to credit scoring.
    Siddiqi (2006), Credit risk scorecards.
    """

    mean_shift: float = 0.25
    watch_mean_shift: float = 0.1
    variance_ratio: float = 2.0
    psi: float = 0.25
    watch_psi: float = 0.1
    missing: float = 0.05
    unseen: float = 0.05
    error_ratio: float = 1.25
    coef_change: float = 0.5
    level: float = 0.01
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float)) or not value >= 0.0:
                raise ValueError(f"{limit.name}={value!r} must be a number of at least 0")
        for name in ("level", "confidence"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"{name}={getattr(self, name)!r} must be within 0 and 1")


@dataclass(frozen=True)
class FeatureDrift:
    """An active feature in new data.

    Attributes
    ----------
    feature : int
        Index.
    name : str
        Name; x0, x1, ... without names.
    coef : float
        Coefficient.
    mean, new_mean : float
        Means of the training and of the new data.
    sd : float
        Standard deviation of the training data.
    mean_shift : float
        ``(new_mean - mean) / sd``.
    variance_ratio : float
        New variance over that of the training data.
    psi : float
        Population stability index, ``sum_b (q_b - p_b) log(q_b / p_b)``.
    missing : float
        Share of the rows without a value.
    state : str
        "stable", "watch" or "drift".
    reasons : tuple of str
        Which statistics made it so.
    """

    feature: int
    name: str
    coef: float
    mean: float
    new_mean: float
    sd: float
    mean_shift: float
    variance_ratio: float
    psi: float
    missing: float
    state: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ErrorDrift:
    """The error on new labelled data against that of validation or training.

    Attributes
    ----------
    n_samples : int
        Rows with a prediction.
    mean_squared_error : float
        Of the new data.
    interval : tuple of two floats
        Interval of it: plus and minus t times the standard error of the mean of the squared residuals, with t the
        quantile of Student's distribution with n_samples - 1 degrees of freedom; with weights s, (sum s)^2 / sum s^2
        stands for n_samples. One row has no spread: its intervals are unlimited.
    bias : float
        Mean of y minus prediction.
    bias_interval : tuple of two floats
        Interval of it, likewise.
    reference : str or None
        "validation" (cross-validation, at the alpha that it chose) or "training"; None if the model has neither, or
        about as many parameters as training rows.
    reference_error : float or None
        Mean squared error of the reference. The errors on n training rows are smaller than those on new ones; so they
        are multiplied by ``(n + 1) (n - 2) / ((n - d) (n - d - 1))``, with d the active features and the intercept
        (Hocking 1976, The analysis and selection of variables in linear regression, for random normal features).
    ratio : float or None
        New over reference.
    ratio_interval : tuple of two floats, or None
        ``ratio * exp(+-sqrt((t se/mse)^2 + (z se_ref/mse_ref)^2))``: the delta method for the logarithm, z of the
        normal distribution.
    drifted : bool
        Whether the ratio exceeds its threshold and its interval is above 1.
    """

    n_samples: int
    mean_squared_error: float
    interval: tuple[float, float]
    bias: float
    bias_interval: tuple[float, float]
    reference: str | None
    reference_error: float | None
    ratio: float | None
    ratio_interval: tuple[float, float] | None
    drifted: bool


@dataclass(frozen=True)
class RefitDrift:
    """The model fitted to the new data at the same alpha, against the old one.

    Attributes
    ----------
    alpha : float
        The alpha of both.
    entered, left : tuple of str
        Features that are active in the new model only, and in the old one only.
    signs_changed : tuple of str
        Features whose coefficients have changed their sign.
    support_overlap : float
        Features active in both over features active in either (Jaccard index); 1 if there are none.
    coef_change : float
        ``||D (w_new - w)||_2 / ||D w||_2`` with D the standard deviations of the new data.
    coefs : dict
        Name to (old coefficient, new coefficient), of the features active in either.
    converged : bool
        Whether the refit met its tolerance.
    drifted : bool
        Whether coef_change exceeds its threshold.
    """

    alpha: float
    entered: tuple[str, ...]
    left: tuple[str, ...]
    signs_changed: tuple[str, ...]
    support_overlap: float
    coef_change: float
    coefs: dict[str, tuple[float, float]]
    converged: bool
    drifted: bool


@dataclass(frozen=True)
class DriftReport:
    """What `lassocore.monitor` found; ``print(report)`` shows it as a table.

    Attributes
    ----------
    n_samples : int
        Rows of the new data.
    n_trained : int
        Rows of the training data.
    features : tuple of FeatureDrift
        The active features, those with drift first.
    unseen : dict
        Column to the share of the rows with a category that was not seen in training.
    missing : dict
        Column to the share of the rows without a value, of columns of a data file.
    error : ErrorDrift or None
        With y_new: the error.
    refit : RefitDrift or None
        With refit=True: the comparison with a refit.
    thresholds : Thresholds
        What counts as drift.
    """

    n_samples: int
    n_trained: int
    features: tuple[FeatureDrift, ...]
    unseen: dict[str, float] = field(default_factory=dict)
    missing: dict[str, float] = field(default_factory=dict)
    error: ErrorDrift | None = None
    refit: RefitDrift | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def drifted(self) -> bool:
        """Whether anything exceeds its threshold."""
        return bool(self.reasons)

    @property
    def reasons(self) -> list[str]:
        """What exceeds its threshold, a line for each."""
        return list(self._reasons())

    def _reasons(self) -> Iterator[str]:
        limits = self.thresholds
        for entry in self.features:
            if entry.state == DRIFT:
                yield f"feature {entry.name}: {', '.join(entry.reasons)}"
        for label, shares, limit in (("categories not seen in training", self.unseen, limits.unseen),
                                     ("values missing", self.missing, limits.missing)):
            for column, share in shares.items():
                if share > limit:
                    yield f"column {column}: {label} in {share:.1%} of the rows"
        if self.error is not None and self.error.drifted:
            yield (f"error: mean squared error {self.error.ratio:.3g} times that of {self.error.reference}, interval "
                   f"{_interval(self.error.ratio_interval)}")
        if self.refit is not None and self.refit.drifted:
            yield f"refit: standardised coefficients change by {self.refit.coef_change:.0%}"

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON.

        Returns
        -------
        dict
            The attributes, "drifted" and "reasons"; numbers that are not finite as None.
        """
        return {"drifted": self.drifted, "reasons": self.reasons, **_plain(asdict(self))}

    def to_frame(self):
        """Make a pandas data frame of the features.

        Returns
        -------
        pandas.DataFrame
            A row for each active feature, indexed by its name.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_frame needs pandas, which is not installed; run python -m pip install pandas"
                              ) from error
        names = [part.name for part in fields(FeatureDrift)]
        rows = [[", ".join(value) if isinstance(value := getattr(entry, name), tuple) else value for name in names]
                for entry in self.features]
        return pd.DataFrame(rows, columns=names).set_index("name")

    def __str__(self) -> str:
        count = sum(entry.state == DRIFT for entry in self.features)
        lines = [f"{'Drift' if self.drifted else 'No drift'}: {self.n_samples} new rows against {self.n_trained} of "
                 f"the training, {len(self.features)} active features, {count} of them with drift", ""]
        lines += self._table()
        for label, shares in (("Not seen in training", self.unseen), ("Missing", self.missing)):
            if shares:
                lines += ["", f"{label}: " + ", ".join(f"{name} {share:.1%}" for name, share in shares.items())]
        lines += [*self._error_lines(), *self._refit_lines()]
        return "\n".join([*lines, *(["", "Above the thresholds:"] if self.drifted else []),
                          *(f"  {reason}" for reason in self.reasons)])

    def _table(self) -> list[str]:
        rows = [("feature", "coefficient", "mean", "new mean", "shift", "variance ratio", "PSI", "missing", "state")]
        rows += [(entry.name, f"{entry.coef:.4g}", _shown(entry.mean, entry.sd), _shown(entry.new_mean, entry.sd),
                  _short(entry.mean_shift, "+z.2f"), _short(entry.variance_ratio, ".2f"), f"{entry.psi:.3f}",
                  f"{entry.missing:.1%}", entry.state) for entry in self.features[:MAX_ROWS]]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) if k in (0, 8) else cell.rjust(width)
                           for k, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in rows]
        more = len(self.features) - MAX_ROWS
        return [*lines, *([f"and {more} more, none of a worse state"] if more > 0 else [])]

    def _error_lines(self) -> list[str]:
        error = self.error
        if error is None:
            return []
        lines = ["", f"Mean squared error {error.mean_squared_error:.4g}, interval {_interval(error.interval)}, on "
                 f"{error.n_samples} rows; mean of y - prediction {error.bias:.3g}, interval "
                 f"{_interval(error.bias_interval)}"]
        if error.ratio is not None:
            lines.append(f"{error.ratio:.3g} times that of {error.reference} ({error.reference_error:.4g}), interval "
                         f"{_interval(error.ratio_interval)}")
        return lines

    def _refit_lines(self) -> list[str]:
        refit = self.refit
        if refit is None:
            return []
        lines = ["", f"Refit at alpha {refit.alpha:.5g}: coefficients change by {refit.coef_change:.0%}, supports "
                 f"overlap by {refit.support_overlap:.0%}{'' if refit.converged else ' (the refit did not converge)'}"]
        for label, names in (("entered", refit.entered), ("left", refit.left), ("sign changed", refit.signs_changed)):
            if names:
                lines.append(f"  {label}: {', '.join(names[:10])}" + (
                    f" and {len(names) - 10} more" if len(names) > 10 else ""))
        return lines


def _shown(mean: float, sd: float) -> str:
    """A mean with four digits, none of them below a thousandth of the standard deviation."""
    if sd > 0 and np.isfinite(mean):
        mean = round(mean, 3 - int(np.floor(np.log10(sd))))
    return f"{mean:z.4g}"


def _short(value: float, form: str) -> str:
    """A number in this form, a large one in few digits."""
    return f"{value:{form}}" if not abs(value) >= LARGE else f"{value:{'+' if '+' in form else ''}.3g}"


def _interval(ends: tuple[float, float] | None) -> str:
    return "unknown" if ends is None else f"[{ends[0]:.4g}, {ends[1]:.4g}]"


def _plain(value: Any) -> Any:
    """Nested containers as lists and dicts, numbers that are not finite as None."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
