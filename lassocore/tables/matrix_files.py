# Lives here: NPZ and svmlight files in. Independent of: columns of tables, fits, models, printing.
"""Matrix files, whose features are identified by position. All their metadata are validated before use.

An NPZ file is a zip archive of arrays, each with a header that states its shape and type. The memory that they need is
compared with the size of the file, and the parts of a sparse matrix with each other, before any array is created.
"""
from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, NamedTuple

import numpy as np

from lassocore.designs.sparse_checks import check_sparse

MAX_FEATURES = 2**27            # each needs several numbers in memory during a fit or prediction
FREE_LENGTH = 10_000_000        # rows or features allowed for a file of any size,
LENGTH_PER_BYTE = 1             # and further ones for each byte
FREE_BYTES = 2**28              # size of a decompressed array, for any file,
MAX_EXPANSION = 200             # or as a multiple of its compressed size
MAX_QUOTED = 200                # characters of errors of other libraries
REALS, INTEGERS, TEXTS = "fiub", "iu", "US"        # kinds of NumPy's dtypes
HEADER_READERS: dict[tuple[int, int], Callable[..., Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
SPARSE_PARTS = {
    "csr": ("indices", "indptr"), "csc": ("indices", "indptr"), "bsr": ("indices", "indptr"), "dia": ("offsets",),
    "coo": ("row", "col"), "coords": ("coords",)}


class MatrixFileError(ValueError):
    """A fault of a matrix file, phrased to follow its name."""


class MatrixFile(NamedTuple):
    """The content of a matrix file."""

    X: Any                                  # float64, finite: in Fortran order, or a sparse array that is checked
    feature_names: tuple[str, ...] | None
    vectors: dict[str, np.ndarray]          # the requested ones; "label" of svmlight files
    first_index: int | None = None          # of svmlight files: 0 or 1


def check_length(n: int, what: str, n_bytes: int) -> None:
    """Refuse more rows or features than a file of this size can hold."""
    limit = FREE_LENGTH + LENGTH_PER_BYTE * n_bytes
    if what == "features":
        limit = min(limit, MAX_FEATURES)
    if n > limit:
        raise MatrixFileError(f"has {n} {what}, and a file of {n_bytes} bytes may have {limit}; leave out those "
                              "without entries and renumber the others")


def _require_file(path: Path) -> None:
    """Refuse pipes and devices, which can be read only once or have no end."""
    if not path.is_file():
        raise MatrixFileError("is not a regular file; copy what it gives to one")


def _error_text(error: Exception) -> str:
    """The abbreviated message of another library's error, which may quote the file."""
    text = str(error) or type(error).__name__
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."


# --- NPZ -------------------------------------------------------------------------------------------------------------

def read_npz(path: Path, vectors: tuple[str, ...] = ()) -> MatrixFile:
    """X, its feature_names, and the named vectors, one number for each row; or a sparse matrix alone.

    Raises
    ------
    MatrixFileError
    """
    with _opened(path) as archive:
        if "format" in archive.members and "X" not in archive.members:
            if vectors:
                raise MatrixFileError(f"has no array {vectors[0]!r}; it has a sparse matrix only")
            return MatrixFile(_sparse_matrix(archive), None, {})
        X = _dense_matrix(archive)
        return MatrixFile(X, _feature_names(archive, X.shape[1]), {
            name: _vector(archive, name, X.shape[0]) for name in vectors})


class _Archive:
    """The arrays of an NPZ file."""

    def __init__(self, archive: zipfile.ZipFile, n_bytes: int):
        self.archive, self.n_bytes = archive, n_bytes
        infos = archive.infolist()
        self.members = {info.filename.removesuffix(".npy"): info for info in infos}
        if len(self.members) < len(infos):
            raise MatrixFileError("has an array twice under one name")
        if sum(info.compress_size for info in infos) > n_bytes:
            raise MatrixFileError("has arrays that overlap or are longer than the file")

    def require(self, name: str) -> None:
        if name not in self.members:
            raise MatrixFileError(f"has no array {name!r}; it has {', '.join(map(repr, self.members)) or 'none'}")

    def array(self, name: str, kinds: str) -> np.ndarray:
        """An array of one of these kinds of numbers or text, after a check of its size against the file's."""
        self.require(name)
        info = self.members[name]
        with self.archive.open(info) as stream:
            self._check_header(name, stream, info, kinds)
        with self.archive.open(info) as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)     # reading the last byte checks the CRC

    def _check_header(self, name: str, stream: IO[bytes], info: zipfile.ZipInfo, kinds: str) -> None:
        version = np.lib.format.read_magic(stream)
        if version not in HEADER_READERS:
            raise MatrixFileError(f"has {name!r} in version {version} of the array format; write it with numpy.savez")
        shape, _, dtype = HEADER_READERS[version](stream)
        if dtype.kind not in kinds or dtype.hasobject or dtype.subdtype is not None:
            raise MatrixFileError(f"has {name!r} with dtype {dtype}; it must hold "
                                  + ("text" if kinds == TEXTS else "real numbers" if kinds == REALS else "integers"))
        n_bytes = info.file_size - stream.tell()
        if min(shape, default=0) < 0 or prod(map(int, shape)) * dtype.itemsize != n_bytes:
            raise MatrixFileError(f"has {name!r} with shape {shape} and dtype {dtype}, which does not fit the "
                                  f"{n_bytes} bytes of its values")
        compressed = info.compress_size
        if info.compress_type == zipfile.ZIP_STORED and info.file_size != compressed:
            raise MatrixFileError(f"has {name!r} with two sizes, {info.file_size} and {compressed} bytes")
        if n_bytes > max(FREE_BYTES, MAX_EXPANSION * compressed):
            raise MatrixFileError(f"has {name!r}, which grows from {compressed} to {n_bytes} bytes; write it with "
                                  "numpy.savez, or a sparse matrix with scipy.sparse.save_npz")


@contextmanager
def _opened(path: Path) -> Iterator[_Archive]:
    """The archive; any error becomes a MatrixFileError."""
    _require_file(path)
    try:
        with open(path, "rb") as stream:
            if stream.read(6) == np.lib.format.MAGIC_PREFIX:
                raise MatrixFileError("holds a single array; write it with numpy.savez(path, X=..., y=...)")
        with zipfile.ZipFile(path) as archive:
            yield _Archive(archive, path.stat().st_size)
    except (MatrixFileError, MemoryError):
        raise
    except Exception as error:      # zipfile, zlib and NumPy raise many types
        raise MatrixFileError(f"cannot be read as NPZ: {_error_text(error)}") from error


def _dense_matrix(archive: _Archive) -> np.ndarray:
    X = archive.array("X", REALS)
    if X.ndim != 2:
        raise MatrixFileError(f"has 'X' of shape {X.shape}; store a matrix")
    check_length(X.shape[0], "rows", archive.n_bytes)
    check_length(X.shape[1], "features", archive.n_bytes)
    return np.asfortranarray(X, dtype=np.float64)


def _feature_names(archive: _Archive, n_features: int) -> tuple[str, ...] | None:
    if "feature_names" not in archive.members:
        return None
    names = archive.array("feature_names", TEXTS)
    if names.shape != (n_features,):
        raise MatrixFileError(f"has 'feature_names' of shape {names.shape}; X has {n_features} columns")
    texts = tuple(name.decode("utf-8") if isinstance(name, bytes) else name for name in names.tolist())
    "".join(texts).encode("utf-8")          # refuses lone surrogates, which JSON cannot hold
    if len(set(texts)) < len(texts):
        twice = next(name for name in texts if texts.count(name) > 1)
        raise MatrixFileError(f"has the feature {twice!r} twice; rename one")
    return texts


def _vector(archive: _Archive, name: str, n_rows: int) -> np.ndarray:
    values = archive.array(name, "fiu")
    if values.shape not in ((n_rows,), (n_rows, 1)):
        raise MatrixFileError(f"has {name!r} of shape {values.shape}; it must have one number for each of the {n_rows} "
                              "rows of X")
    return values.reshape(-1).astype(np.float64)


def _sparse_matrix(archive: _Archive) -> Any:
    """The matrix of scipy.sparse.save_npz."""
    from scipy import sparse

    kind = archive.array("format", TEXTS)
    name = kind.item() if kind.shape == () else ""
    name = name.decode("ascii") if isinstance(name, bytes) else name
    parts = SPARSE_PARTS.get("coords" if name == "coo" and "coords" in archive.members else name)
    if parts is None or name == "coords":
        raise MatrixFileError(f"has the unknown sparse format {name!r}; convert the matrix to CSR or CSC")
    size = archive.array("shape", INTEGERS)
    if size.shape != (2,):
        raise MatrixFileError(f"has a sparse matrix of shape {size.tolist()}; store one of two dimensions")
    n_rows, n_features = shape = tuple(size.tolist())
    check_length(n_rows, "rows", archive.n_bytes)
    check_length(n_features, "features", archive.n_bytes)
    data = archive.array("data", REALS).astype(np.float64)
    index_arrays: dict[str, Any] = {part: archive.array(part, INTEGERS) for part in parts}
    if name == "coo":
        index_arrays = {"coords": tuple(index_arrays["coords"] if "coords" in index_arrays else index_arrays.values())}
    check_sparse(SimpleNamespace(format=name, shape=shape, data=data, **index_arrays), "it")
    arrays = data, *([index_arrays["coords"]] if name == "coo" else
                     [part.astype(np.int64) for part in index_arrays.values()])
    return sparse.csc_array(getattr(sparse, f"{name}_array")(arrays, shape=shape))


# --- svmlight --------------------------------------------------------------------------------------------------------

def read_svmlight(path: Path, first_index: int | None, n_features: int | None) -> MatrixFile:
    """Rows as CSR and the labels.

    Without a given first index, features count from 1 unless an index 0 occurs. n_features are those of a model: a file
    with fewer gets empty columns, since trailing features need not occur in it.

    Raises
    ------
    MatrixFileError
    """
    from scipy.sparse import csr_array

    X, labels = _parsed(path)
    smallest = int(X.indices.min()) if X.nnz else None
    if first_index is None:
        first_index = int(smallest != 0)
    if smallest is not None and smallest < first_index:
        raise MatrixFileError(f"has a feature index {smallest}; the model's file counted features from {first_index}")
    n_found = int(X.indices.max()) + 1 - first_index if X.nnz else 0
    if n_features is None:
        _check_features(path, n_found, n_found - 1 + first_index)
    elif n_found > n_features:
        raise MatrixFileError(f"has {n_found} features; the model was fitted on {n_features}")
    shape = X.shape[0], n_found if n_features is None else n_features
    return MatrixFile(csr_array((X.data, X.indices - first_index, X.indptr), shape=shape), None, {"label": labels},
                      first_index)


def _parsed(path: Path) -> tuple[Any, np.ndarray]:
    """scikit-learn's result, or an error that names the first unreadable line."""
    from sklearn.datasets import load_svmlight_file

    _require_file(path)
    _refuse_underscores(path)
    try:
        X, labels = load_svmlight_file(str(path), zero_based=True)
    except (MemoryError, OSError):
        raise
    except Exception as error:
        raise MatrixFileError(f"cannot be read as svmlight: {_first_fault(path)}") from error
    return X, labels


def _check_features(path: Path, n_features: int, largest: int) -> None:
    """Refuse more features than the file can hold, naming the line with the largest index."""
    try:
        check_length(n_features, "features", path.stat().st_size)
    except MatrixFileError as error:
        with open(path, "rb") as stream:
            line = next((k for k, line in enumerate(stream, 1) if f" {largest}:".encode() in line), 0)
        raise MatrixFileError(f"{error} (feature index {largest} in line {line})") from None


def _refuse_underscores(path: Path) -> None:
    """Refuse numbers such as 1_000, which Python and scikit-learn accept but svmlight does not have."""
    with open(path, "rb") as stream:
        for k, line in enumerate(stream, 1):
            if b"_" in line.partition(b"#")[0]:
                raise MatrixFileError(f"cannot be read as svmlight: line {k} has an underscore; write plain numbers")


def _first_fault(path: Path) -> str:
    """The first unreadable line and the reason; lines are independent."""
    with open(path, "rb") as stream:
        lines = stream.readlines()
    first, last = 0, len(lines)
    while last - first > 1:
        middle = (first + last) // 2
        if _fault_of(lines[first:middle]):
            last = middle
        else:
            first = middle
    return f"line {first + 1}: {_fault_of(lines[first:last])}"


def _fault_of(lines: list[bytes]) -> str:
    from sklearn.datasets import load_svmlight_file

    try:
        load_svmlight_file(BytesIO(b"".join(lines)), zero_based=True)
    except MemoryError:
        raise
    except Exception as error:
        return _error_text(error)
    return ""
