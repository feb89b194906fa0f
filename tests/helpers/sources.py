# Lives here: the mark of tests that read the sources of the package. Independent of: what they look for.
"""Such tests are skipped where only the installed package and the tests are (tests/wheel/run.py)."""
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
needs_sources = pytest.mark.skipif(not (ROOT / "src_cython").is_dir(), reason="the sources of the package are not here")
