# Lives here: what the page shows of a path alone. Independent of: HTML, the data of the fit, cross-validation.
"""The numbers and texts of a path that the page is made from."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lassocore.results.tables import feature_labels, target_labels

MAX_TEXT = 200                      # characters of a name that the page keeps
MAX_KEYS = 2 ** 32


@dataclass
class Contents:
    """What is written into the page: texts and settings, arrays, and remarks on what could not be shown."""

    header: dict[str, Any]
    arrays: dict[str, np.ndarray]
    features: np.ndarray            # the columns of X that are not 0 at some alpha
    remarks: list[str] = field(default_factory=list)

    @property
    def n_alphas(self) -> int:
        """Alphas of the path."""
        return len(self.arrays["alphas"])


def contents_of(path: Any) -> Contents:
    """The contents of a path of one target or of several tasks.

    Coefficients are sorted by feature, then by alpha; `keys` holds (position of the feature) * n_alphas + position of
    the alpha. Of several tasks `values` has the coefficients of one task after the other.
    """
    columns, values, counts = path.entries
    n_alphas = len(path.alphas)
    features, positions = np.unique(columns, return_inverse=True)
    if len(features) * n_alphas >= MAX_KEYS:
        raise ValueError(f"the path has {len(features)} features at {n_alphas} alphas, too many for a page; fit fewer "
                         "alphas, or show a part of the path: path[a:b].to_html(...)")
    keys = positions.astype(np.int64) * n_alphas + np.repeat(np.arange(n_alphas), counts)
    order = np.argsort(keys)
    arrays = {
        "alphas": path.alphas, "features": features, "keys": keys[order], "values": values[order].T,
        "intercepts": path.intercepts, "r2": path.r2, "gaps": path.dual_gaps, "converged": path.converged,
        "n_iter": path.n_iter, "gap_tol": np.array([path.gap_tol], float),
        **({} if path.relative_gaps is None else {"relative_gaps": path.relative_gaps}), **work_of(path.info)}
    return Contents(header_of(path, features), {name: np.asarray(a) for name, a in arrays.items()}, features)


def header_of(path: Any, features: np.ndarray) -> dict[str, Any]:
    """Names and settings."""
    is_multi_task = path.intercepts.ndim == 2
    relax = getattr(path, "relax", None)
    labels = None if path.groups is None else path.groups.labels[features]
    groups, group_of = (None, None) if labels is None else np.unique(labels, return_inverse=True)
    return {
        "n_features": int(path.n_features),
        "names": shown_names(path, features),
        "named": path.feature_names is not None,
        "tasks": list(map(shown, target_labels(path.target_names, len(path.intercepts)))) if is_multi_task else None,
        "groups": None if groups is None else list(map(shown, path.groups.names_of(groups.tolist()))),
        "group_of": None if group_of is None else group_of.tolist(),
        "l1_ratio": float(path.l1_ratio),
        "relax": None if relax is None else float(relax),
        "stopped": path.stopped,
        "has_offset": bool(path.has_offset),
        "methods": methods_of(path.info),
    }


def work_of(info: Any) -> dict[str, np.ndarray]:
    """How each alpha was solved, where the path keeps it."""
    if info is None:
        return {}
    return {name: np.asarray(info[name]) for name in ("n_epochs", "n_newton", "n_working", "seconds")
            if name in info.columns}


def methods_of(info: Any) -> list[str] | None:
    """The method that solved each alpha."""
    return None if info is None or "method" not in info.columns else [str(name) for name in info["method"]]


def shown_names(path: Any, features: np.ndarray) -> list[str]:
    """Names of columns of X as the page keeps them; those of which nothing would be seen say which column it is."""
    columns = features.tolist()
    names = map(shown, feature_labels(path.feature_names, columns))
    return [name if is_visible(name) else f"column {j}" for j, name in zip(columns, names, strict=True)]


def is_visible(text: str) -> bool:
    """Whether a text is more than spaces and control characters."""
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)


def shown(name: Any) -> str:
    """A name as the page keeps it: without lone surrogates, and not endless."""
    text = str(name).encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"
