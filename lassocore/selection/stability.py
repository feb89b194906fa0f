# Lives here: StabilitySelection. Independent of: formulas of the bounds, how paths are solved.
"""Stability selection as a selector of scikit-learn."""
from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from lassocore.cross_validation.folds import Data
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs.canonical import as_canonical
from lassocore.designs.feature_names import naming_columns
from lassocore.designs.sparse_checks import check_sparse
from lassocore.estimators.base import FLOATS, without_number
from lassocore.paths.alpha_grid import as_alphas, given_alphas
from lassocore.paths.fit_path import fit_path
from lassocore.penalties.elastic_net import as_penalty_shape
from lassocore.results.convergence import remedy
from lassocore.selection.bounds import false_selection_bound
from lassocore.selection.error_control import ErrorControl, as_error_control
from lassocore.selection.subsamples import Entries, SubsamplePaths, draw_subsamples
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_vector, check_flag, is_number, is_one_of, is_whole
from lassocore.utils.docstrings import DOC_PAGES, complete_docstring
from lassocore.utils.pickling import EstimatorState
from lassocore.utils.powers_of_two import MAX_FLOAT
from lassocore.utils.threads import check_n_jobs, n_workers, single_threaded_blas
from lassocore.utils.unknown_keywords import KeywordHints

AUTO_ALPHAS = 200                   # about one for each feature that enters, so that their order is known
HEADROOM = 2.0**0.5                 # correlations of noise on half the rows are larger than on all rows
ROUNDING = 1e-9                     # of a frequency
CHUNKS_PER_WORKER = 4
FEW_FEATURES = 0.25                 # share of the columns up to which a Gram matrix of all of them does not pay


