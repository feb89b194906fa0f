# Lives here: tests of the hints for names of other libraries, and of the warning of alphas=1. Independent of: solvers.
"""A keyword of glmnet, scikit-learn or celer gives a TypeError that says what it is called here."""
import inspect
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone

import lassocore
from lassocore.selection import StabilitySelection
from lassocore.utils import unknown_keywords
from lassocore.utils.unknown_keywords import hint_for, with_hints

X, Y = np.arange(12.0).reshape(6, 2) ** 2, np.arange(12.0).reshape(6, 2)[::-1]
FUNCTIONS = {
    "fit_path": (X, Y[:, 0]), "fit_many": (X, Y), "fit_multi_task_path": (X, Y), "fit_constrained": (X, Y[:, 0], 1.0)}
ESTIMATORS = {name: kind for name in lassocore.__all__ if inspect.isclass(kind := getattr(lassocore, name))
              and issubclass(kind, BaseEstimator)} | {"StabilitySelection": StabilitySelection}


@pytest.mark.parametrize("keyword, remedy", [
    ("lambda_", "alphas="), ("n_alphas", "alphas="), ("nlambda", "alphas="), ("n_jobs", "n_threads="),
    ("random_state", "rng="), ("lambda_min_ratio", "eps="), ("weights", "sample_weight="), ("thresh", "tol="),
    ("intercept", "fit_intercept="), ("dfmax", "max_active="), ("lower_limits", "bounds="), ("maxit", "max_iter="),
    ("exclude", "inf"), ("alpha", "alphas="), ("gamma", "relax="), ("foldid", "LassoCV"), ("family", "squared error"),
    ("standardise", "standardize="), ("fitintercept", "fit_intercept"), ("penaltyfactor", "penalty_factor"),
    ("sample_weigths", "sample_weight")])
def test_fit_path_says_what_a_keyword_is_called_here(keyword, remedy):
    with pytest.raises(TypeError, match=rf"^fit_path\(\) got an unexpected keyword argument '{keyword}'; .*{remedy}"):
        lassocore.fit_path(X, Y[:, 0], **{keyword: 1})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_functions_do(name):
    with pytest.raises(TypeError, match=r"'n_jobs'; pass n_threads="):
        getattr(lassocore, name)(*FUNCTIONS[name], n_jobs=2)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_constructors_do_and_their_parameters_are_found(name):
    with pytest.raises(TypeError, match="'standardise'; pass standardize="):
        ESTIMATORS[name](standardise=True)
    required = {"groups": [0, 1]} if name.endswith("GroupLasso") or "GroupLassoCV" in name else {}
    model = ESTIMATORS[name](**required)
    assert "standardize" in model.get_params() and clone(model).get_params() == model.get_params()


@pytest.mark.parametrize("keyword, name, remedy", [
    ("lambda_", "Lasso", "alpha="), ("n_alphas", "LassoCV", "alphas="), ("nfolds", "LassoCV", "cv="),
    ("foldid", "ElasticNetCV", "PredefinedSplit"), ("type_measure", "LassoCV", "scoring="),
    ("n_threads", "LassoCV", "n_jobs="), ("weights", "GroupLasso", "group_weights="),
    ("weights", "Lasso", "penalty_factor="), ("sample_weight", "Lasso", "fit"), ("offset", "LassoCV", "subtract")])
def test_hints_fit_the_parameters_of_the_class(keyword, name, remedy):
    with pytest.raises(TypeError, match=f"'{keyword}'; .*{remedy}"):
        ESTIMATORS[name](**{keyword: 1})


def test_hints_name_parameters_that_exist():
    known = {parameter for place in [*map(lassocore.__getattr__, FUNCTIONS), *ESTIMATORS.values()]
             for parameter in inspect.signature(place).parameters}
    assert {name for hints in unknown_keywords._MEANT.values() for name in hints if name} <= known
    assert all(keyword == keyword.lower().replace("_", "") for keyword in unknown_keywords._MEANT)


def test_several_targets_are_sent_to_the_functions_that_take_them():
    with pytest.raises(ValueError, match=r"y has shape \(6, 2\); .* fit_many, or fit_multi_task_path"):
        lassocore.fit_path(X, Y)


def test_other_errors_are_left_as_they_are():
    with pytest.raises(TypeError, match=r"^fit_path\(\) got an unexpected keyword argument 'qqq'"):
        lassocore.fit_path(X, Y[:, 0], qqq=1)
    with pytest.raises(TypeError, match="^inner"):
        with_hints(lambda alpha: (lambda: None)(inner=1) if alpha else raise_inner())(alpha=0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'lambda_'$"):
        with_hints(lambda alpha: (lambda alpha: None)(lambda_=alpha))(1)     # a call within the function
    assert hint_for("qqq", ["alpha"]) == ""


def raise_inner():
    raise TypeError("inner got an unexpected keyword argument 'alphas'")


def test_a_class_of_the_user_keeps_its_own_parameters():
    class Mine(lassocore.Lasso):
        def __init__(self, extra=3, alpha=1.0):
            super().__init__(alpha=alpha)
            self.extra = extra

    assert clone(Mine(extra=4)).get_params() == {"extra": 4, "alpha": 1.0}


@pytest.mark.parametrize("fit", [
    *(lambda name=name, **options: getattr(lassocore, name)(*FUNCTIONS[name], **options)
      for name in ("fit_path", "fit_many", "fit_multi_task_path")),
    *(lambda kind=kind, **options: kind(**options).fit(X, Y[:, 0])
      for kind in (lassocore.LassoCV, lassocore.LassoIC, lassocore.AdaptiveLasso))])
def test_one_alpha_is_announced_where_it_is_given_as_a_count(fit):
    with pytest.warns(UserWarning, match=r"alphas=1 is a path of one alpha.* pass alphas=\[1.0\]") as said:
        fit(alphas=1)
    assert [Path(warning.filename).name for warning in said if "one alpha" in str(warning.message)] == [
        Path(__file__).name]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", lassocore_convergence())
        fit(alphas=[1.0])


def lassocore_convergence():
    from sklearn.exceptions import ConvergenceWarning

    return ConvergenceWarning
