# Lives here: unpenalised columns: their rank, a basis of their span, minimum norm. Independent of: alpha, solvers.
"""The block of unpenalised columns, which may be linearly dependent: docs/math.md, section 7.

Solvers use a basis of the block; their solution is then converted to that of minimum norm.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore.designs.design import Design
from lassocore.designs.rank import (
    MAX_BLOCK_ENTRIES,
    basis_coefficients,
    inverse_of_full_rank,
    inverse_triangle,
    minimum_norm,
    ranked_factor,
    rounding_of,
)
from lassocore.penalties.elastic_net import ElasticNetPenalty
from lassocore.utils.interruptible import LONG_PRODUCTS, inner_products, run_interruptibly, triangular_factor

MAX_BLOCK_PRODUCTS = 5e10           # multiply-adds of its factorisation, about ten seconds
MAX_BOUNDED = 300                   # columns with bounds in an active-set method
SOLVED_TOL = 1e-11                  # |X_j'r| over ||X_j|| ||y0|| below which a column counts as solved
SOLVED_ROUNDINGS = 16               # or this many roundings of X_j, if larger
HIDDEN_TOL = 1e-6                   # error of the fit over ||y0|| that this tolerance may hide, rounding permitting
MAX_SIZE_RATIO = 1e6                # of column norms whose row space is found in one factorisation
REACH = 1e3                         # times the largest coefficient of a unit fit: bounds beyond it are inactive
MAX_CONDITION_OF_GRAM = 1e6         # of a basis for which exact steps on a Gram matrix are accurate
MAX_TOL_OF_GRAM = 1e-5              # of a block for which they are


class Block(NamedTuple):
    """Unpenalised columns Z and a basis B of their span, centred and scaled by the roots of the weights."""

    columns: np.ndarray             # of Z, ascending
    basis: np.ndarray               # columns of B among them, ascending
    root: np.ndarray | None = None          # root root' = (B'B)^-1; None with bounds, or where the block is too large
    gram: np.ndarray | None = None          # Z'Z, only with bounds
    min_pivots: np.ndarray | None = None    # with bounds: smaller pivots of gram are rounding errors
    combine: np.ndarray | None = None       # Z = B combine up to rounding; None where B = Z
    expand: np.ndarray | None = None        # the pseudo-inverse of combine
    rows: np.ndarray | None = None          # orthonormal basis of the row space of Z, if many columns are dependent
    tol: float = SOLVED_TOL         # a column of B counts as solved where |X_j'r| <= tol ||X_j|| ||y0||
    error: float = 0.0              # of the objective that tol may hide, over ||y0||^2
    condition: float = 1.0          # of B, its columns scaled to length 1
    independent: bool = True        # whether Z is a basis itself

    @property
    def dependent(self) -> np.ndarray:
        """The columns outside the basis."""
        return np.setdiff1d(self.columns, self.basis, assume_unique=True)

    @property
    def is_delicate(self) -> bool:
        """Whether exact steps on a Gram matrix lose digits that the columns have."""
        return (self.condition > MAX_CONDITION_OF_GRAM or self.tol > MAX_TOL_OF_GRAM
                or not self.independent and self.combine is None)

    @property
    def leaves_a_choice(self) -> bool:
        """Whether the coefficients of a fit are not unique."""
        return self.expand is not None or self.rows is not None

    @property
    def reach(self) -> float:
        """Upper bound of |w_j| ||X_j|| / ||y0|| over all solutions."""
        return REACH * self.condition

    def expanded(self, rows: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ascending indices and values (or rows of values) of the same fit with minimum norm over the block."""
        if not self.leaves_a_choice:
            return rows, values
        inside = np.isin(rows, self.basis)
        w = np.zeros((len(self.basis), *values.shape[1:]))
        w[np.searchsorted(self.basis, rows[inside])] = values[inside]
        w = self.expand @ w if self.rows is None else self.rows @ (self.rows.T @ w)
        others = rows[~inside]
        order = np.argsort(columns := np.concatenate([others, self.columns]), kind="stable")
        return columns[order], np.concatenate([values[~inside], w])[order]

    def reduced(self, w: np.ndarray) -> np.ndarray:
        """Coefficients of all features with the same fit that use the basis alone."""
        if self.combine is None:
            return w
        w = w.copy()
        on_basis = self.combine @ w[self.columns]
        w[self.columns] = 0.0
        w[self.basis] = on_basis
        return w


