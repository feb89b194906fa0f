# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.estimators.linear import ElasticNet as ElasticNet
from lassocore.estimators.linear import Lasso as Lasso
