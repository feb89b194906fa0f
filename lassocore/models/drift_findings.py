# Lives here: what monitoring compares, and where drift begins. Independent of: how it is computed, reports.
"""The findings of a comparison with new data: of a feature, of the error, of a refit."""
from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

STABLE, WATCH, DRIFT = STATES = ("stable", "watch", "drift")


@dataclass(frozen=True)
class Thresholds:
    """Limits from which on a difference counts as drift.

    Shifts of features count only where they exceed what chance explains as well.

    Parameters
    ----------
    mean_shift : float, default=0.25
        Standardised mean difference, in size. 0.25 after Rubin (2001) and Stuart (2010).
    watch_mean_shift : float, default=0.1
        From here on "watch": 0.1 after Austin (2009).
    variance_ratio : float, default=2.0
        Ratio of the variances, or its inverse. 2 after Rubin (2001).
    psi : float, default=0.25
        Population stability index. 0.25 after Lewis (1994) and Siddiqi (2006).
    watch_psi : float, default=0.1
        From here on "watch": 0.1 after the same.
    missing : float, default=0.05
        Share of the rows without a value.
    unseen : float, default=0.05
        Share of the rows with a category that the training data did not have.
    error_ratio : float, default=1.25
        Mean squared error over that of validation or training; counts if the interval is above 1 as well.
    coef_change : float, default=0.5
        Relative change of the standardised coefficients on a refit.
    level : float, default=0.01
        Probability of a false alarm by chance over all comparisons of features together (Bonferroni).
    confidence : float, default=0.95
        Of the intervals of errors.

    See Also
    --------
    lassocore.monitor : Has the parameter ``thresholds``.

    Notes
    -----
    The limits of missing, unseen, error_ratio, coef_change, level and confidence are choices of this library.

    References
    ----------
    * Rubin (2001), Using propensity scores to help design observational studies, Health Services and Outcomes Research
      Methodology 2(3).
    * Stuart (2010), Matching methods for causal inference, Statistical Science 25(1).
    * Austin (2009), Balance diagnostics for comparing the distribution of baseline covariates, Statistics in Medicine
      28(25).
    * Lewis (1994), An introduction to credit scoring, Athena Press.
    * Siddiqi (2006), Credit risk scorecards, Wiley.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load, monitor
    >>> from lassocore.models import Thresholds
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.2).fit(X, X[:, 0]).save(f"{folder}/model.json", X, X[:, 0])
    ...     model = load(f"{folder}/model.json")
    >>> wider = Thresholds(mean_shift=0.5, psi=0.5)
    >>> monitor(model, X + 0.4).drifted, monitor(model, X + 0.4, thresholds=wider).drifted
    (True, False)
    """

    mean_shift: float = 0.25
    watch_mean_shift: float = 0.1
    variance_ratio: float = 2.0
    psi: float = 0.25
    watch_psi: float = 0.1
    missing: float = 0.05
    unseen: float = 0.05
    error_ratio: float = 1.25
    coef_change: float = 0.5
    level: float = 0.01
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float)) or not value >= 0.0:
                raise ValueError(f"{limit.name}={value!r} must be a number of at least 0")
        for name in ("level", "confidence"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"{name}={getattr(self, name)!r} must be within 0 and 1")


