# Lives here: problems that differ in bounds or penalties alone. Independent of: solvers.
"""The same problem without bounds, or without a penalty."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from lassocore.problems.problem import Problem
from lassocore.problems.unpenalised import make_block


def within_bounds(problem: Problem, rows: np.ndarray, values: np.ndarray) -> bool:
    """Whether coefficients are within the bounds after rounding to the problem's dtype."""
    return problem.penalty.allows(rows, values.astype(problem.dtype))


def without_bounds(problem: Problem) -> Problem | None:
    """The problem without bounds; None if it has none."""
    return None if problem.penalty.lower is None else replace(problem, penalty=problem.penalty.without_bounds())


def has_block_bounds(problem: Problem) -> bool:
    """Whether an unpenalised column has bounds: they are first left out, which takes the columns themselves."""
    return problem.block is not None and problem.penalty.is_bounded(problem.block.columns)


def without_block_bounds(problem: Problem) -> Problem | None:
    """The problem without bounds on the unpenalised columns; None if they have none."""
    block, penalty = problem.block, problem.penalty
    if block is None or not has_block_bounds(problem):
        return None
    free = make_block(problem.design, block.columns, penalty.without_bounds())
    if free is None:
        return None
    features = np.setdiff1d(problem.features, free.dependent, assume_unique=True)
    return replace(problem, features=features, unpenalised=free.basis, block=free,
                   penalty=penalty.without_bounds(block.columns))


def without_features(problem: Problem, columns: np.ndarray) -> Problem:
    """The problem without these columns, as if their penalty factors were infinite."""
    penalty, block = problem.penalty.without_columns(columns), problem.block
    features = problem.features if block is None else np.union1d(problem.features, block.columns)
    kept = np.setdiff1d(features, columns, assume_unique=True)
    unpenalised = problem.unpenalised
    if block is not None and np.isin(columns, block.columns).any():
        block = make_block(problem.design, np.setdiff1d(block.columns, columns, assume_unique=True), penalty)
        unpenalised = kept[:0] if block is None else block.basis
    if block is not None:
        kept = np.setdiff1d(kept, block.dependent, assume_unique=True)
    gram = problem.gram
    if gram is not None:
        positions = np.searchsorted(problem.features, kept)
        gram = np.asfortranarray(gram[np.ix_(positions, positions)])
    return replace(problem, penalty=penalty, features=kept, unpenalised=unpenalised, block=block, gram=gram)


def without_penalty(problem: Problem) -> Problem:
    """The problem at alpha = 0: every column is unpenalised."""
    features = problem.features if problem.block is None else np.union1d(problem.features, problem.block.columns)
    block = make_block(problem.design, features, problem.penalty)
    basis = features if block is None else block.basis
    return replace(problem, penalty=problem.penalty.without_factors(), features=basis, unpenalised=basis, block=block)
