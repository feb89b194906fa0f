# Lives here: writing the pages. Independent of: matplotlib, the command line, how paths are solved.
"""`write_page` of a path, and `write_lesson` of the tab that teaches alone."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lassocore.explorer.assemble import assemble
from lassocore.explorer.contents import Contents, contents_of, shown, shown_names
from lassocore.explorer.fit_data import exact_r2, fit_data
from lassocore.explorer.optimality import factors_of, optimality_of, why_not
from lassocore.explorer.payload import encode
from lassocore.explorer.refit import refit_options
from lassocore.utils.arguments import shortened
from lassocore.utils.atomic_files import write_atomically

RISING = ("features", "keys", "optimality_features")    # arrays that are written as differences


def write_page(file: str | Path, path: Any, *, X=None, y=None, cv=None, title: str | None = None) -> None:
    """Write the page of a path; the parameters are those of `PathOutput.to_html`."""
    write_atomically(Path(file), page_of(path, X=X, y=y, cv=cv, title=title))


def write_lesson(file: str | Path) -> None:
    """Write a page that explains why the lasso selects, on two features that the reader moves."""
    write_atomically(Path(file), assemble("Why the lasso selects", ""))


def page_of(path: Any, *, X=None, y=None, cv=None, title: str | None = None) -> str:
    """The page of a path as a text."""
    check_data(X, y)
    contents = contents_of(path)
    if X is not None:
        cv = add_data(contents, path, X, y, cv)
    add_validation(contents, path, cv)
    contents.header["criteria"] = criteria_of(path)
    title = shown(title if title is not None else title_of(y))
    contents.header |= {"title": title, "remarks": contents.remarks}
    return assemble(title, encode(contents.header, contents.arrays, RISING))


def check_data(X: Any, y: Any) -> None:
    """X and y come together."""
    if (X is None) != (y is None):
        given, missing = ("X", "y") if y is None else ("y", "X")
        raise ValueError(f"{given} is given and {missing} is None; pass both, those of the fit, or neither")


def title_of(y: Any) -> str:
    """A title that names the target, where y is a column with a name."""
    name = getattr(y, "name", None)
    return f"Path of {name}" if isinstance(name, str) and name else "Regularization path"


def criteria_of(path: Any) -> dict[str, int]:
    """The positions of the alphas that BIC and EBIC choose, of a lasso whose path has what they need."""
    if getattr(path, "sample", None) is None or path.l1_ratio < 1.0 or path.groups is not None:
        return {}
    try:
        return {name: int(np.argmin(path.information_criterion(name))) for name in ("bic", "ebic")}
    except ValueError:              # relaxed, weights that are no frequencies, no noise variance
        return {}


def add_data(contents: Contents, path: Any, X: Any, y: Any, cv: Any) -> Any:
    """Add what X and y tell; returns the cross-validated model where cv is a number of folds or a splitter."""
    from lassocore.explorer.validation import cross_validated, is_fitted_cv

    sample = getattr(path, "sample", None)
    if sample is not None and sample.scaling is not None:
        contents.remarks.append("X or y is so large or so small that squares are beyond what a float holds: there are "
                                "no standardised coefficients and no optimality view. Rescale the data to see them.")
        return cv
    data = fit_data(path, X, y)
    contents.arrays["r2_cross"] = exact_r2(data)
    scales = data.standard_deviations()
    contents.arrays["scales"] = scales[contents.features]
    factors, reason = factors_of(data, scales), why_not(path)
    contents.header["refit"] = refit_options(path, factors, scales)
    if not reason and factors is None:
        reason = "the coefficients do not meet the conditions on X and y: the fit may have had weights, bounds or " \
                 "penalty factors that the path does not tell, or a loose tolerance"
    if reason or factors is None:
        contents.remarks.append(f"There is no optimality view, as {reason}.")
    else:
        found = optimality_of(data, factors)
        contents.arrays |= {"optimality_features": found.features, "optimality": found.values.astype(np.float32)}
        contents.header |= {
            "optimality_names": shown_names(path, found.features),
            "n_penalised": found.n_penalised,
            "plain_factors": bool((factors.l1[found.features] == 1.0).all())}
    if cv is None or is_fitted_cv(cv):
        return cv
    return cross_validated(path, X, y, cv, factors, scales)


def add_validation(contents: Contents, path: Any, cv: Any) -> None:
    """Add the validation curve of a fitted model."""
    if cv is None:
        return
    from lassocore.explorer.validation import is_fitted_cv, validation_of

    if not is_fitted_cv(cv):
        raise ValueError(f"cv={shortened(cv)} needs X and y; pass them, or a fitted LassoCV or ElasticNetCV")
    found = validation_of(path, cv, contents.features)
    contents.arrays |= {"cv_alphas": found.alphas, "cv_means": found.means, "cv_errors": found.errors}
    if found.shares is not None:
        contents.arrays["shares"] = found.shares
    else:
        contents.remarks.append("The share of folds that select a feature needs a model with keep_coefs=True.")
    contents.header["validation"] = {
        "best": found.best, "one_se": found.one_se, "n_folds": found.n_folds, "label": shown(found.label),
        "larger_is_better": found.larger_is_better}
