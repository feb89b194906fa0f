# Lives here: tools that are independent of models and data. Independent of: what they are used for.
"""Threads, interrupts, pickles, checks of arguments, docstrings."""
