# Lives here: adverse input in one table; copies, forks and threads around a fit. Independent of: the core.
"""Fit right or refuse with a clear error: never a silent wrong answer, a changed input, or a crash."""
import copy
import gc
import os
import pickle
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from oracles.reference import dense, make_data, objective, plain
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from lassocore import ElasticNet, Lasso, fit_path

ROUNDED = "float32 coefficients cannot hold the solution to this tolerance"
TINY = "the penalty of a column is below the rounding errors of its correlation"
TOL, RTOL = 1e-10, 1e-8     # tolerance of the fit; of the objective, relative to P(0)
DIRECTORY = tempfile.TemporaryDirectory()
BUILDERS = []


@dataclass(frozen=True)
class Case:
    """Input, and the same problem for the oracle; `back` converts (coef, intercept) to the oracle's scale."""

    X: object
    y: object
    alpha: object = 0.1
    options: dict = field(default_factory=dict)
    refuse: str = ""                            # required text of the error; "" if the fit must be right
    clean: dict = field(default_factory=dict)   # X, y, alpha or options for the oracle, if different
    back: object = staticmethod(lambda coef, intercept: (coef, intercept))
    routes: tuple = ("fit_path", "Lasso", "Gram")
    warns: str = ""         # why TOL cannot be certified, so that a ConvergenceWarning is correct


def case(build):
    """Register a generator of cases (name, Case)."""
    BUILDERS.append(build)
    return build


def data(n_samples=30, n_features=8, density=1.0, seed=0):
    X, y, _ = make_data(seed, n_samples, n_features, density)
    return X, y


def at(X, position, value):
    """A copy of X with one entry replaced"""
    X = X.copy()
    X[position] = value
    return X


def read_only(array):
    array.flags.writeable = False
    return array


def unaligned(X):
    """The same numbers at an unaligned address, C order"""
    buffer = np.empty(X.nbytes + 1, dtype=np.uint8)
    out = buffer[1:].view(X.dtype).reshape(X.shape)
    out[...] = X
    assert not out.flags.aligned
    return out


def on_disk(X):
    """A read-only memory map of X, F order"""
    path = Path(DIRECTORY.name) / f"{len(list(Path(DIRECTORY.name).iterdir()))}.npy"
    np.save(path, np.asfortranarray(X))
    return np.load(path, mmap_mode="r")


def beyond_two_to_31(dtype):
    """30 x 8 numbers in a sparse file, columns 2^28 entries apart: offsets exceed 2^31 without the memory."""
    whole = np.memmap(Path(DIRECTORY.name) / f"holes-{np.dtype(dtype)}", dtype, "w+", shape=(2**28, 10), order="F")
    X = whole[:30]
    X[...] = data(30, 10)[0]
    return X


@case
def dense_layouts():
    X, y = data()
    wide = data(60, 16)
    yield "C order", Case(np.ascontiguousarray(X), y)
    yield "F order", Case(X, y)
    yield "every other row", Case(np.ascontiguousarray(wide[0])[::2], wide[1][::2])
    yield "every other row, F order", Case(wide[0][::2], wide[1][::2])
    yield "every other column", Case(wide[0][:, ::2], wide[1])
    yield "negative strides", Case(X[::-1, ::-1], y[::-1])
    yield "columns reversed", Case(X[:, ::-1], y)
    yield "byte-swapped", Case(X.astype(">f8"), y.astype(">f8"))
    yield "byte-swapped float32", Case(X.astype(">f4"), y, warns=ROUNDED)
    yield "unaligned", Case(unaligned(X), y)
    yield "zero strides", Case(np.broadcast_to(X[:, :1], X.shape), y)
    yield "read-only", Case(read_only(X.copy(order="F")), read_only(y.copy()))
    yield "read-only, C order", Case(read_only(X.copy(order="C")), read_only(y.copy()))
    yield "memory map", Case(on_disk(X), y)
    yield "memory map float32", Case(on_disk(X.astype(np.float32)), y, warns=ROUNDED)
    if sys.platform != "win32":         # where a sparse file would take its full size
        yield "offsets past 2^31", Case(beyond_two_to_31(np.float64), y)
        yield "offsets past 2^31, float32", Case(beyond_two_to_31(np.float32), y, warns=ROUNDED)


