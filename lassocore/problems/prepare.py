# Lives here: the public preparation of X for many fits. Independent of: y, penalties, solvers.
"""X is checked and measured once, and its Gram matrix kept, for fits that differ in y, alpha or penalty."""
from __future__ import annotations

from contextlib import suppress

from lassocore.datafits.sample_weight import as_sample_weight, weight_unit
from lassocore.designs.canonical import as_canonical, check_not_empty
from lassocore.designs.feature_names import names_of
from lassocore.designs.prepared import PreparedDesign, weights_for
from lassocore.utils.arguments import check_flag
from lassocore.utils.powers_of_two import OutOfRange
from lassocore.utils.threads import check_n_threads, thread_pool
from lassocore.utils.unknown_keywords import with_hints


@with_hints
def prepare(X, *, sample_weight=None, fit_intercept: bool = True, n_threads: int = 1) -> PreparedDesign:
    """Check and measure X for many fits.

    The result takes the place of X in `fit_path`, `fit_many`, `fit_multi_task_path`, `fit_constrained`, `alpha_max` and
    `duality_gap`, and brings its weights along. In `fit_path` and `fit_many` a fit then computes the products of the
    columns with y and no more: checks, means and norms are known, and a Gram matrix of all columns, where the method
    uses one, is kept from the first fit on. `fit_multi_task_path` and `fit_constrained` save the checks alone.
    Solutions are those of X itself up to rounding, with the same certificates.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        As in `fit_path`. X is kept, not copied, where `fit_path` would not copy it; it must not change afterwards.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the fits, which need not be repeated there. A fit with other weights is allowed; it measures X anew.
    fit_intercept : bool, default=True
        Which fits to prepare for. The other kind is measured at its first fit.
    n_threads : int, default=1
        Threads that share the pass over X; -1 for all processors that the process may use.

    Returns
    -------
    PreparedDesign
        X with what is known of it.

    Raises
    ------
    ValueError
        NaN or infinity in X or sample_weight, columns that hold no numbers, no sample or no feature, a sparse X whose
        arrays contradict each other.

    See Also
    --------
    fit_many : Many targets in one call, which is faster still.

    Notes
    -----
    Memory: 8 bytes for each feature twice, and for each pair of features once a Gram matrix was formed.

    Where columns outnumber rows by far, fits take working sets of columns, and a second fit takes as long as the first:
    its time goes into products of all columns with residuals of the new y. Copies of the columns of a working set and
    their products are 4 to 12 % of a path of 100 alphas (300 x 20,000, 500 x 5,000), too little to be worth keeping.

    References
    ----------
    Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent,
    section 2.2, on fits from X'X.

    Examples
    --------
    Nested models, permutations of y, a loop of reweighted penalties: the same X again and again.

    >>> import numpy as np
    >>> from lassocore import fit_path, prepare
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((500, 20))
    >>> y = X[:, 3] - X[:, 7] + rng.standard_normal(500)
    >>> prepared = prepare(X)
    >>> prepared
    <PreparedDesign: 500 samples, 20 features>
    >>> np.flatnonzero(fit_path(prepared, y, alphas=[0.3]).coefs[:, 0])
    array([3, 7])
    >>> shuffled = [fit_path(prepared, rng.permutation(y), alphas=[0.3]) for _ in range(20)]
    >>> max(int(path.n_nonzero[0]) for path in shuffled)
    0
    """
    check_flag("fit_intercept", fit_intercept)
    check_n_threads(n_threads)
    sample_weight = weights_for(X, sample_weight)
    names, canonical = names_of(X), as_canonical(X)
    n_samples = check_not_empty(canonical)
    prepared = PreparedDesign(
        canonical, as_sample_weight(sample_weight, n_samples), weight_unit(sample_weight), names)
    with thread_pool(n_threads) as pool, suppress(OutOfRange):      # fits scale their own copy
        prepared.design(fit_intercept, pool)
    return prepared
