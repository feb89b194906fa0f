# Lives here: paths of alphas and the certificate. Independent of: estimators, files.
"""Regularization paths: one target, many targets, several tasks."""
