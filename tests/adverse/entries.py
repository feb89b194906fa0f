# Lives here: every public function and class that takes data, found in the package. Independent of: the inputs.
"""What is called with adverse data, and how its result is judged.

Estimators and functions of X are found in the package: a new one is called with X, y and its defaults, and its result
is compared with that for plain arrays. What else is known of it, the arguments that it needs and the objective that it
minimises, is in the tables below.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from adverse.inputs import P, ordinary
from adverse.optimality import Model

import lassocore
from lassocore import models, reference, selection

TOL = 1e-9
GROUPS = [0, 0, 1, 1, 2, 2]
FEW = {"alphas": 5, "cv": 2, "n_subsamples": 4, "tol": TOL, "max_iter": 50_000, "random_state": 0, "eps": 0.05}
SINGLE = {"alpha": 0.05, **FEW}

# Public names that take no X.
OTHER_NAMES = {
    "fit_gram_path": "products, in the table of its own", "PreparedDesign": "made by prepare",
    "LassoSolution": "a result", "PathResult": "a result", "MultiTaskPathResult": "a result", "ManyResult": "a result",
    "ConstrainedResult": "a result", "PathModel": "a result", "PathInfo": "a result", "LevelInfo": "a result",
    "TaskLevelInfo": "a result", "History": "a result", "load": "a file", "monitor": "in OF_MODELS",
    "groups_from_transformer": "a transformer", "patch_sklearn": "no data", "unpatch_sklearn": "no data",
    "get_include": "no data", "__version__": "a text", "Removal": "a result", "SelectionReport": "a result",
    "SelectionScores": "a result", "StandIn": "a result", "false_selection_bound": "numbers",
}
NEEDED = {                              # arguments without which a call means nothing
    "GroupLasso": {"groups": GROUPS}, "SparseGroupLasso": {"groups": GROUPS}, "GroupLassoCV": {"groups": GROUPS},
    "SparseGroupLassoCV": {"groups": GROUPS}, "fit_constrained": {"t": [0.3, 1.0]},
    "duality_gap": {"coef": np.linspace(-1, 1, P), "alpha": 0.1}, "stand_ins": {"features": [0, 1]},
    "cross_validate_selection": {"selector": selection.StabilitySelection(n_subsamples=4, random_state=0)},
    "selection_report": {"model": 0.05, "n_subsamples": 4}, "ElasticNetCV": {"l1_ratio": 0.5},
}
TASKS = ("MultiTaskLasso", "MultiTaskElasticNet", "MultiTaskLassoCV", "MultiTaskElasticNetCV", "fit_multi_task_path",
         "fit_many")


@dataclass(frozen=True)
class Entry:
    """Something that takes data. `call(X, y, sample_weight)` returns a result, `numbers` what is compared of it."""

    call: Callable[[Any, Any, Any], Any]
    numbers: Callable[[Any], list[np.ndarray]]
    models: Callable[[Any], list[Model]] | None = None      # None: nothing to certify
    n_tasks: int = 1
    has_y: bool = True
    has_weights: bool = True


def options_for(name: str, parameters, given: dict[str, Any]) -> dict[str, Any]:
    """The given options that a signature has, and those that this name needs."""
    return {**{key: value for key, value in given.items() if key in parameters}, **NEEDED.get(name, {})}


def estimator(name: str, make) -> Entry:
    """Fit an estimator; its coefficients minimise an objective that its parameters name."""
    parameters = inspect.signature(make).parameters
    options = options_for(name, parameters, {**SINGLE, "alpha": None if name == "AdaptiveLasso" else 0.05})

    def call(X, y, sample_weight):
        model = make(**options)
        return model.fit(X, y) if sample_weight is None else model.fit(X, y, sample_weight=sample_weight)

    def numbers(model):
        if hasattr(model, "coef_"):
            return [np.asarray(model.coef_, float), np.asarray(model.intercept_, float)]
        return [np.asarray(getattr(model, key), float) for key in ("selection_frequencies_",) if hasattr(model, key)]

    return Entry(call, numbers, fitted_models if hasattr(make, "predict") else None, 2 if name in TASKS else 1)


def fitted_models(estimator) -> list[Model]:
    """The model of an estimator, or one for each target."""
    alpha = getattr(estimator, "alpha_", None) or estimator.alpha
    ratio = getattr(estimator, "l1_ratio_", getattr(estimator, "l1_ratio", 1.0))
    coef, intercept = np.asarray(estimator.coef_), estimator.intercept_
    labels = np.array(GROUPS) if hasattr(estimator, "groups") else None
    form = {"alpha": alpha, "l1_ratio": ratio, "labels": labels,
            "tau": getattr(estimator, "feature_l1_ratio", 0.0) if labels is not None else 0.0,
            "factor": getattr(estimator, "penalty_factor_", None)}
    return [Model(coef, intercept, **form)]


def path_models(path) -> list[Model]:
    """The models of a path, one for each alpha."""
    coefs = np.moveaxis(np.asarray(path.coefs), -1, 0)
    intercepts = np.moveaxis(np.atleast_1d(path.intercepts), -1, 0)
    return [Model(w, b, alpha, l1_ratio=path.l1_ratio)
            for w, b, alpha in zip(coefs, intercepts, path.alphas, strict=True)]


def many_models(result) -> list[list[Model]]:
    """The models of many targets, a list for each."""
    return [path_models(result[k]) for k in range(len(result))]


def group_models(path) -> list[Model]:
    """The models of a path of groups."""
    return [Model(m.coef, m.intercept, m.alpha, labels=np.array(GROUPS)) for m in path_models(path)]


def path_numbers(path) -> list[np.ndarray]:
    """Coefficients and intercepts."""
    return [np.asarray(path.coefs, float), np.asarray(path.intercepts, float)]


def plain_numbers(result) -> list[np.ndarray]:
    """Whatever a function returned, as arrays of numbers."""
    if isinstance(result, (tuple, list)) and not hasattr(result, "_fields"):
        return [part for value in result for part in plain_numbers(value)]
    for names in (("coefs", "intercepts"), ("coefs", "vif"), ("coef", "intercept"), ("scores", "frequencies")):
        if all(hasattr(result, name) for name in names):
            return [np.asarray(getattr(result, name), float) for name in names]
    return [np.asarray(result.toarray() if hasattr(result, "toarray") else result, float)]


def function(name: str, call: Callable, **more) -> Entry:
    """Call a function of X, and of y where it has one."""
    parameters = inspect.signature(call).parameters
    options = options_for(name, parameters, {**FEW, **more})
    target = next((key for key in ("y", "Y") if key in parameters), None)
    weighted = "sample_weight" in parameters
    of_path = {"fit_path": path_models, "fit_multi_task_path": path_models}.get(name)

    def of(X, y, sample_weight):
        arguments = {**options, "X": X}
        if target:
            arguments[target] = y
        if weighted and sample_weight is not None:
            arguments["sample_weight"] = sample_weight
        return call(**arguments)

    return Entry(of, plain_numbers, of_path, 2 if name in TASKS else 1, target is not None, weighted)


def discovered() -> dict[str, Entry]:
    """Every estimator and function of X among the public names."""
    found = {}
    for module in (lassocore, selection):
        for name in module.__all__:
            thing = getattr(module, name)
            if name in OTHER_NAMES or name in ("prepare", "LassoSolver"):
                continue
            if inspect.isclass(thing):
                assert hasattr(thing, "fit"), f"{name} is neither an estimator nor in OTHER_NAMES"
                found[name] = estimator(name, thing)
            else:
                assert "X" in inspect.signature(thing).parameters, f"{name} takes no X; name it in OTHER_NAMES"
                found[name] = function(name, thing)
    for name in reference.__all__:
        thing = getattr(reference, name)
        if inspect.isfunction(thing) and "X" in (parameters := inspect.signature(thing).parameters) and (
                "y" in parameters):
            found[f"reference.{name}"] = reference_entry(name, thing)
    return found


def reference_entry(name: str, thing: Callable) -> Entry:
    """A solver of the textbooks."""
    parameters = inspect.signature(thing).parameters
    given = {"penalty": 0.1, "coef": np.linspace(-1, 1, P), "intercept": 0.5, "rng": 0, "max_iter": 200}
    options = {key: value for key, value in given.items() if key in parameters}
    return Entry(lambda X, y, sample_weight: thing(X, y, **options), plain_numbers, None, has_weights=False)


def variants() -> dict[str, Entry]:
    """Further ways to fit: methods by name, a prepared design, groups, fits under scikit-learn's names."""
    path_of = {"alphas": 5, "tol": TOL, "max_iter": 50_000, "eps": 0.05}

    def with_weights(options, sample_weight):
        return options if sample_weight is None else {**options, "sample_weight": sample_weight}

    def fitted(**options):
        return lambda X, y, w: lassocore.fit_path(X, y, **with_weights({**path_of, **options}, w))

    def prepared(X, y, w):
        return lassocore.fit_path(lassocore.prepare(X, **with_weights({}, w)), y, **path_of)

    def solver(X, y, w):
        return lassocore.LassoSolver(X, tol=TOL, max_iter=50_000, **with_weights({}, w)).solve(y, 0.05)

    def patched(name):
        def call(X, y, w):
            from sklearn import linear_model

            with lassocore.patch_sklearn():
                model = getattr(linear_model, name)(alpha=0.05, tol=TOL, max_iter=50_000)
                return model.fit(X, y) if w is None else model.fit(X, y, sample_weight=w)
        return call

    def solution_models(found):
        return [Model(found.coef, found.intercept, found.alpha)]

    found = {f"fit_path, {name}": Entry(fitted(solver=name), path_numbers, path_models)
             for name in ("cd", "gram", "working_set")}
    found["fit_path, groups"] = Entry(fitted(groups=GROUPS), path_numbers, group_models)
    found["fit_path, relaxed"] = Entry(fitted(relax=0.0), path_numbers)
    found["prepare"] = Entry(prepared, path_numbers, path_models)
    found["LassoSolver"] = Entry(solver, plain_numbers, solution_models)
    for name in ("Lasso", "MultiTaskLasso"):
        found[f"sklearn's {name}, patched"] = Entry(
            patched(name), lambda model: [model.coef_, model.intercept_], fitted_models, 2 if name in TASKS else 1,
            has_weights=name == "Lasso")
    return found


