# Lives here: the public fit of many targets over one X. Independent of: storage, kernels.
"""Independent lasso problems that differ in y only."""
from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.designs.feature_names import names_of, target_names_of
from lassocore.paths.alpha_grid import as_alphas, given_alphas, warn_of_one_alpha
from lassocore.paths.fit_path import GrowingPath, fit_path
from lassocore.paths.result_fields import sample_of
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.problems.problem import Problem
from lassocore.problems.targets import TargetBlock, Targets, as_targets
from lassocore.results.convergence import warn_unconverged_targets
from lassocore.results.many_result import ManyResult
from lassocore.results.many_stacking import stacked
from lassocore.results.path_batch import PathBatch, joined
from lassocore.results.solved_target import SolvedTarget
from lassocore.solvers.active_set import INNER_SHARE, WORSE_THAN_ZERO
from lassocore.solvers.column_set import GAP, every_column
from lassocore.solvers.coordinate_descent import as_start
from lassocore.solvers.cost_model import choose_for_targets
from lassocore.solvers.driver import run_of_target, solve_levels
from lassocore.solvers.lockstep import by_slots, in_lockstep
from lassocore.solvers.penalty_grid import penalty_grids
from lassocore.solvers.settings import Settings
from lassocore.utils import threads
from lassocore.utils.arguments import as_real, is_whole, n_dimensions
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.unknown_keywords import with_hints

MAX_LOCKSTEP = 16                   # targets solved in lockstep: twice the residuals of a scan
MAX_PRODUCTS = 1_000_000            # numbers of X times targets for which BLAS is not limited to one thread


