# Lives here: a design, a loss and a penalty, checked once. Independent of: alpha, solvers.
"""Problems: a design with a loss and a penalty, checked once."""
