# Lives here: which features are selected, and how sure that is. Independent of: pictures, model files.
"""Stability selection, stand-ins of selected features, reports."""
