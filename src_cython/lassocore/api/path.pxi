# Lives here: coordinate descent from alpha to alpha, as lassocore/solvers/coordinate_descent.py. Independent of: X.
from libc.math cimport INFINITY
from libc.stdint cimport int64_t
from libc.string cimport memcpy, memset

from lassocore.core.operations cimport Tables
from lassocore.cython_api cimport (
    LASSOCORE_FLOAT32, LASSOCORE_INTERRUPTED, LASSOCORE_NOT_CONVERGED, LASSOCORE_OK, lassocore_result,
)
from lassocore.datafits.quadratic cimport squared_error
from lassocore.penalties.elastic_net cimport as_single, clip, make_penalty, penalty_value
from lassocore.solvers.extrapolation cimport bind_history, history_capacity
from lassocore.solvers.gap cimport ResidualView, usual_accuracy
from lassocore.solvers.order cimport CYCLIC
from lassocore.solvers.screening cimport max_correlation_ratio, strong_threshold
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, begin_state, bind_sets, set_tolerance

cdef extern from *:
    """
    #define LASSOCORE_MAX_EPOCHS (PY_SSIZE_T_MAX / 2)
    #define LASSOCORE_NO_CHECKS (PY_SSIZE_T_MIN / 2)
    #define LASSOCORE_MAX_SQ_START 1e32
    """
    const Py_ssize_t MAX_EPOCHS "LASSOCORE_MAX_EPOCHS"      # counts of epochs stay below overflow
    # Multiply-adds until the first check for signals: more than a machine does in its life.
    const Py_ssize_t NO_CHECKS "LASSOCORE_NO_CHECKS"
    const double MAX_SQ_START "LASSOCORE_MAX_SQ_START"      # the square of MAX_START


cdef void bind_workspace(Call* call) noexcept nogil:
    """The state of `core.Solver` before the first level, at zero coefficients"""
    cdef Workspace* ws = &call.ws
    cdef Py_ssize_t j, p = call.n_features
    ws.residual.target, ws.residual.sq_target, ws.residual.offset = call.target, call.sq_target, 0.0
    memcpy(ws.residual.values, call.target, call.n_samples * sizeof(double))
    memcpy(ws.c, call.correlations, p * sizeof(double))
    memset(call.l1_reg, 0, p * sizeof(double))
    for j in range(p):
        ws.w[j] = 0.0
    ws.sq_norms, ws.features, ws.n_features = call.sq_norms, call.features, call.n_usable
    bind_sets(ws, call.sets, call.was_zero, p)
    bind_history(&ws.history, call.history, history_capacity(p, call.n_samples))
    begin_state(ws)
    if not call.options.check_signals:
        ws.work = NO_CHECKS
    ws.accuracy = usual_accuracy()
    ws.unpenalised.columns = call.unpenalised
    ws.unpenalised.root = ws.unpenalised.gram = NULL
    ws.unpenalised.rank = 0
    ws.unpenalised.step = call.scratch
    ws.recorder.call = NULL
    ws.penalty = make_penalty(call.l1_reg, NULL, call.lower, call.upper)
    call.settings.selection, call.settings.rng, call.settings.min_visits = CYCLIC, NULL, 0


cdef bint begin(Call* call) noexcept nogil:
    """The state at the given start, within the bounds and 0 where excluded; whether there is one. INTERRUPTED in the
    call's outcome where Ctrl-C was pressed."""
    cdef const double* start = call.options.start
    cdef Py_ssize_t j, k
    cdef bint is_warm = (
        start != NULL and call.sq_target > 0.0 and call.ws.unpenalised.n_columns < call.n_usable)
    bind_workspace(call)
    call.outcome.status = CONVERGED
    for k in range(call.n_usable if is_warm else 0):
        j = call.features[k]
        call.ws.w[j] = clip(&call.ws.penalty, j, start[j])
        if not call.ws.w[j] * call.ws.w[j] * call.sq_norms[j] <= MAX_SQ_START * call.sq_target:
            memset(call.ws.w, 0, call.n_features * sizeof(double))
            is_warm = False
            break
    if is_warm or call.ws.unpenalised.n_columns > 0:
        if not call.operations.restart(&call.design, &call.ws):
            call.outcome.status = INTERRUPTED
    return is_warm


