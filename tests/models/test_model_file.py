# Lives here: valid and broken model files. Independent of: the command line.
"""A model is restored as it was written, and a broken file is refused with the invalid key."""
from __future__ import annotations

import copy
import json
import os
import stat
from dataclasses import replace

import numpy as np
import pytest

from lassocore import fit_path, monitor
from lassocore.models import CrossValidationRecord, DataWindow, ErrorRecord, EstimatorSettings, profile_of
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
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 5))
    path = fit_path(X, X @ [-1.0, 0, 2, 0, 0] + rng.standard_normal(40), alphas=7, l1_ratio=0.9)
    return Model(replace(path, feature_names=NAMES), COLUMNS, training(weights="w"), chosen_alpha=path.alphas[3],
                 reading=Reading(na=("?", "NA"), decimal=",", dates=("a",), date_format="%d.%m.%Y"),
                 profile=profile_of(X, [0, 2]), window=DataWindow("2024-01-01", None, "first year"),
                 cross_validation=CrossValidationRecord(
                     path.alphas, np.linspace(2.0, 1.0, 7), np.full(7, 0.1), 3, "1se", 5, "r2", np.linspace(0, 0.5, 7)),
                 settings=EstimatorSettings("LassoCV", {
                     "alphas": [1.0, 0.5], "cv": None, "eps": 1e-3, "positive": False, "rule": "1se"}, ("callback",)),
                 training_error=ErrorRecord(40, 1.5, 0.2))


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
    for name in ("profile", "cross_validation", "window", "settings", "training_error"):
        assert getattr(held, name).to_dict() == getattr(model, name).to_dict(), name
    X = np.random.default_rng(1).standard_normal((9, 5))
    np.testing.assert_array_equal(held.path.predict(X), model.path.predict(X))
    np.testing.assert_array_equal(held.path.coef_at(held.path.alphas[2:4].mean()),
                                  model.path.coef_at(model.path.alphas[2:4].mean()))


def test_path_dtypes_survive(model):
    path = path_from_dict(path_to_dict(model.path))
    for name in ("alphas", "intercepts", "dual_gaps", "n_iter", "converged", "r2"):
        assert getattr(path, name).dtype == getattr(model.path, name).dtype, name


def test_features_by_position(model, tmp_path):
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
    ("schema_minor", -1, "schema_minor"), ("schema_minor", "0", "schema_minor"), ("ignorable", "extra", "ignorable"),
    ("ignorable", [1], "ignorable"), ("written", 2026, "written"), ("path.dtype", "float16", "path.dtype"),
    ("path.dtype", None, "path.dtype"), ("path.relax", 2, "path.relax"), ("path.relax", "half", "path.relax"),
    ("path.groups", [], "path.groups"), ("path.r2", [0.5], "path.r2"), ("profile", [], "profile"),
    ("profile.n_samples", 0, "profile.n_samples"), ("profile.n_samples", 41, "profile.features[0].counts"),
    ("profile.features.0.feature", 3, "profile.features"), ("profile.features.1.feature", 5, "profile.features"),
    ("profile.features.0.feature", -1, "profile.features[0].feature"),
    ("profile.features.0.variance", -1e-9, "profile.features[0].variance"),
    ("profile.features.0.mean", None, "profile.features[0].mean"),
    ("profile.features.0.edges", [1, 0], "profile.features[0].edges"),
    ("profile.features.0.counts", [40], "profile.features[0].counts"),
    ("profile.features.0.counts.0", -4, "profile.features[0].counts"), ("profile.features.1", 1, "profile.features[1]"),
    ("cross_validation.alphas", [], "cross_validation.alphas"),
    ("cross_validation.alphas.0", 0.0, "cross_validation.alphas"),
    ("cross_validation.mean_error.0", -1, "mean_error"), ("cross_validation.standard_error", [1], "standard_error"),
    ("cross_validation.chosen", 7, "cross_validation.chosen"), ("cross_validation.chosen", -1, "chosen"),
    ("cross_validation.n_folds", 0, "n_folds"), ("cross_validation.rule", None, "rule"),
    ("cross_validation.scoring", 1, "scoring"), ("cross_validation.mean_score", [1], "mean_score"),
    ("window.first", 2024, "window.first"), ("window", "2024", "window"), ("settings.name", None, "settings.name"),
    ("settings.parameters", [], "settings.parameters"), ("settings.parameters.eps", {}, "settings.parameters"),
    ("settings.parameters.alphas", ["a"], "settings.parameters"), ("settings.parameters.eps", [[[1]]], "parameters"),
    ("settings.omitted", "all", "settings.omitted"), ("training_error.n_samples", 0, "training_error.n_samples"),
    ("training_error.mean_squared_error", -1, "mean_squared_error"),
    ("training_error.standard_error", "small", "training_error.standard_error"), ("training.tol", "x", "tol"),
    ("training.n_samples", 1.5, "n_samples"), ("training.standardize", 0, "standardize"),
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


