# Lives here: the residuals of several tasks and two columns, in one pass. Independent of: penalties, blocks, storage.
from lassocore.designs.slots cimport Slots  # no-cython-lint: the words are defined there

# A residual is read once for the step along one column and the product with the next, and both columns once for up to
# eight tasks, whose sums stay in registers: loops over tasks of a known number are unrolled.
cdef extern from *:
    """
    #define LASSOCORE_STEP (LASSOCORE_WORD / 8)
    #define LASSOCORE_LOAD(x) (*(const lassocore_loose_word*)(x))

    LASSOCORE_INLINE void lassocore_move_tasks(
        int n_tasks, const double* moved, const double* factors, const double* column, Py_ssize_t length,
        double* state, Py_ssize_t stride, double* out
    ) {
        lassocore_word sums[8], steps[8];
        lassocore_word x, z, r;
        Py_ssize_t i;
        int t, k;
        for (t = 0; t < n_tasks; t++) { sums[t] = LASSOCORE_ZERO; steps[t] = LASSOCORE_ZERO + factors[t]; }
        for (i = 0; i < length; i += LASSOCORE_STEP) {
            x = LASSOCORE_LOAD(moved + i);
            z = LASSOCORE_LOAD(column + i);
            for (t = 0; t < n_tasks; t++) {
                r = LASSOCORE_LOAD(state + t * stride + i) + steps[t] * x;
                *(lassocore_loose_word*)(state + t * stride + i) = r;
                sums[t] += r * z;
            }
        }
        for (t = 0; t < n_tasks; t++) {
            double parts[LASSOCORE_STEP];
            *(lassocore_loose_word*)parts = sums[t];
            for (k = LASSOCORE_STEP / 2; k > 0; k /= 2)
                for (i = 0; i < k; i++) parts[i] += parts[i + k];
            out[t] = parts[0];
        }
    }

    static void lassocore_move_and_multiply(
        const double* moved, const double* factors, const double* column, Py_ssize_t length, Py_ssize_t n_tasks,
        double* state, Py_ssize_t stride, double* out
    ) {
        #define LASSOCORE_CASE(n) \
            case n: lassocore_move_tasks(n, moved, factors, column, length, state, stride, out); break;
        for (; n_tasks > 0; n_tasks -= 8, factors += 8, state += 8 * stride, out += 8)
            switch (n_tasks) {
                LASSOCORE_CASE(1) LASSOCORE_CASE(2) LASSOCORE_CASE(3) LASSOCORE_CASE(4)
                LASSOCORE_CASE(5) LASSOCORE_CASE(6) LASSOCORE_CASE(7)
                default: lassocore_move_tasks(8, moved, factors, column, length, state, stride, out);
            }
    }
    """
    # state += moved factors', then out = state'column, for residuals of n_tasks tasks, `stride` apart. Columns and
    # residuals have a length that is a multiple of eight; out may be factors.
    void move_and_multiply "lassocore_move_and_multiply"(
        const double* moved, const double* factors, const double* column, Py_ssize_t length, Py_ssize_t n_tasks,
        double* state, Py_ssize_t stride, double* out) noexcept nogil
