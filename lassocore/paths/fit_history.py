# Lives here: the history of a path from its iterates. Independent of: how they were found.
"""A `History`: the iterates of a fit, judged by the objective over all of X."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.paths.objective import BlockObjective, Objective
from lassocore.problems.problem import Problem
from lassocore.problems.variants import without_penalty
from lassocore.results.history import History
from lassocore.results.path_batch import PathBatch
from lassocore.results.path_point import PathPoint
from lassocore.solvers.recorder import Iterate, Recorder
from lassocore.utils.arguments import check_flag

SAME_TOL = 1e-5                     # relative difference that rounding to float32 may leave
BY_EPOCHS = ("cd", "descent")


def recorder_of(history: bool) -> Recorder | None:
    """A recorder, if a history is wanted."""
    if history is not False:        # a tiny fit is mostly Python
        check_flag("history", history)
    return Recorder() if history else None


def history_of(
    problem: Problem, recorder: Recorder, solved: PathBatch, grid: np.ndarray, l1_ratio: float, start=None
) -> History:
    """The history of these solutions; start has the coefficients before the first alpha."""
    iterates = with_solutions(problem, recorder.iterates, solved)
    judges: dict[bool, Any] = {}
    before = np.zeros((problem.matrix.n_features, *iterates[0].values.shape[1:]))
    if start is not None:
        before[:] = start.reshape(before.shape)
    before = in_given_units(problem, before)
    judged, steps, n_nonzero = [], [], []
    for iterate in iterates:
        alpha = float(grid[iterate.alpha_index])
        if (alpha == 0.0) not in judges:
            judges[alpha == 0.0] = _judge(problem, alpha, l1_ratio)
        w = np.zeros_like(before)
        w[iterate.rows] = iterate.values
        judged.append(judges[alpha == 0.0].measure(alpha, w))
        w = in_given_units(problem, w)
        steps.append(float(np.abs(w - before).max()))
        n_nonzero.append(int(np.count_nonzero(w.reshape(len(w), -1).any(axis=1))))
        before = w
    indices = np.array([iterate.alpha_index for iterate in iterates], np.intp)
    objectives, gaps = (in_objective_units(problem, values) for values in np.array(judged).T)
    return History(indices, iterations(indices), objectives, gaps, np.array(steps), np.array(n_nonzero, np.intp),
                   np.array([iterate.kind for iterate in iterates]))


def _judge(problem: Problem, alpha: float, l1_ratio: float) -> Objective | BlockObjective:
    judged = without_penalty(problem) if alpha == 0.0 else problem
    return BlockObjective(judged, l1_ratio) if problem.has_blocks else Objective(judged, l1_ratio)


def with_solutions(problem: Problem, iterates: list[Iterate], solved: PathBatch) -> list[Iterate]:
    """The iterates alpha by alpha; the last of each alpha is the solution, as it is returned."""
    found: list[list[Iterate]] = [[] for _ in range(len(solved))]
    for iterate in iterates:
        if iterate.alpha_index < len(found):
            found[iterate.alpha_index].append(iterate if problem.block is None else Iterate(
                iterate.alpha_index, iterate.kind, *problem.block.expanded(iterate.rows, iterate.values)))
    for point, of_alpha in zip(solved, found, strict=True):
        if of_alpha and is_reached(problem, of_alpha[-1], point):
            kind = of_alpha.pop().kind
        else:
            kind = "epoch" if point.method in (*BY_EPOCHS, "start") else "exact step"
        values = point.values if problem.has_blocks else point.values.ravel()       # of a single task too
        of_alpha.append(Iterate(point.index, kind, point.rows, values))
    return [iterate for of_alpha in found for iterate in of_alpha]


def is_reached(problem: Problem, last: Iterate, point: PathPoint) -> bool:
    """Whether the solution is the last iterate, up to rounding, extrapolation and unpenalised columns."""
    if problem.has_blocks or last.kind == "epoch" and point.method in BY_EPOCHS:
        return True
    largest = np.abs(point.values).max(initial=0.0)
    return np.array_equal(last.rows, point.rows) and np.allclose(
        last.values, point.values.ravel(), rtol=SAME_TOL, atol=SAME_TOL * largest)


def iterations(indices: np.ndarray) -> np.ndarray:
    """1, 2, ... within each run of equal numbers."""
    firsts = np.flatnonzero(np.diff(indices, prepend=-1))
    counts = np.diff(np.append(firsts, len(indices)))
    return np.arange(len(indices)) - np.repeat(firsts, counts) + 1


def in_given_units(problem: Problem, w: np.ndarray) -> np.ndarray:
    """Coefficients of all features on the scale of the given X and y."""
    return w if problem.scaling is None else problem.scaling.outer(w)


def in_objective_units(problem: Problem, values: np.ndarray) -> np.ndarray:
    """S-scaled values of the objective in units of the given one."""
    values = values / problem.total_weight
    return values if problem.scaling is None else problem.scaling.objective(values)
