# Lives here: tests of the documentation of displays. Independent of: what is drawn.
"""Displays are documented as all public classes are."""
import inspect

import pytest

from lassocore import plots
from lassocore.utils.docstrings import entries_of

DISPLAYS = [getattr(plots, name) for name in plots.__all__]
METHODS = [(display, name) for display in DISPLAYS for name in vars(display) if not name.startswith("_")]


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: display.__name__)
def test_attributes_are_documented_and_no_others(display):
    documented = {name for name in entries_of(display.__doc__) if name.endswith("_")}
    assert documented == {name for name in display.__annotations__ if name.endswith("_")}
    assert {"ax_", "figure_", "lines_"} <= documented


@pytest.mark.parametrize("display, name", [(display, name) for display, name in METHODS if callable(
    getattr(display, name))], ids=lambda part: getattr(part, "__name__", part))
def test_parameters_are_documented_as_they_are(display, name):
    method = getattr(display, name)
    parameters = [parameter for parameter in inspect.signature(method).parameters if parameter != "self"]
    assert list(entries_of(method.__doc__)) == parameters
