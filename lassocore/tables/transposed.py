# Lives here: tables with a feature in each row, turned. Independent of: files, kinds of columns.
"""Expression matrices and the like have genes in rows and samples in columns."""
from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from lassocore.tables.columns import TableError, listing
from lassocore.tables.reading import Reading


def transposed(frame: Any, path: Path, reading: Reading, as_text: Collection[str]) -> Any:
    """A column for each row, named by the column `reading.id_column`, by default the first.

    Columns are Float64 if all of their cells are numbers and they are not in as_text, else String.
    """
    import polars

    label = reading.id_column or frame.columns[0]
    if label not in frame.columns:
        raise TableError(f"{path} has no column {listing([label])}, which --id names; it has {listing(frame.columns)}")
    names = frame[label].cast(polars.String)
    body = frame.drop(label)
    if body.width == 0:
        raise TableError(f"{path} has no columns besides {label!r}; there is nothing to transpose")
    if names.null_count():
        raise TableError(f"column {label!r} of {path}, which names the features, is empty in row "
                         f"{int(names.is_null().arg_max()) + 1}; name the column with the names by --id")
    twice = names.filter(names.is_duplicated()).unique(maintain_order=True).to_list()
    if twice:
        raise TableError(f"column {label!r} of {path} has the name {listing(twice)} more than once; rename the rows")
    if all(dtype.is_numeric() for dtype in body.dtypes) and not as_text:
        return body.cast(polars.Float64).transpose(column_names=names.to_list())
    words = body.cast(polars.String).transpose(column_names=names.to_list())
    if reading.decimal != "." or reading.strip:             # then 1.500 may mean 1500
        return words
    numbers = words.select(polars.all().cast(polars.Float64, strict=False))
    readable = [name for name, before, after in zip(words.columns, words.null_count().row(0),
                                                    numbers.null_count().row(0), strict=True)
                if before == after < words.height and name not in as_text]
    return words.with_columns(numbers[:, readable].get_columns())
