# Lives here: diagnostics of fits, callbacks, early ends, copies. Independent of: formulas.
"""PathResult.info, callbacks, verbose, early ends, n_threads, work saved by bounds, memory."""
import re
import tracemalloc
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import scipy.sparse as sp
from helpers.methods import METHODS, bits, design_of, make_wide, solver_of, with_storages
from sklearn.exceptions import ConvergenceWarning

from lassocore import fit_many, fit_multi_task_path, fit_path
from lassocore.results.path_info import LevelInfo

FIELDS = LevelInfo._fields
EVERY = pytest.mark.parametrize("method", [*METHODS, "cd"])
CASES = {"gram": (120, 30), "working_set": (60, 400), "descent": (60, 400), "cd": (60, 80)}


def fit(method, monkeypatch, **options):
    """A path by this method, on data for which it may be chosen."""
    X, y = make_wide(0, *CASES[method], n_strong=12)
    if method == "cd":
        return fit_path(X, y, **{"alphas": 30, "eps": 0.02, "solver": "cd", **options})
    solver = solver_of(method, monkeypatch)
    return fit_path(design_of(method, X), y, **{"alphas": 30, "eps": 0.02, **options}, solver=solver)


@EVERY
def test_info_of_a_path(method, monkeypatch):
    path = fit(method, monkeypatch)
    info, p = path.info, CASES[method][1]
    assert len(info.levels) == 30 and info.stopped == path.stopped == ""
    assert all(type(level) is LevelInfo for level in info.levels)
    for name in FIELDS:
        assert info[name].shape == (30,)
    assert info["index"].tolist() == list(range(30)) and set(info["n_alphas"]) == {30}
    for name, attribute in (("alpha", "alphas"), ("n_iter", "n_iter"), ("dual_gap", "dual_gaps"),
                            ("converged", "converged"), ("n_nonzero", "n_nonzero")):
        np.testing.assert_array_equal(info[name], getattr(path, attribute))
    assert set(info["method"]) == {method}
    for name in ("n_epochs", "n_newton", "n_working", "n_scanned"):
        assert info[name].dtype.kind == "i" and (info[name] >= 0).all()
    assert (info["seconds"] >= 0).all() and info["seconds"].sum() < 60
    assert (info["n_iter"] == np.maximum(1, info["n_epochs"] + info["n_newton"])).all()
    if method == "cd":
        assert (info["n_newton"] == 0).all() and (info["n_working"] == p).all() and info["n_epochs"].max() > 3
    elif method == "gram":
        assert (info["n_working"] == p).all() and (info["n_scanned"] == 0).all() and info["n_newton"].sum() > 10
    else:
        assert (info["n_working"] >= info["n_nonzero"]).all() and info["n_working"].max() < p
        assert info["n_scanned"].sum() > 0 and (info["n_newton"].sum() > 10 or method == "descent")
    with pytest.raises(KeyError):
        info["speed"]
    with pytest.raises(FrozenInstanceError):
        info.stopped = "callback"


@EVERY
def test_str_of_info_has_a_line_for_each_alpha(method, monkeypatch):
    path = fit(method, monkeypatch, max_active=6)
    lines = str(path.info).split("\n")
    assert len(lines) == len(path.alphas) + 1 < 31 and lines[-1] == "ended by max_active"
    for k, line in enumerate(lines[:-1]):
        assert line.startswith(f"{k + 1}/30 alpha={path.alphas[k]:.6g} gap={path.dual_gaps[k]:.2e} ")
        assert f"nonzeros={path.n_nonzero[k]} {method} epochs=" in line and "NOT CONVERGED" not in line


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_str_of_info_marks_alphas_that_did_not_converge(monkeypatch):
    path = fit("cd", monkeypatch, max_iter=1, tol=1e-12)
    lines = str(path.info).split("\n")
    assert ["NOT CONVERGED" in line for line in lines] == (~path.converged).tolist() and not path.converged.all()


@EVERY
def test_verbose_prints_a_line_for_each_alpha(method, monkeypatch, capsys):
    path = fit(method, monkeypatch, verbose=True)
    out, err = capsys.readouterr()
    assert out == str(path.info) + "\n" and err == ""
    pattern = (r"\d+/30 alpha=\S+ gap=\S+ nonzeros=\d+ " + method
               + r" epochs=\d+ newton=\d+ working=\d+ scanned=\d+ \d+\.\d\d ms")
    assert all(re.fullmatch(pattern, line) for line in out.splitlines()) and out.count("\n") == 30
    fit(method, monkeypatch)
    assert capsys.readouterr() == ("", "")


