# Lives here: what takes the place of scikit-learn's functions and classes. Independent of: the command line.
"""In scikit-learn's place: paths, kernels, replacements of classes."""
