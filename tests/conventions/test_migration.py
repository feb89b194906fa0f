# Lives here: the examples of README and the migration page run, what it says of glmnet is so. Independent of: solvers.
"""Python blocks of docs/migration.md are run, each section in a namespace of its own, and those of README.md.

A line that ends with ``# True`` is an expression that must be true.
"""
import ast
import doctest
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from references.glmnet import (
    CV_FOLDS,
    CV_LAMBDAS,
    GAMMAS,
    STORE,
    UNEVEN_FOLDS,
    make_cases,
    make_data,
    make_lambdas,
    translated,
    weighted_case,
)
from sklearn.datasets import load_diabetes
from sklearn.model_selection import PredefinedSplit

import lassocore
from lassocore.selection import StabilitySelection

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
def test_examples_run_and_say_what_is_true(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)                 # one writes files
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
        "scikit-learn", "glmnet", "stabs", "gglasso and grpreg", "statsmodels", "adelie", "celer", "skglm",
        "Progress and callbacks"}


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


@pytest.mark.parametrize("name, folds, weights", [
    ("cv, uneven", UNEVEN_FOLDS, None), ("cv, weights", CV_FOLDS, weighted_case()["weights"])])
def test_errors_of_uneven_folds_are_those_of_glmnet(name, folds, weights):
    (X, y), stored = make_data("dense"), json.loads(STORE.read_text())["fits"][name]
    cv = lassocore.LassoCV(
        alphas=CV_LAMBDAS, cv=PredefinedSplit(folds), standardize=True, tol=1e-10).fit(X, y, sample_weight=weights)
    cvm, cvsd = function_of_the_page("errors_of_glmnet")(cv, folds, weights)
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


def session_blocks(language):
    """The blocks of one language of the session with glmnet."""
    session = PAGE.split("### A session, line by line\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```", session, flags=re.M | re.S)


@pytest.fixture
def flats(tmp_path, monkeypatch):
    """The files that the session reads, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (make,) = session_blocks("python")
    exec(make, {})


def test_the_session_shows_what_python_says(flats):
    pytest.importorskip("matplotlib", reason="the session draws")
    session = doctest.DocTestParser().get_doctest(
        "".join(session_blocks("pycon")), {"from_glmnet": function_of_the_page("from_glmnet")}, "session", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    assert runner.run(session, out=lambda text: print(text, end="")).failed == 0


def test_python_and_r_say_the_same_in_the_session():
    """Every decimal number that Python shows is one that R shows."""
    n_compared = 0
    for in_r, in_python in zip(session_blocks("r"), session_blocks("pycon"), strict=True):
        said = re.findall(r"^#> (.*)$", in_r, flags=re.M), re.findall(r"^(?!>>>|\.\.\.)(.*)$", in_python, flags=re.M)
        theirs, ours = ([float(number) for line in lines for number in re.findall(r"(?<![\w.])-?\d+\.\d+", line)]
                        for lines in said)
        for number in set(ours) - {0.5, 0.8}:           # the alphas of the heads
            assert min(abs(number - other) for other in theirs) < 6e-4, number
            n_compared += 1
    assert n_compared > 50


def test_the_session_shows_what_r_says(flats):
    if shutil.which("Rscript") is None or subprocess.run(
            ["Rscript", "-e", "library(glmnet)"], capture_output=True, check=False).returncode != 0:
        pytest.skip("R with glmnet is not installed")
    shown = re.findall(r"^([^#\n][^\n]*\n(?:[ ][^\n]*\n)*)((?:#>[^\n]*\n)*)", "".join(session_blocks("r")), flags=re.M)
    Path("session.R").write_text("".join(f'{statement}cat("@@@")\n' for statement, _ in shown))
    done = subprocess.run(["Rscript", "session.R"], capture_output=True, text=True, check=True)
    for (statement, answer), said in zip(shown, done.stdout.split("@@@")[:-1], strict=True):
        assert said.split() == answer.replace("#>", "").split(), statement
    assert sum(answer != "" for _, answer in shown) > 10


def test_links_lead_somewhere():
    heads = [re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-")
             for head in re.findall(r"^##+ (.*)$", PAGE, flags=re.M)]
    links = re.findall(r"\]\(#([^)]*)\)", PAGE)
    assert links and set(links) <= set(heads)


def test_statsmodels_has_the_same_objective_and_may_stop_above_its_minimum():
    linear_model = pytest.importorskip("statsmodels.regression.linear_model", reason="it is compared")
    X, y = load_diabetes(return_X_y=True)
    E, alpha = np.column_stack([np.ones(len(y)), X]), np.linspace(0.05, 0.2, 10)
    theirs = linear_model.OLS(y, E).fit_regularized(alpha=np.append(0.0, np.full(10, 0.1)), L1_wt=0.5, cnvrg_tol=1e-12)
    ours = lassocore.ElasticNet(alpha=0.1, tol=1e-12).fit(X, y)
    np.testing.assert_allclose(theirs.params, np.append(ours.intercept_, ours.coef_), rtol=1e-4, atol=1e-4)
    weights = np.linspace(1.0, 3.0, len(y))
    scaled = np.column_stack([E[:, 0], 20.0 * X])
    theirs = linear_model.WLS(y, scaled, weights=weights).fit_regularized(
        alpha=np.append(0.0, np.full(10, 0.1)), L1_wt=1.0, cnvrg_tol=1e-10, maxiter=10_000)
    ours = lassocore.Lasso(alpha=0.1, tol=1e-12).fit(20.0 * X, y, sample_weight=weights)
    np.testing.assert_allclose(theirs.params[1:], ours.coef_, atol=1e-6)
    theirs = linear_model.OLS(y, E).fit_regularized(alpha=np.append(0.0, alpha), L1_wt=1.0)
    gap = lassocore.duality_gap(
        X, y, theirs.params[1:], alpha=1.0, intercept=theirs.params[0], penalty_factor=alpha)
    assert gap > 1e-6 * y.var()


def test_names_of_arguments_exist():
    """Every `name=` and `name_` in the tables that is said to be lassocore's."""
    known = " ".join([lassocore.fit_path.__doc__, *(getattr(lassocore, name).__doc__ or "" for name in (
        "ElasticNet", "ElasticNetCV", "MultiTaskElasticNet", "LassoIC", "AdaptiveLasso", "PathResult")),
        StabilitySelection.__doc__])
    rows = [row.split(" | ", 1)[1] for row in PAGE.split("\n") if row.startswith("| ") and " | " in row]
    names = {name for row in rows for name in re.findall(r"\b([a-z]\w+)=|\b([a-z]\w+_)`", row) for name in name if name}
    foreign = {"random_state", "shuffle", "offset", "indices"}
    missing = {name for name in names - foreign if not re.search(rf"\b{name}\b", known)}
    assert not missing
