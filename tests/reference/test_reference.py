# Lives here: the reference solvers beside the engine. Independent of: how the engine works.
"""Each reference solver is as good as it promises, in both scalings, and its history is what it says."""
import inspect

import numpy as np
import pytest

import lassocore.reference
from lassocore import fit_path
from lassocore.reference import (
    alpha_from_lambda,
    coordinate_descent,
    coordinate_epoch,
    duality_gap,
    fista,
    ista,
    lambda_from_alpha,
    objective,
    one_variable_lasso,
    penalty_max,
    soft_threshold,
    stochastic_gradient_descent,
    subdifferential,
    subgradient_descent,
)

ALPHA = 0.3
PROXIMAL = {"ista": ista, "fista": fista, "coordinate_descent": coordinate_descent}
EVERY = {**PROXIMAL, "subgradient": subgradient_descent, "stochastic": stochastic_gradient_descent}
each_proximal = pytest.mark.parametrize("name", PROXIMAL)
each = pytest.mark.parametrize("name", EVERY)
each_scaling = pytest.mark.parametrize("scaling", ["sklearn", "mse"])
intercept = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])


def make_data(seed, n_samples=60, n_features=8):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) + 0.5 * rng.standard_normal((n_samples, 1)) + 0.3
    y = X[:, :3] @ [2.5, -1.7, 3.2] + 4.0 + rng.standard_normal(n_samples)
    return X, y


def penalty_of(scaling, alpha=ALPHA):
    return alpha if scaling == "sklearn" else lambda_from_alpha(alpha)


def minimum_of(X, y, scaling, fit_intercept, alpha=ALPHA):
    """The objective of the engine's solution in a scaling, and the solution."""
    path = fit_path(X, y, alphas=[alpha], tol=1e-13, fit_intercept=fit_intercept)
    coef, b = path.coefs[:, 0], path.intercepts[0]
    return objective(X, y, coef, b, penalty_of(scaling, alpha), scaling=scaling), coef, b


@intercept
@each_scaling
@each_proximal
def test_proximal_solvers_find_the_engines_solution(name, scaling, fit_intercept):
    X, y = make_data(1)
    least, coef, b = minimum_of(X, y, scaling, fit_intercept)
    found = PROXIMAL[name](X, y, penalty_of(scaling), scaling=scaling, tol=1e-12, fit_intercept=fit_intercept)
    assert found.converged and found.costs[-1] <= least * (1.0 + 1e-10)
    np.testing.assert_allclose(found.coef, coef, atol=1e-5)
    np.testing.assert_array_equal(found.coef == 0.0, coef == 0.0)
    assert found.intercept == pytest.approx(b, abs=1e-5)


@intercept
@each_scaling
@pytest.mark.parametrize("decay", [0.0, 0.05], ids=["fixed", "decaying"])
def test_subgradients_come_near(decay, scaling, fit_intercept):
    X, y = make_data(2)
    least, coef, b = minimum_of(X, y, scaling, fit_intercept)
    rate = 0.02 if scaling == "sklearn" else 0.01
    found = subgradient_descent(X, y, penalty_of(scaling), scaling=scaling, learning_rate=rate * (1.0 + 9.0 * decay),
                                decay=decay / 10.0, max_iter=5000, fit_intercept=fit_intercept)
    assert least <= found.costs.min() <= least * 1.001
    assert objective(X, y, found.coef, found.intercept, penalty_of(scaling), scaling=scaling) == found.costs.min()
    assert found.sparsity() == 0.0 < found.sparsity(eps=0.05) == np.mean(coef == 0.0)


@intercept
@each_scaling
def test_mini_batches_come_near(scaling, fit_intercept):
    X, y = make_data(3)
    least, _, _ = minimum_of(X, y, scaling, fit_intercept)
    found = stochastic_gradient_descent(X, y, penalty_of(scaling), scaling=scaling, batch_size=16, n_epochs=800, rng=0,
                                        learning_rate=0.05, decay=0.05, fit_intercept=fit_intercept)
    assert least <= found.costs.min() <= least * 1.005


@each_scaling
def test_a_batch_of_all_rows_is_a_subgradient_step(scaling):
    X, y = make_data(4)
    options = {"scaling": scaling, "learning_rate": 0.01, "decay": 0.1}
    one = subgradient_descent(X, y, ALPHA, max_iter=20, **options)
    other = stochastic_gradient_descent(X, y, ALPHA, n_epochs=20, batch_size=len(y), rng=0, **options)
    np.testing.assert_allclose(one.costs, other.costs)