cdef double alpha_of_zero(Call* call, const Tables* tables) noexcept nogil:
    """The smallest alpha at which zeros are optimal, from the present residual; infinity for ridge regression"""
    cdef ResidualView view
    if call.options.l1_ratio == 0.0:
        return INFINITY
    tables.vectors.scale(call.l1_factor, call.total_weight * call.options.l1_ratio, call.n_features, call.l1_reg)
    view = call.operations.view(&call.design, &call.ws, call.ws.features, call.ws.n_features)
    return max_correlation_ratio(&call.ws.penalty, &view)


cdef void set_level(Call* call, double alpha, const Tables* tables) noexcept nogil:
    """The penalty and the tolerance at this alpha"""
    cdef double scale = call.total_weight * alpha, l1_ratio = call.options.l1_ratio
    cdef double l2_scale = scale * (1.0 - l1_ratio)
    cdef bint has_ridge = l2_scale > 0.0
    tables.vectors.scale(call.l1_factor, scale * l1_ratio, call.n_features, call.l1_reg)
    if has_ridge:
        tables.vectors.scale(call.l2_factor, l2_scale, call.n_features, call.l2_reg)
    call.ws.penalty = make_penalty(call.l1_reg, call.l2_reg if has_ridge else NULL, call.lower, call.upper)
    set_tolerance(&call.ws, &call.settings, call.options.tol * call.sq_target, min(
        call.options.max_iter, MAX_EPOCHS), call.X.number_type == LASSOCORE_FLOAT32)


cdef void store(Call* call, lassocore_result* result, int64_t k, const Tables* tables) noexcept nogil:
    """Write the solution at alpha number k to the caller's arrays"""
    cdef double* coefs = result.coefs + k * (result.coefs_stride if result.coefs_stride else call.n_features)
    cdef double w, penalty = 0.0, scale = call.total_weight
    cdef Py_ssize_t j, n_nonzero = 0
    for j in range(call.n_features):
        coefs[j] = w = call.ws.w[j]
        if w != 0.0:
            if call.settings.single_precision:
                coefs[j] = w = as_single(&call.ws.penalty, j, w)
            call.rows[n_nonzero], call.scratch[n_nonzero] = j, w
            penalty += penalty_value(&call.ws.penalty, j, w)
            n_nonzero += 1
    if result.intercepts != NULL:
        result.intercepts[k] = 0.0
        if call.options.fit_intercept:
            result.intercepts[k] = tables.vectors.intercept(
                call.scratch, call.rows, n_nonzero, call.means, call.y_mean)
    if result.gaps != NULL:
        result.gaps[k] = call.outcome.gap / scale
    if result.objectives != NULL:
        result.objectives[k] = (squared_error(call.outcome.sq_residual) + penalty) / scale
    if result.sq_residuals != NULL:
        result.sq_residuals[k] = call.outcome.sq_residual / scale
    if result.n_iter != NULL:
        result.n_iter[k] = call.outcome.n_iter
    if result.converged != NULL:
        result.converged[k] = call.outcome.status == CONVERGED


cdef int descend(
    Call* call, const double* alphas, int64_t n_alphas, lassocore_result* result, const Tables* tables
) noexcept nogil:
    """Solve at each alpha from the solution at the one before"""
    cdef bint is_warm = begin(call)
    cdef double previous, threshold
    cdef int64_t k
    cdef int status = LASSOCORE_OK
    result.gap_tol = call.options.tol * call.sq_target / call.total_weight
    previous = alpha_of_zero(call, tables)
    for k in range(n_alphas):
        if call.outcome.status == INTERRUPTED:
            return LASSOCORE_INTERRUPTED
        set_level(call, alphas[k], tables)
        threshold = 1.0 if is_warm and k == 0 else strong_threshold(previous, alphas[k])
        call.operations.solve(&call.design, &call.ws, &call.settings, threshold, &call.outcome)
        previous = alphas[k]
        if call.outcome.status == INTERRUPTED:
            return LASSOCORE_INTERRUPTED
        if call.outcome.status != CONVERGED:
            status = LASSOCORE_NOT_CONVERGED
        store(call, result, k, tables)
    return status
