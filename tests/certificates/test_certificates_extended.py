# Lives here: certificates of random small problems against a minimum in extended precision. Independent of: solvers.
"""No true suboptimality is above the gap that is reported with it, whatever the options and the method."""
from dataclasses import replace

import numpy as np
import pytest
from certificates.interior_point import LONG
from certificates.random_blocks import extended_blocks, make_block_problem
from certificates.random_problems import extended, make_problem
from certificates.suboptimality import BLOCKS, FEATURES, judge_all, violations
from oracles.reference import plain
from oracles.reference_blocks import plain_blocks

N_PARTS = 4

pytestmark = pytest.mark.skipif(np.finfo(LONG).eps > 1e-18, reason="a long double is no longer than a double here")


@pytest.mark.parametrize("part", range(N_PARTS))
@pytest.mark.parametrize("kind, first, count", [(FEATURES, 80, 320), (BLOCKS, 0, 200)], ids=["features", "blocks"])
def test_no_suboptimality_is_above_its_gap(kind, first, count, part):
    judged = judge_all(count // N_PARTS, first=first + part * count // N_PARTS, kind=kind)
    assert not violations(judged)
    assert any(each.ratio > 0.5 for each in judged)     # most levels are solved exactly


@pytest.mark.parametrize("factor", [0.5, 0.9])
@pytest.mark.parametrize("kind, first", [(FEATURES, 240), (BLOCKS, 0)], ids=["features", "blocks"])
def test_gaps_that_are_too_small_are_noticed(kind, first, factor):
    def spoilt(*args, **kwargs):
        path = kind.fit(*args, **kwargs)
        return replace(path, dual_gaps=factor * path.dual_gaps)

    assert violations(judge_all(40, first=first, kind=kind._replace(fit=spoilt)))


def test_the_interior_point_method_meets_coordinate_descent():
    """Coordinate descent of the oracle in double precision comes close, and not lower."""
    for seed in range(40):
        case = make_problem(seed)
        alpha = float(np.max(case.settings["alphas"])) / 2
        exact = extended(case.X, case.y, alpha, case.options)
        problem = plain(case.X, case.y, alpha, **case.options)
        found, unit = problem.primal(problem.solve(2000)), exact.z @ exact.z / 2
        assert -1e-12 * unit <= found - exact.minimum() <= 1e-3 * unit


def test_smoothed_norms_meet_block_descent():
    """Block descent of the oracle in double precision comes close, and not lower."""
    for seed in range(40):
        case = make_block_problem(seed)
        alpha = float(np.max(case.settings["alphas"])) / 2
        exact, options = extended_blocks(case.X, case.y, alpha, case.options), dict(case.options)
        if case.y.ndim == 2:
            options["groups"] = np.arange(case.X.shape[1])
            options["group_weights"] = options.pop("penalty_factor", np.ones(case.X.shape[1]))
        problem = plain_blocks(case.X, case.y, alpha, **options)
        found, unit = problem.primal(problem.solve(max_rounds=5)), exact.z @ exact.z / 2
        assert -1e-12 * unit <= found - exact.minimum() <= 1e-9 * unit
