# Lives here: the threads of one fit. Independent of: what they work on.
"""A pool for scans and Gram blocks, whose shares of the work do not depend on how many threads there are."""
from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from threading import Lock
from typing import Any

MAX_UNDIVIDED = 200_000             # multiply-adds of a product that no BLAS divides among threads of its own,
MAX_SERIAL = 8_000                  # and numbers of a matrix whose product with a vector it does not divide
NO_POOL: AbstractContextManager[None] = nullcontext()


def thread_pool(n_threads: int) -> AbstractContextManager[ThreadPoolExecutor | None]:
    """A pool of threads, or None for one; -1 for as many as there are processors for this process."""
    n_threads = count(n_threads)
    return NO_POOL if n_threads == 1 else ThreadPoolExecutor(n_threads)


def count(n_threads: int) -> int:
    """How many threads that is; -1 for the processors that this process may use: affinity and control groups count."""
    if n_threads != -1:
        return n_threads
    from joblib import cpu_count

    return cpu_count()


def ranges(n: int, length: int) -> list[tuple[int, int]]:
    """[0, n) in pieces of this length."""
    return [(start, min(start + length, n)) for start in range(0, n, length)]


def run(pool: ThreadPoolExecutor | None, work, pieces) -> list:
    """[work(piece) for piece in pieces], in the pool where there is one."""
    return list(map(work, pieces)) if pool is None or len(pieces) < 2 else list(pool.map(work, pieces))


class _SingleThreadedBlas:
    """A context in which BLAS keeps to one thread, shared by fits that run at the same time: the last one ends it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.n_inside = 0
        self.limit: Any = None
        if hasattr(os, "register_at_fork"):     # a child never finds the lock taken
            os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        self.lock = Lock()

    def __enter__(self) -> None:
        with self.lock:
            if self.n_inside == 0:
                self.limit = _controller().limit(limits=1, user_api="blas")
            self.n_inside += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0:
                _release_libraries()
                self.limit.restore_original_limits()
                _release_libraries()


@cache
def _controller():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _release_libraries() -> None:
    """Let any thread set limits: threadpoolctl 3.8 leaves them to the thread that set the first, which may have ended
    its fit before others."""
    for library in _controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


_SINGLE_THREADED_BLAS = _SingleThreadedBlas()


def single_threaded_blas(wanted: bool) -> AbstractContextManager[None]:
    """A context in which BLAS keeps to one thread where that is wanted: the fit's own threads share the work, and the
    last bits of a product depend on how many threads BLAS divides it among."""
    return _SINGLE_THREADED_BLAS if wanted else nullcontext()


def divides_products(n_rows: float, n_columns: int) -> bool:
    """Whether BLAS may divide products of a matrix of this shape among threads of its own."""
    return n_rows * n_columns > MAX_SERIAL or n_rows * n_columns * min(n_rows, n_columns) > MAX_UNDIVIDED