def predictions() -> dict[str, Entry]:
    """Fitted models that read a new X, and y where they score."""
    X, y = ordinary()
    path = lassocore.fit_path(X, y, alphas=4)
    made = {"Lasso": lassocore.Lasso(0.05).fit(X, y), "GroupLasso": lassocore.GroupLasso(0.05, groups=GROUPS).fit(X, y),
            "LassoCV": lassocore.LassoCV(cv=2, alphas=5).fit(X, y), "PathResult": path, "PathModel": path[2],
            "ManyResult": lassocore.fit_many(X, np.column_stack([y, y]), alphas=4),
            "MultiTaskPathResult": lassocore.fit_multi_task_path(X, np.column_stack([y, y]), alphas=4),
            "ConstrainedResult": lassocore.fit_constrained(X, y, 0.5),
            "StabilitySelection": selection.StabilitySelection(n_subsamples=4, random_state=0).fit(X, y)}
    found = {}
    for name, thing in made.items():
        method = thing.transform if hasattr(thing, "transform") else thing.predict
        found[f"{name}.{method.__name__}"] = Entry(
            lambda X, y, w, method=method: method(X), plain_numbers, None, has_y=False, has_weights=False)
    found["models.profile_of"] = Entry(
        lambda X, y, w: models.profile_of(X, [0, 2], w), lambda profile: [profile.means, profile.variances],
        None, has_y=False)
    return found


def all_entries() -> dict[str, Entry]:
    """Every entry by name."""
    return {**discovered(), **variants(), **predictions()}
