# Lives here: fits of rows over tasks on the Gram matrix of all columns, in one call. Independent of: X, alpha, paths.
from libc.string cimport memset


def fit_rows(BlockSolver solver, problem, gram, tuple levels, double gap_tol, Py_ssize_t max_iter, start=None):
    """Solve levels, (l1 scales, l2 scales), for all features, each a penalised row over tasks, from a start of shape
    (n_features, n_tasks), or from zeros, up to the first that does not reach the gap.

    Returns (columns of the nonzero rows, these rows, how many each level has; for each level the gap and ||R||_s^2,
    and what `BlockSolver.solve_levels` says).
    """
    cdef const Py_ssize_t[::1] features = problem.features
    cdef const double[:, :] products = problem.correlations
    cdef const double[::1] sq_norms = problem.sq_norms, l1_factor = problem.l1_factor, l2_factor = problem.l2_factor
    cdef Py_ssize_t p = features.shape[0], n_tasks = products.shape[1], k, t, j
    cdef Py_ssize_t capacity = SLOTS * ((p + SLOTS - 1) // SLOTS | 1)
    W, before, C, Q = vectors = cache_lines(4 * n_tasks, capacity).reshape(4, n_tasks, capacity)
    own_norms, norms, factors = empty(p, cnp.NPY_DOUBLE), empty(p, cnp.NPY_DOUBLE), np.empty((p, 3))
    starts = empty(p + 1, cnp.NPY_INTP)
    cdef double* first = <double*>address(vectors)
    cdef double* q = <double*>address(Q)
    cdef double* norm = <double*>address(own_norms)
    cdef double* factor = <double*>address(factors)
    cdef Py_ssize_t* position = <Py_ssize_t*>address(starts)
    memset(first, 0, 4 * n_tasks * capacity * sizeof(double))
    position[p] = p
    for k in range(p):
        j = features[k]
        position[k], norm[k] = k, sq_norms[j]
        factor[3 * k], factor[3 * k + 1], factor[3 * k + 2] = l1_factor[j], 0.0, l2_factor[j]
        for t in range(n_tasks):
            q[t * capacity + k] = products[j, t]
    if start is not None:
        W[:, :p] = start[problem.features].T
    solver.bind(starts, (W, before, C, Q, own_norms, factors, norms), gram, C, Q)
    solver.refresh()
    l1_scales, l2_scales = levels
    slots, outcomes = np.empty((len(l1_scales), 2, n_tasks, capacity)), np.empty((len(l1_scales), 4))
    cdef Py_ssize_t n_solved = solver.solve_levels(l1_scales, l2_scales, gap_tol, max_iter, slots, outcomes)
    slots, outcomes = slots[:n_solved], outcomes[:n_solved]
    certified = solver.certify(slots, l1_scales, l2_scales, zeros(n_solved), None)
    return (*nonzero_rows(slots[:, 0], problem.features, starts[:p]), certified, outcomes)