@with_hints
@complete_docstring(fit_path)
def fit_many(
    X, Y, *, alphas: int | Sequence[float] | np.ndarray = 100, eps: float = 1e-3, l1_ratio: float = 1.0,
    fit_intercept: bool = True, standardize: bool = False, sample_weight=None, offset=None, penalty_factor=None,
    bounds=None, positive: bool = False, solver: str = "auto", selection: str = "cyclic", rng=None, tol: float = 1e-4,
    max_iter: int = 10_000, coef_init=None, max_active: int | None = None, n_threads: int = 1, exclude=None,
) -> ManyResult:
    r"""Fit a lasso or elastic-net path to each of many targets over the same X, each alpha of each certified.

    Minimises, for each column y of Y and each alpha, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - offset_i - b0 - x_i'w)^2
        + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)
        subject to lower_j <= w_j <= upper_j

    with s = sample_weight, S their sum, and v = penalty_factor: what `fit_path` does for one target. The targets share
    the checks of X, its first pass, its Gram matrix and, where X has many more columns than rows, further passes. They
    are independent; a multi-task model has a penalty that couples them. Each target may have weights of its own.

    Parameters
    ----------
    X
    Y : array-like of shape (n_samples, n_targets)
        One column for each target, also for a single target.
    alphas : int or array-like, default=100
        How many alphas, on a grid of its own for each target; a vector, the same for all targets; or an array of shape
        (n_targets, n_alphas), a row for each target. Each grid is sorted in falling order. A single number that is not
        an integer is refused, as in `fit_path`.
    eps, l1_ratio, fit_intercept, standardize
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_targets), optional
        Weights of the rows, for all targets or, as the counts of a bootstrap, for each. A weight of k counts as k
        repeated rows.
    offset : array-like of shape (n_samples,) or (n_samples, n_targets), optional
        A known part of the prediction, for all targets or for each.
    penalty_factor, bounds, positive, solver, selection
    rng : None, int or numpy.random.Generator, optional
        For selection "shuffled" and "random"; each target has its own stream.
    tol : float, default=1e-4
        An alpha has converged when its duality gap is at most ``tol * sum_i s_i y0_i^2 / S``, where y0 is the
        target minus the offset, centred if an intercept is fitted.
    max_iter
    coef_init : array-like of shape (n_features,) or (n_targets, n_features), optional
        Start of the first alpha, clipped to the bounds and 0 where excluded; each further alpha starts from the
        previous solution.
    max_active : int, optional
        End a target's path after the first alpha with more nonzeros than this.
    n_threads : int, default=1
        Threads that share the targets; -1 for all processors that the process may use. The results do not depend on it.
    exclude : array-like of int of shape (n_targets,), or list of lists of int, optional
        Columns of X that a target must not use: one for each target, or a list, which may be empty, for each. With
        ``fit_many(X, X, exclude=range(n_features))`` each column is regressed on all others.

    Returns
    -------
    ManyResult
        A sequence with a `PathResult` for each target, and arrays over all of them.

    Raises
    ------
    ValueError
        As in `fit_path`; Y that is not two-dimensional.
    TypeError
        A data frame some of whose column names are text and some are not.

    Warns
    -----
    ConvergenceWarning
        Once, with the number of targets that missed the tolerance and the gap of the worst.

    See Also
    --------
    fit_path : One target.
    fit_multi_task_path : Targets that share their features.

    Notes
    -----
    Targets with columns to exclude share one Gram matrix, where one is used: the 500 regressions of a column on the 499
    others of 2,000 x 500 took 0.16 s, a loop over scikit-learn's Lasso 5.9 s.

    Targets with weights of their own have no product with X in common: each is a fit of its own, with a Gram matrix of
    its own where one is used, and what is gained over a loop of `fit_path` is less. A large X is read without the rows
    that have no weight (37 % of them in a bootstrap), and if it is tall, fits of up to three given alphas start from
    the solutions without weights, which are found together. On 2,000 x 500 a target took 3.4 ms at one alpha and 11 ms
    at 100, in a loop 11 and 14; on small data it is as long as in a loop. n_threads divide the targets. Memory: for
    each thread a copy of the rows in use and a Gram matrix, and n_samples weights for each target, which its path
    keeps.

    References
    ----------
    * Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent,
      Journal of Statistical Software 33(1).
    * Osborne, Presnell, Turlach (2000), A new approach to variable selection in least squares problems, IMA Journal of
      Numerical Analysis 20(3).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_many
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> Y = np.array([[3.0, 0.0], [1.0, 2.0], [-3.0, 0.0], [-1.0, -2.0]])
    >>> many = fit_many(X, Y, alphas=[0.5])
    >>> many.coefs[:, :, 0].round(6)
    array([[2., 0.],
           [0., 1.]])
    >>> many[1].coefs[:, 0].round(6)
    array([0., 1.])
    >>> bool((many.dual_gaps <= many.gap_tols[:, None]).all())
    True

    How often a bootstrap selects each feature: one y, and a column of counts for each sample.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 4))
    >>> y = X[:, 1] + rng.standard_normal(100)
    >>> counts = rng.multinomial(100, np.full(100, 0.01), size=50).T
    >>> many = fit_many(X, np.broadcast_to(y[:, None], counts.shape), alphas=[0.3], sample_weight=counts)
    >>> bool((many.coefs[:, 1] != 0.0).mean() > 0.9)
    True
    """
    settings = Settings(solver, selection, rng, tol, max_iter, max_active, n_threads=n_threads)
    warn_of_one_alpha(alphas, stacklevel=3)
    names, own_weights = names_of(X), has_columns(sample_weight)
    options: dict[str, Any] = {
        "fit_intercept": fit_intercept, "standardize": standardize, "offset": offset, "penalty_factor": penalty_factor,
        "bounds": bounds, "positive": positive, "columns_contiguous": solver == "cd", "n_threads": n_threads,
        "exclude": exclude}
    targets = as_targets(X, Y, sample_weight=None if own_weights else sample_weight, **options)
    if own_weights:
        from lassocore.paths.fit_weighted import solve_with_weights

        result = solve_with_weights(X, targets, sample_weight, (alphas, eps), l1_ratio, settings, coef_init, options)
    else:
        result = solve_targets(targets, alphas, eps, l1_ratio, settings, coef_init)
    warn_unconverged_targets(result, max_iter, tol, stacklevel=3)
    names_of_targets = target_names_of(Y)
    if names is not None or names_of_targets is not None or offset is not None:
        result = replace(result, feature_names=names, target_names=names_of_targets, has_offset=offset is not None)
    return result


