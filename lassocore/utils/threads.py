# Lives here: thread pools, limits on BLAS threads. Independent of: models, solvers.
"""A pool for scans and Gram blocks; the division of the work does not depend on the number of threads."""
from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from threading import Lock
from typing import Any

from lassocore.utils.arguments import is_whole

MAX_UNDIVIDED = 200_000             # multiply-adds of a product that BLAS computes in one thread
MAX_JOBS = 1_000_000
MAX_SERIAL = 8_000                  # the same for numbers in a matrix times a vector
NO_POOL: AbstractContextManager[None] = nullcontext()


def check_n_jobs(n_jobs: Any) -> None:
    """Require None or an integer that joblib can count down from."""
    if n_jobs is not None and not (is_whole(n_jobs) and 0 < abs(n_jobs) <= MAX_JOBS):
        raise ValueError(f"n_jobs={n_jobs!r} must be an integer of at least 1, -1 for all processors, or None")


def n_workers(n_jobs: int | None) -> int:
    """How many jobs run at the same time."""
    from joblib import effective_n_jobs

    check_n_jobs(n_jobs)
    return effective_n_jobs(n_jobs)


def check_n_threads(n_threads: Any) -> None:
    """Require a number of threads, or -1 for all processors."""
    if not (is_whole(n_threads) and (n_threads >= 1 or n_threads == -1)):
        raise ValueError(f"n_threads={n_threads!r} must be an integer of at least 1, or -1 for all processors")


def thread_pool(n_threads: int) -> AbstractContextManager[ThreadPoolExecutor | None]:
    """A pool of threads, or None for one thread; -1 for all processors of this process."""
    n_threads = count(n_threads)
    return NO_POOL if n_threads == 1 else ThreadPoolExecutor(n_threads)


def count(n_threads: int) -> int:
    """The number of threads; -1 means the processors that affinity and control groups allow."""
    if n_threads != -1:
        return n_threads
    from joblib import cpu_count

    return cpu_count()


def ranges(n: int, length: int) -> list[tuple[int, int]]:
    """[0, n) in pieces of this length."""
    return [(start, min(start + length, n)) for start in range(0, n, length)]


def run(pool: ThreadPoolExecutor | None, work, pieces) -> list:
    """[work(piece) for piece in pieces], in the pool if there is one."""
    return list(map(work, pieces)) if pool is None or len(pieces) < 2 else list(pool.map(work, pieces))


class _SingleThreadedBlas:
    """A context that limits BLAS to one thread, shared by concurrent fits: the last one lifts the limit."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.n_inside = 0
        self.controller: Any = None     # of the libraries that are limited
        self.limited: list[tuple[Any, int]] = []        # libraries, and how many threads they had
        if hasattr(os, "register_at_fork"):     # the lock may be held at the fork
            os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        self.lock = Lock()

    def __enter__(self) -> None:
        with self.lock:
            controller = _controller()
            if self.n_inside == 0 or controller is not self.controller:
                _release_libraries()
                for library in controller.lib_controllers:
                    if library.user_api == "blas" and (n_threads := library.get_num_threads()) not in (None, 1):
                        library.set_num_threads(1)
                        self.limited.append((library, n_threads))
                self.controller = controller
            self.n_inside += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0 and self.limited:
                _release_libraries()
                while self.limited:
                    library, n_threads = self.limited.pop()
                    library.set_num_threads(n_threads)
                _release_libraries()


def _controller():
    """The libraries of NumPy, and those of SciPy once they are loaded."""
    return _controller_of("scipy.linalg._fblas" in sys.modules)


@cache
def _controller_of(has_scipy: bool):
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@cache
def load_lapack() -> None:
    """Load the libraries of SciPy, so that limits hold for them as well; to be called before a limit is set."""
    import scipy.linalg.cython_lapack  # noqa: F401


def _release_libraries() -> None:
    """Let any thread set limits: threadpoolctl 3.8 reserves them for the first thread that did so, and ignores others.
    """
    for library in _controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


_SINGLE_THREADED_BLAS = _SingleThreadedBlas()


def single_threaded_blas(wanted: bool) -> AbstractContextManager[None]:
    """A context that limits BLAS to one thread if wanted: the last bits of products depend on how many it uses."""
    return _SINGLE_THREADED_BLAS if wanted else nullcontext()


def divides_products(n_rows: float, n_columns: int) -> bool:
    """Whether BLAS may use several threads for products with a matrix of this shape."""
    return n_rows * n_columns > MAX_SERIAL or n_rows * n_columns * min(n_rows, n_columns) > MAX_UNDIVIDED
