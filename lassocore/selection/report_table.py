# Lives here: SelectionReport. Independent of: how its columns are computed.
"""The table of selected features, as arrays, a data frame, text and HTML."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.results.tables import html_table
from lassocore.selection.correlations import StandIn
from lassocore.selection.removal import Removal

MAX_LISTED = 3                      # names in one cell


@dataclass(frozen=True, eq=False, repr=False)
class SelectionReport:
    """What `selection_report` finds: a row for each selected feature, the largest on the standardised scale first.

    Attributes
    ----------
    alpha : float
        The alpha of the lasso or elastic net on all rows.
    l1_ratio : float
        Its share of the L1 penalty.
    r2 : float
        R2 on the data of the fit, of the model with coefs; `cross_validate_selection` gives an honest one.
    intercept : float
        The intercept of that model.
    dual_gap : float
        Certificate: the objective at alpha is at most this far above its minimum.
    n_nonzero : int
        Features that are selected at alpha, also those that are not stable.
    features : ndarray of int of shape (n_selected,)
        The columns of the features.
    all_feature_names : list of str of shape (n_features,)
        Names of all columns of X.
    coefs : ndarray of shape (n_selected,)
        Coefficients at alpha, in units of y over those of the column; of a `StabilitySelection` those of least squares
        on its features alone.
    standardized_coefs : ndarray of shape (n_selected,)
        The same times the standard deviation of the column: units of y for a change of one standard deviation.
    stand_ins : list of list of StandIn
        For each feature those with a large correlation, the largest first: pairs (feature, correlation).
    vif : ndarray of shape (n_selected,)
        Variance inflation factors among the features of the report.
    removals : list of Removal, or None
        What the fit at alpha without each feature does; None if that was not asked for.
    frequencies : ndarray of shape (n_selected,), or None
        Share of the subsamples that select each feature; None without subsamples.
    sign_consistency : ndarray of shape (n_selected,), or None
        Share of these in which its coefficient has the more frequent sign.
    threshold : float, or None
        The threshold of a `StabilitySelection`.
    max_false_selections : float, or None
        What it guarantees for the expected number of false selections.

    See Also
    --------
    selection_report : Makes one.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore.selection import selection_report
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> print(selection_report(1.0, X, y, n_subsamples=0))     # doctest: +NORMALIZE_WHITESPACE
    3 features selected at alpha=1, R2 0.3574 on the fit
    <BLANKLINE>
    feature  coefficient  standardized   VIF  stand-ins  R2 loss  without it enter
    bmi           +367.7        +17.49  1.34              0.0861  s3
    s5            +307.6        +14.63  1.34              0.0597  s4
    bp           +6.3073          +0.3  1.27              0.0010
    """

    alpha: float
    l1_ratio: float
    r2: float
    intercept: float
    dual_gap: float
    n_nonzero: int
    features: np.ndarray
    all_feature_names: list[str]
    coefs: np.ndarray
    standardized_coefs: np.ndarray
    stand_ins: list[list[StandIn]]
    vif: np.ndarray
    removals: list[Removal] | None = None
    frequencies: np.ndarray | None = None
    sign_consistency: np.ndarray | None = None
    threshold: float | None = None
    max_false_selections: float | None = None

    def __len__(self) -> int:
        return len(self.features)

    @property
    def feature_names(self) -> list[str]:
        """Names of the selected features, in the order of the rows."""
        return self._names(self.features.tolist())

    @property
    def signs(self) -> np.ndarray:
        """Signs of the coefficients: 1, -1, or 0 where a stable feature is not in the model."""
        return np.sign(self.coefs).astype(int)

    def to_frame(self):
        """Get the table as a pandas data frame.

        Returns
        -------
        pandas.DataFrame
            A row for each feature, named, with the columns sign, coefficient, standardized, frequency,
            sign_consistency, vif, stand_ins (names with correlations), and of a removal enters, leaves (lists of
            names), r2_loss and objective_increase. Columns that were not asked for are missing.

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
        columns: dict[str, Any] = {
            "sign": self.signs, "coefficient": self.coefs, "standardized": self.standardized_coefs}
        if self.frequencies is not None:
            columns |= {"frequency": self.frequencies, "sign_consistency": self.sign_consistency}
        columns |= {"vif": self.vif, "stand_ins": [
            [(self.all_feature_names[other.feature], other.correlation) for other in others]
            for others in self.stand_ins]}
        if self.removals is not None:
            columns |= {
                "enters": [self._names(removal.entering) for removal in self.removals],
                "leaves": [self._names(removal.leaving) for removal in self.removals],
                "r2_loss": [removal.r2_loss for removal in self.removals],
                "objective_increase": [removal.objective_increase for removal in self.removals]}
        return pd.DataFrame(columns, index=pd.Index(self.feature_names, name="feature", dtype=object))

    def __repr__(self) -> str:
        return f"<SelectionReport: {self._title()}>"

    def __str__(self) -> str:
        head, rows = self._head(), self._rows()
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) if k == 0 or head[k] in WORDS else cell.rjust(width)
                           for k, (cell, width) in enumerate(zip(cells, widths, strict=True))).rstrip()
                 for cells in (head, *rows)]
        return "\n".join([self._title(), "", *lines])

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._head(), self._rows())

    def _names(self, features: list[int]) -> list[str]:
        return [self.all_feature_names[feature] for feature in features]

    def _title(self) -> str:
        count = f"{len(self)} feature{'s' * (len(self) != 1)}"
        place = f"alpha={self.alpha:.6g}" + (f", l1_ratio={self.l1_ratio:g}" if self.l1_ratio != 1.0 else "")
        if self.threshold is None:
            return f"{count} selected at {place}, R2 {self.r2:.4f} on the fit"
        return (f"{count} stable at a threshold of {self.threshold:g} (at most {self.max_false_selections:.3g} false "
                f"selections expected), R2 {self.r2:.4f} of least squares on them"
                + (f"; features enter at {place}" if self.removals is not None else ""))

    def _head(self) -> list[str]:
        head = ["feature", "coefficient", "standardized"]
        head += ["frequency", "same sign"] if self.frequencies is not None else []
        head += ["VIF", "stand-ins"]
        return head + (["R2 loss", "without it enter"] if self.removals is not None else [])

    def _rows(self) -> list[list[str]]:
        rows = []
        for k, name in enumerate(self.feature_names):
            row = [name, f"{self.coefs[k]:+.5g}", f"{self.standardized_coefs[k]:+.4g}"]
            if self.frequencies is not None and self.sign_consistency is not None:
                row += [f"{self.frequencies[k]:.0%}", "" if np.isnan(self.sign_consistency[k])
                        else f"{self.sign_consistency[k]:.0%}"]
            row += [f"{self.vif[k]:.3g}", listed([
                f"{self.all_feature_names[other.feature]} ({other.correlation:+.2f})" for other in self.stand_ins[k]])]
            if self.removals is not None:
                row += [f"{self.removals[k].r2_loss:.4f}", listed(self._names(self.removals[k].entering))]
            rows.append(row)
        return rows


WORDS = ("stand-ins", "without it enter")       # columns of text


def listed(names: list[str]) -> str:
    """At most a few names, and how many more there are."""
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more