@pytest.mark.parametrize("where", ["", "path", "training", "columns.0", "profile", "profile.features.1", "window",
                                   "cross_validation", "settings", "training_error"])
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
    b"", b"{", b"null", b"[]", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 10_000, b"\x80\x04K\x01.",
    b'{"a":' * 100_000, b'"' + b'\\"' * 200_000, b"[" * 100_000 + b"]" * 100_000, b"\xef\xbb\xbf{}"],
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


NULLABLE = ["profile", "cross_validation", "window", "settings", "training_error", "written", "reading", "chosen_alpha",
            "path.r2", "path.relax", "path.groups", "training.tol", "training.n_samples", "training.max_iter",
            "training.fit_intercept", "training.standardize", "training.positive", "training.selection"]


@pytest.mark.parametrize("key", NULLABLE)
def test_what_may_be_unknown(document, tmp_path, key):
    *parents, last = key.split(".")
    partial = copy.deepcopy(document)
    (partial[parents[0]] if parents else partial)[last] = None
    (tmp_path / "model.json").write_text(json.dumps(partial), encoding="utf-8")
    held = load_model(tmp_path / "model.json")
    value = getattr(getattr(held, parents[0]) if parents else held, last)
    assert value is None or np.isnan(value).all()


def test_nothing_converges_to_an_unknown_tolerance(document, tmp_path):
    odd = copy.deepcopy(document)
    odd["path"]["gap_tol"] = None
    (tmp_path / "model.json").write_text(json.dumps(odd), encoding="utf-8")
    with pytest.raises(ModelFileError, match="converged"):
        load_model(tmp_path / "model.json")
    odd["path"]["converged"] = [False] * 7
    (tmp_path / "model.json").write_text(json.dumps(odd), encoding="utf-8")
    assert np.isnan(load_model(tmp_path / "model.json").path.gap_tol)


LATER_KEYS = ["note", "path.note", "training.note", "profile.note", "profile.features.1.note", "columns.0.note",
              "cross_validation.note", "window.note_2", "settings.note", "training_error.note"]


@pytest.mark.parametrize("key", LATER_KEYS)
def test_keys_of_later_minor_versions(document, model, tmp_path, key):
    """They are ignored where the writer allows it, and only in files of a later minor version."""
    later = copy.deepcopy(document)
    *parents, last = [int(step) if step.isdigit() else step for step in key.split(".")]
    place = later
    for step in parents:
        place = place[step]
    place[last] = {"anything": [1, 2]}

    def read(minor, ignorable):
        later.update(schema_minor=minor, ignorable=ignorable)
        (tmp_path / "model.json").write_text(json.dumps(later), encoding="utf-8")
        return load_model(tmp_path / "model.json")

    name = key.replace(".0", "[]").replace(".1", "[]")
    held = read(1, ["another", name])
    assert held.path.to_dict() == model.path.to_dict() and held.profile.to_dict() == model.profile.to_dict()
    for minor, ignorable, named in ((1, [], "3.1 is later than 3.0"), (1, [last + "s"], "3.1 is later"),
                                    (0, [name], "unknown key")):
        with pytest.raises(ModelFileError, match=f"unknown key.*{named}|{named}"):
            read(minor, ignorable)
    with pytest.raises(ModelFileError, match="lacks the key"):      # what is known is never passed over
        del later["path"]["alphas"]
        read(1, [name, "path.alphas"])


