# Lives here: the command line and its files. Must not know: estimators' internals.
"""The command line: tables in, models and predictions out."""
