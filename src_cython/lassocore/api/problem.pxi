# Lives here: arguments -> a problem, as lassocore/problems/problem.py makes it. Independent of: alpha, solvers.
from libc.math cimport INFINITY, frexp, isfinite, ldexp, sqrt
from libc.string cimport memcpy

from lassocore.core.operations cimport Tables
from lassocore.cython_api cimport (
    LASSOCORE_CSC, LASSOCORE_FLOAT32, LASSOCORE_GRAM, LASSOCORE_INVALID_DESIGN, LASSOCORE_INVALID_INDICES,
    LASSOCORE_OK, LASSOCORE_OUT_OF_RANGE,
)
from lassocore.designs.moments cimport OVERFLOW, UNDERFLOW

# The range of coefficients about ||y|| / ||x_j||, as in lassocore/problems/rescaling.py.
cdef extern from *:
    """
    #define LASSOCORE_DOUBLE_RANGE 1e270
    #define LASSOCORE_SINGLE_RANGE 1e68
    """
    const double DOUBLE_RANGE "LASSOCORE_DOUBLE_RANGE"
    const double SINGLE_RANGE "LASSOCORE_SINGLE_RANGE"


cdef void scale_weights(Call* call, const Tables* tables) noexcept nogil:
    """Weights scaled by a power of two so that the largest is in [1, 2), NULL where all are 1 then; and their sum"""
    cdef const double* given = call.options.sample_weight
    cdef Py_ssize_t i, n_ones = 0
    cdef double largest = 0.0
    cdef int exponent = 0
    call.total_weight = call.X.total_weight if call.X.storage == LASSOCORE_GRAM else call.X.n_samples
    if given == NULL:
        return
    for i in range(call.n_samples):
        largest = max(largest, given[i])
    frexp(largest, &exponent)
    for i in range(call.n_samples):
        call.weights[i] = ldexp(given[i], 1 - exponent)
        n_ones += call.weights[i] == 1.0
    if n_ones == call.n_samples:
        call.weights = NULL
    else:
        call.total_weight = tables.vectors.total(call.weights, call.n_samples)


cdef int make_target(Call* call, const double* y, const Tables* tables) noexcept nogil:
    """s y0 for y0 = y - offset, centred where there is an intercept"""
    cdef Py_ssize_t i, n = call.n_samples
    cdef double* response = call.ws.residual.values
    cdef bint is_zero = True
    for i in range(n):
        response[i] = y[i] if call.options.offset == NULL else y[i] - call.options.offset[i]
    if not are_finite(call, response, n):
        return LASSOCORE_OUT_OF_RANGE
    call.y_mean = 0.0
    if call.options.fit_intercept:
        call.y_mean = tables.vectors.centre(response, call.weights, n, call.target)
    else:
        memcpy(call.target, response, n * sizeof(double))
    call.sq_target = tables.vectors.sq_norm(call.target, call.weights, n)
    for i in range(n):
        if call.weights != NULL:
            call.target[i] *= call.weights[i]
        is_zero = is_zero and call.target[i] == 0.0
    return LASSOCORE_OK if UNDERFLOW <= call.sq_target <= OVERFLOW or is_zero else LASSOCORE_OUT_OF_RANGE


cdef int make_factors(Call* call, Py_ssize_t cost) noexcept nogil:
    """Penalty factors, times the standard deviation (L1) or the variance (L2) of the columns if standardised; infinite
    for columns that are excluded or, if standardised, constant"""
    cdef Py_ssize_t j, p = call.n_features
    cdef const double* sq_norms = call.sq_norms
    cdef double factor, variance
    cdef int status
    if call.options.standardize and not call.options.fit_intercept:
        status = measure(call, cost, True, call.ws.w, call.scratch)
        if status != LASSOCORE_OK:
            return status
        sq_norms = call.scratch
    for j in range(p):
        factor = 1.0 if call.options.penalty_factor == NULL else call.options.penalty_factor[j]
        call.l1_factor[j] = call.l2_factor[j] = factor
        if call.options.standardize:
            variance = sq_norms[j] / call.total_weight
            if factor == INFINITY or variance == 0.0:
                call.l1_factor[j] = call.l2_factor[j] = INFINITY
            else:
                call.l1_factor[j], call.l2_factor[j] = factor * sqrt(variance), factor * variance
    return LASSOCORE_OK


