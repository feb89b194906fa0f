# Lives here: the script that checks memory, as far as it needs no build. Independent of: compilers, sanitizers.
"""Shares of tests, the reports that count, and the programs that are run on a build."""
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from sanitizers import repeated_fits, run, small_fits
from sanitizers.builds import ROOT, environment, reports
from sanitizers.plugin import CANNOT_RUN, chosen

VALGRIND = """==12== Invalid read of size 8
==12==    at 0x4F: scan_columns (in /x/site/lassocore/_core.so)
==12==    by 0x50: PyObject_Call (call.c:1)
==12==
==12== Conditional jump or move depends on uninitialised value(s)
==12==    at 0x51: maybe_small_long (longobject.c:71)
==12==    by 0x52: do_core (lassocore.c:3)
==12==
"""
LEAKS = """==7==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 12345 byte(s) in 1 object(s) allocated from:
    #0 0x7f in malloc (/usr/lib/libasan.so+0x1)

Direct leak of 64 byte(s) in 2 object(s) allocated from:
    #0 0x7f in malloc (/usr/lib/libasan.so+0x1)
    #1 0x7e in fit src_cython/lassocore/_c_api.so.p/_c_api.pyx.c:12:3

SUMMARY: AddressSanitizer: 12409 byte(s) leaked in 3 allocation(s).
"""


def test_reports_count_where_they_name_a_compiled_module():
    (found,) = run.own_reports(VALGRIND)
    assert "Invalid read" in found and "scan_columns" in found
    (lost,) = run.own_reports(LEAKS)
    assert "64 byte(s)" in lost
    assert run.own_reports("") == []


def test_a_share_is_the_same_part_every_time():
    names = [f"core/test_kernels.py::test_dot[{k}]" for k in range(2000)]
    fifth = [name for name in names if chosen(name, 0.2)]
    assert 300 < len(fifth) < 500 and fifth == [name for name in names if chosen(name, 0.2)]
    assert set(fifth) < {name for name in names if chosen(name, 0.5)}
    assert all(chosen(name, 1.0) for name in names) and not any(chosen(name, 0.0) for name in names)


def test_what_is_named_exists():
    tests = ROOT / "tests"
    assert all((tests / name).is_dir() for name in run.KERNEL_TESTS)
    assert all((tests / part.partition("::")[0]).exists() for part in CANNOT_RUN)
    if (ROOT / "meson.options").exists():
        options = (ROOT / "meson.options").read_text()
        assert "option('bounds_checks'" in options and "option('instruction_sets'" in options


def test_reports_are_read_from_files(tmp_path):
    own = environment("bounds", tmp_path, "cc")
    assert own["PYTHONPATH"].startswith(str(tmp_path / "site")) and "LD_PRELOAD" not in set(own) - set(os.environ)
    assert reports(tmp_path) == []
    (tmp_path / "report.17").write_text("ERROR: AddressSanitizer: heap-buffer-overflow")
    assert reports(tmp_path) == ["ERROR: AddressSanitizer: heap-buffer-overflow"]


def test_small_fits_are_of_every_storage_and_family():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 6))
    names = [name for name, _ in small_fits.storages(X)]
    assert len(names) == len(set(names)) == 7
    families = list(small_fits.paths(X, X[:, 0], X[:, :3]))
    assert len(families) == 12
    for name, result in families:
        numbers = list(small_fits.numbers_of(result))
        assert len(numbers) >= 2 and np.isfinite(numbers).all(), name


def test_repeated_fits_are_counted():
    assert repeated_fits.c_fits(1) == (7 + 2 + 1) * 5 * 2


def test_the_script_lists_its_checks():
    done = subprocess.run([sys.executable, "-P", str(Path(run.__file__)), "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and set(run.RUN) <= set(re.findall(r"\w+", done.stdout))
    wrong = subprocess.run([sys.executable, "-P", str(Path(run.__file__)), "nothing"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "invalid choice" in wrong.stderr
