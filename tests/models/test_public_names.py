# Lives here: the public names of `lassocore.models`. Independent of: what they do.
"""Names are fetched when they are asked for, and documented."""
import subprocess
import sys
from dataclasses import is_dataclass

import numpy as np
import pytest

import lassocore
from lassocore import models

OFFERED = [name for name in models.__all__ if name != "TablePreparer"]      # a class of scikit-learn's kind


def test_names_exist():
    assert models.__all__ == sorted(models.__all__) and set(models.__all__) == set(models._HOMES) <= set(dir(models))
    assert lassocore.load is models.load and lassocore.monitor is models.monitor
    with pytest.raises(AttributeError, match="no attribute 'dump'"):
        models.dump  # noqa: B018


@pytest.mark.parametrize("name", [name for name in OFFERED if is_dataclass(getattr(models, name))])
def test_every_field_is_documented(name):
    kind, documented = getattr(models, name), getattr(models, name).__doc__
    for field in kind.__dataclass_fields__:
        assert any(field in line.split(" : ")[0].replace(",", " ").split() for line in documented.split("\n")
                   if " : " in line), field


def test_loading_and_predicting_load_nothing_heavy(tmp_path):
    X = np.random.default_rng(0).standard_normal((30, 4))
    lassocore.Lasso(alpha=0.1).fit(X, X[:, 0]).save(tmp_path / "model.json", X, X[:, 0])
    code = ("import sys, numpy as np, lassocore; model = lassocore.load('model.json'); X = np.ones((3, 4));"
            "model.predict(X); model.predictor()(X); report = lassocore.monitor(model, X, np.ones(3), refit=True);"
            "heavy = ('sklearn', 'pandas', 'polars', 'matplotlib', 'onnx');"
            "print(report.n_samples, [name for name in heavy if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["3", "[]"], done.stderr