@case
def dense_types():
    X, y = data()
    for dtype in ("int64", "int8", "uint8", "int32", "float16", "float32", "longdouble"):
        yield dtype, Case((X * 3 + (8 if dtype == "uint8" else 0)).astype(dtype), y,
                         warns=ROUNDED if dtype == "float32" else "")
    yield "bool", Case(X > 0, y)
    yield "float32 X and y", Case(
        X.astype("f4"), y.astype("f4"), warns=ROUNDED, clean={"y": y.astype("f4").astype(float)})
    yield "int y", Case(X, (y * 3).astype(int))
    yield "bool y", Case(X, y > 1, clean={"y": (y > 1).astype(float)})
    yield "float16 y", Case(X, y.astype("f2"), clean={"y": y.astype("f2").astype(float)})
    yield "list", Case(X.tolist(), y.tolist())
    yield "object of numbers", Case(X.astype(object), y.astype(object), clean={"y": y})
    yield "pandas", Case(pd.DataFrame(X, columns=list("abcdefgh")), pd.Series(y, index=np.arange(30)[::-1]))
    yield "pandas, mixed types", Case(
        pd.DataFrame(X, columns=list("abcdefgh")).assign(k=np.arange(30), l=X[:, 0] > 0), y)
    yield "pandas Int64", Case(pd.DataFrame((X * 3).astype(int)).astype("Int64"), y, clean={"X": (X * 3).astype(int)})
    yield "polars", Case(pl.DataFrame(X), pl.Series(y), clean={"X": X, "y": y})
    yield "y of shape (n, 1)", Case(X, y[:, None], clean={"y": y})
    yield "y as a data frame", Case(X, pd.DataFrame({"y": y}), clean={"y": y})
    yield "complex X", Case(X + 1j, y, refuse="(?i)complex")
    yield "complex y", Case(X, y + 1j, refuse="(?i)complex")
    yield "complex X without imaginary part", Case(X + 0j, y, refuse="(?i)complex")
    yield "strings", Case(X.astype(str).astype(object) + "a", y, refuse="(?i)could not convert|dtype|string")
    yield "strings in y", Case(X, np.array(["a"] * 30), refuse="(?i)could not convert|y has dtype|unable to convert")
    yield "no y", Case(X, None, refuse="(?i)y cannot be None|requires y|y has|y is")
    yield "ragged list", Case([[1.0, 2.0], [3.0]], [1.0, 2.0], refuse="(?i)inhomogeneous|shape")
    yield "1-d X", Case(X[:, 0], y, refuse="(?i)1D|2D|2-d")
    yield "3-d X", Case(X[:, :, None], y, refuse="(?i)dim 3|2-d|<= 2")
    yield "pandas NA", Case(pd.DataFrame(X).astype("Float64").mask(X > 2), y, refuse="NaN")
    yield "datetime y", Case(X, np.arange(30).astype("M8[D]"), refuse="(?i)y has dtype|datetime")
    yield "y of shape (n, 2)", Case(X, np.column_stack([y, y]), refuse="y has shape", routes=("fit_path",))
    yield "y too short", Case(X, y[:-1], refuse="(?i)y has inconsistent|inconsistent numbers")
    yield "scalar y", Case(X, 1.0, refuse="(?i)y has shape|y should be|singleton|scalar")


@case
def degenerate_data():
    X, y = data()
    raw = {"fit_intercept": False}
    yield "zero column", Case(at(X, (slice(None), 2), 0.0), y)
    yield "constant column", Case(at(X, (slice(None), 2), 0.1), y)
    yield "constant column, standardized", Case(at(X, (slice(None), 2), 0.1), y, options={"standardize": True})
    yield "constant column, no intercept", Case(at(X, (slice(None), 2), 0.1), y, options=raw)
    yield "constant column of 1e8, unpenalised", Case(
        at(X, (slice(None), 2), 1e8 / 3), y, options={"penalty_factor": at(np.ones(8), 2, 0.0)})
    yield "duplicate columns", Case(np.hstack([X, X]), y)
    yield "duplicate columns, alpha 0", Case(np.hstack([X, X]), y, alpha=0.0)
    yield "duplicate columns, unpenalised", Case(
        np.hstack([X, X[:, :1]]), y, options={"penalty_factor": np.r_[0.0, np.ones(7), 0.0]})
    yield "sum of columns", Case(np.column_stack([X, X.sum(1)]), y)
    yield "constant y", Case(X, np.full(30, 0.1))
    yield "constant y, no intercept", Case(X, np.full(30, 0.1), alpha=0.01, options=raw)
    yield "y = 0", Case(X, np.zeros(30))
    yield "y = 0, no intercept", Case(X, np.zeros(30), options=raw)
    yield "X = 0", Case(np.zeros((30, 8)), y)
    yield "n = 1", Case(X[:1], y[:1])
    yield "n = 1, no intercept", Case(X[:1], y[:1], options=raw)
    yield "n = 2", Case(X[:2], y[:2])
    yield "p = 1", Case(X[:, :1], y)
    yield "n = p = 1", Case(X[:1, :1], y[:1], options=raw)
    yield "n = 0", Case(X[:0], y[:0], refuse="0 sample")
    yield "p = 0", Case(X[:, :0], y, refuse="0 feature")
    yield "n = 0, sparse", Case(sp.csc_array((0, 8)), y[:0], refuse="0 sample")
    yield "p = 0, sparse", Case(sp.csc_array((30, 0)), y, refuse="0 feature")


