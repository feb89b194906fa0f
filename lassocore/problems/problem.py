# Lives here: validation of any input into a canonical problem. Independent of: alpha, solvers.
"""Validation, done once: functions that take a `Problem` do not repeat it."""
from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import Response, as_response, without_offset
from lassocore.datafits.sample_weight import as_sample_weight, weight_unit
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.design import Design, centred_sq_norms, core_matrix, make_design, measure
from lassocore.designs.prepared import PreparedDesign
from lassocore.designs.scans import products_with
from lassocore.penalties.elastic_net import ElasticNetPenalty, PenaltyShape, as_penalty_shape, penalty_of
from lassocore.problems.rescaling import check_coefficients, rescaled
from lassocore.problems.unpenalised import Block, make_block
from lassocore.utils.arguments import FLOATS, as_vector, check_flag
from lassocore.utils.powers_of_two import OutOfRange, Scaling
from lassocore.utils.threads import thread_pool


@dataclass(slots=True, eq=False)
class Problem:
    """A weighted least-squares problem with the shape of its penalty, validated; never changed, only replaced.

    Residuals are weighted: target is s * (y - offset - mean), and correlations are X'(s y0). With several tasks target
    is (n_tasks, n_samples), correlations (n_features, n_tasks), y_mean (n_tasks,); sq_target and sq_deviation are sums.
    """

    design: Design
    target: np.ndarray
    sq_target: float                        # ||y0||_s^2
    sq_deviation: float                     # of y - offset about its weighted mean, the total sum of squares in R2
    y_mean: Any                             # 0 without an intercept
    correlations: np.ndarray
    penalty: ElasticNetPenalty
    features: np.ndarray                    # columns that may be nonzero; a basis of dependent unpenalised ones
    unpenalised: np.ndarray                 # those of them with penalty_factor 0
    block: Block | None                     # all columns with penalty_factor 0; None without any
    dtype: np.dtype                         # of the coefficients
    fit_intercept: bool = True
    weight_unit: float = 1.0                # given weights over scaled ones
    gram: np.ndarray | None = None          # of the features, if already formed; read-only
    scaling: Scaling | None = None          # of columns and target, if the given squares are out of range

    # Fields of the design and of the penalty that the core and the solvers read often.
    matrix: Any = field(init=False)         # core.Matrix
    means: np.ndarray = field(init=False)
    sq_norms: np.ndarray = field(init=False)
    total_weight: float = field(init=False)         # S, the sum of the weights, which are scaled by a power of two
    l1_factor: np.ndarray = field(init=False)
    l2_factor: np.ndarray = field(init=False)
    lower: np.ndarray | None = field(init=False)
    upper: np.ndarray | None = field(init=False)

    def __post_init__(self) -> None:
        design = self.design
        self.matrix, self.means, self.sq_norms = design.matrix, design.means, design.sq_norms
        self.total_weight = design.matrix.total_weight
        penalty = self.penalty
        self.l1_factor, self.l2_factor = penalty.l1_factor, penalty.l2_factor
        self.lower, self.upper = penalty.lower, penalty.upper

    @property
    def has_tasks(self) -> bool:
        """Whether there are several targets, whose coefficients are 0 together."""
        return self.target.ndim == 2

    @property
    def n_tasks(self) -> int:
        """The number of targets whose coefficients are 0 together."""
        return len(self.target) if self.has_tasks else 1

    @property
    def has_blocks(self) -> bool:
        """Whether coefficients are 0 together, in rows over several tasks or in groups of features."""
        return self.penalty.groups is not None or self.n_tasks > 1

    def arguments(self) -> dict[str, Any]:
        """The arguments with which the constructor makes an equal problem."""
        return {name: getattr(self, name) for name in _ARGUMENTS}


_ARGUMENTS = [part.name for part in fields(Problem) if part.init]


def is_ready(X, y) -> bool:
    """Whether X and y are plain arrays that pass scikit-learn's checks unchanged."""
    return (
        type(X) is np.ndarray and X.ndim == 2 and X.dtype in FLOATS and X.shape[0] > 0 and X.shape[1] > 0
        and type(y) is np.ndarray and y.shape[:1] == X.shape[:1] and y.dtype == FLOATS[0] and 0 < y.ndim < 3
        and y.size > 0 and y.flags.forc and y.flags.aligned and core.all_finite(y.ravel(order="K")))


