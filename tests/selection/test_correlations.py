# Lives here: tests of stand-ins and variance inflation factors. Independent of: solvers.
"""Against NumPy's correlations and least squares, on dense and sparse X, with weights."""
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LinearRegression

from lassocore.selection import stand_ins, variance_inflation
from lassocore.selection.correlations import as_moments


def related(n_samples=60, n_features=40, seed=0):
    """Columns of a random walk over features: neighbours are correlated; some entries are 0."""
    rng = np.random.default_rng(seed)
    X = np.cumsum(rng.standard_normal((n_samples, n_features)), axis=1)
    X[np.abs(X) < 1.0] = 0.0
    return X


STORAGES = [np.asfortranarray, np.ascontiguousarray, sp.csc_array, sp.csr_matrix, lambda X: X.astype(np.float32)]


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("weighted", [False, True])
def test_stand_ins_are_those_with_large_correlations(storage, weighted):
    X = related()
    s = np.random.default_rng(1).random(60) if weighted else None
    covariances = np.cov(X.T, aweights=s)
    deviations = np.sqrt(np.diag(covariances))
    correlations = covariances / np.outer(deviations, deviations)
    features = [5, 30, 0, 12, 17, 18, 19, 20, 39, 2]               # more than one scan
    for feature, others in zip(features, stand_ins(storage(X), features, sample_weight=s, min_correlation=0.6),
                               strict=True):
        row = np.abs(correlations[feature])
        expected = [j for j in np.argsort(-row, kind="stable") if row[j] >= 0.6 and j != feature]
        assert [other.feature for other in others] == expected
        np.testing.assert_allclose([other.correlation for other in others], correlations[feature, expected], atol=1e-6)


@pytest.mark.parametrize("storage", STORAGES)
def test_inflation_factors_are_those_of_least_squares(storage):
    X, s = related(), np.random.default_rng(1).random(60)
    features = np.array([3, 4, 9, 20, 21, 35])
    r2 = [LinearRegression().fit(X[:, features[features != j]], X[:, j], s).score(
        X[:, features[features != j]], X[:, j], s) for j in features]
    found = variance_inflation(storage(X), features, sample_weight=s)
    np.testing.assert_allclose(found, 1.0 / (1.0 - np.array(r2)), rtol=1e-4 if storage is STORAGES[-1] else 1e-9)
    assert found.max() > 3.0
    mask = np.isin(np.arange(40), features)
    np.testing.assert_array_equal(variance_inflation(storage(X), mask, sample_weight=s), found)


def test_collinear_and_constant_columns():
    X = related()[:, :5]
    X = np.column_stack([X, X[:, 0] - 2.0 * X[:, 1], np.ones(60)])
    found = variance_inflation(X)
    assert np.isinf(found[[0, 1, 5]]).all() and np.isfinite(found[[2, 3, 4]]).all() and np.isnan(found[6])
    np.testing.assert_allclose(found[2:5], variance_inflation(X[:, [0, 1, 2, 3, 4]])[2:], rtol=1e-6)
    assert stand_ins(X, [6])[0] == []
    assert all(other.feature != 6 for others in stand_ins(X, range(6)) for other in others)
    assert (variance_inflation(related(20, 30)) == np.inf).all()    # more features than samples
    assert variance_inflation(X, [2]).tolist() == [1.0]
    assert variance_inflation(X, []).tolist() == [] == stand_ins(X, [])


def test_units_do_not_matter():
    X = related()
    expected = stand_ins(X, [5, 6])
    for other in (X * 1e200, X * 1e-200, X + 1e6):
        found = stand_ins(other, [5, 6])
        assert [[pair.feature for pair in pairs] for pairs in found] == [
            [pair.feature for pair in pairs] for pairs in expected]
    np.testing.assert_allclose(variance_inflation(X * 1e200, [5, 6]), variance_inflation(X, [5, 6]), rtol=1e-9)


def test_sparse_columns_stay_sparse(monkeypatch):
    X = sp.random_array((2000, 3000), density=0.002, format="csc", random_state=np.random.default_rng(0))
    moments, densified = as_moments(X, None), []
    plain = type(moments).centred

    def recorded(self, features):
        densified.append(len(features))
        return plain(self, features)

    monkeypatch.setattr(type(moments), "centred", recorded)
    stand_ins(X, np.arange(20))
    assert sum(densified) == 20 and max(densified) <= 8


@pytest.mark.parametrize("features, message", [
    ([40], "include 40"), ([-1], "include -1"), ([1, 1], "names a column twice"), ([0.5], "must be column numbers"),
    (np.ones(3, bool), "must be column numbers")])
def test_features_that_are_none(features, message):
    with pytest.raises(ValueError, match=message):
        stand_ins(related(), features)


def test_options_out_of_range():
    with pytest.raises(ValueError, match="min_correlation=0 must be"):
        stand_ins(related(), [0], min_correlation=0)
    with pytest.raises(ValueError, match="max_stand_ins=-1"):
        stand_ins(related(), [0], max_stand_ins=-1)
    with pytest.raises(ValueError, match="NaN"):
        variance_inflation(np.array([[np.nan, 1.0], [0.0, 1.0]]))
    assert len(stand_ins(related(), [10], min_correlation=0.1, max_stand_ins=2)[0]) == 2
