# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.results.many_result import ManyResult as ManyResult
from lassocore.results.solved_target import SolvedTarget as SolvedTarget
