# Lives here: paths of alphas and the certificate. Must not know: estimators, files.
"""Regularization paths: one target, many targets, several tasks."""
