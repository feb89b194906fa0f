# Lives here: pickles of estimators and results, across versions and the patch. Independent of: solvers.
"""What was pickled can be loaded, shown, cloned and fitted: by another version, under the patch and after it."""
import copy
import io
import pickle
import warnings

import cloudpickle
import joblib
import numpy as np
import pytest
import sklearn
import sklearn.linear_model
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lassocore
from lassocore import patch_sklearn, unpatch_sklearn
from lassocore.sklearn_compat import replacements

THEIRS = {name: getattr(sklearn.linear_model, name) for name in replacements.CLASSES}
PATCHED = [name for name in THEIRS if name in vars(replacements)]      # all, with scikit-learn 1.9
OWN = [*THEIRS, "LassoIC", "AdaptiveLasso", "GroupLasso", "SparseGroupLasso", "GroupLassoCV", "SparseGroupLassoCV"]
TINY = {"alphas": 5}

rng = np.random.default_rng(0)
X = rng.standard_normal((40, 5))
Y = X[:, :2] + 0.1 * rng.standard_normal((40, 2))


class Derived(lassocore.Lasso):
    """A user's class, with a parameter of its own and without most of lassocore's."""

    def __init__(self, alpha=1.0, *, label="none"):
        super().__init__(alpha=alpha)
        self.label = label


@pytest.fixture(autouse=True)
def _unpatched():
    yield
    unpatch_sklearn()


def made(kind):
    """An estimator with few alphas and a small alpha, fitted."""
    known = kind().get_params()
    small = {"alphas": [0.1, 0.01], "alpha": 0.01}
    options = {name: value for name, value in small.items() if known.get(name, None) is not None}
    return kind(**options).fit(X, target_of(kind))


def target_of(kind):
    return Y if kind.__name__.startswith("MultiTask") else Y[:, 0]


def check_usable(model, like):
    """It shows itself, and its clone can be fitted: to the same predictions."""
    assert type(model).__name__ in repr(model)
    np.testing.assert_array_equal(model.predict(X), like.predict(X))
    again = clone(model).fit(X, target_of(type(model)))
    np.testing.assert_allclose(again.predict(X), like.predict(X), atol=0.05)
    np.testing.assert_allclose(model.fit(X, target_of(type(model))).predict(X), like.predict(X), atol=0.05)


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    return joblib.load(file)


TRIPS = [lambda model: pickle.loads(pickle.dumps(model)), lambda model: pickle.loads(pickle.dumps(model, 2)),
         lambda model: pickle.loads(cloudpickle.dumps(model)), through_joblib, copy.deepcopy, copy.copy]


@pytest.mark.parametrize("name", THEIRS)
def test_scikit_learns_pickles_load_under_the_patch(name):
    before = made(THEIRS[name])
    text = pickle.dumps(before)
    with patch_sklearn():
        loaded = pickle.loads(text)
        check_usable(loaded, before)
        assert isinstance(loaded, getattr(sklearn.linear_model, name))
    assert type(loaded) is THEIRS[name]


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("trip", TRIPS)
def test_estimators_made_before_the_patch_travel_under_it(name, trip):
    before = made(THEIRS[name])
    with patch_sklearn():
        check_usable(trip(before), before)
        assert joblib.hash(before) == joblib.hash(trip(before))
        assert pickle.loads(pickle.dumps(THEIRS[name])) is THEIRS[name]


@pytest.mark.parametrize("name", PATCHED)
@pytest.mark.parametrize("trip", TRIPS)
def test_estimators_made_under_the_patch_travel_after_it(name, trip):
    with patch_sklearn():
        model = made(getattr(sklearn.linear_model, name))
        check_usable(trip(model), model)
    loaded = trip(model)
    check_usable(loaded, model)
    assert type(loaded) is type(model) and isinstance(loaded, getattr(lassocore, name))


