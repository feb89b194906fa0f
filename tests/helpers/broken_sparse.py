# Lives here: inconsistent sparse matrices, and valid unusual ones. Independent of: their readers.
"""Each fault is made on a copy of a valid matrix, through public attributes."""
from __future__ import annotations

import numpy as np
import scipy.sparse as sp

HUGE = 2**40
FORMATS = ("csc", "csr", "bsr", "coo", "dia", "lil", "dok")


def good(format: str, rng, shape=(12, 6)):
    """A matrix with entries in every row and column, multiples of 1/8, exact in float32."""
    X = np.round(rng.standard_normal(shape) * 8) / 8 * (rng.random(shape) < 0.5)
    X[np.arange(shape[0]), np.arange(shape[0]) % shape[1]] = 1.5
    if format == "bsr":
        return sp.bsr_array(X, blocksize=(2, 3))
    return getattr(sp, f"{format}_array")(X)


def with_one(values, place: int, value):
    """A copy with one value replaced."""
    values = values.astype(values.dtype if abs(value) < 2**31 else np.int64)
    values[place] = value
    return values


def index_faults(values, n: int, rng) -> dict:
    """Invalid values of an index array of unchanged length; n is the first invalid index."""
    place = int(rng.integers(len(values)))
    return {"out of range": with_one(values, place, n), "far out of range": with_one(values, place, HUGE),
            "negative": with_one(values, place, -1), "very negative": with_one(values, place, -HUGE),
            "in floats": values.astype(float), "in bools": values.astype(bool), "in objects": values.astype(object),
            "in two dimensions": values[:, None], "in a list": values.tolist(), "missing": None}


def compressed_faults(A, rng) -> dict:
    """For CSC, CSR and BSR: attributes and their invalid values."""
    blocks = A.data.shape[1:] if A.format == "bsr" else (1, 1)
    major, minor = (1, 0) if A.format == "csc" else (0, 1)
    n, last = A.shape[minor] // blocks[minor], len(A.indptr) - 1
    inner, step = int(rng.integers(1, last)), [blocks[axis] * (axis == major) for axis in (0, 1)]
    found = {
        "data cut": {"data": A.data[:-1]}, "data empty": {"data": A.data[:0]},
        "data too long": {"data": np.concatenate([A.data, A.data])}, "data a scalar": {"data": np.float64(1.0)},
        "data in another shape": {"data": A.data.reshape(len(A.data), 1, -1, 1)}, "data a list": {"data": [1.0]},
        "indices cut": {"indices": A.indices[:-1]}, "indices too long": {"indices": np.tile(A.indices, 2)},
        "data and indices cut": {"data": A.data[:-1], "indices": A.indices[:-1]},
        "indptr cut": {"indptr": A.indptr[:-1]}, "indptr empty": {"indptr": A.indptr[:0]},
        "indptr too long": {"indptr": np.append(A.indptr, A.indptr[-1])},
        "indptr starts late": {"indptr": with_one(A.indptr, 0, 1)},
        "indptr starts negative": {"indptr": with_one(A.indptr, 0, -1)},
        "indptr falls": {"indptr": with_one(A.indptr, inner, A.indptr[-1] + 1)},
        "indptr dips": {"indptr": with_one(A.indptr, inner, -HUGE)},
        "indptr ends late": {"indptr": with_one(A.indptr, last, A.indptr[-1] + 1)},
        "indptr ends far": {"indptr": with_one(A.indptr, last, HUGE)},
        "indptr in floats": {"indptr": A.indptr.astype(float)}, "indptr a list": {"indptr": A.indptr.tolist()},
        "one vector less": {"_shape": tuple(np.subtract(A.shape, step).tolist())},
        "one vector more": {"_shape": tuple(np.add(A.shape, step).tolist())}}
    found.update({f"indices {name}": {"indices": value} for name, value in index_faults(A.indices, n, rng).items()})
    if A.format == "bsr":
        del found["data in another shape"]
        found.update({"blocks that do not divide": {"data": np.ones((len(A.data), 5, 3))},
                      "blocks of nothing": {"data": A.data[:, :0]}, "blocks too small": {"data": A.data[:, :1]},
                      "no blocks": {"data": A.data[:, 0, 0]}, "blocks in four dimensions": {"data": A.data[..., None]}})
    return found


def coo_faults(A, rng) -> dict:
    """The same for COO."""
    row, col = A.coords
    found = {
        "data cut": {"data": A.data[:-1]}, "data too long": {"data": np.append(A.data, 1.0)},
        "data in two dimensions": {"data": A.data[:, None]}, "row cut": {"coords": (row[:-1], col)},
        "col cut": {"coords": (row, col[:-1])}, "row empty": {"coords": (row[:0], col)},
        "one index": {"coords": (row,)}, "three indices": {"coords": (row, col, col)},
        "exchanged": {"coords": (col, np.flip(row))}}
    for name, value in index_faults(row, A.shape[0], rng).items():
        found[f"row {name}"] = {"coords": (value, col)}
    for name, value in index_faults(col, A.shape[1], rng).items():
        found[f"col {name}"] = {"coords": (row, value)}
    return found


