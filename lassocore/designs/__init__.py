# Lives here: the design matrix X: storage, moments, scans, Gram matrices. Independent of: y, penalties, alpha.
"""The design matrix X."""
