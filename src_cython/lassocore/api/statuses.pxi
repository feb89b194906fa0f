# Lives here: the text of each status. Independent of: what is computed.
from lassocore.cython_api cimport (
    LASSOCORE_INTERRUPTED, LASSOCORE_INVALID_ALPHAS, LASSOCORE_INVALID_BOUNDS, LASSOCORE_INVALID_DESIGN,
    LASSOCORE_INVALID_INDICES, LASSOCORE_INVALID_L1_RATIO, LASSOCORE_INVALID_LOSS, LASSOCORE_INVALID_MAX_ITER,
    LASSOCORE_INVALID_METHOD, LASSOCORE_INVALID_N_THREADS, LASSOCORE_INVALID_OFFSET, LASSOCORE_INVALID_OPTIONS,
    LASSOCORE_INVALID_PENALTY, LASSOCORE_INVALID_PENALTY_FACTOR, LASSOCORE_INVALID_RESULT,
    LASSOCORE_INVALID_SAMPLE_WEIGHT, LASSOCORE_INVALID_START, LASSOCORE_INVALID_TARGET, LASSOCORE_INVALID_TOL,
    LASSOCORE_INVALID_VALUES, LASSOCORE_NOT_CONVERGED, LASSOCORE_NOT_IMPORTED, LASSOCORE_NO_MEMORY, LASSOCORE_OK,
    LASSOCORE_OUT_OF_RANGE, LASSOCORE_WORKSPACE_TOO_SMALL,
)

cdef enum:
    LEAST_STATUS = -63
    N_STATUSES = 65

cdef dict STATUS_TEXTS = {
    LASSOCORE_OK: b"all alphas have converged",
    LASSOCORE_NOT_CONVERGED: b"some alphas missed the tolerance; raise max_iter or tol, or use their gaps",
    LASSOCORE_INTERRUPTED: b"interrupted; a Python exception is set",
    LASSOCORE_NO_MEMORY: b"memory for a workspace cannot be allocated",
    LASSOCORE_WORKSPACE_TOO_SMALL: b"the workspace is smaller than lassocore_workspace_size says",
    LASSOCORE_OUT_OF_RANGE: b"squares of X, y or coefficients over- or underflow; rescale them",
    LASSOCORE_NOT_IMPORTED: b"lassocore has not been imported",
    LASSOCORE_INVALID_DESIGN: b"X is null or not initialised, or its storage, type, sizes or stride are invalid",
    LASSOCORE_INVALID_VALUES: b"X, a Gram matrix or its correlations contain NaN or infinity",
    LASSOCORE_INVALID_INDICES: b"row indices of X do not rise within columns or lie outside X, or its starts fall",
    LASSOCORE_INVALID_TARGET: b"y is null, or contains NaN or infinity, or is given with a Gram matrix",
    LASSOCORE_INVALID_ALPHAS: b"alphas are null, not above 0 and finite, or rising",
    LASSOCORE_INVALID_RESULT: b"the result is null or not initialised, or coefs is null or its stride too small",
    LASSOCORE_INVALID_OPTIONS: b"options are null or not initialised, or a flag of theirs is invalid",
    LASSOCORE_INVALID_LOSS: b"this version has no such loss",
    LASSOCORE_INVALID_PENALTY: b"this version has no such penalty",
    LASSOCORE_INVALID_METHOD: b"this version has no such method, or not for such a problem",
    LASSOCORE_INVALID_L1_RATIO: b"l1_ratio is outside [0, 1], or 0 where an alpha_max is asked for",
    LASSOCORE_INVALID_TOL: b"tol is negative or not finite",
    LASSOCORE_INVALID_MAX_ITER: b"max_iter is below 1",
    LASSOCORE_INVALID_N_THREADS: b"n_threads is not 1",
    LASSOCORE_INVALID_SAMPLE_WEIGHT: b"sample_weight is negative, not finite or all zero, or given with a Gram matrix",
    LASSOCORE_INVALID_OFFSET: b"offset is not finite, or given with a Gram matrix",
    LASSOCORE_INVALID_PENALTY_FACTOR: b"penalty_factor is negative or NaN, or all zero where an alpha_max is asked for",
    LASSOCORE_INVALID_BOUNDS: b"bounds are NaN or do not contain 0",
    LASSOCORE_INVALID_START: b"start contains NaN or infinity",
}

ctypedef const char* Text

cdef Text[N_STATUSES] texts
cdef int number
cdef bytes line
for number, line in STATUS_TEXTS.items():
    texts[number - LEAST_STATUS] = line


cdef const char* status_text(int status) noexcept nogil:
    """As in lassocore.h."""
    cdef const char* text = NULL
    if LEAST_STATUS <= status < LEAST_STATUS + N_STATUSES:
        text = texts[status - LEAST_STATUS]
    if text == NULL:
        return b"unknown status"
    return text
