# Lives here: builds of the package that watch its memory, and the environment that each runs in. Independent of: tests.
"""Each build is the package installed into a folder of its own, from the sources beside this file."""
from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
OPTIONS = {                         # of meson; what is not watched is compiled as fast as possible
    "bounds": ["-Dbounds_checks=true"],
    "asan": ["-Db_sanitize=address,undefined", "-Db_lundef=false"],
    "coverage": ["-Db_sanitize=address,undefined", "-Db_lundef=false"],
    "plain": [],
}
SANITIZED = ("asan", "coverage")
SANITIZER_FLAGS = {                 # of the compiler; lines of a report need no further tables
    "gcc": ["-g1", "-fno-var-tracking", "-fno-omit-frame-pointer", "-fsanitize=float-cast-overflow"],
    "clang": ["-gline-tables-only", "-fno-omit-frame-pointer"],
}
MAX_FILL = 1 << 30                  # bytes of a new block that are filled, so that a number never written is NaN or -1


def compiler_kind(compiler: str) -> str:
    """"clang" or "gcc"."""
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    return "clang" if "clang" in said else "gcc"


def default_compiler() -> str:
    """Clang where it has a sanitizer, as it compiles these in a fifth of the time; else cc."""
    for name in ("clang", "cc", "gcc"):
        if shutil.which(name) and all(path.exists() for path in runtimes(name)):
            return name
    raise SystemExit("no compiler with AddressSanitizer is installed; for clang: apt-get install libclang-rt-dev")


def runtimes(compiler: str) -> list[Path]:
    """The sanitizer's libraries, which the interpreter has to load first."""
    names = [f"libclang_rt.asan-{platform.machine()}.so"] if compiler_kind(compiler) == "clang" else [
        "libasan.so", "libubsan.so"]
    return [Path(subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True,
                                check=True).stdout.strip()) for name in names]


def fuzzer_runtime() -> Path:
    """The sanitizer's library with libFuzzer, which atheris brings."""
    import atheris

    return Path(atheris.path()) / "asan_with_fuzzer.so"


def install(kind: str, folder: Path, compiler: str, levels: list[str]) -> None:
    """Compile the package and install it into `folder`/site, with one module more for array memory."""
    options = [*OPTIONS[kind], f"-Dinstruction_sets={','.join(levels)}", "-Dbuildtype=plain", "-Doptimization=1"]
    if kind in SANITIZED:
        counters = ["-fsanitize=fuzzer-no-link"] if kind == "coverage" else []
        options.append(f"-Dc_args={' '.join([*SANITIZER_FLAGS[compiler_kind(compiler)], *counters])}")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade",
         "--target", str(folder / "site"), *(f"-Csetup-args={option}" for option in options), str(ROOT)],
        check=True, env=os.environ | {"CC": compiler})
    target = folder / "site" / f"plain_memory{sysconfig.get_config_var('EXT_SUFFIX')}"
    subprocess.run(
        [compiler, "-O1", "-shared", "-fPIC", f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}",
         str(HERE / "plain_memory.c"), "-o", str(target)], check=True)


def environment(kind: str, folder: Path, compiler: str) -> dict[str, str]:
    """What the interpreter runs with: this build first on its path, reports into files of the folder."""
    own = {"PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ROOT / "tests")]), "OMP_NUM_THREADS": "1"}
    if kind == "bounds":
        return os.environ | own
    own |= {"LASSOCORE_PLAIN_MEMORY": "1", "PYTHONMALLOC": "malloc"}
    if kind in SANITIZED:
        libraries = runtimes(compiler) if kind == "asan" else [fuzzer_runtime()]
        own |= {
            "LD_PRELOAD": " ".join(str(path) for path in libraries),
            "ASAN_OPTIONS": f"detect_leaks=0:allocator_may_return_null=1:max_malloc_fill_size={MAX_FILL}:"
                            f"malloc_fill_byte=255:detect_stack_use_after_return=1:log_path={folder / 'report'}",
            "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={folder / 'report'}"}
    return os.environ | own


def reports(folder: Path) -> list[str]:
    """What the sanitizers said, apart from memory that there is not, which a MemoryError tells."""
    texts = [path.read_text(errors="replace") for path in sorted(folder.glob("report*"))]
    no_memory = re.compile(r"==\d+==WARNING: AddressSanitizer failed to allocate .*\n?")
    return [text for text in texts if no_memory.sub("", text).strip()]
