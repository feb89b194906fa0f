# Lives here: options for reading cells and columns of data files. Independent of: files, polars, the command line.
"""Options for CSV and Parquet files; the format of cells is stored in the model for further files."""
from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from lassocore.tables.columns import TableError

DECIMALS = (".", ",")
LONE_MARKS = (",", ";")         # values of --decimal and --sep, not punctuation after an option
LATER = ("transpose", "id_column")     # keys that model files of schema version 2 do not have
MISSING_RULES = ("error", "drop-rows")


@dataclass(frozen=True)
class Reading:
    """The format of cells, at the fit and in further files."""

    na: tuple[str, ...] = ()            # cells that mean a missing value, besides empty ones
    decimal: str = "."
    strip: tuple[str, ...] = ()         # removed from cells: units, thousands separators
    dates: tuple[str, ...] = ()         # columns of dates, converted to days since 1970-01-01
    date_format: str | None = None      # as in strftime; None: ISO 8601
    sep: str | None = None              # None: by the file's extension and first line
    encoding: str = "utf-8"
    transpose: bool = False             # features are in rows
    id_column: str | None = None        # column with their names; None: the first

    def __post_init__(self) -> None:
        if self.decimal not in DECIMALS:
            raise TableError(f"--decimal is {self.decimal!r}; use '.' or ','")
        if self.sep is not None and (len(self.sep) != 1 or not self.sep.isascii() or self.sep in '"\r\n'):
            raise TableError(f"--sep is {self.sep!r}; use one character such as ';', or tab")
        if self.sep is not None and self.sep == self.decimal:
            raise TableError(f"--sep and --decimal are both {self.sep!r}; only one of them can be")
        if "" in self.strip:
            raise TableError("--strip is empty; name the text that is to be removed")
        try:
            "".encode(self.encoding)
        except (LookupError, ValueError):
            raise TableError(f"--encoding {self.encoding!r} is not known; use utf-8, utf-16, latin-1, cp1252, ..."
                             ) from None

    @property
    def is_utf8(self) -> bool:
        """Whether the encoding is UTF-8."""
        return codecs.lookup(self.encoding).name == "utf-8"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, document: Any) -> Reading:
        """The reading with this `to_dict`, validated; a TableError states the fault."""
        known = {field.name for field in fields(cls)}
        if not isinstance(document, Mapping) or not known - set(LATER) <= set(document) <= known:
            raise TableError(f"must be an object with the keys {', '.join(field.name for field in fields(cls))}")
        for name, value in document.items():
            if name in ("na", "strip", "dates"):
                fits = isinstance(value, list) and all(type(item) is str for item in value)
            elif name == "transpose":
                fits = type(value) is bool
            else:
                fits = type(value) is str or value is None and name in ("sep", "date_format", "id_column")
            if not fits:
                raise TableError(f"has an invalid entry {name!r}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
        return cls(**values)


@dataclass(frozen=True)
class ColumnChoice:
    """The columns of a training file to use, and the treatment of rows with missing values."""

    features: tuple[str, ...] = ()      # none: all columns besides target and weights
    drop: tuple[str, ...] = ()
    text: tuple[str, ...] = ()          # read as categories, whatever the values look like
    missing: str = "error"              # one of MISSING_RULES


LISTS = ("na", "strip", "dates", "features", "drop", "text")
SINGLE = ("decimal", "sep", "encoding", "date-format", "missing")
_OPTION = re.compile(rf"--({'|'.join((*LISTS, *SINGLE))})(?: ('[^']*'(?:\"'\"'[^']*')*|\S+))?")
_WORDS = ("if", "to", "for", "with", "unless", "such", "is", "and", "or", "")


def as_arguments(message: str) -> str:
    """A message with options of the command line spelled as arguments: --drop id becomes drop=['id'].

    Examples
    --------
    >>> from lassocore.tables.reading import as_arguments
    >>> as_arguments("give --drop 'row id' to leave it out, or --date-format unless they are ISO 8601")
    "give drop=['row id'] to leave it out, or date_format unless they are ISO 8601"
    """
    def spelled(match: re.Match) -> str:
        name, value = match[1].replace("-", "_"), match[2] or ""
        ends = value[len(value.rstrip(",;")):] if value not in LONE_MARKS else ""
        plain = value.removesuffix(ends)
        if plain in _WORDS:
            return f"{name}{match[0][len(match[1]) + 2:]}"
        unquoted = shlex.split(plain)[0]
        return f"{name}={[unquoted] if match[1] in LISTS else unquoted!r}{ends}"

    return _OPTION.sub(spelled, message)


def expand(given: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Column names given one by one or in comma-separated lists; an existing name is never split."""
    known = set(names)
    parts = [[item] if item in known else item.split(",") for item in given]
    return tuple(dict.fromkeys(name for part in parts for name in part))
