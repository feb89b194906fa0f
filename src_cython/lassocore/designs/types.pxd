# Lives here: what every storage shares: the residual, moments of columns. Must not know: storage, penalties.

cdef enum:
    SLOTS = 8                   # right-hand sides of one scan
    BLOCK_COLUMNS = 512         # columns whose moments are taken together: rows shorter than that are read end to end


cdef extern from *:
    """
    #if defined(__GNUC__)
    #define lassocore_one_row_at_a_time() __asm__ volatile("")
    #define lassocore_fetch(address) __builtin_prefetch(address)
    #else
    #define lassocore_one_row_at_a_time() ((void)0)
    #define lassocore_fetch(address) ((void)0)
    #endif
    """
    # Nothing happens here; a loop that says so is vectorised over the slots of a row, not over rows.
    void one_row_at_a_time "lassocore_one_row_at_a_time"() noexcept nogil
    # Asks for a line of memory before it is read; any address will do.
    void fetch "lassocore_fetch"(const void* address) noexcept nogil


cdef struct Residual:
    # The weighted residual s * (y0 - X w) is values + s * offset; the scalar offset is the part of the intercept that
    # sparse updates leave behind (docs/math.md, section 3). Gram storage keeps X'(s r) here instead.
    double* values
    double offset
    const double* target     # values at w = 0
    double sq_target         # ||y0||_s^2


cdef struct ContiguousColumns:
    # Columns of a design in C order, copied so that their numbers are neighbours; as they are, not centred.
    void* values             # place after place, n_samples numbers each
    Py_ssize_t* slot_of_column       # of every column, -1 for those without a copy
    Py_ssize_t* column_of_slot       # of every place, -1 for free ones
    Py_ssize_t* misses        # room for a list of columns
    Py_ssize_t n_used, capacity


cdef struct TaskResidual:
    # The same for many targets: blocks of SLOTS of them, each (n_samples, SLOTS) in C order; unused slots are 0.
    double* values
    double* offsets          # one for each slot
    const double* target
    double sq_target         # sum over all targets
    Py_ssize_t n_blocks


cdef struct Moments:
    # Of a block of columns, with z = x - shift and weights s; u is a weighted residual.
    double[BLOCK_COLUMNS] shifts
    double[BLOCK_COLUMNS] sums          # sum_i s_i z_ij
    double[BLOCK_COLUMNS] sq_sums       # sum_i s_i z_ij^2
    double[BLOCK_COLUMNS] products      # sum_i z_ij u_i
