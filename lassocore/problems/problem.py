# Lives here: any input -> a canonical problem; the only storage and dtype decisions. Must not know: alpha.
"""Validation: what comes out has been checked once and is not checked again below."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.designs.feature_names import naming_columns
from lassocore.designs.sparse_checks import SparseFormatError, check_sparse
from lassocore.problems.rescaling import OutOfRange, Scaling, check_coefficients, rescaled
from lassocore.problems.unpenalised import Block, make_block
from lassocore.solvers.settings import check_flag, is_number
from lassocore.utils.threads import thread_pool

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
NO_FAULT, NOT_FINITE = 0, 1


class Problem(NamedTuple):
    """A weighted least-squares problem with its penalty's shape, ready for the core.

    Residuals are weighted: target is s * (y - offset - mean), and correlations are X'(s y0).
    """

    matrix: Any                             # core.Matrix
    means: np.ndarray                       # weighted column means; zeros without an intercept
    target: np.ndarray
    sq_target: float                        # ||y0||_s^2
    sq_deviation: float                     # of y - offset about its weighted mean: what R2 is measured against
    y_mean: Any                             # 0 without an intercept
    total_weight: float                     # S, of weights scaled by a power of two
    sq_norms: np.ndarray
    correlations: np.ndarray
    l1_factor: np.ndarray                   # penalty_factor, times the standard deviation if standardised
    l2_factor: np.ndarray                   # the same with the variance
    features: np.ndarray                    # columns that may be nonzero; of dependent unpenalised ones, a basis
    unpenalised: np.ndarray                 # those of them with penalty_factor 0
    block: Block | None                     # all with penalty_factor 0; None where there are none
    lower: np.ndarray | None
    upper: np.ndarray | None
    dtype: np.dtype                         # of the coefficients
    fit_intercept: bool = True
    weight_unit: float = 1.0                # the weights given, over the scaled ones
    gram: np.ndarray | None = None          # of the features, where it is formed already; only read
    scaling: Scaling | None = None          # of columns and target, where the squares of those given are out of range


def as_design(X, columns_contiguous=False):
    """X as a float64 or float32 array with contiguous columns or rows, or a canonical csc_array; copied otherwise.

    With columns_contiguous an array in C order is copied.
    """
    if type(X) in (np.ndarray, np.memmap) and X.ndim == 2 and X.dtype in FLOATS:
        return _contiguous(np.asarray(X), columns_contiguous)
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
    item = X.itemsize
    by_columns = X.strides[0] == item or X.shape[0] == 1
    by_rows = not columns_contiguous and (X.strides[1] == item or X.shape[1] == 1)
    if X.flags.aligned and (by_columns or by_rows) and X.strides[1 if by_columns else 0] % item == 0:
        return X
    return X.copy(order="F")


def _canonical_csc(X, sp):
    check_sparse(X, csc_rows=False)
    if X.dtype.kind not in "fiub":
        raise ValueError(f"X has dtype {X.dtype}; sparse X must be real: Complex data not supported")
    own = X.format != "csc"
    X = X.tocsc()
    if not own and X.dtype not in FLOATS or not X.dtype.isnative:
        X, own = X.astype(np.float64), True
    elif X.dtype not in FLOATS:
        X = X.astype(np.float64)
    index_dtype: Any = np.int32 if X.indices.dtype == np.int32 == X.indptr.dtype else np.int64
    data, indices, indptr = (np.require(numbers, dtype, ["C", "A"]) for numbers, dtype in (
        (X.data, X.dtype), (X.indices, index_dtype), (X.indptr, index_dtype)))
    # A new container: the format flags of the caller's may be stale, and must not be written to.
    design = sp.csc_array((data, indices, indptr), shape=X.shape, copy=False)
    if not core.is_canonical(indices, indptr, X.shape[0]):
        design = design.copy()
        design.sum_duplicates()
        if not core.is_canonical(design.indices, design.indptr, X.shape[0]):
            raise SparseFormatError(f"X has row indices outside [0, {X.shape[0]}); rebuild the sparse matrix")
    return design


def is_ready(X, y) -> bool:
    """Whether X and y are plain arrays that scikit-learn's checks would pass as they are."""
    return (
        type(X) is np.ndarray and X.ndim == 2 and X.dtype in FLOATS and X.shape[0] > 0 and X.shape[1] > 0
        and type(y) is np.ndarray and y.shape[:1] == X.shape[:1] and y.dtype == FLOATS[0] and 0 < y.ndim < 3
        and y.size > 0 and y.flags.c_contiguous and y.flags.aligned and core.all_finite(y.reshape(-1)))