@complete_docstring(fit_path, false_selection_bound)
class StabilitySelection(KeywordHints, SelectorMixin, EstimatorState, BaseEstimator):
    r"""Select the features that the lasso selects on most random halves of the data.

    On each subsample of half the rows the path of the lasso (or elastic net) is followed from large to small alpha
    until max_features have entered. The frequency of a feature is the share of the subsamples in which it is among
    these; features with a frequency of at least the threshold are selected. The expected number of false selections is
    then bounded, see `false_selection_bound`.

    Of threshold, max_features and max_false_selections two determine the third. Two that are None are
    ``max_false_selections=1`` and the largest max_features that this allows at a threshold of 0.75; if both threshold
    and max_features are given, `max_false_selections_` says what they guarantee.

    Parameters
    ----------
    alphas : "auto", int or array-like, default="auto"
        The alphas of all subsamples: how many, in geometric progression from sqrt(2) times the smallest that makes all
        coefficients 0 on all rows, or the alphas themselves. "auto" is 200, cut off where the last subsample has
        selected its features.
    eps : float in (0, 1], default=1e-2
        Smallest over largest alpha, if alphas are not given.
    max_features : int or "all", default=None
        Features that enter first on a subsample (of those that enter at the same alpha the largest on the standardised
        scale). None derives it from max_false_selections. "all" takes all that enter at any of the alphas; bounds then
        rest on their mean number, which is known only after the fit and is an estimate.
    threshold : float, default=None
        Selection frequency from which on a feature is selected, above 0.5 and at most 1. None takes the smallest that
        meets max_false_selections.
    max_false_selections : float, default=None
        Expected number of false selections that is allowed.
    bound : {"auto", "meinshausen_buhlmann", "unimodal", "r_concave"}, default="auto"
        Which bound has to meet it; `false_selection_bound` says what each assumes. "auto" is "unimodal" for
        complementary pairs, else "meinshausen_buhlmann".
    n_subsamples : int, default=100
        Subsamples, counting both halves of each pair.
    subsampling : {"complementary", "half"}, default="complementary"
        Pairs of halves without a common row (Shah and Samworth 2013), or independent halves (Meinshausen and Buehlmann
        2010). Of an odd number of rows one is left out at random.
    weakness : float in (0, 1], default=1.0
        Below 1 it is the randomised lasso: for each subsample the penalty of each feature is divided by a number drawn
        uniformly from [weakness, 1]. 0.5 is usual; it helps where features are strongly correlated.
    l1_ratio : float in (0, 1], default=1.0
        Share of the L1 penalty; 1 is the lasso.
    standardize : bool, default=True
        Penalise the coefficients of the columns scaled to unit variance on each subsample, so that units do not matter.
    fit_intercept : bool, default=True
        Whether to fit an unpenalised intercept.
    tol, max_iter
    random_state : int, RandomState instance or None, default=None
        Of the subsamples, and of the penalties of the randomised lasso.
    n_jobs : int, default=None
        Subsamples that are solved at the same time, by threads. The results do not depend on it.

    Attributes
    ----------
    selection_frequencies_ : ndarray of shape (n_features,)
        Share of the subsamples that select each feature.
    stability_path_ : ndarray of shape (n_features, n_alphas)
        Share of the subsamples in which the feature has entered at this alpha or a larger one; the last column is
        selection_frequencies_.
    alphas_ : ndarray of shape (n_alphas,)
        The alphas, falling.
    threshold_ : float
        The threshold.
    max_features_ : int
        The largest number of features that a subsample may select.
    max_false_selections_ : float
        What the chosen bound guarantees for the expected number of false selections.
    false_selection_bounds_ : dict of str to float
        All bounds that apply to the subsamples, by name.
    n_selected_per_subsample_ : ndarray of int of shape (n_subsamples,)
        Features that each subsample selects.
    signs_ : ndarray of shape (n_features,)
        The sign with which a feature more often enters, 1.0 or -1.0; 0.0 if it never does, or if both are as frequent.
    sign_consistency_ : ndarray of shape (n_features,)
        Share of the subsamples selecting a feature in which it enters with its more frequent sign; NaN where none does.
    relative_gap_ : float
        Certificate: the largest duality gap over all alphas and subsamples, over the mean square of the centred y.
    n_iter_ : int
        Epochs and exact steps at the alpha that took most.
    n_features_in_ : int
        The number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names; only where X has names that are all strings.

    See Also
    --------
    false_selection_bound : The bounds, and what they assume.
    selection_report : A table of the selected features.
    cross_validate_selection : The honest error of a selection and the fit that follows it.

    Notes
    -----
    It is a selector of scikit-learn: ``get_support``, ``transform``, ``inverse_transform``, ``get_feature_names_out``.

    Sample weights enter the fits, not the drawing of the rows: rows of weight 0 are never drawn, and a weight of k is
    not the same as k rows, which may fall into different halves.

    References
    ----------
    * Meinshausen, Bühlmann (2010), Stability selection, Journal of the Royal Statistical Society B 72(4).
    * Shah, Samworth (2013), Variable selection with error control: another look at stability selection, Journal of the
      Royal Statistical Society B 75(1).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.selection import StabilitySelection
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 1000))
    >>> y = X[:, :4] @ [2.0, -2.0, 1.5, 1.0] + rng.standard_normal(200)
    >>> selector = StabilitySelection(max_false_selections=1.0, random_state=0).fit(X, y)
    >>> selector.get_support(indices=True).tolist(), selector.max_features_, selector.threshold_
    ([0, 1, 2, 3], 31, 0.75)
    >>> selector.transform(X).shape
    (200, 4)
    """

    _doc_link_module = "lassocore"
    _doc_link_template = DOC_PAGES

    def __init__(
        self, *, alphas="auto", eps=1e-2, max_features=None, threshold=None, max_false_selections=None, bound="auto",
        n_subsamples=100, subsampling="complementary", weakness=1.0, l1_ratio=1.0, standardize=True, fit_intercept=True,
        tol=1e-4, max_iter=10_000, random_state=None, n_jobs=None,
    ):
        self.alphas = alphas
        self.eps = eps
        self.max_features = max_features
        self.threshold = threshold
        self.max_false_selections = max_false_selections
        self.bound = bound
        self.n_subsamples = n_subsamples
        self.subsampling = subsampling
        self.weakness = weakness
        self.l1_ratio = l1_ratio
        self.standardize = standardize
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y, sample_weight=None) -> Self:
        """Solve the paths of all subsamples and select features.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The data; neither copied for a subsample nor changed.
        y : array-like of shape (n_samples,)
            The target.
        sample_weight : float or array-like of shape (n_samples,), optional
            Weights of the rows within the fit of a subsample; a number is no weight.

        Returns
        -------
        Self
            The fitted selector.

        Raises
        ------
        ValueError
            Parameters out of range; a max_false_selections that cannot be met, with what can; NaN or infinity in X, y
            or weights; fewer than two rows of positive weight.
        TypeError
            A data frame some of whose column names are text and some are not.

        Warns
        -----
        ConvergenceWarning
            Once, with the number of alphas that missed the tolerance and the largest gap.
        """
        return self._fit(X, y, sample_weight)

    def _fit(self, X, y, sample_weight, penalty_factor=None, bounds=None, positive=False) -> Self:
        """`fit`, with options of the penalty that reports on other models need."""
        check_options(self)
        X, y = self._checked(X, y)
        control = as_error_control(
            self.threshold, self.max_features, self.max_false_selections, self.bound, X.shape[1], self.n_subsamples,
            self.subsampling == "complementary").completed()
        penalty = as_penalty_shape(penalty_factor, bounds, positive, self.standardize, X.shape[1])
        n_samples, sample_weight = X.shape[0], without_number(sample_weight)
        data = Data(X, as_vector(y, "y", n_samples, "samples"), as_sample_weight(sample_weight, n_samples), penalty,
                    self.fit_intercept)
        rows = np.arange(len(y)) if data.weights is None else np.flatnonzero(data.weights)
        if len(rows) < 2:
            raise ValueError(f"n_samples={len(rows)} rows with a positive weight: stability selection halves the rows "
                             "and needs at least 2")
        subsamples = draw_subsamples(check_random_state(self.random_state), rows, self.n_subsamples,
                                     self.subsampling == "complementary")
        with single_threaded_blas(True):
            data, problem = data.in_range()
            n_wanted = X.shape[1] if control.max_features == "all" else int(control.max_features)
            solver = "working_set" if prefers_working_set(data.X, n_wanted) else "auto"
            settings = Settings(solver, tol=self.tol, max_iter=self.max_iter, max_active=n_wanted)
            paths = SubsamplePaths(data, self._grid(problem), self.l1_ratio, settings, self.weakness, n_wanted)
            n_chunks = min(self.n_subsamples, CHUNKS_PER_WORKER * n_workers(self.n_jobs))
            chunks = np.array_split(np.arange(self.n_subsamples), n_chunks)
            solved = Parallel(n_jobs=self.n_jobs, prefer="threads")(
                delayed(paths.entries_of)([subsamples[k] for k in chunk]) for chunk in chunks)
        entries = [found for chunk in solved for found in chunk]
        self._set_frequencies(entries, paths.grid, X.shape[1], n_wanted)
        self._set_control(control)
        warn_missed(entries, self.max_iter, self.tol, X.dtype)
        return self

    def _checked(self, X, y) -> tuple[Any, np.ndarray]:
        """X in the form that subsamples share, and y."""
        if issparse(X):
            check_sparse(X, csc_rows=False)
        with naming_columns(X, y):
            X, y = validate_data(self, X, y, validate_separately=(
                {"accept_sparse": "csc", "dtype": FLOATS, "ensure_all_finite": False},
                {"dtype": FLOATS, "ensure_2d": False}))
        return as_canonical(X, True), column_or_1d(y, warn=True)

    def _grid(self, problem) -> np.ndarray:
        """The alphas of all subsamples."""
        alphas = AUTO_ALPHAS if isinstance(self.alphas, str) else given_alphas(self.alphas)
        grid = as_alphas(problem, alphas, self.eps, self.l1_ratio)
        return HEADROOM * np.minimum(grid, MAX_FLOAT / HEADROOM) if is_whole(alphas) else grid

    def _set_frequencies(self, entries: list[Entries], grid: np.ndarray, n_features: int, n_wanted: int) -> None:
        """Set the numbers that do not depend on the threshold."""
        n_alphas = len(grid)
        if isinstance(self.alphas, str):
            n_alphas = max(int(found.positions.max(initial=0)) + 1 if len(found.features) == n_wanted
                           else found.n_alphas for found in entries)
        features, positions, signs = (np.concatenate([getattr(found, name) for found in entries])
                                      for name in ("features", "positions", "signs"))
        self.alphas_ = grid[:n_alphas].copy()
        self._entries = csr_array((np.ones(len(features), np.intp), (features, positions)), (n_features, n_alphas))
        counts, sums = (np.bincount(features, weights, n_features) for weights in (None, signs))
        self.selection_frequencies_ = counts / len(entries)
        self.n_selected_per_subsample_ = np.array([len(found.features) for found in entries])
        self.signs_ = np.sign(sums)
        self.sign_consistency_ = np.divide(
            counts + np.abs(sums), 2.0 * counts, out=np.full(n_features, np.nan), where=counts > 0)
        self.relative_gap_ = float(max(found.relative_gap for found in entries))
        self.n_iter_ = max(found.n_iter for found in entries)

    def _set_control(self, control: ErrorControl) -> None:
        """Set the threshold and what is guaranteed with it."""
        self.max_features_ = (len(self.selection_frequencies_) if control.max_features == "all"
                              else int(control.max_features))
        control = control.completed_by(float(self.n_selected_per_subsample_.mean()))
        assert control.threshold is not None
        self.threshold_ = float(control.threshold)
        self.false_selection_bounds_ = control.bounds(self.subsampling == "complementary")
        self.max_false_selections_ = self.false_selection_bounds_[control.bound]

    @property
    def stability_path_(self) -> np.ndarray:
        """Selection frequencies along the path, of shape (n_features, n_alphas), built when asked for."""
        check_is_fitted(self)
        return self._entries.toarray().cumsum(axis=1) / self.n_subsamples

    def transform(self, X) -> Any:
        """Keep the columns of the selected features.

        Parameters
        ----------
        X : array-like, sparse matrix or data frame of shape (n_samples, n_features)
            Rows with the features of the fit.

        Returns
        -------
        ndarray, sparse matrix or data frame of shape (n_samples, n_selected)
            The selected columns, of the output type that `set_output` asks for.

        Raises
        ------
        NotFittedError
            Before fit.
        ValueError
            X with other features, or other names of them, than in fit; a sparse matrix that contradicts itself; masked
            entries.
        """
        if issparse(X):
            check_sparse(X)
        with naming_columns(X):
            return super().transform(X)

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self)
        return self.selection_frequencies_ >= self.threshold_ - ROUNDING

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags


