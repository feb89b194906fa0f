# Lives here: seeded corruption of data and model files. Independent of: their readers.
"""Valid files of each format, and their corruption under a seed: a `Case` with the expected outcome.

Arrays, tokens and keys are changed where it is known whether the meaning is preserved; bytes are changed anywhere.
"""
from __future__ import annotations

import copy
import io
import json
import warnings
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from helpers.broken_sparse import HUGE, inconsistent, odd

SAME, REFUSED, EITHER, ANY = "same", "refused", "same or refused", "any that is honest"
N, P = 12, 6                        # as in broken_sparse
SPARSE = ("csr", "csc", "bsr", "coo", "dia")


class Case(NamedTuple):
    """A file and its expected outcome."""

    name: str
    file: str                       # its name
    content: bytes
    expected: str                   # one of the four above
    fits: bool = True               # whether `path` reads it; else `predict`
    options: tuple[str, ...] = ()


def pick(rng, options) -> Any:
    """One of the options."""
    options = [*options]
    return options[int(rng.integers(len(options)))]


# Good files: numbers that float32 and three decimals hold exactly.

def numbers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """X and y."""
    rng = np.random.default_rng(seed)
    X = np.round(rng.standard_normal((N, P)) * 8) / 8
    return X, np.round((X[:, 0] - X[:, 3] + 0.3 * rng.standard_normal(N)) * 8) / 8


def npz_of(arrays: dict[str, Any], compressed: bool = False) -> bytes:
    """An NPZ file."""
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


def parts_of(A, format: str | None = None) -> dict[str, Any]:
    """The arrays that scipy.sparse.save_npz writes of a matrix, valid or not."""
    names = {"dia": ("offsets",), "coo": ("row", "col")}.get(A.format, ("indices", "indptr"))
    held = {name: getattr(A, name) for name in names} if A.format != "coo" else dict(
        zip(names, A.coords, strict=False)) if len(A.coords) <= 2 else {"coords": np.array(A.coords)}
    return {"format": np.array((format or A.format).encode()), "shape": np.array(A.shape), "data": A.data, **held,
            "_is_array": np.array(True)}


def svmlight_of(X: np.ndarray, y: np.ndarray) -> str:
    """An svmlight file with indices from 1."""
    return "".join(f"{label!r} " + " ".join(f"{j + 1}:{value!r}" for j, value in enumerate(row)) + "\n"
                   for row, label in zip(X.tolist(), y.tolist(), strict=True))


def csv_of(X: np.ndarray, y: np.ndarray) -> str:
    """Numbers, and a column of text."""
    head = ",".join([*(f"x{j}" for j in range(P)), "city", "y"])
    rows = (",".join([*map(repr, row), "oslo" if k % 3 else "rome", repr(label)])
            for k, (row, label) in enumerate(zip(X.tolist(), y.tolist(), strict=True)))
    return "\n".join([head, *rows]) + "\n"


def with_header(array: np.ndarray, shape, descr: str | None = None, order: bool = False, version=(1, 0)) -> bytes:
    """The bytes of an array under a header with other values."""
    stream = io.BytesIO()
    header = {"shape": shape, "fortran_order": order, "descr": descr or np.lib.format.dtype_to_descr(array.dtype)}
    write = {(1, 0): np.lib.format.write_array_header_1_0, (2, 0): np.lib.format.write_array_header_2_0}[version]
    write(stream, header)
    return stream.getvalue() + array.tobytes()


def zip_of(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive of any members."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", method) as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


# Corruptions.

