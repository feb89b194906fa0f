# Lives here: copies of the iterates of a fit. Independent of: methods, what positions stand for.
from lassocore.solvers.recording cimport EPOCH, EXACT_STEP, Recorder, StepKind

STEP_KINDS = {EPOCH: "epoch", EXACT_STEP: "exact step"}


cdef class StepRecorder:
    """The nonzeros of w after each epoch and each exact step: `steps` has (level, kind, positions, values).

    level is set by whoever solves several levels in one call. Solvers keep a reference to their recorder.
    """
    cdef public Py_ssize_t level
    cdef readonly list steps

    def __init__(self):
        self.level, self.steps = 0, []

    def take(self):
        """The steps since the last call."""
        steps, self.steps, self.level = self.steps, [], 0
        return steps

    cdef add(self, StepKind kind, const double* w, Py_ssize_t size):
        """Append the nonzeros of w."""
        cdef Py_ssize_t k, n_nonzero = 0
        for k in range(size):
            n_nonzero += w[k] != 0.0
        positions, values = empty(n_nonzero, cnp.NPY_INTP), empty(n_nonzero, cnp.NPY_DOUBLE)
        cdef Py_ssize_t* position = <Py_ssize_t*>address(positions)
        cdef double* value = <double*>address(values)
        n_nonzero = 0
        for k in range(size):
            if w[k] != 0.0:
                position[n_nonzero], value[n_nonzero] = k, w[k]
                n_nonzero += 1
        self.steps.append((self.level, STEP_KINDS[kind], positions, values))


cdef void add_step(void* owner, StepKind kind, const double* w, Py_ssize_t size) noexcept with gil:
    """`Recorder.call`; no Python code runs here that could raise KeyboardInterrupt."""
    (<StepRecorder>owner).add(kind, w, size)


cdef Recorder recorder_of(StepRecorder steps):
    """A `Recorder` for the kernels; the caller keeps a reference to the steps."""
    cdef Recorder recorder
    recorder.owner, recorder.call = <void*>steps, add_step
    return recorder
