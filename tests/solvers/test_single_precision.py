# Lives here: float32 data, whose coefficients are rounded before they are judged. Independent of: how they are rounded.
"""The certificate of float32 results is that of the numbers returned, at the edges of what float32 can hold."""
import numpy as np
import pytest

from lassocore import Lasso, duality_gap, fit_path

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("bounds", [None, (-0.01, 0.02)])
@pytest.mark.parametrize("alphas", [[0.01], [0.01, 0.0]])
@pytest.mark.parametrize("seed", range(8))
def test_rounded_unpenalised_coefficients_are_certified(seed, alphas, bounds):
    rng = np.random.default_rng(seed)
    z, y = rng.standard_normal(30), rng.standard_normal(30)
    X = np.c_[z * 1e3, z * 1e3 * (1 + 1e-6 * rng.standard_normal(30)), rng.standard_normal((30, 3))].astype(np.float32)
    options = {"penalty_factor": [0, 0, 1, 1, 1], "bounds": bounds}
    path = fit_path(X, y, alphas=alphas, **options)
    assert path.coefs.dtype == np.float32
    for k, alpha in enumerate(path.alphas):
        judged = duality_gap(X, y, path.coefs[:, k], alpha=alpha, **options)
        assert judged <= path.dual_gaps[k] + 1e-9 * np.var(y) / 2


def test_rounding_stays_within_bounds():
    X, y = np.eye(3, dtype=np.float32), [3.0, 1.0, 0.0]
    options = {"bounds": (-0.1, 0.1), "fit_intercept": False}
    path = fit_path(X, y, alphas=[0.01], **options)
    assert path.coefs.max() == np.nextafter(np.float32(0.1), np.float32(0))
    assert duality_gap(X, y, path.coefs[:, 0], alpha=0.01, **options) <= path.gap_tol


@pytest.mark.parametrize("size_of_X, size_of_y", [(1e-39, 100.0), (1.0, 1e60), (1e30, 1e-30), (1.0, 1e-60)])
def test_coefficients_beyond_float32_are_float64(size_of_X, size_of_y):
    rng = np.random.default_rng(0)
    X = (rng.standard_normal((40, 12)) * size_of_X).astype(np.float32)
    y = size_of_y * rng.standard_normal(40)
    model = Lasso(alpha=0.05 * size_of_X * size_of_y).fit(X, y)
    expected = Lasso(alpha=0.05 * size_of_X * size_of_y).fit(X.astype(float), y)
    assert model.coef_.dtype == np.float64 and model.coef_.any() and model.dual_gap_ <= 1e-4 * np.var(y)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-6)
