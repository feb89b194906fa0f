# Lives here: ranks and inverses of sets of columns. Independent of: y, penalties, solvers.
"""Ranks in units of rounding, pseudo-inverses; docs/math.md, sections 7 and 15."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.designs.design import Design
from lassocore.utils.interruptible import run_interruptibly, triangular_factor

EPS = np.finfo(float).eps
MIN_PIVOT, SAFE_PIVOT = 1e-12, 1e-8  # of a Gram matrix of unit columns: below, 0; between the two, undecided
MAX_DEPENDENT = 200                 # columns whose dependence is verified one by one
PRECISION = 4 * EPS
MAX_BLOCK_ENTRIES = 200_000_000     # numbers in a dense copy of columns
DEPENDENT_TOL = 1e-10               # distance from the span of others, over a column's norm, that counts as 0


def effective_rank(design: Design, columns: np.ndarray, gram: np.ndarray, ridge: np.ndarray) -> float:
    """tr(Z (Z'Z + R)^+ Z'), R = diag(ridge): the rank of Z where R is 0 (docs/math.md, section 15).

    From the Gram matrix where its pivots are clearly nonzero, else from the columns.
    """
    if len(columns) == 0:
        return 0.0
    from scipy.linalg import solve_triangular
    from scipy.linalg.lapack import dpstrf

    norms = np.sqrt(gram.diagonal() + ridge)
    shares = ridge / norms**2
    scaled = gram / np.outer(norms, norms)
    scaled[np.diag_indices_from(scaled)] = 1.0
    factor, order, rank, _ = dpstrf(scaled, tol=MIN_PIVOT, lower=1)
    certain = factor.diagonal()[:rank].min() ** 2 > SAFE_PIVOT
    if certain and not ridge.any() and are_dependent(design, columns, norms, factor, order - 1, rank):
        return float(rank)
    if certain and rank == len(columns):
        shrinkage = solve_triangular(factor, np.diag(np.sqrt(shares[order - 1])), lower=True)
        return float(rank - (shrinkage**2).sum())
    if design.matrix.n_samples * len(columns) > MAX_BLOCK_ENTRIES or not design.has_columns:
        return rank_of_gram(scaled, shares)
    R = triangular_factor(design.matrix.gather(columns))
    if not ridge.any():
        rounding, min_size = rounding_of(design, columns)
        return float(ranked_factor(R / rounding, min_size)[2])
    U, sigma, _ = run_interruptibly(
        np.linalg.svd, np.vstack([R / norms, np.diag(np.sqrt(shares))]), False, n_products=float(len(columns)) ** 3)
    nonzero = sigma > sigma[0] * PRECISION * max(design.matrix.n_samples, len(columns))
    return float((U[:len(R), nonzero] ** 2).sum())


def are_dependent(
    design: Design, columns: np.ndarray, norms: np.ndarray, factor: np.ndarray, order: np.ndarray, rank: int
) -> bool:
    """Whether the residuals of the columns beyond the rank of a pivoted factor confirm their dependence.

    A Gram matrix alone does not separate columns that differ by 1e-6 of their norm.
    """
    from scipy.linalg import solve_triangular

    matrix, rest = design.matrix, order[rank:]
    n_rows = matrix.n_samples if matrix.weights is None else np.count_nonzero(matrix.weights)
    if len(rest) == 0 or not design.has_columns or rank >= n_rows - design.is_centred:
        return True
    if len(rest) > MAX_DEPENDENT:
        return False
    shares = solve_triangular(factor[:rank, :rank], factor[rank:, :rank].T, lower=True, trans=1)
    basis, zeros = columns[order[:rank]], np.zeros(matrix.n_samples)
    rounding, min_size = rounding_of(design, columns[order])
    for k, j in enumerate(rest):
        w = np.append(shares[:, k] / norms[order[:rank]], -1.0 / norms[j])
        residual = core.residual_of(matrix, zeros, np.append(basis, columns[j]), w)
        residual = residual if matrix.weights is None else core.divided(residual, matrix.weights)
        if core.sq_norm(residual, matrix.weights) > max(DEPENDENT_TOL, min_size * rounding[rank + k] / norms[j])**2:
            return False
    return True


def rank_of_gram(scaled: np.ndarray, shares: np.ndarray) -> float:
    """`effective_rank` from the Gram matrix of unit columns, R included, where the columns are too large."""
    values, vectors = run_interruptibly(np.linalg.eigh, scaled, n_products=float(len(scaled)) ** 3)
    nonzero = values > values[-1] * PRECISION * len(values)
    return float(nonzero.sum() - (shares[:, None] * vectors[:, nonzero] ** 2 / values[nonzero]).sum())


def inverse_root(design: Design, columns: np.ndarray, gram: np.ndarray) -> np.ndarray | None:
    """M with M M' the pseudo-inverse of the columns' Gram matrix; None if their rank is in doubt.

    Refine with residuals afterwards to recover the digits lost in the Gram matrix.
    """
    from scipy.linalg.lapack import dpotrf, dpstrf, dtrtri

    norms = np.sqrt(gram.diagonal())
    scaled = gram / np.outer(norms, norms)
    factor, info = dpotrf(scaled, lower=1, clean=1)
    if info == 0 and factor.diagonal().min() ** 2 > SAFE_PIVOT:
        return np.ascontiguousarray(dtrtri(factor, lower=1)[0].T / norms[:, None])
    factor, order, rank, _ = dpstrf(scaled, tol=MIN_PIVOT, lower=1)
    doubtful = factor.diagonal()[:rank].min() ** 2 <= SAFE_PIVOT
    if doubtful or not are_dependent(design, columns, norms, factor, order - 1, rank):
        return None
    # G = B B' with B of full rank, hence G^+ = B (B'B)^-2 B'.
    B = np.empty((len(gram), rank))
    B[order - 1] = np.tril(factor)[:, :rank]
    B *= norms[:, None]
    return np.ascontiguousarray(np.linalg.solve(B.T @ B, B.T).T)


def minimum_norm(combine: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The pseudo-inverse of a matrix whose columns `chosen` are the identity; a right inverse for rows of any scale."""
    sizes = np.abs(combine).max(axis=1)
    n_products = float(combine.size) * len(combine)
    expand = run_interruptibly(np.linalg.pinv, combine / sizes[:, None], n_products=n_products) / sizes
    expand[chosen] += np.eye(len(combine)) - combine @ expand
    return expand


@np.errstate(over="ignore")          # columns that are rounding errors alone have an infinite inverse
def inverse_of_full_rank(R: np.ndarray, min_size: float) -> np.ndarray | None:
    """The inverse of a square factor whose smallest singular value is certainly above min_size; else None."""
    if len(R) < R.shape[1]:
        return None
    try:
        inverse = run_interruptibly(np.linalg.inv, R, n_products=R.size * len(R))
    except np.linalg.LinAlgError:
        return None
    return inverse if np.square(inverse).sum() * min_size**2 < 1.0 else None


def rounding_of(design: Design, columns: np.ndarray) -> tuple[np.ndarray, float]:
    """(rounding error of each column, multiple of it that a combination must exceed to count as nonzero)."""
    matrix = design.matrix
    sizes = np.hypot(np.sqrt(design.sq_norms[columns]), np.sqrt(matrix.total_weight) * matrix.means[columns])
    return EPS * sizes, 4.0 * (np.sqrt(matrix.n_samples) + len(columns))


def ranked_factor(R: np.ndarray, min_size: float) -> tuple[np.ndarray, np.ndarray, int]:
    """(triangular factor of R[:, order], order, rank) of columns in units of their roundings, by pivoted QR.

    A pivot, the distance of a column from the span of those before it, is nonzero if larger than min_size.
    """
    from scipy.linalg.lapack import dgeqp3

    qr, order, _, _, _ = run_interruptibly(
        dgeqp3, np.asfortranarray(R), 64 * R.shape[1] + 64, n_products=float(R.size) * min(R.shape))
    pivots = np.abs(np.diagonal(qr))
    rank = int(np.argmin(pivots > min_size)) if (pivots <= min_size).any() else len(pivots)
    return np.triu(qr[:len(pivots)]), order.astype(np.intp) - 1, max(1, rank)


@np.errstate(over="ignore")          # columns that are rounding errors alone have an infinite inverse
def basis_coefficients(inverse: np.ndarray, rest: np.ndarray, min_size: float) -> np.ndarray:
    """inverse @ rest; 0 where it may result from a rounding error of one unit in each column."""
    coefs = inverse @ rest
    rounding = np.sqrt(np.square(inverse).sum(axis=1))[:, None] * np.sqrt(1.0 + np.square(coefs).sum(axis=0))
    return np.where(np.abs(coefs) > min_size * rounding, coefs, 0.0)


def inverse_triangle(R: np.ndarray) -> np.ndarray:
    """The inverse of an upper triangular matrix."""
    from scipy.linalg.lapack import dtrtri

    return dtrtri(np.asfortranarray(R))[0]
