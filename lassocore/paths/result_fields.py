# Lives here: what a result takes from its problem: intercepts, the sample, units. Independent of: how paths are solved.
"""Fields of results, from a problem and the solutions of its path."""
from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.results.path_batch import PathBatch
from lassocore.results.sample import Sample
from lassocore.utils.powers_of_two import Scaling


def intercepts_of(problem: Any, solved: PathBatch, ends: np.ndarray) -> np.ndarray:
    """The intercepts, from the means of y and of the columns of X."""
    if not problem.fit_intercept:
        return np.zeros((len(solved), *solved.values.shape[1:]))
    if solved.values.ndim == 1:
        return core.intercepts(solved.values, solved.rows, ends, problem.means, problem.y_mean)
    return core.task_intercepts(
        np.ascontiguousarray(solved.values), solved.rows, ends, problem.means, problem.y_mean)


def sample_of(problem: Problem, matrix: Any, sq_residuals: np.ndarray) -> Sample:
    """Statistics of the data that a result keeps; matrix is X, even if the problem is on a Gram matrix."""
    unit = problem.weight_unit
    return Sample(
        n_rows=matrix.n_samples, n_observations=unit * problem.total_weight,
        sq_residuals=unit * sq_residuals, fit_intercept=problem.fit_intercept,
        weights=matrix.weights, l2_factor=problem.l2_factor, features=problem.features,
        unpenalised=problem.unpenalised, lower=problem.lower, upper=problem.upper,
        dependent=None if problem.block is None else problem.block.dependent, scaling=problem.scaling)


def path_in_given_units(result: Any, problem: Problem, coefs) -> Any:
    """The path of a scaled problem in units of the given X and y; coefs are in these units already."""
    scaling, mean_square = cast(Scaling, problem.scaling), problem.sq_target / problem.total_weight
    gaps = {name: scaling.objective(getattr(result, name)) for name in ("dual_gaps", "gap_tol", "refit_gaps")
            if getattr(result, name, None) is not None}
    return replace(result, coefs_sparse=coefs, intercepts=scaling.of_response(result.intercepts),
                   relative_gaps=result.dual_gaps / mean_square if mean_square > 0.0 else result.dual_gaps, **gaps)
