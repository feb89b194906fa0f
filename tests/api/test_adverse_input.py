# Lives here: hostile and wrong arguments of the C interface. Independent of: compilers, results.
"""Every fault has a status of its own and never ends the process; data that only look wrong are solved."""
import ctypes
import math

import numpy as np
import pytest
import scipy.sparse as sp
from helpers import c_api
from helpers.c_api import Design, Options, Result, design_of, gram_design, options_of, solve, table, workspace_for

from lassocore import fit_path

STATUS = {
    "ok": 0, "not converged": 1, "no memory": -2, "workspace": -3, "out of range": -4, "design": -10, "values": -11,
    "indices": -12, "target": -13, "alphas": -14, "result": -15, "options": -20, "loss": -21, "penalty": -22,
    "method": -23, "l1_ratio": -24, "tol": -25, "max_iter": -26, "n_threads": -27, "sample_weight": -28, "offset": -29,
    "penalty_factor": -30, "bounds": -31, "start": -32}
N, P = 30, 12


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((N, P)))
    return X, X[:, 0] - X[:, 5] + rng.standard_normal(N)


ALPHAS = np.array([0.3, 0.1])


def changed(array, position, value):
    array = array.copy(order="K")
    array[position] = value
    return array


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", ["F", "C", "csc"])
def test_nan_and_infinity_in_x_are_found(data, kind, dtype, value):
    X, y = data
    X = changed(X, (17, 7), value)
    X = sp.csc_array(X.astype(dtype)) if kind == "csc" else np.array(X, dtype, order=kind)
    found = solve(design_of(X), y, ALPHAS)
    assert found.status == STATUS["values"] and found.position == 7
    assert np.isnan(found.coefs).all()


@pytest.mark.parametrize("name, wrong", [
    ("target", math.nan), ("offset", math.inf), ("start", math.nan), ("sample_weight", -1.0),
    ("sample_weight", math.nan), ("penalty_factor", -0.5), ("penalty_factor", math.nan), ("lower", 0.5),
    ("lower", math.nan), ("upper", -0.5), ("upper", math.nan),
])
def test_numbers_that_an_array_may_not_hold(data, name, wrong):
    X, y = data
    sizes = {"sample_weight": N, "offset": N}
    array = np.ones(sizes.get(name, P)) if name not in ("lower", "upper") else np.zeros(P)
    array = changed(y if name == "target" else array, 3, wrong)
    found = solve(design_of(X), array if name == "target" else y, ALPHAS, options_of(
        **({} if name == "target" else {name: array})))
    assert found.status == STATUS["bounds" if name in ("lower", "upper") else name] and found.position == 3


def test_weights_of_zero_are_refused(data):
    X, y = data
    zeros = np.zeros(N)
    assert solve(design_of(X), y, ALPHAS, options_of(sample_weight=zeros)).status == STATUS["sample_weight"]


@pytest.mark.parametrize("alphas", [[-0.1], [0.0], [math.nan], [math.inf], [0.1, 0.2], [0.2, -0.1], []])
def test_alphas_are_positive_finite_and_falling(data, alphas):
    X, y = data
    assert solve(design_of(X), y, np.array(alphas)).status == STATUS["alphas"]


@pytest.mark.parametrize("name, value, status", [
    ("loss", 1, "loss"), ("loss", -1, "loss"), ("penalty", 7, "penalty"), ("method", 1, "method"),
    ("method", 2, "method"), ("n_threads", 0, "n_threads"), ("n_threads", 2, "n_threads"),
    ("fit_intercept", 2, "options"), ("standardize", -1, "options"), ("positive", 3, "options"),
    ("check_signals", 9, "options"),
    ("l1_ratio", -0.1, "l1_ratio"), ("l1_ratio", 1.1, "l1_ratio"), ("l1_ratio", math.nan, "l1_ratio"),
    ("tol", -1e-9, "tol"), ("tol", math.nan, "tol"), ("tol", math.inf, "tol"), ("max_iter", 0, "max_iter"),
    ("max_iter", -5, "max_iter"), ("size", 0, "options"), ("size", 8, "options"), ("size", 10**6, "options"),
])
def test_options_out_of_range(data, name, value, status):
    X, y = data
    options = options_of(**{name: value})
    assert solve(design_of(X), y, ALPHAS, options).status == STATUS[status]
    assert table.workspace_size(design_of(X), options) == 0


