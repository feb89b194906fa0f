# Lives here: checks of the arguments of a call that do not need the problem. Independent of: memory, solvers.
from libc.math cimport INFINITY, isfinite
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from lassocore.cython_api cimport (
    LASSOCORE_COORDINATE_DESCENT, LASSOCORE_CSC, LASSOCORE_ELASTIC_NET, LASSOCORE_EXACT_STEPS, LASSOCORE_GRAM,
    LASSOCORE_INVALID_ALPHAS, LASSOCORE_INVALID_BOUNDS, LASSOCORE_INVALID_DESIGN, LASSOCORE_INVALID_L1_RATIO,
    LASSOCORE_INVALID_LOSS, LASSOCORE_INVALID_MAX_ITER, LASSOCORE_INVALID_METHOD, LASSOCORE_INVALID_N_THREADS,
    LASSOCORE_INVALID_OFFSET, LASSOCORE_INVALID_OPTIONS, LASSOCORE_INVALID_PENALTY, LASSOCORE_INVALID_PENALTY_FACTOR,
    LASSOCORE_INVALID_RESULT, LASSOCORE_INVALID_SAMPLE_WEIGHT, LASSOCORE_INVALID_START, LASSOCORE_INVALID_TARGET,
    LASSOCORE_INVALID_TOL, LASSOCORE_OK, LASSOCORE_ROWS, LASSOCORE_SQUARED_ERROR, lassocore_design, lassocore_options,
    lassocore_result,
)


cdef void init_options(lassocore_options* options, size_t size) noexcept nogil:
    """The defaults, in the fields that a struct of this size has"""
    cdef lassocore_options defaults
    defaults.size = size
    defaults.loss, defaults.penalty = LASSOCORE_SQUARED_ERROR, LASSOCORE_ELASTIC_NET
    defaults.method, defaults.n_threads = LASSOCORE_COORDINATE_DESCENT, 1
    defaults.fit_intercept, defaults.standardize, defaults.positive, defaults.check_signals = 1, 0, 0, 0
    defaults.l1_ratio, defaults.tol, defaults.max_iter = 1.0, 1e-4, 10_000
    defaults.sample_weight = defaults.offset = defaults.penalty_factor = NULL
    defaults.lower = defaults.upper = defaults.start = NULL
    if options != NULL:
        memcpy(options, &defaults, min(size, sizeof(lassocore_options)))


cdef bint is_flag(int32_t value) noexcept nogil:
    """0 or 1"""
    return value == 0 or value == 1


cdef int check_options(const lassocore_options* options) noexcept nogil:
    """The first fault of the values of options; arrays are checked where their lengths are known"""
    if options.loss != LASSOCORE_SQUARED_ERROR:
        return LASSOCORE_INVALID_LOSS
    if options.penalty != LASSOCORE_ELASTIC_NET:
        return LASSOCORE_INVALID_PENALTY
    if options.method not in (LASSOCORE_COORDINATE_DESCENT, LASSOCORE_EXACT_STEPS):
        return LASSOCORE_INVALID_METHOD
    if options.n_threads != 1:
        return LASSOCORE_INVALID_N_THREADS
    if not (is_flag(options.fit_intercept) and is_flag(options.standardize) and is_flag(options.positive)
            and is_flag(options.check_signals)):
        return LASSOCORE_INVALID_OPTIONS
    if not 0.0 <= options.l1_ratio <= 1.0:
        return LASSOCORE_INVALID_L1_RATIO
    if not 0.0 <= options.tol < INFINITY:
        return LASSOCORE_INVALID_TOL
    if options.max_iter < 1:
        return LASSOCORE_INVALID_MAX_ITER
    return LASSOCORE_OK


cdef int check_storage(const lassocore_design* X, const lassocore_options* options) noexcept nogil:
    """Exact steps need a Gram matrix; with it weights, offset and units are those with which it was formed"""
    if X.storage != LASSOCORE_GRAM:
        return LASSOCORE_INVALID_METHOD if options.method == LASSOCORE_EXACT_STEPS else LASSOCORE_OK
    if options.sample_weight != NULL:
        return LASSOCORE_INVALID_SAMPLE_WEIGHT
    if options.offset != NULL:
        return LASSOCORE_INVALID_OFFSET
    return LASSOCORE_INVALID_OPTIONS if options.standardize else LASSOCORE_OK


