# Lives here: validation of X and the targets of several tasks. Independent of: alpha, storage.
"""Validation for several tasks that share the support of their coefficients."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import Response, centre
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.design import core_matrix, measure
from lassocore.designs.prepared import weights_for
from lassocore.designs.scans import products_with
from lassocore.penalties.elastic_net import PenaltyShape, as_penalty_shape
from lassocore.problems.problem import Problem, problem_of_moments
from lassocore.problems.rescaling import check_coefficients, rescaled
from lassocore.utils.arguments import as_real, check_flag, not_finite
from lassocore.utils.powers_of_two import OVERFLOW, UNDERFLOW, OutOfRange
from lassocore.utils.threads import thread_pool


def as_task_targets(Y, n_samples: int) -> np.ndarray:
    """Finite float64 targets of shape (n_samples, n_tasks), each task contiguous."""
    values = as_real(Y.to_numpy() if hasattr(Y, "to_numpy") else Y, "Y")
    if values.ndim != 2:
        raise ValueError(f"Y has shape {values.shape}; pass one column for each task: (n_samples, n_tasks)")
    if len(values) != n_samples:
        raise ValueError(f"Y has inconsistent length {len(values)}; it needs one row for each of the {n_samples} "
                         "samples")
    if values.shape[1] == 0:
        raise ValueError(f"Y has shape {values.shape}; pass at least one task")
    tasks = np.ascontiguousarray(values.T)
    if not core.all_finite(tasks.ravel()):
        raise ValueError(f"Input Y contains {not_finite(values)}; remove or impute it")
    return tasks.T


def as_multi_task_problem(X, Y, *, fit_intercept=True, standardize=False, sample_weight=None, penalty_factor=None,
                          columns_contiguous=False, n_threads=1) -> Problem:
    """Validate, centre Y, and compute means, norms and the tasks' correlations in two passes over X."""
    sample_weight, X = weights_for(X, sample_weight), as_canonical(X, columns_contiguous)
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
    if fit_intercept is not True:
        check_flag("fit_intercept", fit_intercept)
    matrix, tasks = core_matrix(X, weights), np.ascontiguousarray(Y.T)
    with thread_pool(n_threads) as pool:
        sq_norms, _ = measure(matrix, X, np.zeros(len(Y)), fit_intercept, pool)
        response = as_task_response(tasks, weights, fit_intercept)
        correlations = products_with(matrix, np.arange(matrix.n_features), response.target, pool)
    is_constant = sq_norms == 0.0
    if is_constant.any():
        correlations[is_constant] = 0.0
    return problem_of_moments(matrix, X, response, sq_norms, correlations, penalty, fit_intercept)


def as_task_response(tasks: np.ndarray, weights: np.ndarray | None, fit_intercept: bool) -> Response:
    """Targets, a row for each task, centred and weighted; sq_target and sq_deviation are sums over the tasks."""
    repeated = None if weights is None else np.tile(weights, len(tasks))
    deviation, means = centre(tasks, weights)
    sq_deviation = core.sq_norm(deviation.ravel(), repeated)
    y0, y_means, sq_target = (deviation, means, sq_deviation) if fit_intercept else (
        tasks, np.zeros(len(tasks)), core.sq_norm(tasks.ravel(), repeated))
    target = y0 if weights is None else weights * y0
    if not UNDERFLOW <= sq_target <= OVERFLOW and target.any():
        raise OutOfRange(f"Y reaches {np.abs(y0).max():g}, whose square over- or underflows; rescale Y")
    return Response(target, sq_target, sq_deviation, y_means)


def single_task(problem: Problem) -> Problem:
    """The single-target problem of the first task; with one task, row norms are absolute values."""
    return Problem(**{
        **problem.arguments(), "y_mean": float(problem.y_mean[0]), "target": problem.target[0].copy(),
        "correlations": np.ascontiguousarray(problem.correlations[:, 0])})
