# Lives here: pictures of fits. Independent of: how models are fitted, data files.
"""Displays drawn with matplotlib."""
