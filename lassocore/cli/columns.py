# Lives here: columns of data files, tables made of them, words of errors. Independent of: file formats, polars.
"""What a column is, what a fit needs of a table, and what is remembered of it to read later tables alike."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lassocore.cli.reading import Reading

MAX_QUOTED = 40             # characters of a cell or a name in errors
NUMERIC, TEXT, BOOL = KINDS = ("numeric", "text", "bool")


class TableError(ValueError):
    """A file that cannot be used, and why, in one line."""


@dataclass(frozen=True)
class Column:
    """An input column and how it becomes features."""

    name: str
    kind: str                               # one of KINDS
    categories: tuple[str, ...] = ()        # of text and bool columns: a feature each

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The name itself, or name=category."""
        return (self.name,) if self.kind == NUMERIC else tuple(f"{self.name}={c}" for c in self.categories)


@dataclass(frozen=True)
class TrainingTable:
    """What a path is fitted on, and what must be remembered to read further files alike."""

    X: Any
    y: np.ndarray
    sample_weight: np.ndarray | None
    columns: tuple[Column, ...] | None          # None: features are known by position
    feature_names: tuple[str, ...] | None
    first_index: int | None = None              # of svmlight files: 0 or 1
    reading: Reading | None = None              # of CSV and Parquet: how cells were understood
    notes: tuple[str, ...] = ()                 # for the reader of stderr


@dataclass(frozen=True)
class Features:
    """What a further file must bring."""

    n_features: int
    columns: tuple[Column, ...] | None
    feature_names: tuple[str, ...] | None
    first_index: int | None


class FurtherTable(NamedTuple):
    """What is predicted from."""

    X: Any
    notes: list[str]                            # for the reader of stderr
    lacking: np.ndarray | None = None           # rows that lack a value, where these are allowed


def shown(cell: Any) -> str:
    """A quoted cell or name, never long."""
    text = repr(str(cell))
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED - 4]}...{text[-1]}"


def listing(names: Sequence[str], at_most: int = 8) -> str:
    """Quoted names, the first few of them."""
    text = ", ".join(map(shown, names[:at_most]))
    return text if len(names) <= at_most else f"{text} and {len(names) - at_most} more"


def count(n: int, thing: str) -> str:
    """1 thing, 2 things."""
    return f"{n} {thing}{'' if n == 1 else 's'}"
