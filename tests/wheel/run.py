# Lives here: running the suite on the installed package, far from its sources. Independent of: how it was installed.
"""Copy what tests read besides the package into a new folder and run pytest there.

    python tests/wheel/run.py [--fast] [further options of pytest]

The sources of the package are not copied, so what is imported is what was installed and nothing else; tests that judge
the sources themselves are skipped. ``--fast`` runs the numerical core alone, which needs neither data frames nor
matplotlib, and runs where ``tests`` and ``pyproject.toml`` are all that there is.
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ_BY_TESTS = ["tests", "docs", "examples", "benchmarks", "pyproject.toml", "meson.build", "CITATION.cff", *(
    path.name for path in ROOT.glob("*.md"))]
FAST = ["core", "datafits", "designs", "solvers", "paths/test_fit_path.py", "paths/test_certificate.py",
        "paths/test_fit_many.py", "threads"]


def main(options: list[str]) -> int:
    """The exit code of pytest."""
    fast = "--fast" in options
    selected = [f"tests/{name}" for name in FAST] if fast else []
    with tempfile.TemporaryDirectory() as folder:
        for name in ["tests", "pyproject.toml"] if fast else READ_BY_TESTS:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, Path(folder, name))
        command = [sys.executable, "-m", "pytest", *(option for option in options if option != "--fast"), *selected]
        return subprocess.run(command, cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
