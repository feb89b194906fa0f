# Lives here: tests of the docstrings of lassocore.selection. Independent of: what they describe.
"""The public names of `lassocore.selection` are documented as those of `lassocore` are."""
import ast
import dataclasses
import inspect
import re

import numpy as np
import pytest
from conventions.test_documentation import attributes_of, parameters_of, read_docstring
from sklearn.base import BaseEstimator

from lassocore import selection
from lassocore.selection import StabilitySelection

PUBLIC = {name: getattr(selection, name) for name in selection.__all__}
RECORDS = {name: value for name, value in PUBLIC.items() if inspect.isclass(value) and not issubclass(
    value, BaseEstimator)}
CALLABLES = {name: value for name, value in PUBLIC.items() if name not in RECORDS} | {
    "StabilitySelection.fit": StabilitySelection.fit}


@pytest.mark.parametrize("name", CALLABLES)
def test_every_parameter_is_documented_as_it_is(name):
    parameters = parameters_of(CALLABLES[name])
    documented = read_docstring(CALLABLES[name].__doc__).get("Parameters", {})
    assert list(documented) == list(parameters)
    for parameter, (kind, description) in documented.items():
        assert kind and description.endswith("."), f"{name}: {parameter}"
        written, default = re.search(r"(, optional|, default=(.*))?$", kind), parameters[parameter].default
        if default is inspect.Parameter.empty:
            assert written[1] is None, f"{name}: {parameter} has no default"
        elif written[1] == ", optional":
            assert default is None, f"{name}: {parameter}"
        else:
            said = ast.literal_eval(written[2])
            assert said == default and type(said) is type(default), f"{name}: {parameter}"


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_is_documented(name):
    kept = RECORDS[name]
    fields = [field.name for field in dataclasses.fields(kept)] if dataclasses.is_dataclass(kept) else kept._fields
    documented = read_docstring(kept.__doc__)["Attributes"]
    assert list(documented) == list(fields)
    assert all(kind and description.endswith(".") for kind, description in documented.values())


def test_every_attribute_of_the_selector_is_documented():
    import pandas as pd

    X = np.random.default_rng(0).standard_normal((30, 4))
    selector = StabilitySelection(n_subsamples=6, random_state=0).fit(pd.DataFrame(X, columns=list("abcd")), X[:, 0])
    documented = read_docstring(StabilitySelection.__doc__)["Attributes"]
    assert attributes_of(selector) == set(documented)
    sizes = {"n_features": 4, "n_alphas": len(selector.alphas_), "n_subsamples": 6}
    for attribute, (kind, description) in documented.items():
        value = getattr(selector, attribute)
        shape = re.search(r"of shape \(([^)]*)\)", kind)
        assert description.endswith(".") and np.shape(value) == (() if shape is None else eval(f"({shape[1]})", sizes))


def test_importing_lassocore_leaves_selection_out(tmp_path):
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-P", "-c", "import lassocore, sys; print('lassocore.selection' in sys.modules)"],
        cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
