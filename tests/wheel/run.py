# Lives here: running the suite on the installed package, far from its sources. Independent of: how it was installed.
"""Copy what tests read besides the package into a new folder and run pytest there.

    python tests/wheel/run.py [--fast] [further options and arguments of pytest]

The sources of the package are not copied, so what is imported is the installed wheel and nothing else; tests that judge
the sources themselves are skipped. ``--fast`` runs the folders of the numerical core, which need no data frames.
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ["tests", "docs", "examples", "benchmarks", "pyproject.toml", "meson.build", "CITATION.cff",
          *(path.name for path in ROOT.glob("*.md"))]
FAST = ["core", "datafits", "designs", "solvers", "paths/test_fit_path.py", "paths/test_certificate.py",
        "paths/test_fit_many.py"]


def main(options: list[str]) -> int:
    """The exit code of pytest."""
    fast = "--fast" in options
    options = [option for option in options if option != "--fast"]
    with tempfile.TemporaryDirectory() as folder:
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, Path(folder, name))
        selected = [f"tests/{name}" for name in FAST] if fast else []
        return subprocess.run([sys.executable, "-m", "pytest", *options, *selected], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
