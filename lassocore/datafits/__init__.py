# Lives here: the losses. Independent of: penalties, solvers.
"""Losses: how far predictions are from y."""
