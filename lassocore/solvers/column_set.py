# Lives here: the set of all columns; what outcomes of levels hold. Independent of: alpha, columns outside.
"""Sets of columns whose levels are solved on their Gram matrix are `core.ColumnSet`."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem

GAP, SQ_RESIDUAL, N_EPOCHS, N_NEWTON = range(4)         # columns of the outcomes of levels; the first two, of certify


def every_column(problem: Problem, n_slots: int, start: np.ndarray, pool, has_ridge: bool) -> core.ColumnSet:
    """All usable columns, with these coefficients; their Gram matrix is formed in one pass over X."""
    gram = problem.design.gram_of_features(problem.features, pool) if problem.gram is None else problem.gram
    columns = core.ColumnSet(problem, n_slots, gram, has_ridge)
    if start.any():
        columns.start_from(start[problem.features])
    return columns
