# Lives here: a few hundred inputs of the fuzzing script. Independent of: what is fuzzed.
"""Every target gives results and refusals, and nothing else; the script finds what is wrong."""
import random
import re
import sys

import pytest
from fuzzing import run, targets
from fuzzing.entries import check
from fuzzing.run import mutated

N_INPUTS = 250


def test_every_target_has_a_name_and_seeds():
    assert set(run.NAMES) == set(targets.TARGETS) == set(targets.seeds())


@pytest.mark.parametrize("name", targets.TARGETS)
def test_inputs_give_results_or_are_refused(name):
    if name == "csv":
        pytest.importorskip("polars", reason="polars reads CSV files")
    chance, pool = random.Random(7), targets.seeds()[name]
    outcomes = [targets.outcome(name, data) for data in pool]
    outcomes += [targets.outcome(name, mutated(chance.choice(pool), pool, chance)) for _ in range(N_INPUTS)]
    assert set(outcomes) == {"result", "refused"}


def test_a_fault_is_a_finding(tmp_path, monkeypatch):
    monkeypatch.setitem(targets.TARGETS, "fits", lambda data: {}[data])
    with pytest.raises(KeyError):
        targets.outcome("fits", b"x")
    monkeypatch.setitem(targets.TARGETS, "fits", lambda data: check([float("nan")], [0.0]))
    with pytest.raises(AssertionError):
        targets.outcome("fits", b"x")


def test_the_script_counts_and_reproduces(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["run.py", *words])
        return run.main(), capsys.readouterr().out

    code, out = call("svmlight", "--seconds", "0.3")
    assert code == 0 and re.match(r"svmlight: \d+ inputs, ", out)
    (tmp_path / "input.bin").write_bytes(b"1 1:0.5\n")
    assert call("svmlight", "--reproduce", "input.bin") == (0, "result\n")
    monkeypatch.setitem(targets.TARGETS, "svmlight", lambda data: check([0.0], [-1.0]))
    code, out = call("svmlight", "--seconds", "0.3")
    assert code == 1 and (tmp_path / "finding-svmlight.bin").exists() and "finding: " in out
    with pytest.raises(SystemExit):
        call("nothing")