@pytest.mark.parametrize("name", PATCHED)
def test_stand_ins_take_scikit_learns_states(name):
    before = made(THEIRS[name])
    kind = getattr(replacements, name)
    model = kind.__new__(kind)
    model.__setstate__(before.__getstate__())
    assert model.penalty_factor is None and not hasattr(model, "_sklearn_version")
    check_usable(model, before)
    with pytest.warns(InconsistentVersionWarning, match=f"{name} from version 1.2.3 when using version "
                                                        f"{sklearn.__version__}"):
        model.__setstate__({**before.__getstate__(), "_sklearn_version": "1.2.3"})


def test_pickles_of_stand_ins_that_this_scikit_learn_has_not_are_lassocores(monkeypatch):
    with patch_sklearn():
        text = pickle.dumps(sklearn.linear_model.Lasso(alpha=0.1))
    monkeypatch.delattr(replacements, "Lasso")
    assert type(pickle.loads(text)) is lassocore.Lasso
    with pytest.raises(AttributeError, match="has no attribute 'Ridge'"):
        replacements.Ridge  # noqa: B018


def written_by(version, instance, *without):
    """An instance loaded from a pickle as another version would have written it."""
    changed = {**instance.__getstate__(), "_lassocore_version": version}
    for name in without:
        del changed[name]
    kind = type(instance)
    loaded = kind.__new__(kind)
    loaded.__setstate__(changed)
    return loaded


@pytest.mark.parametrize("name", OWN)
def test_parameters_that_a_pickle_does_not_know_get_their_defaults(name):
    """One after the other: each of them was new once."""
    kind = getattr(lassocore, name)
    model = made(kind)
    for parameter, default in kind().get_params().items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loaded = written_by("0.0.9", model, parameter)
        assert getattr(loaded, parameter) is default or getattr(loaded, parameter) == default
        assert repr(loaded) and clone(loaded).get_params().keys() == model.get_params().keys()
    loaded = written_by("0.0.9", model, "standardize", "callback")
    check_usable(loaded, model)
    assert not hasattr(loaded, "_lassocore_version")


def test_classes_derived_from_ours_get_the_defaults_of_both():
    model = Derived(alpha=0.1).fit(X, Y[:, 0])
    loaded = written_by("0.0.9", model, "label", "bounds", "l1_ratio")
    assert (loaded.label, loaded.bounds, loaded.l1_ratio, loaded.alpha) == ("none", None, 1.0, 0.1)
    check_usable(loaded, model)


@pytest.mark.parametrize("instance", [
    *(getattr(lassocore, name)() for name in OWN), Derived(), lassocore.fit_path(X, Y[:, 0], alphas=3),
    lassocore.fit_many(X, Y, alphas=3), lassocore.fit_multi_task_path(X, Y, alphas=3)],
    ids=lambda instance: type(instance).__name__)
def test_pickles_carry_the_version_and_a_newer_one_warns(instance):
    name = type(instance).__name__
    assert instance.__getstate__()["_lassocore_version"] == lassocore.__version__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = pickle.loads(pickle.dumps(instance))
        written_by("0.0.9", instance)
        written_by(None, instance)
    assert vars(loaded).keys() == vars(instance).keys() - {"_columns", "_deferred"}
    for version in ("99.0.0", "next"):
        with pytest.warns(InconsistentVersionWarning, match=f"lassocore.{name} from version {version} when using"):
            written_by(version, instance)


