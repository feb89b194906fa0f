# Lives here: a problem and the state of its solution by coordinate descent. Independent of: alpha, paths.
import numpy as np

cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetPointer
from numpy.random cimport bitgen_t

from lassocore.designs.types cimport ContiguousColumns
from lassocore.penalties.elastic_net cimport as_single, make_penalty
from lassocore.solvers.extrapolation cimport bind_history, history_capacity, numbers_of_history
from lassocore.solvers.gap cimport ResidualView
from lassocore.solvers.screening cimport max_correlation_ratio
from lassocore.solvers.screening cimport strong_threshold as strong_rule
from lassocore.solvers.state cimport INTERRUPTED, Outcome, Settings, Workspace, begin_state, bind_sets, set_tolerance
from lassocore.solvers.unpenalised cimport Unpenalised

cdef enum:
    MIN_ENTRIES_TO_COPY = 32_768  # entries of X
    MIN_CONTIGUOUS = 256        # copies of columns


def strong_threshold(previous, double alpha):
    """The ratio of correlation to l1 beyond which columns enter at alpha, after the level `previous`; None for none."""
    return 1.0 if previous is None or alpha == 0.0 else strong_rule(<double>previous, alpha)


cdef class Solver:
    """A problem and the state of its solution, carried from one penalty level to the next.

    problem has the arrays of lassocore.problems.problem.Problem; l1_reg and l2_reg are set before each level. Between
    levels w, the residual and c = X'(s r) of every feature belong together.
    """
    cdef Matrix matrix
    cdef AnyDesign design       # that of the matrix, with copies of columns for this solver
    cdef ContiguousColumns contiguous
    cdef Workspace ws
    cdef Settings settings
    cdef readonly object w
    cdef readonly object residual  # s r, or X'(s r) for a Gram matrix
    cdef readonly object correlations
    cdef dict buffers           # the arrays that the pointers of ws refer to
    cdef StepRecorder steps

    def __init__(self, problem, coef_init=None):
        cdef Py_ssize_t p
        self.matrix = problem.matrix
        self.design = self.matrix.design
        p = self.matrix.n_features
        self.w = zeros(p)
        self.residual = problem.target.copy()
        self.correlations = problem.correlations.copy()
        self.buffers = {
            "problem": problem, "sets": empty(3 * p, cnp.NPY_INTP),
            "was_zero": cnp.PyArray_ZEROS(1, <cnp.npy_intp*>&p, cnp.NPY_INT8, 0),
        }
        self.ws.residual = make_residual(<double*>address(self.residual), <const double*>address(problem.target))
        self.ws.residual.sq_target = problem.sq_target
        self.ws.w = <double*>address(self.w)
        self.ws.c = <double*>address(self.correlations)
        self.ws.sq_norms = <const double*>address(problem.sq_norms)
        self.ws.features, self.ws.n_features = <const Py_ssize_t*>address(problem.features), len(problem.features)
        bind_sets(&self.ws, <Py_ssize_t*>address(self.buffers["sets"]), <char*>address(self.buffers["was_zero"]), p)
        self.set_history(history_capacity(p, self.matrix.n_samples))
        begin_state(&self.ws)
        self.set_penalty(zeros(p), None, problem.lower, problem.upper)
        self.set_unpenalised(problem)
        if coef_init is not None:
            self.w[:] = coef_init
        if coef_init is not None or self.ws.unpenalised.n_columns > 0:
            self.refresh()

    cdef set_history(self, Py_ssize_t capacity):
        self.buffers["history"] = empty(numbers_of_history(capacity, len(self.residual)), cnp.NPY_DOUBLE)
        bind_history(&self.ws.history, <double*>address(self.buffers["history"]), capacity)

    cdef allocate_contiguous(self):
        """For X in C order larger than the cache: memory for copies of the columns that epochs visit."""
        cdef Matrix matrix = self.matrix
        cdef ContiguousColumns* contiguous = &self.contiguous
        if matrix.n_samples * matrix.n_features < MIN_ENTRIES_TO_COPY:
            return
        contiguous.n_used = 0
        contiguous.capacity = min(matrix.n_features // 2 + 1, max(matrix.n_samples, MIN_CONTIGUOUS))
        number_type = cnp.NPY_DOUBLE if matrix.row_itemsize == 8 else cnp.NPY_FLOAT
        values = empty(contiguous.capacity * matrix.n_samples, number_type)
        whole = np.full(matrix.n_features + 2 * contiguous.capacity, -1, np.intp)
        self.buffers["columns"] = values, whole
        contiguous.values, contiguous.slot_of_column = address(values), <Py_ssize_t*>address(whole)
        contiguous.column_of_slot = contiguous.slot_of_column + matrix.n_features
        contiguous.misses = contiguous.column_of_slot + contiguous.capacity
        if matrix.row_itemsize == 8:
            self.design.rows_f64.contiguous = contiguous
        else:
            self.design.rows_f32.contiguous = contiguous

    def contiguous_columns(self):
        """{column: (slot, copy)}. For tests."""
        if self.contiguous.values == NULL:
            return {}
        values, whole = self.buffers["columns"]
        copies = values.reshape(self.contiguous.capacity, self.matrix.n_samples)
        slot_of_column = whole[:self.matrix.n_features]
        return {j: (slot_of_column[j], copies[slot_of_column[j]]) for j in np.flatnonzero(slot_of_column >= 0).tolist()}

    cdef set_unpenalised(self, problem):
        cdef Unpenalised* block = &self.ws.unpenalised
        cdef Py_ssize_t size = len(problem.unpenalised)
        data = problem.block
        columns, root, gram, min_pivots = problem.unpenalised, None, None, None
        if data is not None:
            root, gram, min_pivots = data.root, data.gram, data.min_pivots
        self.ws.accuracy = accuracy_of(data)
        vectors, free = empty(2 * size, cnp.NPY_DOUBLE), empty(size, cnp.NPY_INTP)
        factor = None if gram is None else empty(size * size, cnp.NPY_DOUBLE)
        self.buffers["unpenalised"] = columns, root, gram, min_pivots, vectors, free, factor
        block.columns, block.n_columns = <const Py_ssize_t*>address(columns), size
        block.root, block.rank = <const double*>address(root), 0 if root is None else root.shape[1]
        block.gram, block.min_pivots = <const double*>address(gram), <const double*>address(min_pivots)
        block.step = <double*>address(vectors)
        block.rotated = block.step + size
        block.free, block.factor = <Py_ssize_t*>address(free), <double*>address(factor)

    def set_features(self, features):
        """Only these columns, increasing, may be nonzero; of all others |c_j| <= l1_j is assumed."""
        self.buffers["features"] = features
        self.ws.features, self.ws.n_features = <const Py_ssize_t*>address(features), len(features)
        self.ws.outside_ratio = 1.0

    def set_penalty(self, l1_reg, l2_reg, lower, upper):
        """The penalty of the next level, float64 over all columns; l2_reg None for zeros, bounds None for none."""
        self.buffers["penalty"] = (l1_reg, l2_reg, lower, upper)
        self.ws.penalty = make_penalty(
            <const double*>address(l1_reg), <const double*>address(l2_reg),
            <const double*>address(lower), <const double*>address(upper))

    def set_settings(self, double gap_tol, Py_ssize_t max_iter, str selection, bit_generator, bint single_precision,
                     Py_ssize_t min_visits=0):
        """How levels are solved; bit_generator is a NumPy bit generator used by this solver alone, or None for
        "cyclic".

        With min_visits > 0 a level is handed over to exact steps on its support, once the support is found and epochs
        on it have cost more than those steps would and made that many visits.
        """
        self.buffers["rng"] = bit_generator
        set_tolerance(&self.ws, &self.settings, gap_tol, max_iter, single_precision)
        self.settings.selection = SELECTIONS[selection]
        self.settings.min_visits = min_visits
        self.settings.rng = NULL
        if bit_generator is not None:
            self.settings.rng = <bitgen_t*>PyCapsule_GetPointer(bit_generator.capsule, "BitGenerator")

    def set_recorder(self, StepRecorder steps not None):
        """Record w after every epoch."""
        self.steps, self.ws.recorder = steps, recorder_of(steps)

    def epoch(self, const Py_ssize_t[::1] order):
        """One epoch over these coordinates at the current penalty; returns its descent. For tests."""
        return self.matrix.operations.epoch(
            &self.design, &self.ws.penalty, self.ws.w, &self.ws.residual, self.ws.sq_norms, &order[0],
            len(order))

    def refresh(self):
        """Recompute residual and correlations from w, after solving for the unpenalised columns."""
        cdef bint done
        with nogil:
            done = self.matrix.operations.restart(&self.design, &self.ws)
        if not done:
            raise_pending()

    def max_ratio(self):
        """max_j of the signed correlation over l1_reg_j: at most 1 where w = 0 is optimal."""
        cdef ResidualView view = self.matrix.operations.view(
            &self.design, &self.ws, self.ws.features, self.ws.n_features)
        return max_correlation_ratio(&self.ws.penalty, &view)

    def gap(self):
        """(gap, ||r||_s^2, <r, y0>_s) of w at the current penalty, S-scaled, over all features."""
        cdef ResidualView view = self.matrix.operations.view(
            &self.design, &self.ws, self.ws.features, self.ws.n_features)
        return sets.gap(&self.ws.penalty, self.ws.w, &view), view.sq_residual, view.fit_product

    def nonzeros(self):
        """(increasing indices, values) of the nonzero coefficients, rounded to the precision of the result."""
        cdef Py_ssize_t j, n_nonzero = 0
        for j in range(self.matrix.n_features):
            n_nonzero += self.ws.w[j] != 0.0
        rows, values = empty(n_nonzero, cnp.NPY_INTP), empty(n_nonzero, cnp.NPY_DOUBLE)
        cdef Py_ssize_t* row = <Py_ssize_t*>address(rows)
        cdef double* value = <double*>address(values)
        n_nonzero = 0
        for j in range(self.matrix.n_features):
            if self.ws.w[j] != 0.0:
                row[n_nonzero], value[n_nonzero] = j, self.ws.w[j]
                if self.settings.single_precision:
                    value[n_nonzero] = as_single(&self.ws.penalty, j, self.ws.w[j])
                n_nonzero += 1
        return rows, values

    def solve_level(self, double threshold):
        """Solve at the current penalty: (gap, ||r||_s^2, epochs, status); threshold is `entry` of solve_level."""
        cdef Outcome outcome
        if self.matrix.row_itemsize > 0 and self.contiguous.values == NULL:
            self.allocate_contiguous()
        with nogil:
            self.matrix.operations.solve(&self.design, &self.ws, &self.settings, threshold, &outcome)
        if outcome.status == INTERRUPTED:
            raise_pending()
        return outcome.gap, outcome.sq_residual, outcome.n_iter, STATUSES[outcome.status]
