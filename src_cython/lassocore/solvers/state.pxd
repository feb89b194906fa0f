# Lives here: the state of a descent: w, residual, correlations, certificates. Independent of: screening, paths.
from libc.math cimport INFINITY, sqrt

from numpy.random cimport bitgen_t

from lassocore.core.signals cimport WORK_PER_SIGNAL_CHECK, interrupted
from lassocore.datafits.quadratic cimport residual_products
from lassocore.designs.dense cimport Dense, Rows
from lassocore.designs.dense_blocks cimport ROWS_OF_FIT, subtract_columns
from lassocore.designs.design cimport Design, column_axpy, column_cost, fold_offset
from lassocore.designs.scans cimport scan_residual
from lassocore.designs.types cimport Residual
from lassocore.penalties.elastic_net cimport Penalty, as_single
from lassocore.solvers.extrapolation cimport History
from lassocore.solvers.gap cimport BlockAccuracy, ResidualView, duality_gap
from lassocore.solvers.order cimport Selection
from lassocore.solvers.recording cimport Recorder
from lassocore.solvers.unpenalised cimport Unpenalised, solve_unpenalised

cdef enum:
    MAX_ROUNDS = 200            # of an unpenalised block with bounds, per certificate
    MIN_CHUNK = 32              # columns between two signal checks, at least
    MAX_CHUNK = 1024
    ROW_CHUNK_FACTOR = 50       # for columns read along rows: some 100 milliseconds between checks

# An epoch whose descent is below this fraction of ||y0||_s^2 changes nothing but rounding errors.
cdef extern from *:
    """
    #define LASSOCORE_STALL_TOL 1e-31
    """
    const double STALL_TOL "LASSOCORE_STALL_TOL"


cdef enum Status:
    CONVERGED = 0
    MAX_ITER = 1
    STALLED = 2                 # an epoch no longer changes the objective in double precision
    INTERRUPTED = 3             # a Python exception is set
    HANDED_OVER = 4             # exact steps on the support are cheaper from here on

cdef struct Settings:
    double gap_tol              # tol ||y0||_s^2
    Py_ssize_t max_iter         # epochs
    Selection selection
    bitgen_t* rng
    bint single_precision       # the coefficients are returned as float32
    Py_ssize_t min_visits       # before a level is handed over to exact steps; 0: it never is


cdef struct Outcome:
    Status status
    double gap                  # over all features, S-scaled
    double sq_residual          # ||r||_s^2
    Py_ssize_t n_iter


cdef struct Workspace:
    Penalty penalty
    Residual residual
    Unpenalised unpenalised
    double* w
    double* c                   # X'(s r): up to date for every feature between levels
    const double* sq_norms
    const Py_ssize_t* features  # columns that may be nonzero, increasing
    Py_ssize_t n_features
    Py_ssize_t* candidates      # features not excluded by a safe test at this level, increasing
    Py_ssize_t n_candidates
    Py_ssize_t* active          # candidates that epochs visit, increasing
    Py_ssize_t n_active
    Py_ssize_t* order
    char* was_zero              # whether an active coordinate was 0 when last checked
    double descent              # of the last epoch
    double gap_per_root_descent     # of the active columns, when last measured
    Py_ssize_t max_visits       # visits before the next certificate
    bint support_found          # whether all columns beyond the entry ratio are active
    Py_ssize_t visits_on_support  # visits since then
    History history
    double outside_ratio        # as in ResidualView, of columns that are not features
    BlockAccuracy accuracy
    bint is_inaccurate          # the residual has been larger than y0, so its rounding errors are large
    Py_ssize_t work             # multiply-adds since the last signal check
    Recorder recorder


cdef inline void bind_sets(Workspace* ws, Py_ssize_t* sets, char* was_zero, Py_ssize_t n_features) noexcept nogil:
    """Empty sets of columns in 3 n_features indices"""
    ws.candidates, ws.active, ws.order = sets, sets + n_features, sets + 2 * n_features
    ws.n_candidates = ws.n_active = 0
    ws.was_zero = was_zero


