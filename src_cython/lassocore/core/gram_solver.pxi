# Lives here: a working set's Gram matrix, solved level by level. Independent of: X, alpha, paths.
import numpy as np

from cpython.pyport cimport PY_SSIZE_T_MAX
from libc.string cimport memcpy

from lassocore.designs.types cimport Residual
from lassocore.penalties.elastic_net cimport as_single
from lassocore.solvers.factor cimport MAX_BLOCKS, clear_members
from lassocore.solvers.gram_level cimport GramLevel, forget_levels
from lassocore.solvers.gram_positions cimport (
    BEFORE, MEMBERS, N_INDEX_ROWS, N_NUMBER_ROWS, N_SAVED_INDEX_ROWS, N_SAVED_ROWS, begin_positions, bind_indices,
    bind_numbers, spread_stride,
)
from lassocore.solvers.segment cimport Segment
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, Outcome

cdef object square(Py_ssize_t size):
    """A matrix in F order for `size` columns, whose addresses differ by no multiple of a high power of two."""
    size = spread_stride(size)
    return scratch_rows(size, size).T


cdef Py_ssize_t column_stride(matrix):
    """Numbers from the start of a column to the next"""
    return matrix.strides[1] // sizeof(double)


cdef struct SolvedLevels:
    const Py_ssize_t* indices   # of the levels in a path; negative for those that are not wanted
    double* numbers             # (gap, ||r||_s^2) of each level
    Py_ssize_t* counts          # how many coefficients are not 0 at each
    Py_ssize_t* rows            # where the next one goes
    double* values


