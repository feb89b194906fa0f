# Lives here: rules of the workflows, the wheels and the conda recipe. Independent of: what the library computes.
"""Pinned actions, few permissions, and one list of Pythons and requirements wherever they are repeated."""
import re
import tomllib
from pathlib import Path

import pytest
from helpers.sources import needs_sources

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, WHEELS = CONFIGURATION["project"], CONFIGURATION["tool"]["cibuildwheel"]
pytestmark = needs_sources
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def blocks_of(text, key):
    """The indented lines under each `key:` of a workflow."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if re.fullmatch(rf" *{key}:", line):
            indent = len(line) - len(line.lstrip())
            inside = []
            for following in lines[number + 1:]:
                if following.strip() and len(following) - len(following.lstrip()) <= indent:
                    break
                inside.append(following)
            yield "\n".join(inside)


@each_workflow
def test_actions_are_pinned_by_commit(path):
    used = re.findall(r"uses: (.+)", path.read_text())
    for action in used:
        pinned = re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+(\.\d+)*", action)
        assert pinned or action.startswith("./.github/workflows/"), f"{path.name}: {action}"
    assert used


def test_an_action_has_one_version():
    pins: dict[str, set] = {}
    for path in WORKFLOWS:
        for action, pin in re.findall(r"uses: ([^@\s]+)@(.+)", path.read_text()):
            pins.setdefault(action, set()).add(pin)
    assert len(pins) >= 5 and [action for action, found in pins.items() if len(found) > 1] == []


@each_workflow
def test_a_workflow_may_read_and_no_more(path):
    """What signs or publishes asks for its right in its own job, and only a release does."""
    text = path.read_text()
    assert re.search(r"^permissions:( \{\}|\n  contents: read)$", text, re.M), f"{path.name} has no permissions"
    granted = [line.strip() for block in blocks_of(text, "permissions") for line in block.split("\n") if ":" in line]
    wider = [line for line in granted if not line.startswith("contents: read")]
    assert all("# " in line for line in wider) and (not wider or path.name == "release.yml"), wider


@each_workflow
def test_runs_are_grouped_and_limited_and_leave_no_credentials(path):
    text = path.read_text()
    assert re.search(r"^concurrency:\n  group: ", text, re.M)
    jobs = text[text.index("\njobs:\n"):]
    assert jobs.count("runs-on: ") == jobs.count("timeout-minutes: ")
    assert text.count("uses: actions/checkout@") == text.count("persist-credentials: false")
    assert "secrets." not in text and "pull_request_target" not in text


def test_wheels_are_built_for_the_pythons_that_the_metadata_name():
    named = re.findall(r"Python :: 3\.(\d+)", "\n".join(PROJECT["classifiers"]))
    built = [found[1] for tag in WHEELS["build"] if (found := re.fullmatch(r"cp3(\d+)-\*", tag))]
    assert built == named
    n_platforms = 8                     # Linux with two libraries, macOS, Windows; two processors each
    workflow = (ROOT / ".github" / "workflows" / "wheels.yml").read_text()
    assert f"-eq {n_platforms * len(WHEELS['build'])}" in workflow
    assert len(re.search(r"os: \[(.+)\]", workflow)[1].split(", ")) == n_platforms - 2


def test_wheels_are_tested_by_what_the_extra_asks_for():
    assert set(WHEELS["test-requires"]) <= set(PROJECT["optional-dependencies"]["test"])
    assert (ROOT / "tests" / "wheel" / "run.py").exists() and "tests/wheel/run.py" in WHEELS["test-command"]


def test_the_recipe_asks_for_what_the_metadata_ask_for():
    recipe = (ROOT / "recipe" / "recipe.yaml").read_text()
    run, = [block for block in blocks_of(recipe, "run") if "scipy" in block]
    assert re.findall(r"- (\S+ >=\S+)", run) == [name.replace(">=", " >=") for name in PROJECT["dependencies"]]
    host, = blocks_of(recipe, "host")
    required = [name.replace(">=", " >=") for name in CONFIGURATION["build-system"]["requires"]]
    assert set(required) <= set(re.findall(r"- (.+)", host))
    script = f"lassocore = {PROJECT['scripts']['lassocore']}"
    version, = re.findall(r"^  version: '(.+)',$", (ROOT / "meson.build").read_text(), re.M)
    assert script in recipe and f'version: "{version}"' in recipe
