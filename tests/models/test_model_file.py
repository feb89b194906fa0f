# Lives here: valid and broken model files. Independent of: the command line.
"""A model is restored as it was written, and a broken file is refused with the invalid key."""
from __future__ import annotations

import copy
import json
import os
import stat

import numpy as np
import pytest

from lassocore import fit_path
from lassocore.models.model_file import Model, ModelFileError, Training, load_model, save_model
from lassocore.models.path_json import path_from_dict, path_to_dict
from lassocore.tables.columns import Column
from lassocore.tables.reading import Reading
from lassocore.utils.atomic_files import write_atomically

COLUMNS = (Column("a", "numeric"), Column("b", "numeric"), Column("c", "text", ("x", "yö")),
           Column("d", "bool", ("True",)))
NAMES = ("a", "b", "c=x", "c=yö", "d=True")


def training(**changes) -> Training:
    return Training(**{"target": "y", "weights": None, "n_samples": 40, "tol": 1e-4, "max_iter": 100,
                       "fit_intercept": True, "standardize": False, "positive": False, "selection": "cyclic",
                       **changes})


@pytest.fixture(scope="module")
def model() -> Model:
    from dataclasses import replace

    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 5))
    path = fit_path(X, X @ [-1.0, 0, 2, 0, 0] + rng.standard_normal(40), alphas=7, l1_ratio=0.9)
    return Model(replace(path, feature_names=NAMES), COLUMNS, training(weights="w"), chosen_alpha=path.alphas[3],
                 reading=Reading(na=("?", "NA"), decimal=",", dates=("a",), date_format="%d.%m.%Y"))


@pytest.fixture(scope="module")
def document(model, tmp_path_factory) -> dict:
    file = tmp_path_factory.mktemp("models") / "model.json"
    save_model(file, model)
    return json.loads(file.read_text(encoding="utf-8"))


def test_round_trip(model, tmp_path):
    save_model(tmp_path / "model.json", model)
    held = load_model(str(tmp_path / "model.json"))
    assert held.path.to_dict() == model.path.to_dict()
    assert (held.columns, held.training, held.library_version) == (model.columns, model.training, model.library_version)
    assert (held.chosen_alpha, held.reading) == (model.chosen_alpha, model.reading)
    X = np.random.default_rng(1).standard_normal((9, 5))
    np.testing.assert_array_equal(held.path.predict(X), model.path.predict(X))
    np.testing.assert_array_equal(held.path.coef_at(held.path.alphas[2:4].mean()),
                                  model.path.coef_at(model.path.alphas[2:4].mean()))


def test_path_dtypes_survive(model):
    path = path_from_dict(path_to_dict(model.path))
    for name in ("alphas", "intercepts", "dual_gaps", "n_iter", "converged", "r2"):
        assert getattr(path, name).dtype == getattr(model.path, name).dtype, name


def test_features_by_position(model, tmp_path):
    from dataclasses import replace

    unnamed = Model(replace(model.path, feature_names=None), None, training(first_index=0))
    save_model(tmp_path / "model.json", unnamed)
    held = load_model(tmp_path / "model.json")
    assert held.columns is None and held.path.feature_names is None and held.training.first_index == 0


