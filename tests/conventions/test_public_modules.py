# Lives here: the documentation of every public name, by numpydoc's rules. Independent of: what the code computes.
"""What has a page in the reference is documented in full, and its example is there.

All checks of numpydoc are on, but for `WAIVERS`.
"""
import ast
import builtins
import dataclasses
import functools
import importlib.util
import inspect
import re
import textwrap
from pathlib import Path

import pytest

import lassocore

ROOT = Path(__file__).resolve().parents[2]

# The checks of numpydoc that are off, and why. "of members": for methods and properties; "of records": for classes of
# fields, whose objects functions return.
WAIVERS = {
    "GL02": "a one-line docstring ends on its line",
    "ES01": "a summary and the parameters may say all",
    "SA01 of members": "the class has the section",
    "EX01 of members": "the class has the section",
    "PR01 of records": "functions make them: what they take are their attributes, which are documented",
}


@functools.cache
def api_pages():
    """The module that makes the index of the reference."""
    spec = importlib.util.spec_from_file_location("api_pages", ROOT / "docs" / "_ext" / "api_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def value_of(name):
    """What a full name stands for: of a function that is named as its file, the function."""
    module = re.match(r"lassocore(\.(models|plots|reference|selection)\b)?", name)[0]
    value = importlib.import_module(module)
    return functools.reduce(getattr, filter(None, name.removeprefix(module).split(".")), value)


def is_record(value):
    """Whether a class holds what a function returns, or is an error."""
    return inspect.isclass(value) and (dataclasses.is_dataclass(value) or issubclass(value, tuple | Exception))


LISTED = api_pages().public_names()
MEMBERS = [name for name in LISTED if inspect.isclass(value_of(name.rpartition(".")[0]))]
NAMES = [name for name in LISTED if name not in MEMBERS]
RECORDS = [name for name in NAMES if is_record(value_of(name))]


def checks_of(name):
    """The codes that are not asked of a name."""
    kinds = ["", *([" of members"] if name in MEMBERS else [" of records"] if name in RECORDS else [])]
    return {waiver.partition(" ")[0] for waiver in WAIVERS if waiver[4:] in kinds}


def found_in(name):
    """What numpydoc finds, but for waivers."""
    from numpydoc.docscrape import get_doc_object
    from numpydoc.validate import Validator, validate

    return [error for error in validate(name, lambda obj_name: Validator(get_doc_object(value_of(obj_name))))["errors"]
            if error[0] not in checks_of(name)]


@pytest.mark.parametrize("name", LISTED)
def test_numpydoc_finds_nothing(name):
    pytest.importorskip("numpydoc.validate", reason="numpydoc is not installed")
    assert found_in(name) == []


def test_waivers_are_few_and_none_is_idle():
    """Each of them still lets something pass."""
    numpydoc = pytest.importorskip("numpydoc.validate", reason="numpydoc is not installed")
    assert len(WAIVERS) <= 10
    found = {code for name in LISTED for code, _ in numpydoc.validate(name)["errors"]}
    assert {waiver[:4] for waiver in WAIVERS} <= found


def test_the_index_has_every_public_name_once():
    assert len(LISTED) == len(set(LISTED))
    public = {f"lassocore.{name}" for name in lassocore.__all__ if name != "__version__"}
    for module in api_pages().public_modules():
        public |= set(api_pages().names_of(module))
    assert set(NAMES) == public


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_an_example(name):
    examples = inspect.getdoc(value_of(name)).partition("\nExamples\n--------\n")[2]
    assert ">>> " in examples, name


def documented_entries(section, docstring):
    """Name -> (type, description) of the entries of a section, those of several names on a line as well."""
    text = inspect.cleandoc(docstring)
    body = re.search(rf"(?:\A|\n){section}\n-+\n(.*?)(?=\n\n[^\n]+\n-{{3,}}\n|\Z)", text, re.S)
    entries = re.findall(r"^(\S[^\n]*?) : ([^\n]+)\n((?:[ ]+[^\n]*\n?|\n)*)", body[1] + "\n" if body else "", re.M)
    return {name: (kind, description.strip()) for names, kind, description in entries for name in names.split(", ")}


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_of_a_record_is_documented(name):
    """In their order; properties may be among them."""
    record = value_of(name)
    entries = documented_entries("Attributes", record.__doc__) or documented_entries("Parameters", record.__doc__)
    fields = list(inspect.get_annotations(record))
    assert fields or issubclass(record, Exception)
    assert [entry for entry in entries if entry in fields] == fields
    assert all(kind and description.endswith(".") for kind, description in entries.values()), name


def function_of(value):
    """The function behind a method or a property; None of a class."""
    value = getattr(value, "fget", None) or getattr(value, "func", None) or value
    return None if inspect.isclass(value) else inspect.unwrap(getattr(value, "__func__", value))


def raised_in(function):
    """The errors that the function itself raises, those of functions that it calls left out."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    causes = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc is not None]
    names = [ast.unparse(cause.func if isinstance(cause, ast.Call) else cause) for cause in causes]
    known = vars(builtins) | function.__globals__
    return [known[name] for name in names if name in known]


@pytest.mark.parametrize("name", [name for name in LISTED if function_of(value_of(name))])
def test_errors_are_documented(name):
    """As what they are, or as an error that they are a kind of."""
    function = function_of(value_of(name))
    section = re.search(r"\nRaises\n-+\n(.*?)(?=\n\n[^\n]+\n-{3,}\n|\Z)", inspect.getdoc(function), re.S)
    documented = set(re.findall(r"^(\w+)", section[1], re.M)) if section else set()
    for error in raised_in(function):
        assert documented & {kind.__name__ for kind in error.__mro__}, f"{name} raises {error.__name__}"


def test_the_reader_of_errors_reads_them():
    assert raised_in(lassocore.PathResult.nonzero_groups) == [ValueError]
