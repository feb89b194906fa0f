# Lives here: the data of a command that fits: a table, read and prepared. Independent of: fits, commands.
"""Files become the X, y and names of a fit, and the same preparation is learnt again from the rows of a fold."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lassocore.cli.options import COLUMNS, PREPARATION, READING, check_governed, split_off
from lassocore.cli.terminal import say

if TYPE_CHECKING:
    import numpy as np

    from lassocore.models.records import DataWindow
    from lassocore.tables.learn_preparation import PreparationOptions
    from lassocore.tables.preparation import Preparation
    from lassocore.tables.read_table import TrainingTable


@dataclass(frozen=True)
class TrainingData:
    """A training table and its features."""

    table: TrainingTable
    X: Any
    feature_names: tuple[str, ...] | None
    options: PreparationOptions
    preparation: Preparation | None         # None: features are the cells of the columns

    @property
    def labels(self) -> list[str]:
        """The names of all features; x0, x1, ... where there are none."""
        names = self.feature_names
        return [f"x{j}" for j in range(self.X.shape[1])] if names is None else list(names)

    def of_fold(self, train: np.ndarray, test: np.ndarray) -> tuple[Any, Any, tuple[str, ...]]:
        """(features of the training rows, of the held-out rows, names), the preparation learnt from the former."""
        from lassocore.tables.learn_preparation import learn_preparation

        table = self.table
        assert table.cells is not None and table.columns is not None
        masks = []
        for rows in (train, test):
            mask = _mask(rows, len(table.y))
            masks.append(table.cells.rows(mask))
        found = learn_preparation(masks[0], table.columns, self.options)
        return found.apply(masks[0])[0], found.apply(masks[1])[0], found.feature_names


def _mask(rows: np.ndarray, n_samples: int) -> np.ndarray:
    import numpy as np

    mask = np.zeros(n_samples, dtype=bool)
    mask[rows] = True
    return mask


def read_data(file: Path, target: str | None, weights: str | None, given: dict[str, Any]) -> TrainingData:
    """The training data of a file; options of reading, of columns and of preparation are taken out of `given`."""
    from lassocore.tables.learn_preparation import SKEWED, PreparationOptions, learn_preparation
    from lassocore.tables.read_table import read_training
    from lassocore.tables.reading import ColumnChoice, Reading, expand

    check_governed(click.get_current_context())
    reading, choice = split_off(given, READING), split_off(given, COLUMNS)
    wanted = split_off(given, PREPARATION)
    if "id_column" in reading and not reading.get("transpose"):
        label = reading.pop("id_column")
        if label in (target, weights):
            role = "target" if label == target else "weights"
            raise click.ClickException(f"--id {label!r} is the column of --{role}; name another one")
        choice["drop"] = (*choice.get("drop", ()), label)
    table = read_training(file, target, weights, Reading(**reading), ColumnChoice(**choice))
    for note in table.notes:
        say(f"Note: {note}", err=True)
    if len(table.y) > 1 and table.y.min() == table.y.max():
        say(f"Note: {'the target' if target is None else f'the target column {target!r}'} of {file} is "
            f"{table.y[0]:g} in all {len(table.y)} rows; no feature can explain it", err=True)
    if "power" in wanted and table.columns is not None:
        columns = [column.name for column in table.columns]
        found = expand(wanted["power"], columns)
        wanted["power"] = SKEWED if found == (SKEWED,) and SKEWED not in columns else found
    options = PreparationOptions(**wanted)
    if not options.learns:
        return TrainingData(table, table.X, table.feature_names, options, None)
    if table.cells is None or table.columns is None:
        used = next(name for name in wanted if name not in ("rare_categories", "merge_to"))
        raise click.ClickException(f"--{used.replace('_', '-')} is for CSV and Parquet; leave it out for {file}")
    preparation = learn_preparation(table.cells, table.columns, options)
    return TrainingData(table, preparation.apply(table.cells)[0], preparation.feature_names, options, preparation)


def window_of(table: TrainingTable) -> DataWindow | None:
    """The first and the last day of the first column of dates, if there is one."""
    from datetime import UTC, datetime, timedelta

    from lassocore.models.records import DataWindow

    if table.reading is None or table.cells is None:
        return None
    dates = [name for name in table.reading.dates if name in table.cells.numeric]
    if not dates:
        return None
    days = table.cells.values[:, list(table.cells.numeric).index(dates[0])]
    first, last = ((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=float(day))).date().isoformat()
                   for day in (days.min(), days.max()))
    return DataWindow(first, last, f"column {dates[0]}")
