# Lives here: names of classes in pickles, and their states in those of other versions. Independent of: solvers.
"""Pickles name classes as attributes of `lassocore`, and carry the version that wrote them."""
from __future__ import annotations

import warnings
from inspect import Parameter, signature
from typing import Any, TypeVar

from numpy.lib import NumpyVersion

import lassocore

VERSION = "_lassocore_version"
T = TypeVar("T", bound=type)


def named_in_package(kind: T) -> T:
    """Class decorator: pickles find the class as an attribute of `lassocore`, so its file may move."""
    kind.__module__ = "lassocore"
    return kind


class VersionedState:
    """Pickles carry the version of lassocore that wrote them; a newer one warns, as in scikit-learn."""

    def __getstate__(self) -> dict[str, Any]:
        """The attributes and the version."""
        state: Any = super().__getstate__()     # None without attributes
        return {**(state or {}), VERSION: lassocore.__version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the attributes."""
        state = dict(state)
        warn_if_newer(type(self).__name__, state.pop(VERSION, None))
        self.__dict__.update(state)


class EstimatorState(VersionedState):
    """The same for an estimator: parameters that are missing from a pickle get their defaults."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the attributes, and parameters that are missing to their defaults."""
        super().__setstate__({**default_parameters(type(self)), **state})


def default_parameters(kind: type) -> dict[str, Any]:
    """What the constructor of lassocore's class sets, and the defaults of a class derived from it."""
    own: Any = next(base for base in kind.__mro__ if base.__module__.partition(".")[0] == "lassocore")
    derived = {name: parameter.default for name, parameter in signature(kind).parameters.items()
               if parameter.default is not Parameter.empty}
    return {**vars(own()), **derived}


def warn_if_newer(name: str, written_by: str | None) -> None:
    """Warn of a state written by a later lassocore, or by one whose version cannot be read."""
    if written_by is None or written_by == lassocore.__version__:
        return
    try:
        newer = bool(NumpyVersion(lassocore.__version__) < written_by)
    except (TypeError, ValueError):         # not major.minor.bugfix
        newer = True
    if newer:
        from sklearn.exceptions import InconsistentVersionWarning

        warnings.warn(InconsistentVersionWarning(
            estimator_name=f"lassocore.{name}", current_sklearn_version=lassocore.__version__,
            original_sklearn_version=written_by), stacklevel=3)
