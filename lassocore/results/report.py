# Lives here: how a fit ended, in words. Independent of: how models were fitted, which numbers to look for in X and y.
"""The text of `PathResult.report`: the outcome, and where alphas missed the tolerance, why and what to do."""
from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from lassocore.results.convergence import finite_gaps
from lassocore.results.data_faults import (
    collinear_columns,
    constant_columns,
    constant_target,
    large_and_small_columns,
    measured,
)

WIDTH = 100
MIN_SATURATED = 0.9                 # nonzeros over samples from which a model nearly interpolates
MAX_SATURATED_R2 = 0.9999           # R2 above which it does so as well
FLOAT32_ROUNDING = 1e-5
METHODS = {
    "cd": "by coordinate descent", "descent": "by coordinate descent on a working set of columns",
    "gram": "on the Gram matrix of all columns", "working_set": "on a working set of columns",
    "start": "by the starting coefficients"}
ENDS = {
    "max_active": "it has more nonzero features than max_active allows; pass a larger max_active to go on",
    "time_limit": "time_limit was over; pass a larger one, fewer alphas or a larger eps to go on",
    "callback": "the callback asked for the end"}


def report_of(result: Any, X=None, y=None) -> str:
    """The report of a path; X and y are the data of the fit, or None."""
    data = None if X is None else measured(result, X)
    notes = [*constant_target(result, y), *(() if data is None else constant_columns(result, data))]
    if result.converged.all():
        parts = [_success(result), *_end(result), _effort(result)]
        return _text(parts, notes)
    worst = _worst(result)
    causes = [*_budget(result), *_too_small(result, worst, None if data is None else data.n_rows)]
    if data is not None:
        causes += [*large_and_small_columns(result, data), *collinear_columns(result, data, worst)]
    parts = [_failure(result, worst), *_end(result), _effort(result), "Why, and what to do:"]
    if data is None:
        causes.append("The data may tell more: report(X) names columns of very different size and collinear columns.")
    return _text(parts, [*causes, *notes])


def _text(parts: list[str], items: list[str]) -> str:
    """Paragraphs, and the items of a list."""
    return "\n".join([*(textwrap.fill(part, WIDTH) for part in parts if part), *(
        textwrap.fill(item, WIDTH, initial_indent="- ", subsequent_indent="  ") for item in items)])


def count(number: int, thing: str) -> str:
    """ "1 alpha", "2 alphas"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _worst(result: Any) -> int:
    """The position of the alpha with the largest gap among those that missed the tolerance."""
    return int(np.argmax(np.where(result.converged, -1.0, finite_gaps(result))))


def _gap(result: Any, position: int) -> str:
    """The gap at an alpha, beside its tolerance."""
    if result.relative_gaps is not None:
        return f"{result.relative_gaps[position]:.2e} of the mean square of the target"
    gap, gap_tol = result.dual_gaps[position], result.gap_tol
    share = f", {gap / gap_tol:.2g} times the tolerance {gap_tol:.2e}" if gap_tol > 0.0 else ""
    return f"{gap:.2e}{share}"


def _success(result: Any) -> str:
    largest = int(np.argmax(finite_gaps(result)))
    met = "The alpha meets" if len(result) == 1 else f"All {len(result)} alphas meet"
    return f"Converged. {met} the tolerance; the largest duality gap is {_gap(result, largest)}."


def _failure(result: Any, worst: int) -> str:
    n_missed, alpha = int(np.count_nonzero(~result.converged)), f"alpha={result.alphas[worst]:.4g}"
    missed = f"{alpha} missed the tolerance" if len(result) == 1 else (
        f"{n_missed} of {len(result)} alphas missed the tolerance. The worst is {alpha}")
    return (f"Not converged: {missed}, with a duality gap of {_gap(result, worst)}: its objective is at most that far "
            "above the minimum, and the coefficients can be used with this error in mind.")


def _end(result: Any) -> list[str]:
    """Why the path ended before its last alpha."""
    if not result.stopped:
        return []
    of_all = "" if result.info is None else f" of {int(result.info['n_alphas'][0])}"
    return [f"The path ended after {len(result)}{of_all} alphas, at alpha={result.alphas[-1]:.4g}, as "
            f"{ENDS.get(result.stopped, result.stopped)}."]


def _effort(result: Any) -> str:
    """Methods, iterations and time."""
    info = result.info
    if info is None:
        return ""
    methods, counts = np.unique(info["method"], return_counts=True)
    names = [METHODS.get(str(method), str(method)) for method in methods]
    solved = names[0] if len(names) == 1 else ", ".join(
        f"{name} ({count(int(number), 'alpha')})" for name, number in zip(names, counts, strict=True))
    work = [count(int(info[column].sum()), thing) for column, thing in (
        ("n_epochs", "epoch"), ("n_newton", "exact step")) if info[column].any()]
    return (f"Solved {solved}{', with ' if work else ''}{' and '.join(work)}, in {info['seconds'].sum():.3g} "
            "seconds.")


def _budget(result: Any) -> list[str]:
    """Whether iterations ran out, or digits."""
    missed, found = ~result.converged, []
    max_iter = None if result.info is None else result.info.max_iter
    used = missed & (result.n_iter >= (np.inf if max_iter is None else max_iter))
    if max_iter is None:
        return ["Epochs ran out, or the tolerance is below what rounding allows: increase max_iter, and if that does "
                "not help, tol."]
    if used.any():
        found.append(f"All of max_iter={max_iter} iterations were used at {count(int(used.sum()), 'alpha')}: increase "
                     "max_iter, or accept a larger tol.")
    if (missed & ~used).any():
        single = result.coefs_sparse.dtype == np.float32
        found.append(
            f"At {count(int((missed & ~used).sum()), 'alpha')} no further iteration brought the gap down: the "
            f"tolerance is below what rounding allows{' in float32' if single else ''}. Increase tol"
            f"{', or pass X in float64' if single else ''}.")
    return found


def _too_small(result: Any, worst: int, n_rows: int | None) -> list[str]:
    """Whether the model at the worst alpha nearly interpolates the data."""
    sample = getattr(result, "sample", None)
    n_rows = n_rows if sample is None else sample.n_rows
    n_nonzero, r2 = int(result.n_nonzero[worst]), float(result.r2[worst])
    is_full = n_rows is not None and result.n_features >= n_rows and n_nonzero >= MIN_SATURATED * n_rows
    if not is_full and not (r2 > MAX_SATURATED_R2 and n_nonzero > 0):
        return []
    rows = "" if n_rows is None else f" for {count(n_rows, 'sample')}"
    remedy = "a larger alpha" if len(result) == 1 else "a larger eps, such as eps=0.01, or larger alphas"
    return [f"alpha={result.alphas[worst]:.4g} is small: the model has {count(n_nonzero, 'nonzero feature')}{rows} and "
            f"R2={r2:.6f}, so that it fits noise, and such fits are slow. Pass {remedy}."]
