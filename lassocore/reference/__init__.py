# Lives here: the solvers of textbooks, in NumPy and to be read. Independent of: the rest of the package.
"""The lasso from scratch: one readable NumPy function for each textbook method.

These solvers are for learning and for checking others; `fit_path` is the one to use. All of them minimise

    c/n * ||y - b - X w||^2 + penalty * ||w||_1

in one of two scalings: ``scaling="sklearn"`` has c = 1/2 and calls the penalty alpha, ``scaling="mse"`` has c = 1, the
mean squared error, and calls it lambda. The same solution has lambda = 2 alpha. The intercept b is never penalised.
X has n rows and the columns x_j, w are the coefficients, r = y - b - X w is the residual, ' stands for the transpose.

The objective
    objective, duality_gap, penalty_max     its value, how far it is from the minimum, where all coefficients are 0
    alpha_from_lambda, lambda_from_alpha    from one scaling to the other

One variable
    soft_threshold                          where the zeros come from
    one_variable_lasso                      the solution as a formula
    subdifferential                         the slopes of the objective at a point

Many variables
    subgradient_descent                     steps against a subgradient
    stochastic_gradient_descent             the same on mini-batches
    ista, fista                             a gradient step, then the soft threshold; with momentum
    coordinate_descent, coordinate_epoch    one variable after the other

All solvers return a `Solution`. The first pages of the gallery derive the methods, with pictures.
"""
from lassocore.reference.coordinate_descent import coordinate_descent, coordinate_epoch
from lassocore.reference.objective import alpha_from_lambda, duality_gap, lambda_from_alpha, objective, penalty_max
from lassocore.reference.one_variable import one_variable_lasso, soft_threshold, subdifferential
from lassocore.reference.proximal_gradient import fista, ista
from lassocore.reference.solution import Solution
from lassocore.reference.subgradient import stochastic_gradient_descent, subgradient_descent

__all__ = [
    "Solution", "alpha_from_lambda", "coordinate_descent", "coordinate_epoch", "duality_gap", "fista", "ista",
    "lambda_from_alpha", "objective", "one_variable_lasso", "penalty_max", "soft_threshold",
    "stochastic_gradient_descent", "subdifferential", "subgradient_descent",
]
