# Lives here: the design matrix as problems and solvers see it. Independent of: y, penalties, how it is used.
"""`Design`: a matrix with weighted means and squared norms of its columns; what storages differ in, one class each.

Z stands for the matrix about its means, its rows times the roots of their weights.
"""
from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from lassocore._isa import core
from lassocore.designs.gram_matrix import (
    MAX_SQUARED,
    add_gathered_products,
    add_sparse_products,
    centring_loses_digits,
    dense_gram,
    gathered_gram,
    sparse_gram,
)
from lassocore.utils.arguments import not_finite
from lassocore.utils.powers_of_two import OutOfRange

NO_FAULT, NOT_FINITE = 0, 1


class Design:
    """A design matrix.

    Attributes
    ----------
    matrix : core.Matrix
        The core's view: storage, weights, means, scans.
    means : ndarray of shape (n_features,)
        Weighted means of the columns of X; zeros without an intercept.
    sq_norms : ndarray of shape (n_features,)
        Weighted squared norms of the columns about their means.
    is_centred : bool
        Whether columns count about their means, as with an intercept.
    """

    has_columns: ClassVar[bool] = True          # False where a Gram matrix stands for X
    can_gather: ClassVar[bool] = False          # a dense copy of some columns is no larger than they are
    has_rows: ClassVar[bool] = True             # some rows are read as fast as all of them
    max_gram_columns: ClassVar[int]             # whose Gram matrix is formed in one pass
    passes_of_descent: ClassVar[float]          # over X, that coordinate descent may take before exact steps
    seconds_per_entry: ClassVar[float]          # of a column, in a pass over X
    seconds_per_entry_of_visit: ClassVar[float]         # the same of a visit to one coordinate: a dot and an update
    __slots__ = ("is_centred", "matrix", "means", "sq_norms")

    def __init__(self, matrix: Any, means: np.ndarray, sq_norms: np.ndarray, is_centred: bool):
        self.matrix, self.means, self.sq_norms, self.is_centred = matrix, means, sq_norms, is_centred

    def as_gram(self, gram: np.ndarray, sq_norms: np.ndarray) -> GramDesign:
        """The design with its Gram matrix in the place of X; the means remain those of X."""
        return GramDesign(core.Matrix.gram(gram, self.matrix.total_weight), self.means, sq_norms, self.is_centred)

    def gram_loses_digits(self, columns: np.ndarray) -> bool:
        """Whether a Gram matrix of these columns would lose digits that the columns have."""
        return False

    def gram(self, columns: np.ndarray) -> np.ndarray:
        """Z'Z of any columns."""
        if len(columns) > MAX_SQUARED:
            raise ValueError(f"{len(columns)} coefficients are nonzero or without an L1 penalty; products are formed "
                             f"of at most {MAX_SQUARED} columns: use larger alphas or l1_ratio")
        return self._gram(columns) if len(columns) else np.empty((0, 0))

    def _gram(self, columns: np.ndarray) -> np.ndarray:
        return gathered_gram(self.matrix, columns)

    def gram_of_all(self, features: np.ndarray, pool) -> np.ndarray:
        """Z'Z of all columns, in one pass over X; only those of the features must be exact."""
        raise NotImplementedError

    def gram_of_features(self, features: np.ndarray, pool) -> np.ndarray:
        """Z'Z of the columns that may be nonzero, in one pass over X."""
        gram = self.gram_of_all(features, pool)
        return gram if len(features) == len(self.sq_norms) else np.asfortranarray(gram[np.ix_(features, features)])

    def add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray, gathered: np.ndarray) -> None:
        """gram[a, b] = Z_a'Z_b where a or b is at least first_new; gathered has dense copies, where these are kept."""
        new = len(columns)
        self._add_products(columns, first_new, gram, gathered)
        gram[first_new:new, :first_new] = gram[:first_new, first_new:new].T

    def _add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray, gathered: np.ndarray) -> None:
        raise NotImplementedError


