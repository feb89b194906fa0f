# Lives here: the examples of docs/contributing run. Independent of: how problems are solved.
"""Each page has an example of at most 60 lines, or two, which assert what the page says."""
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import sklearn
from helpers.sources import needs_sources
from sklearn.linear_model import LogisticRegression

from lassocore.designs.design import Design

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "contributing").glob("*.md"))


def examples_of(page):
    """The fenced blocks of Python."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.M | re.S)


EXAMPLES = {f"{page.stem} {number}": code for page in PAGES for number, code in enumerate(examples_of(page), 1)}


def run_example(name):
    """The names that an example defines."""
    space = {}
    exec(compile(EXAMPLES[name], name, "exec"), space)
    return space


def test_there_is_a_page_for_each_seam():
    assert [page.stem for page in PAGES if page.stem != "index"] == ["add-a-loss", "add-a-penalty", "add-a-storage"]
    assert list(EXAMPLES) == ["add-a-loss 1", "add-a-penalty 1", "add-a-penalty 2", "add-a-storage 1"]


@needs_sources
@pytest.mark.parametrize("penalty", ["elastic_net", "blocks"])
def test_what_solvers_call_of_a_penalty_is_listed(penalty):
    page, used = (ROOT / "docs" / "contributing" / "add-a-penalty.md").read_text(), set()
    for path in (ROOT / "src_cython" / "lassocore").rglob("*.p*"):
        imports = re.findall(rf"from lassocore\.penalties\.{penalty} cimport (\([^)]*\)|[^\n]*)", path.read_text())
        used.update(name for names in imports for name in re.findall(r"\w+", names))
    assert len(used) > 7
    assert not {name for name in used - {"Penalty", "BlockPenalty"} if f"`{name}`" not in page}


def test_methods_of_a_storage_are_called_as_listed():
    page = (ROOT / "docs" / "contributing" / "add-a-storage.md").read_text()
    listed = re.findall(r"`(\w+)\(([\w, ]+)\)`", page[:page.index("## Example")])
    assert len(listed) >= 3
    for name, arguments in listed:
        parameters = inspect.signature(getattr(Design, name)).parameters
        assert ["self", *arguments.split(", ")] == list(parameters), name


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_short_and_assert_something(name):
    lines = [line for line in EXAMPLES[name].split("\n") if line.strip()]
    assert len(lines) < 60, f"{name} has {len(lines)} lines of code"
    assert sum(line.strip().startswith("assert ") for line in lines) >= 2


def test_a_loss_by_weighted_least_squares_is_solved_as_scikit_learn_does():
    space = run_example("add-a-loss 1")
    X, y, s, alpha = (space[name] for name in ("X", "y", "s", "alpha"))
    said = {"l1_ratio": 1.0} if tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 8) else {"penalty": "l1"}
    model = LogisticRegression(solver="saga", C=1.0 / (s.sum() * alpha), tol=1e-12, max_iter=100_000, **said)
    model.fit(X, y, sample_weight=s)
    np.testing.assert_allclose(space["w"], model.coef_[0], atol=1e-8)
    np.testing.assert_allclose(space["intercept"], model.intercept_[0], atol=1e-8)


def test_the_certificate_of_a_loss_bounds_the_objective():
    space = run_example("add-a-loss 1")
    X, s, penalty, loss = space["X"], space["s"], space["ElasticNet"], space["Logistic"](space["y"])
    level = penalty(np.full(30, s.sum() * space["alpha"]), np.zeros(30))

    def objective(w, intercept):
        return s @ loss.value(intercept + X @ w) + level.value(w).sum()

    least, rng = objective(space["w"], space["intercept"]), np.random.default_rng(1)
    for size in (1e-3, 0.1, 1.0):
        w, intercept = space["w"] + size * rng.standard_normal(30), space["intercept"] + size
        above = objective(w, intercept) - least
        assert 0.0 < above <= space["duality_gap"](X, loss, s, level, w, intercept)


def test_a_penalty_by_reweighted_fits_drops_what_the_lasso_takes_in():
    paths = run_example("add-a-penalty 1")["paths"]
    first, last = (np.flatnonzero(path.coefs[:, 0]) for path in (paths[0], paths[-1]))
    assert {0, 1, 2} <= set(last) and len(last) < len(first)


def test_a_penalty_of_groups_by_reweighted_fits_keeps_the_true_groups_alone():
    space = run_example("add-a-penalty 2")
    first, last = (path.nonzero_groups() for path in (space["paths"][0], space["paths"][-1]))
    assert set(last) == {0, 1} and len(first) > 2
    w, X, y = space["w"], space["X"][:, :8], space["y"]
    least, *_ = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)
    np.testing.assert_allclose(w[:4], least[:4], atol=1e-6)          # a large group is not shrunk


def test_a_storage_in_blocks_is_solved_as_its_dense_copy():
    from lassocore import fit_path

    space = run_example("add-a-storage 1")
    path = fit_path(space["X"], space["y"], alphas=space["path"].alphas, tol=1e-12)
    np.testing.assert_allclose(space["path"].coefs, path.coefs, atol=1e-8)
    np.testing.assert_allclose(space["path"].intercepts, path.intercepts, atol=1e-8)
