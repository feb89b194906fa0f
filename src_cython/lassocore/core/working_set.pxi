# Lives here: batches of levels on a working set, and which columns join and leave it. Independent of: storage, alpha.
import numpy as np


cdef struct SetPolicy:
    # `lassocore.solvers.active_set.SetPolicy` says what they are.
    double likely_share
    double kept_share
    double growth_share
    Py_ssize_t min_entrants
    Py_ssize_t min_shed_size
    Py_ssize_t shed_factor
    Py_ssize_t range_width


cdef class WorkingSet:
    """A set of columns whose levels are solved a batch at a time, with bounds on the columns outside.

    set is a `ColumnSet`, or one with its interface. A batch has two halves, between which X is read.
    """
    cdef readonly object problem
    cdef public object set
    cdef readonly CorrelationBounds bounds
    cdef readonly bint has_basis, extends
    cdef SetPolicy policy
    cdef object l1_scales, l2_scales  # of the batch
    cdef object roots, anchors  # residuals sqrt(s) r at the anchors
    cdef object listed          # columns whose products with the residuals are wanted
    cdef object max_ratios      # of |c_j| over the l1 factor among the columns outside, at each anchor
    cdef double last_scale      # l1 scale of the last known correlations

    def __init__(self, problem, columns, policy, bint has_basis):
        self.problem, self.set, self.has_basis = problem, columns, has_basis
        self.bounds = CorrelationBounds(problem)
        self.policy.likely_share, self.policy.kept_share, self.policy.growth_share, *sizes = policy
        self.policy.min_entrants, self.policy.min_shed_size, self.policy.shed_factor, self.policy.range_width = sizes

    def start(self, residual, correlations, double l1_scale):
        """The solution at this level has this residual and these correlations of all columns."""
        self.last_scale = l1_scale
        self.bounds.start(correlations, l1_scale)
        if self.has_basis:
            root_weights, features = self.set.root_weights, self.problem.features
            root = residual if root_weights is None else divided(residual, root_weights)
            self.bounds.extend_basis(root[:, None], 0, correlations[features][:, None])

    def join(self, columns, w=None):
        """Add columns to the set, at 0 or with these coefficients."""
        cdef char* in_set = <char*>address(self.bounds.in_set)
        cdef const Py_ssize_t* joining = <const Py_ssize_t*>address(columns)
        cdef Py_ssize_t k
        if len(columns):
            self.set.extend(columns, w)
            for k in range(len(columns)):
                in_set[joining[k]] = 1

    def begin(self, l1_scales, l2_scales, double tolerance, Py_ssize_t max_iter, pool=None):
        """Solve levels on the set, perhaps fewer: (columns outside that may be nonzero at one of them, residuals s r at
        the anchors, the number of anchors)."""
        cdef Py_ssize_t n_levels, n_features = len(self.problem.features)
        if len(self.set) > self.policy.min_shed_size + self.policy.shed_factor * self.set.n_support:
            self.shed()
        self.join(self.bounds.columns_likely_to_enter(
            l1_scales[len(l1_scales) - 1], self.policy.likely_share, self.policy.min_entrants + self.set.n_support))
        n_levels = self.set.solve(l1_scales, l2_scales, tolerance, max_iter)
        is_cut = n_levels < len(l1_scales)
        self.l1_scales = l1_scales[:n_levels] if is_cut else l1_scales
        self.l2_scales = l2_scales[:n_levels] if is_cut else l2_scales
        self.anchors = self.set.anchors
        self.roots, weighted = self.set.residuals(self.anchors)
        every_level = len(self.anchors) == n_levels
        self.bounds.begin(self.l1_scales if every_level else self.l1_scales[self.anchors], self.roots)
        self.max_ratios, self.listed = self.bounds.not_ruled_out(pool, self.policy.range_width)
        self.extends = self.has_basis and len(self.listed) > self.policy.growth_share * n_features
        if self.extends:
            self.listed = self.problem.features
        return self.listed, weighted, len(self.anchors)

    cdef shed(self):
        """Remove columns far from entering."""
        needed = self.set.needed(self.policy.kept_share * self.last_scale)
        if 2 * np.count_nonzero(needed) > len(needed):
            return
        gone = self.set.columns[~needed]
        self.bounds.in_set[gone] = 0
        self.bounds.set_correlations(gone, self.set.correlations[~needed])
        self.set.keep(np.flatnonzero(needed))

    def finish(self, c, double gap_tol, indices):
        """Certify the batch, given the products c of the listed columns, (n_listed, SLOTS), and add violators.

        (the number of levels before the first whose gap is above gap_tol, the number of columns that joined, the
        solutions as of certified_levels)
        """
        cdef Py_ssize_t n_certified, anchor, n_joined = 0
        if self.extends:
            self.bounds.extend_basis(self.roots, len(self.anchors) - 1, c)
        first = self.bounds.finish(self.listed, c, self.max_ratios)
        self.last_scale = self.l1_scales[len(self.l1_scales) - 1]
        ratios = outside_ratios(self.max_ratios, self.anchors, self.l1_scales)
        certified = self.set.certify(self.l1_scales, self.l2_scales, ratios)
        n_certified, solutions = certified_levels(self.set, certified, gap_tol, indices)
        if n_certified < len(certified):
            anchor = self.anchors.searchsorted(n_certified)
            violators = self.violators(first, c, anchor)
            n_joined = len(violators)
            self.join(violators)
        return n_certified, n_joined, solutions

    cdef violators(self, first, c, Py_ssize_t anchor):
        """The listed columns that violate optimality up to this anchor, the strongest if they are many."""
        cdef const Py_ssize_t* listed = <const Py_ssize_t*>address(self.listed)
        cdef const Py_ssize_t* first_violated = <const Py_ssize_t*>address(first)
        cdef const double* products = <const double*>address(c)
        cdef Py_ssize_t k, n_violating = 0, n_listed = len(first)
        chosen, strengths = empty(n_listed, cnp.NPY_INTP), empty(n_listed, cnp.NPY_DOUBLE)
        cdef Py_ssize_t* columns = <Py_ssize_t*>address(chosen)
        cdef double* strength = <double*>address(strengths)
        for k in range(n_listed):
            if first_violated[k] <= anchor:
                columns[n_violating], strength[n_violating] = listed[k], products[SLOTS * k + anchor]
                n_violating += 1
        return chosen[:keep_strongest(
            &self.bounds.state, columns, strength, n_violating, self.policy.min_entrants + self.set.n_support)]


