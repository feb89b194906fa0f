# Lives here: comparison with R's glmnet on the same problems. Independent of: both implementations.
"""Objectives against stored numbers of glmnet; `references/glmnet.py` describes and reproduces them."""
import json

import numpy as np
import pytest
from references.glmnet import (
    CV_FOLDS,
    CV_LAMBDAS,
    GAMMAS,
    STORE,
    glmnet_objective,
    make_cases,
    make_data,
    make_lambdas,
    make_response_cases,
    make_responses,
    responses_objective,
    translated,
)
from scipy.sparse import csc_array
from sklearn.model_selection import PredefinedSplit

from lassocore import ElasticNet, LassoCV, MultiTaskElasticNet, fit_path

STORED = json.loads(STORE.read_text())["fits"]
FITS = {name: fit for name, fit in STORED.items() if name.startswith(("dense", "sparse"))}
CASES = make_cases()
DATA = {kind: make_data(kind) for kind in ("dense", "sparse")}


def problem(name):
    """(case, X, X as passed, y, lambdas) of a stored fit."""
    kind, case = name.split(": ")
    X, y = DATA[kind]
    return CASES[case], X, csc_array(X) if kind == "sparse" else X, y, make_lambdas(X, y)


def test_every_case_is_stored():
    assert set(FITS) == {f"{kind}: {name}" for kind in DATA for name in CASES}
    assert all(len(fit["objectives"]) == 3 for fit in FITS.values())


@pytest.mark.parametrize("name", FITS)
def test_stored_coefficients_have_the_stored_objectives(name):
    case, X, _, y, lambdas = problem(name)
    found = [glmnet_objective(case, X, y, lambda_, row[0], np.array(row[1:]))
             for lambda_, row in zip(lambdas, FITS[name]["coefs"], strict=True)]
    np.testing.assert_allclose(found, FITS[name]["objectives"], rtol=1e-12)


@pytest.mark.parametrize("name", FITS)
def test_paths_reach_the_objective_of_glmnet_and_no_other(name):
    case, X, passed, y, lambdas = problem(name)
    for lambda_, theirs, row in zip(lambdas, FITS[name]["objectives"], FITS[name]["coefs"], strict=True):
        arguments = translated(case, y, lambda_)
        path = fit_path(passed, y, alphas=[arguments.pop("alpha")], tol=1e-12, max_iter=100_000, **arguments)
        ours = glmnet_objective(case, X, y, lambda_, path.intercepts[0], path.coefs[:, 0])
        assert path.converged.all()
        assert ours == pytest.approx(theirs, rel=1e-8)
        np.testing.assert_allclose(path.coefs[:, 0], row[1:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in FITS if "offset" not in name and "everything" not in name])
def test_estimators_reach_the_objective_of_glmnet(name):
    case, X, passed, y, lambdas = problem(name)
    arguments = translated(case, y, lambdas[1])
    del arguments["offset"]
    weights = arguments.pop("sample_weight")
    model = ElasticNet(tol=1e-12, max_iter=100_000, **arguments).fit(passed, y, sample_weight=weights)
    ours = glmnet_objective(case, X, y, lambdas[1], model.intercept_, model.coef_)
    assert ours == pytest.approx(FITS[name]["objectives"][1], rel=1e-8)


@pytest.mark.parametrize("name", make_response_cases())
def test_several_responses_reach_the_objective_of_glmnet(name):
    case, (X, Y) = make_response_cases()[name], make_responses()
    objectives = STORED[f"mgaussian: {name}"]["objectives"]
    for lambda_, theirs in zip(make_lambdas(X, Y[:, 0]), objectives, strict=True):
        model = MultiTaskElasticNet(
            alpha=lambda_, l1_ratio=case["alpha"], standardize=case["standardize"], tol=1e-13, max_iter=100_000,
            penalty_factor=translated(case, Y[:, 0], lambda_)["penalty_factor"])
        model.fit(X, Y, sample_weight=case.get("weights"))
        ours = responses_objective(case, X, Y, lambda_, model.intercept_, model.coef_)
        assert ours == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_relaxed_fits_are_those_of_glmnet(gamma):
    X, y = make_data("dense")
    path = fit_path(X, y, alphas=make_lambdas(X, y), standardize=True, relax=gamma, tol=1e-13)
    theirs = np.array(STORED[f"gamma={gamma}"]["coefs"])
    np.testing.assert_allclose(np.column_stack([path.intercepts, path.coefs.T]), theirs, rtol=1e-6, atol=1e-7)


def test_cross_validation_chooses_as_glmnet_does():
    X, y = make_data("dense")
    model = LassoCV(alphas=CV_LAMBDAS, cv=PredefinedSplit(CV_FOLDS), standardize=True, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(model.mse_mean_, STORED["cv"]["mean"], rtol=1e-6)
    np.testing.assert_allclose(model.mse_se_, STORED["cv"]["error"], rtol=1e-6)
    assert [model.alpha_min_, model.alpha_1se_] == STORED["cv"]["chosen"]
