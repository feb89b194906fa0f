# Lives here: many targets over one X, to the same measured gap. Independent of: calibration, data.
"""The lasso of many targets over one X: a path of 100 alphas, or a single fit."""
from .block_problems import TARGET_SHAPES
from .block_solvers import TARGETS
from .problems import TASKS
from .race import _EqualGap, _MeasuredGap

PARAMETERS = [list(TARGET_SHAPES), TASKS, list(TARGETS.solvers)]


class EqualGap(_EqualGap):
    """The time of a path or a single fit."""

    race = TARGETS
    params = PARAMETERS


class MeasuredGap(_MeasuredGap):
    """The gap that it ended at."""

    race = TARGETS
    params = PARAMETERS
