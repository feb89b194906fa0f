# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.estimators.multi_task import MultiTaskElasticNet as MultiTaskElasticNet
from lassocore.estimators.multi_task import MultiTaskLasso as MultiTaskLasso
