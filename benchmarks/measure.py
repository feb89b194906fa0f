# Lives here: times of calls that take turns, and where they were taken. Independent of: what is called.
"""Clocks for the tables, and the machine and versions that go with them into measured.json."""
import platform
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ["lassocore", "numpy", "scipy", "scikit-learn", "celer", "skglm"]
ROUNDS = 5
MANY_ROUNDS = 100                       # of calls that together take less than
ENOUGH = 500.0                          # milliseconds
SLOW = 1e3                              # milliseconds from which a call is not repeated


def shortest_in_turn(calls: dict, rounds: int = ROUNDS, clock: Callable[[], float] = time.process_time) -> dict:
    """The shortest time of each call in milliseconds, the calls taking turns; slow ones are made once, fast ones often.

    Of calls that use one thread and nothing but the processor, processor time is what a quiet machine would take, and
    other work hardly disturbs it.
    """
    times: dict = {name: [] for name in calls}
    n_rounds = 0
    while n_rounds < rounds or n_rounds < MANY_ROUNDS and sum(map(sum, times.values())) < ENOUGH:
        n_rounds += 1
        for name, call in calls.items():
            if times[name] and times[name][0] > SLOW:
                continue
            start = clock()
            call()
            times[name].append(1e3 * (clock() - start))
    return {name: min(values) for name, values in times.items()}


def environment() -> dict:
    """The machine and the versions of the packages that are installed."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {"date": date.today().isoformat(), "processor": processor(), "versions": versions}


def processor() -> str:
    """The name of the processor, where the system tells it."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
             ] if info.exists() else []
    return names[0] if names else platform.processor()
