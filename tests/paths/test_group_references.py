# Lives here: comparison with R's gglasso and grpreg on the same problems. Independent of: all implementations.
"""Objectives against numbers of other packages; `references/groups.py` describes and reproduces them."""
import json

import numpy as np
import pytest
from oracles.reference_blocks import block_objective
from references.groups import (
    BIRTHWT_GROUPS,
    LAMBDAS,
    POSITION_OF_MINIMUM,
    PUBLISHED_AT_0_05,
    PUBLISHED_AT_MINIMUM,
    PUBLISHED_GROUPS_AT_0_1,
    STORE,
    gglasso_objective,
    load_birthwt,
    make_cases,
    make_data,
    orthonormal,
)

from lassocore import fit_path

STORED = json.loads(STORE.read_text())
CASES = make_cases()
X_BIRTHWT, Y_BIRTHWT, MEANS = load_birthwt(STORED["birthwt"])
Z_BIRTHWT, TRANSFORM = orthonormal(X_BIRTHWT, BIRTHWT_GROUPS)


def test_every_case_is_stored():
    assert set(STORED["gglasso"]) == set(CASES)
    assert all(len(fit["objectives"]) == len(LAMBDAS) for fit in STORED["gglasso"].values())


@pytest.mark.parametrize("name", CASES)
def test_stored_coefficients_have_the_stored_objectives(name):
    fit = STORED["gglasso"][name]
    found = [gglasso_objective(CASES[name], lambda_, row[0], np.array(row[1:]))
             for lambda_, row in zip(LAMBDAS, fit["coefs"], strict=True)]
    np.testing.assert_allclose(found, fit["objectives"], rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_paths_reach_the_objective_of_gglasso_and_no_other(name):
    case, fit = CASES[name], STORED["gglasso"][name]
    X, y, labels = make_data(case["n_samples"])
    path = fit_path(X, y, alphas=LAMBDAS, tol=1e-12, fit_intercept=case["intercept"], groups=labels,
                    group_weights=case["pf"], feature_l1_ratio=case["asparse"])
    assert path.converged.all()
    for k, lambda_ in enumerate(LAMBDAS):
        ours = gglasso_objective(case, lambda_, path.intercepts[k], path.coefs[:, k])
        assert ours == pytest.approx(fit["objectives"][k], rel=1e-9)
        np.testing.assert_allclose(path.coefs[:, k], fit["coefs"][k][1:], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("published, position", [
    (PUBLISHED_AT_0_05, None), (PUBLISHED_AT_MINIMUM, POSITION_OF_MINIMUM)])
def test_published_coefficients_of_grpreg_have_our_objective(published, position):
    arguments = {"groups": BIRTHWT_GROUPS, "fit_intercept": False, "tol": 1e-12}
    alpha = 0.05
    if position is not None:
        alpha = fit_path(Z_BIRTHWT, Y_BIRTHWT, alphas=100, eps=1e-4, **arguments).alphas[position]
    path = fit_path(Z_BIRTHWT, Y_BIRTHWT, alphas=[alpha], **arguments)
    labels = np.unique(BIRTHWT_GROUPS, return_inverse=True)[1]
    theirs, ours = (block_objective(Z_BIRTHWT, Y_BIRTHWT, coef, 0.0, alpha, labels, fit_intercept=False)
                    for coef in (TRANSFORM @ published[1:], path.coefs[:, 0]))
    assert path.converged.all()
    assert ours == pytest.approx(theirs, rel=1e-6) and ours <= theirs
    coef = np.linalg.solve(TRANSFORM, path.coefs[:, 0])
    np.testing.assert_allclose(coef, published[1:], atol=1e-3)
    assert MEANS[-1] - MEANS[:-1] @ coef == pytest.approx(published[0], abs=1e-4)


def test_published_groups_of_grpreg_are_ours():
    path = fit_path(Z_BIRTHWT, Y_BIRTHWT, alphas=[0.1], groups=BIRTHWT_GROUPS, fit_intercept=False)
    assert sorted({BIRTHWT_GROUPS[j] for j in np.flatnonzero(path.coefs[:, 0])}) == sorted(PUBLISHED_GROUPS_AT_0_1)
