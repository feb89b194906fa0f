# Lives here: bytes turned into numbers and matrices. Independent of: what is called with them.
"""Choices made from bytes: small hostile matrices number by number, larger ones by a generator."""
from __future__ import annotations

import struct
import warnings

import numpy as np
import scipy.sparse as sp

ODD = [0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 1e-160, 1e160, 2.0**53, 0.1]
DTYPES = [np.float64, np.float32, np.int64, np.int8, np.uint8, np.bool_, np.float16, ">f8", ">f4", object]
FORMATS = {"csc": sp.csc_array, "csr": sp.csr_array, "coo": sp.coo_array}


class Source:
    """Choices made from bytes; after their end everything is 0."""

    def __init__(self, data: bytes):
        self.data, self.position = data, 0

    def take(self, n_bytes: int) -> bytes:
        """The next bytes, filled up with zeros."""
        taken = self.data[self.position:self.position + n_bytes]
        self.position += n_bytes
        return taken.ljust(n_bytes, b"\0")

    def integer(self, low: int, high: int) -> int:
        """A number from low to high."""
        return low + int.from_bytes(self.take(2), "little") % (high - low + 1)

    def choice(self, values):
        """One of the values."""
        return values[self.integer(0, len(values) - 1)]

    def number(self) -> float:
        """A usual number mostly; an odd one, or any 64 bits."""
        kind = self.integer(0, 15)
        if kind == 0:
            return self.choice(ODD)
        if kind == 1:
            return struct.unpack("<d", self.take(8))[0]
        return self.integer(-1000, 1000) / 100.0

    def numbers(self, *shape: int) -> np.ndarray:
        """An array of numbers."""
        return np.array([self.number() for _ in range(int(np.prod(shape)))], dtype=float).reshape(shape)


def dense(source: Source, n: int, p: int):
    """A dense X of some type and layout."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        X = source.numbers(n, p)
        dtype = source.choice(DTYPES)
        X = np.nan_to_num(X, posinf=9.0, neginf=-9.0).clip(-100, 100).astype(dtype) if np.dtype(
            dtype).kind in "iub" else X.astype(dtype)
    layout = source.integer(0, 4)
    if layout == 0:
        return np.asfortranarray(X)
    if layout == 1:
        return X[::-1]
    if layout == 2:
        return np.repeat(X, 2, axis=1)[:, ::2]
    if layout == 3:
        X.flags.writeable = False
    return X


def sparse(source: Source, n: int, p: int):
    """A sparse X whose arrays may contradict each other."""
    kind = source.choice(list(FORMATS))
    nnz = source.integer(0, 20)
    data = source.numbers(nnz).astype(source.choice(DTYPES[:2]))
    index = source.choice([np.int32, np.int64])
    bad = source.integer(0, 3) == 0
    low, high = (-3, 70_000) if bad else (0, (n if kind == "csc" else p) - 1)
    indices = np.array([source.integer(low, max(high, low)) for _ in range(nnz)], index)
    if kind == "coo":
        X = sp.coo_array((n, p))
        X.data, X.row, X.col = data, indices % max(n, 1) if not bad else indices, np.array(
            [source.integer(0, max(p - 1, 0)) for _ in range(nnz)], index)
        return X
    major = p if kind == "csc" else n
    cuts = [source.integer(-2 if bad else 0, nnz + (5 if bad else 0)) for _ in range(major - 1)]
    X = FORMATS[kind]((n, p))
    X.data, X.indices = data, indices
    X.indptr = np.array([0, *(cuts if bad else sorted(cuts)), nnz], index)
    return X


def drawn(source: Source, n: int, p: int) -> np.ndarray:
    """Random numbers, with columns that repeat, are constant or 0, and sizes far apart."""
    rng = np.random.default_rng(source.integer(0, 999))
    X = rng.standard_normal((n, p))
    for _ in range(source.integer(0, 3)):
        j, kind = source.integer(0, p - 1), source.integer(0, 4)
        X[:, j] = (X[:, source.integer(0, p - 1)], 1.0, 0.0, 1e6 * X[:, j], -X[:, source.integer(0, p - 1)])[kind]
    return X


def stored(source: Source, X: np.ndarray):
    """The same matrix in a storage that the core reads without a copy, its end at the end of its memory."""
    n, p = X.shape
    X = X.astype(source.choice([np.float64, np.float32]))
    kind = source.integer(0, 5)
    if kind == 0:
        return np.asfortranarray(X)
    if kind == 1:
        return X
    if kind == 2:                       # columns of a longer matrix, rows of a wider one
        return np.asfortranarray(np.concatenate([X[: n // 2], X]))[n // 2:]
    if kind == 3:
        return np.concatenate([X[:, : p // 2], X], axis=1)[:, p // 2:]
    sparse_X = sp.csc_array(np.where(abs(X) > source.integer(0, 20) / 10.0, X, 0.0))
    if kind == 5:
        sparse_X.indices, sparse_X.indptr = sparse_X.indices.astype(np.int64), sparse_X.indptr.astype(np.int64)
    return sparse_X
