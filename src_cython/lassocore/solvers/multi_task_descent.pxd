# Lives here: block coordinate descent at one level, on a set of columns. Independent of: paths, allocation.
from libc.math cimport INFINITY, sqrt
from libc.string cimport memcpy

from lassocore.core.signals cimport WORK_PER_SIGNAL_CHECK, interrupted
from lassocore.datafits.quadratic cimport squared_error, task_products
from lassocore.designs.design cimport Design, column_cost
from lassocore.designs.tasks cimport fold_task_offsets, task_axpy, task_dots
from lassocore.designs.types cimport SLOTS, TaskResidual
from lassocore.penalties.elastic_net cimport Penalty, as_single, has_kink
from lassocore.penalties.l21 cimport row_norm, row_value
from lassocore.solvers.anderson cimport DEPTH, combine, extrapolation_weights
from lassocore.solvers.gap cimport BlockAccuracy
from lassocore.solvers.multi_task_epoch cimport TaskCoefficients, task_epoch
from lassocore.solvers.multi_task_gap cimport TaskResidualView, task_gap
from lassocore.solvers.order cimport CYCLIC, RANDOM, fill_order
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, MAX_ITER, STALLED, STALL_TOL, Outcome, Settings

cdef enum:
    CYCLES_PER_GAP = 2          # cycles of epochs over the support between two measurements of the gap, at most
    REFINEMENTS = 3             # of an exact solution, including the solve itself


cdef struct UnpenalisedRows:
    const Py_ssize_t* columns
    Py_ssize_t n_columns
    const double* root          # (n_columns, rank), C order: root root' is the pseudo-inverse of the block's Gram
    Py_ssize_t rank             # matrix; NULL: coordinate descent alone
    double* step                # scratch: n_columns rows
    double* rotated             # scratch: rank rows


cdef struct TaskWorkspace:
    Penalty penalty
    TaskResidual residual
    TaskCoefficients w
    UnpenalisedRows unpenalised
    double* C                   # X'(s R), (n_features, width), of the columns last updated
    const double* sq_norms
    const Py_ssize_t* columns   # the set: columns whose rows may be nonzero, increasing
    Py_ssize_t n_columns
    Py_ssize_t* active          # columns of the set that epochs visit
    Py_ssize_t n_active
    Py_ssize_t* order
    double* iterates            # DEPTH + 1 times the active rows, then scratch for one more
    double* residuals           # DEPTH + 1 residuals
    double descent              # of the last epoch
    double gap_per_root_descent     # when last measured
    double outside_ratio        # as in TaskResidualView
    BlockAccuracy accuracy
    Py_ssize_t work             # multiply-adds since the last signal check


cdef inline Py_ssize_t visit_cost(const Design* X, const TaskWorkspace* ws) noexcept nogil:
    """Approximate multiply-adds of one visit"""
    return 1 + column_cost(X) * ws.residual.n_blocks


cdef inline void apply_root(const UnpenalisedRows* block, Py_ssize_t width) noexcept nogil:
    """step <- -root root' step"""
    cdef Py_ssize_t k, m, t
    for m in range(block.rank * width):
        block.rotated[m] = 0.0
    for k in range(block.n_columns):
        for m in range(block.rank):
            for t in range(width):
                block.rotated[m * width + t] -= block.root[k * block.rank + m] * block.step[k * width + t]
    for k in range(block.n_columns):
        for t in range(width):
            block.step[k * width + t] = 0.0
        for m in range(block.rank):
            for t in range(width):
                block.step[k * width + t] += block.root[k * block.rank + m] * block.rotated[m * width + t]


cdef inline void solve_unpenalised_rows(const Design* X, TaskWorkspace* ws, int n_rounds) noexcept nogil:
    """Repeat: W_U += root root' C_U, with C_U from the updated residuals (docs/math.md, 7.2)"""
    cdef const UnpenalisedRows* block = &ws.unpenalised
    cdef Py_ssize_t k, t, width = ws.w.width
    cdef int _round
    cdef double* row
    if block.root == NULL:
        return
    for _round in range(n_rounds):
        for k in range(block.n_columns):
            task_dots(X, block.columns[k], &ws.residual, block.step + k * width)
        apply_root(block, width)
        for k in range(block.n_columns):
            row = ws.w.W + block.columns[k] * width
            for t in range(width):
                row[t] -= block.step[k * width + t]
            task_axpy(X, block.columns[k], block.step + k * width, &ws.residual)


