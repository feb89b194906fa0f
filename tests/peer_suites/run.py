# Lives here: celer's and skglm's own tests, run on lassocore. Independent of: how either is made.
"""Run the estimator tests that celer and skglm install with themselves, lassocore in the place of their estimators.

    python tests/peer_suites/run.py celer          # exit code 0: all pass but the exceptions
    python tests/peer_suites/run.py skglm
    python tests/peer_suites/run.py celer --shift 1e-3     # wrong coefficients: to see that the suite has teeth

Needs ``pip install celer==0.7.4 skglm==0.5 pytest``. Only tests of models that lassocore has are run. An exception that
passes is an error, unless it fails on some processors only, and so is a suite that never meets lassocore.
"""
from __future__ import annotations

import argparse
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

# Files of tests, and which of their cases are about models that lassocore has (the rest are about logistic regression,
# groups, Cox, MCP, other solvers, docstrings).
SUITES = {
    "celer": {
        "celer/tests/test_lasso.py": r"^(?!.*logreg)",
        "celer/tests/test_enet.py": r"",
        "celer/tests/test_mtl.py": r"test_GroupLasso_\w+_equivalence|test_mtl_path|test_MultiTaskLasso",
    },
    "skglm": {
        "skglm/tests/test_estimators.py":
            r"test_(check_estimator|estimator|grid_search|warm_start)\[(.*-)?(Lasso|wLasso|ElasticNet)\]"
            r"|test_mtl_|test_generic_estimator\[.*-(L1|WeightedL1|L1_plus_L2)-(?!Sparse)",
        "skglm/tests/test_penalties.py": r"test_slope_lasso",
        "skglm/experimental/tests/test_sqrt_lasso.py": r"test_lasso_sqrt_lasso_equivalence",
    },
}
FEWEST = {"celer": 40, "skglm": 40}     # cases that must have run

COUNTS_FROM_ONE = "n_iter_ counts the look that certifies the start, so it is at least 1, as in scikit-learn"
EXCEPTIONS = {
    "celer": {
        "test_enet.py::test_raise_errors_l1_ratio":
            "l1_ratio=0 is ridge regression here, no error; constructors check nothing, fit does",
    },
    "skglm": {
        "test_estimators.py::test_warm_start[Lasso]": COUNTS_FROM_ONE,
        "test_estimators.py::test_warm_start[wLasso]": COUNTS_FROM_ONE,
        "test_estimators.py::test_warm_start[ElasticNet]": COUNTS_FROM_ONE,
    },
}

ON_SOME_PROCESSORS = {
    "test_mtl.py::test_GroupLasso_Lasso_equivalence[0-False]":
        "celer's GroupLasso, with which it compares, is off by 3e-6 on some; celer's own Lasso then fails, too",
}


def rebind(peer: str) -> None:
    """Put the stand-ins where the peer's tests import its estimators from."""
    import adapters

    if peer == "celer":
        celer, dropin, homotopy = map(import_module, ("celer", "celer.dropin_sklearn", "celer.homotopy"))
        stand_ins = {name: getattr(adapters, name) for name in
                     ("Lasso", "LassoCV", "ElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV")}
        stand_ins["ElasticNet"] = adapters.CelerElasticNet
        path = adapters.celer_path(homotopy.celer_path)
        places = [(celer, stand_ins), (dropin, stand_ins), (celer, {"celer_path": path}),
                  (homotopy, {"celer_path": path, "mtl_path": adapters.mtl_path})]
    else:
        stand_ins = {"Lasso": adapters.Lasso, "WeightedLasso": adapters.Lasso, "ElasticNet": adapters.ElasticNet,
                     "MultiTaskLasso": adapters.MultiTaskLasso}
        places = [(import_module("skglm"), stand_ins), (import_module("skglm.estimators"), stand_ins)]
    for module, names in places:
        for name, stand_in in names.items():
            setattr(module, name, stand_in)


class Judge:
    """Pytest plugin: keeps the covered cases, and the outcome of each."""

    def __init__(self, peer: str):
        self.covered, self.outcomes = SUITES[peer], {}

    def pytest_collection_modifyitems(self, config, items):
        import adapters

        kept = [item for item in items if re.search(self.covered[self.file_of(item.nodeid)], item.name)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
        for module in {item.module for item in items}:
            for name in ("sklearn_LassoCV", "sk_ElasticNetCV", "sklearn_MultiTaskLassoCV"):
                if hasattr(module, name):
                    setattr(module, name, adapters.with_n_alphas(getattr(module, name)))

    def file_of(self, nodeid: str) -> str:
        """The key of `SUITES` that a case belongs to."""
        return next(file for file in self.covered if Path(file).name == Path(nodeid.split("::")[0]).name)

    def pytest_runtest_logreport(self, report):
        case = f"{Path(report.nodeid.split('::')[0]).name}::{report.nodeid.split('::')[1]}"
        if report.failed or report.when == "call":
            self.outcomes[case] = "failed" if report.failed else report.outcome


def main() -> int:
    """Run one suite and say what is wrong with it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("peer", choices=SUITES)
    parser.add_argument("--shift", type=float, default=0.0, help="added to all coefficients")
    options = parser.parse_args()
    sys.path[0] = str(HERE)
    import adapters

    adapters.PEER, adapters.SHIFT = options.peer, options.shift
    rebind(options.peer)
    root = Path(import_module(options.peer).__file__).resolve().parent.parent
    judge = Judge(options.peer)
    pytest.main(["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", "/dev/null", f"--rootdir={root}",
                 "--tb=short", "-W", "ignore", *(str(root / file) for file in SUITES[options.peer])], plugins=[judge])
    failed = {case for case, outcome in judge.outcomes.items() if outcome == "failed"}
    excepted = set(EXCEPTIONS[options.peer])
    complaints = [f"failed: {case}" for case in sorted(failed - excepted - set(ON_SOME_PROCESSORS))]
    complaints += [f"an exception that does not fail: {case}" for case in sorted(excepted - failed)]
    n_passed = sum(outcome == "passed" for outcome in judge.outcomes.values())
    if n_passed + len(failed) < FEWEST[options.peer]:
        complaints.append(f"only {n_passed + len(failed)} cases ran")
    if adapters.StandIn.n_fits < n_passed / 2:
        complaints.append("the suite has hardly met lassocore")
    print(f"{options.peer} on lassocore: {n_passed} passed, {len(failed)} failed, {len(excepted)} exceptions, "
          f"{adapters.StandIn.n_fits} fits", *complaints, sep="\n")
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main())
