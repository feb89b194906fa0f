# Lives here: the suboptimality of paths against their certificates, a script too. Independent of: how paths are solved.
"""The true suboptimality of random small problems, in extended precision, over the dual gaps that paths report.

    python tests/certificates/suboptimality.py 2000             # exit code 0: no suboptimality above its gap
    python tests/certificates/suboptimality.py 2000 blocks      # of groups and of several tasks only

The tests draw a few hundred problems. The minimum is that of an interior-point method, or of Newton's method on
smoothed norms, from above, so that a ratio above 1 proves a certificate wrong.
"""
from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from certificates.random_blocks import block_objective, extended_blocks, make_block_problem  # noqa: E402
from certificates.random_problems import extended, make_problem, objective  # noqa: E402

from lassocore import fit_multi_task_path, fit_path  # noqa: E402

ROUNDING = 1e-13        # of the objective at 0 or at the point
N_JUDGED = 3            # alphas of a path


class Judged(NamedTuple):
    """One alpha of one problem, in units of the objective at w = 0."""

    seed: int
    alpha: float
    suboptimality: float
    gap: float
    size: float         # of the objective

    @property
    def ratio(self) -> float:
        """Suboptimality beyond rounding over the gap; above 1 it is a violation."""
        excess = self.suboptimality - ROUNDING * self.size
        return 0.0 if excess <= 0 else excess / self.gap if self.gap > 0 else np.inf


def fit_blocks(X, y, **arguments):
    """The path of a problem of groups or of several tasks."""
    return (fit_path if y.ndim == 1 else fit_multi_task_path)(X, y, **arguments)


class Kind(NamedTuple):
    """A kind of problems: how they are drawn, fitted and written in long double."""

    make: Callable
    fit: Callable
    extended: Callable
    objective: Callable


FEATURES = Kind(make_problem, fit_path, extended, objective)
BLOCKS = Kind(make_block_problem, fit_blocks, extended_blocks, block_objective)
KINDS = {"features": FEATURES, "blocks": BLOCKS}


def judge(seed: int, kind: Kind = FEATURES) -> Iterator[Judged]:
    """Solve one problem, and judge some of its alphas."""
    case = kind.make(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = kind.fit(case.X, case.y, **case.options, **case.settings)
    for k in sorted(np.random.default_rng(seed).permutation(len(path.alphas))[:N_JUDGED]):
        problem = kind.extended(case.X, case.y, path.alphas[k], case.options)
        unit = problem.z @ problem.z / 2
        if unit == 0:
            continue
        value = kind.objective(
            case.X, case.y, path.coefs[..., k], path.intercepts[..., k], path.alphas[k], case.options)
        yield Judged(seed, path.alphas[k], float((value - problem.minimum()) / unit), float(path.dual_gaps[k] / unit),
                     float(max(value / unit, 1)))


def judge_all(count: int, first: int = 0, kind: Kind = FEATURES) -> list[Judged]:
    """The judged alphas of `count` problems."""
    return [judged for seed in range(first, first + count) for judged in judge(seed, kind)]


def violations(judged: list[Judged]) -> list[Judged]:
    """Where the suboptimality is above the gap; a NaN of either is one."""
    return [each for each in judged if not each.ratio <= 1.0]


def main(count: int, names: list[str]) -> int:
    """The exit code of a run of `count` problems of each of these kinds."""
    total = 0
    for name in names:
        judged = judge_all(count, kind=KINDS[name])
        for worst in sorted(judged, key=lambda each: each.ratio)[-5:]:
            print(f"ratio {worst.ratio:.6f}: suboptimality {worst.suboptimality:.3e}, gap {worst.gap:.3e}, "
                  f"alpha {worst.alpha!r}, seed {worst.seed}: {KINDS[name].make(worst.seed)}")
        n_violations = len(violations(judged))
        print(f"{name}: {count} problems, {len(judged)} alphas, {n_violations} above their gap")
        total += n_violations
    return total > 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300, sys.argv[2:] or list(KINDS)))