@each
def test_scalings_differ_by_a_factor_of_two(name):
    X, y = make_data(5)
    rates = [{}, {}] if name in PROXIMAL else [{"learning_rate": 0.02}, {"learning_rate": 0.01}]
    if name == "stochastic":
        rates = [{**rate, "rng": 0} for rate in rates]
    half = EVERY[name](X, y, ALPHA, **rates[0])
    whole = EVERY[name](X, y, lambda_from_alpha(ALPHA), scaling="mse", **rates[1])
    np.testing.assert_allclose(whole.coef, half.coef, atol=1e-9)
    np.testing.assert_allclose(whole.costs, 2.0 * half.costs, rtol=1e-9)
    assert alpha_from_lambda(lambda_from_alpha(ALPHA)) == ALPHA


@pytest.mark.parametrize("name", ["ista", "coordinate_descent"])
def test_steps_never_raise_the_objective(name):
    X, y = make_data(6, n_samples=15, n_features=40)
    costs = PROXIMAL[name](X, y, 0.1).costs
    assert (np.diff(costs) <= 1e-12 * costs[0]).all() and costs[-1] < costs[0]


def test_momentum_needs_fewer_steps_and_overshoots():
    X, y = make_data(7, n_samples=30, n_features=40)
    plain, fast = ista(X, y, 0.05, tol=1e-5), fista(X, y, 0.05, tol=1e-5)
    assert plain.converged and fast.converged and fast.n_iter < plain.n_iter / 2
    assert (np.diff(fast.costs) > 0.0).any()


@each
def test_histories_belong_to_the_iterations(name):
    X, y = make_data(8)
    seen = []
    options = {"rng": 0} if name == "stochastic" else {}
    found = EVERY[name](X, y, ALPHA, callback=lambda coef, b: seen.append((coef, b)), **options)
    assert len(seen) == found.n_iter == len(found.nonzeros) - 1
    costs = [objective(X, y, coef, b, ALPHA) for coef, b in seen]
    np.testing.assert_allclose(found.costs[1:], costs)
    assert [np.count_nonzero(coef) for coef, _ in seen] == found.nonzeros[1:].tolist() and found.nonzeros[0] == 0
    np.testing.assert_allclose(found.predict(X), found.intercept + X @ found.coef)


@pytest.mark.parametrize("name", ["subgradient", "stochastic"])
def test_patience_ends_descent_and_large_rates_diverge(name):
    X, y = make_data(9)
    limit = "max_iter" if name == "subgradient" else "n_epochs"
    found = EVERY[name](X, y, ALPHA, learning_rate=0.1, patience=10, **{limit: 5000})
    assert found.converged and found.n_iter < 5000 and found.costs.argmin() == found.n_iter - 10
    found = EVERY[name](X, y, ALPHA, learning_rate=3.0, **{limit: 5000})
    assert not found.converged and found.n_iter < 5000 and found.costs[-1] > 1e100
    assert np.isfinite(found.coef).all()


@pytest.mark.parametrize("fit_intercept", [True, False])
@each_scaling
def test_one_variable(scaling, fit_intercept):
    X, y = make_data(10, n_features=3)
    x = X[:, 2]
    largest = penalty_max(x[:, None], y, scaling=scaling, fit_intercept=fit_intercept)
    for share in (0.0, 0.5, 0.999, 1.0, 2.0):
        options = {"scaling": scaling, "fit_intercept": fit_intercept}
        coef, b = one_variable_lasso(x, y, share * largest, **options)
        alpha = share * largest / (1.0 if scaling == "sklearn" else 2.0)
        path = fit_path(x[:, None], y, alphas=[alpha], fit_intercept=fit_intercept, tol=1e-14)
        assert (coef, b) == (pytest.approx(path.coefs[0, 0], abs=1e-12), pytest.approx(path.intercepts[0], abs=1e-12))
        assert (coef == 0.0) == (share >= 1.0)
        lowest, highest = subdifferential(x, y, coef, share * largest, **options)
        assert lowest - 1e-9 <= 0.0 <= highest + 1e-9
        assert (highest - lowest > 0.0) == (share >= 1.0)
        assert subdifferential(x, y, coef + 0.1, share * largest, **options)[0] > 0.0
        assert subdifferential(x, y, coef - 0.1, share * largest, **options)[1] < 0.0


