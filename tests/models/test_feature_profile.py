# Lives here: profiles of training data. Independent of: model files.
"""Moments and histograms against NumPy and pandas, for dense, sparse, weighted and discrete columns."""
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from lassocore.models import profile_of


def make():
    rng = np.random.default_rng(0)
    return np.column_stack([
        rng.standard_normal(237), np.exp(rng.standard_normal(237)), rng.integers(0, 2, 237), rng.integers(0, 5, 237),
        np.where(rng.random(237) < 0.9, 0.0, rng.standard_normal(237)), np.full(237, 3.0), rng.random(237) < 0.03])


@pytest.mark.parametrize("storage", [np.asarray, np.asfortranarray, sp.csc_array, sp.csr_array, pd.DataFrame])
def test_moments_and_histograms(storage):
    X = make()
    profile = profile_of(storage(X), [0, 1, 2, 3, 4, 5, 6])
    np.testing.assert_allclose(profile.means, X.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(profile.variances, X.var(axis=0), rtol=1e-13)
    for column, edges, counts in zip(X.T, profile.edges, profile.counts, strict=True):
        binned = pd.cut(column, [-np.inf, *edges, np.inf], right=True)
        np.testing.assert_allclose(counts, binned.value_counts().to_numpy(), rtol=1e-12)
    for k in (0, 1):
        deciles = np.quantile(X[:, k], np.arange(1, 10) / 10, method="inverted_cdf")
        np.testing.assert_array_equal(profile.edges[k], deciles)
        assert (abs(profile.counts[k] - 23.7) <= 1).all()
    assert [edges.tolist() for edges in profile.edges[2:4]] == [[0.0], [0.0, 1.0, 2.0, 3.0]]
    assert 0.0 in profile.edges[4] and profile.edges[5].tolist() == [] and profile.counts[5].tolist() == [237.0]
    assert profile.edges[6].tolist() == [0.0]           # though nine of ten deciles are 0
    assert profile.n_samples == 237 and profile.position(3) == 3 and profile.position(9) is None


def test_weights_count_as_repeated_rows():
    X, weights = make(), np.random.default_rng(1).integers(0, 4, 237)
    weighted, repeated = profile_of(X, [0, 3, 4], weights), profile_of(np.repeat(X, weights, axis=0), [0, 3, 4])
    np.testing.assert_allclose(weighted.means, repeated.means, rtol=1e-12)
    np.testing.assert_allclose(weighted.variances, repeated.variances, rtol=1e-12)
    for k in range(3):
        np.testing.assert_array_equal(weighted.edges[k], repeated.edges[k])
        np.testing.assert_allclose(weighted.counts[k] / 237, repeated.counts[k] / weights.sum(), rtol=1e-12)


def test_features_are_sorted_and_checked():
    X = make()
    assert profile_of(X, [4, 0, 4]).features.tolist() == [0, 4] and len(profile_of(X, []).features) == 0
    for features in ([7], [-1]):
        with pytest.raises(ValueError, match="columns of X"):
            profile_of(X, features)
    X[3, 1] = np.inf
    with pytest.raises(ValueError, match="column 1 of X"):
        profile_of(X, [0, 1])
    assert profile_of(X, [0]).n_samples == 237          # others are not read


def test_a_column_beyond_its_histogram_keeps_a_bin():
    """A column of more than ten values whose deciles are all its largest."""
    column = np.ones(1000)
    column[:15] = np.arange(15) / 20
    profile = profile_of(column[:, None], [0])
    assert profile.edges[0].tolist() == [0.7] and profile.counts[0].tolist() == [15.0, 985.0]
