# Lives here: JSON objects read with checks that name the invalid key. Independent of: what they describe.
"""Plain values of a description, checked one by one; a TableError names the key."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lassocore.tables.columns import TableError


@dataclass(frozen=True)
class Document:
    """An object of plain values."""

    values: dict[str, Any]
    where: str

    @classmethod
    def of(cls, document: Any, where: str, keys: Sequence[str]) -> Document:
        """An object with exactly these keys."""
        if not isinstance(document, dict) or set(document) != set(keys):
            raise TableError(f"'{where}' must be an object with the keys {', '.join(keys)}")
        return cls(document, where)

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def require(self, holds: bool, key: str, message: str) -> None:
        """Raise an error that names the key unless the condition holds."""
        if not holds:
            raise TableError(f"'{self.where}.{key}' {message}")

    def items(self, key: str) -> list[Any]:
        """A list."""
        self.require(isinstance(self.values[key], list), key, "is not a list")
        return self.values[key]

    def mapping(self, key: str) -> dict[str, Any]:
        """An object with names as keys."""
        value = self.values[key]
        self.require(isinstance(value, dict) and all(type(name) is str for name in value), key, "is not an object")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of distinct texts."""
        items = self.items(key)
        self.require(all(type(item) is str for item in items), key, "holds something that is no text")
        self.require(len(set(items)) == len(items), key, "has an entry twice")
        return tuple(items)

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """One of the allowed texts."""
        value = self.values[key]
        self.require(type(value) is str and value in allowed, key, f"is none of {', '.join(map(repr, allowed))}")
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        return self._checked(self.values[key], key)

    def numbers(self, key: str, length: int) -> tuple[float, ...]:
        """A list of finite numbers."""
        items = self.items(key)
        self.require(len(items) == length, key, f"has {len(items)} numbers, not {length}")
        return tuple(self._checked(item, key) for item in items)

    def _checked(self, value: Any, key: str) -> float:
        self.require(type(value) in (int, float) and abs(value) < 1e308 * 1.7 and math.isfinite(value), key,
                     "holds something that is no finite number")
        return float(value)
