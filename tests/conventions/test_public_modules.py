# Lives here: the documentation of the public modules, by numpydoc's rules. Independent of: what they compute.
"""The names of lassocore.models, .plots, .reference and .selection are documented as those of lassocore are."""
import dataclasses
import inspect
import pkgutil
from importlib import import_module

import pytest
from conventions.test_documentation import NOT_ASKED

import lassocore

MODULES = [import_module(f"lassocore.{found.name}") for found in pkgutil.iter_modules(lassocore.__path__)
           if found.ispkg and found.name in ("models", "plots", "reference", "selection")]
PUBLIC = {f"{module.__name__}.{name}": getattr(module, name) for module in MODULES for name in module.__all__}


def is_record(value):
    """What functions return: like a result, it is made by them, and they name it."""
    return inspect.isclass(value) and (
        dataclasses.is_dataclass(value) or issubclass(value, tuple | Exception))


@pytest.mark.parametrize("name", PUBLIC)
def test_numpydoc_finds_nothing(name):
    validate = pytest.importorskip("numpydoc.validate", reason="numpydoc is not installed").validate
    of_records = {code.removesuffix(" of results") for code in NOT_ASKED}
    of_methods = {code.removesuffix(" of methods") for code in NOT_ASKED}
    skipped = of_records if is_record(PUBLIC[name]) else NOT_ASKED
    assert [error for error in validate(name)["errors"] if error[0] not in skipped] == [], name
    value = PUBLIC[name]
    for method in dir(value) if inspect.isclass(value) else []:
        member = inspect.getattr_static(value, method)
        if not method.startswith("_") and getattr(member, "__module__", "").startswith("lassocore"):
            full = f"{name}.{method}"
            assert [error for error in validate(full)["errors"] if error[0] not in of_methods] == [], full
