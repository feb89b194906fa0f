# Lives here: every input in the table, given to every entry. Independent of: how entries and inputs are found.
"""Fitted right, with a certificate that holds, or refused with an error that names the argument. Inputs are unchanged.

A fit that misses its tolerance must say so by a ConvergenceWarning, and its gap must be at most the one it reports.
"""
from __future__ import annotations

import re
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from adverse.entries import TASKS, TOL, all_entries
from adverse.inputs import INPUTS, Given, ordinary
from adverse.optimality import IS_EXTENDED, suboptimality
from sklearn.exceptions import ConvergenceWarning

ENTRIES = all_entries()
MAX_MESSAGE = 2000
SKLEARNS = (                # how scikit-learn's validation begins, which estimators share and users know
    "Found array with", "Found input variables with inconsistent numbers of samples", "Expected 2D array")
REFUSED_BY_TRAIT = {        # what an entry may refuse in an input that others fit
    "size": r"rescale|variance", "few samples": r"n_splits|n_samples|at least 2", "weights": r"sample_weight|n_samples",
    "few features": r"feature|columns? of X|columns are numbered", "shift": r"lose digits"}
RESTRICTED = (              # (entries, inputs, the text of their refusal): what these entries do not take
    (r"reference\.", r".*(csc|csr|coo|bsr|dia|lil|dok|sparse)", "sparse"),
    (r"reference\.", "numbers as strings", "dtype"),
    (r"reference\.", r"columns of sizes|float32 X of size", "rescale"),
    ("cross_validate_selection", "numbers as strings", "numeric"))
TOLERANT = (                # (entries, inputs): entries that a refusal of others does not concern
    (r"reference\.", r"np\.matrix"),
    (r"reference\.|alpha_max|duality_gap|enet_path|lasso_path|stand_ins|variance_inflation|models",
     "pandas with names of two types"))
OTHERWISE = {               # (entries, inputs): what another library answers, or what is passed on as it is
    (r"StabilitySelection\.transform", "(?!csc|csr|coo|masked).*"): "columns are passed on, whatever they hold",
    ("cross_validate_selection", ".*size.*|weights 1e300|.*1e8|y . 1e12|float16"): "scikit-learn's own fits and scores",
    (r".*\.predict|models.*", "weights.*|.* y|y .*"): "no such argument"}


def asked(entry: str, name: str) -> bool:
    """Whether an entry has the argument that an input is about."""
    about = INPUTS[name].about
    if any(re.fullmatch(entries, entry) and re.fullmatch(inputs, name) for entries, inputs in OTHERWISE):
        return False
    return about == "X" or (ENTRIES[entry].has_y if about == "y" else ENTRIES[entry].has_weights)


CASES = [(entry, name) for entry in ENTRIES for name in INPUTS if asked(entry, name)]


def contents(value):
    """Everything that must not change, bit for bit: numbers, types, layout."""
    if sp.issparse(value):
        names = ("data", "indices", "indptr", "row", "col", "offsets", "rows")
        return type(value), value.shape, [contents(getattr(value, name)) for name in names if hasattr(value, name)]
    if isinstance(value, np.ndarray):
        numbers = repr(value.tolist()) if value.dtype.hasobject else value.tobytes()
        return type(value), value.dtype, value.shape, value.strides, value.flags.writeable, numbers
    if isinstance(value, pd.DataFrame | pd.Series):
        return type(value), repr(value.index), repr(value.to_numpy().tolist())
    return repr(value)


def numbers_of(values) -> np.ndarray:
    """The numbers of X or y in extended precision."""
    if sp.issparse(values):
        values = values.toarray()
    return np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values, dtype=np.longdouble)


@cache
def plain_result(entry: str) -> list[np.ndarray]:
    """What an entry finds for the ordinary data."""
    X, y = ordinary(ENTRIES[entry].n_tasks)
    return ENTRIES[entry].numbers(ENTRIES[entry].call(X, y, None))


def may_refuse(entry: str, name: str) -> str:
    """The texts of a refusal of an input that others fit; empty where there must be none."""
    texts = [text for trait, text in REFUSED_BY_TRAIT.items() if trait in INPUTS[name].traits]
    texts += [text for entries, inputs, text in RESTRICTED if re.match(entries, entry) and re.match(inputs, name)]
    return "|".join(texts)


