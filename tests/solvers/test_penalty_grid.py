# Lives here: levels between alphas that are far apart. Independent of: data, methods.
"""Intermediate alphas against their definition."""
import numpy as np
import pytest

from lassocore.problems.problem import as_problem
from lassocore.solvers.cost_model import knee_of
from lassocore.solvers.penalty_grid import FINE_STEP_RATIO, MIN_STEP_RATIO, alphas_between, penalty_grid


def make_problem(n, p):
    rng = np.random.default_rng(p)
    return as_problem(rng.standard_normal((n, p)), rng.standard_normal(n))


@pytest.mark.parametrize(("knee", "coarse"), [(0.0, 0.01), (0.3, 0.3), (0.02, 0.02), (2.0, 1.0)])
def test_steps_are_fine_below_the_knee(knee, coarse):
    """Between 1 and 0.01; no step is longer than its ratio allows, and none much shorter."""
    alphas = np.array([1.0, *alphas_between(1.0, 0.01, knee), 0.01])
    ratios = alphas[1:] / alphas[:-1]
    above = alphas[1:] >= coarse * (1.0 - 1e-12)
    assert (ratios[above] >= MIN_STEP_RATIO - 1e-12).all() and (ratios[above] < 0.8).all()
    assert (ratios[~above] >= FINE_STEP_RATIO - 1e-12).all() and (ratios[~above] < 0.95).all()
    assert above.any() == (coarse < 1.0) and (~above).any() == (coarse > 0.01)


def test_alphas_that_are_near_each_other_get_no_levels_between():
    problem, grid = make_problem(30, 50), np.array([0.9, 0.6, 0.4, 0.1])
    levels = penalty_grid(problem, grid, 0, 1.0, 1.0, knee=0.3)
    assert levels.indices[:3].tolist() == [0, 1, 2] and levels.indices[-1] == 3
    assert (levels.indices[3:-1] == -1).all() and len(levels) > 15
    np.testing.assert_allclose(levels.l1_scales[levels.indices >= 0], 30.0 * grid, rtol=1e-15)


def test_fine_steps_are_for_a_lasso_on_a_working_set_of_a_wide_x():
    wide, tall = make_problem(30, 50), make_problem(50, 30)
    assert knee_of(wide, "working_set", 1.0, 2.0) == pytest.approx(0.6)
    assert knee_of(wide, "working_set", 0.5, 2.0) == knee_of(wide, "gram", 1.0, 2.0) == 0.0
    assert knee_of(tall, "working_set", 1.0, 2.0) == 0.0
