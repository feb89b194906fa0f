# Lives here: what monitoring found, as numbers, as a table, as text. Independent of: how it is computed.
"""Reports on new data: features, unseen categories, missing values, errors, a refit."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from lassocore.models.drift_findings import DRIFT, ErrorDrift, FeatureDrift, RefitDrift, Thresholds

MAX_ROWS = 30               # of the table in the text
LARGE = 1e5                 # from here on shifts and ratios are shown with an exponent


@dataclass(frozen=True)
class DriftReport:
    """What `lassocore.monitor` found on new data: features, error, refit; ``print(report)`` shows it as a table.

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

    See Also
    --------
    lassocore.monitor : Makes one.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load, monitor
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.2).fit(X, X[:, 0]).save(f"{folder}/model.json", X, X[:, 0])
    ...     model = load(f"{folder}/model.json")
    >>> report = monitor(model, X + [1.0, 0.0, 0.0])
    >>> report.drifted, report.reasons
    (True, ['feature x0: mean shift, PSI'])
    >>> report.features[0].name, round(report.features[0].mean_shift, 2)
    ('x0', 0.99)
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
