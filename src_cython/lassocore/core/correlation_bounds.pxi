# Lives here: bounds on correlations outside a working set, for Python. Independent of: alpha, solvers.
import numpy as np


from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport make_penalty
from lassocore.solvers.correlation_bounds cimport (
    BASIS, CorrelationState, check_violations, columns_likely_to_enter, columns_not_ruled_out, orthogonal_norm,
)


cdef class CorrelationBounds:
    """Bounds on the correlations of the columns outside the working set.

    products holds the products of the columns with an orthonormal basis of earlier residuals sqrt(s) r. Methods that
    take a range of features may run in several threads at once, on disjoint ranges.
    """
    cdef CorrelationState state
    cdef readonly object in_set, last_correlation, slope, products, orthogonal_norms, norms, l1_scales, l1_factor
    cdef readonly object coordinates, remainders, roundings
    cdef object features, listed, bounds

    def __init__(self, problem):
        cdef Py_ssize_t p = problem.matrix.n_features
        self.features, self.l1_factor = problem.features, problem.l1_factor
        self.in_set = np.zeros(p, np.int8)
        self.last_correlation, self.slope = np.zeros(p), np.zeros(p)
        self.products = np.zeros((p, BASIS))
        self.norms = np.sqrt(problem.sq_norms)
        self.orthogonal_norms = self.norms.copy()
        self.listed = np.empty(p, np.intp)
        self.bounds = problem.lower, problem.upper
        self.coordinates, self.remainders = np.zeros((BASIS, SLOTS)), np.zeros(SLOTS)
        self.roundings, self.l1_scales = np.zeros(SLOTS), np.zeros(SLOTS)
        cdef CorrelationState* state = &self.state
        state.products = <const double*>address(self.products)
        state.orthogonal_norms = <const double*>address(self.orthogonal_norms)
        state.norms = <const double*>address(self.norms)
        state.coordinates = <const double*>address(self.coordinates)
        state.remainders = <const double*>address(self.remainders)
        state.roundings = <const double*>address(self.roundings)
        state.l1_scales = <const double*>address(self.l1_scales)
        state.l1_factor = <const double*>address(self.l1_factor)
        state.penalty = make_penalty(
            NULL, NULL, <const double*>address(problem.lower), <const double*>address(problem.upper))
        state.in_set = <const char*>address(self.in_set)
        state.last_correlation, state.slope = <double*>address(self.last_correlation), <double*>address(self.slope)
        state.last_scale = 0.0
        state.n_basis = state.n_slots = 0

    @property
    def n_basis(self):
        """How many directions the basis has."""
        return self.state.n_basis

    def set_basis(self, Py_ssize_t n_basis):
        """The first n_basis columns of products are in use; update the norms of the columns orthogonal to the basis."""
        cdef Py_ssize_t j
        cdef double* orthogonal_norms = <double*>address(self.orthogonal_norms)
        self.state.n_basis = n_basis
        for j in range(len(self.norms)):
            orthogonal_norms[j] = orthogonal_norm(self.state.norms[j], self.state.products + j * BASIS, n_basis)

    def begin(self, Py_ssize_t n_slots):
        """Start a batch of n_slots levels, whose l1_scales, coordinates, remainders and roundings are filled in.

        The methods below collect in max_ratio the largest signed correlation over l1_factor at each level.
        """
        self.l1_scales[n_slots:] = np.inf
        self.state.n_slots = n_slots

    def end(self, double l1_scale):
        """last_correlation now belongs to this level."""
        self.state.last_scale = l1_scale

    def columns_likely_to_enter(self, double l1_scale, double share):
        """The features outside the working set whose correlation is expected to reach `share` of l1 at this level."""
        cdef Py_ssize_t n_listed, n_features = len(self.features)
        cdef Py_ssize_t* listed = <Py_ssize_t*>address(self.listed)
        cdef const Py_ssize_t* features = <const Py_ssize_t*>address(self.features)
        with nogil:
            n_listed = columns_likely_to_enter(&self.state, features, n_features, l1_scale, share, listed)
        return self.listed[:n_listed].copy()

    def columns_not_ruled_out(self, Py_ssize_t start, Py_ssize_t stop, double[::1] max_ratio):
        """The features of a range that the bounds do not prove to be 0."""
        cdef Py_ssize_t n_listed
        cdef Py_ssize_t* listed = <Py_ssize_t*>address(self.listed) + start
        cdef const Py_ssize_t* features = <const Py_ssize_t*>address(self.features) + start
        with nogil:
            n_listed = columns_not_ruled_out(&self.state, features, stop - start, listed, &max_ratio[0])
        return self.listed[start:start + n_listed]

    def check_violations(self, const Py_ssize_t[::1] listed, const double[:, ::1] c, double[::1] max_ratio):
        """For each listed column the first level at which its correlation c exceeds l1, or the number of levels."""
        first = np.empty(len(listed), np.intp)
        cdef Py_ssize_t n_listed = len(listed)
        cdef Py_ssize_t* levels = <Py_ssize_t*>address(first)
        if n_listed > 0:
            with nogil:
                check_violations(&self.state, &listed[0], n_listed, &c[0, 0], &max_ratio[0], levels)
        return first
