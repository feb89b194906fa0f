# Lives here: what tests of pictures share. Independent of: what is drawn.
"""Pictures are drawn without a display, and closed after each test."""
import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed, so nothing can be drawn")


@pytest.fixture(autouse=True)
def _without_display():
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("Agg")
    before = dict(matplotlib.rcParams)
    yield
    pyplot.close("all")
    changed = [name for name, value in dict(matplotlib.rcParams).items() if value != before[name]]
    assert not changed


@pytest.fixture
def few():
    """(X, y) with six features, of which four matter."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((60, 6)) * [1.0, 2.0, 0.5, 1.0, 1.0, 3.0]
    return X, X @ [2.0, -1.0, 1.0, 0.0, 0.3, 0.0] + rng.standard_normal(60)


@pytest.fixture
def wide():
    """(X, y) with more features than samples."""
    rng = np.random.default_rng(6)
    X = rng.standard_normal((40, 120))
    return X, X[:, :6] @ [3.0, -2.0, 2.0, 1.9, -1.9, 1.0] + rng.standard_normal(40)
