# Lives here: which features are selected, and how sure that is. Independent of: pictures, model files.
"""Stability selection, stand-ins of selected features, reports."""
from lassocore.selection.bounds import false_selection_bound
from lassocore.selection.stability import StabilitySelection

__all__ = ["StabilitySelection", "false_selection_bound"]