def make_block(design: Design, columns: np.ndarray, penalty: ElasticNetPenalty) -> Block | None:
    """Rank, basis and factors of unpenalised columns, from the columns themselves and never from their Gram matrix.

    The rounding error of a column is eps times its norm before centring. Columns are scaled by it, so that a
    combination no larger than its rounding counts as 0, whatever the scales, means and weights. With bounds, and where
    a dense copy would be too large, the basis is all columns.
    """
    if len(columns) == 0:
        return None
    matrix = design.matrix
    bounded = penalty.is_bounded(columns)
    n_entries = max(matrix.n_samples, len(columns) if bounded else 0) * len(columns)
    n_products = float(n_entries) * min(matrix.n_samples, len(columns))
    too_large = n_entries > MAX_BLOCK_ENTRIES or n_products > MAX_BLOCK_PRODUCTS
    if too_large or bounded and len(columns) > MAX_BOUNDED:
        return Block(columns, columns)
    Z = matrix.gather(columns)
    norms, (rounding, min_size) = np.sqrt(design.sq_norms[columns]), rounding_of(design, columns)
    R = triangular_factor(Z) / rounding
    inverse = inverse_of_full_rank(R, min_size)
    similar = norms.max() <= MAX_SIZE_RATIO * norms.min()     # otherwise rounding of large columns hides small ones
    if inverse is None and not bounded and similar and R.size * min(R.shape) > LONG_PRODUCTS:
        return Block(columns, columns, **of_row_space(R, rounding, norms, min_size))
    order, rank = np.arange(len(columns)), len(columns)
    if inverse is None:
        R, order, rank = ranked_factor(R, min_size)
        inverse = inverse_triangle(R[:rank, :rank])                # of the basis over its roundings
    chosen, rest = order[:rank], order[rank:]
    with np.errstate(over="ignore"):
        root = inverse / rounding[chosen, None]
    accuracy = accuracy_of(root, norms[chosen], rounding[chosen], len(rest) == 0)
    if bounded:
        gram = np.ascontiguousarray(inner_products(Z, Z))
        return Block(columns, columns, gram=gram, min_pivots=(min_size * rounding)**2, **accuracy)
    ascending = np.argsort(chosen)
    basis, root = columns[chosen[ascending]], np.ascontiguousarray(root[ascending])
    if len(rest) == 0:
        return Block(columns, basis, root, **accuracy)
    combine = np.empty((rank, len(columns)))
    combine[:, chosen] = np.eye(rank)
    coefs = basis_coefficients(inverse, R[:rank, rank:], min_size)
    combine[:, rest] = coefs * (rounding[rest] / rounding[chosen, None])
    combine = combine[ascending]
    expand = minimum_norm(combine, chosen[ascending])
    return Block(columns, basis, root, combine=combine, expand=expand, **accuracy)


def accuracy_of(root: np.ndarray, norms: np.ndarray, rounding: np.ndarray, independent: bool) -> dict[str, Any]:
    """The fields of a `Block` that describe the accuracy of its solutions; docs/math.md, section 7."""
    rank = root.shape[1]
    condition = max(1.0, float(np.sqrt(np.square(root * norms[:, None]).sum())))
    roundings = float((rounding / norms).max())
    tol = max(SOLVED_ROUNDINGS * roundings, min(SOLVED_TOL, HIDDEN_TOL / condition))
    error = 0.5 * rank * (tol * condition)**2
    if not independent:             # other columns are combinations of the basis only up to rounding
        error += np.sqrt(rank) * condition * roundings
    return {"tol": tol, "error": error, "condition": condition, "independent": independent}


def of_row_space(R: np.ndarray, rounding: np.ndarray, norms: np.ndarray, min_size: float) -> dict[str, Any]:
    """For many dependent columns, a root of the pseudo-inverse of Z'Z: its steps stay in the row space of Z.

    R is a factor of the columns over their roundings; singular values of at most min_size count as 0.
    """
    _, sigma, Vt = run_interruptibly(np.linalg.svd, R, False, n_products=R.size * min(R.shape))
    rank = max(1, int(np.count_nonzero(sigma > min_size)))
    rows = sigma[:rank, None] * Vt[:rank] * rounding
    Q, T = run_interruptibly(np.linalg.qr, rows.T, n_products=rows.size * rank)
    root = np.ascontiguousarray(run_interruptibly(np.linalg.solve, T, Q.T, n_products=rows.size * rank).T)
    return {"root": root, "rows": Q, **accuracy_of(root, norms, rounding, False)}
