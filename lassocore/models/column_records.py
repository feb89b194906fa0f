# Lives here: columns of tables as plain values. Independent of: what else a file holds.
"""Columns with their kinds and categories, validated."""
from __future__ import annotations

from typing import Any

from lassocore.tables.columns import KINDS, NUMERIC, Column
from lassocore.tables.plain_values import Document


def columns_of_document(document: Any) -> tuple[Column, ...]:
    """The columns that `dataclasses.asdict` described one by one."""
    whole = Document({"columns": document}, "table")
    columns = []
    for k, entry in enumerate(whole.items("columns")):
        part = Document.of(entry, f"columns[{k}]", ("name", "kind", "categories"))
        part.require(type(part["name"]) is str, "name", "is no text")
        kind, categories = part.choice("kind", KINDS), part.texts("categories")
        part.require((kind == NUMERIC) == (not categories), "categories", "do not fit the kind")
        columns.append(Column(part["name"], kind, categories))
    whole.require(len(columns) > 0, "columns", "is empty")
    whole.require(len({column.name for column in columns}) == len(columns), "columns", "has a name twice")
    numeric = [column.kind == NUMERIC for column in columns]
    whole.require(numeric == sorted(numeric, reverse=True), "columns", "must have the numeric columns first")
    return tuple(columns)
