# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.estimators.cv import ElasticNetCV as ElasticNetCV
from lassocore.estimators.cv import LassoCV as LassoCV