def as_vector(values, name: str, n: int, of: str) -> np.ndarray:
    """A finite, contiguous float64 vector of length n."""
    if type(values) is not np.ndarray or values.dtype != FLOATS[0]:
        values = as_real(values.to_numpy() if hasattr(values, "to_numpy") else values, name)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"{name} has shape {values.shape}; pass a vector of shape ({n},)")
    if len(values) != n:
        raise ValueError(f"{name} has inconsistent length {len(values)}; it needs one value for each of the {n} {of}")
    if not (values.flags.c_contiguous and values.flags.aligned):
        values = values.copy()
    if not core.all_finite(values):
        raise ValueError(f"Input {name} contains {not_finite(values)}; remove or impute it")
    return values


def check_dense(values, name: str) -> None:
    """Only X may be sparse."""
    if hasattr(values, "tocsc"):
        raise ValueError(f"{name} is a sparse {type(values).__name__}; pass a dense array, {name}.toarray()")


def as_real(values, name: str) -> np.ndarray:
    """Numbers of any real type as float64."""
    check_dense(values, name)
    values = np.asarray(values)
    if values.dtype.kind == "c":
        raise ValueError(f"{name} has dtype {values.dtype}: Complex data not supported")
    if values.dtype.kind not in "fiubO":
        raise ValueError(f"{name} has dtype {values.dtype}; pass real numbers")
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} does not hold real numbers: {error}") from None


def not_finite(values) -> str:
    """What is wrong with values that are not all finite."""
    return "NaN" if np.isnan(values).any() else "infinity"


def as_sample_weight(sample_weight, n_samples: int) -> np.ndarray | None:
    """Weights scaled by a power of two so that the largest is in [1, 2): the objective does not feel it."""
    if sample_weight is None:
        return None
    if is_number(sample_weight):
        sample_weight = np.full(n_samples, float(sample_weight))
    s = as_vector(sample_weight, "sample_weight", n_samples, "samples")
    if (s < 0).any():
        raise ValueError(f"sample_weight has a negative value ({s.min():g}); weights must be at least 0")
    if s.max() == 0:
        raise ValueError("sample_weight is zero for all samples; give at least one sample a positive weight")
    s = np.ldexp(s, 1 - int(np.frexp(s.max())[1]))
    return None if (s == 1.0).all() else s


def weight_unit(sample_weight) -> float:
    """The power of two that `as_sample_weight` divides valid weights by."""
    return 1.0 if sample_weight is None else float(2.0 ** (int(np.frexp(np.max(as_real(sample_weight, "")))[1]) - 1))


def as_penalty_factor(penalty_factor, n_features: int) -> np.ndarray:
    """Penalty factors: at least 0, inf for excluded columns."""
    if penalty_factor is None:
        return np.ones(n_features)
    v = as_real(penalty_factor, "penalty_factor")
    if v.shape != (n_features,):
        raise ValueError(f"penalty_factor has shape {v.shape}; it needs one value for each of {n_features} features")
    if np.isnan(v).any() or (v < 0).any():
        raise ValueError("penalty_factor has a negative or NaN value; factors are at least 0, inf excludes a feature")
    return v


