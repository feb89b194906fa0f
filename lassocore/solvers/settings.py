# Lives here: the options of a fit, checked. Independent of: data.
"""How a path is solved and when it ends."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.results.path_info import LevelInfo
from lassocore.solvers.recorder import Recorder
from lassocore.utils.arguments import check_verbose, is_number, is_one_of, is_whole
from lassocore.utils.threads import check_n_threads

SELECTIONS = ("cyclic", "shuffled", "random")
SOLVERS = ("auto", "cd", "gram", "working_set")
MIN_GOAL = 1e-13                    # relative gap, a little above the rounding error of certificates on Gram matrices


@dataclass(slots=True)
class Settings:
    """How a path is solved and when it ends."""

    solver: str = "auto"
    selection: str = "cyclic"
    rng: Any = None
    tol: float = 1e-4
    max_iter: int = 10_000
    max_active: int | None = None
    time_limit: float | None = None
    callback: Callable[[LevelInfo], Any] | None = None
    verbose: bool = False
    n_threads: int = 1
    exact: bool = False         # continue below tol where exact steps are cheap
    recorder: Recorder | None = None    # of the iterates, for a history

    def __post_init__(self):
        if not is_one_of(self.solver, SOLVERS):
            raise ValueError(f"solver={self.solver!r} is unknown; use one of {', '.join(map(repr, SOLVERS))}")
        if not is_one_of(self.selection, SELECTIONS):
            raise ValueError(f"selection={self.selection!r} is unknown; use one of {', '.join(map(repr, SELECTIONS))}")
        if not (is_number(self.tol) and 0 <= self.tol < np.inf):
            raise ValueError(f"tol={self.tol!r} must be a number of at least 0")
        if not (is_whole(self.max_iter) and self.max_iter >= 1):
            raise ValueError(f"max_iter={self.max_iter!r} must be an integer of at least 1")
        if not (self.max_active is None or is_whole(self.max_active) and self.max_active >= 0):
            raise ValueError(f"max_active={self.max_active!r} must be an integer of at least 0, or None")
        if not (self.time_limit is None or is_number(self.time_limit) and self.time_limit >= 0):
            raise ValueError(f"time_limit={self.time_limit!r} must be a number of seconds of at least 0, or None")
        if not (self.callback is None or callable(self.callback)):
            raise ValueError(f"callback={self.callback!r} must be callable, or None")
        check_n_threads(self.n_threads)
        check_verbose(self.verbose)

    @property
    def goal(self) -> float:
        """The target gap: tol, or tol**2 in exact mode."""
        return exact_goal(self.tol) if self.exact else self.tol

    @property
    def may_end_early(self) -> bool:
        """Whether the path may end early."""
        return self.callback is not None or self.time_limit is not None or self.max_active is not None


def exact_goal(tol: float) -> float:
    """tol**2, but not below what certificates resolve."""
    return min(tol, max(tol**2, MIN_GOAL))