class DenseDesign(Design):
    """An array with contiguous columns or rows."""

    can_gather = True
    max_gram_columns = 4000
    passes_of_descent = 3.0
    seconds_per_entry = 1.5e-10
    seconds_per_entry_of_visit = 2e-10
    __slots__ = ()

    def gram_of_all(self, features: np.ndarray, pool) -> np.ndarray:
        """Z'Z of all columns, in one pass over X; only those of the features must be exact."""
        return dense_gram(self.matrix, self.sq_norms, features, pool)

    def _add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray, gathered: np.ndarray) -> None:
        add_gathered_products(self.matrix, columns, first_new, gram, gathered)


class SparseDesign(Design):
    """A canonical csc_array."""

    has_rows = False
    max_gram_columns = 500
    passes_of_descent = 60.0
    seconds_per_entry = 1e-9
    seconds_per_entry_of_visit = 1.5e-9
    __slots__ = ()

    def gram_loses_digits(self, columns: np.ndarray) -> bool:
        """Whether centring a Gram matrix of sparse columns after it is summed would cancel too much of it."""
        return centring_loses_digits(self.matrix, self.sq_norms, columns)

    def _gram(self, columns: np.ndarray) -> np.ndarray:
        return (gathered_gram if self.gram_loses_digits(columns) else sparse_gram)(self.matrix, columns)

    def gram_of_features(self, features: np.ndarray, pool) -> np.ndarray:
        """Z'Z of the columns that may be nonzero."""
        return sparse_gram(self.matrix, features)

    def gram_of_all(self, features: np.ndarray, pool) -> np.ndarray:
        """Z'Z of all columns, in one pass over X."""
        return sparse_gram(self.matrix, np.arange(self.matrix.n_features))

    def _add_products(self, columns: np.ndarray, first_new: int, gram: np.ndarray, gathered: np.ndarray) -> None:
        add_sparse_products(self.matrix, columns, first_new, gram)


class GramDesign(Design):
    """The Gram matrix Z'Z in the place of X."""

    has_columns = False
    max_gram_columns = np.iinfo(np.intp).max    # it is there
    passes_of_descent = 3.0
    seconds_per_entry = 1.5e-10
    seconds_per_entry_of_visit = 2e-10
    __slots__ = ()

    def _gram(self, columns: np.ndarray) -> np.ndarray:
        return self.matrix.arrays[0][np.ix_(columns, columns)]

    def gram_of_all(self, features: np.ndarray, pool) -> np.ndarray:
        """The Gram matrix itself."""
        return self.matrix.arrays[0]


_CLASSES: dict[str, type[Design]] = {"dense": DenseDesign, "sparse": SparseDesign, "gram": GramDesign}


def make_design(matrix: Any, sq_norms: np.ndarray, is_centred: bool) -> Design:
    """The design of a core.Matrix whose means are filled."""
    return _CLASSES[matrix.storage](matrix, matrix.means, sq_norms, is_centred)


def wrap(X, weights):
    """The core's view of a canonical X."""
    if isinstance(X, np.ndarray):
        return core.Matrix.dense(X, weights)
    return core.Matrix.csc(X.shape, X.data, X.indices, X.indptr, weights)


def measure(matrix, X, target, centred: bool, pool=None):
    """(sq_norms, correlations), or the error that names the column at fault."""
    sq_norms, correlations, column, fault = matrix.measure(target, centred, pool)
    if column >= 0:
        values = X[:, [column]] if isinstance(X, np.ndarray) else X[:, [column]].data
        if fault == NOT_FINITE and not np.isfinite(values).all():
            raise ValueError(f"Input X contains {not_finite(values)} in column {column}; remove or impute it")
        raise OutOfRange(f"column {column} of X reaches {np.abs(values).max():g}, whose square over- or underflows; "
                         "rescale the column")
    return sq_norms, correlations


def centred_sq_norms(X, weights, target):
    """Squared norms about the mean, for standardisation without an intercept."""
    return measure(wrap(X, weights), X, target, True)[0]
