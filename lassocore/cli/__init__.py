# Lives here: the command line and its files. Independent of: estimators' internals.
"""The command line: from tables to models and predictions."""
