# Lives here: general tools. Independent of: models, data, solvers.
"""Threads, interrupts, pickles, checks of arguments, docstrings."""
