# Lives here: patch_sklearn, which exchanges names in scikit-learn's modules. Independent of: solvers.
"""scikit-learn's coordinate descent models on lassocore, without changing an import.

``python -m lassocore.sklearn_patch script.py arguments...`` and ``python -m lassocore.sklearn_patch -m module
arguments...`` run a program under the patch.
"""
from __future__ import annotations

import os
import runpy
import sys
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import Any

from lassocore.utils.arguments import check_flag

_lock = RLock()
if hasattr(os, "register_at_fork"):     # so that no child inherits a lock that is held, or half of the exchange
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
_active: dict[Patch, int] = {}          # patches in effect, and how many of their blocks are open
_exchanged: dict[str, dict[str, tuple[Any, Any]]] = {}      # kind -> name -> (scikit-learn's, lassocore's), now
KEEPS = {"estimators": "sklearn.linear_model._coordinate_descent", "kernels": None}     # where pickles find classes
USAGE = "usage: python -m lassocore.sklearn_patch (script.py | -m module) [arguments ...]"


class Patch:
    """The patch that `patch_sklearn` returns; in a ``with`` statement it ends with the block."""

    def __init__(self, estimators: bool, kernels: bool):
        self.kinds = {"estimators": estimators, "kernels": kernels}

    def __enter__(self) -> Patch:
        with _lock:
            _active[self] = _active.get(self, 0) + 1
            _exchange()
        return self

    def __exit__(self, *exception) -> None:
        with _lock:
            if self not in _active:     # unpatch_sklearn has ended all blocks
                return
            _active[self] -= 1
            if _active[self] <= 0:
                del _active[self]
                _exchange()


def patch_sklearn(*, estimators: bool = True, kernels: bool = True) -> Patch:
    """Run scikit-learn's coordinate descent models on lassocore.

    From now on, until `unpatch_sklearn` or the end of a ``with patch_sklearn():`` block, in the whole process:

    * *estimators*: ``Lasso``, ``ElasticNet``, ``LassoCV``, ``ElasticNetCV``, their ``MultiTask`` forms, ``lasso_path``
      and ``enet_path`` in scikit-learn's modules are lassocore's, with the same parameters and attributes, and those
      that lassocore adds. Dictionary learning's ``lasso_cd`` and ``SparseCoder`` use them.
    * *kernels*: the coordinate descent functions that scikit-learn's own estimators call run on lassocore: estimators
      made before the patch, graphical lasso.

    They minimise the same objectives, to the same tolerance or better, with a duality gap that is computed by
    lassocore. Calls that lassocore does not cover go to scikit-learn's own functions, which the logger "lassocore"
    reports at level DEBUG.

    Parameters
    ----------
    estimators : bool, default=True
        Whether the classes and path functions are exchanged.
    kernels : bool, default=True
        Whether the functions below scikit-learn's own estimators are exchanged.

    Returns
    -------
    Patch
        A context manager, already in effect.

    Raises
    ------
    ValueError
        A flag that is not True or False.

    See Also
    --------
    unpatch_sklearn : End every patch.

    Notes
    -----
    Names that a program imported from scikit-learn before stay what they are: patch first, import afterwards. Processes
    started later by joblib's loky are not patched, but run lassocore's estimators all the same. Calls may be repeated
    and blocks be nested, those of one `Patch` as well: the patch lasts until the last block has ended, or until
    `unpatch_sklearn`.

    The module that defines scikit-learn's classes keeps them, because pickle looks them up there. So estimators made
    before the patch can be pickled, copied and sent to workers, and scikit-learn's own pickles load as what they are.
    Pickles of estimators made under the patch need lassocore, but no patch.

    Examples
    --------
    >>> import sklearn.linear_model
    >>> from lassocore import patch_sklearn
    >>> with patch_sklearn():
    ...     model = sklearn.linear_model.Lasso(alpha=0.1).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> model
    Lasso(alpha=0.1)
    >>> isinstance(model, sklearn.linear_model.Lasso)       # the patch has ended: this is scikit-learn's again
    False
    """
    check_flag("estimators", estimators)
    check_flag("kernels", kernels)
    import_module("lassocore.sklearn_compat.replacements")      # before the lock is taken: imports have their own
    patch = Patch(bool(estimators), bool(kernels))
    with _lock:
        _active[patch] = 0
        _exchange()
    return patch


def unpatch_sklearn() -> None:
    """End every patch of scikit-learn: each name of its modules is what it was.

    Estimators that were made under the patch stay lassocore's, fitted or not.

    See Also
    --------
    patch_sklearn : Begin one.

    Examples
    --------
    >>> import sklearn.linear_model
    >>> from lassocore import patch_sklearn, unpatch_sklearn
    >>> before, _ = sklearn.linear_model.Lasso, patch_sklearn()
    >>> unpatch_sklearn()
    >>> sklearn.linear_model.Lasso is before
    True
    """
    with _lock:
        _active.clear()
        _exchange()


def _exchange() -> None:
    """Exchange names in scikit-learn's modules as the active patches require."""
    for kind in ("estimators", "kernels"):
        wanted = any(patch.kinds[kind] for patch in _active)
        if wanted and kind not in _exchanged:
            from lassocore.sklearn_compat import replacements

            _exchanged[kind] = getattr(replacements, kind)()
            _rebind([(theirs, ours) for theirs, ours in _exchanged[kind].values()], KEEPS[kind])
        elif not wanted and kind in _exchanged:
            _rebind([(ours, theirs) for theirs, ours in _exchanged.pop(kind).values()], KEEPS[kind])


def _rebind(pairs: list[tuple[Any, Any]], keeps: str | None) -> None:
    """Replace old by new under any name in all loaded modules of scikit-learn, except for one."""
    new_of = {id(old): new for old, new in pairs}
    for name, module in list(sys.modules.items()):
        if module is None or name == keeps or name.partition(".")[0] != "sklearn":
            continue
        for attribute, value in list(vars(module).items()):
            if id(value) in new_of:
                setattr(module, attribute, new_of[id(value)])


def __getattr__(name: str) -> Any:
    """The patch's classes and path functions: pickles name them as attributes of this module."""
    if not name.startswith("_"):
        from lassocore.sklearn_compat import replacements

        if name in (*replacements.CLASSES, *replacements.PATHS):
            return getattr(replacements, name)
    raise AttributeError(f"module 'lassocore.sklearn_patch' has no attribute {name!r}")


def main(arguments: list[str]) -> None:
    """Run a script or a module under the patch, as if it were run alone."""
    as_module = arguments[:1] == ["-m"]
    if len(arguments) < 1 + as_module or arguments[0] in ("-h", "--help"):
        sys.exit(USAGE)
    patch_sklearn()
    if as_module:
        sys.argv = arguments[1:]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = str(Path(arguments[0]).resolve().parent)
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    import lassocore.sklearn_patch  # whose patches are those that other modules see

    lassocore.sklearn_patch.main(sys.argv[1:])
