# Lives here: tests of StabilitySelection. Independent of: formulas of the bounds.
"""Against a loop over scikit-learn's lasso_path, scikit-learn's conventions, error control on generated data."""
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LinearRegression, lasso_path
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from lassocore.cross_validation.folds import Data
from lassocore.penalties.elastic_net import as_penalty_shape
from lassocore.selection import StabilitySelection
from lassocore.selection.subsamples import SubsamplePaths, draw_subsamples
from lassocore.solvers.settings import Settings

RANDOM = "rows are drawn, and the rows that a weight stands for may fall into both halves"


@parametrize_with_checks(
    [StabilitySelection(n_subsamples=10, random_state=0),
     StabilitySelection(n_subsamples=9, subsampling="half", max_features="all", threshold=0.8, random_state=0)],
    expected_failed_checks=lambda _: {
        "check_sample_weight_equivalence_on_dense_data": RANDOM,
        "check_sample_weight_equivalence_on_sparse_data": RANDOM})
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


def generated(n_samples=80, n_features=120, n_true=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features))
    return X, X[:, :n_true] @ np.array([3.0, -2.0, 2.0, -1.5])[:n_true] + rng.standard_normal(n_samples)


@pytest.fixture(scope="module")
def fitted():
    X, y = generated()
    return X, y, StabilitySelection(n_subsamples=40, random_state=1).fit(X, y)


def selected_by_scikit_learn(X, y, rows, alphas, n_wanted):
    """Entry positions of the first features on these rows, columns standardised, in a loop over the alphas."""
    part, target = X[rows] - X[rows].mean(axis=0), y[rows] - y[rows].mean()
    deviations = part.std(axis=0)
    _, coefs, _ = lasso_path(part / deviations, target, alphas=alphas, tol=1e-12, max_iter=100_000)
    entered: dict[int, int] = {}
    for k, coef in enumerate(coefs.T):
        new = [j for j in np.argsort(-np.abs(coef), kind="stable") if coef[j] != 0.0 and j not in entered]
        entered.update((int(j), k) for j in new[:n_wanted - len(entered)])
        if len(entered) == n_wanted:
            break
    return entered


def test_frequencies_are_those_of_a_loop_over_lasso_path(fitted):
    X, y, selector = fitted
    selector = clone(selector).set_params(tol=1e-12).fit(X, y)
    alphas, n_wanted = selector.alphas_, selector.max_features_
    counts = np.zeros((X.shape[1], len(alphas)))
    subsamples = draw_subsamples(np.random.RandomState(1), np.arange(len(y)), 40, True)
    for subsample in subsamples:
        for j, k in selected_by_scikit_learn(X, y, subsample.rows, alphas, n_wanted).items():
            counts[j, k:] += 1
    np.testing.assert_allclose(selector.stability_path_, counts / 40, atol=1e-12)
    np.testing.assert_array_equal(selector.n_selected_per_subsample_, n_wanted)
    assert selector.get_support(indices=True).tolist() == [0, 1, 2, 3]


def test_subsamples_are_halves_without_a_common_row():
    rows = np.arange(3, 24)
    drawn = draw_subsamples(np.random.RandomState(0), rows, 30, True)
    for first, second in zip(drawn[::2], drawn[1::2], strict=True):
        both = np.concatenate([first.rows, second.rows])
        assert len(first.rows) == len(second.rows) == 10 and len(np.unique(both)) == 20 and np.isin(both, rows).all()
    alone = draw_subsamples(np.random.RandomState(0), rows, 30, False)
    assert len({tuple(subsample.rows) for subsample in alone}) == 30
    share = np.mean([np.isin(rows, subsample.rows) for subsample in drawn + alone], axis=0)
    assert (np.abs(share - 10 / 21) < 0.3).all()


def test_randomised_lasso_divides_penalties():
    X, y = generated()
    data = Data(X, y, None, as_penalty_shape(None, None, False, True, X.shape[1]), True)
    subsample = draw_subsamples(np.random.RandomState(1), np.arange(len(y)), 2, True)[0]
    paths = SubsamplePaths(data, np.array([0.3]), 1.0, Settings(tol=1e-8), 0.2, 120)
    found = paths.entries(subsample)
    divisors = np.random.default_rng([*subsample.seed, 1]).uniform(0.2, 1.0, X.shape[1])
    part, target = X[subsample.rows], y[subsample.rows]
    part = (part - part.mean(axis=0)) / part.std(axis=0) * divisors
    _, coefs, _ = lasso_path(part, target - target.mean(), alphas=[0.3], tol=1e-12)
    assert np.flatnonzero(coefs[:, 0]).tolist() == sorted(found.features.tolist())
    plain = SubsamplePaths(data, np.array([0.3]), 1.0, Settings(tol=1e-8), 1.0, 120).entries(subsample)
    assert set(plain.features) != set(found.features)


