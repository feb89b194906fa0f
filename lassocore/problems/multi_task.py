# Lives here: validation of X and the targets of several tasks. Independent of: alpha, storage.
"""Validation for several tasks that share the support of their coefficients."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import centre
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.penalties.elastic_net import PenaltyShape, as_penalty_shape
from lassocore.problems.problem import Problem, make_problem
from lassocore.problems.rescaling import check_coefficients, rescaled
from lassocore.utils.arguments import as_real, not_finite
from lassocore.utils.powers_of_two import OVERFLOW, UNDERFLOW, OutOfRange


class MultiTaskProblem(Problem):
    """A `Problem` whose target, correlations and y_mean have an axis of tasks.

    target has shape (n_blocks, n_samples, n_slots), one block for each scan and unused slots 0; correlations have shape
    (n_features, n_blocks * n_slots), y_mean (n_tasks,). sq_target and sq_deviation are summed over the tasks.
    """

    __slots__ = ()

    @property
    def n_tasks(self) -> int:
        """Number of tasks."""
        return len(self.y_mean)

    def task_sq_norm(self, values: np.ndarray) -> float:
        """||V||_s^2 summed over tasks, of weighted values s V shaped like target."""
        weights = self.matrix.weights
        if weights is None:
            return float(np.vdot(values, values))
        rooted = np.divide(values, np.sqrt(weights)[:, None], out=np.zeros_like(values), where=weights[:, None] > 0)
        return float(np.vdot(rooted, rooted))


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
                          columns_contiguous=False, n_threads=1) -> MultiTaskProblem:
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


def make_multi_task_problem(
    X, Y, weights, penalty: PenaltyShape, fit_intercept: bool, n_threads=1
) -> MultiTaskProblem:
    """The problem of checked X, targets and weights."""
    base = make_problem(X, np.zeros(len(Y)), weights, penalty, fit_intercept, n_threads)
    matrix = base.matrix
    deviation, means = centre(np.ascontiguousarray(Y.T), weights)
    deviation = np.ascontiguousarray(deviation.T)
    repeated = None if weights is None else np.repeat(weights, Y.shape[1])
    sq_deviation = core.sq_norm(deviation.ravel(), repeated)
    Y0 = deviation if fit_intercept else Y
    sq_target = sq_deviation if fit_intercept else core.sq_norm(Y0.ravel(), repeated)
    weighted = Y0 if weights is None else weights[:, None] * Y0
    if not UNDERFLOW <= sq_target <= OVERFLOW and weighted.any():
        raise OutOfRange(f"Y reaches {np.abs(Y0).max():g}, whose square over- or underflows; rescale Y")
    target = in_blocks(weighted)
    solver = core.TaskSolver(matrix, target, base.sq_norms, sq_target)
    solver.update_correlations(base.features)
    fields: dict[str, Any] = {
        "target": target, "correlations": solver.C, "sq_target": sq_target, "sq_deviation": sq_deviation,
        "y_mean": means if fit_intercept else np.zeros(Y.shape[1])}
    return MultiTaskProblem(**{**base.arguments(), **fields})


def single_task(problem: MultiTaskProblem) -> Problem:
    """The single-target problem of the first task; with one task, row norms are absolute values."""
    return Problem(**{
        **problem.arguments(), "y_mean": float(problem.y_mean[0]),
        "target": np.ascontiguousarray(problem.target[0, :, 0]),
        "correlations": np.ascontiguousarray(problem.correlations[:, 0])})


def in_blocks(values: np.ndarray) -> np.ndarray:
    """Values of shape (n, n_tasks) as (n_blocks, n, n_slots), padded with zeros."""
    n, n_tasks = values.shape
    n_blocks = -(-n_tasks // core.N_SLOTS)
    blocks = np.zeros((n_blocks, n, core.N_SLOTS))
    for b in range(n_blocks):
        tasks = values[:, core.N_SLOTS * b:core.N_SLOTS * (b + 1)]
        blocks[b, :, :tasks.shape[1]] = tasks
    return blocks
