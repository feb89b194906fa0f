# Lives here: runs that request scans of X, alone or several at a time. Independent of: what they are for.
"""Scans that runs along several paths share."""
from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import ScanRequest, scan
from lassocore.results.path_point import PathPoint

LONG = 0.25                         # share of all columns from which a request waits for those of the other runs
PIECE_NUMBERS = 60_000              # entries of X that stay in cache while several runs use them
MIN_PIECE = 16                      # columns in a piece of X, however long they are
Run = Generator[Any, np.ndarray, None]      # yields PathPoints, and ScanRequests that are answered with products
Share = Callable[[Mapping[int, Any], Mapping[int, ScanRequest]], Iterator[tuple[int, np.ndarray]]]


def alone(run: Run, matrix, pool) -> Iterator[PathPoint]:
    """The solutions of a single run."""
    step = next(run, None)
    while step is not None:
        if isinstance(step, ScanRequest):
            products = scan(matrix, step, pool)
            step = advance(run, products)
        else:
            yield step
            step = next(run, None)


def advance(run: Run, products: np.ndarray):
    """The next item of the run, None at its end."""
    try:
        return run.send(products)
    except StopIteration:
        return None


def in_lockstep(runs: Mapping[int, Run], matrices: Mapping[int, Any], share: Share) -> Iterator[tuple[int, PathPoint]]:
    """(key of the run, solution) of runs that share X, each with its own view of it.

    Requests for few columns are answered at once; those for many wait until every run has made one and are then
    answered together. The answers to a run do not depend on the other runs, to the last bit.
    """
    steps = {key: next(run, None) for key, run in runs.items()}
    waiting: dict[int, ScanRequest] = {}
    while steps:
        for key, step in steps.items():
            while step is not None and not isinstance(step, ScanRequest):
                yield key, step
                step = next(runs[key], None)
            if step is not None:
                waiting[key] = step
        short = [key for key, request in waiting.items() if len(request.columns) < LONG * matrices[key].n_features]
        steps = {key: advance(runs[key], scan(matrices[key], waiting.pop(key), None)) for key in short}
        if waiting and not short:
            answers = dict(share(matrices, waiting))
            waiting.clear()
            steps = {key: advance(runs[key], answers.pop(key)) for key in list(answers)}


def by_pieces(matrices: Mapping[int, Any], waiting: Mapping[int, ScanRequest]) -> Iterator[tuple[int, np.ndarray]]:
    """The products of each request, about the means of its own view of X. All requests are served from a piece of X
    while it is in cache."""
    answers = {key: np.zeros((len(request.columns), core.N_SLOTS)) for key, request in waiting.items()}
    singles = {key: np.ascontiguousarray(request.residuals[:, 0]) for key, request in waiting.items()
               if request.n_levels == 1}
    cuts = {key: cuts_of(matrices[key], request.columns) for key, request in waiting.items()}
    for piece in range(max(map(len, cuts.values()), default=1) - 1):
        for key, request in waiting.items():
            span = slice(*cuts[key][piece:piece + 2])
            if span.start == span.stop:
                continue
            if key in singles:
                answers[key][span, 0] = matrices[key].scan_residual(request.columns[span], singles[key])
            else:
                answers[key][span] = matrices[key].scan(request.columns[span], request.residuals)
    return iter(answers.items())


def cuts_of(matrix, columns: np.ndarray) -> list[int]:
    """The positions in rising columns where a new piece of X begins."""
    width = max(MIN_PIECE, PIECE_NUMBERS // matrix.cost)
    return np.searchsorted(columns, [*range(0, matrix.n_features, width), matrix.n_features]).tolist()


def by_slots(matrices: Mapping[int, Any], waiting: Mapping[int, ScanRequest]) -> Iterator[tuple[int, np.ndarray]]:
    """The products of each request, all from the same view of X. A scan of the union of their columns serves as many
    requests as its slots hold residuals; results do not depend on the other slots and columns."""
    for group in _groups(waiting):
        yield from _serve(matrices[next(iter(group))], group)


def _groups(waiting: Mapping[int, ScanRequest]) -> list[dict[int, ScanRequest]]:
    """The requests in the order of their keys, in groups that fit the slots of a scan."""
    groups: list[dict[int, ScanRequest]] = [{}]
    n_slots = 0
    for key in sorted(waiting):
        n_slots += waiting[key].n_levels
        if n_slots > core.N_SLOTS:
            groups.append({})
            n_slots = waiting[key].n_levels
        groups[-1][key] = waiting[key]
    return groups


def _serve(matrix, group: Mapping[int, ScanRequest]) -> Iterator[tuple[int, np.ndarray]]:
    """The products of each request, from one scan."""
    is_wanted = np.zeros(matrix.n_features, bool)
    residuals = core.zero_rows(matrix.n_samples)
    first = 0
    for request in group.values():
        is_wanted[request.columns] = True
        residuals[:, first:first + request.n_levels] = request.residuals[:, :request.n_levels]
        first += request.n_levels
    union = is_wanted.nonzero()[0]
    products = matrix.scan(union, residuals) if len(union) else np.zeros((0, core.N_SLOTS))
    position_of_column = np.cumsum(is_wanted) - 1
    first = 0
    for key, request in group.items():
        n_levels = request.n_levels
        c = products.take(position_of_column[request.columns], axis=0)
        c[:, :n_levels] = c[:, first:first + n_levels]
        c[:, n_levels:] = 0.0
        first += n_levels
        yield key, c