BROKEN = [
    ("schema", "other", "schema"), ("schema_version", 4, "schema_version"), ("schema_version", True, "schema_version"),
    ("schema_version", 1.0, "schema_version"), ("library_version", 1, "library_version"), ("extra", 1, "extra"),
    ("columns", [], "columns"), ("columns", {}, "columns"), ("columns.0.kind", "date", "columns[0].kind"),
    ("columns.0.kind", ["numeric"], "columns[0].kind"), ("columns.0.name", "z", "same features"),
    ("columns.1.name", "a", "name twice"), ("columns.2.categories", ["x", "x"], "columns[2].categories"),
    ("columns.2.categories", [], "columns[2].categories"), ("columns.0.categories", ["x"], "columns[0].categories"),
    ("columns.2.categories", ["x", 1], "columns[2].categories"), ("columns.0", None, "columns[0]"),
    ("path", [], "path"), ("path.extra", 1, "extra"), ("path.n_features", 0, "n_features"),
    ("path.n_features", 5.0, "n_features"), ("path.n_features", 2**70, "n_features"), ("path.alphas", [], "alphas"),
    ("path.alphas.3", 1e9, "alphas"), ("path.alphas.6", -1.0, "alphas"), ("path.alphas.0", "1", "alphas"),
    ("path.alphas.0", True, "alphas"), ("path.alphas", 3, "alphas"), ("path.alphas.0", 10**400, "alphas"),
    ("path.intercepts", [0.0], "intercepts"), ("path.intercepts.0", None, "intercepts"),
    ("path.dual_gaps", [0.0] * 8, "dual_gaps"), ("path.r2", {}, "r2"), ("path.gap_tol", -1.0, "gap_tol"),
    ("path.gap_tol", "0", "gap_tol"), ("path.n_iter.0", 1.5, "n_iter"), ("path.n_iter.0", -1, "n_iter"),
    ("path.converged.0", 1, "converged"), ("path.converged", [True], "converged"), ("path.stopped", "why", "stopped"),
    ("path.l1_ratio", 1.5, "l1_ratio"), ("path.l1_ratio", None, "l1_ratio"),
    ("path.feature_names", ["a"], "feature_names"), ("path.feature_names", "abcde", "feature_names"),
    ("path.feature_names", None, "same features"),
    ("path.indices", [[0]], "indices"), ("path.indices.6.4", 5, "indices[6]"), ("path.indices.6", "0", "indices"),
    ("path.indices.6.0", -1, "indices[6]"), ("path.indices.6.1", 0, "indices[6]"),
    ("path.indices.6.0", 0.0, "indices[6]"),
    ("path.n_features", 10**15, "n_features"), ("path.n_features", 2**27 + 1, "n_features"),
    ("path.dual_gaps.2", -1e-300, "dual_gaps"), ("path.dual_gaps.2", 1e9, "alpha number 3"), ("path.r2.1", 1.001, "r2"),
    ("path.gap_tol", 0, "converged"), ("path.has_offset", 0, "has_offset"), ("path.has_offset", None, "has_offset"),
    ("chosen_alpha", 1e9, "chosen_alpha"), ("chosen_alpha", 0, "chosen_alpha"), ("chosen_alpha", "1", "chosen_alpha"),
    ("chosen_alpha", True, "chosen_alpha"), ("chosen_alpha", 10**400, "chosen_alpha"),
    ("training.fit_intercept", False, "path.intercepts"), ("training.positive", True, "path.values"),
    ("path.values.6.0", "1", "values[6]"), ("path.values.6", [], "values[6]"), ("training", None, "training"),
    ("training.target", None, "target"), ("training.weights", 1, "weights"), ("training.n_samples", 0, "n_samples"),
    ("training.tol", -1, "tol"), ("training.fit_intercept", 1, "fit_intercept"),
    ("training.first_index", 2, "first_index"),
    ("chosen_alpha", 1e9, "chosen_alpha"), ("chosen_alpha", "x", "chosen_alpha"), ("reading", 1, "reading"),
    ("reading", {}, "reading"), ("reading.na", "?", "'na'"), ("reading.na", [1], "'na'"),
    ("reading.decimal", ";", "--decimal"),
    ("reading.sep", "ab", "--sep"), ("reading.encoding", "x", "--encoding"), ("reading.encoding", None, "'encoding'"),
    ("training.first_index", True, "first_index"), ("training.selection", 1, "selection"),
]


@pytest.mark.parametrize(("key", "value", "named"), BROKEN, ids=str)
def test_broken_entry_is_refused(document, tmp_path, key, value, named):
    broken = copy.deepcopy(document)
    *parents, last = [int(step) if step.isdigit() else step for step in key.split(".")]
    place = broken
    for step in parents:
        place = place[step]
    place[last] = value
    (tmp_path / "model.json").write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(ModelFileError) as error:
        load_model(tmp_path / "model.json")
    assert named in str(error.value) and "model.json" in str(error.value) and "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("where", ["", "path", "training", "columns.0"])
def test_every_key_is_needed(document, tmp_path, where):
    steps = [int(step) if step.isdigit() else step for step in where.split(".") if step]

    def part(tree):
        for step in steps:
            tree = tree[step]
        return tree

    for key in part(document):
        broken = copy.deepcopy(document)
        del part(broken)[key]
        (tmp_path / "model.json").write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(ModelFileError, match=key):
            load_model(tmp_path / "model.json")


@pytest.mark.parametrize("content", [
    b"", b"{", b"null", b"[]", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 10_000, b"\x80\x04K\x01."],
    ids=lambda c: repr(c[:8]))
