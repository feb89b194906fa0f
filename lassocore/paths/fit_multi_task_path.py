# Lives here: the multi-task path fit. Independent of: storage, kernels.
"""Multi-task paths with a certificate at every alpha."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.designs.feature_names import names_of, target_names_of
from lassocore.paths.alpha_grid import as_alphas, warn_of_one_alpha
from lassocore.paths.fit_history import recorder_of
from lassocore.paths.fit_path import GrowingPath, fit_path
from lassocore.paths.result_fields import path_in_given_units
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.problems.multi_task import as_multi_task_problem, single_task
from lassocore.problems.problem import Problem
from lassocore.problems.rescaling import given_values
from lassocore.results.convergence import warn_unconverged
from lassocore.results.deferred import with_deferred
from lassocore.results.multi_task_result import MultiTaskPathResult, TaskRows
from lassocore.results.path_batch import PathBatch, joined
from lassocore.results.path_info import LevelInfo
from lassocore.results.path_result import with_fields
from lassocore.solvers.block_path import as_task_start
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.settings import Settings
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.threads import divides_products, load_lapack, single_threaded_blas, thread_pool
from lassocore.utils.unknown_keywords import with_hints


@with_hints
@complete_docstring(fit_path)
def fit_multi_task_path(
    X, Y, *, alphas: int | Sequence[float] | np.ndarray = 100, eps: float = 1e-3, l1_ratio: float = 1.0,
    fit_intercept: bool = True, standardize: bool = False, sample_weight=None, penalty_factor=None,
    selection: str = "cyclic", rng=None, tol: float = 1e-4, max_iter: int = 10_000, coef_init=None,
    max_active: int | None = None, time_limit: float | None = None,
    callback: Callable[[LevelInfo], Any] | None = None, verbose: bool = False, n_threads: int = 1,
    history: bool = False,
) -> MultiTaskPathResult:
    r"""Fit a path of multi-task lasso or elastic-net models, each alpha certified by its duality gap.

    Minimises, for each alpha, over the intercepts b0 and the coefficients W, where W_j holds those of feature j in all
    tasks::

        1/(2 S) * sum_i s_i ||Y_i - b0 - W x_i||^2
        + alpha * sum_j v_j * (l1_ratio * ||W_j|| + (1 - l1_ratio)/2 * ||W_j||^2)

    with s = sample_weight, S their sum, v = penalty_factor. A feature is selected in all tasks or in none.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Design: float64 and float32 arrays and canonical CSC matrices are used as they are; CSR is converted to CSC,
        other input by scikit-learn's ``check_array``. X is never changed, centred or scaled in place.
    Y : array-like of shape (n_samples, n_tasks)
        Target values, a column for each task.
    alphas, eps, l1_ratio, fit_intercept
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance. Coefficients stay on the scale of
        X; constant columns get 0.
    sample_weight, penalty_factor, selection, rng
    tol : float, default=1e-4
        An alpha has converged when its duality gap is at most ``tol * sum_i s_i ||Y0_i||^2 / S``, where Y0 is Y,
        centred if an intercept is fitted.
    max_iter
    coef_init : array-like of shape (n_tasks, n_features), optional
        Start of the first alpha; each further alpha starts from the previous solution.
    max_active : int, optional
        End the path after the first alpha with more nonzero features than this.
    time_limit, callback, verbose
    n_threads : int, default=1
        Threads that share the passes over X; -1 for all processors that the process may use. The results do not
        depend on it.
    history

    Returns
    -------
    MultiTaskPathResult
        The coefficients, intercepts and duality gap of each alpha.

    Raises
    ------
    ValueError
        As in `fit_path`; Y not of two dimensions.
    TypeError
        A data frame some of whose column names are text and some are not.

    Warns
    -----
    ConvergenceWarning
        Once for a path, with the number of alphas that missed the tolerance and the gap of the worst.

    See Also
    --------
    fit_path : One target.
    fit_many : Independent targets.
    MultiTaskLasso : One alpha, as an estimator of scikit-learn.

    References
    ----------
    * Obozinski, Taskar, Jordan (2010), Joint covariate selection and joint subspace selection for multiple
      classification problems, Statistics and Computing 20(2).
    * Ndiaye, Fercoq, Gramfort, Salmon (2017), Gap safe screening rules for sparsity enforcing penalties, Journal of
      Machine Learning Research 18(128).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_multi_task_path
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> Y = X @ np.array([[3.0, 4.0], [0.3, 0.4]])
    >>> fit_multi_task_path(X, Y, alphas=[0.5]).coefs[:, :, 0].round(3)
    array([[2.4, 0. ],
           [3.2, 0. ]])
    """
    settings = Settings("auto", selection, rng, tol, max_iter, max_active, time_limit, callback, verbose, n_threads,
                        recorder=recorder_of(history))
    warn_of_one_alpha(alphas, stacklevel=3)
    names = names_of(X)
    problem = as_multi_task_problem(
        X, Y, fit_intercept=fit_intercept, standardize=standardize, sample_weight=sample_weight,
        penalty_factor=penalty_factor, n_threads=n_threads)
    result = solve_multi_task_path(problem, alphas, eps, l1_ratio, settings, coef_init)
    warn_unconverged(result, max_iter, tol, stacklevel=3)
    names_of_tasks = target_names_of(Y)
    if names is not None or names_of_tasks is not None:
        result = with_fields(result, {"feature_names": names, "target_names": names_of_tasks})
    return result


def solve_multi_task_path(
    problem: Problem, alphas, eps: float, l1_ratio: float, settings: Settings, coef_init=None,
) -> MultiTaskPathResult:
    """The path of a canonical problem, without warnings."""
    check_l1_ratio(l1_ratio)
    grid = as_alphas(problem, alphas, eps, l1_ratio)
    start = as_task_start(problem, coef_init)
    path = _MultiTaskPath(problem, l1_ratio, settings, grid, start)
    solve = solve_levels if problem.has_blocks else _solve_single
    if problem.has_blocks:
        load_lapack()
    is_limited = problem.has_blocks or divides_products(problem.matrix.cost, problem.matrix.n_features)
    with single_threaded_blas(is_limited), thread_pool(settings.n_threads) as pool:
        path.extend(solve(problem, grid, l1_ratio, settings, start, pool))
    return path.result()


def _solve_single(
    problem: Problem, grid, l1_ratio: float, settings: Settings, start, pool
) -> Iterator[PathBatch]:
    """A single task is solved by the active-set method for single targets."""
    start = None if start is None else np.ascontiguousarray(start[:, 0])
    for batch in solve_levels(single_task(problem), grid, l1_ratio, settings, start, pool):
        yield replace(batch, values=batch.values[:, None])


class _MultiTaskPath(GrowingPath):
    """A multi-task path as it grows."""

    def result(self, relax: float | None = None) -> MultiTaskPathResult:
        """The result for the alphas solved so far."""
        problem, solved = self.problem, joined(self.batches)
        ends, history = solved.ends, None
        if self.settings.recorder is not None:
            history = self.history(problem if problem.has_blocks else single_task(problem), solved)
        numbers = self.numbers(solved, ends, core.doubles(solved.sq_residual))
        result = with_deferred(MultiTaskPathResult, {
            **numbers, "intercepts": numbers["intercepts"].T, "coefs_sparse": self.rows(solved, solved.values),
            "unpenalised": problem.unpenalised if problem.block is None else problem.block.columns, "history": history,
        }, {"info": self.info_of(solved)})
        if problem.scaling is None:
            return result
        return path_in_given_units(result, problem, self.rows(solved, given_values(problem, solved)))

    def rows(self, solved: PathBatch, values: np.ndarray) -> TaskRows:
        """Coefficients of the nonzero rows at each alpha."""
        ends = solved.ends.tolist()
        spans = [slice(first, last) for first, last in zip(ends[:-1], ends[1:], strict=True)]
        return TaskRows([solved.rows[span] for span in spans], [values[span] for span in spans],
                        (len(self.problem.target), self.problem.matrix.n_features), self.problem.dtype)
