# Lives here: what the reference solvers return. Independent of: the solvers.
"""Coefficients and the history of how they were found."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Solution(NamedTuple):
    """Coefficients, intercept and course of a reference solver.

    Attributes
    ----------
    coef : ndarray of shape (n_features,)
        Coefficients w.
    intercept : float
        Intercept b.
    costs : ndarray of shape (n_iter + 1,)
        Objective before the first iteration and after each.
    nonzeros : ndarray of shape (n_iter + 1,)
        Number of coefficients that are not exactly 0, likewise.
    converged : bool
        Whether the criterion of the solver was met before its limit of iterations.

    See Also
    --------
    coordinate_descent, ista, fista, subgradient_descent, stochastic_gradient_descent : Return one.

    Examples
    --------
    >>> from lassocore.reference import ista
    >>> X = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    >>> solution = ista(X, [3.0, -3.0, 0.4, -0.4], penalty=0.5)
    >>> solution.coef.round(6), solution.costs.round(3)[[0, -1]], solution.sparsity()
    (array([2., 0.]), array([2.29, 1.29]), 0.5)
    """

    coef: np.ndarray
    intercept: float
    costs: np.ndarray
    nonzeros: np.ndarray
    converged: bool

    @property
    def n_iter(self):
        """Number of iterations; of stochastic and coordinate descent these are passes over the data.

        Returns
        -------
        int
            Less than the number of costs by 1.
        """
        return len(self.costs) - 1

    def sparsity(self, eps=0.0):
        """Share of the coefficients of size at most eps.

        Gradient steps end near 0 but not at 0; with the soft threshold ``eps=0.0`` will do.

        Parameters
        ----------
        eps : float, default=0.0
            What counts as 0.

        Returns
        -------
        float
            From 0 to 1.
        """
        return float(np.mean(np.abs(self.coef) <= eps))

    def predict(self, X):
        """Predict X w + b.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
            In units of y.
        """
        return np.asarray(X) @ self.coef + self.intercept


class History:
    """The objective and the nonzeros of every iteration, and the best point so far."""

    DIVERGED = 1e100

    def __init__(self, cost, coef, intercept, callback=None):
        self.callback = callback
        self.costs, self.nonzeros = [cost], [np.count_nonzero(coef)]
        self.best, self.n_best = (coef, intercept), 0

    def add(self, cost, coef, intercept):
        """After an iteration."""
        if cost < self.costs[self.n_best]:
            self.best, self.n_best = (coef, intercept), len(self.costs)
        self.costs.append(cost)
        self.nonzeros.append(np.count_nonzero(coef))
        if self.callback is not None:
            self.callback(coef, intercept)

    def has_stalled(self, patience):
        """Whether the last `patience` iterations found no lower objective."""
        return patience is not None and len(self.costs) - 1 - self.n_best >= patience

    def has_diverged(self):
        """Whether steps are so large that the objective explodes."""
        return not self.costs[-1] < self.DIVERGED

    def solution(self, coef, intercept, converged) -> Solution:
        """The coefficients with this history."""
        return Solution(coef, float(intercept), np.array(self.costs), np.array(self.nonzeros), bool(converged))
