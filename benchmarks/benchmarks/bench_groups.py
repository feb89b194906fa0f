# Lives here: groups of features, each solver to the same measured gap. Independent of: calibration, data.
"""Group lasso, paths and single fits: a path of 100 alphas, or a single fit."""
from .block_problems import GROUP_SHAPES
from .block_solvers import GROUPS
from .problems import TASKS
from .race import _EqualGap, _MeasuredGap

PARAMETERS = [list(GROUP_SHAPES), TASKS, list(GROUPS.solvers)]


class EqualGap(_EqualGap):
    """The time of a path or a single fit."""

    race = GROUPS
    params = PARAMETERS


class MeasuredGap(_MeasuredGap):
    """The gap that it ended at."""

    race = GROUPS
    params = PARAMETERS
