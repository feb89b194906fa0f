# Lives here: which coefficients are 0 together, and their penalty. Independent of: alpha, solvers.
"""Blocks of coefficients: rows over tasks, groups of features."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore.problems.problem import Problem
from lassocore.utils.index_ranges import ranges_of
from lassocore.utils.powers_of_two import OutOfRange

MAX_SPREAD = 1e120                  # of the sizes of columns in one group; its square is in range with room

class Blocks(NamedTuple):
    """Blocks of the features that may be nonzero.

    At a level the penalty of a block is factors[0] l1 ||w|| + factors[1] l1 ||w||_1 + factors[2] l2 ||w||^2 / 2, w
    being its coefficients times the units of their columns. Unpenalised columns are blocks of one.
    """

    columns: np.ndarray             # the features, block after block
    starts: np.ndarray              # of the blocks in columns; the last of them ends at the last number
    factors: np.ndarray             # (n_blocks, 3)
    units: np.ndarray | None        # of all columns of X; None for ones

    @property
    def has_feature_l1(self) -> bool:
        """Whether features have an L1 penalty of their own within their blocks."""
        return bool(self.factors[:, 1].any())

    @property
    def are_rows(self) -> bool:
        """Whether every block has one feature."""
        return len(self.columns) == len(self.factors)

    @property
    def widths(self) -> np.ndarray:
        """How many features each block has."""
        return self.starts[1:] - self.starts[:-1]

    def columns_of(self, members: np.ndarray) -> np.ndarray:
        """The features of these blocks, block after block."""
        if self.are_rows:
            return self.columns[members]
        return self.columns[ranges_of(self.starts[members], self.widths[members])]

    def starts_of(self, members: np.ndarray) -> np.ndarray:
        """Where these blocks begin in `columns_of(members)`; the last of them ends at the last number."""
        if self.are_rows:
            return np.arange(len(members) + 1)
        return np.append(0, self.widths[members].cumsum())


def blocks_of(problem: Problem) -> Blocks:
    """The blocks of a problem: its groups, or a block for each feature."""
    features, groups = problem.features, problem.penalty.groups
    l1_factor, l2_factor = problem.l1_factor[features], problem.l2_factor[features]
    if groups is None:
        factors = np.zeros((len(features), 3))
        factors[:, 0], factors[:, 2] = l1_factor, l2_factor
        return Blocks(features, np.arange(len(features) + 1), factors, None)
    labels = np.where(l1_factor > 0.0, groups.labels[features], len(groups.weights) + features)
    order = labels.argsort(kind="stable")
    columns, labels = features[order], labels[order]
    starts = np.append(np.flatnonzero(np.diff(labels, prepend=-1)), len(labels))
    weights = np.concatenate([groups.weights, np.zeros(problem.matrix.n_features)])[labels]
    weight, share, units = weights[starts[:-1]], groups.feature_l1_ratio, None
    penalised, common = weights > 0.0, np.ones(len(weight))
    ratios = problem.l1_factor[columns[penalised]] / weights[penalised]
    if len(ratios) and not (ratios == 1.0).all():
        own = np.repeat(np.arange(len(weight)), np.diff(starts))[penalised]     # the block of each ratio
        common[own] = 2.0**np.round(np.log2(np.median(ratios)))     # in all units, belongs to the penalty
        if problem.scaling is not None:
            common[own] = 2.0**np.round(np.log2(_largest(ratios, own, len(weight))))[own]
        units = np.ones(problem.matrix.n_features)
        units[columns[penalised]] = ratios / common[own]
        if problem.scaling is not None:
            _check_sizes(problem, columns[penalised], own, units)
    factors = np.empty((len(weight), 3))
    factors[:, 0], factors[:, 1] = (1.0 - share) * common * weight, np.where(weight > 0.0, share * common, 0.0)
    factors[:, 2] = weight * common**2
    return Blocks(columns, starts, factors, None if units is None or (units == 1.0).all() else units)


def _largest(values: np.ndarray, labels: np.ndarray, n_blocks: int) -> np.ndarray:
    """The largest positive value of each block; 0 without any."""
    found = np.zeros(n_blocks)
    np.maximum.at(found, labels, values)
    return found


def _check_sizes(problem: Problem, columns: np.ndarray, labels: np.ndarray, units: np.ndarray) -> None:
    """Require squares of columns, over their units, that can be added within each block."""
    n_blocks = int(labels.max()) + 1
    with np.errstate(over="ignore"):
        sizes = np.sqrt(problem.sq_norms[columns]) / units[columns]
        spread = _largest(sizes, labels, n_blocks) * _largest(1.0 / sizes, labels, n_blocks)
    if (spread > MAX_SPREAD).any():
        block = np.flatnonzero(labels == spread.argmax())
        large, small = (int(columns[block[at(sizes[block])]]) for at in (np.argmax, np.argmin))
        raise OutOfRange(
            f"columns {large} and {small} of X are in one group, and the first is more than {MAX_SPREAD:.0e} times as "
            "large, so that no float holds the sum of their squares; rescale or drop one of them")
