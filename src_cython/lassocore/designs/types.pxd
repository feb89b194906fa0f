# Lives here: what all storages share: residuals, moments, copies of columns. Independent of: storage, penalties.

cdef enum:
    SLOTS = 8                   # residuals, or targets, that are handled together
    BLOCK_COLUMNS = 512         # columns whose moments are taken together; shorter rows are read as a whole


cdef extern from *:
    """
    #if defined(__GNUC__) && !defined(LASSOCORE_PLAIN_C)
    #define lassocore_one_row_at_a_time() __asm__ volatile("")
    #define lassocore_fetch(address) __builtin_prefetch(address)
    #else
    #define lassocore_one_row_at_a_time() ((void)0)
    #define lassocore_fetch(address) ((void)0)
    #endif
    """
    # Does nothing, but makes the compiler vectorise the loop over the slots of a row, not over rows.
    void one_row_at_a_time "lassocore_one_row_at_a_time"() noexcept nogil
    # Prefetches a cache line; any address is allowed.
    void fetch "lassocore_fetch"(const void* address) noexcept nogil


cdef struct Residual:
    # The weighted residual s * (y0 - X w) is values + s * offset; the scalar offset collects the centring terms
    # of sparse updates (docs/math.md, section 3). For a Gram matrix the values are X'(s r) instead.
    double* values
    double offset
    const double* target        # values at w = 0
    double sq_target            # ||y0||_s^2


cdef struct ContiguousColumns:
    # Contiguous copies of columns of a design in C order; not centred.
    void* values                # slot after slot, n_samples entries each
    Py_ssize_t* slot_of_column  # -1 for columns without a copy
    Py_ssize_t* column_of_slot  # -1 for free slots
    Py_ssize_t* misses          # scratch: columns still to be copied
    Py_ssize_t n_used, capacity


cdef struct TaskResidual:
    # The residuals of many targets, in blocks of SLOTS, each (n_samples, SLOTS) in C order; unused slots are 0.
    double* values
    double* offsets             # one for each slot
    const double* target
    double sq_target            # sum over all targets
    Py_ssize_t n_blocks


cdef struct Moments:
    # Of a block of columns, with z = x - shift and weights s; u is a weighted residual.
    double[BLOCK_COLUMNS] shifts
    double[BLOCK_COLUMNS] sums  # sum_i s_i z_ij
    double[BLOCK_COLUMNS] sq_sums  # sum_i s_i z_ij^2
    double[BLOCK_COLUMNS] products  # sum_i z_ij u_i
