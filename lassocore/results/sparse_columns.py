# Lives here: sparse coefficients of a path. Independent of: the models they belong to.
"""Sparse coefficients as they were solved, converted to a csc_array on demand."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lassocore.utils.pickling import named_in_package


@named_in_package
class Columns:
    """Sparse coefficients as they were solved: the rising indices and the values of each alpha.

    Used in the place of a csc_array, which takes longer to build than a tiny problem to solve.
    """

    def __init__(self, rows: Sequence[np.ndarray], values: Sequence[np.ndarray], n_features: int, dtype: np.dtype):
        self.rows, self.values, self.n_features, self.dtype = rows, values, n_features, dtype

    def joined(self):
        """All columns as a csc_array."""
        from scipy.sparse import csc_array

        return csc_array(self._arrays(), shape=(self.n_features, len(self.rows)))

    def transposed(self):
        """All columns as the rows of a csr_array."""
        from scipy.sparse import csr_array

        return csr_array(self._arrays(), shape=(len(self.rows), self.n_features))

    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(data, indices, indptr)"""
        indptr = np.concatenate([[0], np.cumsum([len(rows) for rows in self.rows])])
        return np.concatenate(self.values).astype(self.dtype), np.concatenate(self.rows), indptr

    def toarray(self, order: Any) -> np.ndarray:
        """All columns as a dense array."""
        dense = np.zeros((self.n_features, len(self.rows)), self.dtype, order)
        for k, (rows, values) in enumerate(zip(self.rows, self.values, strict=True)):
            dense[rows, k] = values
        return dense
