# Lives here: the names of this module in pickles of version 0.1. Independent of: everything else.
from lassocore.sklearn_patch import __getattr__ as __getattr__
