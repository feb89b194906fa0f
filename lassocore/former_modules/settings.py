# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.results.path_info import LevelInfo as LevelInfo
from lassocore.results.path_info import PathInfo as PathInfo
