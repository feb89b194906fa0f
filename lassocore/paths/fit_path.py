# Lives here: the public path fit, and a path as it grows. Independent of: storage, kernels.
"""Regularization paths with a certificate at every alpha."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import r2_of_sum
from lassocore.designs.canonical import as_canonical
from lassocore.designs.feature_names import names_of
from lassocore.designs.operator import is_operator
from lassocore.designs.prepared import PreparedDesign
from lassocore.paths.alpha_grid import as_alphas, check_relax, warn_of_one_alpha
from lassocore.paths.fit_history import history_of, recorder_of
from lassocore.paths.result_fields import intercepts_of, path_in_given_units, sample_of
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.penalties.groups import Groups, as_groups
from lassocore.problems.problem import Problem, as_problem
from lassocore.problems.rescaling import given_values
from lassocore.results.convergence import warn_unconverged
from lassocore.results.history import History
from lassocore.results.path_batch import PathBatch, joined
from lassocore.results.path_info import LevelInfo, PathInfo, describe
from lassocore.results.path_result import PathResult, path_of_columns, with_fields
from lassocore.results.sparse_columns import Columns
from lassocore.solvers.coordinate_descent import as_start
from lassocore.solvers.driver import solve_levels
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import is_number, shortened
from lassocore.utils.threads import divides_products, load_lapack, single_threaded_blas, thread_pool
from lassocore.utils.unknown_keywords import with_hints


@with_hints
def fit_path(
    X, y, *, alphas: int | Sequence[float] | np.ndarray = 100, eps: float = 1e-3, l1_ratio: float = 1.0,
    fit_intercept: bool = True, standardize: bool = False, sample_weight=None, offset=None, penalty_factor=None,
    bounds=None, positive: bool = False, solver: str = "auto", selection: str = "cyclic", rng=None, tol: float = 1e-4,
    max_iter: int = 10_000, coef_init=None, max_active: int | None = None, time_limit: float | None = None,
    callback: Callable[[LevelInfo], Any] | None = None, verbose: bool = False, n_threads: int = 1,
    relax: float | None = None, groups=None, group_weights=None, feature_l1_ratio: float = 0.0, history: bool = False,
) -> PathResult:
    r"""Fit a lasso, elastic-net or group-lasso path, each alpha certified by its duality gap.

    Minimises, for each alpha, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - offset_i - b0 - x_i'w)^2
        + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)
        subject to lower_j <= w_j <= upper_j

    with s = sample_weight, S their sum, and v = penalty_factor. With groups of features, w_g the coefficients of group
    g, v = group_weights and tau = feature_l1_ratio, the penalty is::

        alpha * (l1_ratio * (tau * ||w||_1 + (1 - tau) * sum_g v_g * ||w_g||_2)
                 + (1 - l1_ratio)/2 * sum_g v_g * ||w_g||_2^2)

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Design, one row for each sample. float64 and float32 arrays and canonical CSC matrices are used as they are,
        memory maps included; CSR is converted to CSC, other input by scikit-learn's ``check_array``. X is never
        changed, centred or scaled in place. Where squares of its columns or of y over- or underflow (beyond about
        1e140), a float64 copy is used that is scaled exactly, by powers of two; results below 2e-308 are rounded.
    y : array-like of shape (n_samples,)
        Target values.
    alphas : int or array-like, default=100
        The number of alphas, in geometric progression from `alpha_max` to ``eps * alpha_max``, or the alphas, which are
        sorted in falling order with duplicates kept. 0 gives least squares, of minimum norm where it is not unique. An
        integer is a count, also 1, and a vector holds alphas: a single alpha is ``[2.5]``; ``2.5`` is refused.
    eps : float, default=1e-3
        Smallest alpha over the largest, where alphas is a count.
    l1_ratio : float in [0, 1], default=1.0
        1 is the lasso, 0 ridge regression (needs explicit alphas).
    fit_intercept : bool, default=True
        Whether to fit an intercept, which is not penalised.
    standardize : bool, default=False
        Penalise the coefficients of the columns scaled to unit (weighted) variance. Coefficients and bounds stay on the
        scale of X; constant columns get 0.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows, at least 0: a weight of k counts as k repeated rows. By default all are 1.
    offset : array-like of shape (n_samples,), optional
        A known part of the prediction, in units of y: the model is fitted to y - offset, and predicting then requires
        the offset of the new rows.
    penalty_factor : array-like of shape (n_features,), optional
        Factors of the penalty, at least 0 and not rescaled: 0 leaves a feature unpenalised, inf excludes it.
        Unpenalised features that are linearly dependent up to rounding get the coefficients of minimum norm.
    bounds : pair (lower, upper), optional
        Numbers or vectors of length n_features with lower <= 0 <= upper. A bound that no solution can reach, such as
        1e20, counts as infinite.
    positive : bool, default=False
        Require coefficients of at least 0, as with the lower bound 0.
    solver : {"auto", "cd", "gram", "working_set"}, default="auto"
        "auto" chooses by the shape of the data. "cd" is coordinate descent, which copies an X in C order once. "gram"
        takes exact steps on the Gram matrix of all columns, at most 20,000. "working_set" takes them on the Gram matrix
        of a few columns, or runs coordinate descent on these where they become many, and needs ``l1_ratio > 0`` and X
        itself, not a Gram matrix in its place. "gram" and "working_set" are refused for unpenalised features in
        float32, and for sparse columns whose means are so large that centring their products would lose digits.
        Whatever the solver, coordinate descent solves alpha = 0, a constant y, unpenalised features that are nearly
        collinear, and each alpha that exact steps do not certify. ``info["method"]`` of a `PathResult` tells which
        method solved each alpha.
    selection : {"cyclic", "shuffled", "random"}, default="cyclic"
        Order of the features in an epoch of coordinate descent: as they come, in a fresh permutation, or drawn with
        replacement.
    rng : None, int or numpy.random.Generator, optional
        Random numbers for "shuffled" and "random".
    tol : float, default=1e-4
        An alpha has converged when its duality gap is at most ``tol * sum_i s_i y0_i^2 / S``, where y0 = y - offset,
        centred if an intercept is fitted.
    max_iter : int, default=10_000
        Limit of epochs for each alpha. If it is reached, one ConvergenceWarning is issued and the results are kept.
    coef_init : array-like of shape (n_features,), optional
        Start of the first alpha, clipped to the bounds and 0 where excluded; each further alpha starts from the
        previous solution.
    max_active : int, optional
        End the path after the first alpha with more nonzeros than this.
    time_limit : float, optional
        End the path after the first alpha that is solved later than this many seconds.
    callback : callable, optional
        Called after each alpha with a `LevelInfo`; the path ends where it returns something true.
    verbose : bool, default=False
        Print a line for each alpha.
    n_threads : int, default=1
        Threads that share the passes over X; -1 for all processors that the process may use. The
        results do not depend on it.
    relax : float in [0, 1], optional
        Blend each solution with its relaxed fit: least squares without a penalty on its nonzero and the unpenalised
        features, within the bounds, of minimum norm where they are collinear. Coefficients and intercepts are then
        ``relax * penalised + (1 - relax) * refit``, glmnet's gamma: 1 is the lasso, 0 the relaxed lasso. Gaps and
        n_nonzero of callbacks remain those of the penalised solutions; r2 is that of the blend.
    groups : array-like of shape (n_features,), list of lists, or dict, optional
        Groups of features that are selected together or not at all: a label for each feature (integers or text), lists
        of the columns of each group, or ``{name: columns}`` with columns by index, by name where X has names, or as a
        slice. Columns may be in any order, and each is in one group. `groups_from_transformer` makes groups of one-hot
        columns. With groups, penalty_factor, bounds and positive do not apply, and one method solves all.
    group_weights : array-like of shape (n_groups,) or dict, optional
        Weights of the groups, at least 0, in the order of the groups (of labels: sorted), or ``{name: weight}`` for
        some of them. By default the root of the number of features. 0 leaves a group without any penalty, inf excludes
        it.
    feature_l1_ratio : float in [0, 1), default=0.0
        Share of the L1 norm in the L1 part of the penalty of groups: 0 is the group lasso; above 0 it is the sparse
        group lasso, which selects features within groups as well.
    history : bool, default=False
        Record objective, duality gap, step and nonzeros after each epoch and exact step, in ``history`` of the result.
        Each record takes a pass over X.

    Returns
    -------
    PathResult
        Coefficients, intercept and duality gap of each alpha, with methods to predict, plot, name and save.

    Raises
    ------
    ValueError
        NaN or infinity in the input, columns that hold no numbers, shapes that do not match, weights, factors or bounds
        out of range, flags that are not True or False, coefficients or alphas of a grid that a float cannot
        hold, a sparse X whose arrays contradict each other, a solver that does not apply to the data.
    TypeError
        A data frame some of whose column names are text and some are not.

    Warns
    -----
    ConvergenceWarning
        Once for a path, with the number of alphas that missed the tolerance and the gap of the worst.

    See Also
    --------
    fit_many : The paths of many targets over one X.
    fit_multi_task_path : A path of several targets that share their features.
    Lasso, ElasticNet : One alpha, as an estimator of scikit-learn.
    LassoCV, LassoIC : Choose alpha by cross-validation or by an information criterion.

    Notes
    -----
    Coefficients are in units of y over those of their column, the objective, gaps and gap_tol in those of y squared,
    and the alpha of a lasso in those of y times those of a column (of y alone with standardize).

    X may also be known by its products alone: a ``scipy.sparse.linalg.LinearOperator``, or any object with shape,
    dtype, ``matvec(v)`` = X v and ``rmatvec(u)`` = X'u, and perhaps ``columns(indices)``, which returns columns as an
    array, and ``variances(sample_weight)``. A convolution, a Kronecker product or a database needs no matrix then. The
    path is solved on the columns that enter, which are kept, and each alpha takes a few products with all columns;
    alpha = 0, l1_ratio = 0, groups and history need a matrix.

    References
    ----------
    * Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent,
      Journal of Statistical Software 33(1).
    * Ndiaye, Fercoq, Gramfort, Salmon (2017), Gap safe screening rules for sparsity enforcing penalties, Journal of
      Machine Learning Research 18(128).
    * Meinshausen (2007), Relaxed lasso, Computational Statistics and Data Analysis 52(1).
    * Hastie, Tibshirani, Tibshirani (2020), Best subset, forward stepwise or lasso?, Statistical Science 35(4).
    * Yuan, Lin (2006), Model selection and estimation in regression with grouped variables, Journal of the Royal
      Statistical Society B 68(1).
    * Simon, Friedman, Hastie, Tibshirani (2013), A sparse-group lasso, Journal of Computational and Graphical
      Statistics 22(2).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import fit_path
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> path = fit_path(X, y)
    >>> len(path), path.nonzero_names(alpha=1.0), bool((path.dual_gaps <= path.gap_tol).all())
    (100, ['bmi', 'bp', 's5'], True)

    Groups, by labels; in the first column of coefs only the second group has entered:

    >>> import numpy as np
    >>> X = np.vstack([np.eye(4), -np.eye(4)])
    >>> y = X @ [0.0, 1.0, 3.0, 4.0]
    >>> path = fit_path(X, y, alphas=[0.5, 0.05], groups=["a", "a", "b", "b"], group_weights=[1, 1])
    >>> path.coefs.round(2)
    array([[0.  , 0.  ],
           [0.  , 0.8 ],
           [1.8 , 2.88],
           [2.4 , 3.84]])
    >>> path.nonzero_groups(alpha=0.5)
    ['b']
    """
    settings = Settings(solver, selection, rng, tol, max_iter, max_active, time_limit, callback, verbose, n_threads,
                        recorder=recorder_of(history))
    warn_of_one_alpha(alphas, stacklevel=3)
    check_relax(relax)
    if type(X) is not np.ndarray and is_operator(X):
        from lassocore.paths.operator_path import fit_operator_path

        check_no_groups(groups, group_weights, feature_l1_ratio)
        result = fit_operator_path(X, y, (alphas, eps), l1_ratio, settings, coef_init, relax, {
            "fit_intercept": fit_intercept, "standardize": standardize, "sample_weight": sample_weight,
            "offset": offset, "penalty_factor": penalty_factor, "bounds": bounds, "positive": positive})
        warn_unconverged(result, max_iter, tol, stacklevel=3)
        return result
    names = names_of(X)
    X, partition = with_groups(X, groups, group_weights, feature_l1_ratio, solver)
    problem = as_problem(
        X, y, fit_intercept=fit_intercept, standardize=standardize, sample_weight=sample_weight, offset=offset,
        penalty_factor=penalty_factor, bounds=bounds, positive=positive, columns_contiguous=solver == "cd",
        n_threads=n_threads, groups=partition)
    result = solve_path(problem, alphas, eps, l1_ratio, settings, coef_init, relax)
    warn_unconverged(result, max_iter, tol, stacklevel=3)
    if names is not None or offset is not None or partition is not None:
        result = with_fields(result, {
            "feature_names": names, "has_offset": offset is not None, "groups": partition})
    return result


def with_groups(X, groups, group_weights, feature_l1_ratio: float, solver: str = "auto") -> tuple[Any, Groups | None]:
    """(X, canonical if there are groups; the `Groups`, None without any)."""
    if groups is group_weights is None and is_number(feature_l1_ratio) and feature_l1_ratio == 0.0:
        return X, None
    check_group_options(groups, group_weights, feature_l1_ratio, solver)
    names, X = names_of(X), X if type(X) is PreparedDesign else as_canonical(X)
    return X, as_groups(groups, group_weights, feature_l1_ratio, X.shape[1], names)


def check_no_groups(groups, group_weights, feature_l1_ratio: float) -> None:
    """An operator has no groups."""
    if not (groups is group_weights is None and feature_l1_ratio == 0.0):
        check_group_options(groups, group_weights, feature_l1_ratio, "auto")
        raise ValueError("groups of features need X in memory; an X that is known by its products alone has single "
                         "features, with penalty_factor for their weights")


def check_group_options(groups, group_weights, feature_l1_ratio: float, solver: str) -> None:
    """Options of groups need groups, which are solved by one method."""
    if groups is None:
        name, value = ("group_weights", group_weights) if group_weights is not None else (
            "feature_l1_ratio", feature_l1_ratio)
        raise ValueError(f"{name}={shortened(value)} needs groups; pass groups=, or penalty_factor for factors of "
                         "single features")
    if solver != "auto":
        raise ValueError(f"solver={solver!r} does not apply to groups, which are solved by one method; leave it at "
                         "'auto'")


def solve_path(
    problem: Problem, alphas, eps: float, l1_ratio: float, settings: Settings, coef_init=None,
    relax: float | None = None,
) -> PathResult:
    """The path of a canonical problem, without warnings."""
    check_l1_ratio(l1_ratio)
    grid = as_alphas(problem, alphas, eps, l1_ratio)
    start, matrix = as_start(problem, coef_init), problem.matrix
    path = GrowingPath(problem, l1_ratio, settings, grid, start)
    is_plain = problem.block is None and relax is None and not problem.has_blocks
    if problem.has_blocks or not is_plain and divides_products(matrix.cost, matrix.n_features):
        load_lapack()
    elif settings.n_threads == 1:
        path.extend(solve_levels(problem, grid, l1_ratio, settings, start, None))
        return path.result(relax)
    with single_threaded_blas(True), thread_pool(settings.n_threads) as pool:
        path.extend(solve_levels(problem, grid, l1_ratio, settings, start, pool))
        return path.result(relax)


def path_of_batches(
    problem: Problem, grid: np.ndarray, l1_ratio: float, settings: Settings, batches: Iterable[PathBatch],
) -> PathResult:
    """The path of these solutions, one for each alpha."""
    path = GrowingPath(problem, l1_ratio, settings, grid)
    path.extend(batches)
    return path.result()


class GrowingPath:
    """A path as it grows, coefficients kept sparse."""

    def __init__(self, problem: Any, l1_ratio: float, settings: Settings, grid: np.ndarray, start=None):
        self.problem, self.l1_ratio, self.settings, self.grid = problem, l1_ratio, settings, grid
        self.start, self.clock = start, time.perf_counter()
        self.stopped = ""
        self.batches: list[PathBatch] = []

    def extend(self, batches: Iterable[PathBatch]) -> None:
        """Add solutions until the path ends."""
        for batch in batches:
            self.add(batch)
            if self.stopped:
                break

    def add(self, batch: PathBatch) -> None:
        """Add the solutions of successive alphas and decide whether the path ends."""
        settings = self.settings
        if settings.may_end_early or settings.verbose:
            batch = self.report(batch)
        self.batches.append(batch)

    def report(self, batch: PathBatch) -> PathBatch:
        """Report each solution; returns those up to where the path ends early."""
        settings = self.settings
        for k, level in enumerate(self.info_of(batch)().levels):
            if settings.max_active is not None and level.n_nonzero > settings.max_active:
                self.stopped = "max_active"
            if settings.time_limit is not None and time.perf_counter() - self.clock > settings.time_limit:
                self.stopped = "time_limit"
            if settings.verbose:
                print(describe(level), flush=True)
            if settings.callback is not None and settings.callback(level):
                self.stopped = "callback"
            if self.stopped:
                return batch[:k + 1]
        return batch

    def info_of(self, solved: PathBatch) -> Callable[[], PathInfo]:
        """What tells how these solutions were found; it keeps no X."""
        return partial(solved.info, self.grid, self.problem.total_weight, self.problem.scaling, self.stopped,
                       self.settings.max_iter)

    def result(self, relax: float | None = None) -> Any:
        """The result for the solutions, or for their blends with refits on their supports if relax is given."""
        problem, solved, refit_gaps = self.problem, joined(self.batches), None
        history = self.history(problem, solved)
        info = self.info_of(solved)
        if relax is not None and relax < 1.0:
            solved, gaps = self.relaxed(solved, relax)
            refit_gaps = gaps / problem.total_weight
        ends, sq_residuals = solved.ends, core.doubles(solved.sq_residual)
        columns = Columns(solved.rows, solved.values, ends, problem.matrix.n_features, problem.dtype)
        result = path_of_columns(columns, info, {
            **self.numbers(solved, ends, sq_residuals), "relax": relax, "refit_gaps": refit_gaps,
            "sample": sample_of(problem, problem.matrix, sq_residuals), "history": history})
        if problem.scaling is None:
            return result
        given = Columns(solved.rows, given_values(problem, solved), ends, problem.matrix.n_features, problem.dtype)
        return path_in_given_units(result, problem, given.joined())

    def relaxed(self, solved: PathBatch, relax: float) -> tuple[PathBatch, np.ndarray]:
        """(the solutions blended with their refits, S-scaled gap of each refit)."""
        from lassocore.paths.relaxed import relaxed

        return relaxed(self.problem, solved, self.grid, relax, self.settings)

    def history(self, problem: Problem, solved: PathBatch) -> History | None:
        """The course of the fit, if it was recorded."""
        recorder = self.settings.recorder
        return None if recorder is None else history_of(
            problem, recorder, solved, self.grid, self.l1_ratio, self.start)

    def numbers(self, solved: PathBatch, ends: np.ndarray, sq_residuals: np.ndarray) -> dict[str, Any]:
        """The fields of the result that are numbers or arrays of them."""
        problem, n_alphas = self.problem, len(solved)
        total, scale = problem.sq_deviation, problem.total_weight
        return {
            "alphas": self.grid[:n_alphas].copy(), "intercepts": intercepts_of(problem, solved, ends),
            "dual_gaps": core.doubles(solved.gap) / scale, "n_iter": solved.n_iter,
            "converged": np.array(solved.converged), "r2": r2_of_sum(sq_residuals, total),
            "gap_tol": self.settings.tol * problem.sq_target / scale, "l1_ratio": self.l1_ratio,
            "stopped": self.stopped}