cdef inline bint task_sweep(
    const Design* X, TaskWorkspace* ws, const Settings* settings, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """Solve for the unpenalised rows, then one epoch over these columns; False when interrupted"""
    cdef Py_ssize_t start = 0, n_visits, cost = visit_cost(X, ws)
    cdef Py_ssize_t chunk = 1 + WORK_PER_SIGNAL_CHECK // cost
    cdef const Py_ssize_t* order = columns
    solve_unpenalised_rows(X, ws, 1)
    if settings.selection != CYCLIC:
        fill_order(settings.selection, columns, n_columns, settings.rng, ws.order)
        order = ws.order
    ws.descent = 0.0
    while start < n_columns:
        n_visits = min(chunk, n_columns - start)
        ws.descent += task_epoch(X, &ws.penalty, &ws.w, &ws.residual, ws.sq_norms, order + start, n_visits)
        start += n_visits
        if interrupted(&ws.work, n_visits * cost):
            return False
    return True


cdef inline bint update_task_correlations(
    const Design* X, TaskWorkspace* ws, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """C of the columns; False when interrupted"""
    cdef Py_ssize_t k, since_check = 0, cost = visit_cost(X, ws)
    for k in range(n_columns):
        task_dots(X, columns[k], &ws.residual, ws.C + columns[k] * ws.w.width)
        since_check += cost
        if since_check >= WORK_PER_SIGNAL_CHECK:
            if interrupted(&ws.work, since_check):
                return False
            since_check = 0
    return not interrupted(&ws.work, since_check)


cdef inline TaskResidualView view_task_residual(
    const Design* X, TaskWorkspace* ws, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """The view of the folded residuals, for columns whose C is up to date"""
    cdef TaskResidualView view
    view.W, view.C, view.scratch, view.width = ws.w.W, ws.C, ws.w.scratch, ws.w.width
    view.sq_norms, view.columns, view.n_columns = ws.sq_norms, columns, n_columns
    view.sq_target, view.outside_ratio, view.accuracy = ws.residual.sq_target, ws.outside_ratio, ws.accuracy
    task_products(X, ws.w.W, &ws.residual, &view.sq_residual, &view.fit_product)
    return view


cdef inline bint restart_rows(const Design* X, TaskWorkspace* ws) noexcept nogil:
    """Recompute s R = s (Y0 - X W), and solve for the unpenalised rows; False when interrupted"""
    cdef Py_ssize_t j, k, t, width = ws.w.width, size = ws.residual.n_blocks * SLOTS * X.n_samples
    cdef double* step = ws.w.scratch
    memcpy(ws.residual.values, ws.residual.target, size * sizeof(double))
    for t in range(width):
        ws.residual.offsets[t] = 0.0
    for k in range(ws.n_columns):
        j = ws.columns[k]
        if row_norm(ws.w.W + j * width, width) == 0.0:
            continue
        for t in range(width):
            step[t] = -ws.w.W[j * width + t]
        task_axpy(X, j, step, &ws.residual)
        if interrupted(&ws.work, visit_cost(X, ws)):
            return False
    solve_unpenalised_rows(X, ws, REFINEMENTS)
    fold_task_offsets(X, &ws.residual)
    return True


cdef inline void round_rows(TaskWorkspace* ws) noexcept nogil:
    """Round W to float32"""
    cdef Py_ssize_t j, k, t
    for k in range(ws.n_columns):
        j = ws.columns[k]
        for t in range(ws.w.width):
            ws.w.W[j * ws.w.width + t] = as_single(&ws.penalty, j, ws.w.W[j * ws.w.width + t])


cdef inline void list_support(TaskWorkspace* ws) noexcept nogil:
    """active = the columns of the set with a nonzero row or without an l1 term"""
    cdef Py_ssize_t j, k
    ws.n_active = 0
    for k in range(ws.n_columns):
        j = ws.columns[k]
        if not has_kink(&ws.penalty, j) or row_norm(ws.w.W + j * ws.w.width, ws.w.width) != 0.0:
            ws.active[ws.n_active] = j
            ws.n_active += 1


cdef inline double active_objective(const Design* X, TaskWorkspace* ws) noexcept nogil:
    """The loss + the penalty of the active rows"""
    cdef double sq_residual, fit_product, norm, total
    cdef Py_ssize_t j, k
    task_products(X, ws.w.W, &ws.residual, &sq_residual, &fit_product)
    total = squared_error(sq_residual)
    for k in range(ws.n_active):
        j = ws.active[k]
        norm = row_norm(ws.w.W + j * ws.w.width, ws.w.width)
        total += row_value(&ws.penalty, j, norm)
    return total


cdef inline void put_rows(TaskWorkspace* ws, const double* rows) noexcept nogil:
    """The active rows of W <- rows"""
    cdef Py_ssize_t k
    for k in range(ws.n_active):
        memcpy(ws.w.W + ws.active[k] * ws.w.width, rows + k * ws.w.width, ws.w.width * sizeof(double))


cdef inline void store_iterate(const Design* X, TaskWorkspace* ws, Py_ssize_t number) noexcept nogil:
    """Store the active rows and the folded residuals"""
    cdef Py_ssize_t k, size = ws.n_active * ws.w.width
    cdef Py_ssize_t n_values = ws.residual.n_blocks * SLOTS * X.n_samples
    fold_task_offsets(X, &ws.residual)
    for k in range(ws.n_active):
        memcpy(ws.iterates + number * size + k * ws.w.width, ws.w.W + ws.active[k] * ws.w.width,
               ws.w.width * sizeof(double))
    memcpy(ws.residuals + number * n_values, ws.residual.values, n_values * sizeof(double))


cdef inline void extrapolate(const Design* X, TaskWorkspace* ws) noexcept nogil:
    """W and R <- the combination of the stored iterates, if that lowers the objective; R is affine in W"""
    cdef double[DEPTH] weights
    cdef Py_ssize_t size = ws.n_active * ws.w.width
    cdef Py_ssize_t n_values = ws.residual.n_blocks * SLOTS * X.n_samples
    cdef double* combined = ws.iterates + (DEPTH + 1) * size
    cdef double before
    if not extrapolation_weights(ws.iterates, NULL, size, weights):
        return
    before = active_objective(X, ws)
    combine(ws.iterates, weights, size, combined)
    put_rows(ws, combined)
    combine(ws.residuals, weights, n_values, ws.residual.values)
    if not active_objective(X, ws) < before:
        put_rows(ws, ws.iterates + DEPTH * size)
        memcpy(ws.residual.values, ws.residuals + DEPTH * n_values, n_values * sizeof(double))


cdef inline bint cycle(
    const Design* X, TaskWorkspace* ws, const Settings* settings, Outcome* outcome
) noexcept nogil:
    """DEPTH epochs over the active columns, then extrapolation; ends early where the descent predicts that the gap is
    met. False when interrupted."""
    cdef Py_ssize_t number
    store_iterate(X, ws, 0)
    for number in range(1, DEPTH + 1):
        if outcome.n_iter >= settings.max_iter:
            return True
        if not task_sweep(X, ws, settings, ws.active, ws.n_active):
            return False
        outcome.n_iter += 1
        store_iterate(X, ws, number)
        if ws.gap_per_root_descent * sqrt(ws.descent) <= settings.gap_tol:
            return True
    if settings.selection == CYCLIC and ws.n_active > 0:
        extrapolate(X, ws)
    return True


cdef inline bint measure_set(const Design* X, TaskWorkspace* ws, Outcome* outcome) noexcept nogil:
    """The gap over the set; False when interrupted"""
    cdef TaskResidualView view
    solve_unpenalised_rows(X, ws, REFINEMENTS)
    fold_task_offsets(X, &ws.residual)
    if not update_task_correlations(X, ws, ws.columns, ws.n_columns):
        return False
    view = view_task_residual(X, ws, ws.columns, ws.n_columns)
    outcome.gap = task_gap(&ws.penalty, &view)
    outcome.sq_residual = view.sq_residual
    if ws.descent > 0.0 and outcome.gap < INFINITY:
        ws.gap_per_root_descent = max(0.1 * ws.gap_per_root_descent, outcome.gap / sqrt(ws.descent))
    return True


cdef inline void solve_task_level(
    const Design* X, TaskWorkspace* ws, const Settings* settings, Outcome* outcome
) noexcept nogil:
    """Minimise over the set at the penalty in ws, from the W and R in ws, until the gap over the set is met."""
    cdef int n_cycles
    outcome.n_iter = 0
    while True:
        outcome.status = INTERRUPTED
        if not task_sweep(X, ws, settings, ws.columns, ws.n_columns):
            return
        outcome.n_iter += 1
        outcome.status = MAX_ITER
        if ws.descent <= STALL_TOL * ws.residual.sq_target and settings.selection != RANDOM:
            outcome.status = STALLED
        n_cycles = 0
        while (outcome.status != STALLED and n_cycles < CYCLES_PER_GAP and outcome.n_iter < settings.max_iter
               and ws.gap_per_root_descent * sqrt(ws.descent) > settings.gap_tol):
            list_support(ws)
            if not cycle(X, ws, settings, outcome):
                outcome.status = INTERRUPTED
                return
            n_cycles += 1
        if not measure_set(X, ws, outcome):
            outcome.status = INTERRUPTED
            return
        if outcome.gap <= settings.gap_tol:
            outcome.status = CONVERGED
        if outcome.status != MAX_ITER or outcome.n_iter >= settings.max_iter:
            return
