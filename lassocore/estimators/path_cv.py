# Lives here: what cross-validated estimators share. Independent of: storage, kernels, how folds are solved.
"""Cross-validation of paths by scikit-learn's conventions: checks, metadata routing, attributes."""
from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn import get_config
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_scalar
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, get_routing_for_object, process_routing
from sklearn.utils.parallel import Parallel, delayed

from lassocore.cross_validation.fold_paths import Job, share_scans
from lassocore.cross_validation.folds import Data, Fold, as_folds, as_splitter, dense_models_of
from lassocore.cross_validation.scoring import FoldScorer, as_scorer, takes_weights
from lassocore.cross_validation.select import (
    Choice,
    FoldResult,
    JobRunner,
    check_choice,
    check_rule,
    choose,
    in_order,
    mean_and_error,
    mean_coefs,
    prepare,
    solve_any_path,
    up_to_common_alpha,
)
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.estimators.base import LinearModel, MultiTaskMixin, without_number
from lassocore.estimators.linear import ElasticNet
from lassocore.paths.alpha_grid import given_alphas, warn_of_one_alpha
from lassocore.penalties.elastic_net import PenaltyShape, as_penalty_shape, check_l1_ratio
from lassocore.problems.gram_problem import check_precompute
from lassocore.problems.multi_task import as_task_targets
from lassocore.progress import report_fit
from lassocore.results.convergence import warn_unconverged
from lassocore.utils.arguments import as_vector, check_flags, n_dimensions
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.threads import check_n_jobs, n_workers, single_threaded_blas

FITTED = ("coef_", "intercept_", "dual_gap_", "n_iter_", "l1_ratio_", "coef_path_", "intercept_path_", "score_path_",
          "score_mean_", "score_se_", "nonzero_groups_")   # attributes that not every fit sets


