# Lives here: the names of this module in pickles of version 0.1. Must not know: anything else.
from lassocore.estimators.linear import ElasticNet as ElasticNet
from lassocore.estimators.linear import Lasso as Lasso
