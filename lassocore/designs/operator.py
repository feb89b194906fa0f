# Lives here: X known by its products alone, and the checks of what it returns. Independent of: y, penalties, solvers.
"""Designs that are no matrix in memory: linear operators of SciPy, or any object with their methods."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.designs.design import core_matrix, measure
from lassocore.utils.arguments import not_finite, shortened

BLOCK_NUMBERS = 4_000_000           # in a block of columns of a pass over all of them
DEFECT, DEFECT_SINGLE = 1e-5, 1e-3  # of two ways to compute one product, over the norms of its factors
METHODS = "matvec", "rmatvec"


def is_operator(X: Any) -> bool:
    """Whether X is no array but has the methods of a linear operator."""
    return not isinstance(X, np.ndarray) and all(
        callable(getattr(X, name, None)) for name in METHODS) and hasattr(X, "shape") and hasattr(X, "dtype")


def refuse_operator(X: Any) -> None:
    """A TypeError for an operator where a matrix is needed."""
    if is_operator(X):
        raise TypeError(
            f"X is a {type(X).__name__}, known by its products alone, which fit_path, alpha_max, duality_gap and the "
            "predictions of their results take; here pass a matrix, such as X @ np.eye(n_features) if it fits in "
            "memory")


class Operator:
    """X as an operator, with every product checked and in float64.

    Parameters
    ----------
    given : object
        The operator: shape, dtype, matvec, rmatvec, and perhaps columns(indices) and variances(weights).
    """

    format = "operator"             # as sparse matrices have one

    def __init__(self, given: Any):
        self.given, self.name = given, type(given).__name__
        shape = tuple(given.shape)
        if len(shape) != 2 or not all(isinstance(size, (int, np.integer)) and size >= 0 for size in shape):
            raise ValueError(f"X.shape={given.shape!r} of {self.name} must be (n_samples, n_features)")
        self.shape: tuple[int, int] = (int(shape[0]), int(shape[1]))
        self.dtype = np.dtype(given.dtype)
        if self.dtype.kind not in "fiub":
            raise ValueError(f"X has dtype {self.dtype}; the products of X must be real: Complex data not supported")
        is_single = self.dtype.kind == "f" and self.dtype.itemsize < 8
        self.defect = DEFECT_SINGLE if is_single else DEFECT
        self.has_columns = callable(getattr(given, "columns", None))     # else each costs a product

    def product(self, w: np.ndarray) -> np.ndarray:
        """X w."""
        return self._checked(self.given.matvec(w), "matvec", (self.shape[0],))

    def correlations(self, residual: np.ndarray) -> np.ndarray:
        """X'r of all columns."""
        return self._checked(self.given.rmatvec(residual), "rmatvec", (self.shape[1],))

    def __matmul__(self, coefs: Any) -> np.ndarray:
        """X times a vector, or the columns of a matrix, dense or sparse."""
        if coefs.ndim == 1:
            return self.product(np.asarray(coefs, np.float64))
        columns = coefs.tocsc() if hasattr(coefs, "tocsc") else coefs
        found = np.empty((self.shape[0], coefs.shape[1]))
        for k in range(coefs.shape[1]):
            column = columns[:, [k]]
            w = np.ravel(column.toarray() if hasattr(column, "toarray") else column).astype(np.float64)
            found[:, k] = self.product(w) if w.any() else 0.0
        return found

    def columns(self, chosen: np.ndarray) -> np.ndarray:
        """These columns, (n_samples, n_chosen) in float64 and F order."""
        shape = (self.shape[0], len(chosen))
        if self.has_columns:
            return self._checked(self.given.columns(chosen), "columns", shape, chosen)
        found, unit = np.empty(shape, order="F"), np.zeros(self.shape[1])
        for k, j in enumerate(chosen.tolist()):
            unit[j] = 1.0
            found[:, k] = self._checked(self.given.matvec(unit.copy()), "matvec", (self.shape[0],), chosen[[k]])
            unit[j] = 0.0
        return found

    def variances(self, weights: np.ndarray | None) -> np.ndarray:
        """Weighted variances of all columns: those that X gives, or from one pass over the columns."""
        n_samples, n_features = self.shape
        if callable(getattr(self.given, "variances", None)):
            found = self._checked(self.given.variances(weights), "variances", (n_features,))
            if (found < 0.0).any():
                raise ValueError(f"variances of X ({self.name}) returned {found.min():g}, and no variance is negative")
            return found
        total = n_samples if weights is None else weights.sum()
        width = max(1, BLOCK_NUMBERS // n_samples)
        sq_norms = np.empty(n_features)
        for first in range(0, n_features, width):
            block = self.columns(np.arange(first, min(first + width, n_features)))
            sq_norms[first:first + width] = measure(
                core_matrix(block, weights), block, np.zeros(n_samples), True)[0]
        return sq_norms / total

    def check_adjoint(self) -> None:
        """Require u'(X v) = (X'u)'v for one pair of random vectors: matvec and rmatvec are those of one matrix."""
        rng = np.random.default_rng(0)
        v, u = rng.standard_normal(self.shape[1]), rng.standard_normal(self.shape[0])
        image, products = self.product(v), self.correlations(u)
        scale = float(np.abs(u) @ np.abs(image) + np.abs(products) @ np.abs(v))
        forward, backward = float(u @ image), float(products @ v)
        if not abs(forward - backward) <= self.defect * scale:
            raise ValueError(
                f"matvec and rmatvec of X ({self.name}) are not those of one matrix: for two random vectors u'(X v) is "
                f"{forward:g} and (X'u)'v is {backward:g}; rmatvec(u) must be the product of X transposed with u")

    def check_columns(self, columns: np.ndarray, expected: np.ndarray, found: np.ndarray, scales: np.ndarray) -> None:
        """Require that rmatvec gives the products of columns that were computed from the columns themselves."""
        wrong = ~(np.abs(expected - found) <= self.defect * scales)
        if wrong.any():
            k = int(np.argmax(wrong))
            raise ValueError(
                f"rmatvec of X ({self.name}) gives {found[k]:g} as the product of column {columns[k]} with a vector, "
                f"and the column itself gives {expected[k]:g}; rmatvec, matvec and columns must be of one matrix")

    def _checked(self, values: Any, method: str, shape: tuple[int, ...], columns: np.ndarray | None = None
                 ) -> np.ndarray:
        """What a method returned, as finite float64 numbers of this shape."""
        source = f"{method} of X ({self.name})"
        try:
            values = np.asarray(values)
        except ValueError as error:
            raise ValueError(f"{source} returned no array: {error}") from None
        if values.dtype.kind not in "fiub":
            raise ValueError(f"{source} returned {shortened(values)}, of dtype {values.dtype}; it must return real "
                             "numbers")
        if values.shape != shape and not (len(shape) == 1 and values.shape == (*shape, 1)):
            raise ValueError(f"{source} returned an array of shape {values.shape}; it must be {shape}, as X has shape "
                             f"{self.shape}")
        values = np.asarray(values, np.float64, order="F").reshape(shape, order="F")
        if not np.isfinite(values).all():
            where = ""
            if columns is not None:
                at = int(np.argmin(np.isfinite(values.reshape(len(values), -1)).all(axis=0)))
                where = f" in column {columns[at]}"
            raise ValueError(f"{source} returned {not_finite(values)}{where}; X and its products must be finite")
        return values
