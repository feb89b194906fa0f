# Lives here: flags, alphas, weights and threads as arguments. Independent of: solvers.
"""The same rules for functions and estimators."""
import inspect
import os

import numpy as np
import pandas as pd
import polars as pl
import pytest

import lassocore
from lassocore import (
    AdaptiveLasso,
    ElasticNet,
    ElasticNetCV,
    Lasso,
    LassoCV,
    LassoIC,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    fit_many,
    fit_multi_task_path,
    fit_path,
)

FUNCTIONS = ("fit_path", "fit_many", "fit_multi_task_path", "enet_path", "lasso_path", "alpha_max", "duality_gap")
ESTIMATORS = (Lasso, ElasticNet, MultiTaskLasso, MultiTaskElasticNet, LassoCV, ElasticNetCV, MultiTaskLassoCV,
              MultiTaskElasticNetCV, LassoIC, AdaptiveLasso)
FLAGS = {"fit_intercept", "history", "standardize", "positive", "copy_X", "warm_start", "refit", "precompute",
         "check_input", "return_n_iter", "do_screening", "keep_coefs", "verbose"}
WITH_ALPHAS = ("fit_path", "fit_many", "fit_multi_task_path", "enet_path", "lasso_path", LassoCV, ElasticNetCV,
               MultiTaskLassoCV, MultiTaskElasticNetCV, LassoIC, AdaptiveLasso)


def make(n=30):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 4))
    y = X[:, 0] + 0.1 * rng.standard_normal(n)
    return X, y, np.column_stack([y, -y])


def call(place, **options):
    """The result of a fit by a function's name or by an estimator."""
    X, y, Y = make()
    if isinstance(place, str):
        function = getattr(lassocore, place)
        extra = {"coef": np.ones(4), "alpha": 0.1} if place == "duality_gap" else {}
        return function(X, Y if place in ("fit_many", "fit_multi_task_path") else y, **extra, **options)
    return place(**options).fit(X, Y if place.__name__.startswith("Multi") else y)


def places_of(flag):
    for place in (*FUNCTIONS, *ESTIMATORS):
        if flag in inspect.signature(getattr(lassocore, place) if isinstance(place, str) else place).parameters:
            yield place


FLAG_CASES = [(place, flag) for flag in sorted(FLAGS) for place in places_of(flag)]


def test_every_flag_is_in_the_list():
    """All parameters with default True or False are listed above, each found in several places."""
    found = set()
    for place in (*FUNCTIONS, *ESTIMATORS):
        for target in ([getattr(lassocore, place)] if isinstance(place, str) else [place, place.fit]):
            found |= {name for name, parameter in inspect.signature(target).parameters.items()
                      if isinstance(parameter.default, bool)}
    assert found <= FLAGS and len(FLAG_CASES) > 60


@pytest.mark.parametrize("place, flag", FLAG_CASES, ids=str)
def test_flags_are_true_or_false(place, flag):
    words = ["False", "no", "true", "", None, 0.0, [], [True]]
    words += [] if flag == "verbose" else [0, 1, 2]
    words += [-1, 0.5] if flag == "verbose" else []
    for word in words:
        with pytest.raises(ValueError, match=flag):
            call(place, **{flag: word})
    for value in (False, np.False_):
        call(place, **{flag: value})


def test_a_history_is_recorded_when_it_is_asked_for():
    for value in (False, np.False_, np.True_):
        kept = [call("fit_path", history=value).history, call(Lasso, history=value).history_]
        assert all((record is not None) == bool(value) for record in kept)


def test_verbose_may_be_a_level(capsys):
    for place in places_of("verbose"):
        call(place, verbose=2)
        call(place, verbose=np.int64(1))
    assert "alpha=" in capsys.readouterr().out


def test_flags_of_methods_and_patches():
    X, y, _ = make()
    for word in ("False", 0, None):
        with pytest.raises(ValueError, match="check_input"):
            Lasso().fit(X, y, check_input=word)
        for flag in ("estimators", "kernels"):
            with pytest.raises(ValueError, match=flag):
                lassocore.patch_sklearn(**{flag: word})
    for alpha in (0.0, 0.1):
        with pytest.raises(ValueError, match="precompute='no' is unknown"):
            Lasso(alpha=alpha, precompute="no").fit(X, y)


@pytest.mark.parametrize("place", WITH_ALPHAS, ids=str)
@pytest.mark.filterwarnings("ignore")
def test_an_integer_is_a_count_and_a_vector_is_alphas(place):
    def alphas_of(result):
        return np.unique(result[0] if isinstance(result, tuple) else getattr(result, "alphas_", None)
                         if not isinstance(place, str) else result.alphas)

    assert len(alphas_of(call(place, alphas=3))) in (3, 6) and len(alphas_of(call(place, alphas=1))) in (1, 2)
    assert len(alphas_of(call(place, alphas=np.int32(4)))) in (4, 8)
    for vector in ([0.3, 0.1], (0.1, 0.3), np.array([0.1, 0.3]), pd.Series([0.3, 0.1]), pl.Series([0.1, 0.3])):
        np.testing.assert_array_equal(alphas_of(call(place, alphas=vector)), [0.1, 0.3])
    for one in ([1], [1.0], [np.float32(1)]):
        np.testing.assert_array_equal(alphas_of(call(place, alphas=one)), [1.0])


