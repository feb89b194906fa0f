# Lives here: random halves of the rows, and which features enter on each. Independent of: thresholds, bounds.
"""Paths on subsamples: a subsample is a vector of weights over the rows of one X, 0 for those left out."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lassocore.cross_validation.folds import Data, weights_of
from lassocore.results.path_batch import PathBatch, joined
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.settings import Settings

MAX_SEED = 2**31 - 1


class Subsample(NamedTuple):
    """Rows, with the seed of the penalties of the randomised lasso."""

    rows: np.ndarray
    seed: tuple[int, int]


class Entries(NamedTuple):
    """The features that one subsample selects."""

    features: np.ndarray
    positions: np.ndarray           # of the alphas at which they do
    signs: np.ndarray               # of their coefficients there
    n_alphas: int                   # that were solved
    n_missed: int                   # of them, those that missed the tolerance
    relative_gap: float             # the largest, over the mean square of the centred y
    n_iter: int                     # epochs and exact steps at the alpha that took most


def draw_subsamples(random_state: np.random.RandomState, rows: np.ndarray, n_subsamples: int, paired: bool
                    ) -> list[Subsample]:
    """Halves of these rows: independent ones, or pairs without a row in common (an odd row is left out)."""
    size, n_draws = len(rows) // 2, n_subsamples // 2 if paired else n_subsamples
    drawn = []
    for seed in random_state.randint(MAX_SEED, size=n_draws).tolist():
        order = np.random.default_rng(seed).permutation(rows)
        halves = (order[:size], order[size:2 * size]) if paired else (order[:size],)
        drawn += [Subsample(np.sort(half), (seed, k)) for k, half in enumerate(halves)]
    return drawn


@dataclass(frozen=True)
class SubsamplePaths:
    """What the paths of all subsamples have in common."""

    data: Data
    grid: np.ndarray                # falling
    l1_ratio: float
    settings: Settings
    weakness: float                 # penalties are divided by numbers from here to 1
    max_features: int               # a path ends when so many have entered

    def entries_of(self, subsamples: Sequence[Subsample]) -> list[Entries]:
        """The features that each subsample selects."""
        return [self.entries(subsample) for subsample in subsamples]

    def entries(self, subsample: Subsample) -> Entries:
        """The features that enter first, at most max_features."""
        data = self.data
        if self.weakness < 1.0:
            data = data._replace(penalty=randomised(data.penalty, self.weakness, subsample.seed))
        problem = data.problem(weights_of(subsample.rows, data))
        entered, batches = np.zeros(problem.matrix.n_features, bool), []
        for batch in solve_levels(problem, self.grid, self.l1_ratio, self.settings, None, None):
            batches.append(batch)
            entered[batch.rows] = True
            if np.count_nonzero(entered) >= self.max_features:
                break
        solved = joined(batches)
        features, positions, values = first_entries(solved)
        if len(features) > self.max_features:
            kept = first_of(positions, np.abs(values) * np.sqrt(problem.sq_norms[features]), self.max_features)
            features, positions, values = features[kept], positions[kept], values[kept]
        gap = max(solved.gap) / problem.sq_target if problem.sq_target > 0.0 else 0.0
        return Entries(features, positions, np.sign(values), len(solved), len(solved) - sum(solved.converged), gap,
                       int(solved.n_iter.max()))


def randomised(penalty: Any, weakness: float, seed: tuple[int, int]) -> Any:
    """The penalty with each factor divided by a number drawn from [weakness, 1]: the randomised lasso."""
    drawn = np.random.default_rng([*seed, 1]).uniform(weakness, 1.0, len(penalty.factor))
    return penalty._replace(factor=penalty.factor / drawn, uniform=False)


def first_entries(solved: PathBatch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(features that are ever nonzero, positions of the alphas at which they are so first, coefficients there)."""
    features, first = np.unique(solved.rows, return_index=True)
    return features, np.searchsorted(solved.ends, first, side="right") - 1, solved.values[first]


def first_of(positions: np.ndarray, sizes: np.ndarray, n_wanted: int) -> np.ndarray:
    """Which of the entries come first: at the same alpha the largest, which has most likely entered before."""
    return np.sort(np.lexsort((-sizes, positions))[:n_wanted])
