# Lives here: where the iterates of a fit are reported, if at all. Independent of: methods, Python.
cdef extern from *:
    """
    #if defined(__GNUC__) && !defined(LASSOCORE_PLAIN_C)
    #define LASSOCORE_RARELY(condition) __builtin_expect(condition, 0)
    #else
    #define LASSOCORE_RARELY(condition) (condition)
    #endif
    """
    bint rarely "LASSOCORE_RARELY"(bint condition) noexcept nogil


cdef enum StepKind:
    EPOCH = 0
    EXACT_STEP = 1


cdef struct Recorder:
    # call is NULL unless the iterates are wanted; w has `size` numbers.
    void (*call)(void* owner, StepKind kind, const double* w, Py_ssize_t size) noexcept nogil
    void* owner


cdef inline void record(const Recorder* recorder, StepKind kind, const double* w, Py_ssize_t size) noexcept nogil:
    """Report w after an epoch or an exact step; once in each of these, never within"""
    if rarely(recorder.call != NULL):
        recorder.call(recorder.owner, kind, w, size)
