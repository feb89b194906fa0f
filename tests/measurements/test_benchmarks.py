# Lives here: every asv benchmark, run once at its smallest parameters. Independent of: asv, how long they take.
"""Benchmarks are found as asv finds them: classes and functions of the modules of the package benchmarks/benchmarks."""
import importlib
import inspect
import itertools
import os
import pkgutil
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"
METHOD = re.compile(r"(time|timeraw|track|peakmem)_\w+")
SMALLEST = ["tiny", "single"]                       # where an axis has it, else its first value
ALL_OF = {"solver", "variant", "what"}              # axes of which every value is run


def imported(name: str):
    """A module of benchmarks/benchmarks, without the environment variables that the package sets for its process."""
    environment = dict(os.environ)
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(f"benchmarks.{name}" if name else "benchmarks")
    finally:
        sys.path.remove(str(FOLDER))
        os.environ.clear()
        os.environ.update(environment)


def methods_of(benchmark) -> list[str]:
    return [name for name, _ in inspect.getmembers(benchmark, inspect.isfunction) if METHOD.fullmatch(name)]


def discovered() -> list[type]:
    found = []
    for module in pkgutil.iter_modules(imported("").__path__):
        for name, value in vars(imported(module.name)).items():
            if inspect.isclass(value) and not name.startswith("_") and methods_of(value):
                found.append(value)
    return found


def name_of(benchmark: type) -> str:
    return f"{benchmark.__module__.rpartition('.')[2]}.{benchmark.__name__}"


def cases():
    """(class, axes with every value in the order in which they are tried) of each solver and variant."""
    for benchmark in discovered():
        names, axes = getattr(benchmark, "param_names", []), getattr(benchmark, "params", [])
        whole = [axis if name in ALL_OF else [None] for name, axis in zip(names, axes, strict=True)]
        for chosen in itertools.product(*whole):
            yield pytest.param(benchmark, chosen, id="-".join([name_of(benchmark), *filter(None, chosen)]))


def tried(benchmark: type, chosen: tuple) -> list[tuple]:
    """The parameters to try: the smallest ones; of variants, which not every storage has, each storage."""
    axes = []
    for axis, value in zip(getattr(benchmark, "params", []), chosen, strict=True):
        smallest = next((name for name in SMALLEST if name in axis), axis[0])
        axes.append([value] if value else list(axis) if "variant" in benchmark.param_names else [smallest])
    return list(itertools.product(*axes))


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """The folder of what is found by calibration."""
    return str(tmp_path_factory.mktemp("calibrated"))


@pytest.mark.parametrize(("benchmark", "chosen"), list(cases()))
def test_benchmark_runs(benchmark, chosen, calibrated, tmp_path):
    folder = (calibrated,) if hasattr(benchmark, "setup_cache") else ()
    reason = ""
    for parameters in tried(benchmark, chosen):
        instance = benchmark()
        try:
            getattr(instance, "setup", lambda *_: None)(*folder, *parameters)
        except NotImplementedError as unfit:
            reason = str(unfit)
            continue
        for name in methods_of(benchmark):
            result = getattr(instance, name)(*folder, *parameters)
            if name.startswith("timeraw"):
                subprocess.run([sys.executable, "-c", textwrap.dedent(result)], check=True, cwd=tmp_path)
            if name.startswith("track"):
                assert 0.0 <= result <= 1e-6
        return
    assert len(reason.split()) > 3 and not re.match("lassocore|none", chosen[-1])
    pytest.skip(reason=reason)


def test_peers_are_an_axis_of_every_race():
    races = [benchmark for benchmark in discovered() if "time_to_gap" in methods_of(benchmark)]
    assert {name_of(benchmark) for benchmark in races} == {
        f"bench_{kind}.EqualGap" for kind in ("path", "tasks", "groups", "targets", "cv")}
    for benchmark in races:
        solvers = benchmark.params[-1]
        assert solvers[0] == "lassocore" and "celer" in solvers and len(solvers) >= 3, name_of(benchmark)
        assert "tiny" in benchmark.params[0]


