# Lives here: which modules pickles name. Independent of: where classes live, solvers.
"""Pickles name `lassocore` and no file of it, so that later versions may move every file."""
import functools
import io
import pickle

import numpy as np
import pytest
import sklearn.linear_model
from sklearn.base import BaseEstimator

import lassocore
from lassocore import patch_sklearn
from lassocore.sklearn_compat.replacements import CLASSES

ESTIMATORS = [name for name in lassocore.__all__ if isinstance(kind := getattr(lassocore, name), type)
              and issubclass(kind, BaseEstimator)]
LIBRARIES = {"numpy", "scipy", "sklearn", "builtins", "__builtin__", "copy_reg", "_codecs"}     # some in protocol 2
HUGE = 1e200            # its square overflows

rng = np.random.default_rng(0)
X = rng.standard_normal((40, 5))
Y = X[:, :2] + 0.1 * rng.standard_normal((40, 2))


class Recorder(pickle.Unpickler):
    """A reader that keeps which classes and functions a pickle names."""

    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.names = set()

    def find_class(self, module, name):
        self.names.add((module, name))
        return super().find_class(module, name)


def names_in(data):
    """(module, name) of all classes and functions that a pickle names."""
    recorder = Recorder(data)
    recorder.load()
    return recorder.names


def fitted(kind, name):
    """Estimators that together have every attribute."""
    model = kind()
    known = model.get_params()
    small = {"alphas": [0.1, 0.01], "alpha": 0.01, "cv": 3}
    options = {key: value for key, value in small.items() if key in known and not (
        key == "alpha" and known["alpha"] is None)}
    variants = [options]
    if "keep_coefs" in known:
        variants += [options | {"keep_coefs": "sparse"}, options | {"scoring": "r2", "keep_coefs": True}]
    y = Y if name.startswith("MultiTask") else Y[:, 0]
    models = [kind(**variant).fit(X, y) for variant in variants]
    if name in ("Lasso", "ElasticNet"):
        models.append(kind(**options).fit(X, Y))
    return models


@functools.cache
def results():
    """Results of every kind, with all that they may hold."""
    levels = []
    path = lassocore.fit_path(X, Y[:, 0], alphas=4)
    lassocore.LassoCV(alphas=4, callback=lambda level: levels.append(level)).fit(X, Y[:, 0])
    return [
        path, path[1:], path[1], lassocore.fit_path(X, Y[:, 0], alphas=4, relax=0.5),
        lassocore.fit_path(X, Y[:, 0], alphas=4, penalty_factor=[0, 0, 1, 1, 1], bounds=(-1, 1)),
        lassocore.fit_path(X, Y[:, 0], alphas=4, groups=list("aabbc")),
        lassocore.fit_path(HUGE * X, Y[:, 0], alphas=4), lassocore.fit_many(X, Y, alphas=4),
        lassocore.fit_many(HUGE * X, Y, alphas=4), lassocore.fit_many(X, Y, alphas=4)[0],
        lassocore.fit_multi_task_path(X, Y, alphas=4), lassocore.fit_multi_task_path(X, HUGE * Y, alphas=4),
        lassocore.fit_multi_task_path(X, Y, alphas=4)[0], levels, path.info.levels,
        lassocore.fit_path(X, Y[:, 0], alphas=4, history=True), lassocore.fit_constrained(X, Y[:, 0], [0.1, 1.0])]


def own_modules(instance):
    """The modules that pickles of both kinds name, without those of the libraries."""
    named = {module for protocol in (2, pickle.HIGHEST_PROTOCOL)
             for module, _ in names_in(pickle.dumps(instance, protocol))}
    return {module for module in named if module.partition(".")[0] not in LIBRARIES}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_pickles_of_estimators_name_no_file(name):
    for model in fitted(getattr(lassocore, name), name):
        assert own_modules(model) == {"lassocore"}


@pytest.mark.parametrize("k", range(len(results())))
def test_pickles_of_results_name_no_file(k):
    assert own_modules(results()[k]) == {"lassocore"}


@pytest.mark.parametrize("name", CLASSES)
def test_pickles_of_patched_estimators_name_the_module_of_the_patch(name):
    with patch_sklearn():
        kind = getattr(sklearn.linear_model, name)
    expected = {"lassocore.sklearn_patch"} if issubclass(kind, getattr(lassocore, name)) else set()     # scikit-learn's
    for model in fitted(kind, name):
        assert own_modules(model) == expected


def test_all_classes_that_pickles_name_are_found_and_not_offered():
    found = {name for instance in results() for module, name in names_in(pickle.dumps(instance))
             if module == "lassocore"}
    assert found <= {*lassocore.__all__, *lassocore._PICKLED}
    for name in lassocore._PICKLED:
        kind = getattr(lassocore, name)
        assert (kind.__module__, kind.__qualname__) == ("lassocore", name)
        assert name not in lassocore.__all__ and name not in dir(lassocore)
    assert lassocore._PICKLED.keys() - found == {"Columns", "PathPoint"}       # in pickles of version 0.1 alone
