# Lives here: folds, held-out errors, the choice of alpha. Independent of: estimators.
"""Cross-validation without copies of X."""
