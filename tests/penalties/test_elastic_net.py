# Lives here: tests of the elastic net at one level against a fine grid. Independent of: how problems are solved.
"""value, prox, conjugate and violation by brute force, with and without bounds; factors at a level."""
import numpy as np
import pytest

from lassocore.penalties.base import Penalty
from lassocore.penalties.elastic_net import ElasticNet, ElasticNetPenalty

P = 60
DRAWN = np.random.default_rng(1)         # for the constants alone
GRID = np.linspace(-12.0, 12.0, 4801)
L1 = np.where(np.arange(P) % 5 == 0, 0.0, DRAWN.uniform(0.1, 2.0, P))
L2 = np.where(np.arange(P) % 3 == 0, 0.0, DRAWN.uniform(0.2, 2.0, P))
LOWER = np.where(np.arange(P) % 4 == 1, 0.0, -DRAWN.uniform(0.2, 2.0, P))
UPPER = np.where(np.arange(P) % 4 == 2, 0.0, DRAWN.uniform(0.2, 2.0, P))
PENALTIES = {
    "free": ElasticNet(L1, L2), "lasso": ElasticNet(L1, np.zeros(P)), "positive": ElasticNet(L1, L2, np.zeros(P)),
    "box": ElasticNet(L1, L2, LOWER, UPPER), "box lasso": ElasticNet(L1, np.zeros(P), LOWER, UPPER)}
each_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)


def points_within(penalty):
    """(points, columns): a fine grid within the bounds, which it holds."""
    return np.clip(GRID[:, None], penalty.lower, penalty.upper)


def within(penalty):
    """Coefficients that the bounds allow, some at 0 and some at a bound."""
    w = np.clip(np.random.default_rng(2).standard_normal(P), penalty.lower, penalty.upper)
    return np.where(np.arange(P) % 7 == 0, 0.0, w)


def test_value_is_the_formula_and_infinite_outside():
    w = within(PENALTIES["box"])
    np.testing.assert_allclose(PENALTIES["box"].value(w), L1 * abs(w) + L2 * w**2 / 2, rtol=1e-15)
    assert np.isinf(PENALTIES["box"].value(UPPER + 1e-9)).all()


@each_penalty
def test_prox_is_the_minimiser(penalty):
    rng = np.random.default_rng(3)
    q, sq_norms = 3.0 * rng.standard_normal(P), rng.uniform(0.5, 2.0, P)
    points = points_within(penalty)
    objective = 0.5 * sq_norms * points**2 - q * points + penalty.value(points)
    w = penalty.prox(q, sq_norms)
    np.testing.assert_allclose(w, np.take_along_axis(points, objective.argmin(axis=0)[None], 0)[0], atol=3e-3)
    assert (0.5 * sq_norms * w**2 - q * w + penalty.value(w) <= objective.min(axis=0) + 1e-13).all()


@each_penalty
def test_conjugate_is_the_largest_gap_to_a_line(penalty):
    u, points = 2.0 * np.random.default_rng(4).standard_normal(P), points_within(penalty)
    differences = u * points - penalty.value(points)
    conjugate, largest = penalty.conjugate(u), differences.max(axis=0)
    is_unbounded = (differences.argmax(axis=0) % (len(GRID) - 1) == 0) & (abs(u) > penalty.l1_reg) & np.isinf(
        np.where(u > 0.0, penalty.upper, penalty.lower))
    np.testing.assert_array_equal(np.isinf(conjugate), is_unbounded)
    np.testing.assert_allclose(conjugate[~is_unbounded], largest[~is_unbounded], atol=1e-5)


@each_penalty
def test_the_fenchel_gap_vanishes_exactly_on_the_subdifferential(penalty):
    rng = np.random.default_rng(5)
    w, c = within(penalty), 2.0 * rng.standard_normal(P)
    gap, violation = penalty.fenchel_gap(w, c), penalty.violation(w, c)
    assert (gap >= 0.0).all()
    assert (violation > 0.0).any()
    q, sq_norms = 3.0 * rng.standard_normal(P), rng.uniform(0.5, 2.0, P)
    best = penalty.prox(q, sq_norms)                # optimal: q - sq_norms best is in the subdifferential
    np.testing.assert_allclose(penalty.violation(best, q - sq_norms * best), 0.0, atol=1e-14)
    at_best = penalty.fenchel_gap(best, q - sq_norms * best)
    assert np.nanmax(np.where(np.isfinite(at_best), at_best, 0.0)) < 1e-13
    np.testing.assert_array_equal(gap > 1e-9, violation > 1e-7)


@each_penalty
def test_violation_is_the_distance_to_the_subdifferential(penalty):
    """By the one-sided differences of the value."""
    w, c, h = within(penalty), 2.0 * np.random.default_rng(6).standard_normal(P), 1e-7
    with np.errstate(invalid="ignore"):
        right = (penalty.value(w + h) - penalty.value(w)) / h
        left = (penalty.value(w) - penalty.value(w - h)) / h
    distance = np.maximum(np.maximum(left - c, c - right), 0.0)
    np.testing.assert_allclose(penalty.violation(w, c), distance, atol=1e-5)


def test_a_scale_of_0_leaves_no_penalty():
    """0 times an infinite factor is 0, as in the core."""
    level = ElasticNetPenalty(np.array([1.0, np.inf]), np.array([1.0, np.inf])).at(0.0, 0.5)
    assert level.l1_reg.tolist() == [0.0, 0.0] and level.l2_reg.tolist() == [0.5, np.inf]


def test_excluded_columns_stay_at_0():
    level = ElasticNetPenalty(np.array([1.0, np.inf]), np.array([1.0, np.inf])).at(0.5, 0.25)
    assert level.l1_reg.tolist() == [0.5, np.inf] and level.l2_reg.tolist() == [0.25, np.inf]
    zeros, c = np.zeros(2), np.array([3.0, -3.0])
    assert level.value(zeros).tolist() == [0.0, 0.0] and np.isinf(level.value(np.ones(2))[1])
    assert level.prox(c, np.ones(2)).tolist() == [2.0, 0.0]
    assert level.violation(zeros, c).tolist() == [2.5, 0.0] and level.conjugate(c)[1] == 0.0


def test_a_level_of_some_columns_has_their_bounds():
    penalty = ElasticNetPenalty(np.arange(3.0), np.arange(3.0), -np.arange(3.0), np.arange(3.0))
    level = penalty.at(2.0, 1.0, np.array([2]))
    assert (level.l1_reg, level.l2_reg, level.lower, level.upper) == (4.0, 2.0, -2.0, 2.0)


def test_a_penalty_that_is_not_convex_has_no_conjugate():
    class Fixed(Penalty):
        def value(self, w):
            return np.minimum(abs(w), 1.0)

        def prox(self, q, sq_norms):
            return q

        def violation(self, w, c):
            return abs(c)

    with pytest.raises(NotImplementedError, match="Fixed is not convex.*violation measures"):
        Fixed().fenchel_gap(np.zeros(1), np.zeros(1))
