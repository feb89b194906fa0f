# Lives here: the names of this module in pickles of version 0.1. Must not know: anything else.
from lassocore.solvers.settings import LevelInfo as LevelInfo
from lassocore.solvers.settings import PathInfo as PathInfo
