# Lives here: how the solution at each alpha is found. Must not know: estimators, files.
"""Solvers: coordinate descent, active sets, working sets, Newton steps on supports."""
