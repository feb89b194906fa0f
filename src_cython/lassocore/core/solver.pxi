# Lives here: one problem and the state of its solution by coordinate descent. Must not know: formulas, alpha, warnings.
import numpy as np

cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetPointer
from numpy.random cimport bitgen_t

from lassocore.designs.types cimport KeptColumns
from lassocore.penalties.elastic_net cimport as_single
from lassocore.solvers.anderson cimport DEPTH
from lassocore.solvers.extrapolation cimport LEAST_HISTORY, ROWS_OF_HISTORY, History
from lassocore.solvers.gap cimport Scan, duality_gap
from lassocore.solvers.screening cimport strongest_pull
from lassocore.solvers.state cimport INTERRUPTED, Outcome, Settings, Workspace, first_leverage
from lassocore.solvers.unpenalised cimport Unpenalised

cdef enum:
    LEAST_TO_KEEP = 32_768      # numbers of X
    LEAST_KEPT = 256            # columns


cdef class Solver:
    """A problem and the state of its solution, moved from one penalty level to the next.

    problem has the arrays of lassocore.problems.problem.Problem; l1_reg and l2_reg are set before each level. Between
    levels w, the residual and c = X'(s r) of every feature belong together.
    """
    cdef Matrix matrix
    cdef AnyDesign design                   # that of the matrix, with columns kept for this solver alone
    cdef KeptColumns kept_columns
    cdef Workspace ws
    cdef Settings settings
    cdef readonly object w
    cdef readonly object residual           # s r, or X'(s r) for a Gram matrix
    cdef readonly object correlations
    cdef dict kept                          # what the pointers of ws point into

    def __init__(self, problem, coef_init=None):
        cdef Py_ssize_t p
        cdef Py_ssize_t* rooms
        self.matrix = problem.matrix
        self.design = self.matrix.design
        p = self.matrix.n_features
        self.w = zeros(p)
        self.residual = problem.target.copy()
        self.correlations = problem.correlations.copy()
        self.kept = {
            "problem": problem, "sets": room(3 * p, cnp.NPY_INTP),
            "rested": cnp.PyArray_ZEROS(1, <cnp.npy_intp*>&p, cnp.NPY_INT8, 0),
        }
        self.ws.residual = make_residual(<double*>address(self.residual), <const double*>address(problem.target))
        self.ws.residual.sq_target = problem.sq_target
        self.ws.w = <double*>address(self.w)
        self.ws.c = <double*>address(self.correlations)
        self.ws.sq_norms = <const double*>address(problem.sq_norms)
        self.ws.features, self.ws.n_features = <const Py_ssize_t*>address(problem.features), len(problem.features)
        rooms = <Py_ssize_t*>address(self.kept["sets"])
        self.ws.candidates, self.ws.active, self.ws.order = rooms, rooms + p, rooms + 2 * p
        self.ws.n_candidates = self.ws.n_active = 0
        self.ws.rested = <char*>address(self.kept["rested"])
        self.set_history(min(p, LEAST_HISTORY + 2 * self.matrix.n_samples))
        self.ws.descent = 0.0
        self.ws.stale = False
        self.ws.others = 0.0
        self.ws.work = 0
        self.set_penalty(zeros(p), None, problem.lower, problem.upper)
        self.set_unpenalised(problem)
        if coef_init is not None:
            self.w[:] = coef_init
        if coef_init is not None or self.ws.unpenalised.n_columns > 0:
            self.refresh()

    cdef set_history(self, Py_ssize_t capacity):
        cdef History* history = &self.ws.history
        self.kept["history"] = room(ROWS_OF_HISTORY * capacity + len(self.residual), cnp.NPY_DOUBLE)
        history.capacity = capacity
        history.iterates = <double*>address(self.kept["history"])
        history.combined = history.iterates + (DEPTH + 1) * capacity
        history.metric = history.combined + capacity
        history.residual = history.metric + capacity
        history.n_kept = history.n_active = 0

    cdef make_room_for_columns(self):
        """Where X is in C order and not in cache: room for the columns that epochs visit, touched as they come."""
        cdef Matrix matrix = self.matrix
        cdef KeptColumns* kept = &self.kept_columns
        if matrix.n_samples * matrix.n_features < LEAST_TO_KEEP:
            return
        kept.n_kept, kept.capacity = 0, min(matrix.n_features // 2 + 1, max(matrix.n_samples, LEAST_KEPT))
        values = room(kept.capacity * matrix.n_samples, cnp.NPY_DOUBLE if matrix.row_itemsize == 8 else cnp.NPY_FLOAT)
        whole = np.full(matrix.n_features + 2 * kept.capacity, -1, np.intp)
        self.kept["columns"] = values, whole
        kept.values, kept.places = address(values), <Py_ssize_t*>address(whole)
        kept.owners = kept.places + matrix.n_features
        kept.fresh = kept.owners + kept.capacity
        if matrix.row_itemsize == 8:
            self.design.rows_f64.kept = kept
        else:
            self.design.rows_f32.kept = kept

    def columns_kept(self):
        """{column: (its place, its copy)}. For tests of one kernel."""
        if self.kept_columns.values == NULL:
            return {}
        values, whole = self.kept["columns"]
        copies = values.reshape(self.kept_columns.capacity, self.matrix.n_samples)
        places = whole[:self.matrix.n_features]
        return {j: (places[j], copies[places[j]]) for j in np.flatnonzero(places >= 0).tolist()}

    cdef set_unpenalised(self, problem):
        cdef Unpenalised* block = &self.ws.unpenalised
        cdef Py_ssize_t size = len(problem.unpenalised)
        data = problem.block
        columns, root, gram, min_pivots = problem.unpenalised, None, None, None
        if data is not None:
            root, gram, min_pivots = data.root, data.gram, data.min_pivots
        self.ws.accuracy = accuracy_of(data)
        vectors, free = room(2 * size, cnp.NPY_DOUBLE), room(size, cnp.NPY_INTP)
        factor = None if gram is None else room(size * size, cnp.NPY_DOUBLE)
        self.kept["unpenalised"] = columns, root, gram, min_pivots, vectors, free, factor
        block.columns, block.n_columns = <const Py_ssize_t*>address(columns), size
        block.root, block.rank = <const double*>address(root), 0 if root is None else root.shape[1]
        block.gram, block.min_pivots = <const double*>address(gram), <const double*>address(min_pivots)
        block.step = <double*>address(vectors)
        block.rotated = block.step + size
        block.free, block.factor = <Py_ssize_t*>address(free), <double*>address(factor)

    def set_features(self, features):
        """Only these columns, rising, may be nonzero; all others are known to be at 0 and pulled by at most l1."""
        self.kept["features"] = features
        self.ws.features, self.ws.n_features = <const Py_ssize_t*>address(features), len(features)
        self.ws.others = 1.0

    def set_penalty(self, l1_reg, l2_reg, lower, upper):
        """The penalty of the next level, float64 over all columns; l2_reg None for zeros, bounds None for none."""
        self.kept["penalty"] = (l1_reg, l2_reg, lower, upper)
        self.ws.penalty.l1_reg = <const double*>address(l1_reg)
        self.ws.penalty.l2_reg = <const double*>address(l2_reg)
        self.ws.penalty.lower = <const double*>address(lower)
        self.ws.penalty.upper = <const double*>address(upper)

    def set_settings(self, double gap_tol, Py_ssize_t max_iter, str selection, bit_generator, bint single_precision,
                     Py_ssize_t least_visits=0):
        """How levels are solved; bit_generator is a NumPy one that nobody else draws from, or None for "cyclic".

        With least_visits a level is left to exact steps on its support, once that is found and epochs on it have cost
        more than these would and made so many visits.
        """
        self.kept["rng"] = bit_generator
        self.settings.gap_tol = gap_tol
        self.ws.leverage = first_leverage(gap_tol)
        self.settings.max_iter = max_iter
        self.settings.selection = SELECTIONS[selection]
        self.settings.single_precision = single_precision
        self.settings.least_visits = least_visits
        self.settings.rng = NULL
        if bit_generator is not None:
            self.settings.rng = <bitgen_t*>PyCapsule_GetPointer(bit_generator.capsule, "BitGenerator")

    def epoch(self, const Py_ssize_t[::1] order):
        """One epoch over these coordinates at the penalty set; returns its descent. For tests of one kernel."""
        return self.matrix.operations.epoch(
            &self.design, &self.ws.penalty, self.ws.w, &self.ws.residual, self.ws.sq_norms, &order[0],
            len(order))

    def refresh(self):
        """Residual and correlations afresh from w, the unpenalised columns solved first."""
        cdef bint done
        with nogil:
            done = self.matrix.operations.restart(&self.design, &self.ws)
        if not done:
            raise_pending()

    def level_of_zero(self):
        """max_j of the correlations over l1_reg: how far the penalty set is from holding every coefficient at 0."""
        cdef Scan view = self.matrix.operations.view(
            &self.design, &self.ws, self.ws.features, self.ws.n_features)
        return strongest_pull(&self.ws.penalty, &view)

    def gap(self):
        """(gap, ||r||_s^2, <r, y0>_s) of w at the penalty set, S-scaled, over all features."""
        cdef Scan view = self.matrix.operations.view(
            &self.design, &self.ws, self.ws.features, self.ws.n_features)
        return duality_gap(&self.ws.penalty, self.ws.w, &view), view.sq_residual, view.fit_product

    def nonzeros(self):
        """(rising indices, values) of the coefficients, rounded as they are returned."""
        cdef Py_ssize_t j, n_nonzero = 0
        for j in range(self.matrix.n_features):
            n_nonzero += self.ws.w[j] != 0.0
        rows, values = room(n_nonzero, cnp.NPY_INTP), room(n_nonzero, cnp.NPY_DOUBLE)
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

    def solve(self, double threshold):
        """(gap, ||r||_s^2, epochs, status) at the penalty set; threshold as in solve_level."""
        cdef Outcome outcome
        if self.matrix.row_itemsize > 0 and self.kept_columns.values == NULL:
            self.make_room_for_columns()
        with nogil:
            self.matrix.operations.solve(&self.design, &self.ws, &self.settings, threshold, &outcome)
        if outcome.status == INTERRUPTED:
            raise_pending()
        return outcome.gap, outcome.sq_residual, outcome.n_iter, STATUSES[outcome.status]
