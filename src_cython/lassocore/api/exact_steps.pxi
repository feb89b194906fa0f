# Lives here: exact steps on a given Gram matrix, as `GramPathSolver` of lassocore/solvers. Independent of: X, y.
from libc.math cimport ceil, log, pow, sqrt
from libc.stdint cimport int64_t
from libc.string cimport memcpy, memset

from lassocore.core.operations cimport Tables
from lassocore.cython_api cimport LASSOCORE_INTERRUPTED, LASSOCORE_NOT_CONVERGED, LASSOCORE_OK, lassocore_result
from lassocore.solvers.factor cimport MAX_BLOCKS, clear_members
from lassocore.solvers.gram_level cimport forget_levels
from lassocore.solvers.gram_positions cimport (
    COEFS, CORRELATIONS, L1_FACTOR, L2_FACTOR, LOWER, N_NUMBER_ROWS, NORMS, SQ_NORMS, TARGET_PRODUCTS, UPPER,
    begin_positions, bind_indices, bind_numbers, set_scales, spread_stride,
)
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, MAX_ITER

# As in lassocore/solvers: penalty_grid.py, active_set.py, driver.py.
cdef extern from *:
    """
    #define LASSOCORE_MIN_STEP_RATIO 0.6
    #define LASSOCORE_INNER_SHARE 0.5
    #define LASSOCORE_WORSE_THAN_ZERO 1.001
    """
    const double MIN_STEP_RATIO "LASSOCORE_MIN_STEP_RATIO"
    const double INNER_SHARE "LASSOCORE_INNER_SHARE"
    const double WORSE_THAN_ZERO "LASSOCORE_WORSE_THAN_ZERO"


cdef void plan_batch(Call* call, const double* alphas, int64_t n_alphas) noexcept nogil:
    """The next levels: alphas, with intermediate ones between those that are far apart"""
    cdef ExactSteps* exact = &call.exact
    cdef double alpha, share, scale = call.total_weight, l1_ratio = call.options.l1_ratio
    exact.n_levels = 0
    while exact.n_levels < GRAM_DEPTH and exact.next < n_alphas:
        alpha, share = alphas[exact.next], 1.0
        if exact.step == 0:
            share = alphas[exact.next] / exact.last if exact.last > 0.0 else 1.0
            exact.n_steps = <int64_t>ceil(log(share) / log(MIN_STEP_RATIO)) if 0.0 < share < MIN_STEP_RATIO else 1
            exact.share, exact.step = share, 1
        if exact.step < exact.n_steps:
            alpha = exact.last * pow(exact.share, <double>exact.step / exact.n_steps)
        exact.l1_scales[exact.n_levels] = scale * alpha * l1_ratio
        exact.l2_scales[exact.n_levels] = scale * alpha * (1.0 - l1_ratio)
        exact.indices[exact.n_levels] = exact.next if exact.step == exact.n_steps else -1
        exact.n_levels += 1
        exact.step += 1
        if exact.step > exact.n_steps:
            exact.last, exact.step = alpha, 0
            exact.next += 1


cdef void adopt_columns(Call* call) noexcept nogil:
    """The usable columns as positions, at coefficients of 0; their Gram matrix is copied where others are left out"""
    cdef ExactSteps* exact = &call.exact
    cdef GramLevel* level = &exact.level
    cdef Py_ssize_t a, b, j, size = call.n_usable
    cdef const double* gram = <const double*>call.X.values
    cdef double* numbers = exact.numbers
    memset(numbers, 0, N_NUMBER_ROWS * size * sizeof(double))
    bind_numbers(level, &exact.segment, numbers, size, call.lower != NULL)
    bind_indices(level, exact.positions, size)
    begin_positions(level, call.sq_target)
    level.since_check = 0 if call.options.check_signals else NO_CHECKS
    level.active.G.n_features = level.active.G.n_samples = level.active.factor.capacity = size
    level.active.G.data, level.active.G.column_stride = gram, call.X.stride
    level.active.factor.blocks = exact.blocks
    level.active.factor.lower, level.active.factor.stride = exact.lower, spread_stride(size)
    for b in range(size):
        j = call.features[b]
        for a in range(size if size < call.n_features else 0):
            exact.gram[b * size + a] = gram[j * call.X.stride + call.features[a]]
        numbers[TARGET_PRODUCTS * size + b] = numbers[CORRELATIONS * size + b] = call.correlations[j]
        numbers[SQ_NORMS * size + b], numbers[NORMS * size + b] = call.sq_norms[j], sqrt(call.sq_norms[j])
        numbers[L1_FACTOR * size + b], numbers[L2_FACTOR * size + b] = call.l1_factor[j], call.l2_factor[j]
        if call.lower != NULL:
            numbers[LOWER * size + b], numbers[UPPER * size + b] = call.lower[j], call.upper[j]
    if size < call.n_features:
        level.active.G.data, level.active.G.column_stride = exact.gram, size
    exact.l2_scale = 0.0


