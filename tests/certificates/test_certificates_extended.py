# Lives here: certificates of random small problems against a minimum in extended precision. Independent of: solvers.
"""No true suboptimality is above the gap that is reported with it, whatever the options and the method."""
from dataclasses import replace

import numpy as np
import pytest
from certificates.interior_point import LONG
from certificates.random_problems import extended, make_problem
from certificates.suboptimality import judge_all, violations
from oracles.reference import plain

from lassocore import fit_path

N_PROBLEMS, N_PARTS = 320, 4

pytestmark = pytest.mark.skipif(np.finfo(LONG).eps > 1e-18, reason="a long double is no longer than a double here")


@pytest.mark.parametrize("part", range(N_PARTS))
def test_no_suboptimality_is_above_its_gap(part):
    judged = judge_all(N_PROBLEMS // N_PARTS, first=part * N_PROBLEMS // N_PARTS)
    assert not violations(judged)
    assert any(each.ratio > 0.5 for each in judged)     # most levels are solved exactly


@pytest.mark.parametrize("factor", [0.5, 0.9])
def test_gaps_that_are_too_small_are_noticed(factor):
    def spoilt(*args, **kwargs):
        path = fit_path(*args, **kwargs)
        return replace(path, dual_gaps=factor * path.dual_gaps)

    assert violations(judge_all(40, fit=spoilt))


def test_the_interior_point_method_meets_coordinate_descent():
    """Coordinate descent of the oracle in double precision comes close, and not lower."""
    for seed in range(40):
        case = make_problem(seed)
        alpha = float(np.max(case.settings["alphas"])) / 2
        exact = extended(case.X, case.y, alpha, case.options)
        problem = plain(case.X, case.y, alpha, **case.options)
        found, unit = problem.primal(problem.solve(2000)), exact.z @ exact.z / 2
        assert -1e-12 * unit <= found - exact.minimum() <= 1e-3 * unit
