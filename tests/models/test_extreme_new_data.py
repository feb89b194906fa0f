# Lives here: new data of few rows, of huge numbers, of some columns of the file. Independent of: fits.
"""Few rows have no narrow interval; huge numbers are drift, not an overflow; messages name columns of the file."""
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import lassocore
from lassocore.cli.commands import commands

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def saved(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 3))
    y = X @ [2.0, -1.0, 0.0] + rng.standard_normal(200)
    lassocore.Lasso(alpha=0.1).fit(X, y).save(tmp_path / "model.json", X, y)
    return tmp_path / "model.json", X, y


def test_one_row_has_no_interval(saved):
    file, X, _ = saved
    error = lassocore.monitor(file, X[:1], [50.0]).error
    assert error.interval == (0.0, np.inf) and error.bias_interval == (-np.inf, np.inf)
    assert error.ratio > 100.0 and error.ratio_interval == (0.0, np.inf) and not error.drifted
    assert lassocore.monitor(file, X[:9], np.full(9, 50.0), sample_weight=np.eye(9)[0]).error.interval[1] == np.inf


def test_intervals_of_few_rows_cover(saved):
    """Of residuals that are normal, the bias is within its interval as often as stated."""
    file, X, _ = saved
    model, rng = lassocore.load(file), np.random.default_rng(1)
    inside = [low <= 0.0 <= high for low, high in (
        lassocore.monitor(model, X[:3], model.predict(X[:3]) + rng.standard_normal(3)).error.bias_interval
        for _ in range(400))]
    assert stats.binomtest(sum(inside), len(inside), 0.95).pvalue > 1e-4


def test_huge_numbers_are_drift(saved):
    file, X, y = saved
    report = lassocore.monitor(file, X * 1e200, y)
    assert report.features[0].state == "drift" and report.error.drifted
    assert report.error.interval == report.error.ratio_interval == (np.inf, np.inf)
    assert max(map(len, str(report).split("\n"))) < 200


def test_lacking_columns_of_the_file_are_named(tmp_path):
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"age": rng.uniform(20, 60, 80).round(1), "city": rng.choice(["A", "B", "C"], 80)})
    table["pay"] = table["age"] + 9.0 * (table["city"] == "A")
    table.to_csv(tmp_path / "table.csv", index=False)
    arguments = ["cv", str(tmp_path / "table.csv"), "--target", "pay", "--out", str(tmp_path / "model.json")]
    with pytest.raises(SystemExit):
        commands.main(arguments)
    model = lassocore.load(tmp_path / "model.json")
    with pytest.raises(ValueError, match="no column 'age'; it has 'city', 'pay'"):
        model.predict(table.drop(columns="age"))
    with pytest.raises(ValueError, match="no column 'age'"):
        lassocore.monitor(model, table.drop(columns="age"))
    encoded = pd.DataFrame({name: table["age"] if name == "age" else (table["city"] == name[-1]).astype(float)
                            for name in model.feature_names})
    np.testing.assert_array_equal(model.predict(encoded), model.predict(table))
    with pytest.raises(ValueError, match="text included, is for the predict"):
        model.predictor()(table.iloc[0].to_dict())
