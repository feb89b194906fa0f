# Lives here: the penalties. Independent of: X, losses, solvers.
"""Penalties: factors, bounds, and what alpha makes of them."""
