# Lives here: how many examples hypothesis draws, and columns among them. Independent of: targets, options, fits.
"""Few examples that are the same in every run, or LASSOCORE_EXAMPLES times as many at random."""
import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("LASSOCORE_EXAMPLES", "1"))


def drawn_problems(n_examples: int) -> settings:
    """The settings for properties of data that are drawn."""
    return settings(max_examples=TIMES * n_examples, deadline=None, derandomize=TIMES == 1,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def random_columns(draw, rng, n, p):
    """X with normal, sparse, correlated or integer columns."""
    X = rng.standard_normal((n, p))
    kind = draw(st.sampled_from(["normal", "sparse", "correlated", "counts"]))
    if kind == "sparse":
        X *= rng.random((n, p)) < 0.3
    elif kind == "correlated":
        X = X + 3.0 * rng.standard_normal((n, 1))
    elif kind == "counts":
        X = rng.integers(0, 4, (n, p)).astype(float)
    return X
