# Lives here: coordinate descent at one penalty level, from epoch to certificate. Must not know: allocation, paths.
from libc.math cimport INFINITY, sqrt

from numpy.random cimport bitgen_t

from lassocore._design cimport Design, column_axpy, column_cost, fold_offset, residual_products
from lassocore._epoch cimport cd_epoch
from lassocore._extrapolation cimport History, extrapolate, remember
from lassocore._gap cimport Scan, duality_gap
from lassocore._order cimport CYCLIC, RANDOM, Selection, fill_order
from lassocore._penalty cimport Penalty, as_single
from lassocore._scan cimport keep_columns, most_kept, scan_residual
from lassocore._screening cimport count_entering, entry_threshold, screen_gap_safe, select_active
from lassocore._signals cimport WORK_PER_SIGNAL_CHECK, interrupted
from lassocore._types cimport Residual
from lassocore._unpenalised cimport Unpenalised, solve_unpenalised

cdef enum:
    # Sweeps may visit this many times the candidates before all candidates are looked at: soon where some that wanted
    # to could not enter.
    PASSES_WHEN_CROWDED = 2
    PASSES_PER_CERTIFICATE = 6
    MOST_ROUNDS = 200           # of an unpenalised block with bounds, before a certificate
    LEAST_ENTRANTS = 100
    SAMPLES_PER_ENTRANT = 4
    COLUMNS_PER_ENTRANT = 50    # epochs over so few cost little beside one look at all
    LEAST_SCANNED = 32          # columns between two looks for signals, at least
    MOST_SCANNED = 1024

cdef enum Status:
    CONVERGED = 0
    MAX_ITER = 1
    STALLED = 2                 # an epoch no longer changes the objective in double precision
    INTERRUPTED = 3             # a Python exception is set
    HANDED_OVER = 4             # exact steps on the support are the cheaper way from here

# An epoch whose descent is below this share of ||y0||_s^2 moves nothing but rounding errors.
cdef extern from *:
    """
    #define LASSOCORE_NO_DESCENT 1e-31
    """
    const double NO_DESCENT "LASSOCORE_NO_DESCENT"


cdef struct Settings:
    double gap_tol              # tol ||y0||_s^2
    Py_ssize_t max_iter         # epochs
    Selection selection
    bitgen_t* rng
    bint single_precision       # the coefficients are returned as float32
    Py_ssize_t least_visits     # before a level is handed over to exact steps; 0: it never is


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
    double* c                   # X'(s r): of every feature between levels
    const double* sq_norms
    const Py_ssize_t* features  # columns that may be nonzero at all, rising
    Py_ssize_t n_features
    Py_ssize_t* candidates      # features that no safe test has excluded at this level, rising
    Py_ssize_t n_candidates
    Py_ssize_t* active          # candidates that epochs visit, rising
    Py_ssize_t n_active
    Py_ssize_t* order
    char* rested                # whether an active coordinate was 0 when last looked at
    double descent              # of the last epoch
    double leverage             # gap over root of descent, when last measured on the active columns
    Py_ssize_t patience         # visits that sweeps may make before the next certificate
    bint found                  # whether all columns that wanted to enter could: the support is about known
    Py_ssize_t spent            # visits since then
    History history
    double others               # as in Scan, of columns that are no features
    bint stale                  # the residual has been larger than y0: rounding errors of that size stay in it
    Py_ssize_t work             # multiply-adds since the last signal check


cdef inline bint sweep(const Design* X, Workspace* ws, const Settings* settings) noexcept nogil:
    """One epoch over the active columns; False when interrupted"""
    cdef Py_ssize_t start = 0, n_visits
    cdef Py_ssize_t chunk = 1 + WORK_PER_SIGNAL_CHECK // column_cost(X)
    cdef const Py_ssize_t* order = ws.active
    if settings.selection != CYCLIC:
        fill_order(settings.selection, ws.active, ws.n_active, settings.rng, ws.order)
        order = ws.order
    ws.descent = 0.0
    while start < ws.n_active:
        n_visits = min(chunk, ws.n_active - start)
        ws.descent += cd_epoch(X, &ws.penalty, ws.w, &ws.residual, ws.sq_norms, order + start, n_visits)
        start += n_visits
        if interrupted(&ws.work, n_visits * column_cost(X)):
            return False
    return True