def has_columns(sample_weight) -> bool:
    """Whether weights are several columns."""
    return n_dimensions(sample_weight, "sample_weight") == 2 and np.shape(sample_weight)[1] != 1


def solve_targets(targets: Targets, alphas, eps: float, l1_ratio: float, settings: Settings, coef_init=None
                  ) -> ManyResult:
    """The paths of all targets, without warnings."""
    check_l1_ratio(l1_ratio)
    work = _Work(targets, alphas, eps, l1_ratio, settings, coef_init)
    matrix = targets.matrix
    n_products = float(matrix.cost) * matrix.n_features * len(targets)
    divides = n_products > MAX_PRODUCTS or threads.divides_products(matrix.cost, matrix.n_features)
    with threads.single_threaded_blas(divides), threads.thread_pool(settings.n_threads) as pool:
        work.choose(pool)
        spans = targets.spans(work.n_alphas, threads.count(settings.n_threads))
        try:
            solved = threads.run(pool, work.solve, spans)
        finally:
            work.ended.set()
    sample = sample_of(targets.base, matrix, np.empty(0))
    return stacked(targets.base, [target for block in solved for target in block], l1_ratio, settings.tol, sample)


class _Work:
    """The fit of all targets, block by block."""

    def __init__(self, targets: Targets, alphas, eps: float, l1_ratio: float, settings: Settings, coef_init):
        self.targets, self.eps, self.l1_ratio, self.settings = targets, eps, l1_ratio, settings
        given = given_alphas(alphas) if is_whole(alphas) else as_grids(targets, alphas)
        self.alphas: Any = given
        self.n_alphas = given if isinstance(given, int) else given.shape[1]
        self.starts = as_starts(targets, coef_init)
        self.ended = Event()
        self.seeds = None
        if settings.selection != "cyclic":
            self.seeds = np.random.default_rng(settings.rng).integers(2**63, size=len(targets))
        self.base = targets.base
        self.method = "cd"

    def choose(self, pool) -> None:
        """Choose the method for all targets, and form the Gram matrix of all columns if it uses one."""
        n_targets = len(self.targets) if self.fits_one_call else 0
        self.method = choose_for_targets(self.base, n_targets, self.n_alphas, self.settings, self.l1_ratio)
        if self.method == "gram":
            self.base = replace(self.base, gram=self.base.design.gram_of_features(self.base.features, pool))

    def solve(self, span: slice) -> list[SolvedTarget]:
        """One block of targets."""
        if self.ended.is_set():
            return []
        block = replace(self.targets.block(span), base=self.base)
        unscaled = block.exponents is None
        if is_whole(self.alphas):
            grids = np.array([as_alphas(block.problem(k), self.alphas, self.eps, self.l1_ratio)
                              for k in range(len(block))])
        else:
            grids = self.alphas[span]
        starts = None if self.starts is None else np.where(block.sq_targets[:, None] > 0.0, self.starts[span], 0.0)
        paths: dict[int, PathBatch] = {}
        plain = block.in_range
        if self.method == "gram" and self.fits_one_call and len(plain):
            solved = self.in_one_call(block.only(plain), grids[plain], None if starts is None else starts[plain])
            paths = {int(plain[k]): path for k, path in solved.items()}
        elif self.method == "working_set" and not self.needs_monitoring:
            paths = self.with_shared_scans(block, grids, starts)
        for k in range(len(block)):
            if k not in paths:
                problem = block.problem(k)
                paths[k] = self.alone(problem, grids[k], self.start(problem, k, starts), span.start + k)
        return [SolvedTarget(
            grid=grids[k], levels=paths[k], y_mean=block.y_means[k], sq_target=block.sq_targets[k],
            sq_deviation=block.sq_deviations[k], stopped="max_active" if self.exceeds_max_active(paths[k]) else "",
            problem=None if unscaled else block.problem(k), excluded=None if block.excluded is None else
            block.excluded[k]) for k in range(len(block))]

    def start(self, problem: Problem, k: int, starts) -> np.ndarray | None:
        """Starting coefficients of target k."""
        return None if starts is None else as_start(problem, starts[k])

    def exceeds_max_active(self, solved: PathBatch) -> bool:
        """Whether the last solution has more nonzeros than max_active allows, which ends the path."""
        limit = self.settings.max_active
        return limit is not None and solved.n_nonzero[-1] > limit

    def alone(self, problem: Problem, grid: np.ndarray, start, index: int) -> PathBatch:
        """The path of one target, as in fit_path."""
        settings = self.settings if self.seeds is None else replace(self.settings, rng=int(self.seeds[index]))
        path = GrowingPath(problem, self.l1_ratio, settings, grid)
        for batch in solve_levels(problem, grid, self.l1_ratio, settings, start, None):
            path.add(batch)
            if path.stopped or self.ended.is_set():
                break
        return joined(path.batches)

    def with_shared_scans(self, block: TargetBlock, grids: np.ndarray, starts) -> dict[int, PathBatch]:
        """The paths of the targets that gain by shared scans."""
        paths: dict[int, PathBatch] = {}
        for first in range(0, len(block), MAX_LOCKSTEP):
            runs = {}
            for k in range(first, min(first + MAX_LOCKSTEP, len(block))):
                problem = block.problem(k)
                run = run_of_target(problem, grids[k], self.l1_ratio, self.settings, self.start(problem, k, starts))
                if run is not None:
                    runs[k] = run
            solved: dict[int, list[PathBatch]] = {k: [] for k in runs}
            for k, batch in in_lockstep({k: run.solver for k, run in runs.items()}, by_slots):
                solved[k].append(runs[k].solved(batch))
                if self.ended.is_set():
                    return paths
            paths.update((k, joined([*solved[k], *run.rest()])) for k, run in runs.items())
        return paths

    @property
    def needs_monitoring(self) -> bool:
        """Whether each path must be monitored: it may end early or go on beyond tol."""
        return self.settings.may_end_early or self.settings.exact

    @property
    def fits_one_call(self) -> bool:
        """Whether the core can solve a block of targets on a Gram matrix in a single call."""
        return (self.l1_ratio > 0.0 and not self.settings.may_end_early and len(self.base.unpenalised) == 0
                and (is_whole(self.alphas) or bool((self.alphas > 0.0).all())))

    def in_one_call(self, block: TargetBlock, grids: np.ndarray, starts) -> dict[int, PathBatch]:
        """The paths of the targets that are certified on the Gram matrix."""
        problem, features, clock = self.base, self.base.features, time.perf_counter()
        solver = every_column(problem, 1, np.zeros(problem.matrix.n_features), None, self.l1_ratio < 1.0).solver
        q = c = np.ascontiguousarray(block.correlations[:, features])
        w = None
        if starts is not None:
            rows = [as_start(block.problem(k), start) for k, start in enumerate(starts)]
            w = np.array([row[features] for row in rows if row is not None])
            gram = solver.gram      # row by row: the last bits of a target do not depend on the others
            with np.errstate(over="ignore", invalid="ignore"):
                c = q - np.array([gram @ row for row in w])
                worse = ~(block.sq_targets - (w * (q + c)).sum(axis=1) <= WORSE_THAN_ZERO * block.sq_targets)
            w[worse], c[worse] = 0.0, q[worse]
        gap_tols = self.settings.goal * block.sq_targets

        def solve(span: slice) -> tuple[np.ndarray, np.ndarray]:
            largest = core.max_ratios_of_targets(solver, c[span]) / (problem.total_weight * self.l1_ratio)
            levels = penalty_grids(problem.total_weight, grids[span], self.l1_ratio, largest)
            return core.solve_targets(
                solver, (q[span], None if w is None else w[span], block.sq_targets[span], INNER_SHARE * gap_tols[span]),
                levels, min(self.settings.max_iter, 2**62), problem.dtype == np.float32)

        coefs, numbers = solve(slice(None)) if block.excluded is None else self.one_by_one(block, grids, solver, solve)
        seconds = (time.perf_counter() - clock) / grids.size
        done = np.all(numbers[:, GAP].reshape(grids.shape) <= gap_tols[:, None], axis=1)
        solved = _as_batches(coefs, numbers, features, seconds, grids.shape[1])
        return {k: solved[k] for k in np.flatnonzero(done).tolist()}

    def one_by_one(self, block: TargetBlock, grids: np.ndarray, solver, solve) -> tuple[np.ndarray, np.ndarray]:
        """The targets in turn, each with penalties on its excluded columns that no correlation reaches.

        |c_j| <= ||x_j|| ||y0||, so that at twice this level w_j = 0 is optimal and the gap that without column j.
        """
        excluded, features, factors = block.excluded or [], self.base.features, solver.l1_factor.copy()
        found = []
        for k, columns in enumerate(excluded):
            positions = np.searchsorted(features, np.intersect1d(columns, features))
            least = self.base.total_weight * self.l1_ratio * grids[k, -1]
            solver.l1_factor[positions] = 2.0 * np.sqrt(solver.sq_norms[positions] * block.sq_targets[k]) / least + 1.0
            found.append(solve(slice(k, k + 1)))
            solver.l1_factor[positions] = factors[positions]
        coefs, numbers = zip(*found, strict=True)
        return np.concatenate(coefs), np.concatenate(numbers)


