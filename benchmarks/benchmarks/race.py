# Lives here: solvers brought to an equal measured gap, and benchmarks of that. Independent of: solvers, data.
"""A race: problems, tasks and solvers of one kind, each solver calibrated before its time is taken.

Each case (problem, task, solver) is calibrated once, when its first benchmark is set up: the loosest tolerance that the
judge accepts, and the gap measured there, wait in the folder of setup_cache for the others of a run. A case without one
is skipped, with the reason in words: asv prints it with --show-stderr.
"""
import json
import os
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .judge import largest_gap
from .problems import Problem

GAP = 1e-6                                          # to be reached at every alpha, in units of P(0)
TOLERANCES = [m * 10.0**-k for k in range(3, 11) for m in (1.0, 0.5)]     # loosest first
SLOWEST = 5.0                                       # seconds; a solver that needs longer has missed

# (problem, alphas, tol) -> (coefs, intercepts), or a function that fetches them after the clock has stopped
Solver = Callable[[Problem, Any, float], Any]


class Unfit(NotImplementedError):
    """The solver is not here, or cannot pose the problem; the message says which."""


@dataclass(frozen=True)
class Race:
    """What benchmarks of one kind have in common.

    make returns the same object again for the last name, so that glmnet's process and first folds are kept. judged
    makes the problem whose coefficients are judged, where this is not the whole one, and judge tells their error.
    """

    kind: str
    make: Callable[[str], Problem]
    solvers: Mapping[str, Solver]
    judged: Callable[[Problem], Problem] = lambda problem: problem
    judge: Callable[..., float] = largest_gap

    def fit(self, solver: str, problem: Problem, alphas, tol: float) -> Any:
        """One call, warnings off: the judge speaks for all."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self.solvers[solver](problem, alphas, tol)
            except ModuleNotFoundError as missing:
                raise Unfit(f"{missing.name} is not installed") from missing

    def warm_up(self, solver: str, problem: Problem, alphas) -> None:
        """An easy call before the clock starts, for imports and compilation."""
        self.fit(solver, problem, alphas[:5], 1e-3)

    def measured(self, solver: str, problem: Problem, alphas, tol: float) -> tuple[float, float]:
        """(the gap at that tolerance, the seconds that it took)."""
        start = time.perf_counter()
        found = self.fit(solver, problem, alphas, tol)
        seconds = time.perf_counter() - start
        coefs, intercepts = found() if callable(found) else found
        return self.judge(self.judged(problem), alphas, coefs, intercepts), seconds

    def calibrate(self, solver: str, problem: Problem, alphas, target: float = GAP) -> tuple[float, float]:
        """(the loosest tolerance that the judge accepts, the gap there).

        Raises
        ------
        Unfit
            Where the solver is not installed, cannot pose the problem, or reaches the gap at no tolerance, or not in
            time.
        """
        self.warm_up(solver, problem, alphas)
        for tol in TOLERANCES:
            gap, seconds = self.measured(solver, problem, alphas, tol)
            if gap <= target:
                return tol, gap
            if seconds > SLOWEST:
                break
        raise Unfit(f"{solver} has a gap of {gap:.0e} at tol {tol:.0e}, after {seconds:.1f} s; {target:.0e} is asked")

    def known(self, folder: str, case: tuple[str, str, str]) -> Path:
        """The file that keeps what was found for a case (problem, task, solver)."""
        return Path(folder, "-".join([self.kind, *case]) + ".json")

    def find(self, folder: str, case: tuple[str, str, str]) -> None:
        """Calibrate a case, and keep the outcome."""
        problem_name, task, solver = case
        problem = self.make(problem_name)
        try:
            found: Any = self.calibrate(solver, problem, problem.alphas(task))
        except Unfit as reason:
            found = f"{problem_name}, {task}: {reason}"
        self.known(folder, case).write_text(json.dumps(found))

    def accepted(self, folder: str, case: tuple[str, str, str]) -> tuple[float, float]:
        """What `calibrate` found for a case, in this run or now; raises Unfit as it does."""
        if not self.known(folder, case).exists():
            self.find(folder, case)
        found = json.loads(self.known(folder, case).read_text())
        if isinstance(found, str):
            raise Unfit(found)
        return found[0], found[1]


class _Case:
    """The cases of a race; a class derived from it has race and params."""

    race: Race
    param_names = ["problem", "task", "solver"]
    timeout = 600

    def setup_cache(self):
        """The folder where calibrated cases are kept during a run."""
        return os.getcwd()

    def setup(self, folder, *case):
        """Calibrate, and make an easy call."""
        problem_name, task, solver = case
        tol, _ = self.race.accepted(folder, case)
        problem = self.race.make(problem_name)
        self.arguments = solver, problem, problem.alphas(task), tol
        self.race.warm_up(*self.arguments[:3])


class _EqualGap(_Case):
    """One call at the tolerance of the case."""

    def time_to_gap(self, folder, *case):
        self.race.fit(*self.arguments)


class _MeasuredGap(_Case):
    """What the judge measured at that tolerance, in units of P(0): how equal the gaps are."""

    unit = "P(0)"

    def setup(self, folder, *case):
        self.race.accepted(folder, case)

    def track_gap(self, folder, *case):
        return self.race.accepted(folder, case)[1]
