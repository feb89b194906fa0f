# Lives here: what is fuzzed, and what must hold of any bytes. Independent of: who makes the bytes.
"""Functions of bytes: files are read, or bytes are turned into the arguments of a fit.

Whatever the bytes, a function raises one of the documented errors with a short message, or its result is sound.
Anything else, another error or a crash, is a finding.
"""
from __future__ import annotations

import struct
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from lassocore import Lasso, LassoSolver, duality_gap, fit_gram_path, fit_many, fit_path, load, prepare
from lassocore.tables.read_table import read_training

FOLDER = tempfile.TemporaryDirectory()
MAX_LINE = 2000                     # characters of an error message
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


def fits(data: bytes) -> None:
    """Fits of any X, y and options; a result is finite and its gap at least 0."""
    source = Source(data)
    n, p = source.integer(0, 9), source.integer(0, 8)
    X = (dense if source.integer(0, 1) else sparse)(source, n, p)
    y = source.numbers(n)
    options = {}
    for name, value in (
            ("sample_weight", lambda: source.numbers(n)), ("penalty_factor", lambda: abs(source.numbers(p))),
            ("bounds", lambda: (-abs(source.number()), abs(source.number()))), ("standardize", lambda: True),
            ("fit_intercept", lambda: False), ("l1_ratio", lambda: source.choice([0.0, 0.5, 1.0, source.number()]))):
        if source.integer(0, 3) == 0:
            options[name] = value()
    alpha, entry = abs(source.number()), source.integer(0, 6)
    common = {"tol": source.choice([1e-4, 1e-10, 0.0]), "max_iter": 200}
    if entry == 0:
        solver = source.choice(["auto", "cd", "gram", "working_set"])
        path = fit_path(X, y, alphas=source.integer(1, 5), solver=solver, **options, **common)
        check(path.coefs, path.dual_gaps)
    elif entry == 1:
        path = fit_path(prepare(X), y, alphas=[alpha], **options, **common)
        check(path.coefs, path.dual_gaps)
    elif entry == 2:
        solution = LassoSolver(X, **options, **common).solve(y, alpha)
        check(solution.coef, solution.dual_gap)
    elif entry == 3:
        many = fit_many(X, source.numbers(n, 2), alphas=[alpha], **options, **common)
        check(many.coefs, many.dual_gaps)
    elif entry == 4:
        check(source.numbers(0), duality_gap(X, y, source.numbers(p), alpha=alpha, **options))
    elif entry == 5:
        path = fit_gram_path(source.numbers(p, p), source.numbers(p), sq_target=abs(source.number()),
                             n_samples=max(n, 1), alphas=[alpha], max_iter=200)
        check(path.coefs, path.dual_gaps)
    else:
        model = Lasso(alpha, max_iter=200).fit(X, y)
        check(model.coef_, model.dual_gap_)


def check(coefs, gaps) -> None:
    """Coefficients are finite, gaps are at least 0 and not NaN."""
    assert np.isfinite(coefs).all(), "a coefficient is not finite"
    assert (np.asarray(gaps) >= 0.0).all(), "a gap is negative or NaN"


def reader(suffix: str, read: Callable) -> Callable[[bytes], None]:
    """A function that reads the bytes as a file of this kind."""
    path = Path(FOLDER.name) / f"file{suffix}"

    def read_bytes(data: bytes) -> None:
        path.write_bytes(data)
        read(path)
    return read_bytes


def training(path: Path) -> None:
    """Read a table to fit; what is read is finite."""
    table = read_training(path, None if path.suffix == ".svm" else "y", None)
    X = table.X.data if sp.issparse(table.X) else table.X
    assert np.isfinite(np.asarray(X, dtype=float)).all()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "fits": fits, "model": reader(".json", load), "csv": reader(".csv", training), "npz": reader(".npz", training),
    "svmlight": reader(".svm", training)}


def seeds() -> dict[str, list[bytes]]:
    """Files that are sound, from which others are made."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    folder = Path(FOLDER.name)
    Lasso(0.1).fit(X, y).save(folder / "m.json", X, y)
    fit_path(X, y, alphas=4).save(folder / "p.json", alpha=0.01)
    np.savez(folder / "a.npz", X=X, y=y)
    np.savez_compressed(folder / "b.npz", X=X, y=y, feature_names=np.array(["a", "b", "c"]))
    sp.save_npz(folder / "c.npz", sp.csr_array(X))
    return {
        "fits": [rng.bytes(400) for _ in range(20)], "model": [(folder / f"{k}.json").read_bytes() for k in "mp"],
        "csv": [b"a,b,y\n1,x,2\n3,y,4\n5,x,6\n", b"a;y\n1,5;2\n", b'"a, b",y\n"1 \xc3\xa4",2\n,3\n'],
        "npz": [(folder / f"{k}.npz").read_bytes() for k in "abc"],
        "svmlight": [b"1 1:0.5 3:2\n-1 2:1\n", b"1.5 qid:1 1:1 # c\n"]}


def outcome(target: str, data: bytes) -> str:
    """"result" or "refused"; anything else is raised."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            TARGETS[target](data)
        except (ValueError, TypeError) as error:
            message = str(error)
            assert message and len(message) <= MAX_LINE, f"a message of {len(message)} characters"
            return "refused"
        except MemoryError:
            return "refused"
    return "result"
