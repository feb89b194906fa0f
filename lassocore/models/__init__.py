# Lives here: fitted models outside the process that fitted them. Independent of: how models are fitted, `cli`.
"""Model files, prediction from them, export, and watching a model on new data."""
