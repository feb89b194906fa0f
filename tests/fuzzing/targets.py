# Lives here: what is fuzzed, and what must hold of any bytes. Independent of: who makes the bytes.
"""Functions of bytes: files are read, or bytes are turned into the arguments of a fit.

Whatever the bytes, a function raises one of the documented errors with a short message, or its result is sound.
Anything else, another error or a crash, is a finding.
"""
from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from fuzzing.entries import blocks, c_api, fits, sizes

from lassocore import Lasso, fit_path, load
from lassocore.tables.read_table import read_training

FOLDER = tempfile.TemporaryDirectory()
MAX_LINE = 2000                     # characters of an error message


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
    "fits": fits, "sizes": sizes, "blocks": blocks, "c_api": c_api, "model": reader(".json", load),
    "csv": reader(".csv", training), "npz": reader(".npz", training), "svmlight": reader(".svm", training)}


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
        **{name: [rng.bytes(400) for _ in range(20)] for name in ("fits", "sizes", "blocks", "c_api")},
        "model": [(folder / f"{k}.json").read_bytes() for k in "mp"],
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
