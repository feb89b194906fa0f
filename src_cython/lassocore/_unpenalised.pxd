# Lives here: the exact solve of the block of unpenalised columns. Must not know: penalties of the others, convergence.
from lassocore._design cimport Design, column_axpy, column_dot
from lassocore._epoch cimport cd_epoch
from lassocore._penalty cimport Penalty
from lassocore._types cimport Residual

cdef enum:
    REFINEMENTS = 3
    BOUNDED_EPOCHS = 1000


cdef struct Unpenalised:
    const Py_ssize_t* columns
    Py_ssize_t n_columns
    const double* root          # (n_columns, rank), C order: root root' is the pseudo-inverse of the block's Gram
                                # matrix; NULL where the block has bounds
    Py_ssize_t rank
    double* correlations        # n_columns numbers to work in
    double* rotated             # rank numbers to work in


cdef inline void apply_pseudo_inverse(const Unpenalised* block) noexcept nogil:
    """correlations <- root root' correlations"""
    cdef Py_ssize_t k, m
    for m in range(block.rank):
        block.rotated[m] = 0.0
    for k in range(block.n_columns):
        for m in range(block.rank):
            block.rotated[m] += block.root[k * block.rank + m] * block.correlations[k]
    for k in range(block.n_columns):
        block.correlations[k] = 0.0
        for m in range(block.rank):
            block.correlations[k] += block.root[k * block.rank + m] * block.rotated[m]


cdef inline void solve_unpenalised(
    const Design* X, const Unpenalised* block, const Penalty* penalty, double* w, Residual* residual,
    const double* sq_norms,
) noexcept nogil:
    """w_U <- argmin ||r||_s^2 over the block, within its bounds, by refined least squares or coordinate descent."""
    cdef Py_ssize_t k
    cdef int _round
    if block.n_columns == 0:
        return
    if block.root == NULL:
        for _round in range(BOUNDED_EPOCHS):
            if cd_epoch(X, penalty, w, residual, sq_norms, block.columns, block.n_columns) <= (
                    1e-30 * residual.sq_target):
                return
        return
    for _round in range(REFINEMENTS):
        for k in range(block.n_columns):
            block.correlations[k] = column_dot(X, block.columns[k], residual)
        apply_pseudo_inverse(block)
        for k in range(block.n_columns):
            w[block.columns[k]] += block.correlations[k]
            column_axpy(X, block.columns[k], -block.correlations[k], residual)