cdef void start_from(Call* call) noexcept nogil:
    """Continue from the coefficients of the descent"""
    cdef ExactSteps* exact = &call.exact
    cdef GramLevel* level = &exact.level
    cdef Py_ssize_t a, b, size = call.n_usable
    cdef double* numbers = exact.numbers
    cdef const double* column
    cdef double w
    memcpy(level.active.c, numbers + TARGET_PRODUCTS * size, size * sizeof(double))
    for b in range(size):
        numbers[COEFS * size + b] = w = call.ws.w[call.features[b]]
        column = level.active.G.data + b * level.active.G.column_stride
        for a in range(size if w != 0.0 else 0):
            level.active.c[a] -= w * column[a]
    clear_members(&level.active.factor)
    forget_levels(level)
    exact.l2_scale = -1.0


cdef void certify_level(Call* call, Py_ssize_t t, const Tables* tables) noexcept nogil:
    """The gap of the present solution as level t of the batch, in the outcome of the call"""
    cdef ExactSteps* exact = &call.exact
    set_scales(&exact.level, exact.numbers, call.n_usable, exact.l1_scales[t], exact.l2_scales[t])
    call.outcome.gap = tables.gram.gap(&exact.level, 0.0, &call.outcome.sq_residual)
    call.outcome.status = (
        CONVERGED if call.outcome.gap <= call.options.tol * call.sq_target else MAX_ITER)


cdef int solve_by_descent(Call* call, double alpha, const Tables* tables) noexcept nogil:
    """Where exact steps are not certified: coordinate descent from where they ended, or from 0 where that is worse"""
    cdef ResidualView view
    cdef Py_ssize_t n_iter = call.outcome.n_iter
    cdef bint sound = call.operations.restart(&call.design, &call.ws)
    if sound:
        view = call.operations.view(&call.design, &call.ws, call.ws.features, call.ws.n_features)
        if not view.sq_residual <= WORSE_THAN_ZERO * call.sq_target:
            memset(call.ws.w, 0, call.n_features * sizeof(double))
            sound = call.operations.restart(&call.design, &call.ws)
    if sound:
        call.operations.solve(&call.design, &call.ws, &call.settings, 1.0, &call.outcome)
        call.outcome.n_iter += n_iter
    if not sound or call.outcome.status == INTERRUPTED:
        return LASSOCORE_INTERRUPTED
    start_from(call)
    return LASSOCORE_OK if call.outcome.status == CONVERGED else LASSOCORE_NOT_CONVERGED


cdef int finish_level(
    Call* call, Py_ssize_t t, const double* alphas, lassocore_result* result, const Tables* tables
) noexcept nogil:
    """Certify the present solution as level t of the batch and store it, after coordinate descent where that fails"""
    cdef Py_ssize_t k
    cdef int status = LASSOCORE_OK
    certify_level(call, t, tables)
    if call.exact.indices[t] < 0:
        call.exact.n_between += call.outcome.n_iter
        return status
    for k in range(call.n_usable):
        call.ws.w[call.features[k]] = call.exact.level.active.w[k]
    set_level(call, alphas[call.exact.indices[t]], tables)
    if call.outcome.status != CONVERGED:
        status = solve_by_descent(call, alphas[call.exact.indices[t]], tables)
    if status >= 0:
        call.outcome.n_iter += call.exact.n_between
        store(call, result, call.exact.indices[t], tables)
        call.outcome.n_iter -= call.exact.n_between
        call.exact.n_between = 0
    return status


