# Lives here: results as lines of text. Independent of: options, files, the core.
"""Printed reports: tables of paths, tables of coefficients, the outcome of a race."""
from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lassocore.cli.terminal import printable

if TYPE_CHECKING:
    from lassocore.cli.demo import Race
    from lassocore.results.path_result import PathResult

INTERCEPT = "(intercept)"
MAX_COEFFICIENTS = 20


def aligned(rows: Sequence[Sequence[str]], left: int = 0) -> list[str]:
    """Rows as lines of equal columns, the first `left` of them flush left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) if k < left else cell.rjust(width)
                      for k, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in rows]


def describe_path(result: PathResult, shape: tuple[int, int], tol: float) -> list[str]:
    """The shape of the problem, a table of its alphas, and the tolerance."""
    import numpy as np

    from lassocore.results.tables import MAX_ROWS

    n_alphas, n_missed = len(result.alphas), int(np.sum(~result.converged))
    lines = [f"{shape[0]} rows, {shape[1]} features, {n_alphas} alphas, l1_ratio {result.l1_ratio:g}", ""]
    lines += path_table(result)
    lines.append("")
    if n_alphas > MAX_ROWS:
        lines.append(f"{MAX_ROWS} of {n_alphas} alphas shown.")
    lines.append(f"Tolerance: gap <= {result.gap_tol:.3g} (tol={tol:g}); "
                 + (f"{n_missed} of {n_alphas} alphas, marked *, did not converge."
                    if n_missed else f"all {n_alphas} alphas converged."))
    return lines


def path_table(result: PathResult) -> list[str]:
    """Aligned rows, at most MAX_ROWS of them, evenly spaced over the alphas."""
    from lassocore.results.tables import shown_rows

    picked = shown_rows(len(result.alphas))
    rows = [("alpha", "nonzeros", "R2", "gap", "epochs", "")]
    rows += [(f"{result.alphas[k]:.5g}", str(result.n_nonzero[k]), f"{result.r2[k]:z.4f}", f"{result.dual_gaps[k]:.2e}",
              str(result.n_iter[k]), "" if result.converged[k] else "*") for k in picked]
    return aligned(rows)


def named_coefficients(result: PathResult, alpha: float) -> list[tuple[str, float]]:
    """The intercept, then the nonzero coefficients by decreasing size; unnamed features are x0, x1, ..."""
    import numpy as np

    coef = result.coef_at(alpha)
    nonzero = np.flatnonzero(coef)
    order = nonzero[np.argsort(-np.abs(coef[nonzero]), kind="stable")]
    names = result.feature_names
    return [(INTERCEPT, result.intercept_at(alpha)),
            *((f"x{j}" if names is None else names[j], float(coef[j])) for j in order)]


def coefficients_as(form: str, result: PathResult, alpha: float) -> list[str]:
    """Named coefficients as an aligned table, as CSV or as JSON."""
    found = named_coefficients(result, alpha)
    if form == "json":
        document = {"alpha": alpha, "intercept": found[0][1],
                    "coefficients": [{"name": name, "value": value} for name, value in found[1:]]}
        return json.dumps(document, indent=1).split("\n")
    if form == "csv":
        return [csv_line("name", "coefficient"), *(csv_line(name, repr(value)) for name, value in found)]
    summary = f"alpha {alpha:.5g}: {len(found) - 1} of {result.coefs_sparse.shape[0]} coefficients are not 0"
    rows = [("name", "coefficient"), *((printable(name), f"{value:.6g}") for name, value in found)]
    return [summary, "", *aligned(rows, left=1)]


def describe_cross_validation(result: PathResult, model: Any, X: Any, n_folds: int, kind: str) -> list[str]:
    """The shape of the problem, the errors of both rules, and the coefficients at the alpha chosen."""
    import numpy as np

    errors, spread = np.atleast_2d(model.mse_mean_), np.atleast_2d(model.mse_se_)
    k = np.atleast_1d(model.l1_ratio).tolist().index(model.l1_ratio_)
    lines = [f"{X.shape[0]} rows, {X.shape[1]} features, {n_folds} folds ({kind}), {len(result.alphas)} alphas, "
             f"l1_ratio {result.l1_ratio:g}", ""]
    rows = [("rule", "alpha", "nonzeros", "held-out MSE", "se", "RMSE", "")]
    for rule, alpha in (("min", model.alpha_min_), ("1se", model.alpha_1se_)):
        at = int(np.flatnonzero(result.alphas == alpha)[0])
        rows.append((rule, f"{alpha:.5g}", str(result.n_nonzero[at]), f"{errors[k, at]:.5g}", f"{spread[k, at]:.3g}",
                     f"{errors[k, at] ** 0.5:.5g}", "chosen" if model.selection_rule == rule else ""))
    n_missed = int(np.sum(~result.converged))
    return [*lines, *aligned(rows, left=1), "", *sized_coefficients(result, float(model.alpha_), X), "",
            f"Tolerance: gap <= {result.gap_tol:.3g}; "
            + (f"{n_missed} of {len(result.alphas)} alphas did not converge." if n_missed else
               f"all {len(result.alphas)} alphas converged.")]


def sized_coefficients(result: PathResult, alpha: float, X: Any) -> list[str]:
    """The coefficients that are not 0 by their size on the standardised scale, at most MAX_COEFFICIENTS."""
    import numpy as np

    coef = result.coef_at(alpha)
    active = np.flatnonzero(coef)
    columns = X[:, active]
    columns = np.asarray(columns.toarray() if hasattr(columns, "toarray") else columns)
    products = columns * np.abs(coef[active])
    exponents = np.frexp(np.abs(products).max(axis=0, initial=0.0))[1]      # whose squares may overflow
    sizes = np.ldexp(np.ldexp(products, -exponents).std(axis=0), exponents) * np.sign(coef[active])
    order = np.argsort(-np.abs(sizes), kind="stable")
    names = result.feature_names
    rows = [("feature", "coefficient", "per sd"), (INTERCEPT, f"{result.intercept_at(alpha):.5g}", "")]
    rows += [(printable(f"x{active[j]}" if names is None else names[active[j]]), f"{coef[active[j]]:.5g}",
              f"{sizes[j]:.4g}") for j in order[:MAX_COEFFICIENTS]]
    more = [f"and {len(active) - MAX_COEFFICIENTS} more; `lassocore coef` prints all"] if len(
        active) > MAX_COEFFICIENTS else []
    return [*aligned(rows, left=1), *more]


def selection_as(form: str, selector: Any, report: Any, labels: list[str]) -> list[str]:
    """A report on the stable features as a table, as CSV or as JSON; report is None where there are none."""
    rows = [] if report is None else _selected_rows(report)
    if form == "json":
        document = {
            "threshold": selector.threshold_, "max_false_selections": selector.max_false_selections_,
            "n_subsamples": selector.n_subsamples, "alpha": None if report is None else report.alpha,
            "r2": None if report is None else report.r2, "features": rows,
            "frequencies": [{"feature": label, "frequency": float(share)} for label, share in zip(
                labels, selector.selection_frequencies_, strict=True) if share > 0]}
        return json.dumps(document, indent=1).split("\n")
    if form == "csv":
        cells = [[json.dumps(value) if isinstance(value, list) else value if isinstance(value, str) else
                  "" if value is None else repr(value) for value in row.values()] for row in rows]
        return [csv_line(*SELECTED), *(csv_line(*row) for row in cells)]
    if report is None:
        largest = float(selector.selection_frequencies_.max())
        return [f"No feature is selected: the threshold is {selector.threshold_:g}, the largest frequency "
                f"{largest:.2g}"]
    from dataclasses import replace

    return str(replace(report, all_feature_names=list(map(printable, labels)))).split("\n")


SELECTED = ("feature", "sign", "coefficient", "standardized", "frequency", "sign_consistency", "vif", "stand_ins",
            "r2_loss", "enters", "leaves")


def _selected_rows(report: Any) -> list[dict[str, Any]]:
    """The report as plain values, a row for each feature; numbers that are not finite as None."""
    from math import isfinite

    names = report.all_feature_names
    rows = []
    for k, name in enumerate(report.feature_names):
        removal = report.removals[k]
        values = (name, int(report.signs[k]), float(report.coefs[k]), float(report.standardized_coefs[k]),
                  float(report.frequencies[k]), float(report.sign_consistency[k]), float(report.vif[k]),
                  [names[other.feature] for other in report.stand_ins[k]], float(removal.r2_loss),
                  [names[j] for j in removal.entering], [names[j] for j in removal.leaving])
        rows.append({key: None if isinstance(value, float) and not isfinite(value) else value
                     for key, value in zip(SELECTED, values, strict=True)})
    return rows


def drift_lines(report: Any) -> list[str]:
    """A comparison of new data with those of a fit, its names printable."""
    from dataclasses import replace

    found = replace(
        report, features=tuple(replace(entry, name=printable(entry.name)) for entry in report.features),
        unseen={printable(name): share for name, share in report.unseen.items()},
        missing={printable(name): share for name, share in report.missing.items()})
    return str(found).split("\n")


def csv_line(*cells: str) -> str:
    """Cells joined by commas, quoted where necessary."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def describe_race(outcome: Race) -> list[str]:
    """The path of a race, both times, and their ratio or a bound on it."""
    from lassocore.cli.demo import TOL

    lines = [*describe_path(outcome.path, outcome.example.X.shape, TOL), "",
             f"lassocore fit_path      {outcome.seconds:8.4f} s   largest measured gap {outcome.gap:.3e}"]
    ratio = outcome.peer_seconds / outcome.seconds
    of_peer = f"scikit-learn lasso_path {outcome.peer_seconds:8.4f} s   largest measured gap {outcome.peer_gap:.3e} "
    if outcome.reached:
        return [*lines, f"{of_peer}(tol={outcome.peer_tol:.3g}, the loosest tried that meets the tolerance)",
                f"scikit-learn took {ratio:.2f} times as long (processor time, one thread)"]
    return [*lines, f"{of_peer}(tol={outcome.peer_tol:.3g}, the tightest tried in {outcome.budget:.3g} s)",
            f"scikit-learn took {ratio:.2f} times as long (processor time, one thread) for a gap "
            f"{outcome.peer_gap / outcome.gap:.3g} times as large, and takes more to the tolerance"]
