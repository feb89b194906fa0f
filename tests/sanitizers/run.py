# Lives here: memory checks of the compiled core from the command line. Independent of: how a build is made.
"""Build the core with checks into a temporary folder and run its tests, or the fuzzing script, on that build.

    python tests/sanitizers/run.py bounds --share 0.2      # every index of a memoryview checked, a fifth of the tests
    python tests/sanitizers/run.py asan                    # AddressSanitizer and UBSan
    python tests/sanitizers/run.py memcheck                # small fits of each kind under valgrind: uninitialised reads
    python tests/sanitizers/run.py leaks                   # fits repeated through the C API under LeakSanitizer
    python tests/sanitizers/run.py fuzz --seconds 600      # tests/fuzzing/run.py on the build of asan
    python tests/sanitizers/run.py fuzz --engine atheris   # the same, following the branches of the core; needs clang

Exit code 0: no report. What follows ``--`` goes to pytest or to the fuzzing script. ``--folder`` keeps a build and uses
one that is there; ``--level`` compiles an instruction set beside the baseline and runs on it.
"""
from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

KERNEL_TESTS = ["core", "datafits", "designs", "penalties", "problems", "solvers", "certificates", "api", "paths"]
LOST_BYTES = 12_345                 # as in repeated_fits.py
BUILD_OF = {"bounds": "bounds", "asan": "asan", "fuzz": "asan", "memcheck": "plain", "leaks": "asan"}


def run_tests(folder: Path, given: argparse.Namespace, environment: dict[str, str]) -> int:
    """The kernel tests on a build; one worker for each sanitized process, which a report may end."""
    tests = [str(HERE.parent / name) for name in given.tests or KERNEL_TESTS]
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "sanitizers.plugin", f"-n={given.workers}", *tests,
               "-p", "no:cacheprovider", *given.options]
    return subprocess.run(command, env=environment | {"LASSOCORE_SHARE": str(given.share)}, cwd=folder).returncode


def run_fuzzing(folder: Path, given: argparse.Namespace, environment: dict[str, str]) -> int:
    """The fuzzing script, all targets or those that the options name."""
    command = [sys.executable, "-P", str(HERE.parent / "fuzzing" / "run.py"), f"--seconds={given.seconds}",
               f"--engine={given.engine}", *given.options]
    return subprocess.run(command, env=environment, cwd=folder).returncode


def run_memcheck(folder: Path, given: argparse.Namespace, environment: dict[str, str]) -> int:
    """Small fits under valgrind; reports that name no module of the package belong to foreign libraries."""
    log = folder / "memcheck"
    command = ["valgrind", "--tool=memcheck", "--error-limit=no", "--num-callers=25", "--undef-value-errors=yes",
               "--track-origins=yes", f"--log-file={log}", sys.executable, "-P", str(HERE / "small_fits.py"),
               *given.options]
    code = subprocess.run(command, env=environment, cwd=folder).returncode
    found = own_reports(log.read_text(errors="replace"))
    print(*found, f"memcheck: {len(found)} reports that name the package", sep="\n")
    return code or int(bool(found))


def own_reports(log: str) -> list[str]:
    """The blocks of a log whose stack passes through a compiled module of the package."""
    lines = [line.partition("== ")[2] if line.startswith("==") else line for line in log.splitlines()]
    blocks = "\n".join(lines).split("\n\n")
    return [block for block in blocks if re.search(r"(at 0x|by 0x|#\d+ 0x).*lassocore/_", block)]


def run_leaks(folder: Path, given: argparse.Namespace, environment: dict[str, str]) -> int:
    """Repeated fits under LeakSanitizer; what the interpreter and foreign libraries lose is not counted."""
    own = {name: environment[name].replace(str(folder / "report"), str(folder / "leaks")) for name in (
        "ASAN_OPTIONS", "UBSAN_OPTIONS")}
    own["ASAN_OPTIONS"] = own["ASAN_OPTIONS"].replace(
        "detect_leaks=0", "detect_leaks=1:leak_check_at_exit=0:symbolize=0")     # frames then name modules
    code = subprocess.run([sys.executable, "-P", str(HERE / "repeated_fits.py"), *given.options], cwd=folder,
                          env=environment | own).returncode
    text = "".join(path.read_text(errors="replace") for path in folder.glob("leaks.*"))
    found = own_reports(text)
    works = f"{LOST_BYTES} byte(s)" in text
    print(*found, f"leaks: {len(found)} reports that name the package", sep="\n")
    print("" if works else "the block that was lost on purpose is missing: LeakSanitizer did not look")
    return code or int(bool(found) or not works)


RUN = {"bounds": run_tests, "asan": run_tests, "fuzz": run_fuzzing, "memcheck": run_memcheck, "leaks": run_leaks}


def check(folder: Path, given: argparse.Namespace) -> int:
    """Build where nothing is built, run, and print what the sanitizers said."""
    from sanitizers.builds import default_compiler, environment, install, reports

    kind = "coverage" if given.engine == "atheris" else BUILD_OF[given.check]
    compiler = given.compiler or default_compiler()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "site").exists():
        install(kind, folder, compiler, [] if given.level == "baseline" else [given.level])
    for old in folder.glob("report*"):
        old.unlink()
    code = RUN[given.check](folder, given, environment(kind, folder, compiler) | {"LASSOCORE_ISA": given.level})
    found = reports(folder)
    print(*found, f"{given.check}: exit code {code}, {len(found)} files of reports", sep="\n", flush=True)
    return code or int(bool(found))


def main() -> int:
    """The exit code of one check."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("check", choices=RUN)
    parser.add_argument("--level", default="baseline", choices=["baseline", "x86_64_v3", "x86_64_v4"])
    parser.add_argument("--compiler", help="clang or gcc; where it has a sanitizer, clang")
    parser.add_argument("--share", type=float, default=1.0, help="of the tests")
    parser.add_argument("--workers", default="auto", help="processes that run tests")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="below tests/; the kernel tests unless given")
    parser.add_argument("--engine", default="mutation", choices=["mutation", "atheris"], help="of fuzzing")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target of the fuzzing script")
    parser.add_argument("--folder", type=Path, help="of the build, which is kept")
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    given = parser.parse_args(words[:cut])
    given.options = words[cut + 1:]
    if given.folder:
        return check(given.folder.resolve(), given)
    with tempfile.TemporaryDirectory() as folder:
        return check(Path(folder), given)


if __name__ == "__main__":
    sys.exit(main())
