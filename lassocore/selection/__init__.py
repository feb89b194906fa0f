# Lives here: which features are selected, and how sure that is. Independent of: pictures, model files.
"""Stability selection, stand-ins of selected features, reports.

    StabilitySelection                              features that are selected on most random halves of the rows
    false_selection_bound                           how many of them are expected to be false, at most
    cross_validate_selection, SelectionScores       the error of a selection together with the fit that follows it
    selection_report, SelectionReport, Removal      strength, certainty and alternatives of the selected features
    stand_ins, StandIn                              the features correlated with a selected one
    variance_inflation                              collinearity among the selected features
"""
from lassocore.selection.bounds import false_selection_bound
from lassocore.selection.correlations import StandIn, stand_ins, variance_inflation
from lassocore.selection.removal import Removal
from lassocore.selection.report import selection_report
from lassocore.selection.report_table import SelectionReport
from lassocore.selection.stability import StabilitySelection
from lassocore.selection.validation import SelectionScores, cross_validate_selection

__all__ = [
    "Removal",
    "SelectionReport",
    "SelectionScores",
    "StabilitySelection",
    "StandIn",
    "cross_validate_selection",
    "false_selection_bound",
    "selection_report",
    "stand_ins",
    "variance_inflation",
]