@case
def values():
    X, y = data()
    for value in (np.nan, np.inf, -np.inf):
        word = "NaN" if np.isnan(value) else "(?i)inf"
        yield f"{value} in X", Case(at(X, (3, 4), value), y, refuse=word)
        yield f"{value} in sparse X", Case(sp.csc_array(at(X, (3, 4), value)), y, refuse=word)
        yield f"{value} in y", Case(X, at(y, 5, value), refuse=word)
        yield f"{value} in sample_weight", Case(X, y, options={"sample_weight": at(np.ones(30), 5, value)}, refuse=word)
        yield f"{value} in offset", Case(
            X, y, options={"offset": at(np.ones(30), 5, value)}, refuse="offset.*" + word.removeprefix("(?i)"),
            routes=("fit_path",))
    yield "NaN in float32 X", Case(at(X, (3, 4), np.nan).astype("f4"), y, refuse="NaN")
    yield "NaN in a row of weight 0", Case(
        at(X, (3, 4), np.nan), y, options={"sample_weight": at(np.ones(30), 3, 0.0)}, refuse="NaN")
    for size in (1e100, 1e-100):
        scaled, factor = at(X, (slice(None), 2), X[:, 2] * size), at(np.ones(8), 2, 1 / size)
        yield f"column of size {size:g}", Case(
            scaled, y, warns=TINY if size > 1 else "", clean={"X": X, "options": {"penalty_factor": factor}},
            back=lambda coef, intercept, size=size: (at(coef, 2, coef[2] * size), intercept))
        yield f"y of size {size:g}", Case(
            X, size * y, alpha=0.1 * size, clean={"y": y, "alpha": 0.1},
            back=lambda coef, intercept, size=size: (coef / size, intercept / size))
    yield "float32 column of size 1e30", Case(
        at(X, (slice(None), 2), X[:, 2] * 2.0**100).astype("f4"), y, warns=TINY,
        clean={"X": X.astype("f4"), "options": {"penalty_factor": at(np.ones(8), 2, 2.0**-100)}},
        back=lambda coef, intercept: (at(coef.astype(float), 2, coef[2] * 2.0**100), intercept))


def scaled(X, y, columns=0, target=0, alpha=0.1, options=None, make=np.asfortranarray, warns=""):
    """X and y times powers of two, with the original problem for the oracle; denormal numbers are rounded in both."""
    large, far = np.ldexp(X, columns), np.ldexp(y, target)
    X, y = np.ldexp(large, -np.asarray(columns)), np.ldexp(far, -target)
    unit = int(np.max(columns))
    strength, options = float(np.ldexp(alpha, target + unit)), options or {}
    factor = np.ldexp(1.0, np.clip(unit - np.broadcast_to(columns, X.shape[1]), -1000, 1000))
    bounds = {k: tuple(np.ldexp(bound, target - unit) for bound in v) for k, v in options.items() if k == "bounds"}
    return Case(
        make(large), far, alpha=strength, options={**options, **bounds}, warns=warns,
        clean={"X": X, "y": y, "alpha": float(np.ldexp(strength, -target - unit)),
               "options": {"penalty_factor": factor, **options}},
        back=lambda coef, intercept: (np.ldexp(coef, columns - np.asarray(target)), np.ldexp(intercept, -target)))


SIZES = {"1e160": 532, "1e200": 664, "1e-170": -565, "1e-308": -1023, "1e-310": -1030}


