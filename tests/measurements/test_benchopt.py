# Lives here: the solver for benchopt's benchmark_lasso, as benchopt calls it. Independent of: that benchmark's files.
"""With benchopt where it is installed, else with a stand-in for its BaseSolver that sets parameters as attributes."""
import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "benchopt" / "lassocore.py"


class BaseSolver:
    """What the solver needs of benchopt's class of that name."""

    @classmethod
    def get_instance(cls, **parameters):
        solver = cls()
        for name, value in {**{name: values[0] for name, values in cls.parameters.items()}, **parameters}.items():
            setattr(solver, name, value)
        return solver


class SufficientProgressCriterion:
    """Its parameters."""

    def __init__(self, strategy, patience):
        self.strategy, self.patience = strategy, patience


@pytest.fixture(scope="module")
def Solver():
    known = importlib.util.find_spec("benchopt.stopping_criterion") if importlib.util.find_spec("benchopt") else None
    if not known:
        sys.modules["benchopt"] = types.ModuleType("benchopt")
        sys.modules["benchopt"].BaseSolver = BaseSolver
        sys.modules["benchopt.stopping_criterion"] = types.ModuleType("benchopt.stopping_criterion")
        sys.modules["benchopt.stopping_criterion"].SufficientProgressCriterion = SufficientProgressCriterion
    try:
        spec = importlib.util.spec_from_file_location("solver_of_benchopt", FILE)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        if not known:
            del sys.modules["benchopt"], sys.modules["benchopt.stopping_criterion"]
    return module.Solver


def problem(storage: str, fit_intercept: bool):
    rng = np.random.default_rng(11)
    X = rng.standard_normal((60, 90)) * (rng.random((60, 90)) < 0.4)
    y = X[:, :4] @ [3.0, -2.0, 1.0, 1.0] + 0.5 * rng.standard_normal(60) + 2.0
    y0 = y - y.mean() if fit_intercept else y
    lmbd = 0.1 * np.abs(X.T @ y0).max()
    return {"dense": np.asfortranarray, "csc": sp.csc_matrix, "csr": sp.csr_array}[storage](X), X, y, lmbd


def objective(X, y, lmbd, beta):
    """That of benchmark_lasso; the intercept is not penalised."""
    coefs, intercept = beta[:X.shape[1]], beta[X.shape[1]:].sum()
    return 0.5 * ((y - X @ coefs - intercept) ** 2).sum() + lmbd * np.abs(coefs).sum()


@pytest.mark.parametrize("solver", ["auto", "cd"])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("storage", ["dense", "csc", "csr"])
def test_a_run_minimises_the_objective(Solver, storage, fit_intercept, solver):
    stored, X, y, lmbd = problem(storage, fit_intercept)
    instance = Solver.get_instance(solver=solver)
    given = {"X": stored, "y": y, "lmbd": lmbd, "fit_intercept": fit_intercept}
    refuses = instance.skip
    assert refuses(**given) == (False, None)
    instance.set_objective(**given)
    values, tolerances = [], [1e38]
    while tolerances[-1] > 1e-15:
        tolerances.append(instance.get_next(tolerances[-1]))
    for tolerance in tolerances:
        instance.run(tolerance)
        result = instance.get_result()
        assert list(result) == ["beta"] and result["beta"].shape == (X.shape[1] + fit_intercept,)
        values.append(objective(X, y, lmbd, result["beta"]))
    start = y - y.mean() if fit_intercept else y
    for tolerance, value in zip(tolerances[1:], values[1:], strict=True):
        assert value - values[-1] <= (tolerance + 1e-12) * (start @ start)
    rng = np.random.default_rng(12)
    best = objective(X, y, lmbd, result["beta"])
    assert len(tolerances) == 17 and tolerances[1] == 1.0
    for size in (1e-5, 1e-3):
        moved = result["beta"] + size * rng.standard_normal((50, len(result["beta"])))
        assert min(objective(X, y, lmbd, beta) for beta in moved) >= best


def test_products_alone_are_skipped_with_a_reason(Solver):
    _, X, y, lmbd = problem("dense", False)
    refuses = Solver.get_instance().skip
    refused, reason = refuses(X=aslinearoperator(X), y=y, lmbd=lmbd, fit_intercept=False)
    assert refused and "needs the entries of X" in reason


def test_what_benchopt_reads_is_there(Solver):
    assert Solver.name == "lassocore" and Solver.sampling_strategy == "tolerance"
    assert Solver.install_cmd == "conda" and Solver.requirements == ["pip::lassocore"]
    assert set(Solver.parameters) == {"solver"} and all(isinstance(text, str) for text in Solver.references)