@pytest.mark.parametrize("name, value", [
    ("size", 0), ("size", 4000), ("storage", 9), ("storage", -1), ("number_type", 2), ("reserved", 1),
    ("n_samples", 0), ("n_samples", -3), ("n_features", 0), ("n_features", -1), ("n_features", 2**62),
    ("n_samples", 2**63 - 1), ("stride", N - 1), ("stride", -1), ("stride", 2**62), ("values", None),
])
def test_designs_that_are_none(data, name, value):
    X, y = data
    design = design_of(X)
    setattr(design, name, value)
    assert solve(design, y, ALPHAS).status in (STATUS["design"], STATUS["result"])
    assert table.workspace_size(design, options_of()) == 0


def as_design(pointer):
    return ctypes.cast(pointer, ctypes.POINTER(Design))


def test_null_pointers(data):
    X, y = data
    design, options, result = design_of(X), options_of(), Result(size=ctypes.sizeof(Result))
    coefs, largest = np.empty((2, P)), np.empty(1)
    result.coefs = c_api.address(coefs)
    good = [design, c_api.address(y), c_api.address(ALPHAS), 2, options, result, None, 0]
    assert table.fit(*good) == 0
    for position, status in (0, "design"), (1, "target"), (2, "alphas"), (4, "options"), (5, "result"):
        arguments = list(good)
        arguments[position] = None
        assert table.fit(*arguments) == STATUS[status]
    result.coefs = None
    assert table.fit(*good) == STATUS["result"]
    result.coefs, result.size = c_api.address(coefs), 0
    assert table.fit(*good) == STATUS["result"]
    result.size, result.coefs_stride = ctypes.sizeof(Result), P - 1
    assert table.fit(*good) == STATUS["result"]
    assert table.alpha_max(design, c_api.address(y), options, None, None, 0) == STATUS["alphas"]
    assert table.alpha_max(None, c_api.address(y), options, c_api.address(largest), None, 0) == STATUS["design"]
    assert table.alpha_max(design, None, options, c_api.address(largest), None, 0) == STATUS["target"]
    assert table.workspace_size(None, options) == table.workspace_size(design, None) == 0
    table.init_options(None, 8)


def test_results_may_be_spread_and_arrays_left_out(data):
    X, y = data
    spread = np.full((2, P + 5), np.nan)
    result = Result(size=ctypes.sizeof(Result), coefs=c_api.address(spread), coefs_stride=P + 5)
    assert table.fit(design_of(X), c_api.address(y), c_api.address(ALPHAS), 2, options_of(), result, None, 0) == 0
    assert spread[:, :P].tobytes() == solve(design_of(X), y, ALPHAS).coefs.tobytes()
    assert np.isnan(spread[:, P:]).all() and result.position == -1


@pytest.mark.parametrize("options", [{}, {"sample_weight": np.linspace(1.0, 2.0, N)}])
@pytest.mark.parametrize("kind", ["F", "C", "csc"])
def test_a_workspace_that_is_too_small_is_not_touched(data, kind, options):
    X, y = data
    X = sp.csc_array(X) if kind == "csc" else np.array(X, order=kind)
    design, options = design_of(X), options_of(**options)
    size = table.workspace_size(design, options)
    workspace = np.full(size, 7, np.uint8)
    for less in 0, 1, size // 2, size - 1:
        found = solve(design, y, ALPHAS, options, workspace, size=less)
        assert found.status == STATUS["workspace"] and (workspace == 7).all()
    guarded = np.full(size + 64, 7, np.uint8)
    assert solve(design, y, ALPHAS, options, guarded[:size]).status == 0
    assert (guarded[size:] == 7).all()


def test_memory_that_cannot_be_had_is_a_status():
    design = Design(size=ctypes.sizeof(Design), n_samples=1, n_features=2**46, stride=1, values=8)
    assert solve(design, np.ones(1), ALPHAS).status == STATUS["no memory"]


