# Lives here: the command line and its files. Independent of: estimators' internals.
"""The command line: tables in, models and predictions out."""