def test_a_later_version_is_refused_whatever_it_holds(document, tmp_path):
    (tmp_path / "model.json").write_text(json.dumps({**document, "schema_version": 4, "new": 1}), encoding="utf-8")
    with pytest.raises(ModelFileError, match="'schema_version' is 4, this lassocore .* reads 1, 2 and 3; use"):
        load_model(tmp_path / "model.json")


@pytest.mark.parametrize("deep", ["[" * 100_000 + "]" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000], ids=["[", "{"])
def test_nesting_within_a_model_is_limited(document, tmp_path, deep):
    text = json.dumps(document).replace(json.dumps(document["window"]["note"]), deep)
    (tmp_path / "model.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelFileError, match="nested more than 16 deep"):
        load_model(tmp_path / "model.json")


def test_brackets_in_names_do_not_nest(document, model, tmp_path):
    odd = copy.deepcopy(document)
    odd["window"]["note"] = "[{" * 1000 + '\\"' * 5 + "]" + '"'
    (tmp_path / "model.json").write_text(json.dumps(odd), encoding="utf-8")
    assert load_model(tmp_path / "model.json").window.note == odd["window"]["note"]


@pytest.mark.parametrize(("limit", "named"), [("MAX_BYTES", "larger than 0 MB"), ("MAX_VALUES", "more than 50 values")])
def test_size_is_limited(document, tmp_path, monkeypatch, limit, named):
    (tmp_path / "model.json").write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setattr(f"lassocore.models.json_parts.{limit}", 50)
    with pytest.raises(ModelFileError, match=named):
        load_model(tmp_path / "model.json")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no endless device here")
def test_endless_files_are_read_to_the_limit(monkeypatch):
    monkeypatch.setattr("lassocore.models.json_parts.MAX_BYTES", 2**21)
    with pytest.raises(ModelFileError, match="larger than 2 MB"):
        load_model("/dev/zero")


def test_truncated_files_are_refused(document, tmp_path):
    text = json.dumps(document)
    for end in np.random.default_rng(0).integers(0, len(text), 60).tolist():
        (tmp_path / "model.json").write_text(text[:end], encoding="utf-8")
        with pytest.raises(ModelFileError, match="not JSON"):
            load_model(tmp_path / "model.json")


def test_edited_files_are_refused_or_read(document, tmp_path):
    """Whatever a byte becomes, there is a model or one clear error."""
    text, rng, messages = json.dumps(document).encode(), np.random.default_rng(1), []
    for _ in range(300):
        edited = bytearray(text)
        for position in rng.integers(0, len(text), rng.integers(1, 4)).tolist():
            edited[position] = rng.choice(list(b'[]{},:"\\0123456789.-eE truefalsnNaIy\xff\x00'))
        (tmp_path / "model.json").write_bytes(bytes(edited))
        try:
            load_model(tmp_path / "model.json")
        except ModelFileError as error:
            messages.append(str(error))
    assert len(messages) > 100 and not [text for text in messages if "\n" in text or len(text) > 500]


@pytest.mark.parametrize(("key", "value", "named"), [
    ("labels", [0, 0, 1, 1, 2], "path.groups.labels"), ("labels", [0, 0, 1], "path.groups.labels"),
    ("labels", [-1, 0, 0, 1, 1], "path.groups.labels"), ("weights", [], "path.groups.weights"),
    ("weights", [-1, 1], "path.groups.weights"), ("weights", ["1", 1], "path.groups.weights"),
    ("feature_l1_ratio", 1.5, "feature_l1_ratio"), ("names", ["a"], "path.groups.names"),
    ("names", [None, "a"], "path.groups.names"), ("labels", None, "labels")])
def test_broken_groups_are_refused(document, tmp_path, key, value, named):
    odd = copy.deepcopy(document)
    odd["path"]["groups"] = {
        "labels": [0, 0, 1, 1, 1], "weights": [1.0, None], "feature_l1_ratio": 0.0, "names": ["a", 2]}
    (tmp_path / "model.json").write_text(json.dumps(odd), encoding="utf-8")
    held = load_model(tmp_path / "model.json").path.groups
    assert held.names == ("a", 2) and held.weights.tolist() == [1.0, np.inf]
    odd["path"]["groups"][key] = value
    (tmp_path / "model.json").write_text(json.dumps(odd), encoding="utf-8")
    with pytest.raises(ModelFileError, match=named.replace(".", r"\.")):
        load_model(tmp_path / "model.json")


def test_float32_is_exact(document, tmp_path):
    single = copy.deepcopy(document)
    single["path"]["dtype"] = "float32"
    with pytest.raises(ModelFileError, match=r"path.values\[\d\]' holds a number that is no float32"):
        (tmp_path / "model.json").write_text(json.dumps(single), encoding="utf-8")
        load_model(tmp_path / "model.json")
    single["path"]["values"] = [[float(np.float32(value)) for value in level] for level in single["path"]["values"]]
    (tmp_path / "model.json").write_text(json.dumps(single), encoding="utf-8")
    assert load_model(tmp_path / "model.json").path.coefs_sparse.dtype == np.float32


def test_a_surrogate_in_a_name_is_written(model, tmp_path):
    names = ("\ud800", *NAMES[1:])
    save_model(tmp_path / "model.json", replace(model, path=replace(model.path, feature_names=names), columns=None))
    assert load_model(tmp_path / "model.json").feature_names == names


@pytest.mark.parametrize("place", ["", "folder"])
def test_files_that_cannot_be_read(tmp_path, place):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="model.json|folder"):
        load_model(tmp_path / (place or "model.json"))


