# Lives here: what a penalty offers. Independent of: X, losses, how problems are solved.
"""Separable penalties sum_j Omega_j(w_j) at one penalty level, in NumPy.

These methods judge coefficients and check compiled code; solvers call the inline functions of src_cython, which
docs/contributing/add-a-penalty.md lists with an example.
"""
from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Penalty(ABC):
    """A penalty of each coefficient; all methods are vectorised over columns.

    c_j = X_j'(s r) is the product of a column with the weighted residual: w is optimal where c_j lies in the
    subdifferential of Omega_j at w_j for every j.
    """

    @abstractmethod
    def value(self, w: np.ndarray) -> np.ndarray:
        """Omega_j(w_j); inf where a constraint is broken."""

    @abstractmethod
    def prox(self, q: np.ndarray, sq_norms: np.ndarray) -> np.ndarray:
        """argmin over w of sq_norm w^2 / 2 - q w + Omega_j(w): one step of coordinate descent."""

    @abstractmethod
    def violation(self, w: np.ndarray, c: np.ndarray) -> np.ndarray:
        """The distance of c_j from the subdifferential of Omega_j at w_j: 0 for all j at a stationary point."""

    def conjugate(self, u: np.ndarray) -> np.ndarray:
        """Omega_j*(u) = sup over w of u w - Omega_j(w); inf where it is unbounded."""
        raise NotImplementedError(f"{type(self).__name__} is not convex, so no duality gap bounds the error; "
                                  "violation measures stationarity")

    def fenchel_gap(self, w: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Omega_j(w_j) + Omega_j*(u_j) - w_j u_j: never negative; 0 where u_j is in the subdifferential at w_j.

        With `Datafit.fenchel_gap` it adds up to a duality gap.
        """
        return np.maximum(self.value(w) + self.conjugate(u) - w * u, 0.0)
