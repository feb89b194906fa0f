# Lives here: the public names for type checkers and editors, those of `__init__.py`. Independent of: everything else.
from lassocore.designs.prepared import PreparedDesign as PreparedDesign
from lassocore.estimators.adaptive import AdaptiveLasso as AdaptiveLasso
from lassocore.estimators.cv import ElasticNetCV as ElasticNetCV
from lassocore.estimators.cv import LassoCV as LassoCV
from lassocore.estimators.group import GroupLasso as GroupLasso
from lassocore.estimators.group import SparseGroupLasso as SparseGroupLasso
from lassocore.estimators.group_cv import GroupLassoCV as GroupLassoCV
from lassocore.estimators.group_cv import SparseGroupLassoCV as SparseGroupLassoCV
from lassocore.estimators.information_criterion import LassoIC as LassoIC
from lassocore.estimators.linear import ElasticNet as ElasticNet
from lassocore.estimators.linear import Lasso as Lasso
from lassocore.estimators.multi_task import MultiTaskElasticNet as MultiTaskElasticNet
from lassocore.estimators.multi_task import MultiTaskLasso as MultiTaskLasso
from lassocore.estimators.multi_task_cv import MultiTaskElasticNetCV as MultiTaskElasticNetCV
from lassocore.estimators.multi_task_cv import MultiTaskLassoCV as MultiTaskLassoCV
from lassocore.models.model_file import load as load
from lassocore.models.monitoring import monitor as monitor
from lassocore.paths.certificate import alpha_max as alpha_max
from lassocore.paths.certificate import duality_gap as duality_gap
from lassocore.paths.fit_constrained import fit_constrained as fit_constrained
from lassocore.paths.fit_gram_path import fit_gram_path as fit_gram_path
from lassocore.paths.fit_many import fit_many as fit_many
from lassocore.paths.fit_multi_task_path import fit_multi_task_path as fit_multi_task_path
from lassocore.paths.fit_path import fit_path as fit_path
from lassocore.paths.lasso_solver import LassoSolution as LassoSolution
from lassocore.paths.lasso_solver import LassoSolver as LassoSolver
from lassocore.penalties.transformer_groups import groups_from_transformer as groups_from_transformer
from lassocore.problems.prepare import prepare as prepare
from lassocore.progress import TaskLevelInfo as TaskLevelInfo
from lassocore.results.constrained_result import ConstrainedResult as ConstrainedResult
from lassocore.results.history import History as History
from lassocore.results.many_result import ManyResult as ManyResult
from lassocore.results.multi_task_result import MultiTaskPathResult as MultiTaskPathResult
from lassocore.results.path_info import LevelInfo as LevelInfo
from lassocore.results.path_info import PathInfo as PathInfo
from lassocore.results.path_model import PathModel as PathModel
from lassocore.results.path_result import PathResult as PathResult
from lassocore.sklearn_compat.paths import enet_path as enet_path
from lassocore.sklearn_compat.paths import lasso_path as lasso_path
from lassocore.sklearn_patch import patch_sklearn as patch_sklearn
from lassocore.sklearn_patch import unpatch_sklearn as unpatch_sklearn
from lassocore.utils.include import get_include as get_include

__version__: str
__all__: list[str]
