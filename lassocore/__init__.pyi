# Lives here: the public names for type checkers and editors, those of `__init__.py`. Must not know: anything else.
from lassocore.adaptive import AdaptiveLasso as AdaptiveLasso
from lassocore.certificate import alpha_max as alpha_max
from lassocore.certificate import duality_gap as duality_gap
from lassocore.drop_in import enet_path as enet_path
from lassocore.drop_in import lasso_path as lasso_path
from lassocore.lasso_ic import LassoIC as LassoIC
from lassocore.linear_model import ElasticNet as ElasticNet
from lassocore.linear_model import Lasso as Lasso
from lassocore.many import fit_many as fit_many
from lassocore.many_results import ManyResult as ManyResult
from lassocore.model_selection import ElasticNetCV as ElasticNetCV
from lassocore.model_selection import LassoCV as LassoCV
from lassocore.multi_task import MultiTaskElasticNet as MultiTaskElasticNet
from lassocore.multi_task import MultiTaskLasso as MultiTaskLasso
from lassocore.multi_task_path import fit_multi_task_path as fit_multi_task_path
from lassocore.multi_task_results import MultiTaskPathResult as MultiTaskPathResult
from lassocore.multi_task_selection import MultiTaskElasticNetCV as MultiTaskElasticNetCV
from lassocore.multi_task_selection import MultiTaskLassoCV as MultiTaskLassoCV
from lassocore.path import fit_path as fit_path
from lassocore.results import PathResult as PathResult
from lassocore.sklearn_patch import patch_sklearn as patch_sklearn
from lassocore.sklearn_patch import unpatch_sklearn as unpatch_sklearn

__version__: str
__all__: list[str]
