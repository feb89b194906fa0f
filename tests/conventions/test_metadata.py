# Lives here: what the package says of itself, in the files that say it. Independent of: what the library computes.
"""One version, true requirements, files that belong to a release."""
import pickle
import re
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, version
from pathlib import Path

import pytest

import lassocore

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENT = re.compile(r"[\w-]+>=\d+(\.\d+)*")


def field_of_citation(name):
    found, = re.findall(rf"^{name}: (.+)$", (ROOT / "CITATION.cff").read_text(), re.M)
    return found


def version_of_the_build():
    found, = re.findall(r"^  version: '(.+)',$", (ROOT / "meson.build").read_text(), re.M)
    return found


def test_there_is_one_version():
    """meson.build has it; where it is repeated for readers who have no other place, it is the same."""
    assert version_of_the_build() == version("lassocore") == lassocore.__version__ == field_of_citation("version")
    assert "version" not in PROJECT and PROJECT["dynamic"] == ["version"]
    assert (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1].startswith(f"{lassocore.__version__} ")
    assert pickle.loads(pickle.dumps(lassocore.Lasso())).__getstate__()["_lassocore_version"] == lassocore.__version__


def test_the_version_is_looked_up_when_it_is_asked_for(tmp_path):
    code = ("import sys; before = set(sys.modules); import lassocore; "
            "assert 'importlib.metadata' not in set(sys.modules) - before; "
            "from lassocore import __version__; print(__version__)")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == lassocore.__version__


def test_a_copy_that_was_not_installed_can_be_used_and_pickled(tmp_path):
    """As in a frozen program, which has no metadata."""
    code = ("import importlib.metadata as m, pickle, warnings; warnings.simplefilter('error')\n"
            "def missing(name): raise m.PackageNotFoundError(name)\n"
            "m.version = missing\n"
            "import lassocore\n"
            "print(lassocore.__version__, pickle.loads(pickle.dumps(lassocore.Lasso(alpha=3.0))))")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0+unknown Lasso(alpha=3.0)"


@pytest.mark.parametrize("of", ["dependencies", "test", "cli"])
def test_every_requirement_has_a_minimum(of):
    """`.ci/run` runs the suite on exactly these."""
    listed = PROJECT["dependencies"] if of == "dependencies" else PROJECT["optional-dependencies"][of]
    assert listed and all(REQUIREMENT.fullmatch(requirement) for requirement in listed), listed


def test_an_extra_is_asked_for_in_one_version():
    """What two lists name has the same minimum."""
    minima: dict[str, set] = {}
    for listed in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]:
        for requirement in listed:
            minima.setdefault(re.split("[>=]=", requirement)[0], set()).add(requirement)
    assert [found for found in minima.values() if len(found) > 1] == []


def test_the_metadata_of_the_package():
    given = metadata("lassocore")
    assert given["License-Expression"] == field_of_citation("license") == "BSD-3-Clause"
    classifiers = PROJECT["classifiers"]
    assert not any(classifier.startswith("License") for classifier in classifiers)
    assert classifiers == sorted(classifiers) and "Typing :: Typed" in classifiers
    oldest = PROJECT["requires-python"].removeprefix(">=")
    pythons = re.findall(r"Python :: (3\.\d+)", "\n".join(classifiers))
    assert pythons[0] == oldest and len(pythons) >= 3
    assert PROJECT["authors"] and PROJECT["keywords"]
    assert all(url.startswith("https://") for url in PROJECT["urls"].values())
    assert field_of_citation("url").strip('"') == PROJECT["urls"]["Homepage"]


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/versioning.md",
                                  "docs/migration.md", "docs/architecture.md", "docs/math.md", "docs/performance.md"])
def test_links_between_documents_lead_somewhere(name):
    path = ROOT / name
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text())
    for link in links:
        assert link.startswith("https://") or (path.parent / link).exists(), f"{name}: {link}"
    if name == "README.md":
        assert {"SECURITY.md", "CITATION.cff", "CHANGELOG.md", "CONTRIBUTING.md", "docs/versioning.md"} <= set(links)
