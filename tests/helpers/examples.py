# Lives here: how many examples hypothesis draws. Independent of: what is drawn.
"""Few examples that are the same in every run, or LASSOCORE_EXAMPLES times as many at random."""
import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("LASSOCORE_EXAMPLES", "1"))


def drawn_problems(n_examples: int) -> settings:
    """The settings for properties of data that are drawn."""
    return settings(max_examples=TIMES * n_examples, deadline=None, derandomize=TIMES == 1,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
