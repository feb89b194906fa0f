# Lives here: the check for Ctrl-C during long work without the GIL. Independent of: what the work is.
cdef extern from *:
    """
    /* Not inlined: a nonzero result leaves an exception set, to be raised with the GIL held. */
    static CYTHON_UNUSED int lassocore_check_signals(void) {
        PyGILState_STATE state = PyGILState_Ensure();
        int raised = PyErr_CheckSignals() != 0;
        PyGILState_Release(state);
        return raised;
    }
    """
    bint check_signals "lassocore_check_signals"() noexcept nogil

cdef enum:
    WORK_PER_SIGNAL_CHECK = 4_000_000  # multiply-adds, a few milliseconds


cdef inline bint interrupted(Py_ssize_t* since_check, Py_ssize_t work) noexcept nogil:
    """Whether a signal handler raised an exception; checked once in a few milliseconds of work"""
    since_check[0] += work
    if since_check[0] < WORK_PER_SIGNAL_CHECK:
        return False
    since_check[0] = 0
    return check_signals()
