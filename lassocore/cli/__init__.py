# Lives here: the command line. Independent of: estimators' internals.
"""The command line: from tables to models, predictions and reports."""
