# Lives here: the solution at one alpha. Independent of: how it was found.
"""`PathPoint`: a solution with its certificate, in units of the objective times the sum of the weights."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore.utils.pickling import named_in_package


@named_in_package
class PathPoint(NamedTuple):
    """The solution at one penalty level; gap and sq_residual are not divided by the sum of the weights."""

    index: int                      # type: ignore[assignment]
    rows: np.ndarray                # rising
    values: np.ndarray
    gap: float
    sq_residual: float
    converged: bool
    method: str
    n_epochs: int = 0
    n_newton: int = 0
    n_working: int = 0              # columns in the working set
    n_scanned: int = 0              # products of columns outside it with a residual
    seconds: float = 0.0
