# Lives here: cross-validation where an unpenalised feature has bounds. Independent of: kernels.
"""Folds of many rows are solved on sums over rows, which such features do not have: they need X itself."""
import numpy as np
import pytest

from lassocore import AdaptiveLasso, ElasticNetCV, LassoCV, fit_path

FREE = [0.0, 1.0, 1.0, 1.0, 1.0]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5))
    return X, X @ [1.0, -1.0, 0.5, 0.0, 0.0] + rng.normal(size=60)


@pytest.mark.parametrize("make", [
    lambda: LassoCV(positive=True, penalty_factor=FREE, cv=3),
    lambda: LassoCV(positive=True, penalty_factor=[0.0, 0.0, 0.0, 0.0, 1.0], cv=3),
    lambda: ElasticNetCV(bounds=(-5.0, 5.0), penalty_factor=FREE, cv=3),
    lambda: AdaptiveLasso(pilot="lasso", positive=True, penalty_factor=FREE)], ids=[
        "positive", "almost all free", "box", "adaptive"])
def test_folds_are_solved_on_X_itself(make, data):
    model = make().fit(*data)
    assert np.isfinite(model.coef_).all() and model.coef_[0] > 0.0
    if model.positive:
        assert (model.coef_ >= 0.0).all()


def test_errors_are_those_of_paths_on_the_rows_of_the_fold(data):
    X, y = data
    model = LassoCV(positive=True, penalty_factor=FREE, cv=[(np.arange(40), np.arange(40, 60))], tol=1e-10).fit(X, y)
    path = fit_path(X[:40], y[:40], alphas=model.alphas_, positive=True, penalty_factor=FREE, tol=1e-10)
    held_out = y[40:, None] - X[40:] @ path.coefs - path.intercepts
    np.testing.assert_allclose(model.mse_path_.reshape(-1), (held_out**2).mean(axis=0), rtol=1e-5)
