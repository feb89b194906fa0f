# Lives here: the state of a call, and its place in the caller's workspace. Independent of: what is computed.
from libc.stddef cimport size_t
from libc.stdint cimport int64_t

from lassocore.core.operations cimport AnyDesign, Operations
from lassocore.cython_api cimport LASSOCORE_FLOAT32, LASSOCORE_ROWS, lassocore_design, lassocore_options
from lassocore.solvers.extrapolation cimport history_capacity, numbers_of_history
from lassocore.solvers.state cimport Outcome, Settings, Workspace

cdef enum:
    ALIGNMENT = 64              # bytes: a cache line


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
    call.columns = NULL
    if call.X.storage == LASSOCORE_ROWS:
        call.columns = take(arena, n * p, 4 if call.X.number_type == LASSOCORE_FLOAT32 else 8)
