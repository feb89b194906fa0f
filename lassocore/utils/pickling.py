# Lives here: what a pickle holds beside attributes, and what one of another version lacks. Independent of: solvers.
"""States of pickles: the version that wrote them, and defaults for parameters that it did not have."""
from __future__ import annotations

import warnings
from inspect import Parameter, signature
from typing import Any

from numpy.lib import NumpyVersion

import lassocore

VERSION = "_lassocore_version"


class VersionedState:
    """Pickles carry the version of lassocore that wrote them; one newer than this warns as scikit-learn's do."""

    def __getstate__(self) -> dict[str, Any]:
        """The attributes and the version."""
        state: Any = super().__getstate__()     # None without attributes
        return {**(state or {}), VERSION: lassocore.__version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the attributes."""
        state = dict(state)
        warn_if_newer(type(self).__name__, state.pop(VERSION, None))
        self.__dict__.update(state)


class EstimatorState(VersionedState):
    """The same for an estimator: parameters that its pickle does not know get their defaults."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the attributes, and defaults for parameters that are missing."""
        super().__setstate__({**default_parameters(type(self)), **state})


def default_parameters(kind: type) -> dict[str, Any]:
    """What the constructor of lassocore's class sets, and the defaults of a class that somebody derived from it."""
    own: Any = next(base for base in kind.__mro__ if base.__module__.startswith("lassocore."))
    derived = {name: parameter.default for name, parameter in signature(kind).parameters.items()
               if parameter.default is not Parameter.empty}
    return {**vars(own()), **derived}


def warn_if_newer(name: str, written_by: str | None) -> None:
    """An InconsistentVersionWarning where a later lassocore wrote the state, or one whose version cannot be read."""
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
