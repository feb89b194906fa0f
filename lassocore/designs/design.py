# Lives here: the design matrix, one class for each storage. Independent of: y, penalties, solvers.
"""`Design`: a matrix with the weighted means and squared norms of its columns.

Z denotes the centred matrix, its rows scaled by the square roots of the weights.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import (
    MAX_SQUARED,
    add_sparse_products,
    centring_loses_digits,
    dense_gram,
    gathered_gram,
    sparse_gram,
)
from lassocore.utils.arguments import not_finite
from lassocore.utils.powers_of_two import OutOfRange

NO_FAULT, NOT_FINITE = 0, 1


class Design(ABC):
    """A design matrix.

    Attributes
    ----------
    matrix : core.Matrix
        The core's object: storage, weights, means, scans.
    means : ndarray of shape (n_features,)
        Weighted means of the columns of X; zeros without an intercept.
    sq_norms : ndarray of shape (n_features,)
        Weighted squared norms of the columns about their means.
    is_centred : bool
        Whether columns are centred, as with an intercept.
    """

    has_columns: ClassVar[bool] = True          # False: only a Gram matrix is available
    can_gather: ClassVar[bool] = False          # dense copies of columns take no more memory than they do
    has_rows: ClassVar[bool] = True             # rows can be selected cheaply
    max_gram_columns: ClassVar[int]             # in a Gram matrix formed in one pass over X
    passes_of_descent: ClassVar[float]          # over X, allowed to coordinate descent before exact steps
    seconds_per_entry: ClassVar[float]          # of X, in a pass over it
    seconds_per_entry_of_visit: ClassVar[float]         # in a coordinate update: a dot product and an axpy
    __slots__ = ("is_centred", "keeps_gram", "kept_gram", "matrix", "means", "sq_norms")

    def __init__(self, matrix: Any, means: np.ndarray, sq_norms: np.ndarray, is_centred: bool):
        self.matrix, self.means, self.sq_norms, self.is_centred = matrix, means, sq_norms, is_centred
        self.keeps_gram = False             # for the fits to come
        self.kept_gram: np.ndarray | None = None

    def as_gram(self, gram: np.ndarray, sq_norms: np.ndarray) -> GramDesign:
        """A design on this Gram matrix in place of X; the means remain those of X."""
        return GramDesign(core.Matrix.gram(gram, self.matrix.total_weight), self.means, sq_norms, self.is_centred)

    def gram_loses_digits(self, columns: np.ndarray) -> bool:
        """Whether cancellation makes the Gram matrix of these columns less accurate than the columns."""
        return False

    def gram(self, columns: np.ndarray) -> np.ndarray:
        """Z'Z of any columns."""
        if len(columns) > MAX_SQUARED:
            raise ValueError(f"{len(columns)} coefficients are nonzero or without an L1 penalty; products are formed "
                             f"of at most {MAX_SQUARED} columns: use larger alphas or l1_ratio")
        return self._gram(columns) if len(columns) else np.empty((0, 0))

    def _gram(self, columns: np.ndarray) -> np.ndarray:
        return gathered_gram(self.matrix, columns)

    @abstractmethod
    def gram_of_all(self, pool) -> np.ndarray:
        """Z'Z of all columns, in one pass over X."""

    def gram_of_features(self, features: np.ndarray, pool) -> np.ndarray:
        """Z'Z of the columns that may be nonzero, in one pass over X unless it was kept."""
        if not self.keeps_gram:
            return self._gram_of_features(features, pool)
        gram = self.kept_gram
        if gram is None:
            gram = self.gram_of_all(pool)
            gram.flags.writeable = False
            self.kept_gram = gram           # from now on other threads use it
        return self._cut(gram, features)

    def _gram_of_features(self, features: np.ndarray, pool) -> np.ndarray:
        return self._cut(self.gram_of_all(pool), features)

    def _cut(self, gram: np.ndarray, features: np.ndarray) -> np.ndarray:
        return gram if len(features) == len(self.sq_norms) else np.asfortranarray(gram[np.ix_(features, features)])

    def add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray) -> None:
        """Fill gram[a, b] = Z_a'Z_b where a or b >= first_new."""
        size = len(columns)
        if first_new < size:
            self._add_products(columns, first_new, gram)
        gram[first_new:size, :first_new] = gram[:first_new, first_new:size].T

    @abstractmethod
    def _add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray) -> None:
        """Fill gram[a, b] for b >= first_new and all a."""


