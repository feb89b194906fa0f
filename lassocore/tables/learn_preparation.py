# Lives here: what a preparation learns from a training table. Independent of: files, frames, the target.
"""Learning of a preparation, by scikit-learn's transformers where there is one.

OneHotEncoder counts categories, PowerTransformer fits exponents, StandardScaler and PCA the rest. Nothing depends on
the target, and nothing on rows that are not in the training table.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np

from lassocore.tables.columns import BOOL, NUMERIC, TEXT, Column, TableError, listing
from lassocore.tables.one_hot import codes_of
from lassocore.tables.parsed_cells import Parsed
from lassocore.tables.preparation import MERGED_TO, RARE_RULES, Group, Power, Preparation

SKEWED = "skewed"
MIN_SKEWNESS = 1.0          # beyond which a distribution counts as highly skewed (Bulmer 1979)
MAX_COMPARED = 5_000        # columns whose correlations are compared in pairs


@dataclass(frozen=True)
class PreparationOptions:
    """What is to be learnt; the parameters of `TablePreparer` of the same names."""

    min_frequency: int | float | None = None
    rare_categories: str = "merge"
    merge_rare: int | float | None = None
    power: str | Sequence[str] | None = None
    merge_correlated: float | None = None
    merge_to: str = "mean"
    standardize: bool = False

    def __post_init__(self) -> None:
        for name in ("min_frequency", "merge_rare"):
            _check_frequency(name, getattr(self, name))
        if self.rare_categories not in RARE_RULES:
            raise TableError(f"rare_categories={self.rare_categories!r} is unknown; use 'merge' or 'drop'")
        if self.merge_to not in MERGED_TO:
            raise TableError(f"merge_to={self.merge_to!r} is unknown; use 'mean' or 'pc1'")
        least = self.merge_correlated
        if least is not None and not (isinstance(least, Real) and not isinstance(least, bool) and 0 < least <= 1):
            raise TableError(f"merge_correlated={least!r} is no correlation; use a number above 0, at most 1, or None")
        if isinstance(self.power, str) and self.power != SKEWED:
            raise TableError(f"power={self.power!r} is unknown; use 'skewed', a list of columns, or None")

    @property
    def learns(self) -> bool:
        """Whether anything depends on the cells of the training table, beyond the columns and their categories."""
        return self.standardize or not (self.min_frequency is None and self.merge_rare is None
                                        and not self.power and self.merge_correlated is None)


def _check_frequency(name: str, value: Any) -> None:
    """Require a number of rows, a share of rows, or None."""
    whole = isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1
    share = isinstance(value, Real) and not isinstance(value, Integral) and 0 < float(value) < 1
    if value is not None and not (whole or share):
        raise TableError(f"{name}={value!r} is neither a number of rows, an integer from 1, nor a share of them "
                         "between 0 and 1")


def least_rows(frequency: int | float, n_samples: int) -> float:
    """The number of rows below which something is rare, as in scikit-learn's OneHotEncoder."""
    return float(frequency if isinstance(frequency, Integral) else frequency * n_samples)


def learn_preparation(cells: Parsed, columns: Sequence[Column], options: PreparationOptions) -> Preparation:
    """The preparation of a training table; columns have the categories of all rows, those of cells or more."""
    bare = Preparation(tuple(columns), {}, options.rare_categories)
    rare = {} if options.min_frequency is None else _rare_categories(cells, columns, options.min_frequency)
    flags: tuple[str, ...] = ()
    if options.merge_rare is not None:
        flags = _rare_flags(cells, bare, options.merge_rare)
    power = () if not options.power else _powers(cells.values, bare, options.power)
    found = replace(bare, rare=rare, flags=flags, power=power)
    if options.merge_correlated is not None:
        found = replace(found, groups=_groups(found.powered(cells.values), found, options))
    return _standardized(cells, found) if options.standardize else found


def _rare_categories(cells: Parsed, columns: Sequence[Column], frequency: int | float) -> dict[str, tuple[str, ...]]:
    """The categories of each text column that are rarer than min_frequency."""
    from sklearn.preprocessing import OneHotEncoder

    text = [column for column in columns if column.kind == TEXT]
    if not text:
        return {}
    encoder = OneHotEncoder(categories=[list(column.categories) for column in text], min_frequency=frequency)
    encoder.fit(np.array(cells.words[:, [column.name for column in text]].to_numpy(), dtype=object))
    return {column.name: () if rare is None else tuple(map(str, rare))
            for column, rare in zip(text, encoder.infrequent_categories_, strict=True)}


def _rare_flags(cells: Parsed, preparation: Preparation, frequency: int | float) -> tuple[str, ...]:
    """0/1 and bool columns that are true in fewer rows; none if there is only one."""
    least = least_rows(frequency, len(cells.values))
    is_flag = ((cells.values == 0) | (cells.values == 1)).all(axis=0)
    names = [name for name, flag in zip(preparation.numeric, is_flag, strict=True) if flag]
    names += [column.name for column in preparation.columns if column.kind == BOOL]
    codes = codes_of(cells.words, cells.others(preparation.columns))
    rare = [name for name in names if preparation.flag(name, cells.values, codes).sum() < least]
    return tuple(rare) if len(rare) > 1 else ()