cdef inline void begin_state(Workspace* ws) noexcept nogil:
    """The state before the first level"""
    ws.descent = 0.0
    ws.is_inaccurate = False
    ws.outside_ratio = 0.0
    ws.work = 0


cdef inline double first_gap_per_root_descent(double gap_tol) noexcept nogil:
    """Initial guess: the gap is first measured once an epoch's descent is a thousandth of the tolerance"""
    return 30.0 * sqrt(gap_tol)


cdef inline void set_tolerance(
    Workspace* ws, Settings* settings, double gap_tol, Py_ssize_t max_iter, bint single_precision
) noexcept nogil:
    """When the next level ends"""
    settings.gap_tol = gap_tol
    ws.gap_per_root_descent = first_gap_per_root_descent(gap_tol)
    settings.max_iter = max_iter
    settings.single_precision = single_precision


cdef inline bint update_correlations(
    const Design* X, Workspace* ws, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """c_j = X_j'(s r) for the columns; False when interrupted"""
    cdef double[MAX_CHUNK] products
    cdef Py_ssize_t k, n_scanned, first = 0
    cdef Py_ssize_t work = WORK_PER_SIGNAL_CHECK, chunk
    if Design in Rows:
        work *= ROW_CHUNK_FACTOR              # reading parts of rows takes longer than reading whole rows
    chunk = max(MIN_CHUNK, min(MAX_CHUNK, work // column_cost(X)))
    while first < n_columns:
        n_scanned = min(chunk, n_columns - first)
        scan_residual(X, columns + first, n_scanned, &ws.residual, products)
        for k in range(n_scanned):
            ws.c[columns[first + k]] = products[k]
        first += n_scanned
        if interrupted(&ws.work, n_scanned * column_cost(X)):
            return False
    return True


cdef inline Py_ssize_t list_screened(Workspace* ws) noexcept nogil:
    """order = the features that are not candidates; returns how many"""
    cdef Py_ssize_t k, m = 0, n_screened = 0
    for k in range(ws.n_features):
        if m < ws.n_candidates and ws.candidates[m] == ws.features[k]:
            m += 1
        else:
            ws.order[n_screened] = ws.features[k]
            n_screened += 1
    return n_screened


cdef inline ResidualView view_residual(
    const Design* X, Workspace* ws, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """The view of the folded residual, for columns whose c is up to date"""
    cdef ResidualView view
    view.c = ws.c
    view.sq_norms = ws.sq_norms
    view.columns = columns
    view.n_columns = n_columns
    view.sq_target, view.outside_ratio, view.accuracy = ws.residual.sq_target, ws.outside_ratio, ws.accuracy
    residual_products(X, ws.w, &ws.residual, &view.sq_residual, &view.fit_product)
    ws.is_inaccurate = ws.is_inaccurate or view.sq_residual > 1.001 * view.sq_target
    return view


cdef inline double measure_active_gap(const Design* X, Workspace* ws) noexcept nogil:
    """The gap over the active columns, from their c; updates gap_per_root_descent"""
    cdef ResidualView view = view_residual(X, ws, ws.active, ws.n_active)
    cdef double gap = duality_gap(&ws.penalty, ws.w, &view)
    if gap < INFINITY and ws.descent > 0.0:
        ws.gap_per_root_descent = gap / sqrt(ws.descent)
    return gap


cdef inline bint prepare_residual(const Design* X, Workspace* ws) noexcept nogil:
    """Before a certificate: solve for the unpenalised columns, fold the offset; False when interrupted"""
    cdef int _round
    for _round in range(MAX_ROUNDS):
        if solve_unpenalised(X, &ws.unpenalised, &ws.penalty, ws.w, &ws.residual, ws.sq_norms):
            break
        if interrupted(&ws.work, 2 * ws.unpenalised.n_columns * column_cost(X)):
            return False
    fold_offset(X, &ws.residual)
    return True


cdef inline Py_ssize_t list_nonzeros(Workspace* ws) noexcept nogil:
    """order = the features whose coefficient is not 0; returns how many"""
    cdef Py_ssize_t k, n_nonzero = 0
    for k in range(ws.n_features):
        if ws.w[ws.features[k]] != 0.0:
            ws.order[n_nonzero] = ws.features[k]
            n_nonzero += 1
    return n_nonzero


cdef inline bint reset_residual(const Design* X, Workspace* ws) noexcept nogil:
    """Recompute s r = s (y0 - X w); False when interrupted"""
    cdef Py_ssize_t i, k, row = 0, n_nonzero = list_nonzeros(ws)
    ws.residual.offset = 0.0
    ws.is_inaccurate = False
    for i in range(X.n_samples):
        ws.residual.values[i] = ws.residual.target[i]
    if Design in Dense:
        while row < X.n_samples:
            subtract_columns(X, ws.order, n_nonzero, ws.w, row, ws.residual.values)
            if interrupted(&ws.work, ROWS_OF_FIT * n_nonzero):
                return False
            row += ROWS_OF_FIT
    else:
        for k in range(n_nonzero):
            column_axpy(X, ws.order[k], -ws.w[ws.order[k]], &ws.residual)
            if interrupted(&ws.work, column_cost(X)):
                return False
    fold_offset(X, &ws.residual)
    return True


cdef inline bint restart(const Design* X, Workspace* ws) noexcept nogil:
    """Recompute residual and c of all features from w; False when interrupted"""
    return reset_residual(X, ws) and prepare_residual(X, ws) and update_correlations(X, ws, ws.features, ws.n_features)


cdef inline void round_coefficients(Workspace* ws) noexcept nogil:
    """Round w to float32"""
    cdef Py_ssize_t k
    for k in range(ws.n_features):
        ws.w[ws.features[k]] = as_single(&ws.penalty, ws.features[k], ws.w[ws.features[k]])


cdef inline double rounding_loss(const Design* X, Workspace* ws, double sq_residual) noexcept nogil:
    """The increase of the objective from rounding the unpenalised coefficients to float32"""
    cdef const Unpenalised* block = &ws.unpenalised
    cdef double sq_rounded, fit_product
    cdef Py_ssize_t j, k
    for k in range(block.n_columns):
        j = block.columns[k]
        block.step[k] = as_single(&ws.penalty, j, ws.w[j]) - ws.w[j]
        column_axpy(X, j, -block.step[k], &ws.residual)
    fold_offset(X, &ws.residual)
    residual_products(X, ws.w, &ws.residual, &sq_rounded, &fit_product)
    for k in range(block.n_columns):
        column_axpy(X, block.columns[k], block.step[k], &ws.residual)
    fold_offset(X, &ws.residual)
    return max(0.0, 0.5 * (sq_rounded - sq_residual))


cdef inline bint certify_candidates(const Design* X, Workspace* ws, Outcome* outcome) noexcept nogil:
    """The gap over the candidates, which contain every support; False when interrupted"""
    cdef ResidualView view
    if ws.is_inaccurate and not reset_residual(X, ws):
        return False
    if not (prepare_residual(X, ws) and update_correlations(X, ws, ws.candidates, ws.n_candidates)):
        return False
    measure_active_gap(X, ws)
    view = view_residual(X, ws, ws.candidates, ws.n_candidates)
    outcome.gap = duality_gap(&ws.penalty, ws.w, &view)
    return True


cdef inline bint certify_features(
    const Design* X, Workspace* ws, const Settings* settings, Outcome* outcome
) noexcept nogil:
    """The gap of the result over all features, after certify_candidates; False when interrupted"""
    cdef ResidualView view
    if settings.single_precision:
        round_coefficients(ws)
        if not restart(X, ws):
            return False
    elif not update_correlations(X, ws, ws.order, list_screened(ws)):
        return False
    view = view_residual(X, ws, ws.features, ws.n_features)
    outcome.gap = duality_gap(&ws.penalty, ws.w, &view)
    outcome.sq_residual = view.sq_residual
    if settings.single_precision and ws.unpenalised.n_columns > 0:
        outcome.gap += rounding_loss(X, ws, view.sq_residual)
    return True
