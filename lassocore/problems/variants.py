# Lives here: problems that differ in bounds or penalties alone. Independent of: solvers.
"""The same problem without bounds, or without a penalty."""
from __future__ import annotations

import numpy as np

from lassocore.problems.problem import Problem
from lassocore.problems.unpenalised import is_bounded, make_block


def within_bounds(problem: Problem, rows: np.ndarray, values: np.ndarray) -> bool:
    """Whether no bound is broken by coefficients as they are returned."""
    if problem.lower is None or problem.upper is None:
        return True
    values = values.astype(problem.dtype)
    return bool((values >= problem.lower[rows]).all() and (values <= problem.upper[rows]).all())


def without_bounds(problem: Problem) -> Problem | None:
    """The problem with no bounds at all; None where it has none."""
    return None if problem.lower is None else problem._replace(lower=None, upper=None)


def without_block_bounds(problem: Problem) -> Problem | None:
    """The problem with no bounds on the unpenalised columns; None where they have none."""
    block, lower, upper = problem.block, problem.lower, problem.upper
    if block is None or lower is None or upper is None or not is_bounded(block.columns, lower, upper):
        return None
    lower, upper = lower.copy(), upper.copy()
    lower[block.columns], upper[block.columns] = -np.inf, np.inf
    if np.isinf(lower).all() and np.isinf(upper).all():
        lower = upper = None
    free = make_block(problem.design, block.columns, None, None)
    if free is None:
        return None
    features = np.setdiff1d(problem.features, free.dependent, assume_unique=True)
    return problem._replace(features=features, unpenalised=free.basis, block=free, lower=lower, upper=upper)


def without_penalty(problem: Problem) -> Problem:
    """The problem at alpha = 0: every column is unpenalised."""
    zeros = np.zeros(problem.matrix.n_features)
    features = problem.features if problem.block is None else np.union1d(problem.features, problem.block.columns)
    block = make_block(problem.design, features, problem.lower, problem.upper)
    basis = features if block is None else block.basis
    return problem._replace(l1_factor=zeros, l2_factor=zeros, features=basis, unpenalised=basis, block=block)
