# Lives here: the suboptimality of paths against their certificates, a script too. Independent of: how paths are solved.
"""The true suboptimality of random small problems, in extended precision, over the dual gaps that paths report.

    python tests/certificates/suboptimality.py 2000        # exit code 0: no suboptimality above its gap

The tests draw a few hundred problems. The minimum is that of an interior-point method, from above, so that a ratio
above 1 proves a certificate wrong.
"""
from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from certificates.random_problems import extended, make_problem, objective  # noqa: E402

from lassocore import fit_path  # noqa: E402

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


def judge(seed: int, fit: Callable = fit_path) -> Iterator[Judged]:
    """Solve one problem, and judge some of its alphas."""
    case = make_problem(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = fit(case.X, case.y, **case.options, **case.settings)
    for k in sorted(np.random.default_rng(seed).permutation(len(path.alphas))[:N_JUDGED]):
        problem = extended(case.X, case.y, path.alphas[k], case.options)
        unit = problem.z @ problem.z / 2
        if unit == 0:
            continue
        value = objective(case.X, case.y, path.coefs[:, k], path.intercepts[k], path.alphas[k], case.options)
        yield Judged(seed, path.alphas[k], float((value - problem.minimum()) / unit), float(path.dual_gaps[k] / unit),
                     float(max(value / unit, 1)))


def judge_all(count: int, first: int = 0, fit: Callable = fit_path) -> list[Judged]:
    """The judged alphas of `count` problems."""
    return [judged for seed in range(first, first + count) for judged in judge(seed, fit)]


def violations(judged: list[Judged]) -> list[Judged]:
    """Where the suboptimality is above the gap; a NaN of either is one."""
    return [each for each in judged if not each.ratio <= 1.0]


def main(count: int) -> int:
    """The exit code of a run of `count` problems."""
    judged = judge_all(count)
    for worst in sorted(judged, key=lambda each: each.ratio)[-5:]:
        print(f"ratio {worst.ratio:.6f}: suboptimality {worst.suboptimality:.3e}, gap {worst.gap:.3e}, "
              f"alpha {worst.alpha!r}, seed {worst.seed}: {make_problem(worst.seed)}")
    n_violations = len(violations(judged))
    print(f"{count} problems, {len(judged)} alphas, {n_violations} above their gap")
    return n_violations > 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
