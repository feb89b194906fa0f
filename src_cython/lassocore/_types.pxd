# Lives here: the number types and the residual that every storage shares. Must not know: storage, penalties.

ctypedef fused real:
    double
    float


cdef struct Residual:
    # The weighted residual s * (y0 - X w) is values + s * offset; the scalar offset is the part of the intercept that
    # sparse updates leave behind (docs/math.md, section 3). Gram storage keeps X'(s r) here instead.
    double* values
    double offset
    const double* target     # values at w = 0
    double sq_target         # ||y0||_s^2