def as_bounds(bounds, positive: bool, n_features: int):
    """(lower, upper) as vectors that contain 0, or (None, None) where nothing is bounded."""
    if bounds is None and not positive:
        return None, None
    try:
        lower, upper = (-np.inf, np.inf) if bounds is None else bounds
        lower, upper = (
            np.array(np.broadcast_to(as_real(bound, "bounds"), (n_features,))) for bound in (lower, upper))
    except (TypeError, ValueError):
        raise ValueError(
            f"bounds must be a pair (lower, upper) of numbers or of vectors of length {n_features}") from None
    if not ((lower <= 0) & (upper >= 0)).all():
        raise ValueError("bounds must contain 0 for every feature (lower <= 0 <= upper, no NaN)")
    if positive:
        lower = np.maximum(lower, 0.0)
    if (lower == -np.inf).all() and (upper == np.inf).all():
        return None, None
    return lower, upper


class PenaltyShape(NamedTuple):
    """What of a penalty does not depend on the samples."""

    factor: np.ndarray                      # penalty_factor
    lower: np.ndarray | None
    upper: np.ndarray | None
    standardize: bool
    uniform: bool = False                   # all factors are 1
    scaling: Scaling | None = None          # of the design; factors and bounds are those of the columns given


class Response(NamedTuple):
    """y - offset as a problem sees it: centred where there is an intercept."""

    target: np.ndarray                      # s y0
    sq_target: float
    sq_deviation: float
    mean: float                             # 0 without an intercept


def as_problem(X, y, *, fit_intercept=True, standardize=False, sample_weight=None, offset=None, penalty_factor=None,
               bounds=None, positive=False, columns_contiguous=False, n_threads=1) -> Problem:
    """Check everything, centre y, and read X once for means, norms and correlations; a copy of it where squares over-
    or underflow."""
    design = as_design(X, columns_contiguous)
    n_samples = check_not_empty(design)
    y = as_vector(y, "y", n_samples, "samples")
    if offset is not None:
        y = without_offset(y, as_vector(offset, "offset", n_samples, "samples"))
    weights = as_sample_weight(sample_weight, n_samples)
    penalty = as_penalty_shape(penalty_factor, bounds, positive, standardize, design.shape[1])
    try:
        problem = pose(design, y, weights, penalty, fit_intercept, n_threads)
        check_coefficients(problem)
    except OutOfRange:
        problem = pose(*rescaled(design, y, weights, penalty), fit_intercept, n_threads)
    return problem if sample_weight is None else problem._replace(weight_unit=weight_unit(sample_weight))


def without_offset(y: np.ndarray, offset: np.ndarray, name: str = "y") -> np.ndarray:
    """y - offset, which a float must hold."""
    with np.errstate(over="ignore"):
        rest = y - offset
    if not core.all_finite(rest.ravel()):
        raise OutOfRange(f"offset reaches {np.abs(offset).max():g} and {name} {np.abs(y).max():g}: {name} - offset is "
                         "beyond what a float holds; rescale both")
    return rest


def check_not_empty(design) -> int:
    """How many samples there are."""
    n_samples, n_features = design.shape
    if n_samples == 0 or n_features == 0:
        what = "sample" if n_samples == 0 else "feature"
        raise ValueError(f"Found array with 0 {what}(s) (shape={design.shape}); a minimum of 1 is required")
    return n_samples


def as_penalty_shape(penalty_factor, bounds, positive: bool, standardize: bool, n_features: int) -> PenaltyShape:
    """Factors and bounds, checked."""
    if positive is not False or standardize is not False:
        check_flag("positive", positive)
        check_flag("standardize", standardize)
    factor = as_penalty_factor(penalty_factor, n_features)
    lower, upper = as_bounds(bounds, positive, n_features)
    return PenaltyShape(factor, lower, upper, standardize, penalty_factor is None)


def pose(design, y, weights, penalty: PenaltyShape, fit_intercept: bool, n_threads=1) -> Problem:
    """The problem of a checked design, y and weights; one pass over X."""
    if fit_intercept is not True:
        check_flag("fit_intercept", fit_intercept)
    matrix = wrap(design, weights)
    response = as_response(y, weights, fit_intercept)
    with thread_pool(n_threads) as pool:
        sq_norms, correlations = measure(matrix, design, response.target, fit_intercept, pool)
    return assemble(matrix, design, response, sq_norms, correlations, penalty, fit_intercept)


