# Lives here: memory after many fits of each family. Independent of: how much one fit needs.
"""The bytes that malloc has handed out do not grow from fit to fit, nor does the resident memory.

Python takes all its memory from malloc here, and glibc counts the blocks in use (mallinfo2). That count is exact and
does not depend on what the system does with pages. Of three runs that with the least growth counts, since what is made
once grows in one of them. LASSOCORE_LEAK_FITS sets the number of fits, 60 by default.
"""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ONCE, PER_FIT, PAGES = 60_000, 200, 20_000_000      # bytes: of caches, of a fit, resident
N_FITS = os.environ.get("LASSOCORE_LEAK_FITS", "60")

GROWTH = """
import ctypes, gc, sys, warnings
import numpy as np
from adverse.fits import families, save_and_load, shared_data

class Counts(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

counts = ctypes.CDLL(None).mallinfo2
counts.restype = Counts

def in_use():
    gc.collect()
    found = counts()
    return found.uordblks + found.hblkhd

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

def c_interface():
    from helpers.c_api import design_of, solve, workspace_for
    X, y, _ = shared_data()
    design = design_of(X)
    return lambda: [solve(design, y, np.array([0.3, 0.05])), solve(design, y, np.array([0.1]), workspace=workspace_for(
        design)), solve(design, np.full(len(y), np.nan), np.array([0.1]))]

def refusals(X, y):
    import lassocore
    for make in (lambda: lassocore.fit_path(X, y[:-1]), lambda: lassocore.Lasso().fit(np.where(X > 2, np.nan, X), y),
                 lambda: lassocore.fit_path(X, y, callback=lambda info: 1 / 0)):
        try:
            make()
        except (ValueError, ZeroDivisionError):
            continue
        raise AssertionError("not refused")

def prepare_and_solve(X, y):
    import lassocore
    lassocore.fit_path(lassocore.prepare(X), y, alphas=5)
    lassocore.LassoSolver(X).solve(y, 0.05)

warnings.simplefilter("ignore")
X, y, Y = shared_data()
fits = {**families(X, y, Y), "model file": lambda: save_and_load(X, y), "C interface": c_interface(),
        "refusals": lambda: refusals(X, y), "prepare": lambda: prepare_and_solve(X, y)}
n_fits = int(sys.argv[1])
for name, fit in fits.items():
    for _ in range(15):             # caches, and code that Python specialises after some calls
        fit()
    marks, pages = [in_use()], resident()
    for _ in range(3):
        for _ in range(n_fits // 3):
            fit()
        marks.append(in_use())
    print(f"{name}: {np.diff(marks).min() // (n_fits // 3)} B in use, {resident() - pages} B resident")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts of glibc and of Linux are read")
def test_fits_give_back_what_they_take(tmp_path):
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-P", "-c", GROWTH, N_FITS], capture_output=True, text=True, timeout=3000, cwd=tmp_path,
        env=os.environ | {"PYTHONMALLOC": "malloc", "PYTHONPATH": path})
    if "mallinfo2" in done.stderr:
        pytest.skip("this C library has no mallinfo2, which glibc has from 2.33 on")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) >= 25, done.stdout
    for line in lines:
        in_use, resident = (int(part.split()[0]) for part in line.rsplit(": ", 1)[1].split(", "))
        # A leak is in each third of the fits; what is made once is not. One array of the features is 320 B.
        assert in_use < PER_FIT + ONCE / int(N_FITS) and resident < PAGES, done.stdout