@case
def sizes():
    """Numbers whose squares over- or underflow."""
    X, y = data()
    others, weights = np.arange(8) == 2, np.random.default_rng(3).uniform(0, 2, 30)
    for name, exponent in SIZES.items():
        one, tiny = np.where(others, exponent, 0), TINY if exponent < 0 else ""
        yield f"column of size {name}", column_of_size(X, y, one, np.asfortranarray)
        yield f"column of size {name}, C order", column_of_size(X, y, one, np.ascontiguousarray)
        yield f"sparse column of size {name}", column_of_size(X, y, one, sp.csc_array)
        yield f"all other columns of size {name}", scaled(X, y, exponent - one, min(0, -980 - exponent), warns=tiny)
        yield f"X of size {name}", scaled(X, y, exponent, min(0, exponent + 1010), warns=tiny)
        yield f"y of size {name}", scaled(X, y, target=exponent)
        yield f"y of size {name}, weighted", scaled(
            X, y, target=exponent, options={"sample_weight": weights, "fit_intercept": False})
    yield "X of size 1e200 and y of size 1e-90", scaled(X, y, 664, -300)
    yield "X of size 1e-170 and y of size 1e100", scaled(X, y, -565, 332)
    yield "X of size 1e200, bounds", scaled(X, y, 664, options={"bounds": (-0.3, 0.2)})
    yield "y of size 1e160, bounds", scaled(X, y, 0, 532, options={"bounds": (-0.3, 0.2)})
    yield "X of size 1e200, alpha 0", scaled(X, y, 664, alpha=0.0)
    yield "y of size 1e160, elastic net", one_route(scaled(X, y, 0, 532, options={"l1_ratio": 1.0}))
    yield "X of size 1e200, memory map", scaled(X, y, 664, make=on_disk)
    yield "X of size 1e200 and y of size 1e160", Case(
        np.ldexp(X, 664), np.ldexp(y, 532), alpha=0.0, clean={"X": X, "y": y},
        back=lambda coef, intercept: (np.ldexp(coef, 132), np.ldexp(intercept, -532)))
    for sign, (large, far) in (("+", (-565, 532)), ("-", (664, -565))):
        yield f"coefficients of 1e{sign}3..", Case(
            np.ldexp(X, large), np.ldexp(y, far), alpha=0.0,
            refuse=rf"coefficient of column \d of X is about 1e\{sign}3\d\d.*rescale the column or y")


def column_of_size(X, y, exponents, make):
    """One column scaled, at an alpha that suits the others."""
    case = scaled(X, y, exponents, make=make, warns=TINY if exponents.max() > 0 else "")
    unit, options = int(exponents.max()), dict(case.clean["options"])
    options["penalty_factor"] = np.ldexp(options["penalty_factor"], -unit)
    return replace(case, alpha=0.1, clean={**case.clean, "alpha": 0.1, "options": options})


def one_route(case):
    return replace(case, routes=("fit_path",))


@case
def shifts():
    X, y = data()
    weight = np.random.default_rng(1).uniform(0, 2, 30)
    far, up = X + 1e8, y + 1e12         # far - 1e8 is exact

    def back(coef, intercept):
        return coef, intercept + 1e8 * coef.sum()

    for name, options in (("", {}), (", weighted", {"sample_weight": weight}),
                          (", standardized", {"standardize": True}),
                          (", unpenalised", {"penalty_factor": np.r_[0.0, 0.0, np.ones(6)]})):
        clean = {"X": far - 1e8}
        yield f"X + 1e8{name}", Case(far, y, options=options, clean=clean, back=back)
        yield f"sparse X + 1e8{name}", Case(sp.csc_array(far), y, options=options, clean=clean, back=back)
    yield "C order X + 1e8", Case(np.ascontiguousarray(far), y, clean={"X": far - 1e8}, back=back)
    yield "X + 1e8, alpha 0", Case(far, y, alpha=0.0, clean={"X": far - 1e8}, back=back)
    yield "float32 X * 100 + 1e5", Case((100 * X + 1e5).astype("f4"), y, warns=ROUNDED)
    yield "one column + 1e8", Case(at(X, (slice(None), 2), far[:, 2]), y, clean={
        "X": at(X, (slice(None), 2), far[:, 2] - 1e8)}, back=lambda coef, b: (coef, b + 1e8 * coef[2]))
    yield "y + 1e12", Case(X, up, clean={"y": up - 1e12}, back=lambda coef, b: (coef, b - 1e12))
    yield "offset of 1e12", Case(X, up, options={"offset": np.full(30, 1e12)}, routes=("fit_path",),
                                 clean={"y": up - 1e12, "options": {}})


