# Lives here: what a penalty offers. Independent of: X, losses, how problems are solved.
"""Penalties at one penalty level, in NumPy: sums over coefficients, or over blocks that are 0 together.

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


class BlockPenalty(ABC):
    """The penalty Omega(w) of one block of coefficients: a group of features, a row over tasks, or a group over tasks.

    The block is an array of any shape, and c of the same shape holds the products of its columns with the weighted
    residuals: w is optimal where c lies in the subdifferential of Omega at w.
    """

    @abstractmethod
    def value(self, w: np.ndarray) -> float:
        """Omega(w)."""

    @abstractmethod
    def prox(self, q: np.ndarray, d: np.ndarray) -> np.ndarray:
        """argmin over w of sum_i d_i w_i^2 / 2 - q_i w_i + Omega(w): one step of block coordinate descent.

        d are the squared norms of orthogonal columns, or a number that the Gram matrix of the columns does not exceed.
        """

    @abstractmethod
    def violation(self, w: np.ndarray, c: np.ndarray) -> float:
        """The distance of c from the subdifferential of Omega at w: 0 at a stationary point."""

    @abstractmethod
    def dual_ratio(self, c: np.ndarray) -> float:
        """The smallest kappa for which c / kappa lies in the subdifferential of Omega at 0; infinite without any.

        From this multiple of the present penalty on the block may be 0. For a norm it is the dual norm of c.
        """

    def conjugate(self, u: np.ndarray) -> float:
        """Omega*(u) = sup over w of <u, w> - Omega(w); inf where it is unbounded."""
        raise NotImplementedError(f"{type(self).__name__} is not convex, so no duality gap bounds the error; "
                                  "violation measures stationarity")

    def fenchel_gap(self, w: np.ndarray, u: np.ndarray) -> float:
        """Omega(w) + Omega*(u) - <w, u>: never negative; 0 where u is in the subdifferential at w."""
        return max(self.value(w) + self.conjugate(u) - float(np.vdot(w, u)), 0.0)
