# Lives here: a partition of the features into groups. Independent of: X, losses, solvers.
from __future__ import annotations
from typing import NamedTuple
import numpy as np


class Groups(NamedTuple):
    """A partition of the features into groups, with a weight for each."""

    labels: np.ndarray
    weights: np.ndarray
    feature_l1_ratio: float
    names: tuple[str, ...] | None
