# Lives here: pictures of fits. Independent of: how models are fitted, data files.
"""Displays drawn with matplotlib, by the conventions of scikit-learn's displays.

    PathDisplay                 coefficients along a path
    CVDisplay                   errors of cross-validation
    StabilityDisplay            selection frequencies of the features along a path
    ConvergenceDisplay          objective, duality gap and nonzeros, epoch by epoch
"""
from lassocore.plots.convergence_display import ConvergenceDisplay
from lassocore.plots.cv_display import CVDisplay
from lassocore.plots.path_display import PathDisplay
from lassocore.plots.stability_display import StabilityDisplay

__all__ = ["CVDisplay", "ConvergenceDisplay", "PathDisplay", "StabilityDisplay"]
