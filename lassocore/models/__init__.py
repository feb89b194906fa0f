# Lives here: fitted models outside the process that fitted them. Independent of: how models are fitted, `cli`.
"""Model files, prediction from them, watching a model on new data, preparing tables for a model."""
from lassocore.models.table_preparer import TablePreparer

__all__ = ["TablePreparer"]