def _powers(values: np.ndarray, preparation: Preparation, wanted: str | Sequence[str]) -> tuple[Power, ...]:
    """Transforms of the named columns, or of all that are skewed; standardised, since their units have no meaning."""
    from sklearn.preprocessing import PowerTransformer, StandardScaler

    names = _skewed(values, preparation.numeric) if isinstance(wanted, str) else list(wanted)
    numeric = {column.name: column.kind == NUMERIC for column in preparation.columns}
    unknown = [name for name in names if not numeric.get(name)]
    if unknown:
        raise TableError(f"power names {listing(unknown)}, which {'is' if len(unknown) == 1 else 'are'} no numeric "
                         f"{'feature' if len(unknown) == 1 else 'features'} of the table")
    places = [preparation.numeric.index(name) for name in names]
    places = [k for k in dict.fromkeys(places) if np.ptp(values[:, k]) > 0]
    if not places:
        return ()
    with np.errstate(all="ignore"):
        transformer = PowerTransformer(standardize=False).fit(values[:, places])
        found = transformer.transform(values[:, places])
    usable = np.isfinite(found).all(axis=0) & (np.ptp(np.where(np.isfinite(found), found, 0.0), axis=0) > 0)
    if not usable.all():
        name = preparation.numeric[places[int((~usable).argmax())]]
        raise TableError(f"the power transform of column {name!r} over- or underflows; rescale the column first")
    scaler = StandardScaler().fit(found)
    return tuple(Power(preparation.numeric[k], float(exponent), float(mean), float(scale)) for k, exponent, mean, scale
                 in zip(places, transformer.lambdas_, scaler.mean_, scaler.scale_, strict=True))


def _skewed(values: np.ndarray, names: Sequence[str]) -> list[str]:
    """Columns of more than two values whose skewness is beyond MIN_SKEWNESS."""
    from scipy.stats import skew

    several = [k for k in range(len(names)) if len(np.unique(values[:, k])) > 2]
    if not several:
        return []
    with np.errstate(all="ignore"):
        scaled = values[:, several] / np.abs(values[:, several]).max(axis=0)       # third powers may overflow
        skewness = skew(scaled, axis=0)
    return [names[k] for k, g in zip(several, skewness, strict=True) if abs(g) > MIN_SKEWNESS]


def _groups(values: np.ndarray, preparation: Preparation, options: PreparationOptions) -> tuple[Group, ...]:
    """Sets of columns in which every pair is correlated at least as strongly as merge_correlated."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    free = [k for k, name in enumerate(preparation.numeric)
            if name not in preparation.flags and np.ptp(values[:, k]) > 0]
    if len(free) > MAX_COMPARED:
        raise TableError(f"merge_correlated compares the columns in pairs, and {len(free)} numeric columns are more "
                         f"than {MAX_COMPARED}; choose columns first")
    if len(free) < 2:
        return ()
    correlations = np.corrcoef(values[:, free], rowvar=False)
    distances = np.clip(1.0 - np.abs(correlations), 0.0, 1.0)
    np.fill_diagonal(distances, 0.0)
    assert options.merge_correlated is not None
    labels = fcluster(linkage(squareform(distances, checks=False), method="complete"),
                      1.0 - options.merge_correlated + 1e-12, criterion="distance")
    members = {label: [k for k, own in enumerate(labels) if own == label] for label in dict.fromkeys(labels)}
    return tuple(_merged(values[:, [free[k] for k in group]], [preparation.numeric[free[k]] for k in group],
                         np.sign(correlations[group[0], group]), options.merge_to)
                 for group in members.values() if len(group) > 1)


def _merged(values: np.ndarray, names: Sequence[str], signs: np.ndarray, rule: str) -> Group:
    """The mean of the standardised columns, turned to the sign of the first, or their first principal component."""
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(values)
    weights = signs / len(names)
    if rule == "pc1":
        weights = PCA(n_components=1, svd_solver="full").fit(scaler.transform(values)).components_[0]
        weights = weights * (1.0 if weights[0] >= 0 else -1.0)
    return Group(tuple(names), rule, tuple(scaler.mean_.tolist()), tuple((weights / scaler.scale_).tolist()))


def _standardized(cells: Parsed, found: Preparation) -> Preparation:
    """With means and standard deviations: of numeric features both, of 0/1 features the latter alone."""
    from sklearn.preprocessing import StandardScaler

    X, _ = found.apply(cells)
    n_numbers = sum(column.kind == NUMERIC for column in found.features)
    n_features = X.shape[1]
    centers, scales = np.zeros(n_features), np.ones(n_features)
    numbers, indicators = X[:, :n_numbers], X[:, n_numbers:]
    if n_numbers:
        scaler = StandardScaler().fit(numbers.toarray() if hasattr(numbers, "toarray") else numbers)
        centers[:n_numbers], scales[:n_numbers] = scaler.mean_, scaler.scale_
    if n_features > n_numbers:
        scales[n_numbers:] = StandardScaler(with_mean=False).fit(indicators).scale_
    return replace(found, centers=centers, scales=scales)
