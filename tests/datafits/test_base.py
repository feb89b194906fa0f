# Lives here: tests of losses against numerical derivatives and maximisation. Independent of: how problems are solved.
"""Squared error and a loss for tests alone, logistic: the interface is the same."""
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, xlog1py, xlogy

from lassocore.datafits.base import Datafit
from lassocore.datafits.quadratic import Quadratic, r2_of_sum, r2_of_sums


class Logistic(Datafit):
    """log(1 + exp(eta)) - y eta for y in [0, 1]."""

    def value(self, eta):
        return np.logaddexp(0.0, eta) - self.y * eta

    def gradient(self, eta):
        return expit(eta) - self.y

    def curvature(self, eta):
        return expit(eta) * expit(-eta)

    def conjugate(self, u):
        p = u + self.y
        inside = (p >= 0.0) & (p <= 1.0)
        p = np.clip(p, 0.0, 1.0)
        return np.where(inside, xlogy(p, p) + xlog1py(1.0 - p, -p), np.inf)

    def conjugate_domain(self):
        return -self.y, 1.0 - self.y


DRAWN = np.random.default_rng(0)         # for the constants alone
ETA = DRAWN.standard_normal(40) * 2.0
LOSSES = {
    "quadratic": Quadratic(DRAWN.standard_normal(40)),
    "logistic": Logistic((DRAWN.random(40) < 0.5).astype(float)),
    "logistic of shares": Logistic(DRAWN.random(40))}
each_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def dual_points(loss):
    """u inside the domain of the conjugate."""
    lower, upper = loss.conjugate_domain()
    u = np.random.default_rng(1).standard_normal(40)
    return np.clip(u, *(np.broadcast_to(end, 40) + sign * 0.01 for end, sign in ((lower, 1.0), (upper, -1.0))))


@each_loss
def test_derivatives_are_those_of_the_value(loss):
    h = 1e-5
    np.testing.assert_allclose((loss.value(ETA + h) - loss.value(ETA - h)) / (2 * h), loss.gradient(ETA), atol=1e-8)
    np.testing.assert_allclose((loss.gradient(ETA + h) - loss.gradient(ETA - h)) / (2 * h), loss.curvature(ETA),
                               atol=1e-8)
    assert (loss.curvature(ETA) > 0.0).all()


@each_loss
def test_the_conjugate_is_the_largest_gap_to_a_line(loss):
    u = dual_points(loss)
    largest = []
    for k in range(len(u)):
        def above_line(eta, k=k):
            return (loss.value(np.full(40, eta)) - u * eta)[k]
        found = minimize_scalar(above_line, bounds=(-60.0, 60.0), method="bounded", options={"xatol": 1e-9})
        largest.append(-found.fun)
    np.testing.assert_allclose(loss.conjugate(u), largest, atol=1e-9)


@each_loss
def test_the_conjugate_is_finite_in_its_domain_alone(loss):
    for end, outwards in zip(loss.conjugate_domain(), (-1.0, 1.0), strict=True):
        if np.isfinite(end).all():
            assert np.isfinite(loss.conjugate(end - 1e-9 * outwards)).all()
            assert np.isinf(loss.conjugate(end + 1e-9 * outwards)).all()


@each_loss
def test_the_fenchel_gap_is_never_negative_and_zero_at_the_residual(loss):
    theta = -dual_points(loss)
    gap = loss.fenchel_gap(ETA, theta)
    assert (gap >= 0.0).all() and (gap > 1e-6).any()
    np.testing.assert_allclose(gap, loss.value(ETA) + loss.conjugate(-theta) + theta * ETA, atol=1e-12)
    np.testing.assert_allclose(loss.fenchel_gap(ETA, -loss.gradient(ETA)), 0.0, atol=1e-14)


@each_loss
def test_the_deviance_is_twice_what_the_value_is_above_its_minimum(loss):
    least = np.array([loss.value(np.full(40, eta)) for eta in np.linspace(-50.0, 50.0, 20_001)]).min(axis=0)
    np.testing.assert_allclose(loss.deviance(ETA), 2.0 * (loss.value(ETA) - least), atol=1e-5)
    assert loss.deviance(np.repeat(ETA[:1], 40)).shape == (40,)


@each_loss
def test_weighted_least_squares_has_the_derivatives_of_the_loss(loss):
    response, weight = loss.weighted_least_squares(ETA)
    np.testing.assert_allclose(weight * (ETA - response), loss.gradient(ETA), atol=1e-13)
    np.testing.assert_array_equal(weight, loss.curvature(ETA))


@each_loss
def test_the_centred_residual_is_a_dual_point_of_a_problem_with_an_intercept(loss):
    s = np.random.default_rng(2).uniform(0.1, 2.0, 40)
    theta = loss.centred_residual(ETA, s)
    assert abs(s @ theta) < 1e-12
    assert np.isfinite(loss.conjugate(-theta)).all()


def test_squared_error_is_one_step_from_its_minimum():
    loss = LOSSES["quadratic"]
    response, weight = loss.weighted_least_squares(ETA)
    np.testing.assert_allclose(response, loss.y, atol=1e-15)
    np.testing.assert_array_equal(weight, 1.0)


def test_predictions_of_several_models_broadcast():
    rng = np.random.default_rng(3)
    y, fitted = rng.standard_normal((5, 1)), rng.standard_normal((5, 3))
    np.testing.assert_array_equal(Quadratic(y).deviance(fitted), (y - fitted) ** 2)


@pytest.mark.parametrize(("rest", "deviation", "share"), [(1.0, 4.0, 0.75), (0.0, 0.0, 1.0), (1e-30, 0.0, 0.0)])
def test_r2(rest, deviation, share):
    assert r2_of_sum(rest, deviation) == share
    assert r2_of_sums(np.array([rest, rest]), np.array(deviation)).tolist() == [share, share]