@case
def sparse():
    X, y = data(density=0.4)
    csc, csr = sp.csc_array(X), sp.csr_array(X)
    for name in ("csc", "csr", "coo", "bsr", "dok", "lil", "dia"):
        yield f"{name}_array", Case(getattr(sp, f"{name}_array")(X), y)
        yield f"{name}_matrix", Case(getattr(sp, f"{name}_matrix")(X), y)
    for name, A in (("CSC", csc), ("CSR", csr)):
        yield f"{name}, int64 indices", Case(with_indices(A.copy(), np.int64), y)
        yield f"{name}, mixed indices", Case(with_indices(A.copy(), np.int32, np.int64), y)
        yield f"{name}, unsorted", Case(unsorted(A), y)
        yield f"{name}, duplicates", Case(duplicated(A), y)
        yield f"{name}, duplicates flagged canonical", Case(duplicated(A, flag=True), y)
        yield f"{name}, explicit zeros", Case(with_zeros(A), y)
        yield f"{name}, read-only", Case(frozen_sparse(A.copy()), y)
        yield f"{name}, read-only duplicates", Case(frozen_sparse(duplicated(A)), y)
        yield f"{name}, spare capacity", Case(with_spare(A), y)
        yield f"{name}, index out of range", Case(with_index(A, 10**6), y, refuse="(?i)ind(ex|ices)")
        yield f"{name}, negative index", Case(with_index(A, -1), y, refuse="(?i)ind(ex|ices)")
        yield f"{name}, pointers that fall", Case(with_bad_pointers(A), y, refuse="(?i)indptr|pointer|index")
    for dtype in ("int64", "int8", "bool", "float32", "longdouble"):
        yield f"sparse {dtype}", Case((3 * csc).astype(dtype), y, warns=ROUNDED if dtype == "float32" else "")
    yield "sparse byte-swapped", Case(swapped(csc), y)
    yield "sparse without entries", Case(sp.csc_array((30, 8)), y)
    yield "COO, index out of range", Case(coo_with_index(X, 30), y, refuse="(?i)indices")
    yield "COO, negative index", Case(coo_with_index(X, -1), y, refuse="(?i)indices")
    yield "BSR, index out of range", Case(with_index(sp.bsr_array(X, blocksize=(2, 2)), 4), y, refuse="(?i)indices")
    yield "COO with duplicates", Case(duplicated_coo(X), y)
    yield "sparse complex", Case(csc + 1j * csc, y, refuse="(?i)complex")
    yield "sparse n = 1", Case(sp.csc_array(X[:1]), y[:1])
    yield "sparse constant column", Case(sp.csc_array(at(X, (slice(None), 2), 0.1)), y)
    yield "sparse 1-d", Case(sp.coo_array(X[:, 0]), y, refuse="(?i)1D|2-d|dim")


def with_indices(A, dtype, pointers=None):
    A.indices, A.indptr = A.indices.astype(dtype), A.indptr.astype(pointers or dtype)
    return A


def unsorted(A):
    order = np.concatenate([np.arange(a, b)[::-1] for a, b in zip(A.indptr[:-1], A.indptr[1:], strict=True)])
    return type(A)((A.data[order], A.indices[order], A.indptr), shape=A.shape)


def duplicated(A, flag=False):
    """Every entry in two parts"""
    parts = np.repeat(A.data, 2) * np.tile([0.25, 0.75], A.nnz)
    B = type(A)((parts, np.repeat(A.indices, 2), 2 * A.indptr), shape=A.shape)
    if flag:
        B.has_sorted_indices = B.has_canonical_format = True
    return B


def duplicated_coo(X):
    A = sp.coo_array(X)
    return sp.coo_array((np.tile(A.data / 2, 2), (np.tile(A.row, 2), np.tile(A.col, 2))), shape=X.shape)


def coo_with_index(X, index):
    A = sp.coo_array(X)
    A.row[3] = index
    return A


def with_zeros(A):
    A = A.copy()
    A.data[::3] = 0.0
    return A


def with_spare(A):
    """Buffers longer than the entries, with garbage at the end"""
    return type(A)((np.append(A.data, [np.nan, 1e300]), np.append(A.indices, [0, 10**6]), A.indptr), shape=A.shape)


def with_index(A, index):
    A = A.copy()
    A.indices[3] = index
    return A


def with_bad_pointers(A):
    A = A.copy()
    A.indptr[3] = A.indptr[1]
    A.indptr[2] = A.indptr[4]
    return A


def frozen_sparse(A):
    for buffer in (A.data, A.indices, A.indptr):
        buffer.flags.writeable = False
    return A


def swapped(A):
    A = A.copy()
    A.data = A.data.astype(">f8")
    return A


