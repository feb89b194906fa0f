# Lives here: `lassocore cv` and the preparation of tables by commands. Independent of: solvers.
"""The command gives the library's cross-validation, and each fold prepares its rows without the others."""
from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.commands import pandas, predictions, run, succeed
from helpers.salaries import N_ROWS, make_salaries
from sklearn.model_selection import KFold

from lassocore import ElasticNetCV, fit_path
from lassocore.cli import cross_validating
from lassocore.models import TablePreparer
from lassocore.models.model_file import load_model
from lassocore.tables import learn_preparation

TABLE = ["table.csv", "--target", "pay", "--dates", "hired"]
PREPARED = ["--min-frequency", "0.05", "--merge-rare", "15", "--power", "skewed", "--merge-correlated", "0.9"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    make_salaries().to_csv(tmp_path / "table.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepared(rows=slice(None), **options):
    """(preparer, features) of some rows."""
    preparer = TablePreparer(dates=["hired"], **options).fit(make_salaries().drop(columns="pay").iloc[rows])
    return preparer, preparer.transform(make_salaries().drop(columns="pay"))


OPTIONS = {"min_frequency": 0.05, "merge_rare": 15, "power": "skewed", "merge_correlated": 0.9}


@pytest.mark.parametrize("rule", ["min", "1se"])
@pytest.mark.parametrize("l1_ratio", [1.0, [0.5, 1.0]])
def test_cv_is_the_library(folder, rule, l1_ratio):
    ratios = ",".join(map(str, np.atleast_1d(l1_ratio)))
    result = succeed("cv", *TABLE, "--rule", rule, "--l1-ratio", ratios, "--folds", "4", "--seed", "3", "--standardize",
                     "--tol", "1e-7", "--out", "m.json")
    _, X = prepared()
    y = make_salaries().pay.to_numpy()
    expected = ElasticNetCV(l1_ratio=l1_ratio, cv=KFold(4, shuffle=True, random_state=3), selection_rule=rule,
                            standardize=True, tol=1e-7).fit(X, y)
    held = load_model("m.json")
    assert held.chosen_alpha == pytest.approx(expected.alpha_) and held.path.l1_ratio == expected.l1_ratio_
    np.testing.assert_allclose(held.coef, expected.coef_, atol=1e-4)
    record = held.cross_validation
    assert record.rule == rule and record.n_folds == 4
    assert record.chosen_error[0] == pytest.approx(np.atleast_2d(expected.mse_mean_).min(), rel=1e-4) or rule == "1se"
    assert held.window.first == make_salaries().hired.min() and held.window.last == make_salaries().hired.max()
    assert held.profile.n_samples == N_ROWS and held.training.target == "pay" and held.training.standardize
    lines = result.stdout.splitlines()
    assert lines[0] == f"240 rows, 11 features, 4 folds (random, seed 3), 100 alphas, l1_ratio {expected.l1_ratio_:g}"
    chosen = next(line.split() for line in lines if line.endswith("chosen"))
    assert chosen[0] == rule and float(chosen[1]) == pytest.approx(expected.alpha_, rel=1e-4)
    assert int(chosen[2]) == len(held.active_features) and lines[-1] == "Model written to m.json"


def test_each_fold_learns_its_preparation_from_its_own_training_rows(folder):
    succeed("cv", *TABLE, *PREPARED, "--folds", "3", "--tol", "1e-8", "--out", "m.json")
    record, y = load_model("m.json").cross_validation, make_salaries().pay.to_numpy()
    errors = []
    for train, test in KFold(3, shuffle=True, random_state=0).split(y):
        _, X = prepared(train, **OPTIONS)
        path = fit_path(X[train], y[train], alphas=record.alphas, tol=1e-8)
        errors.append(((y[test, None] - path.predict(X[test], record.alphas)) ** 2).mean(axis=0))
    np.testing.assert_allclose(record.mean_error, np.mean(errors, axis=0), rtol=1e-4)
    _, leaked = prepared(**OPTIONS)
    shared = ElasticNetCV(l1_ratio=1.0, cv=KFold(3, shuffle=True, random_state=0), alphas=record.alphas, tol=1e-8).fit(
        leaked, y)
    assert np.abs(shared.mse_mean_ / record.mean_error - 1).max() > 1e-4      # it does make a difference


def test_no_fold_sees_its_held_out_rows(folder, monkeypatch):
    seen = []
    learn = learn_preparation.learn_preparation
    monkeypatch.setattr(learn_preparation, "learn_preparation",
                        lambda cells, *rest: seen.append(cells.values.copy()) or learn(cells, *rest))
    succeed("cv", *TABLE, *PREPARED, "--folds", "3")
    assert [len(values) for values in seen] == [N_ROWS, 160, 160, 160]
    whole = seen[0]
    for (train, _), values in zip(KFold(3, shuffle=True, random_state=0).split(whole), seen[1:], strict=True):
        np.testing.assert_array_equal(values, whole[train])


@pytest.mark.parametrize("command", ["cv", "path"])
def test_models_hold_the_preparation(folder, command):
    choice = ["--choose", "bic"] if command == "path" else []
    succeed(command, *TABLE, *PREPARED, *choice, "--out", "m.json")
    held = load_model("m.json")
    preparer, X = prepared(**OPTIONS)
    assert held.path.feature_names == tuple(preparer.get_feature_names_out())
    assert "any(night, car)" in held.path.feature_names and "city=other" in held.path.feature_names
    assert "power(size)" in held.path.feature_names
    new = make_salaries(1, 30, cities=("oslo", "rome", "bern", "cork"))
    new.to_csv("new.csv", index=False)
    result = succeed("predict", "m.json", "new.csv")
    assert "'cork'" in result.stderr and "they count as rare ones" in result.stderr
    with pytest.warns(UserWarning, match="cork"):
        expected = held.path.coef_at(held.chosen_alpha) @ preparer.transform(new.drop(columns="pay")).T
    np.testing.assert_allclose(predictions(result.stdout), expected + held.intercept, rtol=1e-9)
    np.testing.assert_allclose(held.predict(new), expected + held.intercept, rtol=1e-9)
    assert X.shape[1] == held.n_features


@pytest.mark.parametrize(("key", "value", "named"), [
    ("scales", [1.0], "'preparation.centers' and 'scales'"), ("flags", ["night", "city"], "'preparation.flags'"),
    ("rare", {"city": ["bern"]}, "do not describe the same features"), ("power", [], "do not describe the same"),
    ("more", 1, "unknown key"), ("groups", [{"columns": ["a"]}], "preparation.groups[0]")])
def test_edited_preparations_of_models_are_refused(folder, key, value, named):
    succeed("path", *TABLE, *PREPARED, "--choose", "bic", "--alphas", "5", "--out", "m.json")
    document = json.loads((folder / "m.json").read_text())
    document["preparation"][key] = value
    (folder / "m.json").write_text(json.dumps(document))
    result = run("predict", "m.json", "table.csv")
    assert result.exit_code == 2 and named in result.stderr and result.stderr.count("\n") == 1, result.stderr
    document["columns"] = None
    (folder / "m.json").write_text(json.dumps(document))
    assert run("predict", "m.json", "table.csv").exit_code == 2


def test_tables_of_many_categories_are_sparse_and_prepared_alike(folder):
    rng = np.random.default_rng(6)
    table = pandas.DataFrame({"t": rng.choice([f"c{k}" for k in range(120)], 900), "a": rng.exponential(1.0, 900)})
    table["y"] = 3 * table.t.isin(["c1", "c2"]) + np.log(table.a) + 0.2 * rng.standard_normal(900)
    table.to_csv("many.csv", index=False)
    arguments = ["many.csv", "--target", "y", "--power", "a", "--min-frequency", "3", "--folds", "3"]
    succeed("cv", *arguments, "--alphas", "20", "--tol", "1e-8", "--out", "m.json")
    held = load_model("m.json")
    preparer = TablePreparer(power=["a"], min_frequency=3, sparse_output=False)
    X = preparer.fit_transform(table.drop(columns="y"))
    expected = fit_path(X, table.y.to_numpy(), alphas=20, tol=1e-8)
    np.testing.assert_allclose(held.path.coefs, expected.coefs, atol=1e-5)
    assert {"power(a)", "t=c1", "t=c2"} <= set(held.nonzero_names())


def test_weights_count_in_folds_and_errors(folder):
    table = make_salaries()
    table["w"] = np.random.default_rng(1).integers(1, 4, N_ROWS)
    table.to_csv("table.csv", index=False)
    succeed("cv", *TABLE, "--weights", "w", "--power", "size", "--folds", "3", "--tol", "1e-9", "--in-order", "--out",
            "m.json")
    record, y, w = load_model("m.json").cross_validation, table.pay.to_numpy(), table.w.to_numpy()
    errors = []
    for train, test in KFold(3).split(y):
        _, X = prepared(train, power=["size"])
        path = fit_path(X[train], y[train], alphas=record.alphas, tol=1e-9, sample_weight=w[train])
        squares = (y[test, None] - path.predict(X[test], record.alphas)) ** 2
        errors.append(np.average(squares, axis=0, weights=w[test]))
    np.testing.assert_allclose(record.mean_error, np.mean(errors, axis=0), rtol=1e-4)


def test_coefficients_of_folds_are_found_under_the_names_of_all_rows(folder, monkeypatch):
    kept = []
    fit = cross_validating.PreparedCV.fit_table
    monkeypatch.setattr(cross_validating.PreparedCV, "fit_table",
                        lambda self, data: kept.append((fit(self, data), data.labels)) or kept[0][0])
    succeed("cv", *TABLE, *PREPARED, "--folds", "3", "--l1-ratio", "0.5,1")
    model, labels = kept[0]
    assert len(model.coef_path_) == 2 and [coefs.shape for coefs in model.coef_path_[0]] == 3 * [(100, len(labels))]
    y = make_salaries().pay.to_numpy()
    train = next(iter(KFold(3, shuffle=True, random_state=0).split(y)))[0]
    preparer, X = prepared(train, **OPTIONS)
    path = fit_path(X[train], y[train], alphas=model.alphas_[1])
    name = "power(size)"
    np.testing.assert_allclose(
        model.coef_path_[1][0].toarray()[:, labels.index(name)],
        path.coefs[list(preparer.get_feature_names_out()).index(name)], atol=1e-3)


@pytest.mark.parametrize(("arguments", "named"), [
    (["cv", *TABLE, "--folds", "1"], "--folds"), (["cv", *TABLE, "--folds", "241"], "--folds 241"),
    (["cv", *TABLE, "--rule", "best"], "--rule"), (["cv", *TABLE, "--min-frequency", "0"], "--min-frequency"),
    (["cv", *TABLE, "--merge-rare", "1.5"], "--merge-rare"), (["cv", *TABLE, "--merge-correlated", "2"], "correlated"),
    (["cv", *TABLE, "--power", "city"], "'city'"), (["cv", *TABLE, "--power", "none"], "'none'"),
    (["cv", *TABLE, "--l1-ratio", "0.5,x"], "--l1-ratio"), (["cv", *TABLE, "--l1-ratio", "2"], "--l1-ratio"),
    (["cv", *TABLE, "--out", "no/m.json"], "does not exist"), (["cv", *TABLE, "--out", "table.csv"], "input file"),
    (["cv", *TABLE, "--html", "table.csv"], "--html table.csv is the input file"),
    (["cv", *TABLE, "--out", "x.html", "--html", "./x.html"], "--out and --html are both"),
    (["cv", *TABLE, "--plot", "path.gif"], "--plot path.gif has the extension '.gif'"),
    (["path", "plain.npz", "--power", "skewed"], "--power is for CSV and Parquet"),
    (["path", "plain.npz", "--min-frequency", "3"], "--min-frequency is for CSV"),
    (["path", "plain.npz", "--transpose"], "--transpose is for CSV"),
    (["cv", "table.csv", "--target", "pay"], "--dates hired")])
def test_refusals(folder, arguments, named):
    np.savez("plain.npz", X=np.eye(5), y=np.arange(5.0))
    before = {file.name for file in folder.iterdir()}
    result = run(*arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1 and named in result.stderr
    assert {file.name for file in folder.iterdir()} == before


def test_pictures_and_pages_are_written(folder):
    pytest.importorskip("matplotlib", reason="pictures need the optional extra [plot]")
    succeed("cv", *TABLE, *PREPARED, "--plot", "path.png", "--html", "path.html", "--out", "m.json")
    assert (folder / "path.png").read_bytes().startswith(b"\x89PNG")
    assert "Path of pay" in (folder / "path.html").read_text() and (folder / "m.json").is_file()
    succeed("cv", *TABLE, "--plot", "path.svg")
    assert b"<svg" in (folder / "path.svg").read_bytes()


def test_genes_in_rows(folder):
    rng = np.random.default_rng(4)
    genes = rng.standard_normal((40, 12)).round(3)
    trait = 2 * genes[:, 3] - genes[:, 7] + 0.1 * rng.standard_normal(40)
    wide = pandas.DataFrame(genes, columns=[f"g{j}" for j in range(12)]).assign(
        sex=np.where(np.arange(40) % 2, "f", "m"), trait=trait.round(4))
    turned = wide.T.reset_index(names="gene")
    turned.to_csv("genes.tsv", sep="\t", index=False)
    turned.assign(chip="A").to_csv("chips.csv", index=False)
    wide.assign(sample=[f"s{k}" for k in range(40)]).to_csv("plain.csv", index=False)
    shown = [succeed("path", file, "--target", "trait", *options, "--choose", "bic", "--out", f"{file}.json").stdout
             for file, options in (("genes.tsv", ["--transpose"]), ("plain.csv", ["--id", "sample"]))]
    assert shown[0].replace("genes.tsv", "plain.csv") == shown[1]
    held = load_model("genes.tsv.json")
    assert held.path.feature_names == (*(f"g{j}" for j in range(12)), "sex=f", "sex=m")
    fitted = predictions(succeed("predict", "genes.tsv.json", "genes.tsv").stdout)
    np.testing.assert_allclose(fitted, held.predict(wide), rtol=1e-12)
    for file, options, named in (("genes.tsv", ["--id", "chip"], "--id names"),
                                 ("chips.csv", ["--id", "chip"], "has the name 'A' more than once")):
        result = run("path", file, "--transpose", "--target", "trait", *options)
        assert result.exit_code == 2 and named in result.stderr
