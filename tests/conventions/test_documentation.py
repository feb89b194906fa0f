# Lives here: tests of docstrings, of the public names, of HTML representations. Independent of: how anything is solved.
"""Every public parameter and attribute is documented as it is, and wherever people look for it."""
import ast
import dataclasses
import functools
import inspect
import os
import pydoc
import re
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

import lassocore
from lassocore.utils.docstrings import complete_docstring

HERE = Path(__file__).resolve().parents[1]
PUBLIC = {name: getattr(lassocore, name) for name in lassocore.__all__ if name != "__version__"}
ESTIMATORS = {name: value for name, value in PUBLIC.items() if inspect.isclass(value) and issubclass(
    value, BaseEstimator)}
RECORDS = [value for value in PUBLIC.values() if dataclasses.is_dataclass(value) or (
    inspect.isclass(value) and issubclass(value, tuple))]      # functions make them
METHODS = {
    f"{name}.{attribute}": getattr(value, attribute) for name, value in PUBLIC.items() if inspect.isclass(value)
    for attribute in dir(value) if not attribute.startswith("_") and attribute != "path"    # a public function
    and inspect.isroutine(method := getattr(value, attribute))
    and getattr(method, "__module__", "").startswith("lassocore")}
CALLABLES = {name: value for name, value in (PUBLIC | METHODS).items() if value not in RECORDS}
SHOWS_DESCRIPTIONS = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
N_SAMPLES, N_FEATURES, N_TASKS, N_FOLDS, N_ALPHAS = 30, 3, 2, 4, 7

def read_docstring(text):
    """Section -> name -> (type, description); of Returns the lines."""
    sections, section, name = {}, "Summary", ""
    lines = inspect.cleandoc(text).split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if re.fullmatch("-{3,}", line):
            continue
        if re.fullmatch("-{3,}", following) and len(following) == len(line):
            section, name = line, ""
        elif line and not line.startswith(" "):
            name, _, kind = line.partition(" : ")
            sections.setdefault(section, {})[name] = (kind, "")
        elif line.strip() and name:
            kind, description = sections[section][name]
            sections[section][name] = kind, f"{description} {line.strip()}".strip()
    return sections


def parameters_of(documented):
    """Those that the caller passes."""
    found = inspect.signature(documented).parameters.values()
    return {("**" * (p.kind is p.VAR_KEYWORD) + p.name): p for p in found if p.name != "self"}


@pytest.mark.parametrize("name", CALLABLES)
def test_every_parameter_is_documented_as_it_is(name):
    parameters = parameters_of(CALLABLES[name])
    documented = read_docstring(CALLABLES[name].__doc__).get("Parameters", {})
    assert list(documented) == list(parameters)
    for parameter, (kind, description) in documented.items():
        assert kind and description.endswith("."), f"{name}: {parameter}"
        written = re.search(r"(, optional|, default=(.*))?$", kind)
        default = parameters[parameter].default
        if default is inspect.Parameter.empty:
            assert written[1] is None, f"{name}: {parameter} has no default"
        elif written[1] == ", optional":
            assert default is None, f"{name}: {parameter}"
        else:
            said = ast.literal_eval(written[2])
            assert said == default and type(said) is type(default), f"{name}: {parameter}"


@pytest.mark.parametrize("name", [name for name in CALLABLES if name not in ESTIMATORS])
def test_what_is_returned_is_documented(name):
    returned = typing.get_type_hints(CALLABLES[name]).get("return", "nothing said")
    section = read_docstring(CALLABLES[name].__doc__).get("Returns", {})
    if returned in (None, type(None)):
        assert not section
    else:
        assert section and all(description.endswith(".") for _, description in section.values())


def data_of(name):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((N_SAMPLES, N_FEATURES))
    y = X[:, 0] + rng.standard_normal(N_SAMPLES)
    return X, np.column_stack([y, -y])[:, :N_TASKS] if name.startswith("MultiTask") else y


