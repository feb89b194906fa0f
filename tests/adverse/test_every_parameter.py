# Lives here: values of no meaning, given to every parameter of every entry. Independent of: what parameters mean.
"""A value that a parameter cannot have is refused by an error that names the parameter, and never ignored."""
from __future__ import annotations

import inspect
import re
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from adverse.entries import FEW, OTHER_NAMES, SINGLE, TASKS, options_for
from adverse.inputs import ordinary

import lassocore
from lassocore import selection

NONSENSE = {
    "an object": object(), "a word": "nonsense", "a complex number": 1j, "a set": {1.5}, "a list of words": ["u", "v"],
    "bytes": b"x", "no date": np.datetime64("NaT"), "ragged lists": [[1.0], [2.0, 3.0]], "NaN": np.nan,
    "-infinity": -np.inf, "-0.5": -0.5, "an array of NaN": np.full(6, np.nan), "three dimensions": np.ones((2, 2, 2)),
    "a sparse array": sp.csr_array(np.ones((6, 1))), "words": list("abcdef"),
    "a masked array": np.ma.masked_array(np.ones(6), mask=[True] + 5 * [False])}
ANSWERED_OTHERWISE = {          # parameters and values that are not refused by name, and why
    "random_state|rng": "read for random orders only; then scikit-learn's and NumPy's own errors",
    "Xy|X_offset|X_scale": "scikit-learn's functions have them; documented as ignored",
    "n_alphas": "its values are named as those of alphas",
    "model": "of any type; a number is an alpha",
}
ALLOWED = {                     # what is nonsense elsewhere
    "intercept": ("-0.5",), "offset": (), "groups": ("words",), "scoring": (), "model": ("-0.5",)}
ANSWERS = {"cv": "cv|n_splits|selector", "groups": "groups|partition", "estimator": "estimator|Cannot clone",
           "scoring": "scoring|scorers"}
NO_CALL = ("patch_sklearn", "unpatch_sklearn", "get_include", "load", "monitor", "groups_from_transformer")


def callables():
    """(name, callable) of the public functions and estimators."""
    for module in (lassocore, selection):
        for name in module.__all__:
            thing = getattr(module, name)
            known = OTHER_NAMES.get(name, "")
            if callable(thing) and name not in NO_CALL and known not in ("a result", "made by prepare"):
                yield name, thing


def asked():
    """(name, parameter, nonsense)"""
    for name, thing in callables():
        for parameter in inspect.signature(thing).parameters:
            if parameter in ("X", "y", "Y") or any(re.fullmatch(key, parameter) for key in ANSWERED_OTHERWISE):
                continue
            yield from ((name, parameter, value) for value in NONSENSE if value not in ALLOWED.get(parameter, ()))


def call(name: str, parameter: str, value) -> None:
    """Call, with one argument replaced."""
    thing = dict(callables())[name]
    parameters = inspect.signature(thing).parameters
    X, y = ordinary(2 if name in TASKS else 1)
    if inspect.isclass(thing) and hasattr(thing, "fit"):
        options = options_for(name, parameters, {**SINGLE, "alpha": None if name == "AdaptiveLasso" else 0.05})
        thing(**{**options, parameter: value}).fit(X, y)
        return
    data = {"X": X, "y": y, "Y": y, "gram": X.T @ X, "correlations": X.T @ y, "sq_target": float(np.sum(y**2)),
            "n_samples": len(X), "threshold": 0.7, "n_selected": 3, "n_features": 6}
    given = {key: number for key, number in data.items() if key in parameters and (
        parameters[key].default is inspect.Parameter.empty)}
    found = thing(**{**given, **options_for(name, parameters, FEW), parameter: value})
    if name == "LassoSolver":
        found.solve(y, 0.05)


@pytest.mark.parametrize("name, parameter", dict.fromkeys((name, parameter) for name, parameter, _ in asked()))
def test_nonsense_is_refused_by_name(name, parameter):
    faults = []
    for what in (value for function, key, value in asked() if (function, key) == (name, parameter)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                call(name, parameter, NONSENSE[what])
                faults.append(f"{what} is accepted")
            except (ValueError, TypeError) as error:
                if not re.search(ANSWERS.get(parameter, rf"\b{parameter}\b"), str(error)):
                    faults.append(f"{what}: {error}")
            except Exception as error:
                faults.append(f"{what}: {type(error).__name__}: {error}")
        faults += [f"{what}: {warning.message}" for warning in caught if warning.category is RuntimeWarning]
    assert not faults, "\n".join(faults)


def test_the_table_is_of_everything():
    assert len({(name, parameter) for name, parameter, _ in asked()}) > 300 and len(list(asked())) > 5000
