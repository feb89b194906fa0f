# Lives here: the names of this module in pickles of version 0.1. Must not know: anything else.
from lassocore.results.multi_task_result import MultiTaskPathResult as MultiTaskPathResult
from lassocore.results.multi_task_result import TaskRows as TaskRows