def test_results_do_not_depend_on_jobs_storage_or_order(fitted):
    X, y, selector = fitted
    for jobs, storage in ((3, np.asarray), (1, np.asfortranarray)):
        other = clone(selector).set_params(n_jobs=jobs).fit(storage(X), y)
        np.testing.assert_array_equal(other.stability_path_, selector.stability_path_)
        assert other.relative_gap_ == selector.relative_gap_            # to the last bit
    exact = clone(selector).set_params(tol=1e-12).fit(X, y)
    for storage in (sp.csr_array, sp.csc_matrix):
        np.testing.assert_array_equal(clone(exact).fit(storage(X), y).stability_path_, exact.stability_path_)


def test_units_and_signs(fitted):
    X, y, selector = fitted
    other = clone(selector).fit(X * np.geomspace(1e-3, 1e3, X.shape[1]) + 5.0, 100.0 * y - 7.0)
    np.testing.assert_array_equal(other.selection_frequencies_, selector.selection_frequencies_)
    assert selector.signs_[:4].tolist() == [1.0, -1.0, 1.0, -1.0]
    assert (selector.sign_consistency_[:4] == 1.0).all()
    never = selector.selection_frequencies_ == 0.0
    assert np.isnan(selector.sign_consistency_[never]).all() and (selector.signs_[never] == 0.0).all()
    assert ((selector.sign_consistency_[~never] >= 0.5) & (selector.sign_consistency_[~never] <= 1.0)).all()


def test_rows_of_weight_zero_are_not_there():
    X, y = generated()
    weights = np.random.default_rng(2).random(80) * (np.arange(80) % 4 > 0)
    kept = weights > 0
    whole = StabilitySelection(n_subsamples=20, random_state=0).fit(X, y, sample_weight=weights)
    part = StabilitySelection(n_subsamples=20, random_state=0).fit(X[kept], y[kept], sample_weight=weights[kept])
    np.testing.assert_array_equal(whole.selection_frequencies_, part.selection_frequencies_)
    equal = StabilitySelection(n_subsamples=20, random_state=0).fit(X, y)
    assert not np.array_equal(whole.selection_frequencies_, equal.selection_frequencies_)


def test_two_of_the_three_determine_the_third():
    X, y = generated()

    def fit(**options):
        return StabilitySelection(n_subsamples=20, random_state=0, **options).fit(X, y)

    default = fit()
    assert default.max_false_selections_ <= 1.0 and default.threshold_ <= 0.75
    given = fit(threshold=0.9, max_features=5)
    assert given.threshold_ == 0.9 and given.max_features_ == 5 and given.max_false_selections_ < 0.5
    assert list(given.false_selection_bounds_) == ["meinshausen_buhlmann", "unimodal", "r_concave"]
    assert given.false_selection_bounds_["unimodal"] == given.max_false_selections_
    derived = fit(max_features=5, max_false_selections=given.max_false_selections_)
    assert derived.threshold_ <= 0.9
    more = fit(threshold=0.9, max_false_selections=2.0)
    assert more.max_features_ > 5 and 1.0 < more.max_false_selections_ <= 2.0
    half = fit(subsampling="half", max_features=5)
    assert list(half.false_selection_bounds_) == ["meinshausen_buhlmann"] and half.threshold_ > 0.5


def test_all_features_of_given_alphas():
    X, y = generated()
    selector = StabilitySelection(alphas=[0.4, 0.8], max_features="all", threshold=0.8, n_subsamples=20,
                                  random_state=0).fit(X, y)
    assert selector.alphas_.tolist() == [0.8, 0.4] and selector.max_features_ == X.shape[1]
    mean = selector.n_selected_per_subsample_.mean()
    assert selector.selection_frequencies_.sum() == pytest.approx(mean)
    assert selector.false_selection_bounds_["meinshausen_buhlmann"] == pytest.approx(mean**2 / (0.6 * X.shape[1]))
    derived = clone(selector).set_params(threshold=None, max_false_selections=0.5).fit(X, y)
    assert derived.max_false_selections_ <= 0.5
    with pytest.raises(ValueError, match=r"max_false_selections=0.001 cannot be met with \d"):
        clone(selector).set_params(threshold=None, max_false_selections=0.001).fit(X, y)


def test_paths_end_with_the_last_subsample(fitted):
    X, y, selector = fitted
    path = selector.stability_path_
    assert path.shape == (X.shape[1], len(selector.alphas_)) and (np.diff(path, axis=1) >= 0).all()
    assert 1 < len(selector.alphas_) < 200 and (path[:, -1] > path[:, -2]).any()
    np.testing.assert_array_equal(path[:, -1], selector.selection_frequencies_)
    counted = clone(selector).set_params(alphas=30).fit(X, y)
    assert len(counted.alphas_) == 30 and counted.alphas_[0] == selector.alphas_[0]
    assert 0.0 <= selector.relative_gap_ <= 1e-4


