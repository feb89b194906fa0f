# Lives here: how a path is solved and when it ends. Must not know: data.
"""Options of the solvers, checked once."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeGuard

import numpy as np

SELECTIONS = ("cyclic", "shuffled", "random")
SOLVERS = ("auto", "cd")
LEAST_GOAL = 1e-13              # of the squared target: certificates of Gram matrices are rounded by a little less
NUMBER, WHOLE = (float, int, Real), (int, Integral)     # the plain types first: the abstract ones are slow to ask
BOOLEAN = (bool, np.bool_)


def is_number(value: object) -> TypeGuard[float]:
    """Whether this is a real number: True and False are none."""
    return type(value) is float or isinstance(value, NUMBER) and not isinstance(value, BOOLEAN)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether this is an integer: True and False are none."""
    return type(value) is int or isinstance(value, WHOLE) and not isinstance(value, BOOLEAN)


def shortened(value: Any) -> str:
    """A value in an error message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def check_flag(name: str, value: Any) -> None:
    """A flag is True or False: a word such as "False" would count as true, and a number may be another argument."""
    if value is not True and value is not False and not isinstance(value, np.bool_):
        raise ValueError(f"{name}={value!r} must be True or False")


def check_flags(owner: Any, *names: str) -> None:
    """The flags that an estimator has among these attributes are True or False."""
    for name in names:
        check_flag(name, getattr(owner, name, False))


def check_verbose(verbose: Any) -> None:
    """verbose is a flag or a level."""
    if verbose is not False and not (isinstance(verbose, BOOLEAN) or is_whole(verbose) and verbose >= 0):
        raise ValueError(f"verbose={verbose!r} must be True, False or an integer of at least 0")


class LevelInfo(NamedTuple):
    """What a callback is told after each alpha, and `PathResult.info` keeps.

    Attributes
    ----------
    index : int
        Position of the alpha, from 0.
    n_alphas : int
        How many alphas the path has.
    alpha : float
        The alpha.
    n_iter : int
        Epochs and exact steps together.
    dual_gap : float
        Certificate: the objective is at most this far above its minimum.
    converged : bool
        Whether the gap meets the tolerance.
    n_nonzero : int
        Nonzero coefficients; with several tasks nonzero features.
    method : str
        "cd" (coordinate descent), "gram" (on the Gram matrix of all columns), "working_set", or "start" where the
        coefficients it was to start from were the solution.
    n_epochs : int
        Epochs of coordinate descent.
    n_newton : int
        Exact steps on the support.
    n_working : int
        Columns that took part.
    n_scanned : int
        Products of a column with a residual for all the others.
    seconds : float
        The time; of a batch of alphas, shared equally, and where folds or targets share scans, with the time they wait
        for each other.
    """

    index: int                      # type: ignore[assignment]
    n_alphas: int
    alpha: float
    n_iter: int
    dual_gap: float
    converged: bool
    n_nonzero: int
    method: str
    n_epochs: int
    n_newton: int
    n_working: int
    n_scanned: int
    seconds: float


@dataclass(frozen=True)
class PathInfo:
    """How a path was solved.

    Attributes
    ----------
    levels : list of LevelInfo
        What was done for each alpha.
    stopped : str
        Why the path ended: "" at its last alpha.
    """

    levels: list[LevelInfo]
    stopped: str

    def __getitem__(self, name: str) -> np.ndarray:
        """One field of all levels: info["seconds"], info["n_scanned"], ..."""
        return np.array([getattr(level, name) for level in self.levels])

    def __str__(self) -> str:
        return "\n".join([*map(describe, self.levels), *([f"ended by {self.stopped}"] if self.stopped else [])])


def describe(level: LevelInfo) -> str:
    """One line of what was done for an alpha."""
    return (f"{level.index + 1}/{level.n_alphas} alpha={level.alpha:.6g} gap={level.dual_gap:.2e} "
            f"{'' if level.converged else 'NOT CONVERGED '}nonzeros={level.n_nonzero} {level.method} "
            f"epochs={level.n_epochs} newton={level.n_newton} working={level.n_working} "
            f"scanned={level.n_scanned} {1e3 * level.seconds:.2f} ms")


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
    exact: bool = False         # where exact steps cost little, go on with them beyond tol

    def __post_init__(self):
        if self.solver not in SOLVERS:
            raise ValueError(f"solver={self.solver!r} is unknown; use one of {', '.join(map(repr, SOLVERS))}")
        if self.selection not in SELECTIONS:
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
        if not (is_whole(self.n_threads) and (self.n_threads >= 1 or self.n_threads == -1)):
            raise ValueError(f"n_threads={self.n_threads!r} must be an integer of at least 1, or -1 for all processors")

        check_verbose(self.verbose)

    @property
    def goal(self) -> float:
        """What is aimed at: tol, or in exact mode its square, as steps of a relative size of tol leave it."""
        return exact_goal(self.tol) if self.exact else self.tol

    @property
    def watched(self) -> bool:
        """Whether somebody may end the path early."""
        return self.callback is not None or self.time_limit is not None or self.max_active is not None


def exact_goal(tol: float) -> float:
    """The square of tol, as far as certificates can tell."""
    return min(tol, max(tol**2, LEAST_GOAL))
