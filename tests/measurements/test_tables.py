# Lives here: the scripts behind the tables of pages, run once on small data. Independent of: how long they take.
"""Each function of MEASURED gives rows that its renderer shows; sizes are replaced by small ones."""
import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
NAMES = ("fit_tables", "floor", "glmnet", "measure", "option_tables", "public_tables", "report", "selection", "shown",
         "tables", "target_tables")


@pytest.fixture(scope="module")
def scripts():
    """The scripts of the folder benchmarks by name, without the environment variables that their package sets."""
    environment, before = dict(os.environ), set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    try:
        yield {name: importlib.import_module(name) for name in NAMES}
    finally:
        sys.path.remove(str(FOLDER))
        for name in {*NAMES} - before:
            sys.modules.pop(name, None)
        os.environ.clear()
        os.environ.update(environment)


@pytest.fixture
def small(scripts, monkeypatch):
    """Sizes that take no time, for all scripts."""
    fits, options = scripts["fit_tables"], scripts["option_tables"]
    targets, public = scripts["target_tables"], scripts["public_tables"]
    two_sizes = ["tiny", "diabetes"]
    for module, name, value in [
            (scripts["floor"], "BANDWIDTH_NUMBERS", 100_000), (scripts["floor"], "GRAM_ROWS", 200),
            (scripts["floor"], "GRAM_COLUMNS", 20), (scripts["measure"], "ENOUGH", 0.0),
            (fits, "PROBLEMS", two_sizes), (fits, "SOLVERS", ["lassocore", "sklearn"]), (fits, "MANY", [5, 10]),
            (fits, "ON_FINE_GRIDS", two_sizes), (fits, "N_ROWS", 500), (fits, "CALLS", 3),
            (options.PathVariants, "params", [["wide"], options.PathVariants.params[1]]), (options, "LARGE", (50, 200)),
            (options, "GENERATED", [("generated", (60, 30), 0.5), ("generated", (60, 40), None)]),
            (options, "FOLDS", [("60 x 30", (60, 30), "F", 1.0), ("the same", (60, 30), "C", [0.5, 1.0])]),
            (options, "INTERRUPTED", {"a long fit": (
                "X, y = data(300, 30)", "[fit_path(X, y, alphas=20_000, tol=1e-12) for _ in range(10_000)]")}),
            (options, "DELAYS", (0.2,)), (targets, "TASKS", [targets.TASKS[0], (40, 15, 2, 0.5, 5, 0.05)]),
            (targets, "N_TARGETS", 8), (targets, "WIDE", [
                ("40 x 200", (40, 200), None, "C", [(1, 0.3), (3, 0.1)]), ("sparse", (80, 200), 0.1, "F", [(1, 0.3)])]),
            (public, "PUBLIC", {"dense": ("a dense one", "made"), "thin": ("a sparse one", "made")}),
            (public, "GENERATED", {"equal": (30, 50, 0.5, 5, 2), "sparse_wide": (60, 80, 0.2, 10, 3)}),
            (public, "SOLVERS", {name: public.SOLVERS[name] for name in ("lassocore", "lars", "sklearn")})]:
        monkeypatch.setattr(module, name, value)
    return scripts


@pytest.fixture
def data(tmp_path):
    """A folder of published data: a dense and a sparse set, each with a column without variance or entries."""
    rng = np.random.default_rng(21)
    X = rng.standard_normal((50, 12)) + 3.0
    X[:, 4] = 2.0
    np.savez(tmp_path / "dense.npz", X=X, y=X[:, 0] - X[:, 1] + rng.standard_normal(50))
    thin = sp.random_array((60, 30), density=0.3, format="csr", random_state=rng)
    sp.save_npz(tmp_path / "thin_X.npz", sp.csr_matrix(thin))
    np.save(tmp_path / "thin_y.npy", thin.sum(axis=1) + rng.standard_normal(60))
    return tmp_path


@pytest.mark.parametrize("name", ["floor", "path", "single", "tiny", "alphas", "predict", "variants", "threads", "cv",
                                  "shared_folds", "interrupts", "tasks", "targets", "shared_targets", "public",
                                  "means"])
def test_rows_are_measured_and_shown(name, small, data):
    if name == "interrupts" and sys.platform == "win32":
        pytest.skip(reason="on Windows a child process cannot be sent SIGINT")
    rows = small["tables"].MEASURED[name](data if name in ("public", "means") else None)
    shown = small["shown"].TABLES[name](rows)
    lines = [line for line in shown.split("\n") if line.startswith("|")]
    assert len(lines) == len(rows) + 2 >= 3
    assert len({line.count("|") for line in lines}) == 1 and "nan" not in shown and "inf" not in shown


def test_what_is_kept_has_what_a_measurement_gives(small, data):
    """Rows of measured.json that were typed in have the keys that the scripts give."""
    measured = small["tables"].json.loads(small["tables"].KEPT.read_text())
    for name in ("floor", "path", "alphas", "tasks", "targets", "shared_targets"):
        found, kept = small["tables"].MEASURED[name](None)[0], measured[name]["rows"][0]
        assert set(kept) <= set(found), name


def test_published_data_are_scaled_and_judged_by_suboptimality(small, data):
    public = small["public_tables"]
    problem = public.load(data, "dense")
    assert problem.X.shape == (50, 11) and not problem.fit_intercept
    assert np.allclose(problem.X.mean(axis=0), 0.0) and np.allclose(problem.X.std(axis=0), 1.0)
    assert public.shape_text(problem.X) == "50 x 11"
    found = public.compared(problem, problem.alpha_max * np.array([1.0, 0.3, 0.1]), 1e-6)
    assert set(found) == {"lassocore", "lars", "sklearn"}
    assert all(-1e-12 <= solver["gap"] <= 1e-6 for solver in found.values()) and found["lars"]["gap"] <= 1e-10
    with pytest.raises(NotImplementedError, match="has no missing"):
        public.load(data, "missing")


def test_the_command_names_its_parts(small, capsys, monkeypatch):
    tables = small["tables"]
    for arguments, words in [(["nothing"], "'nothing' is none of floor"), (["public"], "public needs --data FOLDER")]:
        monkeypatch.setattr(sys, "argv", ["tables.py", *arguments])
        with pytest.raises(SystemExit):
            tables.main()
        assert words in capsys.readouterr().err