def test_not_a_model(tmp_path, content):
    (tmp_path / "model.json").write_bytes(content)
    with pytest.raises(ModelFileError, match="model.json"):
        load_model(tmp_path / "model.json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_are_finite(document, tmp_path, number):
    text = json.dumps(document).replace(repr(document["path"]["alphas"][0]), number, 1)
    (tmp_path / "model.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelFileError, match="finite"):
        load_model(tmp_path / "model.json")


def test_numeric_columns_come_first(document, tmp_path):
    broken = copy.deepcopy(document)
    broken["columns"].insert(0, broken["columns"].pop())
    broken["path"]["feature_names"] = ["d=True", *NAMES[:-1]]
    (tmp_path / "model.json").write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(ModelFileError, match="numeric columns first"):
        load_model(tmp_path / "model.json")


def test_write_replaces_whole_files_only(tmp_path, monkeypatch):
    file = tmp_path / "out.txt"
    write_atomically(file, "one\n")
    assert file.read_bytes() == b"one\n"
    file.chmod(0o640)
    mode = stat.S_IMODE(file.stat().st_mode)
    write_atomically(file, "two\n")
    assert file.read_text() == "two\n" and stat.S_IMODE(file.stat().st_mode) == mode

    def refuse(*paths):
        raise OSError(28, "No space left on device")

    for step in ("replace", "fsync"):
        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
            patch.setattr(os, step, refuse)
            write_atomically(file, "three\n")
        assert file.read_text() == "two\n" and list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_write_goes_through_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write_atomically(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "real.txt").read_text() == "new"


def test_model_that_is_not_finite_is_not_written(model, tmp_path):
    from dataclasses import replace

    bad = replace(model, path=replace(model.path, dual_gaps=np.full(7, np.inf)))
    with pytest.raises(ModelFileError, match="not finite"):
        save_model(tmp_path / "model.json", bad)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("key", "where"), [
    ("schema", ""), ("values", "path"), ("tol", "training"), ("name", "columns")])
@pytest.mark.parametrize("same", [True, False])
def test_a_key_twice_is_refused(document, tmp_path, key, where, same):
    """JSON readers keep the last value."""
    part = document[where] if where else document
    held = part[0] if where == "columns" else part
    text = json.dumps(held)
    twice = text[:-1] + f", {json.dumps(key)}: {json.dumps(held[key] if same else None)}}}"
    (tmp_path / "model.json").write_text(json.dumps(document).replace(text, twice, 1), encoding="utf-8")
    with pytest.raises(ModelFileError, match=f'"{key}" twice'):
        load_model(tmp_path / "model.json")


LATER = {               # keys that came with a version, by the object that has them
    2: {"": ["chosen_alpha", "reading"], "path": ["has_offset"]},
    3: {"": ["schema_minor", "ignorable", "written", "profile", "cross_validation", "window", "settings",
             "training_error", "preparation"], "path": ["dtype", "relax", "groups"]}}


@pytest.mark.parametrize("version", [1, 2])
def test_earlier_versions_are_read(document, model, tmp_path, version):
    old = copy.deepcopy(document)
    old["schema_version"] = version
    later = [(old[where] if where else old, key) for number, places in LATER.items() if number > version
             for where, keys in places.items() for key in keys]
    for place, key in later:
        del place[key]
    (tmp_path / "model.json").write_text(json.dumps(old), encoding="utf-8")
    held = load_model(tmp_path / "model.json")
    assert held.path.to_dict() == model.path.to_dict() and held.path.has_offset is False
    assert held.path.coefs_sparse.dtype == np.float64 and held.path.groups is held.path.relax is held.profile is None
    assert held.chosen_alpha == (None if version == 1 else model.chosen_alpha)
    assert held.reading == (None if version == 1 else model.reading)
    for place, key in later:                            # absent in that version
        place[key] = False
        (tmp_path / "model.json").write_text(json.dumps(old), encoding="utf-8")
        with pytest.raises(ModelFileError, match=f'unknown key "{key}"'):
            load_model(tmp_path / "model.json")
        del place[key]


def test_chosen_alpha_and_offset_come_back(model, tmp_path):
    from dataclasses import replace

    for chosen in (*model.path.alphas[[0, -1]].tolist(), float(model.path.alphas[:2].mean())):
        save_model(tmp_path / "model.json", replace(
            model, chosen_alpha=chosen, path=replace(model.path, has_offset=True)))
        held = load_model(tmp_path / "model.json")
        assert held.chosen_alpha == chosen and held.path.has_offset is True


def test_a_missed_alpha_may_have_any_gap(document, tmp_path):
    """Only an alpha marked as converged needs a gap below the tolerance."""
    missed = copy.deepcopy(document)
    missed["path"]["converged"][2], missed["path"]["dual_gaps"][2] = False, 1e9
    missed["path"]["converged"][3] = False
    (tmp_path / "model.json").write_text(json.dumps(missed), encoding="utf-8")
    assert load_model(tmp_path / "model.json").path.converged.tolist() == [k not in (2, 3) for k in range(7)]


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "\u202e", "\x00", "\ud800"], ids=ascii)
def test_names_are_data(document, tmp_path, name):
    """Any text is kept; escaping for terminals is left to the output."""
    odd = copy.deepcopy(document)
    odd["columns"][0]["name"] = odd["path"]["feature_names"][0] = name
    (tmp_path / "model.json").write_text(json.dumps(odd), encoding="utf-8")
    held = load_model(tmp_path / "model.json")
    assert held.columns[0].name == held.path.feature_names[0] == name