@case
def weights_bounds_factors_alphas():
    X, y = data()
    weight = np.random.default_rng(2).uniform(0, 2, 30)
    for name, value, options in (
            ("some zero", at(weight, slice(0, 12), 0.0), {}), ("one positive", at(np.zeros(30), 4, 1.0), {}),
            ("1e300", 1e300 * weight, {"sample_weight": weight}),
            ("1e-300", 1e-300 * weight, {"sample_weight": weight}),
            ("from 1e-300 to 1", at(weight, slice(0, 12), 1e-300), {}), ("integers", np.arange(30), {}),
            ("from 1e-20 to 1e20", weight * np.repeat([1e-20, 1.0, 1e20], 10), {}),
            ("a number", 2.5, {"sample_weight": np.ones(30)})):
        yield f"weights {name}", Case(
            X, y, options={"sample_weight": value}, clean={"options": options or {"sample_weight": value}})
    for name, value in (("negative", at(weight, 3, -1e-300)), ("all zero", np.zeros(30)), ("too short", weight[:-1]),
                        ("2-d", np.ones((30, 2))), ("complex", weight + 1j), ("strings", ["a"] * 30)):
        yield f"weights {name}", Case(X, y, options={"sample_weight": value}, refuse="(?i)sample_weight")
    yield "offset of wrong length", Case(X, y, options={"offset": y[:-1]}, refuse="offset", routes=("fit_path",))
    for name, value in (("of zeros", (0, 0)), ("of negative zeros", (-0.0, -0.0)), ("infinite", (-np.inf, np.inf)),
                        ("tiny", (-1e-300, 1e-300)), ("huge", (-1e300, 1e300)), ("as lists", ([-0.1] * 8, [0.2] * 8))):
        yield f"bounds {name}", Case(X, y, options={"bounds": value}, warns=TINY if name == "huge" else "")
    for name, value in (("above 0", (0.1, 1)), ("below 0", (-1, -0.1)), ("crossing", (1, -1)), ("of NaN", (np.nan, 1)),
                        ("too short", (np.zeros(7), np.ones(7))), ("not a pair", (0, 1, 2)), ("a number", 1.0),
                        ("strings", ("a", "b")), ("complex", (-1, 1j))):
        yield f"bounds {name}", Case(X, y, options={"bounds": value}, refuse="bounds")
    for name, value in (("all zero", np.zeros(8)), ("all infinite", np.full(8, np.inf)), ("tiny", np.full(8, 1e-300)),
                        ("huge", np.full(8, 1e300)), ("integers", np.arange(8)), ("list", [0.0, 1.0] * 4)):
        yield f"factors {name}", Case(X, y, options={"penalty_factor": value}, warns=TINY if name == "tiny" else "")
    for name, value in (("negative", at(np.ones(8), 3, -1.0)), ("NaN", at(np.ones(8), 3, np.nan)),
                        ("too short", np.ones(7)), ("2-d", np.ones((8, 1))), ("strings", ["a"] * 8),
                        ("complex", np.ones(8) + 1j)):
        yield f"factors {name}", Case(X, y, options={"penalty_factor": value}, refuse="penalty_factor")
    for alpha in (0.0, 1e-300, 1e-12, 1e300, 1):
        yield f"alpha {alpha}", Case(X, y, alpha=alpha, warns=TINY if 0 < alpha < 1e-10 else "")
    yield "alpha 0, wide", Case(X[:5], y[:5], alpha=0.0)
    for alpha in (-1e-300, -1.0, np.nan, np.inf, "0.1", None, 1j):
        yield f"alpha {alpha}", Case(X, y, alpha=alpha, refuse="alpha")


CASES = {name: case for build in BUILDERS for name, case in build()}

# Each kind of input once, as compared with other libraries (scikit-learn and celer fit 45 of these, glum 43).
BASIC = (
    "C order", "F order", "every other row", "negative strides", "byte-swapped", "int64", "bool", "float16", "float32",
    "pandas, mixed types", "read-only", "memory map", "zero column", "constant column", "duplicate columns",
    "constant y", "y = 0", "X = 0", "n = 1", "p = 1", "column of size 1e160", "column of size 1e200",
    "column of size 1e-170", "column of size 1e-310", "X + 1e8", "y + 1e12", "csc_array", "csr_array", "coo_array",
    "csc_matrix", "csr_matrix", "CSC, int64 indices", "CSR, int64 indices", "CSC, unsorted", "CSC, duplicates",
    "CSC, explicit zeros", "CSC, read-only", "sparse without entries", "alpha 0.0", "alpha 1e+300", "object of numbers",
    "list", "pandas", "polars", "y of shape (n, 1)", "weights some zero", "weights 1e300", "factors all zero",
    # to be refused
    "n = 0", "p = 0", "nan in X", "inf in X", "nan in y", "complex X", "alpha -1.0", "y too short", "bounds crossing",
    "factors negative")


