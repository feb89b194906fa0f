# Lives here: coordinate descent at one level, from epoch to certificate. Independent of: paths, allocation.
from libc.math cimport INFINITY, sqrt

from lassocore.core.signals cimport WORK_PER_SIGNAL_CHECK, interrupted
from lassocore.designs.design cimport Design, column_cost
from lassocore.designs.scans cimport make_contiguous, max_contiguous
from lassocore.penalties.elastic_net cimport has_kink
from lassocore.solvers.epoch cimport cd_epoch
from lassocore.solvers.extrapolation cimport extrapolate, remember
from lassocore.solvers.gap cimport ResidualView, duality_gap
from lassocore.solvers.order cimport CYCLIC, RANDOM, fill_order
from lassocore.solvers.recording cimport EPOCH, record
from lassocore.solvers.screening cimport count_entering, entry_ratio, screen_gap_safe, select_active
from lassocore.solvers.state cimport (
    CONVERGED, HANDED_OVER, INTERRUPTED, MAX_ITER, STALLED, STALL_TOL, Outcome, Settings, Workspace,
    certify_candidates, certify_features, measure_active_gap, prepare_residual, update_correlations, view_residual,
)

cdef enum:
    # Visits of the sweeps between two certificates, over the number of candidates; fewer where the number of entrants
    # was limited ("crowded").
    PASSES_WHEN_CROWDED = 2
    PASSES_PER_CERTIFICATE = 6
    MIN_ENTRANTS = 100
    SAMPLES_PER_ENTRANT = 4
    COLUMNS_PER_ENTRANT = 50    # epochs over so few columns cost little compared with one scan of all


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


