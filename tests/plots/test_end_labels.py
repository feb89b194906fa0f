# Lives here: tests of the placement and shortening of names. Independent of: what the lines are.
"""Names are moved as little as possible, and shortened so that they still differ."""
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from lassocore.plots.end_labels import shortened_names, spread


@pytest.mark.parametrize("seed", range(5))
def test_places_are_the_nearest_that_keep_apart(seed):
    """Against a solver of the quadratic program."""
    rng = np.random.default_rng(seed)
    anchors = np.sort(rng.uniform(0.0, 10.0, 7))
    found = spread(anchors, 1.2, 0.0, 10.0)
    limits = [{"type": "ineq", "fun": lambda z, k=k: z[k + 1] - z[k] - 1.2} for k in range(6)]
    best = minimize(lambda z: ((z - anchors) ** 2).sum(), np.linspace(0.0, 10.0, 7), bounds=[(0.0, 10.0)] * 7,
                    constraints=limits, method="SLSQP", options={"ftol": 1e-12}).x
    assert_allclose(found, best, atol=1e-4)


def test_places_keep_the_order_of_the_anchors_and_the_bounds():
    anchors = np.array([5.0, 1.0, 5.0, 9.9, 10.0])
    places = spread(anchors, 2.0, 0.0, 10.0)
    assert places[1] < places[0] < places[2] < places[3] < places[4] == 10.0
    assert (np.diff(np.sort(places)) >= 2.0 - 1e-12).all()
    assert_allclose(spread(np.array([3.0]), 1.0, 0.0, 10.0), [3.0])
    assert_allclose(spread(np.array([1.0, 4.0]), 1.0, 0.0, 10.0), [1.0, 4.0])       # not moved without need
    full = spread(np.full(6, 7.0), 2.0, 0.0, 10.0)
    assert_allclose(full, np.arange(0.0, 11.0, 2.0))


def test_shortened_names_differ():
    assert shortened_names(["short", "names"], 8) == ["short", "names"]
    assert shortened_names(["a long beginning", "b long beginning"], 9) == ["a lo…ning", "b lo…ning"]
    genes = [f"expression of gene {k} in the liver" for k in range(12)]
    short = shortened_names(genes, 16)
    assert len(set(short)) == 12 and max(map(len, short)) <= 16 and short[3].startswith("…3 in")
    twice = shortened_names(["same name of both"] * 2, 8)
    assert twice[0] == twice[1]
