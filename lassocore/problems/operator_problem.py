# Lives here: least squares on an operator, and on those of its columns that are held. Independent of: alpha, solvers.
"""A problem whose X is an operator, and the problem of the few columns that are in memory."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.datafits.quadratic import as_response, without_offset
from lassocore.datafits.sample_weight import as_sample_weight, weight_unit
from lassocore.designs.canonical import check_not_empty
from lassocore.designs.design import Design, core_matrix, make_design, measure
from lassocore.designs.operator import Operator
from lassocore.designs.scans import products_with
from lassocore.penalties.elastic_net import ElasticNetPenalty, PenaltyShape, as_penalty_shape, penalty_of
from lassocore.problems.problem import Problem, problem_of_design
from lassocore.problems.rescaling import check_coefficients
from lassocore.utils.arguments import as_vector, check_flag
from lassocore.utils.powers_of_two import OutOfRange

FIRST_CAPACITY = 32                 # columns for which memory is allocated at first


@dataclass(eq=False)
class OperatorProblem:
    """A problem as `Problem` describes it, over all columns of an operator; means and norms are those of the held."""

    operator: Operator
    response: Any                   # a `Response`
    shape: PenaltyShape
    penalty: ElasticNetPenalty
    correlations: np.ndarray        # X'(s y0)
    features: np.ndarray            # columns that may be nonzero
    unpenalised: np.ndarray         # those with penalty_factor 0
    weights: np.ndarray | None
    total_weight: float
    weight_unit: float
    fit_intercept: bool

    @property
    def n_features(self) -> int:
        """The number of columns."""
        return self.operator.shape[1]


def as_operator_problem(X: Any, y, *, fit_intercept, standardize, sample_weight, offset, penalty_factor, bounds,
                        positive) -> OperatorProblem:
    """Validate as `as_problem` does, with two products of X, one more to correlate y, and a pass over the columns
    where they are to be standardised."""
    operator = Operator(X)
    n_samples = check_not_empty(operator)
    check_flag("fit_intercept", fit_intercept)
    y = as_vector(y, "y", n_samples, "samples")
    if offset is not None:
        y = without_offset(y, as_vector(offset, "offset", n_samples, "samples"))
    weights = as_sample_weight(sample_weight, n_samples)
    shape = as_penalty_shape(penalty_factor, bounds, positive, standardize, operator.shape[1])
    operator.check_adjoint()
    response = as_response(y, weights, bool(fit_intercept))
    penalty, factor = penalty_of(shape, operator.variances(weights) if shape.standardize else None)
    usable = factor < np.inf
    if penalty.lower is not None and penalty.upper is not None:
        usable &= (penalty.lower < 0.0) | (penalty.upper > 0.0)
    features = np.flatnonzero(usable)
    return OperatorProblem(
        operator=operator, response=response, shape=shape, penalty=penalty,
        correlations=operator.correlations(response.target), features=features,
        unpenalised=features[factor[features] == 0.0], weights=weights,
        total_weight=float(n_samples if weights is None else weights.sum()), weight_unit=weight_unit(sample_weight),
        fit_intercept=bool(fit_intercept))


class HeldColumns:
    """Columns of an operator that are in memory, in the order in which they joined, as a problem of their own.

    Their Gram matrix grows with them.
    """

    def __init__(self, whole: OperatorProblem):
        self.whole = whole
        self.indices = np.empty(0, np.intp)
        self.is_held: np.ndarray = np.zeros(whole.n_features, bool)
        self.means: np.ndarray = np.zeros(whole.n_features)
        self.sq_norms: np.ndarray = np.zeros(whole.n_features)
        self.lengths = np.empty(0)      # norms of the columns as they are, neither centred nor weighted
        self._values = np.empty((whole.operator.shape[0], FIRST_CAPACITY), order="F")
        self._gram = np.empty((FIRST_CAPACITY, FIRST_CAPACITY), order="F")

    def __len__(self):
        return len(self.indices)

    @property
    def values(self) -> np.ndarray:
        """The columns themselves."""
        return self._values[:, :len(self)]

    def join(self, columns: np.ndarray) -> None:
        """Fetch columns, at least one at the first call, and pose the problem anew."""
        columns = columns[~self.is_held[columns]]
        if len(columns) == 0:
            return
        size, new = len(self), len(self) + len(columns)
        if new > self._values.shape[1]:
            self._grow(max(new, 2 * self._values.shape[1]))
        self._values[:, size:new] = self.whole.operator.columns(columns)
        self.indices = np.concatenate([self.indices, columns])
        self.is_held[columns] = True
        design = self._measured()
        self._add_products(design, size, new)
        self.problem = self._problem_of(design, np.arange(new))
        self.means[columns], self.sq_norms[columns] = design.means[size:], design.sq_norms[size:]
        self.lengths = np.append(self.lengths, np.linalg.norm(self.values[:, size:], axis=0))

    def _grow(self, capacity: int) -> None:
        values, gram, size = self._values, self._gram, len(self)
        self._values = np.empty((len(values), capacity), order="F")
        self._values[:, :size] = values[:, :size]
        self._gram = np.empty((capacity, capacity), order="F")
        self._gram[:size, :size] = gram[:size, :size]

    def _measured(self) -> Design:
        """The held columns with their means and norms; correlations are computed by `_problem_of`."""
        whole = self.whole
        matrix = core_matrix(self.values, whole.weights)
        try:
            sq_norms, self._correlations = measure(matrix, self.values, whole.response.target, whole.fit_intercept)
        except OutOfRange:
            size = np.abs(self.values).max(axis=0)
            k = int(np.argmax(np.abs(np.log(np.where(size > 0.0, size, 1.0)))))
            raise OutOfRange(f"column {self.indices[k]} of X reaches {size[k]:g}, whose square over- or underflows; "
                             "rescale the column") from None
        design = make_design(matrix, sq_norms, whole.fit_intercept)
        design.keeps_gram = True
        return design

    def _add_products(self, design: Design, size: int, new: int) -> None:
        """The Gram matrix of all held columns, of which those up to size have their products already."""
        values, weights = self.values, self.whole.weights
        vectors = (values[:, size:] - design.means[size:]).T
        vectors = vectors if weights is None else weights * vectors
        products = products_with(design.matrix, np.arange(new), np.ascontiguousarray(vectors))
        self._gram[:new, size:new] = products
        self._gram[size:new, :size] = products[:size].T
        corner = self._gram[size:new, size:new]
        corner[:] = 0.5 * (corner + corner.T)
        corner[np.diag_indices(new - size)] = design.sq_norms[size:]
        design.kept_gram = self._gram[:new, :new]

    def _problem_of(self, design: Design, positions: np.ndarray) -> Problem:
        """The problem of a design with the held columns at these positions."""
        shape, chosen = self.whole.shape, self.indices[positions]
        lower, upper = (None if bound is None else bound[chosen] for bound in (shape.lower, shape.upper))
        shape = shape._replace(factor=shape.factor[chosen], lower=lower, upper=upper)
        correlations = np.where(design.sq_norms > 0.0, self._correlations[positions], 0.0)
        problem = problem_of_design(design, design.matrix.arrays[0], self.whole.response, correlations, shape)
        check_coefficients(problem)
        return problem

    def sorted_problem(self) -> tuple[np.ndarray, Problem]:
        """(the held columns, rising; their problem in this order)."""
        order = np.argsort(self.indices)
        matrix = core_matrix(np.asfortranarray(self.values[:, order]), self.whole.weights)
        sq_norms, _ = measure(matrix, matrix.arrays[0], self.whole.response.target, self.whole.fit_intercept)
        return self.indices[order], self._problem_of(make_design(matrix, sq_norms, self.whole.fit_intercept), order)

    def residual(self, w: np.ndarray) -> np.ndarray:
        """s r = s (y0 - X w) of coefficients of the held columns; its sum is 0 with an intercept."""
        whole, support = self.whole, np.flatnonzero(w)
        fitted = self.values[:, support] @ w[support]
        weights, target = whole.weights, whole.response.target
        if whole.fit_intercept:
            fitted -= self.means[self.indices[support]] @ w[support]
        residual = target - (fitted if weights is None else weights * fitted)
        if whole.fit_intercept:
            residual -= (1.0 if weights is None else weights) * (residual.sum() / whole.total_weight)
        return residual

    def products(self, residual: np.ndarray) -> np.ndarray:
        """X'(s r) of the held columns."""
        return self.problem.matrix.scan_residual(np.arange(len(self)), residual)
