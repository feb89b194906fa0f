# Lives here: which measurements the pages show, and the command that makes them. Independent of: how they are shown.
"""Times to an equal measured gap, and what options, threads and many targets cost; one thread, in turn.

    python tables.py                            # all that need no folder of data; about an hour
    python tables.py path single                # some of them: see MEASURED
    python tables.py --keep tasks               # and keep them in measured.json, from which report.py makes tables
    python tables.py public means --data FOLDER # with published data: NAME.npz of X and y, or NAME_X.npz, as
                                                # scipy.sparse.save_npz writes it, and NAME_y.npy
"""
import argparse
import json
import sys
from pathlib import Path

import fit_tables
import option_tables
import public_tables
import target_tables
from measure import environment
from shown import TABLES
from threadpoolctl import threadpool_limits

KEPT = Path(__file__).with_name("measured.json")


def stability(folder=None) -> list[dict]:
    """StabilitySelection beside a loop."""
    import selection

    return selection.speed()


def selections(folder=None) -> list[dict]:
    """False selections, and what is allowed."""
    import selection

    return list(selection.errors())


def glmnet(folder=None) -> list[dict]:
    """Paths beside R's glmnet."""
    import glmnet

    return [glmnet.race(name) for name in glmnet.PROBLEMS]


# Each takes the folder of published data, or None; minutes are those of a quiet machine.
MEASURED = {
    "floor": fit_tables.floors,                     # 1 minute
    "path": fit_tables.paths,                       # 5
    "single": fit_tables.singles,                   # 3
    "tiny": fit_tables.tiny,                        # 1
    "alphas": fit_tables.further_alphas,            # 1
    "predict": fit_tables.predictions,              # 1
    "variants": option_tables.variants,             # 1
    "threads": option_tables.threads,               # 2
    "cv": option_tables.cross_validation,           # 8, twice as long with data
    "shared_folds": option_tables.shared_folds,     # 5
    "interrupts": option_tables.interrupts,         # 3
    "tasks": target_tables.tasks,                   # 2
    "targets": target_tables.targets,               # 5
    "shared_targets": target_tables.shared_targets,     # 3
    "stability": stability,                         # 2
    "selections": selections,                       # 10
    "glmnet": glmnet,                               # 5, with Rscript and its package glmnet
    "public": public_tables.public,                 # 10, with data
    "means": public_tables.means,                   # 60, with data
}
WITH_DATA = ("public", "means")


def main() -> None:
    """Measure what is named, or all; print the tables, and keep the measurements if that is wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURED))
    parser.add_argument("--keep", action="store_true", help=f"write them to {KEPT.name}")
    parser.add_argument("--data", metavar="FOLDER", type=Path, help="published data, for public, means and cv")
    given = parser.parse_args()
    for name in given.names:
        if name not in MEASURED:
            parser.error(f"{name!r} is none of {', '.join(MEASURED)}")
        if name in WITH_DATA and given.data is None:
            parser.error(f"{name} needs --data FOLDER")
    names = given.names or [name for name in MEASURED if given.data is not None or name not in WITH_DATA]
    with threadpool_limits(1):
        for name in names:
            try:
                rows = MEASURED[name](given.data)
            except NotImplementedError as reason:
                print(f"### {name}: {reason}", file=sys.stderr)
                continue
            measured = json.loads(json.dumps({"environment": environment(), "rows": rows}))     # keys are words
            print(f"### {name}\n\n{TABLES[name](measured['rows'])}\n", flush=True)
            if given.keep:
                kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
                KEPT.write_text(json.dumps({**kept, name: measured}, indent=1) + "\n")


if __name__ == "__main__":
    main()
