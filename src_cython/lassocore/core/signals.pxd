# Lives here: the look for Ctrl-C in long work without the GIL. Must not know: what the work is.
cdef extern from "Python.h":
    int PyErr_CheckSignals() noexcept       # leaves the exception set, for the caller who holds the GIL to raise

cdef enum:
    WORK_PER_SIGNAL_CHECK = 4_000_000       # multiply-adds, a few milliseconds


cdef inline bint interrupted(Py_ssize_t* since_check, Py_ssize_t work) noexcept nogil:
    """Every few milliseconds of work: whether a signal handler raised"""
    since_check[0] += work
    if since_check[0] < WORK_PER_SIGNAL_CHECK:
        return False
    since_check[0] = 0
    with gil:
        return PyErr_CheckSignals() != 0
