# Lives here: SolvedTarget. Independent of: how targets are solved.
"""The solutions of one of many targets, from which its path is made."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore.results.path_batch import PathBatch
from lassocore.utils.pickling import named_in_package


@named_in_package
class SolvedTarget(NamedTuple):
    """The solutions of one target."""

    grid: np.ndarray
    levels: PathBatch
    y_mean: float
    sq_target: float
    sq_deviation: float
    stopped: str
    problem: Any = None             # only if columns or targets are scaled, and not in results
    exponent: int | None = None     # in results, if columns or targets are scaled: y is 2^exponent times the one solved
    excluded: Any = None            # columns that the target could not use
