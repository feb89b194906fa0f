# Lives here: the instances pickled for every minor version, and their files. Independent of: solvers.
"""Pickles of every estimator, fitted, and of every result, as one version wrote them.

`tests/results/test_old_pickles.py` loads those of all versions. Before a minor version is released::

    python tests/references/pickles.py      # writes tests/references/pickles_MAJOR_MINOR

scikit-learn must have all parameters (1.9 and newer), so that the estimators of `patch_sklearn` are included. Files of
earlier versions are kept, and the minimum versions of `pyproject.toml` must be able to read all of them.
"""
from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import KFold

import lassocore

HERE = Path(__file__).resolve().parent
PROTOCOL = 4                    # of the oldest Python that is supported
EXPECTED = "expected.npz"       # X, and by file name the predictions of each instance

LASSO = {"alpha": 0.1, "penalty_factor": [0.0, 1.0, 2.0, 1.0], "bounds": (-1.0, 1.0)}
SEARCH = {"alphas": [0.5, 0.1, 0.02], "cv": 3}


def make_data() -> tuple[np.ndarray, np.ndarray]:
    """X of shape (12, 4) and Y of shape (12, 2)."""
    rng = np.random.RandomState(41)
    X = rng.standard_normal((12, 4)).round(2)
    return X, (X[:, :2] + X[:, 2:3] + 0.3 * rng.standard_normal((12, 2))).round(2)


def make_estimators() -> dict[str, Any]:
    """Unfitted estimators by file name, which begins with the class name."""
    return {
        "Lasso": lassocore.Lasso(**LASSO),
        "Lasso-random": lassocore.Lasso(alpha=0.1, selection="random", random_state=0, warm_start=True),
        "ElasticNet": lassocore.ElasticNet(alpha=0.1, standardize=True),
        "MultiTaskLasso": lassocore.MultiTaskLasso(alpha=0.1),
        "MultiTaskElasticNet": lassocore.MultiTaskElasticNet(alpha=0.1),
        "LassoCV": lassocore.LassoCV(**SEARCH),
        "LassoCV-kept": lassocore.LassoCV(
            alphas=SEARCH["alphas"], cv=KFold(3, shuffle=True, random_state=0), keep_coefs="sparse", scoring="r2"),
        "ElasticNetCV": lassocore.ElasticNetCV(l1_ratio=[0.5, 1.0], selection_rule="1se", **SEARCH),
        "MultiTaskLassoCV": lassocore.MultiTaskLassoCV(keep_coefs=True, **SEARCH),
        "MultiTaskElasticNetCV": lassocore.MultiTaskElasticNetCV(**SEARCH),
        "LassoIC": lassocore.LassoIC("bic", alphas=5),
        "GroupLasso": lassocore.GroupLasso(alpha=0.1, groups=[0, 1, 1, 0]),
        "SparseGroupLasso": lassocore.SparseGroupLasso(alpha=0.1, groups={"a": [0, 3], "b": [1, 2]}),
        "GroupLassoCV": lassocore.GroupLassoCV(groups=["a", "b", "b", "a"], **SEARCH),
        "SparseGroupLassoCV": lassocore.SparseGroupLassoCV(groups=[[0, 3], [1, 2]], keep_coefs="sparse", **SEARCH),
        "AdaptiveLasso": lassocore.AdaptiveLasso(**SEARCH),
        "AdaptiveLasso-lasso": lassocore.AdaptiveLasso(alpha=0.1, pilot="lasso", cv=3),
    }


def make_stand_ins() -> dict[str, Any]:
    """Estimators of `patch_sklearn`, if this scikit-learn has all of them."""
    from sklearn import linear_model

    names = [name for name in make_estimators() if hasattr(linear_model, name)]
    with lassocore.patch_sklearn():
        known = {name: getattr(linear_model, name) for name in names}
        return {f"{name}-patched": kind(**(SEARCH if name.endswith("CV") else {"alpha": 0.1}))
                for name, kind in known.items() if kind.__module__.startswith("lassocore.")}