@EVERY
def test_callbacks_receive_the_entries_of_info(method, monkeypatch):
    seen = []
    path = fit(method, monkeypatch, callback=seen.append)
    assert seen == path.info.levels
    # a callback changes the batches of a Gram matrix, but not the result
    assert_start_of(path, fit(method, monkeypatch), 30, "", method)


def assert_start_of(part, whole, n_alphas, reason, method):
    """The same numbers; on a Gram matrix up to rounding, as levels may be interpolated from another one."""
    assert part.stopped == part.info.stopped == reason and len(part.info.levels) == len(part.alphas) == n_alphas
    for name in ("alphas", "converged", "n_nonzero"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:n_alphas])
    rounding = 1e-12 if method == "gram" else 0.0
    assert method == "gram" or part.n_iter.tolist() == whole.n_iter[:n_alphas].tolist()
    for name in ("intercepts", "dual_gaps", "r2"):
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[:n_alphas], rtol=rounding, atol=rounding)
    np.testing.assert_allclose(part.coefs, whole.coefs[:, :n_alphas], rtol=rounding, atol=rounding)
    assert part.coefs.shape == (whole.coefs.shape[0], n_alphas)
    assert str(part.info).endswith(f"ended by {reason}" if reason else "ms")


@EVERY
def test_a_path_may_be_ended_anywhere(method, monkeypatch):
    """Within a batch of levels and between batches."""
    whole = fit(method, monkeypatch)
    for last in (0, 1, 7, 8, 12, 29):
        part = fit(method, monkeypatch, callback=lambda info, last=last: info.index == last)
        assert_start_of(part, whole, last + 1, "callback", method)
    for most in (0, 3, 9):
        n_alphas = 1 + int(np.argmax(whole.n_nonzero > most))
        assert_start_of(fit(method, monkeypatch, max_active=most), whole, n_alphas, "max_active", method)
    assert_start_of(fit(method, monkeypatch, time_limit=0.0), whole, 1, "time_limit", method)
    assert fit(method, monkeypatch, time_limit=1e6, max_active=10**6, callback=lambda info: None).stopped == ""


@EVERY
def test_a_callback_that_raises_ends_the_fit(method, monkeypatch):
    def refuse(info):
        if info.index == 5:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        fit(method, monkeypatch, callback=refuse)
    assert fit(method, monkeypatch).converged.all()


@pytest.mark.parametrize("n_threads", [0, -2, 1.5, "2", None, np.nan])
def test_n_threads_is_checked(n_threads):
    X, y = make_wide(1, 20, 10)
    with pytest.raises(ValueError, match="n_threads"):
        fit_path(X, y, n_threads=n_threads)


@EVERY
def test_n_threads_of_any_kind_of_integer(method, monkeypatch):
    expected = bits(fit(method, monkeypatch))
    for n_threads in (-1, 2, np.int64(3)):
        assert bits(fit(method, monkeypatch, n_threads=n_threads)) == expected


# Work

@pytest.mark.parametrize("order", ["F", "C"])
def test_bounds_save_products(order):
    """On a wide dense problem three tenths of the columns at all alphas are not scanned, those that extend the basis
    included."""
    X, y = make_wide(2, 200, 3000, n_strong=40)
    path = fit_path(np.array(X, order=order), y, alphas=100, eps=1e-3, solver="working_set")
    assert path.converged.all() and set(path.info["method"]) <= {"working_set", "descent"}
    assert path.info["n_scanned"].sum() <= 0.7 * 3000 * 100
    assert path.info["n_working"].max() < 1500


def test_products_of_columns_without_bounds_are_counted():
    """Columns with few entries are all scanned, at every alpha."""
    rng = np.random.default_rng(6)
    X = sp.random_array((200, 3000), density=0.02, format="csc", random_state=rng)
    path = fit_path(X, X[:, :5].sum(axis=1) + rng.standard_normal(200), alphas=20, eps=0.1, solver="working_set")
    usable = np.count_nonzero(np.diff(X.indptr))
    assert path.info["n_scanned"].sum() >= 20 * (usable - path.info["n_working"].max())
    assert set(path.info["method"]) <= {"working_set", "descent"}


