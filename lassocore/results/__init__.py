# Lives here: the results of fits. Independent of: how models were fitted.
"""Results of path fits."""
from lassocore.results.path_result import PathResult as PathResult
from lassocore.results.sample import Sample as Sample
from lassocore.results.sparse_columns import Columns as Columns  # in pickles of version 0.1
