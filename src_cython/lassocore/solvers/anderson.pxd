# Lives here: Anderson extrapolation of a sequence of vectors. Independent of: what the vectors are.

cdef enum:
    DEPTH = 5                   # differences of iterates that are combined


cdef inline double difference_product(
    const double* left, const double* right, const double* metric, Py_ssize_t size
) noexcept nogil:
    """The inner product of two differences of consecutive iterates, which are stored one after the other"""
    cdef double total = 0.0
    cdef Py_ssize_t i
    if metric == NULL:
        for i in range(size):
            total += (left[size + i] - left[i]) * (right[size + i] - right[i])
    else:
        for i in range(size):
            total += metric[i] * (left[size + i] - left[i]) * (right[size + i] - right[i])
    return total


cdef inline void fill_differences(
    const double* iterates, const double* metric, Py_ssize_t size, double* gram
) noexcept nogil:
    """gram <- D'D in the metric, of the differences D of consecutive iterates, (DEPTH, DEPTH)"""
    cdef Py_ssize_t a, b
    for a in range(DEPTH):
        for b in range(a + 1):
            gram[a * DEPTH + b] = gram[b * DEPTH + a] = difference_product(
                iterates + a * size, iterates + b * size, metric, size)


cdef inline bint extrapolation_weights(
    const double* iterates, const double* metric, Py_ssize_t size, double* weights
) noexcept nogil:
    """weights minimise ||sum_k weights_k D_k|| with sum 1, for DEPTH + 1 iterates; False where they are not unique.
    metric weighs the entries of an iterate; NULL for ones.

    They solve D'D z = 1, scaled (docs/math.md, 13.7), by Gaussian elimination of a positive definite matrix.
    """
    cdef double[DEPTH * DEPTH] gram
    cdef double factor, total = 0.0, largest
    cdef Py_ssize_t a, b, e
    fill_differences(iterates, metric, size, gram)
    largest = gram[0]
    for a in range(DEPTH):
        weights[a] = 1.0
        largest = max(largest, gram[a * DEPTH + a])
    for a in range(DEPTH):
        if not gram[a * DEPTH + a] > 1e-14 * largest:
            return False
        for b in range(a + 1, DEPTH):
            factor = gram[b * DEPTH + a] / gram[a * DEPTH + a]
            for e in range(a, DEPTH):
                gram[b * DEPTH + e] -= factor * gram[a * DEPTH + e]
            weights[b] -= factor * weights[a]
    for a in range(DEPTH - 1, -1, -1):
        for e in range(a + 1, DEPTH):
            weights[a] -= gram[a * DEPTH + e] * weights[e]
        weights[a] /= gram[a * DEPTH + a]
        total += weights[a]
    if not abs(total) > 0.0:
        return False
    for a in range(DEPTH):
        weights[a] /= total
    return True


cdef inline void combine(const double* iterates, const double* weights, Py_ssize_t size, double* out) noexcept nogil:
    """out = sum_k weights_k iterate_(k + 1)"""
    cdef Py_ssize_t i, k
    for i in range(size):
        out[i] = 0.0
    for k in range(DEPTH):
        for i in range(size):
            out[i] += weights[k] * iterates[(k + 1) * size + i]
