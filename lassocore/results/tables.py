# Lives here: tables of results, as data frames and as HTML for notebooks. Independent of: how models were fitted.
"""Tables of results, and their representation in interactive sessions."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

MAX_ROWS = 20                       # of a table in a notebook
MAX_NAMES = 3                       # of features in one of its cells


def one_line(result: Any) -> str:
    """The representation of a path, or of the paths of many targets."""
    alphas, missed = result.alphas, ~result.converged
    n_missed = np.count_nonzero(missed if alphas.ndim == 1 else missed & (result.n_iter > 0))
    targets = "" if alphas.ndim == 1 else f"{len(alphas)} targets x "
    partition = getattr(result, "groups", None)
    groups = "" if partition is None else f"{partition.n_groups} groups of features, "
    return (f"<{type(result).__name__}: {targets}{alphas.shape[-1]} alphas from {alphas.max():.6g} to "
            f"{alphas.min():.6g}, {groups}{f'{n_missed} not converged' if n_missed else 'all converged'}>")


def on_joint_support(path) -> tuple[np.ndarray, np.ndarray]:
    """(the features that are not 0 at every alpha, their coefficients with an axis of alphas)."""
    features, values, counts = path.entries
    support, positions = np.unique(features, return_inverse=True)
    coefs = np.zeros((len(support), len(counts), *values.shape[1:]))
    coefs[positions, np.repeat(np.arange(len(counts)), counts)] = values
    return support, coefs


def feature_labels(names: tuple[str, ...] | None, features: Iterable[int]) -> list[str]:
    """Names of these features: those of the fit, or x0, x1, ... as scikit-learn calls what has none."""
    return [f"x{j}" if names is None else names[j] for j in features]


def target_labels(names: tuple[str, ...] | None, n_targets: int) -> list[Any]:
    """Names of the targets, or their numbers."""
    return list(range(n_targets)) if names is None else list(names)


def coefficient_frame(coefs: np.ndarray, features: list[str], columns: Any, heading: str,
                      targets: tuple[str, list[Any]] | None = None, groups: list[Any] | None = None):
    """A pandas data frame of coefficients (n_features, n_columns), with the group of each feature if there are groups.

    With targets (their kind and their names) of (n_targets, n_features, n_columns), the rows of each in turn.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_frame needs pandas, which is not installed; run python -m pip install pandas") from error
    columns = pd.Index(columns, name=heading)
    if targets is None:
        rows = pd.Index(features, name="feature", dtype=object)
        if groups is not None:
            rows = pd.MultiIndex.from_arrays([groups, features], names=["group", "feature"])
        return pd.DataFrame(coefs, index=rows, columns=columns)
    kind, names = targets
    rows = pd.MultiIndex.from_product([names, features], names=[kind, "feature"])
    return pd.DataFrame(coefs.reshape(-1, coefs.shape[-1]), index=rows, columns=columns)


def frame_of_targets(coefs: np.ndarray, features: list[str], kind: str, targets: list[Any], alphas: Any,
                     heading: str = "alpha"):
    """A data frame of (n_targets, n_features, n_alphas): with one alpha, a number, a column for each target.

    With several, rows for each target and feature.
    """
    if np.ndim(alphas) == 0:
        return coefficient_frame(coefs[..., 0].T, features, targets, kind)
    return coefficient_frame(coefs, features, alphas, heading, (kind, targets))


def nonzero_features(coefs: np.ndarray) -> np.ndarray:
    """Indices along the last axis but one of what is not 0 everywhere."""
    return np.flatnonzero((coefs != 0.0).any(axis=-1).reshape(-1, coefs.shape[-2]).any(axis=0))


def shown_rows(n_rows: int) -> np.ndarray:
    """Positions of at most MAX_ROWS rows, spread evenly from the first to the last."""
    return np.unique(np.linspace(0, n_rows - 1, min(MAX_ROWS, n_rows)).round().astype(int))


def path_html(path: Any) -> str:
    """A table of the alphas of a path, with the features, or the groups of features, that enter from row to row."""
    shown, groups = shown_rows(len(path.alphas)), path.groups
    rows, before = [], np.empty(0, np.intp)
    for k in shown.tolist():
        features = path.nonzeros(k)[0]
        found = features if groups is None else np.unique(groups.labels[features])
        entering = np.setdiff1d(found, before, assume_unique=True)
        first = entering[:MAX_NAMES].tolist()
        names = ", ".join(feature_labels(path.feature_names, first) if groups is None else
                          map(str, groups.names_of(first)))
        more = f" and {len(entering) - MAX_NAMES} more" if len(entering) > MAX_NAMES else ""
        rows.append((f"{path.alphas[k]:.5g}", str(len(features)), f"{path.r2[k]:z.4f}", f"{path.dual_gaps[k]:.2e}",
                     "yes" if path.converged[k] else "no", names + more))
        before = found
    return html_table(
        caption_of(path, len(shown), len(path.alphas), "alphas"),
        ("alpha", "nonzeros", "R2", "gap", "converged", f"entering {'features' if groups is None else 'groups'}"), rows)


def targets_html(many: Any) -> str:
    """A table of the targets of many paths."""
    shown, rows = shown_rows(len(many)), []
    labels = target_labels(many.target_names, len(many))
    for k in shown.tolist():
        path = many[k]
        worst = np.max(path.dual_gaps)
        rows.append((str(labels[k]), f"{path.alphas[0]:.5g}", f"{path.alphas[-1]:.5g}", str(path.n_nonzero.max()),
                     f"{path.r2.max():z.4f}", f"{worst:.2e}", "yes" if path.converged.all() else "no"))
    return html_table(caption_of(many, len(shown), len(many), "targets"), (
        "target", "largest alpha", "smallest alpha", "most nonzeros", "best R2", "worst gap", "converged"), rows)


def caption_of(result: Any, n_shown: int, n_rows: int, of: str) -> str:
    """The caption of a table."""
    return one_line(result)[1:-1] + (f" ({n_shown} of {n_rows} {of} shown)" if n_shown < n_rows else "")


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; all text is escaped."""
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return (f"<table><caption>{escape(caption)}</caption><thead>{row(head, 'th')}</thead>"
            f"<tbody>{body}</tbody></table>")
