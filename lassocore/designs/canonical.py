# Lives here: any X -> a dense array or a canonical csc_array. Independent of: y, penalties.
"""Conversion of X to the arrays that the core reads; copies only where needed."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.designs.feature_names import naming_columns
from lassocore.designs.prepared import PreparedDesign
from lassocore.designs.sparse_checks import SparseFormatError, check_sparse
from lassocore.utils.arguments import FLOATS


def as_canonical(X, columns_contiguous=False):
    """X as a float64 or float32 array with contiguous columns or rows, or as a canonical csc_array.

    It is copied only if it is neither; with columns_contiguous, an array in C order is copied too.
    """
    if type(X) in (np.ndarray, np.memmap) and X.ndim == 2 and X.dtype in FLOATS:
        return _contiguous(np.asarray(X), columns_contiguous)
    if type(X) is PreparedDesign:
        return as_canonical(X.X, columns_contiguous) if isinstance(X.X, np.ndarray) else X.X
    import scipy.sparse as sp

    if sp.issparse(X):
        return _canonical_csc(X, sp)
    from sklearn.utils import check_array

    with naming_columns(X):
        X = check_array(
            X, accept_sparse="csc", dtype=[np.float64, np.float32], order="F" if columns_contiguous else None,
            ensure_all_finite=False, ensure_min_samples=0, ensure_min_features=0, input_name="X")
    return _canonical_csc(X, sp) if sp.issparse(X) else _contiguous(X, columns_contiguous)


def _contiguous(X, columns_contiguous):
    if not X.dtype.isnative:
        X = X.astype(X.dtype.newbyteorder("="))
    itemsize = X.itemsize
    by_columns = X.strides[0] == itemsize or X.shape[0] == 1
    by_rows = not columns_contiguous and (X.strides[1] == itemsize or X.shape[1] == 1)
    if X.flags.aligned and (by_columns or by_rows) and X.strides[1 if by_columns else 0] % itemsize == 0:
        return X
    return X.copy(order="F")


def _canonical_csc(X, sp):
    check_sparse(X, csc_rows=False)
    if X.dtype.kind not in "fiub":
        raise ValueError(f"X has dtype {X.dtype}; sparse X must be real: Complex data not supported")
    is_copy = X.format != "csc"
    X = X.tocsc()
    if not is_copy and X.dtype not in FLOATS or not X.dtype.isnative:
        X, is_copy = X.astype(np.float64), True
    elif X.dtype not in FLOATS:
        X = X.astype(np.float64)
    index_dtype: Any = np.int32 if X.indices.dtype == np.int32 == X.indptr.dtype else np.int64
    data, indices, indptr = (np.require(numbers, dtype, ["C", "A"]) for numbers, dtype in (
        (X.data, X.dtype), (X.indices, index_dtype), (X.indptr, index_dtype)))
    # A new container: the caller's format flags may be stale and must not be written to.
    canonical = sp.csc_array((data, indices, indptr), shape=X.shape, copy=False)
    if not core.is_canonical(indices, indptr, X.shape[0]):
        canonical = canonical.copy()
        canonical.sum_duplicates()
        if not core.is_canonical(canonical.indices, canonical.indptr, X.shape[0]):
            raise SparseFormatError(f"X has row indices outside [0, {X.shape[0]}); rebuild the sparse matrix")
    return canonical


def check_not_empty(X) -> int:
    """The number of samples; an error without samples or features."""
    n_samples, n_features = X.shape
    if n_samples == 0 or n_features == 0:
        what = "sample" if n_samples == 0 else "feature"
        raise ValueError(f"Found array with 0 {what}(s) (shape={X.shape}); a minimum of 1 is required")
    return n_samples
