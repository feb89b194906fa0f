# Lives here: the losses. Must not know: penalties, solvers.
"""Losses: how far predictions are from y."""
