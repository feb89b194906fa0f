# Lives here: the products X'X and XX'. Independent of: y, penalties, solvers.
"""Gram matrices Z'Z of Z = sqrt(s) (X - means), of all columns or of some, and Z Z'."""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lassocore._isa import core
from lassocore.utils import threads
from lassocore.utils.interruptible import inner_products

BLOCK_NUMBERS = 500_000             # in a block of rows: four megabytes
MAX_CANCELLED = 10.0                # S mean^2 / centred squared norm, if centred afterwards: one digit cancels
MAX_CANCELLED_SPARSE = 1e4          # the same for sparse columns
MAX_SIZE = 1e140                    # of sqrt(S) |mean|, so that its square does not overflow
MIN_BLOCK_ROWS = 64                 # in a block of rows, however many columns there are
MIN_ENTRIES, MAX_ENTRIES = 10_000, 500_000  # stored, in a block of sparse rows
MAX_PARTS = 4                       # partial sums of a Gram matrix

CENTRED_BLOCK_NUMBERS = 2_000_000   # in a centred block of rows
CENTRED_BLOCK_PRODUCTS = 500_000_000  # multiply-adds between checks for an interrupt
MIN_CENTRED_ROWS = 64               # in a centred block of rows, however many columns there are
MAX_SQUARED = 20_000                # columns of a Gram matrix
MAX_GATHERED_FOR_ROWS = 20_000_000  # numbers in a dense block of columns, for Z Z'
MAX_GATHERED = 50_000_000           # numbers in each of the two dense blocks that are multiplied


def gathered_gram(matrix, columns: np.ndarray) -> np.ndarray:
    """Z'Z of any columns, from dense copies of blocks of them."""
    size = len(columns)
    width = max(1, MAX_GATHERED // matrix.n_samples)
    gram = np.empty((size, size))
    for start in range(0, size, width):
        Z = matrix.gather(columns[start:start + width])
        gram[start:start + width, start:start + width] = inner_products(Z, Z)
        for other in range(0, start, width):
            block = inner_products(Z, matrix.gather(columns[other:other + width]))
            gram[start:start + width, other:other + width] = block
            gram[other:other + width, start:start + width] = block.T
    return gram


def dense_gram(matrix, columns: np.ndarray, ranges: list[tuple[int, int]], pool, single: bool = False) -> np.ndarray:
    """Z'Z of dense columns over ranges of rows, from partial sums whose number depends on the shape alone.

    In single precision it takes half of the time, with relative errors of 1e-7.
    """
    n = sum(stop - start for start, stop in ranges)
    n_parts = min(MAX_PARTS, n // (16 * len(columns)))
    if n_parts < 2:
        return core.dense_gram(matrix, columns, ranges, single)
    if len(ranges) == 1:
        ranges = threads.ranges(n, -(-n // n_parts))
    pieces = [ranges[first:stop] for first, stop in threads.ranges(len(ranges), -(-len(ranges) // n_parts))]
    parts = threads.run(pool, lambda rows: core.dense_gram(matrix, columns, rows, single), pieces)
    return sum(parts[1:], parts[0])


def centred_gram(matrix) -> np.ndarray:
    """X'SX of the columns minus their means, summed over blocks of rows."""
    X, weights = matrix.arrays[0], matrix.weights
    p = matrix.n_features
    n_rows = max(MIN_CENTRED_ROWS, min(CENTRED_BLOCK_NUMBERS // p, CENTRED_BLOCK_PRODUCTS // p**2))
    gram = np.zeros((p, p), order="F")
    for start in range(0, matrix.n_samples, n_rows):
        block = X[start:start + n_rows] - matrix.means
        if weights is not None:
            block *= np.sqrt(weights[start:start + n_rows])[:, None]
        gram += block.T @ block
    return gram


def centres_afterwards(matrix, sq_norms: np.ndarray, features: np.ndarray) -> bool:
    """Whether X'X of a dense X can be centred after summation: float64, no weights, little cancellation."""
    if matrix.arrays[0].dtype != np.float64 or matrix.weights is not None:
        return False
    sizes = np.abs(matrix.means) * np.sqrt(matrix.total_weight)     # their squares may overflow
    lengths = np.sqrt(MAX_CANCELLED * sq_norms[features])
    return bool((sizes[features] <= lengths).all() and (sizes <= MAX_SIZE).all())


def row_blocks(matrix, start: int, stop: int, wanted: np.ndarray | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """(position after start, rows of Z in Fortran order), skipping blocks without wanted rows; arrays are reused."""
    n_rows = max(MIN_BLOCK_ROWS, BLOCK_NUMBERS // matrix.n_features)
    buffer = np.empty((min(n_rows, stop - start), matrix.n_features), order="F")
    for first in range(start, stop, n_rows):
        size = min(n_rows, stop - first)
        if wanted is not None and not wanted[first - start:first - start + size].any():
            continue
        block = buffer if size == len(buffer) else np.empty((size, matrix.n_features), order="F")
        matrix.gather_rows(first, block)
        yield first - start, block


def gram_of_rows(matrix, columns: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Z D^-1 Z' of these columns, D = diag(factor), from dense copies of blocks of them."""
    gram = np.zeros((matrix.n_samples, matrix.n_samples))
    width = max(1, MAX_GATHERED_FOR_ROWS // matrix.n_samples)
    for start in range(0, len(columns), width):
        Z = matrix.gather(columns[start:start + width]) / np.sqrt(factor[start:start + width])
        gram += inner_products(Z.T, Z.T)
    return gram


def centring_loses_digits(matrix, sq_norms: np.ndarray, columns: np.ndarray) -> bool:
    """Whether centring the summed Gram matrix of sparse columns cancels too many digits."""
    sizes = np.abs(matrix.means[columns]) * np.sqrt(matrix.total_weight)
    return bool((sizes > np.sqrt(MAX_CANCELLED_SPARSE * sq_norms[columns])).any())


def sparse_gram(matrix, columns: np.ndarray) -> np.ndarray:
    """Z'Z of sparse columns, without a dense copy."""
    gram = np.zeros((len(columns), len(columns)), order="F")
    add_sparse_products(matrix, columns, 0, gram)
    return gram


def add_sparse_products(matrix, columns: np.ndarray, first_new: int, gram: np.ndarray) -> None:
    """Fill gram[a, b] = Z_a'Z_b for b >= first_new and all a: summed over sparse rows, then centred."""
    size = len(columns)
    gram[:size, first_new:size] = 0.0
    counts = core.rows_of(matrix, columns)
    ends = np.cumsum(counts)
    n_entries = min(MAX_ENTRIES, max(MIN_ENTRIES, ends[-1] // 32))
    stops = [*np.unique(np.searchsorted(ends, np.arange(n_entries, ends[-1], n_entries)) + 1), len(ends)]
    blocks, first = [], 0
    for stop in stops:
        before = ends[first - 1] if first > 0 else 0
        starts = np.ascontiguousarray(np.concatenate([[before], ends[first:stop - 1]]) - before, dtype=np.intp)
        if stop > first:
            blocks.append((first, int(stop), starts, int(ends[stop - 1] - before)))
        first = int(stop)
    core.add_sparse_gram(matrix, columns, first_new, gram, blocks)
    new = gram[first_new:size, first_new:size]
    above = np.triu_indices(len(new), 1)
    new.T[above] = new[above]
    means = matrix.means[columns]
    if means.any():
        gram[:size, first_new:size] -= matrix.total_weight * np.outer(means, means[first_new:])
