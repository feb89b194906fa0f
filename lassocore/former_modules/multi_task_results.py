# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.results.multi_task_result import MultiTaskPathResult as MultiTaskPathResult
from lassocore.results.multi_task_result import TaskRows as TaskRows
