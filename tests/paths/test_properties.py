# Lives here: what must hold of any lasso path, whatever the data. Independent of: methods, storage.
"""Equivariances, orders and equalities, on data and options that hypothesis draws."""
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse as sp
from helpers.examples import drawn_problems, random_columns
from hypothesis import given
from hypothesis import strategies as st

from lassocore import LassoSolver, duality_gap, fit_gram_path, fit_path, patch_sklearn, prepare

TOL = 1e-11
any_problem = drawn_problems(25)


@dataclass
class Drawn:
    """Data with options for `fit_path`."""

    X: np.ndarray
    y: np.ndarray
    options: dict

    def path(self, X=None, y=None, **changes):
        """The path at four alphas, which are the same for all changes unless these name others."""
        options = {"alphas": self.alphas, "tol": TOL, "max_iter": 100_000} | self.options | changes
        return fit_path(self.X if X is None else X, self.y if y is None else y, **options)

    @property
    def alphas(self):
        largest = abs(self.X.T @ (self.y - self.y.mean())).max() / len(self.y)
        return max(largest, 1e-3) * np.array([0.9, 0.5, 0.2, 0.05])

    def objectives(self, path, X=None, y=None):
        """The objective at every alpha, without the penalty's options: for the plain lasso with an intercept."""
        X, y = self.X if X is None else X, self.y if y is None else y
        residuals = y[:, None] - path.intercepts - X @ path.coefs
        return 0.5 * (residuals**2).mean(axis=0) + path.alphas * abs(path.coefs).sum(axis=0)