def dia_faults(A, rng) -> dict:
    """The same for DIA."""
    n, p = A.shape
    found = {"offsets cut": {"offsets": A.offsets[:-1]}, "offsets too long": {"offsets": np.append(A.offsets, n)},
             "data cut": {"data": A.data[:-1]}, "data flat": {"data": A.data[0]}, "data a list": {"data": [[1.0]]},
             "data in three dimensions": {"data": A.data[..., None]},
             "an offset twice": {"offsets": with_one(A.offsets, 0, A.offsets[1])},
             "an offset above": {"offsets": with_one(A.offsets, 0, p)},
             "an offset below": {"offsets": with_one(A.offsets, 0, -n)},
             "an offset that overflows": {"offsets": with_one(A.offsets, 0, 2**31 - 1)}}
    bad = index_faults(A.offsets, p, rng)
    return {**found, **{f"offsets {name}": {"offsets": bad[name]} for name in bad if name != "negative"}}


def lil_faults(A, rng) -> dict:
    """The same for LIL, whose rows and data are arrays of lists."""
    place = int(rng.integers(A.shape[0]))

    def rows(name: str, value):
        lists = np.empty(A.shape[0], dtype=object)
        lists[:] = [list(entry) for entry in getattr(A, name)]
        lists[place] = value
        return {name: lists}

    held, values = A.rows[place], A.data[place]
    found = {f"an index {name}": rows("rows", [*held[:-1], value]) for name, value in {
        "out of range": A.shape[1], "far out of range": HUGE, "beyond 64 bits": 2**70, "negative": -1,
        "in floats": 0.5, "in text": "0", "missing": None}.items()}
    return {**found, "indices cut": rows("rows", held[:-1]), "values cut": rows("data", values[:-1]),
            "values too long": rows("data", [*values, *values]), "no list": rows("rows", tuple(held)),
            "rows cut": {"rows": A.rows[:-1]}, "data cut": {"data": A.data[:-1]}, "rows a list": {"rows": [*A.rows]},
            "rows in two dimensions": {"rows": A.rows[:, None]}}


def dok_faults(A, rng) -> dict:
    """The same for DOK, a dictionary of pairs."""
    keys = {"row out of range": (A.shape[0], 0), "column out of range": (0, A.shape[1]), "negative row": (-1, 0),
            "negative column": (0, -HUGE), "float": (0.5, 0), "text": ("0", 0), "beyond 64 bits": (0, 2**70),
            "three": (0, 0, 0), "no pair": 0}
    return {f"key {name}": {"_dict": {**A._dict, key: 1.0}} for name, key in keys.items()}


FAULTS = {"csc": compressed_faults, "csr": compressed_faults, "bsr": compressed_faults, "coo": coo_faults,
          "dia": dia_faults, "lil": lil_faults, "dok": dok_faults}


def broken(A, changes: dict):
    """A copy with these attributes."""
    B = A.copy()
    for name, value in changes.items():
        setattr(B, name, value)
    return B


def inconsistent(format: str, seed: int) -> dict:
    """Every fault of a format."""
    rng = np.random.default_rng(seed)
    A = good(format, rng)
    return {name: broken(A, changes) for name, changes in FAULTS[format](A, rng).items()}


def odd(format: str, seed: int) -> dict:
    """Valid unusual matrices, all equal; the first is an ordinary one."""
    rng = np.random.default_rng(seed)
    A = good(format, rng)
    found = {"plain": A, "of the matrix class": getattr(sp, f"{format}_matrix")(A)}
    if format in ("csc", "csr", "bsr"):
        for dtype in (np.int32, np.int64, np.uint32, np.int16, np.dtype(np.int32).newbyteorder()):
            found[f"indices in {np.dtype(dtype)}"] = broken(A, {"indices": A.indices.astype(dtype)})
            found[f"both in {np.dtype(dtype)}"] = broken(
                A, {"indices": A.indices.astype(dtype), "indptr": A.indptr.astype(dtype)})
        found["spare room"] = broken(A, {"data": np.concatenate([A.data, A.data[:2]]),
                                         "indices": np.append(A.indices, [HUGE, -1])})
        order = np.concatenate([rng.permutation(np.arange(a, b))
                                for a, b in zip(A.indptr[:-1], A.indptr[1:], strict=True)])
        found["unsorted"] = broken(A, {"data": A.data[order], "indices": A.indices[order]})
        found["in parts"] = broken(A, {"data": np.repeat(A.data, 2, axis=0) / 2, "indices": np.repeat(A.indices, 2),
                                       "indptr": 2 * A.indptr})
    if format == "coo":
        order = rng.permutation(A.nnz)
        found["permuted"] = broken(A, {"data": A.data[order], "coords": tuple(index[order] for index in A.coords)})
        found["in parts"] = broken(A, {"data": np.tile(A.data, 2) / 2, "coords": tuple(
            np.tile(index, 2) for index in A.coords)})
        found["int64"] = broken(A, {"coords": tuple(index.astype(np.int64) for index in A.coords)})
    if format == "dia":
        found["permuted"] = broken(A, {"data": A.data[::-1], "offsets": A.offsets[::-1]})
        found["longer diagonals"] = broken(A, {"data": np.hstack([A.data, np.ones((len(A.data), 3))])})
    return found