def contents(value):
    """Everything that a fit must not change, bit for bit: numbers, types, layout."""
    if sp.issparse(value):
        names = ("data", "indices", "indptr", "row", "col", "offsets", "rows")
        return type(value), value.shape, [contents(getattr(value, name)) for name in names if hasattr(value, name)]
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.strides, value.flags.writeable, value.tolist() if value.dtype == object \
            else value.tobytes()
    if isinstance(value, pd.DataFrame):
        return [contents(value[name]) for name in value]
    if isinstance(value, (pd.Series, pl.DataFrame, pl.Series)):
        kind = value.dtype if hasattr(value, "dtype") else value.schema
        return type(value), repr(kind), repr(value.to_numpy().tolist())
    if isinstance(value, (tuple, list)):
        return [contents(part) for part in value]
    return repr(value)


def fit(route, case):
    """(coef, intercept) by one route"""
    if route == "fit_path":
        path = fit_path(case.X, case.y, alphas=[case.alpha], tol=TOL, max_iter=100_000, **case.options)
        return path.coefs[:, 0], path.intercepts[0]
    options = {k: v for k, v in case.options.items() if k != "sample_weight"}
    model = Lasso(alpha=case.alpha, tol=TOL, max_iter=100_000, precompute=route == "Gram", **options)
    model.fit(case.X, case.y, sample_weight=case.options.get("sample_weight"))
    return np.ravel(model.coef_), float(np.ravel(model.intercept_)[0])


def suboptimality(case, coef, intercept):
    """(objective above the oracle's minimum) / P(0); 0 / 0 is 0"""
    X, y = dense(case.clean.get("X", case.X)), np.asarray(case.clean.get("y", case.y), dtype=float)
    alpha, options = case.clean.get("alpha", case.alpha), case.clean.get("options", case.options)
    problem = plain(X, y, alpha, **options)
    coef, intercept = case.back(np.asarray(coef, dtype=float), float(intercept))
    excess = objective(X, y, coef, intercept, alpha, **options) - problem.primal(problem.solve(20_000))
    p_zero = problem.z @ problem.z / 2
    floor = 1e-30 * y @ y       # rounding of a mean
    return 0.0 if abs(excess) <= floor else excess / p_zero if p_zero > 0 else np.inf


def outcome_of(case, route):
    """Return "fitted" or "refused"; an assertion fails where the input is changed or the answer wrong."""
    before = contents((case.X, case.y, list(case.options.values())))
    if case.refuse:
        with pytest.raises((ValueError, TypeError), match=case.refuse):
            fit(route, case)
    else:
        with warnings.catch_warnings():
            if case.warns:
                warnings.simplefilter("ignore", ConvergenceWarning)
            found = fit(route, case)
        excess = suboptimality(case, *found)
        assert excess <= RTOL, f"objective is {excess:.2e} P(0) above the minimum"
    assert contents((case.X, case.y, list(case.options.values()))) == before
    return "refused" if case.refuse else "fitted"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("route", ["fit_path", "Lasso", "Gram"])
def test_adverse(name, route):
    case = CASES[name]
    if route not in case.routes or (route == "Gram" and (case.refuse or sp.issparse(case.X) or case.alpha == 0)):
        return                  # not an option of this route, or the same code as "Lasso"
    assert outcome_of(case, route) in ("fitted", "refused")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("route", ["fit_path", "Lasso"])
def test_basic_cases_are_fitted_or_refused(route):
    """Of the 58 basic cases 48 are fitted, by every route, and no more than 10 refused."""
    assert len(BASIC) == len(set(BASIC)) == 58
    outcomes = [outcome_of(CASES[name], route) for name in BASIC]
    assert (outcomes.count("fitted"), outcomes.count("refused")) == (48, 10)


# Around a fit

def assert_same_path(path, other):
    for name in ("alphas", "intercepts", "dual_gaps", "n_iter", "converged", "r2", "coefs"):
        np.testing.assert_array_equal(getattr(path, name), getattr(other, name))
    assert (path.gap_tol, path.l1_ratio, path.stopped) == (other.gap_tol, other.l1_ratio, other.stopped)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_a_path(duplicate):
    X, y = data()
    path = fit_path(sp.csr_array(X), y, alphas=5)
    assert_same_path(duplicate(path), path)
    np.testing.assert_array_equal(duplicate(path).predict(X), path.predict(X))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("model", [Lasso(0.1, bounds=(-1, 1)), ElasticNet(0.1, penalty_factor=np.arange(8.0))])
