# Lives here: one thread for every benchmark, set before NumPy is loaded. Independent of: problems, solvers.
"""Benchmarks of lassocore against scikit-learn, celer and skglm, to an equal measured gap."""
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