def test_the_page_on_benchmarks_names_all():
    page = (FOLDER / "README.md").read_text()
    for benchmark in discovered():
        for method in methods_of(benchmark):
            assert f"`{name_of(benchmark)}.{method}`" in page, f"benchmarks/README.md: {name_of(benchmark)}.{method}"


def objectives(problem, alphas, coefs, intercepts):
    """The objective at each alpha over that at 0, written out; coefs (n_features, n_tasks, n_alphas)."""
    Y = problem.y.reshape(len(problem.y), -1)
    sizes = np.ones(len(coefs), dtype=int) if problem.sizes is None else problem.sizes
    found = []
    for k, alpha in enumerate(alphas):
        fit = 0.5 * ((Y - intercepts[:, k] - problem.X @ coefs[:, :, k]) ** 2).sum()
        blocks = np.split(coefs[:, :, k], np.cumsum(sizes)[:-1])
        found.append(fit + len(Y) * alpha * sum(np.sqrt(len(block)) * np.linalg.norm(block) for block in blocks))
    start = Y - Y.mean(axis=0) if problem.fit_intercept else Y
    return np.array(found) / (0.5 * (start**2).sum())


@pytest.mark.parametrize("kind", ["LASSO", "MULTI_TASK", "GROUPS"])
def test_the_judge_bounds_the_suboptimality(kind):
    race = getattr(imported("solvers" if kind == "LASSO" else "block_solvers"), kind)
    gap_of = imported("judge").largest_gap
    problem = race.make("tiny")
    alphas = problem.alphas("single")
    coefs, intercepts = (np.asarray(part.toarray() if hasattr(part, "toarray") else part)
                         for part in race.fit("lassocore", problem, alphas, 1e-13))
    coefs, intercepts = coefs.reshape(len(coefs), -1, 1), intercepts.reshape(-1, 1)
    assert gap_of(problem, alphas, coefs, intercepts) <= 1e-12
    best = objectives(problem, alphas, coefs, intercepts)
    rng = np.random.default_rng(5)
    for size in (1e-6, 1e-3, 1e-1):
        moved = coefs + size * rng.standard_normal(coefs.shape)
        shifted = intercepts + size * rng.standard_normal(intercepts.shape)
        gap = gap_of(problem, alphas, moved, shifted)
        assert (objectives(problem, alphas, moved, shifted) - best).max() <= gap * (1.0 + 1e-9) <= 20.0 * size
    assert gap_of(problem, alphas, coefs * np.nan, intercepts) == np.inf


def test_the_worst_of_many_targets_counts():
    race, gap_of = imported("block_solvers").TARGETS, imported("judge").largest_gap
    problem = race.make("tiny")
    alphas = problem.alphas("single")
    coefs, intercepts = race.fit("lassocore", problem, alphas, 1e-10)()
    assert gap_of(problem, alphas, coefs, intercepts) <= 1e-9
    coefs[:, 3] = 0.0
    assert gap_of(problem, alphas, coefs, intercepts) > 1e-2


def test_a_solver_that_misses_says_so():
    race_module, problems = imported("race"), imported("problems")

    def lazy(problem, alphas, tol):
        return np.zeros((problem.X.shape[1], len(alphas))), np.zeros(len(alphas))

    def absent(problem, alphas, tol):
        return importlib.import_module("no_such_solver")

    race = race_module.Race("test", problems.make_problem, {"lazy": lazy, "absent": absent})
    problem = race.make("tiny")
    with pytest.raises(race_module.Unfit, match="lazy has a gap of .* is asked"):
        race.calibrate("lazy", problem, problem.alphas("single"))
    with pytest.raises(race_module.Unfit, match="no_such_solver is not installed"):
        race.calibrate("absent", problem, problem.alphas("single"))
