# Lives here: what loading costs before the first fit. Independent of: data, solvers.
"""Time and memory of an import in a fresh process; numpy is what all of them load first."""
import importlib
import importlib.util

from .race import Unfit

STATEMENTS = {
    "numpy": "import numpy", "lassocore": "import lassocore", "lassocore, fit_path": "from lassocore import fit_path",
    "lassocore, Lasso": "from lassocore import Lasso", "sklearn": "from sklearn.linear_model import Lasso",
    "celer": "from celer import Lasso", "skglm": "from skglm import Lasso",
}


class Import:
    """The statement that a program begins with."""

    param_names = ["what"]
    params = [list(STATEMENTS)]
    timeout = 120

    def setup(self, what):
        package = what.partition(",")[0]
        if importlib.util.find_spec(package) is None:
            raise Unfit(f"{package} is not installed")

    def timeraw_import(self, what):
        return STATEMENTS[what]

    def peakmem_import(self, what):
        exec(STATEMENTS[what], {})


class CommandLine:
    """`lassocore --help`, whose imports are its time."""

    timeout = 120

    def timeraw_help(self):
        return """
        import contextlib, io, sys
        from lassocore.__main__ import main
        sys.argv = ["lassocore", "--help"]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            main()
        """
