# Lives here: the command that runs scikit-learn's own test suites on lassocore. Independent of: what they test.
"""python tests/sklearn_suites/run.py (classes | kernels) [--mutated] [pytest options ...]

With --mutated every coefficient is a thousandth wrong, and the run succeeds where at least MIN_RED tests fail.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

import sklearn

HERE = Path(__file__).resolve().parent
ROOT = Path(sklearn.__file__).resolve().parent
FILES = (
    "linear_model/tests/test_coordinate_descent.py",
    "linear_model/tests/test_sparse_coordinate_descent.py",
    "linear_model/tests/test_common.py",
    "covariance/tests/test_graphical_lasso.py",
    "tests/test_common.py",
)
MIN_RED = 50


def main(level: str, *options: str) -> int:
    """The exit code of a run."""
    mutated = "--mutated" in options
    environment = {**os.environ, "LASSOCORE_LEVEL": level, "PYTHONPATH": str(HERE), "OPENBLAS_NUM_THREADS": "1"}
    if mutated:
        environment["LASSOCORE_MUTATION"] = "1"
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "in_sklearns_place", "-p", "no:cacheprovider", "-c", os.devnull,
        "--import-mode=append", f"--rootdir={ROOT}", f"--confcutdir={ROOT}", "--tb=no" if mutated else "--tb=short",
        *(option for option in options if option != "--mutated"), *(str(ROOT / name) for name in FILES)]
    if not mutated:
        return subprocess.run(command, env=environment, cwd=HERE, check=False).returncode
    output = subprocess.run(command, env=environment, cwd=HERE, check=False, capture_output=True, text=True).stdout
    found = re.search(r"(\d+) failed", output)
    n_red = int(found.group(1)) if found else 0
    print(output[-2000:], f"\n{n_red} tests are red, at least {MIN_RED} expected")
    return 0 if n_red >= MIN_RED else 1


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("classes", "kernels"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