def make_results() -> dict[str, Any]:
    """Results by file name, which begins with the class name."""
    X, Y = make_data()
    y, weights = Y[:, 0], np.linspace(0.5, 1.5, len(Y))
    return {
        "PathResult": lassocore.fit_path(X, y, alphas=3),
        "PathResult-joined": joined(lassocore.fit_path(X, y, alphas=3, sample_weight=weights)),
        "PathResult-relaxed": lassocore.fit_path(X, y, alphas=3, relax=0.5, bounds=(-1.0, 1.0), l1_ratio=0.5),
        "PathResult-stopped": lassocore.fit_path(X, y, alphas=9, max_active=1, penalty_factor=[1.0, 1.0, 1.0, np.inf]),
        "PathResult-unpenalised": lassocore.fit_path(
            np.hstack([X[:, :3], 2.0 * X[:, 2:3]]), y, alphas=3, penalty_factor=[1.0, 1.0, 0.0, 0.0]),
        "PathResult-float32": lassocore.fit_path(X.astype(np.float32), y.astype(np.float32), alphas=3),
        "PathResult-huge": lassocore.fit_path(X, 1e200 * y, alphas=3),
        "PathResult-groups": lassocore.fit_path(X, y, alphas=3, groups=["a", "b", "b", "a"]),
        "PathModel": lassocore.fit_path(X, y, alphas=3)[1],
        "ManyResult": lassocore.fit_many(X, Y, alphas=3),
        "ManyResult-joined": joined(lassocore.fit_many(X, Y, alphas=3, max_active=2, sample_weight=weights)),
        "ManyResult-huge": lassocore.fit_many(X, 1e200 * Y, alphas=3),
        "MultiTaskPathResult": lassocore.fit_multi_task_path(X, Y, alphas=3),
        "MultiTaskPathResult-huge": lassocore.fit_multi_task_path(X, 1e200 * Y, alphas=3, max_active=2),
    }


def joined(result: Any) -> Any:
    """The result, with all lazily computed attributes computed."""
    assert result.coefs.ndim and result.coefs_sparse.shape
    return result


def target_of(name: str) -> np.ndarray:
    """y or Y, as the class requires."""
    Y = make_data()[1]
    return Y if name.startswith("MultiTask") else Y[:, 0]


def make_instances() -> dict[str, Any]:
    """All instances to pickle, fitted."""
    X = make_data()[0]
    estimators = {**make_estimators(), **make_stand_ins()}
    return {**{name: model.fit(X, target_of(name)) for name, model in estimators.items()}, **make_results()}


def facts_of(name: str, instance: Any, X: np.ndarray) -> dict[str, np.ndarray]:
    """Expected values of an unpickled instance: predictions, coefficients and certificates."""
    attributes = ["coef_", "intercept_", "dual_gap_"] if hasattr(instance, "coef_") else [
        "coef", "intercept", "dual_gap"] if name.startswith("PathModel") else ["coefs", "intercepts", "dual_gaps", "r2"]
    return {**{attribute: np.asarray(getattr(instance, attribute)) for attribute in attributes},
            "predictions": np.asarray(instance.predict(X))}


def write(folder: Path, instances: dict[str, Any]) -> None:
    """Write a file for each instance, and the expected values of all."""
    folder.mkdir(parents=True, exist_ok=True)
    X = make_data()[0]
    stored = {"X": X}
    for name, instance in instances.items():
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(instance, PROTOCOL))
        stored.update({f"{name}: {key}": value for key, value in facts_of(name, instance, X).items()})
    np.savez_compressed(folder / EXPECTED, **stored)


def folder_of(version: str) -> Path:
    """The folder with the pickles of a version."""
    return HERE / "pickles_{}_{}".format(*version.split(".")[:2])


if __name__ == "__main__":
    chosen = folder_of(lassocore.__version__) if len(sys.argv) < 2 else Path(sys.argv[1])
    if chosen.exists():
        sys.exit(f"{chosen} exists; files of a version are not written twice")
    write(chosen, make_instances())
    print(f"{len(list(chosen.iterdir()))} files in {chosen}")
