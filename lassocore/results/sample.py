# Lives here: Sample. Independent of: how paths are solved and kept.
"""What a result keeps of its data for information criteria."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore.utils.pickling import named_in_package


@named_in_package
class Sample(NamedTuple):
    """Summary of the data for information criteria, without X and y."""

    n_rows: int
    n_observations: float           # sum of the weights as they were given
    sq_residuals: np.ndarray        # for each alpha, with the weights as they were given
    fit_intercept: bool
    weights: np.ndarray | None      # this and the following as in `problems.problem.Problem`
    l2_factor: np.ndarray
    features: np.ndarray
    unpenalised: np.ndarray
    lower: np.ndarray | None
    upper: np.ndarray | None
    dependent: np.ndarray | None = None     # unpenalised columns in the span of others, not among the features
    scaling: Any = None             # if a `Scaling`, sq_residuals and weights to upper are those of the scaled problem