INDICES = {
    "outside": lambda X: X.indices.__setitem__(5, N), "negative": lambda X: X.indices.__setitem__(0, -1),
    "huge": lambda X: X.indices.__setitem__(0, 2**31 - 1), "repeated": lambda X: X.indices.__setitem__(1, X.indices[0]),
    "unsorted": lambda X: X.indices.__setitem__(slice(0, 2), X.indices[1::-1].copy()),
    "first start": lambda X: X.indptr.__setitem__(0, 1), "negative start": lambda X: X.indptr.__setitem__(0, -4),
    "falling starts": lambda X: X.indptr.__setitem__(3, X.indptr[5] + 1),
    "huge start": lambda X: X.indptr.__setitem__(4, 2**31 - 1),
}


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("fault", INDICES)
def test_sparse_indices_are_checked_before_they_are_followed(data, fault, index):
    X, y = data
    X = sp.csc_array(X)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    INDICES[fault](X)
    assert solve(design_of(X), y, ALPHAS).status == STATUS["indices"]


def test_a_sparse_matrix_without_entries_needs_no_arrays(data):
    _, y = data
    design = design_of(sp.csc_array((N, P)))
    design.values = design.indices = None
    found = solve(design, y, ALPHAS)
    assert found.status == 0 and not found.coefs.any() and found.intercepts == pytest.approx(y.mean())
    full = design_of(sp.csc_array(np.ones((N, P))))
    full.indices = None
    assert solve(full, y, ALPHAS).status == STATUS["indices"]
    full = design_of(sp.csc_array(np.ones((N, P))))
    full.indptr = None
    assert solve(full, y, ALPHAS).status == STATUS["design"]


def test_faults_of_a_gram_matrix(data):
    X, y = data
    X, y = X - X.mean(axis=0), y - y.mean()
    gram, q, sq_target = X.T @ X, X.T @ y, float(y @ y)
    good = gram_design(gram, q, sq_target, N)
    assert solve(good, None, ALPHAS).status == 0
    assert solve(good, y, ALPHAS).status == STATUS["target"]
    for name in "sample_weight", "offset":
        assert solve(good, None, ALPHAS, options_of(**{name: np.ones(N)})).status == STATUS[name]
    assert solve(good, None, ALPHAS, options_of(standardize=1)).status == STATUS["options"]
    for wrong in changed(gram, (2, 4), math.nan), changed(gram, (3, 3), -1.0):
        assert solve(gram_design(wrong, q, sq_target, N), None, ALPHAS).status == STATUS["values"]
    assert solve(gram_design(gram, changed(q, 1, math.inf), sq_target, N), None, ALPHAS).status == STATUS["values"]
    for wrong in math.nan, -1.0, math.inf:
        assert solve(gram_design(gram, q, wrong, N), None, ALPHAS).status == STATUS["design"]
        assert solve(gram_design(gram, q, sq_target, wrong), None, ALPHAS).status == STATUS["design"]
    good.number_type = 1
    assert solve(good, None, ALPHAS).status == STATUS["design"]
    good.number_type, good.correlations = 0, None
    assert solve(good, None, ALPHAS).status == STATUS["design"]