cdef inline bint scan(
    const Design* X, Workspace* ws, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """c_j = X_j'(s r) for the columns; False when interrupted"""
    cdef double[MOST_SCANNED] products
    cdef Py_ssize_t k, n_scanned, first = 0
    cdef Py_ssize_t chunk = max(LEAST_SCANNED, min(MOST_SCANNED, WORK_PER_SIGNAL_CHECK // column_cost(X)))
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
    """order = the features that are no candidates; returns how many"""
    cdef Py_ssize_t k, m = 0, n_screened = 0
    for k in range(ws.n_features):
        if m < ws.n_candidates and ws.candidates[m] == ws.features[k]:
            m += 1
        else:
            ws.order[n_screened] = ws.features[k]
            n_screened += 1
    return n_screened


cdef inline Scan view_scan(
    const Design* X, Workspace* ws, const Py_ssize_t* columns, Py_ssize_t n_columns
) noexcept nogil:
    """What is known of the folded residual, for columns whose c is fresh"""
    cdef Scan view
    view.c = ws.c
    view.sq_norms = ws.sq_norms
    view.columns = columns
    view.n_columns = n_columns
    view.sq_target, view.others = ws.residual.sq_target, ws.others
    residual_products(X, ws.w, &ws.residual, &view.sq_residual, &view.fit_product)
    ws.stale = ws.stale or view.sq_residual > 1.001 * view.sq_target
    return view


cdef inline double measure_leverage(const Design* X, Workspace* ws) noexcept nogil:
    """The gap over the active columns, from fresh c; remembers how it compares with the root of the last descent"""
    cdef Scan view = view_scan(X, ws, ws.active, ws.n_active)
    cdef double gap = duality_gap(&ws.penalty, ws.w, &view)
    if gap < INFINITY and ws.descent > 0.0:
        ws.leverage = gap / sqrt(ws.descent)
    return gap


cdef inline double first_leverage(double gap_tol) noexcept nogil:
    """A guess: let the first epochs descend to a thousandth of the tolerance before their gap is measured"""
    return 30.0 * sqrt(gap_tol)


cdef inline bint settle(const Design* X, Workspace* ws) noexcept nogil:
    """Make the residual fit for a certificate: unpenalised columns solved, no scalar offset left; False: interrupted"""
    cdef int _round
    for _round in range(MOST_ROUNDS):
        if solve_unpenalised(X, &ws.unpenalised, &ws.penalty, ws.w, &ws.residual, ws.sq_norms):
            break
        if interrupted(&ws.work, 2 * ws.unpenalised.n_columns * column_cost(X)):
            return False
    fold_offset(X, &ws.residual)
    return True


cdef inline bint reset_residual(const Design* X, Workspace* ws) noexcept nogil:
    """s r = s (y0 - X w), from scratch; False when interrupted"""
    cdef Py_ssize_t i, j, k
    ws.residual.offset = 0.0
    ws.stale = False
    for i in range(X.n_samples):
        ws.residual.values[i] = ws.residual.target[i]
    for k in range(ws.n_features):
        j = ws.features[k]
        if ws.w[j] != 0.0:
            column_axpy(X, j, -ws.w[j], &ws.residual)
            if interrupted(&ws.work, column_cost(X)):
                return False
    fold_offset(X, &ws.residual)
    return True


cdef inline bint restart(const Design* X, Workspace* ws) noexcept nogil:
    """Residual and c of all features afresh from w; False when interrupted"""
    return reset_residual(X, ws) and settle(X, ws) and scan(X, ws, ws.features, ws.n_features)


cdef inline void round_coefficients(Workspace* ws) noexcept nogil:
    """w as float32 can hold it"""
    cdef Py_ssize_t k
    for k in range(ws.n_features):
        ws.w[ws.features[k]] = as_single(&ws.penalty, ws.features[k], ws.w[ws.features[k]])


cdef inline double rounding_loss(const Design* X, Workspace* ws, double sq_residual) noexcept nogil:
    """What rounding the unpenalised columns, which are solved in double precision, to float32 adds to the objective"""
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
    """The gap over the candidates, whose minimum is that of all features; False when interrupted"""
    cdef Scan view
    if ws.stale and not reset_residual(X, ws):
        return False
    if not (settle(X, ws) and scan(X, ws, ws.candidates, ws.n_candidates)):
        return False
    measure_leverage(X, ws)
    view = view_scan(X, ws, ws.candidates, ws.n_candidates)
    outcome.gap = duality_gap(&ws.penalty, ws.w, &view)
    return True


cdef inline bint certify_features(
    const Design* X, Workspace* ws, const Settings* settings, Outcome* outcome
) noexcept nogil:
    """The gap of what is returned, over all features, after certify_candidates; False when interrupted"""
    cdef Scan view
    if settings.single_precision:
        round_coefficients(ws)
        if not restart(X, ws):
            return False
    elif not scan(X, ws, ws.order, list_screened(ws)):
        return False
    view = view_scan(X, ws, ws.features, ws.n_features)
    outcome.gap = duality_gap(&ws.penalty, ws.w, &view)
    outcome.sq_residual = view.sq_residual
    if settings.single_precision and ws.unpenalised.n_columns > 0:
        outcome.gap += rounding_loss(X, ws, view.sq_residual)
    return True


cdef inline bint choose_active(const Design* X, Workspace* ws, double gap, double wanted) noexcept nogil:
    """candidates by the safe test, active by the threshold wanted; whether all that it asks for could enter.

    Not many more enter at a time than the support or the samples can tell apart: the first sweep over thousands of
    columns would make most of them nonzero for nothing.
    """
    cdef Scan view = view_scan(X, ws, ws.candidates, ws.n_candidates)
    cdef Py_ssize_t n_support = 0, k, limit
    cdef double threshold
    ws.n_candidates = screen_gap_safe(&ws.penalty, ws.w, &view, gap, ws.candidates)
    view.n_columns = ws.n_candidates
    for k in range(ws.n_candidates):
        n_support += ws.w[ws.candidates[k]] != 0.0
    limit = max(LEAST_ENTRANTS + 2 * n_support, X.n_samples // SAMPLES_PER_ENTRANT,
                min(X.n_samples, ws.n_features // COLUMNS_PER_ENTRANT))
    if n_support < most_kept(X) // 4:
        limit = min(limit, most_kept(X))
    threshold = entry_threshold(&ws.penalty, ws.w, &view, wanted, limit)
    ws.n_active = select_active(&ws.penalty, ws.w, &view, threshold, ws.active)
    for k in range(ws.n_active):
        ws.rested[ws.active[k]] = False
    return threshold == wanted


cdef inline void drop_rested(Workspace* ws) noexcept nogil:
    """Columns that were 0 at the last look, too, leave the active ones, until a certificate calls them back"""
    cdef Py_ssize_t j, k, n_active = 0
    for k in range(ws.n_active):
        j = ws.active[k]
        if ws.w[j] == 0.0 and ws.rested[j] and ws.penalty.l1_reg[j] > 0.0:
            continue
        ws.rested[j] = ws.w[j] == 0.0
        ws.active[n_active] = j
        n_active += 1
    ws.n_active = n_active


cdef inline void accelerate(const Design* X, Workspace* ws, const Settings* settings) noexcept nogil:
    """Extrapolate where the epochs were in one order and so converge linearly"""
    if settings.selection != CYCLIC or not remember(
            ws.w, ws.sq_norms, ws.active, ws.n_active, &ws.history):
        return
    extrapolate(X, &ws.penalty, ws.w, &ws.residual, ws.active, ws.descent, &ws.history)
    ws.work += ws.n_active * column_cost(X)


cdef inline bint exact_is_cheaper(const Design* X, const Workspace* ws, const Settings* settings) noexcept nogil:
    """Whether the epochs since the support was found have cost as much as exact steps on it would, with their Gram
    matrix and its factor"""
    cdef double n = ws.n_active
    return ws.found and settings.least_visits > 0 and (
        ws.spent > settings.least_visits + n * n / 4.0 + n * n * n / (12.0 * column_cost(X)))


cdef inline bint descend(
    const Design* X, Workspace* ws, const Settings* settings, double goal, Outcome* outcome
) noexcept nogil:
    """Epochs over the active columns until their own gap meets the goal, or patience or descent ends; False when
    interrupted.

    That gap falls about as the root of an epoch's descent, and is measured when this foretells that the goal is met.
    Where it costs as much as the whole certificate, that one is left to judge.
    """
    cdef Py_ssize_t n_sweeps = 0, n_visits = 0, next_look = 2
    ws.history.n_kept = 0
    keep_columns(X, ws.active, ws.n_active)
    while True:
        n_visits += ws.n_active
        ws.spent += ws.n_active if ws.found else 0
        if not sweep(X, ws, settings):
            return False
        n_sweeps += 1
        outcome.n_iter += 1
        if exact_is_cheaper(X, ws, settings):
            outcome.status = HANDED_OVER
            return True
        if ws.descent <= NO_DESCENT * ws.residual.sq_target and settings.selection != RANDOM:
            outcome.status = STALLED
        if outcome.status == STALLED or outcome.n_iter >= settings.max_iter or n_visits >= ws.patience:
            return True
        if n_sweeps == next_look:
            next_look = 2 * n_sweeps
            drop_rested(ws)
            keep_columns(X, ws.active, ws.n_active)
        accelerate(X, ws, settings)
        if ws.leverage * sqrt(ws.descent) > goal:
            continue
        if 2 * ws.n_active > ws.n_candidates:
            return True
        if not (settle(X, ws) and scan(X, ws, ws.active, ws.n_active)):
            return False
        n_visits += ws.n_active
        if measure_leverage(X, ws) <= goal:
            return True


cdef inline Py_ssize_t count_violators(const Design* X, Workspace* ws) noexcept nogil:
    """How many coordinates at 0 are pulled away from it by more than rounding"""
    cdef Scan view = view_scan(X, ws, ws.candidates, ws.n_candidates)
    return (count_entering(&ws.penalty, ws.w, &view, 1.0 + 1e-10)
            - count_entering(&ws.penalty, ws.w, &view, INFINITY))


cdef inline void solve_level(
    const Design* X, Workspace* ws, const Settings* settings, double threshold, Outcome* outcome
) noexcept nogil:
    """Minimise at the penalty in ws, from the w, residual and c (of all features) in ws; leaves all three exact.

    threshold is the sequential strong rule's, as a multiple of l1 (Tibshirani et al. 2012).
    """
    cdef Scan view = view_scan(X, ws, ws.features, ws.n_features)
    cdef double goal
    cdef bint crowded, met
    cdef Py_ssize_t k, n_violators = 1
    outcome.gap = duality_gap(&ws.penalty, ws.w, &view)
    outcome.n_iter = 0
    ws.spent = 0
    ws.n_candidates = ws.n_features
    for k in range(ws.n_features):
        ws.candidates[k] = ws.features[k]
    while True:
        outcome.status = MAX_ITER
        crowded = not choose_active(X, ws, outcome.gap, threshold)
        threshold = 1.0
        goal = max(settings.gap_tol, 0.1 * outcome.gap) if crowded else settings.gap_tol
        ws.found = not crowded
        if n_violators > 0:
            ws.patience = (PASSES_WHEN_CROWDED if crowded else PASSES_PER_CERTIFICATE) * ws.n_candidates
        else:
            ws.patience = min(2 * ws.patience, <Py_ssize_t>1 << 40)
        if not (descend(X, ws, settings, goal, outcome) and certify_candidates(X, ws, outcome)):
            break
        n_violators = count_violators(X, ws)
        met = outcome.gap <= settings.gap_tol
        if not met and outcome.n_iter < settings.max_iter and outcome.status != HANDED_OVER and (
                outcome.status != STALLED or n_violators > 0):
            continue
        if not certify_features(X, ws, settings, outcome):
            break
        if outcome.gap <= settings.gap_tol:
            outcome.status = CONVERGED
            return
        if met and settings.single_precision:
            outcome.status = STALLED    # float32 cannot hold a better w
        if not met or outcome.status in (STALLED, HANDED_OVER) or outcome.n_iter >= settings.max_iter:
            return
    outcome.status = INTERRUPTED
