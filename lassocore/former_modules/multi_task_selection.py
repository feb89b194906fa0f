# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.estimators.multi_task_cv import MultiTaskElasticNetCV as MultiTaskElasticNetCV
from lassocore.estimators.multi_task_cv import MultiTaskLassoCV as MultiTaskLassoCV
