# Lives here: the product with active columns. Independent of: models.
"""The product equals that with all columns, in every layout, type and sparsity, and reads no other column."""
import numpy as np
import pytest
import scipy.sparse as sp

from lassocore import Lasso, fit_path
from lassocore.results.active_product import BLOCK_ROWS, LINE, active_product

LAYOUTS = {
    "rows": np.ascontiguousarray, "columns": np.asfortranarray,
    "every second column": lambda X: np.repeat(X, 2, 1)[:, ::2], "csc": sp.csc_array, "csr": sp.csr_array}


def problem(n_samples, n_features, n_active, dtype=np.float64):
    rng = np.random.default_rng(n_active)
    coef = np.zeros(n_features, dtype)
    coef[rng.choice(n_features, n_active, replace=False)] = rng.standard_normal(n_active)
    return rng.standard_normal((n_samples, n_features)), coef


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n_active", [0, 1, 2, 7, 20, 40])
@pytest.mark.parametrize("n_samples", [1, 30, 700, BLOCK_ROWS + 5])
def test_equals_the_product_with_all_columns(layout, n_active, n_samples):
    X, coef = problem(n_samples, 40, n_active)
    for x_type in (np.float64, np.float32):
        for coef_type in (np.float64, np.float32):
            design, w = LAYOUTS[layout](X.astype(x_type)), coef.astype(coef_type)
            product = active_product(design, w)
            assert product.dtype == np.result_type(x_type, coef_type) and product.shape == (n_samples,)
            tol = 1e-12 if product.dtype == np.float64 else 1e-5
            np.testing.assert_allclose(product, design @ w, rtol=tol, atol=10 * tol)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_columns_of_other_features_are_not_read(layout):
    X, coef = problem(700, 400, 5)
    clean = active_product(LAYOUTS[layout](X), coef)
    X[:, coef == 0] = np.nan
    if layout == "csr":                 # a product of sparse rows reads them whole
        assert np.isnan(active_product(LAYOUTS[layout](X), coef)).all()
    else:
        np.testing.assert_array_equal(active_product(LAYOUTS[layout](X), coef), clean)
    assert 5 * LINE < 400


def test_estimators_and_paths_predict_by_it():
    """Bits are equal, whoever predicts."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((90, 60))
    y = X[:, :2].sum(axis=1) + rng.standard_normal(90)
    model, path = Lasso(alpha=0.3, tol=1e-10).fit(X, y), fit_path(X, y, alphas=[0.3], tol=1e-10)
    assert 0 < path.n_nonzero[0] * LINE < 60
    expected = active_product(X, model.coef_) + model.intercept_
    np.testing.assert_array_equal(model.predict(X), expected)
    np.testing.assert_array_equal(path.predict(X, 0.3), active_product(X, path.coef_at(0.3)) + path.intercepts[0])