def test_copies_of_an_estimator(model, duplicate):
    X, y = data()
    blank = clone(model)
    assert not hasattr(blank, "coef_") and repr(blank.get_params()) == repr(model.get_params())
    fitted = blank.fit(X, y)
    for other in (duplicate(fitted), clone(fitted).fit(X, y)):
        np.testing.assert_array_equal(other.coef_, fitted.coef_)
        np.testing.assert_array_equal(other.predict(X), fitted.predict(X))
        assert other.dual_gap_ == fitted.dual_gap_


FORKED = """
import os
import numpy as np
from lassocore import fit_path

rng = np.random.default_rng(0)
X, y = np.asfortranarray(rng.standard_normal((200, 300))), rng.standard_normal(200)
before = fit_path(X, y, alphas=20)
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        same = (fit_path(X, y, alphas=20).coefs == before.coefs).all()
        os._exit(0 if same else 3)
    children.append(child)
assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
assert (fit_path(X, y, alphas=20).coefs == before.coefs).all()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_fork_after_a_fit_can_fit():
    done = subprocess.run([sys.executable, "-P", "-c", FORKED], timeout=60, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_threads_do_not_disturb_each_other():
    problems = [
        (make(data(200, 100, 0.7, seed)[0]), data(200, 100, 0.7, seed)[1], selection)
        for seed in range(4) for make in (np.asfortranarray, sp.csc_array) for selection in ("cyclic", "random")]

    def solve(problem):
        X, y, selection = problem
        return fit_path(X, y, alphas=15, selection=selection, rng=3)

    alone = [solve(problem) for problem in problems]
    with ThreadPoolExecutor(8) as pool:
        for path, other in zip(alone * 3, pool.map(solve, problems * 3), strict=True):
            assert_same_path(path, other)


def test_threads_may_share_everything():
    X, y = data(200, 100)
    alone = fit_path(X, y, alphas=15)
    with ThreadPoolExecutor(8) as pool:
        for path in pool.map(lambda _: fit_path(X, y, alphas=15), range(24)):
            assert_same_path(alone, path)


@pytest.mark.parametrize("make", [np.asfortranarray, np.ascontiguousarray, sp.csc_array, sp.csr_array])
def test_repeated_fits_do_not_grow(make):
    X, y = data(100, 50)
    X, size = make(X), X.nbytes

    def run(n_fits):
        for k in range(n_fits):
            fit_path(X, y, alphas=5, selection="shuffled", rng=k, penalty_factor=np.arange(50) % 3, bounds=(-1, 1))
            Lasso(0.1, precompute=True).fit(X, y)
            with pytest.raises(ValueError, match="length"):
                fit_path(X, y[:-1])
        gc.collect()

    run(5)
    held = sys.getrefcount(X), sys.getrefcount(y)
    tracemalloc.start()
    run(3)
    before = tracemalloc.get_traced_memory()[0]
    run(30)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < size and (sys.getrefcount(X), sys.getrefcount(y)) == held


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_columns_are_not_copied(dtype, index):
    X = with_indices(sp.random_array((5000, 50), density=0.9, format="csc", random_state=0, dtype=dtype), index)
    y = np.arange(5000.0)
    frozen_sparse(X)
    size = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
    fit_path(X, y, alphas=3)
    tracemalloc.start()
    fit_path(X, y, alphas=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.3 * size


@pytest.mark.skipif(sys.platform == "win32", reason="a file of holes would take its full size")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_entries_past_2_to_31(monkeypatch, dtype):
    """More than 2^31 stored entries, of which only those of the last columns are read; SciPy would read the others."""
    X, y = data(30, 8, density=0.6)
    X = X.astype(dtype)
    small, start = with_indices(sp.csc_array(X), np.int64), 2**31 + 1000
    arrays = []
    for name, values in (("data", small.data), ("indices", small.indices)):
        path = Path(DIRECTORY.name) / f"{name}-{dtype.__name__}"
        whole = np.memmap(path, values.dtype, "w+", shape=start + small.nnz)
        whole[start:] = values
        arrays.append(np.asarray(whole))
    design = SimpleNamespace(
        shape=X.shape, dtype=X.dtype, data=arrays[0], indices=arrays[1], indptr=start + small.indptr)
    expected = fit_path(small, y, alphas=4)
    monkeypatch.setattr("lassocore.problems.problem.as_canonical", lambda X, columns_contiguous: design)
    path = fit_path("ignored", y, alphas=4)
    np.testing.assert_allclose(path.coefs, expected.coefs, atol=1e-6)
    assert path.n_nonzero[-1] > 0 and path.converged.all()
