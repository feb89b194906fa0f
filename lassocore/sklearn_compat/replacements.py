# Lives here: stand-ins for scikit-learn's classes and functions. Independent of: the modules they are put in, solvers.
"""lassocore's estimators and paths with scikit-learn's checks and warnings, and its kernels with a fallback.

The classes are derived from lassocore's, under the same names: pickles of estimators need lassocore, but no patch.
"""
from __future__ import annotations

import functools
import inspect
import logging
import warnings
from abc import ABCMeta
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import sklearn
from sklearn.base import _fit_context
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils._param_validation import StrOptions

import lassocore
from lassocore.problems.problem import OutOfRange
from lassocore.sklearn_compat.kernels import KERNELS, NotCovered
from lassocore.solvers.settings import SELECTIONS

CLASSES = ("Lasso", "ElasticNet", "LassoCV", "ElasticNetCV", "MultiTaskLasso", "MultiTaskElasticNet",
           "MultiTaskLassoCV", "MultiTaskElasticNetCV")
PATHS = ("enet_path", "lasso_path")
PICKLED_AS = "lassocore.sklearn_patch"      # the module that pickles name
HOME, KERNELS_HOME = "sklearn.linear_model._coordinate_descent", "sklearn.linear_model._cd_fast"

log = logging.getLogger("lassocore")


class _PatchedMeta(ABCMeta):
    """isinstance of a stand-in holds for lassocore's class and for scikit-learn's of the same name as well."""

    counterparts: tuple[type, ...]

    def __subclasscheck__(cls, subclass):
        return issubclass(subclass, cls.__dict__.get("counterparts", ())) or super().__subclasscheck__(subclass)


def class_stand_in(name: str) -> type | None:
    """A subclass of lassocore's class, which pickles find in `lassocore.sklearn_patch`.

    None where lassocore has no such class, or lacks parameters of scikit-learn's in this version.
    """
    own, original = getattr(lassocore, name, None), getattr(import_module(HOME), name)
    if own is None:
        return None
    known = set(inspect.signature(own).parameters)
    missing = set(inspect.signature(original).parameters) - known
    if missing:
        log_fallback(name, f"lassocore's has no {missing}")
        return None
    constraints = {parameter: original._parameter_constraints.get(parameter, "no_validation") for parameter in known}
    constraints["selection"] = [StrOptions(set(SELECTIONS))]
    return _PatchedMeta(name, (own,), {
        "__module__": PICKLED_AS, "__doc__": own.__doc__, "counterparts": (own, original), "fit": fit_stand_in(own),
        "__setstate__": setstate_stand_in(own), "_parameter_constraints": constraints, "_exact": True})


def setstate_stand_in(own: type) -> Callable[..., None]:
    """__setstate__ that also reads states of scikit-learn's class, and warns of other versions as that does."""
    take: Any = own.__setstate__        # type: ignore[attr-defined]

    @functools.wraps(take)
    def __setstate__(self, state):
        state = dict(state)
        version = state.pop("_sklearn_version", sklearn.__version__)
        if version != sklearn.__version__:
            warnings.warn(InconsistentVersionWarning(
                estimator_name=type(self).__name__, current_sklearn_version=sklearn.__version__,
                original_sklearn_version=version), stacklevel=2)
        take(self, state)

    return __setstate__


def fit_stand_in(own: type) -> Callable[..., Any]:
    """fit with scikit-learn's parameter validation, errors and warnings."""
    fit: Any = own.fit      # type: ignore[attr-defined]

    @_fit_context(prefer_skip_nested_validation=True)
    @functools.wraps(fit)
    def as_in_sklearn(self, X, y, *args, **options):
        if hasattr(self, "alpha") and "check_input" in accepted:
            named = dict(zip(("sample_weight", "check_input"), args, strict=False), **options)
            promised = not named.get("check_input", True) and named.get("sample_weight") is None
            check_as_sklearn(self.alpha, X, promised)
        try:
            return fit(self, X, y, *args, **options)
        except OutOfRange as error:
            raise ValueError(
                f"Coordinate descent iterations resulted in non-finite parameter values: {error}") from error

    accepted = inspect.signature(fit).parameters
    return as_in_sklearn


def check_as_sklearn(alpha: float, X, promised: bool) -> None:
    """scikit-learn's warning of alpha = 0, and its error where check_input=False is not justified."""
    if alpha == 0:
        warnings.warn("With alpha=0, this algorithm does not converge well. You are advised to use the "
                      "LinearRegression estimator", UserWarning, stacklevel=3)
    if promised and isinstance(X, np.ndarray) and not X.flags.f_contiguous:
        raise ValueError("X is not Fortran contiguous, which check_input=False promises; use check_input=True")


def path_stand_in(name: str) -> Callable[..., Any]:
    """lassocore's path function; calls with arguments that it lacks go to scikit-learn's."""
    own, original = getattr(lassocore, name), getattr(import_module(HOME), name)
    known = inspect.signature(own).parameters
    count = inspect.signature(original).parameters.get("n_alphas")
    default = None if count is None else count.default          # a number before scikit-learn 1.9

    @functools.wraps(original)
    def path(X, y, **options):
        unknown = [option for option in options if option not in known]
        if unknown:
            log_fallback(name, f"unknown arguments {unknown}")
            return original(X, y, **options)
        if isinstance(default, int) and options.get("alphas") is None:
            options = {**options, "alphas": options.pop("n_alphas", default)}
        return own(X, y, **options)

    path.__module__, path.__doc__ = PICKLED_AS, own.__doc__
    return path


def kernel_stand_in(name: str, solve: Callable[[dict], tuple], arguments: tuple[str, ...], original):
    """A kernel of lassocore that falls back to scikit-learn's where a call is not covered."""
    @functools.wraps(original)
    def kernel(*args, **given):
        named = dict(zip(arguments, args, strict=False), **given) if args else given
        try:
            return solve(named)
        except NotCovered as reason:
            log_fallback(name, reason)
        return original(*args, **given)

    return kernel


def log_fallback(name: str, reason) -> None:
    """Log that scikit-learn's own function runs, and why."""
    log.debug("%s: scikit-learn's own runs: %s", name, reason)


def kernels() -> dict[str, tuple[Any, Any]]:
    """Name -> (scikit-learn's, stand-in) of the kernels that take the arguments expected here."""
    home, found = import_module(KERNELS_HOME), {}
    for name, (solve, needed) in KERNELS.items():
        original = getattr(home, name, None)
        arguments = () if original is None else tuple(inspect.signature(original).parameters)
        if needed.issubset(arguments):
            found[name] = original, kernel_stand_in(name, solve, arguments, original)
        else:
            log_fallback(name, f"this version takes {arguments}")
    return found


def estimators() -> dict[str, tuple[Any, Any]]:
    """Name -> (scikit-learn's, stand-in) of the classes and path functions."""
    home = import_module(HOME)
    return {name: (getattr(home, name), globals()[name]) for name in (*CLASSES, *PATHS) if name in globals()}


globals().update({name: stand_in for name in CLASSES if (stand_in := class_stand_in(name)) is not None})
globals().update({name: path_stand_in(name) for name in PATHS})


def __getattr__(name):
    """lassocore's own class, for pickles from an environment whose scikit-learn had a stand-in that this one lacks."""
    if name in CLASSES:
        return getattr(lassocore, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
