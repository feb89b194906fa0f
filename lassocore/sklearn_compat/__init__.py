# Lives here: what takes the place of scikit-learn's functions and classes. Must not know: the command line.
"""In scikit-learn's place: paths, kernels, replacements of classes."""
