# Lives here: bounds on correlations outside a working set, for Python. Independent of: alpha, solvers.
import numpy as np


from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport side
from lassocore.solvers.correlation_bounds cimport (
    CorrelationState, begin_batch, end_batch, expected_correlation, growth, keep_strongest, set_correlation,
)
from lassocore.solvers.residual_basis cimport BasisChange, Projection, clear_basis


cdef class CorrelationBounds:
    """Bounds on the correlations of the columns outside the working set, and their extrapolation.

    Methods that take a range of features may run in several threads at once, on disjoint ranges.
    """
    cdef CorrelationState state
    cdef readonly object in_set, norms, directions, products, orthogonal_norms
    cdef object features, sides, inverse_factors, listed, correlations

    def __init__(self, problem):
        cdef Py_ssize_t n = problem.matrix.n_samples, p = problem.matrix.n_features
        cdef CorrelationState* state = &self.state
        self.features = problem.features
        self.in_set, self.listed = np.zeros(p, np.int8), np.empty(p, np.intp)
        self.norms, self.orthogonal_norms = np.sqrt(problem.sq_norms), np.zeros(p)
        self.directions, self.products = np.zeros((n, BASIS)), np.zeros((p, BASIS))
        self.correlations = np.zeros((3, p))
        self.inverse_factors = np.zeros(p)
        usable = problem.l1_factor > 0.0
        np.divide(1.0, problem.l1_factor, out=self.inverse_factors, where=usable)
        state.inverse_factors = <const double*>address(self.inverse_factors)
        self.set_sides(problem.lower, problem.upper)
        state.in_set = <const char*>address(self.in_set)
        state.last = <double*>address(self.correlations)
        state.previous, state.current = state.last + p, state.last + 2 * p
        state.last_scale = state.previous_scale = 0.0
        state.basis.directions = <double*>address(self.directions)
        state.basis.products = <double*>address(self.products)
        state.basis.orthogonal_norms = <double*>address(self.orthogonal_norms)
        state.basis.norms = <const double*>address(self.norms)
        state.basis.n_samples = n
        clear_basis(&state.basis)

    cdef set_sides(self, lower, upper):
        """The sides of all columns, if there are bounds."""
        cdef Py_ssize_t j
        cdef double* sides
        cdef Penalty penalty
        self.state.sides = NULL
        if lower is None:
            return
        penalty = make_penalty(NULL, NULL, <const double*>address(lower), <const double*>address(upper))
        self.sides = np.empty(len(lower))
        sides = <double*>address(self.sides)
        for j in range(len(lower)):
            sides[j] = side(&penalty, j)
        self.state.sides = sides

    @property
    def n_directions(self):
        """How many directions the basis has."""
        return self.state.basis.n_directions

    @property
    def product_errors(self):
        """A bound on the error of the products with each direction, relative to the norms of the columns."""
        return np.array(<double[:BASIS]>&self.state.basis.errors[0])

    @property
    def projection(self):
        """(coordinates, remainders, roundings) of the residuals of the batch."""
        cdef Projection* projection = &self.state.projection
        return (np.array(<double[:BASIS * SLOTS]>&projection.coordinates[0]).reshape(BASIS, SLOTS),
                np.array(<double[:SLOTS]>&projection.remainders[0]), np.array(<double[:SLOTS]>&projection.roundings[0]))

    @property
    def last_correlation(self):
        """The correlations at the last level of the last batch; those of columns in the working set are not kept."""
        return self.correlations[(self.state.last - <double*>address(self.correlations)) // len(self.in_set)]

    def start(self, correlations, double l1_scale):
        """These correlations, of all columns, are those at this level."""
        self.correlations[:] = correlations
        self.state.last_scale = self.state.previous_scale = l1_scale

    def set_correlations(self, const Py_ssize_t[::1] columns, const double[::1] c):
        """The correlations of columns that leave the working set."""
        cdef Py_ssize_t k
        for k in range(len(columns)):
            set_correlation(&self.state, columns[k], c[k])

    def extend_basis(self, double[:, ::1] residuals, Py_ssize_t slot, double[:, ::1] c):
        """Add a direction from one of these residuals sqrt(s) r, (n_samples, n); c are the products of all features
        with them. Whether the basis changed."""
        cdef BasisChange change
        cdef const Py_ssize_t* features = <const Py_ssize_t*>address(self.features)
        cdef Py_ssize_t n_features = len(self.features), n = residuals.shape[1]
        cdef bint changed
        with nogil:
            changed = sets.bounds.extend_basis(&self.state.basis, &residuals[0, slot], n, &change)
            if changed:
                sets.bounds.update_products(&self.state.basis, &change, features, n_features, &c[0, slot], n)
        return changed

    def begin(self, const double[::1] l1_scales, const double[:, ::1] residuals=None):
        """Start a batch of levels with these residuals sqrt(s) r, (n_samples, SLOTS); without a basis none are needed.

        The methods below collect in max_ratio the largest signed correlation over l1_factor at each level.
        """
        begin_batch(&self.state, &l1_scales[0], len(l1_scales))
        if self.state.basis.n_directions > 0:
            with nogil:
                sets.bounds.project(&self.state.basis, &residuals[0, 0], &self.state.projection)

    def expected_correlations(self, const Py_ssize_t[::1] columns, double l1_scale):
        """The last correlations, extrapolated to this level."""
        cdef Py_ssize_t k
        cdef double times = growth(&self.state, l1_scale)
        expected = empty(columns.shape[0], cnp.NPY_DOUBLE)
        cdef double* out = <double*>address(expected)
        for k in range(columns.shape[0]):
            out[k] = expected_correlation(&self.state, columns[k], times)
        return expected

    def columns_likely_to_enter(self, double l1_scale, double share, Py_ssize_t limit=PY_SSIZE_T_MAX):
        """The features outside the working set whose correlation is expected to reach `share` of l1 at this level, the
        strongest if they are more than the limit."""
        cdef Py_ssize_t n_listed, n_features = len(self.features)
        cdef Py_ssize_t* listed = <Py_ssize_t*>address(self.listed)
        cdef const Py_ssize_t* features = <const Py_ssize_t*>address(self.features)
        with nogil:
            n_listed = sets.bounds.columns_likely_to_enter(&self.state, features, n_features, l1_scale, share, listed)
        if n_listed > limit:
            c = self.expected_correlations(self.listed[:n_listed], l1_scale)
            n_listed = keep_strongest(&self.state, listed, <double*>address(c), n_listed, limit)
        return self.listed[:n_listed].copy()

    def columns_not_ruled_out(self, Py_ssize_t start, Py_ssize_t stop, max_ratio):
        """The features of a range that the bounds do not prove to be 0."""
        cdef Py_ssize_t n_listed
        cdef Py_ssize_t* listed = <Py_ssize_t*>address(self.listed) + start
        cdef double* largest = <double*>address(max_ratio)
        cdef const Py_ssize_t* features = <const Py_ssize_t*>address(self.features) + start
        with nogil:
            n_listed = sets.bounds.columns_not_ruled_out(&self.state, features, stop - start, listed, largest)
        return self.listed[start:start + n_listed]

    def not_ruled_out(self, pool, Py_ssize_t width):
        """(the largest bound on |c_j| over the l1 factor among columns ruled out, at each level; all other columns).

        pool is a concurrent.futures.ThreadPoolExecutor or None; its threads check the bounds of `width` features at a
        time. The result does not depend on them.
        """
        cdef Py_ssize_t n_features = len(self.features)
        max_ratio = np.zeros(SLOTS)
        if pool is None or n_features <= width:
            return max_ratio, self.columns_not_ruled_out(0, n_features, max_ratio)

        def list_range(start):
            ratios = np.zeros(SLOTS)
            return self.columns_not_ruled_out(start, min(start + width, n_features), ratios), ratios

        pieces = []
        for columns, ratios in pool.map(list_range, range(0, n_features, width)):
            pieces.append(columns)
            np.maximum(max_ratio, ratios, out=max_ratio)
        return max_ratio, np.concatenate(pieces)

    def finish(self, const Py_ssize_t[::1] listed, const double[:, ::1] c, double[::1] max_ratio):
        """End the batch, given the correlations c of the listed columns, (n_listed, SLOTS), which raise max_ratio.

        Returns for each listed column the first level at which it violates optimality, or the number of levels.
        """
        first = empty(listed.shape[0], cnp.NPY_INTP)
        cdef Py_ssize_t n_listed = listed.shape[0]
        cdef Py_ssize_t* levels = <Py_ssize_t*>address(first)
        with nogil:
            if n_listed > 0:
                sets.bounds.check_violations(&self.state, &listed[0], n_listed, &c[0, 0], &max_ratio[0], levels)
            end_batch(&self.state)
        return first
