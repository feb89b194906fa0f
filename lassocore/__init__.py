# Lives here: the public names, fetched when first asked for. Must not know: anything else.
"""Sparse linear models by certified coordinate descent.

Functions: `fit_path`, `fit_many`, `fit_multi_task_path`, `enet_path`, `lasso_path`, `alpha_max`, `duality_gap`.
Estimators: `Lasso`, `ElasticNet`, `MultiTaskLasso`, `MultiTaskElasticNet`, and each with `CV`; `LassoIC`,
`AdaptiveLasso`. Results: `PathResult`, `ManyResult`.
In scikit-learn's place: `patch_sklearn`, `unpatch_sklearn`.
"""
from importlib import import_module

_ROOMS = {
    "fit_path": "path",
    "fit_multi_task_path": "multi_task_path",
    "fit_many": "many",
    "enet_path": "drop_in",
    "lasso_path": "drop_in",
    "alpha_max": "certificate",
    "duality_gap": "certificate",
    "Lasso": "linear_model",
    "ElasticNet": "linear_model",
    "MultiTaskLasso": "multi_task",
    "MultiTaskElasticNet": "multi_task",
    "LassoCV": "model_selection",
    "ElasticNetCV": "model_selection",
    "MultiTaskLassoCV": "model_selection",
    "MultiTaskElasticNetCV": "model_selection",
    "LassoIC": "lasso_ic",
    "AdaptiveLasso": "adaptive",
    "PathResult": "results",
    "patch_sklearn": "sklearn_patch",
    "unpatch_sklearn": "sklearn_patch",
    "MultiTaskPathResult": "multi_task_results",
    "ManyResult": "many_results",
}

__all__ = [*_ROOMS, "__version__"]


def __getattr__(name):
    if name == "__version__":
        value = _installed_version()
    elif name not in _ROOMS:
        raise AttributeError(f"module 'lassocore' has no attribute {name!r}")
    else:
        value = getattr(import_module(f"lassocore.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def _installed_version():
    """What meson.build says; a copy that was not installed, as in a frozen program, may not know."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lassocore")
    except PackageNotFoundError:
        return "0+unknown"


def __dir__():
    return sorted({*globals(), *__all__})
