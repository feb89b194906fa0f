# Lives here: columns and their preparation as JSON objects. Independent of: files, what else they hold.
"""The object "preparation" of a model file and of `TablePreparer.to_dict`, and "columns" of both, validated in full."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lassocore.models.json_parts import ModelFileError, Part
from lassocore.tables.columns import BOOL, KINDS, NUMERIC, TEXT, Column, TableError
from lassocore.tables.preparation import MERGED_TO, RARE_RULES, Group, Power, Preparation

COLUMN_KEYS = ("name", "kind", "categories")
KEYS = ("rare", "rare_rule", "flags", "power", "groups", "centers", "scales")
POWER_KEYS = ("column", "exponent", "center", "scale")
GROUP_KEYS = ("columns", "rule", "centers", "weights")


def columns_of(part: Part) -> tuple[Column, ...]:
    """The list "columns" of an object."""
    if not isinstance(part["columns"], list) or not part["columns"]:
        raise ModelFileError("'columns' must be null or a list with at least one column")
    columns = []
    for entry in part.parts("columns", COLUMN_KEYS):
        name, kind, categories = (
            entry.scalar("name", str), entry.one_of("kind", KINDS), entry.items("categories", str, None))
        entry.require((kind == NUMERIC) == (not categories), "categories", "do not fit the kind")
        entry.require(len(set(categories)) == len(categories), "categories", "has an entry twice")
        columns.append(Column(name, kind, tuple(categories)))
    if len({column.name for column in columns}) < len(columns):
        raise ModelFileError("'columns' has a name twice")
    numeric = [column.kind == NUMERIC for column in columns]
    if numeric != sorted(numeric, reverse=True):
        raise ModelFileError("'columns' must have the numeric columns first")
    return tuple(columns)


def preparation_of(part: Part | None, columns: Sequence[Column] | None) -> Preparation | None:
    """The preparation of these columns."""
    if part is None:
        return None
    if columns is None:
        raise ModelFileError("'preparation' needs 'columns'")
    numeric = {column.name for column in columns if column.kind == NUMERIC}
    flags = _names(part, "flags", numeric | {column.name for column in columns if column.kind == BOOL})
    part.require(len(flags) != 1, "flags", "has a single column, which is merged with none")
    power = tuple(_power_of(entry, numeric) for entry in part.parts("power", POWER_KEYS))
    part.require(len({entry.column for entry in power}) == len(power), "power", "has a column twice")
    groups = tuple(_group_of(entry, numeric) for entry in part.parts("groups", GROUP_KEYS))
    merged = [*flags, *(name for group in groups for name in group.columns)]
    part.require(len(set(merged)) == len(merged), "groups", "has a column twice, or one of the flags")
    found = Preparation(tuple(columns), _rare_of(part, columns), part.one_of("rare_rule", RARE_RULES), flags, power,
                        groups)
    try:
        n_features = len(found.feature_names)
    except TableError as error:
        raise ModelFileError(str(error)) from None
    part.require((part["centers"] is None) == (part["scales"] is None), "centers", "and 'scales' do not fit")
    if part["scales"] is None:
        return found
    centers, scales = (part.numbers(key, n_features) for key in ("centers", "scales"))
    part.require((scales > 0).all(), "scales", "has a number that is not above 0")
    return replace(found, centers=centers, scales=scales)


def _rare_of(part: Part, columns: Sequence[Column]) -> dict[str, tuple[str, ...]]:
    """The rare categories of text columns."""
    known = {column.name: column.categories for column in columns if column.kind == TEXT}
    given = part.scalar("rare", dict)
    entries = Part(f"{part.where}rare.", given)
    for name in given:
        entries.require(name in known, name, "is no text column")
    return {name: _names(entries, name, set(known[name])) for name in given}


def _names(part: Part, key: str, known: set[str]) -> tuple[str, ...]:
    """Distinct texts, all of them known."""
    names = part.items(key, str, None)
    part.require(len(set(names)) == len(names), key, "has an entry twice")
    part.require(set(names) <= known, key, "has an entry that does not fit the columns")
    return tuple(names)


def _power_of(part: Part, numeric: set[str]) -> Power:
    part.require(part.scalar("column", str) in numeric, "column", "is no numeric column")
    exponent, center, scale = (part.number(key) for key in ("exponent", "center", "scale"))
    part.require(scale > 0, "scale", f"is {scale:g}, not above 0")
    return Power(part["column"], exponent, center, scale)


def _group_of(part: Part, numeric: set[str]) -> Group:
    names = _names(part, "columns", numeric)
    part.require(len(names) > 1, "columns", "has fewer than two entries")
    centers, weights = (tuple(part.numbers(key, len(names)).tolist()) for key in ("centers", "weights"))
    return Group(names, part.one_of("rule", MERGED_TO), centers, weights)
