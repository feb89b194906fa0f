# Lives here: residuals of given coefficients, Gram matrices of sparse columns. Independent of: penalties, alpha.
import numpy as np

from libc.stdint cimport int32_t

from lassocore.core.signals cimport interrupted
from lassocore.designs.csc cimport RowBlock
from lassocore.designs.row_products cimport SPARE_PANELS, count_panels
from lassocore.designs.types cimport Residual

cdef enum:
    BLOCK_NUMBERS = 100_000     # in a block of rows of a dense X
    MIN_BLOCK_ROWS = 128
    MAX_BLOCK_ROWS = 256


def residual_of(Matrix matrix, const double[::1] target, const Py_ssize_t[::1] columns, const double[::1] w):
    """s r = s (y0 - X w) for w that is nonzero on these columns alone."""
    values = np.array(target)
    cdef Residual residual = make_residual(<double*>address(values), &target[0])
    cdef Py_ssize_t k, since_check = 0
    cdef bint stopped = False
    with nogil:
        for k in range(columns.shape[0]):
            if w[k] != 0.0:
                matrix.operations.axpy(&matrix.design, columns[k], -w[k], &residual)
                stopped = interrupted(&since_check, matrix.cost)
                if stopped:
                    break
        matrix.operations.fold(&matrix.design, &residual)
    if stopped:
        raise_pending()
    return values


def subtract_gathered(
    const double[::1, :] Z, const Py_ssize_t[::1] positions, const double[:, ::1] W, double[:, ::1] R
):
    """R -= Z_positions W' for eight residuals, (n_samples, 8), and W of (n_positions, 8)."""
    with nogil:
        sets.products.subtract_gathered(&Z[0, 0], Z.shape[0], &positions[0], positions.shape[0], &W[0, 0], &R[0, 0])


def fill_slots(const double[::1, :] vectors, double[:, ::1] out):
    """out, (n, SLOTS), has these vectors, at most eight, as its first columns, and zeros in the others."""
    cdef Py_ssize_t n_vectors = vectors.shape[1]
    with nogil:
        sets.products.interleave(&vectors[0, 0], vectors.shape[0], n_vectors, &out[0, 0])


def dense_gram(Matrix matrix, Py_ssize_t first_row, Py_ssize_t stop_row):
    """Z'Z summed over some rows of all columns of a dense X."""
    cdef Py_ssize_t p = matrix.n_features, n_panels = count_panels(p), since_check = 0, panel, n_rows
    cdef Py_ssize_t stride = SLOTS * (n_panels + SPARE_PANELS) + 1, row = first_row
    cdef Py_ssize_t width = min(
        stop_row - first_row, max(<Py_ssize_t>MIN_BLOCK_ROWS, min(<Py_ssize_t>MAX_BLOCK_ROWS, BLOCK_NUMBERS // p)))
    cdef bint stopped = False
    gram, block = np.empty((stride, stride)), zero_rows((n_panels + SPARE_PANELS) * width)
    cdef double* out = <double*>address(gram)
    cdef double* panels = <double*>address(block)
    scratch = empty(SLOTS * width, cnp.NPY_DOUBLE)
    cdef double* columns = <double*>address(scratch)
    with nogil:
        while row < stop_row and not stopped:
            n_rows = min(width, stop_row - row)
            matrix.operations.fill_panels(&matrix.design, row, n_rows, columns, panels)
            for panel in range(n_panels):
                sets.products.add_products(panels, n_rows, n_panels, panel, row == first_row, out, stride)
                stopped = stopped or interrupted(&since_check, SLOTS * n_rows * p)
            row += n_rows
        sets.products.mirror(out, p, stride)
    if stopped:
        raise_pending()
    return gram.T[:p, :p]


def rows_of(Matrix matrix, const Py_ssize_t[::1] columns):
    """The number of entries of these sparse columns in each row."""
    counts = np.zeros(matrix.n_samples, np.intp)
    cdef Py_ssize_t* first = <Py_ssize_t*>address(counts)
    with nogil:
        matrix.operations.count_rows(&matrix.design, &columns[0], columns.shape[0], first)
    return counts


def add_sparse_gram(Matrix matrix, const Py_ssize_t[::1] columns, Py_ssize_t first_new, double[:, :] gram, blocks):
    """gram[a, b] += X_a'SX_b of sparse columns, not centred, for a <= b and b >= first_new.

    blocks lists (first row, stop row, starts of the rows within the block, entries).
    """
    cdef RowBlock block
    cdef Py_ssize_t stride = gram.strides[1] // sizeof(double), since_check = 0
    cdef Py_ssize_t n_entries
    cdef bint stopped
    cursors = np.ascontiguousarray(matrix.arrays[2][np.asarray(columns)], dtype=np.intp)
    block.cursors = <Py_ssize_t*>address(cursors)
    for first_row, stop_row, starts, n_entries in blocks:
        positions, values = np.empty(n_entries, np.int32), np.empty(n_entries)
        block.first_row, block.stop_row = first_row, stop_row
        block.starts = <Py_ssize_t*>address(starts)
        block.positions, block.values = <int32_t*>address(positions), <double*>address(values)
        with nogil:
            matrix.operations.fill_rows(&matrix.design, &columns[0], columns.shape[0], &block)
            sets.products.add_row_products(&block, first_new, &gram[0, 0], stride)
            stopped = interrupted(&since_check, 16 * n_entries)
        if stopped:
            raise_pending()