def changed_bytes(content: bytes, rng) -> tuple[str, bytes]:
    """A few bytes changed, left out, added or repeated, or the end cut off."""
    data, places = bytearray(content), sorted(rng.integers(len(content), size=2).tolist())
    kind = pick(rng, ["flip", "values", "cut", "drop", "insert", "repeat", "zeros", "swap"])
    if kind == "flip":
        for _ in range(int(rng.integers(1, 4))):
            data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    elif kind == "values":
        for _ in range(int(rng.integers(1, 9))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
    elif kind == "cut":
        del data[places[0]:]
    elif kind == "drop":
        del data[places[0]:places[0] + int(rng.integers(1, 20))]
    elif kind == "insert":
        data[places[0]:places[0]] = rng.bytes(int(rng.integers(1, 20)))
    elif kind == "repeat":
        data[places[1]:places[1]] = data[places[0]:places[1]]
    elif kind == "zeros":
        data[places[0]:places[1]] = bytes(places[1] - places[0])
    else:
        data[places[0]], data[places[1]] = data[places[1]], data[places[0]]
    return f"bytes, {kind}", bytes(data)


def dense_npz(seed: int, rng) -> Case:
    """Arrays of a dense NPZ file."""
    X, y = numbers(seed)
    w, names = rng.integers(1, 4, N).astype(float), np.array([f"n{j}" for j in range(P)])
    good = {"X": X, "y": y, "w": w, "feature_names": names}
    place = int(rng.integers(N)), int(rng.integers(P))
    record = np.zeros(X.shape, dtype=[("a", "f4"), ("b", "f4")])
    same: list[dict] = [
        {"X": np.asfortranarray(X)}, {"X": X.astype(np.float32)}, {"X": X.astype(">f8")}, {"X": X.astype(np.float16)},
        {"y": y[:, None]}, {"y": y.astype(">f4")}, {"w": w.astype(np.uint8)},
        {"extra": np.array([{"an": "object"}], dtype=object)}, {"extra": record}, {"extra": np.zeros((0, 5))},
        {"feature_names": names.astype("S")}, {"format": np.array("csr"), "shape": np.array([1])}]
    refused: list[dict] = [
        {"X": y}, {"X": X[None]}, {"X": X.T}, {"X": X[:-1]}, {"X": X.astype(complex)}, {"X": X.astype(object)},
        {"X": X.astype(str)}, {"X": record}, {"X": X.astype("M8[s]")}, {"X": X[:0]}, {"X": X[:, :0]},
        {"X": np.float64(1)},
        {"X": changed(X, place, np.nan)}, {"X": changed(X, place, -np.inf)}, {"y": y[:-1]}, {"y": X},
        {"y": y[0]},
        {"y": np.append(y, 0.0)}, {"y": changed(y, place[0], np.nan)}, {"y": y.astype(str)}, {"y": y > 0},
        {"y": y.astype(object)}, {"w": w[1:]}, {"w": -w}, {"w": 0 * w}, {"w": changed(w, place[0], np.inf)},
        {"feature_names": names[1:]}, {"feature_names": names[:, None]}, {"feature_names": np.arange(P)},
        {"feature_names": names.astype(object)}, {"feature_names": changed(names, place[1], names[place[1] - 1])},
        {"feature_names": changed(names, place[1], "\ud800")}, {"feature_names": np.array([b"\xff"] * P)}]
    headers = [(name, *header) for name, array in (("X", X), ("y", y), ("feature_names", names))
               for header in wrong_headers(array)]
    choice = rng.integers(4)
    options = ("--weights", "w")
    if choice == 0:
        arrays = {**good, **pick(rng, same)}
        return Case("dense, benign", "f.npz", npz_of(arrays, bool(rng.integers(2))), SAME, True, options)
    if choice == 1:
        change = pick(rng, refused)
        return Case(f"dense, {[*change]}", "f.npz", npz_of({**good, **change}), REFUSED, True, options)
    if choice == 2:
        name, fault, content = pick(rng, headers)
        members = [(f"{key}.npy", content if key == name else with_header(value, value.shape))
                   for key, value in good.items()]
        method = pick(rng, [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
        return Case(f"dense, header of {name}: {fault}", "f.npz", zip_of(members, method), REFUSED, True, options)
    name, content = changed_bytes(npz_of(good, bool(rng.integers(2))), rng)
    return Case(f"dense, {name}", "f.npz", content, EITHER, True, options)


def changed(values, place, value):
    """A copy with one value replaced."""
    values = values.copy()
    values[place] = value
    return values


def wrong_headers(array: np.ndarray) -> list[tuple[str, bytes]]:
    """Headers that do not fit the bytes after them."""
    n = array.shape[0]
    rest = array.shape[1:]
    one = array.dtype.str
    return [("one row more", with_header(array, (n + 1, *rest))), ("one row less", with_header(array, (n - 1, *rest))),
            ("absurd", with_header(array, (HUGE, *rest))), ("overflow", with_header(array, (2**62, 4, *rest))),
            ("overflow to 0", with_header(array, (2**32, 2**32, *rest))), ("negative", with_header(array, (-n, *rest))),
            ("negative twice", with_header(array, (-n, *rest, -1))), ("wider", with_header(array, array.shape, "<f16")),
            ("narrower", with_header(array, array.shape, "|i1")), ("objects", with_header(array, array.shape, "|O")),
            ("absurd text", with_header(array, array.shape, "<U500000000")),
            ("no type", with_header(array, array.shape, "<q9")),
            ("a shape of floats", with_header(array, (1.5, *rest))),
            ("version 2, one more", with_header(array, (n + 1, *rest), one, version=(2, 0))),
            ("version 9", b"\x93NUMPY\x09\x00" + with_header(array, array.shape)[8:]),
            ("no magic", with_header(array, array.shape)[1:]), ("cut", with_header(array, array.shape)[:-1]),
            ("header alone", with_header(array, array.shape)[:64]),
            ("junk after", with_header(array, array.shape) + b"1"),
            ("code", with_header(array, array.shape).replace(b"False", b"1/0  "))]


def savable(A) -> bool:
    """Whether np.savez preserves the fault; it converts lists to arrays."""
    return all(isinstance(value, np.ndarray) and value.dtype != object for key, value in parts_of(A).items()
               if key not in ("format", "shape", "_is_array"))


def sparse_npz(seed: int, rng) -> Case:
    """Parts of a scipy.sparse.save_npz file: all faults of a matrix in memory, and wrong headers of other parts."""
    format = pick(rng, SPARSE)
    right = [A for A in odd(format, seed).values() if A.data.dtype == float]
    wrong = {name: A for name, A in inconsistent(format, seed).items() if savable(A)}
    good = parts_of(right[0])
    n, p = right[0].shape
    lying: list[dict] = [
        {"shape": np.array([n, p + 1])}, {"shape": np.array([n, p - 1])}, {"shape": np.array([n, HUGE])},
        {"shape": np.array([HUGE, p])}, {"shape": np.array([-n, p])}, {"shape": np.array([n])},
        {"shape": np.array([n, p, 1])},
        {"shape": np.array(n)}, {"shape": np.array([float(n), p])}, {"shape": np.array([2.0**80, p])},
        {"format": np.array(b"xyz")}, {"format": np.array("lil")}, {"format": np.array(3)},
        {"format": np.array(["csr"])},
        {"format": np.array(b"\xff")}, {"format": np.array("coords")}, {"data": good["data"].astype(complex)},
        {"data": good["data"].astype(str)}, {"data": changed(good["data"], (0,) * good["data"].ndim, np.nan)},
        {"data": changed(good["data"], (0,) * good["data"].ndim, np.inf)}]
    if format in ("csr", "csc"):
        lying.append({"format": np.array("csc" if format == "csr" else "csr")})
    choice = rng.integers(5)
    if choice == 0:
        parts = parts_of(pick(rng, right))
        change = [{}, {"format": np.array(format)}, {"data": parts["data"].astype(np.float32)}, {"extra": np.arange(3)}]
        if format == "coo":
            change.append({"coords": np.array([parts["row"], parts["col"]])})
        arrays = {**parts, **pick(rng, change)}
        if "coords" in arrays:
            del arrays["row"], arrays["col"]
        content = npz_of(arrays, bool(rng.integers(2)))
        return Case(f"{format}, benign", "f.npz", content, SAME, False)
    if choice == 1:
        name = pick(rng, [*wrong])
        return Case(f"{format}, {name}", "f.npz", npz_of(parts_of(wrong[name])), REFUSED, False)
    if choice == 2:
        change = pick(rng, lying)
        if format == "dia" and "data" in change:        # a corner of the matrix may not be on its diagonals
            change = {"data": np.full_like(good["data"], np.nan)}
        return Case(f"{format}, {change}", "f.npz", npz_of({**good, **change}), REFUSED, False)
    if choice == 3:
        name = pick(rng, good)
        members = [(f"{key}.npy", npy_of(value)) for key, value in good.items()]
        if rng.integers(2):
            twice = zip_of([*members, (f"{name}.npy", npy_of(good[name]))])
            return Case(f"{format}, {name} twice", "f.npz", twice, REFUSED, False)
        without = zip_of([member for member in members if member[0] != f"{name}.npy"])
        return Case(f"{format}, without {name}", "f.npz", without, SAME if name == "_is_array" else REFUSED, False)
    name, content = changed_bytes(npz_of(good, bool(rng.integers(2))), rng)
    return Case(f"{format}, {name}", "f.npz", content, EITHER, False)


def npy_of(array) -> bytes:
    """A .npy file."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


TOKENS = {"2000000000:1": REFUSED, "4000000000:1": REFUSED, f"{2**70}:1": REFUSED, "-1:2": REFUSED, "3": REFUSED,
          "3:": REFUSED, ":3": REFUSED, "3:x": REFUSED, "7:1e999": REFUSED, "7:nan": REFUSED, "7:-inf": REFUSED,
          "1:1": REFUSED, "6:1": REFUSED, "7:0x10": REFUSED, "7:1_0": REFUSED, "7:1:1": REFUSED, "\x00": REFUSED,
          "\ufeff": REFUSED, "7:\u0661x": REFUSED, "# a comment, 9:9": SAME, "  ": SAME, "\t": SAME, "#": SAME,
          "# 2000000000:1": SAME, "#\x00\x1b[2J": SAME}
LABELS = {"nan": REFUSED, "inf": REFUSED, "1e999": REFUSED, "1,2": REFUSED, "x": REFUSED, "": REFUSED, "1:2": REFUSED,
          "--1": REFUSED, "1_0": REFUSED}


def svmlight(seed: int, rng) -> Case:
    """Tokens and lines of an svmlight file."""
    X, y = numbers(seed)
    text = svmlight_of(X, y)
    lines = text.splitlines()
    k = int(rng.integers(N))
    choice = rng.integers(4)
    if choice == 0:
        token = pick(rng, [*TOKENS])
        lines[k] += f" {token}"
        return Case(f"svmlight, {token!a}", "f.svm", "\n".join(lines).encode(), TOKENS[token])
    if choice == 1:
        label = pick(rng, [*LABELS])
        lines[k] = label + lines[k][lines[k].index(" "):]
        return Case(f"svmlight, label {label!a}", "f.svm", "\n".join(lines).encode(), LABELS[label])
    if choice == 2:
        change: Callable[[str], str] = pick(rng, [
            lambda t: t.replace("\n", "\r\n"), lambda t: "# head\n\n" + t, lambda t: t.replace("\n", "\n\n"),
            lambda t: t.replace(" ", "  "), lambda t: t.replace(" 1:", " qid:3 1:"), lambda t: t.rstrip("\n"),
        ])
        return Case("svmlight, benign", "f.svm", change(text).encode(), SAME)
    name, content = changed_bytes(text.encode(), rng)
    return Case(f"svmlight, {name}", "f.svm", content, ANY)


def model(seed: int, rng, good: str) -> Case:
    """Keys and values of a model file."""
    document = json.loads(good)
    choice = rng.integers(4)
    if choice == 0:
        name, content = changed_bytes(good.encode(), rng)
        return Case(f"model, {name}", "m.json", content, ANY, False)
    parts = [document, document["path"], document["training"]]
    if choice == 1:
        part = pick(rng, parts)
        key = pick(rng, [*part])
        how = pick(rng, ["removed", "renamed", "twice"])
        if how == "twice":
            text = json.dumps(part)
            twice = text[:-1] + f", {json.dumps(key)}: {json.dumps(part[key])}}}"
            text = json.dumps(document).replace(text, twice)
            return Case(f"model, {key} twice", "m.json", text.encode(), REFUSED, False)
        value = part.pop(key)
        if how == "renamed":
            part[key + "_"] = value
        return Case(f"model, {key} {how}", "m.json", json.dumps(document).encode(), REFUSED, False)
    odd_values = [None, True, -1, 0, 1, 0.5, 1e308, -1e308, 10**15, 2**70, 10**400, "x", "", [], {}, [[]],
                  [None], "\x1b[2J"]
    if choice == 2:
        part = pick(rng, parts)
        key = pick(rng, [*part])
        part[key] = copy.deepcopy(pick(rng, odd_values))
        return Case(f"model, {key} is {str(part[key])[:20]}", "m.json", json.dumps(document).encode(), ANY, False)
    lists = {key: value for key, value in document["path"].items() if isinstance(value, list)}
    key = pick(rng, [*lists])
    values = lists[key]
    while values and isinstance(values[-1], list) and values[-1] and rng.integers(2):
        values = values[-1]
    place = int(rng.integers(len(values)))
    how = pick(rng, ["removed", "repeated", "replaced", "reversed"])
    if how == "removed":
        del values[place]
    elif how == "repeated":
        values.insert(place, copy.deepcopy(values[place]))
    elif how == "replaced":
        values[place] = pick(rng, odd_values)
    else:
        values.reverse()
    expected = REFUSED if how in ("removed", "repeated") and values is lists[key] else ANY
    return Case(f"model, {key} {how}", "m.json", json.dumps(document).encode(), expected, False)


def archive(seed: int, rng) -> Case:
    """Zip archives that are not NPZ files, or too large."""
    X, y = numbers(seed)
    X, y = npy_of(X), npy_of(y)
    good = zip_of([("X.npy", X), ("y.npy", y)])
    cases = {
        "a single array": (X, REFUSED), "no arrays": (zip_of([]), REFUSED), "nothing": (b"", REFUSED),
        "junk": (rng.bytes(500), REFUSED), "text": (b"1,2,3\n", REFUSED), "junk before": (b"MZ" + good, EITHER),
        "junk after": (good + rng.bytes(30), EITHER), "twice": (good + good, EITHER),
        "other array inside": (zip_of([("X.npy", good), ("y.npy", y)]), REFUSED),
        "other members": (zip_of([("X.npy", X), ("y.npy", y), ("notes.txt", b"n"), ("a/b.npy", X)]), SAME),
        "no suffix": (zip_of([("X", X), ("y", y)]), EITHER),
        "both": (zip_of([("X", X), ("X.npy", X), ("y.npy", y)]), REFUSED),
        "bzip2": (zip_of([("X.npy", X), ("y.npy", y)], zipfile.ZIP_BZIP2), EITHER),
        "a pickle": (b"\x80\x04K\x01.", REFUSED),
        "arrays of junk": (zip_of([("X.npy", b"junk"), ("y.npy", y)]), REFUSED),
        "an empty array": (zip_of([("X.npy", b""), ("y.npy", y)]), REFUSED),
        "encrypted": (flagged(good), REFUSED)}
    name = pick(rng, [*cases])
    return Case(f"archive, {name}", "f.npz", *cases[name])


def flagged(content: bytes) -> bytes:
    """The archive with the encryption flag set on its members."""
    data = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        while start >= 0:
            data[start + offset] |= 1
            start = content.find(signature, start + 4)
    return bytes(data)


def table(seed: int, rng, good: dict[str, bytes]) -> Case:
    """Bytes of CSV and Parquet files."""
    file = pick(rng, [*good])
    name, content = changed_bytes(good[file], rng)
    return Case(f"{file}, {name}", file, content, ANY, bool(rng.integers(2)), ("--target", "y"))
