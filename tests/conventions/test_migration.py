# Lives here: the examples of README and the migration page run, what it says of glmnet is so. Independent of: solvers.
"""Python blocks of docs/migration.md are run, each section in a namespace of its own, and those of README.md.

A line that ends with ``# True`` is an expression that must be true.
"""
import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest
from references.glmnet import (
    CV_LAMBDAS,
    GAMMAS,
    STORE,
    UNEVEN_FOLDS,
    make_cases,
    make_data,
    make_lambdas,
    translated,
)
from sklearn.model_selection import PredefinedSplit

import lassocore

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "migration.md").read_text()
SECTIONS = {text.split("\n", 1)[0]: text for text in re.split(r"^## ", PAGE, flags=re.M)[1:]}
WITH_EXAMPLES = [name for name, text in SECTIONS.items() if "```python" in text]


def run_section(name):
    """(what its examples leave behind, how many claims held)."""
    space, n_claims = {}, 0
    for block in re.findall(r"```python\n(.*?)```", SECTIONS[name], flags=re.S):
        lines = block.split("\n")
        for node in ast.parse(block).body:
            source = "\n".join(lines[node.lineno - 1:node.end_lineno])
            if re.search(r"# True$", source):
                assert eval(source, space), source
                n_claims += 1
            else:
                exec(compile(ast.Module([node], []), name, "exec"), space)
    return space, n_claims


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run_and_say_what_is_true(name):
    space, n_claims = run_section(name)
    assert n_claims == len(re.findall(r"# True$", SECTIONS[name], flags=re.M))
    assert len(space) > 1


def test_the_examples_of_the_readme_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)                 # they write files
    space = {}
    try:
        for block in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S):
            exec(block, space)
    finally:
        lassocore.unpatch_sklearn()
    assert capsys.readouterr().out == "<PathResult: 100 alphas from 2.14804 to 0.00214804, all converged>\n"
    assert space["path"].nonzero_names(alpha=1.0) == ["bmi", "bp", "s5"] and space["chosen"].sum() == 11
    assert space["path"].dual_gaps.max() <= space["path"].gap_tol
    assert list(space["model"][:-1].get_feature_names_out()[space["chosen"]][:6]) == [
        "sex", "bmi", "bp", "s3", "s5", "age sex"]


def test_every_library_has_examples():
    assert set(WITH_EXAMPLES) == {
        "scikit-learn", "glmnet", "gglasso and grpreg", "celer", "skglm", "Progress and callbacks"}


def function_of_the_page(name):
    source = re.search(rf"^def {name}\(.*?^    return [^\n]*\n", PAGE, flags=re.M | re.S).group()
    space = {"np": np, "fit_path": lassocore.fit_path, "PredefinedSplit": PredefinedSplit}
    exec(source, space)
    return space[name]


def test_the_translation_from_glmnet_is_the_one_that_is_compared_with_glmnet():
    from_glmnet = function_of_the_page("from_glmnet")
    X, y = make_data("dense")
    for case in make_cases().values():
        for lambda_ in make_lambdas(X, y):
            said = from_glmnet(
                lambda_, case["alpha"], y - case.get("offset", 0.0), case.get("penalty_factor", np.ones(20)),
                case.get("exclude", ()), case.get("weights"), case["intercept"])
            compared = translated(case, y, lambda_)
            for name, value in said.items():
                np.testing.assert_allclose(value, compared[name], rtol=1e-14)


def test_errors_of_uneven_folds_are_those_of_glmnet():
    (X, y), stored = make_data("dense"), json.loads(STORE.read_text())["fits"]["cv, uneven"]
    cv = lassocore.LassoCV(
        alphas=CV_LAMBDAS, cv=PredefinedSplit(UNEVEN_FOLDS), standardize=True, tol=1e-10).fit(X, y)
    cvm, cvsd = function_of_the_page("errors_of_glmnet")(cv, UNEVEN_FOLDS)
    np.testing.assert_allclose(cvm, stored["mean"], rtol=1e-6)
    np.testing.assert_allclose(cvsd, stored["error"], rtol=1e-6)
    best = cvm.argmin()
    assert [cv.alphas_[best], cv.alphas_[cvm <= cvm[best] + cvsd[best]].max()] == stored["chosen"]


def test_relaxed_errors_are_those_of_glmnet():
    (X, y), stored = make_data("dense"), json.loads(STORE.read_text())["fits"]["cv, relaxed"]
    errors = function_of_the_page("relaxed_errors")(X, y, UNEVEN_FOLDS, CV_LAMBDAS, GAMMAS)
    np.testing.assert_allclose(errors, stored["means"], rtol=2e-3)      # gaps of 1e-4, and glmnet's gamma 1e-5 for 0
    k, best = np.unravel_index(errors.argmin(), errors.shape)
    assert [CV_LAMBDAS[best], GAMMAS[k]] == stored["chosen"]


def test_links_lead_somewhere():
    heads = [re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-")
             for head in re.findall(r"^##+ (.*)$", PAGE, flags=re.M)]
    links = re.findall(r"\]\(#([^)]*)\)", PAGE)
    assert links and set(links) <= set(heads)


def test_names_of_arguments_exist():
    """Every `name=` and `name_` in the tables that is said to be lassocore's."""
    known = " ".join([lassocore.fit_path.__doc__, *(getattr(lassocore, name).__doc__ or "" for name in (
        "ElasticNet", "ElasticNetCV", "MultiTaskElasticNet", "LassoIC", "AdaptiveLasso", "PathResult"))])
    rows = [row.split(" | ", 1)[1] for row in PAGE.split("\n") if row.startswith("| ") and " | " in row]
    names = {name for row in rows for name in re.findall(r"\b([a-z]\w+)=|\b([a-z]\w+_)`", row) for name in name if name}
    foreign = {"random_state", "shuffle", "offset"}
    missing = {name for name in names - foreign if not re.search(rf"\b{name}\b", known)}
    assert not missing
