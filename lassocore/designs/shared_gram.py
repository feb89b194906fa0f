# Lives here: Gram matrices of many sets of columns. Independent of: y, penalties, solvers.
"""Gram matrices of many sets of columns of one design, cut from that of their union."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lassocore.designs.design import Design

MAX_SHARED = 4000                   # columns in the union of the sets


class SharedGram:
    """Gram matrices of sets of columns: submatrices of that of their union, unless it is too large."""

    def __init__(self, design: Design, supports: Sequence[np.ndarray]):
        self.design = design
        self.columns = np.unique(np.concatenate([np.empty(0, np.intp), *supports]))
        self.shared = design.gram(self.columns) if len(self.columns) <= MAX_SHARED else None

    def gram(self, columns: np.ndarray) -> np.ndarray:
        """Z'Z of one set of columns, Z = sqrt(s) (X - means)."""
        if self.shared is None:
            return self.design.gram(columns)
        positions = np.searchsorted(self.columns, columns)
        return self.shared[np.ix_(positions, positions)]
