# Lives here: the demonstration and its race. Independent of: solvers.
"""Both are timed at one tolerance of measured gaps, and a ratio, or a bound with the reason, is always printed."""
from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from helpers.commands import succeed

from lassocore import fit_path
from lassocore.cli import demo, text_reports


def small_examples():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 60))
    yield demo.centred("small", X, X[:, 0] + rng.standard_normal(40))


def test_demo_prints_both_times(monkeypatch):
    monkeypatch.setattr(demo, "examples", small_examples)
    text = succeed("demo").stdout
    assert "== small ==" in text and "nonzeros" in text and "20 of 100 alphas shown." in text
    ratio = float(text.split("scikit-learn took ")[1].split()[0])
    ours, peer = (float(line.split(" s ")[0].split()[-1]) for line in text.splitlines() if "measured gap" in line)
    assert ratio == pytest.approx(peer / ours, rel=0.2) and ratio > 0


def test_demo_gives_a_bound_where_scikit_learn_runs_out_of_time():
    outcome = demo.race(next(small_examples()), budget=0.0)
    assert not outcome.reached and outcome.peer_gap > outcome.gap and outcome.peer_tol == demo.PEER_TOLS[0]
    last = text_reports.describe_race(outcome)[-1]
    assert f"{outcome.peer_seconds / outcome.seconds:.2f} times as long" in last
    assert f"{outcome.peer_gap / outcome.gap:.3g} times as large" in last and "takes more" in last


def test_demo_counts_processor_time(monkeypatch):
    """Other work on the machine changes neither the race nor its ratio."""
    late = count()
    monkeypatch.setattr(demo.time, "perf_counter", lambda: 1e3 * next(late))
    outcome = demo.race(next(small_examples()))
    assert outcome.reached and outcome.seconds < 100 and outcome.budget == demo.PEER_BUDGET


def test_demo_measures_the_gap_that_the_path_certifies():
    example = next(small_examples())
    path = fit_path(example.X, example.y, fit_intercept=False, alphas=10, tol=1e-3)
    for k in range(10):
        measured = demo.largest_gap(example.X, example.y, path.alphas[[k]], path.coefs[:, [k]])
        assert measured == pytest.approx(path.dual_gaps[k], rel=1e-6, abs=1e-13)
    zero = demo.largest_gap(example.X, example.y, path.alphas[-1:], np.zeros((60, 1)))
    assert zero > 10 * path.gap_tol


def test_demo_examples_are_centred():
    for example, shape in zip(demo.examples(), ((442, 10), (200, 10_000)), strict=True):
        assert example.X.shape == shape and example.X.flags.f_contiguous
        assert max(abs(example.X.mean(axis=0)).max(), abs(example.y.mean())) < 1e-10
