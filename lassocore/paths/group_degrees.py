# Lives here: degrees of freedom of solutions with groups of features. Independent of: criteria, estimators, storage.
"""The trace of the derivative of the fit by y, where groups are penalised; docs/math.md, section 15."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.designs.rank import rank_of_gram
from lassocore.penalties.groups import Groups
from lassocore.problems.problem import Problem
from lassocore.solvers.penalty_grid import level_scales


def group_trace(problem: Problem, groups: Groups, columns: np.ndarray, w: np.ndarray, gram: np.ndarray, scales: tuple
                ) -> float:
    """tr(Z (Z'Z + H)^+ Z'), H the second derivative of the penalty at coefficients w, of which no group is 0.

    Vaiter, Deledalle, Peyre, Fadili, Dossal (2012), theorem 2. In units that the standard deviations make, and with the
    axes of each group turned so that the first is along its coefficients, H is diagonal: 0 along it and, for the norm,
    l1 (1 - tau) v / ||w_g|| across.
    """
    l1_scale, l2_scale = scales
    labels, weights = groups.labels[columns], groups.weights[groups.labels[columns]]
    penalised = weights > 0.0
    units = np.ones(len(columns))
    units[penalised] = np.sqrt(problem.l2_factor[columns[penalised]] / weights[penalised])
    turned, ridge = gram / np.outer(units, units), l2_scale * weights
    for g in np.unique(labels[penalised]) if l1_scale > 0.0 else ():
        of_group = np.flatnonzero(labels == g)
        size = _turn(turned, of_group, (units * w)[of_group])
        if size > 0.0:
            ridge[of_group[1:]] += l1_scale * (1.0 - groups.feature_l1_ratio) * groups.weights[g] / size
    norms = np.sqrt(turned.diagonal() + ridge)
    scaled = turned / np.outer(norms, norms)
    scaled[np.diag_indices_from(scaled)] = 1.0
    return rank_of_gram(scaled, ridge / norms**2)


def _turn(gram: np.ndarray, rows: np.ndarray, w: np.ndarray) -> float:
    """Reflect the axes of these columns in a Gram matrix so that the first is along w; returns ||w||."""
    size = float(np.linalg.norm(w))
    normal = w / size if size > 0.0 else np.zeros(len(w))
    normal[0] += np.copysign(1.0, normal[0])
    normal /= np.linalg.norm(normal)
    gram[rows] -= 2.0 * np.outer(normal, normal @ gram[rows])
    gram[:, rows] -= 2.0 * np.outer(gram[:, rows] @ normal, normal)
    return size


def group_degrees_of_freedom(path: Any, problem: Problem, free: list[np.ndarray], supports: Any) -> np.ndarray:
    """Degrees of freedom at each alpha, from the free columns and their Gram matrices."""
    found = np.zeros(len(free))
    for k, columns in enumerate(free):
        if len(columns):
            w = path.coef_of(k).astype(np.float64)
            w = w if problem.scaling is None else problem.scaling.inner(w)
            scales = level_scales(problem, path.alphas[k], path.l1_ratio)
            found[k] = group_trace(problem, path.groups, columns, w[columns], supports.gram(columns), scales)
    return found