def assert_refused_well(entry: str, name: str, error: Exception) -> None:
    """The type is one that callers expect, and the message names the argument."""
    message, wanted = str(error), "|".join(filter(None, (INPUTS[name].refuse, may_refuse(entry, name))))
    assert isinstance(error, (ValueError, TypeError)), f"{type(error).__name__}: {message}"
    assert wanted, f"refused: {type(error).__name__}: {message}"
    assert re.search(wanted, message) or message.startswith(SKLEARNS), f"{message!r} does not match {wanted!r}"
    assert len(message) <= MAX_MESSAGE, f"a message of {len(message)} characters"


def assert_certified(entry: str, name: str, given: Given, result, has_warned: bool) -> None:
    """Each model is within the tolerance of its minimum, or within the gap that it reports with a warning."""
    X, y, weights = numbers_of(given.X), numbers_of(given.y), given.sample_weight
    weights = None if weights is None or np.ndim(weights) == 0 else np.ravel(np.asarray(weights, dtype=float))
    slack = 1e-7 if "shift" in INPUTS[name].traits else 1e-12
    for model in ENTRIES[entry].models(result):
        gap = suboptimality(X, y, model, weights)
        assert gap >= -slack
        if not has_warned:
            rounding = 1e-5 if np.asarray(model.coef).dtype == np.float32 else slack
            assert gap <= 3 * TOL + rounding, f"the gap at alpha={model.alpha:g} is {gap:.2e} of the objective at 0"


def assert_as_ordinary(entry: str, found: list[np.ndarray]) -> None:
    """The result is that of the same numbers in a plain array."""
    for values, expected in zip(found, plain_result(entry), strict=True):
        np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-4 * (1.0 + np.abs(expected).max(initial=0.0)))


@pytest.mark.skipif(not IS_EXTENDED, reason="long double has the range of double here, too little for the judge")
@pytest.mark.parametrize("entry, name", CASES, ids=[f"{entry}-{name}" for entry, name in CASES])
def test_fitted_right_or_refused(entry, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)      # of np.matrix
        given = INPUTS[name].make(*ordinary(ENTRIES[entry].n_tasks))
    before = contents(given.X), contents(given.y), contents(given.sample_weight)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result, error = ENTRIES[entry].call(given.X, given.y, given.sample_weight), None
        except Exception as raised:     # its type is judged below
            result, error = None, raised
    assert (contents(given.X), contents(given.y), contents(given.sample_weight)) == before
    unexpected = [str(w.message) for w in caught if not issubclass(w.category, ConvergenceWarning) and not str(
        w.message).startswith("X has feature names, but")]
    assert not unexpected, unexpected
    if error is not None:
        assert_refused_well(entry, name, error)
        return
    assert not INPUTS[name].refuse or any(
        re.match(entries, entry) and re.match(inputs, name) for entries, inputs in TOLERANT), "accepted"
    if INPUTS[name].is_ordinary:
        assert_as_ordinary(entry, ENTRIES[entry].numbers(result))
    if ENTRIES[entry].models is not None:
        assert_certified(entry, name, given, result, any(issubclass(w.category, ConvergenceWarning) for w in caught))


def test_the_table_is_of_everything():
    """An estimator or a function of X without an entry fails when entries are made; the tables name what exists."""
    assert len(ENTRIES) >= 50 and len(INPUTS) >= 200 and len(CASES) >= 9000
    assert set(TASKS) <= set(ENTRIES)
    for entries, inputs in [*OTHERWISE, *TOLERANT, *((entries, inputs) for entries, inputs, _ in RESTRICTED)]:
        assert any(re.match(entries, entry) for entry in ENTRIES) and any(re.match(inputs, name) for name in INPUTS)


def test_the_judge_sees_a_wrong_model():
    """Coefficients off by a thousandth have a gap above the tolerance, in each form of the objective."""
    from dataclasses import replace

    for entry in ("Lasso", "ElasticNet", "MultiTaskLasso", "GroupLasso", "SparseGroupLasso"):
        X, y = ordinary(ENTRIES[entry].n_tasks)
        model, = ENTRIES[entry].models(ENTRIES[entry].call(X, y, None))
        assert 0 <= suboptimality(X, y, model) + 1e-15 <= 3 * TOL
        assert suboptimality(X, y, replace(model, coef=model.coef * 1.001)) > 100 * TOL