@pytest.mark.parametrize("scale", [1e200, 1e-200])
@pytest.mark.parametrize("which", ["X", "y"])
def test_squares_out_of_range_are_a_status(data, which, scale):
    X, y = data
    X, y = (X * scale, y) if which == "X" else (X, y * scale)
    assert solve(design_of(X), y, ALPHAS).status == STATUS["out of range"]
    offset = np.full(N, -1.7e308)
    assert solve(design_of(X), np.full(N, 1.7e308), ALPHAS, options_of(offset=offset)).status == STATUS["out of range"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_unusual_data_are_solved(data):
    X, y = data
    constant, zero = np.asfortranarray(np.ones((N, P))), np.zeros(N)
    assert not solve(design_of(constant), y, ALPHAS).coefs.any()
    found = solve(design_of(X), zero, ALPHAS, options_of(start=np.ones(P)))
    assert found.status == 0 and not found.coefs.any() and (found.gaps == 0.0).all() and found.gap_tol == 0.0
    fixed = np.zeros(P)
    assert not solve(design_of(X), y, ALPHAS, options_of(lower=fixed, upper=fixed)).coefs.any()
    excluded = np.full(P, np.inf)
    assert not solve(design_of(X), y, ALPHAS, options_of(penalty_factor=excluded)).coefs.any()
    assert not solve(design_of(X), y, np.array([1e300])).coefs.any()
    assert solve(design_of(X), y, np.array([1e-300]), options_of(max_iter=3)).status in (0, 1)
    same = np.full(3, 0.1)
    assert solve(design_of(X), y, same).status == 0
    assert solve(design_of(X), y, ALPHAS, options_of(max_iter=2**63 - 1)).status == 0
    path = fit_path(X, y, alphas=ALPHAS, tol=0.0, max_iter=10_000, solver="cd")
    assert solve(design_of(X), y, ALPHAS, options_of(tol=0.0)).coefs.T.tobytes() == path.coefs.tobytes()


def test_an_alpha_max_that_does_not_exist(data):
    X, y = data
    largest = np.full(1, 7.0)
    for options, status in ({"l1_ratio": 0.0}, "l1_ratio"), ({"penalty_factor": np.zeros(P)}, "penalty_factor"):
        given = options_of(**options)
        assert table.alpha_max(
            design_of(X), c_api.address(y), given, c_api.address(largest), None, 0) == STATUS[status]
    assert largest[0] == 7.0


def test_every_status_has_a_text():
    texts = [table.status_text(status).decode() for status in STATUS.values()]
    assert len(set(texts)) == len(texts) and "unknown status" not in texts
    for status in -1, -5:
        assert table.status_text(status) != b"unknown status"
    for status in 2, -6, -1000, 2**31 - 1, -2**31:
        assert table.status_text(status) == b"unknown status"


def test_defaults_are_those_of_fit_path():
    import inspect

    defaults = {name: parameter.default for name, parameter in inspect.signature(fit_path).parameters.items()}
    options = options_of()
    assert (options.l1_ratio, options.tol, options.max_iter) == tuple(
        defaults[name] for name in ("l1_ratio", "tol", "max_iter"))
    for name in "fit_intercept", "standardize", "positive", "n_threads":
        assert getattr(options, name) == defaults[name]
    assert options.size == ctypes.sizeof(Options) and options.check_signals == options.method == options.loss == 0
    short = Options(max_iter=5)
    table.init_options(short, Options.max_iter.offset)
    assert short.max_iter == 5 and short.tol == 1e-4
    assert len(workspace_for(design_of(np.ones((3, 2), order="F")))) > 0


@pytest.mark.parametrize("size", [1e20, 1e160, 1e308])
@pytest.mark.parametrize("kind", ["F", "C", "csc"])
def test_a_start_out_of_reach_is_replaced_by_zeros(data, kind, size):
    """The squared residual of 1e160 overflows; that of 1e20 loses y in its rounding errors."""
    X, y = data
    X = sp.csc_array(X) if kind == "csc" else np.array(X, order=kind)
    start = changed(np.ones(P), 4, size)
    cold = solve(design_of(X), y, ALPHAS)
    found = solve(design_of(X), y, ALPHAS, options_of(start=start))
    assert found.status == 0 and found.coefs.tobytes() == cold.coefs.tobytes()
    bounded = solve(design_of(X), y, ALPHAS, options_of(start=start, upper=np.full(P, 10.0)))
    assert bounded.status == 0 and abs(bounded.coefs - cold.coefs).max() < 0.1


@pytest.mark.parametrize("stride", [0, -1, 7, 2**63 - 1, -2**63])
@pytest.mark.parametrize("kind", ["column", "row", "csc", "gram"])
def test_a_stride_that_is_not_used_may_be_any_number(data, kind, stride):
    X, y = data
    if kind == "gram":
        design, y = gram_design(X[:, :1].T @ X[:, :1], X[:, :1].T @ y, float(y @ y), float(N)), None
    elif kind == "csc":
        design = design_of(sp.csc_array(X))
    else:
        X, y = (X[:, :1], y) if kind == "column" else (np.ascontiguousarray(X[:1]), y[:1])
        design = design_of(X)
        design.storage, design.stride = (c_api.COLUMNS if kind == "column" else c_api.ROWS), max(X.shape)
    usual = solve(design, y, ALPHAS)
    design.stride = stride
    found = solve(design, y, ALPHAS)
    assert found.status == usual.status == 0 and found.coefs.tobytes() == usual.coefs.tobytes()
