# Lives here: tests of the bounds on false selections. Independent of: data, subsamples.
"""Closed forms, an independent maximisation over r-concave distributions, and the order of the bounds."""
import numpy as np
import pytest
from scipy.optimize import minimize

from lassocore.selection import false_selection_bound
from lassocore.selection.bounds import BOUNDS, largest_tail, least_threshold, most_features


@pytest.mark.parametrize("q, p, threshold", [(50, 1000, 0.9), (20, 1000, 0.6), (7.5, 300, 1.0)])
def test_meinshausen_and_buehlmann(q, p, threshold):
    found = false_selection_bound(threshold, q, p, bound="meinshausen_buhlmann")
    assert found == pytest.approx(q**2 / ((2 * threshold - 1) * p), rel=1e-12)


def test_unimodal_bound_agrees_with_the_theorem():
    """Both pieces of C(tau, B) of Shah and Samworth (2013, theorem 2), by hand."""
    assert false_selection_bound(0.75, 2, 9) == pytest.approx(4 / 9 / (2 * (0.5 - 0.01)), rel=1e-12)
    assert false_selection_bound(0.7, 50, 1000) == pytest.approx(2.5 / (2 * (0.4 - 0.01)), rel=1e-12)
    assert false_selection_bound(0.9, 50, 1000) == pytest.approx(2.5 * 4 * (0.1 + 0.01) / 1.02, rel=1e-12)


def test_unimodal_bound_is_not_used_where_it_is_not_proved():
    worst = false_selection_bound(0.9, 60, 100, bound="meinshausen_buhlmann")
    assert false_selection_bound(0.9, 60, 100) == worst                    # theta = 0.6 > 1 / sqrt(3)
    nearest = false_selection_bound(0.51, 2, 1000, bound="meinshausen_buhlmann")
    assert false_selection_bound(0.51, 2, 1000) == nearest                 # tau < 1/2 + 1/B


def maximal_tail(mean, position, n_steps, r, n_starts=12):
    """max P(X >= position) over pmfs f on 0..n_steps with f^r convex and a mean of at most n_steps * mean.

    Free parameters: second differences of f^r (positive), its slope, its least value; by SLSQP from many starts.
    """
    rng, i = np.random.default_rng(0), np.arange(n_steps + 1.0)

    def pmf(z):
        slopes = z[n_steps - 1] + np.concatenate([[0.0], np.cumsum(np.exp(np.clip(z[:n_steps - 1], -40.0, 40.0)))])
        u = np.concatenate([[0.0], np.cumsum(slopes)])
        u = u - u.min() + np.exp(np.clip(z[n_steps], -40.0, 40.0))
        f = (u / u.min()) ** (1.0 / r)
        return f / f.sum()

    best = 0.0
    for _ in range(n_starts):
        found = minimize(lambda z: -pmf(z)[position:].sum(), 3.0 * rng.standard_normal(n_steps + 1), method="SLSQP",
                         constraints=[{"type": "ineq", "fun": lambda z: mean * n_steps - pmf(z) @ i}],
                         options={"maxiter": 1000, "ftol": 1e-13})
        f = pmf(found.x)
        if f @ i <= mean * n_steps + 1e-9:
            best = max(best, f[position:].sum())
    return best


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("mean, position, n_steps, r", [
    (0.05, 4, 6, -0.5), (0.05, 3, 6, -0.25), (0.1, 5, 8, -0.5), (0.02, 2, 5, -0.5), (0.15, 8, 8, -0.5)])
def test_tail_of_r_concave_distributions_is_the_largest(mean, position, n_steps, r):
    found, best = largest_tail(mean, position, n_steps, r), maximal_tail(mean, position, n_steps, r)
    assert best <= found + 1e-7
    assert found == pytest.approx(best, rel=1e-4)


def test_no_r_concave_distribution_exceeds_its_tail():
    """Random shapes a + b i + convex kinks, raised to 1/r."""
    rng, n_steps, i = np.random.default_rng(1), 50, np.arange(51.0)
    for r in (-0.5, -0.25):
        for _ in range(200):
            u = np.exp(rng.normal()) + np.exp(2 * rng.normal()) * i + sum(
                np.exp(rng.normal()) * np.maximum(i - rng.integers(50), 0.0) for _ in range(3))
            f = u ** (1.0 / r)
            f /= f.sum()
            position = int(rng.integers(1, 51))
            assert f[position:].sum() <= largest_tail(f @ i / n_steps, position, n_steps, r) * (1 + 1e-9)


def test_bounds_become_tighter_with_more_assumptions_and_fall_with_the_threshold():
    thresholds = np.arange(51, 101) / 100
    table = np.array([[false_selection_bound(tau, 30, 1000, bound=bound) for bound in BOUNDS] for tau in thresholds])
    assert (np.diff(table, axis=1) <= 0).all() and (np.diff(table, axis=0) <= 1e-12).all()
    assert (table[:, 2] < 0.5 * table[:, 1])[30:].all()
    assert (table <= 30 / thresholds[:, None]).all()
    rising = [false_selection_bound(0.8, q, 1000, bound="r_concave") for q in range(0, 1000, 50)]
    assert rising[0] == 0.0 and (np.diff(rising) >= -1e-12).all()


def test_threshold_counts_as_the_next_frequency_that_occurs():
    assert false_selection_bound(0.701, 30, 1000, n_subsamples=20) == false_selection_bound(
        0.75, 30, 1000, n_subsamples=20)
    assert false_selection_bound(0.7, 30, 1000) < false_selection_bound(0.69, 30, 1000)


@pytest.mark.parametrize("bound", BOUNDS)
def test_thresholds_and_numbers_of_features_are_the_extreme_ones(bound):
    allowed = 0.2 if bound == "r_concave" else 1.5
    threshold = least_threshold(allowed, 40, 2000, 100, bound)
    assert false_selection_bound(threshold, 40, 2000, bound=bound) <= allowed
    assert false_selection_bound(threshold - 0.01, 40, 2000, bound=bound) > allowed
    most = most_features(1.5, 0.8, 2000, 100, bound)
    assert false_selection_bound(0.8, most, 2000, bound=bound) <= 1.5
    assert false_selection_bound(0.8, most + 1, 2000, bound=bound) > 1.5
    assert least_threshold(1e-6, 500, 2000, 100, bound) is None
    assert most_features(1e-30, 0.8, 2000, 100, bound) == 0


@pytest.mark.parametrize("arguments, message", [
    ((0.5, 5, 10), "threshold=0.5"), ((1.1, 5, 10), "threshold=1.1"), ((0.9, 11, 10), "n_selected=11"),
    ((0.9, -1, 10), "n_selected=-1"), ((0.9, 1, 0), "n_features=0")])
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        false_selection_bound(*arguments)


def test_bounds_for_pairs_need_pairs():
    with pytest.raises(ValueError, match="n_subsamples=99 is odd"):
        false_selection_bound(0.9, 5, 100, n_subsamples=99)
    assert false_selection_bound(0.9, 5, 100, n_subsamples=99, bound="meinshausen_buhlmann") > 0
    with pytest.raises(ValueError, match="bound='none' is unknown; use one of 'meinshausen_buhlmann'"):
        false_selection_bound(0.9, 5, 100, bound="none")
