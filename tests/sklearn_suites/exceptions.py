# Lives here: the tests of scikit-learn that lassocore is allowed to fail, and why. Independent of: how they are run.
"""At most ten tests, none of which is about a result that a user sees. An entry that passes is an error."""

LINEAR = "linear_model/tests/test_coordinate_descent.py::"

REFITS_WITH_PRIVATE = "looks whether LassoCV refits with a class that it finds under its name in a private module"
MEASURES_ROUNDING = (
    "compares the gap to seven digits with a difference of two sums that agree to fifteen: the fit is exact")

FITS_WHAT_OVERFLOWS = "expects an error where squares of X overflow, which lassocore fits on a scaled copy"
STOPS_ON_THE_WAY = (
    "expects two fits of five epochs to end, not converged, where one fit of ten does: iterates of another algorithm")

EXCEPTIONS = {
    "classes": {
        LINEAR + "test_enet_nonfinite_params": FITS_WHAT_OVERFLOWS,
        LINEAR + "test_enet_copy_X_False_check_input_False": "asks that the caller's X be overwritten",
        LINEAR + "test_lassoCV_does_not_set_precompute[True-True]": REFITS_WITH_PRIVATE,
        LINEAR + "test_lassoCV_does_not_set_precompute[auto-False]": REFITS_WITH_PRIVATE,
        LINEAR + "test_lassoCV_does_not_set_precompute[False-False]": REFITS_WITH_PRIVATE,
        LINEAR + "test_lasso_dual_gap": MEASURES_ROUNDING,
        LINEAR + "test_warm_start_multitask_lasso": STOPS_ON_THE_WAY,
    },
    "kernels": {
        LINEAR + "test_lasso_dual_gap": MEASURES_ROUNDING,
        LINEAR + "test_warm_start_multitask_lasso": STOPS_ON_THE_WAY,
    },
}
