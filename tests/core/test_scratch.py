# Lives here: memory that one fit leaves for the next. Independent of: what is stored there.
"""The memory of a Gram matrix belongs to it, and to views of it, as long as one of them is there."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lassocore import fit_path
from lassocore._isa import core
from lassocore.problems.problem import as_problem


def gram_of(rng, n_features):
    """(the Gram matrix of random columns, what it must be)"""
    X = np.asfortranarray(rng.standard_normal((20, n_features)))
    matrix = as_problem(X, rng.standard_normal(20), fit_intercept=False).matrix
    return core.dense_gram(matrix, np.arange(n_features), [(0, 20)]), X.T @ X


@pytest.mark.parametrize("n_features", [5, 100, 400, 700])
def test_memory_is_not_shared_with_what_is_still_there(n_features):
    rng = np.random.default_rng(n_features)
    kept, views = [], []
    for k in range(12):
        gram, expected = gram_of(rng, n_features)
        assert not any(np.shares_memory(gram, other) for other, _ in kept)
        if k % 3 == 0:
            kept.append((gram, expected))
        elif k % 3 == 1:
            views.append((gram[::2, 1:4], expected[::2, 1:4]))      # the rest of the matrix is gone, not its memory
        for found, right in kept + views:
            np.testing.assert_allclose(found, right, rtol=0.0, atol=1e-11)


def test_memory_is_taken_over_by_the_next_of_its_size():
    rng = np.random.default_rng(0)
    addresses = set()
    for _ in range(20):
        gram, _ = gram_of(rng, 300)
        addresses.add(gram.__array_interface__["data"][0])
        del gram
    assert len(addresses) < 5


def test_fits_in_many_threads_do_not_meet_in_the_same_memory():
    rng = np.random.default_rng(1)
    problems = []
    for p in (150, 200, 250, 300) * 4:
        X = rng.standard_normal((60, p))
        problems.append((X, X[:, :5] @ np.ones(5) + rng.standard_normal(60)))
    expected = [fit_path(X, y, alphas=20).coefs for X, y in problems]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            found = list(pool.map(lambda problem: fit_path(*problem, alphas=20).coefs, problems))
            for one, right in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one, right)