def _as_batches(coefs, numbers, features, seconds: float, n_alphas: int) -> list[PathBatch]:
    """The solutions of each target, from one row of coefficients for each level."""
    rows, positions = coefs.nonzero()
    counts = np.bincount(rows, minlength=len(coefs))
    gaps, sq_residuals, *n_steps = numbers.T.tolist()
    n_epochs, n_newton = (list(map(int, column)) for column in n_steps)
    size = len(coefs)
    solved = PathBatch(
        0, features[positions], coefs[rows, positions], counts.tolist(), gaps, sq_residuals, [True] * size,
        ["gram"] * size, n_epochs, n_newton, [len(features)] * size, [0] * size, [seconds] * size)
    return [replace(solved[first:first + n_alphas], first=0) for first in range(0, len(coefs), n_alphas)]


def as_grids(targets: Targets, alphas) -> np.ndarray:
    """A falling grid for each target."""
    try:
        shape = np.shape(alphas)
    except ValueError:              # nested lists of different lengths
        shape = None
    if shape is not None and len(shape) < 2:
        grid = as_alphas(targets.base, alphas, 1.0, 1.0)
        return np.broadcast_to(grid, (len(targets), len(grid)))
    if shape is None or len(shape) > 2 or shape[0] != len(targets):
        raise ValueError(f"alphas has {'rows of different lengths' if shape is None else f'shape {shape}'}; pass a "
                         f"number of alphas, a vector, or a row for each of {len(targets)} targets")
    return np.array([as_alphas(targets.base, grid, 1.0, 1.0) for grid in np.asarray(alphas)])


def as_starts(targets: Targets, coef_init) -> np.ndarray | None:
    """Coefficients to start from, a row for each target."""
    if coef_init is None:
        return None
    shape = (len(targets), targets.matrix.n_features)
    w = as_real(coef_init, "coef_init")
    if w.shape not in (shape, shape[1:]):
        raise ValueError(f"coef_init has shape {w.shape}; pass a value for each feature, {shape[1:]}, or a row for "
                         f"each target, {shape}")
    return np.broadcast_to(w, shape)