@functools.cache
def fitted_in_every_way(name):
    """Fits that together set every attribute."""
    import pandas as pd

    X, y = data_of(name)
    make, frame = ESTIMATORS[name], pd.DataFrame(X, columns=list("abc"))
    several = {"cv": N_FOLDS} if "CV" in name or name == "AdaptiveLasso" else {}
    if several or name == "LassoIC":
        several["alphas"] = N_ALPHAS
    options = [several, {**several, "fit_intercept": False}]
    if "CV" in name:
        options += [several | {"scoring": "r2", "keep_coefs": True}, several | {"keep_coefs": "sparse"}]
    if "ElasticNetCV" in name:
        options += [option | {"l1_ratio": [0.5, 1.0]} for option in options]
    if name == "AdaptiveLasso":
        options += [{"alpha": 0.1}, several | {"scoring": "r2"}, {"alpha": 0.1, "pilot": np.ones(N_FEATURES)}]
    if name == "LassoIC":
        options += [several | {"noise_variance": "profile"}]
    models = [(option, make(**option).fit(frame, y)) for option in options]
    if name in ("Lasso", "ElasticNet"):
        models.append(({}, make().fit(X, np.column_stack([y, -y]))))
    return models


def attributes_of(model):
    """Those that fit has set, and properties."""
    names = [*vars(model), *(name for name, value in inspect.getmembers(type(model)) if isinstance(value, property))]
    return {name for name in names if name.endswith("_") and not name.startswith("_")}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_attribute_is_documented_and_no_other(name):
    documented = read_docstring(ESTIMATORS[name].__doc__)["Attributes"]
    for attribute, (kind, description) in documented.items():
        assert kind and description.endswith("."), f"{name}: {attribute}"
    assert set().union(*(attributes_of(model) for _, model in fitted_in_every_way(name))) == set(documented)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_attributes_have_the_shapes_that_are_documented(name):
    documented = read_docstring(ESTIMATORS[name].__doc__)["Attributes"]
    for option, model in fitted_in_every_way(name):
        n_l1_ratio = len(option.get("l1_ratio", [0.5]))
        sizes = {"n_features": N_FEATURES, "n_tasks": N_TASKS, "n_targets": N_TASKS, "n_alphas": N_ALPHAS,
                 "n_folds": N_FOLDS, "n_l1_ratio": n_l1_ratio, "n_features_in_": N_FEATURES}
        for attribute in attributes_of(model):
            kind, description = documented[attribute]
            value, shapes = getattr(model, attribute), re.findall(r"\(([^)]*)\)", kind)
            told = {tuple(eval(f"({shape})", {}, sizes)) for shape in shapes if shape}
            if n_l1_ratio > 1 and "in front where there are several" in description:
                told = {(n_l1_ratio, *shape) for shape in told}
            if "length 1 are left out" in description:
                told = {tuple(size for size in shape if size > 1) for shape in told}
            if isinstance(value, list):
                assert "list" in kind, f"{name}: {attribute}"
            elif np.ndim(value) or hasattr(value, "shape") and value.shape:
                assert np.shape(value) in told or value.shape in told, f"{name}: {attribute} {np.shape(value)} {kind}"
            else:
                assert re.search(r"\b(float|int|str|None)\b", kind), f"{name}: {attribute}={value!r}, {kind}"


def test_shared_entries_have_one_text():
    text = read_docstring(lassocore.fit_path.__doc__)["Parameters"]["penalty_factor"][1]
    for name in ("ElasticNet", "LassoCV", "MultiTaskLassoCV", "LassoIC", "fit_many", "alpha_max", "duality_gap"):
        assert read_docstring(PUBLIC[name].__doc__)["Parameters"]["penalty_factor"][1] == text


def source(a=1, *, b=1e-3, c=None, d="x"):
    """Source.

    Parameters
    ----------
    a : int, default=1
        The first.

        In two paragraphs.
    b : float, default=1e-3
        The second.
    c : array-like of shape (n,), optional
        The third.
    d : {"x", "y"}, default="x"
        The fourth.

    Returns
    -------
    a : int
        Not a parameter.
    """


