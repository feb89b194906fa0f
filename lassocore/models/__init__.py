# Lives here: fitted models outside the process that fitted them. Independent of: how models are fitted, `cli`.
"""Tables prepared for a model, model files, prediction from them, export, and watching a model on new data.

Preparing data
    TablePreparer                                       from a table of numbers, text and dates to features

Model files
    load, Model, ModelFileError                         a saved model
    Training, DataWindow, ErrorRecord,
    EstimatorSettings, CrossValidationRecord            what it records of its fit

Prediction
    Predictor                                           of single rows and of millions

Watching
    monitor, DriftReport, FeatureDrift, ErrorDrift,
    RefitDrift, Thresholds                              new data against those of the fit
    profile_of, FeatureProfile                          the distribution of the active features
"""
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lassocore.models.drift_findings import ErrorDrift, FeatureDrift, RefitDrift, Thresholds
    from lassocore.models.drift_report import DriftReport
    from lassocore.models.feature_profile import FeatureProfile, profile_of
    from lassocore.models.json_parts import ModelFileError
    from lassocore.models.model import Model
    from lassocore.models.model_file import load
    from lassocore.models.monitoring import monitor
    from lassocore.models.predictor import Predictor
    from lassocore.models.records import CrossValidationRecord, DataWindow, ErrorRecord, EstimatorSettings, Training
    from lassocore.models.table_preparer import TablePreparer

_HOMES = {
    "load": "model_file",
    "Model": "model",
    "ModelFileError": "json_parts",
    "Training": "records",
    "DataWindow": "records",
    "ErrorRecord": "records",
    "EstimatorSettings": "records",
    "CrossValidationRecord": "records",
    "Predictor": "predictor",
    "monitor": "monitoring",
    "DriftReport": "drift_report",
    "FeatureDrift": "drift_findings",
    "ErrorDrift": "drift_findings",
    "RefitDrift": "drift_findings",
    "Thresholds": "drift_findings",
    "profile_of": "feature_profile",
    "FeatureProfile": "feature_profile",
    "TablePreparer": "table_preparer",
}

__all__ = [
    "CrossValidationRecord", "DataWindow", "DriftReport", "ErrorDrift", "ErrorRecord", "EstimatorSettings",
    "FeatureDrift", "FeatureProfile", "Model", "ModelFileError", "Predictor", "RefitDrift", "TablePreparer",
    "Thresholds", "Training", "load", "monitor", "profile_of",
]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'lassocore.models' has no attribute {name!r}")
    value = getattr(import_module(f"lassocore.models.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