class DenseDesign(Design):
    """An array with contiguous columns or rows."""

    can_gather = True
    max_gram_columns = 4000
    passes_of_descent = 3.0
    seconds_per_entry = 1.5e-10
    seconds_per_entry_of_visit = 2e-10
    __slots__ = ()

    def gram_of_all(self, pool) -> np.ndarray:
        """Z'Z of all columns, in one pass over X."""
        return self._gram_of_features(np.arange(self.matrix.n_features), pool)

    def _gram_of_features(self, features: np.ndarray, pool) -> np.ndarray:
        return dense_gram(self.matrix, features, [(0, self.matrix.n_samples)], pool)

    def _add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray) -> None:
        core.add_dense_products(self.matrix, columns, first_new, gram)


class SparseDesign(Design):
    """A canonical csc_array."""

    has_rows = False
    max_gram_columns = 500
    passes_of_descent = 40.0
    seconds_per_entry = 1e-9
    seconds_per_entry_of_visit = 1.5e-9
    __slots__ = ()

    def gram_loses_digits(self, columns: np.ndarray) -> bool:
        """Whether centring the summed Gram matrix of sparse columns cancels too many digits."""
        return centring_loses_digits(self.matrix, self.sq_norms, columns)

    def _gram(self, columns: np.ndarray) -> np.ndarray:
        return (gathered_gram if self.gram_loses_digits(columns) else sparse_gram)(self.matrix, columns)

    def _gram_of_features(self, features: np.ndarray, pool) -> np.ndarray:
        return sparse_gram(self.matrix, features)

    def gram_of_all(self, pool) -> np.ndarray:
        """Z'Z of all columns, in one pass over X."""
        return sparse_gram(self.matrix, np.arange(self.matrix.n_features))

    def _add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray) -> None:
        add_sparse_products(self.matrix, columns, first_new, gram)


class GramDesign(Design):
    """A Gram matrix Z'Z in place of X."""

    has_columns = False
    max_gram_columns = np.iinfo(np.intp).max    # already formed
    passes_of_descent = 3.0
    seconds_per_entry = 1.5e-10
    seconds_per_entry_of_visit = 2e-10
    __slots__ = ()

    def _gram(self, columns: np.ndarray) -> np.ndarray:
        return self.matrix.arrays[0][np.ix_(columns, columns)]

    def gram_of_all(self, pool) -> np.ndarray:
        """The Gram matrix itself."""
        return self.matrix.arrays[0]

    def _add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray) -> None:
        size = len(columns)
        gram[:size, first_new:size] = self.matrix.arrays[0][np.ix_(columns, columns[first_new:])]


_CLASSES: dict[str, type[Design]] = {"dense": DenseDesign, "sparse": SparseDesign, "gram": GramDesign}


def make_design(matrix: Any, sq_norms: np.ndarray, is_centred: bool) -> Design:
    """The design of a core.Matrix whose means are set."""
    return _CLASSES[matrix.storage](matrix, matrix.means, sq_norms, is_centred)


def core_matrix(X, weights):
    """The core.Matrix of a canonical X."""
    if isinstance(X, np.ndarray):
        return core.Matrix.dense(X, weights)
    return core.Matrix.csc(X.shape, X.data, X.indices, X.indptr, weights)


def measure(matrix, X, target, centred: bool, pool=None):
    """(sq_norms, correlations) from one pass over X; errors name the first invalid column."""
    sq_norms, correlations, column, fault = matrix.measure(target, centred, pool)
    if column >= 0:
        values = X[:, [column]] if isinstance(X, np.ndarray) else X[:, [column]].data
        if fault == NOT_FINITE and not np.isfinite(values).all():
            raise ValueError(f"Input X contains {not_finite(values)} in column {column}; remove or impute it")
        raise OutOfRange(f"column {column} of X reaches {np.abs(values).max():g}, whose square over- or underflows; "
                         "rescale the column")
    return sq_norms, correlations


def centred_sq_norms(X, weights):
    """Squared norms about the means, for standardisation without an intercept."""
    return measure(core_matrix(X, weights), X, np.zeros(X.shape[0]), True)[0]