def as_response(y, weights, fit_intercept: bool) -> Response:
    """y centred and weighted."""
    deviation, mean = centre(y, weights)
    sq_deviation = core.sq_norm(deviation, weights)
    y0, y_mean, sq_target = (
        (deviation, float(mean), sq_deviation) if fit_intercept else (y, 0.0, core.sq_norm(y, weights)))
    target = y0 if weights is None else weights * y0
    if not 1e-280 <= sq_target <= 1e280 and target.any():
        raise OutOfRange(f"y reaches {np.abs(y0).max():g}, whose square over- or underflows; rescale y")
    return Response(target, sq_target, sq_deviation, y_mean)


def assemble(matrix, design, response: Response, sq_norms, correlations, penalty: PenaltyShape,
             fit_intercept: bool) -> Problem:
    """A problem from what a pass over X tells; matrix.means are filled."""
    factor = l1_factor = l2_factor = penalty.factor
    if penalty.standardize:
        centred = sq_norms if fit_intercept else centred_sq_norms(design, matrix.weights, response.target)
        variances = centred / matrix.total_weight
        excluded = np.isinf(factor) | (variances == 0.0)
        factor = np.where(excluded, np.inf, factor)
        l1_factor, l2_factor = (np.where(excluded, np.inf, np.where(excluded, 0.0, factor) * scale)
                                for scale in (np.sqrt(variances), variances))
    lower, upper, scaling = penalty.lower, penalty.upper, penalty.scaling
    if scaling is not None:
        lower, upper = scaling.bound(lower), scaling.bound(upper)
        l1_factor, l2_factor = scaling.factors(l1_factor, l2_factor, penalty.standardize)
    usable = sq_norms > 0.0
    plain = penalty.uniform and not penalty.standardize
    if not plain:
        usable &= factor < np.inf
    if lower is not None and upper is not None:
        usable &= (lower < 0.0) | (upper > 0.0)
    features = usable.nonzero()[0]
    unpenalised = features[:0] if plain else features[factor[features] == 0.0]
    block = make_block(matrix, unpenalised, sq_norms, lower, upper)
    if block is not None and len(block.basis) < len(unpenalised):
        unpenalised = block.basis
        features = np.setdiff1d(features, block.dependent, assume_unique=True)
    return Problem(
        matrix=matrix, means=matrix.means, target=response.target, sq_target=response.sq_target,
        sq_deviation=response.sq_deviation, y_mean=response.mean, total_weight=matrix.total_weight, sq_norms=sq_norms,
        correlations=correlations, l1_factor=l1_factor, l2_factor=l2_factor, features=features,
        unpenalised=unpenalised, block=block, lower=lower, upper=upper, dtype=design.dtype,
        fit_intercept=fit_intercept, scaling=scaling)


def wrap(design, weights):
    """The core's view of a canonical design."""
    if isinstance(design, np.ndarray):
        return core.Matrix.dense(design, weights)
    return core.Matrix.csc(design.shape, design.data, design.indices, design.indptr, weights)


def centre(y, weights):
    """(y minus its weighted mean, that mean); y may have a row for each target."""
    if y.ndim == 1:
        return core.centred(y, weights)
    pairs = [core.centred(row, weights) for row in y]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def measure(matrix, design, target, centred: bool, pool=None):
    """(sq_norms, correlations), or the error that names the column at fault."""
    sq_norms, correlations, column, fault = matrix.measure(target, centred, pool)
    if column >= 0:
        values = design[:, [column]] if isinstance(design, np.ndarray) else design[:, [column]].data
        if fault == NOT_FINITE and not np.isfinite(values).all():
            raise ValueError(f"Input X contains {not_finite(values)} in column {column}; remove or impute it")
        raise OutOfRange(f"column {column} of X reaches {np.abs(values).max():g}, whose square over- or underflows; "
                         "rescale the column")
    return sq_norms, correlations


def centred_sq_norms(design, weights, target):
    """Squared norms about the mean, for standardisation without an intercept."""
    return measure(wrap(design, weights), design, target, True)[0]
