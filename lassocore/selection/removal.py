# Lives here: what happens to a model when a feature is removed. Independent of: how features were selected.
"""Refits without one feature at the same alpha, from the coefficients of the model with it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lassocore.paths.certificate import objective_of
from lassocore.paths.fit_path import solve_path
from lassocore.problems.problem import Problem
from lassocore.problems.unpenalised import make_block
from lassocore.results.path_result import PathResult
from lassocore.solvers.penalty_grid import level_scales
from lassocore.solvers.settings import Settings


class Removal(NamedTuple):
    """What a refit without a feature does, at the same alpha.

    Attributes
    ----------
    entering : list of int
        Features that are selected only without it, the largest on the standardised scale first.
    leaving : list of int
        Features, other than it, that are selected only with it.
    r2_loss : float
        How much R2 on the data of the fit falls; of a `StabilitySelection` that of least squares on its features.
    objective_increase : float
        How much the minimum of the objective rises, in its units; never negative up to the tolerance.
    converged : bool
        Whether the refit met the tolerance.

    See Also
    --------
    selection_report : Makes one for each selected feature.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore.selection import selection_report
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> report = selection_report(1.0, X, y, n_subsamples=0)
    >>> removal = report.removals[0]
    >>> report.feature_names[0], X.columns[removal.entering].tolist(), round(removal.r2_loss, 3)
    ('bmi', ['s3'], 0.086)
    """

    entering: list[int]
    leaving: list[int]
    r2_loss: float
    objective_increase: float
    converged: bool


def removals(problem: Problem, path: PathResult, features: Sequence[int], deviations: np.ndarray, settings: Settings
             ) -> list[Removal]:
    """The removal of each of these features from the model of a path of one alpha."""
    alpha, l1_ratio = float(path.alphas[0]), path.l1_ratio
    w = path.coef_of(0)
    before, found = objective(problem, path), []
    for feature in features:
        reduced = without_feature(problem, feature)
        start = w.copy()
        start[feature] = 0.0
        refit = solve_path(reduced, [alpha], 1.0, l1_ratio, settings, start)
        support, kept = refit.nonzeros(0)[0], np.flatnonzero(start)
        entering = np.setdiff1d(support, kept, assume_unique=True)
        sizes = np.abs(refit.coef_of(0)[entering]) * deviations[entering]
        found.append(Removal(
            entering[np.argsort(-sizes, kind="stable")].tolist(), np.setdiff1d(kept, support).tolist(),
            float(path.r2[0] - refit.r2[0]), objective(reduced, refit) - before, bool(refit.converged[0])))
    return found


def without_feature(problem: Problem, feature: int) -> Problem:
    """The problem with a feature excluded, on the same measured X."""
    features, block, basis = problem.features, problem.block, problem.unpenalised
    if block is not None and feature in block.columns:
        columns = block.columns[block.columns != feature]
        features, block = np.union1d(features, columns), make_block(problem.design, columns, problem.penalty)
        basis = columns if block is None else block.basis
        features = features if block is None else np.setdiff1d(features, block.dependent, assume_unique=True)
    return replace(problem, features=features[features != feature], unpenalised=basis, block=block)


def objective(problem: Any, path: PathResult) -> float:
    """The objective of the first model of a path, in units of the given X and y."""
    w, support = path.coef_of(0).astype(np.float64), path.nonzeros(0)[0]
    if problem.scaling is not None:
        w = problem.scaling.inner(w)
    penalty = problem.penalty.at(*level_scales(problem, float(path.alphas[0]), path.l1_ratio), support)
    assert path.sample is not None
    loss = 0.5 * float(path.sample.sq_residuals[0]) / problem.weight_unit
    return objective_of(problem, (loss + float(penalty.value(w[support]).sum())) / problem.total_weight)
