# Lives here: scikit-learn's estimators. Independent of: storage, kernels.
"""Estimators of scikit-learn."""
