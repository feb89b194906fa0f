# Lives here: columns of data files, tables, parts of messages. Independent of: file formats, polars.
"""Columns, training tables, and the information kept to read later tables in the same way."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lassocore.tables.parsed_cells import Parsed
    from lassocore.tables.preparation import Preparation
    from lassocore.tables.reading import Reading

MAX_QUOTED = 40             # characters of a cell or a name in errors
NUMERIC, TEXT, BOOL = KINDS = ("numeric", "text", "bool")


class TableError(ValueError):
    """A file that cannot be used, with the reason in one line."""


@dataclass(frozen=True)
class Column:
    """An input column and its conversion to features."""

    name: str
    kind: str                               # one of KINDS
    categories: tuple[str, ...] = ()        # of text and bool columns: one feature each

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The name itself, or name=category."""
        return (self.name,) if self.kind == NUMERIC else tuple(f"{self.name}={c}" for c in self.categories)


@dataclass(frozen=True)
class TrainingTable:
    """The data of a fit, and the information needed to read further files in the same way."""

    X: Any
    y: np.ndarray
    sample_weight: np.ndarray | None
    columns: tuple[Column, ...] | None          # None: features are known by position
    feature_names: tuple[str, ...] | None
    first_index: int | None = None              # of svmlight files: 0 or 1
    reading: Reading | None = None              # of CSV and Parquet: the format of cells
    notes: tuple[str, ...] = ()                 # for stderr
    cells: Parsed | None = None                 # of CSV and Parquet, from which a preparation learns


@dataclass(frozen=True)
class ModelFeatures:
    """The features that a further file must provide."""

    n_features: int
    columns: tuple[Column, ...] | None
    feature_names: tuple[str, ...] | None
    first_index: int | None
    preparation: Preparation | None = None      # of features that are not simply the cells of the columns


class PredictionTable(NamedTuple):
    """The features of the rows to predict."""

    X: Any
    notes: list[str]                            # for stderr
    lacking: np.ndarray | None = None           # rows with a missing value, if allowed


def shown(cell: Any) -> str:
    """A quoted cell or name, abbreviated if long."""
    text = repr(str(cell))
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED - 4]}...{text[-1]}"


def listing(names: Sequence[str], at_most: int = 8) -> str:
    """Quoted names, the first few of them."""
    text = ", ".join(map(shown, names[:at_most]))
    return text if len(names) <= at_most else f"{text} and {len(names) - at_most} more"


def count(n: int, thing: str) -> str:
    """The number and the noun, with its plural."""
    return f"{n} {thing}{'' if n == 1 else 's'}"
