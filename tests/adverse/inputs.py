# Lives here: the table of adverse inputs. Independent of: what they are given to.
"""Every input by name: X, y, sample weights, whether it is to be fitted, and else what the error has to say.

`make(X, y)` receives ordinary data, 24 x 6 in multiples of 1/8, and returns what is passed. Where the numbers passed
are not those of `np.asarray`, `clean` has them.
"""
from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import scipy.sparse as sp

N, P = 24, 6
FOLDER = tempfile.TemporaryDirectory()
FORMATS = ("csc", "csr", "coo", "bsr", "dia", "lil", "dok")


@dataclass(frozen=True)
class Given:
    """What is passed; clean_X and clean_y are the same numbers as plain arrays."""

    X: Any
    y: Any
    sample_weight: Any = None
    clean_X: Any = None
    clean_y: Any = None


@dataclass(frozen=True)
class Input:
    """An adverse input; `refuse` is what the message of the error must match, "" if it is to be fitted."""

    make: Callable[[np.ndarray, np.ndarray], Given]
    refuse: str = ""
    about: str = "X"                    # of X, y or sample_weight: who has no such argument is not asked
    is_ordinary: bool = False           # whether the numbers are those of the ordinary data
    traits: frozenset = field(default_factory=frozenset)


INPUTS: dict[str, Input] = {}


def given(name: str, make, refuse: str = "", about: str = "X", is_ordinary: bool = False, traits=()):
    """Add an input; make returns a Given, or X (or y or weights) alone."""
    def made(X, y):
        found = make(X.copy(order="K"), y.copy())
        if isinstance(found, Given):
            return found
        parts = {"X": X, "y": y, about: found}
        return Given(**parts)
    assert name not in INPUTS
    INPUTS[name] = Input(made, refuse, about, is_ordinary, frozenset(traits))