def test_results_keep_their_numbers():
    path = pickle.loads(pickle.dumps(lassocore.fit_path(X, Y[:, 0], alphas=3)))
    np.testing.assert_array_equal(path.coefs, lassocore.fit_path(X, Y[:, 0], alphas=3).coefs)
    assert len(path.info.levels) == 3 and path.converged.all()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_searches_and_pipelines_with_estimators_made_before(n_jobs):
    """In this process and in workers, which are not patched."""
    before = make_pipeline(StandardScaler(), THEIRS["Lasso"]())
    grid = {"lasso__alpha": [0.1, 0.01]}
    with patch_sklearn():
        search = GridSearchCV(before, grid, n_jobs=n_jobs, cv=3).fit(X, Y[:, 0])
        kept = cross_validate(before, X, Y[:, 0], n_jobs=n_jobs, cv=3, return_estimator=True)["estimator"]
        under = make_pipeline(StandardScaler(), sklearn.linear_model.Lasso())
        found = GridSearchCV(under, grid, n_jobs=n_jobs, cv=3).fit(X, Y[:, 0])
        text = pickle.dumps([search, found])
    assert type(search.best_estimator_[-1]) is type(kept[0][-1]) is THEIRS["Lasso"]
    for model in pickle.loads(text):
        assert model.best_params_ == {"lasso__alpha": 0.01}
        np.testing.assert_allclose(model.predict(X), search.predict(X), atol=0.05)
    assert type(found.best_estimator_[-1]) is replacements.Lasso


def test_workers_may_patch():
    def fit_under_the_patch(estimator):
        with patch_sklearn():
            model = sklearn.linear_model.Lasso(alpha=0.01).fit(X, Y[:, 0])
            return type(model).__module__, clone(estimator).fit(X, Y[:, 0]), model

    modules, again, models = zip(*joblib.Parallel(n_jobs=2)(
        joblib.delayed(fit_under_the_patch)(THEIRS["Lasso"](alpha=0.01)) for _ in range(3)), strict=True)
    assert set(modules) == {"lassocore.sklearn_patch"}
    assert {type(model) for model in again} == {THEIRS["Lasso"]}
    np.testing.assert_allclose(models[0].predict(X), again[0].predict(X), atol=0.05)
    assert sklearn.linear_model.Lasso is THEIRS["Lasso"]


def score_of(estimator):
    return estimator.fit(X, Y[:, 0]).score(X, Y[:, 0])


def test_joblib_memory_knows_estimators_again(tmp_path):
    calls = []
    remember = joblib.Memory(tmp_path, verbose=0).cache(score_of)
    for kind in (THEIRS["Lasso"], lassocore.Lasso):
        with patch_sklearn():
            estimators = [kind(alpha=0.01), sklearn.linear_model.Lasso(alpha=0.01)]
            for estimator in estimators:
                calls.append(remember.check_call_in_cache(estimator))
                remember(estimator)
                calls.append(remember.check_call_in_cache(clone(estimator)))
    assert calls == [False, True, False, True, False, True, True, True]


@pytest.mark.parametrize("cv", [KFold(3, shuffle=True, random_state=0), GroupKFold(3), 4,
                                [(np.arange(30), np.arange(30, 40)), (np.arange(10, 40), np.arange(10))]])
@pytest.mark.parametrize("name", ["LassoCV", "ElasticNetCV", "MultiTaskLassoCV", "AdaptiveLasso"])
def test_cross_validated_estimators_keep_their_splitter(name, cv):
    kind = getattr(lassocore, name)
    model = kind(cv=cv, alphas=3, scoring="r2")
    options = {"groups": np.arange(40) // 4} if isinstance(cv, GroupKFold) else {}
    model.fit(X, target_of(kind), **options)
    loaded = pickle.loads(pickle.dumps(model))
    assert repr(loaded) == repr(model)
    assert loaded.fit(X, target_of(kind), **options).alpha_ == model.alpha_


@pytest.mark.parametrize("options", [
    {"enable_metadata_routing": True}, {"assume_finite": True}, {"skip_parameter_validation": True},
    {"transform_output": "pandas"}, {"array_api_dispatch": False}, {"print_changed_only": False}])
def test_settings_of_scikit_learn_hold_under_the_patch(options):
    before = made(THEIRS["Lasso"])
    with sklearn.config_context(**options), patch_sklearn():
        model = sklearn.linear_model.Lasso(alpha=0.01).fit(X, Y[:, 0])
        check_usable(pickle.loads(pickle.dumps(model)), model)
        check_usable(pickle.loads(pickle.dumps(before)), before)
        assert sklearn.get_config()[next(iter(options))] == next(iter(options.values()))
