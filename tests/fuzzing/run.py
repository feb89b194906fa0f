# Lives here: fuzzing from the command line. Independent of: what is fuzzed.
"""Bytes for the targets: by mutation, or by atheris, which follows the branches of the readers and of the core.

    python tests/fuzzing/run.py --seconds 60               # all targets, a minute each
    python tests/fuzzing/run.py fits --seconds 600         # one of them
    python tests/fuzzing/run.py --engine atheris           # after `pip install atheris==3.0.0`
    python tests/fuzzing/run.py model --reproduce FILE     # what a finding does

Exit code 0: no finding. A finding is written to a file, whose name is printed, and ends with a traceback. Memory errors
of the compiled core are found by `python tests/sanitizers/run.py fuzz`, which runs this on a core with sanitizers.
"""
from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MAX_BYTES = 4096
NAMES = ("fits", "sizes", "blocks", "c_api", "model", "csv", "npz", "svmlight")     # the targets of targets.py


def mutated(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A few bytes changed, inserted, removed, repeated, or taken from another file."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, kind = chance.randrange(len(out) + 1), chance.randrange(6)
        if kind == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif kind == 1 and at < len(out):
            out[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            out[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice((1, 2, 8))))
        elif kind == 3:
            del out[at:at + chance.choice((1, 2, 8, 64))]
        elif kind == 4:
            out[at:at] = out[at:at + chance.choice((4, 32))] * chance.choice((1, 3))
        else:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            out[at:at + 32] = other[start:start + 32]
    return bytes(out[:MAX_BYTES])


def fuzz_by_mutation(name: str, seconds: float, seed: int) -> Counter:
    """How often each outcome was seen within the time."""
    from fuzzing.targets import outcome, seeds

    chance, pool, counts = random.Random(seed), seeds()[name], Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(chance.choice(pool), pool, chance)
        try:
            found = outcome(name, data)
        except Exception:
            report(name, data)
            raise
        counts[found] += 1
        if found == "result" and len(pool) < 500 and counts[found] % 20 == 0:
            pool.append(data)           # sound files lead to others
    return counts


def fuzz_by_atheris(name: str, seconds: float, seed: int) -> NoReturn:
    """The same with atheris, which ends the process; inputs that reach new branches are kept in a folder."""
    import atheris

    with atheris.instrument_imports(include=["lassocore"]):
        from fuzzing.targets import outcome, seeds
    folder = Path(f"corpus-{name}")
    folder.mkdir(exist_ok=True)
    for k, data in enumerate(seeds()[name]):
        (folder / f"seed{k}").write_bytes(data)
    atheris.Setup([
        sys.argv[0], str(folder), f"-max_total_time={max(1, int(seconds))}", f"-seed={seed + 1}", "-timeout=120",
        "-rss_limit_mb=6000", f"-max_len={MAX_BYTES}", f"-artifact_prefix=finding-{name}-", "-print_final_stats=1",
        "-verbosity=1"], lambda data: int(outcome(name, data) == "nothing"))
    atheris.Fuzz()
    raise SystemExit(0)


def each_in_a_process(given: argparse.Namespace, names: list[str]) -> int:
    """Atheris on several targets, one process for each; counts are read from what libFuzzer prints."""
    failed = 0
    for name in names:
        done = subprocess.run(
            [sys.executable, "-P", __file__, name, "--engine", "atheris", f"--seconds={given.seconds}",
             f"--seed={given.seed}"], stderr=subprocess.PIPE, text=True, errors="replace")
        n_inputs, covered = (re.findall(pattern, done.stderr) or ["0"] for pattern in (
            r"stat::number_of_executed_units: +(\d+)", r"cov: (\d+)"))
        print(f"{name}: {n_inputs[-1]} inputs, {covered[-1]} branches, exit code {done.returncode}", flush=True)
        if done.returncode:
            print(done.stderr[-6000:], flush=True)
        failed |= done.returncode != 0
    return int(failed)


def report(name: str, data: bytes) -> None:
    """Keep the bytes of a finding."""
    path = Path(f"finding-{name}.bin")
    path.write_bytes(data)
    print(f"finding: {path.resolve()}", flush=True)


def fuzz_all_by_mutation(given: argparse.Namespace, names: list[str]) -> int:
    """1 at the first finding."""
    for name in names:
        try:
            counts = fuzz_by_mutation(name, given.seconds, given.seed)
        except Exception:
            traceback.print_exc()
            return 1
        print(f"{name}: {sum(counts.values())} inputs, {dict(counts)}", flush=True)
    return 0


def main() -> int:
    """Fuzz what is named, or all targets."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=["mutation", "atheris"], default="mutation", help="what makes the bytes")
    parser.add_argument("--reproduce", type=Path, metavar="FILE")
    given = parser.parse_args()
    names = given.targets or list(NAMES)
    for name in names:
        if name not in NAMES:
            parser.error(f"{name!r} is none of {', '.join(NAMES)}")
    if os.environ.get("LASSOCORE_PLAIN_MEMORY"):        # of tests/sanitizers
        import plain_memory

        plain_memory.use()
    if given.reproduce:
        from fuzzing.targets import outcome

        print(outcome(names[0], given.reproduce.read_bytes()))
        return 0
    if given.engine == "atheris":
        return fuzz_by_atheris(names[0], given.seconds, given.seed) if len(names) == 1 else (
            each_in_a_process(given, names))
    return fuzz_all_by_mutation(given, names)


if __name__ == "__main__":
    sys.exit(main())
