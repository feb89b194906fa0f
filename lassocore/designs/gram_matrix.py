# Lives here: Gram matrices, ranks and inverses of subsets of columns. Must not know: alpha, what they are for.
"""Many subsets of columns of one problem: what is shared between them is computed once."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.problems.unpenalised import EPS, MAX_BLOCK_ENTRIES, ranked_factor, rounding_of
from lassocore.solvers.working_set import divided, loses_digits, sparse_gram
from lassocore.utils.interruptible import inner_products, run_interruptibly, triangular_factor

MOST_SHARED = 4000                  # columns in all supports together whose one Gram matrix is kept
MOST_SQUARED = 20_000               # columns whose products with each other are formed
MOST_GATHERED = MAX_BLOCK_ENTRIES // 4      # numbers of a dense copy of columns, two of which are multiplied
LEAST_PIVOT, SAFE_PIVOT = 1e-12, 1e-8       # of a Gram matrix of unit columns: below is 0, above is not; between: SVD
MOST_DEPENDENT = 200                # columns whose dependence is looked at one by one
PRECISION = 4 * EPS
DEPENDENT = 1e-10                   # distance from the span of others, over a column's length, that counts as 0


class Supports:
    """Gram matrices of sets of columns, cut out of one of all columns that occur, where that is not too large."""

    def __init__(self, problem: Problem, supports: Sequence[np.ndarray]):
        self.problem = problem
        self.columns = np.unique(np.concatenate([problem.features[:0], *supports]))
        self.shared = gram_of(problem, self.columns) if len(self.columns) <= MOST_SHARED else None

    def gram(self, columns: np.ndarray) -> np.ndarray:
        """Z'Z of some of the columns, Z = sqrt(s) (X - means)."""
        if self.shared is None:
            return gram_of(self.problem, columns)
        positions = np.searchsorted(self.columns, columns)
        return self.shared[np.ix_(positions, positions)]