cdef int follow_segment(
    Call* call, Py_ssize_t* t, const double* alphas, lassocore_result* result, const Tables* tables
) noexcept nogil:
    """Finish the levels after t that lie on a linear piece of the path; t becomes the last of them"""
    cdef ExactSteps* exact = &call.exact
    cdef GramLevel* level = &exact.level
    cdef double start = level.l1_scale, last = level.l1_scale
    cdef Py_ssize_t first = t[0] + 1
    cdef int status = LASSOCORE_OK
    if first + 1 >= exact.n_levels or exact.l2_scales[first + 1] > 0.0:
        return status
    tables.gram.find_segment(level, level.delta, &exact.segment)
    call.outcome.n_iter = 0
    while t[0] + 1 < exact.n_levels and start - exact.l1_scales[t[0] + 1] <= exact.segment.length:
        t[0] += 1
        tables.gram.move_along(level, &exact.segment, last - exact.l1_scales[t[0]])
        last = exact.l1_scales[t[0]]
        status = finish_level(call, t[0], alphas, result, tables)
        if status != LASSOCORE_OK or level.last_scale == 0.0 and exact.l2_scale < 0.0:
            return status           # w has been changed by coordinate descent
    if t[0] >= first:
        forget_levels(level)
    return status


cdef int solve_batch(
    Call* call, const double* alphas, lassocore_result* result, const Tables* tables
) noexcept nogil:
    """Solve the levels of a batch in turn"""
    cdef ExactSteps* exact = &call.exact
    cdef GramLevel* level = &exact.level
    cdef Py_ssize_t t = 0, n_steps, n_changes
    cdef int status = LASSOCORE_OK, found
    while t < exact.n_levels:
        n_steps, n_changes = level.active.n_solves, level.active.factor.n_changes
        set_scales(level, exact.numbers, call.n_usable, exact.l1_scales[t], exact.l2_scales[t])
        if exact.l2_scales[t] != exact.l2_scale:
            tables.gram.refactor(level)
        tables.gram.solve(level, &call.outcome)
        exact.l2_scale = exact.l2_scales[t]
        if call.outcome.status == INTERRUPTED:
            return LASSOCORE_INTERRUPTED
        call.outcome.n_iter += level.active.n_solves - n_steps
        found = finish_level(call, t, alphas, result, tables)
        if found >= 0 and n_changes == level.active.factor.n_changes and (
                call.outcome.n_iter == level.active.n_solves - n_steps):
            status = max(status, found)
            found = follow_segment(call, &t, alphas, result, tables)
        if found < 0:
            return found
        status = max(status, found)
        t += 1
    return status


cdef int step_exactly(
    Call* call, const double* alphas, int64_t n_alphas, lassocore_result* result, const Tables* tables
) noexcept nogil:
    """Solve at each alpha by exact steps from the solution at the one before"""
    cdef ResidualView view
    cdef bint is_warm = begin(call)
    cdef int status = LASSOCORE_OK, found
    if call.n_usable == 0 or call.sq_target == 0.0:
        return descend(call, alphas, n_alphas, result, tables)
    if call.outcome.status == INTERRUPTED:
        return LASSOCORE_INTERRUPTED
    result.gap_tol = call.options.tol * call.sq_target / call.total_weight
    call.exact.last = alpha_of_zero(call, tables) if call.options.l1_ratio > 0.0 else 0.0
    call.exact.next = call.exact.step = call.exact.n_between = 0
    adopt_columns(call)
    if is_warm:
        view = call.operations.view(&call.design, &call.ws, call.ws.features, call.ws.n_features)
        if view.sq_residual <= WORSE_THAN_ZERO * call.sq_target:
            start_from(call)
    call.exact.level.tolerance = INNER_SHARE * (call.options.tol * call.sq_target)
    call.exact.level.max_iter = min(call.options.max_iter, MAX_EPOCHS)
    while call.exact.next < n_alphas:
        plan_batch(call, alphas, n_alphas)
        found = solve_batch(call, alphas, result, tables)
        if found < 0:
            return found
        status = max(status, found)
    return status
