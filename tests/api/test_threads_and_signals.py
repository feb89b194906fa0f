# Lives here: calls side by side, and Ctrl-C during a call. Independent of: results, compilers.
"""ctypes releases the GIL around calls, as a caller in C would."""
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from helpers.c_api import design_of, options_of, solve, workspace_for

TESTS = Path(__file__).resolve().parents[1]


def test_threads_share_x_and_each_has_a_workspace():
    rng = np.random.default_rng(0)
    X, alphas = np.asfortranarray(rng.standard_normal((120, 300))), np.geomspace(1.0, 0.02, 10)
    X.setflags(write=False)
    design = design_of(X)
    targets = [X[:, k] + rng.standard_normal(120) for k in range(24)]
    alone = [solve(design, y, alphas) for y in targets]

    def run(share):
        workspace = workspace_for(design)
        return [solve(design, y, alphas, workspace=workspace) for y in share]

    with ThreadPoolExecutor(8) as pool:
        shared = [found for share in pool.map(run, [targets[k::8] for k in range(8)]) for found in share]
    expected = [found for k in range(8) for found in alone[k::8]]
    for found, reference in zip(shared, expected, strict=True):
        assert found.coefs.tobytes() == reference.coefs.tobytes() and found.gaps.tobytes() == reference.gaps.tobytes()


INTERRUPTED = """
import ctypes, signal
import numpy as np
from helpers import c_api
from helpers.c_api import Result, address, design_of, options_of

class Stop(Exception):
    pass

def stop(number, frame):
    raise Stop

rng = np.random.default_rng(0)
X = np.asfortranarray(rng.standard_normal((400, 3000)) + 5.0 * rng.standard_normal((400, 1)))
y, alphas, coefs = rng.standard_normal(400), np.array([1e-7]), np.empty((1, 3000))
result, options = Result(size=ctypes.sizeof(Result), coefs=address(coefs)), options_of(
    tol=1e-30, max_iter=10**9, check_signals=1)
with_gil = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(c_api.Design), ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
    ctypes.POINTER(c_api.Options), ctypes.POINTER(Result), ctypes.c_void_p, ctypes.c_size_t)
fit = with_gil(ctypes.cast(c_api.table.fit, ctypes.c_void_p).value)
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    print(fit(design_of(X), address(y), address(alphas), 1, options, result, None, 0))
except Stop:
    print("stopped")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the timer that sends the signal is that of POSIX systems")
def test_signals_end_a_call_that_checks_for_them(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])})
    assert done.stdout == "stopped\n", done.stdout + done.stderr


def test_checks_for_signals_leave_results_as_they_are():
    rng = np.random.default_rng(1)
    X = np.asfortranarray(rng.standard_normal((300, 900)))
    y, alphas = rng.standard_normal(300), np.array([0.1, 0.01])
    unchecked, checked = (solve(design_of(X), y, alphas, options_of(check_signals=flag)) for flag in (0, 1))
    assert checked.status == 0 and checked.coefs.tobytes() == unchecked.coefs.tobytes()
