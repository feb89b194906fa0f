# Lives here: what a loss offers. Independent of: X, penalties, how problems are solved.
"""Losses sum_i s_i f_i(eta_i) of predictions eta = offset + intercept + X w.

Each f_i is convex and twice differentiable. A loss is five formulas of one sample, written for arrays of samples;
a quadratic model of it is a weighted least-squares problem, which the solvers take. docs/contributing/add-a-loss.md
walks through an example; docs/math.md, section 19, has the mathematics.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np


class WeightedLeastSquares(NamedTuple):
    """sum_i s_i weight_i (response_i - eta_i)^2 / 2: up to a constant the second-order expansion of a loss."""

    response: np.ndarray            # z = eta - f'(eta) / f''(eta)
    weight: np.ndarray              # v = f''(eta), to be multiplied by the weights of the samples


class Datafit(ABC):
    """A loss with the response y that it measures predictions against.

    All methods are vectorised over samples; axes of eta after the first broadcast against y.
    """

    __slots__ = ("y",)

    def __init__(self, y: np.ndarray):
        self.y = y

    @abstractmethod
    def value(self, eta: np.ndarray) -> np.ndarray:
        """f(eta)."""

    @abstractmethod
    def gradient(self, eta: np.ndarray) -> np.ndarray:
        """f'(eta); its negative is the residual, whose products with the columns of X all solvers use."""

    @abstractmethod
    def curvature(self, eta: np.ndarray) -> np.ndarray:
        """f''(eta), at least 0."""

    @abstractmethod
    def conjugate(self, u: np.ndarray) -> np.ndarray:
        """f*(u) = sup over eta of u eta - f(eta); inf outside `conjugate_domain`."""

    @abstractmethod
    def conjugate_domain(self) -> tuple[np.ndarray | float, np.ndarray | float]:
        """(lower, upper): the interval of u in which the conjugate is finite."""

    def fenchel_gap(self, eta: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """phi = f(eta) + f*(-theta) + theta eta: never negative, and 0 where theta = -f'(eta).

        The duality gap needs nothing else of a loss. A closed form that avoids cancellation overrides it.
        """
        return np.maximum(self.value(eta) + self.conjugate(-theta) + theta * eta, 0.0)

    def deviance(self, eta: np.ndarray) -> np.ndarray:
        """2 (f(eta) - min f)."""
        return 2.0 * self.fenchel_gap(eta, np.zeros_like(eta))

    def weighted_least_squares(self, eta: np.ndarray) -> WeightedLeastSquares:
        """The quadratic model of the loss around eta."""
        v = self.curvature(eta)
        return WeightedLeastSquares(eta - self.gradient(eta) / v, v)

    def centred_residual(self, eta: np.ndarray, sample_weight: np.ndarray) -> np.ndarray:
        """A dual point near -f'(eta) with sum_i s_i theta_i = 0, as an unpenalised intercept requires.

        theta = r - rho f''(eta), r = -f'(eta) and rho = sum s r / sum s f''(eta), Newton's step of the intercept.
        """
        r, v = -self.gradient(eta), self.curvature(eta)
        return r - (sample_weight @ r) / (sample_weight @ v) * v
