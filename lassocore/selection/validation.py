# Lives here: cross-validation of a selection and the fit that follows it. Independent of: how features are selected.
"""Nested cross-validation: features are selected anew on the training rows of each fold."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_validate
from sklearn.utils import indexable
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from lassocore.cross_validation.folds import as_fold, as_splitter
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import check_not_empty
from lassocore.designs.feature_names import names_of, naming_columns
from lassocore.designs.sparse_checks import check_sparse
from lassocore.results.tables import feature_labels, html_table
from lassocore.utils.arguments import as_vector, check_flag, is_number, n_dimensions, shortened
from lassocore.utils.threads import check_n_jobs

ROUNDING = 1e-12                    # of mean scores
MAX_LISTED = 20                     # features in a table


class SelectedFit(RegressorMixin, BaseEstimator):
    """A regressor on the features that a selector selects; the mean of y where it selects none.

    scikit-learn's Pipeline is the same, except that regressors refuse X without a column.

    Parameters
    ----------
    selector : selector or linear model
        With get_support or coef_ after fit.
    estimator : regressor
        Fitted to the selected columns.

    Attributes
    ----------
    support_ : ndarray of int
        The selected columns.
    estimator_ : regressor
        The fitted regressor.
    """

    def __init__(self, selector, estimator):
        self.selector = selector
        self.estimator = estimator

    def fit(self, X, y, sample_weight=None) -> Self:
        """Select features and fit the regressor to them."""
        self.support_ = support_of(fitted(self.selector, X, y, sample_weight))
        estimator = self.estimator if len(self.support_) else DummyRegressor()
        self.estimator_ = fitted(estimator, columns_of(X, self.support_), y, sample_weight)
        return self

    def predict(self, X) -> np.ndarray:
        """Predict from the selected columns."""
        check_is_fitted(self)
        return self.estimator_.predict(columns_of(X, self.support_))


class ModelFit(RegressorMixin, BaseEstimator):
    """A linear model that selects features itself, with the same attribute support_."""

    def __init__(self, model):
        self.model = model

    def fit(self, X, y, sample_weight=None) -> Self:
        """Fit the model."""
        self.model_ = fitted(self.model, X, y, sample_weight)
        self.support_ = support_of(self.model_)
        return self

    def predict(self, X) -> np.ndarray:
        """Predict with the model."""
        check_is_fitted(self)
        return self.model_.predict(X)


def fitted(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Any:
    """A fitted clone; weights are refused where the estimator cannot take them."""
    if sample_weight is None:
        return clone(estimator).fit(X, y)
    if not has_fit_parameter(estimator, "sample_weight"):
        raise ValueError(f"sample_weight was given, and {type(estimator).__name__}.fit does not take it; leave it out, "
                         "or pass an estimator that does")
    return clone(estimator).fit(X, y, sample_weight=sample_weight)


def support_of(estimator: Any) -> np.ndarray:
    """The selected columns of a fitted selector, or of a linear model of one target."""
    if hasattr(estimator, "get_support"):
        return np.asarray(estimator.get_support(indices=True))
    coef = getattr(estimator, "coef_", None)
    if coef is None or np.ndim(coef) != 1:
        raise TypeError(f"selector={type(estimator).__name__} has neither get_support nor coef_ of one target; pass a "
                        "StabilitySelection, a LassoCV, or a selector of scikit-learn")
    return np.flatnonzero(coef)


def columns_of(X: Any, support: np.ndarray) -> Any:
    """Columns of an array, a sparse matrix or a data frame."""
    if hasattr(X, "iloc"):
        return X.iloc[:, support]
    if issparse(X):
        return X.tocsc()[:, support]
    return X[:, support]


@dataclass(frozen=True, eq=False, repr=False)
class SelectionScores:
    """Held-out scores of a selection and the fit after it, and what each fold selects.

    Attributes
    ----------
    scores : ndarray of shape (n_folds,)
        The score of each fold, larger is better, with features selected on its training rows alone.
    train_scores : ndarray of shape (n_folds,)
        The score of each fold's model on its training rows.
    supports : list of ndarray of int
        The columns that are selected in each fold.
    frequencies : ndarray of shape (n_features,)
        Share of the folds that select each feature.
    scores_of_fixed_selection : ndarray of shape (n_folds,), or None
        The optimistic scores: features selected once on all rows, and only the fit cross-validated.
    support_of_all_rows : ndarray of int, or None
        The columns that are selected on all rows.
    feature_names : list of str
        Names of the columns.
    scoring : str
        What the scores are.

    See Also
    --------
    cross_validate_selection : Computes them.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import Lasso
    >>> from lassocore.selection import cross_validate_selection
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> scores = cross_validate_selection(Lasso(alpha=1.0), X, y, scoring="r2")
    >>> scores.n_selected.tolist(), bool(scores.scores.min() > 0.2)
    ([3, 3, 3, 2, 2], True)
    >>> dict(zip(scores.feature_names, scores.frequencies.tolist()))["bp"]
    0.6
    """

    scores: np.ndarray
    train_scores: np.ndarray
    supports: list[np.ndarray]
    frequencies: np.ndarray
    scores_of_fixed_selection: np.ndarray | None
    support_of_all_rows: np.ndarray | None
    feature_names: list[str]
    scoring: str

    @property
    def n_selected(self) -> np.ndarray:
        """Number of features that each fold selects, of shape (n_folds,)."""
        return np.array([len(support) for support in self.supports])

    @property
    def optimism(self) -> float | None:
        """How much better the mean score looks if features are selected on all rows; None if not computed."""
        fixed = self.scores_of_fixed_selection
        if fixed is None:
            return None
        difference = float(fixed.mean() - self.scores.mean())
        return difference if abs(difference) > ROUNDING * abs(float(fixed.mean())) else 0.0

    def to_frame(self):
        """Get the folds as a pandas data frame.

        Returns
        -------
        pandas.DataFrame
            A row for each fold with its score, the score on the training rows, the score with the features of all
            rows where it was computed, the number of features and their names.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_frame needs pandas, which is not installed; run python -m pip install pandas"
                              ) from error
        columns: dict[str, Any] = {"score": self.scores, "train_score": self.train_scores}
        if self.scores_of_fixed_selection is not None:
            columns["score_of_fixed_selection"] = self.scores_of_fixed_selection
        columns |= {"n_selected": self.n_selected, "selected": [
            [self.feature_names[j] for j in support] for support in self.supports]}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.scores), name="fold"))

    def __repr__(self) -> str:
        return f"<SelectionScores: {self._title()}>"

    def __str__(self) -> str:
        lines = [self._title()]
        if self.scores_of_fixed_selection is not None:
            lines.append(f"with features selected on all rows it would look like {described(self._fixed())}: "
                         f"{self.optimism:+.4g} of optimism")
        width = max([len("feature"), *(len(name) for name, _ in self._counts())])
        lines += ["", f"{'feature'.ljust(width)}  folds", *(
            f"{name.ljust(width)}  {share:.0%}" for name, share in self._counts()[:MAX_LISTED])]
        n_more = len(self._counts()) - MAX_LISTED
        return "\n".join(lines + ([f"and {n_more} more"] if n_more > 0 else []))

    def _repr_html_(self) -> str:
        return html_table(self._title(), ("feature", "folds"), [
            (name, f"{share:.0%}") for name, share in self._counts()[:MAX_LISTED]])

    def _fixed(self) -> np.ndarray:
        return np.asarray(self.scores_of_fixed_selection)

    def _title(self) -> str:
        fewest, most = int(self.n_selected.min()), int(self.n_selected.max())
        count = f"{most}" if fewest == most else f"{fewest} to {most}"
        return (f"{self.scoring} {described(self.scores)} over {len(self.scores)} folds, {count} "
                f"feature{'s' * (most != 1)} selected")

    def _counts(self) -> list[tuple[str, float]]:
        """(name, share of the folds) of the features that a fold selects, the most frequent first."""
        order = np.argsort(-self.frequencies, kind="stable")
        return [(self.feature_names[j], float(self.frequencies[j])) for j in order if self.frequencies[j] > 0.0]


