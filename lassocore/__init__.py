# Lives here: the public names, imported at first access. Independent of: everything else.
"""Lasso and elastic-net models, fast and each certified by its duality gap.

Fit paths of alphas
    fit_path                    one target
    fit_constrained             one target, under a bound on the L1 norm
    fit_gram_path               from X'X, X'y and y'y alone
    lasso_path, enet_path       as scikit-learn's

Estimators of scikit-learn, at a given alpha
    Lasso, ElasticNet

Choose alpha
    LassoCV, ElasticNetCV       by cross-validation
    LassoIC                     by AIC, BIC or EBIC
    AdaptiveLasso               by cross-validation, penalties weighted by an initial estimate

Many fits to the same X
    prepare, PreparedDesign     X, checked and measured once
    LassoSolver, LassoSolution  one target after another, in microseconds

Groups of features
    GroupLasso, SparseGroupLasso
    GroupLassoCV, SparseGroupLassoCV
    groups_from_transformer     of the one-hot columns that a transformer of scikit-learn makes

Several targets and tasks
    fit_many                    many targets over one X, each by itself
    fit_multi_task_path         several targets that share their features
    MultiTaskLasso, MultiTaskElasticNet, MultiTaskLassoCV, MultiTaskElasticNetCV

What fits return
    PathResult, ManyResult, MultiTaskPathResult, ConstrainedResult
    PathModel, PathInfo, LevelInfo, TaskLevelInfo, History

Certificates of any coefficients
    duality_gap                 how far an objective is above its minimum at most
    alpha_max                   the smallest alpha at which all coefficients are 0

Select features: lassocore.selection

Pictures: lassocore.plots

Save, predict and watch: lassocore.models
    load                        a model that ``save`` of an estimator or a path wrote
    monitor                     whether new data differ from those of the fit

In scikit-learn's place, and from C and Cython
    patch_sklearn, unpatch_sklearn
    get_include                 the folder of lassocore.h

Solvers to learn from: lassocore.reference

All else in this package is internal and may change without notice.
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
    "fit_gram_path": "paths.fit_gram_path",
    "prepare": "problems.prepare",
    "PreparedDesign": "designs.prepared",
    "LassoSolver": "paths.lasso_solver",
    "LassoSolution": "paths.lasso_solver",
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
    "PathModel": "results.path_model",
    "PathInfo": "results.path_info",
    "LevelInfo": "results.path_info",
    "TaskLevelInfo": "progress",
    "History": "results.history",
    "load": "models.model_file",
    "monitor": "models.monitoring",
}

# Classes that pickles of estimators and results name, beside the public ones.
_PICKLED = {
    "Columns": "results.sparse_columns",
    "Groups": "penalties.groups",
    "PathBatch": "results.path_batch",
    "PathPoint": "results.path_point",
    "Sample": "results.sample",
    "Scaling": "utils.powers_of_two",
    "SolvedTarget": "results.solved_target",
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