def test_the_choice_of_a_method():
    """By shape, storage, accuracy and penalty."""
    def methods(X, **options):
        y = np.random.default_rng(3).standard_normal(X.shape[0])
        return set(fit_path(X, y, **{"alphas": [0.1, 0.09, 0.08, 0.05], **options}).info["method"])

    X = make_wide(3, 30, 700)[0]
    tall, wide = X.T[:, :20].copy(), X
    assert methods(tall) == {"gram"} and methods(wide) == {"working_set"}
    many = np.geomspace(0.1, 0.05, 11)
    assert methods(sp.csc_array(tall)) == {"gram"} and methods(sp.csc_array(wide), alphas=many) == {"working_set"}
    assert methods(tall, solver="cd") == methods(wide, solver="cd") == {"cd"}
    assert methods(sp.csc_array(tall + 1e4)) == {"cd"} and methods(tall + 1e4) == {"gram"}
    assert methods(tall, l1_ratio=0.0) == {"gram"} and methods(wide, l1_ratio=0.0) == {"cd"}
    factor = np.r_[0.0, np.ones(19)]
    assert methods(tall, penalty_factor=factor) == {"gram"}
    assert methods(tall.astype(np.float32), penalty_factor=factor) == {"cd"}
    assert methods(tall.astype(np.float32)) == {"gram"}


# Memory

@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["F", "C"])
def test_wide_arrays_are_neither_changed_nor_copied(order, dtype):
    rng = np.random.default_rng(4)
    X = np.array(rng.standard_normal((300, 20_000), dtype=np.float32), dtype=dtype, order=order)
    y = X[:, :5].sum(1).astype(float) + rng.standard_normal(300)
    X.flags.writeable = False
    before = X[::7, ::11].copy()
    fit_path(X[:, :50], y, alphas=2)                                # imports and caches
    tracemalloc.start()
    path = fit_path(X, y, alphas=20, eps=0.2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert set(path.info["method"]) == {"working_set"} and path.converged.all() and path.n_nonzero[-1] >= 5
    # p-vectors, eight numbers per column for the bounds, and eight correlations of scanned columns
    assert peak < 12e6 < X.nbytes
    np.testing.assert_array_equal(X[::7, ::11], before)


@with_storages(METHODS, ["F", "C", "sparse"])
def test_inputs_are_not_changed(method, storage, monkeypatch):
    X, y = make_wide(5, 50, 60)
    X, rng = sp.csc_array(X) if storage == "sparse" else np.array(X, order=storage), np.random.default_rng(5)
    inputs = {
        "sample_weight": rng.uniform(0.5, 4, 50), "offset": rng.standard_normal(50), "coef_init": np.full(60, 9.0),
        "penalty_factor": np.r_[0.0, np.inf, np.ones(58)], "alphas": np.array([0.1, 1.0, 0.02]),
        "bounds": (np.full(60, -0.2), np.full(60, 0.5)),
    }
    buffers = [y, *(v for v in inputs.values() if not isinstance(v, tuple)), *inputs["bounds"]]
    buffers += [X.data, X.indices, X.indptr] if sp.issparse(X) else [X]
    before = [buffer.copy() for buffer in buffers]
    for buffer in buffers:
        buffer.flags.writeable = False
    solver = solver_of(method, monkeypatch)
    path = fit_path(X, y, standardize=True, **inputs, solver=solver)
    assert path.converged.all() and set(path.info["method"]) == {method}
    for buffer, old in zip(buffers, before, strict=True):
        np.testing.assert_array_equal(buffer, old)


def test_results_are_shown_in_a_line():
    X, y = make_wide(0, 30, 40, n_strong=5)
    path = fit_path(X, y, alphas=[0.5, 0.25])
    assert repr(path) == "<PathResult: 2 alphas from 0.5 to 0.25, all converged>"
    with pytest.warns(ConvergenceWarning):
        path = fit_path(X, y, alphas=[0.5, 0.01], tol=1e-14, max_iter=1)
    assert repr(path).endswith(" not converged>")
    tasks = fit_multi_task_path(X, np.c_[y, -y], alphas=[0.5])
    assert repr(tasks) == "<MultiTaskPathResult: 1 alphas from 0.5 to 0.5, all converged>"
    many = fit_many(X, np.c_[y, X[:, 0]], alphas=[9.0, 1e-3, 1e-4], max_active=0)
    assert not many.converged.all()     # alphas after the end of a path
    assert repr(many) == "<ManyResult: 2 targets x 3 alphas from 9 to 0.0001, all converged>"
