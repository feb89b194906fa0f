# Lives here: results as lines of text. Independent of: options, files, the core.
"""Printed reports: tables of paths, tables of coefficients, the outcome of a race."""
from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lassocore.cli.terminal import printable

if TYPE_CHECKING:
    from lassocore.cli.demo import Race
    from lassocore.results.path_result import PathResult

INTERCEPT = "(intercept)"


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
