# Lives here: folds, held-out errors, the choice of alpha. Must not know: estimators.
"""Cross-validation without copies of X."""