cdef void make_bounds(Call* call) noexcept nogil:
    """Bounds as two vectors, NULL where nothing is bounded"""
    cdef Py_ssize_t j, n_finite = 0
    cdef const lassocore_options* options = &call.options
    for j in range(call.n_features):
        call.lower[j] = -INFINITY if options.lower == NULL else options.lower[j]
        call.upper[j] = INFINITY if options.upper == NULL else options.upper[j]
        if options.positive:
            call.lower[j] = max(call.lower[j], 0.0)
        n_finite += call.lower[j] != -INFINITY or call.upper[j] != INFINITY
    if n_finite == 0:
        call.lower = call.upper = NULL


cdef void list_features(Call* call) noexcept nogil:
    """The columns that may be nonzero, and those of them that are not penalised"""
    cdef Py_ssize_t j
    cdef Py_ssize_t n_usable = 0, n_unpenalised = 0
    for j in range(call.n_features):
        if not (call.sq_norms[j] > 0.0 and call.l1_factor[j] < INFINITY):
            continue
        if call.lower != NULL and not (call.lower[j] < 0.0 or call.upper[j] > 0.0):
            continue
        call.features[n_usable] = j
        n_usable += 1
        if call.l1_factor[j] == 0.0:
            call.unpenalised[n_unpenalised] = j
            n_unpenalised += 1
    call.n_usable, call.ws.unpenalised.n_columns = n_usable, n_unpenalised


cdef bint coefficients_in_range(const Call* call) noexcept nogil:
    """Whether squares of coefficients about ||y0|| / ||x_j|| neither over- nor underflow"""
    cdef Py_ssize_t k
    cdef double sq_norm, share = 1.0 / (
        SINGLE_RANGE if call.X.number_type == LASSOCORE_FLOAT32 else DOUBLE_RANGE)
    if call.sq_target == 0.0:
        return True
    for k in range(call.n_usable):
        sq_norm = call.sq_norms[call.features[k]]
        if not (share * sq_norm < call.sq_target and share * call.sq_target < sq_norm):
            return False
    return True


cdef int pose_gram(Call* call, const Tables* tables) noexcept nogil:
    """The problem of a Gram matrix"""
    cdef int status = measure_gram(call)
    point_at_gram(call, tables)
    call.sq_target, call.y_mean = call.X.sq_target, 0.0
    if status == LASSOCORE_OK and not 0.0 <= call.sq_target < INFINITY:
        status = LASSOCORE_INVALID_DESIGN
    return status if status != LASSOCORE_OK else make_factors(call, 1)


cdef int pose_columns(Call* call, const double* y, const Tables* tables) noexcept nogil:
    """The problem of X and y: one pass over X, and another to standardise without an intercept"""
    cdef Py_ssize_t j, cost
    cdef int status = make_target(call, y, tables)
    if status != LASSOCORE_OK:
        return status
    for j in range(call.n_features):
        call.means[j] = 0.0
    cost = point_at_csc(call, tables) if call.X.storage == LASSOCORE_CSC else point_at_dense(call, tables)
    if call.options.standardize and not call.options.fit_intercept:
        status = make_factors(call, cost)       # before the correlations that are kept
    if status == LASSOCORE_OK:
        status = measure(call, cost, call.options.fit_intercept, call.means, call.sq_norms)
    if status == LASSOCORE_OK and not (call.options.standardize and not call.options.fit_intercept):
        status = make_factors(call, cost)
    return status


cdef int pose(Call* call, const double* y, const Tables* tables) noexcept nogil:
    """The problem in the call's arrays"""
    cdef int status = check_arrays(call, y)
    if status != LASSOCORE_OK:
        return status
    if call.X.storage == LASSOCORE_CSC and not indices_are_sound(&call.X):
        return LASSOCORE_INVALID_INDICES
    scale_weights(call, tables)
    status = pose_gram(call, tables) if call.X.storage == LASSOCORE_GRAM else pose_columns(call, y, tables)
    if status != LASSOCORE_OK:
        return status
    make_bounds(call)
    list_features(call)
    return LASSOCORE_OK if coefficients_in_range(call) else LASSOCORE_OUT_OF_RANGE
