# Lives here: JSON documents read with checks that name the invalid key. Independent of: what the documents describe.
"""Parts of a JSON document: exact keys, exact types, finite numbers, limits of size."""
from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

MAX_BYTES = 256 * 2**20         # of a file
MAX_VALUES = 20_000_000         # of a file: numbers, texts and further values
MAX_DEPTH = 16                  # of objects and lists within each other
BITS_DTYPES = {"float64": np.float64, "float32": np.float32}
NULL = type(None)
# A whole string, closed or not, so that brackets in it are not counted; or a bracket.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.S)


class ModelFileError(ValueError):
    """A file that is not a valid model, with the reason in one line.

    See Also
    --------
    lassocore.load : Raises it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from lassocore import load
    >>> from lassocore.models import ModelFileError
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "model.json"
    ...     _ = file.write_text("{}")
    ...     try:
    ...         load(file)
    ...     except ModelFileError as error:
    ...         print("is not a valid model file" in str(error))
    True
    """


def parse(text: str) -> Any:
    """A JSON document; a `ModelFileError` or a ValueError states the fault."""
    _check_depth(text)
    return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object_of_pairs)


def read_limited(path: Path) -> str:
    """The text of a file of at most MAX_BYTES; of a device or a pipe no more is read either."""
    with open(path, "rb") as stream:
        content = _read(stream)
    if len(content) > MAX_BYTES:
        raise ModelFileError(f"it is larger than {MAX_BYTES // 2**20} MB; models are not")
    if content.count(b",") >= MAX_VALUES:
        raise ModelFileError(f"it holds more than {MAX_VALUES} values; models do not")
    return content.decode("utf-8")


def _read(stream: BinaryIO) -> bytes:
    """At most one byte more than MAX_BYTES."""
    pieces, n_bytes = [], 0
    while n_bytes <= MAX_BYTES:
        piece = stream.read(min(2**20, MAX_BYTES + 1 - n_bytes))
        if not piece:
            break
        pieces.append(piece)
        n_bytes += len(piece)
    return b"".join(pieces)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before a recursive parser meets it."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        mark = text[match.start()]
        if mark == '"':
            continue
        depth += 1 if mark in "[{" else -1
        if depth > MAX_DEPTH:
            raise ModelFileError(f"objects and lists in it are nested more than {MAX_DEPTH} deep; those of models are "
                                 "not")