class PathCV(LinearModel):
    """What all cross-validated estimators share: alpha, and l1_ratio, by the held-out errors of paths."""

    copy_X: Any
    keep_coefs: Any
    refit: Any

    alpha_: float
    alphas_: np.ndarray
    mse_path_: np.ndarray
    mse_mean_: np.ndarray
    mse_se_: np.ndarray

    def __init__(
        self, *, eps, alphas, fit_intercept, max_iter, tol, cv, n_jobs, selection_rule, scoring, standardize, verbose,
        callback,
    ):
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.n_jobs = n_jobs
        self.selection_rule = selection_rule
        self.scoring = scoring
        self.standardize = standardize
        self.verbose = verbose
        self.callback = callback

    @complete_docstring(ElasticNet.fit)
    def fit(self, X, y, sample_weight=None, **params) -> Self:
        """Fit paths to all folds, choose alpha, and fit all rows with it.

        Parameters
        ----------
        X
        y : array-like of shape (n_samples,), or (n_samples, n_tasks) for the multi-task estimators
        sample_weight : float or array-like of shape (n_samples,), optional
            A weight of k counts as k repeated rows, in training and in the held-out errors; a number is no weight.
        **params : dict
            With scikit-learn's metadata routing: what the splitter and the scorer request. Without it: groups, for
            splitters that need them.

        Returns
        -------
        Self
            The fitted estimator.

        Raises
        ------
        ValueError
            As in `fit_path`; folds whose rows all have weight 0; parameters out of range.
        TypeError
            A data frame some of whose column names are text and some are not.

        Warns
        -----
        ConvergenceWarning
            Once, with the number of alphas that missed the tolerance and the gap of the worst.
        """
        check_rule(self.selection_rule)
        check_choice("keep_coefs", self.keep_coefs, (False, True, "sparse"))
        check_flags(self, "copy_X", "refit")
        check_precompute(getattr(self, "precompute", False))
        settings = self._settings()
        sample_weight = without_number(sample_weight)
        scorer = as_scorer(self.scoring)
        check_n_jobs(self.n_jobs)
        splitter = as_splitter(self.cv)
        split_params, score_params = self._route(splitter, scorer, sample_weight, params)
        alphas, l1_ratios = self._checked_alphas(), self._checked_l1_ratios()
        warn_of_one_alpha(alphas, stacklevel=2)
        X, y = self._checked(X, y)
        data = self._as_data(X, y, sample_weight)
        folds = as_folds(splitter.split(seen_by(splitter, X), y, **split_params), data)
        self._forget(FITTED)
        with single_threaded_blas(True):
            data, problem = data.in_range()
            problem, grids, sums = prepare(
                data, problem, folds, l1_ratios, alphas, self.eps, settings, n_workers(self.n_jobs))
            runner = JobRunner(data, settings, sums, None if scorer is None else FoldScorer(scorer, score_params),
                               share_scans(problem, grids, l1_ratios, settings))
            jobs = [Job(fold, l1_ratio, grid)
                    for l1_ratio, grid in zip(l1_ratios, grids, strict=True) for fold in folds]
            with report_fit(self, X, y, len(jobs) + bool(self.refit), sample_weight, self.verbose) as report:
                reported = [
                    job._replace(report=report.task(k, self._name_of(job.fold, job.l1_ratio), len(job.alphas)))
                    for k, job in enumerate(jobs)]
                groups = runner.groups(jobs, n_workers(self.n_jobs))
                solved = Parallel(n_jobs=self.n_jobs, prefer="threads")(
                    delayed(runner.run_group)([reported[k] for k in group]) for group in groups)
                results = in_order(groups, solved)
                paths = [result.path for result in results]
                choice = self._set_choice(l1_ratios, *up_to_common_alpha(grids, results), data)
                if self.keep_coefs:
                    self._set_coef_paths(paths, len(l1_ratios), len(folds))
                if self.refit:
                    start = mean_coefs(paths[choice.l1_ratio * len(folds):][:len(folds)], choice.alpha, X.shape[1])
                    with report.task(len(jobs), "refit", 1) as refit:
                        paths.append(solve_any_path(problem, [self.alpha_], l1_ratios[choice.l1_ratio],
                                           replace(settings, callback=refit.on_level), start))
                    self._set_model(paths[-1])
                    self._keep_record(paths[-1], 0, X.shape[0])
        self.stopped_ = "callback" if any(path.stopped for path in paths[:len(jobs)]) else ""
        warn_unconverged(paths, self.max_iter, self.tol, stacklevel=2)
        return self

    def _forget(self, names: tuple[str, ...]) -> None:
        """Delete attributes of an earlier fit that this one may not set."""
        for name in names:
            if hasattr(self, name):
                delattr(self, name)

    def _name_of(self, fold: Fold, l1_ratio: float) -> str:
        """The name of a fold's path for callbacks."""
        return f"fold {fold.number}" + (f", l1_ratio={l1_ratio:g}" if np.ndim(getattr(self, "l1_ratio", 1.0)) else "")

    def _route(self, splitter, scorer, sample_weight, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(arguments of the splitter, arguments of the scorer)."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", sample_weight=sample_weight, **params)
            return routed.splitter.split, {} if scorer is None else routed.scorer.score
        known = get_routing_for_object(splitter).consumes("split", ["groups"])
        unknown = sorted(set(params) - set(known))
        if unknown:
            raise ValueError(
                f"fit got {', '.join(unknown)}, which is only supported if enable_metadata_routing=True: call "
                "sklearn.set_config(enable_metadata_routing=True). Without it fit passes groups on to splitters that "
                "need them, and nothing else")
        weighted = sample_weight is not None and scorer is not None and takes_weights(scorer)
        return params, {"sample_weight": sample_weight} if weighted else {}

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the routing of fit's parameters to the splitter and to the scorer.

        Returns
        -------
        MetadataRouter
            The requests of the splitter for split, and of the scorer for score.

        Raises
        ------
        ValueError
            A scoring that is no scorer.
        """
        iterable = not (self.cv is None or isinstance(self.cv, Integral) or hasattr(self.cv, "split"))
        splitter = as_splitter([] if iterable else self.cv)    # iterables request nothing; some can be read only once
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self).add(     # scikit-learn 1.6 copies it
            splitter=splitter, method_mapping=MethodMapping().add(caller="fit", callee="split"))
        if self.scoring is not None:
            router.add(scorer=as_scorer(self.scoring),
                       method_mapping=MethodMapping().add(caller="fit", callee="score"))
        return router

    def _checked_alphas(self) -> int | np.ndarray:
        """The number of alphas, or the alphas themselves."""
        try:
            single = np.ndim(self.alphas) == 0
        except ValueError:              # nested lists of different lengths
            single = True
        for index, alpha in enumerate([] if single else self.alphas):
            if isinstance(alpha, (bool, np.bool_)):
                raise ValueError(f"alphas[{index}]={alpha!r} must be a number of at least 0")
            check_scalar(alpha, f"alphas[{index}]", target_type=Real, min_val=0.0, include_boundaries="left")
        return given_alphas(self.alphas)

    def _checked_l1_ratios(self) -> list[float]:
        """The values of l1_ratio as a list."""
        n_dimensions(getattr(self, "l1_ratio", 1.0), "l1_ratio")
        l1_ratios = np.atleast_1d(getattr(self, "l1_ratio", 1.0)).tolist()
        for l1_ratio in l1_ratios:
            check_l1_ratio(l1_ratio)
        if not l1_ratios:
            raise ValueError("l1_ratio=[] holds no number; pass one from 0 to 1, or several")
        return l1_ratios

    def _checked_target(self, y):
        if y.ndim > 1 and y.shape[1] > 1:
            raise ValueError(f"y has shape {y.shape}. For multi-task outputs, use MultiTask{type(self).__name__}")
        return super()._checked_target(y)

    def _targets(self, y, n_samples: int) -> np.ndarray:
        """y in float64."""
        return as_vector(y, "y", n_samples, "samples")

    def _as_data(self, X, y, sample_weight) -> Data:
        """X, y, the weights and the penalty, which all folds share."""
        design = as_canonical(X, getattr(self, "solver", "auto") == "cd")
        n_samples = check_not_empty(design)
        return Data(design, self._targets(y, n_samples), as_sample_weight(sample_weight, n_samples),
                    self._penalty_shape(design.shape[1]), self.fit_intercept)

    def _penalty_shape(self, n_features: int) -> PenaltyShape:
        """The penalty, before the moments of X are known."""
        return as_penalty_shape(self.penalty_factor, getattr(self, "bounds", None), getattr(self, "positive", False),
                                self.standardize, n_features)

    def _set_choice(self, l1_ratios: list[float], grids: list[np.ndarray], results: list[FoldResult],
                    data: Data) -> Choice:
        """Set errors and scores, and the alpha and l1_ratio that they choose."""
        def by_l1_ratio(values):
            n_folds = len(results) // len(l1_ratios)
            return np.moveaxis(np.reshape(values, (len(l1_ratios), n_folds, -1)), 1, 2)

        errors = by_l1_ratio([result.errors for result in results])
        scores = -errors if self.scoring is None else by_l1_ratio([result.scores for result in results])
        choice = choose(self.selection_rule, grids, scores)
        self.mse_path_ = np.squeeze(errors)
        self.mse_mean_, self.mse_se_ = map(without_l1_ratio, mean_and_error(errors))
        if data.scaling is not None:            # the choice is made where squares are in range
            for name in ("mse_path_", "mse_mean_", "mse_se_"):
                setattr(self, name, data.scaling.objective(getattr(self, name)))
        if self.scoring is not None:
            self.score_path_ = np.squeeze(scores)
            self.score_mean_, self.score_se_ = map(without_l1_ratio, mean_and_error(scores))
        grid = grids[choice.l1_ratio]
        self.alpha_, self.alpha_min_, self.alpha_1se_ = grid[choice.alpha], grid[choice.best], grid[choice.one_se]
        self.alphas_ = without_l1_ratio(np.array(grids)) if isinstance(self.alphas, Integral) else grids[0].copy()
        if hasattr(self, "l1_ratio"):
            self.l1_ratio_ = l1_ratios[choice.l1_ratio]
        return choice

    def _set_model(self, path) -> None:
        """Set the model of all rows."""
        self.coef_ = self._by_task(path.coefs[..., 0])
        intercept = path.intercepts.astype(path.coefs.dtype)[..., 0][()]          # of one task a number, not an array
        self.intercept_ = self._by_task(intercept, -1) if self.fit_intercept else 0.0
        self.dual_gap_, self.n_iter_ = path.dual_gaps[0], int(path.n_iter[0])

    def _set_coef_paths(self, paths: list, n_l1_ratios: int, n_folds: int) -> None:
        """Set the coefficients of all folds, alphas before features, at the alphas that all paths have reached."""
        n_alphas = self.mse_mean_.shape[-1]
        if self.keep_coefs == "sparse":
            kept = [self._sparse_coefs(path)[:n_alphas] for path in paths]
            self.coef_path_ = without_l1_ratio([kept[k * n_folds:][:n_folds] for k in range(n_l1_ratios)])
        else:
            coefs = np.array([self._by_task(np.moveaxis(path.coefs, -1, 0)[:n_alphas]) for path in paths])
            self.coef_path_ = without_l1_ratio(coefs.reshape(n_l1_ratios, n_folds, *coefs.shape[1:]))
        intercepts = np.array([self._by_task(np.moveaxis(path.intercepts, -1, 0)[:n_alphas], -1) for path in paths])
        self.intercept_path_ = without_l1_ratio(intercepts.reshape(n_l1_ratios, n_folds, *intercepts.shape[1:]))

    def _by_task(self, values: np.ndarray, axis: int = -2) -> np.ndarray:
        """Coefficients or intercepts with an axis of tasks, where the estimator has one."""
        return values

    def _sparse_coefs(self, path) -> Any:
        """A row for each alpha."""
        return path.coefs_sparse.T

    def _check_has_model(self) -> None:
        if hasattr(self, "mse_path_") and not hasattr(self, "coef_"):
            raise NotFittedError("the last fit left no model of all rows, as refit=False or as it failed; predict "
                                 "needs a fit with refit=True")
        super()._check_has_model()


class MultiTaskPathCV(MultiTaskMixin, PathCV):
    """The same for several tasks that share the support of their coefficients.

    Parameters
    ----------
    tol : float, default=1e-4
        Converged when the duality gap is at most tol times the (weighted) mean of the squared norms of the centred
        training rows of Y.
    """

    def _checked_target(self, y):
        """A column for each task."""
        if y.ndim == 1:
            raise ValueError(f"y has shape {y.shape}. For mono-task outputs, use "
                             f"{type(self).__name__.removeprefix('MultiTask')}")
        return y

    def _targets(self, y, n_samples: int) -> np.ndarray:
        """y in float64; a single task is the same as a single target, whose methods are faster."""
        Y = as_task_targets(y, n_samples)
        self._is_single = Y.shape[1] == 1
        return Y[:, 0].copy() if self._is_single else Y

    def _by_task(self, values: np.ndarray, axis: int = -2) -> np.ndarray:
        """Coefficients or intercepts with an axis of tasks."""
        return np.expand_dims(values, axis) if self._is_single else values

    def _sparse_coefs(self, path) -> Any:
        """A matrix for each alpha."""
        return [csr_array(np.atleast_2d(coef)) for coef in dense_models_of(path, self.n_features_in_)]


def seen_by(splitter, X):
    """X for a splitter: those of scikit-learn use its number of rows alone, and would convert a sparse X."""
    if issparse(X) and type(splitter).__module__.startswith("sklearn.model_selection"):
        return np.empty((X.shape[0], 0))
    return X


def without_l1_ratio(values: Any) -> Any:
    """Without the first axis if there is one l1_ratio."""
    return values[0] if len(values) == 1 else values
