# Lives here: which instruction sets this processor and its operating system support. Independent of: the kernels.
cdef extern from *:
    """
    #if defined(__GNUC__) && defined(__x86_64__)
    static int lassocore_cpu_level(void) {
        __builtin_cpu_init();
        if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")))
            return 1;
        if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl")))
            return 3;
        return 4;
    }
    #else
    static int lassocore_cpu_level(void) { return 1; }
    #endif
    """
    int lassocore_cpu_level() noexcept


def x86_64_level():
    """4 or 3 where the processor runs x86-64-v4 or v3 code, else 1."""
    return lassocore_cpu_level()
