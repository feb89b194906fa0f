# Lives here: AdaptiveLasso. Independent of: storage, kernels, how initial estimates are found.
"""The adaptive lasso with scikit-learn's conventions."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from lassocore.cross_validation.adaptive_weights import (
    InitialEstimate,
    adaptive_factor,
    deviations,
    given_estimate,
    lasso_estimate,
    ridge_estimate,
    with_penalty,
)
from lassocore.cross_validation.folds import Data, Fold, as_folds, as_splitter
from lassocore.cross_validation.scoring import FoldScorer, as_scorer
from lassocore.cross_validation.select import (
    FoldResult,
    JobRunner,
    check_rule,
    mean_coefs,
    solve_any_path,
    up_to_common_alpha,
)
from lassocore.estimators.base import without_number
from lassocore.estimators.cv import LassoCV
from lassocore.estimators.path_cv import PathCV, seen_by
from lassocore.paths.alpha_grid import as_alphas, check_alpha, warn_of_one_alpha
from lassocore.problems.problem import Problem
from lassocore.progress import QUIET, report_fit
from lassocore.results.convergence import warn_unconverged
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_vector, is_number
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package
from lassocore.utils.threads import check_n_jobs, n_workers, single_threaded_blas

FITTED = ("alphas_", "mse_path_", "mse_mean_", "mse_se_", "score_path_", "score_mean_", "score_se_", "alpha_min_",
          "alpha_1se_")                 # attributes that not every fit sets
ESTIMATES: dict[str, Callable[..., InitialEstimate]] = {"ridge": ridge_estimate, "lasso": lasso_estimate}


@named_in_package
@complete_docstring(LassoCV)
class AdaptiveLasso(PathCV):
    r"""Lasso whose penalties are weighted by an initial estimate: large coefficients are shrunk less, small ones more.

    Minimises, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2 + alpha * sum_j v_j / |pilot_j|^gamma * |w_j|

    with s = sample_weight, S their sum, v = penalty_factor. A feature whose pilot is 0 is excluded.

    Parameters
    ----------
    alpha : float, default=None
        Strength of the penalty, at least 0. None chooses it by cross-validation.
    pilot : {"ridge", "lasso"} or array-like of shape (n_features,), default="ridge"
        The initial estimate: ridge regression (without the bounds; it forms the products of all columns or of all rows,
        whichever are fewer) or the lasso, with alpha chosen by the mean square error of cross-validation over the same
        folds; or any coefficients. With standardize, its coefficients are taken on the scale of columns with unit
        variance.
    gamma : float, default=1.0
        The power of the initial estimate's coefficients, above 0: the larger, the more the penalties differ.
    eps, alphas, fit_intercept, max_iter, tol, cv, n_jobs, positive, selection_rule, scoring
    penalty_factor : array-like of shape (n_features,), default=None
        Factors of the penalty, at least 0 and not rescaled: 0 leaves a feature unpenalised, inf excludes it, in the
        initial estimate as well.
    bounds, standardize, solver, verbose
    callback : callable, default=None
        Called after each alpha with a `TaskLevelInfo`, which names the path: "pilot, fold 2" and "pilot", unless the
        initial estimate is given; "fold 2", where alpha is chosen; "refit". Ridge
        regression has no gaps: they are NaN. The path ends where the callback returns something true, and the alphas
        that all folds have reached are judged. scikit-learn's callbacks (1.9 and newer) are set by `set_callbacks`.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Coefficients of the refit to all rows, on the scale of X.
    intercept_ : float
        Intercept of the refit; 0.0 without fit_intercept.
    alpha_ : float
        The alpha that selection_rule chooses, or the one given.
    pilot_coef_ : ndarray of shape (n_features,)
        The initial estimate, from all rows.
    pilot_alpha_ : float or None
        The alpha of the initial estimate; None where coefficients were given.
    penalty_factor_ : ndarray of shape (n_features,)
        The factors of the penalty, ``v_j / |pilot_j|^gamma``.
    alphas_ : ndarray of shape (n_alphas,)
        The alphas, falling. This and the following up to alpha_1se_ only where alpha is None.
    mse_path_, mse_mean_, mse_se_, score_path_, score_mean_, score_se_, alpha_min_, alpha_1se_
    stopped_ : str
        "callback" where a callback has ended paths of folds, else "".
    dual_gap_, n_iter_, n_features_in_, feature_names_in_

    See Also
    --------
    LassoCV : Without weights of the penalties.
    LassoIC : Chooses alpha by an information criterion, from one path.
    fit_path : Less bias by refits, with relax.

    Notes
    -----
    The penalties of a fold come from an initial estimate on its training rows only, so that its models are independent
    of the held-out rows. Only the alpha of the initial estimate is common to all folds.

    References
    ----------
    * Zou (2006), The adaptive lasso and its oracle properties, Journal of the American Statistical Association
      101(476).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import AdaptiveLasso
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((80, 10))
    >>> model = AdaptiveLasso(selection_rule="1se").fit(X, 3 * X[:, 2] - X[:, 5] + rng.standard_normal(80))
    >>> np.flatnonzero(model.coef_)
    array([2, 5])
    """

    def __init__(
        self, alpha=None, *, pilot="ridge", gamma=1.0, eps=1e-3, alphas=100, fit_intercept=True, max_iter=1000,
        tol=1e-4, cv=None, n_jobs=None, positive=False, selection_rule="min", scoring=None, penalty_factor=None,
        bounds=None, standardize=False, solver="auto", verbose=0, callback=None,
    ):
        super().__init__(
            eps=eps, alphas=alphas, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol, cv=cv, n_jobs=n_jobs,
            selection_rule=selection_rule, scoring=scoring, standardize=standardize, verbose=verbose,
            callback=callback)
        self.penalty_factor = penalty_factor
        self.alpha = alpha
        self.pilot = pilot
        self.gamma = gamma
        self.positive = positive
        self.bounds = bounds
        self.solver = solver

    @complete_docstring(PathCV.fit)
    def fit(self, X, y, sample_weight=None, **params) -> Self:
        """Find the initial estimate, choose alpha, and fit all rows.

        Parameters
        ----------
        X
        y : array-like of shape (n_samples,)
        sample_weight, **params

        Returns
        -------
        Self
            The fitted estimator.

        Raises
        ------
        ValueError
            As in `fit_path`; folds whose rows all have weight 0; parameters out of range; too many rows and columns for
            ridge regression.
        TypeError
            A data frame some of whose column names are text and some are not.

        Warns
        -----
        ConvergenceWarning
            Once, with the number of alphas that missed the tolerance and the gap of the worst.
        """
        self._check_parameters()
        settings = self._settings()
        sample_weight = without_number(sample_weight)
        scorer = as_scorer(self.scoring)
        check_n_jobs(self.n_jobs)
        splitter = as_splitter(self.cv)
        split_params, score_params = self._route(splitter, scorer, sample_weight, params)
        alphas = self._checked_alphas()
        warn_of_one_alpha(alphas, stacklevel=2)
        X, y = self._checked(X, y)
        data, folds = self._as_data(X, y, sample_weight), []
        if self.alpha is None or isinstance(self.pilot, str):
            folds = as_folds(splitter.split(seen_by(splitter, X), y, **split_params), data)
        self._forget(FITTED)
        n_initial = len(folds) + 1 if isinstance(self.pilot, str) else 0
        n_paths = n_initial + (len(folds) if self.alpha is None else 0)
        with single_threaded_blas(True), report_fit(
                self, X, y, n_paths + 1, sample_weight, self.verbose) as report:
            data, problem = data.in_range()
            initial = self._initial_estimate(data, problem, folds, settings, report)
            weighted = self._weighted(data, initial.coef, None)
            problem = with_penalty(problem, data.X, weighted.penalty)
            self.pilot_coef_, self.pilot_alpha_ = initial.coef, initial.alpha
            self.penalty_factor_ = weighted.penalty.factor
            paths, results, start = list(initial.paths), [], np.zeros(X.shape[1])
            if self.alpha is None:
                grid = as_alphas(problem, alphas, self.eps, 1.0)
                score = None if scorer is None else FoldScorer(scorer, score_params)
                results = self._run(fold_path, [
                    (self._weighted(data, coef, fold), settings, score, fold, grid,
                     report.task(n_initial + k, self._name_of(fold, 1.0), len(grid)))
                    for k, (fold, coef) in enumerate(zip(folds, initial.fold_coefs, strict=True))])
                choice = self._set_choice([1.0], *up_to_common_alpha([grid], results), data)
                paths += [result.path for result in results]
                start = mean_coefs(paths[-len(folds):], choice.alpha, len(start))
            else:
                self.alpha_ = float(self.alpha)
            with report.task(n_paths, "refit", 1) as refit:
                paths.append(solve_any_path(
                    problem, [self.alpha_], 1.0, replace(settings, callback=refit.on_level), start))
            self._set_model(paths[-1])
            self._keep_record(paths[-1], 0, X.shape[0])
            stopped = initial.stopped or any(result.path.stopped for result in results)
            self.stopped_ = "callback" if stopped else ""
        warn_unconverged(paths, self.max_iter, self.tol, stacklevel=2)
        return self

    def _check_parameters(self) -> None:
        """Check the parameters that are checked nowhere else."""
        if self.alpha is not None:
            check_alpha(self.alpha)
        check_rule(self.selection_rule)
        if not (is_number(self.gamma) and 0.0 < float(self.gamma) < np.inf):
            raise ValueError(f"gamma={self.gamma!r} must be a number above 0")
        if isinstance(self.pilot, str) and self.pilot not in ESTIMATES:
            raise ValueError(f"pilot={self.pilot!r} is unknown; use 'ridge', 'lasso' or coefficients")

    def _run(self, work: Callable, jobs: list[tuple]) -> list[Any]:
        """work(*job) for all jobs."""
        return Parallel(n_jobs=self.n_jobs, prefer="threads")(delayed(work)(*job) for job in jobs)

    def _initial_estimate(self, data: Data, problem: Problem, folds: list[Fold], settings: Settings,
                          report) -> InitialEstimate:
        """Coefficients from all rows, whose problem is given, and from the training rows of each fold."""
        if isinstance(self.pilot, str):
            estimate = ESTIMATES[self.pilot]
            return estimate(data, problem, folds, settings, self._run, report, n_workers(self.n_jobs))
        return given_estimate(as_vector(self.pilot, "pilot", data.X.shape[1], "features"), folds)

    def _weighted(self, data: Data, coef: np.ndarray, fold: Fold | None) -> Data:
        """The data with penalties weighted by an initial estimate."""
        sizes = coef * deviations(data, fold) if self.standardize else coef
        factor = adaptive_factor(data.penalty.factor, sizes, self.gamma)
        return data._replace(penalty=data.penalty._replace(factor=factor))


def fold_path(data: Data, settings: Settings, score, fold: Fold, grid: np.ndarray, report=QUIET) -> FoldResult:
    """The path of a fold, whose data have the penalties of that fold."""
    return JobRunner(data, settings, None, score).run(fold, 1.0, grid, report)
