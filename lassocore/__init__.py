# Lives here: the public names, imported at first access. Independent of: everything else.
"""Lasso and elastic-net models, fast and each certified by its duality gap.

Paths of alphas
    fit_path                    one target
    fit_many                    many targets over one X, each by itself
    fit_multi_task_path         several targets that share their features
    fit_constrained             one target, under a bound on the L1 norm
    lasso_path, enet_path       as scikit-learn's

Estimators of scikit-learn
    Lasso, ElasticNet                           given alpha
    LassoCV, ElasticNetCV                       alpha by cross-validation
    LassoIC                                     alpha by AIC, BIC or EBIC
    AdaptiveLasso                               penalties weighted by an initial estimate
    GroupLasso, SparseGroupLasso                features in groups, given alpha
    GroupLassoCV, SparseGroupLassoCV            the same, by cross-validation
    MultiTaskLasso, MultiTaskElasticNet         several targets that share their features
    MultiTaskLassoCV, MultiTaskElasticNetCV     the same, by cross-validation

Groups of features
    groups_from_transformer     of the one-hot columns that a transformer of scikit-learn makes

Results
    PathResult, ManyResult, MultiTaskPathResult, ConstrainedResult

Model files
    load                        a model that ``save`` of an estimator or a path wrote
    monitor                     whether new data differ from those of the fit

Certificates of any coefficients
    alpha_max                   the smallest alpha at which all coefficients are 0
    duality_gap                 how far an objective is above its minimum at most

For C and Cython
    get_include                 the folder of lassocore.h

In scikit-learn's place
    patch_sklearn, unpatch_sklearn

Further names are in lassocore.models, lassocore.plots, lassocore.selection and lassocore.reference. All else in this
package is internal and may change without notice.
"""
from importlib import import_module
from os.path import dirname, join

# Pickles of version 0.1 name modules that have moved since.
__path__ = [*__path__, join(dirname(__file__), "former_modules")]

_HOMES = {
    "fit_path": "paths.fit_path",
    "fit_multi_task_path": "paths.fit_multi_task_path",
    "fit_many": "paths.fit_many",
    "fit_constrained": "paths.fit_constrained",
    "enet_path": "sklearn_compat.paths",
    "lasso_path": "sklearn_compat.paths",
    "alpha_max": "paths.certificate",
    "duality_gap": "paths.certificate",
    "Lasso": "estimators.linear",
    "ElasticNet": "estimators.linear",
    "MultiTaskLasso": "estimators.multi_task",
    "MultiTaskElasticNet": "estimators.multi_task",
    "LassoCV": "estimators.cv",
    "ElasticNetCV": "estimators.cv",
    "MultiTaskLassoCV": "estimators.multi_task_cv",
    "MultiTaskElasticNetCV": "estimators.multi_task_cv",
    "LassoIC": "estimators.information_criterion",
    "AdaptiveLasso": "estimators.adaptive",
    "GroupLasso": "estimators.group",
    "SparseGroupLasso": "estimators.group",
    "GroupLassoCV": "estimators.group_cv",
    "SparseGroupLassoCV": "estimators.group_cv",
    "groups_from_transformer": "penalties.transformer_groups",
    "PathResult": "results.path_result",
    "patch_sklearn": "sklearn_patch",
    "unpatch_sklearn": "sklearn_patch",
    "MultiTaskPathResult": "results.multi_task_result",
    "ManyResult": "results.many_result",
    "ConstrainedResult": "results.constrained_result",
    "get_include": "utils.include",
    "load": "models.model_file",
    "monitor": "models.monitoring",
}

# Classes that pickles of estimators and results name, beside the public ones.
_PICKLED = {
    "Columns": "results.sparse_columns",
    "Groups": "penalties.groups",
    "History": "results.history",
    "LevelInfo": "results.path_info",
    "PathBatch": "results.path_batch",
    "PathInfo": "results.path_info",
    "PathModel": "results.path_model",
    "PathPoint": "results.path_point",
    "Sample": "results.path_result",
    "Scaling": "utils.powers_of_two",
    "SolvedTarget": "results.many_result",
    "TaskLevelInfo": "progress",
    "TaskRows": "results.multi_task_result",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name):
    if name == "__version__":
        value = _installed_version()
    else:
        home = _HOMES.get(name) or _PICKLED.get(name)
        if home is None:
            raise AttributeError(f"module 'lassocore' has no attribute {name!r}")
        value = getattr(import_module(f"lassocore.{home}"), name)
    globals()[name] = value
    return value


def _installed_version():
    """The version of the installed distribution; unknown for a copy, as in a frozen program."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lassocore")
    except PackageNotFoundError:
        return "0+unknown"


def __dir__():
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