def test_named_entries_are_filled_in():
    @complete_docstring(source)
    def documented(c, b=1e-3, d=None, a=2, e=0):
        """Do it.

        Parameters
        ----------
        c, b
        d : {"x", "z"}, optional
        a
        e : int, default=0
            Its own.

        Returns
        -------
        int
        """

    read = read_docstring(documented.__doc__)
    assert read["Parameters"] == {
        "c": ("array-like of shape (n,)", "The third."), "b": ("float, default=1e-3", "The second."),
        "d": ('{"x", "z"}, optional', "The fourth."), "a": ("int, default=2", "The first. In two paragraphs."),
        "e": ("int, default=0", "Its own.")}
    assert read["Returns"] == {"int": ("", "")}


def test_sources_are_asked_in_turn_and_unknown_names_are_errors():
    def first(b=0.5):
        """Do it.

        Parameters
        ----------
        b : float, default=0.5
            Nearer.
        """

    @complete_docstring(first, source)
    class Documented:
        """A thing.

        Parameters
        ----------
        b, c
        """

        def __init__(self, b="s", c=None):
            pass

    assert read_docstring(Documented.__doc__)["Parameters"] == {
        "b": ('float, default="s"', "Nearer."), "c": ("array-like of shape (n,), default=None", "The third.")}

    def documented(f):
        """Do it.

        Parameters
        ----------
        f
        """

    with pytest.raises(LookupError, match="no source of .*documented.* documents 'f'"):
        complete_docstring(source)(documented)


def test_python_without_docstrings_runs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-OO", "-c", "import lassocore as lc; print([getattr(lc, name).__doc__ for name in ("
         "'fit_path', 'fit_many', 'fit_multi_task_path', 'alpha_max')], lc.alpha_max([[1.0], [-1.0]], [3.0, -3.0]))"],
        cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert done.stdout.strip() == "[None, None, None, None] 3.0", done.stderr


def test_the_stub_names_what_is_fetched():
    tree = ast.parse(Path(lassocore.__file__).with_name("__init__.pyi").read_text())
    stub = {alias.asname: f"{node.module}.{alias.name}" for node in tree.body if isinstance(node, ast.ImportFrom)
            for alias in node.names}
    assert stub == {name: f"lassocore.{lassocore._HOMES[name]}.{name}" for name in PUBLIC}
    assert {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)} == {"__all__", "__version__"}


def test_only_public_names_are_offered(tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import lassocore, lassocore.cli.commands; print(*dir(lassocore))"],
        cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    offered = [name for name in done.stdout.split() if not name.startswith("__")]
    assert offered == sorted(PUBLIC), done.stderr


def test_help_begins_with_the_public_names():
    shown = pydoc.render_doc(lassocore, renderer=pydoc.plaintext).partition("PACKAGE CONTENTS")[0]
    assert not [name for name in PUBLIC if not re.search(rf"\b{name}\b", shown)]
    assert len(shown.split("\n")) < 60


def test_type_checkers_see_the_public_names(tmp_path):
    pytest.importorskip("mypy", reason="mypy is not installed")
    options = ["--config-file=", "--warn-unused-ignores", "--cache-dir", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "mypy", *options, str(HERE / "typing" / "public_names.py")],
                          cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def tooltips_of(model):
    """Names with a description, in the order of the page."""
    return re.findall(r'class="param-doc-link"[^>]*>\s*(\w+)\s*<span class="param-doc-description"',
                      estimator_html_repr(model))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_html_has_a_description_of_everything(name):
    model = ESTIMATORS[name]()
    links = re.findall(r"href=\"([^\"]*)", estimator_html_repr(model))
    assert links and not any("://" in link for link in links)      # none leads to a page that is not there
    if not SHOWS_DESCRIPTIONS:
        pytest.skip("this scikit-learn shows no descriptions")
    assert sorted(tooltips_of(model)) == list(model.get_params())
    model.fit(*data_of(name))
    assert sorted(tooltips_of(model)) == sorted([*model.get_params(), *attributes_of(model) - {"feature_names_in_"}])


@pytest.mark.skipif(not SHOWS_DESCRIPTIONS, reason="this scikit-learn shows no descriptions")
def test_html_of_a_pipeline_describes_its_steps():
    pipeline = make_pipeline(StandardScaler(), lassocore.Lasso())
    names = [name for part in (pipeline, *pipeline) for name in part.get_params(deep=False)]
    assert sorted(tooltips_of(pipeline)) == sorted(names)