cdef outside_ratios(max_ratio, anchors, l1_scales):
    """Bounds on |c_j| / l1_j over the columns outside at every level, from those on |c_j| over the l1 factor at the
    anchors. Correlations are linear between two anchors, so the larger of their ratios is a bound."""
    cdef const double* largest = <const double*>address(max_ratio)
    cdef const double* scales = <const double*>address(l1_scales)
    cdef const Py_ssize_t* slots = <const Py_ssize_t*>address(anchors)
    cdef Py_ssize_t t, k = 0
    cdef double before = 0.0, after
    ratios = empty(len(l1_scales), cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(ratios)
    for t in range(len(l1_scales)):
        after = largest[k] / scales[slots[k]]
        out[t] = after if t == slots[k] else max(before, after)
        if t == slots[k]:
            before, k = after, k + 1
    return ratios


def certified_levels(columns, certified, double gap_tol, indices, nonzeros=None):
    """(how many levels of a set precede the first whose gap is above gap_tol; the solutions of those that belong to the
    path: rows, values, numbers of nonzeros, gaps, squared residuals, epochs, exact steps; and the (epochs, steps) of
    the levels after them). Levels with a negative index do not belong to the path: their epochs and steps count for the
    next that does. nonzeros are those of all that do, or in the slots of the set."""
    cdef const double* outcomes = <const double*>address(columns.outcomes)
    cdef const double* numbers = <const double*>address(certified)
    cdef const Py_ssize_t* index = <const Py_ssize_t*>address(indices)
    cdef Py_ssize_t t, n_epochs = 0, n_newton = 0, n_levels = 0, n_slots = 0, n_certified = len(certified)
    while n_levels < n_certified and (numbers[2 * n_levels] <= gap_tol or index[n_levels] < 0):
        n_slots += index[n_levels] >= 0
        n_levels += 1
    chosen = empty(n_slots, cnp.NPY_INTP)
    cdef Py_ssize_t* slots = <Py_ssize_t*>address(chosen)
    n_slots, epochs, steps = 0, [], []
    for t in range(n_levels):
        n_epochs += <Py_ssize_t>outcomes[5 * t + 2]
        n_newton += <Py_ssize_t>outcomes[5 * t + 3]
        if index[t] >= 0:
            slots[n_slots] = t
            n_slots += 1
            epochs.append(n_epochs)
            steps.append(n_newton)
            n_epochs = n_newton = 0
    rows, values, counts = None, None, []
    if n_slots and nonzeros is None:
        rows, values, counts = columns.nonzeros(chosen)
    elif n_slots:
        rows, values, counts = nonzeros
        if n_slots < len(counts):
            counts = counts[:n_slots]
            rows, values = rows[:sum(counts)], values[:sum(counts)]
    return n_levels, (
        rows, values, counts, [numbers[2 * slots[t]] for t in range(n_slots)],
        [numbers[2 * slots[t] + 1] for t in range(n_slots)], epochs, steps, (n_epochs, n_newton))
