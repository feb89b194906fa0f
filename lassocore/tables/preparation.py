# Lives here: what was learnt from a training table, applied to any table. Independent of: how it is learnt.
"""A preparation: rare categories and flags merged, power transforms, correlated columns merged, standardisation.

It is described by plain values, so that a model file can hold it, and is applied with NumPy and scikit-learn.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lassocore.tables.columns import NUMERIC, Column
from lassocore.tables.one_hot import codes_of, feature_matrix, feature_names_of
from lassocore.tables.parsed_cells import Parsed

RARE_RULES = ("merge", "drop")
MERGED_TO = ("mean", "pc1")
OTHER = ("other", "other (rare)", "other (rare categories)")
MAX_NAMED = 3               # columns in the name of a merged feature


@dataclass(frozen=True)
class Power:
    """The Yeo-Johnson transform of a column, then (x - center) / scale."""

    column: str
    exponent: float
    center: float
    scale: float

    @property
    def feature_name(self) -> str:
        """power(name)."""
        return f"power({self.column})"


@dataclass(frozen=True)
class Group:
    """Correlated columns, replaced by sum_j weights[j] * (x_j - centers[j]), after the power transforms."""

    columns: tuple[str, ...]
    rule: str                       # one of MERGED_TO
    centers: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Preparation:
    """The features of a table, made from its columns."""

    columns: tuple[Column, ...]                             # of the input, numeric ones first, with all categories
    rare: Mapping[str, tuple[str, ...]]                     # rare categories of text columns
    rare_rule: str = "merge"                                # one of RARE_RULES
    flags: tuple[str, ...] = ()                             # rare 0/1 columns, merged into one
    power: tuple[Power, ...] = ()
    groups: tuple[Group, ...] = ()
    centers: np.ndarray | None = None                       # of standardisation: one for each feature
    scales: np.ndarray | None = None

    @property
    def numeric(self) -> list[str]:
        """The numeric columns."""
        return [column.name for column in self.columns if column.kind == NUMERIC]

    @property
    def pooled(self) -> tuple[str, ...]:
        """Text columns with a feature for their rare categories, to which unseen values belong as well."""
        return tuple(name for name, rare in self.rare.items() if rare) if self.rare_rule == "merge" else ()

    @cached_property
    def features(self) -> tuple[Column, ...]:
        """The features: columns of numbers, merged or not, then 0/1 features of categories."""
        merged = {*self.flags, *(name for group in self.groups for name in group.columns)}
        renamed = {power.column: power.feature_name for power in self.power}
        numbers = [renamed.get(name, name) for name in self.numeric if name not in merged]
        numbers += [f"{group.rule}({_joined([renamed.get(name, name) for name in group.columns])})"
                    for group in self.groups]
        numbers += [f"any({_joined(self.flags)})"] if self.flags else []
        return (*(Column(name, NUMERIC) for name in numbers),
                *(self._kept(column) for column in self.columns
                  if column.kind != NUMERIC and column.name not in merged))

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of all features; a TableError unless they are distinct."""
        return feature_names_of(self.features, "the prepared table")

    def _kept(self, column: Column) -> Column:
        """A column of categories without its rare ones, or with one that stands for them."""
        rare = set(self.rare.get(column.name, ()))
        kept = tuple(category for category in column.categories if category not in rare)
        if rare and self.rare_rule == "merge":
            kept += (next(name for name in OTHER if name not in kept),)
        return Column(column.name, column.kind, kept)

    def apply(self, cells: Parsed) -> tuple[Any, np.ndarray]:
        """(matrix of the features, codes of the columns that are not numeric; -1 for unseen values)."""
        codes = codes_of(cells.words, cells.others(self.columns))
        numbers = self.numbers(self.powered(cells.values), codes)
        n_numbers = numbers.shape[1]
        if self.centers is not None and self.scales is not None:
            numbers = (numbers - self.centers[:n_numbers]) / self.scales[:n_numbers]
        X = feature_matrix(np.asfortranarray(numbers), self._recoded(codes), self.features)
        if self.scales is not None:
            X = _scaled(X, np.where(np.arange(X.shape[1]) < n_numbers, 1.0, self.scales))
        return X, codes

    def powered(self, values: np.ndarray) -> np.ndarray:
        """The numeric columns after the power transforms."""
        if not self.power:
            return values
        from sklearn.preprocessing import PowerTransformer

        places = [self.numeric.index(power.column) for power in self.power]
        transformer = PowerTransformer(standardize=False)
        transformer.lambdas_ = np.array([power.exponent for power in self.power])
        transformer.n_features_in_ = len(places)
        found = (transformer.transform(values[:, places]) - [power.center for power in self.power]) / [
            power.scale for power in self.power]
        changed = values.copy(order="F")
        changed[:, places] = found
        return changed

    def numbers(self, values: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """The numeric features: columns that are not merged, merged groups, merged flags."""
        if not (self.groups or self.flags):
            return values
        place = {name: k for k, name in enumerate(self.numeric)}
        merged = {*self.flags, *(name for group in self.groups for name in group.columns)}
        found = [values[:, [k for name, k in place.items() if name not in merged]]]
        for group in self.groups:
            columns = values[:, [place[name] for name in group.columns]]
            found.append(((columns - group.centers) @ np.array(group.weights))[:, None])
        if self.flags:
            found.append(np.any([self.flag(name, values, codes) for name in self.flags], axis=0)[:, None])
        return np.column_stack(found).astype(np.float64)

    def flag(self, name: str, values: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Where a 0/1 or bool column is true."""
        others = [column for column in self.columns if column.kind != NUMERIC]
        for k, column in enumerate(others):
            if column.name == name:
                return codes[:, k] == column.categories.index("True") if "True" in column.categories else (
                    np.zeros(len(codes), dtype=bool))
        return values[:, self.numeric.index(name)] != 0

    def _recoded(self, codes: np.ndarray) -> np.ndarray:
        """Codes among the categories of the features; -1 for values that have none."""
        others = [column for column in self.columns if column.kind != NUMERIC]
        kept = {column.name: column.categories for column in self.features if column.kind != NUMERIC}
        recoded = []
        for k, column in enumerate(others):
            if column.name not in kept:                     # a merged flag
                continue
            rare = set(self.rare.get(column.name, ()))
            remaining = [category for category in column.categories if category not in rare]
            new = {category: place for place, category in enumerate(remaining)}
            other = len(remaining) if column.name in self.pooled else -1
            table = np.array([*(new.get(category, other) for category in column.categories), other], dtype=np.int32)
            recoded.append(table[codes[:, k]])              # -1, an unseen value, is the last entry
        return np.column_stack(recoded) if recoded else np.empty((len(codes), 0), dtype=np.int32)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON, without the columns."""
        return {
            "rare": {name: list(categories) for name, categories in self.rare.items()}, "rare_rule": self.rare_rule,
            "flags": list(self.flags), "power": [vars(power).copy() for power in self.power],
            "groups": [{"columns": list(group.columns), "rule": group.rule, "centers": list(group.centers),
                        "weights": list(group.weights)} for group in self.groups],
            "centers": None if self.centers is None else self.centers.tolist(),
            "scales": None if self.scales is None else self.scales.tolist()}


def _joined(names: Sequence[str]) -> str:
    """The names of merged columns, the first few of them."""
    text = ", ".join(names[:MAX_NAMED])
    return text if len(names) <= MAX_NAMED else f"{text} and {len(names) - MAX_NAMED} more"


def _scaled(X: Any, scales: np.ndarray) -> Any:
    """The columns of X divided by these scales, in place."""
    if isinstance(X, np.ndarray):
        X /= scales
        return X
    from sklearn.utils.sparsefuncs import inplace_column_scale

    inplace_column_scale(X, 1.0 / scales)
    return X