def test_selector_in_scikit_learn(fitted):
    X, y, selector = fitted
    frame = pd.DataFrame(X, columns=[f"gene{j}" for j in range(X.shape[1])])
    named = clone(selector).set_output(transform="pandas").fit(frame, y)
    assert named.get_feature_names_out().tolist() == ["gene0", "gene1", "gene2", "gene3"]
    assert list(named.transform(frame).columns) == ["gene0", "gene1", "gene2", "gene3"]
    np.testing.assert_array_equal(selector.transform(X), X[:, :4])
    assert selector.inverse_transform(X[:, :4])[:, 4:].any() == False       # noqa: E712
    assert sp.issparse(selector.transform(sp.csr_array(X)))
    again = pickle.loads(pickle.dumps(selector))
    np.testing.assert_array_equal(again.stability_path_, selector.stability_path_)
    scores = cross_val_score(make_pipeline(clone(selector), LinearRegression()), X, y, cv=3)
    assert scores.mean() > 0.8
    with pytest.raises(NotFittedError):
        StabilitySelection().get_support()


@pytest.mark.parametrize("options, message", [
    ({"alphas": "many"}, "alphas='many' is unknown"), ({"alphas": 1.0}, r"pass alphas=\[1.0\]"),
    ({"threshold": 0.5}, "threshold=0.5 must be"), ({"max_features": 0}, "max_features=0 must be"),
    ({"max_features": 121}, "exceeds the 120 features"), ({"max_features": "most"}, "max_features='most'"),
    ({"max_false_selections": 0}, "max_false_selections=0 must be"),
    ({"max_false_selections": 1e-4}, "cannot be met at a threshold of 0.75 even with one feature"),
    ({"max_features": 110}, "cannot be met with 110 features per subsample"),
    ({"max_features": 50, "threshold": 0.6, "max_false_selections": 0.1}, "leave one of the three at None"),
    ({"n_subsamples": 7}, "n_subsamples=7 is odd"), ({"n_subsamples": 0}, "n_subsamples=0 must be"),
    ({"subsampling": "bootstrap"}, "use 'complementary' or 'half'"), ({"bound": "none"}, "bound='none' is unknown"),
    ({"subsampling": "half", "bound": "unimodal"}, "proved for complementary pairs"),
    ({"weakness": 0.0}, "weakness=0.0 must be"), ({"l1_ratio": 0}, "l1_ratio=0 must be"),
    ({"fit_intercept": "no"}, "fit_intercept='no'"), ({"standardize": 1}, "standardize=1"), ({"tol": -1}, "tol=-1")])
def test_parameters_out_of_range(options, message):
    X, y = generated()
    with pytest.raises(ValueError, match=message):
        StabilitySelection(**options).fit(X, y)


def test_extreme_data():
    X, y = generated()
    plain = StabilitySelection(n_subsamples=10, random_state=0).fit(X, y)
    for other_X, other_y in ((X * 1e200, y * 1e150), (X * 1e-200, y), (X, y * 1e-310)):
        other = StabilitySelection(n_subsamples=10, random_state=0).fit(other_X, other_y)
        np.testing.assert_array_equal(other.get_support(), plain.get_support())
    for other_X, other_y in ((X, np.ones(80)), (0.0 * X, y), (X[:3], y[:3])):
        assert not StabilitySelection(n_subsamples=10, random_state=0).fit(other_X, other_y).get_support().any()
    with pytest.raises(ValueError, match="NaN"):
        StabilitySelection().fit(np.where(X > 2.0, np.nan, X), y)
    with pytest.raises(ValueError, match="n_samples=1"):
        StabilitySelection().fit(X, y, sample_weight=np.arange(80) == 3.0)


def test_input_is_not_changed():
    X, y = generated()
    before = X.copy(), y.copy()
    StabilitySelection(n_subsamples=4, weakness=0.5, random_state=0).fit(X, y)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_one_warning_of_missed_tolerances():
    X, y = generated()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        StabilitySelection(n_subsamples=4, max_iter=1, tol=0.0, random_state=0).fit(X, y)
    messages = [str(warning.message) for warning in caught if warning.category is ConvergenceWarning]
    assert len(messages) == 1 and "of 4 subsamples missed the tolerance" in messages[0]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("correlated", [False, True])
def test_false_selections_stay_below_the_bound(correlated):
    """A small form of benchmarks/selection.py: noise features are independent, or equally correlated."""
    n_false = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((100, 200))
        if correlated:
            X[:, 5:] += 1.5 * rng.standard_normal((100, 1))
        y = X[:, :5] @ np.ones(5) + 2.0 * rng.standard_normal(100)
        selector = StabilitySelection(n_subsamples=50, random_state=seed).fit(X, y)
        n_false.append(int(selector.get_support()[5:].sum()))
    assert np.mean(n_false) <= 1.0 and np.mean(np.array(n_false) <= 1) >= 0.95
