# Lives here: several tasks, each solver to the same measured gap. Independent of: calibration, data.
"""MultiTaskLasso and its paths: a path of 100 alphas, or a single fit."""
from .block_problems import TASK_SHAPES
from .block_solvers import MULTI_TASK
from .problems import TASKS
from .race import _EqualGap, _MeasuredGap

PARAMETERS = [list(TASK_SHAPES), TASKS, list(MULTI_TASK.solvers)]


class EqualGap(_EqualGap):
    """The time of a path or a single fit."""

    race = MULTI_TASK
    params = PARAMETERS


class MeasuredGap(_MeasuredGap):
    """The gap that it ended at."""

    race = MULTI_TASK
    params = PARAMETERS