cdef class GramSolver:
    """A working set: the Gram matrix, penalties and solution of its columns, carried from one level to the next.

    Arrays have room for `capacity` positions, the first `size` of which are in use; before size reaches a position the
    caller fills gram, q = X'(s y0), c = q - gram w, sq_norms, norms, l1_factor, l2_factor, lower and upper there.
    """
    cdef GramLevel level
    cdef Segment segment
    cdef readonly Py_ssize_t capacity
    cdef Py_ssize_t max_members
    cdef readonly list anchors  # slots of the last levels between which solutions are linear in the l1 scale
    cdef readonly object gram, q, c, w, sq_norms, norms, l1_factor, l2_factor, lower, upper
    cdef readonly object slot_w, slot_c  # (n_slots, capacity): the solutions of the last levels
    cdef bint bounded
    cdef dict buffers
    cdef double l2_scale        # of the factor
    cdef StepRecorder steps     # None unless the iterates are recorded
    cdef double* first_w        # slot_w and slot_c
    cdef double* first_c
    cdef double* first_number   # rows of numbers, capacity each
    cdef SolvedLevels* solved   # where levels are certified at once and their nonzeros are listed, else NULL

    def __init__(
        self, Py_ssize_t capacity, Py_ssize_t n_slots, double sq_target, bint bounded, gram=None,
        Py_ssize_t max_members=PY_SSIZE_T_MAX
    ):
        """max_members is a bound on the rank of the Gram matrix, if there is no ridge penalty."""
        cdef GramLevel* level = &self.level
        self.capacity = capacity
        self.gram = square(capacity) if gram is None else gram
        numbers = np.zeros((N_NUMBER_ROWS, capacity))
        self.q, self.c, self.w, self.sq_norms, self.norms, *shape = numbers[:BEFORE]
        self.l1_factor, self.l2_factor, self.lower, self.upper = shape
        indices = np.empty((N_INDEX_ROWS, capacity + 1), np.intp)
        self.slot_w, self.slot_c = scratch_rows(n_slots, capacity), scratch_rows(n_slots, capacity)
        self.max_members = max_members
        level.active.factor.capacity = min(capacity, max_members)
        lower = square(level.active.factor.capacity)
        self.first_w, self.first_c = <double*>address(self.slot_w), <double*>address(self.slot_c)
        self.first_number = <double*>address(numbers)
        blocks = np.empty((MAX_BLOCKS * level.active.factor.capacity, SLOTS))
        self.buffers = {"numbers": numbers, "indices": indices, "lower": lower, "blocks": blocks}
        self.bounded = bounded
        level.active.G.data = <const double*>address(self.gram)
        level.active.G.column_stride = column_stride(self.gram)
        bind_numbers(level, &self.segment, self.first_number, capacity, bounded)
        bind_indices(level, <Py_ssize_t*>address(indices), capacity)
        begin_positions(level, sq_target)
        level.active.factor.blocks = <double*>address(blocks)
        level.active.factor.lower, level.active.factor.stride = <double*>address(lower), column_stride(lower)
        self.l2_scale = 0.0
        self.solved = NULL
        self.size = 0

    def set_accuracy(self, block):
        """How accurately the unpenalised columns of a `lassocore.problems.unpenalised.Block` can be solved."""
        self.level.accuracy = accuracy_of(block)

    def set_recorder(self, StepRecorder steps not None):
        """Record w after every chain of exact steps."""
        self.steps, self.level.recorder = steps, recorder_of(steps)

    @property
    def size(self):
        """How many positions are in use."""
        return self.level.active.G.n_features

    @size.setter
    def size(self, Py_ssize_t size):
        self.level.active.G.n_features = self.level.active.G.n_samples = size

    @property
    def members(self):
        """The positions that the Cholesky factor covers."""
        return self.buffers["indices"][MEMBERS, :self.level.active.factor.size]

    @property
    def n_members(self):
        """How many positions the Cholesky factor covers."""
        return self.level.active.factor.size

    cdef void set_level(self, double l1_scale, double l2_scale) noexcept nogil:
        """The penalty of a level, for the positions in use."""
        tables.gram.set_scales(&self.level, self.first_number, self.capacity, l1_scale, l2_scale)

    def solve_levels(
        self, const double[::1] l1_scales, const double[::1] l2_scales, double tolerance, Py_ssize_t max_iter,
        Py_ssize_t max_anchors=0
    ):
        """Solve the levels in turn into the slots, up to the first that does not converge.

        A row for each level: estimates of the gap over the set and of ||r||_s^2, epochs, Newton steps, multiply-adds.
        With max_anchors > 0 levels on a linear piece of the path are interpolated between its ends, which are anchors,
        and the levels end where the anchors would be more than this; else every level is an anchor.
        """
        return self.solve_batch(&l1_scales[0], &l2_scales[0], len(l1_scales), tolerance, max_iter, max_anchors)

    cdef solve_batch(
        self, const double* l1_scales, const double* l2_scales, Py_ssize_t n_levels, double tolerance,
        Py_ssize_t max_iter, Py_ssize_t max_anchors
    ):
        """solve_levels without checks of the arguments."""
        cdef Outcome outcome
        cdef GramLevel* level = &self.level
        cdef Py_ssize_t t = 0, n_steps, n_changes
        cdef cnp.npy_intp[2] shape = [n_levels, 5]
        outcomes = cnp.PyArray_ZEROS(2, shape, cnp.NPY_DOUBLE, 0)
        cdef double* numbers = <double*>address(outcomes)
        level.tolerance, level.max_iter = tolerance, max_iter
        self.anchors = []
        while t < n_levels and (max_anchors == 0 or len(self.anchors) < max_anchors):
            n_steps, n_changes, level.active.factor.work = level.active.n_solves, level.active.factor.n_changes, 0.0
            self.set_level(l1_scales[t], l2_scales[t])
            if self.steps is not None:
                self.steps.level = t
            with nogil:
                if l2_scales[t] != self.l2_scale:
                    tables.gram.refactor(level)
                tables.gram.solve(level, &outcome)
                self.finish_level(t, l1_scales[t], l2_scales[t])
            self.l2_scale = l2_scales[t]
            if outcome.status == INTERRUPTED:
                raise_pending()
            numbers[5 * t], numbers[5 * t + 1] = outcome.gap, outcome.sq_residual
            numbers[5 * t + 2], numbers[5 * t + 3] = outcome.n_iter, level.active.n_solves - n_steps
            numbers[5 * t + 4] = level.active.factor.work
            if outcome.status != CONVERGED and t > 0:
                return outcomes[:t]         # the caller decides before other levels start from it
            self.anchors.append(t)
            t += 1
            if n_changes == level.active.factor.n_changes and outcome.n_iter == 0 and len(self.anchors) < max_anchors:
                t = self.follow_segment(t, l1_scales, l2_scales, n_levels)
        return outcomes if t == n_levels else outcomes[:t]

    cdef Py_ssize_t follow_segment(
        self, Py_ssize_t first, const double* l1_scales, const double* l2_scales, Py_ssize_t n_levels
    ):
        """Fill the slots of the levels from the first on that lie on a linear piece; the first level after them."""
        cdef GramLevel* level = &self.level
        cdef Py_ssize_t t = first
        cdef double start = level.l1_scale, last = start
        if first + 1 >= n_levels or l2_scales[first + 1] > 0.0:
            return first
        with nogil:
            tables.gram.find_segment(level, level.delta, &self.segment)
            while t < n_levels and start - l1_scales[t] <= self.segment.length:
                tables.gram.move_along(level, &self.segment, last - l1_scales[t])
                self.finish_level(t, l1_scales[t], 0.0)
                last = l1_scales[t]
                t += 1
        if t > first:
            forget_levels(level)
            if first > 1 and self.anchors[len(self.anchors) - 2] == first - 2:
                self.anchors.pop()          # it lies between the one before and the next
            self.anchors.append(t - 1)
        return t

    cdef void fill_slot(self, Py_ssize_t slot) noexcept nogil:
        """Copy w and c into a slot."""
        cdef Py_ssize_t size = self.level.active.G.n_features
        memcpy(self.first_w + slot * self.capacity, self.level.active.w, size * sizeof(double))
        memcpy(self.first_c + slot * self.capacity, self.level.active.c, size * sizeof(double))

    cdef void finish_level(self, Py_ssize_t t, double l1_scale, double l2_scale) noexcept nogil:
        """Fill the slot of a level; where levels are certified at once, list its nonzeros instead, if it is wanted."""
        cdef double* w = self.level.active.w
        cdef SolvedLevels* solved = self.solved
        cdef Py_ssize_t k, size = self.level.active.G.n_features
        if solved == NULL or t == 0:
            self.fill_slot(t)
        if solved == NULL or solved.indices[t] < 0:
            return
        if l1_scale != self.level.l1_scale:
            self.set_level(l1_scale, l2_scale)
        solved.numbers[2 * t] = tables.gram.gap(&self.level, 0.0, solved.numbers + 2 * t + 1)
        solved.counts[t] = tables.gram.list_nonzeros(w, size, solved.rows)
        for k in range(solved.counts[t]):
            solved.values[k] = w[solved.rows[k]]
        solved.rows, solved.values = solved.rows + solved.counts[t], solved.values + solved.counts[t]

    cdef double gap_of_slot(self, Py_ssize_t slot, double outside_ratio, double* sq_residual) noexcept nogil:
        """The gap of a slot's solution at the current penalty; outside_ratio as in certify."""
        cdef double* w = self.level.active.w
        cdef double* c = self.level.active.c
        cdef double gap
        self.level.active.w = self.first_w + slot * self.capacity
        self.level.active.c = self.level.residual.values = self.first_c + slot * self.capacity
        gap = tables.gram.gap(&self.level, outside_ratio, sq_residual)
        self.level.active.w, self.level.active.c, self.level.residual.values = w, c, c
        return gap

    def certify(self, l1_scales, l2_scales, outside_ratio):
        """(gap, ||r||_s^2) of each slot's solution; outside_ratio bounds |c_j| / l1_j of all other columns."""
        cdef const double* l1 = <const double*>address(l1_scales)
        cdef const double* l2 = <const double*>address(l2_scales)
        cdef const double* ratios = <const double*>address(outside_ratio)
        cdef Py_ssize_t t, n_levels = len(l1_scales)
        certified = np.empty((n_levels, 2))
        cdef double* numbers = <double*>address(certified)
        with nogil:
            for t in range(n_levels):
                self.set_level(l1[t], l2[t])
                numbers[2 * t] = self.gap_of_slot(t, ratios[t], numbers + 2 * t + 1)
        return certified

    cdef nonzeros(
        self, const Py_ssize_t* slots, Py_ssize_t n_slots, const Py_ssize_t* order, const Py_ssize_t* columns
    ):
        """(columns, values, how many each slot has) of the nonzero coefficients of these slots, in this order."""
        cdef Py_ssize_t t, n_nonzero, size = self.level.active.G.n_features
        cdef Py_ssize_t k, n_support = 0
        scratch = zeros(2 * size)
        cdef double* marks = <double*>address(scratch)
        cdef Py_ssize_t* support = <Py_ssize_t*>(marks + size)      # positions that are nonzero in some slot
        counts = [tables.vectors.mark_nonzeros(self.first_w + slots[t] * self.capacity, size, marks)
                  for t in range(n_slots)]
        for k in range(size):
            support[n_support] = order[k]
            n_support += marks[order[k]] != 0.0
        n_nonzero = sum(counts)
        rows, values = empty(n_nonzero, cnp.NPY_INTP), empty(n_nonzero, cnp.NPY_DOUBLE)
        cdef Py_ssize_t* row = <Py_ssize_t*>address(rows)
        cdef double* value = <double*>address(values)
        for t in range(n_slots):
            n_nonzero = counts[t]
            tables.vectors.copy_nonzeros(
                self.first_w + slots[t] * self.capacity, support, columns, n_nonzero, row, value)
            row, value = row + n_nonzero, value + n_nonzero
        return rows, values, counts

    cdef void round_slot(self, Py_ssize_t slot) noexcept nogil:
        """Round a solution to float32; its correlations follow."""
        cdef double* w = self.first_w + slot * self.capacity
        cdef Residual correlations
        cdef double rounded
        cdef Py_ssize_t k
        correlations.values = self.first_c + slot * self.capacity
        for k in range(self.level.active.G.n_features):
            rounded = as_single(&self.level.active.penalty, k, w[k])
            if rounded != w[k]:
                tables.operations[GRAM_F64].axpy(&self.level.active.G, k, w[k] - rounded, &correlations)
                w[k] = rounded

    def round_slots(self, Py_ssize_t n_slots):
        """Round the solutions to float32; their correlations follow."""
        cdef Py_ssize_t t
        for t in range(n_slots):
            self.round_slot(t)

    def forget_factor(self):
        """Rebuild the factor at the next level, as w has been changed from outside."""
        clear_members(&self.level.active.factor)
        forget_levels(&self.level)
        self.l2_scale = -1.0

    def grow(self, Py_ssize_t capacity):
        """A copy of the solver with a larger capacity; its slots are empty."""
        cdef GramSolver grown = GramSolver(
            capacity, len(self.slot_w), self.level.residual.sq_target, self.bounded, None, self.max_members)
        cdef Py_ssize_t size = self.size, n_members = self.level.active.factor.size
        grown.level.accuracy, grown.level.n_known = self.level.accuracy, self.level.n_known
        grown.steps, grown.level.recorder = self.steps, self.level.recorder
        grown.level.last_scale, grown.level.scale_before = self.level.last_scale, self.level.scale_before
        grown.gram[:size, :size] = self.gram[:size, :size]
        for rows, n_rows in ("numbers", N_SAVED_ROWS), ("indices", N_SAVED_INDEX_ROWS):
            grown.buffers[rows][:n_rows, :size] = self.buffers[rows][:n_rows, :size]
        grown.buffers["lower"][:n_members, :n_members] = self.buffers["lower"][:n_members, :n_members]
        grown.level.active.factor.size, grown.l2_scale, grown.size = n_members, self.l2_scale, size
        return grown

    def keep(self, const Py_ssize_t[::1] positions):
        """Keep only these positions, rising, as 0, 1, ...; they include every member of the factor."""
        cdef Py_ssize_t size = positions.shape[0], capacity = self.capacity, a, b, row
        cdef Py_ssize_t stride = self.level.active.G.column_stride
        cdef double* gram = <double*>address(self.gram)
        cdef double* numbers = self.first_number
        cdef Py_ssize_t* members = self.level.active.factor.members
        cdef Py_ssize_t* member_index = self.level.active.factor.member_index
        for a in range(size):
            for b in range(size):
                gram[a * stride + b] = gram[positions[a] * stride + positions[b]]
            for row in range(N_SAVED_ROWS):
                numbers[row * capacity + a] = numbers[row * capacity + positions[a]]
            member_index[a] = member_index[positions[a]]
            if member_index[a] >= 0:
                members[member_index[a]] = a
        for a in range(size, self.level.active.G.n_features):
            member_index[a] = -1
        self.size = size
        self.level.n_known = 0
