# Lives here: squared error, ||y0 - X w||_s^2 / 2, as solvers and the certificate need it. Independent of: penalties.
#
# A loss is a sum over samples, sum_i s_i f(y_i, z_i) at z = X w. Its file offers, for one sample,
#   value      f(y, z),
#   gradient   df/dz: minus the residual that correlations are taken with,
#   curvature  d2f/dz2, or a bound on it: the weights of a quadratic model, and step sizes,
#   conjugate  f*(y, u) = max over z of u z - f(y, z), for the dual objective.
# Of squared error these are (y - z)^2 / 2, z - y, 1 and u^2 / 2 + u y. As its gradient is linear in z, solvers keep the
# residual up to date instead of z, and the sums over samples need two numbers only: ||r||_s^2 and <r, y0>_s.
from libc.math cimport sqrt

from lassocore.designs.design cimport Design
from lassocore.designs.gram cimport GramF64
from lassocore.designs.types cimport Residual


cdef inline double squared_error(double sq_residual) noexcept nogil:
    """The value: ||r||_s^2 / 2"""
    return 0.5 * sq_residual


cdef inline double fenchel_gap(double sq_residual, double t) noexcept nogil:
    """The share of the loss in the duality gap at the dual point t r: (1 - t)^2 ||r||_s^2 / 2"""
    return 0.5 * (1.0 - t) * (1.0 - t) * sq_residual


cdef inline double dual_scale(
    double fit_product, double sq_residual, double kappa, bint signed_scale
) noexcept nogil:
    """t that maximises the dual objective at t r: <r, y0> / ||r||^2, clipped to where t kappa is within [-1, 1]

    Without signed_scale t is at least 0.
    """
    cdef double t = fit_product / sq_residual if sq_residual > 0.0 else 1.0
    if t * kappa > 1.0:
        return 1.0 / kappa
    if t < 0.0 and not signed_scale:
        return 0.0
    return -1.0 / kappa if t * kappa < -1.0 else t


cdef inline double residual_radius(double gap) noexcept nogil:
    """||r - r*||_s of the optimal residual r* is at most this, as the loss is 1-strongly convex in the residual"""
    return sqrt(2.0 * gap)


cdef inline void residual_products(
    const Design* X, const double* w, const Residual* residual, double* sq_residual, double* fit_product
) noexcept nogil:
    """||r||_s^2 and <r, y0>_s of a folded residual; from a Gram matrix, ||y0||_s^2 - w'(q + c) and ||y0||_s^2 - w'q."""
    cdef double rr = 0.0, ry = 0.0
    cdef const double* u = residual.values
    cdef const double* target = residual.target
    cdef Py_ssize_t i
    if Design is GramF64:
        for i in range(X.n_features):
            rr += w[i] * (target[i] + u[i])
            ry += w[i] * target[i]
        rr = residual.sq_target - rr
        ry = residual.sq_target - ry
    elif X.weights == NULL:
        for i in range(X.n_samples):
            rr += u[i] * u[i]
            ry += u[i] * target[i]
    else:
        for i in range(X.n_samples):
            if X.weights[i] > 0.0:
                rr += u[i] * (u[i] / X.weights[i])
                ry += u[i] * (target[i] / X.weights[i])
    sq_residual[0] = max(rr, 0.0)       # in this order NaN stays NaN, and shows that w is not finite
    fit_product[0] = ry
