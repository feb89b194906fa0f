# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.results.path_point import PathPoint as Level  # noqa: F401
