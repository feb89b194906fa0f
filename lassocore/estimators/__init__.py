# Lives here: scikit-learn's estimators. Must not know: storage, kernels.
"""Estimators of scikit-learn."""
