# Lives here: the penalties. Must not know: X, losses, solvers.
"""Penalties: factors, bounds, and what alpha makes of them."""
