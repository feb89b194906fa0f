# Lives here: the choice of the compiled core for this processor. Independent of: what the core does.
"""One core per instruction set; the best that this machine runs is imported, or the one that LASSOCORE_ISA names."""
import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

try:
    from lassocore._cpu import x86_64_level
except ModuleNotFoundError as missing:
    raise ImportError(f"lassocore in {os.path.dirname(__file__)} has no compiled core; install the package with "
                      "`python -m pip install .` and import it from outside the source folder") from missing

LEVELS = ("baseline", "x86_64_v3", "x86_64_v4")


def available_levels() -> tuple[str, ...]:
    """The levels that were built and that this processor runs, slowest first."""
    n_runnable = {1: 1, 3: 2, 4: 3}[x86_64_level()]
    return tuple(level for level in LEVELS[:n_runnable] if find_spec(f"lassocore._core_{level}"))


def choose_level() -> str:
    """The level to import: LASSOCORE_ISA where it is set, else the fastest available."""
    levels = available_levels()
    wanted = os.environ.get("LASSOCORE_ISA", "")
    if not wanted:
        return levels[-1]
    if wanted not in levels:
        raise ImportError(f"LASSOCORE_ISA={wanted!r} cannot run here; unset it or use one of {', '.join(levels)}")
    return wanted


level = choose_level()
if TYPE_CHECKING:
    from lassocore import _core as core
else:
    core = import_module(f"lassocore._core_{level}")
