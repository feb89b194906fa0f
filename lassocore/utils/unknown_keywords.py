# Lives here: what to pass in the place of a keyword that does not exist. Independent of: what the functions do.
"""A hint in the TypeError for the names that other libraries use: scikit-learn, glmnet, celer, skglm, adelie."""
from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_ONE_ALPHA = {"alpha": "pass alpha=", "alphas": "pass alphas=, a list also for a single one: alphas=[0.1]"}
_HOW_MANY = {"alphas": "pass alphas=, where an integer is how many",
             "alpha": "this model has one alpha; paths of several are fit_path and the CV classes"}
_FEATURE_WEIGHTS = "penalty_factor= for weights of features"
_BOUNDS = {"bounds": "pass bounds=(lower, upper), numbers or one value for each feature"}
_THREADS = {"n_threads": "pass n_threads=", "n_jobs": "pass n_jobs="}
_SEED = {"rng": "pass rng=", "random_state": "pass random_state="}
_FACTOR = {"penalty_factor": "pass penalty_factor=", "group_weights": "pass group_weights="}
_FOLDS = {"cv": "pass cv=, a number of folds or a splitter; PredefinedSplit(foldid) for given folds",
          "alphas": "cross-validation is LassoCV and its kin", "alpha": "cross-validation is LassoCV and its kin"}
_MESSAGES = {"verbose": "pass verbose=", "callback": "pass callback="}

# The keyword, in lower case without underscores: what to say if the called function has that parameter, the first that
# it has; under "" what to say of any function.
_MEANT: dict[str, dict[str, str]] = {
    **dict.fromkeys(("lambda", "lambdas", "lambd", "lam", "lmbda", "lmdapath", "s"), _ONE_ALPHA),
    **dict.fromkeys(("nlambda", "nlambdas", "nalphas", "lmdapathsize"), _HOW_MANY),
    "alpha": {"alphas": "pass alphas=[0.1] for one alpha; what glmnet calls alpha is l1_ratio"},
    **dict.fromkeys(("lambdaminratio", "minratio"), {"eps": "pass eps="}),
    **dict.fromkeys(("njobs", "nthreads", "parallel"), _THREADS),
    **dict.fromkeys(("randomstate", "rng", "seed"), _SEED),
    "weights": {"sample_weight": f"pass sample_weight= for weights of rows, {_FEATURE_WEIGHTS}",
                "penalty_factor": f"pass {_FEATURE_WEIGHTS}; weights of rows are fit(X, y, sample_weight=)",
                "group_weights": "pass group_weights= for weights of groups; weights of rows are "
                                 "fit(X, y, sample_weight=)"},
    "sampleweight": {"": "weights of rows are passed to fit(X, y, sample_weight=)"},
    **dict.fromkeys(("offset", "offsets"), {"offset": "pass offset=", "": "subtract the offset from y"}),
    **dict.fromkeys(("thresh", "eps"), {"tol": "pass tol=, a bound on the duality gap"}),
    **dict.fromkeys(("intercept", "interceptscale"), {"fit_intercept": "pass fit_intercept="}),
    **dict.fromkeys(("normalize", "standardise", "scale"), {
        "standardize": "pass standardize=True, which divides by standard deviations"}),
    **dict.fromkeys(("dfmax", "maxactivesize", "maxfeatures"), {"max_active": "pass max_active="}),
    "pmax": {"max_active": "a path needs no such limit; max_active= ends it at a number of nonzeros"},
    **dict.fromkeys(("lowerlimits", "upperlimits", "lower", "upper", "limits"), _BOUNDS),
    **dict.fromkeys(("maxit", "maxepochs", "maxiters", "niter"), {"max_iter": "pass max_iter="}),
    "exclude": {"penalty_factor": "pass penalty_factor=, inf for these features"},
    **dict.fromkeys(("penalty", "penalties", "penaltyfactors", "penaltyweights", "pf"), _FACTOR),
    "groupmultiplier": {"group_weights": "pass group_weights="},
    **dict.fromkeys(("foldid", "folds", "nfolds"), _FOLDS),
    **dict.fromkeys(("typemeasure", "loss"), {"scoring": "pass scoring="}),
    "keep": {"keep_coefs": "pass keep_coefs=True"},
    **dict.fromkeys(("traceit", "trace", "progressbar"), _MESSAGES),
    **dict.fromkeys(("typegaussian", "algorithm", "method"), {"solver": "pass solver="}),
    "gamma": {"relax": "pass relax=, one number from 0 to 1"},
    **dict.fromkeys(("warmstart", "warmcoefs"), {"coef_init": "pass coef_init="}),
    "precompute": {"solver": "pass solver='gram'; what pays is otherwise chosen"},
    "copyx": {"": "X is never changed, and copied only where it must be"},
    "family": {"": "the loss is squared error; other families are not available"},
    **dict.fromkeys(("p0", "wsstrategy", "prune"), {"": "the size of working sets follows from the data"}),
}


def with_hints(function: Callable[P, R]) -> Callable[P, R]:
    """The function; its TypeError for an unknown keyword says what to pass instead, where that is known."""
    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            trace = error.__traceback__
            if trace is None or trace.tb_next is not None:      # raised within the function
                raise
            said = re.match(r"(.* got an unexpected keyword argument '(\w+)')", str(error))
            hint = said and hint_for(said[2], list(inspect.signature(function).parameters))
            if not said or not hint:
                raise
            raise TypeError(f"{said[1]}; {hint}") from None

    return called


class KeywordHints:
    """A base of classes whose constructors give such hints."""

    def __init_subclass__(cls) -> None:
        """Let the constructor of a derived class give hints."""
        super().__init_subclass__()
        if "__init__" in vars(cls):
            setattr(cls, "__init__", with_hints(vars(cls)["__init__"]))     # noqa: B010, mypy knows no assignment to it


def hint_for(keyword: str, parameters: list[str]) -> str:
    """What to pass to a function of these parameters instead of a keyword; empty where nothing is like it."""
    plain = keyword.lower().replace("_", "")
    for name, hint in _MEANT.get(plain, {}).items():
        if not name or name in parameters:
            return hint
    same = [name for name in parameters if name.lower().replace("_", "") == plain]
    close = same or get_close_matches(keyword, parameters, n=1, cutoff=0.75)
    return f"did you mean {close[0]}?" if close else ""
