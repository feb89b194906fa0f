# Lives here: a design, a loss and a penalty, checked once. Must not know: alpha, solvers.
"""Problems: a design with a loss and a penalty, checked once."""