def described(scores: np.ndarray) -> str:
    """Mean and standard error over folds."""
    error = scores.std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else 0.0
    return f"{scores.mean():.4g} +- {error:.2g}"


def cross_validate_selection(
    selector, X, y, *, estimator=None, cv=None, scoring: Any = "neg_mean_squared_error", groups=None,
    sample_weight=None, compare: bool = True, n_jobs=None,
) -> SelectionScores:
    """Cross-validate a selection of features together with the fit that follows it.

    In each fold the features are selected on the training rows alone and the model is fitted to them, so that the
    held-out rows take no part in either, and their error is honest. Selecting features on all rows first and
    cross-validating only the fit is optimistic: with many features it finds structure in pure noise.

    Parameters
    ----------
    selector : selector or linear model
        `StabilitySelection`, any selector of scikit-learn, or a lasso: `LassoCV`, `ElasticNetCV`, `LassoIC`, ...
    X : array-like, sparse matrix or data frame of shape (n_samples, n_features)
        The data.
    y : array-like of shape (n_samples,)
        The target.
    estimator : regressor, optional
        Fitted to the selected features. By default least squares for a selector; a lasso predicts itself.
    cv : int, splitter or iterable of (train, test), optional
        By default 5 folds of successive rows; pass ``KFold(5, shuffle=True)`` for rows that are sorted.
    scoring : str or callable, default="neg_mean_squared_error"
        A scorer of scikit-learn, larger is better.
    groups : array-like of shape (n_samples,), optional
        For splitters that need them.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows in the selection and the fit; scores are unweighted.
    compare : bool, default=True
        Whether to compute the optimistic scores as well.
    n_jobs : int, optional
        Folds at the same time.

    Returns
    -------
    SelectionScores
        Scores and selected features of each fold; ``print(result)``, ``result.to_frame()``.

    Raises
    ------
    TypeError
        A selector with neither get_support nor coef_.
    ValueError
        What scikit-learn's `cross_validate` raises; weights that an estimator does not take.

    See Also
    --------
    selection_report : What is selected on all rows.

    References
    ----------
    * Ambroise, McLachlan (2002), Selection bias in gene extraction on the basis of microarray gene-expression data,
      Proceedings of the National Academy of Sciences 99(10).
    * Hastie, Tibshirani, Friedman (2009), The elements of statistical learning, Springer, section 7.10.2.

    Examples
    --------
    Noise that 1,000 features seem to explain, unless they are selected within the folds:

    >>> import numpy as np
    >>> from lassocore.selection import cross_validate_selection
    >>> from sklearn.feature_selection import SelectKBest, f_regression
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.standard_normal((60, 1000)), rng.standard_normal(60)
    >>> result = cross_validate_selection(SelectKBest(f_regression, k=5), X, y, scoring="r2")
    >>> bool(result.scores.mean() < 0.0 < result.scores_of_fixed_selection.mean())
    True
    """
    check_flag("compare", compare)
    check_n_jobs(n_jobs)
    if not hasattr(selector, "fit") or isinstance(selector, type):
        raise TypeError(f"selector={shortened(selector)} must be an instance of a selector or a linear model, with fit")
    if estimator is not None and (not hasattr(estimator, "fit") or isinstance(estimator, type)):
        raise TypeError(f"estimator={shortened(estimator)} must be an instance of a regressor, with fit, or None")
    X, y, sample_weight = _checked(X, y, sample_weight)
    if groups is not None and (n_dimensions(groups, "groups") != 1 or len(groups) != len(y)):
        raise ValueError(f"groups={shortened(groups)} must be a label for each of the {len(y)} samples")
    X, y, groups, sample_weight = indexable(X, y, groups, sample_weight)
    names, n_features = names_of(X), X.shape[1]
    if estimator is not None:
        model: Any = SelectedFit(selector, estimator)
    elif hasattr(selector, "transform") and not hasattr(selector, "predict"):
        model = SelectedFit(selector, LinearRegression())
    else:
        model = ModelFit(selector)
    splits = list(as_splitter(cv).split(X, y, groups))
    if not splits:
        raise ValueError("cv yields no split; pass a splitter, a number of folds or an iterable with at least one")
    for number, split in enumerate(splits):
        as_fold(number, split, len(y))
    params = None if sample_weight is None else {"sample_weight": sample_weight}
    found = _scores(model, X, y, splits, scoring, params, n_jobs)
    supports = [np.asarray(one.support_) for one in found["estimator"]]
    fixed = support = None
    if compare:
        support = np.asarray(clone(model).fit(X, y, **params or {}).support_)
        rest = DummyRegressor() if len(support) == 0 else model.model if isinstance(model, ModelFit) else (
            model.estimator)
        fixed = _scores(rest, columns_of(X, support) if len(support) else X, y, splits, scoring, params, n_jobs)
    return SelectionScores(
        scores=found["test_score"], train_scores=found["train_score"], supports=supports,
        frequencies=np.bincount(np.concatenate(supports), minlength=n_features) / len(supports),
        scores_of_fixed_selection=None if fixed is None else fixed["test_score"], support_of_all_rows=support,
        feature_names=feature_labels(names, range(n_features)),
        scoring=scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "score"))


def _checked(X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """X with a shape, whose values are left to the selector; y and the weights as vectors."""
    if issparse(X):
        check_sparse(X)
    with naming_columns(X, y):
        X = X if hasattr(X, "shape") else np.array(X)
    if len(X.shape) != 2:
        raise ValueError(f"X has shape {X.shape}; pass a table of shape (n_samples, n_features)")
    n_samples = check_not_empty(X)
    if sample_weight is not None:
        as_sample_weight(sample_weight, n_samples)
        sample_weight = None if is_number(sample_weight) else as_vector(
            sample_weight, "sample_weight", n_samples, "samples")
    return X, as_vector(y, "y", n_samples, "samples"), sample_weight


def _scores(model: Any, X: Any, y: Any, splits: Sequence[Any], scoring: Any, params: Any, n_jobs: Any
            ) -> dict[str, Any]:
    """scikit-learn's cross_validate, of any of the estimators above."""
    return cross_validate(model, X, y, cv=splits, scoring=scoring, params=params, n_jobs=n_jobs, return_estimator=True,
                          return_train_score=True, error_score="raise")
