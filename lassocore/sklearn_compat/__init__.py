# Lives here: replacements of scikit-learn's functions and classes. Independent of: the command line.
"""Path functions, kernels and classes in the place of scikit-learn's."""