cdef inline bint choose_active(const Design* X, Workspace* ws, double gap, double wanted) noexcept nogil:
    """Candidates by the safe test, active columns by the ratio `wanted`; whether all columns beyond it could enter.

    The number of entrants is limited by the support size and the number of samples: a sweep over thousands of new
    columns would make most of them nonzero in vain.
    """
    cdef ResidualView view = view_residual(X, ws, ws.candidates, ws.n_candidates)
    cdef Py_ssize_t n_support = 0, k, limit
    cdef double ratio
    ws.n_candidates = screen_gap_safe(&ws.penalty, ws.w, &view, gap, ws.candidates)
    view.n_columns = ws.n_candidates
    if ws.n_candidates <= max_contiguous(X):
        make_contiguous(X, ws.candidates, ws.n_candidates)
    for k in range(ws.n_candidates):
        n_support += ws.w[ws.candidates[k]] != 0.0
    limit = max(MIN_ENTRANTS + 2 * n_support, X.n_samples // SAMPLES_PER_ENTRANT,
                min(X.n_samples, ws.n_features // COLUMNS_PER_ENTRANT))
    if n_support < max_contiguous(X) // 4:
        limit = min(limit, max_contiguous(X))
    ratio = entry_ratio(&ws.penalty, ws.w, &view, wanted, limit)
    ws.n_active = select_active(&ws.penalty, ws.w, &view, ratio, ws.active)
    for k in range(ws.n_active):
        ws.was_zero[ws.active[k]] = False
    return ratio == wanted


cdef inline void drop_zeros(Workspace* ws) noexcept nogil:
    """Make columns inactive that are 0 now and were 0 at the last call; a certificate may bring them back"""
    cdef Py_ssize_t j, k, n_active = 0
    for k in range(ws.n_active):
        j = ws.active[k]
        if ws.w[j] == 0.0 and ws.was_zero[j] and has_kink(&ws.penalty, j):
            continue
        ws.was_zero[j] = ws.w[j] == 0.0
        ws.active[n_active] = j
        n_active += 1
    ws.n_active = n_active


cdef inline void accelerate(const Design* X, Workspace* ws, const Settings* settings) noexcept nogil:
    """Extrapolate from the last epochs; only with the cyclic order do they converge linearly"""
    if settings.selection != CYCLIC or not remember(
            ws.w, ws.sq_norms, ws.active, ws.n_active, &ws.history):
        return
    extrapolate(X, &ws.penalty, ws.w, &ws.residual, ws.active, ws.descent, &ws.history)
    ws.work += ws.n_active * column_cost(X)


cdef inline bint exact_is_cheaper(const Design* X, const Workspace* ws, const Settings* settings) noexcept nogil:
    """Whether the epochs since the support was found have cost as much as exact steps on it would, with their Gram
    matrix and its factor"""
    cdef double n = ws.n_active
    return ws.support_found and settings.min_visits > 0 and (
        ws.visits_on_support > settings.min_visits + n * n / 4.0 + n * n * n / (12.0 * column_cost(X)))


cdef inline bint descend(
    const Design* X, Workspace* ws, const Settings* settings, double goal, Outcome* outcome
) noexcept nogil:
    """Epochs over the active columns until the gap over them meets the goal, max_visits is reached or the descent
    stalls; False when interrupted.

    That gap is about proportional to the root of an epoch's descent, and is measured when this predicts that the goal
    is met; not where measuring it costs as much as the certificate itself.
    """
    cdef Py_ssize_t n_sweeps = 0, n_visits = 0, next_look = 2
    ws.history.n_iterates = 0
    make_contiguous(X, ws.active, ws.n_active)
    while True:
        n_visits += ws.n_active
        ws.visits_on_support += ws.n_active if ws.support_found else 0
        if not sweep(X, ws, settings):
            return False
        n_sweeps += 1
        outcome.n_iter += 1
        record(&ws.recorder, EPOCH, ws.w, X.n_features)
        if exact_is_cheaper(X, ws, settings):
            outcome.status = HANDED_OVER
            return True
        if ws.descent <= STALL_TOL * ws.residual.sq_target and settings.selection != RANDOM:
            outcome.status = STALLED
        if outcome.status == STALLED or outcome.n_iter >= settings.max_iter or n_visits >= ws.max_visits:
            return True
        if n_sweeps == next_look:
            next_look = 2 * n_sweeps
            drop_zeros(ws)
            make_contiguous(X, ws.active, ws.n_active)
        accelerate(X, ws, settings)
        if ws.gap_per_root_descent * sqrt(ws.descent) > goal:
            continue
        if 2 * ws.n_active > ws.n_candidates:
            return True
        if not (prepare_residual(X, ws) and update_correlations(X, ws, ws.active, ws.n_active)):
            return False
        n_visits += ws.n_active
        if measure_active_gap(X, ws) <= goal:
            return True


cdef inline Py_ssize_t count_violators(const Design* X, Workspace* ws) noexcept nogil:
    """How many zero coordinates violate optimality by more than rounding"""
    cdef ResidualView view = view_residual(X, ws, ws.candidates, ws.n_candidates)
    return (count_entering(&ws.penalty, ws.w, &view, 1.0 + 1e-10)
            - count_entering(&ws.penalty, ws.w, &view, INFINITY))


cdef inline void solve_level(
    const Design* X, Workspace* ws, const Settings* settings, double entry, Outcome* outcome
) noexcept nogil:
    """Minimise at the penalty in ws from the w, residual and c (of all features) in ws, leaving all three exact.

    entry: the ratio of correlation to l1 beyond which columns enter, by the sequential strong rule (Tibshirani et al.
    2012).
    """
    cdef ResidualView view = view_residual(X, ws, ws.features, ws.n_features)
    cdef double goal
    cdef bint crowded, met
    cdef Py_ssize_t k, n_violators = 1
    outcome.gap = duality_gap(&ws.penalty, ws.w, &view)
    outcome.n_iter = 0
    ws.visits_on_support = 0
    ws.n_candidates = ws.n_features
    for k in range(ws.n_features):
        ws.candidates[k] = ws.features[k]
    while True:
        outcome.status = MAX_ITER
        crowded = not choose_active(X, ws, outcome.gap, entry)
        entry = 1.0
        goal = max(settings.gap_tol, 0.1 * outcome.gap) if crowded else settings.gap_tol
        ws.support_found = not crowded
        if n_violators > 0:
            ws.max_visits = (PASSES_WHEN_CROWDED if crowded else PASSES_PER_CERTIFICATE) * ws.n_candidates
        else:
            ws.max_visits = min(2 * ws.max_visits, <Py_ssize_t>1 << 40)
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
            outcome.status = STALLED    # no better w in float32
        if not met or outcome.status in (STALLED, HANDED_OVER) or outcome.n_iter >= settings.max_iter:
            return
    outcome.status = INTERRUPTED
