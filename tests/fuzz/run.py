# Lives here: fuzzing from the command line. Independent of: what is fuzzed.
"""Bytes for the targets: by atheris where it is installed, which follows the branches of the readers; else by mutation.

    python tests/fuzz/run.py --seconds 60               # all targets, a minute each
    python tests/fuzz/run.py fits --seconds 600         # one of them
    python tests/fuzz/run.py model --reproduce FILE     # what a finding does

Exit code 0: no finding. A finding is written to a file, whose name is printed, and ends with a traceback. For memory
errors of the compiled core run it on a core built with a sanitizer (RELEASING.md).
"""
from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MAX_BYTES = 4096


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
    from fuzz.targets import outcome, seeds

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


def fuzz_by_atheris(name: str, seconds: float, seed: int) -> Counter:
    """The same with atheris; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["lassocore"]):
        from fuzz.targets import outcome, seeds
    folder = Path(f"corpus-{name}")
    folder.mkdir(exist_ok=True)
    for k, data in enumerate(seeds()[name]):
        (folder / f"seed{k}").write_bytes(data)
    atheris.Setup([sys.argv[0], str(folder), f"-max_total_time={int(seconds)}", f"-seed={seed + 1}", "-timeout=20",
                   f"-max_len={MAX_BYTES}", "-print_final_stats=1"], lambda data: outcome(name, data))
    atheris.Fuzz()
    return Counter()


def report(name: str, data: bytes) -> None:
    """Keep the bytes of a finding."""
    path = Path(f"finding-{name}.bin")
    path.write_bytes(data)
    print(f"finding: {path.resolve()}", flush=True)


def main() -> int:
    """Fuzz what is named, or all targets."""
    from fuzz.targets import TARGETS, outcome

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true", help="with atheris, one target")
    parser.add_argument("--reproduce", type=Path, metavar="FILE")
    given = parser.parse_args()
    for name in given.targets:
        if name not in TARGETS:
            parser.error(f"{name!r} is none of {', '.join(TARGETS)}")
    if given.reproduce:
        print(outcome(given.targets[0], given.reproduce.read_bytes()))
        return 0
    fuzz = fuzz_by_atheris if given.atheris else fuzz_by_mutation
    for name in given.targets or TARGETS:
        try:
            counts = fuzz(name, given.seconds, given.seed)
        except Exception:
            traceback.print_exc()
            return 1
        print(f"{name}: {sum(counts.values())} inputs, {dict(counts)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
