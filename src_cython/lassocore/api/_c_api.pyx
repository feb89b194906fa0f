# Lives here: the functions of lassocore.h, and the capsule in which they are found. Independent of: NumPy, paths.
"""The C interface: checks, workspace, coordinate descent from alpha to alpha, on the operations of the loaded core."""
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uintptr_t
from libc.stdlib cimport free, malloc

from lassocore.core.operations cimport Tables
from lassocore.cython_api cimport (
    LASSOCORE_API_MAJOR, LASSOCORE_API_MINOR, LASSOCORE_EXACT_STEPS, LASSOCORE_INVALID_ALPHAS,
    LASSOCORE_INVALID_L1_RATIO, LASSOCORE_INVALID_METHOD, LASSOCORE_INVALID_PENALTY_FACTOR, LASSOCORE_NO_MEMORY,
    LASSOCORE_OK, LASSOCORE_WORKSPACE_TOO_SMALL,
    lassocore_design, lassocore_options, lassocore_result, lassocore_table,
)

from lassocore._isa import core, level

include "memory.pxi"
include "design.pxi"
include "checks.pxi"
include "problem.pxi"
include "path.pxi"
include "exact_steps.pxi"
include "statuses.pxi"

cdef const Tables* TABLES = <const Tables*>PyCapsule_GetPointer(core.c_tables, "lassocore.core.tables")
cdef bytes instruction_set = level.encode()


cdef size_t size_of(Call* call) noexcept nogil:
    """Bytes of the workspace of a call whose arguments have been read, wherever it starts"""
    cdef Arena arena
    arena.start, arena.used = NULL, ALIGNMENT
    lay_out(call, &arena)
    return arena.used


cdef size_t workspace_size(const lassocore_design* X, const lassocore_options* options) noexcept nogil:
    """As in lassocore.h."""
    cdef Call call
    return size_of(&call) if read_arguments(X, options, &call) == LASSOCORE_OK else 0


cdef int prepare(
    const lassocore_design* X, const double* y, const lassocore_options* options, Call* call, void** workspace,
    size_t workspace_size
) noexcept nogil:
    """Read the arguments, and pose the problem in the workspace, which is allocated where it is NULL"""
    cdef Arena arena
    cdef size_t needed
    cdef int status = read_arguments(X, options, call)
    if status != LASSOCORE_OK:
        return status
    needed = size_of(call)
    if workspace[0] == NULL:
        workspace[0] = malloc(needed)
        if workspace[0] == NULL:
            return LASSOCORE_NO_MEMORY
    elif workspace_size < needed:
        return LASSOCORE_WORKSPACE_TOO_SMALL
    arena.start, arena.used = <char*>workspace[0], -<uintptr_t>workspace[0] % ALIGNMENT
    lay_out(call, &arena)
    return pose(call, y, TABLES)


cdef int solve(Call* call, const double* alphas, int64_t n_alphas, lassocore_result* result) noexcept nogil:
    """The method of the options"""
    if call.options.method != LASSOCORE_EXACT_STEPS:
        return descend(call, alphas, n_alphas, result, TABLES)
    if call.ws.unpenalised.n_columns > 0:
        return LASSOCORE_INVALID_METHOD
    return step_exactly(call, alphas, n_alphas, result, TABLES)


cdef int fit(
    const lassocore_design* X, const double* y, const double* alphas, int64_t n_alphas,
    const lassocore_options* options, lassocore_result* result, void* workspace, size_t workspace_size
) noexcept nogil:
    """As in lassocore.h."""
    cdef Call call
    cdef void* memory = workspace
    cdef int status = check_alphas(alphas, n_alphas)
    call.position = -1
    if X != NULL and check_result(result, X.n_features) != LASSOCORE_OK:
        return LASSOCORE_INVALID_RESULT
    if status == LASSOCORE_OK:
        status = prepare(X, y, options, &call, &memory, workspace_size)
    if status == LASSOCORE_OK:
        status = solve(&call, alphas, n_alphas, result)
    if memory != workspace:
        free(memory)
    if X != NULL:
        result.position = call.position
    return status


cdef int alpha_max(
    const lassocore_design* X, const double* y, const lassocore_options* options, double* alpha_max,
    void* workspace, size_t workspace_size
) noexcept nogil:
    """As in lassocore.h."""
    cdef Call call
    cdef void* memory = workspace
    cdef int status
    if alpha_max == NULL:
        return LASSOCORE_INVALID_ALPHAS
    status = prepare(X, y, options, &call, &memory, workspace_size)
    if status == LASSOCORE_OK and call.options.l1_ratio == 0.0:
        status = LASSOCORE_INVALID_L1_RATIO
    if status == LASSOCORE_OK and 0 < call.n_usable == call.ws.unpenalised.n_columns:
        status = LASSOCORE_INVALID_PENALTY_FACTOR
    if status == LASSOCORE_OK:
        call.options.start = NULL
        begin(&call)
        status = LASSOCORE_INTERRUPTED if call.outcome.status == INTERRUPTED else LASSOCORE_OK
    if status == LASSOCORE_OK:
        alpha_max[0] = alpha_of_zero(&call, TABLES)
    if memory != workspace:
        free(memory)
    return status


cdef lassocore_table functions
functions.major, functions.minor, functions.size = LASSOCORE_API_MAJOR, LASSOCORE_API_MINOR, sizeof(lassocore_table)
functions.instruction_set = instruction_set
functions.status_text = status_text
functions.init_options = init_options
functions.workspace_size = workspace_size
functions.fit = fit
functions.alpha_max = alpha_max

table = PyCapsule_New(&functions, "lassocore._c_api.table", NULL)
