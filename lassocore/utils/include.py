# Lives here: where the C header is. Independent of: the compiled core.
"""The folder of lassocore.h."""
from pathlib import Path


def get_include() -> str:
    """The folder of ``lassocore.h``, for the include path of a C or Cython extension.

    Cython finds ``lassocore/cython_api.pxd`` by itself where it runs in an environment that has lassocore.

    Returns
    -------
    str
        A folder inside the installed package.

    See Also
    --------
    fit_path : The same solver for Python.

    Examples
    --------
    >>> from pathlib import Path
    >>> from lassocore import get_include
    >>> (Path(get_include()) / "lassocore.h").is_file()
    True
    """
    return str(Path(__file__).resolve().parents[1] / "include")