def ordinary(n_tasks: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """X and y in multiples of 1/8, exact in all types of numbers."""
    rng = np.random.default_rng(5)
    X = np.round(8 * (rng.standard_normal((N, P)) + 0.5 * rng.standard_normal((N, 1)))) / 8
    X *= rng.random((N, P)) < 0.8
    X[:P] += np.eye(P)
    signal = X[:, 0] - 2 * X[:, 1] + 0.5 * X[:, 4]
    Y = np.column_stack([signal + 0.3 * rng.standard_normal(N) + 1.0 for _ in range(n_tasks)])
    Y = np.round(64 * Y) / 64
    return np.asfortranarray(X), np.ascontiguousarray(Y if n_tasks > 1 else Y[:, 0])


def at(values, position, value):
    """A copy with one entry replaced."""
    values = np.array(values)
    values[position] = value
    return values


def read_only(values):
    values.flags.writeable = False
    return values


def mapped(values):
    """A read-only memory map."""
    path = Path(FOLDER.name) / f"{len(list(Path(FOLDER.name).iterdir()))}.npy"
    np.save(path, values)
    return np.load(path, mmap_mode="r")


def unaligned(values):
    """The same numbers at an odd address."""
    buffer = np.empty(values.nbytes + 1, np.uint8)
    found = buffer[1:].view(values.dtype).reshape(values.shape)
    found[...] = values
    return found


class Labelled(np.ndarray):
    """An array of a library of its own."""


def frame(X, **columns):
    """A data frame with names."""
    return pd.DataFrame(X, columns=list("abcdef")).assign(**columns)


def layouts() -> None:
    """The ordinary numbers, kept otherwise."""
    same = {"is_ordinary": True}
    given("C order", lambda X, y: np.ascontiguousarray(X), **same)
    given("every other row", lambda X, y: np.repeat(X, 2, axis=0)[::2], **same)
    given("every other column", lambda X, y: np.repeat(X, 2, axis=1)[:, ::2], **same)
    given("negative strides", lambda X, y: Given(X[::-1].copy()[::-1], y[::-1].copy()[::-1]), **same)
    given("negative strides of columns", lambda X, y: X[:, ::-1].copy()[:, ::-1], **same)
    given("non-native byte order", lambda X, y: Given(X.astype(">f8"), y.astype(">f8")), **same)
    given("non-native float32", lambda X, y: X.astype(">f4"), **same)
    given("unaligned", lambda X, y: Given(unaligned(X), unaligned(y)), **same)
    given("read-only", lambda X, y: Given(read_only(X), read_only(y)), **same)
    given("memory map", lambda X, y: Given(mapped(X), mapped(y)), **same)
    given("memory map in C order", lambda X, y: mapped(np.ascontiguousarray(X)), **same)
    given("a subclass", lambda X, y: X.view(Labelled), **same)
    given("lists", lambda X, y: Given(X.tolist(), y.tolist()), **same)
    given("masked, nothing masked", lambda X, y: np.ma.masked_array(X, mask=np.zeros(X.shape, bool)), **same)
    given("masked entries", lambda X, y: np.ma.masked_array(X, mask=X > 1), r"\bX\b.*mask")
    given("masked entries of y", lambda X, y: np.ma.masked_array(y, mask=y > 1), r"\b[yY]\b.*mask", about="y")
    given("masked weights", lambda X, y: np.ma.masked_array(np.ones(N), mask=np.arange(N) == 3), "sample_weight.*mask",
          about="sample_weight")
    given("np.matrix", lambda X, y: np.matrix(X), r"matrix")
    for dtype in ("float16", "float32", "longdouble"):
        given(dtype, lambda X, y, dtype=dtype: X.astype(dtype), **same)
    given("objects", lambda X, y: Given(X.astype(object), y.astype(object)), **same)
    given("float32 y", lambda X, y: y.astype("f4"), about="y", **same)
    given("float16 y", lambda X, y: y.astype("f2"), about="y")


def types() -> None:
    """Other types, some of which are no numbers."""
    for dtype in ("int8", "int32", "int64", "uint8", "bool"):
        given(dtype, lambda X, y, dtype=dtype: np.round(abs(2 * X)).astype(dtype))
    given("integer y", lambda X, y: np.round(4 * y).astype(int), about="y")
    given("boolean y", lambda X, y: y > 1, about="y")
    given("complex", lambda X, y: X + 1j, r"(?i)complex")
    given("complex, no imaginary part", lambda X, y: X + 0j, r"(?i)complex")
    given("complex y", lambda X, y: y + 1j, r"(?i)complex", about="y")
    given("strings", lambda X, y: np.full(X.shape, "a"), r"\bX\b")
    given("numbers as strings", lambda X, y: X.astype(str), is_ordinary=True)
    given("strings among objects", lambda X, y: at(X.astype(object), (3, 2), "a"), r"\bX\b")
    given("None among objects", lambda X, y: at(X.astype(object), (3, 2), None), r"\bX\b.*(not finite|NaN)")
    given("a list among objects", lambda X, y: at(X.astype(object), (3, 2), {}), r"\bX\b")
    given("datetimes", lambda X, y: np.round(8 * X).astype("M8[D]"), r"\bX\b")
    given("time spans", lambda X, y: np.round(8 * X).astype("m8[s]"), r"\bX\b")
    given("records", lambda X, y: np.zeros((N, P), dtype=[("a", float), ("b", float)]), r"\bX\b")
    given("bytes", lambda X, y: np.full(X.shape, b"a"), r"\bX\b")
    given("strings as y", lambda X, y: np.full(y.shape, "a"), r"\b[yY]\b", about="y")
    given("strings among y", lambda X, y: at(y.astype(object), 3, "a"), r"\b[yY]\b", about="y")
    given("None among y", lambda X, y: at(y.astype(object), 3, None), r"\b[yY]\b", about="y")
    given("datetimes as y", lambda X, y: np.round(8 * y).astype("M8[D]"), r"\b[yY]\b", about="y")
    for name, X in {"None": None, "a string": "data.csv", "a number": 3.0, "a set": {1.0, 2.0},
                    "an object": object(), "ragged lists": [[1.0, 2.0], [3.0]], "a function": len}.items():
        given(f"X is {name}", lambda X_, y, X=X: X, r"\bX\b")
    for name, value in {"None": None, "a string": "y", "a number": 3.0, "a set": {1.0}, "an object": object(),
                        "ragged lists": [[1.0, 2.0], [3.0]]}.items():
        given(f"y is {name}", lambda X, y, value=value: value, r"\b[yY]\b", about="y")


def shapes() -> None:
    """Too few of something, or too many."""
    given("one sample", lambda X, y: Given(X[:1], y[:1]), traits=["few samples"])
    given("two samples", lambda X, y: Given(X[:2], y[:2]), traits=["few samples"])
    given("one feature", lambda X, y: X[:, :1], traits=["few features"])
    given("no samples", lambda X, y: Given(X[:0], y[:0]), r"0 sample|shape \(0")
    given("no features", lambda X, y: X[:, :0], r"0 feature|shape \(24, 0\)")
    given("no samples, sparse", lambda X, y: Given(sp.csr_array(X[:0]), y[:0]), r"0 sample|shape \(0")
    given("no features, sparse", lambda X, y: sp.csc_array((N, 0)), r"0 feature|shape \(24, 0\)")
    given("X of one dimension", lambda X, y: X[:, 0], r"\bX\b|array")
    given("X of three dimensions", lambda X, y: X[:, :, None], r"\bX\b|array")
    given("sparse X of one dimension", lambda X, y: sp.coo_array(X[:, 0]), r"\bX\b|array")
    given("y too short", lambda X, y: y[:-1], r"\b[yY]\b", about="y")
    given("y too long", lambda X, y: np.concatenate([y, y[:1]]), r"\b[yY]\b", about="y")
    given("y is empty", lambda X, y: y[:0], r"\b[yY]\b", about="y")
    given("y of three dimensions", lambda X, y: y.reshape(N, -1, 1), r"\b[yY]\b", about="y")
    given("sparse y", lambda X, y: sp.csr_array(y.reshape(N, -1)), r"\b[yY]\b", about="y")
    given("y of shape (1, n)", lambda X, y: y.reshape(N, -1).T, r"\b[yY]\b", about="y")


def values() -> None:
    """Numbers that are none, and sizes out of the ordinary."""
    for value in (np.nan, np.inf, -np.inf):
        word = "NaN" if np.isnan(value) else "(?i)inf"
        given(f"{value}", lambda X, y, value=value: at(X, (3, 2), value), rf"\bX\b.*(not finite|{word})".replace(
            "(?i)", ""))
        given(f"{value} in C order", lambda X, y, v=value: np.ascontiguousarray(at(X, (3, 2), v)), r"\bX\b")
        given(f"{value} in float32", lambda X, y, value=value: at(X, (3, 2), value).astype("f4"), r"\bX\b")
        given(f"{value} among lists", lambda X, y, value=value: at(X, (3, 2), value).tolist(), r"\bX\b")
        given(f"{value} among objects", lambda X, y, value=value: at(X, (3, 2), value).astype(object), r"\bX\b")
        given(f"{value} in y", lambda X, y, value=value: at(y, 3, value), r"\b[yY]\b", about="y")
        for form in ("csc", "csr", "coo"):
            given(f"{value} in {form}", lambda X, y, value=value, form=form: getattr(sp, f"{form}_array")(
                at(X, (3, 2), value)), r"\bX\b")
    for name, power in {"1e200": 664, "1e-200": -664, "denormal": -1028}.items():
        given(f"X of size {name}", lambda X, y, k=power: np.ldexp(X, k), traits=["size"])
        given(f"y of size {name}", lambda X, y, k=power: np.ldexp(y, k), about="y", traits=["size"])
        given(f"a column of size {name}", lambda X, y, k=power: at(X, (slice(None), 2), np.ldexp(X[:, 2], k)),
              traits=["size"])
        given(f"sparse X of size {name}", lambda X, y, k=power: Given(
            sp.csc_array(np.ldexp(X, k)), y), traits=["size"])
    given("columns of sizes from 1e-150 to 1e150", lambda X, y: np.ldexp(X, np.linspace(-498, 498, P).astype(int)),
          traits=["size"])
    given("X and y of size 1e200", lambda X, y: Given(np.ldexp(X, 664), np.ldexp(y, 664)), traits=["size"])
    given("float32 X of size 1e30", lambda X, y: np.ldexp(X, 100).astype("f4"), traits=["size"])
    given("X + 1e8", lambda X, y: X + 1e8, traits=["shift"])
    given("sparse X + 1e8", lambda X, y: sp.csc_array(X + 1e8), traits=["shift"])
    given("y + 1e12", lambda X, y: y + 1e12, about="y", traits=["shift"])
    given("a constant column", lambda X, y: at(X, (slice(None), 2), 0.1))
    given("a column of zeros", lambda X, y: at(X, (slice(None), 2), 0.0))
    given("the same column twice", lambda X, y: at(X, (slice(None), 2), X[:, 0]))
    given("all columns equal", lambda X, y: np.repeat(X[:, :1], P, axis=1))
    given("X is constant", lambda X, y: np.full((N, P), 0.1), traits=["constant"])
    given("X is 0", lambda X, y: np.zeros((N, P)), traits=["constant"])
    given("y is constant", lambda X, y: np.full(y.shape, 0.1), about="y", traits=["constant"])
    given("y is 0", lambda X, y: np.zeros(y.shape), about="y", traits=["constant"])


def frames() -> None:
    """Data frames and series."""
    same = {"is_ordinary": True}
    given("pandas", lambda X, y: Given(frame(X), pd.DataFrame(y).squeeze(axis=1)), **same)
    given("pandas with other indices", lambda X, y: Given(
        frame(X), pd.DataFrame(y, index=np.arange(N)[::-1]).squeeze(axis=1)), **same)
    given("pandas with repeated indices", lambda X, y: Given(
        frame(X).set_index(np.zeros(N, int)), pd.DataFrame(y, index=np.ones(N, int)).squeeze(axis=1)), **same)
    given("pandas Float64", lambda X, y: frame(X).astype("Float64"), **same)
    given("pandas of sparse columns", lambda X, y: frame(X).astype(pd.SparseDtype(float, 0.0)), **same)
    given("pandas with a gap", lambda X, y: frame(at(X, (3, 2), np.nan)), r"\bX\b")
    given("pandas with NA", lambda X, y: frame(X).astype("Float64").mask(X > 1), r"\bX\b")
    given("pandas with NA of integers", lambda X, y: frame(np.round(X)).astype("Int64").mask(X > 1), r"\bX\b")
    given("pandas with text", lambda X, y: frame(X, c=["text"] * N), r"\bX\b|\bc\b|column")
    given("pandas with categories", lambda X, y: frame(X, c=pd.Categorical(["u", "v"] * (N // 2))), r"\bX\b|\bc\b")
    given("pandas of dates alone", lambda X, y: pd.DataFrame(np.round(8 * X).astype("M8[s]")), r"\bX\b")
    given("polars with dates", lambda X, y: pl.DataFrame(X, schema=list("abcdef")).with_columns(
        pl.lit(pd.Timestamp("2020-01-01")).alias("c")), r"\bX\b")
    given("pandas with dates", lambda X, y: frame(X, c=pd.date_range("2020-01-01", periods=N)), r"\bX\b|\bc\b|column")
    given("pandas with names of two types", lambda X, y: pd.DataFrame(X, columns=["a", "b", 3, "d", "e", "f"]), "name")
    given("pandas y with NA", lambda X, y: pd.DataFrame(y).astype("Float64").mask(pd.DataFrame(y) > 1).squeeze(axis=1),
          r"\b[yY]\b", about="y")
    given("polars", lambda X, y: Given(pl.DataFrame(X, schema=list("abcdef")), pl.Series(y) if y.ndim == 1 else
                                       pl.DataFrame(y)), **same)
    given("polars with nulls", lambda X, y: pl.DataFrame(X, schema=list("abcdef")).with_columns(
        pl.when(pl.col("c") > 1).then(None).otherwise(pl.col("c")).alias("c")), r"\bX\b")
    given("polars with text", lambda X, y: pl.DataFrame(X, schema=list("abcdef")).with_columns(
        pl.lit("text").alias("c")), r"\bX\b|\bc\b|column")
    given("polars y with nulls", lambda X, y: pl.Series([None, *y[1:].tolist()]) if y.ndim == 1 else pl.DataFrame(
        y).with_columns(pl.lit(None).alias("column_0")), r"\b[yY]\b", about="y")


def set_parts(A, **parts):
    """A sparse matrix with other arrays, which are not checked."""
    for name, value in parts.items():
        setattr(A, name, value)
    return A


def twice(A):
    """Each entry in two halves."""
    return type(A)((np.repeat(A.data / 2, 2), np.repeat(A.indices, 2), 2 * A.indptr), shape=A.shape)


def unsorted(A):
    """The entries of each vector in falling order."""
    order = np.concatenate([np.arange(a, b)[::-1] for a, b in zip(A.indptr[:-1], A.indptr[1:], strict=True)])
    return type(A)((A.data[order], A.indices[order], A.indptr), shape=A.shape)


def sparse() -> None:
    """Sparse matrices, valid and not."""
    same = {"is_ordinary": True}
    for form in FORMATS:
        given(f"{form}_array", lambda X, y, form=form: getattr(sp, f"{form}_array")(X), **same)
        given(f"{form}_matrix", lambda X, y, form=form: getattr(sp, f"{form}_matrix")(X), **same)
    for form in ("csc", "csr"):
        make = getattr(sp, f"{form}_array")
        given(f"{form} with duplicates", lambda X, y, make=make: twice(make(X)), **same)
        given(f"{form} unsorted", lambda X, y, make=make: unsorted(make(X)), **same)
        given(f"{form} with int64", lambda X, y, make=make: set_parts(
            make(X), indices=make(X).indices.astype(np.int64), indptr=make(X).indptr.astype(np.int64)), **same)
        given(f"{form} with explicit zeros", lambda X, y, make=make: make(
            (X.ravel("F" if make is sp.csc_array else "C"), np.tile(np.arange(N if make is sp.csc_array else P),
             P if make is sp.csc_array else N), np.arange(0, N * P + 1, N if make is sp.csc_array else P)),
            shape=X.shape), **same)
        given(f"{form} read-only", lambda X, y, make=make: set_parts(
            make(X), data=read_only(make(X).data), indices=read_only(make(X).indices)), **same)
        given(f"{form} out of range", lambda X, y, make=make: set_parts(
            make(X), indices=at(make(X).indices, 3, 1000)), r"(?i)\bX\b|ind(ex|ices)")
        given(f"{form} with a negative index", lambda X, y, make=make: set_parts(
            make(X), indices=at(make(X).indices, 3, -1)), r"(?i)\bX\b|ind(ex|ices)")
        given(f"{form} with starts that fall", lambda X, y, make=make: set_parts(
            make(X), indptr=at(make(X).indptr, 2, 1000)), r"(?i)\bX\b|indptr")
        given(f"{form} float32", lambda X, y, make=make: make(X.astype("f4")), **same)
        given(f"{form} of integers", lambda X, y, make=make: make(np.round(8 * X).astype(int)))
        given(f"{form} complex", lambda X, y, make=make: make(X + 1j * X), r"(?i)complex")
        given(f"{form} of objects", lambda X, y, make=make: set_parts(
            make(X), data=at(make(X).data.astype(object), 3, "a")), r"\bX\b")
        given(f"{form} without entries", lambda X, y, make=make: make((N, P)), traits=["constant"])
    given("coo out of range", lambda X, y: set_parts(
        sp.coo_array(X), row=at(sp.coo_array(X).row, 3, 1000)), r"(?i)\bX\b|ind(ex|ices)")
    given("coo with duplicates", lambda X, y: sp.coo_array(
        (np.tile(sp.coo_array(X).data / 2, 2), (np.tile(sp.coo_array(X).row, 2), np.tile(sp.coo_array(X).col, 2))),
        shape=X.shape), **same)


def weights() -> None:
    """Weights of samples."""
    about = {"about": "sample_weight"}
    ones = np.ones(N)
    for name, value in {
            "some zero": at(ones, slice(0, 5), 0.0), "one positive": at(np.zeros(N), 3, 1.0), "1e300": 1e300 * ones,
            "1e-300": 1e-300 * ones, "from 1e-20 to 1e20": 10.0 ** np.linspace(-20, 20, N), "a number": 2.0,
            "integers": np.arange(N) % 3, "booleans": np.arange(N) % 2 == 0, "a list": [1.0] * N,
            "a series with another index": pd.Series(ones, index=np.arange(N)[::-1]),
            "of shape (n, 1)": ones[:, None]}.items():
        given(f"weights {name}", lambda X, y, value=value: value, traits=["weights"], **about)
    for name, value in {
            "negative": at(ones, 3, -1.0), "NaN": at(ones, 3, np.nan), "inf": at(ones, 3, np.inf),
            "all zero": 0 * ones, "too short": ones[:-1], "too long": np.ones(N + 1), "empty": ones[:0],
            "three columns": np.ones((N, 3)), "complex": ones + 1j, "strings": ["a"] * N, "a string": "balanced",
            "a dictionary": {0: 1.0}, "a negative number": -1.0, "0": 0.0, "sparse": sp.csr_array(ones[:, None]),
            "dates": np.arange(N).astype("M8[D]"), "objects": [object()] * N}.items():
        given(f"weights {name}", lambda X, y, value=value: value, "sample_weight", **about)


for build in (layouts, types, shapes, values, frames, sparse, weights):
    build()
