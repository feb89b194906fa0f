# Lives here: the choice of the compiled kernels for this processor. Independent of: what they do.
"""The core has its kernels for several instruction sets; the best that this machine runs are used, or those that
LASSOCORE_ISA names."""
import os

try:
    import lassocore._core as core
except ModuleNotFoundError as missing:
    if missing.name != "lassocore._core":
        raise
    raise ImportError(f"lassocore in {os.path.dirname(__file__)} has no compiled core; install the package with "
                      "`python -m pip install .` and import it from outside the source folder") from missing

LEVELS = ("baseline", "x86_64_v3", "x86_64_v4")


def available_levels() -> tuple[str, ...]:
    """The levels that were built and that this processor runs, slowest first."""
    n_runnable = {1: 1, 3: 2, 4: 3}[core.x86_64_level()]
    return tuple(level for level in LEVELS[:n_runnable] if level in core.LEVELS)


def choose_level() -> str:
    """The level to use: LASSOCORE_ISA where it is set, else the fastest available."""
    levels = available_levels()
    wanted = os.environ.get("LASSOCORE_ISA", "")
    if not wanted:
        return levels[-1]
    if wanted not in levels:
        raise ImportError(f"LASSOCORE_ISA={wanted!r} cannot run here; unset it or use one of {', '.join(levels)}")
    return wanted


level = choose_level()
core.use_level(level)