@dataclass(frozen=True)
class FeatureDrift:
    """How an active feature differs between the training data and new data.

    Attributes
    ----------
    feature : int
        Index.
    name : str
        Name; x0, x1, ... without names.
    coef : float
        Coefficient.
    mean, new_mean : float
        Means of the training and of the new data.
    sd : float
        Standard deviation of the training data.
    mean_shift : float
        ``(new_mean - mean) / sd``.
    variance_ratio : float
        New variance over that of the training data.
    psi : float
        Population stability index, ``sum_b (q_b - p_b) log(q_b / p_b)``.
    missing : float
        Share of the rows without a value.
    state : str
        "stable", "watch" or "drift".
    reasons : tuple of str
        Which statistics made it so.

    See Also
    --------
    DriftReport : Has one for each active feature.

    References
    ----------
    * Siddiqi (2006), Credit risk scorecards, Wiley, for the population stability index.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load, monitor
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.2).fit(X, X[:, 0]).save(f"{folder}/model.json", X, X[:, 0])
    ...     model = load(f"{folder}/model.json")
    >>> [feature] = monitor(model, 2.0 * X).features
    >>> feature.name, round(feature.variance_ratio, 6), feature.state
    ('x0', 4.0, 'drift')
    """

    feature: int
    name: str
    coef: float
    mean: float
    new_mean: float
    sd: float
    mean_shift: float
    variance_ratio: float
    psi: float
    missing: float
    state: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ErrorDrift:
    """The error on new labelled data against that of validation or training.

    Attributes
    ----------
    n_samples : int
        Rows with a prediction.
    mean_squared_error : float
        Of the new data.
    interval : tuple of two floats
        Interval of it: plus and minus t times the standard error of the mean of the squared residuals, with t the
        quantile of Student's distribution with n_samples - 1 degrees of freedom; with weights s, (sum s)^2 / sum s^2
        stands for n_samples. One row has no spread: its intervals are unlimited.
    bias : float
        Mean of y minus prediction.
    bias_interval : tuple of two floats
        Interval of it, likewise.
    reference : str or None
        "validation" (cross-validation, at the alpha that it chose) or "training"; None if the model has neither, or
        about as many parameters as training rows.
    reference_error : float or None
        Mean squared error of the reference. The errors on n training rows are smaller than those on new ones; so they
        are multiplied by ``(n + 1) (n - 2) / ((n - d) (n - d - 1))``, with d the active features and the intercept
        (Hocking 1976, for random normal features).
    ratio : float or None
        New over reference.
    ratio_interval : tuple of two floats, or None
        ``ratio * exp(+-sqrt((t se/mse)^2 + (z se_ref/mse_ref)^2))``: the delta method for the logarithm, z of the
        normal distribution.
    drifted : bool
        Whether the ratio exceeds its threshold and its interval is above 1.

    See Also
    --------
    DriftReport : Has one as ``error``.

    References
    ----------
    * Hocking (1976), The analysis and selection of variables in linear regression, Biometrics 32(1).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load, monitor
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.2).fit(X, X[:, 0]).save(f"{folder}/model.json", X, X[:, 0])
    ...     model = load(f"{folder}/model.json")
    >>> error = monitor(model, X, 2.0 * X[:, 0]).error
    >>> error.reference, error.drifted, error.ratio_interval[0] > 1.0
    ('training', True, True)
    """

    n_samples: int
    mean_squared_error: float
    interval: tuple[float, float]
    bias: float
    bias_interval: tuple[float, float]
    reference: str | None
    reference_error: float | None
    ratio: float | None
    ratio_interval: tuple[float, float] | None
    drifted: bool


@dataclass(frozen=True)
class RefitDrift:
    """The model fitted to the new data at the same alpha, against the old one.

    Attributes
    ----------
    alpha : float
        The alpha of both.
    entered, left : tuple of str
        Features that are active in the new model only, and in the old one only.
    signs_changed : tuple of str
        Features whose coefficients have changed their sign.
    support_overlap : float
        Features active in both over features active in either (Jaccard index); 1 if there are none.
    coef_change : float
        ``||D (w_new - w)||_2 / ||D w||_2`` with D the standard deviations of the new data.
    coefs : dict
        Name to (old coefficient, new coefficient), of the features active in either.
    converged : bool
        Whether the refit met its tolerance.
    drifted : bool
        Whether coef_change exceeds its threshold.

    See Also
    --------
    DriftReport : Has one as ``refit``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from lassocore import Lasso, load, monitor
    >>> X = np.random.default_rng(0).standard_normal((200, 3))
    >>> with TemporaryDirectory() as folder:
    ...     Lasso(alpha=0.2).fit(X, X[:, 0]).save(f"{folder}/model.json", X, X[:, 0])
    ...     model = load(f"{folder}/model.json")
    >>> refit = monitor(model, X, X[:, 1], refit=True).refit
    >>> refit.entered, refit.left, refit.support_overlap
    (('x1',), ('x0',), 0.0)
    """

    alpha: float
    entered: tuple[str, ...]
    left: tuple[str, ...]
    signs_changed: tuple[str, ...]
    support_overlap: float
    coef_change: float
    coefs: dict[str, tuple[float, float]]
    converged: bool
    drifted: bool
