# Lives here: sparse coefficients of a path. Independent of: the models they belong to.
"""Sparse coefficients as they were solved, converted to a csc_array on demand."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.utils.pickling import named_in_package


@named_in_package
class Columns:
    """Sparse coefficients as they were solved: rising indices and values of one alpha after the other.

    Those of alpha k are at ends[k] to ends[k + 1] - 1. Used in the place of a csc_array, which takes longer to build
    than a tiny problem to solve.
    """

    def __init__(self, rows: np.ndarray, values: np.ndarray, ends: np.ndarray, n_features: int, dtype: np.dtype):
        self.rows, self.values, self.ends, self.n_features, self.dtype = rows, values, ends, n_features, dtype

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the attributes; version 0.1.0 kept a list of arrays, one for each alpha."""
        if "ends" not in state:
            ends = np.concatenate([[0], np.cumsum([len(rows) for rows in state["rows"]])])
            state = {**state, "rows": np.concatenate(state["rows"]), "values": np.concatenate(state["values"]),
                     "ends": ends}
        self.__dict__.update(state)

    def joined(self):
        """All columns as a csc_array."""
        from scipy.sparse import csc_array

        return csc_array(self._arrays(), shape=(self.n_features, len(self.ends) - 1))

    def transposed(self):
        """All columns as the rows of a csr_array."""
        from scipy.sparse import csr_array

        return csr_array(self._arrays(), shape=(len(self.ends) - 1, self.n_features))

    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(data, indices, indptr)"""
        return self.values.astype(self.dtype), self.rows, self.ends

    def toarray(self, order: Any) -> np.ndarray:
        """All columns as a dense array."""
        dense = np.zeros((self.n_features, len(self.ends) - 1), self.dtype, order)
        core.scatter(dense, self.rows, self.values, self.ends)
        return dense
