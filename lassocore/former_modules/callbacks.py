# Lives here: the names of this module in pickles of version 0.1. Must not know: anything else.
from lassocore.progress import TaskLevelInfo as TaskLevelInfo
