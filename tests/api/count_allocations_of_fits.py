# Lives here: a program that prints how often calls of the C interface allocate. Independent of: pytest.
"""Run with count_allocations.so preloaded, whose path is the argument: a line for each storage and set of options."""
import ctypes
import sys
import threading

import numpy as np
import scipy.sparse as sp
from helpers import c_api
from helpers.c_api import Result, address, design_of, gram_design, options_of, table, workspace_for


def allocations(counter, design, y, options, workspace):
    """(of lassocore_fit, of lassocore_alpha_max, their statuses)."""
    alphas, coefs, largest, statuses = np.geomspace(1.0, 0.01, 10), np.empty((10, design.n_features)), np.empty(1), []
    result = Result(size=ctypes.sizeof(Result), coefs=address(coefs))
    numbers = []
    for call, arguments in (
            (counter.allocations_of_fit, [address(alphas), ctypes.c_int64(10), ctypes.byref(options),
                                          ctypes.byref(result)]),
            (counter.allocations_of_alpha_max, [ctypes.byref(options), address(largest)])):
        status = ctypes.c_int()
        call.restype = ctypes.c_long
        vectors = [ctypes.c_void_p(part) if isinstance(part, int) else part for part in arguments]
        numbers.append(call(
            ctypes.byref(table), ctypes.byref(design), ctypes.c_void_p(address(y)), *vectors,
            ctypes.c_void_p(address(workspace)), ctypes.c_size_t(0 if workspace is None else workspace.nbytes),
            ctypes.byref(status)))
        statuses.append(status.value)
    return numbers, statuses


def main(counter):
    """All storages, with and without a workspace, and in another thread."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 200)), rng.standard_normal(60)
    gram, q = X.T @ X, X.T @ y
    designs = {}
    for kind in "F", "C", "csc":
        for dtype in np.float64, np.float32:
            stored = sp.csc_array(X.astype(dtype)) if kind == "csc" else np.array(X, dtype, order=kind)
            designs[f"{kind} {dtype.__name__}"] = design_of(stored)
    designs["gram"] = gram_design(gram, q, float(y @ y), 60)
    weights, factor = rng.uniform(1.0, 2.0, 60), np.ones(200)
    factor[0] = 0.0
    for kind, design in designs.items():
        for name, given in ("plain", {}), ("weighted", {"sample_weight": weights, "standardize": 1}), (
                "unpenalised", {"penalty_factor": factor}):
            if kind == "gram" and name == "weighted":
                continue
            options, target = options_of(**given), None if kind == "gram" else y
            print(kind, name, "workspace", *allocations(
                counter, design, target, options, workspace_for(design, options)))
            print(kind, name, "none", *allocations(counter, design, target, options, None))
    exact = options_of(method=1)
    print("gram exact", "workspace", *allocations(
        counter, designs["gram"], None, exact, workspace_for(designs["gram"], exact)))
    print("gram exact", "none", *allocations(counter, designs["gram"], None, exact, None))
    design, options = designs["F float64"], options_of()
    workspace = workspace_for(design, options)
    found = []
    thread = threading.Thread(target=lambda: found.append(allocations(counter, design, y, options, workspace)))
    thread.start()
    thread.join()
    print("thread F plain", "workspace", *found[0])


if __name__ == "__main__":
    assert c_api.table.major == 1
    main(ctypes.CDLL(sys.argv[1]))