@pytest.mark.parametrize("place", WITH_ALPHAS, ids=str)
@pytest.mark.parametrize("alphas", [
    2.5, 1.0, np.float64(1.0), np.array(2.0), "abc", b"abc", True, [True, 0.5], {}, {0.1: 1}, {0.1}, [None], ["a"], [],
    [[[1.0]]], [[1.0], [1.0, 2.0]], [np.nan], [np.inf], [-1.0], [1j], -1, 0, object(), (alpha for alpha in [0.1])],
    ids=lambda alphas: repr(alphas)[:16])
def test_other_alphas_are_refused(place, alphas):
    with pytest.raises((ValueError, TypeError), match="alphas"):
        call(place, alphas=alphas)


@pytest.mark.parametrize("place", WITH_ALPHAS, ids=str)
def test_the_error_for_a_single_number_names_the_vector(place):
    for alpha in (2.5, 1.0, np.float64(2.5)):
        with pytest.raises(ValueError, match=rf"pass alphas=\[{float(alpha)!r}\]"):
            call(place, alphas=alpha)


@pytest.mark.parametrize("place", [place for place in WITH_ALPHAS if place not in ("enet_path", "lasso_path")], ids=str)
def test_alphas_must_be_given(place):
    with pytest.raises(ValueError, match="alphas=None"):
        call(place, alphas=None)


@pytest.mark.parametrize("name, value", [
    ("alpha", True), ("alpha", "1"), ("alpha", None), ("l1_ratio", True), ("l1_ratio", "1"), ("tol", True),
    ("tol", "1e-4"), ("max_iter", True), ("max_iter", 10.0)])
@pytest.mark.parametrize("estimator", [ElasticNet, MultiTaskElasticNet])
def test_flags_are_no_numbers(estimator, name, value):
    with pytest.raises(ValueError, match=name):
        call(estimator, **{name: value})


@pytest.mark.parametrize("name, value", [
    ("eps", True), ("relax", True), ("max_active", True), ("time_limit", True), ("n_threads", True), ("n_threads", 1.5),
    ("n_threads", "all"), ("l1_ratio", False), ("tol", np.True_)])
def test_flags_are_no_numbers_of_functions(name, value):
    with pytest.raises(ValueError, match=name):
        call("fit_path", **{name: value})


# Weights

@pytest.mark.parametrize("n_positive, solver", [(1, "auto"), (1, "cd"), (2, "auto")])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_a_single_positive_weight_is_that_row_alone(n_positive, solver, fit_intercept, standardize):
    """Fitted values are compared, since coefficients need not be unique with so few rows."""
    X, y, Y = make()
    weights = np.zeros(len(y))
    weights[5:5 + n_positive] = 3.0
    rows = slice(5, 5 + n_positive)
    options = {"alphas": [0.5, 0.01], "fit_intercept": fit_intercept, "standardize": standardize, "tol": 1e-10}
    few = fit_many(X[rows], Y[rows], solver=solver, **options)
    for result in (fit_many(X, Y, sample_weight=weights, solver=solver, **options),
                   fit_many(X, Y, sample_weight=weights / 3, solver=solver, **options)):
        np.testing.assert_allclose(result.predict(X[rows]), few.predict(X[rows]), atol=1e-4)
        assert result.converged.all()
    single = fit_path(X, y, sample_weight=weights, solver=solver, **options)
    np.testing.assert_allclose(single.predict(X[rows]), few[0].predict(X[rows]), atol=1e-4)
    tasks = fit_multi_task_path(X, Y, sample_weight=weights, **options)
    np.testing.assert_allclose(tasks.predict(X[rows]), fit_multi_task_path(X[rows], Y[rows], **options).predict(
        X[rows]), atol=1e-4)
    for model in (Lasso(0.01, fit_intercept=fit_intercept), MultiTaskLasso(0.01, fit_intercept=fit_intercept)):
        found, expected = model.fit(X, Y, weights).predict(X[rows]), model.fit(X[rows], Y[rows]).predict(X[rows])
        np.testing.assert_allclose(found, expected, atol=2e-2)


@pytest.mark.parametrize("estimator", [Lasso, LassoCV, LassoIC, AdaptiveLasso])
def test_a_number_as_weight_is_checked(estimator):
    X, y, _ = make()
    expected = estimator().fit(X, y).coef_
    for weight in (1, 2.5, np.float32(0.5)):
        np.testing.assert_allclose(estimator().fit(X, y, sample_weight=weight).coef_, expected, atol=1e-9)
    for weight in (-1.0, 0, np.nan, np.inf, True, "balanced"):
        with pytest.raises(ValueError, match="sample_weight"):
            estimator().fit(X, y, sample_weight=weight)


# Threads

@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no processor affinity")
def test_all_processors_are_those_of_this_process():
    from lassocore.utils.threads import count

    before = os.sched_getaffinity(0)
    assert count(3) == 3
    try:
        os.sched_setaffinity(0, {min(before)})
        assert count(-1) == 1
    finally:
        os.sched_setaffinity(0, before)
    assert 1 <= count(-1) <= len(before)


def test_all_processors_are_limited_by_joblib(monkeypatch):
    """joblib's count respects control groups and can be lowered by the environment."""
    from lassocore.utils.threads import count

    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert count(-1) == 1
    X, y, _ = make()
    np.testing.assert_array_equal(fit_path(X, y, n_threads=-1).coefs, fit_path(X, y).coefs)