def test_the_soft_threshold_minimises():
    w = np.linspace(-5.0, 5.0, 100_001)
    for z in (-3.0, -1.0, -0.2, 0.0, 0.7, 1.3):
        grid = 0.5 * (w - z) ** 2 + np.abs(w)
        assert soft_threshold(z, 1.0) == pytest.approx(w[grid.argmin()], abs=1e-4)


@intercept
@each_scaling
def test_gaps_bound_the_suboptimality_and_vanish(scaling, fit_intercept):
    X, y = make_data(11)
    penalty, rng = penalty_of(scaling), np.random.default_rng(0)
    least, best, _ = minimum_of(X, y, scaling, fit_intercept)
    for size in (0.0, 1e-6, 1e-3, 0.1, 3.0):
        coef = best + size * rng.standard_normal(len(best))
        gap = duality_gap(X, y, coef, penalty, scaling=scaling, fit_intercept=fit_intercept)
        b = np.mean(y - X @ coef) if fit_intercept else 0.0
        excess = objective(X, y, coef, b, penalty, scaling=scaling) - least
        assert excess - 1e-12 <= gap <= 1e-9 + 100.0 * size
        if size and scaling == "sklearn":
            judged = lassocore.duality_gap(X, y, coef, alpha=penalty, fit_intercept=fit_intercept)
            assert gap == pytest.approx(judged, rel=1e-5)


@each
@each_scaling
def test_no_penalty_is_least_squares_and_the_largest_is_zero(name, scaling):
    X, y = make_data(12)
    X, y = X - X.mean(0), y - y.mean()
    largest = penalty_max(X, y, scaling=scaling)
    assert largest == pytest.approx(penalty_of(scaling, lassocore.alpha_max(X, y)))
    options = {"rng": 0, "learning_rate": 0.01, "n_epochs": 400} if name == "stochastic" else {}
    found = EVERY[name](X, y, largest * 1.0001, scaling=scaling, **options)
    assert np.abs(found.coef).max() == 0.0
    found = EVERY[name](X, y, 0.0, scaling=scaling, **options)
    expected = np.linalg.lstsq(X, y, rcond=None)[0]
    np.testing.assert_allclose(found.coef, expected, atol=0.05 if name == "stochastic" else 1e-3)


@each
def test_edges(name):
    one = EVERY[name](np.array([[2.0]]), [3.0], 0.1)
    assert one.predict([[2.0]]) == pytest.approx(3.0, abs=0.15)
    if name in PROXIMAL:
        assert one.coef.tolist() == [0.0] and one.intercept == 3.0
    zero = EVERY[name](np.zeros((4, 2)), np.arange(4.0), 0.1)
    assert zero.coef.tolist() == [0.0, 0.0] and zero.intercept == pytest.approx(1.5, abs=1e-3)
    constant = EVERY[name](np.arange(8.0).reshape(4, 2) / 8.0, np.zeros(4), 0.1)
    assert constant.coef.tolist() == [0.0, 0.0] and constant.intercept == 0.0


def test_epochs_visit_the_columns_that_are_named_and_change_no_argument():
    X, y = make_data(13)
    coef, residual = np.zeros(8), y.copy()
    new, left = coordinate_epoch(X, residual, coef, 1.0, columns=[2, 0])
    assert np.flatnonzero(new).tolist() == [0, 2] and not coef.any() and (residual == y).all()
    np.testing.assert_allclose(left, y - X @ new)
    warm = coordinate_descent(X, y, ALPHA, coef_init=coordinate_descent(X, y, 0.31).coef)
    assert warm.n_iter < coordinate_descent(X, y, ALPHA).n_iter


@each
def test_arguments_are_checked(name):
    X, y = make_data(14)
    with pytest.raises(ValueError, match="penalty=-1"):
        EVERY[name](X, y, -1.0)
    with pytest.raises(ValueError, match="scaling='glmnet'"):
        EVERY[name](X, y, 1.0, scaling="glmnet")
    with pytest.raises(ValueError, match="X has shape"):
        EVERY[name](X, y[1:], 1.0)
    with pytest.raises(ValueError, match="NaN"):
        EVERY[name](X, np.where(y > 0.0, y, np.nan), 1.0)


def test_each_is_short_with_its_formula():
    """Less than 60 lines, without the sections of the docstring from Parameters on."""
    for name in lassocore.reference.__all__:
        value = getattr(lassocore.reference, name)
        if inspect.isfunction(value):
            documented = inspect.getsource(value).split('"""')[1].splitlines()
            formula = [line.strip() for line in documented].index("Parameters")
            assert len(inspect.getsource(value).splitlines()) - len(documented) + formula < 60, name