cdef void settle_stride(lassocore_design* X) noexcept nogil:
    """A stride that no vector is reached by may be any number: replace it, as products with it would overflow"""
    if X.storage == LASSOCORE_CSC:
        X.stride = 0
    elif X.storage == LASSOCORE_ROWS and X.n_samples == 1:
        X.stride = X.n_features
    elif X.storage != LASSOCORE_ROWS and X.n_features == 1:
        X.stride = X.n_samples


cdef int read_arguments(const lassocore_design* X, const lassocore_options* options, Call* call) noexcept nogil:
    """Copy design and options, checked, and the sizes of the problem"""
    cdef int status
    call.position = -1
    if X == NULL or X.size != sizeof(lassocore_design):
        return LASSOCORE_INVALID_DESIGN
    if options == NULL or options.size != sizeof(lassocore_options):
        return LASSOCORE_INVALID_OPTIONS
    call.X, call.options = X[0], options[0]
    status = check_design(&call.X)
    if status == LASSOCORE_OK:
        status = check_options(&call.options)
    if status == LASSOCORE_OK:
        status = check_storage(&call.X, &call.options)
    settle_stride(&call.X)
    call.n_features = X.n_features
    call.n_samples = X.n_features if X.storage == LASSOCORE_GRAM else X.n_samples
    return status


cdef int check_alphas(const double* alphas, int64_t n_alphas) noexcept nogil:
    """Positive, finite and falling"""
    cdef int64_t k
    if alphas == NULL or n_alphas < 1:
        return LASSOCORE_INVALID_ALPHAS
    for k in range(n_alphas):
        if not 0.0 < alphas[k] < INFINITY or k > 0 and alphas[k] > alphas[k - 1]:
            return LASSOCORE_INVALID_ALPHAS
    return LASSOCORE_OK


cdef int check_result(const lassocore_result* result, int64_t n_features) noexcept nogil:
    """Whether there is room for coefficients"""
    if result == NULL or result.size != sizeof(lassocore_result) or result.coefs == NULL:
        return LASSOCORE_INVALID_RESULT
    if result.coefs_stride != 0 and result.coefs_stride < n_features:
        return LASSOCORE_INVALID_RESULT
    return LASSOCORE_OK


cdef Py_ssize_t first_not_finite(const double* values, Py_ssize_t n) noexcept nogil:
    """The position of the first NaN or infinity; -1 for none"""
    cdef Py_ssize_t i
    for i in range(n):
        if not isfinite(values[i]):
            return i
    return -1


cdef bint are_finite(Call* call, const double* values, Py_ssize_t n) noexcept nogil:
    """Whether no value is NaN or infinite; else the call's position is the first that is. True for NULL."""
    if values != NULL:
        call.position = first_not_finite(values, n)
    return values == NULL or call.position < 0


cdef int check_arrays(Call* call, const double* y) noexcept nogil:
    """The arrays of the options, and y"""
    cdef const lassocore_options* options = &call.options
    cdef Py_ssize_t i, n = call.n_samples, p = call.n_features
    cdef double largest = 0.0
    if (y == NULL) != (call.X.storage == LASSOCORE_GRAM) or not are_finite(call, y, n):
        return LASSOCORE_INVALID_TARGET
    if not are_finite(call, options.offset, n):
        return LASSOCORE_INVALID_OFFSET
    if not are_finite(call, options.start, p):
        return LASSOCORE_INVALID_START
    for i in range(n if options.sample_weight != NULL else 0):
        largest = max(largest, options.sample_weight[i])
        if not 0.0 <= options.sample_weight[i] < INFINITY:
            call.position = i
            return LASSOCORE_INVALID_SAMPLE_WEIGHT
    if options.sample_weight != NULL and largest == 0.0:
        return LASSOCORE_INVALID_SAMPLE_WEIGHT
    for i in range(p if options.penalty_factor != NULL else 0):
        if not options.penalty_factor[i] >= 0.0:
            call.position = i
            return LASSOCORE_INVALID_PENALTY_FACTOR
    for i in range(p):
        if options.lower != NULL and not options.lower[i] <= 0.0 or (
                options.upper != NULL and not options.upper[i] >= 0.0):
            call.position = i
            return LASSOCORE_INVALID_BOUNDS
    return LASSOCORE_OK