@st.composite
def problems(draw, plain=False):
    """Random, sparse, collinear or integer columns, and up to two options."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, p = draw(st.integers(3, 40)), draw(st.integers(1, 50))
    X = random_columns(draw, rng, n, p)
    y = X[:, : min(3, p)].sum(axis=1) + rng.standard_normal(n)
    options = {} if plain else draw(st.sampled_from([
        {}, {"l1_ratio": 0.5}, {"bounds": (-0.4, 0.7)}, {"fit_intercept": False}, {"positive": True},
        {"sample_weight": rng.uniform(0.2, 3.0, n)}, {"standardize": True},
        {"penalty_factor": rng.uniform(0.5, 2.0, p), "l1_ratio": 0.8}]))
    return Drawn(X, y, options)


def assert_same_predictions(drawn, one, other, X=None):
    """Predictions are unique where coefficients need not be."""
    size = 1e-4 * abs(drawn.y).max() + 1e-8
    np.testing.assert_allclose(one.predict(drawn.X), other.predict(drawn.X if X is None else X), atol=size)


@any_problem
@given(problems())
def test_gaps_are_at_least_0_and_meet_the_tolerance(drawn):
    path = drawn.path()
    assert (path.dual_gaps >= 0.0).all() and (path.dual_gaps <= path.gap_tol).all() and path.converged.all()
    for k in range(4):
        again = duality_gap(drawn.X, drawn.y, path.coefs[:, k], alpha=path.alphas[k], **drawn.options)
        assert 0.0 <= again <= 3.0 * path.gap_tol + 1e-13 * np.mean(drawn.y**2)


@any_problem
@given(problems(), st.integers(-20, 20))
def test_y_and_alpha_times_a_number(drawn, exponent):
    size, ratio = 2.0**exponent, drawn.options.get("l1_ratio", 1.0)
    share = size * ratio + 1.0 - ratio              # the L2 penalty is quadratic and needs no other factor
    changes = {"l1_ratio": size * ratio / share}
    if "bounds" in drawn.options:
        changes["bounds"] = tuple(size * bound for bound in drawn.options["bounds"])
    scaled = drawn.path(y=size * drawn.y, alphas=share * drawn.alphas, **changes)
    np.testing.assert_allclose(scaled.predict(drawn.X) / size, drawn.path().predict(drawn.X),
                               atol=1e-4 * abs(drawn.y).max())
    np.testing.assert_allclose(scaled.r2, drawn.path().r2, atol=1e-6)


@any_problem
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(drawn, random):
    rows, columns = list(range(len(drawn.y))), list(range(drawn.X.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    orders = {"sample_weight": rows, "penalty_factor": columns}
    changes = {name: drawn.options[name][order] for name, order in orders.items() if name in drawn.options}
    other = drawn.path(np.asfortranarray(drawn.X[rows][:, columns]), drawn.y[rows], **changes)
    assert_same_predictions(drawn, drawn.path(), other, drawn.X[:, columns])


@any_problem
@given(problems(plain=True), st.randoms(use_true_random=False))
def test_signs_and_sizes_of_columns_with_their_factors(drawn, random):
    p = drawn.X.shape[1]
    sizes = np.array([random.choice([-1.0, 1.0]) * 2.0 ** random.randint(-6, 6) for _ in range(p)])
    other = drawn.path(drawn.X * sizes, penalty_factor=abs(sizes))
    assert_same_predictions(drawn, drawn.path(), other, drawn.X * sizes)
    np.testing.assert_allclose((abs(sizes[:, None] * other.coefs)).sum(axis=0), abs(drawn.path().coefs).sum(axis=0),
                               atol=1e-4 * abs(drawn.y).max() * p)


@any_problem
@given(problems(plain=True), st.data())
def test_weights_are_repeated_rows(drawn, data):
    counts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(drawn.y), max_size=len(drawn.y))))
    counts[0] = max(counts[0], 1)
    weighted = drawn.path(sample_weight=counts.astype(float))
    repeated = drawn.path(np.repeat(drawn.X, counts, axis=0), np.repeat(drawn.y, counts))
    assert_same_predictions(drawn, weighted, repeated)


@any_problem
@given(problems(plain=True))
def test_a_column_twice_changes_no_prediction(drawn):
    twice = np.hstack([drawn.X, drawn.X[:, :1]])
    assert_same_predictions(drawn, drawn.path(), drawn.path(twice), twice)


@any_problem
@given(problems(plain=True))
def test_along_the_path(drawn):
    """As alpha falls the norm and R2 rise, the minimum falls; as a function of alpha the minimum is concave."""
    path = drawn.path()
    room = 1e-6 * np.mean(drawn.y**2) + 1e-9
    norms, minima = abs(path.coefs).sum(axis=0), drawn.objectives(path)
    assert (np.diff(norms) >= -1e-5 * (1.0 + norms[1:])).all() and (np.diff(path.r2) >= -1e-6).all()
    assert (np.diff(minima) <= room).all()
    slopes = np.diff(minima) / np.diff(path.alphas)
    assert (np.diff(slopes) >= -1e-4 * (1.0 + abs(slopes[1:]))).all()       # larger towards small alphas


@any_problem
@given(problems())
def test_storage_and_method_do_not_matter(drawn):
    expected = drawn.path()
    forms = [np.asfortranarray(drawn.X), np.ascontiguousarray(drawn.X), sp.csc_array(drawn.X), sp.csr_array(drawn.X),
             prepare(drawn.X)]
    for X in forms:
        assert_same_predictions(drawn, expected, drawn.path(X))
    for solver in ("cd", "gram", "working_set"):
        for X in (forms[0], forms[2]):
            try:
                other, refusal = drawn.path(X, solver=solver), ""
            except ValueError as error:
                other, refusal = expected, str(error)
            assert not refusal or "lose digits" in refusal and X is forms[2]
            assert_same_predictions(drawn, expected, other)


@any_problem
@given(problems(), st.integers(0, 2**32 - 1))
def test_the_start_does_not_matter(drawn, seed):
    start = 10.0 * np.random.default_rng(seed).standard_normal(drawn.X.shape[1])
    for solver in ("auto", "cd"):
        assert_same_predictions(drawn, drawn.path(), drawn.path(coef_init=start, solver=solver))


@any_problem
@given(problems())
def test_ways_to_the_same_model(drawn):
    path = drawn.path()
    solver = LassoSolver(drawn.X, tol=TOL, max_iter=100_000, **drawn.options)
    for k, alpha in enumerate(path.alphas):
        found = solver.solve(drawn.y, alpha)
        np.testing.assert_allclose(found.intercept + drawn.X @ found.coef, path.predict(drawn.X)[:, k],
                                   atol=1e-4 * abs(drawn.y).max())
    if not drawn.options:
        centred, y0 = drawn.X - drawn.X.mean(axis=0), drawn.y - drawn.y.mean()
        from_products = fit_gram_path(centred.T @ centred, centred.T @ y0, sq_target=y0 @ y0, n_samples=len(y0),
                                      alphas=path.alphas, tol=1e-9)
        np.testing.assert_allclose(centred @ from_products.coefs, centred @ path.coefs, atol=1e-3 * abs(drawn.y).max())


@any_problem
@given(problems(plain=True))
def test_scikit_learn_with_and_without_the_patch(drawn):
    from sklearn import linear_model

    alpha = float(drawn.alphas[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = linear_model.Lasso(alpha=alpha, tol=1e-10, max_iter=100_000).fit(drawn.X, drawn.y)
        with patch_sklearn(estimators=False):
            ours = linear_model.Lasso(alpha=alpha, tol=1e-10, max_iter=100_000).fit(drawn.X, drawn.y)
    predictions = [model.predict(drawn.X) for model in (theirs, ours)]
    np.testing.assert_allclose(*predictions, atol=1e-3 * abs(drawn.y).max())


def test_the_properties_can_fail():
    """A wrong factor of 2 in alpha is seen."""
    rng = np.random.default_rng(0)
    drawn = Drawn(rng.standard_normal((20, 5)), rng.standard_normal(20), {})
    with pytest.raises(AssertionError):
        assert_same_predictions(drawn, drawn.path(), drawn.path(alphas=2.0 * drawn.alphas))
