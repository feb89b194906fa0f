# Lives here: many targets over one X with sample weights of their own. Independent of: storage, kernels.
"""Targets that share neither means nor products: a problem each, over the rows that have weight."""
from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import numpy as np

from lassocore.datafits.sample_weight import as_sample_weight, weight_unit
from lassocore.designs.canonical import as_canonical
from lassocore.paths.alpha_grid import as_alphas
from lassocore.paths.fit_many import Targets, as_grids, as_starts, solve_targets
from lassocore.paths.fit_path import solve_path
from lassocore.penalties.elastic_net import as_penalty_shape, check_l1_ratio
from lassocore.problems.problem import checked_problem
from lassocore.problems.targets import as_columns
from lassocore.problems.variants import without_features
from lassocore.results.many_result import ManyResult
from lassocore.results.many_stacking import stacked_paths
from lassocore.results.path_result import PathResult, with_fields
from lassocore.solvers.cost_model import MAX_SINGLE_FITS, SMALL_SIZE
from lassocore.solvers.settings import Settings
from lassocore.utils import threads
from lassocore.utils.arguments import is_whole

MIN_ZERO_SHARE = 0.2                # of rows without weight, from which a copy of the others pays on a large X


def solve_with_weights(X, targets: Targets, sample_weight, alphas: tuple[Any, float], l1_ratio: float,
                       settings: Settings, coef_init, options: dict[str, Any]) -> ManyResult:
    """The paths of all targets, without warnings; alphas is (alphas, eps), targets are those without weights."""
    check_l1_ratio(l1_ratio)
    X, n_targets = as_canonical(X, options["columns_contiguous"]), len(targets)
    weights = as_weights(sample_weight, X.shape[0], n_targets)
    grids = None if is_whole(alphas[0]) else as_grids(targets, alphas[0])
    starts = as_starts(targets, coef_init)
    large = X.shape[0] * X.shape[1] > SMALL_SIZE
    if (grids is not None and starts is None and large and X.shape[0] >= X.shape[1]
            and grids.shape[1] <= MAX_SINGLE_FITS and grids.min() > 0.0 < l1_ratio):
        unlimited = replace(settings, max_active=None)
        starts = solve_targets(targets, grids[:, :1], 1.0, l1_ratio, unlimited).coefs[:, :, 0]
    seeds = None
    if settings.selection != "cyclic":
        seeds = np.random.default_rng(settings.rng).integers(2**63, size=n_targets)
    shape = as_penalty_shape(options["penalty_factor"], options["bounds"], options["positive"], options["standardize"],
                             X.shape[1])
    work = _WeightedWork(X, targets.Y, weights, shape, options["fit_intercept"], alphas, grids, l1_ratio, settings,
                         starts, seeds, targets.excluded)
    divides = threads.divides_products(targets.matrix.cost, X.shape[1])
    with threads.single_threaded_blas(divides), threads.thread_pool(settings.n_threads) as pool:
        try:
            paths = threads.run(pool, work.solve, range(n_targets))
        finally:
            work.ended.set()
    return stacked_paths([path for path, _ in paths], [grid for _, grid in paths], settings.tol)


def as_weights(sample_weight, n_samples: int, n_targets: int) -> np.ndarray:
    """Weights, a column for each target, at least 0 and not all 0."""
    weights = as_columns(sample_weight, "sample_weight", n_samples, n_targets)
    least = weights.min(axis=0)
    if (least < 0.0).any():
        k = int(np.argmin(least))
        raise ValueError(f"sample_weight has a negative value ({least[k]:g}) in column {k}; weights must be at least 0")
    empty = ~weights.any(axis=0)
    if empty.any():
        raise ValueError(f"sample_weight is zero for all samples in column {int(np.argmax(empty))}; give at least one "
                         "sample of each target a positive weight")
    return weights


@dataclass
class _WeightedWork:
    """The fit of all targets, one after another."""

    X: Any
    Y: np.ndarray
    weights: np.ndarray
    shape: Any
    fit_intercept: bool
    alphas: tuple[Any, float]
    grids: np.ndarray | None        # a row for each target; None for grids of their own
    l1_ratio: float
    settings: Settings
    starts: np.ndarray | None
    seeds: np.ndarray | None
    excluded: list[np.ndarray] | None

    def __post_init__(self) -> None:
        self.ended = Event()

    def solve(self, k: int) -> tuple[PathResult, np.ndarray]:
        """(the path, the alphas that it was to reach) of target k."""
        if self.ended.is_set():
            raise KeyboardInterrupt     # of the thread that waits for this one
        given = np.ascontiguousarray(self.weights[:, k])
        X, rows = self._rows_with(given)
        weights, y = as_sample_weight(given[rows], X.shape[0]), np.ascontiguousarray(self.Y[rows, k])
        problem = checked_problem(X, y, weights, self.shape, self.fit_intercept)
        problem = replace(problem, weight_unit=weight_unit(given))
        if self.excluded is not None:
            problem = without_features(problem, self.excluded[k])
        eps = self.alphas[1]
        grid = as_alphas(problem, self.alphas[0], eps, self.l1_ratio) if self.grids is None else self.grids[k]
        settings = replace(self.settings, n_threads=1)
        if self.seeds is not None:
            settings.rng = int(self.seeds[k])
        path = solve_path(problem, grid, eps, self.l1_ratio, settings, None if self.starts is None else self.starts[k])
        if path.sample is not None and X is not self.X:
            path = with_fields(path, {"sample": path.sample._replace(
                n_rows=self.X.shape[0], weights=as_sample_weight(given, len(given)))})
        return path, grid

    def _rows_with(self, weights: np.ndarray) -> tuple[Any, Any]:
        """(X without the rows that have no weight, the others), where many have none and X is dense."""
        rows = np.flatnonzero(weights)
        few_zeros = len(rows) > (1.0 - MIN_ZERO_SHARE) * len(weights)
        if not isinstance(self.X, np.ndarray) or self.X.size <= SMALL_SIZE or few_zeros:
            return self.X, slice(None)
        by_rows = self.X.flags.c_contiguous
        return self.X.take(rows, axis=0) if by_rows else self.X.T.take(rows, axis=1).T, rows
