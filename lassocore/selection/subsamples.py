# Lives here: random halves of the rows, and which features enter on each. Independent of: thresholds, bounds.
"""Paths on subsamples: a subsample is a vector of weights over the rows of one X, 0 for those left out."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lassocore.cross_validation.folds import Data, weights_of
from lassocore.results.path_batch import PathBatch
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
        entered = np.zeros(problem.matrix.n_features, bool)
        features: list[np.ndarray] = []
        positions: list[np.ndarray] = []
        signs: list[np.ndarray] = []
        n_alphas, n_missed, gap, n_iter = 0, 0, 0.0, 0
        scales = np.sqrt(problem.sq_norms)
        for batch in self._batches(problem):
            new, where, values = first_entries(batch, entered)
            entered[new] = True
            n_room = self.max_features - sum(len(found) for found in features)
            if len(new) > n_room:
                kept = first_of(where, np.abs(values) * scales[new], n_room)
                new, where, values = new[kept], where[kept], values[kept]
            features.append(new)
            positions.append(batch.first + where)
            signs.append(np.sign(values))
            n_alphas += len(batch)
            n_missed += len(batch) - sum(batch.converged)
            gap, n_iter = max(gap, *batch.gap), max(n_iter, int(batch.n_iter.max()))
            if len(new) == n_room:
                break
        return Entries(np.concatenate(features), np.concatenate(positions), np.concatenate(signs), n_alphas, n_missed,
                       gap / problem.sq_target if problem.sq_target > 0.0 else 0.0, n_iter)

    def _batches(self, problem: Any) -> Iterator[PathBatch]:
        return solve_levels(problem, self.grid, self.l1_ratio, self.settings, None, None)


def randomised(penalty: Any, weakness: float, seed: tuple[int, int]) -> Any:
    """The penalty with each factor divided by a number drawn from [weakness, 1]: the randomised lasso."""
    drawn = np.random.default_rng([*seed, 1]).uniform(weakness, 1.0, len(penalty.factor))
    return penalty._replace(factor=penalty.factor / drawn, uniform=False)


def first_entries(batch: PathBatch, entered: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(features that enter in a batch, positions of the alphas in it at which they do, coefficients there)."""
    candidates = np.flatnonzero(~entered[batch.rows])
    features, first = np.unique(batch.rows[candidates], return_index=True)
    at = candidates[first]
    where = np.searchsorted(batch.ends, at, side="right") - 1
    return features, where, batch.values[at]


def first_of(positions: np.ndarray, sizes: np.ndarray, n_wanted: int) -> np.ndarray:
    """Which of the entries come first: at the same alpha the largest, which has most likely entered before."""
    return np.sort(np.lexsort((-sizes, positions))[:n_wanted])
