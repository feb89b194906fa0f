# Lives here: the state of a call, and its place in the caller's workspace. Independent of: what is computed.
from libc.stddef cimport size_t
from libc.stdint cimport int64_t

from lassocore.core.operations cimport AnyDesign, Operations
from lassocore.cython_api cimport (
    LASSOCORE_EXACT_STEPS, LASSOCORE_FLOAT32, LASSOCORE_ROWS, lassocore_design, lassocore_options,
)
from lassocore.designs.types cimport SLOTS
from lassocore.solvers.extrapolation cimport history_capacity, numbers_of_history
from lassocore.solvers.gram_level cimport GramLevel
from lassocore.solvers.gram_positions cimport N_INDEX_ROWS, N_NUMBER_ROWS, spread_stride
from lassocore.solvers.segment cimport Segment
from lassocore.solvers.state cimport Outcome, Settings, Workspace

cdef enum:
    ALIGNMENT = 64              # bytes: a cache line
    GRAM_DEPTH = 128            # levels planned together for exact steps


cdef struct ExactSteps:
    # The state of exact steps, and the levels of the present batch.
    GramLevel level
    Segment segment
    double* numbers             # (N_NUMBER_ROWS, n_usable)
    Py_ssize_t* positions       # (N_INDEX_ROWS, n_usable + 1)
    double* lower               # the Cholesky factor
    double* blocks
    double* gram                # of the usable columns, where some are left out
    double l2_scale             # of the factor
    double[GRAM_DEPTH] l1_scales
    double[GRAM_DEPTH] l2_scales
    int64_t[GRAM_DEPTH] indices  # in the caller's alphas; -1 for intermediate levels
    Py_ssize_t n_levels
    int64_t next                # the first alpha that is not planned yet,
    int64_t n_steps             # the number of levels that lead to it,
    int64_t step                # the next of them, from 1 on; 0 where n_steps is not known yet,
    double last                 # the alpha that they start from,
    double share                # and the ratio of the two
    int64_t n_between           # epochs and steps at intermediate levels since the last alpha


cdef struct Call:
    # The arguments, complete, and the problem made of them; lassocore.problems.problem.Problem has the same fields.
    lassocore_design X
    lassocore_options options
    Py_ssize_t n_samples        # length of the residual: n_features of a Gram matrix
    Py_ssize_t n_features
    const Operations* operations
    AnyDesign design
    double total_weight
    double sq_target
    double y_mean
    double* target              # s y0, or X'(s y0)
    double* means
    double* sq_norms
    double* correlations
    double* l1_factor
    double* l2_factor
    double* l1_reg
    double* l2_reg
    double* lower               # NULL for none
    double* upper
    double* weights             # NULL for ones
    double* scratch             # (n_features,)
    double* history
    Py_ssize_t* features
    Py_ssize_t n_usable         # features that may be nonzero
    Py_ssize_t* unpenalised
    Py_ssize_t* sets
    Py_ssize_t* rows            # (n_features,): of the nonzero coefficients
    char* was_zero
    void* columns               # a copy of X by columns, NULL where it has them
    Workspace ws
    Settings settings
    Outcome outcome
    ExactSteps exact
    int64_t position            # of what is invalid; -1


cdef struct Arena:
    char* start                 # NULL: only sizes are added up
    size_t used


cdef void* take(Arena* arena, size_t n_items, size_t item_size) noexcept nogil:
    """The next so many items of the arena, aligned"""
    cdef char* found = NULL if arena.start == NULL else arena.start + arena.used
    arena.used += (n_items * item_size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
    return found


cdef double* take_numbers(Arena* arena, Py_ssize_t n) noexcept nogil:
    """The next n numbers"""
    return <double*>take(arena, n, sizeof(double))


cdef Py_ssize_t* take_indices(Arena* arena, Py_ssize_t n) noexcept nogil:
    """The next n indices"""
    return <Py_ssize_t*>take(arena, n, sizeof(Py_ssize_t))


cdef void lay_out_exact(ExactSteps* exact, Py_ssize_t p, Arena* arena) noexcept nogil:
    """Give the arrays of exact steps on p columns their places"""
    exact.numbers, exact.positions = take_numbers(arena, N_NUMBER_ROWS * p), take_indices(arena, N_INDEX_ROWS * (p + 1))
    exact.lower = take_numbers(arena, spread_stride(p) * spread_stride(p))
    exact.blocks, exact.gram = take_numbers(arena, MAX_BLOCKS * SLOTS * p), take_numbers(arena, p * p)


cdef void lay_out(Call* call, Arena* arena) noexcept nogil:
    """Give every array of the call its place; depends on the design and the options alone"""
    cdef Py_ssize_t n = call.n_samples, p = call.n_features
    call.target, call.ws.residual.values = take_numbers(arena, n), take_numbers(arena, n)
    call.weights = NULL if call.options.sample_weight == NULL else take_numbers(arena, n)
    call.means, call.sq_norms = take_numbers(arena, p), take_numbers(arena, p)
    call.correlations, call.ws.c, call.ws.w = take_numbers(arena, p), take_numbers(arena, p), take_numbers(arena, p)
    call.l1_factor, call.l2_factor = take_numbers(arena, p), take_numbers(arena, p)
    call.l1_reg, call.l2_reg = take_numbers(arena, p), take_numbers(arena, p)
    call.lower, call.upper, call.scratch = take_numbers(arena, p), take_numbers(arena, p), take_numbers(arena, p)
    call.history = take_numbers(arena, numbers_of_history(history_capacity(p, n), n))
    call.features, call.unpenalised = take_indices(arena, p), take_indices(arena, p)
    call.sets, call.rows = take_indices(arena, 3 * p), take_indices(arena, p)
    call.was_zero = <char*>take(arena, p, 1)
    if call.options.method == LASSOCORE_EXACT_STEPS:
        lay_out_exact(&call.exact, p, arena)
    call.columns = NULL
    if call.X.storage == LASSOCORE_ROWS:
        call.columns = take(arena, n * p, 4 if call.X.number_type == LASSOCORE_FLOAT32 else 8)
