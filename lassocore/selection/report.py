# Lives here: the report on selected features. Independent of: how features were selected, storage.
"""One table of what is selected, how strongly, how surely, and what could stand in for it."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lassocore.cross_validation.folds import Data
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.feature_names import names_of
from lassocore.paths.fit_path import fit_path, solve_path
from lassocore.penalties.elastic_net import as_penalty_shape
from lassocore.problems.problem import Problem
from lassocore.results.convergence import warn_unconverged
from lassocore.results.path_result import PathResult
from lassocore.results.tables import feature_labels
from lassocore.selection.correlations import (
    MIN_CORRELATION,
    check_min_correlation,
    moments_of,
    related_features,
)
from lassocore.selection.model import ReportedModel, as_model, check_features, check_start
from lassocore.selection.removal import removals
from lassocore.selection.report_table import SelectionReport
from lassocore.selection.stability import StabilitySelection
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_vector, check_flag, is_whole
from lassocore.utils.docstrings import complete_docstring


@complete_docstring(fit_path, StabilitySelection)
def selection_report(
    model, X, y, *, alpha=None, l1_ratio=None, fit_intercept=None, standardize=None, penalty_factor=None, bounds=None,
    positive=None, sample_weight=None, n_subsamples: int = 100, min_correlation: float = MIN_CORRELATION,
    removal: bool = True, tol: float = 1e-6, max_iter: int = 10_000, random_state=None, n_jobs=None,
) -> SelectionReport:
    """Report on the features that a lasso or elastic net selects: strength, certainty, alternatives.

    The model is fitted to all rows at one alpha, and for each feature with a coefficient that is not 0 the report has
    its sign and size, how often it is selected on random halves of the rows, the features that could stand in for it,
    its variance inflation factor, and what happens when it is removed.

    Parameters
    ----------
    model : float, PathResult, StabilitySelection or fitted estimator
        An alpha; a path of one target, with alpha=; a fitted `Lasso`, `ElasticNet`, `LassoCV`, `ElasticNetCV`,
        `LassoIC` or `AdaptiveLasso`, or one of scikit-learn with such attributes. Of a fitted `StabilitySelection` its
        features are reported, with the coefficients of least squares on them alone and its loss of R2 without each;
        what enters without it is that of the lasso on all rows, at half the largest alpha of the selector at which it
        selects all of them (or at alpha=).
    X : array-like, sparse matrix or data frame of shape (n_samples, n_features)
        The data of the fit; sparse X stays sparse.
    y : array-like of shape (n_samples,)
        The target of the fit.
    alpha : float, optional
        Where on a path, or another alpha than that of the estimator.
    l1_ratio : float in (0, 1], optional
        Share of the L1 penalty. This and the following options are by default those of the model; a path does not keep
        them, and has those of `fit_path`.
    fit_intercept, standardize, penalty_factor, bounds, positive
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows.
    n_subsamples : int, default=100
        Halves of the rows, in complementary pairs, on which the model is fitted at the same alpha for the selection
        frequencies; 0 leaves them out. Those of a StabilitySelection are its own.
    min_correlation : float in (0, 1], default=0.7
        Absolute correlation from which on a feature is listed as a stand-in.
    removal : bool, default=True
        Whether to refit without each feature.
    tol, max_iter
    random_state : int, RandomState instance or None, default=None
        Of the subsamples.
    n_jobs

    Returns
    -------
    SelectionReport
        The table; ``print(report)``, ``report.to_frame()``.

    Raises
    ------
    ValueError
        Coefficients that are no solution for the data and options; a path without alpha; options out of range.
    TypeError
        A model of another kind, or an estimator that is not fitted; a data frame with names that are not all text.

    Warns
    -----
    ConvergenceWarning
        The fit, one of the refits or a subsample missed the tolerance.

    See Also
    --------
    StabilitySelection : Selects features by their frequencies.
    stand_ins, variance_inflation : Two of its columns alone.

    References
    ----------
    * Meinshausen, Bühlmann (2010), Stability selection, Journal of the Royal Statistical Society B 72(4), for the
      frequencies.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore.selection import selection_report
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> report = selection_report(1.0, X, y, random_state=0)
    >>> report.feature_names
    ['bmi', 's5', 'bp']
    >>> report.to_frame()[["coefficient", "frequency", "vif"]].round(1)     # doctest: +NORMALIZE_WHITESPACE
             coefficient  frequency  vif
    feature
    bmi            367.7        1.0  1.3
    s5             307.6        1.0  1.3
    bp               6.3        0.5  1.3
    """
    check_min_correlation(min_correlation)
    check_flag("removal", removal)
    if not (is_whole(n_subsamples) and (n_subsamples == 0 or n_subsamples >= 2 and n_subsamples % 2 == 0)):
        raise ValueError(f"n_subsamples={n_subsamples!r} must be an even number, as subsamples are complementary "
                         "pairs, or 0 for no selection frequencies")
    names = names_of(X)
    check_features(model, X)
    X = as_canonical(X)
    y = as_vector(y, "y", check_not_empty(X), "samples")
    chosen = as_model(model, X, y, alpha, {
        "l1_ratio": l1_ratio, "fit_intercept": fit_intercept, "standardize": standardize, "bounds": bounds,
        "penalty_factor": penalty_factor, "positive": positive}, sample_weight)
    data, problem = as_data(X, y, chosen, sample_weight).in_range()
    settings = Settings(tol=tol, max_iter=max_iter)
    path = solve_path(problem, [chosen.alpha], 1.0, chosen.l1_ratio, settings, chosen.coef)
    check_start(chosen, X, y, sample_weight, path.gap_tol / tol if tol > 0.0 else 0.0)
    warn_unconverged(path, max_iter, tol, stacklevel=2)
    moments = moments_of(data.X, data.weights)
    shown = path if chosen.selector is None else least_squares(
        problem, chosen.selector.get_support(indices=True), settings)
    features, sizes = ordered(shown, chosen, moments.deviations, data.scaling)
    others, factors = related_features(moments, features, min_correlation)
    refits = removals(problem, path, features.tolist(), moments.deviations, settings) if removal else None
    if refits and chosen.selector is not None:
        refits = [refit._replace(r2_loss=float(shown.r2[0] - least_squares(
            problem, features[features != feature], settings).r2[0]))
            for feature, refit in zip(features, refits, strict=True)]
    selector = chosen.selector or frequencies_of(chosen, X, y, sample_weight, n_subsamples, random_state, n_jobs)
    labels = feature_labels(names, range(X.shape[1]))
    coefs = shown.coef_of(0)[features]
    return SelectionReport(
        alpha=chosen.alpha, l1_ratio=chosen.l1_ratio, r2=float(shown.r2[0]), intercept=float(shown.intercepts[0]),
        dual_gap=float(path.dual_gaps[0]), n_nonzero=int(path.n_nonzero[0]), features=features,
        all_feature_names=labels, coefs=coefs, standardized_coefs=sizes, stand_ins=others, vif=factors,
        removals=refits, frequencies=None if selector is None else selector.selection_frequencies_[features],
        sign_consistency=None if selector is None else selector.sign_consistency_[features],
        threshold=None if chosen.selector is None else chosen.selector.threshold_,
        max_false_selections=None if chosen.selector is None else chosen.selector.max_false_selections_)


def as_data(X: Any, y: np.ndarray, model: ReportedModel, sample_weight: Any) -> Data:
    """The data and the penalty of the model."""
    options = model.options
    penalty = as_penalty_shape(options.get("penalty_factor"), options.get("bounds"), options.get("positive", False),
                               options.get("standardize", False), X.shape[1])
    return Data(X, y, as_sample_weight(sample_weight, X.shape[0]), penalty, options.get("fit_intercept", True))


def least_squares(problem: Problem, features: np.ndarray, settings: Settings) -> PathResult:
    """The fit without a penalty on these features alone, of minimum norm where they are collinear."""
    features = np.intersect1d(problem.features, features, assume_unique=True)
    return solve_path(replace(problem, features=features), [0.0], 1.0, 1.0, settings)


def ordered(path: PathResult, model: ReportedModel, deviations: np.ndarray, scaling: Any
            ) -> tuple[np.ndarray, np.ndarray]:
    """(features of the report, the largest first; their coefficients times the standard deviations of their columns).

    deviations are those of the columns of the problem, whose coefficients are taken as well: no unit is lost.
    """
    features = path.nonzeros(0)[0] if model.selector is None else model.selector.get_support(indices=True)
    w = path.coef_of(0).astype(np.float64)
    sizes = (w if scaling is None else scaling.inner(w))[features] * deviations[features]
    order = np.argsort(-np.abs(sizes), kind="stable")
    sizes = sizes[order] if scaling is None else np.ldexp(sizes[order], scaling.target)
    return features[order], sizes


def frequencies_of(model: ReportedModel, X: Any, y: np.ndarray, sample_weight: Any, n_subsamples: int,
                   random_state: Any, n_jobs: Any) -> StabilitySelection | None:
    """The model fitted to halves of the rows; None without subsamples."""
    if n_subsamples == 0:
        return None
    options = model.options
    selector = StabilitySelection(
        alphas=[model.alpha], max_features="all", threshold=1.0, n_subsamples=n_subsamples, l1_ratio=model.l1_ratio,
        standardize=options.get("standardize", False), fit_intercept=options.get("fit_intercept", True),
        random_state=random_state, n_jobs=n_jobs)
    penalty = {name: options[name] for name in ("penalty_factor", "bounds", "positive") if name in options}
    return selector._fit(X, y, sample_weight, **penalty)
