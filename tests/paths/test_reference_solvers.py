# Lives here: paths, estimators and certificates beside the reference solvers. Independent of: the core.
"""The solvers of lassocore.reference as oracles: they share no code with the engine."""
import numpy as np
import pytest
import scipy.sparse as sp

from lassocore import Lasso, alpha_max, duality_gap, fit_many, fit_path, lasso_path
from lassocore.reference import (
    coordinate_descent,
    fista,
    ista,
    objective,
    one_variable_lasso,
    penalty_max,
    stochastic_gradient_descent,
    subgradient_descent,
)

SHARES = [0.8, 0.4, 0.1]        # of alpha_max


def make_data(seed, n_samples, n_features, density=1.0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) * (rng.random((n_samples, n_features)) < density)
    y = X[:, :4] @ [3.0, -2.0, 1.0, 1.0] + rng.standard_normal(n_samples) + 5.0
    return X, y


@pytest.mark.parametrize("solver", ["auto", "cd", "gram", "working_set"])
@pytest.mark.parametrize("oracle", [coordinate_descent, fista, ista], ids=lambda oracle: oracle.__name__)
@pytest.mark.parametrize("shape", [(50, 12), (20, 45)], ids=["tall", "wide"])
def test_paths_are_as_low_as_the_reference(shape, oracle, solver):
    X, y = make_data(1, *shape)
    path = fit_path(X, y, alphas=np.array(SHARES) * alpha_max(X, y), tol=1e-10, solver=solver)
    for alpha, coef, b, gap in zip(path.alphas, path.coefs.T, path.intercepts, path.dual_gaps, strict=True):
        found = oracle(X, y, alpha, tol=1e-10)
        assert found.converged
        assert objective(X, y, coef, b, alpha) <= found.costs[-1] + gap + 1e-13 * y.var()


@pytest.mark.parametrize("make", [sp.csc_array, sp.csr_matrix], ids=["csc", "csr"])
def test_sparse_paths_are_as_low_as_accelerated_gradient(make):
    X, y = make_data(2, 60, 15, density=0.3)
    path = fit_path(make(X), y, alphas=np.array(SHARES) * alpha_max(X, y), tol=1e-10)
    for alpha, coef, b, gap in zip(path.alphas, path.coefs.T, path.intercepts, path.dual_gaps, strict=True):
        assert objective(X, y, coef, b, alpha) <= fista(X, y, alpha, tol=1e-10).costs[-1] + gap + 1e-13 * y.var()


@pytest.mark.parametrize("descend", [subgradient_descent, stochastic_gradient_descent], ids=["all rows", "batches"])
def test_no_subgradient_goes_below_a_certified_minimum(descend):
    X, y = make_data(3, 40, 6)
    model = Lasso(alpha=0.2, tol=1e-12).fit(X, y)
    least = objective(X, y, model.coef_, model.intercept_, 0.2)
    options = {"rng": 0} if descend is stochastic_gradient_descent else {}
    found = descend(X, y, 0.2, learning_rate=0.05, decay=0.02, **options)
    assert least <= found.costs.min() + model.dual_gap_ and found.costs.min() <= least * 1.02
    gap = duality_gap(X, y, found.coef, intercept=found.intercept, alpha=0.2)
    assert found.costs.min() - least <= gap + 1e-12


def test_every_target_and_the_path_of_scikit_learn_agree_with_coordinate_descent():
    X, y = make_data(4, 40, 6)
    X, y = X - X.mean(0), y - y.mean()
    many = fit_many(X, np.column_stack([y, -2.0 * y, y**2]), alphas=[0.3], tol=1e-13)
    for k, target in enumerate((y, -2.0 * y, y**2)):
        np.testing.assert_allclose(many[k].coefs[:, 0], coordinate_descent(X, target, 0.3, tol=1e-13).coef, atol=1e-6)
    coefs = lasso_path(X, y, alphas=[0.5, 0.1], tol=1e-13)[1]
    for k, alpha in enumerate((0.5, 0.1)):
        np.testing.assert_allclose(coefs[:, k], coordinate_descent(X, y, alpha, tol=1e-13).coef, atol=1e-6)


def test_orthogonal_columns_are_problems_of_one_variable():
    X, y = make_data(5, 40, 6)
    X = np.linalg.qr(X - X.mean(0))[0]
    path = fit_path(X, y, alphas=8, tol=1e-14)
    for alpha, coef in zip(path.alphas, path.coefs.T, strict=True):
        np.testing.assert_allclose(coef, [one_variable_lasso(x, y, alpha)[0] for x in X.T], atol=1e-9)
    assert alpha_max(X, y) == pytest.approx(penalty_max(X, y))