@dataclass(frozen=True)
class Part:
    """A JSON object, read with checks that name the invalid key.

    ignorable holds the keys that the writer, a later version, allows to be ignored: their full names, such as
    "path.key" or "profile.features[].key".
    """

    where: str
    entries: dict[str, Any]
    ignorable: frozenset[str] = frozenset()

    @classmethod
    def of(cls, document: Any, where: str, keys: tuple[str, ...], ignorable: frozenset[str] = frozenset()) -> Part:
        """An object with exactly these keys, besides those that may be ignored."""
        label = f"'{where}'" if where else "the file"
        if not isinstance(document, dict):
            raise ModelFileError(f"{label} is {shown(document)}, not an object")
        prefix = f"{where}." if where else ""
        lacking, unknown = set(keys) - set(document), set(document) - set(keys)
        if unknown and ignorable:
            unknown = {key for key in unknown if re.sub(r"\[\d+\]", "[]", prefix + key) not in ignorable}
        for kind, odd in (("lacks the key", lacking), ("has the unknown key", unknown)):
            if odd:
                raise ModelFileError(f"{label} {kind} {shown(min(odd))}")
        return cls(prefix, {key: document[key] for key in keys}, ignorable)

    def __getitem__(self, key: str) -> Any:
        return self.entries[key]

    def part(self, key: str, keys: tuple[str, ...]) -> Part:
        """The object of a key."""
        return Part.of(self.entries[key], self.where + key, keys, self.ignorable)

    def part_or_none(self, key: str, keys: tuple[str, ...]) -> Part | None:
        """The object of a key that may be null."""
        return None if self.entries[key] is None else self.part(key, keys)

    def parts(self, key: str, keys: tuple[str, ...]) -> Iterator[Part]:
        """The objects of a list."""
        for k, entry in enumerate(self.scalar(key, list)):
            yield Part.of(entry, f"{self.where}{key}[{k}]", keys, self.ignorable)

    def require(self, holds: bool | np.bool_, key: str, message: str) -> None:
        """Raise an error that names the key unless the condition holds."""
        if not holds:
            raise ModelFileError(f"'{self.where}{key}' {message}")

    def scalar(self, key: str, *types: type) -> Any:
        """A value of exactly one of the types: a bool is not an int here."""
        value = self.entries[key]
        if type(value) not in types:        # building the message costs more than the check
            self.require(False, key, f"is {shown(value)}, not {_type_names(types)}")
        return value

    def number(self, key: str, at_least: float = -np.inf) -> float:
        """A finite number, above or at a limit."""
        value = float(self._array(key, [self.scalar(key, int, float)], np.float64)[0])
        self.require(value >= at_least, key, f"is {value:g}, below {at_least:g}")
        return value

    def number_or_none(self, key: str, at_least: float = -np.inf) -> float | None:
        """The same, or null."""
        return None if self.entries[key] is None else self.number(key, at_least)

    def whole(self, key: str, at_least: int) -> int:
        """An integer of at least a limit."""
        value = self.scalar(key, int)
        self._array(key, [value], np.int64)
        self.require(value >= at_least, key, f"is {value}, below {at_least}")
        return value

    def whole_or_none(self, key: str, at_least: int) -> int | None:
        """The same, or null."""
        return None if self.entries[key] is None else self.whole(key, at_least)

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """One of these texts."""
        value = self.scalar(key, str)
        self.require(value in choices, key, f"is {shown(value)}, none of {', '.join(map(repr, choices))}")
        return value

    def items(self, key: str, kind: type | tuple[type, ...], length: int | None) -> list[Any]:
        """A list of one type, of the given length."""
        kinds = kind if isinstance(kind, tuple) else (kind,)
        values = self.scalar(key, list)
        self.require(length is None or len(values) == length, key, f"has {len(values)} entries, not {length}")
        if not set(map(type, values)).issubset(kinds):
            odd = next(value for value in values if type(value) not in kinds)
            self.require(False, key, f"holds {shown(odd)}, not {_type_names(kinds)}")
        return values

    def numbers(self, key: str, length: int | None, whole: bool = False, dtype: Any = np.float64) -> np.ndarray:
        """A vector of finite floats of a type, each exactly as written, or of int64."""
        kinds = (int,) if whole else (int, float)
        values = self._array(key, self.items(key, kinds, length), np.int64 if whole else np.float64)
        if whole or dtype is np.float64:
            return values
        with np.errstate(over="ignore"):
            rounded = values.astype(dtype)
        self.require((rounded == values).all(), key, f"holds a number that is no {np.dtype(dtype).name}")
        return rounded

    def _array(self, key: str, values: list[Any], dtype: type) -> np.ndarray:
        try:
            array: np.ndarray = np.array(values, dtype=dtype)
        except OverflowError:
            raise ModelFileError(f"'{self.where}{key}' holds a number that is too large") from None
        self.require(bool(np.isfinite(array).all()), key, "holds a number that is not finite")
        return array


def _object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; repeated keys, of which JSON readers keep the last value silently, are refused."""
    values = dict(pairs)
    if len(values) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ModelFileError(f"it has the key {shown(counts.most_common(1)[0][0])} twice")
    return values


def _refuse_constant(token: str) -> float:
    raise ModelFileError(f"it holds {token}; numbers must be finite")


def shown(value: Any) -> str:
    """A value in an error message, abbreviated if long."""
    if isinstance(value, (list, dict)):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    text = json.dumps(value[:50] if isinstance(value, str) else value)
    return text if len(text) <= 40 else text[:37] + "..."


def _type_names(types: tuple[type, ...]) -> str:
    words = {str: "text", bool: "true or false", int: "an integer", float: "a number", list: "a list", NULL: "null",
             dict: "an object"}
    return " or ".join(words[kind] for kind in types if not (kind is int and float in types))
