# Lives here: validation of X and the targets of several tasks. Independent of: alpha, storage.
"""Validation for several tasks that share the support of their coefficients."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import centre
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.scans import products_with
from lassocore.penalties.elastic_net import PenaltyShape, as_penalty_shape
from lassocore.problems.problem import Problem, make_problem
from lassocore.problems.rescaling import check_coefficients, rescaled
from lassocore.utils.arguments import as_real, not_finite
from lassocore.utils.powers_of_two import OVERFLOW, UNDERFLOW, OutOfRange


def as_task_targets(Y, n_samples: int) -> np.ndarray:
    """Finite float64 targets of shape (n_samples, n_tasks)."""
    values = as_real(Y.to_numpy() if hasattr(Y, "to_numpy") else Y, "Y")
    if values.ndim != 2:
        raise ValueError(f"Y has shape {values.shape}; pass one column for each task: (n_samples, n_tasks)")
    if len(values) != n_samples:
        raise ValueError(f"Y has inconsistent length {len(values)}; it needs one row for each of the {n_samples} "
                         "samples")
    if values.shape[1] == 0:
        raise ValueError(f"Y has shape {values.shape}; pass at least one task")
    values = np.ascontiguousarray(values)
    if not core.all_finite(values.ravel()):
        raise ValueError(f"Input Y contains {not_finite(values)}; remove or impute it")
    return values


def as_multi_task_problem(X, Y, *, fit_intercept=True, standardize=False, sample_weight=None, penalty_factor=None,
                          columns_contiguous=False, n_threads=1) -> Problem:
    """Validate, centre Y, and compute means, norms and the tasks' correlations in two passes over X."""
    X = as_canonical(X, columns_contiguous)
    n_samples = check_not_empty(X)
    weights = as_sample_weight(sample_weight, n_samples)
    penalty = as_penalty_shape(penalty_factor, None, False, standardize, X.shape[1])
    Y = as_task_targets(Y, n_samples)
    try:
        problem = make_multi_task_problem(X, Y, weights, penalty, fit_intercept, n_threads)
        check_coefficients(problem)
        return problem
    except OutOfRange:
        return make_multi_task_problem(*rescaled(X, Y, weights, penalty), fit_intercept, n_threads)


def make_multi_task_problem(X, Y, weights, penalty: PenaltyShape, fit_intercept: bool, n_threads=1) -> Problem:
    """The problem of checked X, targets and weights."""
    base = make_problem(X, np.zeros(len(Y)), weights, penalty, fit_intercept, n_threads)
    deviation, means = centre(np.ascontiguousarray(Y.T), weights)
    repeated = None if weights is None else np.tile(weights, Y.shape[1])
    sq_deviation = core.sq_norm(deviation.ravel(), repeated)
    Y0 = deviation if fit_intercept else np.ascontiguousarray(Y.T)
    sq_target = sq_deviation if fit_intercept else core.sq_norm(Y0.ravel(), repeated)
    target = Y0 if weights is None else weights * Y0
    if not UNDERFLOW <= sq_target <= OVERFLOW and target.any():
        raise OutOfRange(f"Y reaches {np.abs(Y0).max():g}, whose square over- or underflows; rescale Y")
    correlations = np.zeros((base.matrix.n_features, Y.shape[1]))
    correlations[base.features] = products_with(base.matrix, base.features, target)
    fields: dict[str, Any] = {
        "target": target, "correlations": correlations, "sq_target": sq_target, "sq_deviation": sq_deviation,
        "y_mean": means if fit_intercept else np.zeros(Y.shape[1])}
    return Problem(**{**base.arguments(), **fields})


def single_task(problem: Problem) -> Problem:
    """The single-target problem of the first task; with one task, row norms are absolute values."""
    return Problem(**{
        **problem.arguments(), "y_mean": float(problem.y_mean[0]), "target": problem.target[0].copy(),
        "correlations": np.ascontiguousarray(problem.correlations[:, 0])})
