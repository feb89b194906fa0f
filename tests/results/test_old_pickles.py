# Lives here: pickles that earlier versions wrote. Independent of: where classes live, solvers.
"""Every version reads them, wherever classes have moved: same numbers, and usable as if made today.

`references/pickles.py` says how the files were made.
"""
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from references.pickles import EXPECTED, HERE, facts_of, make_instances, target_of, write
from sklearn.base import clone

import lassocore
from lassocore.sklearn_compat import replacements

FILES = sorted(HERE.glob("pickles_*/*.pickle"))
ROUNDING = {"rtol": 1e-12, "atol": 1e-14}        # of products in another BLAS


def load(file):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return pickle.loads(file.read_bytes())


def class_of(file):
    """The class that the name of a file begins with, as it is today."""
    name, _, variant = file.stem.partition("-")
    if variant == "patched":
        return getattr(replacements, name)
    return type(lassocore.fit_path([[0.0], [1.0]], [0.0, 1.0])[0]) if name == "PathModel" else getattr(lassocore, name)


def stored_of(file):
    """X and the facts that were written with a pickle."""
    with np.load(file.with_name(EXPECTED)) as stored:
        beginning = f"{file.stem}: "
        return stored["X"], {key[len(beginning):]: stored[key] for key in stored if key.startswith(beginning)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_they_load_as_what_they_were(file):
    instance = load(file)
    X, expected = stored_of(file)
    assert type(instance) is class_of(file)
    assert type(instance).__name__ in repr(instance)
    for again in (instance, pickle.loads(pickle.dumps(instance))):
        found = facts_of(file.stem, again, X)
        assert found.keys() == expected.keys() >= {"predictions"}
        for key in expected:
            assert found[key].dtype == expected[key].dtype and found[key].shape == expected[key].shape
            if key == "predictions":
                np.testing.assert_allclose(found[key], expected[key], **ROUNDING)
            else:
                np.testing.assert_array_equal(found[key], expected[key])


@pytest.mark.parametrize("file", [file for file in FILES if hasattr(class_of(file), "fit")],
                         ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_estimators_can_be_cloned_and_fitted_again(file):
    model = load(file)
    X, expected = stored_of(file)
    assert model.get_params().keys() == type(model)().get_params().keys()
    for again in (clone(model), model):
        again.fit(X, target_of(file.stem))
        np.testing.assert_allclose(again.predict(X), expected["predictions"], atol=0.05)


@pytest.mark.parametrize("file", [file for file in FILES if file.stem.split("-")[0].endswith("PathResult")],
                         ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_paths_are_still_sequences_of_models(file):
    path = load(file)
    X, expected = stored_of(file)
    assert len(path.info.levels) == len(path) and path.info.levels[0].method in ("cd", "gram", "working_set")
    for k, model in enumerate(path):
        np.testing.assert_allclose(model.predict(X), expected["predictions"][..., k], **ROUNDING)
    assert len(path[1:]) == len(path) - 1
    if isinstance(path, lassocore.PathResult) and path.l1_ratio == 1.0:
        assert np.isfinite(path.information_criterion("bic")).all()


def test_the_files_are_those_that_are_written_today(tmp_path: Path):
    write(tmp_path, make_instances())
    written = {file.name for file in tmp_path.iterdir()}
    for folder in HERE.glob("pickles_*"):
        stored = {file.name for file in folder.iterdir()}
        assert len(stored) > 30
        assert {name for name in stored if "patched" not in name} <= written
