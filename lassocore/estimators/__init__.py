# Lives here: the estimators. Independent of: storage, kernels.
"""Estimators with scikit-learn's conventions."""