def prefers_working_set(X: Any, n_wanted: int) -> bool:
    """Whether paths to so few features cost less on a working set, where whole paths may not."""
    return not issparse(X) and n_wanted <= FEW_FEATURES * X.shape[1] and 2 * X.shape[1] >= X.shape[0]


def check_options(selector: Any) -> None:
    """Check the parameters that nothing else checks."""
    check_flag("fit_intercept", selector.fit_intercept)
    if isinstance(selector.alphas, str) and selector.alphas != "auto":
        raise ValueError(f"alphas={selector.alphas!r} is unknown; use 'auto', how many, or the alphas themselves")
    if not is_one_of(selector.subsampling, ("complementary", "half")):
        raise ValueError(f"subsampling={selector.subsampling!r} is unknown; use 'complementary' or 'half'")
    if not (is_whole(selector.n_subsamples) and selector.n_subsamples >= 2):
        raise ValueError(f"n_subsamples={selector.n_subsamples!r} must be an integer of at least 2")
    if selector.subsampling == "complementary" and selector.n_subsamples % 2:
        raise ValueError(f"n_subsamples={selector.n_subsamples!r} is odd, and complementary pairs have two halves; use "
                         "an even number, or subsampling='half'")
    check_n_jobs(selector.n_jobs)
    for name in ("weakness", "l1_ratio"):
        value = getattr(selector, name)
        if not (is_number(value) and 0.0 < value <= 1.0):
            raise ValueError(f"{name}={value!r} must be a number above 0 and at most 1")


def warn_missed(entries: list[Entries], max_iter: int, tol: float, dtype: np.dtype) -> None:
    """One ConvergenceWarning if an alpha of a subsample missed the tolerance."""
    n_missed = sum(found.n_missed for found in entries)
    if n_missed:
        text = remedy(max(found.n_iter for found in entries) >= max_iter, dtype)
        n_alphas, gap = sum(found.n_alphas for found in entries), max(found.relative_gap for found in entries)
        warnings.warn(f"{text} {n_missed} of {n_alphas} alphas of {len(entries)} subsamples missed the tolerance: the "
                      f"largest duality gap over the mean square of y is {gap:.3e}, tol {tol:.3e}. The results are "
                      "kept.", ConvergenceWarning, stacklevel=4)