ODD = [None, True, -1, 0, 2, 2**63, 10**400, 1e308, -1e308, 5e-324, "", "x" * 10_000, [], {}, [[]], [None], [1e308] * 3,
       {"a": 1}, [1, 2, 3], [True], [{}], ["a"] * 5]


def places_of(tree, place=()):
    """Where values are: all keys, and the first two of each list."""
    yield place
    pairs = tree.items() if isinstance(tree, dict) else list(enumerate(tree))[:2] if isinstance(tree, list) else ()
    for key, value in pairs:
        yield from places_of(value, (*place, key))


def test_whatever_a_value_becomes_there_is_a_model_or_one_error(document, tmp_path):
    """What is read can be used: shown, described, compared with new data."""
    X, n_refused, n_read = np.random.default_rng(0).standard_normal((9, 5)), 0, 0
    cases = [(place, odd) for place in places_of(document) for odd in ODD]
    for place, odd in [cases[k] for k in np.random.default_rng(1).permutation(len(cases))[:400]]:
        edited = copy.deepcopy(document)
        within = edited
        for step in place[:-1]:
            within = within[step]
        if place:
            within[place[-1]] = odd
        text = json.dumps(edited if place else odd)
        (tmp_path / "model.json").write_text(text, encoding="utf-8")
        try:
            held = load_model(tmp_path / "model.json")
        except ModelFileError as error:
            n_refused += 1
            message = str(error)
            assert "\n" not in message and len(message) < 500, message     # noqa: PT017
            continue
        n_read += 1
        assert repr(held) and held.metadata
        try:
            assert str(monitor(replace(held, columns=None, path=replace(held.path, feature_names=None)), X, X[:, 0],
                               alpha=held.path.alphas[-1]))
        except ValueError as error:         # no profile, or predictions overflow
            assert "profile" in str(error) or "finite" in str(error), error     # noqa: PT017
    assert n_refused > 200 and n_read > 20