def gram_of(problem: Problem, columns: np.ndarray) -> np.ndarray:
    """Z'Z of any columns; a dense copy is made of a few at a time, and of sparse columns none."""
    matrix, size = problem.matrix, len(columns)
    if size > MOST_SQUARED:
        raise ValueError(f"{size} coefficients are nonzero or without an L1 penalty; products are formed of at most "
                         f"{MOST_SQUARED} columns: use larger alphas or l1_ratio")
    if size == 0 or matrix.storage == "gram":
        return matrix.arrays[0][np.ix_(columns, columns)] if size else np.empty((0, 0))
    if matrix.storage == "sparse" and not loses_digits(problem):
        return sparse_gram(problem, columns)
    width = max(1, MOST_GATHERED // matrix.n_samples)
    gram = np.empty((size, size))
    for start in range(0, size, width):
        Z = matrix.gather(columns[start:start + width])
        gram[start:start + width, start:start + width] = inner_products(Z, Z)
        for other in range(0, start, width):
            block = inner_products(Z, matrix.gather(columns[other:other + width]))
            gram[start:start + width, other:other + width] = block
            gram[other:other + width, start:start + width] = block.T
    return gram


def effective_rank(problem: Problem, columns: np.ndarray, gram: np.ndarray, ridge: np.ndarray) -> float:
    """tr(Z (Z'Z + R)^+ Z'), R = diag(ridge): the rank of Z where R is 0 (docs/math.md, section 15).

    The Gram matrix answers where its pivots leave no doubt, else the columns themselves.
    """
    if len(columns) == 0:
        return 0.0
    from scipy.linalg import solve_triangular
    from scipy.linalg.lapack import dpstrf

    norms = np.sqrt(gram.diagonal() + ridge)
    shares = ridge / norms**2
    scaled = gram / np.outer(norms, norms)
    scaled[np.diag_indices_from(scaled)] = 1.0
    factor, order, rank, _ = dpstrf(scaled, tol=LEAST_PIVOT, lower=1)
    certain = factor.diagonal()[:rank].min() ** 2 > SAFE_PIVOT
    if certain and not ridge.any() and are_dependent(problem, columns, norms, factor, order - 1, rank):
        return float(rank)
    if certain and rank == len(columns):
        kept = solve_triangular(factor, np.diag(np.sqrt(shares[order - 1])), lower=True)
        return float(rank - (kept**2).sum())
    if problem.matrix.n_samples * len(columns) > MAX_BLOCK_ENTRIES or problem.matrix.storage == "gram":
        return _rank_of_gram(scaled, shares)
    R = triangular_factor(problem.matrix.gather(columns))
    if not ridge.any():
        rounding, min_size = rounding_of(problem.matrix, columns, problem.sq_norms)
        return float(ranked_factor(R / rounding, min_size)[2])
    U, sigma, _ = run_interruptibly(
        np.linalg.svd, np.vstack([R / norms, np.diag(np.sqrt(shares))]), False, n_products=float(len(columns)) ** 3)
    kept = sigma > sigma[0] * PRECISION * max(problem.matrix.n_samples, len(columns))
    return float((U[:len(R), kept] ** 2).sum())


def are_dependent(
    problem: Problem, columns: np.ndarray, norms: np.ndarray, factor: np.ndarray, order: np.ndarray, rank: int
) -> bool:
    """Whether the columns beyond the rank of a pivoted factor are combinations of the others, as their residuals tell.

    The Gram matrix alone takes columns that differ by 1e-6 of their length for the same.
    """
    from scipy.linalg import solve_triangular

    matrix, rest = problem.matrix, order[rank:]
    n_rows = matrix.n_samples if matrix.weights is None else np.count_nonzero(matrix.weights)
    if len(rest) == 0 or matrix.storage == "gram" or rank >= n_rows - problem.fit_intercept:
        return True
    if len(rest) > MOST_DEPENDENT:
        return False
    shares = solve_triangular(factor[:rank, :rank], factor[rank:, :rank].T, lower=True, trans=1)
    basis, nothing = columns[order[:rank]], np.zeros(matrix.n_samples)
    rounding, min_size = rounding_of(matrix, columns[order], problem.sq_norms)
    for k, j in enumerate(rest):
        w = np.append(shares[:, k] / norms[order[:rank]], -1.0 / norms[j])
        residual = core.residual_of(matrix, nothing, np.append(basis, columns[j]), w)
        residual = residual if matrix.weights is None else divided(residual, matrix.weights)
        if core.sq_norm(residual, matrix.weights) > max(DEPENDENT, min_size * rounding[rank + k] / norms[j])**2:
            return False
    return True


def _rank_of_gram(scaled: np.ndarray, shares: np.ndarray) -> float:
    """The same from a Gram matrix of unit columns, R included, with too many numbers in its columns to go back."""
    values, vectors = run_interruptibly(np.linalg.eigh, scaled, n_products=float(len(scaled)) ** 3)
    kept = values > values[-1] * PRECISION * len(values)
    return float(kept.sum() - (shares[:, None] * vectors[:, kept] ** 2 / values[kept]).sum())


def inverse_root(problem: Problem, columns: np.ndarray, gram: np.ndarray) -> np.ndarray | None:
    """M with M M' the pseudo-inverse of the columns' Gram matrix; None where that leaves their rank in doubt.

    Who refines with residuals what is solved with it gets back the digits that a Gram matrix loses.
    """
    from scipy.linalg.lapack import dpotrf, dpstrf, dtrtri

    norms = np.sqrt(gram.diagonal())
    scaled = gram / np.outer(norms, norms)
    factor, info = dpotrf(scaled, lower=1, clean=1)
    if info == 0 and factor.diagonal().min() ** 2 > SAFE_PIVOT:
        return np.ascontiguousarray(dtrtri(factor, lower=1)[0].T / norms[:, None])
    factor, order, rank, _ = dpstrf(scaled, tol=LEAST_PIVOT, lower=1)
    doubtful = factor.diagonal()[:rank].min() ** 2 <= SAFE_PIVOT
    if doubtful or not are_dependent(problem, columns, norms, factor, order - 1, rank):
        return None
    # G = B B' with B of full rank, hence G^+ = B (B'B)^-2 B'.
    B = np.empty((len(gram), rank))
    B[order - 1] = np.tril(factor)[:, :rank]
    B *= norms[:, None]
    return np.ascontiguousarray(np.linalg.solve(B.T @ B, B.T).T)
