# Lives here: bases in which the columns of a block are orthogonal. Independent of: alpha, paths, working sets.
"""Rotations of blocks: with orthogonal columns X_a T a block has an exact step; docs/math.md, section 13."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from lassocore.utils.interruptible import run_interruptibly

RANK_TOL = 1e-14                    # of singular values, over the largest


class Rotations(NamedTuple):
    """For each block a matrix T, (width, rank) in C order, and the squared norms of the columns X_a T."""

    values: np.ndarray              # of all matrices, one after the other
    offsets: np.ndarray             # where they begin; -1 for the identity
    ranks: np.ndarray
    sq_norms: np.ndarray            # block after block; the largest eigenvalue, repeated, without a rotation


def products_of_columns(Z: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Gram matrices of the columns in each row of an array of successive positions; of the rows where these are fewer,
    with the same eigenvalues but zeros."""
    def products(positions: np.ndarray) -> np.ndarray:
        columns = columns_of(Z, positions)
        transposed = columns.transpose(0, 2, 1)
        return np.matmul(transposed, columns) if positions.shape[1] > len(Z) else np.matmul(columns, transposed)

    return products


def columns_of(Z: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """A view of columns in Fortran order at successive positions, (n_blocks, width, n_samples)."""
    return Z.T[positions[0, 0]:positions[-1, -1] + 1].reshape(*positions.shape, len(Z))


def products_in_gram(gram: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The same, taken from the Gram matrix of all."""
    return lambda positions: gram[positions[:, :, None], positions[:, None, :]]


def rotations_of(products: Callable[[np.ndarray], np.ndarray], widths: np.ndarray, units: np.ndarray | None,
                 rotates: bool) -> Rotations:
    """The rotations of blocks; units are those of their columns, block after block. Without rotates the matrices are
    diagonal, and products are those of columns over their units."""
    starts = np.cumsum(widths) - widths
    offsets, sq_norms, parts, n_values = np.full(len(widths), -1), np.empty(int(widths.sum())), [np.empty(0)], 0
    for width, blocks in runs_of(widths):
        positions = starts[blocks][:, None] + np.arange(width)
        scale = None if units is None else 1.0 / units[positions]
        grams, T = products(positions), None
        if scale is not None and rotates:
            grams = grams * scale[:, :, None] * scale[:, None, :]      # their product may overflow
        n_products = grams.size * grams.shape[1]
        if width == 1:
            eigenvalues = grams[:, 0]
        elif rotates:
            eigenvalues, T = run_interruptibly(np.linalg.eigh, grams, n_products=n_products)
        else:
            eigenvalues = run_interruptibly(np.linalg.eigvalsh, grams, n_products=n_products)[:, -1:]
        if scale is not None:
            T = scale[:, :, None] * (np.eye(width) if T is None else T)
        sq_norms[positions] = np.maximum(eigenvalues, 0.0)
        if T is not None:
            offsets[blocks] = n_values + np.arange(len(blocks)) * width**2
            parts.append(np.ascontiguousarray(T).ravel())
            n_values += parts[-1].size
    return Rotations(np.concatenate(parts), offsets, widths, sq_norms)


def runs_of(widths: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(width, the blocks) of each run of neighbours of the same width."""
    ends = [*(np.flatnonzero(np.diff(widths)) + 1).tolist(), len(widths)]
    for start, stop in zip([0, *ends[:-1]], ends, strict=True):
        if stop > start:
            yield int(widths[start]), np.arange(start, stop)


def rotation_of_wide(Z: np.ndarray, units: np.ndarray | None) -> tuple[Rotations, np.ndarray]:
    """(rotation, X_a T) of a block with more columns than rows: as many orthogonal columns as its rank."""
    scaled = Z if units is None else Z / units
    U, sizes, Vt = run_interruptibly(np.linalg.svd, scaled, False, n_products=Z.size * min(Z.shape))
    rank = max(1, int(np.count_nonzero(sizes > RANK_TOL * sizes[0])))
    T = Vt[:rank].T if units is None else Vt[:rank].T / units[:, None]
    rotations = Rotations(np.ascontiguousarray(T).ravel(), np.zeros(1, np.intp), np.array([rank]), sizes[:rank]**2)
    return rotations, U[:, :rank] * sizes[:rank]


def rotated_columns(Z: np.ndarray, rotations: Rotations, widths: np.ndarray) -> np.ndarray:
    """X_a T of each block, from its columns; Z itself where nothing is rotated."""
    if not len(rotations.values):
        return Z
    starts, out = np.cumsum(widths) - widths, np.empty_like(Z, order="F")
    for width, blocks in runs_of(widths):
        positions, first = starts[blocks][:, None] + np.arange(width), rotations.offsets[blocks]
        if first[0] < 0:
            columns_of(out, positions)[:] = columns_of(Z, positions)
            continue
        T = rotations.values[first[:, None] + np.arange(width**2)].reshape(-1, width, width)
        np.matmul(T.transpose(0, 2, 1), columns_of(Z, positions), out=columns_of(out, positions))
    return out


def rotate_products(gram: np.ndarray, first: int, starts: np.ndarray, values: np.ndarray, offsets: np.ndarray) -> None:
    """Turn products of columns, at positions from first on with all, into those of rotated columns; earlier positions
    with each other are rotated already."""
    for a in np.flatnonzero(offsets >= 0):
        start, stop = starts[a], starts[a + 1]
        T = values[offsets[a]:offsets[a] + (stop - start)**2].reshape(stop - start, -1)
        gram[start:stop, first:] = T.T @ gram[start:stop, first:]
        if start >= first:
            gram[:, start:stop] = gram[:, start:stop] @ T
    gram[first:, :first] = gram[:first, first:].T
