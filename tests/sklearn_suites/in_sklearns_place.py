# Lives here: a pytest plugin that puts lassocore in scikit-learn's place. Independent of: which files are run.
"""Loaded with ``-p`` before any test module is imported; LASSOCORE_LEVEL says what is exchanged.

Tests that do not concern the exchanged estimators are left out, those in `exceptions` are marked strictly, and a run
that does far fewer tests than there are is an error. LASSOCORE_MUTATION adds a thousandth to every coefficient.
"""
import functools
import os
import re
from collections import Counter

import pytest
from exceptions import EXCEPTIONS

import lassocore
from lassocore.sklearn_compat import replacements

LEVEL = os.environ["LASSOCORE_LEVEL"]
MUTATED = "LASSOCORE_MUTATION" in os.environ
SIZE_OF_MUTATION = 1e-3
MAX_EXCEPTIONS = 10
MIN_TESTS = {
    "linear_model/tests/test_coordinate_descent.py": 280,
    "linear_model/tests/test_sparse_coordinate_descent.py": 150,
    "linear_model/tests/test_common.py": 30,
    "covariance/tests/test_graphical_lasso.py": 15,
    "tests/test_common.py": 450,
}
ESTIMATORS = re.compile(r"(?<![A-Za-z])(MultiTask)?(Lasso|ElasticNet)(CV)?(?![A-Za-z])")
COVARIANCE = re.compile(r"GraphicalLasso(CV)?(?![A-Za-z])")

done: Counter[str] = Counter()


def patch():
    """What the level asks for."""
    if MUTATED:
        mutate_classes() if LEVEL == "classes" else mutate_kernels()
    lassocore.patch_sklearn(estimators=LEVEL == "classes", kernels=LEVEL == "kernels")


def mutate_classes():
    """Every fit and path gives coefficients that are a little wrong."""
    for name, (_, stand_in) in replacements.estimators().items():
        if isinstance(stand_in, type):
            stand_in.fit = mutated_fit(stand_in.fit)
        else:
            setattr(replacements, name, mutated_path(stand_in))


def mutated_fit(fit):
    @functools.wraps(fit)
    def wrong_fit(self, *args, **options):
        fit(self, *args, **options)
        self.coef_ = self.coef_ + self.coef_.dtype.type(SIZE_OF_MUTATION)
        return self

    return wrong_fit


def mutated_path(path):
    @functools.wraps(path)
    def wrong_path(*args, **options):
        alphas, coefs, *others = path(*args, **options)
        return alphas, coefs + SIZE_OF_MUTATION, *others

    return wrong_path


def mutate_kernels():
    """Every kernel gives coefficients that are a little wrong."""
    def mutated(solve):
        def wrong_solve(given):
            w, *others = solve(given)
            w += SIZE_OF_MUTATION
            return w, *others

        return wrong_solve

    kernels = replacements.KERNELS
    kernels.update({name: (mutated(solve), needed) for name, (solve, needed) in kernels.items()})


def concerns(item) -> bool:
    """Whether a test is about the models that are exchanged."""
    place, _, name = item.nodeid.partition("::")
    if not place.endswith("test_common.py"):
        return True
    return bool(ESTIMATORS.search(name) or LEVEL == "kernels" and COVARIANCE.search(name))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what does not concern lassocore, and mark the exceptions."""
    config.hook.pytest_deselected(items=[item for item in items if not concerns(item)])
    items[:] = [item for item in items if concerns(item)]
    unused = dict(EXCEPTIONS[LEVEL])
    for item in items:
        reason = unused.pop(item.nodeid, None)
        if reason is not None and not MUTATED:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    if unused:
        raise pytest.UsageError(f"exceptions that are no tests: {', '.join(unused)}")
    n_exceptions = len(set().union(*EXCEPTIONS.values()))
    if n_exceptions > MAX_EXCEPTIONS:
        raise pytest.UsageError(f"{n_exceptions} exceptions are more than {MAX_EXCEPTIONS}")


def pytest_runtest_logreport(report):
    """Count what was really done: skipped tests prove nothing."""
    if report.when == "call" and (report.outcome != "skipped" or hasattr(report, "wasxfail")):
        done[report.nodeid.partition("::")[0]] += 1


def pytest_terminal_summary(terminalreporter):
    """How many tests of each file were done."""
    for place, least in MIN_TESTS.items():
        terminalreporter.line(f"{place}: {done[place]} tests done, at least {least} expected")


def pytest_sessionfinish(session):
    """Too few tests are a failure."""
    chosen = session.config.option.keyword or session.config.option.markexpr
    if not chosen and any(done[place] < least for place, least in MIN_TESTS.items()) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


patch()
