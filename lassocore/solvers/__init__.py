# Lives here: how the solution at each alpha is found. Independent of: estimators, files.
"""Solvers: coordinate descent, active sets, working sets, Newton steps on supports."""
