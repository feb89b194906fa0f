# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.estimators.information_criterion import LassoIC as LassoIC
