# Lives here: the C interface called through ctypes, without a compiler. Independent of: what is tested.
"""`solve` calls lassocore_fit on NumPy arrays; the structs are those of lassocore.h."""
import ctypes
from ctypes import POINTER, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_void_p
from types import SimpleNamespace

import numpy as np

from lassocore import _c_api

COLUMNS, ROWS, CSC, GRAM = range(4)
ARRAYS = ("sample_weight", "offset", "penalty_factor", "lower", "upper", "start")


class Design(ctypes.Structure):
    _fields_ = [("size", c_size_t), *((name, c_int32) for name in (
        "storage", "number_type", "index_type", "reserved")), *((name, c_int64) for name in (
            "n_samples", "n_features", "stride")), *((name, c_void_p) for name in (
                "values", "indices", "indptr", "correlations")), ("sq_target", c_double), ("total_weight", c_double)]


class Options(ctypes.Structure):
    _fields_ = [("size", c_size_t), *((name, c_int32) for name in (
        "loss", "penalty", "method", "n_threads", "fit_intercept", "standardize", "positive", "check_signals")),
        ("l1_ratio", c_double), ("tol", c_double), ("max_iter", c_int64), *((name, c_void_p) for name in ARRAYS)]


class Result(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("coefs", c_void_p), ("coefs_stride", c_int64), *((name, c_void_p) for name in (
        "intercepts", "gaps", "objectives", "sq_residuals", "n_iter", "converged")), ("gap_tol", c_double),
        ("position", c_int64)]


class Table(ctypes.Structure):
    _fields_ = [
        ("major", c_int32), ("minor", c_int32), ("size", c_size_t), ("instruction_set", c_char_p),
        ("status_text", ctypes.CFUNCTYPE(c_char_p, c_int)),
        ("init_options", ctypes.CFUNCTYPE(None, POINTER(Options), c_size_t)),
        ("workspace_size", ctypes.CFUNCTYPE(c_size_t, POINTER(Design), POINTER(Options))),
        ("fit", ctypes.CFUNCTYPE(
            c_int, POINTER(Design), c_void_p, c_void_p, c_int64, POINTER(Options), POINTER(Result), c_void_p,
            c_size_t)),
        ("alpha_max", ctypes.CFUNCTYPE(
            c_int, POINTER(Design), c_void_p, POINTER(Options), c_void_p, c_void_p, c_size_t)),
    ]


def _table():
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = c_void_p, [ctypes.py_object, c_char_p]
    return Table.from_address(get(_c_api.table, b"lassocore._c_api.table"))


table = _table()


def address(array):
    """Pointer to an array that the caller keeps; None for None."""
    return None if array is None else array.ctypes.data


def design_of(X):
    """The design of a dense or CSC matrix, which it keeps alive."""
    design = Design(size=ctypes.sizeof(Design), n_samples=X.shape[0], n_features=X.shape[1],
                    number_type=int(X.dtype == np.float32))
    design.owner = X
    if isinstance(X, np.ndarray):
        by_columns = X.strides[0] == X.itemsize
        design.storage = COLUMNS if by_columns else ROWS
        design.stride, design.values = X.strides[1 if by_columns else 0] // X.itemsize, address(X)
        return design
    design.storage, design.index_type = CSC, int(X.indices.dtype == np.int64)
    design.values, design.indices, design.indptr = address(X.data), address(X.indices), address(X.indptr)
    return design


def gram_design(gram, correlations, sq_target, total_weight):
    """The design of a Gram matrix, which it keeps alive."""
    p = len(gram)
    design = Design(size=ctypes.sizeof(Design), storage=GRAM, n_samples=p, n_features=p, stride=p,
                    values=address(gram), correlations=address(correlations), sq_target=sq_target,
                    total_weight=total_weight)
    design.owner = gram, correlations
    return design


def options_of(**given):
    """The defaults, changed; arrays are passed as they are, and kept alive."""
    options = Options()
    options.owner = given
    table.init_options(options, ctypes.sizeof(Options))
    for name, value in given.items():
        setattr(options, name, address(value) if name in ARRAYS else value)
    return options


def solve(design, y, alphas, options=None, workspace=None, size=None):
    """lassocore_fit: the status, and what a result holds as arrays; workspace is an array of bytes or None."""
    options = options_of() if options is None else options
    n, p = len(alphas), max(1, min(design.n_features, 10**6))
    found = SimpleNamespace(
        coefs=np.full((n, p), np.nan), intercepts=np.full(n, np.nan), gaps=np.full(n, np.nan),
        objectives=np.full(n, np.nan), sq_residuals=np.full(n, np.nan), n_iter=np.full(n, -1, np.int64),
        converged=np.full(n, -1, np.int32))
    result = Result(size=ctypes.sizeof(Result), **{name: address(array) for name, array in vars(found).items()})
    if workspace is not None and size is None:
        size = workspace.nbytes
    found.status = table.fit(design, address(y), address(alphas), n, options, result, address(workspace), size or 0)
    found.gap_tol, found.position = result.gap_tol, result.position
    return found


def workspace_for(design, options=None):
    """As many bytes as the library asks for."""
    return np.empty(table.workspace_size(design, options_of() if options is None else options), np.uint8)
