# Lives here: the design matrix X: storage, moments, scans, Gram matrices. Must not know: y, penalties, alpha.
"""The design matrix X."""
