# Lives here: fits in threads, copies, pickles, forks and workers. Independent of: what the fits compute.
"""Results are equal to the last bit in threads, in forked and spawned processes, in joblib's workers, and as copies."""
from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from adverse.fits import families, numbers_of, shared_data
from sklearn.base import clone
from threadpoolctl import threadpool_limits

import lassocore

TESTS = Path(__file__).resolve().parents[1]
NAMES = list(families(*shared_data()))


@pytest.mark.parametrize("name", NAMES)
def test_eight_threads_share_one_x(name):
    """24 fits in 8 threads give what one thread does; a `LassoSolver` and a prepared X are shared too."""
    fit = families(*shared_data())[name]
    alone = numbers_of(fit())
    with ThreadPoolExecutor(8) as pool:
        assert all(numbers == alone for numbers in pool.map(lambda _: numbers_of(fit()), range(24)))


def test_all_families_at_the_same_time():
    fits = families(*shared_data())
    alone = {name: numbers_of(fit()) for name, fit in fits.items()}
    order = [name for _ in range(3) for name in NAMES]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: numbers_of(fits[name]()), order))
    assert [name for name, numbers in zip(order, found, strict=True) if numbers != alone[name]] == []


def test_pools_within_pools():
    """Fits that have threads of their own, in threads, with BLAS limited from outside."""
    X, y, Y = shared_data()
    alone = numbers_of(lassocore.fit_path(X, y, alphas=8)), numbers_of(lassocore.fit_many(X, Y, alphas=8))

    def fit(_):
        return (numbers_of(lassocore.fit_path(X, y, alphas=8, n_threads=3)),
                numbers_of(lassocore.fit_many(X, Y, alphas=8, n_threads=3)),
                lassocore.LassoCV(alphas=5, cv=2, n_jobs=2).fit(X, y).alpha_)

    with threadpool_limits(2), ThreadPoolExecutor(6) as pool:
        found = list(pool.map(fit, range(12)))
    assert all(one[:2] == alone and one[2] == found[0][2] for one in found)


COPIES = {"deepcopy": copy.deepcopy, "copy": copy.copy,
          **{f"pickle {k}": lambda value, k=k: pickle.loads(pickle.dumps(value, k)) for k in (2, 5)}}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", NAMES)
def test_copies(name, how):
    """A copy has the same numbers and predicts the same; a copied estimator can be fitted again."""
    X, y, Y = shared_data()
    result = families(X, y, Y)[name]()
    duplicate = COPIES[how](result)
    assert type(duplicate) is type(result) and numbers_of(duplicate) == numbers_of(result)
    for method in ("predict", "transform"):
        if hasattr(result, method):
            one, other = (getattr(value, method)(X) for value in (result, duplicate))
            assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
    if hasattr(result, "get_params"):
        target = Y if "Task" in name else y
        again = clone(duplicate).fit(X, target)
        assert numbers_of(again) == numbers_of(clone(result).fit(X, target))


@pytest.mark.parametrize("how", [name for name in COPIES if name != "copy"])
def test_copies_of_what_is_prepared(how):
    X, y, _ = shared_data()
    prepared, solver = lassocore.prepare(X), lassocore.LassoSolver(X)
    expected = numbers_of(lassocore.fit_path(prepared, y, alphas=5)), numbers_of(solver.solve(y, 0.05))
    prepared, solver = COPIES[how](prepared), COPIES[how](solver)
    assert (numbers_of(lassocore.fit_path(prepared, y, alphas=5)), numbers_of(solver.solve(y, 0.05))) == expected


PROCESSES = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from adverse.fits import families, numbers_of, shared_data

def fit(name):
    return numbers_of(families(*shared_data())[name]())

if __name__ == "__main__":
    names = list(families(*shared_data()))
    method, when = sys.argv[1:]
    if when == "after":
        expected = [fit(name) for name in names]
    if method == "loky":
        from joblib import Parallel, delayed
        found = Parallel(n_jobs=2)(delayed(fit)(name) for name in names)
    else:
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
            found = list(pool.map(fit, names))
    if when == "before":
        expected = [fit(name) for name in names]
    wrong = [name for name, one, other in zip(names, found, expected, strict=True) if one != other]
    print("wrong:", wrong)
"""


@pytest.mark.parametrize("method, when", [("fork", "before"), ("fork", "after"), ("spawn", "after"), ("loky", "after")])
def test_other_processes(method, when, tmp_path):
    """Workers that are started before this process has fitted, or after, fit as it does."""
    if method == "fork" and not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    script = tmp_path / "fits_in_processes.py"
    script.write_text(PROCESSES)
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), method, when], cwd=tmp_path, capture_output=True, text=True,
        timeout=300, env=os.environ | {"PYTHONPATH": path})
    assert done.stdout == "wrong: []\n", done.stdout + done.stderr


def test_a_fork_in_the_middle_of_a_fit():
    """A child that is forked from a callback fits, while its parent's fit goes on."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    X, y, _ = shared_data()
    expected, statuses = numbers_of(lassocore.fit_path(X, y, alphas=8)), []

    def callback(info):
        if info.index != 3:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)     # of Python 3.12, where threads are running
            child = os.fork()
        if child == 0:
            os._exit(0 if numbers_of(lassocore.fit_path(X, y, alphas=8)) == expected else 3)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    path = lassocore.fit_path(X, y, alphas=8, callback=callback)
    assert statuses == [0] and path.converged.all() and path.n_nonzero[-1] > 0