def as_problem(X, y, *, fit_intercept=True, standardize=False, sample_weight=None, offset=None, penalty_factor=None,
               bounds=None, positive=False, groups=None, columns_contiguous=False, n_threads=1) -> Problem:
    """Validate, centre y, and compute means, norms and correlations in one pass over X.

    X is copied and rescaled where squares over- or underflow. What a `PreparedDesign` knows is not computed again.
    """
    given, X = X, as_canonical(X, columns_contiguous)
    n_samples = check_not_empty(X)
    y = as_vector(y, "y", n_samples, "samples", "; for several targets use fit_many, or fit_multi_task_path")
    if offset is not None:
        y = without_offset(y, as_vector(offset, "offset", n_samples, "samples"))
    weights, unit = as_sample_weight(sample_weight, n_samples), weight_unit(sample_weight)
    prepared = given if type(given) is PreparedDesign and X is given.X else None
    if type(given) is PreparedDesign and sample_weight is None:
        weights, unit = given.sample_weight, given.weight_unit
    elif prepared is not None:
        prepared = None                 # other weights have other means and norms
    penalty = as_penalty_shape(penalty_factor, bounds, positive, standardize, X.shape[1], groups)
    problem = checked_problem(X, y, weights, penalty, fit_intercept, n_threads, prepared)
    return problem if unit == 1.0 else replace(problem, weight_unit=unit)


def checked_problem(X, y, weights, penalty: PenaltyShape, fit_intercept: bool, n_threads=1,
                    prepared: PreparedDesign | None = None) -> Problem:
    """The problem of checked arguments, rescaled where squares over- or underflow."""
    try:
        problem = (make_problem(X, y, weights, penalty, fit_intercept, n_threads) if prepared is None else
                   problem_of_prepared(prepared, y, penalty, fit_intercept, n_threads))
        check_coefficients(problem)
    except OutOfRange:
        problem = make_problem(*rescaled(X, y, weights, penalty), fit_intercept, n_threads)
    return problem


def make_problem(X, y, weights, penalty: PenaltyShape, fit_intercept: bool, n_threads=1) -> Problem:
    """The problem of checked X, y and weights; one pass over X."""
    if fit_intercept is not True:
        check_flag("fit_intercept", fit_intercept)
    matrix = core_matrix(X, weights)
    response = as_response(y, weights, fit_intercept)
    with thread_pool(n_threads) as pool:
        sq_norms, correlations = measure(matrix, X, response.target, fit_intercept, pool)
    return problem_of_moments(matrix, X, response, sq_norms, correlations, penalty, fit_intercept)


def problem_of_prepared(prepared: PreparedDesign, y, penalty: PenaltyShape, fit_intercept: bool, n_threads=1
                        ) -> Problem:
    """The problem of checked y and an X that was measured before; products with y are all that is computed."""
    check_flag("fit_intercept", fit_intercept)
    response = as_response(y, prepared.sample_weight, bool(fit_intercept))
    with thread_pool(n_threads) as pool:
        design = prepared.design(fit_intercept, pool)
        columns = np.arange(design.matrix.n_features)
        correlations = products_with(design.matrix, columns, response.target[None], pool)[:, 0]
    correlations = np.where(design.sq_norms > 0.0, correlations, 0.0)
    return problem_of_design(design, prepared.X, response, correlations, penalty)


def problem_of_moments(matrix, X, response: Response, sq_norms, correlations, shape: PenaltyShape,
                       fit_intercept: bool) -> Problem:
    """A problem from the moments of X, which one pass over it computes; matrix.means are set."""
    return problem_of_design(make_design(matrix, sq_norms, fit_intercept), X, response, correlations, shape)


def problem_of_design(design: Design, X, response: Response, correlations, shape: PenaltyShape) -> Problem:
    """A problem from the design, the response and their products; X is looked at for standardisation alone."""
    matrix, sq_norms, fit_intercept = design.matrix, design.sq_norms, design.is_centred
    variances = None
    if shape.standardize:
        centred = sq_norms if fit_intercept else centred_sq_norms(X, matrix.weights)
        variances = centred / matrix.total_weight
    penalty, factor = penalty_of(shape, variances)
    usable = sq_norms > 0.0
    plain = shape.uniform and not shape.standardize
    if not plain:
        usable &= factor < np.inf
    if penalty.lower is not None and penalty.upper is not None:
        usable &= (penalty.lower < 0.0) | (penalty.upper > 0.0)
    features = usable.nonzero()[0]
    unpenalised = features[:0] if plain else features[factor[features] == 0.0]
    block = make_block(design, unpenalised, penalty)
    if block is not None and len(block.basis) < len(unpenalised):
        unpenalised = block.basis
        features = np.setdiff1d(features, block.dependent, assume_unique=True)
    return Problem(
        design=design, target=response.target, sq_target=response.sq_target, sq_deviation=response.sq_deviation,
        y_mean=response.mean, correlations=correlations, penalty=penalty, features=features,
        unpenalised=unpenalised, block=block, dtype=X.dtype, fit_intercept=fit_intercept, scaling=shape.scaling)
